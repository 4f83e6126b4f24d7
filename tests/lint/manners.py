"""manners.py - the habits of the house: files that open with their contract, short functions, no traces of a workshop"""

import re

FUNCTION_MAX = 60  # lines of its body
FILE_MAX = {"listd": 600, "tests": 800}  # lines; tests are tables

MACHINE = re.compile(r"/(home|Users|root|work)/\w")
LEFT_OVER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
COLUMNS_MAX = 140  # in listd/


def code(tree):
    return tree.files("listd", "tests", suffixes=(".c", ".h"))


def opens_with_its_contract(tree):
    """manners: every file opens with its name and what it is; every .c of a room with what it gives"""
    for path in tree.files("listd", "tests", "db", suffixes=(".c", ".h", ".sql")):
        name = path.rsplit("/", 1)[1]
        start = "-- " if path.endswith(".sql") else "/* "
        text = tree.text(path)
        if not text.startswith(f"{start}{name} - "):
            yield f"{path}:1: does not open with '{start}{name} - what it is'"
        elif path.endswith(".c") and path.count("/") == 2 and path.startswith("listd/") and " * Gives:" not in text.split("*/")[0]:
            yield f"{path}:1: its contract has no 'Gives:'"


def scripts_say_what_they_are(tree):
    """manners: every script opens with its name and what it is"""
    for path in tree.files("tests", suffixes=(".py", ".sh")):
        name = path.rsplit("/", 1)[1]
        if f"{name} - " not in "\n".join(tree.lines(path)[:3]):
            yield f"{path}:1: does not open with '{name} - what it is'"


def functions(lines):
    """(line number, name, lines of the body) of each function: the body stands between a { and a } in the first column."""
    start = 0
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            head = start - 1
            while head > 1 and lines[head - 2].strip() and not lines[head - 2].startswith(("}", "/*", " *", "#")):
                head -= 1
            match = re.search(r"(\w+)\(", lines[head - 1])
            yield head, match[1] if match else "?", number - start - 1
            start = 0


def things_are_short(tree):
    """manners: functions fit on a screen, files in a head"""
    for path in code(tree):
        lines = tree.lines(path)
        most = FILE_MAX[path.split("/")[0]]
        if len(lines) > most:
            yield f"{path}: {len(lines)} lines; a file has at most {most}"
        for number, name, length in functions(lines):
            if length > FUNCTION_MAX:
                yield f"{path}:{number}: {name}() has a body of {length} lines; it has at most {FUNCTION_MAX}"


def lines_are_plain(tree):
    """manners: no tabs, no spaces at line ends, no endless lines in C"""
    for path in code(tree):
        for number, line in enumerate(tree.lines(path), 1):
            if "\t" in line or line != line.rstrip():
                yield f"{path}:{number}: a tab, or a space at the end"
            if path.startswith("listd/") and len(line) > COLUMNS_MAX:
                yield f"{path}:{number}: {len(line)} columns; a line has at most {COLUMNS_MAX}"


def no_traces(tree):
    """manners: no path of a developer's machine, no note to self"""
    for path in tree.everything():
        for number, line in enumerate(tree.lines(path), 1):
            if MACHINE.search(line):
                yield f"{path}:{number}: a path of somebody's machine: {line.strip()}"
            if LEFT_OVER.search(line):
                yield f"{path}:{number}: a note to self: {line.strip()}"


def all_is_shipped(tree):
    """manners: every source, script and document is named in Makefile.am, or its folder is"""
    named = {word.removeprefix("$(srcdir)/") for word in tree.text("Makefile.am").split()}
    for path in tree.files():
        folders = [path[:at] for at, letter in enumerate(path) if letter == "/"]
        program = path.removesuffix(".c")  # a program's name is its source's
        if not path.startswith(".ci/") and not named & {path, program, *folders}:
            yield f"{path}: is not named in Makefile.am"


CHECKS = [
    opens_with_its_contract,
    scripts_say_what_they_are,
    things_are_short,
    lines_are_plain,
    no_traces,
    all_is_shipped,
]
