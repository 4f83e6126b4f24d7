"""documents.py - documents that equal the code"""

import re
import shutil
import subprocess

from tree import Skip, table

REQUIREMENTS = {"A": 12, "B": 6, "C": 8, "D": 9, "E": 5}
LEAKS = {"O": 10, "L": 14, "X": 11}

# A row of a table of options (base/option.h), section and name first.
OPTION = re.compile(
    r'\{ (?:NULL|"(?P<section>\w+)"), "(?P<name>\w+)", OPT_(?P<type>\w+), AT\(\w+\), "(?P<default>[^"]*)"'
    r"(?:, (?P<words>WORDS_\w+|LOG_LEVEL_WORDS))?(?P<rest>[^}]*)\}"
)
UNITS = {"KIB": 1024, "MIB": 1024 * 1024, "MINUTE": 60, "DAY": 86400}


def options(text, name):
    return [match.groupdict() for match in OPTION.finditer(table(text, name))]


def words_of(tree, name):
    """The words of an OPT_ENUM, wherever base/ has them."""
    for path in tree.files("listd/base", suffixes=(".c",)):
        match = re.search(rf"const char \*const {name}\[\] = \{{ (.*?), NULL \}};", tree.text(path))
        if match:
            return re.findall(r'"(\w+)"', match[1])
    raise ValueError(name)


def number(expression, kind):
    """A bound as option.c writes it: 64 * MIB is 64M."""
    value = 1
    for factor in expression.split("*"):
        value *= UNITS.get(factor.strip()) or int(factor)
    for letter, factor in {"SIZE": (("M", 1 << 20), ("K", 1 << 10)), "DURATION": (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))}.get(kind, ()):
        if value and value % factor == 0:
            return f"{value // factor}{letter}"
    return str(value)


def type_in_words(tree, option):
    """What stands behind a key in listd.conf(5): its type and its default."""
    kind, rest = option["type"], option["rest"]
    low, high = (re.search(rf"\.{bound} = ([^,}}]+)", rest) for bound in ("low", "high"))
    span = f" from {number(low[1].strip(), kind)} to {number(high[1].strip(), kind)}" if low and high else ""
    words = {
        "TEXT": "text",
        "TEXTS": "list",
        "PATH": "path",
        "INT": "number",
        "SIZE": "size",
        "DURATION": "time span",
        "ENUM": " | ".join(words_of(tree, option["words"])) if option["words"] else "",
    }[kind]
    default = f"default: {option['default']}" if option["default"] else "empty by default"
    return f"{words}{span}; {default}"


def items(page):
    """{(section, key): (what stands behind it, text)} of listd.conf.5: .Ss [section], then .It Cm key Pq words."""
    found, section = {}, None
    for block in re.split(r"^(?=\.Ss |\.Sh |\.It Cm )", page, flags=re.M):
        head, _, body = block.partition("\n")
        match = re.fullmatch(r"\.Ss \[(\w+)\]", head)
        if head.startswith((".Ss", ".Sh")):
            section = match[1] if match else None
        match = re.fullmatch(r"\.It Cm (\w+) Pq (.*)", head)
        if match and section:
            found[section, match[1]] = (match[2].replace("\\&", ""), body)
    return found


def man_pages(tree):
    """documents: mandoc has nothing to say about the man pages"""
    if not shutil.which("mandoc"):
        raise Skip("there is no mandoc (Debian: mandoc)")
    for path in tree.files("docs", suffixes=(".1", ".5", ".8")):
        run = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], cwd=tree.root, capture_output=True, text=True)
        yield from run.stdout.splitlines()


def conf_page(tree):
    """documents: listd.conf.5 has each key of CONF_OPTIONS with its type and default, and no other"""
    page = items(tree.text("docs/listd.conf.5"))
    code = {(option["section"], option["name"]): option for option in options(tree.text("listd/base/conf.c"), "CONF_OPTIONS")}
    for key, option in code.items():
        want = type_in_words(tree, option)
        behind, body = page.get(key, (None, ""))
        if behind != want:
            yield f"docs/listd.conf.5: [{key[0]}] '.It Cm {key[1]} Pq {want}' is missing" + (f" (there is: {behind})" if behind else "")
    for section, name in page.keys() - code.keys():
        yield f"docs/listd.conf.5: there is no key [{section}] {name}"


def ctl_settings(tree):
    """documents: listctl.1 has each setting of a list"""
    page = tree.text("docs/listctl.1")
    for option in options(tree.text("listd/store/list.c"), "LIST_OPTIONS"):
        if not re.search(rf"^\.It .*\b{option['name']}\b", page, re.M):
            yield f"docs/listctl.1: the setting {option['name']} has no .It"


def commands(tree):
    text = tree.text("listd/ctl/command.c")
    return re.findall(r'\{ "(\w+)", (?:NULL|"(\w+)"),', table(text, "COMMANDS"))


