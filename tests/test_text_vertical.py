"""Vertical text: every word in its order, marks where they belong, everything in its bubble."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from builder.media.cast import Box
from builder.media.comic import words
from builder.media.comic_bubbles import CUTS, Bubble, set_words
from builder.media.comic_place import NARROW, layout
from builder.media.fonts import missing
from builder.media.text_vertical import FIRST, FORMS, LAST, columns

WORDS = st.sampled_from(["统计", "台账", "2026年", "12", "GDP", "5.2%", "一份", "表"])
MARKS = st.sampled_from(["", "", "，", "。", "（", "）", "“", "”", "——", "……", "《", "》"])


def panel(text: str) -> dict[str, Any]:
    """A panel with one vertical narration over two figures."""
    people = [
        {"who": who, "mood": "smile", "gesture": "", "facing": "", "prop": ""}
        for who in ("小李", "王姐")
    ]
    says = [
        {"who": "小李", "text": "先看表号。", "mood": "", "kind": "speech"},
        {"who": "", "text": text, "mood": "", "kind": "vertical"},
    ]
    return {
        "scene": "office",
        "caption": "",
        "wide": False,
        "cast": tuple(people),
        "props": (),
        "board": (),
        "says": tuple(says),
        "note": "",
        "chart": None,
    }


def test_the_font_has_every_form() -> None:
    assert not missing("".join(chr(mark).translate(FORMS) for mark in FORMS))


def test_columns_run_from_the_right_and_are_even() -> None:
    assert columns("照实填报", 10) == [["照", "实", "填", "报"]]
    made = columns("数出有据账有人管报有人问查有人答", 10)
    assert [len(column) for column in made] == [8, 8]
    assert columns("甲\n乙", 10) == [["甲"], ["乙"]]


def test_figures_stand_upright() -> None:
    assert columns("第12条", 10) == [["第", "12", "条"]]
    assert columns("GDP", 10) == [["Ｇ", "Ｄ", "Ｐ"]]


def test_marks_turn() -> None:
    assert columns("“数”，（表）。", 10) == [["﹃", "数", "﹄", "︐", "︵", "表", "︶", "︒"]]


@settings(max_examples=300)
@given(
    st.lists(st.tuples(WORDS, MARKS).map("".join), min_size=1, max_size=24).map("".join),
    st.integers(6, 12),
)
def test_nothing_is_lost_and_marks_keep_their_place(text: str, most: int) -> None:
    made = columns(text, most)
    assert all(1 <= len(column) <= most for column in made)
    said = "".join(cell for column in made for cell in column)
    assert said == "".join(cell for column in columns(text, 10_000) for cell in column)
    assert len(re.findall(r"[统台年份表]", said)) == len(re.findall(r"[统台年份表]", text))
    assert all(column[0] not in FIRST for column in made[1:])
    assert all(column[-1] not in LAST for column in made[:-1])


def test_every_cell_stands_in_its_bubble_and_bubbles_apart() -> None:
    for length in (4, 20, 60, 120):
        found = layout(panel("台账" * (length // 2)), NARROW, 0)
        for bubble in found.bubbles:
            if bubble.kind != "vertical":
                continue
            size = CUTS["vertical"].size
            cells = bubble.texts()
            assert "".join(cell for _, cell in cells) == "台账" * (length // 2)
            for at, _ in cells:
                assert bubble.box.x <= at.x
                assert at.x + size <= bubble.box.right + 0.01
                assert bubble.box.y <= at.y - size * 0.88
                assert at.y + size * 0.12 <= bubble.box.bottom
        one, other = (b.box for b in found.bubbles)
        assert not one.meets(other)
        assert not any(b.box.meets(face) for b in found.bubbles for face in found.faces())
        assert all(b.box.x >= 0 and b.box.right <= found.width for b in found.bubbles)


def test_it_is_read_as_narration() -> None:
    assert words(panel("从前有一本账。"), 0) == "第一格。小李说：先看表号。从前有一本账。"


def test_a_bubble_is_as_wide_as_its_columns() -> None:
    made = set_words("vertical", "统计台账" * 6, 452)
    cut = CUTS["vertical"]
    assert made.w == len(made.lines) * cut.lead + 2 * cut.pad_x
    bubble = Bubble("vertical", -1, made.lines, Box(0, 0, made.w, made.h))
    xs = [at.x for at, _ in bubble.texts()]
    assert xs == sorted(xs, reverse=True), "columns from right to left"
