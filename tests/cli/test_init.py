"""test_init.py - init, status and check: the folder, its owners, its health"""
import contextlib
import os
import pwd
import sqlite3
import stat
import subprocess

import pytest

from lab import IS_ROOT

needs_root = pytest.mark.skipif(not IS_ROOT, reason="not root: there is one owner only")


def owner_and_mode(path):
    status = os.lstat(path)
    return pwd.getpwuid(status.st_uid).pw_name, stat.S_IMODE(status.st_mode)


def us():
    return ("daemon", "nobody") if IS_ROOT else (pwd.getpwuid(os.geteuid()).pw_name,) * 2


def test_what_init_makes(bare):
    bare.run("init")
    user, receive_user = us()
    assert owner_and_mode(bare.data) == (user, 0o710)
    assert owner_and_mode(bare.data / "keys") == (user, 0o700)
    assert owner_and_mode(bare.data / "spool") == (receive_user, 0o2770)
    for name in ("master.key", "spool.key", "log.key"):
        assert owner_and_mode(bare.data / "keys" / name) == (user, 0o600)
    assert owner_and_mode(bare.data / "listd.db") == (user, 0o600)
    assert owner_and_mode(bare.data / "spool" / "spool.db") == (user, 0o660)
    if IS_ROOT:
        group = pwd.getpwnam("daemon").pw_gid
        assert {os.stat(path).st_gid for path in [bare.data, *bare.data.rglob("*")]} == {group}


def test_init_says_what_it_did(bare):
    assert bare.json("init") == {"data": str(bare.data), "keys_made": True, "store_made": True}
    assert bare.json("init") == {"data": str(bare.data), "keys_made": False, "store_made": False}
    assert "is there" in bare.run("init").stderr


def test_init_keeps_what_is_there(lab, ml):
    before = {path: path.read_bytes() for path in lab.data.rglob("*.key")}
    assert len(before) == 3
    lab.run("init")
    assert before == {path: path.read_bytes() for path in lab.data.rglob("*.key")}
    assert lab.members(ml) == ["olga@people.example"]


def test_init_puts_modes_right(lab):
    (lab.data / "spool").chmod(0o755)
    lab.data.chmod(0o755)
    lab.run("init")
    assert owner_and_mode(lab.data)[1] == 0o710 and owner_and_mode(lab.data / "spool")[1] == 0o2770


def test_init_makes_no_new_key_for_an_old_store(lab):
    (lab.data / "keys" / "master.key").unlink()
    assert "restore" in lab.run("init", status=1).stderr
    assert not (lab.data / "keys" / "master.key").exists()


def test_init_follows_no_link(bare):
    bare.data.mkdir()
    elsewhere = bare.folder / "elsewhere"
    elsewhere.mkdir()
    (bare.data / "keys").symlink_to(elsewhere)
    if IS_ROOT:
        os.chown(bare.data, pwd.getpwnam("daemon").pw_uid, 0)
    before = owner_and_mode(elsewhere)
    bare.run("init", status=1)
    assert owner_and_mode(elsewhere) == before and not list(elsewhere.iterdir())


@needs_root
def test_init_takes_no_foreign_folder(bare):
    bare.data.mkdir()
    (bare.data / "something").write_text("of somebody")
    assert "not empty" in bare.refused("init")
    assert owner_and_mode(bare.data)[0] == "root"


@needs_root
def test_init_tells_how_to_make_users(bare):
    bare.configure(server={"user": "no-such-user"})
    assert f"useradd --system --no-create-home --home-dir {bare.data} --shell /usr/sbin/nologin no-such-user" \
        in bare.refused("init")
    bare.configure(server={"user": "daemon"}, receive={"user": "no-such-receiver"})
    assert "useradd" in bare.refused("init") and "no-such-receiver" in bare.refused("init")
    bare.configure(server={"user": "daemon"}, receive={"user": "nobody"}, fetch={"user": "no-such-fetcher", "refresh": "1d"})
    assert "useradd" in bare.refused("init") and "no-such-fetcher" in bare.refused("init")
    bare.configure(server={"user": "root"})
    assert "must not be root" in bare.refused("init")
    assert not bare.data.exists()


# --- whose work it is ----------------------------------------------------------------

@needs_root
def test_root_becomes_the_owner(lab, ml):
    """What listctl makes as root belongs to the owner, and what only root may read stays unread."""
    lab.run("member", "ls", ml)
    assert owner_and_mode(lab.data / "audit.log") == ("daemon", 0o600)
    secret = lab.file("spy@people.example\n")
    secret.chmod(0o600)
    text = lab.refused("member", "add", ml, "--file", secret)
    assert "may not read it" in text and f"< {secret}" in text
    assert lab.run("member", "add", ml, "-", stdin=secret.read_text()).returncode == 0


