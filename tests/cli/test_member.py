"""test_member.py - members: files of them, all or nothing, and who is told"""
import contextlib
import csv
import io
import pathlib
import re
import sqlite3
import subprocess
import time

import pytest

from lab import ENVIRONMENT, LISTCTL, PATIENCE, compose

OWNER = "olga@people.example"


def test_add_and_show(lab, ml):
    assert lab.json("member", "add", ml, "Anna Ames <Anna@People.Example>", "ben@people.example") \
        == {"list": ml, "added": 2, "already": 0}
    assert lab.json("member", "add", ml, "anna@people.example") == {"list": ml, "added": 0, "already": 1}
    shown = lab.json("member", "show", ml, "ANNA@people.example")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown.pop("joined"))
    assert shown == {"list": ml, "address": "Anna@people.example", "name": "Anna Ames", "role": "member", "state": "active",
                     "failures": 0, "failed_at": None, "failed_code": 0, "failed_text": None, "until": None, "standing": "normal",
                     "lang": "list", "digest": "no", "also": [], "mailbox": None, "mailbox_failures": []}
    assert "Anna Ames" in lab.run("member", "show", ml, "anna@people.example").stdout
    assert "is not a member" in lab.refused("member", "show", ml, "carla@people.example")
    assert "no such list" in lab.refused("member", "show", "absent@lists.example", "anna@people.example")


def test_ls(lab, ml):
    lab.run("member", "add", ml, "Anna <anna@people.example>")
    document = lab.json("member", "ls", ml)
    assert document["list"] == ml
    for row in document["members"]:
        row.pop("joined")
    assert document["members"] == [
        {"address": OWNER, "name": "", "role": "owner", "state": "active", "failures": 0},
        {"address": "anna@people.example", "name": "Anna", "role": "member", "state": "active", "failures": 0},
    ]
    lines = lab.run("member", "ls", ml).stdout.splitlines()
    assert lines[0].split()[:2] == ["ADDRESS", "NAME"] and len(lines) == 3


def test_each_bulk_read_is_recorded(lab, ml):
    """Requirement E2: who, when and why; and nothing is read that cannot be recorded."""
    lab.run("member", "ls", ml)
    lab.run("--json", "member", "ls", ml)
    lines = (lab.data / "audit.log").read_text().splitlines()
    assert len(lines) == 2
    assert re.fullmatch(rf'\S+Z roster-read by=\S+ uid=\d+ command="member ls" list={ml} members=1', lines[0])
    (lab.data / "audit.log").unlink()
    (lab.data / "audit.log").mkdir()
    done = lab.run("member", "ls", ml, status=1)
    assert OWNER not in done.stdout and "audit.log" in done.stderr


def row(lab, columns, where=""):
    with contextlib.closing(sqlite3.connect(lab.data / "listd.db")) as store:
        return store.execute(f"SELECT {columns} FROM member {where}").fetchone()


def test_hashes_of_two_lists_differ(lab, ml):
    """Who reads listd.db without the key cannot tell that the same person is on two lists."""
    lab.add_list("other@lists.example", owner=OWNER)
    assert row(lab, "count(*), count(DISTINCT hash), count(DISTINCT address)") == (2, 2, 2)


def test_who_left_is_overwritten(lab, ml):
    """Requirement E5: not even the box stays in the file when a member has gone. (The address stays for owners to see who left,
    in its own sealed row, for 400 days: store/change.h.)"""
    lab.run("member", "add", ml, "Anna Ames <anna@people.example>")
    [box] = row(lab, "name", "ORDER BY id DESC LIMIT 1")
    files = [path for path in lab.data.iterdir() if path.name.startswith("listd.db")]
    assert any(box in path.read_bytes() for path in files)
    lab.run("member", "rm", ml, "anna@people.example")
    files = [path for path in lab.data.iterdir() if path.name.startswith("listd.db")]
    assert not any(box in path.read_bytes() for path in files)


