"""From a query to a table: rows, columns and cells as they are to be read, with sources and vintages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from builder.indicators.query import LAST, Query
from builder.indicators.reference import NONE
from builder.indicators.regions import inside, short_name
from builder.problems import suggest
from builder.values import (
    LEVELS,
    MEASURES,
    Cell,
    Indicator,
    Key,
    Numbers,
    Period,
    Region,
    Vintage,
    rounded,
)

MOST_CELLS = 2_000
MISSING = "—"
Fault = tuple[tuple[str | int, ...], str, str]  # steps below the query, why, what to do


@dataclass(frozen=True, slots=True)
class CellText:
    """One cell: as read (`—` where there is none), its bare number as published, its mark, the cell itself."""

    text: str
    value: str
    mark: str
    cell: Cell | None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of numbers. `unit` is empty where units differ; then `units` has one for each column, if they do.

    Labels say the unit where it differs. `notes` say what marks mean here. `when` is the one period of all
    numbers, where no label says it.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[CellText, ...], ...]
    unit: str
    units: tuple[str, ...]
    by: str
    sources: tuple[str, ...]
    vintages: tuple[Vintage, ...]
    sample: bool
    notes: tuple[str, ...] = ()
    when: str = ""


class Unanswered(ValueError):
    """A query that finds nothing: why, what to do, and the steps below the query to what is wrong."""

    def __init__(self, why: str, action: str, steps: tuple[str | int, ...] = ()) -> None:
        super().__init__(why)
        self.why, self.action, self.steps = why, action, steps


def judged(query: Query, known: Mapping[str, Indicator], regions: Iterable[str]) -> Iterator[Fault]:
    """What is wrong with a query whatever the numbers are."""
    found = [known[name] for name in query.indicator if name in known]
    for place, name in enumerate(query.indicator):
        if name not in known:
            yield ("indicator", place), f"没有指标 `{name}`。", suggest(name, known) or "检查编号。"
    for place, measure in enumerate(query.measure):
        if found and not any(measure in i.measures for i in found):
            can = "、".join(dict.fromkeys(m for i in found for m in i.measures))
            yield ("measure", place), f"这些指标没有 {measure}。", f"可写：{can}。"
    codes = set(regions)
    for place, code in enumerate(query.region):
        if code not in LEVELS and code not in codes:
            yield ("region", place), f"没有地区 `{code}`。", "写 regions.yml 里的代码，或一个层级。"
    frequencies = dict.fromkeys(i.frequency for i in found)
    if len(frequencies) > 1:
        yield ("indicator",), "这些指标的频度不同，放不进一张表。", "分成几张。"
    elif found and query.periods[0].isdigit():
        first = Period.parse(query.periods.partition("..")[0])
        if first.frequency not in frequencies:
            said = f"时期 `{query.periods}` 与指标的频度对不上。"
            yield ("periods",), said, "月度写 2026-09，季度写 2026-Q3，半年写 2026-H1，年写 2026。"


def grid(query: Query, numbers: Numbers) -> Grid:
    """The table that answers a query that `judged` finds no fault with; `Unanswered` when there is none."""
    return _Asked(query, numbers).grid()


Place = tuple[str, str, str, Period]  # indicator, measure, region, period


class _Asked:
    """A query laid out: what stands along each of the four sides."""

    def __init__(self, query: Query, numbers: Numbers) -> None:
        self.numbers = numbers
        self._meant: dict[tuple[str, str], Key] = {}
        self.indicators = [numbers.indicators[name] for name in query.indicator]
        self.measures = list(query.measure)
        self.regions = _codes(query, numbers)
        self.frequency = self.indicators[0].frequency
        self.periods = self._periods(query.periods)
        sides: dict[str, Sequence[object]] = {
            "period": self.periods,
            "region": self.regions,
            "indicator": [i.id for i in self.indicators],
            "measure": self.measures,
        }
        several = [name for name, side in sides.items() if len(side) > 1]
        self.by: str = query.by or (several or ["period"])[0]
        meant = {key.region for key in self._keys()} if self.regions == [""] else set()
        if self.by == "region" and len(meant) == 1:  # which has to be named
            self.regions = list(meant)
            sides["region"] = self.regions
        self.down = list(sides[self.by])
        self.across = {name: list(side) for name, side in sides.items() if name != self.by}

    @cached_property
    def _names(self) -> Mapping[str, Mapping[str, str]]:
        """What regions and indicators are called here: no two alike, or a chart would lose one."""
        regions = self.numbers.regions
        codes = [r for r in self.regions if r]
        return {
            "indicator": _distinct({i.id: (i.short, i.name) for i in self.indicators}),
            "region": _distinct(
                {code: (short_name(regions[code]), _full(regions, code)) for code in codes}
            ),
        }

    def key(self, indicator: str, measure: str, region: str) -> Key:
        """The series of one place; where no region was named, the one that is meant."""
        if region:
            return Key(indicator, measure, region)
        name = indicator, measure
        if name not in self._meant:
            known = self.numbers.indicators[indicator]
            self._meant[name] = Key(*name, self.numbers.region_of(known, measure))
        return self._meant[name]

    def _keys(self) -> Iterator[Key]:
        for indicator, measure, region in product(self.indicators, self.measures, self.regions):
            if measure in indicator.measures:
                yield self.key(indicator.id, measure, region)

    def _periods(self, asked: str) -> list[Period]:
        first, dots, last = asked.partition("..")
        if dots and last:
            return _span(Period.parse(first), Period.parse(last))
        if first[0].isdigit() and not dots:
            return [Period.parse(first)]
        newest = (self.numbers.store.latest(key, self.frequency) for key in self._keys())
        ends = [cell.period for cell in newest if cell]
        if not ends:
            raise Unanswered(NONE, "核对指标、地区；没有到发布时间的，等发布以后再用。")
        end = max(ends, key=lambda p: p.ordinal)
        if dots:
            return _span(Period.parse(first), end)
        found = LAST.fullmatch(asked)
        return _span(end.back(int(found[1]) - 1 if found else 0), end)

    def grid(self) -> Grid:
        """Every cell; what is empty from end to end is left out."""
        across = list(product(*self.across.values()))
        if len(across) * len(self.down) > MOST_CELLS:
            raise Unanswered(f"这张表超过 {MOST_CELLS} 个数", "少要几期，或少要几个地区。")
        table = [[self._cell(row, column) for column in across] for row in self.down]
        held = [n for n in range(len(across)) if any(_told(row[n]) for row in table)]
        lines = [n for n, row in enumerate(table) if self._kept(self.down[n], row)]
        if not held or not lines:
            raise Unanswered(NONE, "核对指标、地区、时期；没有到发布时间的，等发布以后再用。")
        cells = tuple(tuple(table[n][m] for m in held) for n in lines)
        return self._finished([self.down[n] for n in lines], [across[n] for n in held], cells)

    def _place(self, row: object, column: Sequence[object]) -> Place:
        found = {self.by: row, **dict(zip(self.across, column, strict=True))}
        period = found["period"]
        assert isinstance(period, Period)
        return str(found["indicator"]), str(found["measure"]), str(found["region"]), period

    def _cell(self, row: object, column: Sequence[object]) -> CellText:
        indicator, measure, region, period = self._place(row, column)
        shown = self.numbers.indicators[indicator].measures.get(measure)
        if shown is None:
            return CellText(MISSING, "", "", None)
        return cell_text(
            self.numbers.store.cell(self.key(indicator, measure, region), period), shown.decimals
        )

    def _kept(self, label: object, row: Sequence[CellText]) -> bool:
        if any(map(_told, row)):
            return True
        # A gap in a series is shown; a January that nobody reports by itself is none.
        combined = isinstance(label, Period) and label.frequency == "month" and label.place == 1
        return self.by == "period" and not (combined and all(i.combined for i in self.indicators))

    def _finished(
        self,
        down: Sequence[object],
        across: Sequence[Sequence[object]],
        cells: tuple[tuple[CellText, ...], ...],
    ) -> Grid:
        left = {
            name: list(dict.fromkeys(c[n] for c in across)) for n, name in enumerate(self.across)
        }
        left[self.by] = list(down)
        units = [[self._unit(row, column) for column in across] for row in down]
        flat = {unit for line in units for unit in line if unit is not None}
        one = flat.pop() if len(flat) == 1 else None
        wide = [_only(line[n] for line in units) for n in range(len(across))]
        tall = [_only(line) for line in units]
        if one is None and None in wide and None in tall:  # each cell has to say its own
            cells = tuple(tuple(map(_with_unit, *pair)) for pair in zip(cells, units, strict=True))
        by_column = one is None and None not in wide
        rows = [
            self._named(self.by, label, line)
            + _bracketed(None if one is not None or by_column else unit)
            for label, line, unit in zip(down, cells, tall, strict=True)
        ]
        columns = [
            self._column(column, left, line) + _bracketed(None if one is not None else unit)
            for column, unit, line in zip(across, wide, zip(*cells, strict=True), strict=True)
        ]
        vintages = dict.fromkeys(c.cell.vintage for line in cells for c in line if c.cell)
        cells = self._apart(cells, several=len(left["period"]) > 1)
        return Grid(
            title=self._title(left, [c for line in cells for c in line]),
            rows=tuple(rows),
            columns=tuple(columns),
            cells=cells,
            unit=one or "",
            units=tuple(unit or "" for unit in wide) if by_column else (),
            by=self.by,
            sources=tuple(dict.fromkeys(v.source for v in vintages)),
            vintages=tuple(vintages),
            sample=any(i.sample for i in self.indicators),
            notes=tuple(_notes(cells)),
            when=self._when(left),
        )

    def _unit(self, row: object, column: Sequence[object]) -> str | None:
        indicator, measure, _, _ = self._place(row, column)
        shown = self.numbers.indicators[indicator].measures.get(measure)
        return shown.unit if shown else None

    def _named(self, side: str, label: object, line: Sequence[CellText]) -> str:
        """A label; of a month that stands for two in all that `line` tells, both months."""
        if isinstance(label, Period) and _both(line):
            return f"{label.year}年1—2月"
        return self._label(side, label)

    def _apart(
        self, cells: tuple[tuple[CellText, ...], ...], *, several: bool
    ) -> tuple[tuple[CellText, ...], ...]:
        """Numbers of two months say so themselves where they stand among numbers of one."""
        if not any(c.mark == "combined" for line in cells for c in line):
            return cells
        if not several:
            flat = [c for line in cells for c in line]
            return cells if _both(flat) else tuple(tuple(map(_of_both, line)) for line in cells)
        lines = cells if self.by == "period" else tuple(zip(*cells, strict=True))
        said = tuple(line if _both(line) else tuple(map(_of_both, line)) for line in lines)
        return said if self.by == "period" else tuple(zip(*said, strict=True))

    def _column(
        self,
        column: Sequence[object],
        left: Mapping[str, Sequence[object]],
        line: Sequence[CellText],
    ) -> str:
        """What tells this column from the others; with nothing to tell, the indicator.

        Where several regions or indicators were asked for, the one that is left is named.
        """
        named = list(zip(self.across, column, strict=True))
        asked = {s for s in ("region", "indicator") if len(self.across.get(s, ())) > 1}
        said = [self._named(s, v, line) for s, v in named if s in asked or len(left[s]) > 1]
        single = "measure" if self.by == "indicator" else "indicator"
        return " ".join(said) or self._label(single, dict(named)[single])

    def _label(self, side: str, value: object) -> str:
        if isinstance(value, Period):
            so_far = all(m.startswith("ytd") for m in self.measures)
            return value.label("ytd" if so_far else "value")
        word = str(value)
        if side == "measure":
            return MEASURES[word].partition("（")[0]
        return self._names[side].get(word, "")

    def _when(self, left: Mapping[str, Sequence[object]]) -> str:
        one = self.by != "period" and len(left["period"]) == 1
        return self._label("period", left["period"][0]) if one else ""

    def _title(self, left: Mapping[str, Sequence[object]], cells: Sequence[CellText]) -> str:
        """When, where and what: each as far as it is one for the whole table."""
        names = [self.numbers.indicators[str(name)] for name in left["indicator"]]
        what = "、".join(i.short for i in names[:4]) if len(names) > 1 else names[0].name
        more = "等" if len(names) > 4 else ""
        place, when, how = (
            self._named(side, left[side][0], cells) if len(left[side]) == 1 else ""
            for side in ("region", "period", "measure")
        )
        own = len(self.regions) > 1 or left["region"][0] in {"", self.numbers.home}
        measure = "" if how == MEASURES["value"] else how
        return f"{when}{'' if own else place}{what}{more}{measure}"


def cell_text(cell: Cell | None, decimals: int) -> CellText:
    """A cell as it is read: the number as published, 持平, `——`, or `—` where there is none."""
    if cell is None or cell.mark == "withdrawn":
        return CellText(MISSING, "", "", None)
    if cell.value is None:
        if cell.mark == "level":
            return CellText("持平", rounded(0.0, decimals), cell.mark, cell)
        return CellText("——" if cell.mark == "none" else MISSING, "", cell.mark, cell)
    number = rounded(cell.value, decimals)
    return CellText("持平" if cell.mark == "level" else number, number, cell.mark, cell)


def _told(cell: CellText) -> bool:
    return cell.text != MISSING


def _codes(query: Query, numbers: Numbers) -> list[str]:
    found = dict[str, None]()
    for named in query.region:
        found |= dict.fromkeys(inside(numbers.regions, named) if named in LEVELS else (named,))
    return list(found) or [""]


def _full(regions: Mapping[str, Region], code: str) -> str:
    """The name of a region after that of the one it lies in."""
    above = regions.get(regions[code].parent)
    return f"{short_name(above) if above else ''}{regions[code].name}"


def _distinct(names: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """By each key its short name; the long one where another has the same, and the key after it at worst."""
    shorts = Counter(short for short, _ in names.values())
    made = {key: short if shorts[short] == 1 else long for key, (short, long) in names.items()}
    left = Counter(made.values())
    return {key: name if left[name] == 1 else f"{name}（{key}）" for key, name in made.items()}


def _span(first: Period, last: Period) -> list[Period]:
    return [Period(first.frequency, n) for n in range(first.ordinal, last.ordinal + 1)]


def _both(line: Iterable[CellText]) -> bool:
    """Whether some of these numbers are of January and February together, and none of one of them."""
    told = [c for c in line if c.cell and _told(c)]
    marked = [c.mark == "combined" for c in told]
    return any(marked) and all(m or _so_far(c) for m, c in zip(marked, told, strict=True))


def _of_both(shown: CellText) -> CellText:
    if shown.mark != "combined" or _so_far(shown):
        return shown
    return replace(shown, text=f"{shown.text}（1—2月）")


def _so_far(shown: CellText) -> bool:
    """Whether a number is of the year so far, which in February is January and February anyhow."""
    return shown.cell is not None and shown.cell.key.measure.startswith("ytd")


def _only(units: Iterable[str | None]) -> str | None:
    """The one unit of all that have one; None when they differ."""
    found = {unit for unit in units if unit is not None}
    return found.pop() if len(found) == 1 else None


def _bracketed(unit: str | None) -> str:
    return f"（{unit}）" if unit else ""


def _with_unit(cell: CellText, unit: str | None) -> CellText:
    plain = cell.text == cell.value and bool(unit)
    return replace(cell, text=f"{cell.text}{unit}") if plain else cell


def _notes(cells: Sequence[Sequence[CellText]]) -> Iterator[str]:
    marked = {c.mark for line in cells for c in line}
    if "preliminary" in marked:
        when = [c.cell.period for line in cells for c in line if c.mark == "preliminary" and c.cell]
        labels = dict.fromkeys(p.label() for p in sorted(when))
        yield f"{'、'.join(list(labels)[-3:])}为初步数"
    if "combined" in marked:
        yield "1月不单列，1—2月合并"
    if "none" in marked:
        yield "——表示没有这个数"
