"""test_moderate.py - held posts: moderators decide by mail or on the command line, the first one counts"""
import pytest

from people import Person, template


@pytest.fixture
def room(make_list, server):
    """A list with two who moderate, and a post of a stranger."""
    ml = make_list(settings={"held_notice": "on"})
    server.listctl("member", "set", ml.address, ml.person("anna"), "role", "moderator")
    ml.olga, ml.anna = Person(server, ml.owner), Person(server, ml.person("anna"))
    ml.zoe = Person(server)
    ml.zoe.write(ml.address, "A question", "Where is the <meeting>?\n", x_secret="zebrafish")
    return ml


def test_notice_tells_what_is_needed(room):
    """The sanitised text, the reason, the author and their standing; each moderator has tickets of their own."""
    mine, hers = room.olga.letter(), room.anna.letter()
    for letter in (mine, hers):
        assert "Where is the <meeting>?" in letter.text and "the author is not a member" in letter.text
        assert room.zoe.address in letter.text and "not a member" in letter.text
        assert b"zebrafish" not in letter.copy.data
    assert mine.link("accept") != hers.link("accept")
    assert "also ADDRESS" in mine.text and "also ADDRESS" not in hers.text  # to name a member is for owners
    assert room.zoe.letters() == []


@pytest.mark.parametrize("word, sent", [("accept", True), ("accept and trust", True), ("discard", False), ("ban", False),
                                        ("承認", True), ("破棄します", False)])
def test_first_decision_counts(room, server, word, sent):
    mine, hers = room.olga.letter(), room.anna.letter()
    room.anna.reply(hers, word)
    if sent:
        room.copies()
        assert b"Where is the" in room.anna.letter().copy.data
    else:
        assert room.anna.letters() == []  # who decided is not told
    told = [letter for letter in room.olga.letters() if letter.subject == template(server, "moderate-done")]
    assert len(told) == 1 and "A question" in told[0].text
    assert room.held() == []
    room.olga.reply(mine, "accept")
    room.olga.write(mine.link("discard"))
    assert room.olga.letters() == [] and len(room.sink.to(room.person("ben"))) == sent
    bans = server.json("member", "bans", room.address)["bans"]
    assert [row["banned"] for row in bans] == ([room.zoe.address] if word == "ban" else [])


def test_unclear_or_empty_is_no_decision(room, server):
    letter = room.olga.letter()
    for text in ("", "yes", "hm, let me think"):
        room.olga.reply(letter, text)
        assert template(server, "unclear") in room.olga.letter().text and len(room.held()) == 1


def test_banned_author_is_silent(room, server):
    room.olga.write(room.olga.letter().link("ban"))
    room.zoe.write(room.address, "Again", "The same once more.\n")
    room.zoe.write(room.door("on"))
    room.zoe.write(room.door("help"))
    assert room.zoe.letters() == [] and room.held() == []


def test_further_address_of_a_member(room, server):
    """A member who posts from another address: an owner makes it theirs."""
    room.olga.reply(room.olga.letter(), f"also {room.person('ben')}")
    room.copies()
    room.zoe.write(room.address, "Next", "A second question of mine.\n")
    room.copies(count=2)
    assert server.json("member", "show", room.address, room.person("ben"))["also"] == [room.zoe.address]


def test_moderator_cannot_name_members(room):
    """A2: who is a member is for owners."""
    letter = room.anna.letter()
    answers = []
    for who in (room.person("ben"), "nobody@elsewhere.example"):
        room.anna.reply(letter, f"also {who}")
        answers.append(room.anna.letter().text)
        if len(answers) == 1:
            room.zoe.write(room.address, "More", "Another question of mine.\n")
            letter = room.anna.letter()
    assert answers[0] == answers[1] and len(room.held()) == 2


def test_command_line_decides_too(room, server):
    room.olga.letters()
    room.anna.letters()
    [row] = room.held()
    server.listctl("held", "discard", row["id"])
    server.settle()
    assert room.olga.letter().subject == template(server, "moderate-done")
    assert room.anna.letter().subject == template(server, "moderate-done")


def test_a_flood_of_posts_is_no_flood_of_letters(make_list, server):
    """O8: beyond a limit one letter says that there are many; `held` lists them."""
    ml = make_list(members=(), settings={"held_notice": "on"})
    olga, zoe = Person(server, ml.owner), Person(server)
    for number in range(60):
        zoe.send(ml.address, f"Post {number}", "A text of mine.\n")
    server.settle()
    letters = olga.letters()
    assert len(letters) == 41 and [letter.subject for letter in letters].count(template(server, "held-many")) == 1
    olga.write(ml.door("request"), "held")
    olga.reply(olga.letter(), "yes")
    assert "Post 59" in olga.letter().text


@pytest.mark.parametrize("setting, value, reason", [
    ("frozen", "yes", "frozen"), ("first_post", "moderate", "first post"), ("post_quota", "1", "post_quota"),
])
def test_what_is_held(make_list, server, setting, value, reason):
    """Emergency freeze, first posts of who joined by themselves, a quota for each author."""
    ml = make_list(settings={setting: value})
    nina = Person(server)
    nina.write(ml.door("on"))
    nina.reply(nina.letter())
    if setting == "post_quota":
        nina.write(ml.address, "One", "My first text here.\n")
        ml.copies()
    nina.write(ml.address, "Two", "My second text here.\n")
    [row] = ml.held()
    assert reason in row["reason"]
    if setting == "first_post":
        server.listctl("held", "accept", row["id"])
        nina.write(ml.address, "Three", "My third text here.\n")
        ml.copies(count=2)


@pytest.mark.parametrize("setting, held, sent", [("off", 0, 1), ("hold", 1, 0), ("discard", 0, 0)])
def test_labelled_advertisement(make_list, server, setting, held, sent):
    """D6: the label is found after decoding."""
    ml = make_list(settings={"labels": setting})
    Person(server, ml.person("ben")).write(ml.address, "=?ISO-2022-JP?B?GyRCTCQ+NUJ6OS05cCIoGyhC?= sale", "Buy this and that.\n")
    assert (len(ml.held()), len(ml.sink.to(ml.person("anna")))) == (held, sent)


def test_member_under_moderation(make_list, server):
    ml = make_list()
    ben = Person(server, ml.person("ben"))
    server.listctl("member", "set", ml.address, ben.address, "standing", "moderated")
    ben.write(ml.address, "Hello", "A text of Ben.\n")
    [row] = ml.held()
    server.listctl("held", "trust", row["id"])
    ben.write(ml.address, "Hello", "Another text of Ben.\n")
    ml.copies(count=2)


def test_blind_copies_are_held(make_list):
    ml = make_list()
    ben = Person(ml.server, ml.person("ben"))
    ben.write(ml.address, "Hello", "A text of Ben.\n", To="friends@elsewhere.example")
    assert "neither in To nor in Cc" in ml.held()[0]["reason"]
