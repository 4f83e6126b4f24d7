"""test_uniform.py - what a stranger hears: the same octets for everybody, about everything (leaks O1; B1, B4)"""
import re
import socket
import subprocess

import pytest

from lab import List
from mails import Mail, compose, tickets
from server import DOMAIN, HOSTNAME, LISTCTL

STRANGER = "mallory@strangers.example"


def dialogue(client, mail_from, rcpt, message):
    """A whole session from the greeting to the end; every octet that the server said."""
    client.envelope(mail_from, rcpt)
    client.data(message)
    client.say("NOOP")
    client.say("QUIT")
    assert client.ends()
    client.close()
    return client.heard


@pytest.fixture(scope="module")
def places(shared_server):
    """Recipients of every kind, and a member; the tickets are of copies that went out."""
    ml = List(shared_server)
    private = List(shared_server, settings={"visibility": "private"})
    anna = ml.person("anna")
    ml.post(anna, compose(anna, ml.address))
    copy = ml.copies()[-1]
    bounce = copy.mail_from
    [off] = tickets(Mail(copy.data).get("List-Unsubscribe"))
    forged = ("a" if off[0] != "a" else "b") + off[1:]
    rcpts = {
        "list": ml.address,
        "list, other case": ml.address.upper(),
        "private list": private.address,
        "nothing": f"nothing@{DOMAIN}",
        "nothing, odd": f'"{" " * 19}"@{DOMAIN}',
        "on": ml.door("on"),
        "off": ml.door("off"),
        "request": ml.door("request"),
        "owner": ml.door("owner"),
        "on of nothing": f"nothing-on@{DOMAIN}",
        "bounce": bounce,
        "bounce, forged": ml.door("bounce", forged),
        "bounce of another list": private.door("bounce", tickets(bounce)[0]),
        "off, valid": ml.door("off", off),
        "off, forged": ml.door("off", forged),
        "off, no ticket": ml.door("off", "short"),
        "confirm, forged": ml.door("confirm", forged),
        "alias, forged": f"{ml.name}+{forged}@{DOMAIN}",
    }
    return ml, rcpts


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_every_octet_is_the_same(server, places, protocol):
    """O1, B1: one dialogue, whoever posts and whereto: member or stranger, list or nothing, valid ticket or forged."""
    ml, rcpts = places
    connect = server.smtp if protocol == "smtp" else server.lmtp
    heard = {}
    for who in (ml.person("ben"), ml.owner, STRANGER, ""):
        for kind, rcpt in rcpts.items():
            if kind == "off, valid" and who:
                continue  # it acts, and the answers to it are the same as to the first
            message = compose(who or STRANGER, rcpt)
            heard[who, kind] = dialogue(connect(), who, rcpt, message)
    different = {octets: case for case, octets in heard.items()}
    assert len(different) == 1, different
    assert b"\r\n250 " in next(iter(different))


def test_verify_and_expand_tell_nothing(server, places):
    """A2: VRFY answers 252 to everything; EXPN and the rest know nothing."""
    ml, _ = places
    answers = {}
    for verb in ("VRFY", "EXPN", "HELP"):
        with server.smtp() as client:
            answers[verb] = {client.say(f"{verb} {who}")
                             for who in (ml.address, ml.person("ben"), "nobody", f"nothing@{DOMAIN}")}
        assert len(answers[verb]) == 1, answers
    assert next(iter(answers["VRFY"])).startswith(b"252")


def test_relaying_is_refused_alike(server, places):
    """C4, C8: a foreign recipient gets a plain refusal, member's address or not."""
    ml, _ = places
    rcpts = (ml.person("ben"), ml.owner, "someone@elsewhere.example", f"x@sub.{DOMAIN}")
    with server.smtp() as client:
        answers = {client.say(f"RCPT TO:<{rcpt}>") for rcpt in rcpts if client.say("RSET") and client.say("MAIL FROM:<>")}
    assert len(answers) == 1 and next(iter(answers)).startswith(b"55"), answers


