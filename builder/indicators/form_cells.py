"""The cells of a filled form: each one's number, mark and note, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from builder.indicators import numerals
from builder.indicators.blocks import LARGEST
from builder.indicators.form_heads import Heads, Place, Told, bare
from builder.indicators.form_layout import Head, Plan, Series
from builder.indicators.incoming import Row
from builder.indicators.numerals import Unread, is_rate, level
from builder.indicators.sheet_xml import Cell, name_of
from builder.indicators.snapshots import HIDDEN
from builder.indicators.workbook import Area, Sheet
from builder.problems import Where
from builder.values import MARKS, Key, Period

STORED = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
DAY_ZERO = date(1899, 12, 30)
DAYS = (36526, 54789)  # 2000 to 2049: what Excel makes of 1-5 typed into a cell
LONGEST_NOTE = 500
MARK_WORDS = {
    "初步": "preliminary",
    "初步数": "preliminary",
    "初步核算数": "preliminary",
    "持平": "level",
    "——": "none",
    "—": "none",
    "--": "none",
    "-": "none",
    **{bare(f"1{dash}2月合并"): "combined" for dash in "—-–－~～至"},
}


@dataclass(slots=True)
class Filled:
    """What the cells of a form say."""

    rows: list[Row] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    cells: dict[tuple[Key, Period], Where] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Value:
    number: float | None = None
    mark: str = ""
    bad: bool = False

    @property
    def empty(self) -> bool:
        return self.number is None and not self.mark and not self.bad


class _Wrong(ValueError):
    """Why a cell is not read: problem code, sentence without its full stop, what to do."""

    def __init__(self, code: str, said: str, action: str) -> None:
        super().__init__(said)
        self.code, self.action = code, action


def fill(sheet: Sheet, layout: Plan, heads: Heads, told: Told) -> Filled:
    """Read every cell that the form asks for."""
    filled, empty = Filled(), list[Place]()
    joined = _joined(sheet, heads, told)
    for row, line in heads.lines.items():
        mark = _line_mark(sheet, (row, heads.mark), told)
        for column, head in heads.columns.items():
            series, key = layout.cell(line.code, head.code)
            place = row, column
            value = _value(sheet.cells.get(place), place, series, told)
            if series.closed or place in joined:
                continue
            filled.cells[key, layout.period] = told.where(place)
            value = _with_mark(value, mark, series, (place, len(heads.columns)), told)
            if value.number is not None or value.mark:
                named = series.indicator, series.measure, key.region, layout.period
                filled.rows.append(Row(*named, value.number, value.mark, "", row + 1))
            elif value.empty:
                empty.append(place)
        filled.notes += _note(sheet, (row, heads.note), line, told)
    if empty:
        some = "、".join(name_of(*p) for p in empty[:12]) + "等" * (len(empty) > 12)
        said = f"有 {len(empty)} 格没有填（{some}）"
        told.at("FRM010", empty[0], said, "没有数写 ——；还没有报来的可以空着，以后补。")
    return filled


# --- merged cells -----------------------------------------------------------------------------------


def _joined(sheet: Sheet, heads: Heads, told: Told) -> set[Place]:
    """Cells that are parts of merged ones; each merged area over numbers or marks is an error."""
    found: set[Place] = set()
    numbers = {*heads.columns, heads.mark} - {-1}
    for area in sheet.merged:
        rows = [r for r in heads.lines if area.top <= r <= area.bottom]
        columns = [c for c in {*numbers, heads.note} if area.left <= c <= area.right]
        if not rows or not columns or (area.top, area.left) == (area.bottom, area.right):
            continue
        place = rows[0], min(columns)
        shown = _named(area)
        if not numbers & {*columns}:
            said = f"备注 {shown} 是合并的，只记在第一行"
            told.at("FRM009", place, said, "要分别说明的拆开写。")
            continue
        said = f"{shown} 是合并的单元格，不知道数是谁的"
        told.at("FRM006", place, said, "取消合并，每格写自己的数。")
        found |= {(r, c) for r in rows for c in columns}
    return found


def _named(area: Area) -> str:
    return f"{name_of(area.top, area.left)}:{name_of(area.bottom, area.right)}"


# --- one cell ---------------------------------------------------------------------------------------


def _value(cell: Cell | None, place: Place, series: Series, told: Told) -> _Value:
    """What one cell says; empty, and told why, when it can't be read."""
    if cell is None or (not cell.formula and not cell.text.strip()):
        return _Value()
    try:
        if series.closed:
            said = "1 月不单列，这一格不该有数"
            raise _Wrong("FRM003", said, "删去；2 月填 1—2 月合并的数。")
        _plain(cell)
        if cell.kind == "number":
            return _Value(_stored(cell, place, series, told))
        return _written(cell, place, series, told)
    except _Wrong as wrong:
        told.at(wrong.code, place, str(wrong), wrong.action)
    except Unread as unread:
        told.at("FRM003", place, str(unread), unread.action)
    return _Value(bad=True)


def _plain(cell: Cell) -> None:
    """Refuse what is neither a number nor a text that somebody wrote."""
    shown = cell.text.strip()[:24]
    if cell.formula:
        said = f"是公式{f'（现在显示 {shown}）' if shown else ''}，没有读"
        raise _Wrong("FRM005", said, "复制这一格，选择性粘贴为“数值”。")
    if cell.kind == "error":
        raise _Wrong("FRM003", f"是算错的结果 {shown}", "写上数；没有数写 ——。")
    if cell.kind == "bool":
        raise _Wrong("FRM003", "是 TRUE 或 FALSE，不是数", "写上数。")
    if cell.kind == "date" or (cell.kind == "number" and cell.look == "date"):
        day = _day(cell.text)
        said = f"被 Excel 变成了日期{f'（{day}）' if day else ''}"
        raise _Wrong("FRM003", said, "把格式改成“数值”，重新写一遍。")