def test_arguments_are_hidden(lab, ml):
    """What a command was called with is not left in the process list while it runs."""
    words = [LISTCTL, "-c", str(lab.conf), "explain", ml, "-"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=ENVIRONMENT) as listctl:
        end = time.monotonic() + PATIENCE
        arguments = pathlib.Path(f"/proc/{listctl.pid}/cmdline")
        while ml.encode() in arguments.read_bytes():
            assert listctl.poll() is None and time.monotonic() < end
            time.sleep(0.02)
        listctl.communicate(compose(to=ml).encode())
    assert listctl.returncode == 0


FORMS = {
    "one a line": "anna@people.example\nben@people.example\n",
    "names behind a comma": "anna@people.example, Anna Ames\nben@people.example\n",
    "names before brackets": 'Anna Ames <anna@people.example>\n"Becker, Ben" <ben@people.example>\n',
    "comments, empty lines, CRLF": "# people\r\n\r\nanna@people.example\r\n  ben@people.example\r\n",
    "CSV": "name,email\nAnna Ames,anna@people.example\n\"Becker, Ben\",ben@people.example\n",
    "CSV of a spreadsheet": "\ufeffE-Mail;Name\r\nanna@people.example;Anna Ames\r\nben@people.example;\r\n",
    "CSV with tabs": "Name\tAddress\tJoined\nAnna Ames\tanna@people.example\t2001\n\tben@people.example\t\n",
    "twice": "anna@people.example\nben@people.example\nAnna@People.example\n",
    "no final newline": "anna@people.example\nben@people.example",
}


@pytest.mark.parametrize("form", FORMS)
def test_files(lab, ml, form):
    assert lab.json("member", "add", ml, "--file", lab.file(FORMS[form]))["added"] == 2
    assert [address.lower() for address in lab.members(ml)] == [OWNER, "anna@people.example", "ben@people.example"]
    assert lab.json("member", "rm", ml, "--file", lab.file(FORMS[form])) == {"list": ml, "removed": 2}


@pytest.mark.parametrize("how", [["--file", "-"], ["-"]])
def test_standard_input(lab, ml, how):
    text = FORMS["comments, empty lines, CRLF"]
    assert lab.json("member", "add", ml, *how, stdin=text)["added"] == 2
    assert lab.json("member", "rm", ml, *how, stdin=text)["removed"] == 2


BAD = ("# three of these lines cannot be used\n"
       "anna@people.example\n"
       "nobody\n"
       "ben@people.example, Ben\n"
       "carla@people.example, \x01\n"
       "ml-owner@lists.example\n")


def test_lines_of_a_file_that_cannot_be_used_are_told(lab, ml):
    path = lab.file(BAD)
    text = lab.refused("member", "add", ml, "--file", path)
    lines = text.splitlines()
    assert [line.split(": ")[1] for line in lines[:3]] == [f"{path}:{number}" for number in (3, 5, 6)]
    assert lines[-1].endswith("3 of 5 cannot be used; the others are done")
    assert lab.members(ml) == [OWNER, "anna@people.example", "ben@people.example"]
    text = lab.refused("member", "rm", ml, "--file", lab.file("anna@people.example\nzoe@people.example\n"))
    assert ":2: zoe@people.example is not a member" in text and "1 of 2 cannot be used; the others are done" in text
    assert lab.members(ml) == [OWNER, "ben@people.example"]


def test_sync(lab, ml):
    lab.run("member", "add", ml, "anna@people.example", "ben@people.example", "mod@people.example")
    lab.run("member", "set", ml, "mod@people.example", "role", "moderator")
    wanted = lab.file("address,name\nANNA@people.example,Anna\ndora@people.example,Dora\ndora@people.example,again\n")
    shown = lab.json("member", "sync", ml, "--file", wanted, "-n")
    assert shown["added"] == 1 and shown["removed"] == 1
    assert shown["changes"] == [{"change": "add", "address": "dora@people.example"}, {"change": "remove", "address": "ben@people.example"}]
    everybody = {OWNER, "anna@people.example", "ben@people.example", "mod@people.example"}
    assert set(lab.members(ml)) == everybody
    assert lab.json("member", "sync", ml, "--file", wanted) == {"list": ml, "added": 1, "removed": 1}
    assert set(lab.members(ml)) == everybody - {"ben@people.example"} | {"dora@people.example"}
    assert lab.json("member", "sync", ml, "-n", "--file", wanted)["changes"] == []
    text = lab.refused("member", "sync", ml, "--file", lab.file("dora@people.example\nnobody\n"))
    assert "nothing was done" in text and "anna@people.example" in lab.members(ml)
    assert "--file" in lab.refused("member", "sync", ml, status=2)


