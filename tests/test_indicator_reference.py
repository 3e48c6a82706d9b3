"""References to numbers: reading them, the number they become, and what is wrong with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from builder.indicators.reference import (
    FORMS,
    FOUND,
    OPTIONS,
    Faulty,
    Reference,
    parse,
    resolved,
    told,
)
from builder.problems import Problem
from builder.values import Numbers
from tests import numbered
from tests.sitefiles import faq, problems, site_of, write

HERE = "content/indicators/"
PRICE = numbered.indicator(
    title="居民消费价格指数",
    short="CPI",
    theme="价格",
    measures={"mom": {"unit": "%", "decimals": 1}, "index": {"decimals": 1}},
    region_levels=["国", "省"],
    sample=True,
)
MORE = numbered.snapshot(
    "more",
    "2026-10-19T10:00:00+08:00",
    numbered.block([[0.3, -0.25]], ["2026-08", "2026-09"], indicator="cpi", measure="mom"),
    numbered.block(
        [[100.3], [101.55]], ["2026-09"], ["000000", "990000"], indicator="cpi", measure="index"
    ),
    numbered.block([[0.0, None]], ["2026-05", "2026-06"], marks={"0,0": "level", "0,1": "none"}),
    sources=[{"title": "国家统计局"}, {"title": "示范调查总队"}],
)
SITE = {**numbered.SITE, f"{HERE}cpi.yml": PRICE, f"{HERE}snapshots/more.json": MORE}


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    """What the internet edition may know."""
    found = site_of(write(tmp_path_factory.mktemp("numbers"), SITE)).numbers
    assert found is not None
    return found


def said(numbers: Numbers, asked: str) -> str:
    return resolved(parse(f"{{{{ind:{asked}}}}}"), numbers).text


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("gongye.yoy@2026-07", "5.0%"),
        ("gongye.yoy@2026-08", "-1.3%"),  # −1.25 rounds away from zero
        ("gongye.yoy@2026-09", "0.0%"),  # 0.04, and no negative zero
        ("gongye.yoy@latest", "0.0%"),
        ("gongye.value@latest", "102.35亿元"),
        ("gongye.value@latest digits=0", "102亿元"),
        ("gongye.yoy@2026-09 region=990100", "6.3%"),
        ("gongye.yoy@2026-07 form=change", "增长5.0%"),
        ("gongye.yoy@2026-08 form=change", "下降1.3%"),
        ("gongye.yoy@2026-09 form=change", "持平"),
        ("gongye.yoy@2026-05", "持平"),
        ("gongye.yoy@2026-05 form=change", "持平"),
        ("cpi.mom@2026-08 form=change", "上涨0.3%"),
        ("cpi.mom@2026-09 form=change", "下降0.3%"),
        ("cpi.index@2026-09", "101.6"),
        ("cpi.index@2026-09 region=000000", "100.3"),
        ("gongye.yoy@2026-07 form=words", "2026年7月工业增加值同比增长5.0%"),
        ("gongye.yoy@2026-07 region=990100 form=words", "2026年7月甲州市工业增加值同比增长6.1%"),
        ("gongye.value@2026-08 form=words", "2026年8月工业增加值101.00亿元"),
        ('gongye.yoy@2026-07 say="5.0%"', "5.0%"),
        ("gongye.yoy@2026-07 say=5.0", "5.0"),
        ('gongye.yoy@2026-08 say="－1.3％"', "－1.3％"),
        ('gongye.yoy@2026-08 form=change say="下降1.3%"', "下降1.3%"),
        ('gongye.value@2026-09 digits=1 say="102.3亿元"', "102.3亿元"),
        ("gongye.yoy@2026-07   region=990000  digits=1", "5.0%"),
    ],
)
def test_a_reference_becomes_its_number(numbers: Numbers, asked: str, text: str) -> None:
    assert said(numbers, asked) == text


@pytest.mark.parametrize(
    ("asked", "piece", "words"),
    [
        ("gongyee.yoy@2026-09", "gongyee", "没有指标"),
        ("gongye.mom@2026-09", "mom", "没有 `mom`"),
        ("gongye.yoy@2026-13", "2026-13", "时期"),
        ("gongye.yoy@2026-Q3", "2026-Q3", "不是按这种时期"),
        ("gongye.yoy@2026-09 region=880000", "region", "没有地区"),
        ("gongye.yoy@2026-09 digits=2", "digits", "发布的是 1 位小数"),
        ("gongye.yoy@2026-09 digits=x", "digits", "整数"),
        ("gongye.value@2026-09 form=change", "form", "只用于"),
        ("gongye.yoy@2026-09 form=long", "form", "form 不能写"),
        ("gongye.yoy@2026-07 say=5.1%", "say", "写的是“5.1%”，发布的数是“5.0%”"),
        ("gongye.yoy@2026-07 say=5%", "say", "发布的数是“5.0%”"),
        ("gongye.yoy@2026-07 sya=5.0", "sya", "不认识"),
        ("gongye.yoy@2026-07 digits=1 digits=0", "digits=0", "写了两遍"),
        ("gongye.yoy@2026-07 region", "region", "读不懂"),
        ("gongye.yoy", "", "写得不对"),
        ("gongye@2026-07", "", "写得不对"),
        ("", "", "写得不对"),
        ("gongye.yoy@2026-06", "", "没有这个数，或还没有发布"),  # `——`
        ("gongye.yoy@2026-10", "", "没有这个数，或还没有发布"),  # not told of yet
        ("gongye.yoy@2026-09 region=990200", "", "没有这个数，或还没有发布"),
    ],
)
def test_a_wrong_reference_is_told_at_its_place(
    numbers: Numbers, asked: str, piece: str, words: str
) -> None:
    whole = f"{{{{ind:{asked}}}}}"
    with pytest.raises(Faulty) as caught:
        resolved(parse(whole), numbers)
    assert words in caught.value.why
    assert caught.value.action
    assert caught.value.at == (whole.rindex(piece) if piece else 0)


def test_all_that_must_be_told_of_a_number(numbers: Numbers) -> None:
    quoted = resolved(parse("{{ind:cpi.index@2026-09 region=000000}}"), numbers)
    assert quoted.value == "100.3"
    line = "2026年9月，全国，居民消费价格指数（指数（上年同期=100））；国家统计局；示范调查总队，2026-10-19发布；示例数据"
    assert told(quoted.cited) == line
    assert quoted.cited.url == "indicators/cpi/"


# --- in a text --------------------------------------------------------------------------------------

TEXT = """\
一行。

