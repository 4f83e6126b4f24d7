"""test_decoy.py - a server that seems to be an open relay keeps what it gets, relays nothing, and remembers who came (requirement C6)"""
import pytest

from lab import List, lab_server
from mails import compose
from ports import free_port
from server import DOMAIN, HOSTNAME
from smtp import Client
from test_guard import GUARDED
from wait import wait_for

MESSAGE = b"From: <tester@tester.example>\r\nTo: <SMTPRelayCheck@anydomain.example>\r\n\r\n127.0.0.1\r\n"


@pytest.fixture
def decoyed(request):
    port = free_port()
    guard = {**GUARDED, "decoy": f"127.0.0.1:{port}", "decoy_forward_first": getattr(request, "param", "off")}
    with lab_server({"guard": guard}) as server:
        server.decoy = ("127.0.0.1", port)
        yield server


def give(server, rcpts, message=MESSAGE, source="127.9.0.1"):
    with Client(server.decoy, "HELO localhost", source=source) as client:
        assert client.greeting == f"220 {HOSTNAME} ESMTP\r\n".encode()
        assert client.post("tester@tester.example", rcpts, message) == [b"250 2.0.0 accepted\r\n"]
        assert client.say("QUIT").startswith(b"221")


def test_nothing_is_relayed(decoyed):
    """It is kept as evidence; also mail for a list of ours reaches no list. Who came is refused at the real door."""
    ml = List(decoyed)
    give(decoyed, ["SMTPRelayCheck@anydomain.example", "other@elsewhere.example"])
    give(decoyed, [ml.address], compose(ml.members[0], ml.address), source="127.9.0.2")
    decoyed.settle()
    rows = sorted(decoyed.rows("decoy", "ls"), key=lambda row: row["client"])  # of one second: in any order
    assert [(row["client"], row["from"], row["to"], row["recipients"]) for row in rows] == [
        ("127.9.0.1", "tester@tester.example", "SMTPRelayCheck@anydomain.example", 2),
        ("127.9.0.2", "tester@tester.example", ml.address, 1)]
    assert "smtprelaycheck" in rows[0]["probes"]
    shown = decoyed.json("decoy", "show", rows[0]["id"])
    assert shown["recipients"] == ["SMTPRelayCheck@anydomain.example", "other@elsewhere.example"]
    assert decoyed.sink.copies == []
    assert decoyed.held() == [] and decoyed.held("misaddressed") == [] and decoyed.held("failed") == []
    assert decoyed.json("status")["waiting"]["decoy"] == 2
    give(decoyed, ["x@elsewhere.example"])
    with decoyed.smtp(source="127.9.0.1") as client:
        client.say("MAIL FROM:<a@b.example>")
        assert client.say(f"RCPT TO:<{ml.address}>").startswith(b"554 5.7.1")
    with decoyed.smtp(source="127.10.0.1") as client:  # and others are served
        client.say("MAIL FROM:<a@b.example>")
        assert client.say(f"RCPT TO:<{ml.address}>") == b"250 2.1.5 ok\r\n"
        assert client.say("RCPT TO:<x@elsewhere.example>") == b"550 5.7.1 relaying denied\r\n"
    decoyed.settle()
    assert decoyed.json("decoy", "discard", rows[0]["id"]) == {"id": rows[0]["id"]}
    assert len(decoyed.rows("decoy", "ls")) == 2


@pytest.mark.parametrize("decoyed", ["on"], indirect=True)
def test_first_message_is_sent_on(decoyed):
    """decoy_forward_first: the first message of a network ever, to its first recipient, once; also after a restart."""
    give(decoyed, ["SMTPRelayCheck@anydomain.example", "other@elsewhere.example"])
    wait_for(lambda: decoyed.sink.copies, lambda: f"the one message; the log: {decoyed.log()[-3000:]}")
    give(decoyed, ["SMTPRelayCheck@anydomain.example"])
    decoyed.restart()
    give(decoyed, ["SMTPRelayCheck@anydomain.example"], source="127.9.0.77")
    decoyed.settle()
    [copy] = decoyed.sink.copies
    assert copy.rcpt == "SMTPRelayCheck@anydomain.example"
    assert copy.data.endswith(MESSAGE)
    assert copy.mail_from.startswith("bounce+") and copy.mail_from.endswith(f"@{DOMAIN}")
    assert len(decoyed.rows("decoy", "ls")) == 3
    assert decoyed.log().count(" decoy-forward ") == 1
