"""test_control.py - the server as a process: configuration, signals, privileges"""
import contextlib
import os
import pathlib
import pwd
import re
import signal
import subprocess

import pytest

from lab import List
from mails import compose
from ports import is_open
from server import ADMIN, ENVIRONMENT, IS_ROOT, LISTD, ROLES, is_alive
from smtp import Client, stuffed
from wait import PATIENCE, wait_for

def listd(conf):
    return subprocess.run([LISTD, "-c", str(conf), "-f"], capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.parametrize("text, line, reason", [
    ("[receive]\nmax_size = enormous\n", 2, "max_size"),
    ("[receive]\n\nno_such_key = 1\n", 3, "no_such_key"),
    ("[server]\ndomains = a b c\nnot a pair\n", 3, ""),
    ("key = value\n", 1, "section"),
    ("[log]\nno_such_key = 1\n[receive]\nmax_size = enormous\n", 2, "no_such_key"),
])
def test_bad_configuration_at_the_start(tmp_path, text, line, reason):
    """Exit status 2, with file, line and reason."""
    conf = tmp_path / "bad.conf"
    conf.write_text(text)
    done = listd(conf)
    assert done.returncode == 2 and f"{conf}:{line}:" in done.stderr and reason in done.stderr, done


def test_missing_configuration(tmp_path):
    done = listd(tmp_path / "absent.conf")
    assert done.returncode == 2 and "absent.conf" in done.stderr


def test_start_without_init(make_server):
    """No key, no start: the message says what to do."""
    server = make_server(start=False)
    subprocess.run(["rm", "-r", str(server.data)], check=True)
    done = listd(server.conf)
    assert done.returncode not in (0, -signal.SIGSEGV) and "listctl init" in done.stderr, done


def test_init_can_be_repeated(make_server):
    """`listctl init` again changes no key and loses no list."""
    server = make_server(start=False)
    ml = List(server)
    keys = {path: path.read_bytes() for path in server.data.rglob("*.key")}
    assert keys
    server.init()
    assert keys == {path: path.read_bytes() for path in server.data.rglob("*.key")}
    assert ml.address in server.listctl("list", "ls")


def test_sighup_takes_a_good_configuration(make_server):
    """SIGHUP: new roles with the new configuration; no mail is lost, the ports stay open."""
    server = make_server()
    server.configure(receive={"max_size": "128K"})
    server.reload()

    def announced():
        with server.smtp() as client:
            return b"SIZE 131072\r\n" in client.extensions
    wait_for(announced, "the new limit")
    ml = List(server)
    ml.post(ml.owner, compose(ml.owner, ml.address))
    ml.copies()


def test_sighup_refuses_a_bad_configuration(make_server):
    """SIGHUP with a mistake in the file: the log says where, the server goes on as it was."""
    server = make_server()
    before = server.roles()
    good = server.conf.read_text()
    server.conf.write_text(good + "[log]\nno_such_key = 1\n")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: re.search(r"listd\.conf:\d+:", server.log()), lambda: f"a word of it in the log: {server.log()[-2000:]}")
    assert server.roles() == before and server.is_running()
    server.conf.write_text(good)
    ml = List(server, members=[])
    ml.post(ml.owner, compose(ml.owner, ml.address))
    ml.copies()


def test_sighup_changes_the_log(make_server):
    """SIGHUP: [log] to and level hold as well, and no line is lost between the two."""
    server = make_server(start=False)
    places = [server.data / name for name in ("first.log", "second.log")]
    server.configure(log={"to": places[0]})
    server.process = subprocess.Popen([LISTD, "-c", str(server.conf)], env={**ENVIRONMENT, "NOTIFY_SOCKET": "/nonexistent"},
                                      start_new_session=True)  # not -f, which has it all on stderr
    wait_for(lambda: places[0].exists() and all(f" {role} started" in places[0].read_text() for role in ROLES), "a start")
    server.configure(log={"to": places[1], "level": "warn"})
    server.reload()
    wait_for(lambda: places[1].exists(), "the other file")
    assert "reloaded" not in places[0].read_text()
    server.configure(log={"to": places[1], "level": "info"})
    server.reload()
    wait_for(lambda: all(f" {role} started" in places[1].read_text() for role in ROLES), "a start in the other file")


