"""Who may import whom, as pyproject.toml states it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_the_layers_hold() -> None:
    """In a process of its own: the linter's set-up of logging shuts up the loggers of all others."""
    lint = "from importlinter.cli import lint_imports_command as main; main()"
    done = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Contracts: (?:[4-9]|\d\d) kept, 0 broken", done.stdout), done.stdout


def test_the_order_of_builder_is_the_plan() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    layers = re.findall(r"^    \"(\(.+\))\",$", text, re.MULTILINE)
    named = {name for row in layers for name in re.findall(r"\((\w+)\)", row)}
    rooms = {
        p.stem
        for p in (ROOT / "builder").iterdir()
        if p.suffix == ".py" or (p / "__init__.py").is_file()
    }
    assert rooms - {"__init__", "__main__", "theme"} <= named


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "core", "manager"])
def test_no_module_is_called_by_a_name_that_says_nothing(word: str) -> None:
    folders = [ROOT / name for name in ("builder", "publish", "service") if (ROOT / name).is_dir()]
    assert [p for folder in folders for p in folder.rglob(f"*{word}*.py")] == []
