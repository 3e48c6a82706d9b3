"""The engine says the same in Python and in JavaScript, to the last bit of a score."""

from __future__ import annotations

import os
from random import Random

import pytest

from builder.robot.engine import Robot, State
from builder.robot.ranking import near
from builder.robot.rules import amount
from tests.robot_world import DAY, Twin, own, questions, state, told, twin_told

COUNT = 2000 if os.environ.get("WEIKE_FULL") else 150
SIGNS = "统计报表企业入库同比GDPcpi12345.-（）“”？ ％Ⅳ①ﾊ\u3000é😀的了吗呢帐号罚款工资普查"


@pytest.fixture(scope="module")
def pair() -> tuple[Robot, Twin]:
    package = own()
    return Robot(package), Twin(package)


def asked(count: int) -> list[str]:
    """Real questions, cut and joined ones, and rubbish."""
    rng = Random(7)
    real = [q.text for name in ("paraphrases", "out_of_scope", "refusals") for q in questions(name)]
    rng.shuffle(real)
    found = real[: count // 2]
    while len(found) < count:
        one, other = rng.sample(real, 2)
        cut = rng.randrange(1, len(one))
        noise = "".join(rng.choices(SIGNS, k=rng.randrange(1, 30)))
        found.append(rng.choice([one[:cut] + other[cut:], one[cut:], noise, one[:cut] + noise]))
    return found


def test_same_answers(pair: tuple[Robot, Twin]) -> None:
    robot, twin = pair
    before = State()
    for number, text in enumerate(asked(COUNT)):
        known = before if number % 3 == 0 else State()
        mine = robot.answer(text, DAY, known)
        assert twin_told(twin.answer(text, DAY, state(known))) == told(mine), text
        before = mine.state


ODD = "٣٤٥۶７８Ⅳ①²\x1c\x85\ufeff\u2003万亿百千-.年月季度表"


def test_same_answers_to_digits_of_all_scripts(pair: tuple[Robot, Twin]) -> None:
    """Digits are ASCII's, blanks are the same, wherever a text is read by pattern."""
    robot, twin = pair
    rng = Random(11)
    flow = State(flow="dialogue:sishang-zice", step="gongye")
    for number in range(COUNT // 3):
        text = "".join(rng.choices(ODD + "107-1CPI", k=rng.randrange(1, 12)))
        known = flow if number % 2 else State()
        assert twin_told(twin.answer(text, DAY, state(known))) == told(
            robot.answer(text, DAY, known)
        ), text
    assert robot.answer("٢٣٠٠", DAY, flow).kind == twin.answer("٢٣٠٠", DAY, state(flow))["kind"]


def test_same_steps(pair: tuple[Robot, Twin]) -> None:
    robot, twin = pair
    for answers in (
        ["工业", "2300"],
        ["3", "二百", "退出"],
        ["工业", "不知道", "算了算大概2300万"],
        ["不清楚", "返回", "批发", "取消了一笔，300万", "我不想测了"],
        ["服务", "第一档", "上一步", "餐饮", "1.5亿"],
    ):
        known = robot.answer("四上入库自测", DAY).state
        assert known.flow
        for text in answers:
            mine = robot.answer(text, DAY, known)
            assert twin_told(twin.answer(text, DAY, state(known))) == told(mine), text
            known = mine.state


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2000", "万元", 2000), ("两千三百万", "万元", 2300), ("2.5亿", "万元", 25000),
        ("1,234.5万元", "万元", 1234.5), ("一共800万吧", "万元", 800), ("5000000元", "万元", 500),
        ("没有", "万元", None), ("十二个人", "人", 12), ("三十", "人", 30), ("12万", "人", 120000),
        ("2千万", "万元", 2000), ("3千多万", "万元", 3000), ("2个亿", "万元", 20000), ("1.2个亿吧", "万元", 12000),
        ("2024年营业额300万", "万元", 300), ("12个月总共5000万", "万元", 5000), ("50人，800万", "万元", 800),
        ("20000000", "万元", 2000), ("1万亿", "万元", 1e8), ("两千多万", "万元", 2000),
    ],
)  # fmt: skip
def test_amounts(pair: tuple[Robot, Twin], text: str, unit: str, value: float | None) -> None:
    assert amount(text, unit) == value
    twin = pair[1].context.eval("module.exports.amount")
    assert twin(text, unit) == value


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("gpd", "gdp", True), ("cip", "cpi", True), ("gd", "gdp", True), ("gdpp", "gdp", True),
        ("abc", "gdp", False), ("pmi", "pmmi", True), ("excel", "excle", True), ("ab", "ba", True),
    ],
)  # fmt: skip
def test_one_letter_wrong(pair: tuple[Robot, Twin], one: str, other: str, same: bool) -> None:
    assert near(one, other) == near(other, one) == same
    assert pair[1].context.eval("module.exports.near")(one, other) == same
