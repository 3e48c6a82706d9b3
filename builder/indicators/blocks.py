"""The numbers of a snapshot file: their shapes, types, marks, and that no cell is told twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.indicators.places import Fault
from builder.indicators.spelling import BLOCK_KEYS
from builder.indicators.store import Block, Floats
from builder.problems import suggest
from builder.values import MARKS, MEASURES, Period

ACTIONS: Mapping[str, str] = {"add": "新增", "correct": "更正", "withdraw": "撤回"}
MOST_BLOCKS, MOST_PERIODS, MOST_REGIONS, MOST_CELLS = 20_000, 2_400, 10_000, 2_000_000
LARGEST = 1e15  # in size: beyond it a number is a slip, and can't be rounded exactly
REGION = re.compile(r"[0-9]{6}")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
MARK_PLACE = re.compile(r"(0|[1-9]\d{0,4}),(0|[1-9]\d{0,4})")
NUMBERS = frozenset({int, float, type(None)})
WRITTEN = tuple(m for m in MARKS if m != "withdrawn")
UNIT = "要写 6 位区划代码。单个调查对象的数不能进来（统计法第二十八条）"
Path = tuple[str | int, ...]
Truths = NDArray[np.bool_]


@dataclass(slots=True)
class Read:
    """What the blocks of a file come to."""

    blocks: list[Block] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(found: object) -> Read:
    """Judge the value of `blocks`; what is good becomes a `Block`."""
    done = Read()
    if not isinstance(found, list) or not 1 <= len(found) <= MOST_BLOCKS:
        _tell(done, ("blocks",), f"blocks 要写成列表，1 到 {MOST_BLOCKS} 块")
        return done
    cells = 0
    for number, item in enumerate(found):
        made = _block(done, ("blocks", number), item)
        if made is not None:
            done.blocks.append(made)
            cells += made.values.size
        if cells > MOST_CELLS or len(done.faults) > MOST_BLOCKS:
            _tell(done, ("blocks", number), f"一个快照里的数超过 {MOST_CELLS} 个")
            return done
    if not done.faults:
        _twice(done)
    return done


def _tell(
    done: Read, path: Path, message: str, action: str = "改对。", code: str = "SNP002"
) -> None:
    done.faults.append(Fault(code, path, f"{message}。", action))


def _block(done: Read, path: Path, item: object) -> Block | None:
    before = len(done.faults)
    if not isinstance(item, dict):
        _tell(done, path, "每一块要写成一个对象")
        return None
    for key in item:
        if key not in BLOCK_KEYS:
            _tell(
                done,
                (*path, key),
                f"键 `{key[:40]}` 不认识。{suggest(key, BLOCK_KEYS)}".rstrip("。"),
            )
    action = str(item.get("action"))
    if action not in ACTIONS:
        _tell(done, (*path, "action"), f"action 只能是 {'、'.join(ACTIONS)}")
        return None
    _names(done, path, item)
    periods = _periods(done, path, item.get("periods"))
    regions = _regions(done, path, item.get("regions"))
    _reason(done, path, action, item.get("reason", ""))
    if len(done.faults) > before:
        return None
    shape = len(regions), len(periods)
    values = _values(done, path, action, item.get("values"), shape)
    if values is None:
        return None
    marks = _marks(done, path, item, values, periods)
    told = action == "withdraw" or marks or not np.isnan(values).all()
    if not told:
        _tell(done, path, "这一块一个数也没有", "删去这一块，或写上数。")
    if len(done.faults) > before:
        return None
    named = item["indicator"], item["measure"]
    return Block(action, *named, periods, regions, values, marks, item.get("reason", ""))


def _names(done: Read, path: Path, item: Mapping[str, Any]) -> None:
    slug = item.get("indicator")
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        _tell(done, (*path, "indicator"), "indicator 要写指标编号：小写字母、数字和短横线")
    measure = item.get("measure")
    if not isinstance(measure, str) or measure not in MEASURES:
        near = suggest(measure, MEASURES) if isinstance(measure, str) else ""
        _tell(
            done,
            (*path, "measure"),
            f"measure 只能是 {'、'.join(MEASURES)}{'，' * bool(near)}{near}".rstrip("。"),
        )


def _reason(done: Read, path: Path, action: str, reason: object) -> None:
    if not isinstance(reason, str) or len(reason) > 500 or not reason.isprintable():
        _tell(done, (*path, "reason"), "reason 要写一行文字，不超过 500 字")
    elif action != "add" and len(reason.strip()) < 4:
        said = f"{ACTIONS[action]}要写明理由（reason，至少 4 个字），修订要有依据、有说明"
        _tell(done, (*path, "reason"), said, "写清为什么改、依据什么。")


def _periods(done: Read, path: Path, found: object) -> tuple[Period, ...]:
    here: Path = (*path, "periods")
    if not _texts(found, MOST_PERIODS):
        _tell(done, here, f"periods 要写成列表，1 到 {MOST_PERIODS} 个时期")
        return ()
    made: dict[Period, None] = {}
    assert isinstance(found, list)
    for number, text in enumerate(found):
        try:
            period = Period.parse(text)
        except ValueError as error:
            _tell(done, (*here, number), str(error))
            return ()
        if period in made:
            _tell(done, (*here, number), f"时期 {text} 写了两遍", "留一个。", "SNP004")
        made[period] = None
    return tuple(made)


def _regions(done: Read, path: Path, found: object) -> tuple[str, ...]:
    here: Path = (*path, "regions")
    if not _texts(found, MOST_REGIONS):
        _tell(done, here, f"regions 要写成列表，1 到 {MOST_REGIONS} 个地区")
        return ()
    assert isinstance(found, list)
    made: dict[str, None] = {}
    for number, code in enumerate(found):
        if not REGION.fullmatch(code):
            _tell(done, (*here, number), f"地区 `{code[:20]}` {UNIT}")
        elif code in made:
            _tell(done, (*here, number), f"地区 {code} 写了两遍", "留一个。", "SNP004")
        made[code] = None
    return tuple(made)


def _texts(found: object, most: int) -> bool:
    return isinstance(found, list) and 1 <= len(found) <= most and {*map(type, found)} == {str}


def _values(
    done: Read, path: Path, action: str, rows: object, shape: tuple[int, int]
) -> Floats | None:
    here: Path = (*path, "values")
    if rows is None and action == "withdraw":
        return np.full(shape, np.nan)
    if not isinstance(rows, list) or len(rows) != shape[0]:
        _tell(done, here, f"values 要有 {shape[0]} 行，一个地区一行")
        return None
    if shape[0] * shape[1] > MOST_CELLS:
        _tell(done, here, f"一块里的数超过 {MOST_CELLS} 个")
        return None
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != shape[1]:
            _tell(done, (*here, number), f"这一行要有 {shape[1]} 个数，一个时期一个，没有写 null")
            return None
        if not {*map(type, row)} <= NUMBERS:
            at = next(n for n, v in enumerate(row) if type(v) not in NUMBERS)
            _tell(
                done, (*here, number, at), f"{str(row[at])[:20]!r} 不是数，数不加引号，没有写 null"
            )
            return None
    return _finite(done, here, action, rows, shape)


def _finite(
    done: Read,
    here: Path,
    action: str,
    rows: Sequence[Sequence[float | None]],
    shape: tuple[int, int],
) -> Floats | None:
    flat: Iterable[float | None] = chain.from_iterable(rows)
    try:
        values = np.fromiter(map(_number, flat), dtype=np.float64, count=shape[0] * shape[1])
    except OverflowError:
        values = np.full(1, np.inf)
    values = values.reshape(shape) if values.size == shape[0] * shape[1] else values
    if (np.abs(values) >= LARGEST).any():
        large = ((r, c) for r, row in enumerate(rows) for c, v in enumerate(row) if _too_large(v))
        _tell(done, (*here, *next(large)), "这个数太大，不像真的", "核对单位。")
        return None
    if action == "withdraw" and not np.isnan(values).all():
        _tell(done, here, "撤回的不写数：values 删去，或都写 null")
        return None
    return values


_NAN = float("nan")


def _number(value: float | None) -> float:
    return _NAN if value is None else value


def _too_large(value: float | None) -> bool:
    return value is not None and abs(value) >= LARGEST


def _marks(
    done: Read, path: Path, item: Mapping[str, Any], values: Floats, periods: Sequence[Period]
) -> dict[tuple[int, int], str]:
    here: Path = (*path, "marks")
    found = item.get("marks", {})
    if not isinstance(found, dict) or (found and item["action"] == "withdraw"):
        _tell(done, here, 'marks 要写成 {"行,列": 记号}，从 0 数起；撤回的不写')
        return {}
    made: dict[tuple[int, int], str] = {}
    for key, mark in found.items():
        at = MARK_PLACE.fullmatch(key)
        cell = (int(at[1]), int(at[2])) if at else (-1, -1)
        if not at or cell[0] >= values.shape[0] or cell[1] >= values.shape[1]:
            _tell(done, (*here, key), f"`{key[:20]}` 不是这一块里的“行,列”，从 0 数起")
        elif mark not in WRITTEN:
            _tell(done, (*here, key), f"记号只能是 {'、'.join(WRITTEN)}")
        elif said := _unfit(mark, float(values[cell]), periods[cell[1]], item["measure"]):
            _tell(done, (*here, key), said)
        else:
            made[cell] = mark
    return made


def _unfit(mark: str, value: float, period: Period, measure: str) -> str:
    """Why a mark can't stand at a number; empty when it can."""
    if mark == "none":
        return "" if np.isnan(value) else "记号 none（——）的地方不写数，写 null"
    if np.isnan(value):
        return f"记号 {mark} 的地方要有数"
    if mark == "level" and value != (100 if measure.endswith("index") else 0):
        return "记号 level（持平）的地方要写 0，指数要写 100"
    if mark == "combined" and (period.frequency, period.place) != ("month", 2):
        return "记号 combined（1—2月合并）只能写在 2 月"
    return ""


