"""test_disk_full.py - a disk without room: told in time, nothing is lost, nothing comes twice, and it recovers by itself"""
import os
import signal

import pytest

from lab import List, lab_server
from mails import compose
from smtp import stuffed
from wait import wait_for

MIN_FREE = 4 * 1024 * 1024
SENDER = "anna@home.example"
NO_ROOM = b"452 4.3.1 no room for it now, try again later\r\n"


@pytest.fixture
def server(disk):
    with lab_server({"server": {"data": disk.folder / "data"}, "receive": {"min_free": str(MIN_FREE)}}) as server:
        yield server
        assert "whole" in server.listctl("check", "store", check=False).stderr


def large(author, ml):
    """A post that does not fit into what a log has free already."""
    return compose(author, ml.address, body="A line of a post that is long.\n" * 900)


def test_told_at_mail(server, disk):
    """452 before a single octet of the message is sent, to strangers and to our own MTA; and 250 as soon as there is room."""
    ml = List(server)
    disk.fill(leave=MIN_FREE // 2)
    for client in (server.smtp(), server.lmtp()):
        with client:
            assert client.say(f"MAIL FROM:<{SENDER}>") == NO_ROOM
    done = server.listctl("check", "config", check=False)
    assert done.returncode == 1 and "[receive] min_free" in done.stdout
    disk.clear()
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    ml.copies()
    server.settle()
    assert server.log().count(" disk-short ") == 1 and server.log().count(" disk-ok ") == 1


def test_told_after_the_message(server, disk):
    """What fills up while a message is on its way: 452, none of it is kept, and the client's second try is taken."""
    ml = List(server)
    anna = ml.person("anna")
    with server.smtp() as client:
        client.say(f"MAIL FROM:<{anna}>")
        client.say(f"RCPT TO:<{ml.address}>")
        client.say("DATA")
        disk.fill()
        client.send(stuffed(large(anna, ml)))
        assert client.answer() == NO_ROOM
    disk.clear()
    ml.post(anna, large(anna, ml))
    ml.copies()
    server.settle()
    assert len(server.sink.copies) == len(ml.readers)


def test_full_for_those_behind(server, disk):
    """A post that was accepted waits while it cannot be put into the queue."""
    ml = List(server)
    anna = ml.person("anna")
    handle = server.roles()["handle"]
    os.kill(handle, signal.SIGSTOP)
    ml.post(anna, large(anna, ml))
    disk.fill()
    os.kill(handle, signal.SIGCONT)
    wait_for(lambda: " store-failed " in server.log(), "handle's word of it")
    assert server.sink.copies == []
    disk.clear()
    ml.copies()
    server.settle()
    assert len(server.sink.copies) == len(ml.readers)
    assert server.roles()["handle"] == handle


@pytest.mark.parametrize("personal", ["yes", "no"])
def test_full_while_it_fans_out(server, disk, personal):
    """An outcome that cannot be recorded is kept in mind: when there is room again the rest goes out, and no reader has it twice."""
    ml = List(server, members=[f"m{n}" for n in range(1500)], settings={"personal": personal})
    server.restart()  # SQLite's log begins anew, and so grows with each commit
    half = len(ml.readers) // 2

    def fill_at_half(_copy):
        if len(server.sink.copies) == half:
            disk.fill()
    server.sink.on_copy = fill_at_half
    ml.post(ml.person("m0"), compose(ml.person("m0"), ml.address))
    wait_for(lambda: " not-recorded " in server.log() or " store-failed " in server.log(),
             lambda: f"a word of it: {server.json('status')}; the log: {server.log()[-3000:]}")
    server.sink.on_copy = None
    deliver = server.roles()["deliver"]
    disk.clear()
    ml.copies()
    server.settle()
    assert len(server.sink.copies) == len(ml.readers)
    assert server.roles()["deliver"] == deliver
