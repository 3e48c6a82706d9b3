"""Verbs that look at snapshots: list, show, compare, judge, search."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from builder.console import lines_of
from builder.indicators import kept, library, scan, seals
from builder.indicators.blocks import ACTIONS, told
from builder.indicators.history import differences
from builder.indicators.layers import Snapshot
from builder.indicators.library import File
from builder.indicators.making import release_key
from builder.indicators.snapshots import examine, moment
from builder.indicators.store import Store
from builder.problems import Problem, Refused, as_json, as_text, has_errors, in_order, summary
from builder.values import MARKS, MEASURES, Key

if TYPE_CHECKING:
    from builder.indicators.cli import Desk

FAR = "9999-12-31T00:00:00+08:00"


def run_list(desk: Desk, options: argparse.Namespace) -> int:
    """Every snapshot file, by its hour."""
    rows = sorted((_row(file, desk.clock) for file in library.read_files(desk.root)), key=_by_hour)
    if options.format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        count = f"{row['count']} 个数" if row["count"] else "—"
        print(f"{row['release']}  {row['state']}  {row['id']}  {row['title']}（{count}）")
    print(f"共 {len(rows)} 个快照。")
    return 0


def _by_hour(row: dict[str, Any]) -> tuple[str, str]:
    return row["release"], row["id"]


def _row(file: File, clock: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"id": file.name, "title": "", "release": "", "state": "坏", "count": 0}
    if file.sealed:
        try:
            head = seals.sealed_head(file.text)
        except Refused:
            return row
        state = "封存" if seals.release_of(head) > clock else "待开封"
        return {**row, **{k: head[k] for k in ("id", "title", "release")}, "state": state}
    snapshot, _ = examine(file.text, file.path)
    if snapshot is None:
        return row
    vintage = snapshot.vintage
    known = {"id": vintage.id, "title": vintage.title, "release": vintage.release.isoformat()}
    count = sum(int(told(b).sum()) for b in snapshot.blocks)
    state = "明文早了" if vintage.release > clock else "已发布"
    return {**row, **known, "state": state, "count": count}


# --- looking at numbers -------------------------------------------------------------------------------


def _open(desk: Desk, options: argparse.Namespace) -> list[Snapshot]:
    """The snapshots whose hour has come, without a word on what is wrong with others."""
    key = release_key(options)
    return library.admitted(library.read_files(desk.root), desk.clock, desk.clock, key)[0]


def run_show(desk: Desk, options: argparse.Namespace) -> int:
    """A snapshot by its id, or the numbers of an indicator as they were known at a moment."""
    snapshots = _open(desk, options)
    until = _moment(options.as_of, snapshots) if options.as_of else desk.clock
    named = next((s for s in snapshots if s.vintage.id == options.name), None)
    if named is not None and not options.as_of:
        rows = list(_of_snapshot(named))
    else:
        rows = list(_of_indicator(Store(snapshots).as_of(min(until, desk.clock)), options))
        if not rows:
            known = sorted({b.indicator for s in snapshots for b in s.blocks})
            message = f"没有叫 `{options.name}` 的快照或指标，或那时还没有发布。"
            raise Refused(message + (f"指标有：{'、'.join(known[:40])}。" if known else ""))
    if options.format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        print("\n".join("  ".join(str(v) for v in row.values() if v != "") for row in rows))
    return 0


def _of_snapshot(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    v = snapshot.vintage
    yield {
        "id": v.id,
        "title": v.title,
        "release": v.release.isoformat(),
        "author": f"{v.author}做，{v.approver}批准",
        "source": v.source,
        "note": v.note,
    }
    for block in snapshot.blocks:
        periods = f"{block.periods[0]}…{block.periods[-1]}（{len(block.periods)} 期）"
        yield {
            "action": ACTIONS[block.action],
            "indicator": block.indicator,
            "measure": MEASURES[block.measure],
            "periods": periods,
            "regions": f"{len(block.regions)} 个地区",
            "count": f"{int(told(block).sum())} 个数",
            "reason": block.reason,
        }


def _of_indicator(store: Store, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for panel in store.panels.values():
        for key in panel.rows:
            if key.indicator != options.name or not _chosen(key, options):
                continue
            for period in panel.periods():
                cell = store.cell(key, period)
                if cell is not None:
                    yield {
                        "measure": MEASURES[key.measure],
                        "region": key.region,
                        "period": str(period),
                        "value": _said(cell.value),
                        "mark": MARKS.get(cell.mark, cell.mark),
                        "snapshot": cell.vintage.id,
                    }


def _chosen(key: Key, options: argparse.Namespace) -> bool:
    measure, region = options.measure, options.region
    return measure in {"", key.measure, MEASURES[key.measure]} and region in {"", key.region}


def _said(value: float | None) -> str:
    return "——" if value is None else np.format_float_positional(value, trim="-")


def _moment(text: str, snapshots: Sequence[Snapshot]) -> datetime:
    """A time as it is written, or the hour of a snapshot by its id."""
    named = next((s.vintage.release for s in snapshots if s.vintage.id == text), None)
    found = named or moment(text)
    if found is None:
        raise Refused(f"`{text}` 不是快照编号，也不是 2026-10-18T10:00:00+08:00 这样的时间。")
    return found


def run_diff(desk: Desk, options: argparse.Namespace) -> int:
    """What became known, was corrected or withdrawn between two moments."""
    snapshots = _open(desk, options)
    before, after = (_moment(t, snapshots) for t in (options.before, options.after))
    if max(before, after) > desk.clock:
        raise Refused("只能比已经过去的时间。")
    store = Store(snapshots)
    count = 0
    for change in differences(store.as_of(before), store.as_of(after)):
        key, period = change.key, change.period
        count += 1
        print(
            f"{key.indicator} {MEASURES[key.measure]} {key.region} {period}："
            f"{_cell(change.before)} → {_cell(change.after)}"
        )
    print(f"共 {count} 处不同。")
    return 0


def _cell(value: float | str | None) -> str:
    return value if isinstance(value, str) else _said(value)


# --- judging and searching ------------------------------------------------------------------------------


def run_verify(desk: Desk, options: argparse.Namespace) -> int:
    """Every check on every file; with the key also what is still sealed."""
    key = release_key(options)
    files = library.read_files(desk.root)
    until = datetime.fromisoformat(FAR) if key is not None else desk.clock
    _, problems = library.admitted(files, until, desk.clock, key)
    problems += kept.changed(desk.root, files, desk.clock, key)
    closed = sum(f.sealed for f in files) if key is None else 0
    if closed:
        print(f"{closed} 个封着的没有打开看：这台机器没有开封密钥。", file=sys.stderr)
    return _tell(problems, desk, options, f"{len(files)} 个快照都对。")


def run_scan(desk: Desk, options: argparse.Namespace) -> int:
    """Search every byte for what nobody may know yet."""
    found = scan.held(library.read_files(desk.root), desk.clock, release_key(options))
    if found.closed:
        names = "、".join(f.name for f in found.closed)
        print(f"没有查 {names}：打不开，不知道里面是什么数。", file=sys.stderr)
    if not found.unreleased:
        print("没有打得开又没到发布时间的快照，没有什么要搜的。")
        return 1 if found.closed else 0
    sought = scan.looked_for(desk.root, found)
    problems = list(scan.working_tree(desk.root, sought))
    if options.history:
        problems += scan.history(desk.root, sought)
    names = "、".join(s.vintage.id for _, s, _ in found.unreleased)
    return _tell(problems, desk, options, f"{names} 的数哪里也没有。")


def _tell(problems: Sequence[Problem], desk: Desk, options: argparse.Namespace, good: str) -> int:
    if options.format == "json":
        print(as_json(problems))
    elif problems:
        print(as_text(in_order(problems), lines_of(desk.root)))
        print(summary(problems))
    else:
        print(good)
    return 1 if has_errors(problems) else 0
