"""tree.py - the source tree as the checks see it"""

import pathlib
import re

FOLDERS = ("listd", "db", "docs", "templates", "tests", "completions", ".ci")
TOP = ("Makefile.am", "configure.ac", "bootstrap", "setup", "README.md", "NEWS", "build-aux/embed-sql.sh")
SAMPLES = "tests/fuzz/corpus"  # inputs, not texts
TEXTS = (".c", ".h", ".sql", ".py", ".sh", ".md", ".txt", ".1", ".5", ".8", ".bash", ".service", "")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Skip(Exception):
    """The check has nothing to look at; its text says why."""


class Tree:
    def __init__(self, root, build):
        self.root = pathlib.Path(root)
        self.build = pathlib.Path(build) if build else None
        self._texts = {}

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_text(encoding="utf-8")
        return self._texts[path]

    def lines(self, path):
        return self.text(path).splitlines()

    def has(self, path):
        return (self.root / path).exists()

    def files(self, *folders, suffixes=TEXTS):
        """Paths of all texts below the folders, in order."""
        found = []
        for folder in folders or FOLDERS:
            for path in sorted((self.root / folder).rglob("*")):
                name = str(path.relative_to(self.root))
                hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(self.root / folder).parts)
                if path.is_file() and path.suffix in suffixes and not hidden and not name.startswith(SAMPLES):
                    found.append(name)
        return found

    def everything(self):
        return self.files() + [path for path in TOP if self.has(path)]

    def includes(self, path):
        """(line number, header, whether it is one of ours) of a C file."""
        for number, line in enumerate(self.lines(path), 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match[2], match[1] == '"'


def table(text, name):
    """The text of a C array, from its name to its closing brace."""
    start = text.index(name + "[] = {")
    return text[start : text.index("\n};", start)]
