"""test_backup.py - listctl backup and restore: all of it comes back, and a file that cannot be restored changes nothing"""
import os
import pathlib
import sqlite3
import stat

import pytest

OWNER = "olga@people.example"


@pytest.fixture
def place(lab):
    """A folder that the listd user may write in."""
    return lab.data.parent / "data"


def backup(lab, place, *more, name="backup"):
    path = place / name
    done = lab.run("backup", path, *more)
    return path, done


def fill(lab, ml):
    lab.run("member", "add", ml, "--file", "-", stdin="".join(f"m{i}@people.example, Member {i}\n" for i in range(700)))
    lab.run("list", "set", ml, "title", "会議")
    return lab.json("member", "ls", ml), lab.json("list", "show", ml)


def test_all_comes_back(lab, ml, place):
    before = fill(lab, ml)
    path, done = backup(lab, place)
    assert "THE KEYS ARE NOT IN IT" in done.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and sorted(place.glob("backup*")) == [path]
    assert b"people.example" not in path.read_bytes()
    lab.run("member", "rm", ml, "m5@people.example")
    lab.run("list", "add", "later@lists.example", "--owner", OWNER)
    assert "2 lists here already" in lab.refused("restore", path)
    lab.run("restore", path, "--replace")
    assert (lab.json("member", "ls", ml), lab.json("list", "show", ml)) == before
    assert [row["address"] for row in lab.json("list", "ls")["lists"]] == [ml]
    lab.run("check", "store")
    assert list(place.glob("restore.*")) == []


def test_never_replaces_a_file(lab, ml, place):
    path, _ = backup(lab, place)
    assert "is there already" in lab.refused("backup", path)


def test_keys(lab, ml, place):
    """Of other keys: refused, and nothing changes; with the keys in the file all is there again."""
    fill(lab, ml)
    path, _ = backup(lab, place)
    whole, done = backup(lab, place, "--with-key", name="whole")
    assert "WHOEVER HAS THIS FILE" in done.stderr
    keys = {name: (place / "keys" / name).read_bytes() for name in ("master.key", "log.key", "spool.key")}
    assert all(key in whole.read_bytes() and key not in path.read_bytes() for key in keys.values())
    for name in ("listd.db", "listd.db-wal", "listd.db-shm", "spool/spool.db", "spool/spool.db-wal", "spool/spool.db-shm", *(
            f"keys/{key}" for key in keys)):
        (place / name).unlink(missing_ok=True)
    lab.run("init")
    assert "other keys" in lab.refused("restore", path)
    assert "no keys in it" in lab.refused("restore", path, "--with-key")
    lab.run("restore", whole, "--with-key")
    assert {name: (place / "keys" / name).read_bytes() for name in keys} == keys
    assert (place / "keys" / "master.key.before").exists()
    assert len(lab.members(ml)) == 701
    lab.run("check", "store")


def tamper(path, sql):
    store = sqlite3.connect(path)
    with store:
        store.execute(sql)
    store.close()


@pytest.mark.parametrize("sql, said", [
    ("UPDATE piece SET bytes = zeroblob(length(bytes)) WHERE name = 'listd.db' AND number = 0", "damaged"),
    ("DELETE FROM piece WHERE name = 'spool.db'", "damaged"),
    ("DELETE FROM about", "other keys"),
    ("PRAGMA user_version = 99", "newer listd"),
])
def test_what_cannot_be_restored(lab, ml, place, sql, said):
    path, _ = backup(lab, place)
    tamper(path, sql)
    before = fill(lab, ml)
    assert said in lab.refused("restore", path, "--replace")
    assert (lab.json("member", "ls", ml), lab.json("list", "show", ml)) == before


def test_no_backup_at_all(lab, ml, place):
    path = place / "text"
    path.write_text("this is no backup\n" * 100)
    os.chown(path, place.stat().st_uid, -1)
    assert "no backup that this listd can restore" in lab.refused("restore", path, "--replace")
    assert "absent" in lab.refused("restore", pathlib.Path("/absent"), "--replace")
