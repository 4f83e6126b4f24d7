"""test_commands.py - every command in every state in both languages: what each mailbox gets, and what comes of its answer

The letter that a row expects is named by its template; that its text is the right one, test_template.c and the tests of
the dialogues see to.
"""
import base64
import quopri

import pytest

from lab import List
from people import Person, template

# word in English, in Japanese: template of the letter to a stranger, a member, a paused member, an owner
SAME = "change"
COMMANDS = [
    ("help", "ヘルプ", "help", "help", "help", "help"),
    ("guide", "案内", "guide", "guide", "guide", "guide"),
    ("status", "状態", "not-member", "status", "status", "status"),
    ("subscribe", "入会", "join", "join-already", "join-already", "join-already"),
    ("on", "ＯＮ", "join", "join-already", SAME, "join-already"),
    ("unsubscribe", "退会", "not-member", "leave", "leave", "leave"),
    ("# bye", "退会します。", "not-member", "leave", "leave", "leave"),
    ("off", "停止", "not-member", "off", "off", "off"),
    ("nomail", "休止", "not-member", SAME, SAME, SAME),
    ("resume", "再開", "not-member", SAME, SAME, SAME),
    ("vacation until 2030-12-24", "休止 2030年12月24日", "not-member", SAME, SAME, SAME),
    ("digest", "まとめ送り", "not-member", SAME, SAME, SAME),
    ("each", "まとめ送り解除", "not-member", SAME, SAME, SAME),
    ("set name Anna Ames", "名前 山田花子", "not-member", SAME, SAME, SAME),
    ("lang ja", "言語 ja", "not-member", SAME, SAME, SAME),
    ("address new@elsewhere.example", "アドレス変更 new@elsewhere.example", "not-member", "address-old", "address-old", "address-old"),
    ("address also alt@elsewhere.example", "アドレス追加 alt@elsewhere.example", "not-member", "also-old", "also-old", "also-old"),
    ("address not alt@elsewhere.example", "アドレス削除 alt@elsewhere.example", "not-member", SAME, SAME, SAME),
    ("members", "会員一覧", "unknown", "unknown", "unknown", "owner-command"),
    ("add x@elsewhere.example", "追加 x@elsewhere.example", "unknown", "unknown", "unknown", "owner-command"),
    ("settings", "設定", "unknown", "unknown", "unknown", "owner-command"),
    ("what is this?", "これは何ですか", "unknown", "unknown", "unknown", "unknown"),
]
STATES = ["stranger", "member", "paused", "owner", "banned"]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_table(server, lang):
    """A2, A7, O2, O3: one mail, to the mailbox that From names; none to who is banned; and nothing has changed yet."""
    ml = List(server, members=(), settings={"lang": lang})
    rows = []
    for number, (english, japanese, *want) in enumerate(COMMANDS):
        for state in STATES:
            who = Person(server, f"{state}{number}@{ml.people}")
            rows.append((who, state, japanese if lang == "ja" else english, dict(zip(STATES, want)).get(state)))
    members = [who.address for who, state, *_ in rows if state in ("member", "paused", "owner")]
    server.listctl("member", "add", ml.address, "-", stdin="\n".join(members))
    for who, state, *_ in rows:
        if state == "paused":
            server.listctl("member", "set", ml.address, who.address, "state", "paused")
        if state == "owner":
            server.listctl("member", "set", ml.address, who.address, "role", "owner")
    server.listctl("member", "ban", ml.address, *[who.address for who, state, *_ in rows if state == "banned"])
    before = server.json("member", "ls", ml.address)["members"]
    for who, _, line, _ in rows:
        who.send(ml.door("request"), body=f"{line}\n", content_type="text/plain; charset=utf-8", content_transfer_encoding="8bit")
    server.settle()
    for who, state, line, want in rows:
        letters = who.letters()
        got = [letter.subject for letter in letters]
        assert len(letters) == (state != "banned"), (state, line, got)
        if letters:
            assert got[0].startswith(template(server, want, lang)), (state, line, got, want)
            assert letters[0].mail["Auto-Submitted"] == "auto-replied" and letters[0].mail["In-Reply-To"]
            assert letters[0].copy.mail_from.startswith(f"{ml.name}-bounce+")
    assert server.json("member", "ls", ml.address)["members"] == before


