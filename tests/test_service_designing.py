"""The template designer: drafts, versions, two people, the builder's own findings, what becomes of batches."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from builder.designs import Ground, judge
from builder.indicators.template_keys import keys_of, template_of_keys
from builder.values import MEASURES, Template
from service.intake.designing import acts, inforce
from service.intake.designing.inforce import keys_in
from service.intake.designing.wording import said
from service.store import audit, designs
from tests.designing_world import (
    KNOWN,
    agreed,
    begin,
    changed,
    designers,
    fields,
    kept,
    press,
    rebuilt,
    send,
    step,
)
from tests.intake_world import REGIONS, TEMPLATES, Bureau, xlsx
from tests.service_databases import House

NEW = {"name": "meitan", "title": "工业用煤月报", "frequency": "month"}


@pytest.fixture
def gov(tmp_path: Path) -> Iterator[Bureau]:
    with designers(tmp_path) as found:
        yield found


def drawn(gov: Bureau) -> int:
    """A new table of one row, right in every way, and saved."""
    number = begin(gov, **NEW)
    page = press(gov, number, "add:yongmei", area="level", level="市", within="990000")
    assert page.status_code == 200
    assert send(gov, number, [*fields(page.text), ("do", "save")]).status_code == 303
    return number


# --- without script -------------------------------------------------------------------------------


def test_a_table_is_made_used_and_remembered_by_its_batch(gov: Bureau) -> None:
    number = drawn(gov)
    assert keys_in(kept(gov, number))["rows"] == [{"indicator": "yongmei"}]
    agreed(gov, number)
    assert "工业用煤月报" in gov["wang"].get("/intake").text
    batch = gov.start(template="meitan")
    page = gov["jia"].get(f"/intake/{batch}").text  # a city fills its own
    assert "规上工业用煤量" in page
    assert gov.fill(batch, {("yongmei", "value", "990100"): "3.5"}, "jia").status_code == 303
    stopped = step(gov, number, "stop", "li", reason="换成别的表")
    assert stopped.status_code == 303
    assert 'value="3.5"' in gov["jia"].get(f"/intake/{batch}").text
    assert "工业用煤月报" in gov["wang"].get("/intake").text
    again = gov["wang"].post("/intake", data={"template": "meitan", "period": "2026-08"})
    assert again.status_code == 404
    with gov.world.desk.store.read() as connection:
        told = [r.act for r in audit.newest(connection, 30) if r.act.startswith("design.")]
    assert told == [f"design.{n}" for n in ("stop", "approve", "send", "save", "new")]


def test_rows_move_are_added_and_go_and_nothing_is_kept_before_it_is_saved(gov: Bureau) -> None:
    number = begin(gov)
    before = keys_in(kept(gov, number))
    page = press(gov, number, "up:2", label="改了名")
    rows = [v for n, v in fields(page.text) if n == "indicator"]
    assert rows == ["dianliang", "paiwei", "dianliang"]
    assert "改了名" in page.text  # what was typed is not lost
    assert keys_in(kept(gov, number)) == before
    told = [*fields(page.text), ("do", "out:0")]
    page = send(gov, number, told)
    assert [v for n, v in fields(page.text) if n == "indicator"] == ["paiwei", "dianliang"]
    told = [*fields(page.text), ("do", "add:paiwei")]
    page = send(gov, number, told)  # `yoy` is there already: the measure that is not
    assert [v for n, v in fields(page.text) if n == "measure"] == ["yoy", "yoy", "value"]
    assert send(gov, number, [*fields(page.text), ("do", "save")]).status_code == 303
    assert kept(gov, number).version == 2
    assert len(keys_in(kept(gov, number))["rows"]) == 3


def test_the_preview_is_the_form_that_is_filled(gov: Bureau) -> None:
    """The same markup, cell for cell."""
    number = begin(gov)
    shown = gov["wang"].get(f"/designs/{number}").text
    batch = gov["wang"].get(f"/intake/{gov.start(period='2026-10')}").text
    table = re.compile(r'<table class="sv-table sv-grid">.*?</table>', re.DOTALL)
    assert table.findall(shown) == table.findall(batch)
    part = send(gov, number, fields(shown), where="/look")
    assert table.findall(part.text) == table.findall(batch)
    assert "<html" not in part.text
    assert kept(gov, number).version == 1


def test_indicators_are_found_by_name_and_only_ones_own(gov: Bureau) -> None:
    number = begin(gov, **NEW)
    offers = re.compile(r'value="add:([a-z]+)"')
    assert offers.findall(gov["wang"].get(f"/designs/{number}").text) == ["dianliang", "paiwei", "yongmei"]  # fmt: skip
    assert offers.findall(press(gov, number, "find", search="用煤").text) == ["yongmei"]
    assert offers.findall(press(gov, number, "find", search="粮食").text) == []
    page = press(gov, number, "add:liangshi", area="level", level="市")
    refused = send(gov, number, [*fields(page.text), ("do", "save")])
    assert (refused.status_code, "不是本处室的指标" in refused.text) == (422, True)
    assert kept(gov, number).version == 1


# --- who ------------------------------------------------------------------------------------------


def test_other_divisions_see_nothing_of_it(gov: Bureau) -> None:
    number = begin(gov)
    assert "工业月报" not in gov["sun"].get("/designs").text
    for path in ("", "/form.xlsx"):
        assert gov["sun"].get(f"/designs/{number}{path}").status_code == 404
    told = fields(gov["wang"].get(f"/designs/{number}").text)
    for where in ("", "/look"):
        assert send(gov, number, [*told, ("do", "save")], "sun", where).status_code == 404
    assert step(gov, number, "send", "sun").status_code == 404
    assert gov["sun"].post("/designs", data={"name": "yuebao", "base": "true"}).status_code == 404
    for who in ("zhao", "jia", "zhuan", "nobody"):
        assert gov[who].get(f"/designs/{number}").status_code in {303, 403}
    taken = gov["sun"].post("/designs", data={**NEW, "name": "yuebao"})
    assert (taken.status_code, "换一个编号" in taken.text) == (409, True)


def test_nobody_lets_through_what_they_wrote(gov: Bureau) -> None:
    number = begin(gov)
    assert press(gov, number, "save", title="一稿").status_code == 303
    assert press(gov, number, "save", "li", title="二稿").status_code == 303
    assert step(gov, number, "send", "wang").status_code == 303
    for who in ("wang", "li"):
        refused = step(gov, number, "approve", who)
        assert (refused.status_code, "请本处室换一位" in refused.text) == (409, True)
    gov.ids["qian"] = gov.world.user("editor", org="gyc", login="qian")
    gov.browsers["qian"] = gov.world.browser(gov.ids["qian"])
    short = step(gov, number, "reject", "qian", reason="改")
    assert (short.status_code, "理由" in short.text) == (422, True)
    assert step(gov, number, "reject", "qian", reason="名称请写全").status_code == 303
    assert "名称请写全" in gov["wang"].get(f"/designs/{number}").text
    assert step(gov, number, "send", "wang").status_code == 303
    assert step(gov, number, "approve", "qian").status_code == 303
    assert kept(gov, number).state == designs.APPROVED


def test_what_was_saved_meanwhile_is_not_written_over_unseen(gov: Bureau) -> None:
    number = begin(gov)
    mine = fields(gov["wang"].get(f"/designs/{number}").text)
    assert press(gov, number, "save", "li", title="李的").status_code == 303
    stale = send(gov, number, [*changed(mine, title="王的"), ("do", "save")])
    assert (stale.status_code, "别人存过新的一版" in stale.text) == (409, True)
    assert 'value="王的"' in stale.text  # still in the form
    assert kept(gov, number).title == "李的"
    again = send(gov, number, [*fields(stale.text), ("do", "save")])
    assert again.status_code == 409
    assert send(gov, number, [*fields(stale.text), ("do", "over")]).status_code == 303
    assert kept(gov, number).title == "王的"
    old = gov["wang"].get(f"/designs/{number}?v=2").text
    assert 'value="李的"' in old  # kept, and can be had back
    assert step(gov, number, "send", "wang").status_code == 303
    assert press(gov, number, "save", title="晚了").status_code in {404, 409}
    approve = gov["li"].post(f"/designs/{number}/step/approve", data={"version": "2"})
    assert (approve.status_code, "别人改过" in approve.text) == (409, True)


# --- one judge ------------------------------------------------------------------------------------

BAD = {
    "title": ("", "表名"),
    "summary": ("长" * 121, "一句话说明"),
    "label": ("a\u200bb", "第 1 行"),
    "of": ("#" * 13, "第 1 行"),
    "day": ("45", "报送期限"),
    "note": ("<!-- x", "填表说明"),
}


@pytest.mark.parametrize("name", [n for n in BAD if n != "label"])
def test_what_is_wrong_is_said_where_it_is_in_plain_words(gov: Bureau, name: str) -> None:
    number = begin(gov)
    value, place = BAD[name]
    page = press(gov, number, "look", **{name: value}).text
    found = re.search(r'<section[^>]*id="found".*?</section>', page, re.DOTALL)
    assert found is not None
    text = re.sub(r"<[^>]+>", "", found[0])
    assert place in text
    assert "`" not in text
    assert not re.search(r"rows|regions|\.yml|title|label", text), text
    assert press(gov, number, "save", **{name: value}).status_code == 303  # a draft may be wrong
    refused = step(gov, number, "send", "wang")
    assert (refused.status_code, "还有 1 处要改" in refused.text) == (422, True)


def test_the_service_has_no_second_opinion(gov: Bureau) -> None:
    """Every fault of the builder's judge is on the page, and no other."""
    number = begin(gov)
    wrong = {"title": "", "day": "x", "of": "#" * 13, "layout": "quer", "audience": "keiner"}
    press(gov, number, "save", **wrong)
    keys = keys_in(kept(gov, number))
    ground = Ground(KNOWN, REGIONS, {"dian-fanwei"}, frozenset({"public", "intranet"}), {"gyc"})
    told = judge("yuebao", keys, ground)[1]
    page = gov["wang"].get(f"/designs/{number}").text
    assert len(told) >= 3
    assert page.count('<li class="sv-found') == len(told)


