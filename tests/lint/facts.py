"""facts.py - what `receive` may know: addresses of public lists, nothing that depends on who is a member

The process that talks to strangers cannot tell what it does not have. Three walls are looked at: the headers it includes,
the tables of spool.db, and the functions that its objects reach."""

import re
import shutil
import subprocess

from tree import Skip

RECEIVE = "listd/receive"

# Beside base/ and its own. (Of mail/message.h it takes the budgets; that it calls nothing of it, reach_of_receive() sees.)
# policy/target.h reads a local part: which list's door it would be. Whether that list exists, only spool.db says.
# policy/probe.h looks for patterns that an admin wrote in what the client itself has sent, and knows the names of our domains only.
HEADERS = {"store/spool.h", "store/source.h", "store/blocklist.h", "store/deny.h", "store/refused.h", "mail/address.h", "mail/envelope.h",
           "mail/message.h", "policy/dnsbl.h", "policy/guard.h", "policy/probe.h", "policy/target.h"}

# All that spool.db has: table, columns.
TABLES = {
    "message": ["seq", "id", "received", "state", "crashes", "box"],
    "public_limit": ["address", "max_size"],
    # domains whose unknown addresses are refused (no_bounce = off), and their lists, which are all public: there the answer at
    # RCPT depends on them, as an admin asked for
    "open_domain": ["domain"],
    "public_list": ["name", "domain"],
    # what receive itself has counted, and what an admin denies
    "source": ["kind", "name", "since", "last", "at", "good_days", "good_day", "suspicion", "suspected", "denied_until",
               "denials", "offences"],
    "door_day": ["day", "what", "count"],
    "source_part": ["kind", "name", "part", "points", "count"],
    "deny": ["network", "label", "reason", "evidence", "added", "until", "span", "times", "hits", "last_hit"],
    "deny_list": ["label", "url", "span", "etag", "modified", "tried", "fetched", "error"],
    "deny_change": ["number"],
    "forgiven": ["id", "network", "at"],
    # which DNS blocklists work: receive has asked them itself
    "blocklist": ["zone", "why", "since"],
    "refused_day": ["domain", "day", "count"],
    # of the role fetch: how it goes with its mailboxes, and identifiers of messages that a provider gave
    "pickup": ["name", "validity", "tried", "since", "error", "taken"],
    "picked": ["name", "uid", "at"],
    # a text from a web server that an admin has named: what handle wants and fetch brings
    "errand": ["name", "url", "etag", "modified", "tried", "error", "body"],
}
FIELDS = {  # of what is published
    "spool_limit": ["address", "max_size"],
    "spool_name": ["name", "domain"],
    "spool_facts": ["limits", "names", "open_domains", "limit_count", "name_count", "open_count"],
}

# Of files that have more to give, receive calls only these.
CALLS = {
    "store/spool.o": {"spool_open", "spool_close", "spool_put", "spool_depth", "spool_limit_of", "spool_is_open",
                      "spool_has_list"},
    "store/deny.o": {"deny_each", "deny_expire", "deny_version", "deny_record", "deny_state", "deny_again"},
    "store/refused.o": {"refused_add", "refused_expire"},
    "policy/target.o": {"target_readings"},
    "base/keyring.o": {"spool_box_seal", "keyed_hash_hex", "random_bytes", "bytes_equal", "short_hash"},
    "base/ticket.o": {"ticket_has_form", "base32_encode"},
}

# Beside base/ and its own, these objects may be reached from receive, directly or through others.
REACHED = {"store/spool.o", "store/source.o", "store/blocklist.o", "store/deny.o", "store/refused.o", "store/db.o",
           "mail/address.o", "mail/envelope.o", "mail/door.o",
           "policy/dnsbl.o", "policy/guard.o", "policy/gibberish.o", "policy/probe.o", "policy/probe_file.o", "policy/probe_test.o",
           "policy/target.o",
           # the executable's own read, write and poll: where no relay is spoken to, the kernel's as they are; and the TLS of a relay below
           "deliver/wire.o", "deliver/relay_tls.o"}

# And these of base/ never: whoever talks to strangers fetches nothing.
NOT_REACHED = {"base/download.o"}


