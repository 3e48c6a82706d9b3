"""A report as a spreadsheet: the same bytes for the same report, every cell a text or a number."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from builder.media.ledger import EPOCH, inert
from builder.memo import code_version
from builder.reports.selfcheck import SelfCheck
from builder.reports.tally import COUNT_LABELS, Report
from builder.reports.words import MARKS, since_of, steps_of

Row = Sequence[str | int]
MOST_NAME = 31  # characters of a sheet's name
FORBIDDEN = str.maketrans("", "", "[]:*?/\\'")


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the code that spreadsheets are made with."""
    return code_version(__file__)


def book(report: Report) -> bytes:
    """The xlsx of a report: counts, what waits, what expires, parts of the site, one self-check an edition."""
    import xlsxwriter  # loaded only where a report is written

    out = io.BytesIO()
    settings = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    made = xlsxwriter.Workbook(out, settings)
    made.set_properties({"created": EPOCH, "author": "", "title": "审核与更新情况"})
    pen = _Pen(made)
    as_of = f"截至{report.day}"
    pen.sheet("概况", f"审核与更新情况（{as_of}）", *_overview(report))
    pen.sheet("待审", f"待审、待发的内容（{as_of}）", *_waiting(report))
    pen.sheet("到期", f"已过期和快到期的内容（{as_of}）", *_expiring(report))
    pen.sheet("栏目更新", f"栏目更新情况（{as_of}）", *_shelves(report))
    for label, check in report.checks:
        title = f"政府网站季度自查表（{label}，{check.quarter}，截至{check.until}）"
        pen.sheet(f"自查表 {label}", title, *_check(check))
        if check.hosts:
            links = f"外部域名（{label}）：逐个打开看"
            pen.sheet(
                f"外链 {label}",
                links,
                [("域名", 44), ("看过", 10)],
                ((h, "") for h in check.hosts),
                (),
            )
    made.close()
    return out.getvalue()


Sheet = tuple[Sequence[tuple[str, int]], Iterable[Row], Sequence[str]]


def _overview(report: Report) -> Sheet:
    head = [("处室", 30), *((label, 12) for label in COUNT_LABELS.values())]
    named = [(d.name, d.counts) for d in report.divisions] + [("合计", report.counts)]
    rows = ((name, *(getattr(counts, key) for key in COUNT_LABELS)) for name, counts in named)
    return head, rows, ()


def _waiting(report: Report) -> Sheet:
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
    return head, rows, ()


def _expiring(report: Report) -> Sheet:
    head = [("处室", 24), ("编号", 30), ("形式", 8), ("题目", 40), ("有效期至", 14), ("情况", 50)]
    rows = (
        (d.name, e.id, e.kind, e.title, e.valid_to, e.text)
        for d in report.divisions
        for e in d.expiring
    )
    return head, rows, ()


def _shelves(report: Report) -> Sheet:
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
    return head, rows, ()


def _check(check: SelfCheck) -> Sheet:
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
    return head, rows, (check.source, "自查人：　　　　　　审核人：　　　　　　日期：")


class _Pen:
    """Writes sheets of one look."""

    def __init__(self, made: Any) -> None:
        font = {"font_name": "宋体", "valign": "vcenter", "text_wrap": True}
        self.made = made
        self.title = made.add_format({"bold": True, "font_size": 16, "font_name": "宋体"})
        self.plain = made.add_format({"font_name": "宋体"})
        self.cell = made.add_format({**font, "border": 1})
        head = {"bold": True, "border": 1, "align": "center", "bg_color": "#EEE6D3"}
        self.head = made.add_format(font | head)
        self.names: set[str] = set()

    def sheet(
        self,
        name: str,
        title: str,
        head: Sequence[tuple[str, int]],
        rows: Iterable[Row],
        notes: Sequence[str],
    ) -> None:
        """One sheet: title, head, rows, and lines below them; ready to be printed."""
        sheet = self.made.add_worksheet(self._name(name))
        sheet.write_string(0, 0, title, self.title)
        for at, (label, width) in enumerate(head):
            sheet.write_string(2, at, label, self.head)
            sheet.set_column(at, at, width)
        down = 3
        for row in rows:
            for at, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(down, at, value, self.cell)
                else:
                    sheet.write_string(down, at, inert(value), self.cell)
            down += 1
        for at, note in enumerate(notes):
            sheet.write_string(down + 1 + at, 0, note, self.plain)
        sheet.freeze_panes(3, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(2)
        sheet.fit_to_pages(1, 0)

    def _name(self, wanted: str) -> str:
        """A name that Excel takes and no other sheet has."""
        bare = wanted.translate(FORBIDDEN)[:MOST_NAME].strip() or "表"
        name, number = bare, 2
        while name.lower() in self.names:
            tail = f" {number}"
            name, number = bare[: MOST_NAME - len(tail)] + tail, number + 1
        self.names.add(name.lower())
        return name
