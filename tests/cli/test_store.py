"""test_store.py - listctl check store: what contradicts itself is found, and said in words"""
import contextlib
import sqlite3

import pytest


@pytest.mark.parametrize("sql, said", [
    ("DELETE FROM list", "row that belongs to nothing"),
    ("UPDATE member SET role = 7", "member in no known state"),
    ("UPDATE member SET address = zeroblob(60)", "address of a member in row"),
    ("INSERT INTO message (list_id, kind, number, log_id, created, size, body) SELECT 1, 0, 1, 'x', 1, 1, address FROM member",
     "does not open"),
    ("INSERT INTO chunk (message_id, cursor, last, state) VALUES (99, 5, 4, 0)", "row that belongs to nothing"),
    ("INSERT INTO tally (list_id, day, what, count) VALUES (1, 1, 1, -1)", "counter below zero"),
    ("UPDATE list SET posts = -1", "posts are less than none"),
])
def test_what_is_found(lab, ml, sql, said):
    lab.run("check", "store")
    with contextlib.closing(sqlite3.connect(lab.data / "listd.db")) as store, store:
        store.execute(sql)
    text = lab.refused("check", "store")
    assert said in text and "backup" in text


def test_a_damaged_spool(lab, ml):
    path = lab.data / "spool" / "spool.db"
    with contextlib.closing(sqlite3.connect(path)) as spool:
        spool.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = spool.execute("SELECT rootpage FROM sqlite_master WHERE name = 'message'").fetchall()
        [(size,)] = spool.execute("PRAGMA page_size").fetchall()
    with path.open("r+b") as octets:
        octets.seek((page - 1) * size)
        octets.write(b"\xff" * size)
    assert "is damaged" in lab.refused("check", "store") or "malformed" in lab.refused("check", "store")
