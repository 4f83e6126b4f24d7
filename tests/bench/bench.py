"""bench.py - how fast listd is, beside what the same machine does otherwise in the same minutes: `make bench`

    bench.py [--members N] [--sessions N] [--rounds N] [--scale MOST]

One post of 4 KiB to N members (10,000), from the client's last octet to the last copy, to Postfix's smtp-sink: own copies, and batches
(personal = no); beside Postfix's smtp-source with ten sessions that sends as many messages of that size, and mlmmj where it is installed.
All take turns, so that a busy machine is busy for all; what counts is the ratio. --scale goes on with 1,000, 10,000 ... MOST members.
It runs in a network of its own (root), where acknowledgements are not delayed: mlmmj has Nagle's algorithm on, and would wait 40 ms for each.
"""
import argparse
import contextlib
import ctypes
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from ports import free_port, is_open  # noqa: E402
from server import DOMAIN, LISTCTL, Server  # noqa: E402
from wait import wait_for  # noqa: E402

CLONE_NEWNET = 0x40000000
SIZE = 4096
OWNER = "olga@home.example"
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 1200
SBIN = "/usr/sbin"


def program(name):
    return shutil.which(name, path=f"{os.environ['PATH']}:{SBIN}")


def own_network():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        sys.exit("bench.py: a network of its own takes root's rights")
    subprocess.run([program("ip"), "link", "set", "lo", "up"], check=True)
    for network in ("127.0.0.0/8", "127.0.0.1"):
        subprocess.run([program("ip"), "route", "replace", "local", network, "dev", "lo", "table", "local", "quickack", "1"], check=True)


@contextlib.contextmanager
def running_sink():
    """smtp-sink; gives its port."""
    port = free_port()
    process = subprocess.Popen([program("smtp-sink"), "-u", "nobody", f"127.0.0.1:{port}", "1000"], start_new_session=True)
    try:
        wait_for(lambda: is_open(port), "smtp-sink")
        yield port
    finally:
        process.kill()
        process.wait()