@needs_root
def test_the_owner_and_nobody_else(lab, ml):
    daemon, nobody = pwd.getpwnam("daemon"), pwd.getpwnam("nobody")
    lab.run("list", "ls", user=daemon.pw_uid, group=daemon.pw_gid, extra_groups=[])
    text = lab.refused("list", "ls", user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    assert "belongs to user daemon" in text


@needs_root
def test_data_of_root(bare):
    bare.data.mkdir()
    assert "belongs to root" in bare.refused("list", "ls")


# --- status ------------------------------------------------------------------------------

def test_status_without_a_server(lab):
    assert lab.json("status") == {
        "running": False,
        "spool": {"messages": 0, "oldest_seconds": 0},
        "queue": {"messages": 0, "oldest_seconds": 0},
        "relay": {"state": "there", "since": None, "next_try": None, "why": None},
        "waiting": {"held": 0, "misaddressed": 0, "commands": 0, "failed": 0, "decoy": 0},
        "roles": [],
    }


def test_status_asks_for_the_processes(lab):
    """The supervisor's file outlives a supervisor that was killed."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    lab.file(f"supervisor {os.getpid()} up 1700000000 0\nreceive {dead.pid} up 1700000001 2\nhandle 0 down 1700000002 3\n"
             "nonsense\n", "data/status")
    status = lab.json("status")
    assert status["running"] is True
    assert status["roles"] == [
        {"role": "supervisor", "pid": os.getpid(), "state": "up", "since": "2023-11-14T22:13:20Z", "restarts": 0},
        {"role": "receive", "pid": dead.pid, "state": "gone", "since": "2023-11-14T22:13:21Z", "restarts": 2},
        {"role": "handle", "pid": 0, "state": "down", "since": "2023-11-14T22:13:22Z", "restarts": 3},
    ]
    lab.file(f"supervisor {dead.pid} up 1700000000 0\n", "data/status")
    assert lab.json("status")["running"] is False


# --- check ---------------------------------------------------------------------------------

def findings(lab, **options):
    document = lab.json("check", "config", **options)
    assert document["faults"] + document["warnings"] == len(document["findings"])
    return {row["about"]: (row["level"], row["text"]) for row in document["findings"]}


def test_check_config_warns(lab, ml):
    lab.run("list", "set", ml, "sender_proof", "none")
    found = findings(lab)
    assert found["[server] authserv_id"][0] == "warning"
    assert found[ml][0] == "warning" and "sender_proof" in found[ml][1]
    lab.run("list", "reset", ml, "sender_proof")
    lab.configure(server={"authserv_id": "mx.lists.example", "trusted_networks": "192.0.2.0/24"})
    found = findings(lab)
    assert not {"[server] authserv_id", "[server] trusted_networks", ml} & set(found)


def test_check_config_finds_faults(lab, bare):
    (lab.data / "keys" / "master.key").chmod(0o644)
    found = findings(lab, status=1)
    assert found["[server] data"][0] == "fault" and "read by others" in found["[server] data"][1]
    lab.run("check", status=1)


def test_check_config_reads_the_patterns(lab):
    path = lab.file("one helo is x 1 why\ntwo helo was x 1 why\n", "probes.txt")
    lab.configure(guard={"probes": path})
    level, text = findings(lab, status=1)["[guard] probes"]
    assert level == "fault" and text == f"{path}:2: there is no test 'was'"
    lab.configure(guard={"probes": "/no/such/file"})
    assert "/no/such/file" in findings(lab, status=1)["[guard] probes"][1]
    lab.configure(guard={"probes": lab.file("one helo is x 1 why\n", "probes.txt")})
    assert "[guard] probes" not in findings(lab)


def test_check_config_tells_what_the_decoy_means(lab):
    lab.configure(guard={"decoy_forward_first": "on"})
    assert "does nothing" in findings(lab)["[guard] decoy_forward_first"][1]
    lab.configure(guard={"decoy": "127.0.0.1:2526"})
    found = findings(lab)
    assert "nothing of it is relayed" in found["[guard] decoy"][1]
    assert "blocklist" in found["[guard] decoy_forward_first"][1]
    lab.configure(guard={"decoy": "unix:/tmp/decoy"})
    assert "name HOST:PORT" in lab.refused("check", "config", status=2)


def test_check_config_without_data(bare):
    assert "listctl init" in findings(bare, status=1)["[server] data"][1]


@needs_root
def test_check_config_sees_one_user_for_two(lab):
    lab.configure(receive={"user": "daemon"})
    assert findings(lab)["[receive] user"][0] == "warning"


def test_check_store(lab, ml):
    rows = lab.json("check", "store")["rows"]
    lab.run("member", "add", ml, "anna@people.example")
    assert lab.json("check", "store")["rows"] == rows + 3  # address, name, that she joined
    assert set(lab.json("check")) == {"config", "faults", "warnings", "findings", "rows"}


def test_store_of_a_newer_version(lab, ml):
    """An older program keeps its hands off what it does not know."""
    with contextlib.closing(sqlite3.connect(lab.data / "listd.db")) as store:
        store.execute("PRAGMA user_version = 99")
        store.commit()
    assert "made by a newer listd" in lab.refused("list", "ls")


def test_check_store_tells_of_a_setting_that_is_none(lab, ml):
    """A value that another version took: the preset holds meanwhile, and nothing else is said of it."""
    with contextlib.closing(sqlite3.connect(lab.data / "listd.db")) as store:
        store.execute("INSERT INTO setting SELECT id, 'posting', 'everyone' FROM list")
        store.commit()
    assert lab.run("list", "get", ml, "posting").stdout == "members\n"
    assert lab.run("list", "ls").stderr == ""
    assert f"{ml}: posting: 'everyone' is not one of" in lab.refused("check", "store")


def test_check_store_with_another_key(lab, ml):
    key = lab.data / "keys" / "master.key"
    key.write_bytes(bytes(32))
    assert "backup" in lab.refused("check", "store")
