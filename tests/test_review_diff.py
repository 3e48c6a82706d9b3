"""What changed: nothing is lost or made up, whatever the texts hold."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from builder.review.diff import Piece, Row, compare, fold, whole, words

SIGNS = st.text(alphabet="一二的。，ab1% \t\n-:\u200b😀", max_size=60)
TEXTS = st.one_of(SIGNS, st.text(max_size=40))


def side(rows: list[Row], name: str) -> str:
    lines = [getattr(row, name) for row in rows]
    return "\n".join("".join(p.text for p in line) for line in lines if line is not None)


@given(TEXTS, TEXTS)
@settings(max_examples=400)
def test_each_side_joined_is_its_text(old: str, new: str) -> None:
    rows = compare(old, new)
    assert side(rows, "old") == old
    assert side(rows, "new") == new


@given(TEXTS, TEXTS)
@settings(max_examples=200)
def test_lines_are_numbered_in_order(old: str, new: str) -> None:
    rows = compare(old, new)
    assert [r.old_line for r in rows if r.old is not None] == list(range(1, old.count("\n") + 2))
    assert [r.new_line for r in rows if r.new is not None] == list(range(1, new.count("\n") + 2))


@given(TEXTS, TEXTS)
@settings(max_examples=200)
def test_what_is_not_marked_is_on_both_sides(old: str, new: str) -> None:
    for row in compare(old, new):
        if row.old is not None and row.new is not None:
            plain = ["".join(p.text for p in s if not p.changed) for s in (row.old, row.new)]
            assert plain[0] == plain[1]


@given(TEXTS)
def test_the_same_text_has_no_change(text: str) -> None:
    assert {row.state for row in compare(text, text)} == {"same"}


@given(TEXTS, TEXTS)
@settings(max_examples=200)
def test_different_texts_never_look_the_same(old: str, new: str) -> None:
    if old != new:
        assert {row.state for row in compare(old, new)} != {"same"}


@given(
    st.lists(st.sampled_from("甲乙丙丁戊"), max_size=60), st.lists(st.integers(0, 59), max_size=4)
)
def test_folding_keeps_every_row_and_every_change_in_sight(lines: list[str], at: list[int]) -> None:
    changed = [f"{x}！" if n in at else x for n, x in enumerate(lines)]
    rows = compare("\n".join(lines), "\n".join(changed))
    blocks = fold(rows)
    assert [row for block in blocks for row in block.rows] == rows
    assert all(row.state == "same" for block in blocks if block.folded for row in block.rows)


def test_chinese_is_compared_word_by_word() -> None:
    old, new = words("增长5.2%，比上月提高0.3个百分点", "增长5.3%，比上月回落0.3个百分点")
    assert [p.text for p in old if p.changed] == ["5.2%", "提高"]
    assert [p.text for p in new if p.changed] == ["5.3%", "回落"]


def test_a_changed_line_stands_beside_its_old_self() -> None:
    old = "甲处负责名录。\n乙处负责核算数据。\n丙。"
    new = "甲处负责名录。\n新加的一行字。\n乙处负责核算资料。\n丙。"
    states = [(r.state, r.old_line, r.new_line) for r in compare(old, new)]
    assert states == [("same", 1, 1), ("added", 0, 2), ("changed", 2, 3), ("same", 3, 4)]


def test_a_word_that_moved_by_chance_is_no_likeness() -> None:
    rows = compare("全是旧的说法", "另起炉灶重写")
    assert [r.state for r in rows] == ["removed", "added"]


def test_a_new_file_is_new_all_over() -> None:
    assert whole("甲\n乙") == [
        Row(None, (Piece("甲"),), 0, 1),
        Row(None, (Piece("乙"),), 0, 2),
    ]


def test_hostile_texts_take_no_longer() -> None:
    cases = [
        ("的" * 4000, "的x" * 2000),
        ("\n".join("ab" * 5000), "\n".join("bac" * 4000)),
        ("\n".join(f"{n} 一样长的一行文字" for n in range(8000)), "\n".join(map(str, range(8000)))),
        ("的了" * 30000, "了的不" * 20000),
    ]
    for old, new in cases:
        began = time.perf_counter()
        rows = compare(old, new)
        assert time.perf_counter() - began < 10
        assert side(rows, "new") == new
