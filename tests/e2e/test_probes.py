"""test_probes.py - tests for open relays are answered as anybody is, recognised, and told in words (requirements C1 to C5, C8)"""
import re

import pytest

from lab import List, lab_server
from mails import compose
from server import DOMAIN, HOSTNAME
from test_guard import GUARDED, suspects
from wait import wait_for

DENIED = b"550 5.7.1 relaying denied\r\n"
# The log of the seed discussion (L543-556), its names made up where it hides them.
LETTERRIP = [("sf1rny@hotmail.example", ("frank1luck2@aol.example", "ta14442000@yahoo.example")),
             ("deni13091161@delphi.example", ("frank1luck2@aol.example", "ta14442000@yahoo.example"))]


@pytest.fixture(scope="module")
def probed():
    with lab_server({"guard": GUARDED}) as server:
        yield server


def probes(server, start=0):
    """{pattern: why} of what was recognised."""
    return dict(re.findall(r' probe (?:msg=\S+ )?session=\d+ pattern=(\S+) points=\d+ why="([^"]*)"', server.log()[start:]))


def test_letterrip_log(probed):
    """C5: two sessions, foreign senders, the same two recipients elsewhere, gone: recognised, refused, nothing relayed, counted."""
    source, answers = "127.8.0.1", []
    for sender, rcpts in LETTERRIP:
        with probed.smtp("HELO dialup.example", source=source) as client:
            answers += client.envelope(sender, *rcpts)[1:]
    assert answers == [DENIED] * 4
    counted = "4 attempts to relay, 2 marks of relay probes, 2 transactions broken off"
    wait_for(lambda: suspects(probed).get(f"{source}/32", {}).get("why") == counted,
             lambda: f"the counters: {suspects(probed)}; the log: {probed.log()[-3000:]}")
    assert suspects(probed)[f"{source}/32"]["is"] == "slowed"
    assert probes(probed)["pair-early-close"] == "it tried recipients elsewhere and went away, as relay testers do"
    assert probed.log().count("pattern=pair-early-close") == 2
    probed.settle()
    assert probed.sink.copies == [] and probed.held("misaddressed") == []


def test_spaces_and_relay_check(probed):
    """The mail of L431-456: 19 blanks for a name, To elsewhere, our address in the text. Taken like any other name, kept as a probe."""
    source = "127.8.1.1"
    message = (b"From: <x@y.example>\r\nTo: <SMTPRelayCheck@anydomain.example>\r\n\r\n"
               b"To: <SMTPRelayCheck@anydomain.example>\r\n127.0.0.1\r\n")
    with probed.smtp("HELO LocalHost", source=source) as client:
        assert client.post("x@y.example", [f'"{19 * " "}"@{DOMAIN}'], message) == [b"250 2.0.0 accepted\r\n"]
    with probed.smtp(source=source) as client:
        client.say("MAIL FROM:<x@y.example>")
        assert client.say(f'RCPT TO:<{19 * " "}@{DOMAIN}>') == b"501 5.1.3 bad recipient address\r\n"
        assert client.say("RCPT TO:<SMTPRelayCheck@anydomain.example>") == DENIED
        assert client.say("QUIT").startswith(b"221")
    probed.settle()
    [row] = [row for row in probed.held("misaddressed") if "blank-user" in row["reason"]]
    assert row["group"] == "probe"
    found = probes(probed)
    assert found["blank-user"] == "it tried a recipient whose name is nothing but blanks"
    assert {"helo-localhost", "body-our-ip", "smtprelaycheck", "smtprelaycheck-to"} <= found.keys()


def test_own_name_from_outside(probed):
    """C2: as a sender, below our domain, at HELO; but what comes back through a forwarder is ours."""
    start = len(probed.log())
    ticket = "abcdefghijklmnopqrstuvwxyz234567"
    with probed.smtp(f"HELO {HOSTNAME}", source="127.8.2.1") as client:
        for sender in (f"nobody@localhost.{DOMAIN}", f"anyone@{DOMAIN}"):
            assert client.say(f"MAIL FROM:<{sender}>") == b"250 2.1.0 ok\r\n"
            client.say("RSET")
        client.say("QUIT")
    with probed.smtp("HELO forwarder.example", source="127.8.2.2") as client:
        client.say(f"MAIL FROM:<ml-bounce+{ticket}@{DOMAIN}>")
        client.say("QUIT")
    wait_for(lambda: probed.log()[start:].count(" disconnect ") >= 2, "both to be gone")
    assert probes(probed, start).keys() == {"helo-our-name", "own-subdomain", "nobody-at-localhost", "own-domain"}


def test_honest_mail_matches_nothing(probed):
    start = len(probed.log())
    ml = List(probed)
    with probed.smtp("HELO mail.people.example", source="127.8.3.1") as client:
        client.post(ml.members[0], [ml.address], compose(ml.members[0], ml.address, body=f"Is {HOSTNAME} down?\n"))
    ml.copies()
    assert probes(probed, start) == {}


def test_own_patterns(probed):
    """[guard] probes: a file in place of the built-in list; a mistake in it keeps what was."""
    path = probed.folder / "probes.txt"
    path.write_text('mine  helo  starts  tester.  0  "a tester of my own"\n')
    path.chmod(0o644)
    start = len(probed.log())
    with probed.reconfigured(guard={"probes": path}):
        with probed.smtp("HELO tester.example", source="127.8.4.1") as client:
            client.say(f"MAIL FROM:<x@{DOMAIN}>")
            client.say("QUIT")
        wait_for(lambda: probes(probed, start), "the pattern")
        assert probes(probed, start) == {"mine": "a tester of my own"}
        path.write_text("mine helo starts\n")
        probed.process.send_signal(1)
        wait_for(lambda: "not-reloaded" in probed.log()[start:], "the mistake to be told")
        assert f"{path}:1: a pattern is NAME WHERE" in probed.log()[start:]