def _day(text: str) -> str:
    try:
        made = DAY_ZERO + timedelta(days=int(float(text)))
    except (ValueError, OverflowError):
        return ""
    return made.isoformat()


def _stored(cell: Cell, place: Place, series: Series, told: Told) -> float:
    """A number as the program stored it."""
    text, unit = cell.text.strip(), series.shown.unit
    if not STORED.fullmatch(text):
        raise _Wrong("FRM003", f"存的 `{text[:24]}` 不是数", "重新写一遍。")
    number = float(text)
    if cell.look == "percent":
        if unit != "%":
            said = f"是百分比格式，这里的单位却是“{unit or '无'}”"
            raise _Wrong("FRM003", said, "把格式改成“数值”，重新写一遍。")
        number = float(Decimal(repr(number)) * 100)
        told.at("FRM004", place, f"是百分比格式，按 {number:g}% 读", "核对。")
    elif cell.look == "scaled":
        said = f"显示的和存的不一样，按存的 {number:.15g} 读"
        told.at("FRM004", place, said, "核对单位；把格式改成“数值”。")
    if is_rate(unit) and number == int(number) and DAYS[0] <= number < DAYS[1]:
        said = f"{number:g} 像是 Excel 把日期变成的数（{_day(text)}）"
        raise _Wrong("FRM003", said, "重新写一遍。")
    return _fit(number, text)


def _fit(number: float, text: str) -> float:
    if not abs(number) < LARGEST:
        raise _Wrong("FRM003", f"`{text[:24]}` 太大，不像真的", "核对单位。")
    return number + 0.0  # no negative zero


def _written(cell: Cell, place: Place, series: Series, told: Told) -> _Value:
    """A number, or what stands for one, written as text."""
    found = numerals.read(cell.text, series.measure, series.shown.unit)
    if found.how:
        shown = "——" if found.value is None else f"{found.value:.15g}"
        told.at(
            "FRM004", place, f"`{cell.text.strip()[:24]}` 按 {shown} 读（{found.how}）", "核对。"
        )
    if found.value is None:
        return _Value(None, found.mark)
    return _Value(_fit(found.value, cell.text.strip()), found.mark)


# --- marks and notes --------------------------------------------------------------------------------


def _line_mark(sheet: Sheet, place: Place, told: Told) -> str:
    """The mark of a whole line; empty when there is none that can be read."""
    cell = sheet.cells.get(place)
    if place[1] < 0 or cell is None or not (cell.formula or cell.text.strip()):
        return ""
    if cell.formula:
        told.at("FRM005", place, "记号是公式，没有读", "直接写记号。")
        return ""
    found = MARK_WORDS.get(bare(cell.text))
    if found is None:
        said = f"记号 `{cell.text.strip()[:20]}` 不认识"
        told.at("FRM003", place, said, f"只能写 初步、{MARKS['level']}、{MARKS['none']}，或空着。")
    return found or ""


def _with_mark(
    value: _Value, mark: str, series: Series, at: tuple[Place, int], told: Told
) -> _Value:
    """A cell with the mark of its line, where it has none itself. `at`: its place, how many cells a line has."""
    place, width = at
    if value.bad:
        return value
    if mark and not (value.mark or mark == "combined"):
        value = _marked(value, mark, series, width)
        if value.bad:
            said = f"这一行的记号是“{MARK_SHOWN[mark]}”，这一格却不是"
            told.at("FRM003", place, said, "改记号，或改这一格。")
    if mark == "combined" and not series.combined:
        told.at("FRM003", place, "1—2月合并只用在 2 月、合并填报的指标", "删去这个记号。")
    if series.combined and value.number is not None and not value.mark:
        return _Value(value.number, "combined")
    return value


MARK_SHOWN = {"preliminary": "初步", "level": MARKS["level"], "none": MARKS["none"]}


def _marked(value: _Value, mark: str, series: Series, width: int) -> _Value:
    known = value.number is not None
    if mark == "preliminary":
        return _Value(value.number, mark) if known else value
    if mark == "none":
        return _Value(bad=True) if known else _Value(None, mark)
    flat, fits = level(series.measure), numerals.can_be_level(series.measure, series.shown.unit)
    if known:
        return _Value(flat, mark) if fits and value.number == flat else _Value(bad=True)
    if width > 1:
        return value  # those of a line that are empty may simply not be there yet
    return _Value(flat, mark) if fits else _Value(bad=True)


def _note(sheet: Sheet, place: Place, line: Head, told: Told) -> Iterator[tuple[str, str]]:
    cell = sheet.cells.get(place)
    if place[1] < 0 or cell is None:
        return
    if cell.formula or cell.kind == "error":
        told.at("FRM005", place, "备注是公式，没有读", "直接写文字。")
        return
    text = HIDDEN.sub("", " ".join(cell.text.split())).strip()
    if len(text) > LONGEST_NOTE:
        told.at("FRM009", place, f"备注超过 {LONGEST_NOTE} 字，后面的没有读", "写短一些。")
    if text:
        yield "、".join(filter(None, line.names)), text[:LONGEST_NOTE]
