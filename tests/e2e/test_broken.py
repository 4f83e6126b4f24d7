"""test_broken.py - what cannot be read as a message is kept, and the server goes on (leaks X10)"""
import contextlib
import signal
import sqlite3

import pytest

from lab import List
from mails import compose
from wait import wait_for

# Each is a post of anna's that must not be distributed as it is: refused in the dialogue, or held or failed, never lost.
BROKEN = {
    "no header": lambda who, to: b"just some text without a header\r\n",
    "nothing": lambda who, to: b"\r\n",
    "no From": lambda who, to: compose(who, to, **{"from": None}),
    "two From fields": lambda who, to: compose(who, to, extra=[("From", "other@elsewhere.example")]),
    "two authors": lambda who, to: compose(f"{who}, other@elsewhere.example", to),
    "an empty From": lambda who, to: compose(who, to, **{"from": ""}),
    "a group": lambda who, to: compose(who, to, **{"from": "a:" * 2000}),
    "a header over its budget": lambda who, to: compose(who, to, extra=[(f"X-{n}", "x" * 900) for n in range(100)]),
    "a field over its budget": lambda who, to: compose(who, to, extra=[("X-Long", "\n ".join(["x" * 900] * 30))]),
    "message/partial": lambda who, to: compose(who, to, mime_version="1.0",
                                               content_type='message/partial; id="x"; number=1; total=2'),
    "encrypted": lambda who, to: compose(who, to, mime_version="1.0", content_type="multipart/encrypted; boundary=b",
                                         body="--b\n\nx\n--b--\n"),
    "many parts": lambda who, to: compose(who, to, mime_version="1.0", content_type="multipart/mixed; boundary=b",
                                          body="--b\n\nx\n" * 5000 + "--b--\n"),
    "deep parts": lambda who, to: compose(
        who, to, mime_version="1.0", content_type="multipart/mixed; boundary=b0",
        body="".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(500))),
}


@pytest.mark.parametrize("flaw", BROKEN)
def test_broken_post_is_kept(make_list, server, sink, flaw):
    """X10: refused, or set aside with a reason; the next post passes."""
    ml = make_list()
    anna = ml.person("anna")
    answer = server.post(anna, ml.address, BROKEN[flaw](anna, ml.address))
    server.settle()
    kept = len(ml.held()) + len(ml.held("failed"))
    assert kept == (1 if answer.startswith(b"250") else 0), (answer, ml.held(), sink.to(*ml.readers))
    assert answer[:3] in (b"250", b"550"), answer
    ml.post(anna, compose(anna, ml.address, subject="Next"))
    ml.copies()
    server.settle()
    assert len(sink.to(ml.owner)) == 1


@pytest.mark.parametrize("flaw", ["two From fields", "a header over its budget", "many parts", "deep parts"])
def test_broken_mail_to_the_owner_arrives(make_list, sink, flaw):
    """L8: the owner gets what was written, in whatever shape it came."""
    ml = make_list()
    who = "mallory@strangers.example"
    message = BROKEN[flaw](who, ml.door("owner"))
    ml.server.post_ok(who, ml.door("owner"), message)
    [copy] = sink.wait_to(ml.owner)
    assert message in copy.data


def test_long_lines_leave_legal(make_list, sink):
    """RFC 5321 4.5.3.1.6: a line over 998 octets never reaches the relay as one (the sink's faults tell)."""
    ml = make_list()
    anna = ml.person("anna")
    ml.post(anna, compose(anna, ml.address, body="x" * 5000 + "\n"))
    ml.server.settle()
    assert ml.held() or ml.copies()
    assert sink.faults == []


@contextlib.contextmanager
def locked_store(server):
    """Nobody else may write to listd.db: whoever handles a message stays in the middle of it."""
    with contextlib.closing(sqlite3.connect(server.data / "listd.db", isolation_level=None)) as store:
        store.execute("BEGIN IMMEDIATE")
        yield
        store.execute("ROLLBACK")


def is_claimed(server, crashes):
    """Whether handle has a message in its hands that killed so many handlers before."""
    with contextlib.closing(sqlite3.connect(server.data / "spool" / "spool.db")) as spool:
        return spool.execute("SELECT count(*) FROM message WHERE state = 1 AND crashes = ?", [crashes]).fetchone() == (1,)


def test_message_that_kills_its_handler(make_server):
    """X10: tried twice, then set aside as failed; the rest flows, and `failed retry` gives it another chance."""
    server = make_server()
    ml = List(server)
    with locked_store(server):
        ml.post(ml.owner, compose(ml.owner, ml.address, subject="Deadly"))
        for crashes in range(2):
            wait_for(lambda count=crashes: is_claimed(server, count), "a message in the hands of handle")
            server.kill("handle", signal.SIGABRT)
    ml.post(ml.owner, compose(ml.owner, ml.address, subject="Harmless"))
    assert [b"Harmless" in copy.data for copy in ml.copies()] == [True] * len(ml.readers)
    [failed] = wait_for(lambda: server.held("failed"), "a message that failed")
    assert "crashed" in failed["reason"]
    server.listctl("failed", "retry", failed["id"])
    assert len(ml.copies(count=2)) == 2 * len(ml.readers)
    assert server.held("failed") == []
