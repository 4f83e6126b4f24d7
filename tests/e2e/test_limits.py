"""test_limits.py - what a stranger can cause: one unanswered letter a day, bundled, and none ever again on request (X1, X4, O8)"""
import re

import pytest

from lab import List, lab_server
from mails import compose, corpora, crlf
from people import LINK, Person, template

AUTHSERV = "mx.trusted.example"


def test_one_letter_a_day_over_all_lists(server):
    """X1: lists, channels and spellings together; an answer opens the limits, and what waited comes in one letter."""
    lists = [List(server, members=()) for _ in range(3)]
    nina = Person(server, "nina@budget.example")
    tagged = Person(server, "Nina+tag@budget.example")
    nina.write(lists[0].door("on"))
    first = nina.letter()
    for ml in lists:
        nina.write(ml.door("on"))
        nina.write(ml.door("help"))
        tagged.write(ml.door("on"))
    assert nina.letters() == [] and tagged.letters() == []
    nina.reply(first)
    bundle = nina.letter()
    assert bundle.subject == template(server, "several")
    assert lists[1].address in bundle.text and lists[2].address in bundle.text
    [link] = [link for link in LINK.findall(bundle.text) if link.startswith(f"{lists[2].name}-confirm")][:1]
    nina.write(link)
    assert [row["address"] for row in server.json("member", "ls", lists[2].address)["members"]][1:] == [nina.address]


def test_owners_see_how_much_was_asked(make_list, server):
    """X1: what was asked and what a limit stopped is counted for the owners; nobody is named."""
    ml = make_list()
    nina = Person(server)
    for _ in range(3):
        nina.write(ml.door("on"))
    never = Person(server)
    never.write(ml.door("on"))
    never.write(never.letter().never)
    never.write(ml.door("on"))
    olga = Person(server, ml.owner)
    olga.write(ml.door("request"), "report")
    olga.reply(olga.letter(), "yes")
    report = olga.letter().text
    assert "asked (30 days): 3" in report  # two questions and the one to the owner
    assert "for a limit (30 days): 2" in report and "want no mail (30 days): 1" in report and nina.address not in report


def test_yes_to_a_bundle_is_no_answer(server):
    lists = [List(server, members=()) for _ in range(3)]
    nina = Person(server, "nina@bundle.example")
    for ml in lists:
        nina.write(ml.door("on"))
    nina.reply(nina.letter(), "no")
    bundle = nina.letter()
    nina.reply(bundle, "yes")
    assert all(len(server.json("member", "ls", ml.address)["members"]) == 1 for ml in lists)


def test_reply_to_a_question_of_another_list(server):
    """What waits may be of another list than the one that is answered: its reply goes to its own address."""
    one, two = List(server, members=()), List(server, members=())
    nina = Person(server, "nina@other-list.example")
    nina.write(one.door("help"))
    letter = nina.letter()
    nina.write(two.door("on"))
    nina.write(letter.never)  # never: and with it what waits is gone
    assert nina.letter().subject == template(server, "never")
    ole = Person(server, "ole@other-list.example")
    ole.write(one.door("on"))
    asked = ole.letter()
    ole.write(two.door("on"))
    ole.reply(asked)
    both = ole.letter()
    assert "Welcome" in both.text and both.reply_to.startswith(f"{two.name}-confirm+")
    ole.reply(both)
    assert ole.address in str(server.json("member", "ls", two.address))


def test_never_again(make_list, server):
    """X1: for the whole server and for every spelling; the mailbox itself undoes it, or the admin."""
    ml, other = make_list(), make_list()
    nina = Person(server, "nina@never.example")
    nina.write(ml.door("on"))
    nina.write(nina.letter().never)
    done = nina.letter()
    assert done.subject == template(server, "never")
    for who in (nina, Person(server, "Nina+x@never.example")):
        who.write(other.door("on"))
        who.write(ml.door("help"))
        assert who.letters() == []
    nina.reply(done)
    assert nina.letter().subject == template(server, "join")  # what was asked meanwhile
    carla = Person(server, "carla@never.example")
    carla.write(ml.door("on"))
    carla.write(carla.letter().never)
    carla.letter()
    server.listctl("member", "mail", carla.address)
    carla.write(ml.door("help"))
    assert carla.letter().subject == template(server, "help")


@pytest.mark.parametrize("header", [
    ("Auto-Submitted", "auto-replied"), ("Auto-Submitted", "auto-generated"), ("Precedence", "bulk"), ("Precedence", "junk"),
    ("List-Id", "<x.example.org>"), ("X-Auto-Response-Suppress", "All"), ("X-Autoreply", "yes"), ("Subject", "Out of office: help"),
])
def test_automatic_mail_is_never_executed_or_answered(make_list, server, header):
    """X4: nor does it answer a question."""
    ml = make_list()
    nina = Person(server)
    nina.write(ml.door("on"))
    asked = nina.letter()
    robot = Person(server)
    extra = {"subject": header[1]} if header[0] == "Subject" else {"extra": [header]}
    for to in (ml.door("on"), ml.door("request"), asked.link("mailto"), asked.reply_to):
        for mail_from in (robot.address, ""):
            server.post_ok(mail_from, to, compose(robot.address, to, **{"subject": "help", "body": "yes\n", **extra}))
    server.settle()
    assert robot.letters() == [] and nina.letters() == []
    assert nina.address not in str(server.json("member", "ls", ml.address))


