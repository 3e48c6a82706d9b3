"""`weike check --fix`: what it writes, and all that it leaves as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import wording
from builder.cli import main
from builder.config import load_config
from builder.read import read
from tests.sitefiles import faq, write, yml

BODY = "截止10月底,已经登记，其它单位1-9月没有台帐。\n\n引用：`台帐` 和 https://a.example/台帐 。"


def mend(root: Path) -> list[wording.Fix]:
    rules, _ = wording.load_rules(root)
    return wording.mend(root, wording.fixes(root, read(root)[0], load_config(root), rules))


def test_safe_corrections_are_written_and_nothing_else(tmp_path: Path) -> None:
    sources = [{"title": "其它收入的1-9月台帐", "quote": "其它台帐，1-9月", "seen": "2026-11-01"}]
    root = write(tmp_path, {"faq/mlk/a.md": faq(BODY, sources=sources)})
    before = (root / "faq/mlk/a.md").read_text("utf-8")
    made = mend(root)
    after = (root / "faq/mlk/a.md").read_text("utf-8")
    assert after == before.replace(
        BODY.split("\n", maxsplit=1)[0], "截至10月底，已经登记，其他单位1—9月没有台账。"
    )
    assert [(f.old, f.new) for f in made] == [
        ("截止", "截至"),
        (",", "，"),
        ("其它", "其他"),
        ("-", "—"),
        ("帐", "账"),
    ]
    assert mend(root) == []


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize("line", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_marks_and_line_ends_of_a_file_stay(tmp_path: Path, bom: bytes, line: str) -> None:
    text = faq("第一行。\n\n台帐在这里。\n\n结尾").replace("\n", line)
    write(tmp_path, {"faq/mlk/a.md": bom + text.encode()})
    (made,) = mend(tmp_path)
    assert (made.old, made.new) == ("帐", "账")
    assert (tmp_path / "faq/mlk/a.md").read_bytes() == bom + text.replace("台帐", "台账").encode()


def test_values_in_yaml_are_mended_at_their_own_place(tmp_path: Path) -> None:
    comic = yml(title="漫画", tags=["台帐", "普查"]) + (
        "panels:\n"
        "  - caption: 记台帐\n"
        "    says:\n"
        "      - {who: 小李, text: '台帐,台帐都要记'}\n"
        "      - {who: 王姐, text: '其它的,也记'}\n"
        "text: |\n  正文说台帐。\n"
    )
    files = {"courses/ke/course.yml": yml(title="课程"), "courses/ke/lessons/01-a.comic.yml": comic}
    root = write(tmp_path, files)
    mend(root)
    after = (root / "courses/ke/lessons/01-a.comic.yml").read_text("utf-8")
    assert 'tags: ["台账", "普查"]' in after
    assert "caption: 记台账\n" in after
    assert "text: '台账，台账都要记'}" in after
    assert "'其他的，也记'" in after
    assert "正文说台账。" in after
    assert mend(root) == []


def test_what_is_let_pass_is_not_mended(tmp_path: Path) -> None:
    allow = "allow:\n  - {text: 台帐, entry: 'faq:mlk/a', reason: 原文}\n"
    root = write(tmp_path, {"faq/mlk/a.md": faq("台帐。"), "content/wording.yml": allow})
    assert mend(root) == []


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    root = write(tmp_path, {"faq/mlk/a.md": faq("台帐。")})
    rules, _ = wording.load_rules(root)
    wanted = wording.fixes(root, read(root)[0], load_config(root), rules)
    write(root, {"faq/mlk/a.md": faq("别的话。")})
    assert wording.mend(root, wanted) == []
    assert "别的话" in (root / "faq/mlk/a.md").read_text("utf-8")


def test_the_command_tells_each_change_and_then_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"faq/mlk/a.md": faq("台帐。")})
    assert main(["check", "--root", str(tmp_path), "--fix"]) == 0
    told = capsys.readouterr()
    assert "“帐” 改成 “账”" in told.err
    assert "改了 1 处" in told.err
    assert "WRD005" not in told.out
    main(["check", "--root", str(tmp_path), "--fix"])
    assert "没有可以放心改的" in capsys.readouterr().err
