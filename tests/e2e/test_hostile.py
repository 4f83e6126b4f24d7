"""test_hostile.py - clients that mean harm, over real sockets: each is ended with a reason in the log, and honest ones are served meanwhile"""
import contextlib
import pathlib
import re
import socket
import struct
import threading
import time

import pytest

from lab import List, lab_server
from mails import compose
from server import DOMAIN
from wait import PATIENCE, wait_for

TIMEOUT = 2
MEMORY_KIB = 24 * 1024  # what receive may have grown by, whatever it was sent


@pytest.fixture(scope="module")
def site():
    with lab_server({"receive": {"timeout": f"{TIMEOUT}s", "max_size": "64K", "max_sessions": "400"},
                     "guard": {"client_sessions": "400", "network_sessions": "400"}}) as server:
        server.ml = List(server)
        yield server


def memory_kib(server):
    return int(pathlib.Path(f"/proc/{server.roles()['receive']}/status").read_text().partition("VmRSS:")[2].split()[0])


@pytest.fixture
def hostile(site):
    """After each test: the server is as it was, nothing is in the spool, and an honest post goes through."""
    pid, before = site.roles()["receive"], memory_kib(site)
    yield site
    assert site.roles()["receive"] == pid
    ml, count = site.ml, len(site.sink.copies)
    ml.post(ml.members[0], compose(ml.members[0], ml.address))
    site.settle()
    assert len(site.sink.copies) == count + len(ml.readers)
    if not is_sanitized(site):
        assert memory_kib(site) - before < MEMORY_KIB


def is_sanitized(server):
    """Whose memory says nothing: it is never given back."""
    return "libasan" in pathlib.Path(f"/proc/{server.roles()['receive']}/maps").read_text()


@contextlib.contextmanager
def raw(server, *lines):
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.smtp_port), PATIENCE)) as client:
        client.settimeout(PATIENCE)
        client.recv(1000)
        for line in lines:
            client.sendall(line.encode() + b"\r\n")
            client.recv(1000)
        yield client


IN_DATA = ("EHLO client.example", "MAIL FROM:<a@b.example>", f"RCPT TO:<nobody@{DOMAIN}>", "DATA")


def heard_to_the_end(client):
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while more := client.recv(65536):
            heard += more
    return heard


def ends_logged(server, why):
    return len(re.findall(rf" disconnect session=\d+ why={why} ", server.log()))


def trickle(server, client, octets, why):
    """Sends an octet now and then, more often than the time limit: it ends all the same, and says why."""
    before, start = ends_logged(server, why), time.monotonic()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for octet in octets:
            client.sendall(bytes([octet]))
            time.sleep(TIMEOUT / 8)
            if time.monotonic() - start > TIMEOUT * 6:
                break
    wait_for(lambda: ends_logged(server, why) > before, f"the end by {why}")
    assert time.monotonic() - start < TIMEOUT * 5


@pytest.mark.parametrize("before, octets", [((), b"EHLO " + b"x" * 1000), (IN_DATA, b"X-Field: " + b"x" * 1000)], ids=["command", "data"])
def test_slow_loris(hostile, before, octets):
    with raw(hostile, *before) as client:
        trickle(hostile, client, octets, "timeout")


def test_who_never_reads(hostile):
    """Answers that nobody takes wait in a bounded buffer; then commands wait too, and at last the time limit ends it."""
    with raw(hostile) as client:
        client.settimeout(1)
        with contextlib.suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
            for _ in range(2000):
                client.sendall(b"NOOP\r\n" * 1000)
    wait_for(lambda: hostile.log().count(" connect ") == hostile.log().count(" disconnect "), "the end of all sessions")


@pytest.mark.parametrize("before, octets, times, answer, why", [
    ((), b"x" * 65536, 160, b"", "client|timeout|errors"),                      # a command line of 10 MB
    (IN_DATA, b"X-Field: " + b"x" * 65527, 160, b"552 5.3.4", "flood"),          # a header line of 10 MB
    (IN_DATA, b"X-Field: x\r\n" * 5000, 160, b"552 5.3.4", "flood"),              # a header without an end
    (IN_DATA, b"From: a\r\n\r\n" + b"text\r\n" * 10000, 160, b"552 5.3.4", "flood"),
], ids=["line", "field", "header", "body"])
def test_without_end(hostile, before, octets, times, answer, why):
    count = sum(ends_logged(hostile, one) for one in why.split("|"))
    with raw(hostile, *before) as client:
        heard = []
        reader = threading.Thread(target=lambda: heard.append(heard_to_the_end(client)))
        reader.start()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(times):
                client.sendall(octets)
        if not answer:
            client.sendall(b"\r\nQUIT\r\n")
        reader.join(PATIENCE)
        assert heard and (not answer or heard[0] == b"" or heard[0].startswith(answer)), heard
        if not answer:
            assert heard[0].startswith(b"500 5.5.2 line too long")
    wait_for(lambda: sum(ends_logged(hostile, one) for one in (why + "|quit").split("|")) > count, "the end")
    assert hostile.held("misaddressed") == []


@pytest.mark.parametrize("lines, ends", [
    ([b"RCPT TO:<x@elsewhere.example>\r\n"] * 100000, "errors"), ([b"\r\n"] * 10000, "errors"), ([b"NOOP\r\n"] * 5000, "commands"),
    ([b"RCPT TO:<nobody@%s>\r\n" % DOMAIN.encode()] * 5000, "commands"),
], ids=["relay", "empty", "noop", "rcpt"])
def test_too_much(hostile, lines, ends):
    before = ends_logged(hostile, ends)
    with raw(hostile, "EHLO client.example", "MAIL FROM:<a@b.example>") as client:
        reader = threading.Thread(target=heard_to_the_end, args=(client,))
        reader.start()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for at in range(0, len(lines), 1000):
                client.sendall(b"".join(lines[at:at + 1000]))
        reader.join(PATIENCE)
    wait_for(lambda: ends_logged(hostile, ends) > before, f"the end by {ends}")


@pytest.mark.parametrize("count", range(len(IN_DATA) + 1))
def test_reset_in_each_state(hostile, count):
    """An RST, and a half-closed socket, in each state of a session: nothing is taken that was not whole."""
    for is_reset in (True, False):
        with raw(hostile, *IN_DATA[:count]) as client:
            if count == len(IN_DATA):
                client.sendall(b"From: a@b.example\r\n\r\nnot whole")
            if is_reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                client.shutdown(socket.SHUT_WR)
                heard_to_the_end(client)
    wait_for(lambda: hostile.log().count(" connect ") == hostile.log().count(" disconnect "), "the end of all sessions")
    assert hostile.held("misaddressed") == []


def test_silent_crowd(hostile):
    """Hundreds who say nothing: honest sessions go on, and the silent ones end by their time limit."""
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(contextlib.closing(socket.create_connection(("127.0.0.1", hostile.smtp_port), PATIENCE)))
        hostile.ml.post(hostile.ml.members[1], compose(hostile.ml.members[1], hostile.ml.address))
        wait_for(lambda: ends_logged(hostile, "timeout") >= 300, "the end of the silent ones")
