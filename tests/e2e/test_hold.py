"""test_hold.py - posts that are not distributed: held in silence, and what a moderator does with them"""
import pytest

from lab import List, lab_server
from mails import Mail, compose
from server import Refused

AUTHSERV = "mx.trusted.example"


def stranger_posts(ml, who="mallory@strangers.example", **settings):
    ml.post(who, compose(f"Mallory <{who}>", ml.address, **settings))


def held_one(ml, server):
    server.settle()
    [row] = ml.held()
    return row


def test_strangers_post_is_held_in_silence(make_list, server):
    """A1, B5: accepted in the dialogue, kept, answered by nothing: no copy, no bounce, no notice to the sender."""
    ml = make_list()
    stranger_posts(ml)
    row = held_one(ml, server)
    assert row["reason"]
    assert ml.sink.to(*ml.readers, "mallory@strangers.example") == []


def test_held_post_is_accepted(make_list, server):
    """A moderator lets it pass: it goes out as any post does, once."""
    ml = make_list()
    stranger_posts(ml, body="A good question.\n")
    row = held_one(ml, server)
    assert "A good question." in server.listctl("held", "show", row["id"])
    server.listctl("held", "accept", row["id"])
    for copy in ml.copies():
        assert b"A good question." in copy.data and b"mallory@" not in copy.data
    assert ml.held() == []
    with pytest.raises(Refused):
        server.listctl("held", "accept", row["id"])


def test_held_post_is_discarded(make_list, server):
    ml = make_list()
    stranger_posts(ml)
    row = held_one(ml, server)
    server.listctl("held", "discard", row["id"])
    server.settle()
    assert ml.held() == [] and ml.sink.to(*ml.readers) == []


@pytest.mark.parametrize("posting, author, goes_out", [
    ("members", "anna", True), ("members", "stranger", False),
    ("anyone", "anna", True), ("anyone", "stranger", True),
    ("moderated", "anna", False), ("moderated", "stranger", False), ("moderated", "olga", True),
    ("announce", "anna", False), ("announce", "stranger", False), ("announce", "olga", True),
])
def test_posting(make_list, server, posting, author, goes_out):
    """A1: who may post; `moderated` and `announce` let owners pass."""
    ml = make_list(settings={"posting": posting})
    ml.post(ml.person(author), compose(ml.person(author), ml.address))
    if goes_out:
        ml.copies()
        server.settle()
        assert ml.held() == []
    else:
        held_one(ml, server)
        assert ml.sink.to(*ml.readers) == []


def test_moderators_may_post_to_announce(make_list, server):
    """A1: announce = owners and moderators only."""
    ml = make_list(kind="announce")
    server.listctl("member", "set", ml.address, ml.person("ben"), "role", "moderator")
    ml.post(ml.person("ben"), compose(ml.person("ben"), ml.address))
    ml.copies()


def test_duplicate_is_held(make_list, server):
    """The Message-ID of an accepted post, from the same author again: held. From another author it is no duplicate."""
    ml = make_list()
    anna, ben = ml.person("anna"), ml.person("ben")
    for author in (anna, anna, ben):
        ml.post(author, compose(author, ml.address, message_id="<same@id.example>"))
    ml.copies(count=2)
    assert held_one(ml, server)
    assert len(ml.sink.to(ml.owner)) == 2


def test_held_post_is_no_duplicate_of_itself(make_list, server):
    """What was held does not count as accepted: sent again after the author joined, it passes."""
    ml = make_list()
    newcomer = ml.person("nina")
    message = compose(newcomer, ml.address)
    ml.post(newcomer, message)
    held_one(ml, server)
    server.listctl("member", "add", ml.address, newcomer)
    ml.post(newcomer, message)
    ml.copies()


def test_text_beyond_max_text_is_held(make_list, server):
    """A4: what is left after stripping has its own limit."""
    ml = make_list(settings={"max_text": "2K"})
    anna = ml.person("anna")
    ml.post(anna, compose(anna, ml.address, body="A line of text.\n" * 100))
    ml.copies()
    ml.post(anna, compose(anna, ml.address, body="A line of text.\n" * 200))
    held_one(ml, server)
    assert len(ml.sink.to(ml.owner)) == 1


