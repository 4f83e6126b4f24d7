"""test_owners.py - owners run their list by mail: nothing before the owner's own mailbox has said yes (O7, A6, E2)"""
import base64

import pytest

from lab import List, lab_server
from people import Person, template

AUTHSERV = "mx.trusted.example"


@pytest.fixture
def room(make_list, server):
    ml = make_list()
    ml.olga = Person(server, ml.owner)
    return ml


def order(ml, lines, **fields):
    """Writes commands as the owner, says yes, and returns question and answer."""
    ml.olga.write(ml.door("request"), body=lines, **fields)
    question = ml.olga.letter()
    assert question.subject == template(ml.server, "owner-command")
    ml.olga.reply(question, "yes")
    answer = ml.olga.letter()
    assert answer.subject == template(ml.server, "owner-result"), answer.text
    return question.text, answer.text


def addresses(ml):
    return {row["address"] for row in ml.server.json("member", "ls", ml.address)["members"]}


def test_members(room, server):
    """O7, E2: the roster goes out once, to that owner, with a record in the audit log."""
    before = (server.data / "audit.log").read_text() if (server.data / "audit.log").exists() else ""
    room.olga.write(room.door("request"), "members")
    question = room.olga.letter()
    assert not any(member in question.text for member in room.members)
    room.olga.reply(question, "yes")
    answer = room.olga.letter()
    assert all(member in answer.text for member in room.members)
    added = (server.data / "audit.log").read_text()[len(before):]
    assert 'command="members"' in added and f"list={room.address}" in added and room.people not in added
    room.olga.reply(question, "yes")  # the ticket is used
    assert room.olga.letters() == []


def test_members_get_nothing(room, server):
    """A2, O7: to who is no owner these are no commands at all."""
    ben, nina = Person(server, room.person("ben")), Person(server)
    for who in (ben, nina):
        who.write(room.door("request"), "members")
        assert who.letter().subject == template(server, "unknown")


def test_add_shows_what_it_would_do(room):
    """Pasted lines, with names; the question counts, and nothing is done before the answer."""
    lines = "add\n" + "".join(f"new{n}@elsewhere.example, New {n}\n" for n in range(37)) + f"{room.person('ben')}\nnonsense\nbad@@x\n"
    room.olga.write(room.door("request"), body=lines)
    question = room.olga.letter()
    assert "37 new, 1 on the list already, 2 that cannot be used" in question.text
    assert len(addresses(room)) == 4
    room.olga.reply(question, "yes")
    assert "37 new" in room.olga.letter().text and len(addresses(room)) == 41
    assert room.server.json("member", "show", room.address, "new5@elsewhere.example")["name"] == "New 5"


def test_add_takes_a_csv_part(room):
    csv = base64.encodebytes(b"name,email\nNina,nina@csv.example\nOle,ole@csv.example\n").decode()
    body = ("--b\nContent-Type: text/plain\n\nadd\n\n--b\nContent-Type: text/csv; name=\"m.csv\"\nContent-Transfer-Encoding: base64\n"
            f"Content-Disposition: attachment; filename=\"m.csv\"\n\n{csv}\n--b--\n")
    order(room, body, mime_version="1.0", content_type='multipart/mixed; boundary="b"')
    assert {"nina@csv.example", "ole@csv.example"} <= addresses(room)


def test_remove_set_and_changed(room, server):
    question, answer = order(room, f"remove {room.person('ben')} \nset {room.person('anna')} state paused\nset max_text 64K\nsettings\n"
                                   "members changed\nreport\n")
    assert "remove: 1 members" in question
    assert room.person("ben") not in addresses(room)
    assert server.json("member", "show", room.address, room.person("anna"))["state"] == "paused"
    assert "max_text = 64K" in answer and "members: 3" in answer
    changed = answer.split("members changed since")[1]
    assert f"left     {room.person('ben')}" in changed and f"paused   {room.person('anna')}" in changed


def test_owners_are_not_removed_in_passing(room):
    _, answer = order(room, f"remove {room.owner}\n")
    assert "is an owner" in answer and room.owner in addresses(room)


def test_wrong_commands_are_told(room, server):
    _, answer = order(room, "set no_such 1\nset max_text many\nset zoe@elsewhere.example state paused\nowner add zoe@elsewhere.example\n"
                            f"set {room.person('ben')} role owner\n")
    assert "no_such" in answer and "max_text" in answer and answer.count("is not a member") == 2
    assert server.json("member", "show", room.address, room.person("ben"))["role"] == "member"


def test_owner_add_and_remove(room, server):
    """Both sides confirm; the last owner stays."""
    ben = Person(server, room.person("ben"))
    order(room, f"owner add {ben.address}\n")
    asked = ben.letter()
    assert server.json("member", "show", room.address, ben.address)["role"] == "member"
    ben.reply(asked, "yes")
    assert "members changed since" in ben.letter().text
    assert server.json("member", "show", room.address, ben.address)["role"] == "owner"
    order(room, f"owner remove {ben.address}\n")
    ben.reply(ben.letter(), "yes")
    ben.letter()
    assert server.json("member", "show", room.address, ben.address)["role"] == "member"
    _, answer = order(room, f"owner remove {room.owner}\n")
    assert "last owner" in answer and server.json("member", "show", room.address, room.owner)["role"] == "owner"


def test_nothing_of_a_forged_order_is_shown(room):
    """X2: the question is made from what was understood."""
    room.olga.write(room.door("request"), body="members\nbuy zebrafish at zebrafish.example\nadd\nzebrafish\nZebrafish <a@b@zebrafish>\n")
    assert "zebrafish" not in room.olga.letter().text


def test_owner_put_out_before_the_answer(room, server):
    server.listctl("member", "set", room.address, room.person("ben"), "role", "owner")
    ben = Person(server, room.person("ben"))
    ben.write(room.door("request"), "members")
    question = ben.letter()
    server.listctl("member", "set", room.address, ben.address, "role", "member")
    ben.reply(question, "yes")
    answer = ben.letter().text
    assert "for owners only" in answer and "anna" not in answer


def test_moderators_see_what_is_held_and_no_more(room, server):
    server.listctl("member", "set", room.address, room.person("ben"), "role", "moderator")
    Person(server).write(room.address, "A question", "What is this list about?\n")
    ben = Person(server, room.person("ben"))
    ben.write(room.door("request"), body="held\nmembers\n")
    ben.reply(ben.letter(), "yes")
    answer = ben.letter().text
    assert "A question" in answer and "members: for owners only" in answer and "anna" not in answer
    [row] = room.held()
    ben.write(room.door("request"), f"accept {row['id']}")
    ben.reply(ben.letter(), "yes")
    assert room.held() == [] and b"What is this list about?" in room.sink.to(room.person("anna"))[-1].data


def test_proven_owner_where_the_list_takes_it():
    """owner_proof = auth: an aligned pass is enough; by default it is not."""
    with lab_server({"server": {"authserv_id": AUTHSERV, "trusted_networks": "127.0.0.1"}}) as server:
        ml = List(server)
        olga = Person(server, ml.owner)
        extra = [("Authentication-Results", f"{AUTHSERV}; dmarc=pass header.from={ml.people}")]
        olga.write(ml.door("request"), "members", extra=extra)
        assert olga.letter().subject == template(server, "owner-command")
        ml.set("owner_proof", "auth")
        olga.write(ml.door("request"), "members", extra=extra)
        assert ml.person("ben") in olga.letter().text
