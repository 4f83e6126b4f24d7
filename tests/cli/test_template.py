"""test_template.py - the texts that listd sends, and a site's own in their place"""
import stat

import pytest


@pytest.fixture
def own(lab):
    """A folder for own texts, named in the configuration."""
    folder = lab.folder / "templates"
    folder.mkdir(mode=0o755)
    lab.configure(server={"templates": folder})
    return folder


def put(folder, name, text, lang="en", of_list=""):
    (folder / of_list / lang).mkdir(parents=True, exist_ok=True)
    (folder / of_list / lang / f"{name}.txt").write_text(text)


def test_all_can_be_used(lab):
    """Every text is there in both languages, and good."""
    assert lab.json("template", "check")["templates"] == 2 * len(lab.json("template", "ls")["templates"])


def test_ls_and_show(lab, own):
    put(own, "join", "Subject: Mine\n\n${yes}\n")
    rows = {row["name"]: row for row in lab.json("template", "ls")["templates"]}
    assert (rows["join"]["en"], rows["join"]["ja"]) == ("own", "built in") and "yes" in rows["join"]["values"].split()
    assert lab.run("template", "show", "join").stdout == "Subject: Mine\n\n${yes}\n"
    assert "入会" in lab.json("template", "show", "join", "--lang", "ja")["text"]
    assert "no template 'absent'" in lab.refused("template", "show", "absent")
    assert "en, ja" in lab.refused("template", "show", "join", "--lang", "fr", status=2)


def test_check_names_file_and_line(lab, own):
    """An unknown name is an error here, never when a letter is sent."""
    put(own, "join", "Subject: x\n\n${yes}\n${nonsense}\n")
    put(own, "leave", "Subject: x\n\n${if yes}\n", lang="ja", of_list="ml@lists.example")
    put(own, "absent", "Subject: x\n\nx\n")
    said = lab.refused("template", "check")
    assert "join.txt" in said and "line 4: there is no 'nonsense' here" in said
    assert "ml@lists.example/ja/leave.txt" in said and "has no '${end}'" in said
    assert "no template 'absent'" in said and "3 of" in said


def editor(lab, text):
    script = lab.folder / "editor"
    script.write_text(f"#!/bin/sh\ncat >\"$1\" <<'EOT'\n{text}EOT\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"VISUAL": str(script)}


def test_edit(lab, own):
    """Checked before it takes its place; what was refused is not lost."""
    lab.run("template", "edit", "join", env=editor(lab, "Subject: Mine\n\n${yes}\n"))
    assert (own / "en" / "join.txt").read_text() == "Subject: Mine\n\n${yes}\n"
    said = lab.refused("template", "edit", "join", env=editor(lab, "Subject: Mine\n\n${no_such}\n"))
    assert "no_such" in said and "your text is in" in said
    assert (own / "en" / "join.txt").read_text() == "Subject: Mine\n\n${yes}\n"


def test_edit_needs_a_folder(lab):
    assert "[server] templates" in lab.refused("template", "edit", "join", status=2)
