"""A report as a spreadsheet: the same bytes for the same report, every cell a text or a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from builder.media.ledger import inert
from builder.memo import code_version
from builder.reports import xlsx as writer
from builder.reports.selfcheck import SelfCheck
from builder.reports.tally import COUNT_LABELS, Report
from builder.reports.words import MARKS, since_of, steps_of
from builder.reports.xlsx import Row, Sheet, sheet_names, xlsx


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the code that spreadsheets are made with."""
    return code_version(__file__, writer.__file__)


def book(report: Report) -> bytes:
    """The xlsx of a report: counts, what waits, what expires, parts of the site, one self-check an edition."""
    sheets = list(_sheets(report))
    names = sheet_names(s.name for s in sheets)
    return xlsx([replace(s, name=name) for s, name in zip(sheets, names, strict=True)])


def _sheets(report: Report) -> Iterator[Sheet]:
    as_of = f"截至{report.day}"
    yield Sheet("概况", f"审核与更新情况（{as_of}）", *_overview(report))
    yield Sheet("待审", f"待审、待发的内容（{as_of}）", *_waiting(report))
    yield Sheet("到期", f"已过期和快到期的内容（{as_of}）", *_expiring(report))
    yield Sheet("栏目更新", f"栏目更新情况（{as_of}）", *_shelves(report))
    for label, check in report.checks:
        title = f"政府网站季度自查表（{label}，{check.quarter}，截至{check.until}）"
        yield Sheet(f"自查表 {label}", title, *_check(check))
        if check.hosts:
            title, head = f"外部域名（{label}）：逐个打开看", [("域名", 44), ("看过", 10)]
            yield Sheet(f"外链 {label}", title, head, [(inert(h), "") for h in check.hosts])


Head = Sequence[tuple[str, int]]
Parts = tuple[Head, list[Row]]


def _overview(report: Report) -> Parts:
    head = [("处室", 30), *((label, 12) for label in COUNT_LABELS.values())]
    named = [(d.name, d.counts) for d in report.divisions] + [("合计", report.counts)]
    rows = ((name, *(getattr(counts, key) for key in COUNT_LABELS)) for name, counts in named)
    return head, _inert(rows)


def _waiting(report: Report) -> Parts:
    head = [
        ("处室", 24),
        ("编号", 30),
        ("形式", 8),
        ("题目", 40),
        ("状态", 16),
        ("等谁做哪一审", 40),
        ("从哪天起", 14),
        ("等了几天", 10),
    ]
    rows = (
        (d.name, w.id, w.kind, w.title, w.state, steps_of(w), since_of(w), w.days)
        for d in report.divisions
        for w in d.waiting
    )
    return head, _inert(rows)


def _expiring(report: Report) -> Parts:
    head = [("处室", 24), ("编号", 30), ("形式", 8), ("题目", 40), ("有效期至", 14), ("情况", 50)]
    rows = (
        (d.name, e.id, e.kind, e.title, e.valid_to, e.text)
        for d in report.divisions
        for e in d.expiring
    )
    return head, _inert(rows)


def _shelves(report: Report) -> Parts:
    head = [
        ("版本", 18),
        ("栏目", 22),
        ("类型", 14),
        ("篇数", 8),
        ("最近发布", 14),
        ("过了几天", 10),
        ("更新期限（天）", 14),
        ("本季度新发", 12),
        ("情况", 30),
    ]
    rows = (
        (
            label,
            s.title,
            s.type,
            s.count,
            s.newest or "—",
            s.days if s.newest else "—",
            s.limit or "—",
            s.fresh,
            s.text,
        )
        for label, shelves in report.shelves
        for s in shelves
    )
    return head, _inert(rows)


def _check(check: SelfCheck) -> tuple[Head, list[Row], tuple[str, ...]]:
    head = [
        ("序号", 6),
        ("指标", 28),
        ("依据", 28),
        ("怎么查的", 34),
        ("结果", 36),
        ("判断", 14),
        ("说明", 40),
    ]
    rows = (
        (number, c.name, c.basis, c.how, c.result, MARKS[c.mark], c.note)
        for number, c in enumerate(check.rows, 1)
    )
    notes = (check.source, "自查人：　　　　　　审核人：　　　　　　日期：")
    return head, _inert(rows), notes


def _inert(rows: Iterable[Row]) -> list[Row]:
    """The rows, with no text that a spreadsheet would take for a formula, in whatever form it is saved."""
    return [[inert(v) if isinstance(v, str) else v for v in row] for row in rows]
