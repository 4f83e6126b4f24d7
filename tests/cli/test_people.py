"""test_people.py - what equals the mails: inviting, banning, and why an address can or cannot do something"""
import datetime

import pytest


def test_invite_and_pending(lab, ml):
    assert lab.json("member", "invite", ml, "nina@people.example", "ole@people.example") == {"list": ml, "invited": 2}
    rows = lab.json("member", "pending", ml)["pending"]
    assert [(row["address"], row["asked"]) for row in rows] == [("nina@people.example", "invitation"), ("ole@people.example", "invitation")]
    assert all(row["mailed"] for row in rows)
    assert len(lab.json("queue", "ls")["queue"]) == 2
    assert "is a member already" in lab.refused("member", "invite", ml, "olga@people.example")
    assert "address of the list itself" in lab.refused("member", "invite", ml, "pia@people.example", ml)
    assert len(lab.json("member", "pending", ml)["pending"]) == 2  # all or nothing


def test_add_with_a_letter(lab, ml):
    assert lab.json("member", "add", ml, "anna@people.example", "--welcome") == {"list": ml, "added": 1, "already": 0}
    assert lab.json("member", "add", ml, "anna@people.example", "ben@people.example", "--invite") \
        == {"list": ml, "added": 0, "already": 1, "invited": 1}
    assert {row["address"] for row in lab.json("member", "ls", ml)["members"]} == {"olga@people.example", "anna@people.example"}
    assert len(lab.json("queue", "ls")["queue"]) == 2
    assert "choose one" in lab.refused("member", "add", ml, "x@people.example", "--invite", "--welcome", status=2)
    assert "does not belong here" in lab.refused("member", "rm", ml, "anna@people.example", "--invite", status=2)


def test_bans(lab, ml):
    assert lab.json("member", "ban", ml, "Mal@People.Example", "@Spam.Example") == {"list": ml, "banned": 2}
    assert {row["banned"] for row in lab.json("member", "bans", ml)["bans"]} == {"Mal@people.example", "@spam.example"}
    assert "banned" in lab.refused("member", "invite", ml, "x@spam.example")
    lab.run("member", "unban", ml, "mal@people.example")
    assert [row["banned"] for row in lab.json("member", "bans", ml)["bans"]] == ["@spam.example"]
    assert "is not banned" in lab.refused("member", "unban", ml, "mal@people.example")
    assert "no domain" in lab.refused("member", "ban", ml, "@", status=2)


def why(lab, ml, address):
    return " ".join(row["text"] for row in lab.json("member", "why", ml, address)["why"])


def test_why(lab, ml):
    lab.run("member", "add", ml, "anna@people.example", "ben@people.example")
    assert "not on the list" in why(lab, ml, "zoe@people.example") and "author is not a member" in why(lab, ml, "zoe@people.example")
    assert "as member" in why(lab, ml, "anna@people.example") and "after it has answered" in why(lab, ml, "anna@people.example")
    lab.run("list", "set", ml, "sender_proof", "none")
    assert "go out at once" in why(lab, ml, "anna@people.example")
    lab.run("list", "set", ml, "posting", "announce")
    assert "only owners and moderators" in why(lab, ml, "anna@people.example") and "go out" in why(lab, ml, "olga@people.example")
    lab.run("member", "set", ml, "ben@people.example", "state", "paused")
    assert "paused" in why(lab, ml, "ben@people.example")
    lab.run("member", "ban", ml, "ben@people.example")
    assert "dropped in silence" in why(lab, ml, "ben@people.example") and "unban" in why(lab, ml, "ben@people.example")
    lab.run("member", "invite", ml, "nina@people.example")
    assert "was asked (invitation)" in why(lab, ml, "nina@people.example")
    assert "is on the list" in lab.run("member", "why", ml, "olga@people.example").stdout


def test_set_standing_and_lang(lab, ml):
    for key, value in (("standing", "moderated"), ("standing", "trusted"), ("lang", "ja"), ("lang", "list")):
        lab.run("member", "set", ml, "olga@people.example", key, value)
        assert lab.json("member", "show", ml, "olga@people.example")[key] == value
    assert "normal, new, moderated, trusted" in lab.refused("member", "set", ml, "olga@people.example", "standing", "odd", status=2)


def test_changed(lab, ml):
    """A6: who came, went and changed; reading it is recorded."""
    lab.run("member", "add", ml, "anna@people.example")
    lab.run("member", "set", ml, "anna@people.example", "state", "paused")
    lab.run("member", "rm", ml, "anna@people.example")
    changes = lab.json("member", "changed", ml)["changes"]
    assert [(row["what"], row["address"]) for row in changes if "anna" in row["address"]] \
        == [("joined", "anna@people.example"), ("paused", "anna@people.example"), ("left", "anna@people.example")]
    assert 'command="member changed"' in (lab.data / "audit.log").read_text()
    tomorrow = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
    assert lab.json("member", "changed", ml, tomorrow)["changes"] == []
    assert "is no day" in lab.refused("member", "changed", ml, "whenever", status=2)


@pytest.mark.parametrize("words", [("member", "mail", "zoe@people.example")])
def test_mail_again(lab, ml, words):
    assert lab.json(*words) == {"address": "zoe@people.example"}