@pytest.mark.parametrize("door, want", [("on", "join"), ("subscribe", "join"), ("join", "join"), ("off", "not-member"),
                                        ("leave", "not-member"), ("digest", "not-member"), ("help", "help")])
def test_command_addresses(make_list, server, door, want):
    """A7: any mail works, also an empty one; ml+word@ as well as ml-word@."""
    ml = make_list()
    for address in (ml.door(door), ml.door(door).replace("-", "+", 1)):
        who = Person(server)
        who.write(address)
        assert who.letter().subject.startswith(template(server, want))


def member_of(ml, who):
    done = ml.server.listctl("--json", "member", "show", ml.address, who.address, check=False)
    return None if done.returncode else ml.server.json("member", "show", ml.address, who.address)


def join(ml, who=None):
    who = who or Person(ml.server)
    who.write(ml.door("on"))
    who.reply(who.letter())
    assert who.letter().subject == "Welcome to The Title"
    return who


def test_whole_life_of_a_member(make_list, server):
    """A new user joins, posts, pauses, resumes, goes on vacation, sets a name, changes address and leaves, by reading only the
    mails that they get (A7, E5)."""
    ml = make_list(settings={"sender_proof": "confirm"})
    nina = join(ml)
    nina.write(ml.address, "Hello all", "I am new here.\nThis is my first post.\n")
    assert ml.sink.to(ml.person("anna")) == []
    nina.reply(nina.letter())
    assert b"first post" in ml.sink.wait_to(ml.person("anna"))[0].data
    assert b"first post" in nina.letter().copy.data
    for line, state in (("nomail", "paused"), ("resume", "active"), ("vacation until 2030-12-24", "paused"), ("resume", "active")):
        nina.write(ml.door("request"), line)
        nina.reply(nina.letter(), "yes")
        assert nina.letter().subject == "Changed on The Title"
        assert member_of(ml, nina)["state"] == state
        assert bool(member_of(ml, nina)["until"]) == ("vacation" in line)
    nina.write(ml.door("request"), body="set name Nina Noether\n-- \nunsubscribe\n")
    nina.reply(nina.letter(), "Yes!")
    assert "Nina Noether" in nina.letter().text and member_of(ml, nina)["name"] == "Nina Noether"
    new = Person(server)
    nina.write(ml.door("request"), body=f"address {new.address}\n")
    nina.reply(nina.letter(), "yes")
    assert new.address in nina.letter().text
    assert member_of(ml, nina) and not member_of(ml, new)
    asked = new.letter()
    assert nina.address not in asked.text  # who it is does not matter to who answers
    new.reply(asked)
    assert new.letter().subject == template(server, "address-done")
    assert member_of(ml, new)["name"] == "Nina Noether" and member_of(ml, nina) is None
    new.write(ml.door("off"))
    new.reply(new.letter(), "yes")
    assert new.letter().subject == "You have left The Title"
    assert member_of(ml, new) is None
    assert nina.letters() == []


def test_answer_by_link(make_list, server):
    """A mail of any content to the address of a choice is that choice."""
    ml = make_list()
    ben = Person(server, ml.person("ben"))
    for word, gone in (("stay", False), ("leave", True)):
        ben.write(ml.door("off"))
        Person(server).write(ben.letter().link(word), body="whatever\n")
        assert (member_of(ml, ben) is None) == gone
        ben.letters()


def test_lone_off_offers_both(make_list, server):
    ml = make_list()
    ben, carla = Person(server, ml.person("ben")), Person(server, ml.person("carla"))
    ben.write(ml.door("request"), "off")
    ben.write(ben.letter().link("pause"))
    assert member_of(ml, ben)["state"] == "paused"
    carla.write(ml.door("request"), "off")
    carla.reply(carla.letter(), "leave")
    assert member_of(ml, carla) is None


