"""test_broken.py - what cannot be read as a message is kept, and the server goes on (leaks X10)"""
import pytest

from mails import compose

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
    before = len(server.held("failed"))
    answer = server.post(anna, ml.address, BROKEN[flaw](anna, ml.address))
    server.settle()
    kept = len(ml.held()) + len(server.held("failed")) - before
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