- 项 {{ind:gongye.yoy@2026-07}}，{{ind:gongye.mom@2026-07}}

```
{{ind:nobody.judges@this}}
```

`{{ind:nor.this@one}}` {{ind:gongye.yoy@2026-10}} {{ind
"""


def test_problems_stand_at_line_and_column(tmp_path: Path) -> None:
    write(
        tmp_path,
        {**SITE, "faq/mlk/yi.md": faq(TEXT), "faq/mlk/er.md": faq("x", title="{{ind:a.b@c}}")},
    )
    found = dict.fromkeys(p for p in problems(tmp_path) if p.code == "IND004")
    text = (tmp_path / "faq/mlk/yi.md").read_text("utf-8").split("\n")

    def shown(p: Problem) -> str:
        return text[p.where.line - 1][p.where.column - 1 :][:12]

    here = {(shown(p), p.message) for p in found if p.where.path == "faq/mlk/yi.md"}
    assert {piece for piece, _ in here} == {"mom@2026-07}", "{{ind:gongye", "{{ind"}
    assert {"没有这个数，或还没有发布。", "数的引用写得不对。"} <= {message for _, message in here}
    titles = [p.message for p in found if p.where.path == "faq/mlk/er.md"]
    assert titles == ["`title` 里有 `{{ind`，这里不排 Markdown，会原样印出来。"]


def test_without_indicators_every_reference_is_wrong(tmp_path: Path) -> None:
    write(tmp_path, {"faq/mlk/yi.md": faq("{{ind:gongye.yoy@2026-07}}")})
    assert {p.code for p in problems(tmp_path)} == {"IND004"}


# --- whatever is written ----------------------------------------------------------------------------

names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,12}", fullmatch=True)
measures = st.sampled_from(["value", "ytd", "yoy", "mom", "ytd_yoy", "index", "ytd_index"])
when = st.one_of(
    st.just("latest"),
    st.from_regex(r"20[0-9]{2}-(0[1-9]|1[0-2])", fullmatch=True),
    st.from_regex(r"20[0-9]{2}(-Q[1-4]|-H[12])?", fullmatch=True),
)
words = st.text(
    st.characters(exclude_characters='{}\n\r"“”', exclude_categories=("C", "Z")), min_size=1
)
options = st.fixed_dictionaries(
    {},
    optional={
        "region": st.from_regex(r"[0-9]{6}", fullmatch=True),
        "digits": st.integers(0, 6).map(str),
        "form": st.sampled_from(FORMS),
        "say": words,
    },
)


@given(names, measures, when, options, st.integers(1, 3), st.booleans())
def test_what_is_written_right_is_read_as_written(
    name: str, measure: str, period: str, given_: dict[str, str], blanks: int, quote: bool
) -> None:
    mark = '"' if quote else ""
    told_ = "".join(f"{' ' * blanks}{k}={mark}{v}{mark}" for k, v in given_.items())
    whole = f"{{{{ind:{name}.{measure}@{period}{told_}}}}}"
    read = parse(whole)
    assert (read.indicator, read.measure, read.period) == (name, measure, period)
    assert (read.region, read.say) == (given_.get("region", ""), given_.get("say", ""))
    assert read.digits == (int(given_["digits"]) if "digits" in given_ else None)
    assert read.form == given_.get("form", "plain")
    for key, place in read.at.items():
        piece = {"indicator": name, "measure": measure, "period": period}.get(key, key)
        assert whole.startswith(piece, place)


@given(st.text(st.characters(exclude_characters="{}\n"), max_size=60))
@example(":a.b@c =")
@example(": a.b@c\u2003x")
@example(':a.b@c say="')
@example(":a.b@c region=1 =2")
def test_anything_is_read_or_told_at_a_place_in_it(inside: str) -> None:
    whole = f"{{{{ind{inside}}}}}"
    found = FOUND.search(whole)
    if found is None:
        assert re.match(r"\w", inside)  # another word than `ind`
        return
    read, wrong = outcome(whole)
    if wrong is not None:
        assert 0 <= wrong.at < len(whole)
        assert wrong.why
        assert wrong.action
    else:
        assert read is not None
        assert set(read.at) <= {"indicator", "measure", "period", *OPTIONS}


def outcome(whole: str) -> tuple[Reference | None, Faulty | None]:
    try:
        return parse(whole), None
    except Faulty as wrong:
        return None, wrong