WRONG: list[Any] = [
    *({"title": t} for t in ("a\u200bb", "{{ind:x}}", "长" * 201)),
    {"audience": "x"}, {"division": "zzz"}, {"date": "2026-13-01"}, {"summary": "长" * 121},
    {"frequency": "week"}, {"frequency": "quarter"}, {"layout": "x"}, {"rows": []},
    *({"regions": r} for r in (["99"], ["880000"], {"level": "区"}, {"level": "市", "within": "880000"})),
    *({"regions": r} for r in ({"within": "990000"}, {}, {"codes": ["990000"], "level": "市"}, {"level": "企业"})),
    *({"rows": [r]} for r in ({}, {"indicator": "dianlang"}, {"indicator": "Dian"}, {"indicator": 3})),
    *({"rows": [{"indicator": "dianliang", k: v}]} for k, v in (
        ("measure", "mom"), ("measure", "monat"), ("label", "x\ny"), ("label", "长" * 300), ("indent", 7),
        ("indent", "a"), ("of", "长" * 13), ("of", "--8<"))),
    {"rows": [{"indicator": "dianliang"}] * 2}, {"rows": [{"indicator": "dianliang"}] * 401},
    {"checks": ["dian-fanwe"]}, {"checks": ["A b"]}, {"note": "长" * 2001}, {"note": "::: x"},
    *({"due": d} for d in ({"day": 0}, {"day": "x"}, {"lag": 13, "day": 3}, {"lag": 1})),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=[str(w)[:40] for w in WRONG])
