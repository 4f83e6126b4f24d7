"""test_domain.py - listctl domain: the mode of our domains"""


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
