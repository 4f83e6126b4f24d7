"""test_guard.py - harvesters are slowed and refused at the same try, whatever they try; an admin sees it and undoes it"""
import re
import signal
import time

import pytest

from lab import lab_server
from server import DOMAIN
from wait import wait_for

# The defaults of listd.conf, but for the time that a slow answer takes.
GUARDED = {"client_connections": "1000", "network_connections": "1000", "client_messages": "600", "network_messages": "1200",
           "slow": "40", "deny": "80", "tarpit": "1s", "sender_recipients": "200", "domain_recipients": "1000"}
DENIED = b"554 5.7.1 not accepted from your network; postmaster is\r\n"


@pytest.fixture(scope="module")
def guarded():
    with lab_server({"guard": GUARDED}) as server:
        server.listctl("list", "add", f"ml@{DOMAIN}", "--owner", "olga@home.example", "--report", "off")
        yield server


def tries(server, source, names, sender="a@spam.example"):
    """Tries names in a session until one is refused or two in a row are slow (one alone may be the machine's doing): (the answers, how
    many tries were answered at once)."""
    answers, slow = [], 0
    with server.smtp(source=source) as client:
        client.say(f"MAIL FROM:<{sender}>")
        for name in names:
            start = time.monotonic()
            answers.append(client.say(f"RCPT TO:<{name}@{DOMAIN}>"))
            slow = slow + 1 if time.monotonic() - start > 0.9 else 0
            if slow == 2 or not answers[-1].startswith(b"250"):
                break
    return answers, len(answers) - slow


def suspects(server):
    return {row["who"]: row for row in server.json("guard", "status")["suspects"]}


def test_slowed_and_denied_at_the_same_try(guarded):
    """D2: a list of existing names and a list of names that nobody has meet the same answers at the same tries."""
    for number in range(90):
        guarded.listctl("list", "add", f"known{number}@{DOMAIN}", "--owner", "olga@home.example", "--report", "off")
    seen = []
    for network, names in ((1, [f"known{n}" for n in range(90)]), (2, [f"nobody{n}" for n in range(90)])):
        seen.append(tries(guarded, f"127.{network}.0.1", names))
    assert {answer for answers, _ in seen for answer in answers} == {b"250 2.1.5 ok\r\n"}
    assert all(39 <= at_once < 48 for _, at_once in seen)  # names that look alike to the guard count once
    assert "client=127.1.0.1/32 is=slowed" in guarded.log() and "client=127.2.0.1/32 is=slowed" in guarded.log()


def test_admin_sees_why_and_forgives(guarded):
    """Done when 3: who, why, since and until when; and one command undoes it."""
    source = "127.3.0.1"
    with guarded.smtp(source=source) as client:
        client.say("MAIL FROM:<a@spam.example>")
        for number in range(9):
            client.say(f"RCPT TO:<someone{number}@elsewhere.example>")
    with guarded.smtp(source=source) as client:
        client.say("MAIL FROM:<a@spam.example>")
        assert client.say(f"RCPT TO:<ml@{DOMAIN}>") == DENIED
        assert client.say(f"RCPT TO:<nobody@{DOMAIN}>") == DENIED
        assert client.say("RCPT TO:<x@elsewhere.example>") == b"550 5.7.1 relaying denied\r\n"  # C8: as anybody is told
        assert client.say("RCPT TO:<postmaster>") == b"250 2.1.5 ok\r\n"
        assert client.say(f"RCPT TO:<abuse@{DOMAIN}>") == b"250 2.1.5 ok\r\n"
    # What the receiver knows is written down a little later, and what came first ("slowed") may be there already.
    wait_for(lambda: suspects(guarded).get(f"{source}/32", {}).get("is") == "denied", "the denied client")
    row = suspects(guarded)[f"{source}/32"]
    assert (row["kind"], row["is"], row["denials"]) == ("client", "denied", 1)
    assert re.search(r"\d+ attempts to relay", row["why"])
    assert row["since"] and row["until"]
    assert "Denied: refused with 554" in guarded.listctl("guard", "status", check=False).stderr
    assert guarded.json("guard", "forgive", source)["count"] == 1
    wait_for(lambda: "forgiven who=127.3.0.1" in guarded.log(), "the receiver to hear of it")
    with guarded.smtp(source=source) as client:
        client.say("MAIL FROM:<a@spam.example>")
        assert client.say(f"RCPT TO:<ml@{DOMAIN}>") == b"250 2.1.5 ok\r\n"
    assert f"{source}/32" not in suspects(guarded)


