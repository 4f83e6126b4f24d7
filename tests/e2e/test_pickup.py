"""test_pickup.py - mail from mailboxes by POP3 and IMAP, from a real Dovecot: nothing lost, nothing twice (A8)"""
import contextlib
import json
import random
import re
import signal
import socket
import time

import pytest

from dovecot import Dovecot, is_installed
from lab import List
from mails import compose
from server import DOMAIN
from wait import PATIENCE, wait_for

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs root and an installed Dovecot")

PLUS = {"server": {"addresses": "plus"}}


@pytest.fixture(scope="module")
def dovecot():
    with contextlib.closing(Dovecot()) as dovecot:
        yield dovecot


def delivered(author, to, number, **fields):
    """A message as a provider's MTA left it in a mailbox."""
    return (f"Return-Path: <{author}>\r\nDelivered-To: {to}\r\n"
            f"Received: from mx.elsewhere.example by mx.provider.example; Fri, 27 Nov 2026 00:00:00 +0000\r\n").encode() + compose(
                author, to, subject=f"number {number}", message_id=f"<{number}@pick.example>", **fields)


def taken(server):
    return len(re.findall(r" picked-up ", server.log()))


def pick_up(make_server, dovecot, protocol, user, before=None, **more):
    """A server that takes one mailbox, and a list whose address that is."""
    server = make_server({**PLUS, f"pickup {user}": dovecot.pickup(protocol, user, **more)}, start=False)
    ml = List(server, name=user)
    if before:
        before(ml)
    server.start()
    return server, ml


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_posts_and_commands(make_server, dovecot, protocol):
    """A post goes out to all, a command address asks; both are deleted from the mailbox once they are ours."""
    user = f"posts-{protocol}"
    server, ml = pick_up(make_server, dovecot, protocol, user)
    anna, zoe = ml.members[0], "zoe@elsewhere.example"
    dovecot.put(user, delivered(anna, ml.address, 1), delivered(zoe, f"{user}+on@{DOMAIN}", 2))
    copies = ml.copies()
    assert all(b"number 1" in copy.data for copy in copies)
    server.sink.wait_to(zoe)
    wait_for(lambda: dovecot.count(user) == 0, lambda: f"an empty mailbox: {server.log()[-2000:]}")
    server.settle()
    assert all(len(server.sink.to(reader)) == 1 for reader in ml.readers)
    assert "fetch" in [row["role"] for row in server.json("status")["roles"]]


def test_kept_and_seen(make_server, dovecot):
    """after = keep: each is taken once, marked as seen, and stays; also over a restart."""
    server, ml = pick_up(make_server, dovecot, "imap", "kept", after="keep")
    dovecot.put("kept", *(delivered(ml.members[0], ml.address, number) for number in range(3)))
    ml.copies(count=3)
    wait_for(lambda: dovecot.count("kept", "SEEN") == 3, "the marks")
    server.restart()
    dovecot.put("kept", delivered(ml.members[0], ml.address, 3))
    ml.copies(count=4)
    server.settle()
    assert dovecot.count("kept") == 4 and all(len(server.sink.to(reader)) == 4 for reader in ml.readers)


def test_topmost_delivered_to_decides(make_server, dovecot):
    """What a stranger wrote further down, or into To, says nothing where the provider said it."""
    server, ml = pick_up(make_server, dovecot, "imap", "topmost")
    other = List(server, name="elsewhere")
    anna = ml.members[0]
    forged = delivered(anna, ml.address, 1).replace(
        b"Received:", f"Delivered-To: {other.address}\r\nReceived:".encode(), 1).replace(f"To: {ml.address}".encode(), f"To: {other.address}".encode())
    dovecot.put("topmost", b"Delivered-To: topmost@lists.example\r\n" + forged)
    wait_for(lambda: taken(server) == 1, "the message")
    server.settle()
    assert server.sink.to(*other.readers) == []


def test_disk_without_room(disk, make_server, dovecot):
    """What could not be stored stays in the mailbox, is told, and comes when there is room."""
    pickup = dovecot.pickup("imap", "roomless")
    server = make_server({"server": {"addresses": "plus", "data": disk.folder / "data"}, "receive": {"min_free": "4M"},
                          "pickup roomless": pickup}, start=False)
    ml = List(server, name="roomless")
    disk.fill(leave=1024 * 1024)
    dovecot.put("roomless", delivered(ml.members[0], ml.address, 1))
    server.start()
    wait_for(lambda: "[receive] min_free" in server.log(), lambda: f"a word of it: {server.log()[-2000:]}")
    assert (dovecot.count("roomless"), taken(server)) == (1, 0)
    disk.clear()
    ml.copies()
    wait_for(lambda: dovecot.count("roomless") == 0, "an empty mailbox")


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_thousand_and_kill(make_server, dovecot, protocol):
    """A full mailbox is taken in pages, and killed at random moments: at the end each message is there once, and the mailbox empty."""
    count, user = {"imap": 1000, "pop3": 300}[protocol], f"full-{protocol}"
    server, ml = pick_up(make_server, dovecot, protocol, user,
                         before=lambda ml: dovecot.put(user, *(delivered(ml.owner, ml.address, number) for number in range(count))))
    rng = random.Random(6)
    for _ in range(12):
        wait_for(lambda: "fetch" in server.roles(), "the role")
        before = server.roles()["fetch"]
        time.sleep(rng.uniform(0.05, 0.5))
        with contextlib.suppress(ProcessLookupError):
            server.kill("fetch", signal.SIGKILL)
        wait_for(lambda: server.roles().get("fetch", before) != before, "another one")
    wait_for(lambda: dovecot.count(user) == 0, lambda: f"an empty mailbox: {server.log()[-2000:]}", timeout=120)
    wait_for(lambda: len(server.sink.to(ml.owner)) >= count, lambda: f"the copies: {server.log()[-2000:]}", timeout=120)
    server.settle()
    numbers = [re.search(rb"number (\d+)", copy.data)[1] for copy in server.sink.to(ml.owner)]
    assert len(numbers) == count and set(numbers) == {str(number).encode() for number in range(count)}