def test_every_finding_is_told_without_a_word_of_yaml(wrong: Any) -> None:
    ground = Ground(KNOWN, REGIONS, {"dian-fanwei"}, frozenset({"public", "intranet"}), {"gyc"})
    keys = {k: v for k, v in (keys_of(TEMPLATES["yuebao"]) | wrong).items() if v}
    found = judge("yuebao", keys, ground)[1]
    assert found
    for one in (said(fault, KNOWN) for fault in found):
        assert one.hard
        assert re.fullmatch(r"f-[a-z]+|r-\d+|main", one.anchor)
        bare = re.sub(r"“[^”]*”", "", one.text)
        words = "title|summary|regions|rows|level|within|codes|checks|label|measure|indent|layout"
        assert not re.search(rf"[`']|\.yml|\b({words}|{'|'.join(MEASURES)})\b", bare), one


def test_a_template_of_keys_is_the_one_that_the_builder_makes() -> None:
    ground = Ground(KNOWN, REGIONS, (), frozenset({"intranet"}), {"gyc"})
    for level in ("", "市"):
        for due in (None, (1, 8), (0, 31)):
            one = replace(TEMPLATES["yuebao"], level=level, due=due, note="一\n二", summary="说明")
            one = replace(one, regions=("990100", "990200") if level else one.regions)
            made, faults = judge("yuebao", keys_of(one), ground)
            assert faults == []
            assert template_of_keys("yuebao", keys_of(one), REGIONS) == made == one


