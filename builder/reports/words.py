"""How a report is said: on the page, in the spreadsheet and on the command line alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from builder.reports.selfcheck import SelfCheck
from builder.reports.tally import COUNT_LABELS, Counts, Report, Waiting

MARKS: Mapping[str, str] = {"ok": "通过", "warn": "注意", "bad": "不合格", "open": "□ 人工核对"}
NOBODY_BEGAN = "还没有人审"


def steps_of(waiting: Waiting) -> str:
    """Which steps wait for whom; for what was sent back, its author."""
    if waiting.steps:
        return "；".join(f"{step}：{people}" for step, people in waiting.steps)
    if waiting.state.startswith("文件已删"):
        return "撤回，或恢复文件"
    return "撰稿人修改后再送审" if waiting.state == "已退回" else ""


def since_of(waiting: Waiting) -> str:
    """Since which day it waits, where it waits for somebody."""
    return waiting.since or (NOBODY_BEGAN if waiting.steps else "")


def counts_of(counts: Counts) -> str:
    """The counts that are not nought."""
    said = ((label, getattr(counts, key)) for key, label in COUNT_LABELS.items())
    return "，".join(f"{label} {number}" for label, number in said if number) or "没有内容"


def lines(report: Report) -> Iterator[str]:
    """The whole report as lines of text."""
    yield f"审核与更新情况，截至 {report.day}"
    yield f"全部：{counts_of(report.counts)}"
    for division in report.divisions:
        yield ""
        yield f"【{division.name}】{counts_of(division.counts)}"
        for w in division.waiting:
            days = f"，已 {w.days} 天" if w.days else ""
            yield f"  {w.state}  {w.id}  {w.title}"
            told = "；".join(part for part in (steps_of(w), since_of(w)) if part)
            if told:
                yield f"      {told}{days}"
        for e in division.expiring:
            yield f"  {e.text}  {e.id}  {e.title}"
    for label, shelves in report.shelves:
        yield ""
        yield f"【{label}的栏目】"
        for s in shelves:
            newest = f"{s.count} 篇，最近 {s.newest}，" if s.newest else ""
            yield f"  {s.title}：{newest}{s.text}"
    for label, check in report.checks:
        yield ""
        yield from _check(label, check)


def _check(label: str, check: SelfCheck) -> Iterator[str]:
    yield f"【自查表：{label}，{check.quarter}，截至 {check.until}】"
    for number, c in enumerate(check.rows, 1):
        result = "；".join(part for part in (c.result, c.note) if part)
        yield f"  {number:2d}. {c.name}：{MARKS[c.mark]}" + (f"（{result}）" if result else "")
        if c.mark == "open":
            yield f"      {c.how}"
    yield check.source
