"""test_size.py - oversize mail is refused in the dialogue, never accepted and bounced (A4)"""
import re

import pytest

from lab import List, lab_server
from mails import compose
from server import DOMAIN

STRANGER = "mallory@strangers.example"
KIB = 1024


def sized(octets, rcpt="x@lists.example", author=STRANGER):
    """A post of exactly that many octets."""
    head = compose(author, rcpt, body="")
    lines = b"x" * 76 + b"\r\n"
    left = octets - len(head)
    body = lines * (left // len(lines))
    rest = left - len(body)
    body += b"y" * (rest - 2) + b"\r\n" if rest >= 2 else b""
    return head + body


@pytest.fixture(scope="module")
def size_server():
    with lab_server({"receive": {"max_size": "64K"}}) as server:
        yield server


@pytest.fixture
def rooms(size_server):
    """Lists with limits of their own, all lower than the server's."""
    def make(**settings):
        return List(size_server, settings=settings)
    return make


def heard_of(server, parameters, size, *rcpts):
    with server.smtp() as client:
        answers = client.envelope(STRANGER, *rcpts, parameters=parameters)
        return answers, client.data(sized(size))[0] if answers[-1].startswith(b"250") else None


def test_limit_is_announced(size_server):
    """RFC 1870: EHLO says the wire limit."""
    with size_server.smtp() as client:
        assert re.search(rb"250[- ]SIZE 65536\r\n", client.extensions)


def test_declared_size_is_refused_at_mail(size_server):
    """A4, RFC 1870 6.1: 552 at MAIL FROM, before anything is sent; up to the limit it is taken."""
    with size_server.smtp() as client:
        assert client.say(f"MAIL FROM:<{STRANGER}> SIZE={64 * KIB + 1}").startswith(b"552 5.3.4")
        assert client.say(f"MAIL FROM:<{STRANGER}> SIZE={10**30}").startswith(b"5")
        assert client.say(f"MAIL FROM:<{STRANGER}> SIZE={64 * KIB}").startswith(b"250")


@pytest.mark.parametrize("rcpt", [f"nothing@{DOMAIN}", f"postmaster@{DOMAIN}"])
def test_data_beyond_the_limit_is_refused(size_server, rcpt):
    """A4: who declared nothing is refused at the end of DATA, and the session goes on."""
    with size_server.smtp() as client:
        [answer] = client.post(STRANGER, [rcpt], sized(64 * KIB + 2, rcpt))
        assert answer.startswith(b"552 5.3.4"), answer
        [answer] = client.post(STRANGER, [rcpt], sized(64 * KIB, rcpt))
        assert answer.startswith(b"250"), answer


def test_endless_data_does_not_fill_memory(size_server):
    """A4: what is beyond the limit is thrown away as it arrives; a flood is answered before its end, and cut off."""
    with size_server.smtp() as client:
        client.envelope(STRANGER, f"nothing@{DOMAIN}")
        client.say("DATA")
        try:
            client.send(sized(64 * KIB * KIB))
        except ConnectionError:
            pass  # cut off while we still sent
        try:
            assert client.answer().startswith(b"552 5.3.4")
        except ConnectionResetError:
            pass  # the answer was thrown away with what we had sent
    receive = size_server.roles()["receive"]
    with open(f"/proc/{receive}/status", encoding="ascii") as status:
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
    assert peak < 1024 * KIB, peak  # a sanitizer's own share is some hundred MiB


def test_public_lists_own_limit(rooms, size_server):
    """A4: a public list's own lower limit shows in the dialogue."""
    ml = rooms(max_size="20K")
    _, answer = heard_of(size_server, "", 30 * KIB, ml.address)
    assert answer.startswith(b"552 5.3.4"), answer


def test_public_lists_own_limit_is_told_early(rooms, size_server):
    """A4, RFC 1870 6.2: who declares the size hears it before anything is sent, once all recipients are known."""
    ml = rooms(max_size="20K")
    with size_server.smtp() as client:
        client.envelope(STRANGER, ml.address, parameters=f" SIZE={30 * KIB}")
        assert client.say("DATA").startswith(b"552 5.3.4")


def test_two_lists_the_larger_limit_decides(rooms, size_server):
    """A4: when one recipient may have it, it is taken; the other list holds it."""
    small, large = rooms(max_size="20K"), rooms()
    _, answer = heard_of(size_server, "", 30 * KIB, small.address, large.address)
    assert answer.startswith(b"250"), answer
    size_server.settle()
    assert len(small.held()) == len(large.held()) == 1


def test_what_passed_beside_another_is_held(rooms, size_server):
    """A4: also a member's post is held by the list whose limit it exceeds, and passes on the other."""
    small, large = rooms(max_size="20K"), rooms(max_text="64K")
    anna = small.person("anna")
    size_server.listctl("member", "add", large.address, anna)
    with size_server.smtp() as client:
        [answer] = client.post(anna, [small.address, large.address], sized(30 * KIB, f"{small.address}, {large.address}", anna))
    assert answer.startswith(b"250"), answer
    large.copies()
    size_server.settle()
    [row] = small.held()
    assert re.search("size|large|limit", row["reason"]), row


def test_two_lists_both_exceeded(rooms, size_server):
    """A4: when every recipient's limit is exceeded, it is refused."""
    one, two = rooms(max_size="20K"), rooms(max_size="24K")
    _, answer = heard_of(size_server, "", 30 * KIB, one.address, two.address)
    assert answer.startswith(b"552 5.3.4"), answer


def test_private_lists_limit_shows_nothing(rooms, size_server):
    """A4, B1: a private list answers as an address that does not exist, and holds what is too large."""
    ml = rooms(max_size="20K", visibility="private")
    nothing = heard_of(size_server, f" SIZE={30 * KIB}", 30 * KIB, f"nothing@{DOMAIN}")
    assert heard_of(size_server, f" SIZE={30 * KIB}", 30 * KIB, ml.address) == nothing
    size_server.settle()
    assert len(ml.held()) == 1


def test_limit_changes_at_once(rooms, size_server):
    """The limit that `listctl list set` gave is in force with the next transaction, without a reload."""
    ml = rooms()
    assert heard_of(size_server, "", 30 * KIB, ml.address)[1].startswith(b"250")
    ml.set("max_size", "20K")
    assert heard_of(size_server, "", 30 * KIB, ml.address)[1].startswith(b"552")
    ml.set("visibility", "private")
    assert heard_of(size_server, "", 30 * KIB, ml.address)[1].startswith(b"250")


def test_lmtp_answers_for_each_recipient(rooms, size_server):
    """RFC 2033 4.2: one answer a recipient, each by its own limit."""
    small, large = rooms(max_size="20K"), rooms()
    with size_server.lmtp() as client:
        answers = client.post(STRANGER, [small.address, large.address], sized(30 * KIB))
    assert [answer[:3] for answer in answers] == [b"552", b"250"], answers