def headers_of_receive(tree):
    """facts: receive includes nothing that knows lists or members"""
    for path in tree.files(RECEIVE, suffixes=(".c", ".h")):
        for number, header, ours in tree.includes(path):
            if ours and (header == "base/download.h" or not header.startswith(("base/", "receive/"))) and header not in HEADERS | {"config.h"}:
                yield f"{path}:{number}: receive may not include {header} (tests/lint/facts.py lists what it may)"


def tables_of(sql):
    """{table: [columns]} of CREATE TABLE statements with one column a line."""
    sql = re.sub(r"--[^\n]*", "", sql)
    tables = {}
    for name, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", sql, re.S):
        words = [line.split()[0] for line in body.splitlines() if line.strip()]
        tables[name] = [word for word in words if word.islower()]
    return tables


def tables_of_the_spool(tree):
    """facts: spool.db holds the messages and the public limits, and no more"""
    tables = {}
    for path in tree.files("db", suffixes=(".sql",)):
        if path.startswith("db/spool-"):
            tables.update(tables_of(tree.text(path)))
            if "ALTER TABLE" in tree.text(path):
                yield f"{path}: ALTER TABLE: teach tests/lint/facts.py to read it first"
    for name in sorted(tables.keys() | TABLES.keys()):
        if tables.get(name) != TABLES.get(name):
            yield f"db/spool-*.sql: table {name} has {tables.get(name)}, may have {TABLES.get(name)}"
    for name, may in FIELDS.items():
        fields = re.search(rf"struct {name} \{{(.*?)\}};", tree.text("listd/store/spool.h"), re.S)[1]
        fields = re.findall(r"(\w+)[,;]", re.sub(r"/\*.*?\*/", "", fields, flags=re.S))
        if fields != may:
            yield f"listd/store/spool.h: struct {name} has {fields}, may have {may}"


def objects(tree):
    """{"room/file.o": (symbols that it defines, symbols that it wants)} of the build."""
    if not tree.build or not any((tree.build / RECEIVE).glob("*.o")):
        raise Skip("no objects of receive: LISTD_BUILDDIR is not set, or nothing is built")
    if not shutil.which("nm"):
        raise Skip("there is no nm (Debian: binutils)")
    # an object without a source is left from a file that is gone
    paths = [path for path in tree.build.glob("listd/*/*.o") if tree.has(f"listd/{path.parent.name}/{path.stem}.c")]
    found = {f"{path.parent.name}/{path.name}": (set(), set()) for path in paths}
    run = subprocess.run(["nm", "-A", "-P", *paths], capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        path, symbol, kind = line.split()[:3]
        defined, wanted = found["/".join(path.rstrip(":").split("/")[-2:])]
        if kind == "U":
            wanted.add(symbol)
        elif kind.isupper():
            defined.add(symbol)
    return found


def calls_of_receive(tree):
    """facts: receive calls nothing that opens tickets or boxes, or reads lists, members, queue and held mail"""
    built = objects(tree)
    home = {symbol: name for name, (defined, _) in built.items() for symbol in defined}
    for name, (_, wanted) in sorted(built.items()):
        if name.startswith("receive/"):
            for symbol in sorted(wanted & home.keys()):
                allowed = CALLS.get(home[symbol])
                if allowed is not None and symbol not in allowed:
                    yield f"listd/{name}: calls {symbol}() of {home[symbol]} (tests/lint/facts.py lists what it may)"


def reach_of_receive(tree):
    """facts: no object that knows lists or members can be reached from receive, through whatever calls"""
    built = objects(tree)
    home = {symbol: name for name, (defined, _) in built.items() for symbol in defined}
    way = {name: name for name in sorted(built) if name.startswith("receive/")}  # how each was reached
    queue = list(way)
    while queue:
        name = queue.pop()
        for reached in sorted({home[symbol] for symbol in built[name][1] if symbol in home} - way.keys()):
            way[reached] = f"{way[name]} > {reached}"
            queue.append(reached)
            of_ground = reached.startswith(("receive/", "base/")) and reached not in NOT_REACHED
            if not of_ground and reached not in REACHED:
                yield f"receive reaches {reached}: {way[reached]}"


CHECKS = [headers_of_receive, tables_of_the_spool, calls_of_receive, reach_of_receive]