# --- hostile words, limits ------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "-2+3", "{=1}"])
def test_no_word_becomes_a_formula(gov: Bureau, words: str) -> None:
    number = begin(gov)
    press(gov, number, "save", title=words, label=words, note=words)
    data = gov["wang"].get(f"/designs/{number}/form.xlsx")
    assert data.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(data.content))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert any(words in str(c.value) for c in cells)
    assert {c.data_type for c in cells} <= {"s", "n"}  # texts and empty cells, no formula


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</textarea><b>x"]
)
def test_no_word_becomes_markup(gov: Bureau, words: str) -> None:
    number = begin(gov)
    press(gov, number, "save", title=words, label=words, note=words, of=words[:12], search=words)
    for path in (f"/designs/{number}", "/designs"):
        page = gov["wang"].get(path).text
        assert words not in page
        assert "<script>alert" not in page


def test_there_are_limits(gov: Bureau) -> None:
    number = begin(gov)
    told = fields(gov["wang"].get(f"/designs/{number}").text)
    row = [("indicator", "dianliang"), ("measure", "value"), ("label", "长" * 200), ("indent", "0"), ("of", "")]  # fmt: skip
    many = send(gov, number, [*told, *row * 401, ("do", "save")])
    assert (many.status_code, "没有收全" in many.text) == (422, True)
    large = send(gov, number, [*told, *row * 395, ("do", "save")])
    assert (large.status_code, "太大" in large.text) == (422, True)
    assert send(gov, number, [*told, ("x", "y" * (1 << 20))]).status_code == 413
    torn = send(gov, number, [*told, ("indicator", "dianliang"), ("do", "save")])
    assert torn.status_code == 422
    assert kept(gov, number).version == 1
    for name in ("Gross", "../x", "ä", "a" * 61, "a/b", ""):
        done = gov["wang"].post("/designs", data={**NEW, "name": name})
        assert done.status_code == 422, name
    assert gov["wang"].post("/designs", data={**NEW, "title": " "}).status_code == 422
    twice = gov["li"].post("/designs", data={"name": "yuebao", "base": "true"})
    assert (twice.status_code, "已经有一份在改" in twice.text) == (409, True)


