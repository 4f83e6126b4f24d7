"""test_together.py - personal = no: readers are sent to together, and what that costs in privacy stays within its bounds"""
import pytest

from mails import Mail, compose
from people import Person


@pytest.fixture
def ml(make_list):
    return make_list(settings={"personal": "no"})


def test_one_transaction(server, ml):
    """From and To are the list, the way out is the list's, and no reader stands in the message."""
    anna = ml.members[0]
    ml.post(anna, compose(f"Anna <{anna}>", ml.address))
    copies = ml.copies()
    assert {copy.together for copy in copies} == {len(ml.readers)}
    assert len({(copy.mail_from, copy.data) for copy in copies}) == 1
    mail = Mail(copies[0].data)
    fields = {name.lower(): value for name, value in mail.fields}
    assert fields["list-unsubscribe"] == f"<mailto:{ml.door('off')}>"
    assert ml.address in fields["from"] and ml.address in fields["to"]
    assert not any(reader.encode() in copies[0].data for reader in ml.readers)


def test_who_is_refused_is_alone_in_it(server, sink, ml):
    anna, ben, carla = ml.members
    sink.refuse(ben, reply="550 5.1.1 no such mailbox here")
    sink.defer(carla)
    ml.post(anna, compose(f"Anna <{anna}>", ml.address))
    sink.wait_to(anna)
    server.listctl("queue", "flush")
    sink.wait_to(carla)
    server.settle()
    assert [len(sink.to(who)) for who in (anna, ben, carla)] == [1, 0, 1]
    told = server.json("trace", ml.address, ben)
    assert told["copies"][0]["what"] == "refused: 550 5.1.1 no such mailbox here"


def test_leaving_by_the_lists_address(server, ml):
    """There is no ticket in it, so that the mailbox is asked as with any request."""
    anna = ml.members[0]
    ml.post(anna, compose(f"Anna <{anna}>", ml.address))
    ml.copies()
    person = Person(server, anna)
    person.letters()
    person.write(ml.door("off"))
    assert person.letter().reply_to.startswith(f"{ml.name}-confirm+")
    assert anna in [row["address"] for row in server.rows("member", "ls", ml.address)]


def test_what_it_costs_is_said(server, make_list):
    other = make_list()
    done = server.listctl("list", "set", other.address, "personal", "no", check=False)
    assert done.returncode == 0 and "may name others of them" in done.stderr
    assert server.json("list", "show", other.address)["settings"]["personal"] == "no"
