"""test_deny_door.py - the deny list of a running server: refused, let in on probation, denied anew, as listctl shows it"""
import contextlib
import sqlite3
import time

import pytest

from lab import lab_server
from server import DOMAIN
from wait import wait_for

DENIED = b"554 5.7.1 not accepted from your network; postmaster is\r\n"
OK = b"250 2.1.5 ok\r\n"


@pytest.fixture(scope="module")
def server():
    with lab_server({"guard": {"good_networks": "127.20.9.0/24"}}) as server:
        server.listctl("list", "add", f"ml@{DOMAIN}", "--owner", "olga@home.example", "--report", "off")
        yield server


def deny(server, network, span=0, ago=0, label="admin"):
    """listctl rightly refuses to deny loopback, where all clients of the tests are: the row that it would have written."""
    until = int(time.time()) - ago + span if span else 0
    with contextlib.closing(sqlite3.connect(server.data / "spool" / "spool.db", timeout=30)) as db, db:
        db.execute("INSERT INTO deny VALUES (?, ?, 'a reason', 'seen', ?, ?, ?, 0, 0, 0)", (network, label, int(time.time()) - ago, until, span))
        db.execute("UPDATE deny_change SET number = number + 1")


def try_list(server, source, *recipients):
    with server.smtp(source=source) as client:
        client.say("MAIL FROM:<a@people.example>")
        return [client.say(f"RCPT TO:<{recipient}>") for recipient in recipients or [f"ml@{DOMAIN}"]]


def entry(server, network):
    return next((row for row in server.json("deny", "ls")["denied"] if row["network"] == network), None)


def test_refused_but_for_a_person(server):
    """Within a second of the change, existing and unknown alike (B1); postmaster and abuse stay within reach (C8)."""
    assert try_list(server, "127.20.1.1") == [OK]
    deny(server, "127.20.0.0/16")
    wait_for(lambda: try_list(server, "127.20.1.1") == [DENIED], "the receiver to follow")
    answers = try_list(server, "127.20.1.1", f"ml@{DOMAIN}", f"nobody@{DOMAIN}", "x@elsewhere.example", "postmaster", f"abuse@{DOMAIN}")
    assert answers == [DENIED, DENIED, b"550 5.7.1 relaying denied\r\n", OK, OK]
    assert server.json("guard", "status")["deny_list"] == 1
    assert try_list(server, "127.21.1.1") == [OK]
    assert try_list(server, "127.20.9.9") == [OK]  # good_networks
    assert "denied client=127.20.1.1 network=127.20.0.0/16 label=admin reason=\"a reason\"" in server.log()
    wait_for(lambda: entry(server, "127.20.0.0/16")["hits"] == 2, "the hits: one a session")
    server.listctl("deny", "rm", "127.20.0.0/16")
    wait_for(lambda: try_list(server, "127.20.1.1") == [OK], "the receiver to follow")


def test_probation(server):
    deny(server, "127.22.0.0/16", span=1000, ago=2000)
    deny(server, "127.23.0.0/16")
    wait_for(lambda: try_list(server, "127.23.1.1") == [DENIED], "the receiver to follow")
    assert try_list(server, "127.22.1.1") == [OK]
    assert entry(server, "127.22.0.0/16")["is"] == "on probation"
    try_list(server, "127.22.2.2", "x@elsewhere.example")
    assert try_list(server, "127.22.1.1") == [DENIED]
    wait_for(lambda: "denied-anew client=127.22.2.2 network=127.22.0.0/16 label=admin seconds=2000" in server.log(), "the line of the log")
    row = wait_for(lambda: (found := entry(server, "127.22.0.0/16")) and found["is"] == "denied" and found, "the entry to say so")
    assert row["denied_anew"] == 1
    server.restart()
    assert try_list(server, "127.22.1.1") == [DENIED]


def test_message_goes_on(server):
    """Who is denied while a transaction is under way has the recipients that were taken."""
    with server.smtp(source="127.24.1.1") as client:
        client.say("MAIL FROM:<a@people.example>")
        assert client.say(f"RCPT TO:<ml@{DOMAIN}>") == OK
        deny(server, "127.24.0.0/16")
        wait_for(lambda: try_list(server, "127.24.2.2") == [DENIED], "the receiver to follow")
        assert client.say(f"RCPT TO:<other@{DOMAIN}>") == DENIED
        assert client.data(b"From: a@people.example\r\nSubject: x\r\n\r\nx\r\n")[-1].startswith(b"250")
