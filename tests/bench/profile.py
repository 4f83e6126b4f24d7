"""profile.py - instructions that deliver executes for each copy, by what they belong to: `make profile` (needs valgrind)

The same post to few and to many members; what the second run takes more, by copy, is what a copy costs. Instructions are counted,
not seconds: the same on every run and on every load of the machine, but without the kernel's, and without the waiting for it."""
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ.get("LISTD_BUILDDIR", ".")).resolve()
BENCH = BUILD / "tests" / "bench" / "bench_deliver"
FEW, MANY = 1000, 3000
NAME = re.compile(r"\((\d+)\)(?: (.*))?$")
COST = re.compile(r"^(?:\+|-)?[\d*]")
LIBRARIES = {"libesmtp": "libESMTP", "libsqlite3": "SQLite", "libglib": "GLib", "libsodium": "libsodium", "libcrypto": "OpenSSL",
             "libssl": "OpenSSL", "libc": "C library", "ld-linux-x86-64": "C library", "libpthread": "C library"}


class Costs:
    """The instructions of one role, counted where they were executed (self), by function."""

    def __init__(self, path):
        self.names = collections.defaultdict(dict)
        self.by_function = collections.Counter()
        self.where = {"ob": "?", "fl": "?", "fn": "?"}
        self.is_call = False
        with path.open() as lines:
            for line in lines:
                self._line(line.rstrip("\n"))

    def _name(self, kind, text):
        number, name = NAME.match(text).groups()
        if name is not None:
            self.names[kind][number] = name
        return self.names[kind][number]

    def _line(self, line):
        key, _, value = line.partition("=")
        if key in ("ob", "cob"):
            name = self._name("ob", value)
        elif key in ("fl", "fi", "fe", "cfi", "cfl"):
            name = self._name("fl", value)
        elif key in ("fn", "cfn"):
            name = self._name("fn", value)
        if key in ("ob", "fn"):
            self.where[key] = name
        elif key in ("fl", "fi", "fe"):
            self.where["fl"] = name
        elif key == "calls":
            self.is_call = True
        elif COST.match(line):
            if not self.is_call:
                self.by_function[tuple(self.where.values())] += int(line.split()[1])
            self.is_call = False


def room_of(function):
    """A library, or a folder of listd."""
    program, source, _ = function
    stem = pathlib.Path(program).name.partition(".so")[0].partition("-2.0")[0]
    folder = re.search(r"listd/(\w+)/\w+\.[ch]$", source)
    return f"listd/{folder[1]}" if folder else LIBRARIES.get(stem, stem)


def measure(members, words):
    """The role's costs: of the two processes the one that has its program's name as deliver's."""
    with tempfile.TemporaryDirectory(prefix="listd-profile.") as folder:
        done = subprocess.run(["valgrind", "--tool=callgrind", "--trace-children=yes", f"--callgrind-out-file={folder}/%p", str(BENCH),
                               str(members), "once", *words], capture_output=True, text=True, timeout=900, check=False)
        files = [path for path in pathlib.Path(folder).iterdir() if "--role" in path.read_text()[:2000]]
        if done.returncode or len(files) != 1:
            sys.exit(f"profile: {' '.join(words)} {members}: {done.stderr[-2000:]}")
        return Costs(files[0]).by_function


def profile(title, words):
    few, many = measure(FEW, words), measure(MANY, words)
    more = collections.Counter({function: (many[function] - few[function]) / (MANY - FEW) for function in many})
    rooms = collections.Counter()
    for function, cost in more.items():
        rooms[room_of(function)] += cost
    print(f"{title}: {sum(more.values()):,.0f} instructions a copy")
    for room, cost in rooms.most_common(10):
        print(f"    {cost:8,.0f}  {room}")
    print("  most of them in")
    for function, cost in more.most_common(12):
        print(f"    {cost:8,.0f}  {function[2]} ({room_of(function)})")


def main():
    if not shutil.which("valgrind"):
        sys.exit("profile: valgrind is not installed")
    profile("own copies", [])
    profile("personal = no", ["together"])


if __name__ == "__main__":
    main()
