"""test_files.py - what stands on disk: no member, no name, no message, in no file and not in the log (E2, issue 2)"""
import base64
import os
import signal

import pytest

from lab import List
from mails import compose
from server import ADMIN
from wait import wait_for

# Words that occur nowhere else. Domains may stand in the log (A11); local parts, names and text may stand nowhere.
MEMBERS = ["quagmireanna", "quagmireben"]
NAMES = ["Quorumetta Zwickelhuber", "Ybbsitzerin"]
TEXT = "jabberwockytext"
SECRETS = [*MEMBERS, "quagmireolga", "quagmiremallory", "Quorumetta", "Zwickelhuber", "Ybbsitzerin", TEXT, "jabberwockysubject",
           ADMIN]


def forms(word):
    """A word as it may stand in a file: as it is, in UTF-16, hex, and base64 at each of its three offsets."""
    octets = word.encode()
    yield octets.lower()
    yield word.lower().encode("utf-16-le").strip(b"\0")  # and utf-16-be
    yield octets.hex().encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + octets)
        # the characters at both ends hold bits of the neighbours as well
        yield coded[-(-shift * 8 // 6):(shift + len(octets)) * 8 // 6].lower()


def found(octets, secrets=tuple(SECRETS)):
    assert all(len(secret) > 8 for secret in secrets)  # a shorter one has forms that stand anywhere
    low = octets.lower()
    return [secret for secret in secrets for form in forms(secret) if form in low]


def check_files(server):
    for path in server.stored_files():
        assert found(path.read_bytes()) == [], path
    assert found(server.log().encode()) == []


@pytest.fixture
def busy_server(make_server):
    """A server that has gone through a list's life: posts, held mail, failures, mail that waits in queue and spool."""
    server = make_server()
    ml = List(server, members=[], owner="quagmireolga@people.example")
    people = [f"{local}@people.example" for local in MEMBERS]
    server.listctl("member", "add", ml.address, "--file", "-",
                   stdin="".join(f"{name} <{who}>\n" for name, who in zip(NAMES, people)))
    ml.members = people
    return server, ml


def test_search_would_find(busy_server):
    """The names are known to listd, and the search finds what stands in a file, whatever its form."""
    server, ml = busy_server
    assert NAMES[0] in server.listctl("member", "show", ml.address, ml.members[0])
    assert found(server.conf.read_bytes()) == [ADMIN]
    for shift in range(3):
        assert found(b"...\0" + base64.b64encode(b"#" * shift + f"<{ml.members[0]}>".encode()) + b"\n") == [MEMBERS[0]]
    assert found(TEXT.upper().encode("utf-16-be")) == [TEXT]


def test_no_member_on_disk(busy_server):
    """Reads every stored file and the log (level info) at each station of a message's way, and after a restart."""
    server, ml = busy_server
    sink = server.sink
    anna, ben = ml.members
    check_files(server)
    # a post that is distributed, refused for one, deferred for another; the relay's words name them
    sink.refuse(anna, times=1, reply=f"550 5.1.1 <{anna}>: no such user {NAMES[0]}")
    sink.defer(ben, times=1000, reply=f"451 4.3.0 <{ben}> later")
    post = compose(f"{NAMES[0]} <{anna}>", ml.address, subject="jabberwockysubject", body=TEXT + "\n")
    ml.post(anna, post)
    sink.wait_to(ml.owner)
    wait_for(lambda: any(row["deferred"] for row in server.rows("queue", "ls")), "a copy that waits")
    check_files(server)
    # held, misaddressed, to the owner, to a command, broken
    stranger = compose("Mallory <quagmiremallory@strangers.example>", ml.address, body=TEXT + "\n")
    for rcpt in (ml.address, "quagmiremallory@lists.example", ml.door("owner"), ml.door("on")):
        server.post_ok("quagmiremallory@strangers.example", rcpt, stranger)
    ml.post(anna, compose(f"{NAMES[0]} <{anna}>, {ben}", ml.address, body=TEXT + "\n"))
    sink.wait_to(ml.owner, count=2)
    wait_for(lambda: len(ml.held()) == 2, "held posts")
    server.listctl("member", "ls", ml.address)  # which is recorded
    assert server.listctl("held", "ls") and server.listctl("misaddressed", "ls")
    check_files(server)
    server.restart()
    check_files(server)


def test_no_member_in_the_spool(busy_server):
    """What `receive` took lies sealed until `handle` opens it."""
    server, ml = busy_server
    handle = server.roles()["handle"]
    os.kill(handle, signal.SIGSTOP)
    try:
        ml.post(ml.members[0], compose(f"{NAMES[0]} <{ml.members[0]}>", ml.address, body=TEXT + "\n"))
        assert server.json("status")["spool"]["messages"] == 1
        check_files(server)
    finally:
        os.kill(handle, signal.SIGCONT)
    ml.copies()


def test_stored_files_are_private(busy_server):
    """Nobody else on the machine can read a stored file; keys are the owner's alone."""
    server, _ = busy_server
    for path in server.stored_files():
        mode = path.stat().st_mode & 0o777
        reachable = all(parent.stat().st_mode & 0o001 for parent in path.parents)
        assert not (mode & 0o004 and reachable) or path.name == "status", (path, oct(mode))
        if path.suffix == ".key":
            assert mode == 0o600, (path, oct(mode))
