"""Numbers from a table to blocks: a CSV file with one number a row.

Columns, in any order, in English or Chinese: indicator 指标, measure 口径, region 地区, period 时期,
value 数值; and, where wanted, mark 记号, reason 理由.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from builder.indicators.blocks import LARGEST
from builder.indicators.layers import WITHDRAW, Block
from builder.problems import BuildFailed, Problem, Where, suggest
from builder.values import MARKS, MEASURES, Period

NEEDED: Mapping[str, str] = {
    "indicator": "指标",
    "measure": "口径",
    "region": "地区",
    "period": "时期",
    "value": "数值",
}
COLUMNS: Mapping[str, str] = {**NEEDED, "mark": "记号", "reason": "理由"}
NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
# How tables write that there is no number; “…” is another thing, a number below the smallest unit.
NONE = frozenset({"——", "—", "--"})
BY_LABEL = {label: name for name, label in {**MEASURES, **MARKS}.items()}
LONGEST = 16 * 1024 * 1024


class Row(NamedTuple):
    """One number as it came in: where it goes, the number or none, its mark, why, the line it stood in."""

    indicator: str
    measure: str
    region: str
    period: Period
    value: float | None
    mark: str = ""
    reason: str = ""
    line: int = 0


class _Wrong(ValueError):
    """A Chinese sentence on one field."""


def read_table(path: Path, withdraw: bool = False) -> list[Row]:
    """The rows of a CSV file; `BuildFailed` with everything that is wrong, by line.

    `withdraw`: the values do not matter, and may be left out.
    """
    data = path.read_bytes()
    if data.startswith(b"PK"):
        raise _failed(path, [(0, "这是 Excel 文件，这里只读 CSV。")])
    if len(data) > LONGEST:
        raise _failed(path, [(0, "文件太大，超过 16 MB。")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")  # what Excel writes on a Chinese Windows
    lines = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
    try:
        rows, wrong = _rows(lines, withdraw)
    except csv.Error as error:
        raise _failed(path, [(lines.line_num, f"CSV 读不下去：{error}。")]) from None
    if wrong or not rows:
        raise _failed(path, wrong or [(1, "表里一个数也没有。")])
    return rows


def _failed(path: Path, wrong: Iterable[tuple[int, str]]) -> BuildFailed:
    action = "照提示改表格，再运行一遍。"
    return BuildFailed([Problem("SNP002", Where(path.name, n), said, action) for n, said in wrong])


def _rows(lines: Iterator[list[str]], withdraw: bool) -> tuple[list[Row], list[tuple[int, str]]]:
    head = [_bare(word) for word in next(lines, [])]
    wrong = [(1, said) for said in _head(head, withdraw)]
    columns = [_column(word) for word in head]
    rows: list[Row] = []
    seen: dict[tuple[str, str, str, Period], int] = {}
    if wrong:
        return rows, wrong
    for number, fields in enumerate(lines, 2):
        if not any(field.strip() for field in fields):
            continue
        try:
            row = _row(_told(columns, fields), number, withdraw)
        except ValueError as error:
            wrong.append((number, f"{error}。"))
            continue
        first = seen.setdefault(row[:4], number)
        if first != number:
            wrong.append((number, f"和第 {first} 行是同一个数。"))
        elif withdraw or row.value is not None or row.mark:
            rows.append(row)
    return rows, wrong


def _told(columns: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """The fields by their columns; a number cut in two by its own comma must not lose its second half."""
    if any(field.strip() for field in fields[len(columns) :]):
        raise _Wrong("这一行的格比第一行多：数里有千分位逗号的，整个数加引号，或去掉逗号")
    told = dict.fromkeys(columns, "")
    told.update(zip(columns, map(_bare, fields), strict=False))
    if NUMBER.fullmatch(told.get("reason", "")):
        raise _Wrong("理由只写了一个数：数里有千分位逗号的，整个数加引号，或去掉逗号")
    return told


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip() if text.strip() not in NONE else text.strip()


def _column(word: str) -> str:
    return next((name for name, label in COLUMNS.items() if word in {name, label}), "")


def _head(head: Sequence[str], withdraw: bool) -> Iterator[str]:
    found = [_column(word) for word in head]
    for word, name in zip(head, found, strict=True):
        if not name:
            known = [*COLUMNS, *COLUMNS.values()]
            yield f"第一行的 `{word[:20]}` 不是列名。{suggest(word, known)}"
    for name, label in NEEDED.items():
        if name not in found and not (withdraw and name == "value"):
            yield f"第一行缺少一列：{name}（{label}）。"
    if len({*found}) < len(found):
        yield "第一行有两列同名。"


def _row(told: Mapping[str, str], line: int, withdraw: bool) -> Row:
    measure = BY_LABEL.get(told["measure"], told["measure"])
    if measure not in MEASURES:
        raise _Wrong(f"口径 `{told['measure'][:20]}` 不认识，只能是 {'、'.join(MEASURES.values())}")
    period = Period.parse(told["period"])
    mark = BY_LABEL.get(told.get("mark", ""), told.get("mark", ""))
    if mark and mark not in MARKS:
        raise _Wrong(f"记号 `{mark[:20]}` 不认识，只能是 {'、'.join(MARKS.values())}")
    value, implied = (None, "") if withdraw else _value(told.get("value", ""), measure)
    where = told["indicator"], measure, told["region"], period
    return Row(*where, value, implied or mark, told.get("reason", ""), line)


def _value(text: str, measure: str) -> tuple[float | None, str]:
    """The number, or none; and the mark that its spelling implies."""
    if text in NONE:
        return None, "none"
    if text == MARKS["level"]:
        return 100.0 if measure.endswith("index") else 0.0, "level"
    if not text:
        return None, ""
    if text.endswith("%"):
        raise _Wrong(f"`{text[:20]}` 不要带 %：单位写在指标定义里")
    if not NUMBER.fullmatch(text):
        raise _Wrong(f"`{text[:20]}` 不是数；没有数写 ——，持平写 持平")
    number = float(text.replace(",", ""))
    if abs(number) >= LARGEST:
        raise _Wrong(f"`{text[:20]}` 太大，不像真的：核对单位")
    return number, ""


# --- to blocks --------------------------------------------------------------------------------------


def blocks_of(action: str, rows: Iterable[Row], reason: str = "") -> list[Block]:
    """Rows as blocks: one for each indicator, measure, frequency and reason."""
    groups: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in rows:
        why = row.reason or reason
        name = row.indicator, row.measure, row.period.frequency, why if action != "add" else ""
        groups.setdefault(name, []).append(row)
    made: list[Block] = []
    for (indicator, measure, _, why), group in groups.items():
        parts = _rectangles(group) if action == WITHDRAW else [group]
        made += [_block(action, indicator, measure, part, why) for part in parts]
    return made


def _block(action: str, indicator: str, measure: str, rows: Sequence[Row], reason: str) -> Block:
    periods = sorted({row.period for row in rows})
    regions = sorted({row.region for row in rows})
    values = np.full((len(regions), len(periods)), np.nan)
    marks: dict[tuple[int, int], str] = {}
    across = {period: n for n, period in enumerate(periods)}
    down = {region: n for n, region in enumerate(regions)}
    for row in rows:
        at = down[row.region], across[row.period]
        values[at] = np.nan if row.value is None else row.value
        if row.mark:
            marks[at] = row.mark
    return Block(action, indicator, measure, tuple(periods), tuple(regions), values, marks, reason)


def _rectangles(rows: Sequence[Row]) -> list[list[Row]]:
    """A withdrawal takes all cells of its block, so regions with the same periods go together."""
    mine: dict[str, list[Row]] = {}
    for row in rows:
        mine.setdefault(row.region, []).append(row)
    groups: dict[frozenset[Period], list[Row]] = {}
    for found in mine.values():
        groups.setdefault(frozenset(r.period for r in found), []).extend(found)
    return list(groups.values())
