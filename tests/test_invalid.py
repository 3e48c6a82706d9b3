"""Trees with mistakes: `tests/invalid/<case>/` and `expected.txt`, the printed list, byte for byte.

A case holds only what differs from a sound little site. A missing list is written, except in CI.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from builder.build import build, survey
from builder.console import lines_of
from builder.problems import CATALOGUE, BuildFailed, as_text, in_order, stop_on_errors, summary
from tests.sitefiles import NOW, contents, write

HERE = Path(__file__).parent / "invalid"
CASES = sorted(p.name for p in HERE.iterdir() if p.is_dir())


def printed(root: Path, out: Path) -> str:
    """What an author is told by `check`, and by `build` where nothing forbids it."""
    try:
        found = survey(root, [], NOW)
        stop_on_errors(found)
        found += build(root, out, [], NOW, jobs=1)[1]
    except BuildFailed as failed:
        found = failed.problems
        with pytest.raises(BuildFailed):
            build(root, out, [], NOW, jobs=1)
    told = [p for p in in_order(found) if p.code != "TIM003"]
    return f"{as_text(told, lines_of(root))}\n{summary(told)}\n"


@pytest.mark.parametrize("case", CASES)
def test_mistakes_are_told_as_expected(case: str, tmp_path: Path) -> None:
    files = contents(HERE / case)
    files.pop("expected.txt", None)
    text = printed(write(tmp_path / "root", files), tmp_path / "dist")
    expected = HERE / case / "expected.txt"
    if not expected.exists():
        assert not os.environ.get("CI"), f"{expected} is missing"
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")
    if " 个错误" in text:
        assert not any((tmp_path / "dist").glob("[!.]*"))


def test_a_sound_site_has_nothing_to_tell(tmp_path: Path) -> None:
    sound = {"faq/mlk/a.md": (HERE / "superseded/faq/mlk/hao.md").read_text("utf-8")}
    assert printed(write(tmp_path / "root", sound), tmp_path / "dist") == "\n\n"


def test_every_message_is_a_chinese_sentence_with_advice() -> None:
    for path in sorted(HERE.glob("*/expected.txt")):
        text = path.read_text("utf-8")
        told = [line for line in text.split("\n") if ": 错误 " in line]
        assert told or ": 警告 " in text, path
        assert text.count("怎么办：") >= len(told), path
        assert "Error" not in text, path
        assert not any(word in text for word in ("None", "[key]", "function-", "builder.")), path


def test_the_cases_cover_most_errors() -> None:
    text = "".join(p.read_text("utf-8") for p in HERE.glob("*/expected.txt"))
    seen = {code for code in CATALOGUE if f" {code} " in text}
    assert len(seen) >= 30, sorted(set(CATALOGUE) - seen)