def test_sigterm_waits_for_a_receiver_that_leaves(make_server):
    """SIGHUP, then SIGTERM: what the old receiver had under way is brought to its end, and its log as well."""
    server = make_server()
    ml = List(server)
    with server.smtp() as client:
        client.envelope(ml.owner, ml.address)
        assert client.say("DATA").startswith(b"354")
        server.reload()
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not is_open(server.smtp_port), "closed ports")
        wait_for(lambda: not server.roles(), "no role but the old receiver")
        assert server.process.poll() is None
        client.send(stuffed(compose(ml.owner, ml.address)))
        assert client.answer().startswith(b"250")
    assert server.process.wait(PATIENCE) == 0
    assert server.log().count(" accepted ") == 1
    server.start()
    ml.copies()


def test_sigterm_stops_cleanly(make_server):
    """SIGTERM drains: exit status 0, ports closed, no role left, mail in the queue kept."""
    server = make_server()
    server.sink.vanish()
    ml = List(server)
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    with server.smtp() as idle:  # an open session does not hold it up
        assert server.stop(timeout=10) == 0
        assert not is_open(server.smtp_port) and idle.greeting
    server.sink.listen()
    server.start()
    ml.copies()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_that_dies_is_restarted(make_server, role):
    """A role that was killed comes back without a hand, and the work goes on."""
    server = make_server()
    ml = List(server)
    server.kill(role)
    wait_for(lambda: is_open(server.smtp_port), "an open port")
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    ml.copies()


def test_no_deliver_beside_another(make_server):
    """Supervisor killed, a new one at once: its deliver waits until the one that is left has brought its copy to an end."""
    server = make_server()
    ml = List(server)
    server.sink.slow(ml.person("anna"), 5)
    ml.post(ml.owner, compose(ml.owner, ml.address))
    wait_for(lambda: server.sink.to(ml.owner), "a session that has begun")
    left = server.roles()["deliver"]
    server.process.kill()
    server.process.wait()
    server.start()
    assert not is_alive(left)
    assert len(ml.copies()) == len(ml.readers)


def test_supervisor_that_dies_leaves_nobody(make_server):
    """SIGKILL of listd itself: its roles end too, and the next start goes on where it was."""
    server = make_server()
    server.sink.vanish()
    ml = List(server)
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    pids = server.roles().values()
    server.process.kill()
    server.process.wait(PATIENCE)
    wait_for(lambda: not any(is_alive(pid) for pid in pids), "the end of the roles")
    server.sink.listen()
    server.start()
    ml.copies()


def test_second_server_is_refused(make_server):
    """Two supervisors on one data folder would spoil it."""
    server = make_server()
    done = listd(server.conf)
    assert (done.returncode, done.stderr) == (1, f"listd: another listd runs with {server.data}\n")
    assert server.is_running()


def test_background(make_server):
    """Without -f: the command returns once the server stands, and the log goes where [log] to says."""
    server = make_server(start=False)
    log = server.folder / "listd.log"
    server.configure(log={"to": log})
    subprocess.run([LISTD, "-c", server.conf], stdin=subprocess.DEVNULL, timeout=PATIENCE, check=True)
    supervisor = next(row["pid"] for row in server.json("status")["roles"] if row["role"] == "supervisor")
    try:
        server.post_ok("a@b.example", "postmaster@lists.example", compose("a@b.example", "postmaster@lists.example"))
        [copy] = server.sink.wait_to(ADMIN)
        assert copy and "admin-mail" in log.read_text()
    finally:
        os.kill(supervisor, signal.SIGTERM)
        wait_for(lambda: not is_alive(supervisor), "the end of listd")
    assert log.stat().st_mode & 0o007 == 0


def test_log_tells_the_whole_story(server, make_list):
    """A11: opened, mail from, mail to, verdict, closed, sent: one message id through all roles, no local part."""
    ml = make_list(members=["quagmireanna"])
    who = ml.members[0]
    start = len(server.log())
    ml.post(who, compose(who, ml.address))
    ml.copies()
    server.settle()
    log = server.log()[start:]
    message = re.search(r" accepted msg=(\w+)", log)[1]
    for event in ("receive mail-from", "receive rcpt-to", "receive accepted", "handle post", "deliver batch"):
        assert re.search(rf" info {event} msg={message} ", log + " "), (event, log)
    assert re.search(r" info receive connect ", log) and re.search(r" info receive disconnect ", log)
    assert f"@{ml.people}" in log and "quagmireanna" not in log


def test_status_tells_of_roles(make_server):
    """`listctl status`: each role with its process and state."""
    server = make_server()
    roles = {row["role"]: row for row in server.json("status")["roles"]}
    assert set(roles) >= set(ROLES)
    assert {role: row["pid"] for role, row in roles.items() if role in ROLES} == server.roles()
    text = server.listctl("status")
    assert all(role in text for role in ROLES)


