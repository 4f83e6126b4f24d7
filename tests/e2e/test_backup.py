"""test_backup.py - a backup that is written under load can be restored, and holds what was accepted by then"""
from lab import List
from mails import compose
from wait import wait_for


def test_while_it_runs(make_server):
    alone = make_server()
    ml = List(alone)
    anna = ml.members[0]
    for number in range(20):
        ml.post(anna, compose(anna, ml.address, subject=f"post {number}"))
    path = alone.data / "backup"
    alone.listctl("backup", path)
    refused = alone.listctl("restore", path, "--replace", check=False)
    assert refused.returncode == 1 and "listd runs" in refused.stderr
    alone.settle()
    members = alone.rows("member", "ls", ml.address)
    assert alone.stop() == 0
    alone.listctl("list", "rm", ml.address)
    alone.listctl("restore", path)
    alone.listctl("check", "store")
    alone.start()
    alone.settle()
    assert alone.rows("member", "ls", ml.address) == members
    wait_for(lambda: all(len({copy.data.split(b"Subject: ")[1].split(b"\r\n")[0] for copy in alone.sink.to(reader)}) == 20
                         for reader in ml.readers), "each post at each reader")