# --- no cell twice ----------------------------------------------------------------------------------


def told(block: Block) -> Truths:
    """Which cells a block says something of, as a table of truths."""
    if block.action == "withdraw":
        return np.ones(block.values.shape, dtype=np.bool_)
    says = ~np.isnan(block.values)
    for cell in block.marks:
        says[cell] = True
    return says


def _twice(done: Read) -> None:
    """No cell may be told by two blocks of one file."""
    groups: dict[tuple[str, str], list[int]] = {}
    for number, block in enumerate(done.blocks):
        groups.setdefault((block.indicator, block.measure), []).append(number)
    for (indicator, measure), members in groups.items():
        if len(members) < 2:
            continue
        regions: dict[str, int] = {}
        periods: dict[Period, int] = {}
        codes, owners = [], []
        for number in members:
            block = done.blocks[number]
            rows = np.array([regions.setdefault(r, len(regions)) for r in block.regions], np.int64)
            columns = np.array(
                [periods.setdefault(p, len(periods)) for p in block.periods], np.int64
            )
            here = (rows[:, None] * (1 << 20) + columns[None, :])[told(block)]
            codes.append(here)
            owners.append(np.full(len(here), number))
        every, owner = np.concatenate(codes), np.concatenate(owners)
        order = np.argsort(every, kind="stable")
        again = np.flatnonzero(every[order][1:] == every[order][:-1])
        if len(again):
            second = order[again[0] + 1]
            region = list(regions)[int(every[second]) >> 20]
            period = list(periods)[int(every[second]) & ((1 << 20) - 1)]
            message = f"{indicator} 的 {measure}，地区 {region}，{period}：同一个数写了两遍"
            _tell(done, ("blocks", int(owner[second])), message, "留一个。", "SNP004")