def body():
    return b"".join(b"a line of the usual length, as people write them to a list\r\n" for _ in range((SIZE - 300) // 61))


def post(number):
    return (f"From: Olga <{OWNER}>\r\nTo: ml@{DOMAIN}\r\nSubject: post {number}\r\nDate: Fri, 20 Nov 2026 18:23:01 +0900\r\n"
            f"Message-ID: <{number}.{time.time_ns()}@home.example>\r\n\r\n").encode() + body()


# --- listd -----------------------------------------------------------------------------------------------------

def memory_of(pid, field):
    """In MiB: VmHWM, the most that a process ever had; RssAnon, what it has now without the pages of files."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    return 0.0  # it has ended, and waits for its parent


class Role:
    """What a role has used: its CPU seconds, and the most memory that it ever had."""

    def __init__(self, pid):
        self.pid = pid

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        return memory_of(self.pid, "VmHWM")


class Listctl:
    """A command for many members: its seconds, and the most memory of its own that was seen, every few milliseconds."""

    def __init__(self, server, *words, stdin=subprocess.DEVNULL):
        start, self.memory = time.monotonic(), 0.0
        process = subprocess.Popen([LISTCTL, "-c", server.conf, *words], stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None:
            self.memory = max(self.memory, memory_of(process.pid, "RssAnon"))
            time.sleep(0.005)
        self.seconds = time.monotonic() - start
        assert process.returncode == 0, process.stderr.read()

    def __str__(self):
        return f"{self.seconds:.1f} s {self.memory:.1f} MiB"


def last_queued(store):
    return (store.execute("SELECT seq FROM sqlite_sequence WHERE name = 'message'").fetchone() or (0,))[0]


class Listd:
    def __init__(self, members, sessions):
        self.members, self.posts = members, 0
        self.stack = contextlib.ExitStack()
        self.server = Server(f"127.0.0.1:{self.stack.enter_context(running_sink())}", {"deliver": {"sessions": sessions}})
        self.server.init()
        self.server.listctl("list", "add", f"ml@{DOMAIN}", "--owner", OWNER, "--report", "off")
        for key, value in (("sender_proof", "none"), ("archive", "off")):
            self.server.listctl("list", "set", f"ml@{DOMAIN}", key, value)
        self.imported = self._with_members(range(self.members - 1), "add")
        self.server.start()
        self.roles = {name: Role(pid) for name, pid in self.server.roles().items()}

    def _with_members(self, numbers, verb, *more):
        """The owner is there already."""
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as addresses:
            addresses.writelines(f"member{i}@domain{i % 500}.example\n" for i in numbers)
            addresses.flush()
            with open(addresses.name, "rb") as lines:
                return Listctl(self.server, "member", verb, f"ml@{DOMAIN}", "--file", "-", *more, stdin=lines)

    def look_at_listctl(self):
        """What adding took, showing a sync that would exchange half of the members, and an export."""
        half = self.members // 2
        synced = self._with_members(range(half, half + self.members), "sync", "-n")
        return f"listctl add {self.imported}, sync -n {synced}, export {Listctl(self.server, 'member', 'export', f'ml@{DOMAIN}')}"

    def together(self, batches):
        self.server.listctl("list", "set", f"ml@{DOMAIN}", "personal", "no" if batches else "yes")

    def run(self):
        """Seconds from the 250 until the last copy was taken and recorded, and the CPU that each role took."""
        self.posts += 1
        wait_for(lambda: not self.server.rows("queue", "ls"), "an empty queue")
        before = {name: role.cpu() for name, role in self.roles.items()}
        with contextlib.closing(sqlite3.connect(self.server.data / "listd.db")) as store:
            queued = last_queued(store)
            self.server.post_ok(OWNER, f"ml@{DOMAIN}", post(self.posts))
            start = time.monotonic()
            while last_queued(store) == queued or store.execute("SELECT 1 FROM message").fetchone():
                time.sleep(0.002)
                assert time.monotonic() < start + PATIENCE
            seconds = time.monotonic() - start
        return seconds, {name: role.cpu() - before[name] for name, role in self.roles.items()}

    def memory(self):
        return ", ".join(f"{name} {role.memory():.0f} MiB" for name, role in self.roles.items())

    def close(self):
        self.server.stop()
        self.server.close()
        self.stack.close()


# --- the others -------------------------------------------------------------------------------------------------

def run_smtp_source(messages):
    with running_sink() as port:
        start = time.monotonic()
        subprocess.run([program("smtp-source"), "-d", "-s", "10", "-l", str(SIZE), "-m", str(messages), "-f", "a@home.example", "-t",
                        "b@home.example", f"127.0.0.1:{port}"], check=True)
        return time.monotonic() - start


def run_mlmmj(members):
    with tempfile.TemporaryDirectory() as folder, running_sink() as port:
        home = pathlib.Path(folder)
        for name in ("control", "subscribers.d", "queue", "archive", "requeue", "nomailsubs.d", "digesters.d", "text", "bounce", "moderation"):
            (home / name).mkdir()
        (home / "control" / "listaddress").write_text("ml@lists.example\n")
        (home / "control" / "relayhost").write_text("127.0.0.1\n")
        (home / "control" / "smtpport").write_text(f"{port}\n")
        (home / "subscribers.d" / "m").write_text("".join(f"member{i}@domain{i % 500}.example\n" for i in range(members)))
        (home / "queue" / "mail").write_bytes(post(1).replace(b"\r\n", b"\n"))
        (home / "index").write_text("0\n")
        start = time.monotonic()
        subprocess.run([program("mlmmj-send"), "-L", folder, "-m", str(home / "queue" / "mail")], check=True)
        return time.monotonic() - start


# --- the table ---------------------------------------------------------------------------------------------------

def compare(members, sessions, rounds):
    listd = Listd(members, sessions)
    took = {"smtp-source": [], "listd": [], "listd, batches": [], "mlmmj": []}
    cpu = {}
    for _ in range(rounds):
        took["smtp-source"].append(run_smtp_source(members))
        listd.together(False)
        seconds, cpu["listd"] = listd.run()
        took["listd"].append(seconds)
        listd.together(True)
        seconds, cpu["listd, batches"] = listd.run()
        took["listd, batches"].append(seconds)
        if program("mlmmj-send"):
            took["mlmmj"].append(run_mlmmj(members))
    print(f"{members} members, {SIZE} octets, {sessions} sessions, median of {rounds}; ratios of the same round")
    for name, seconds in took.items():
        if not seconds:
            print(f"  {name:<16} not installed here")
            continue
        line = f"  {name:<16} {members / statistics.median(seconds):10,.0f}/s"
        for peer in ("smtp-source", "mlmmj"):
            if took[peer] and peer != name:
                line += f"   {statistics.median(p / s for p, s in zip(took[peer], seconds)):5.2f} x {peer}"
        print(line)
    for name, seconds in cpu.items():
        print(f"  {name}: CPU seconds " + ", ".join(f"{role} {value:.2f}" for role, value in seconds.items()))
    print(f"  peak memory: {listd.memory()}")
    listd.close()


def scale(most, sessions):
    members = 1000
    while members <= most:
        listd = Listd(members, sessions)
        seconds, _ = listd.run()
        print(f"  {members:>9,} members: {seconds * 1e6 / members:6.1f} us a copy, {listd.memory()}; {listd.look_at_listctl()}", flush=True)
        listd.close()
        members *= 10


def main():
    parser = argparse.ArgumentParser(prog="bench.py")
    parser.add_argument("--members", type=int, default=10000)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=int, metavar="MOST", help="also 1,000, 10,000 ... MOST members")
    options = parser.parse_args()
    if not program("smtp-source"):
        sys.exit("bench.py: smtp-source and smtp-sink are not here (Debian: postfix)")
    own_network()
    compare(options.members, options.sessions, options.rounds)
    if options.scale:
        scale(options.scale, options.sessions)


if __name__ == "__main__":
    main()
