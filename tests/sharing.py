"""What several processes of one test run have in common: a folder, and what is made in it once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import weike

DONE = ".done"


def shared(factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder of that name which every process of this test run finds."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    base = factory.getbasetemp()
    folder = (base.parent if run else base) / f"{name}{run}"
    folder.mkdir(exist_ok=True)
    return folder


def made_once(folder: Path, make: Callable[[], object]) -> Path:
    """`folder`, after whoever came first has made what lies in it; the others wait."""
    with weike.alone(f"{folder}.lock"):
        if not (folder / DONE).exists():
            make()
            (folder / DONE).touch()
    return folder