def test_loop_is_stopped(make_list, server):
    """RFC 5321 6.3: mail that came from this list does not come out of it again, nor what has made 101 hops."""
    ml = make_list()
    anna = ml.person("anna")
    ml.post(anna, compose(anna, ml.address))
    list_id = Mail(ml.copies()[0].data).get("List-Id")
    ml.post(anna, compose(anna, ml.address, extra=[("List-Id", list_id)]))
    hops = [("Received", "from a by b; Tue, 24 Nov 2026 06:00:00 +0000")] * 101
    assert server.post(anna, ml.address, compose(anna, ml.address, extra=hops)).startswith(b"554 5.4.6")
    server.settle()
    assert len(ml.sink.to(ml.owner)) == 1


@pytest.fixture(scope="module")
def proof_server():
    """A server behind an MTA that checks senders: the tests are that MTA."""
    with lab_server({"server": {"authserv_id": AUTHSERV, "trusted_networks": "127.0.0.1"}}) as server:
        yield server


@pytest.mark.parametrize("results, goes_out", [
    ("{id}; dmarc=pass header.from={domain}", True),
    ("{id}; dkim=pass header.d={domain}", True),
    ("{id}; dmarc=fail header.from={domain}", False),
    ("{id}; dmarc=pass header.from=elsewhere.example", False),
    ("{id}; dkim=pass header.d=elsewhere.example", False),
    ("{id}; spf=pass smtp.mailfrom={domain}", False),
    ("mx.forger.example; dmarc=pass header.from={domain}", False),
    (None, False),
])
def test_rights_need_proof(proof_server, results, goes_out):
    """O4: a member's rights need an aligned pass in the topmost Authentication-Results of our own MTA."""
    ml = List(proof_server, settings={"sender_proof": "auto"})
    extra = [("Authentication-Results", results.format(id=AUTHSERV, domain=ml.people))] if results else []
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address, extra=extra))
    if goes_out:
        ml.copies()
    else:
        held_one(ml, proof_server)
        [letter] = ml.sink.to(*ml.readers)  # the author alone is asked, and sees nothing of the post: it may be forged
        assert letter.rcpt == ml.person("anna") and b"Hello" not in letter.data


def test_topmost_results_decide(proof_server):
    """O4: a pass that the sender wrote below our MTA's fail is nothing."""
    ml = List(proof_server, settings={"sender_proof": "auth"})
    extra = [("Authentication-Results", f"{AUTHSERV}; dmarc=fail header.from={ml.people}"),
             ("Authentication-Results", f"{AUTHSERV}; dmarc=pass header.from={ml.people}")]
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address, extra=extra))
    held_one(ml, proof_server)


def test_results_of_an_untrusted_client_are_nothing(make_server):
    """O4: who is not in trusted_networks may claim what it likes."""
    server = make_server({"server": {"authserv_id": AUTHSERV}})
    ml = List(server, settings={"sender_proof": "auth"})
    extra = [("Authentication-Results", f"{AUTHSERV}; dmarc=pass header.from={ml.people}")]
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address, extra=extra))
    held_one(ml, server)


def misaddressed(server, to):
    [row] = [row for row in server.rows("misaddressed", "ls") if row["to"] == to]
    return row


def test_misaddressed_is_forwarded(make_list, server):
    """B3: to an address of ours as if it had come there; to anybody else inside a mail of ours; its writer hears nothing."""
    ml = make_list()
    anna, typo = ml.person("anna"), f"{ml.name}x@lists.example"
    for body in ("To all of you.\n", "To the office.\n"):
        server.post_ok(anna, typo, compose(anna, f"{ml.address}, {typo}", body=body))
        server.settle()
        row = misaddressed(server, typo)
        target = ml.address if "all" in body else "office@elsewhere.example"
        assert "hears nothing" in server.listctl("misaddressed", "forward", row["id"], target, check=False).stderr
        server.settle()
        with pytest.raises(Refused):
            server.listctl("misaddressed", "show", row["id"])
    assert all(b"To all of you." in copy.data for copy in ml.copies())
    [copy] = ml.sink.to("office@elsewhere.example")
    mail = Mail(copy.data)
    assert b"To the office." in copy.data and typo.encode() in copy.data
    assert mail.get("From") == "Postmaster <postmaster@lists.example>" and mail.get("Reply-To") == anna
    assert copy.mail_from.startswith("bounce+") and anna not in copy.mail_from
    assert len(ml.sink.to(anna)) == 1  # the copy of the post
    with pytest.raises(Refused):
        server.listctl("misaddressed", "forward", "absent", anna)