def test_unclear_reply_is_asked_again(make_list, server):
    """Only the first line that is not quoted is read; what is not understood is never an act."""
    ml = make_list()
    ben = Person(server, ml.person("ben"))
    ben.write(ml.door("off"))
    asked = ben.letter()
    ben.reply(asked, "Yes, but who wants to know?")
    again = ben.letter()
    assert again.subject == template(server, "unclear") and member_of(ml, ben)
    ben.reply(asked, "")  # an empty reply leaves nobody's list
    assert ben.letter().subject == template(server, "unclear") and member_of(ml, ben)
    ben.reply(again, "yes\nunsubscribe everybody else too")
    assert member_of(ml, ben) is None


def test_ticket_is_good_once_and_for_one_list(make_list, server):
    """E4: used, forged and foreign tickets: the same answer in the dialogue, and nothing happens."""
    ml, other = make_list(), make_list()
    nina = Person(server)
    nina.write(ml.door("on"))
    link = nina.letter().link("mailto")
    foreign = link.replace(ml.name, other.name, 1)
    forged = link.replace("+", "+a", 1).replace("@", "@", 1)
    forged = forged[: forged.index("@") - 1] + forged[forged.index("@"):]
    for address in (foreign, forged):
        nina.write(address)
        assert nina.letters() == []
    assert member_of(ml, nina) is None and member_of(other, nina) is None
    nina.write(link)
    assert nina.letter().subject == "Welcome to The Title"
    server.listctl("member", "rm", ml.address, nina.address)
    nina.write(link)
    assert nina.letters() == [] and member_of(ml, nina) is None


def test_confirm_command(make_list, server):
    """fml: `confirm TICKET` in a mail to ml-request@ is an answer too."""
    ml = make_list()
    nina = Person(server)
    nina.write(ml.door("on"))
    ticket = nina.letter().reply_to.partition("+")[2].partition("@")[0]
    nina.write(ml.door("request"), body=f"# confirm {ticket}\n# end\nnonsense\n")
    assert nina.letter().subject == "Welcome to The Title"


def test_further_address(make_list, server):
    """`address also`: both ends confirm; then posts from there are the member's, and copies still go to the first one."""
    ml = make_list()
    ben, work = Person(server, ml.person("ben")), Person(server, "ben@work.example")
    ben.write(ml.door("request"), f"address also {work.address}")
    ben.reply(ben.letter(), "yes")
    ben.letter()
    work.reply(work.letter())
    assert ben.letter().subject == template(server, "also-done")
    work.write(ml.address, "From work", "A longer text that is no command.\n")
    [copy] = ml.sink.wait_to(ml.person("anna"))
    assert b"ben@" not in copy.data and b"From work" in ben.letter().copy.data and work.letters() == []
    ben.letters()
    ben.write(ml.door("request"), f"address not {work.address}")
    ben.reply(ben.letter(), "yes")
    work.write(ml.address, "From work", "A second text that is no command.\n")
    assert [row["from"] for row in ml.held()] == [work.address]


@pytest.mark.parametrize("policy, letters", [
    ("confirm", ["join", "welcome"]), ("approve", ["join-wait", "welcome"]),
    ("confirm+approve", ["join", "join-wait", "welcome"]), ("closed", ["join-closed"]),
])
def test_policies_of_joining(make_list, server, policy, letters):
    ml = make_list(settings={"subscribe": policy})
    olga, nina = Person(server, ml.owner), Person(server)
    nina.write(ml.door("on"))
    got = [nina.letter()]
    if got[0].subject == "Join The Title?":
        nina.reply(got[0])
        got += nina.letters()
    if "approve" in policy:
        asked = olga.letter()
        assert nina.address in asked.text and not member_of(ml, nina)
        olga.reply(asked, "yes")
        got += nina.letters()
    assert [letter.subject for letter in got] == [template(server, name) for name in letters]
    assert bool(member_of(ml, nina)) == (policy != "closed")


def test_many_want_to_join(make_list, server):
    """Each is asked about, and each can be answered."""
    ml = make_list(members=(), settings={"subscribe": "approve"})
    olga, people = Person(server, ml.owner), [Person(server) for _ in range(6)]
    for who in people:
        who.write(ml.door("on"))
    asked = olga.letters()
    assert len(asked) == len(people)
    for letter in asked[:-1]:
        olga.write(letter.link("yes"))
    assert [bool(member_of(ml, who)) for who in people] == [True] * 5 + [False]


