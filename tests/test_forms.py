"""Entry forms: out, filled in, and in again; whatever is odd is named with its cell."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment

from builder.indicators.form_check import judged
from builder.indicators.form_layout import BEFORE, DATA, KEEP, YEAR_AGO
from builder.indicators.rules import Range
from builder.indicators.store import Store
from builder.problems import Refused, has_errors
from builder.values import MARKS, Key, Period, Template
from tests import numbers_world
from tests.form_world import (
    CLOCK,
    FILE,
    Sheet,
    codes,
    defined,
    everything,
    filled,
    form,
    opened,
    read,
    template,
    templates,
)

LAYOUTS = ("indicators_down", "regions_down")
EXAMPLES = 300 if os.environ.get("WEIKE_FULL") else 25


# --- out --------------------------------------------------------------------------------------------


def test_a_form_is_the_same_bytes_every_time() -> None:
    assert form(template()) == form(template())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_form_says_what_is_wanted(layout: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(form(template(layout))))
    assert book.sheetnames == [DATA, KEEP]
    assert all(sheet.sheet_state == "visible" for sheet in book.worksheets)
    sheet = opened(book)
    texts = {c.value for row in sheet.sheet.iter_rows() for c in row}
    assert {
        "主要指标月报",
        "时期：2026年9月（2026-09）",
        "#其中：轻工业",
        "亿千瓦时",
        "甲州市",
    } <= texts
    assert len(sheet.lines) * len(sheet.columns) == 15
    assert sheet.sheet.protection.sheet
    first = sheet.cell(next(iter(sheet.lines)), next(iter(sheet.columns)))
    assert not first.protection.locked
    assert first.number_format == "0.0"
    assert sheet.sheet.cell(1, 1).protection.locked
    guards = [v for v in sheet.sheet.data_validations.dataValidation if v.type == "custom"]
    assert sum(first.coordinate in v.sqref for v in guards) == 1


def test_parts_are_set_in() -> None:
    sheet = opened(openpyxl.load_workbook(io.BytesIO(form(template()))))
    assert sheet.sheet.cell(sheet.lines["qing.yoy"], 1).alignment.indent == 2
    assert sheet.sheet.cell(sheet.lines["gongye.yoy"], 1).alignment.indent == 0


def test_what_was_told_last_is_beside_it_and_not_read_back() -> None:
    blocks = [
        numbers_world.block([[7.7, 8.8]], ["2026-08", "2025-09"], indicator="gongye"),
        numbers_world.block([[None]], ["2026-08"], indicator="qing", marks={(0, 0): "none"}),
    ]
    store = Store([numbers_world.snapshot("s1", *blocks)])
    data = form(template(), store=store)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == [DATA, BEFORE, YEAR_AGO, KEEP]
    texts = [
        {c.value for row in book[n].iter_rows() for c in row} for n in (BEFORE, YEAR_AGO, DATA)
    ]
    assert [7.7 in t for t in texts] == [True, False, False]
    assert [8.8 in t for t in texts] == [False, True, False]
    assert MARKS["none"] in texts[0]
    assert read(data).rows == []
    assert codes(read(data)) == []


def test_february_stands_for_two_months_and_january_is_not_asked_for() -> None:
    february = filled(form(template(), "2026-02"), everything)
    found = {row[:3]: row.mark for row in read(february).rows}
    assert {found["gongye", "yoy", c] for c in ("990000", "990100")} == {"combined"}
    assert found["qing", "yoy", "990000"] == ""
    texts = {
        c.value
        for row in openpyxl.load_workbook(io.BytesIO(february))[DATA].iter_rows()
        for c in row
    }
    assert "同比（1—2月合并）" in texts
    january = filled(form(template(), "2026-01"), lambda s: s.put("gongye.yoy", "990000", 5.0))
    assert codes(read(january)) == ["FRM003"]
    assert "1 月不单列" in read(january).problems[0].message
    alone = template(rows=template().rows[:1])
    with pytest.raises(Refused, match="1 月不单独填报"):
        form(alone, "2026-01")


@pytest.mark.parametrize("period", ["2026-Q3", "2026"])
def test_a_period_of_another_frequency_is_refused(period: str) -> None:
    with pytest.raises(Refused, match="月度"):
        form(template(), period)


# --- out, filled, in --------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(),
    st.sampled_from(["none", "level", "preliminary"]),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 3) + 0.0),
)


@settings(max_examples=EXAMPLES)
@given(st.data(), templates())
def test_every_value_note_and_mark_survives(data: st.DataObject, made: Template) -> None:
    """Filled by another program, in any of the ways that the form itself says."""
    expected: dict[tuple[str, str, str], tuple[float | None, str]] = {}
    notes: list[str] = []

    def hand(sheet: Sheet) -> None:
        for line in sheet.lines:
            for column in sheet.columns:
                series, region = (line, column) if "." in line else (column, line)
                indicator, _, measure = series.partition(".")
                cell = data.draw(CELLS)
                told = _written(cell, measure, data)
                if told is not None:
                    sheet.put(line, column, told[0])
                    expected[indicator, measure, region] = told[1:]
            note = data.draw(st.sampled_from(["", "", "台风影响", "=不是公式", "12"]))
            if note:
                beside: Any = sheet.sheet.cell(sheet.lines[line], sheet.note)
                beside.value, beside.data_type = note, "s"
                notes.append(note)

    reading = read(filled(form(made), hand), made)
    assert [p for p in reading.problems if p.code != "FRM010"] == []
    assert {row[:3]: (row.value, row.mark) for row in reading.rows} == expected
    assert [text for _, text in reading.notes] == notes
    told = {
        (b.indicator, b.measure, b.regions[r]): (
            None if np.isnan(b.values[r, 0]) else float(b.values[r, 0]),
            b.marks.get((r, 0), ""),
        )
        for b in reading.blocks()
        for r in range(len(b.regions))
    }
    assert told == expected


def _written(
    cell: object, measure: str, data: st.DataObject
) -> tuple[object, float | None, str] | None:
    """What a person puts into the cell, and what it means."""
    if cell == "none":
        return data.draw(st.sampled_from(["——", "—"])), None, "none"
    if cell == "level" and measure not in {"value", "ytd"}:
        return "持平", 100.0 if measure == "index" else 0.0, "level"
    if cell == "preliminary":
        return data.draw(st.sampled_from(["5.2（初步）", "5.2(初步)", "5.2 初步数"])), 5.2, cell
    return (cell, cell, "") if isinstance(cell, float) else None


def test_a_mark_may_stand_for_the_whole_line() -> None:
    def hand(sheet: Sheet) -> None:
        everything(sheet)
        sheet.sheet.cell(sheet.lines["gongye.yoy"], sheet.mark).value = "初步"
        sheet.put("qing.yoy", "990000", "——")
        sheet.put("qing.yoy", "990100", None)
        sheet.put("qing.yoy", "990200", None)
        sheet.sheet.cell(sheet.lines["qing.yoy"], sheet.mark).value = "——"

    found = {row[:3]: (row.value, row.mark) for row in read(filled(form(template()), hand)).rows}
    assert [found["gongye", "yoy", c][1] for c in ("990000", "990100", "990200")] == [
        "preliminary"
    ] * 3
    assert [found["qing", "yoy", c] for c in ("990000", "990100", "990200")] == [(None, "none")] * 3


# --- one cell ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "written", "value", "code"),
    [
        ("gongye.yoy", "1,234.5 ", 1234.5, "FRM004"),
        ("gongye.yoy", "１２３．４", 123.4, "FRM004"),
        ("gongye.yoy", "−3.2", -3.2, "FRM004"),
        ("gongye.yoy", "5.2％", 5.2, "FRM004"),
        ("gongye.yoy", "'5.2", 5.2, "FRM004"),
        ("gongye.yoy", " 5.2\u3000", 5.2, ""),
        ("gongye.yoy", "－", None, "FRM004"),
        ("gongye.yoy", "   ", None, ""),
        ("shiye.mom", "0.3个百分点", 0.3, "FRM004"),
        ("yongdian.value", "12.5亿千瓦时", 12.5, "FRM004"),
        ("gongye.yoy", "0.3百分点", None, "FRM003"),
        ("shiye.mom", "0.3%", None, "FRM003"),
        ("yongdian.value", "12.5万千瓦时", None, "FRM003"),
        ("yongdian.value", "持平", None, "FRM003"),
        ("gongye.yoy", "增长5.2%", None, "FRM003"),
        ("gongye.yoy", "(1.3)", None, "FRM003"),
        ("gongye.yoy", "5²", None, "FRM003"),
        ("gongye.yoy", "五", None, "FRM003"),
        ("gongye.yoy", "1.2.3", None, "FRM003"),
        ("gongye.yoy", "…", None, "FRM003"),
        ("gongye.yoy", "无", None, "FRM003"),
        ("gongye.yoy", "1e5", None, "FRM003"),
        ("gongye.yoy", 46100, None, "FRM003"),  # 2026-03-19, where a rate should be
        ("yongdian.value", 46100, 46100.0, ""),
        ("yongdian.value", 1e16, None, "FRM003"),
        ("gongye.yoy", True, None, "FRM003"),
        ("gongye.yoy", "#DIV/0!", None, "FRM003"),
        ("gongye.yoy", "=1+1", None, "FRM005"),
    ],
)
def test_one_cell(line: str, written: object, value: float | None, code: str) -> None:
    reading = read(filled(form(template()), lambda s: s.put(line, "990100", written)))
    assert codes(reading) == ([code] if code else [])
    assert [row.value for row in reading.rows if row.mark != "none"] == (
        [] if value is None else [value]
    )
    if code:
        problem = next(p for p in reading.problems if p.code == code)
        spot = opened(openpyxl.load_workbook(io.BytesIO(form(template())))).cell(line, "990100")
        assert problem.message.startswith(f"表“数据” {spot.coordinate}：")
        assert (problem.where.path, problem.where.line) == (FILE, spot.row)
        assert problem.action


def test_the_cached_value_of_a_formula_is_not_taken() -> None:
    data = filled(form(template()), lambda s: s.put("gongye.yoy", "990000", "=1+1"))
    data = _xml(data, "xl/worksheets/sheet1.xml", b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
    reading = read(data)
    assert reading.rows == []
    assert "现在显示 2" in reading.problems[0].message


def _xml(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            body = source.read(info)
            if info.filename == part:
                assert body.count(old) or body.count(old.replace(b"<v></v>", b"<v />"))
                body = body.replace(old, new).replace(old.replace(b"<v></v>", b"<v />"), new)
            target.writestr(info, body)
    return out.getvalue()


@pytest.mark.parametrize(
    ("look", "number", "value", "code"),
    [
        ("0.0%", 0.052, 5.2, "FRM004"),
        ("yyyy-mm-dd", 46027.0, None, "FRM003"),
        ('m"月"d"日"', 46027.0, None, "FRM003"),
        ('0!.0,"万"', 12345.0, 12345.0, "FRM004"),
        ('0.0"月"', 5.2, 5.2, ""),
        ("[红色]0.0;[Red]-0.0", 5.2, 5.2, ""),
    ],
)
def test_a_number_may_look_like_another(
    look: str, number: float, value: float | None, code: str
) -> None:
    def hand(sheet: Sheet) -> None:
        sheet.put("gongye.yoy", "990000", number)
        sheet.cell("gongye.yoy", "990000").number_format = look

    reading = read(filled(form(template()), hand))
    assert codes(reading) == ([code] if code else [])
    assert [row.value for row in reading.rows] == ([] if value is None else [value])


# --- lines and columns ------------------------------------------------------------------------------


def test_moved_lines_are_read_where_they_stand() -> None:
    def hand(sheet: Sheet) -> None:
        everything(sheet)
        first, second = sheet.lines["gongye.yoy"], sheet.lines["yongdian.value"]
        for column in range(1, sheet.sheet.max_column + 1):
            one, other = (sheet.sheet.cell(r, column) for r in (first, second))
            one.value, other.value = other.value, one.value

    whole, moved = (read(filled(form(template()), h)) for h in (everything, hand))
    assert codes(moved) == ["FRM009"]
    assert not has_errors(moved.problems)
    assert {row[:6] for row in moved.rows} == {row[:6] for row in whole.rows}


def test_inserted_lines_and_rows_above_do_no_harm() -> None:
    def hand(sheet: Sheet) -> None:
        everything(sheet)
        sheet.sheet.insert_rows(sheet.lines["qing.index"])
        sheet.sheet.insert_rows(1, 2)

    whole, moved = (read(filled(form(template()), h)) for h in (everything, hand))
    assert codes(moved) == []
    assert {row[:6] for row in moved.rows} == {row[:6] for row in whole.rows}


Hand = Callable[[Sheet], object]
WRONG: dict[str, tuple[Hand, str, str]] = {
    "a line deleted": (lambda s: s.sheet.delete_rows(s.lines["qing.yoy"]), "FRM008", "少了一行"),
    "a column deleted": (lambda s: s.sheet.delete_cols(s.columns["990100"]), "FRM008", "少了一列"),
    "a line renamed": (
        lambda s: s.sheet.cell(s.lines["qing.yoy"], 1, "重工业"),
        "FRM008",
        "被改成了“重工业”",
    ),
    "a unit changed": (
        lambda s: s.sheet.cell(s.lines["yongdian.value"], 3, "万千瓦时"),
        "FRM008",
        "“单位”原来是“亿千瓦时”",
    ),
    "a region renamed": (
        lambda s: s.sheet.cell(s.lines["gongye.yoy"] - 2, s.columns["990100"], "丙州市"),
        "FRM008",
        "丙州市",
    ),
    "a line of their own": (
        lambda s: [
            s.sheet.cell(max(s.lines.values()) + 1, c, v) for c, v in ((1, "合计"), (4, 9.9))
        ],
        "FRM008",
        "“合计”，模板里没有",
    ),
    "a line twice": (
        lambda s: [
            s.sheet.cell(max(s.lines.values()) + 1, c, s.sheet.cell(s.lines["qing.yoy"], c).value)
            for c in range(1, 10)
        ],
        "FRM008",
        "是同一行",
    ),
    "the heads gone": (
        lambda s: s.sheet.delete_rows(1, s.lines["gongye.yoy"] - 1),
        "FRM008",
        "表头",
    ),
    "words below": (
        lambda s: s.sheet.cell(max(s.lines.values()) + 3, 1, "填表人：王甲"),
        "FRM009",
        "不是表里的行",
    ),
    "a code gone": (
        lambda s: s.sheet.cell(s.lines["qing.yoy"], s.note + 1).__setattr__("value", None),
        "FRM009",
        "按名称认作“#其中：轻工业",
    ),
    "a name gone": (
        lambda s: [
            s.sheet.cell(s.lines["qing.yoy"], c).__setattr__("value", None) for c in (1, 2, 3)
        ],
        "FRM009",
        "按代码认作",
    ),
    "a comment": (
        lambda s: s.cell("qing.yoy", "990000").__setattr__("comment", Comment("问过了", "甲")),
        "FRM009",
        "批注",
    ),
    "a hidden line": (
        lambda s: s.sheet.row_dimensions[s.lines["qing.yoy"]].__setattr__("hidden", True),
        "FRM007",
        "这一行是隐藏的",
    ),
    "a hidden column": (
        lambda s: s.sheet.column_dimensions["E"].__setattr__("hidden", True),
        "FRM007",
        "这一列是隐藏的",
    ),
    "cells merged": (
        lambda s: s.sheet.merge_cells(
            start_row=s.lines["qing.yoy"],
            end_row=s.lines["qing.yoy"],
            start_column=s.columns["990000"],
            end_column=s.columns["990100"],
        ),
        "FRM006",
        "合并的单元格",
    ),
    "a strange mark": (
        lambda s: s.sheet.cell(s.lines["qing.yoy"], s.mark, "最终数"),
        "FRM003",
        "记号 `最终数` 不认识",
    ),
    "the sheet for programs gone": (
        lambda s: s.book.remove(s.book[KEEP]),
        "FRM002",
        "没有“勿改”",
    ),
    "the sheet for programs changed": (
        lambda s: s.book[KEEP].cell(7, 2, "2026-10"),
        "FRM002",
        "被改过",
    ),
    "a sheet of the program": (
        lambda s: [
            s.book.create_sheet("WpsReserved_CellImgList"),
            s.sheet.cell(max(s.lines.values()) + 2, 1, "以上"),
        ],
        "FRM009",
        "不是表里的行",
    ),
    "another sheet": (
        lambda s: s.book.create_sheet("草稿").cell(1, 1, 5),
        "FRM009",
        "“草稿”页没有读",
    ),
}


@pytest.mark.parametrize("name", [*WRONG])
def test_what_is_odd_is_named(name: str) -> None:
    hand, code, said = WRONG[name]

    def both(sheet: Sheet) -> None:
        everything(sheet)
        hand(sheet)

    reading = read(filled(form(template()), both))
    assert code in codes(reading)
    assert any(p.code == code and said in p.message for p in reading.problems), reading.problems
    assert reading.good is (code in {"FRM007", "FRM009"})


def test_two_cells_of_one_place_are_refused() -> None:
    data = filled(form(template()), everything)
    twice = _xml(data, "xl/worksheets/sheet1.xml", b'<c r="E11"', b'<c r="D11"')
    [problem] = read(twice).problems
    assert (problem.code, "两个 D11" in problem.message) == ("FRM001", True)


def test_numbers_in_hidden_lines_are_read() -> None:
    def hand(sheet: Sheet) -> None:
        everything(sheet)
        sheet.sheet.row_dimensions[sheet.lines["qing.yoy"]].hidden = True

    assert len(read(filled(form(template()), hand)).rows) == 15


# --- which form it is -------------------------------------------------------------------------------


def test_another_template_period_or_version_is_refused() -> None:
    data = form(template())
    assert codes(read(data, template(rows=template().rows[:3]))) == ["FRM002"]
    assert codes(read(data, period=Period.parse("2026-10"))) == ["FRM002"]
    assert codes(read(data, template="jibao")) == ["FRM002"]
    other = Template(**{n: getattr(template(), n) for n in Template.__slots__} | {"id": "jibao"})
    found = read(data, other)
    assert codes(found) == ["FRM002"]
    assert "yuebao" in found.problems[0].message
    assert codes(read(data, period=Period.parse("2026-09"), template="yuebao")) == []


def test_a_note_for_those_who_fill_it_makes_no_other_version() -> None:
    assert codes(read(form(template()), template(note="改了说明"))) == []


# --- rules ------------------------------------------------------------------------------------------


def test_what_breaks_a_rule_is_told_with_its_cell() -> None:
    rules = (
        Range(id="gao", rule="range", indicators=("qing",), measures=("yoy",), high=30, hard=True),
        Range(id="di", rule="range", indicators=("shiye",), measures=("mom",), low=0),
    )
    data = filled(
        form(template()),
        lambda s: (s.put("qing.yoy", "990100", 55.0), s.put("shiye.mom", "990200", -1.0)),
    )
    reading = read(data)
    found = judged(reading, [], defined(rules=rules), CLOCK)
    sheet = opened(openpyxl.load_workbook(io.BytesIO(data)))
    hard, soft = sheet.cell("qing.yoy", "990100"), sheet.cell("shiye.mom", "990200")
    told = {(p.code, p.where.line, p.where.column) for p in found}
    assert told == {("FRM011", hard.row, hard.column), ("FRM012", soft.row, soft.column)}
    assert any(
        f"表“数据” {hard.coordinate}：2026年9月甲州市“轻工业增加值”同比" in p.message for p in found
    )


def test_a_slip_of_the_unit_is_found_against_what_was_told_before() -> None:
    months = [str(Period.parse("2026-08").back(n)) for n in reversed(range(30))]
    usual = numbers_world.block(
        [[12.0 + 0.01 * n for n in range(30)]], months, indicator="yongdian", measure="value"
    )
    others = [numbers_world.snapshot("s1", usual)]
    reading = read(filled(form(template()), lambda s: s.put("yongdian.value", "990000", 122_000)))
    found = judged(reading, others, defined(), CLOCK)
    assert [p.code for p in found] == ["FRM012"]
    assert "单位可能写错" in found[0].message


def test_a_number_that_is_known_and_another_is_named() -> None:
    others = [
        numbers_world.snapshot("s1", numbers_world.block([[5.0]], ["2026-09"], indicator="gongye"))
    ]
    same, other = (
        judged(
            read(filled(form(template()), lambda s, v=v: s.put("gongye.yoy", "990000", v))),  # type: ignore[misc]
            others,
            defined(),
            CLOCK,
        )
        for v in (5.0, 5.1)
    )
    assert same == []
    assert "已经有过 5（快照 s1），这里是 5.1" in other[0].message


def test_findings_of_rules_know_their_key() -> None:
    reading = read(filled(form(template()), everything))
    assert len(reading.cells) == 15
    assert (Key("gongye", "yoy", "990100"), Period.parse("2026-09")) in reading.cells


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_series_may_be_called_like_a_head(layout: str) -> None:
    rows = tuple(
        replace(row, label=name, of="")
        for row, name in zip(
            template().rows, ("备注", "地区", "指标", "记号", "行代码"), strict=True
        )
    )
    made = template(layout, rows=rows)
    reading = read(filled(form(made), everything), made)
    assert codes(reading) == []
    assert len(reading.rows) == 15


def test_a_note_is_one_line_without_what_nobody_sees() -> None:
    def hand(sheet: Sheet) -> None:
        everything(sheet)
        cell: Any = sheet.sheet.cell(sheet.lines["gongye.yoy"], sheet.note)
        cell.value = "台风\n影响_x000D_，_x9644_件\u200b见后 _xD800_"

    reading = read(filled(form(template()), hand))
    assert [text for _, text in reading.notes] == ["台风 影响 ，附件见后"]
    assert reading.note().startswith("规模以上工业增加值、同比、%：")