def test_large_and_odd_messages(make_server, dovecot):
    """Too large: it stays, and is told; lines that end oddly are put right; the rest goes on."""
    server, ml = pick_up(make_server, dovecot, "imap", "odd")
    anna = ml.members[0]
    large = delivered(anna, ml.address, 1, body="x" * 70 + "\n") + b"y" * 76 + b"\r\n" * 2
    large += (b"z" * 76 + b"\r\n") * 16000
    dovecot.put("odd", large, delivered(anna, ml.address, 2))
    ml.copies()
    wait_for(lambda: "stay in it: 1" in server.log(), "the word about the large one")
    server.settle()
    assert dovecot.count("odd") == 1
    [row] = server.json("check", "mailbox")["mailboxes"]
    assert "larger than 1048576 octets" in row["is"] and row["messages"] == 1


def test_broken_ones_stop_no_other(make_server, dovecot, tmp_path):
    """A wrong password, a certificate of nobody: told in words, and the mailbox beside them works."""
    wrong = tmp_path / "wrong"
    wrong.write_text("guessed\n")
    server = make_server({**PLUS,
                          "pickup denied": dovecot.pickup("imap", "fine", password_file=wrong),
                          "pickup unknown": {key: value for key, value in dovecot.pickup("pop3", "fine").items() if key != "tls_ca"},
                          "pickup fine": dovecot.pickup("imap", "fine")}, start=False)
    ml = List(server, name="fine")
    server.start()
    dovecot.put("fine", delivered(ml.members[0], ml.address, 1))
    ml.copies()
    wait_for(lambda: all(f"pickup-failed mailbox={name}" in server.log() for name in ("denied", "unknown")), "both words")
    done = server.listctl("--json", "check", "mailbox", check=False)
    assert done.returncode == 1
    rows = {row["mailbox"]: row["is"] for row in json.loads(done.stdout)["mailboxes"]}
    assert rows["denied"] == "user or password is refused" and "certificate" in rows["unknown"] and rows["fine"] == "fine"


def test_validity_changes(make_server, dovecot):
    """A mailbox that was made anew numbers anew: what has a number of before is taken all the same."""
    server, ml = pick_up(make_server, dovecot, "imap", "anew", after="keep")
    dovecot.put("anew", delivered(ml.members[0], ml.address, 1))
    ml.copies()
    with dovecot.client("anew") as client:
        client.create("Old")
        client.select("INBOX")
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
    for path in (dovecot.folder / "mail" / "anew").glob("dovecot*"):
        path.unlink()
    dovecot.put("anew", delivered(ml.members[0], ml.address, 2))
    ml.copies(count=2)
    server.settle()
    assert all(len(server.sink.to(reader)) == 2 for reader in ml.readers)


def test_without_plus_it_is_refused(make_server, dovecot):
    server = make_server({"pickup one": dovecot.pickup("imap", "one")})
    done = server.listctl("check", "mailbox", check=False)
    assert done.returncode == 1 and "addresses = plus" in done.stderr
    assert server.listctl("check", "mailbox", "two", check=False).returncode == 1


def test_silent_server_is_given_up(make_server, dovecot):
    """Who accepts and says nothing does not hold the role: at SIGTERM it ends at once, else the next mailbox has its turn."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        port = silent.getsockname()[1]
        server = make_server({**PLUS, "pickup mute": {"url": f"imap://127.0.0.1:{port}", "user": "x", "password_file": "/etc/hostname"},
                              "pickup heard": dovecot.pickup("imap", "heard")}, start=False)
        ml = List(server, name="heard")
        server.start()
        first, _ = silent.accept()
        start = time.monotonic()
        assert server.stop() == 0 and time.monotonic() - start < 20
        server.start()
        second, _ = silent.accept()
        dovecot.put("heard", delivered(ml.members[0], ml.address, 1))
        wait_for(lambda: "pickup-failed mailbox=mute" in server.log(), "a word of the one that hangs", 2 * PATIENCE)
        ml.copies()
        first.close()
        second.close()