def test_strangers_lone_command_where_anyone_posts(make_list, server):
    """A support list: "help" may be a post, so its writer can have it sent."""
    ml = make_list(kind="support")
    nina = Person(server)
    nina.write(ml.address, "Help", "")
    nina.write(ml.address, "I need", "help\n")
    letter = nina.letter()
    assert "looks like a command" in letter.text and "unsubscribe" in letter.text


def test_day_that_is_over(make_list, server):
    ml = make_list()
    ben = Person(server, ml.person("ben"))
    ben.write(ml.door("request"), "vacation until 2020-01-01")
    assert ben.letter().subject == template(server, "unknown")


def test_owner_says_no(make_list, server):
    """First decision wins; the other owners are told once, and what was asked of them is gone."""
    ml = make_list(settings={"subscribe": "approve"})
    server.listctl("member", "set", ml.address, ml.person("anna"), "role", "owner")
    olga, anna, nina = Person(server, ml.owner), Person(server, ml.person("anna")), Person(server)
    nina.write(ml.door("on"))
    nina.letters()
    mine, hers = olga.letter(), anna.letter()
    olga.reply(mine, "no")
    assert [letter.subject for letter in nina.letters()] == [template(server, "join-refused")]
    assert anna.letter().subject.startswith(template(server, "approve-done"))
    anna.reply(hers, "yes")
    assert nina.letters() == [] and anna.letters() == [] and member_of(ml, nina) is None


def test_invitation(make_list, server):
    ml = make_list(settings={"subscribe": "closed"})
    nina = Person(server)
    server.listctl("member", "invite", ml.address, nina.address)
    server.settle()
    asked = nina.letter()
    assert asked.subject == "You are invited to The Title" and member_of(ml, nina) is None
    nina.reply(asked)
    assert nina.letter().subject == "Welcome to The Title" and member_of(ml, nina)


def test_private_list_answers_no_stranger(make_list, server):
    """A2, B1: it is not told from an address that does not exist; its members are served."""
    ml = make_list(settings={"visibility": "private"})
    nina, ben = Person(server), Person(server, ml.person("ben"))
    for door in ("on", "off", "help", "request"):
        nina.write(ml.door(door), "help")
        nina.write(f"nothing-{door}@lists.example", "help")
    assert nina.letters() == []
    ben.write(ml.door("help"))
    assert ben.letter().subject == template(server, "help")


def test_addresses_of_the_list_are_nobodys(make_list, server):
    """The list is not its own member, nor are its doors: a letter to them would come back."""
    ml = make_list()
    for address in (ml.address, ml.door("owner"), ml.door("on"), ml.address.upper()):
        Person(server, address).write(ml.door("on"))
        ben = Person(server, ml.person("ben"))
        ben.write(ml.door("request"), f"address {address}")
        asked = ben.letters()[-1]
        ben.reply(asked, "yes")
    assert [copy.rcpt for copy in server.sink.copies if copy.rcpt.lower().startswith(ml.name)] == []
    assert server.json("member", "pending", ml.address)["pending"] == []


def test_nothing_of_the_requester_is_in_a_letter(make_list, server):
    """X2: no name, subject or text of whoever asked: it would carry spam to who is asked."""
    ml = make_list()
    ben = Person(server, ml.person("ben"))
    for line in ("set name Buy Zebrafish", "nomail", "gibberish zebrafish"):
        ben.write(ml.door("request"), "Zebrafish", f"{line}\n\nzebrafish\n", x_zebrafish="zebrafish")
        letter = ben.letter()
        assert b"zebrafish" not in letter.copy.data.lower()
        ben.write(letter.never)  # an answer: the limits are open for the next row
        ben.write(ben.letter().link("mailto"))


def test_lone_command_in_a_post(make_list, server):
    """A7: a post that is only a command is one, and is not distributed; a reply sends it to all."""
    ml = make_list()
    ben = Person(server, ml.person("ben"))
    ben.write(ml.address, "Re: Dinner", "Unsubscribe.\n\n-- \nBen\n> quoted\n")
    letter = ben.letter()
    assert "Leave The Title?" in letter.text and "looks like a command" in letter.text
    assert ml.sink.to(ml.person("anna")) == [] and ml.held() == []
    [send] = [line for line in letter.text.splitlines() if "mailto:" in line][-2:-1]
    ben.write(send.strip().removeprefix("mailto:"))
    assert b"Unsubscribe." in ml.sink.wait_to(ml.person("anna"))[0].data
    assert member_of(ml, ben)


