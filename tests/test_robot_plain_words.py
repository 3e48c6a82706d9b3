"""What people really type: names alone, figures said loosely, thanks with a sigh; both engines read it alike."""

from __future__ import annotations

import pytest

from builder.robot.engine import Reply, Robot, State
from builder.robot.rules import amount
from tests.robot_world import DAY, Twin, own, state, told, twin_told

FLOW = State(flow="dialogue:sishang-zice", step="gongye")


@pytest.fixture(scope="module")
def pair() -> tuple[Robot, Twin]:
    return Robot(own()), Twin(own())


def asked(pair: tuple[Robot, Twin], text: str, before: State | None = None) -> Reply:
    """The reply, which both engines give."""
    mine = pair[0].answer(text, DAY, before)
    assert twin_told(pair[1].answer(text, DAY, state(before or State()))) == told(mine), text
    return mine


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("二点五亿", 25000), ("2点5亿", 25000), ("一点二个亿", 12000), ("两点零五亿", 20500), ("十二点五万", 12.5),
        ("2千", 2000), ("两千", 2000), ("5百", 500), ("2千元", 0.2), ("2千万", 2000),
    ],
)  # fmt: skip
def test_amounts_as_they_are_said(pair: tuple[Robot, Twin], text: str, value: float) -> None:
    assert amount(text, "万元") == pytest.approx(value)
    assert pair[1].context.eval("module.exports.amount")(text, "万元") == amount(text, "万元")


@pytest.mark.parametrize(
    "text",
    [
        "近2000万", "将近2000万", "接近两千万", "500万美元", "亏损200万", "半个亿", "至少1500万", "超过1800万", "1500万以上",
        "2023年1800万，2024年2300万", "去年是3000万今年1500万", "利润200万，收入3000万", "50名职工，2300万",
    ],
)  # fmt: skip
def test_what_decides_nothing_is_asked_again(pair: tuple[Robot, Twin], text: str) -> None:
    reply = asked(pair, text, FLOW)
    assert reply.state == FLOW
    assert reply.say.startswith("请写一个确切的数。")


@pytest.mark.parametrize(
    ("text", "reached"),
    [("超过2000万", True), ("2000万以上", True), ("两千多万", True), ("二点五亿", True), ("2300万，半导体厂", True), ("1999.99", False)],
)  # fmt: skip
def test_what_decides_is_told(pair: tuple[Robot, Twin], text: str, reached: bool) -> None:
    assert ("，达到了门槛" in asked(pair, text, FLOW).say) == reached
    assert asked(pair, text, FLOW).state == State()


@pytest.mark.parametrize("text", ["5211是什么行业", "107-1表怎么填", "2026年10月CPI是多少"])
def test_another_question_is_no_amount(pair: tuple[Robot, Twin], text: str) -> None:
    reply = asked(pair, text, FLOW)
    assert reply.kind != "step"
    assert reply.say == asked(pair, text).say


@pytest.mark.parametrize(
    ("step", "text"),
    [("fuwu", "医院"), ("fuwu", "理发店"), ("hangye", "农业"), ("hangye", "房地产"), ("gongye", "没有收入"), ("gongye", "那批发呢")],
)  # fmt: skip
def test_what_a_step_does_not_know_is_asked_again(
    pair: tuple[Robot, Twin], step: str, text: str
) -> None:
    known = State(flow=FLOW.flow, step=step)
    reply = asked(pair, text, known)
    assert reply.state == known
    assert reply.say.startswith("这一步没有听懂。")


@pytest.mark.parametrize(
    "known",
    [State(flow=FLOW.flow), State(flow=FLOW.flow, step="没有"), State(flow="没有", step="a")],
)
@pytest.mark.parametrize("text", ["工业", "2300", "医院", "退出"])
def test_states_that_are_none(pair: tuple[Robot, Twin], known: State, text: str) -> None:
    asked(pair, text, known)


@pytest.mark.parametrize("text", ["我被领导逼着造假，压力大想死", "报表太多，我不想活了怎么办"])
def test_somebody_in_need_is_heard(pair: tuple[Robot, Twin], text: str) -> None:
    assert "不要一个人扛着" in asked(pair, text).say


@pytest.mark.parametrize("text", ["统计局电话", "处室电话", "在不在", "好的谢谢", "怎么联系你们"])
def test_small_talk_is_no_business_of_others(pair: tuple[Robot, Twin], text: str) -> None:
    assert asked(pair, text).kind == "talk"


@pytest.mark.parametrize(
    "text", ["货运量", "人口出生率", "一般公共预算收入", "快递业务量", "请问高技术制造业投资"]
)
def test_a_name_alone_asks_for_the_number(pair: tuple[Robot, Twin], text: str) -> None:
    (hit,) = asked(pair, text).hits
    assert hit.item.spans
    assert hit.item.title.endswith("是多少")
    (meant,) = asked(pair, f"{text}是什么意思").hits
    assert meant.item.title.endswith("是什么意思")


@pytest.mark.parametrize("text", ["10月工业增加值", "2026年10月GDP"])
def test_a_quarterly_number_has_no_month(pair: tuple[Robot, Twin], text: str) -> None:
    reply = asked(pair, text)
    assert "一季一期，没有2026年10月的。" in reply.say
    assert "还没有发布" not in reply.say


@pytest.mark.parametrize(
    ("text", "like"),
    [("谢谢啊", "谢谢"), ("谢谢你啊！", "谢谢"), ("你好啊", "你好"), ("再见啦", "再见")],
)
def test_thanks_are_thanks(pair: tuple[Robot, Twin], text: str, like: str) -> None:
    reply = asked(pair, text)
    assert (reply.kind, reply.say) == ("talk", asked(pair, like).say)


@pytest.mark.parametrize(
    "text",
    [
        "手机上怎么看数据", "手机能报数吗", "灵活就业算失业不", "年终奖算哪个月的工资", "国庆放假报表延期吗", "小麦产量",
        "单位交的社保算人工成本吗", "小微企业数量", "县局审核要点", "企业核查清单", "操", "R D经费", "RD经费", "R & D人员",
    ],
)  # fmt: skip
def test_own_matters_are_not_sent_away(pair: tuple[Robot, Twin], text: str) -> None:
    assert asked(pair, text).kind != "elsewhere"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("统计法哪年修订的", "GDP"), ("投诉统计局", "名录库"), ("学校要不要报统计报表", "超市"), ("数字经济核心产业包括哪些", "文化"),
        ("畜禽监测调查样本怎么抽", "农民工"), ("电子商务交易平台表谁填", "行业代码"), ("生产经营单位停产了还要不要报零", "农业普查"),
    ],
)  # fmt: skip
def test_another_thing_is_not_told_as_the_answer(
    pair: tuple[Robot, Twin], text: str, wrong: str
) -> None:
    reply = asked(pair, text)
    assert reply.kind != "answer" or wrong not in reply.hits[0].item.title
