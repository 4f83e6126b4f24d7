"""test_list.py - lists, their names and settings"""
import pytest

OWNER = "olga@people.example"
SETTINGS = {"personal", "title", "lang", "type", "visibility", "posting", "sender_proof", "max_size", "max_text", "timezone", "subject_tag",
            "footer", "reply_to", "author_address", "attachments", "attachments_allow", "html", "subscribe", "welcome",
            "nonmember_notice", "held_notice", "first_post", "post_quota", "frozen", "owner_proof", "letter_charset", "labels", "freemail", "bounce_score", "bounce_letters", "bounce_days", "bounce_remove", "report", "archive", "digest_posts", "digest_size"}


def test_add_ls_show(lab):
    assert lab.json("list", "add", "ML@Lists.Example", "--owner", "Olga@People.Example", "--title", "会議", "--lang", "ja") \
        == {"address": "ml@lists.example", "owner": "Olga@people.example"}
    [row] = lab.json("list", "ls")["lists"]
    created = row.pop("created")
    assert row == {"address": "ml@lists.example", "title": "会議", "type": "discussion", "lang": "ja", "posting": "members",
                   "visibility": "public", "members": 1, "posts": 0}
    shown = lab.json("list", "show", "ml@lists.example")
    settings = shown.pop("settings")
    assert shown == {"address": "ml@lists.example", "created": created, "owners": ["Olga@people.example"], "members": 1,
                     "posts": 0, "held": 0, "sender_proof_in_force": "confirm"}
    assert set(settings) == SETTINGS
    assert settings["title"] == "会議" and settings["max_text"] == 32768
    assert "会議" in lab.run("list", "ls").stdout and "sender_proof_in_force  confirm" in lab.run("list", "show",
                                                                                               "ml@lists.example").stdout


def test_the_owner_is_a_member(lab, ml):
    assert lab.json("member", "show", ml, OWNER)["role"] == "owner"


@pytest.mark.parametrize("kind, settings", [
    ("discussion", {"posting": "members", "reply_to": "list", "author_address": "hidden"}),
    ("announce", {"posting": "announce", "reply_to": "none"}),
    ("support", {"posting": "anyone", "reply_to": "author", "author_address": "shown"}),
])
def test_types(lab, kind, settings):
    address = lab.add_list("ml@lists.example", OWNER, "--type", kind)
    assert settings.items() <= lab.json("list", "show", address)["settings"].items()
    lab.run("list", "set", address, "reply_to", "list")
    assert lab.run("list", "get", address, "reply_to").stdout == "list\n"
    lab.run("list", "reset", address, "reply_to")
    assert lab.run("list", "get", address, "reply_to").stdout == settings["reply_to"] + "\n"


REFUSED = [
    ("ml@lists.example", OWNER, 1, "exists already"),
    ("ml-on@lists.example", OWNER, 1, "'ml'"),
    ("ml-owner@lists.example", OWNER, 1, "'ml'"),
    ("dev@lists.example", OWNER, 1, "'dev-on'"),
    ("postmaster@lists.example", OWNER, 1, "reserved"),
    ("abuse@lists.example", OWNER, 1, "reserved"),
    ("a_b@lists.example", OWNER, 1, "a-z, 0-9 and -"),
    ("twenty-three-characters@lists.example", OWNER, 1, "1 to 22"),
    ("ml@elsewhere.example", OWNER, 1, "none of our domains (lists.example, other.example, xn--"),
    ("ml@sub.lists.example", OWNER, 1, "none of our domains"),
    ("ml", OWNER, 2, "write name@domain"),
    ("@lists.example", OWNER, 2, "write name@domain"),
    ("new@lists.example", "olga", 2, "--owner"),
    ("new@lists.example", "new-owner@lists.example", 1, "an address of the list itself"),
]


def test_add_refuses(lab, ml):
    lab.add_list("dev-on@lists.example")
    before = lab.json("list", "ls")
    for address, owner, status, said in REFUSED:
        assert said in lab.refused("list", "add", address, "--owner", owner, status=status)
    assert lab.json("list", "ls") == before


