"""`weike review report`: how far the reviews are, as text, and as a spreadsheet where one is asked for."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from builder import reports, wording
from builder.approvals import Refused
from builder.memo import Memo
from builder.model import BEIJING
from builder.read import VERSION
from builder.release import Approved, approved
from builder.reports import Quarter, Report
from builder.reports.words import lines
from builder.review.office import Office
from builder.select import admitted

GRAVE = "WRD001"


def add_report(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `report`."""
    parser.add_argument("--out", default="", metavar="文件.xlsx", help="另存一份 Excel 表")
    parser.add_argument("--quarter", default="", help="自查表填哪个季度，如 2026Q4，默认本季度")


def run_report(office: Office, options: argparse.Namespace) -> int:
    """Print the report of the site under the office's root; write it to `--out`. Returns the exit code."""
    if options.out and not options.out.lower().endswith(".xlsx"):
        raise Refused(f"{options.out} 不是 .xlsx 文件名。写成 --out 审核情况.xlsx。")
    made = made_by(office, options.quarter)
    print("\n".join(lines(made)))
    if options.out:
        from builder.reports.book import book

        _write(Path(options.out), book(made))
        print(f"Excel 表：{options.out}")
    return 0


def made_by(office: Office, quarter: str = "") -> Report:
    """The report of everything under the office's root, drafts called by their titles.

    Reads what a release would be made from; `Refused` for a quarter that is none or has not begun.
    """
    now = office.clock().astimezone(BEIJING)
    asked = _quarter(quarter, now.date())
    source = approved(office.root, now)
    source.fill(
        list(source.config.editions), Memo(office.root / ".cache" / "entries.pickle", VERSION)
    )
    known = source.progress(now, frozenset(source.config.audiences))
    titles = {i.id: i.title for i in office.items()}
    editions = [source.config.edition(name) for name in source.config.editions]
    known = replace(known, judged=_judged(source, now, office.root))
    return reports.report(known, source.organisations, editions, now.date(), asked, titles)


def _quarter(text: str, today: date) -> Quarter:
    if not text:
        return Quarter.of(today)
    try:
        asked = Quarter.parse(text)
    except ValueError:
        raise Refused(f"`{text[:20]}` 不是季度。写成 2026Q4 这样。") from None
    if asked > Quarter.of(today):
        raise Refused(f"{asked.label}还没有到，填不了自查表。")
    return asked


def _judged(source: Approved, now: datetime, root: Path) -> dict[str, tuple[int, int]]:
    """For each public edition how often the wording gate finds what must not go out, and what could be better."""
    rules, _ = wording.load_rules(root)
    found: dict[str, tuple[int, int]] = {}
    for name, library in source.libraries.items():
        edition = source.config.edition(name)
        if not edition.public:
            continue
        entries = admitted(library, edition, now)[0].values()
        codes = [p.code for e in entries for p in wording.judge(e, library, source.config, rules)]
        grave = codes.count(GRAVE)
        found[name] = grave, len(codes) - grave
    return found


def _write(target: Path, data: bytes) -> None:
    """Write whole or not at all; a report that is open in Excel is told of, not lost."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        fresh.write_bytes(data)
        fresh.replace(target)
    except PermissionError:
        fresh.unlink(missing_ok=True)
        raise Refused(
            f"{target} 写不进去：可能正在 Excel 里开着，关掉再试，或换一个文件名。"
        ) from None
