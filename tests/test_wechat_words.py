"""Words around an article: what becomes of notes and formulas in them, and where they may be cut."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.render.wechat.short import WEIBO, weibo
from builder.render.wechat.words import plain, shortened
from tests.sitefiles import fact, yml
from tests.test_wechat_article import tree, wechat
from tests.wechat_sample import article

LESSON = "courses/x/lessons/01-l.md"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("按照《办法》[^a]，见[公报](https://a.cn/x)。\n\n[^a]: 注", "按照《办法》，见公报。"),
        ("均值 $\\frac{\\sum a}{b}$ 公式", "均值 \\frac{\\sum a}{b} 公式"),
        ("平方 $x^2$、$10^{-3}$、$a_1$、$x_t$、$e^{rt}$", "平方 x²、10⁻³、a₁、xt、e^(rt)"),
        ("{统|tǒng}计", "统计"),
        ("做完 [x] 5.2% &", "做完 [x] 5.2% &"),
    ],
)
def test_a_paragraph_in_plain_words(text: str, said: str) -> None:
    assert plain(article(f"{text}\n").html.split("</p>")[0]) == said


def test_digest_and_short_forms_have_neither_numbers_of_notes_nor_gaps(tmp_path: Path) -> None:
    body = "按照《办法》[^a]，用 $\\frac{\\sum a}{b}$ 算。\n\n[^a]: 注"
    files = {"courses__x__course.yml": yml(title="课程"), LESSON.replace("/", "__"): fact(body)}
    made = wechat(tree(tmp_path, **files))
    got = made.article(made.site.pages["lesson:x/l"])
    assert got.digest == "按照《办法》，用 \\frac{\\sum a}{b} 算。"
    assert "[1]" not in "".join(got.short.values())


# --- cut short --------------------------------------------------------------------------------------

NUMBERS = ["1234567万元", "12345.67亿元", "5.2%", "2026年11月20日", "0.7个百分点", "GDP", "−3.4%"]
TITLE = "二〇二六年全省实现地区生产总值12345.67亿元按不变价格计算比上年增长5.2%"


@pytest.mark.parametrize("most", [24, 26, 28, 30, 36])
def test_no_number_is_cut(most: int) -> None:
    made = shortened(TITLE, most)
    assert len(made) <= most
    assert TITLE.startswith(made.removesuffix("…"))
    for number in re.findall(r"[0-9.]+(?:亿元|%)?", TITLE):
        assert number in made or number[:3] not in made


def test_the_room_is_used() -> None:
    long = "国家统计局示范调查总队关于全省居民消费价格指数的情况说明和解读材料"
    assert shortened(long, 28) == f"{long[:27]}…"
    assert shortened(f"先说，{long}", 28) == f"先说，{long[:24]}…"
    assert shortened(f"{long[:24]}，{long}", 28) == f"{long[:24]}…", "a comma near the end"
    assert shortened(f"短。{long}", 28) == f"短。{long[:25]}…"
    assert shortened(f"{long[:20]}。{long}", 28) == f"{long[:20]}。"
    assert shortened(f"{long[:26]}（{long}）", 28) == f"{long[:26]}…", "no bracket at the end"


@given(
    st.lists(st.sampled_from([*NUMBERS, "增长", "，", "。", "的"]), max_size=30),
    st.integers(20, 60),
)
def test_any_words_are_cut_between_numbers(pieces: list[str], most: int) -> None:
    text = "".join(f"{piece}、" if piece in NUMBERS else piece for piece in pieces)
    made = shortened(text, most)
    assert len(made) <= most
    assert text.startswith(made.removesuffix("…"))
    left = text[len(made.removesuffix("…")) :]
    assert not (
        left and re.match(r"[0-9.%亿万月日个年元]", left) and re.search(r"[0-9.]$", made[:-1])
    )


def test_a_long_title_leaves_its_number_whole_on_weibo() -> None:
    url = f"https://tjj.example.gov.cn/{'x' * 80}/"
    made = weibo("全省规模以上工业企业今年累计营业收入1234567万元", "", url, ())
    assert "1234567万元" in made or "1" not in made
    assert len(made) <= WEIBO