def test_kept_over_restarts(guarded):
    source = "127.4.0.1"
    with guarded.smtp(source=source) as client:
        client.say("MAIL FROM:<a@spam.example>")
        for number in range(9):
            client.say(f"RCPT TO:<someone{number}@elsewhere.example>")
    guarded.restart()
    with guarded.smtp(source=source) as client:
        client.say("MAIL FROM:<a@spam.example>")
        assert client.say(f"RCPT TO:<ml@{DOMAIN}>") == DENIED
    assert suspects(guarded)[f"{source}/32"]["is"] == "denied"


def test_others_are_served_meanwhile(guarded):
    """Who waits in the tarpit takes nobody else's time."""
    with guarded.smtp(source="127.5.0.1") as slow:
        slow.say("MAIL FROM:<a@spam.example>")
        slow.send(b"".join(b"RCPT TO:<n%d@%s>\r\n" % (n, DOMAIN.encode()) for n in range(60)))
        wait_for(lambda: "client=127.5.0.1/32 is=slowed" in guarded.log(), "the tarpit")
        start = time.monotonic()
        with guarded.smtp(source="127.6.0.1") as client:
            client.say("MAIL FROM:<a@honest.example>")
            assert client.say(f"RCPT TO:<ml@{DOMAIN}>") == b"250 2.1.5 ok\r\n"
        assert time.monotonic() - start < 3  # else each of its five answers would have waited for one pause at least, of a second
        assert {slow.answer() for _ in range(43)} == {b"250 2.1.5 ok\r\n"}  # what it sent ahead is answered after each pause


def test_nothing_is_held_against_the_unknown(guarded):
    assert guarded.json("guard", "forgive", "198.51.100.1")["count"] == 0
    refused = guarded.listctl("guard", "forgive", "not a network", check=False)
    assert refused.returncode == 2 or refused.returncode == 1
    assert "'listctl guard status' shows who there is" in refused.stderr


def test_report_in_words(guarded):
    """C5, D8: who tested for relaying is told in plain words, with how often; and the week has the numbers."""
    for _ in range(4):
        with guarded.smtp(source="127.8.0.1") as client:
            client.say("MAIL FROM:<sf-rny@hotmail.example>")
            for name in ("frank@aol.example", "ta@yahoo.example"):
                assert client.say(f"RCPT TO:<{name}>") == b"550 5.7.1 relaying denied\r\n"

    def event():
        events = {row["network"]: row for row in guarded.json("guard", "report")["events"]}
        return events.get("127.8.0.0/24", {}).get("times") == 4 and events["127.8.0.0/24"]

    told = wait_for(event, "the report of four tests")
    assert told["event"] == "relay"
    assert re.fullmatch(r"Someone at 127\.8\.0\.0/24 tested whether this server relays, for the 4th time \(\d+ attempts; last seen "
                        r"\d{4}-\d\d-\d\d\)\. Nothing was relayed; nothing needs doing\.", told["told"])
    japanese = {row["network"]: row["told"] for row in guarded.json("guard", "report", "--lang", "ja")["events"]}
    assert "(4 回目)" in japanese["127.8.0.0/24"]
    week = guarded.json("guard", "report")["weeks"][-1]
    assert week["relay"] >= 8 and week["recipients"] >= 1 and len(guarded.json("guard", "report")["weeks"]) == 12
    assert guarded.sink.copies == []


def test_own_relay_test_is_forgiven(guarded):
    """C7: an admin who tests the server is not locked out by it."""
    report = guarded.json("check", "relay")
    assert {row["verdict"] for row in report["vectors"]} <= {"refused", "kept here"}
    wait_for(lambda: "forgiven who=127.0.0.0/24" in guarded.log(), "the receiver to hear of it")
    with guarded.smtp() as client:
        client.say("MAIL FROM:<a@honest.example>")
        assert client.say(f"RCPT TO:<ml@{DOMAIN}>") == b"250 2.1.5 ok\r\n"
    assert "127.0.0.1/32" not in suspects(guarded)


def test_who_waits_when_the_server_stops():
    """A client that is slowed while the receiver finishes its sessions is told so at the end of that time, and nothing dies of it."""
    with lab_server({"receive": {"timeout": "2s"}, "guard": {"slow": "1", "deny": "80", "tarpit": "1m"}}) as server:
        with server.smtp(source="127.9.0.1") as client:
            client.say("MAIL FROM:<a@b.example>")
            receiver = server.roles()["receive"]
            server.process.send_signal(signal.SIGTERM)
            wait_for(lambda: " receive drain " in server.log(), "the receiver to drain")
            assert client.say(f"RCPT TO:<ml@{DOMAIN}>") == b"250 2.1.5 ok\r\n"
            assert client.answer().startswith(b"421 4.3.2 ")
            wait_for(lambda: f"role-ended role=receive pid={receiver} exit=0" in server.log(), "the receiver to end well")
        assert server.process.wait(30) == 0
