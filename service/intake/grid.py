"""A data template as a table to fill: what stands in each cell, and what somebody typed into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from builder.indicators import numerals
from builder.indicators.blocks import LARGEST
from builder.indicators.form_layout import Head, Plan, Series
from builder.indicators.numerals import Unread
from builder.indicators.store import Store
from builder.values import MARKS, Key, Period, rounded
from service.intake.findings import Found
from service.store.intake import Place, Told

BACK = "撤回"
MOST_TYPED = 60


@dataclass(frozen=True, slots=True)
class Square:
    """One cell of the table. `before`, `ago`: what was released of the period before and of a year ago."""

    name: str
    label: str
    shown: str
    closed: bool
    before: str
    ago: str
    found: tuple[Found, ...]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    head: Head
    squares: tuple[Square, ...]


def name_of(place: Iterable[str]) -> str:
    """What the field of a number is called."""
    return "c:" + ":".join(place)


def shown(told: Told) -> str:
    """A cell as people write it, and as `typed` reads it again."""
    value, mark = told
    if mark == "withdrawn":
        return BACK
    if mark in {"none", "level"}:
        return MARKS[mark]
    if value is None:
        return ""
    text = f"{value:.15g}"
    return f"{text}（初步）" if mark == "preliminary" else text


def typed(text: str, series: Series) -> Told:
    """What somebody typed; ValueError with a Chinese sentence when it is no number."""
    text = text.strip()
    if text == BACK:
        return None, "withdrawn"
    if len(text) > MOST_TYPED:
        raise ValueError("太长了，不像一个数。")
    try:
        found = numerals.read(text, series.measure, series.shown.unit)
    except Unread as unread:
        raise ValueError(f"{unread}。{unread.action}") from None
    if found.value is not None and not abs(found.value) < LARGEST:
        raise ValueError("太大，不像真的，核对单位。")
    if series.combined and found.value is not None and not found.mark:
        return found.value, "combined"
    return found.value, found.mark


def read(form: Plan, told: Mapping[str, str]) -> tuple[dict[Place, Told], dict[Place, str]]:
    """The numbers of a form that was sent, and what is wrong with those that are none; others are left alone."""
    cells: dict[Place, Told] = {}
    wrong: dict[Place, str] = {}
    for line in form.lines:
        for column in form.columns:
            series, key = form.cell(line.code, column.code)
            place: Place = (key.indicator, key.measure, key.region)
            if series.closed or name_of(place) not in told:
                continue
            try:
                cells[place] = typed(told[name_of(place)], series)
            except ValueError as error:
                wrong[place] = str(error)
    return cells, wrong


@dataclass(frozen=True, slots=True)
class Filling:
    """What a table is drawn from. `typed`: what somebody sent just now, to be shown as it was."""

    held: Mapping[Place, Told]
    found: Iterable[Found]
    past: Store
    typed: Mapping[str, str]
    wrong: Mapping[Place, str]


def lines(form: Plan, filling: Filling) -> list[Line]:
    """The table, line by line."""
    by_place: dict[Place, list[Found]] = {}
    for one in filling.found:
        by_place.setdefault((one.key.indicator, one.key.measure, one.key.region), []).append(one)

    def square(line: Head, column: Head) -> Square:
        series, key = form.cell(line.code, column.code)
        place: Place = (key.indicator, key.measure, key.region)
        name = name_of(place)
        hint = _hint(filling.past, key, series)
        return Square(
            name,
            f"{line.names[0]}，{column.names[0]}",
            filling.typed.get(name, shown(filling.held.get(place, (None, "")))),
            series.closed,
            hint(form.period.back()),
            hint(form.period.year_ago),
            tuple(by_place.get(place, ())),
            filling.wrong.get(place, ""),
        )

    return [Line(row, tuple(square(row, c) for c in form.columns)) for row in form.lines]


def _hint(past: Store, key: Key, series: Series) -> Callable[[Period], str]:
    def told(period: Period) -> str:
        cell = past.cell(key, period)
        if cell is None:
            return ""
        if cell.value is None:
            return MARKS.get(cell.mark, "")
        return rounded(cell.value, series.shown.decimals)

    return told
