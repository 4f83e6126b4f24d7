"""conftest.py - a fresh data folder for each test"""
import contextlib
import pathlib
import sys

import pytest

from lab import Lab

sys.path.append(str(pathlib.Path(__file__).parents[1] / "e2e"))  # the web server is theirs


@pytest.fixture(scope="session")
def initialised():
    with contextlib.closing(Lab()) as lab:
        lab.run("init")
        yield lab


@pytest.fixture(scope="session")
def with_list(initialised):
    with contextlib.closing(Lab()) as lab:
        lab.take(initialised)
        lab.add_list()
        yield lab


@pytest.fixture
def bare():
    """A configuration only."""
    with contextlib.closing(Lab()) as lab:
        yield lab


@pytest.fixture
def lab(bare, initialised):
    """With a data folder."""
    bare.take(initialised)
    return bare


@pytest.fixture
def ml(lab, with_list):
    """With a list whose owner is olga; its address."""
    lab.take(with_list)
    return "ml@lists.example"