def test_relay_test_is_clean(server):
    """C7, C1: every recipient elsewhere is refused, also in the odd forms; what is kept here is in a domain of ours."""
    rows = server.json("check", "relay")["vectors"]
    assert len(rows) > 20 and {row["verdict"] for row in rows} == {"refused", "kept here"}
    assert all(row["to"].endswith(f"@{DOMAIN}>") for row in rows if row["verdict"] == "kept here")
    assert all(row["answer"][0] == "5" for row in rows if row["verdict"] == "refused")
    server.settle()
    assert "nothing is relayed" in server.listctl("check", "relay", check=False).stderr


def test_relay_test_finds_an_open_relay(server, sink):
    """The test is worth something: pointed at an MTA that takes everything, it says so."""
    conf = server.folder / "open-relay.conf"
    conf.write_text(server.conf.read_text().replace(f"127.0.0.1:{server.smtp_port}", sink.address))
    done = subprocess.run([LISTCTL, "-c", conf, "check", "relay"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "RELAYS" in done.stdout and "open relay" in done.stderr
    sink.faults.clear()  # odd paths are what this test is made of


MARK = "zebrafish"
CHATTER = [
    f"{MARK}", f"EHLO {MARK}.example", f"HELO {MARK}", f"MAIL FROM:<{MARK}@{MARK}.example>", f"MAIL FROM:<{MARK}",
    f"RCPT TO:<{MARK}@{DOMAIN}>", f"RCPT TO:<{MARK}@{MARK}.example>", f"RCPT TO:<@{MARK}.example:a@{DOMAIN}>",
    f"RCPT TO:<{MARK}%{MARK}.example@{DOMAIN}>", f"RCPT TO:<{MARK}!{MARK}@{DOMAIN}> {MARK}=1", f"VRFY {MARK}",
    f"EXPN {MARK}", f"HELP {MARK}", f"NOOP {MARK}", f"AUTH PLAIN {MARK}", f"BDAT {MARK}", f"STARTTLS {MARK}", f"ETRN {MARK}",
    f"XCLIENT NAME={MARK}", f"MAIL FROM:<a@b.example> SIZE={MARK}", f"MAIL FROM:<a@b.example> {MARK}={MARK}", "DATA",
]


def chatter(connect, line):
    """What the server says in a session with that line in it."""
    with connect() as client:
        client.envelope("a@b.example", *([f"x@{DOMAIN}"] if line == "DATA" else []))
        if line.startswith(("MAIL", "EHLO")):
            client.say("RSET")
        if client.say(line).startswith(b"354"):
            client.send(f"Subject: {MARK}\r\n\r\n{MARK}\r\n.\r\n".encode())
            client.answer()
        client.say("QUIT")
        return client.heard


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_nothing_is_named_or_echoed(server, protocol):
    """B4: no software, version, id or host but the configured one; nothing of what the client said."""
    connect = server.smtp if protocol == "smtp" else server.lmtp
    text = b"".join(chatter(connect, line) for line in CHATTER).decode().lower()
    own = socket.gethostname().lower()
    for word in (MARK, "listd", "libevent", "openssl", "127.0.0.1", "client.example", *([own] if len(own) > 3 else [])):
        assert word not in text, word
    assert not re.search(r"\b\d+\.\d+\.\d+\.\d+\b", re.sub(r"[245]\.\d\.\d+", "", text))
    hosts = set(re.findall(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.example", re.sub(r"(?m)^\d{3}[ -]", "", text)))
    assert hosts <= {HOSTNAME}, hosts
    assert text.startswith(f"220 {HOSTNAME} ")


def test_no_id_in_answers(server, places):
    """E4, B4: two messages in one session get the same octets: nothing is counted."""
    _, rcpts = places
    with server.smtp() as client:
        answers = {client.post(STRANGER, [rcpts["nothing"]], compose(STRANGER, rcpts["nothing"]))[0] for _ in range(3)}
    assert len(answers) == 1, answers