def test_a_table_too_large_to_fill_is_not_sent(
    gov: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.intake.designing.judging.MOST_CELLS", 11)
    number = begin(gov)
    press(gov, number, "save", title="大表")
    done = step(gov, number, "send", "wang")
    assert (done.status_code, "有 12 格" in done.text) == (422, True)


# --- git stays the truth --------------------------------------------------------------------------


def now(gov: Bureau) -> dict[str, inforce.Held]:
    from service.intake.known import known

    with gov.world.desk.store.read() as connection:
        return inforce.current(connection, known(gov.world.desk))


def template_now(gov: Bureau) -> Template:
    return now(gov)["yuebao"].template


def test_a_change_holds_only_over_what_it_was_made_from(gov: Bureau, tmp_path: Path) -> None:
    old = gov.start(period="2026-08")
    number = begin(gov)
    press(gov, number, "save", title="工业月报（新）")
    agreed(gov, number)
    assert template_now(gov).name == "工业月报（新）"
    fresh = gov.start(period="2026-09")
    assert "工业月报（新）" in gov["wang"].get(f"/intake/{fresh}").text
    mine = replace(TEMPLATES["yuebao"], name="在 git 里改的")
    rebuilt(tmp_path, {"yuebao": mine})
    assert template_now(gov).name == "在 git 里改的"
    assert "后来改过了" in gov["wang"].get("/designs").text
    assert 'aria-label="工业月报（新）"' in gov["wang"].get(f"/intake/{fresh}").text
    assert 'aria-label="在 git 里改的"' in gov["wang"].get(f"/intake/{old}").text
    rebuilt(tmp_path, dict(TEMPLATES))
    assert template_now(gov).name == "工业月报（新）"


def test_a_design_that_came_home_does_not_come_back(gov: Bureau, tmp_path: Path) -> None:
    number = begin(gov)
    press(gov, number, "save", title="工业月报（新）")
    agreed(gov, number)
    home = replace(TEMPLATES["yuebao"], name="工业月报（新）")
    rebuilt(tmp_path, {"yuebao": home})
    assert (now(gov)["yuebao"].design, template_now(gov).name) == (0, "工业月报（新）")
    assert inforce.settle(gov.world.desk) == 1
    assert inforce.settle(gov.world.desk) == 0
    assert kept(gov, number).state == designs.HOME
    rebuilt(tmp_path, dict(TEMPLATES))  # git took it back
    assert template_now(gov).name == "工业月报"


def test_a_change_of_a_change_holds_before_and_after_the_first_came_home(
    gov: Bureau, tmp_path: Path
) -> None:
    first = begin(gov)
    press(gov, first, "save", title="一")
    agreed(gov, first)
    second = begin(gov)
    press(gov, second, "save", title="二")
    agreed(gov, second)
    assert (template_now(gov).name, kept(gov, first).state) == ("二", designs.PAST)
    rebuilt(tmp_path, {"yuebao": replace(TEMPLATES["yuebao"], name="一")})
    assert template_now(gov).name == "二"


def test_what_git_changed_meanwhile_is_not_sent(gov: Bureau, tmp_path: Path) -> None:
    number = begin(gov)
    same = step(gov, number, "send", "wang")
    assert (same.status_code, "和原来的一样" in same.text) == (409, True)
    press(gov, number, "save", title="新")
    assert step(gov, number, "send", "wang").status_code == 303
    rebuilt(tmp_path, {"yuebao": replace(TEMPLATES["yuebao"], name="在 git 里改的")})
    refused = step(gov, number, "approve", "li")
    assert (refused.status_code, acts.MOVED in refused.text) == (409, True)


def test_an_old_bundle_is_not_a_base(gov: Bureau, tmp_path: Path) -> None:
    rebuilt(tmp_path, {"yuebao": replace(TEMPLATES["yuebao"], date="")})
    refused = gov["wang"].post("/designs", data={"name": "yuebao", "base": "true"})
    assert (refused.status_code, "旧版程序" in refused.text) == (409, True)


def test_the_due_day_stands_in_the_batch_and_in_the_excel_form(gov: Bureau) -> None:
    number = begin(gov)
    press(gov, number, "save", day="31")
    agreed(gov, number)
    batch = gov.start(period="2026-10")
    assert "报送期限 2026年11月30日" in gov["jia"].get(f"/intake/{batch}").text
    sheet = openpyxl.load_workbook(
        io.BytesIO(gov["jia"].get(f"/intake/{batch}/form.xlsx").content)
    )["数据"]
    assert any(c.value == "报送期限：2026年11月30日。" for c in sheet["A"])
    data = gov["jia"].get(f"/intake/{batch}/form.xlsx").content
    filled = xlsx(data, {cell_of(data, "dianliang.value", "990100"): 7.5})
    told = {"version": gov.version(batch, "jia")}
    brought = gov["jia"].post(
        f"/intake/{batch}/form", data=told, files={"sheet": ("f.xlsx", filled)}
    )
    assert brought.status_code == 303, brought.text
    assert 'value="7.5"' in gov["jia"].get(f"/intake/{batch}").text


def cell_of(data: bytes, line: str, column: str) -> str:
    """Where a line and a column meet in a form."""
    sheet = openpyxl.load_workbook(io.BytesIO(data))["数据"]
    at = {str(c.value): c for row in sheet.iter_rows() for c in row if c.value in {line, column}}
    return f"{at[column].column_letter}{at[line].row}"


def test_those_who_may_review_hear_of_it(gov: Bureau) -> None:
    number = begin(gov)
    press(gov, number, "save", title="新")
    step(gov, number, "send", "wang")
    assert "有一张数据模板等审核" in gov["li"].get("/notices").text
    assert "数据模板" not in re.sub(
        r"<nav.*?</nav>", "", gov["wang"].get("/notices").text, flags=re.DOTALL
    )
    step(gov, number, "approve", "li")
    assert "通过了" in gov["wang"].get("/notices").text


def test_whoever_reviews_reads_what_changed(gov: Bureau) -> None:
    number = begin(gov)
    press(gov, number, "save", title="新名", label="电", of="#其中", indent="1", day="15", frequency="quarter", layout="regions_down", check="dian-fanwei")  # fmt: skip
    page = press(gov, number, "out:2")
    page = send(
        gov, number, [*changed(fields(page.text), frequency="month"), ("do", "add:yongmei")]
    )
    told = [(n, v) for n, v in fields(page.text) if (n, v) != ("code", "990101")]
    assert send(gov, number, [*told, ("do", "save")]).status_code == 303
    assert step(gov, number, "send", "wang").status_code == 303
    page = gov["li"].get(f"/designs/{number}")
    text = re.sub(r"<[^>]+>", "", page.text)
    for words in (
        "表名：“工业月报” → “新名”",
        "排法：“一行一个指标” → “一行一个地区”",
        "报送期限：“没有” → “期末后第 1 个月 15 日”",
        "去掉地区：晓坞区",
        "加了一行：规上工业用煤量（当期）",
        "去掉一行：排位的指标（同比）",
        "改了一行：全社会用电量（当期），名称 无 → 电，前面加 无 → #其中，缩进 无 → 1",
        "加了校验：dian-fanwei",
    ):
        assert words in text, words
    assert "取回来改" not in text
    assert "取回来改" in gov["wang"].get(f"/designs/{number}").text


def test_numbers_that_no_row_has_are_no_mistake_of_ours(gov: Bureau) -> None:
    for number in ("230099209847777295073280", "-9223372036854775809", "0", "-1", "9" * 18):
        for path in (f"/designs/{number}?v=3", f"/designs/{number}", f"/intake/{number}"):
            assert gov["wang"].get(path).status_code in {404, 422}, path
    torn = gov["wang"].post(
        "/designs/1", content=b"--a\r\n[]--a--", headers={"content-type": "multipart/form-data; boundary=a"}
    )  # fmt: skip
    assert torn.status_code == 400


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_many_who_save_at_once_one_does(kind: str, house: House, tmp_path: Path) -> None:
    """On both databases, from the first draft to a batch."""
    with designers(tmp_path, database=house.fresh(kind, "intranet")) as gov:
        number = begin(gov)
        told = fields(gov["wang"].get(f"/designs/{number}").text)
        mine = [[*changed(told, title=f"第{n}个"), ("do", "save")] for n in range(8)]
        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda one: send(gov, number, one).status_code, mine))
        assert sorted(done) == [303, *[409] * 7]
        assert kept(gov, number).version == 2
        agreed(gov, number)
        batch = gov.start()
        with gov.world.desk.store.read() as connection:
            design = designs.of_batch(connection, batch)
            assert design is not None
            assert design.id == number
            assert list(audit.broken(connection)) == []
