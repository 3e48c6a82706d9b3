"""Rows of a database as numbers of ours: codes, periods, values, marks; what is wrong is told once a sort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from builder.indicators import numerals
from builder.indicators.blocks import LARGEST
from builder.indicators.defined import Defined
from builder.indicators.incoming import BY_LABEL, Row
from builder.indicators.mapped import BadPeriod, Column, DatabaseMapping, Part, period_of, plain
from builder.indicators.numerals import Unread
from builder.problems import Problem, Where, has_errors
from builder.values import MARKS, MEASURES, Indicator, Period

MOST_TOLD = 40
LABELS = {"indicator": "指标", "measure": "口径", "region": "地区", "mark": "记号"}


@dataclass(slots=True)
class Pulled:
    """Numbers that a database held, what is wrong, how many rows were looked at."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    looked: int = 0
    skipped: int = 0

    @property
    def good(self) -> bool:
        """Whether the numbers may be taken."""
        return not has_errors(self.problems)


class Bad(ValueError):
    """Why a row is not read; a Chinese sentence without its full stop."""


class Stranger(Bad):
    """A code that the mapping does not know."""


class _Cell(NamedTuple):
    """One number before it is read: which series, its value and its mark there."""

    indicator: str
    measure: str
    region: str
    value: Any
    mark: Any
    name: str


class Rows:
    """Makes numbers of rows; what is wrong is told once for each sort."""

    def __init__(
        self, mapping: DatabaseMapping, known: Defined, wanted: set[Period], path: str
    ) -> None:
        self.mapping, self.known, self.wanted, self.path = mapping, known, wanted, path
        self.needed = [*mapping.columns.values(), *mapping.series]
        self.faults: dict[str, tuple[int, int]] = {}  # sentence → first row, how often
        self.seen: dict[tuple[str, str, str, Period], int] = {}

    def take(self, number: int, found: Mapping[str, Any], done: Pulled) -> None:
        """Read one row."""
        for cell in self._cells(found):
            try:
                row = self._row(number, cell, found)
            except Stranger as stranger:
                if self.mapping.unlisted == "skip":
                    done.skipped += 1
                else:
                    self._fault(number, str(stranger))
            except (Bad, BadPeriod) as error:
                self._fault(number, str(error))
            except Unread as unread:
                self._fault(number, f"{cell.name}：{unread}")
            else:
                if row and (not self.wanted or row.period in self.wanted):
                    self._keep(row, done)

    def _keep(self, row: Row, done: Pulled) -> None:
        first = self.seen.setdefault(row[:4], row.line)
        if first != row.line:
            self._fault(
                row.line, f"{row.indicator} {row.measure}，{row.region}，{row.period} 有两行"
            )
        else:
            done.rows.append(row)

    def _fault(self, number: int, said: str) -> None:
        if said in self.faults or len(self.faults) < 10_000:
            first, count = self.faults.get(said, (number, 0))
            self.faults[said] = first, count + 1

    def close(self, done: Pulled) -> None:
        """Tell what was wrong."""
        for said, (first, count) in [*self.faults.items()][:MOST_TOLD]:
            often = f"，共 {count} 处" if count > 1 else ""
            text = f"读到的第 {first} 行：{said}{often}。"
            done.problems.append(
                Problem("FRM014", Where(self.path), text, "改映射文件，或改库里的数。")
            )
        if len(self.faults) > MOST_TOLD:
            text = f"这样的问题还有 {len(self.faults) - MOST_TOLD} 种。"
            done.problems.append(Problem("FRM014", Where(self.path), text, "先改上面的。"))

    def _cells(self, found: Mapping[str, Any]) -> Iterator[_Cell]:
        columns, fixed = self.mapping.columns, self.mapping.fixed

        def part(name: Part) -> Any:
            return found[columns[name]] if name in columns else fixed.get(name, "")

        for name, series in self.mapping.series.items():
            region = series.region or part("region")
            yield _Cell(series.indicator, series.measure, region, found[name], part("mark"), name)
        if not self.mapping.series:
            told = (part("indicator"), part("measure"), part("region"), part("value"), part("mark"))
            yield _Cell(*told, columns["value"])

    def _row(self, number: int, cell: _Cell, found: Mapping[str, Any]) -> Row | None:
        series = self._series(cell)
        indicator = self.known.indicators[series.indicator]
        region = self._code("region", cell.region)
        if region not in self.known.regions:
            raise Stranger(f"地区 `{region[:20]}` 不在地区表里")
        at = self.mapping.columns.get("period")
        value = found[at] if at else self.mapping.fixed["period"]
        period = period_of(value, self.mapping.period if at else _ours(str(value)), indicator)
        worth, mark = self._value(cell, series, indicator)
        if worth is None and not mark:
            return None
        return Row(series.indicator, series.measure, region, period, worth, mark, "", number)

    def _series(self, cell: _Cell) -> Column:
        """Which series; a code may stand for indicator and measure together, as `cpi.yoy`."""
        name, _, joined = self._code("indicator", cell.indicator).partition(".")
        if name not in self.known.indicators:
            raise Stranger(f"指标代码 `{str(cell.indicator)[:20]}` 不认识")
        told = joined or self._code("measure", cell.measure) or "value"
        measure = BY_LABEL.get(told, told)
        if measure not in MEASURES or measure not in self.known.indicators[name].measures:
            raise Stranger(f"{name} 没有口径 `{told[:20]}`")
        return Column(indicator=name, measure=measure)

    def _code(self, part: Any, value: Any) -> str:
        """Our word for a code of theirs; as it is, where the mapping has no list for this part."""
        text = "" if value is None else plain(value)
        codes = self.mapping.codes.get(part)
        if codes is None:
            return text
        if text not in codes:
            if part == "mark" and not text:
                return ""
            raise Stranger(f"{LABELS.get(part, part)}代码 `{text[:20]}` 不在 codes 里")
        return codes[text]

    def _value(self, cell: _Cell, series: Column, indicator: Indicator) -> tuple[float | None, str]:
        mark = self._code("mark", cell.mark)
        mark = BY_LABEL.get(mark, mark)
        if mark and (mark not in MARKS or mark == "withdrawn"):
            raise Bad(f"记号 `{mark[:20]}` 不认识")
        worth, own = _number(cell.value, series.measure, indicator.measures[series.measure].unit)
        mark = mark or own
        if worth is None:
            return None, "none" if mark == "none" else ""
        if mark == "none":
            raise Bad("记号说没有数，却有数")
        if mark == "level" and worth != numerals.level(series.measure):
            raise Bad("记号是持平，数却不是")
        return worth, mark


def _ours(text: str) -> str:
    """The pattern of a period written our own way."""
    marks = {"Q": "{Y}-Q{Q}", "H": "{Y}-H{H}"}
    return next((p for m, p in marks.items() if m in text), "{Y}-{M}" if "-" in text else "{Y}")


def _number(value: Any, measure: str, unit: str) -> tuple[float | None, str]:
    """The number of a column's value, and the mark that its spelling implies."""
    if value is None:
        return None, ""
    if isinstance(value, str):
        found = numerals.read(value, measure, unit)
        return found.value, found.mark
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise Bad(f"值是 {type(value).__name__}，不是数")
    made = float(value)
    if not isfinite(made) or abs(made) >= LARGEST:
        raise Bad("值太大，或不是数")
    return made + 0.0, ""
