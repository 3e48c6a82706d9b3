"""Taiwan, Hong Kong and Macao in a column of countries: of a table, a table on its side, a chart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.wording.cells import CHART, SERIES, tables
from builder.wording.finding import Finding
from builder.wording.passages import Passage, Sheet

COUNTRY = re.compile(
    r"(?:主要|贸易|进口|出口|投资|外资|游客|来源|伙伴)*(?:国家|国别|国名|各国|来源国|客源国|进口国|出口国|目的国|投资国|伙伴国|贸易国|原产国)(?:名称|名|排名)?"
)
PART = re.compile(r"(?:中国)?(?:台湾|香港|澳门)(?:省|地区|特别行政区)?|港澳台(?:地区)?")
RULE = "国办秘函〔2019〕19号 单项否决：严重表述错误"


def countries(sheet: Sheet) -> Iterator[Finding]:
    """Cells that call a part of China a country by the head above them."""
    text = sheet.raw
    if "国" not in text or not any(word in text for word in ("台湾", "香港", "澳门", "港澳台")):
        return
    for start, passage in zip(sheet.starts, sheet.passages, strict=True):
        if not passage.markdown or not passage.worded:
            continue
        if "|" in passage.text:
            yield from _tables(passage, start)
        if "```chart" in passage.text:
            yield from _charts(passage, start)


def _tables(passage: Passage, start: int) -> Iterator[Finding]:
    for head, rows, _ in tables(passage, start):
        columns = [n for n, name in enumerate(head) if COUNTRY.fullmatch(name)]
        if columns[:1] == [0] and any(map(PART.fullmatch, head[1:])):
            yield _told(rows[0].start, rows[0].end)
        for row in rows:
            if any(PART.fullmatch(row.cells[n]) for n in columns if n < len(row.cells)):
                yield _told(row.start, row.end)


def _charts(passage: Passage, start: int) -> Iterator[Finding]:
    for block in CHART.finditer(passage.text):
        for found in SERIES.finditer(passage.text, *block.span()):
            names = (name.strip(" \"'") for name in found[2].split(","))
            if COUNTRY.fullmatch(found[1].strip()) and any(map(PART.fullmatch, names)):
                yield _told(start + found.start(), start + found.end())


def _told(start: int, end: int) -> Finding:
    message = "台湾、香港、澳门列在“国家”一栏里。"
    action = "栏名改成“国家（地区）”，写“中国台湾”“中国香港”“中国澳门”。"
    return Finding(start, end, "WRD001", message, action, RULE)
