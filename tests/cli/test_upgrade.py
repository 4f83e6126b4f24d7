"""test_upgrade.py - stores of each older schema become today's, whole or not at all"""
import contextlib
import os
import pathlib
import sqlite3

import pytest

DB = pathlib.Path(os.environ.get("LISTD_SRCDIR", pathlib.Path(__file__).parent.parent.parent)) / "db"
STEPS = {"listd": sorted(DB.glob("listd-*.sql")), "spool": sorted(DB.glob("spool-*.sql"))}
PLACES = {"listd": "listd.db", "spool": "spool/spool.db"}
OLD = [(name, version) for name, steps in STEPS.items() for version in range(1, len(steps))]


def schema(path):
    with contextlib.closing(sqlite3.connect(path)) as store:
        rows = store.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name").fetchall()
        return store.execute("PRAGMA user_version").fetchone(), rows


def make_old(path, name, version):
    """In place of what `listctl init` made; its owner and mode stay."""
    for more in ("-wal", "-shm"):
        pathlib.Path(f"{path}{more}").unlink(missing_ok=True)
    os.truncate(path, 0)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as store:
        for step in STEPS[name][:version]:
            store.executescript(step.read_text())
        store.execute(f"PRAGMA user_version = {version}")
        if name == "listd":
            store.execute("INSERT INTO list (name, domain, created, posts) VALUES ('old', 'lists.example', 1, 7)")
            store.execute("INSERT INTO setting (list_id, key, value) VALUES (1, 'title', 'An old list')")


@pytest.mark.parametrize("name, version", OLD)
def test_each_older_schema(lab, name, version):
    path = lab.data / PLACES[name]
    lab.run("status")
    today = schema(path)
    assert today[0] == (len(STEPS[name]),)
    make_old(path, name, version)
    lab.run("status")
    upgraded = schema(path)
    assert upgraded[0] == today[0]
    assert {row[:2] for row in upgraded[1]} == {row[:2] for row in today[1]}
    if name == "listd":
        assert lab.json("list", "show", "old@lists.example")["settings"]["title"] == "An old list"
        assert lab.json("list", "show", "old@lists.example")["posts"] == 7
    lab.run("check", "store")


def test_one_that_breaks_off_changes_nothing(lab):
    path = lab.data / "listd.db"
    make_old(path, "listd", 1)
    with contextlib.closing(sqlite3.connect(path)) as store:
        store.execute("CREATE INDEX message_of_list ON message (id)")  # the name that the last step gives
    before = schema(path)
    lab.refused("list", "ls", status=1)
    assert schema(path) == before
    with contextlib.closing(sqlite3.connect(path)) as store:
        store.execute("DROP INDEX message_of_list")
    assert [row["address"] for row in lab.json("list", "ls")["lists"]] == ["old@lists.example"]


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_newer_one_is_refused(lab, name):
    with contextlib.closing(sqlite3.connect(lab.data / PLACES[name])) as store:
        store.execute("PRAGMA user_version = 99")
    text = lab.refused(*(("list", "ls") if name == "listd" else ("deny", "ls")))
    assert "was made by a newer listd (schema 99" in text
