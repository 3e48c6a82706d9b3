"""A number is never told as if it were of another time or region; both engines read times and regions alike."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import expect

from builder.robot import cli
from builder.robot.engine import Reply, Robot, State
from builder.robot.package import Item, Package, dump
from builder.robot.spans import spans
from tests.browser import chromium, served
from tests.robot_world import DAY, Twin, own, state, told, twin_told
from tests.sitefiles import bundles, faq, write

CPI, GDP, GRAIN = "indicator:cpi", "indicator:gdp", "indicator:liangshi-chanliang"


@pytest.fixture(scope="module")
def pair() -> tuple[Robot, Twin]:
    return Robot(own()), Twin(own())


def asked(
    pair: tuple[Robot, Twin], text: str, day: str = DAY, before: State | None = None
) -> Reply:
    """The reply, which both engines give."""
    mine = pair[0].answer(text, day, before)
    assert twin_told(pair[1].answer(text, day, state(before or State()))) == told(mine), text
    return mine


def first(reply: Reply) -> str:
    return reply.hits[0].item.id if reply.hits else ""


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("9月CPI", ["2026年9月"]), ("９月份", ["2026年9月"]), ("2025年9月", ["2025年9月"]), ("25年9月", ["2025年9月"]),
        ("上个月", ["2026年10月"]), ("这个月的", ["2026年11月"]), ("下月", ["2026年12月"]), ("12月", ["2025年12月"]),
        ("十一月", ["2026年11月"]), ("去年", ["2025年"]), ("2024年和2025年", ["2024年", "2025年"]), ("前年底", ["2024年"]),
        ("三季度", ["2026年三季度"]), ("第3季度", ["2026年三季度"]), ("前三季度", ["2026年前三季度"]), ("Q3", ["2026年三季度"]),
        ("去年四季度", ["2025年四季度"]), ("四季度", ["2026年四季度"]), ("上季度", ["2026年三季度"]), ("首季", ["2026年一季度"]),
        ("前两个季度", ["2026年上半年"]), ("上半年", ["2026年上半年"]), ("下半年", ["2026年下半年"]), ("全年", ["2026年全年"]),
        ("1—2月", ["2026年1—2月"]), ("1至9月", ["2026年前三季度"]), ("1月到10月", ["2026年1—10月"]), ("前10个月", ["2026年1—10月"]),
        ("2026-09", ["2026年9月"]), ("2026.9", ["2026年9月"]), ("9月和10月", ["2026年9月", "2026年10月"]),
        ("比去年同期增长", []), ("和去年相比", []), ("11月9日发布", []), ("3个月", []), ("2000万元", []), ("保存20年", []), ("13月", []),
    ],
)  # fmt: skip
def test_times_are_read(pair: tuple[Robot, Twin], text: str, labels: list[str]) -> None:
    assert [span.label for span in spans(text, DAY)[0]] == labels
    twin = pair[1].context.eval("module.exports.spans")
    assert list(map(str, twin(text, DAY).json().strip("[]").replace('"', "").split(","))) == (
        labels or [""]
    )


def test_whole_year_at_its_beginning() -> None:
    assert spans("全年", "2027-02-01")[0][0].label == "2026年全年"


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("10月CPI是多少", CPI), ("上个月CPI", CPI), ("1—10月CPI", CPI), ("今年CPI", CPI), ("CPI是多少", CPI),
        ("全省CPI", CPI), ("示范省10月份的CPI", CPI), ("前三季度GDP", GDP), ("去年粮食产量", GRAIN), ("2025年粮食产量", GRAIN),
        ("CPI同比涨了多少，和去年相比", CPI), ("全国CPI", "indicator:quanguo-cpi"),
    ],
)  # fmt: skip
def test_what_is_there_is_told_as_it_is(pair: tuple[Robot, Twin], text: str, item: str) -> None:
    reply = asked(pair, text)
    assert (first(reply), reply.note) == (item, "")


@pytest.mark.parametrize(
    ("text", "item", "note"),
    [
        ("9月CPI是多少", CPI, "您问的是2026年9月，这里只有最新的2026年10月。"),
        ("去年9月的CPI", CPI, "您问的是2025年9月，这里只有最新的2026年10月。"),
        ("去年CPI是多少", CPI, "您问的是2025年，这里只有最新的2026年10月。"),
        ("上半年CPI涨了多少", CPI, "您问的是2026年上半年，这里只有最新的2026年10月。"),
        ("三季度GDP", GDP, "您问的是2026年三季度，这里是2026年前三季度的数。"),
        ("2024年GDP是多少", GDP, "您问的是2024年，这里只有最新的2026年前三季度。"),
        ("甲州市CPI是多少", CPI, "您问的是甲州市，下面是全省（示范省）的数。"),
        ("甲州市的GDP是多少", GDP, "您问的是甲州市，下面是全省（示范省）的数。"),
        ("我市GDP", GDP, "您问的是本市，下面是全省（示范省）的数。"),
        ("晓坞区GDP", GDP, "您问的是晓坞区，这里没有晓坞区的这个数，下面是全省（示范省）的数。"),
        ("江苏的GDP", GDP, "您问的是江苏，这里没有江苏的这个数，下面是全省（示范省）的数。"),
        ("绍兴市GDP", GDP, "您问的是绍兴市，这里没有绍兴市的这个数，下面是全省（示范省）的数。"),
        ("南京市GDP", GDP, "您问的是南京，这里没有南京的这个数，下面是全省（示范省）的数。"),
        ("丙州市10月社零增长多少", "indicator:shehui-xiaofeipin", "您问的是丙州市，下面是全省（示范省）的数。"),
        ("甲州市9月CPI", CPI, "您问的是2026年9月，这里只有最新的2026年10月。您问的是甲州市，下面是全省（示范省）的数。"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_first(
    pair: tuple[Robot, Twin], text: str, item: str, note: str
) -> None:
    reply = asked(pair, text)
    assert (reply.kind, first(reply), reply.note) == ("answer", item, note)


def test_where_the_number_stands(pair: tuple[Robot, Twin]) -> None:
    assert asked(pair, "甲州市CPI").links == (("甲州市各项指标", "indicators/regions/990100/"),)
    assert asked(pair, "9月CPI").links == (("居民消费价格指数以前各期", "indicators/cpi/"),)
    assert asked(pair, "我市CPI").links == (("分地区", "indicators/regions/"),)


@pytest.mark.parametrize(
    ("text", "day", "said"),
    [
        ("11月CPI", DAY, "2026年11月的数还没有发布（下一期按日程2026年12月9日发布）。最新的一期：2026年10月"),
        ("这个月CPI", DAY, "2026年11月的数还没有发布"),
        ("全年GDP是多少", DAY, "2026年全年的数还没有发布"),
        ("今年粮食产量", DAY, "2026年的数还没有发布"),
        ("9月粮食产量", DAY, "粮食产量一年一期，没有2026年9月的。最新的一期：2025年"),
        ("2027年1月CPI", "2027-03-01", "2027年1月的数这里还没有，发布了没有，看“发布日历”。最新的一期：2026年10月"),
        ("2026年GDP", "2027-01-15", "2026年的数还没有发布（下一期按日程2027年1月22日发布）"),
    ],
)  # fmt: skip
def test_what_is_not_out(pair: tuple[Robot, Twin], text: str, day: str, said: str) -> None:
    reply = asked(pair, text, day)
    assert (reply.kind, reply.hits) == ("refused", ())
    assert reply.say.startswith(said)
    assert reply.url
    assert reply.source


def test_turns_go_on(pair: tuple[Robot, Twin]) -> None:
    last = asked(pair, "CPI是多少").state
    assert asked(pair, "那9月呢", before=last).note.startswith("您问的是2026年9月")
    assert asked(pair, "那甲州市呢", before=last).note.startswith("您问的是甲州市")
    assert first(asked(pair, "那PPI呢", before=last)) == "indicator:ppi"


@pytest.mark.parametrize("text", ["9月", "甲州", "去年全省的"])
def test_a_time_alone_asks_for_an_indicator(pair: tuple[Robot, Twin], text: str) -> None:
    reply = asked(pair, text)
    assert (reply.kind, reply.hits, reply.say[:6]) == ("unsure", (), "要问哪个指标")


def test_a_choice_keeps_what_was_asked(pair: tuple[Robot, Twin]) -> None:
    offered = asked(pair, "9月的PMI")
    assert offered.kind == "choice"
    assert all(hit.item.spans for hit in offered.hits)
    pressed = asked(pair, offered.hits[0].item.title, before=offered.state)
    assert pressed.note.startswith("您问的是2026年9月")
    assert asked(pair, offered.hits[0].item.title).note == ""


def test_made_up_packages_are_noted_alike() -> None:
    """Every span against every question, without a calendar and with one."""
    item = Item(
        "indicator:x",
        "indicator",
        "甲值是多少",
        ("甲值最新数据",),
        "甲值5。",
        url="x/",
        spans=("2026.9-9",),
    )
    package = replace(
        own(),
        items=(
            item,
            replace(
                item,
                id="indicator:y",
                title="乙值是多少",
                place="示范省",
                every="年",
                due="2026-12-01",
            ),
        ),
    )
    pair = Robot(package), Twin(package)
    rng = Random(3)
    times = [
        "9月",
        "上半年",
        "去年",
        "12月",
        "1-9月",
        "三季度",
        "2026年",
        "明年",
        "前年",
        "上个月",
        "2026-12",
        "",
    ]
    places = ["甲州市", "全省", "全国", "江苏", "我市", "某某县", "晓坞区", "上市", ""]
    for _ in range(300):
        text = (
            rng.choice(times)
            + rng.choice(places)
            + rng.choice(["甲值", "乙值", "甲值增长多少", "乙值是多少"])
        )
        asked(
            pair,
            text,
            rng.choice(["2026-09-30", DAY, "2027-01-01", "2028-05-05"]),
            State(last="indicator:x"),
        )


# --- faces ------------------------------------------------------------------------------------------

OLD = Item(
    "indicator:x",
    "indicator",
    "甲值是多少",
    answer="2020年9月甲值5。",
    url="x/",
    spans=("2020.9-9",),
)
NOTE = "您问的是2019年9月，这里只有最新的2020年9月。"


def test_the_note_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "dist" / "internet" / cli.FILE
    place.parent.mkdir(parents=True)
    place.write_bytes(dump(Package("internet", items=(OLD,))))
    ask = ["ask", "2019年9月甲值是多少", "--root", str(tmp_path)]
    assert cli.main(ask) == 0
    text = capsys.readouterr().out
    assert text.index(NOTE) < text.index(OLD.answer)
    assert cli.main([*ask, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["note"] == NOTE


def test_the_note_on_a_page(tmp_path: Path) -> None:
    """It is shown before the number, and read out before it."""
    root = write(tmp_path / "root", {"faq/mlk/chi.md": faq(title="迟报怎么办？")})
    site = bundles(root, tmp_path / "dist")["internet"].root / "site"
    package = dump(Package("internet", items=(OLD,)))
    (site / "robot" / "package.js").write_bytes(b"wkRobotPackage(" + package + b");\n")
    spoken = "() => { speechSynthesis.speak = (voice) => { window.heard = voice.text; }; }"
    with chromium() as browser, served(site) as address:
        page = browser.new_page()
        page.goto(f"{address}/robot/")
        page.evaluate(spoken)
        page.click("[data-say]")
        page.fill("#rq", "2019年9月甲值是多少")
        page.keyboard.press("Enter")
        turn = page.locator(".tong-tong").last
        expect(turn).to_contain_text(OLD.answer)
        text = turn.inner_text()
        assert text.index(NOTE) < text.index(OLD.answer)
        expect(turn.get_by_role("link", name="甲值以前各期")).to_be_visible()
        assert page.evaluate("window.heard") == NOTE + OLD.answer


# --- codes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["107-1", "107-1表", "107-1 表怎么填", "１０７－１表"])
def test_form_numbers_with_and_without_the_word(pair: tuple[Robot, Twin], text: str) -> None:
    reply = asked(pair, text)
    assert reply.why == "代码相符"
    assert all("107-1表" in hit.item.codes for hit in reply.hits)


@pytest.mark.parametrize(
    ("text", "form"), [("B999表谁填", "B999"), ("107-9表", "107-9"), ("909表是什么", "909"), ("z101-2", "Z101-2")]
)  # fmt: skip
def test_an_unknown_form_is_none_like_it(pair: tuple[Robot, Twin], text: str, form: str) -> None:
    reply = asked(pair, text)
    assert (reply.kind, reply.hits) == ("unsure", ())
    assert reply.say.startswith(f"没有收录 {form} 表")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("5211是什么行业", "5211 在大类“52 零售业”里，名称在代码表里按代码查。"),
        ("行业代码C1311", "1311 在大类“13 农副食品加工业”里，名称在代码表里按代码查。"),
        ("5211", "5211 在大类“52 零售业”里，名称在代码表里按代码查。"),
        ("大类52是什么", "52 是大类“零售业”。下面的中类、小类在代码表里查。"),
        ("9911是什么行业", "行业大类里没有 99 开头的代码，请核对 9911。"),
    ],
)
def test_industry_codes(pair: tuple[Robot, Twin], text: str, note: str) -> None:
    reply = asked(pair, text)
    assert (first(reply), reply.note) == ("standard:gb4754-2017", note)


def test_no_number_is_a_code_by_chance(pair: tuple[Robot, Twin]) -> None:
    for text in (
        "2026年行业分类变了吗",
        "5000万元算什么行业",
        "0.1229是什么系数",
        "打12340电话",
        "GB/T 4754行业分类",
    ):
        assert asked(pair, text).why not in {"行业代码", "没有这个表号"}, text