@pytest.mark.parametrize("subject, body, is_command", [
    ("unsubscribe", "", True), ("Re: [l1:00012] Dinner", "unsubscribe\n-- \nBen\n", True), ("", "ｈｅｌｐ\n", True),
    ("unsubscribe", "is a word that I like\n", False), ("Help", "How do I do this?\n", False), ("Hello", "unsubscribe\nme\n", False),
])
def test_what_is_a_lone_command(make_list, server, subject, body, is_command):
    ml = make_list()
    Person(server, ml.person("ben")).write(ml.address, subject, body, content_type="text/plain; charset=utf-8")
    assert (ml.sink.to(ml.person("anna")) == []) == is_command


def test_owners_command_of_another_is_held(make_list, server):
    ml = make_list()
    Person(server, ml.person("ben")).write(ml.address, "members", "")
    assert len(ml.held()) == 1 and ml.sink.to(*ml.readers) == []


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
def test_charset_of_letters(make_list, server, charset):
    """A12: letters in Japanese go out as UTF-8 or ISO-2022-JP, as the list says."""
    ml = make_list(settings={"lang": "ja", "letter_charset": charset, "title": "会議室"})
    nina = Person(server)
    nina.write(ml.door("on"))
    letter = nina.letter()
    assert letter.subject == "会議室 に入会しますか" and "メーリングリスト「会議室」" in letter.text
    assert letter.mail.get_content_charset() == charset
    assert f"=?{charset}?B?".lower().encode() in letter.copy.data.lower()


def test_own_texts(make_server, tmp_path):
    """A site's text in place of ours, a list's before that; one that cannot be used costs nobody a letter."""
    tmp_path.chmod(0o755)
    for folder, text in (("", "Subject: Site ${title}\n\n${yes}\n"), ("own@lists.example", "Subject: List\n\n${yes}\n"),
                         ("bad@lists.example", "Subject: Bad\n\n${no_such}\n")):
        (tmp_path / folder / "en").mkdir(parents=True)
        (tmp_path / folder / "en" / "join.txt").write_text(text)
    for path in [tmp_path, *tmp_path.parents][:3]:
        path.chmod(0o755)
    server = make_server({"server": {"templates": tmp_path}})
    for name, subject in (("own", "List"), ("bad", "Site The Title"), ("other", "Site The Title")):
        nina = Person(server)
        nina.write(List(server, name=name).door("on"))
        assert nina.letter().subject == subject
    assert "template-unusable" in server.log() and "no_such" in server.log()


@pytest.mark.parametrize("charset", ["iso-2022-jp", "shift_jis", "euc-jp", "utf-8"])
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_charset_of_commands_and_replies(make_list, server, charset, encoding):
    """A12: what people write is read in whatever charset and encoding their program chose."""
    def written(text):
        octets = text.encode(charset)
        body = {"8bit": bytes, "base64": base64.encodebytes, "quoted-printable": quopri.encodestring}[encoding](octets)
        return {"body": body, "mime_version": "1.0", "content_type": f"text/plain; charset={charset}",
                "content_transfer_encoding": "7bit" if (charset, encoding) == ("iso-2022-jp", "8bit") else encoding}
    ml = make_list(settings={"lang": "ja"})
    ben = Person(server, ml.person("ben"))
    ben.write(ml.door("request"), **written("退会したいです。\n"))
    asked = ben.letter()
    assert asked.subject == template(server, "leave", "ja")
    ben.write(asked.reply_to, "Re:", **written("はい\n\n2026年11月26日(木) 会議室 <x@lists.example>:\n> 退会しますか\n"))
    assert ben.letter().subject == template(server, "goodbye", "ja")


def test_members_own_language(make_list, server):
    ml = make_list()
    ben = Person(server, ml.person("ben"))
    ben.write(ml.door("request"), "lang ja")
    ben.reply(ben.letter(), "yes")
    assert ben.letter().subject == "The Title の設定を変えました"
    ben.write(ml.door("help"))
    assert ben.letter().subject == template(server, "help", "ja")