def test_add_is_all_or_nothing(lab):
    for words, said in [
        ([], "--owner"),
        (["--owner", OWNER, "--type", "party"], "discussion, announce, support"),
        (["--owner", OWNER, "--lang", "fr"], "en, ja"),
        (["--owner", OWNER, "--title", "a@b"], "title"),
    ]:
        assert said in lab.refused("list", "add", "ml@lists.example", *words, status=2)
    assert lab.json("list", "ls") == {"lists": []}


def test_one_name_in_two_domains(lab, ml):
    other = lab.add_list("ml@other.example", "otto@people.example")
    lab.run("list", "set", other, "title", "Other")
    assert lab.run("list", "get", ml, "title").stdout == "\n"
    assert lab.members(ml) == [OWNER] and lab.members(other) == ["otto@people.example"]


def test_a_domain_has_two_spellings(lab):
    lab.add_list("ml@日本.example")
    assert lab.json("list", "show", "ml@xn--wgv71a.example")["address"] == "ml@xn--wgv71a.example"


def test_set_get_reset(lab, ml):
    assert lab.json("list", "set", ml, "max_text", "64K") == {"address": ml, "max_text": 65536}
    assert lab.run("list", "get", ml, "max_text").stdout == "64K\n"
    assert lab.json("list", "get", ml, "max_text") == {"max_text": 65536}
    lab.run("list", "reset", ml, "max_text")
    assert lab.run("list", "get", ml, "max_text").stdout == "32K\n"
    lab.run("list", "set", ml, "footer", "")
    assert lab.run("list", "get", ml, "footer").stdout == "\n"
    assert lab.json("list", "get", ml, "footer") == {"footer": ""}


def test_set_refuses(lab, ml):
    before = lab.json("list", "show", ml)
    for key, value, said in [
        ("colour", "red", "no setting 'colour'"),
        ("max_text", "huge", "size"),
        ("posting", "maybe", "members, anyone, moderated, announce"),
        ("timezone", "Mars/Base", "Mars/Base"),
        ("subject_tag", "%s", "subject_tag"),
        ("title", "x\ny", "one line"),
        ("personal", "maybe", "no, yes"),
        ("html", "some", "text, allow"),
        ("attachments", "some", "strip, allow"),
        ("attachments_allow", "image/png, pdf", "'pdf' is no media type"),
        ("attachments_allow", "image/png;x", "is no media type"),
    ]:
        assert said in lab.refused("list", "set", ml, key, value, status=2)
    assert lab.json("list", "show", ml) == before


def test_get_of_what_is_not_there(lab, ml):
    assert "no setting" in lab.refused("list", "get", ml, "colour", status=2)
    for verb in (["show"], ["rm"]):
        assert "no such list" in lab.refused("list", *verb, "absent@lists.example")


def test_sender_proof_in_force(lab, ml):
    def in_force():
        return lab.json("list", "show", ml)["sender_proof_in_force"]
    assert in_force() == "confirm"
    assert "forges" in lab.run("list", "set", ml, "sender_proof", "none").stderr
    assert in_force() == "none"
    lab.run("list", "reset", ml, "sender_proof")
    lab.configure(server={"authserv_id": "mx.lists.example"})
    assert in_force() == "auth"


def test_rename(lab, ml):
    lab.run("member", "add", ml, "anna@people.example")
    assert lab.json("list", "rename", ml, "New") == {"address": "new@lists.example", "was": ml}
    assert lab.members("new@lists.example") == [OWNER, "anna@people.example"]
    assert "no such list" in lab.refused("list", "show", ml)
    lab.run("list", "rename", "new@lists.example", "new2@lists.example")


def test_rename_refuses(lab, ml):
    lab.add_list("dev@lists.example")
    assert "exists already" in lab.refused("list", "rename", ml, "dev")
    assert "'dev'" in lab.refused("list", "rename", ml, "dev-owner")
    assert "keeps its domain" in lab.refused("list", "rename", ml, "ml@other.example", status=2)
    assert [row["address"] for row in lab.json("list", "ls")["lists"]] == ["dev@lists.example", ml]


def test_rm(lab, ml):
    other = lab.add_list("other@lists.example")
    lab.run("member", "add", ml, "anna@people.example")
    assert lab.json("list", "rm", ml) == {"address": ml, "members": 2}
    assert [row["address"] for row in lab.json("list", "ls")["lists"]] == [other]
    lab.add_list(ml)
    assert lab.members(ml) == [OWNER]
