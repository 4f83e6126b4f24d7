"""test_usage.py - words, exit statuses, help: 0 done, 1 refused or not found, 2 usage"""
import json
import os
import pty
import subprocess

import pytest

from lab import ENVIRONMENT, LISTCTL, compose

NOUNS = ["init", "status", "list", "domain", "member", "held", "misaddressed", "decoy", "failed", "queue", "archive", "guard", "mta", "freemail", "deny", "report", "template", "check", "trace", "explain"]


@pytest.mark.parametrize("words, said", [
    ([], NOUNS),
    (["lists"], NOUNS),
    (["gate", "status"], NOUNS),
    (["guard"], ["status", "report", "forgive"]),
    (["list"], ["add", "ls", "show", "get", "set", "reset", "rename", "rm"]),
    (["list", "drop"], ["add", "ls", "show", "get", "set", "reset", "rename", "rm"]),
    (["member", "swap"], ["add", "ls", "show", "find", "set", "sync", "rm"]),
    (["held", "forward"], ["ls", "show", "accept", "discard"]),
    (["misaddressed", "accept"], ["ls", "show", "forward", "discard"]),
    (["failed"], ["ls", "show", "retry", "discard"]),
    (["queue"], ["ls", "show", "flush", "rm"]),
    (["check", "everything"], ["config", "dnsbl", "mail", "mailbox", "relay", "store"]),
    (["list", "show"], ["listctl list show LIST"]),
    (["list", "ls", "more"], ["listctl list ls"]),
    (["list", "ls", "--file", "x"], ["--file", "listctl list ls"]),
    (["--frob"], ["--frob", "--help"]),
])
def test_usage_names_what_there_is(bare, words, said):
    text = bare.refused(*words, status=2)
    assert all(word in text for word in said), text
    assert text.count("\n") == 1


def test_help_and_version(bare):
    text = bare.run("--help").stdout
    assert all(f"  {noun}" in text for noun in NOUNS)
    of_list = bare.run("list", "--help").stdout
    assert "list rename LIST NAME" in of_list and "member add" not in of_list
    assert bare.run("--version").stdout.startswith("listd ")


def test_configuration(bare):
    assert "absent" in bare.refused("status", conf="/absent/listd.conf")
    bare.conf.write_text("[receive]\nmax_size = enormous\n")
    assert f"{bare.conf}:2:" in bare.refused("status", status=2)


def test_without_data_folder(bare):
    assert "listctl init" in bare.refused("status")
    assert bare.json("list", "ls", status=1)["error"]["class"] == "not_found"


def test_words_that_are_not_utf8(lab):
    done = subprocess.run([LISTCTL, "-c", str(lab.conf), "list", "show", b"\xff@lists.example"], capture_output=True,
                          check=False, env=ENVIRONMENT)
    assert done.returncode == 2 and b"UTF-8" in done.stderr


def test_utf8_in_any_locale(lab, ml):
    lab.run("list", "set", ml, "title", "会議室")
    lab.run("member", "add", ml, "山田 <yamada@people.example>")
    for locale in ("C", "POSIX", "C.UTF-8"):
        env = ENVIRONMENT | {"LC_ALL": locale}
        done = subprocess.run([LISTCTL, "-c", str(lab.conf), "member", "ls", ml], capture_output=True, check=True, env=env)
        assert "山田" in done.stdout.decode()


def test_a_full_disk_is_told(lab, ml):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([LISTCTL, "-c", str(lab.conf), "list", "ls"], stdout=full, stderr=subprocess.PIPE, check=False,
                              env=ENVIRONMENT)
    assert done.returncode == 1 and b"standard output" in done.stderr


def test_options_stand_anywhere(lab, ml):
    assert json.loads(lab.run("list", "ls", "--json").stdout) == lab.json("list", "ls")
    lab.run("member", "add", "--", ml, "-dash@people.example")
    assert "-dash@people.example" in lab.members(ml)


def on_terminal(lab, *words):
    """What a terminal is sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([LISTCTL, "-c", str(lab.conf), *words], stdin=theirs, stdout=theirs, stderr=theirs,
                               env=ENVIRONMENT)
    os.close(theirs)
    octets = b""
    while True:
        try:
            block = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not block:
            break
        octets += block
    os.close(ours)
    assert process.wait() == 0
    return octets


def test_bulk_work_shows_progress(lab, ml):
    """To who watches a terminal, and to nobody else."""
    path = lab.file("".join(f"m{n}@people.example\n" for n in range(1203)))
    shown = on_terminal(lab, "member", "add", ml, "--file", str(path))
    assert b"adding 500 of 1203" in shown and shown.endswith(b"1203 added, 0 there already\r\n")
    assert "removing" not in lab.run("member", "rm", ml, "--file", path).stderr


def test_a_message_cannot_drive_the_terminal(lab, ml):
    """Control characters of a stranger's mail reach a terminal harmless, and a file as they are."""
    evil = compose(subject="\x1b]0;owned\x07", body="one \x1b[2J two \x9b31m")
    held = lab.fill("post", ml, evil.encode("latin-1"))
    for words in (["held", "ls"], ["held", "show", held], ["--json", "held", "show", held]):
        shown = on_terminal(lab, *words)
        assert b"\x1b" not in shown and b"\x9b" not in shown and b"\x07" not in shown, words
    assert "one \\x1b[2J two" in on_terminal(lab, "held", "show", held).decode()
    done = subprocess.run([LISTCTL, "-c", str(lab.conf), "held", "show", held], capture_output=True, check=True, env=ENVIRONMENT)
    assert done.stdout.endswith(evil.encode("latin-1"))


def test_check_relay_without_a_server(lab):
    assert "is listd running?" in lab.refused("check", "relay")
