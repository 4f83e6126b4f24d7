#!/usr/bin/env python3
"""lint.py - what no compiler checks: floors, wrappers, what receive may know, documents that equal the code

Gives:  TAP, one line a check; exit status 1 when one fails. `make lint`, and a part of `make check`.
        LISTD_SRCDIR is the tree (else where this file lies), LISTD_BUILDDIR a build of it whose objects are looked at.
To add a check: a function in one of the modules that takes the tree and yields complaints ("path:line: what is wrong,
what is right"); the first line of its docstring is its name; put it into CHECKS of that module."""

import os
import pathlib
import sys

sys.dont_write_bytecode = True

import documents
import facts
import floors
import manners
from tree import Skip, Tree


def run(check, tree):
    """Gives the complaints of a check, and why it did not run."""
    try:
        return list(check(tree)), None
    except Skip as skip:
        return [], skip


def main():
    here = pathlib.Path(__file__).resolve()
    tree = Tree(os.environ.get("LISTD_SRCDIR") or here.parents[2], os.environ.get("LISTD_BUILDDIR"))
    checks = floors.CHECKS + facts.CHECKS + documents.CHECKS + manners.CHECKS
    failed = 0
    print(f"1..{len(checks)}")
    for number, check in enumerate(checks, 1):
        complaints, skip = run(check, tree)
        name = check.__doc__.splitlines()[0]
        for complaint in complaints:
            print(f"# {complaint}")
        print(f"{'not ok' if complaints else 'ok'} {number} - {name}" + (f" # SKIP {skip}" if skip else ""))
        failed += bool(complaints)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
