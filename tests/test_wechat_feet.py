"""Footnotes that hold more than words: lists, tables, code, headings, quotes, formulas, in their order."""

from __future__ import annotations

import re

import pytest

from builder.render.wechat.lint import lint
from tests.test_wechat_prose import said, shown, site_words, strangers
from tests.wechat_sample import article, press, site

BLOCKS = {
    "list": "    1. 一\n    2. 二",
    "table": "    | 甲 | 乙 |\n    |---|---|\n    | 1 | 2 |",
    "code": "    ```\n    x  = 1\n    ```",
    "quote": "    > 引文",
    "heading": "    ### 小标题",
    "alert": '    !!! note "提醒"\n        说明',
    "formula": "    $$\\frac{\\sum a}{b}$$",
}


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("lead", ["三条：", ""])
def test_blocks_stand_below_the_words_of_a_footnote(block: str, lead: str) -> None:
    text = (
        f"甲[^a]乙[^b]。\n\n[^a]: {lead}\n\n{BLOCKS[block]}\n\n    后面的话。\n\n[^b]: 另一条。\n"
    )
    made = article(text)
    assert [str(fault) for fault in lint(made.html)] == []
    assert strangers(made.html) == []
    assert site_words(site(text)) - said(shown(made.html)) == said("")
    words = shown(made.html)
    assert f"[1] {lead}".strip() in words
    assert words.index("[1]") < words.index("后面的话") < words.index("[2] 另一条。")
    assert not re.search(r"<p\b[^>]*>(?:(?!</p>).)*<(?:section|table|h\d)\b", made.html)


def test_paragraphs_of_a_footnote_stand_in_one() -> None:
    p = press()
    p.prose(site("甲[^a]。\n\n[^a]: 第一段。\n\n    第二段。\n"))
    (note,) = p.notes.lines
    assert (note.html, note.below) == ("第一段。 第二段。", "")
