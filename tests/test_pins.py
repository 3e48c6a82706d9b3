"""A PIN that comes from a file: what is no text is said to the person, by every command that asks for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.keys import ask_pin
from builder.problems import Refused
from tests.airgap_world import SITE, release, sides


def test_the_first_line_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "pin").write_bytes("\ufeff 口令123 \r\nmore".encode())
    assert ask_pin(str(tmp_path / "pin")) == "口令123"


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "pin").write_bytes(b"\xff\xff")
    with pytest.raises(Refused, match="不是 UTF-8 文本"):
        ask_pin(str(tmp_path / "pin"))


def test_the_command_says_so(tmp_path: Path) -> None:
    inside, _ = sides(tmp_path)
    root = release(inside.root / "r", SITE)
    (tmp_path / "pin").write_bytes(b"\xff\xff")
    words = ("--bundle", str(root), "--key", str(inside.key), "--pin-file", str(tmp_path / "pin"))
    said = inside.run("push", *words, "--out", str(tmp_path / "x.wkpkg"), code=1)
    assert "不是 UTF-8 文本" in said
    assert "BUG001" not in said
    assert not (tmp_path / "x.wkpkg").exists()
