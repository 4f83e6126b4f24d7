"""test_lost.py - addresses that do not exist: no-bounce mode and its switch, and what becomes of misaddressed mail"""
import pytest

from lab import List, lab_server
from mails import compose
from server import DOMAIN, Refused
from smtp import Client

UNKNOWN = b"550 5.1.1 no such address\r\n"
TAKEN = b"250 2.1.5 ok\r\n"
TICKET = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.fixture(scope="module")
def own_server():
    """One whose domains may be switched."""
    with lab_server({"server": {"domains": f"{DOMAIN}, other.example"}}) as server:
        yield server


@pytest.fixture
def switched(own_server):
    """The server, no_bounce off while a test runs."""
    own_server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
    yield own_server
    own_server.listctl("domain", "set", DOMAIN, "no_bounce", "on")


def rcpt(server, local, domain=DOMAIN):
    with Client(("127.0.0.1", server.smtp_port)) as client:
        return client.envelope("anna@people.example", f"{local}@{domain}")[1]


def test_off_tells_what_exists_and_nothing_else(switched):
    """B2: all doors of a list and the site's are taken, tickets by their shape; all else gets one and the same refusal."""
    ml = List(switched)
    doors = ["", "-on", "-off", "-digest", "-help", "-request", "-owner", "+on", f"-confirm+{TICKET}", f"-bounce+{TICKET}",
             f"-off+{TICKET}", f"+{TICKET}"]
    for local in [*(ml.name + door for door in doors), ml.name.upper(), "postmaster", "abuse", "Postmaster", f"bounce+{TICKET}"]:
        assert rcpt(switched, local) == TAKEN, local
    for local in (f"{ml.name}x", f"no-{ml.name}", f"{ml.name}-nosuchdoor", "no-on", f"no+{TICKET}", f"no-bounce+{TICKET}", "root",
                  f"{ml.name}%x", f'" {ml.name}"', '"                   "'):
        assert rcpt(switched, local) == UNKNOWN, local
    assert rcpt(switched, "no", "other.example") == TAKEN  # a domain that was not switched tells nothing


def test_a_running_receiver_sees_the_switch(own_server):
    """B2: in the middle of a session, without a restart; the dates are kept."""
    with Client(("127.0.0.1", own_server.smtp_port)) as client:
        for mode, answer in (("off", UNKNOWN), ("on", TAKEN), ("off", UNKNOWN), ("on", TAKEN)):
            own_server.listctl("domain", "set", DOMAIN, "no_bounce", mode)
            assert client.envelope("a@people.example", f"no-such@{DOMAIN}")[1] == answer
            client.say("RSET")
    rows = {row["domain"]: row for row in own_server.rows("domain", "ls")}
    assert rows[DOMAIN]["no_bounce"] == "on" and rows[DOMAIN]["since"] and rows["other.example"]["since"] is None


def test_new_renamed_and_removed_lists_are_known_at_once(switched):
    ml = List(switched)
    switched.listctl("list", "rename", ml.address, "renamed")
    assert (rcpt(switched, ml.name), rcpt(switched, "renamed")) == (UNKNOWN, TAKEN)
    switched.listctl("list", "rm", f"renamed@{DOMAIN}")
    assert rcpt(switched, "renamed") == UNKNOWN


def test_private_lists_and_off_exclude_each_other(own_server):
    """B1: a private list is not told from an unknown address, so it cannot be where those are told."""
    ml = List(own_server)
    ml.set("visibility", "private")
    with pytest.raises(Refused, match="1 private list"):
        own_server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
    own_server.listctl("domain", "set", "other.example", "no_bounce", "off")
    own_server.listctl("domain", "set", "other.example", "no_bounce", "on")
    ml.set("visibility", "public")
    own_server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
    with pytest.raises(Refused, match="refuses unknown addresses"):
        ml.set("visibility", "private")
    own_server.listctl("domain", "set", DOMAIN, "no_bounce", "on")
    ml.set("visibility", "private")
    assert rcpt(own_server, ml.name) == rcpt(own_server, "no-such") == TAKEN
    ml.set("visibility", "public")


def test_a_trusted_client_is_never_told(switched):
    """B5: an MTA would send a bounce; what it brings is kept as misaddressed."""
    with Client(("127.0.0.1", switched.lmtp_port), hello="LHLO mta.example") as client:
        assert client.envelope("a@people.example", f"no-such@{DOMAIN}")[1] == UNKNOWN  # not in trusted_networks
    with lab_server({"server": {"trusted_networks": "127.0.0.1"}}) as server:
        server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
        with Client(("127.0.0.1", server.lmtp_port), hello="LHLO mta.example") as client:
            message = compose("a@people.example", f"no-such@{DOMAIN}")
            assert client.post("a@people.example", [f"no-such@{DOMAIN}"], message) == [b"250 2.0.0 accepted\r\n"]
        server.settle()
        assert [row["to"] for row in server.rows("misaddressed", "ls")] == [f"no-such@{DOMAIN}"]
