"""test_archive.py - copies of posts that are kept: listctl archive"""
from lab import compose


def test_ls_export_rm(lab, ml):
    assert lab.json("archive", "ls", ml) == {"posts": []}
    assert lab.run("archive", "export", ml).stdout == ""
    lab.run("held", "accept", lab.fill("post", ml, compose(subject="First")))
    lab.run("held", "accept", lab.fill("post", ml, compose(subject="Second")))
    [first, second] = lab.json("archive", "ls", ml)["posts"]
    assert first["number"] == 1 and first["subject"].endswith("First") and second["subject"].endswith("Second")
    lab.run("archive", "rm", ml, "1")
    assert [row["number"] for row in lab.json("archive", "ls", ml)["posts"]] == [2]
    assert "no copy of post 1" in lab.refused("archive", "rm", ml, "1")
    assert "no number" in lab.refused("archive", "rm", ml, "one", status=2)


def test_export(lab, ml):
    """mbox: a line for each message that names the list alone, and no line of a text that could be taken for one."""
    lab.run("held", "accept", lab.fill("post", ml, compose(subject="First", body="From here on\n>From there\nthe end\n")))
    text = lab.run("archive", "export", ml).stdout
    lines = text.splitlines()
    assert lines[0].startswith(f"From {ml} ") and sum(line.startswith("From ") for line in lines) == 1
    assert ">From here on" in lines and ">>From there" in lines and text.endswith("\n\n")
    assert 'command="archive export"' in (lab.data / "audit.log").read_text()
