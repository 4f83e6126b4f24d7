"""test_freemail.py - domains where anybody gets an address (requirement D5)"""
import itertools

import pytest

from mails import compose
from people import Person, template

_numbers = itertools.count(1)


def someone(server):
    return Person(server, f"nina{next(_numbers)}@gmail.com")


def is_member(ml, person):
    return any(row["address"] == person.address for row in ml.server.rows("member", "ls", ml.address))


def post(ml, who, **fields):
    ml.post(who, compose(who, ml.address, **fields))
    ml.server.settle()


@pytest.mark.parametrize("rule, copies, held", [("allow", 1, 0), ("moderate", 0, 1), ("refuse", 0, 0)])
def test_posts_of_strangers(make_list, server, rule, copies, held):
    ml = make_list(settings={"posting": "anyone", "freemail": rule})
    post(ml, f"zoe{next(_numbers)}@eu.gmail.com")
    assert (len(ml.sink.to(ml.owner)), len(ml.held())) == (copies, held)
    post(ml, "zoe@elsewhere.example")
    assert len(ml.sink.to(ml.owner)) == copies + 1


def test_members_are_not_concerned(make_list, server):
    """Whoever is on the list was let in by somebody: refusing their posts would lock them out without a word."""
    ml = make_list(settings={"freemail": "refuse"})
    nina = someone(server)
    server.listctl("member", "add", ml.address, nina.address)
    post(ml, nina.address)
    assert len(ml.sink.to(ml.owner)) == 1 and "Its posts go out" in server.listctl("member", "why", ml.address, nina.address)


@pytest.mark.parametrize("rule, subscribe, letters", [
    ("allow", "confirm", ["join", "welcome"]), ("moderate", "confirm", ["join", "join-wait"]),
    ("moderate", "approve", ["join-wait"]), ("refuse", "confirm", ["join-closed"]), ("refuse", "approve", ["join-closed"]),
])
def test_joining(make_list, server, rule, subscribe, letters):
    """An owner decides, or adds them: nobody is refused without a word, and nobody else hears of it."""
    ml = make_list(settings={"freemail": rule, "subscribe": subscribe})
    nina, olga = someone(server), Person(server, ml.owner)
    nina.write(ml.door("on"))
    got = nina.letters()
    if "join" in letters:
        nina.reply(got[0])
        got += nina.letters()
    assert [letter.subject for letter in got] == [template(server, name) for name in letters]
    assert is_member(ml, nina) == (rule == "allow")
    if rule == "moderate":
        olga.reply(olga.letter(), "yes")
        assert is_member(ml, nina)


def test_invited_by_an_owner(make_list, server):
    ml = make_list(settings={"freemail": "refuse"})
    nina = someone(server)
    server.listctl("member", "invite", ml.address, nina.address)
    server.settle()
    nina.reply(nina.letter())
    assert is_member(ml, nina)


def test_import_counts_at_once(make_list, server):
    """In a `handle` that runs, in its sandbox."""
    ml = make_list(settings={"posting": "anyone", "freemail": "refuse"})
    post(ml, "zoe@imported.example")
    assert len(ml.sink.to(ml.owner)) == 1
    server.listctl("freemail", "import", "-", stdin="# of others\nimported.example\n")
    post(ml, "zoe@sub.imported.example")
    assert len(ml.sink.to(ml.owner)) == 1
    server.listctl("freemail", "forget")
    post(ml, "zoe@imported.example")
    assert len(ml.sink.to(ml.owner)) == 2