def corpus():
    """(path, kind, wanted, return path) of each message of the corpus of automatic mail."""
    folder = corpora("autoreply/expected.tsv")
    if not folder:
        pytest.skip("the corpora are not there (LISTD_CORPORA)")
    lines = (folder / "autoreply" / "expected.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and line[0] != "#"]
    return [(folder / "autoreply" / "synthetic" / row[0], *row[1:4]) for row in rows]


def test_corpus_is_never_answered_nor_executed():
    """X4: every message of the corpus to every command address: no letter to anybody, no member more or less."""
    rows = [row for row in corpus() if row[1] != "post"]
    with lab_server() as server:
        ml = List(server)
        nina = Person(server)
        nina.write(ml.door("on"))
        asked = nina.letter()
        before = server.json("member", "ls", ml.address)["members"]
        copies = len(server.sink.copies)
        suspects = 0
        for path, kind, wanted, mail_from in rows:
            if wanted not in ("drop", "ignore", "process") or kind == "loop":
                suspects += 1
                continue
            message = re.sub(rb"(?im)^(to|cc):.*(\n[ \t].*)*", b"To: x@lists.example", path.read_bytes(), count=1)
            for to in (ml.door("on"), ml.door("off"), ml.door("request"), asked.reply_to, asked.link("mailto")):
                server.post_ok(mail_from.strip("<>"), to, crlf(message))
        server.settle()
        assert suspects < len(rows) / 2
        assert len(server.sink.copies) == copies, [(c.rcpt, c.data[:300]) for c in server.sink.copies[copies:]]
        assert server.json("member", "ls", ml.address)["members"] == before


# These are held here: what is sent twice is not lost; and what claims our own address is not refused in the dialogue, which is the
# same for all, but waits for a moderator (scoring it is a matter of C2, not yet there).
HELD_INSTEAD = {"39-loop-message-id.eml", "51-spoof-own-bounce.eml"}
SENT_TWICE = {"39-loop-message-id.eml"}


def test_corpus_is_handled_as_it_expects():
    """Each message to where it is addressed, from its own return path: accepted, held or dropped; and no letter to anybody."""
    rows = corpus()
    with lab_server({"server": {"domains": "lists.example, lists.example.org"}}) as server:
        address = "list@lists.example.org"
        server.listctl("list", "add", address, "--owner", "olga@readers.example", "--report", "off")
        for key, value in (("sender_proof", "none"), ("held_notice", "off")):
            server.listctl("list", "set", address, key, value)
        server.listctl("member", "add", address, "alice@example.com", "bot@example.com")
        wrong = []
        for path, kind, wanted, mail_from in rows:
            message = crlf(path.read_bytes())
            to = re.search(rb"(?im)^to:\s*(\S+)", message)[1].decode()
            copies, held = len(server.sink.copies), len(server.held())
            if path.name in SENT_TWICE:  # its first one
                server.post(mail_from.strip("<>"), to, message)
                server.settle()
                copies, held = len(server.sink.copies), len(server.held())
            answer = server.post(mail_from.strip("<>"), to, message)
            server.settle()
            new = server.sink.copies[copies:]
            got = "accept" if len(new) == 3 else "hold" if len(server.held()) > held else "drop"
            letters = [copy.rcpt for copy in new if b"auto-replied" in copy.data]
            want = {"accept-or-policy": "accept", "accept": "accept", "hold": "hold"}.get(wanted, "drop")
            if path.name in HELD_INSTEAD:
                want = "hold"
            if (got != want and wanted != "policy") or letters or (len(new) not in (0, 3)):
                wrong.append((path.name, wanted, got, letters, answer))
        assert wrong == []


@pytest.fixture(scope="module")
def proof_server():
    """A server behind an MTA that checks senders: the tests are that MTA."""
    with lab_server({"server": {"authserv_id": AUTHSERV, "trusted_networks": "127.0.0.1, 203.0.113.0/24"}}) as server:
        yield server


def proven(who):
    return {"extra": [("Authentication-Results", f"{AUTHSERV}; dmarc=pass header.from={who.address.partition('@')[2]}")]}


def from_network(ip):
    return ("Received", f"from x.example (y.example [{ip}]) by mx.trusted.example; Thu, 26 Nov 2026 10:00:00 +0000")


def test_proven_commands_act_at_once(proof_server):
    """A7: no question to who is proven; several commands of one mail get one letter."""
    ml = List(proof_server)
    nina = Person(proof_server, "nina@proven.example")
    nina.write(ml.door("on"), **proven(nina))
    assert nina.letter().subject == "Welcome to The Title"
    nina.write(ml.door("request"), body="set name Nina Noether\nnomail\nstatus\n", **proven(nina))
    letter = nina.letter()
    assert letter.text.count("* ") == 3 and "Nina Noether" in letter.text
    nina.write(ml.door("off"), **proven(nina))
    assert nina.letter().subject == "You have left The Title"


def test_own_word_for_it_is_no_proof(proof_server):
    """O4: Sender, Reply-To and a pass for another domain prove nothing."""
    ml = List(proof_server)
    ben = Person(proof_server, ml.person("ben"))
    other = [("Authentication-Results", f"{AUTHSERV}; dmarc=pass header.from=elsewhere.example")]
    ben.write(ml.door("off"), reply_to=ben.address, sender=ben.address, extra=other)
    assert ben.letter().subject == "Leave The Title?"


def test_confirmed_network_is_remembered(proof_server):
    """sender_proof = confirm: the reply releases the post, and the network passes for that member, for nobody else."""
    ml = List(proof_server, settings={"sender_proof": "confirm"})
    ben, anna = Person(proof_server, ml.person("ben")), Person(proof_server, ml.person("anna"))
    ben.write(ml.address, "One", "The first text of Ben.\n", extra=[from_network("192.0.2.7")])
    asked = ben.letter()
    assert asked.subject == template(proof_server, "post") and b"first text" not in asked.copy.data
    ben.reply(asked)
    ml.copies()
    ben.write(ml.address, "Two", "The second text of Ben.\n", extra=[from_network("192.0.2.200")])
    ml.copies(count=2)
    ben.letters()
    ben.write(ml.address, "Three", "The third text of Ben.\n", extra=[from_network("198.51.100.7")])
    assert ben.letter().subject == template(proof_server, "post")
    anna.letters()
    anna.write(ml.address, "Four", "A text of Anna.\n", extra=[from_network("192.0.2.7")])
    assert anna.letter().subject == template(proof_server, "post")


def test_network_of_an_unproven_post_is_not_remembered(proof_server):
    """What passed because a list believes any From proves nothing later."""
    ml = List(proof_server)
    ben = Person(proof_server, ml.person("ben"))
    ben.write(ml.address, "One", "The first text of Ben.\n", extra=[from_network("192.0.2.7")])
    ml.copies()
    ml.set("sender_proof", "confirm")
    ben.letters()
    ben.write(ml.address, "Two", "The second text of Ben.\n", extra=[from_network("192.0.2.7")])
    assert ben.letter().subject == template(proof_server, "post")


def test_post_that_is_not_theirs(proof_server):
    """"no" drops it; a forged post costs its supposed author one mail, and shows nothing of itself."""
    ml = List(proof_server, settings={"sender_proof": "confirm"})
    ben = Person(proof_server, ml.person("ben"))
    ben.write(ml.address, "Zebrafish", "zebrafish for all\n")
    asked = ben.letter()
    assert b"ebrafish" not in asked.copy.data
    ben.reply(asked, "no")
    assert ml.held() == [] and ml.sink.to(ml.person("anna")) == []


def test_strangers_post_asks_nobody(proof_server):
    ml = List(proof_server, settings={"sender_proof": "confirm"})
    nina = Person(proof_server, "nina@stranger.example")
    nina.write(ml.address, "Hello", "A text of a stranger.\n")
    assert nina.letters() == [] and len(ml.held()) == 1


@pytest.mark.parametrize("setting, is_proven, count", [("verified", True, 1), ("verified", False, 0), ("never", True, 0)])
def test_nonmember_notice(proof_server, setting, is_proven, count):
    """One constant text in 30 days, only to an author with an aligned pass."""
    ml = List(proof_server, settings={"nonmember_notice": setting})
    nina = Person(proof_server)
    for number in range(2):
        nina.write(ml.address, f"Hello {number}", "A text of a stranger.\n", **(proven(nina) if is_proven else {}))
    letters = nina.letters()
    assert len(letters) == count and len(ml.held()) == 2
    assert all(letter.subject == template(proof_server, "nonmember") for letter in letters)


def test_proven_author_is_told_once(proof_server):
    """What was cut, once in a while; why a post is held."""
    ml = List(proof_server)
    ben = Person(proof_server, ml.person("ben"))
    ben.write(ml.address, "x", "Before.\n\nbegin 644 secret.txt\n#0V%T\n`\nend\n", **proven(ben))
    told = [letter for letter in ben.letters() if letter.subject == template(proof_server, "cut")]
    assert len(told) == 1 and "secret.txt" in told[0].text
    ben.write(ml.address, "x", "Before.\n\nbegin 644 secret.txt\n#0V%T\n`\nend\n", **proven(ben))
    assert [letter for letter in ben.letters() if letter.subject == template(proof_server, "cut")] == []
    proof_server.listctl("member", "set", ml.address, ben.address, "standing", "moderated")
    ben.write(ml.address, "x", "A text that waits.\n", **proven(ben))
    told = ben.letter()
    assert told.subject == template(proof_server, "held") and "moderator" in told.text
