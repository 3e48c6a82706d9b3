"""Review forms signed by hand: the scan that a record stands on, and what follows when it is gone.

A record entered by a clerk is worth as much as its scan. It counts only while the very file lies
there; and no older version comes back where the newest one rests on a scan that does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from builder.approvals.history import History, Judge, Judged, Policies, Release, history
from builder.approvals.records import FOLDER, ItemLog, Record

SCANS = f"{FOLDER}/scans"
NAME = re.compile(r"[0-9a-f]{64}\.(?:pdf|jpg|png)")
LOST = "审核表的扫描件不见了，或与记下的不同"

Here = Callable[[str], str]  # path under the root → SHA-256 of the file as it lies there


def scan_path(record: Record) -> str:
    """Where the scan of a record lies, under the root; empty when the record names none rightly."""
    name = record.paper.get("file", "")
    return f"{SCANS}/{name}" if NAME.fullmatch(name) else ""


def lost(record: Record, here: Here) -> str:
    """Why a record entered from paper does not count for its scan; empty when it does."""
    if record.decision != "approve" or not record.paper:
        return ""
    path = scan_path(record)
    return "" if path and here(path) == record.paper.get("scan") else LOST


def _any_lost(log: Iterable[Judged]) -> bool:
    """True when a record would count but for its scan."""
    return any(judged.why == LOST for judged in log)


def history_on_paper(log: ItemLog, judge: Judge, policies: Policies, here: Here) -> History:
    """As `history`, where what was signed by hand counts only with its scan."""
    course = history(log, lambda record: judge(record) or lost(record, here), policies)
    if _any_lost(course.log):
        whole = history(log, judge, policies)
        for name, releases in course.releases.items():
            newest = whole.release(name)
            if newest is not None and releases and _later(newest, releases[-1]):
                releases.clear()
    return course


def _later(newest: Release, shown: Release) -> bool:
    return newest.version != shown.version and newest.approved >= shown.approved
