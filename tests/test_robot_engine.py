"""The engine on small packages: rules, days, codes, slips, talk, what was said before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.robot.engine import LONGEST, Robot, State
from builder.robot.package import (
    Bound,
    Choice,
    Elsewhere,
    Flow,
    Item,
    Package,
    Refusal,
    Step,
    Talk,
    dump,
    load,
)
from builder.robot.wording import Tables, house_sounds

DAY = "2026-11-23"
FAQ = Item(
    "faq:a", "faq", "迟报统计报表会受什么处罚？", ("晚交报表罚多少",), "最高五万元。", url="faq/a/"
)
WAGES = Item("faq:b", "faq", "工资总额要不要扣社保？", ("填工资扣五险吗",), "不扣个人部分。")
CODED = Item("faq:c", "faq", "劳动工资月报谁来填？", answer="规上单位。", codes=("I202", "7890"))
TERM = Item("term:tongbi", "term", "同比", ("同比是什么意思",), "和上年同期比。")
MANY = tuple(
    Item(f"law:{n}", "law", f"第{n}条 {c * 3}{d}事项", answer=f"{c}{d}的规定{n}")
    for n, (c, d) in enumerate((a, b) for a in "甲乙丙丁戊己庚辛" for b in "子丑寅卯辰巳午未")
)
FLOW = Flow(
    "dialogue:x",
    "入库自测",
    ("测一测能不能入库",),
    (
        Step("a", "哪一行？", (Choice("工业", "b", ("工厂",)), Choice("零售", "c"))),
        Step("b", "收入多少？", unit="万元", bounds=(Bound("c", 2000), Bound("d"))),
        Step("c", "够了。", links=(("怎么申报", "faq/a/"),)),
        Step("d", "还不够。"),
    ),
)
PACKAGE = Package(
    "internet",
    items=(FAQ, WAGES, CODED, TERM, *MANY),
    talks=(Talk("t", "greeting", ("你好", "在吗"), "你好。"),),
    refusals=(
        Refusal(
            "r", "单个单位", "不能说。", ("某厂产值多少",), (("那家",), ("多少", "查")), ("规定",)
        ),
    ),
    elsewhere=(Elsewhere("e", "医保", "请问医保部门。", ("医保",), ("医保怎么报销",)),),
    flows=(FLOW,),
    handover="问处室。",
    tables=Tables(sounds=house_sounds()),
)


@pytest.fixture(scope="module")
def robot() -> Robot:
    return Robot(PACKAGE)


def first(robot: Robot, text: str, day: str = DAY, state: State | None = None) -> str:
    reply = robot.answer(text, day, state)
    return reply.hits[0].item.id if reply.kind in {"answer", "choice"} else reply.kind


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("报表晚交了要罚多少钱", "faq:a"),
        ("什么是同比", "term:tongbi"),
        ("同比啥意思", "term:tongbi"),
        ("请问一下，工资总额扣不扣社保呢？", "faq:b"),
        ("I202", "faq:c"),
        ("i202 表谁填", "faq:c"),
        ("７８９０", "faq:c"),
        ("工姿总额扣社保", "faq:b"),
        ("你好", "talk"),
        ("那家饭店报了多少", "refused"),
        ("那家饭店的数查得到吗，规定是什么", "unsure"),
        ("你好！", "talk"),
        ("医保怎么报销", "elsewhere"),
        ("", "talk"),
        ("   ", "talk"),
        ("🀄🀄🀄", "unsure"),
    ],
)
def test_what_is_said(robot: Robot, text: str, what: str) -> None:
    assert first(robot, text) == what


def test_an_answer_tells_why_and_where(robot: Robot) -> None:
    reply = robot.answer("晚交报表罚多少", DAY)
    assert (reply.kind, reply.hits[0].item.url) == ("answer", "faq/a/")
    assert reply.why
    assert robot.answer("月亮上有什么", DAY).say.endswith("问处室。")


@pytest.mark.parametrize(
    ("start", "to", "day", "there"),
    [
        ("", "2026-11-22", DAY, False),
        ("", DAY, DAY, True),
        ("2026-11-24", "", DAY, False),
        (DAY, "", DAY, True),
        ("2026-01-01", "2026-12-31", "2027-01-01", False),
    ],
)
def test_only_what_holds_on_the_day(start: str, to: str, day: str, there: bool) -> None:
    dated = replace(FAQ, start=start, to=to, codes=("B204",))
    robot = Robot(replace(PACKAGE, items=(dated, *PACKAGE.items[1:])))
    for text in (dated.title, dated.ask[0], "B204", "报表晚交了要罚多少钱"):
        assert (first(robot, text, day) == "faq:a") == there, text
    flow = Robot(replace(PACKAGE, flows=(replace(FLOW, start=start, to=to),)))
    assert (flow.answer("入库自测", day).kind == "step") == there
    state = State(flow="dialogue:x", step="a")
    assert (flow.answer("工业", day, state).kind == "step") == there


def test_a_flow(robot: Robot) -> None:
    state = robot.answer("测一测能不能入库", DAY).state
    assert state == State(flow="dialogue:x", step="a")
    asked = robot.answer("我们是工厂", DAY, state)
    assert asked.say == "收入多少？"
    assert robot.answer("两千三百万", DAY, asked.state).say == "够了。"
    assert robot.answer("1999.9", DAY, asked.state).say == "还不够。"
    for text in ("不到2000万", "1500—2500万", "2000万以下"):
        again = robot.answer(text, DAY, asked.state)
        assert (again.say, again.state) == ("请写一个确切的数。收入多少？", asked.state)
    assert robot.answer("上一步", DAY, asked.state).say == "哪一行？"
    assert robot.answer("不是工业", DAY, state).kind != "step"
    left = robot.answer("算了", DAY, asked.state)
    assert (left.kind, left.state) == ("talk", State())
    assert first(robot, "晚交报表罚多少", DAY, state) == "faq:a"  # another question is a question


@pytest.mark.parametrize(
    "text", ["算了算大概2300万", "取消了一笔之后2300万", "返回的货款不算，2300万"]
)
def test_a_word_inside_an_answer_leaves_no_flow(robot: Robot, text: str) -> None:
    state = State(flow="dialogue:x", step="b")
    assert robot.answer(text, DAY, state).say == "够了。"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("算了吧", "talk"), ("那算了", "talk"), ("不测了", "talk"), ("我不想测了", "talk"), ("退出自测！", "talk"),
        ("上一步", "step"), ("返回上一步", "step"), ("我要重选", "step"),
    ],
)  # fmt: skip
def test_a_flow_is_left_by_a_whole_word(robot: Robot, text: str, kind: str) -> None:
    reply = robot.answer(text, DAY, State(flow="dialogue:x", step="b"))
    assert (reply.kind, reply.say) == (
        kind, "好，先到这里。有问题再问我。" if kind == "talk" else "哪一行？"
    )  # fmt: skip


@pytest.mark.parametrize("text", ["不知道", "我不清楚啊", "这个真不知道是多少", "记不清了"])
def test_who_does_not_know_is_told_where_to_look(robot: Robot, text: str) -> None:
    number, choice = State(flow="dialogue:x", step="b"), State(flow="dialogue:x", step="a")
    asked = robot.answer(text, DAY, number)
    assert (asked.say, asked.state) == (
        "先找到这个数再回来：看本单位的财务报表，或者问会计。收入多少？", number
    )  # fmt: skip
    asked = robot.answer(text, DAY, choice)
    assert asked.say.endswith("哪一行？")
    assert (asked.say != "哪一行？", asked.state, asked.choices) == (True, choice, ("工业", "零售"))


def test_what_was_spoken_of(robot: Robot) -> None:
    assert first(robot, "那罚多少呢", DAY, State(last="faq:a")) == "faq:a"


def test_another_thing_is_not_answered_with_the_last(robot: Robot) -> None:
    reply = robot.answer("那宇航业呢", DAY, State(last="faq:b"))
    assert "faq:b" not in [hit.item.id for hit in reply.hits]
    assert reply.kind == "unsure"


def test_words_of_the_trade_are_not_sent_away() -> None:
    away = Elsewhere("e2", "油", "请问商务部门。", ("加油站",), ("加油站怎么开", "加油站要什么证"))
    robot = Robot(replace(PACKAGE, elsewhere=(away,)))
    assert robot.answer("开加油站要什么证", DAY).kind == "elsewhere"
    for text in ("加油站算零售还是批发", "加油站要报统计吗", "加油站属于什么行业"):
        assert robot.answer(text, DAY).kind == "unsure", text


def test_a_name_is_no_small_talk() -> None:
    talk = Talk(
        "t", "about", ("你是谁", "你是机器人吗", "你能做什么", "小统是谁", "你叫什么"), "我是小统。"
    )
    robot = Robot(
        replace(PACKAGE, talks=(talk, Talk("n", "other", ("活着没意思",), "请找人说说。")))
    )
    assert robot.answer("你是谁", DAY).say == "我是小统。"
    assert robot.answer("欧阳建国是谁", DAY).kind == "unsure"
    assert robot.answer("活着真没意思", DAY).say == "请找人说说。"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一度电折多少标准煤", "faq:d"), ("用电折标系数", "faq:d"), ("电怎么折成标准煤", "faq:d"),
        ("煤的折标系数", ""), ("天然气怎么折标准煤", ""), ("柴油折多少标准煤", ""),
    ],
)  # fmt: skip
def test_coal_is_no_electricity(text: str, found: str) -> None:
    power = Item(
        "faq:d", "faq", "一度电折多少标准煤？", ("电力折标系数是多少", "发电煤耗怎么折"), "0.1229。"
    )
    reply = Robot(replace(PACKAGE, items=(power, *PACKAGE.items))).answer(text, DAY)
    assert (reply.hits[0].item.id if reply.kind == "answer" else "") == found


def test_an_unknown_abbreviation_is_not_guessed(robot: Robot) -> None:
    assert robot.answer("zqx要扣社保吗，工资总额", DAY).kind == "unsure"
    assert first(robot, "工资总额要不要扣社保呀") == "faq:b"


def test_rules_may_be_written_in_any_words() -> None:
    """What is read as one word in a question is one in the rules, too."""
    rule = Refusal("r", "一家", "不能说。", when=(("那家工厂",), ("薪水",)), unless=("咋",))
    robot = Robot(replace(PACKAGE, refusals=(rule,)))
    assert robot.answer("那家公司的工资", DAY).say == "不能说。"
    assert robot.answer("那家公司的工资如何算", DAY).kind != "refused"


def test_a_very_long_question(robot: Robot) -> None:
    assert first(robot, "晚交报表罚多少" + "。" * LONGEST) == "faq:a"
    assert first(robot, "的" * 100_000) == "unsure"


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_has_an_answer(text: str, before: str) -> None:
    robot = Robot(replace(PACKAGE, items=PACKAGE.items[:8]))
    reply = robot.answer(text, DAY)
    again = robot.answer(text, DAY, reply.state)
    assert reply.kind
    assert again.kind
    robot.answer(text, DAY, State(before, before, before))


# --- the package ----------------------------------------------------------------------------------


def test_a_package_comes_back_as_it_was() -> None:
    assert load(dump(PACKAGE)) == PACKAGE
    assert dump(load(dump(PACKAGE))) == dump(PACKAGE)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.replace("五万元".encode(), "六万元".encode()),
        lambda d: d[:-20],
        lambda d: b"[]",
        lambda d: b"{}",
        lambda d: b"",
        lambda d: b"\xff\xfe",
        lambda d: b'{"version":"1","format":"weike-robot/9"}',
        lambda d: b"[" * 100_000,
    ],
)
def test_a_changed_package_is_refused(spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(ValueError, match="机器人话术包"):
        load(spoil(dump(PACKAGE)))