# --- privileges ------------------------------------------------------------------

def proc(pid, name):
    return pathlib.Path(f"/proc/{pid}/{name}")


def ids(pid, kind="Uid"):
    return [int(word) for word in re.search(rf"^{kind}:(.*)$", proc(pid, "status").read_text(), re.MULTILINE)[1].split()]


def test_roles_have_names(server):
    """What ps shows of a role tells which it is."""
    assert {role: proc(pid, "comm").read_text().strip() for role, pid in server.roles().items()} == {
        role: f"listd-{role}" for role in ROLES}


@pytest.mark.skipif(not IS_ROOT, reason="not root: roles keep the one uid")
def test_roles_have_dropped_root(server):
    """Design 1: receive has a uid of its own; no role can become root again or gain a right by exec."""
    uids = {role: ids(pid) for role, pid in server.roles().items()}
    daemon, nobody = pwd.getpwnam("daemon"), pwd.getpwnam("nobody")
    assert uids["handle"] == uids["deliver"] == [daemon.pw_uid] * 4
    assert uids["receive"] == [nobody.pw_uid] * 4
    for pid in server.roles().values():
        status = proc(pid, "status").read_text()
        assert 0 not in ids(pid, "Gid")
        assert re.search(r"^Groups:\s*(?!.*\b0\b)", status, re.MULTILINE)
        assert re.search(r"^CapEff:\s*0+$", status, re.MULTILINE) and re.search(r"^NoNewPrivs:\s*1$", status, re.MULTILINE)


@pytest.mark.skipif(not IS_ROOT, reason="not root: roles keep the one uid")
def test_receive_can_read_nothing_of_the_members(server):
    """Design 1: by file modes alone, receive's uid cannot open listd.db or a key."""
    nobody = pwd.getpwnam("nobody")
    for path in [*server.data.rglob("listd.db*"), *server.data.rglob("*.key")]:
        done = subprocess.run(["cat", str(path)], user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
                              capture_output=True, check=False)
        assert done.returncode != 0, path


def test_receive_is_confined(server):
    """Design 1: a seccomp filter is in force in receive."""
    assert re.search(r"^Seccomp:\s*2$", proc(server.roles()["receive"], "status").read_text(), re.MULTILINE)


def test_nothing_of_it_stands_in_proc(server, make_list):
    """No address, key or password in an argument or the environment of any role."""
    ml = make_list()
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    ml.copies()
    keys = [path.read_bytes() for path in server.data.rglob("*.key")]
    for pid in [server.process.pid, *server.roles().values()]:
        for name in ("cmdline", "environ"):
            octets = proc(pid, name).read_bytes()
            assert b"@" not in octets, octets
            assert not any(key in octets or key.hex().encode() in octets for key in keys)


def test_roles_leave_no_core_file(server):
    """A core file would hold members."""
    for pid in server.roles().values():
        assert re.search(r"^Max core file size\s+0\s+0\s", proc(pid, "limits").read_text(), re.MULTILINE)


def test_receive_holds_no_file_of_the_members(server):
    """Design 1: receive has spool.db open, and neither listd.db nor a key."""
    names = [os.readlink(link) for link in proc(server.roles()["receive"], "fd").iterdir()]
    assert any("spool.db" in name for name in names), names
    assert not any("listd.db" in name or ".key" in name for name in names), names


def test_one_client_has_so_many_sessions(make_server):
    """D1: one more is turned away with the words that everybody gets, and is taken when another one has ended; an MTA of ours has
    no such limit."""
    server = make_server({"guard": {"client_sessions": "2"}})
    first, second = server.smtp(), server.smtp()
    with contextlib.closing(Client(("127.0.0.1", server.smtp_port), "")) as third:
        assert third.greeting.startswith(b"421 4.7.0 too much from your network") and third.ends()
    wait_for(lambda: "why=client" in server.log(), "a line in the log that says why")
    first.close()

    def is_taken():
        with contextlib.closing(Client(("127.0.0.1", server.smtp_port), "")) as client:
            return client.greeting.startswith(b"220")
    wait_for(is_taken, "a place for one more")
    second.close()
    with server.reconfigured(server={"trusted_networks": "127.0.0.1"}):
        with server.smtp(), server.smtp(), server.smtp() as third:
            assert third.greeting.startswith(b"220")