def ctl_commands(tree):
    """documents: listctl.1 has each command"""
    page = tree.text("docs/listctl.1")
    for noun, verb in commands(tree):
        if not re.search(rf"^\.It .*\b{noun}\b" + (rf".*\b{verb}\b" if verb else ""), page, re.M):
            yield f"docs/listctl.1: the command '{f'{noun} {verb}'.strip()}' has no .It"


def completion_words(tree):
    """documents: the completion of bash has each command"""
    words = set(re.findall(r"[\w-]+", tree.text("completions/listctl")))
    for noun, verb in commands(tree):
        for word in {noun, verb} - words - {""}:
            yield f"completions/listctl: lacks '{word}' of '{f'{noun} {verb}'.strip()}'"


# --- the log ---------------------------------------------------------------------------

EVENT = re.compile(r'log_event\((?:[^",;]|\([^)]*\))*,\s*([^,;]*)')
EVENTS_BY_VARIABLE = {"owner-mail", "admin-mail", "sent", "deferred"}  # handle/owner.c, deliver/worker.c


def events_of(tree):
    events = set(EVENTS_BY_VARIABLE)
    for path in tree.files("listd", suffixes=(".c",)):
        for argument in EVENT.findall(tree.text(path)):
            events.update(re.findall(r'"([a-z0-9-]+)"', argument))
    return events


def logged_events(tree):
    """documents: listd.8 has each event of the log, and no other"""
    page = set(re.findall(r"^\.It ([a-z0-9-]+) Ta ", tree.text("docs/listd.8"), re.M))
    events = events_of(tree)
    yield from (f"docs/listd.8: the event '{event}' has no row" for event in sorted(events - page))
    yield from (f"docs/listd.8: there is no event '{event}'" for event in sorted(page - events))


# --- standards -------------------------------------------------------------------------

CITED = re.compile(r"\bRFC (\d{3,4})\b")


def standards(page):
    """{number: text} of docs/rfc.txt: an entry is a line that begins with RFC and the number."""
    return {block.split()[1]: block for block in re.split(r"^(?=RFC \d+ )", page, flags=re.M)[1:]}


def cited_standards(tree):
    """documents: each RFC that the code obeys has its entry in rfc.txt"""
    entries = standards(tree.text("docs/rfc.txt"))
    for path in tree.files("listd", suffixes=(".c", ".h")):
        for number, line in enumerate(tree.lines(path), 1):
            for rfc in CITED.findall(line):
                if rfc not in entries:
                    yield f"{path}:{number}: RFC {rfc} has no entry in docs/rfc.txt"


# --- what is shown by which test ---------------------------------------------------------

NAMED = re.compile(r"\b((?:tests|listd|db|docs)/[\w./-]+\w)(?::(\w+))?|\b(test_\w+\.(?:c|py))(?::(\w+))?")
IN_ROOM = re.compile(r"`((?:base|store|mail|policy|receive|handle|deliver|supervise|ctl)/[\w.]*)`")


def named_tests_exist(tree):
    """documents: each file and test that rfc.txt, requirements.md and ARCHITECTURE.md name exists"""
    places = {path.rsplit("/", 1)[1]: path for path in tree.files("tests", suffixes=(".c", ".py"))}
    for page in ("docs/rfc.txt", "docs/requirements.md", "docs/ARCHITECTURE.md", "README.md"):
        for number, line in enumerate(tree.lines(page) if tree.has(page) else [], 1):
            for path, function, test, test_function in NAMED.findall(line):
                place = path or places.get(test)
                function = function or test_function
                if not place or not tree.has(place):
                    yield f"{page}:{number}: there is no {path or test}"
                elif function and not re.search(rf"\b{function}\b", tree.text(place)):
                    yield f"{page}:{number}: there is no {function} in {place}"
            for path in IN_ROOM.findall(line):
                if not tree.has(f"listd/{path}"):
                    yield f"{page}:{number}: there is no listd/{path}"


def requirements_are_complete(tree):
    """documents: requirements.md has each requirement and each leak once"""
    ids = re.findall(r"^\| ([A-Z]\d+) \|", tree.text("docs/requirements.md"), re.M)
    wanted = [f"{letter}{n}" for rows in (REQUIREMENTS, LEAKS) for letter, count in rows.items() for n in range(1, count + 1)]
    for row in wanted:
        if ids.count(row) != 1:
            yield f"docs/requirements.md: {row} stands there {ids.count(row)} times"
    for row in sorted(set(ids) - set(wanted)):
        yield f"docs/requirements.md: there is no {row}"
    for row, where, shown_by in re.findall(r"^\| ([A-Z]\d+) \|[^|]*\| ([^|]*) \| ?([^|]*)\|$", tree.text("docs/requirements.md"), re.M):
        if where.startswith("not yet") == bool(shown_by.strip()):
            yield f"docs/requirements.md: {row} is not yet there and has a test, or is there and has none"


CHECKS = [
    man_pages,
    conf_page,
    ctl_settings,
    ctl_commands,
    completion_words,
    logged_events,
    cited_standards,
    named_tests_exist,
    requirements_are_complete,
]
