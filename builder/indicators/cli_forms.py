"""`weike snapshot read`, `weike snapshot pull-db`: numbers from filled forms and from databases."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from builder.indicators.defined import Defined
from builder.indicators.form_check import changed, judged
from builder.indicators.form_read import Reading, read_form
from builder.indicators.incoming import COLUMNS, Row
from builder.indicators.making import others_of
from builder.indicators.store import Store
from builder.indicators.workbook import MOST_BYTES
from builder.problems import (
    BuildFailed,
    Problem,
    Refused,
    as_json,
    as_text,
    has_errors,
    suggest,
    summary,
)
from builder.values import Key, Period

if TYPE_CHECKING:
    from builder.indicators.cli import Desk, Run

    Add = Callable[[str, str, Run], argparse.ArgumentParser]

CLEAR = "里面是没有封存的数：做好快照以后删去。"


def verbs(add: Add) -> None:
    """Put both verbs into the command line."""
    made = add("read", "读填好的填报表：有什么问题，在哪一格；可以转成一行一个数的表格", run_read)
    made.add_argument("files", nargs="+", metavar="填报表", help="填好的 .xlsx，可以几张")
    made.add_argument("--template", default="", help="要的是哪个数据模板，不写就都认")
    made.add_argument("--period", default="", help="要的是哪一期，如 2026-09")
    _out(made)
    made = add("pull-db", "照映射文件从数据库里读数，写成一行一个数的表格", run_pull)
    made.add_argument("mapping", help="数据库映射的编号")
    made.add_argument("--period", action="append", default=[], help="只要这一期，可写几次")
    made.add_argument(
        "--only", choices=("new", "changed"), help="new 只要没有过的数，changed 只要变了的数"
    )
    _out(made)


def _out(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--table", default="", metavar="文件", help="数写到这个 CSV（放在内容文件夹外）"
    )
    made.add_argument("--format", choices=("text", "json"), default="text")


def run_read(desk: Desk, options: argparse.Namespace) -> int:
    """Read forms, judge them, tell what is wrong; write their numbers as a table where asked to."""
    target = _target(desk, options.table)
    known, others = desk.know(desk.root), others_of(desk)
    rows: list[Row] = []
    problems: list[Problem] = []
    for name in options.files:
        reading = _reading(Path(name), known, options.template, options.period)
        problems += [*reading.problems, *judged(reading, others, known, desk.clock)]
        rows += reading.rows
        if reading.plan and options.format == "text":
            _shown(reading)
    return _finish(rows, problems, target, options)


def run_pull(desk: Desk, options: argparse.Namespace) -> int:
    """Read a database by its mapping."""
    from builder.indicators.database import pull

    target = _target(desk, options.table)
    known = desk.know(desk.root)
    mapping = known.mappings.get(options.mapping)
    if mapping is None:
        hint = suggest(options.mapping, known.mappings)
        raise Refused(f"没有叫 `{options.mapping}` 的数据库映射。{hint}")
    wanted = [_period(text) for text in options.period]
    path = f"content/indicators/databases/{options.mapping}.yml"
    done = pull(mapping, path, known, wanted)
    rows = done.rows
    if options.only:
        rows = _only(options.only, rows, Store(others_of(desk)))
    if options.format == "text":
        skipped = f"，{done.skipped} 个数的代码不在 codes 里，没有要" if done.skipped else ""
        print(f"看了 {done.looked} 行，要的有 {len(rows)} 个数{skipped}。")
    return _finish(rows, done.problems, target, options)


def rows_of(desk: Desk, path: Path, action: str) -> tuple[list[Row], str]:
    """The numbers of a filled form for a snapshot, and its notes; `BuildFailed` when any of it is wrong.

    For a correction only the numbers that are others than before.
    """
    known, others = desk.know(desk.root), others_of(desk)
    reading = _reading(path, known, "", "")
    found = [*reading.problems]
    if action != "withdraw":
        found += judged(reading, others, known, desk.clock, action == "correct")
    if has_errors(found):
        raise BuildFailed(found)
    if found:
        print(as_text(found, _no_lines), file=sys.stderr)
    if action == "correct":
        return _only("changed", reading.rows, Store(others)), reading.note()
    return reading.rows, reading.note()


def _reading(path: Path, known: Defined, template: str, period: str) -> Reading:
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    wanted = _period(period) if period else None
    names = known.templates, known.indicators, known.regions
    return read_form(data, path.name, *names, template, wanted)


def _period(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise Refused(f"{error}。") from None


def _only(which: str, rows: Sequence[Row], store: Store) -> list[Row]:
    def told(row: Row) -> bool:
        return store.cell(Key(*row[:3]), row.period) is not None

    return [row for row in changed(rows, store) if told(row) == (which == "changed")]


def _shown(reading: Reading) -> None:
    form = reading.plan
    assert form is not None
    title = f"{form.template.name}，{form.period.label()}"
    print(f"{reading.file}：{title}：{len(reading.rows)} 个数（共 {len(reading.cells)} 格）。")
    for name, text in reading.notes:
        print(f"  备注　{name}：{text}")


def _finish(
    rows: Sequence[Row],
    problems: Sequence[Problem],
    target: Path | None,
    options: argparse.Namespace,
) -> int:
    if options.format == "json":
        print(as_json(problems))
    elif problems:
        print(as_text(problems, _no_lines), file=sys.stderr)
        print(summary(problems), file=sys.stderr)
    if has_errors(problems):
        return 1
    if target:
        _write(target, rows)
        print(f"写好了：{target}（{len(rows)} 个数）。{CLEAR}", file=sys.stderr)
    return 0


def _no_lines(name: str) -> Sequence[str]:
    """Workbooks have no lines to quote."""
    del name
    return ()


def _target(desk: Desk, name: str) -> Path | None:
    if not name:
        return None
    target = Path(name)
    if target.resolve().is_relative_to(desk.root) and (desk.root / ".git").exists():
        raise Refused("明文不能放在仓库里：换一个外面的文件夹。")
    if target.exists():
        raise Refused(f"{target} 已经有了，不覆盖：换一个名字。")
    return target


def table(rows: Iterable[Row]) -> str:
    """Numbers as the CSV that `weike snapshot add` reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [name for name in COLUMNS if name != "reason"]
    writer.writerow(names)
    for row in rows:
        value = "" if row.value is None else f"{Decimal(repr(row.value)):f}"
        writer.writerow([*row[:3], str(row.period), value, row.mark])
    return out.getvalue()


def _write(target: Path, rows: Sequence[Row]) -> None:
    with target.open("x", encoding="utf-8-sig", newline="") as out:
        out.write(table(rows))
