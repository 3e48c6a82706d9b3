"""The shortened Markdown loops give what the package's own give."""

from __future__ import annotations

import random
import unicodedata

import pytest
from markdown import Markdown
from markdown.treeprocessors import InlineProcessor, PrettifyTreeprocessor

from builder import markup, tokens
from builder.markup.engine import Engine

PIECES = (
    "# ", "## ", "\n", "\n\n", "- ", "* ", "1. ", "> ", "    ", "  \n", "|", "a|b\n-|-\n1|2\n", '!!! note "提示"\n    内容',
    '??? tip "点"\n    x', '=== "甲"\n    a', "**", "*", "_", "__", "`", "```\ncode\n```", "~~~\nx\n~~~", "[^1]", "[^1]: 注",
    "[链](http://a.cn)", "![图](a.png)", "[r]: http://b.cn", "[r]", "{: .cls }", "{统|tong}", "$x$", "$$\ny\n$$", "==标==",
    "\\*", "\\", "&amp;", "&", "&nbsp;", "<b>", "<http://x.cn>", "---", "===", "***", "___", "词\n: 定义", "[ ] 做", "[x] 做", "汉字",
    "abc ", "123元", "\t", ".", " ", ": ", "~", "\n    ", "\n\n    ", '"', "'", "<!-- x -->", "*{display:none}", "{: open }", "{: .a #b k=v }", "<style>",
)  # fmt: skip


def plain(engine: Engine, text: str) -> str:
    """`text` through the package's own `convert`, loops and serializer, with all processors."""
    engine.reset()
    engine.choose("\t")  # a tab: nothing is left out
    return Markdown.convert(engine, text)


@pytest.fixture(scope="module")
def stock() -> Engine:
    """Our dialect with the package's own tree processors."""
    engine = markup._make()
    engine.treeprocessors.register(InlineProcessor(engine), "inline", 20)
    engine.treeprocessors.register(PrettifyTreeprocessor(engine), "prettify", 10)
    return engine


def test_nothing_a_text_needs_is_left_out(stock: Engine) -> None:
    draw = random.Random(20261122)
    ours = markup._make()
    tried = 0
    for _ in range(4000):
        text = "".join(draw.choice(PIECES) for _ in range(draw.randint(1, 12)))
        if markup.screen(text):
            continue
        for engine in (ours, stock):
            markup._ENGINE_JOB[0] = markup._Job({}, {}, {}, "", [], [], [])
            if engine is ours:
                engine.reset()
                made = engine.convert(text)
            else:
                assert made == plain(engine, text), text
        tried += 1
    assert tried > 3000


@pytest.mark.parametrize(
    ("text", "html"),
    [("_斜_", "<em>斜</em>"), ("__粗__", "<strong>粗</strong>"), ("中_文_字", "中_文_字"), ("a_b_c", "a_b_c")],
)  # fmt: skip
def test_underscores(text: str, html: str) -> None:
    assert markup.render(text, {}, {}, {}, "").html == f"<p>{html}</p>"


def test_text_that_is_not_folded_has_the_same_tokens() -> None:
    """Every character that spares folding is its own folded form, or parts words both ways."""
    for code in range(0x10000):
        character = chr(code)
        if tokens.ODD.match(character):
            continue
        folded = unicodedata.normalize("NFKC", character)
        if folded != character:
            assert not tokens.RUN.search(folded.lower()), hex(code)
            assert folded not in {".", "-", "/"}, hex(code)
