"""test_domain.py - listctl domain, freemail: the mode of our domains, and domains where anybody gets an address"""
import contextlib

from web import Answer, Web


def test_ls_and_set(lab, ml):
    [row] = [row for row in lab.json("domain", "ls")["domains"] if row["domain"] == "lists.example"]
    assert row == {"domain": "lists.example", "no_bounce": "on", "since": None, "lists": 1, "private": 0}
    assert lab.json("domain", "set", "Lists.Example", "no_bounce", "off") == {"domain": "lists.example", "no_bounce": "off"}
    [row] = [row for row in lab.json("domain", "ls")["domains"] if row["domain"] == "lists.example"]
    assert row["no_bounce"] == "off" and row["since"]
    assert "is refused" in lab.run("domain", "set", "lists.example", "no_bounce", "off").stderr
    assert "private" in lab.refused("list", "set", ml, "visibility", "private")
    assert lab.json("list", "get", ml, "visibility") == {"visibility": "public"}
    assert "is taken and kept" in lab.run("domain", "set", "lists.example", "no_bounce", "on").stderr


def test_what_is_refused(lab, ml):
    lab.run("list", "set", ml, "visibility", "private")
    refusal = lab.refused("domain", "set", "lists.example", "no_bounce", "off")
    assert "1 private list" in refusal and "list set LIST visibility public" in refusal
    assert "none of our domains" in lab.refused("domain", "set", "elsewhere.example", "no_bounce", "off")
    for words in (["bounce", "on"], ["no_bounce", "maybe"]):
        lab.refused("domain", "set", "lists.example", *words, status=2)


def test_base_and_import(lab):
    document = lab.json("freemail", "ls")
    assert set(document) == {"sources", "freemail"}
    [base] = document["sources"]
    assert set(base) == {"source", "origin", "fetched", "domains", "problem"} and base["source"] == "base" and base["origin"] == "built in"
    assert base["domains"] == len(document["freemail"]) > 150
    assert {"domain": "gmail.com", "kind": "free-mail", "source": "base"} in document["freemail"]
    path = lab.file("new.example\n[free-mail]\n*.other.example\n")
    assert lab.json("freemail", "import", path) == {"origin": str(path), "changed": True, "domains": 2}
    assert lab.json("freemail", "refresh") == {"origin": str(path), "changed": False, "domains": 2}
    assert lab.json("freemail", "check", "zoe@a.new.example") == {"domain": "a.new.example", "kind": "throw-away", "listed": "new.example"}
    assert lab.json("freemail", "check", "other.example")["kind"] == "free-mail"
    assert [row["source"] for row in lab.json("freemail", "ls")["sources"]] == ["base", "import"]
    assert lab.json("freemail", "import", "-", stdin="third.example\n")["origin"] == "standard input"
    assert "import it anew" in lab.refused("freemail", "refresh")
    assert lab.json("freemail", "check", "new.example") == {"domain": "new.example", "kind": None, "listed": None}
    assert lab.json("freemail", "forget") == {}
    assert lab.json("freemail", "check", "third.example")["kind"] is None
    assert "on no list" in lab.run("freemail", "check", "third.example").stderr


def test_what_is_no_list_changes_nothing(lab):
    lab.run("freemail", "import", "-", stdin="kept.example\n")
    for text, why in (("<html>\n", ":1: is no domain"), ("a.example\nb c\n", ":2: is no domain"), ("# empty\n", "no domain in it")):
        assert why in lab.refused("freemail", "import", lab.file(text))
    lab.refused("freemail", "import", lab.folder / "absent")
    assert lab.json("freemail", "check", "kept.example")["kind"] == "throw-away"
    lab.refused("freemail", "check", "not a domain", status=2)
    lab.refused("freemail", "import", "ftp://lists.example/list", status=2)


def test_list_of_a_web_server(lab):
    """D5: asked for again only when it has changed; what cannot be used leaves the last one that could."""
    assert "nothing was imported" in lab.refused("freemail", "refresh")
    with contextlib.closing(Web()) as web:
        url = web.url("/list.txt")
        web.answers["/list.txt"] = Answer("one.example\n", headers={"ETag": '"1"'})
        assert lab.json("freemail", "import", url) == {"origin": url, "changed": True, "domains": 1}
        assert lab.json("freemail", "refresh") == {"origin": url, "changed": False, "domains": 1}
        web.answers["/list.txt"] = Answer("one.example\ntwo.example\n", headers={"ETag": '"2"'})
        assert lab.json("freemail", "refresh") == {"origin": url, "changed": True, "domains": 2}
        assert [headers.get("If-None-Match") for _, headers in web.asked] == [None, '"1"', '"1"']
        for answer in (Answer("<html>no such page</html>\n"), Answer(status=404)):
            web.answers["/list.txt"] = answer
            lab.refused("freemail", "refresh")
    assert lab.json("freemail", "check", "two.example")["kind"] == "throw-away"


def test_report_of_modes(lab, ml):
    lab.run("domain", "set", "lists.example", "no_bounce", "off")
    report = lab.json("report", "modes")
    assert set(report) == {"periods", "averages", "trend"}
    on, off = (row for row in report["periods"] if row["domain"] == "lists.example")
    assert (on["no_bounce"], on["from"], off["no_bounce"], off["to"]) == ("on", None, "off", None) and on["to"] == off["from"]
    assert all(row["days"] == 0 and row["taken"] is None for row in report["averages"])
    what = {row["what"]: row for row in report["trend"] if row["domain"] in ("lists.example", None)}
    assert list(what) == ["taken", "misaddressed", "probes", "spam", "refused", "relay attempts", "probe patterns"]
    assert all(row["weeks"] == " ".join(["0"] * 12) and row["trend"] == "▁" * 12 for row in what.values())