def test_export(lab, ml):
    """What goes out comes in again, whatever stands in it, and a spreadsheet runs none of it."""
    people = [("anna@people.example", 'Anna "A" Ames, Dr.'), ("ben@people.example", "=HYPERLINK(\"x\")"), ("+carla@people.example", "日本 花子"),
              ("dora@people.example", "'-quoted"), ("eve@people.example", "")]
    for address, name in people:
        lab.run("member", "add", ml, address)
        lab.run("member", "set", ml, address, "name", name)
    lab.run("member", "set", ml, "eve@people.example", "state", "paused")
    text = lab.run("member", "export", ml).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == ["address", "name", "role", "state", "digest", "lang", "joined"]
    assert [row["name"] for row in rows[1:]] == ['Anna "A" Ames, Dr.', "'=HYPERLINK(\"x\")", "日本 花子", "''-quoted", ""]
    assert rows[3]["address"] == "'+carla@people.example" and rows[5]["state"] == "paused" and rows[0]["role"] == "owner"
    assert not any(row[key][:1] in "=+-@" for row in rows for key in row if row[key])
    other = "back@lists.example"
    lab.run("list", "add", other, "--owner", OWNER)
    lab.run("member", "add", other, "--file", "-", stdin=text)
    assert {row["address"]: row["name"] for row in lab.json("member", "ls", other)["members"]} == dict(people) | {OWNER: ""}
    assert lab.json("member", "export", ml)["members"][0]["address"] == OWNER
    assert "member export" in (lab.data / "audit.log").read_text()


def test_a_file_is_taken_whole_or_not_at_all(lab, ml):
    path = lab.file(BAD)
    text = lab.refused("member", "add", ml, "--file", path, "--atomic")
    lines = text.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(f"listctl: {path}:3: not an address")
    assert lines[1].startswith(f"listctl: {path}:5: ") and "control character" in lines[1]
    assert lines[2].startswith(f"listctl: {path}:6: ") and "list itself" in lines[2]
    assert "3 of 5" in lines[3] and "nothing was done" in lines[3]
    assert lab.members(ml) == [OWNER]
    error = lab.json("member", "add", ml, "-", "--atomic", stdin=BAD, status=1)["error"]
    assert error["class"] == "refused"
    assert [(row["where"], row["line"]) for row in error["problems"]] == [("standard input", line) for line in (3, 5, 6)]
    assert lab.members(ml) == [OWNER]


def test_arguments_are_taken_all_or_none(lab, ml):
    text = lab.refused("member", "add", ml, "anna@people.example", "nobody", "<>")
    assert "listctl: nobody: not an address" in text and "listctl: <>: " in text and "2 of 3" in text
    assert lab.members(ml) == [OWNER]


def test_not_utf8(lab, ml):
    text = lab.refused("member", "add", ml, "--file", lab.file("山田 <yamada@people.example>\n".encode("cp932")))
    assert ":1:" in text and "UTF-8" in text


def test_add_refuses(lab, ml):
    for words, status, said in [
        ([], 2, "listctl member add LIST ADDR"),
        (["anna@people.example", "--file", "x"], 2, "not both"),
        (["--file", "/absent"], 1, "/absent"),
        (["--file", "/dev/null"], 1, "no address"),
        (["a@people.example\nb@people.example"], 2, "one line"),
        (["a@people.example", ""], 2, "not empty"),
    ]:
        assert said in lab.refused("member", "add", ml, *words, status=status)
    assert lab.members(ml) == [OWNER]


