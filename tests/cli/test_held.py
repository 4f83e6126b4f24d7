"""test_held.py - what waits: held, misaddressed, failed, the queue; and what would become of a post"""
import base64
import re

import pytest

from lab import compose

ROW = {"id", "at", "list", "from", "to", "subject", "size", "reason"}
MESSAGE = {"message", "message_base64"}
ENVELOPE = {"received", "client", "helo", "protocol", "mail_from", "recipients"}


def octets(document):
    return base64.b64decode(document["message_base64"])


@pytest.mark.parametrize("noun, kind", [("held", "post"), ("failed", "failed")])
def test_ls_show_discard(lab, ml, noun, kind):
    message = compose(subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=")
    one, two = (lab.fill(kind, ml, message) for _ in range(2))
    rows = lab.json(noun, "ls")[noun]
    assert {row["id"] for row in rows} == {one, two} and all(set(row) == ROW for row in rows)
    assert rows[0]["list"] == ml and rows[0]["from"] == "anna@people.example" and rows[0]["subject"] == "Grüße"
    assert one in lab.run(noun, "ls").stdout
    shown = lab.json(noun, "show", one)
    assert set(shown) == {"id", "at", "list", "reason", "msg", "size"} | ENVELOPE | MESSAGE
    assert octets(shown).decode() == message == shown["message"]
    assert shown["mail_from"] == "bounce@stranger.example" and shown["recipients"] == [ml]
    assert lab.run(noun, "show", one).stdout.endswith(message.replace("\r\n", "\n"))  # text mode reads CRLF as LF
    assert lab.json(noun, "discard", one) == {"id": one}
    assert [row["id"] for row in lab.json(noun, "ls")[noun]] == [two]
    for verb in ("show", "discard"):
        assert "no such message" in lab.refused(noun, verb, one)


def test_decoy(lab):
    one = lab.fill("decoy", None, compose(subject="Test"))
    [row] = lab.json("decoy", "ls")["decoy"]
    assert row["id"] == one and row["client"] and row["subject"] == "Test" and row["probes"] is None
    assert lab.json("decoy", "show", one)["id"] == one
    assert "no such message" in lab.refused("misaddressed", "show", one)
    assert "no such message" in lab.refused("failed", "retry", one)
    assert lab.json("decoy", "discard", one) == {"id": one}
    assert lab.json("decoy", "ls") == {"decoy": []}


def test_misaddressed(lab):
    """What the version before kept has no group yet: it is in `other`."""
    message = compose(subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=")
    one = lab.fill("misaddressed", None, message)
    document = lab.json("misaddressed", "ls")
    assert document["groups"] == {"typo": 0, "other": 1, "probe": 0, "spam": 0}
    [row] = document["misaddressed"]
    assert set(row) == {"id", "group", "at", "from", "to", "did_they_mean", "subject", "size", "times", "repeat", "reason"}
    assert row["id"] == one and row["group"] == "other" and row["times"] == 1 and row["subject"] == "Grüße"
    assert row["did_they_mean"] is None and row["repeat"] is None and row["to"] == "nobody@lists.example"
    assert lab.json("misaddressed", "ls", "other")["misaddressed"] == [row]
    assert lab.json("misaddressed", "ls", "typo") == {"groups": document["groups"], "misaddressed": []}
    assert "typo, other, probe, spam" in lab.refused("misaddressed", "ls", "nonsense", status=2)
    shown = lab.json("misaddressed", "show", one)
    assert set(shown) == {"group", "did_they_mean", "times", "first", "repeat", "id", "at", "list", "reason", "msg", "size"} | ENVELOPE | MESSAGE
    assert octets(shown).decode() == message and shown["first"] == shown["at"]
    assert "name it" in lab.refused("misaddressed", "forward", one)
    assert lab.json("misaddressed", "discard", one) == {"id": one}
    assert lab.json("misaddressed", "ls")["misaddressed"] == []
    for verb in ("show", "forward", "discard"):
        assert "no such message" in lab.refused("misaddressed", verb, one)


def test_one_noun_does_not_reach_into_another(lab, ml):
    held = lab.fill("post", ml, compose())
    for noun, verb in (("misaddressed", "discard"), ("failed", "discard"), ("failed", "retry"), ("misaddressed", "show")):
        lab.refused(noun, verb, held)
    assert len(lab.json("held", "ls")["held"]) == 1


def test_held_ls_of_one_list(lab, ml):
    other = lab.add_list("other@lists.example")
    mine, theirs = lab.fill("post", ml, compose()), lab.fill("post", other, compose())
    assert [row["id"] for row in lab.json("held", "ls", ml)["held"]] == [mine]
    assert [row["id"] for row in lab.json("held", "ls", other)["held"]] == [theirs]
    lab.refused("held", "ls", "absent@lists.example")
    assert lab.json("list", "show", ml)["held"] == 1


def test_accept(lab, ml):
    first, second = lab.fill("post", ml, compose()), lab.fill("post", ml, compose(subject="Another"))
    assert lab.json("held", "accept", first) == {"id": first, "list": ml, "number": 1}
    assert f"post 2 of {ml}" in lab.run("held", "accept", second).stderr
    queue = lab.json("queue", "ls")["queue"]
    assert [(row["list"], row["number"], row["waiting"]) for row in queue] == [(ml, 1, 1), (ml, 2, 1)]
    assert lab.json("held", "ls") == {"held": []}
    assert "no such message" in lab.refused("held", "accept", first)
    assert lab.json("list", "ls")["lists"][0]["posts"] == 2


def test_what_cannot_be_distributed_stays_held(lab, ml):
    held = lab.fill("post", ml, compose(author="Anna, Ben"))
    lab.refused("held", "accept", held)
    assert [row["id"] for row in lab.json("held", "ls")["held"]] == [held]
    assert lab.json("queue", "ls") == {"queue": []} and lab.json("list", "ls")["lists"][0]["posts"] == 0


def test_retry(lab, ml):
    failed = lab.fill("failed", ml, compose())
    assert lab.json("status")["waiting"]["failed"] == 1
    assert lab.json("failed", "retry", failed) == {"id": failed}
    status = lab.json("status")
    assert status["spool"]["messages"] == 1 and status["waiting"]["failed"] == 0
    assert "no such message" in lab.refused("failed", "retry", failed)


def test_octets_that_are_no_envelope(lab):
    failed = lab.fill("broken", None, b"\xff\x00 no envelope\r\n")
    [row] = lab.json("failed", "ls")["failed"]
    assert row["from"] is None and row["to"] is None and row["subject"] is None
    shown = lab.json("failed", "show", failed)
    assert shown["message"] is None and octets(shown) == b"\xff\x00 no envelope\r\n"
    lab.run("failed", "retry", failed)
    assert lab.json("status")["spool"]["messages"] == 1


def test_a_post_without_a_header(lab, ml):
    """What cannot be parsed can still be looked at and thrown away."""
    held = lab.fill("post", ml, "no header at all\r\n")
    [row] = lab.json("held", "ls")["held"]
    assert row["from"] == "bounce@stranger.example" and row["subject"] is None
    lab.run("held", "show", held)
    lab.refused("held", "accept", held)
    lab.run("held", "discard", held)


# --- the queue -------------------------------------------------------------------------

def test_queue(lab, ml):
    lab.run("member", "add", ml, "anna@people.example", "ben@people.example")
    number = lab.fill("queue", ml, compose())
    [row] = lab.json("queue", "ls")["queue"]
    assert set(row) == {"id", "created", "list", "number", "size", "done", "waiting", "deferred", "msg"}
    assert row["id"] == int(number) and row["list"] == ml and row["waiting"] == 3 and row["done"] == row["deferred"] == 0
    shown = lab.json("queue", "show", number)
    assert set(shown) == set(row) | {"waits", "relay_away"} | MESSAGE and shown["waits"] == [] and octets(shown).decode() == compose()
    status = lab.json("status")["queue"]
    assert status["messages"] == 1 and status["oldest_seconds"] >= 0
    assert lab.json("queue", "flush") == {}
    assert lab.json("queue", "rm", number) == {"id": int(number)}
    assert lab.json("queue", "ls") == {"queue": []}
    assert "no such message" in lab.refused("queue", "rm", number)
    assert "no such message" in lab.refused("queue", "show", number)
    assert "'x'" in lab.refused("queue", "show", "x", status=2)


def test_rm_of_a_list_takes_all_along(lab, ml):
    lab.fill("queue", ml, compose())
    lab.fill("post", ml, compose())
    lab.run("list", "rm", ml)
    assert lab.json("queue", "ls") == {"queue": []} and lab.json("held", "ls") == {"held": []}


# --- explain ------------------------------------------------------------------------------

KEYS = {"list", "verdict", "check", "reason", "author", "author_name", "role", "sender_proof_in_force", "text_size",
        "dropped_fields", "parts", "return_path"}


def explain(lab, ml, message, **options):
    return lab.json("explain", ml, lab.file(message, "post.eml"), **options)


def test_explain_tells_of_each_part(lab, ml):
    """Why a post looks as it does: containers, forms of a text, labels that lie, what replies carry along, files in text."""
    lab.run("list", "set", ml, "sender_proof", "none")
    lab.run("member", "add", ml, "anna@people.example")
    body = ("--b\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
            "Gr\u00fc\u00dfe\r\n\r\nOn Monday, Ben <ben@people.example> wrote:\r\n> Hello.\r\n--a\r\nContent-Type: text/html\r\n\r\n<p>Gr&uuml;&szlig;e\r\n"
            "--a--\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nbegin 644 a.bin\r\n#86)C\r\n`\r\nend\r\n--b--\r\n")
    message = compose().replace("\r\n\r\n", "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", 1).partition("\r\n\r\n")[0] + "\r\n\r\n" + body
    parts = [(part["part"], part["type"], part["kept"], part["why"]) for part in explain(lab, ml, message)["parts"]]
    assert parts == [
        ("1", "multipart/mixed", False, "opened"),
        ("1.1", "multipart/alternative", False, "opened"),
        ("1.1.1", "text/plain", True, "text, in UTF-8 (it says us-ascii), addresses, footers or leave addresses of replies cut"),
        ("1.1.2", "text/html", False, "other form of the text"),
        ("1.2", "message/rfc822", False, "opened"),
        ("1.2.1", "text/plain", True, "text"),
        ("1.2.1", "application/x-uuencode", False, "uuencode in text"),
    ]


def test_explain(lab, ml):
    lab.run("list", "set", ml, "sender_proof", "none")
    lab.run("member", "add", ml, "anna@people.example")
    message = "X-Originating-IP: 192.0.2.7\r\n" + compose()
    before = lab.json("status"), lab.json("list", "ls")
    document = explain(lab, ml, message)
    assert set(document) == KEYS | MESSAGE
    assert document["verdict"] == "accept" and document["role"] == "member" and document["author"] == "anna@people.example"
    assert "X-Originating-IP" in document["dropped_fields"]
    assert [(part["type"], part["kept"]) for part in document["parts"]] == [("text/plain", True)]
    copy = octets(document).decode()
    assert re.fullmatch(r"ml-bounce\+[a-z2-7]{32}@lists\.example", document["return_path"])
    assert re.match(r"List-Unsubscribe: <mailto:ml-off\+[a-z2-7]{32}@lists\.example>\r\n", copy)
    assert "Hello.\r\n" in copy and "anna@people.example" not in copy and "192.0.2.7" not in copy
    assert (lab.json("status"), lab.json("list", "ls")) == before  # nothing was sent, kept or counted
    text = lab.run("explain", ml, lab.folder / "post.eml").stdout
    assert "verdict" in text and "Anna Ames via" in text


def test_explain_of_a_stranger(lab, ml):
    document = explain(lab, ml, compose(author="eve@stranger.example"))
    assert document["verdict"] != "accept" and document["reason"] and document["role"] is None


def test_explain_takes_the_line_ends_of_files(lab, ml):
    lab.run("list", "set", ml, "sender_proof", "none")
    wire = explain(lab, ml, compose())
    unix = explain(lab, ml, compose().replace("\r\n", "\n"))
    assert unix["verdict"] == wire["verdict"] and unix["parts"] == wire["parts"]
    piped = lab.json("explain", ml, "-", stdin=compose().replace("\r\n", "\n"))
    assert piped["parts"] == wire["parts"]


def test_explain_of_what_cannot_be_read(lab, ml):
    document = explain(lab, ml, "no header at all\r\n")
    assert document["verdict"] != "accept" and document["reason"] and document["author"] is None
    assert document["message"] is None and document["return_path"] is None and document["parts"] == []
    assert "/absent" in lab.refused("explain", ml, "/absent")
    lab.refused("explain", "absent@lists.example", lab.folder / "post.eml")
