"""Whether a snapshot agrees with those before it: nothing is overwritten, only corrected or withdrawn.

`add` is for numbers that nobody released before; `correct` and `withdraw` for those that somebody did,
to the same readers: a number that was withdrawn for some only would stay before the eyes of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from builder.indicators.blocks import ACTIONS
from builder.indicators.layers import WITHDRAW, Layout, Snapshot, Truths, layouts
from builder.indicators.places import Fault
from builder.values import MEASURES

MOST = 10  # of one kind in one block that are told one by one
ADVICE: Mapping[str, str] = {
    "add": "改数另写一块 action: correct，写明理由；没变的数不用再写。",
    "correct": "新的数用 action: add；核对指标、地区和时期。",
    "withdraw": "核对指标、地区和时期；没有发布过的数不用撤回。",
}


class Quarrel(NamedTuple):
    """A cell that does not agree with what stood there before. `earlier`: id of the snapshot that told it.

    `readers`: the audience of that one, where it is another.
    """

    snapshot: str
    block: int
    cell: int
    action: str
    earlier: str
    readers: str = ""


def ordered(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """As they are laid: by release, then by id."""
    return sorted(snapshots, key=lambda s: (s.vintage.release, s.vintage.id))


def quarrels(snapshots: Sequence[Snapshot]) -> list[Quarrel]:
    """Every cell that is added over a number, or corrected or withdrawn where there is none."""
    line = ordered(snapshots)
    found = [q for layout in layouts(line, lambda key, freq: True) for q in _of(layout, line)]
    rank = {s.vintage.id: n for n, s in enumerate(line)}
    return sorted(found, key=lambda q: (rank[q.snapshot], q.block, q.cell))


def _of(layout: Layout, line: Sequence[Snapshot]) -> Iterator[Quarrel]:
    by = np.full(layout.shape, -1)  # which snapshot told a cell last
    gone: Truths = np.zeros(layout.shape, dtype=np.bool_)
    names = [s.vintage.audience for s in line]
    owners = np.array([sorted({*names}).index(name) for name in names])
    for layer in layout.layers():
        blocks = line[layer.place].blocks
        adds = np.array([b.action == "add" for b in blocks])[layer.block]
        withdraws = np.array([b.action == WITHDRAW for b in blocks])[layer.block]
        before = by[layer.row, layer.column]
        lost = gone[layer.row, layer.column]
        there = (before >= 0) & ~lost
        others = (before >= 0) & (owners[before] != owners[layer.place])
        wrong = np.where(adds, there, np.where(withdraws, ~there, before < 0) | others)
        for at in np.flatnonzero(wrong):
            block = int(layer.block[at])
            told = line[int(before[at])].vintage if before[at] >= 0 else None
            yield Quarrel(
                line[layer.place].vintage.id,
                block,
                int(layer.cell[at]),
                blocks[block].action,
                told.id if told else "",
                told.audience if told and others[at] else "",
            )
        by[layer.row, layer.column] = layer.place
        gone[layer.row, layer.column] = withdraws


def faults(snapshots: Sequence[Snapshot]) -> Iterator[tuple[str, Fault]]:
    """The quarrels as faults, each with the id of its snapshot; many of one block are summed up."""
    known = {s.vintage.id: s for s in snapshots}
    for (name, number), group in groupby(quarrels(snapshots), key=lambda q: (q.snapshot, q.block)):
        found = list(group)
        for quarrel in found[:MOST]:
            yield name, _fault(known[name], quarrel)
        if len(found) > MOST:
            message = f"这一块里还有 {len(found) - MOST} 个数是同样的问题。"
            yield name, Fault("SNP005", ("blocks", number), message, _advice(found[0]))


def _fault(snapshot: Snapshot, quarrel: Quarrel) -> Fault:
    block = snapshot.blocks[quarrel.block]
    row, column = divmod(quarrel.cell, len(block.periods))
    what = f"{block.indicator} {MEASURES[block.measure]}，地区 {block.regions[row]}，{block.periods[column]}"
    at = ("values", row, column) if block.action != WITHDRAW else ()
    path = ("blocks", quarrel.block, *at)
    return Fault("SNP005", path, f"{what}：{_said(quarrel)}。", _advice(quarrel))


def _said(quarrel: Quarrel) -> str:
    if quarrel.action == "add":
        return f"已经在快照 {quarrel.earlier} 里发布过，不能再用 add"
    if quarrel.readers:
        told = f"是快照 {quarrel.earlier} 给“{quarrel.readers}”发布的"
        return f"{told}，{ACTIONS[quarrel.action]}也要给“{quarrel.readers}”，不然那边还是原来的数"
    if quarrel.action == "correct":
        return "从来没有发布过，不能更正"
    return "已经撤回了" if quarrel.earlier else "从来没有发布过，不能撤回"


def _advice(quarrel: Quarrel) -> str:
    if not quarrel.readers:
        return ADVICE[quarrel.action]
    if quarrel.action == "add":
        return f"先用给“{quarrel.readers}”的快照撤回它（发布时间早一秒），再用 add。"
    return f"这一块放进 audience 是 {quarrel.readers} 的快照；指标的 grants 照样管谁看得到。"
