"""floors.py - who may include whom, and one wrapper a library"""

import re

# A file includes headers of its own room and of rooms on lower floors.
FLOORS = {
    "base": 0,
    "store": 1,
    "mail": 2,
    "policy": 3,
    "receive": 4,
    "handle": 4,
    "deliver": 4,
    "fetch": 4,
    "supervise": 5,
    "ctl": 5,
}

# Header (or folder of headers): the files, or folders, that may include it.
WRAPPERS = {
    "sqlite3.h": ["listd/store/db.c"],
    "sodium": ["listd/base/keyring.c"],
    "gmime/": ["listd/mail/date.c", "listd/mail/mime.c", "listd/mail/parts.c", "listd/mail/transfer.c"],
    "libxml/": ["listd/mail/bulletin.c", "listd/mail/html.c", "listd/mail/sanitise.c", "listd/mail/tree"],
    "ytnef.h": ["listd/mail/tnef.c"],
    "libesmtp.h": ["listd/deliver/relay.c"],
    "auth-client.h": ["listd/deliver/relay.c"],
    "event2/": ["listd/receive/"],
    "openssl/": ["listd/receive/", "listd/deliver/relay"],
    "ares": ["listd/base/resolver.c"],
    "curl/": ["listd/base/download.c", "listd/fetch/mailbox.c"],
    "idn2.h": ["listd/base/domain.c"],
    "ini.h": ["listd/base/conf.c"],
    "libsmartcols": ["listd/ctl/"],
    "seccomp.h": ["listd/base/sandbox.c"],
    "linux/landlock.h": ["listd/base/sandbox.c"],
    "systemd/": ["listd/supervise/"],
}

SQL = re.compile(r'"\s*(SELECT|INSERT|REPLACE|DELETE FROM|UPDATE \w+ SET|CREATE|DROP|ALTER|PRAGMA|VACUUM)\b')


def sources(tree):
    return tree.files("listd", suffixes=(".c", ".h"))


def room_of(path):
    """The room of "listd/mail/mime.c" or "mail/mime.h"; None for the mains."""
    parts = path.removeprefix("listd/").split("/")
    return parts[0] if len(parts) == 2 else None


def includes_go_downwards(tree):
    """floors: includes go downwards only, roles never include each other"""
    for path in sources(tree):
        room = room_of(path)
        for number, header, ours in tree.includes(path):
            below = room_of(header) if ours else None
            if ours and header != "config.h" and below not in FLOORS:
                yield f'{path}:{number}: "{header}" is in no room: write it as "room/file.h"'
            elif below and room and below != room and FLOORS[below] >= FLOORS[room]:
                yield f"{path}:{number}: {room}/ may not include {header}: it is not below"


def libraries_have_one_wrapper(tree):
    """wrappers: a library is included where its wrapper is, and nowhere else"""
    for path in sources(tree):
        for number, header, ours in tree.includes(path):
            for library, allowed in WRAPPERS.items():
                if header.startswith(library) and not any(path.startswith(place) for place in allowed):
                    yield f"{path}:{number}: <{header}> belongs to {' and '.join(allowed)}"


def sql_is_in_store(tree):
    """wrappers: SQL stands in store/ and db/ only"""
    for path in sources(tree):
        for number, line in enumerate(tree.lines(path), 1):
            if room_of(path) != "store" and SQL.search(line):
                yield f"{path}:{number}: SQL outside of store/"


CHECKS = [includes_go_downwards, libraries_have_one_wrapper, sql_is_in_store]