def test_rm_is_all_or_nothing(lab, ml):
    lab.run("member", "add", ml, "anna@people.example", "ben@people.example")
    everyone = lab.members(ml)
    text = lab.refused("member", "rm", ml, "--atomic", "--file", lab.file("anna@people.example\n\ncarla@people.example\n"))
    assert ":3: carla@people.example is not a member" in text
    assert "is not a member" in lab.refused("member", "rm", ml, "anna@people.example", "carla@people.example")
    assert "no owner" in lab.refused("member", "rm", ml, "anna@people.example", OWNER)
    assert lab.members(ml) == everyone
    lab.run("member", "rm", ml, "Anna@People.Example")
    assert lab.members(ml) == [OWNER, "ben@people.example"]


def test_many(lab, ml):
    """More than a page goes in, out and away."""
    text = "".join(f"m{n}@people.example, Member {n}\n" for n in range(1203))
    assert lab.json("member", "add", ml, "-", stdin=text)["added"] == 1203
    assert lab.members(ml) == [OWNER] + [f"m{n}@people.example" for n in range(1203)]
    assert len(lab.run("member", "ls", ml).stdout.splitlines()) == 1 + 1204
    assert lab.json("member", "rm", ml, "-", stdin=text)["removed"] == 1203


def test_find(lab, ml):
    other = lab.add_list("other@other.example", "anna@people.example")
    lab.run("member", "add", ml, "anna@people.example")
    found = lab.json("member", "find", "ANNA@PEOPLE.example")
    assert found["address"] == "ANNA@people.example"
    assert [(row["list"], row["role"]) for row in found["lists"]] == [(ml, "member"), (other, "owner")]
    assert set(found["lists"][0]) == {"list", "role", "state", "joined", "failures"}
    document = lab.json("member", "find", "carla@people.example", status=1)
    assert document["lists"] == [] and document["error"]["class"] == "not_found"
    assert "is on no list" in lab.refused("member", "find", "carla@people.example")
    assert "'carla'" in lab.refused("member", "find", "carla", status=2)


def test_membership_is_by_list(lab, ml):
    """What is asked or done of one list touches no other."""
    other = lab.add_list("other@lists.example")
    for address in (ml, other):
        lab.run("member", "add", address, "anna@people.example")
    lab.run("member", "set", ml, "anna@people.example", "state", "paused")
    assert lab.json("member", "show", other, "anna@people.example")["state"] == "active"
    lab.run("member", "rm", ml, "anna@people.example")
    lab.refused("member", "show", ml, "anna@people.example")
    lab.run("member", "show", other, "anna@people.example")


def test_set(lab, ml):
    lab.run("member", "add", ml, "anna@people.example")
    for key, value in {"role": "moderator", "state": "paused", "name": "アンナ"}.items():
        assert lab.json("member", "set", ml, "anna@people.example", key, value) \
            == {"list": ml, "address": "anna@people.example", key: value}
        assert lab.json("member", "show", ml, "anna@people.example")[key] == value
    lab.run("member", "set", ml, "anna@people.example", "name", "")
    assert lab.json("member", "show", ml, "anna@people.example")["name"] == ""


def test_set_refuses(lab, ml):
    before = lab.json("member", "show", ml, OWNER)
    for who, key, value, status, said in [
        (OWNER, "role", "member", 1, "no owner"),
        (OWNER, "role", "king", 2, "member, moderator, owner"),
        (OWNER, "state", "asleep", 2, "active, paused"),
        (OWNER, "colour", "red", 2, "role, state, name"),
        (OWNER, "name", "a\nb", 1, "control character"),
        (OWNER, "name", "x" * 201, 1, "longer than 200"),
        ("carla@people.example", "role", "owner", 1, "not a member"),
        ("carla", "role", "owner", 2, "'carla'"),
    ]:
        assert said in lab.refused("member", "set", ml, who, key, value, status=status)
    assert lab.json("member", "show", ml, OWNER) == before


def test_a_second_owner_may_take_over(lab, ml):
    lab.run("member", "add", ml, "anna@people.example")
    lab.run("member", "set", ml, "anna@people.example", "role", "owner")
    lab.run("member", "set", ml, OWNER, "role", "member")
    lab.run("member", "rm", ml, OWNER)
    assert lab.json("list", "show", ml)["owners"] == ["anna@people.example"]
