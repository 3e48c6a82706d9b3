"""Single respondents in tables and charts: a count of one or two, one that dominates, a cell that can be worked out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from builder.wording.finding import Finding
from builder.wording.passages import Passage, Sheet
from builder.wording.units import VALUE, told

MADE_UP = re.compile(r"示例数据|虚构|假设|假如|模拟|样例|练习|不是真实|数为编造|举例|示意")
SUBJECTS = (
    r"(?:企业|单位|法人|调查户|样本|农户|商户|机构|公司|项目|厂|农场|养殖场|合作社|门店|个体户|"
    r"[养种][殖植]户|大户|专业户|经营户|记账户|住户|超市|酒店|宾馆|饭店|矿山|电站|加油站)"
)
COUNTED = re.compile(
    rf"(?:[\u4e00-\u9fff]{{0,8}}?{SUBJECTS}(?:个数|家数|户数|数量|数|个)?|户数|家数|个数|样本量|[\u4e00-\u9fff]{{0,4}}户数)\s*(?:[（(/:：](?:家|户|个)[）)]?)?|数量\s*[（(/](?:家|户)[）)]?|[nN]"
    r"|(?!新增|净增|增[加减长幅]|减少|退[库出]|入库|同比|环比|比上|较上)[\u4e00-\u9fff]{2,10}\s*[（(](?:家|户)[）)]"
)
MEASURED = re.compile(
    rf"{VALUE}|万元|亿元|元[）)]|吨|千瓦时|增速|同比|人数|人[）)]|头[）)]|辆|台[）)]|亩|公顷"
)
NEUTRAL = re.compile(
    r"序号|编号|代码|年份|^[年月日]$|天数|次数|笔数|题|分值|得分|页|期数|批次|负责|步骤|人次|新增|占比|比重|增加（|增减（|[家户个]）"
)
LARGEST = re.compile(
    r"(?:最大|首位|第一大?|龙头|头部|前[12二两]家?)[\u4e00-\u9fff]{0,6}?(?:占比|比重|份额|占)"
)
LABELLED_FEW = re.compile(
    r"[（(]\s*(?:仅|只有)?(?:1|2|１|２|一|两)\s*(?:家|户|个)(?:企业|单位)?[）)]"
)
TOTAL = re.compile(r"合计|总计|总数|全部|小计|全[省市县区]")
UNIT_HEAD = re.compile(
    r"[（(/:：]\s*(?:万亿|亿|万|千|百)?(?:美?元|吨|千瓦时|立方米|平方米|公斤|千克|人|户|家|个|亩|头|只|件|辆|台|度)(?:[）)\s]|$)|金额|产值|营业收入|利润"
)
PHONE_HEAD = re.compile(r"电话|手机|联系|号码|姓名|微信")
HIDDEN = re.compile(r"|[—\-－*＊×xX…/·#\s]+|保密|不公布|隐去|略|C|c")
CELL = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"[\s|:\-]+")
NUMBER = re.compile(r"[-−]?\d[\d,.]{0,15}\s*(?:[%％]|万元|亿元|万人|亿|万|元|万吨|吨|人)?")
SERIES = re.compile(r"(?m)(?:^|[{,])\s*([^\n:\[\]{},]{1,20}?)\s*:\s*\[([^\]\n]*)\]")
CHART = re.compile(r"```+[ \t]*chart\b.*?(?:\n[ \t]*```|\Z)", re.DOTALL)
FEW = frozenset(
    {f"{n}{unit}" for n in "12１２一二两" for unit in ("", "家", "户", "个")} - {"一", "二", "两"}
)


@dataclass(slots=True)
class _Row:
    cells: list[str]
    start: int
    end: int


def cells(sheet: Sheet) -> Iterator[Finding]:
    """Tables and charts, whoever sees them."""
    for start, passage in zip(sheet.starts, sheet.passages, strict=True):
        if not passage.markdown or not passage.worded:
            continue
        if "|" in passage.text:
            for head, rows, made_up in tables(passage, start):
                if not made_up:
                    yield from _judge(head, rows)
        if "```chart" in passage.text:
            yield from _charts(passage, start)


def tables(passage: Passage, start: int) -> Iterator[tuple[list[str], list[_Row], bool]]:
    """Head, rows, and whether the words before say that the numbers are made up."""
    at = start
    head: list[str] = []
    rows: list[_Row] = []
    previous, before = "", 0
    made_up = False
    for line in [*passage.text.split("\n"), ""]:
        if head and "|" in line:
            rows.append(_Row(_split(line), at, at + len(line)))
        elif "|" in line and "|" in previous and "-" in line and RULE.fullmatch(line):
            head, rows = _split(previous), []
            offset = before - start
            made_up = bool(MADE_UP.search(passage.text[max(0, offset - 120) : offset]))
        elif head:
            after = passage.text[at - start : at - start + 80]
            if rows:
                yield head, rows, made_up or bool(MADE_UP.search(after.strip().split("\n")[0]))
            head = []
        previous, before = line, at
        at += len(line) + 1


def amount_column(sheet: Sheet, start: int, end: int) -> bool:
    """True when the span is all of a table's cell, and the head of its column or the words before
    the table give a unit of money or quantity: eleven digits there are no telephone number."""
    text = sheet.raw
    a, b = sheet.line(start)
    if text[start:end].strip() != text[start:end] or "|" not in text[a:start]:
        return False
    if text[a:start].rstrip(" *")[-1:] != "|" or text[end:b].strip(" *")[:1] not in {"|", ""}:
        return False
    passage, offset = sheet.at(start)
    for head, rows, _ in tables(passage, start - offset):
        for row in rows:
            if row.start <= start < row.end and row.cells:
                column = len(_split(text[row.start : end])) - 1
                told = f"{head[column] if column < len(head) else ''} {row.cells[0]}"
                before = text[max(0, row.start - 400) : row.start]
                said = told + " ".join(re.findall(r"单位[:：][^\n|]{1,12}", before)[-1:])
                return bool(UNIT_HEAD.search(said)) and not PHONE_HEAD.search(told)
    return False


def _split(line: str) -> list[str]:
    cells = (cell.strip() for cell in CELL.split(line.strip().strip("|")))
    return [cell.strip("*_ ") or cell for cell in cells]


def _judge(head: list[str], rows: list[_Row]) -> Iterator[Finding]:
    rows = [row for row in rows if len(row.cells) == len(head)]
    counts = [n for n, name in enumerate(head) if COUNTED.fullmatch(name)]
    shares = [n for n, name in enumerate(head) if LARGEST.search(name)]
    values = [
        n
        for n, name in enumerate(head)
        if n not in counts + shares and n and (MEASURED.search(name) or not NEUTRAL.search(name))
    ]
    for row in rows:
        if LABELLED_FEW.search(row.cells[0]) and any(map(NUMBER.fullmatch, row.cells[1:])):
            yield told(row.start, row.end, "这一行只有一两家单位，数又写出来了")
        few_heads = [n for n, name in enumerate(head) if LABELLED_FEW.search(name)]
        if any(NUMBER.fullmatch(row.cells[n]) for n in few_heads):
            yield told(row.start, row.end, "有一栏只有一两家单位，数又写出来了")
        if TOTAL.search(row.cells[0]):
            yield from _remainder(rows, row, counts, values)
            continue
        shown = [n for n in values if NUMBER.fullmatch(row.cells[n])]
        if any(row.cells[n] in FEW for n in counts):
            if any(_few(row, counts, v) for v in shown):
                yield told(row.start, row.end, "这一行只有一两家单位，数又写出来了")
            elif not shown and _worked_out(head, rows, row, values):
                yield told(row.start, row.end, "只隐去一格，用合计减去其余就能算出来")
        elif shown and any(_share(row.cells[n]) >= 80 for n in shares):
            yield told(row.start, row.end, "一家占了绝大部分，总数就等于它的数")
    yield from _lying(head, rows)


def _few(row: _Row, counts: list[int], value: int) -> bool:
    """True when the counts that stand before a value are all of one or two: of 退库 1, 在库 35 it is the 35's."""
    before = [n for n in counts if n < value]
    group = [n for n in before if before[-1] - n == before[::-1].index(n)] or counts
    told = [row.cells[n] for n in group]
    return any(cell in FEW for cell in told) and not any(
        cell.isdecimal() and int(cell) > 2 for cell in told
    )


def _remainder(
    rows: list[_Row], total: _Row, counts: list[int], values: list[int]
) -> Iterator[Finding]:
    """All rows but those of one or two units are there, and the total."""
    others = [row for row in rows if row is not total]
    for n in counts:
        numbers = [row.cells[n] for row in others]
        if len(others) < 2 or not all(map(str.isdigit, [*numbers, total.cells[n]])):
            continue
        shown = any(
            NUMBER.fullmatch(total.cells[v]) and all(NUMBER.fullmatch(r.cells[v]) for r in others)
            for v in values
        )
        if shown and int(total.cells[n]) - sum(map(int, numbers)) in {1, 2}:
            yield told(total.start, total.end, "合计减去各行，就是没列出的一两家的数")


def _share(cell: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*[%％]?", cell)
    return float(found[1]) if found else 0.0


def _worked_out(head: list[str], rows: list[_Row], row: _Row, values: list[int]) -> bool:
    """True when a hidden cell is the only one of its column and the column has a total."""
    for n in values:
        hidden = [r for r in rows if not TOTAL.search(r.cells[0]) and HIDDEN.fullmatch(r.cells[n])]
        total = [r for r in rows if TOTAL.search(r.cells[0]) and NUMBER.fullmatch(r.cells[n])]
        if hidden == [row] and total and len(rows) > 2:
            return True
    return False


def _lying(head: list[str], rows: list[_Row]) -> Iterator[Finding]:
    """A table on its side: the count of units is a row, each kind of unit a column."""
    for counted in rows:
        if not COUNTED.fullmatch(counted.cells[0]):
            continue
        few = [
            n
            for n, cell in enumerate(counted.cells)
            if n and cell in FEW and not TOTAL.search(head[n])
        ]
        for row in rows:
            if row is counted or NEUTRAL.search(row.cells[0]) or not MEASURED.search(row.cells[0]):
                continue
            if any(NUMBER.fullmatch(row.cells[n]) for n in few):
                yield told(row.start, row.end, "有一栏只有一两家单位，数又写出来了")


def _charts(passage: Passage, start: int) -> Iterator[Finding]:
    for block in CHART.finditer(passage.text):
        rows = [(m, m[1].strip()) for m in SERIES.finditer(passage.text, *block.span())]
        others = [name for _, name in rows if name != "x" and not COUNTED.fullmatch(name)]
        for found, name in rows:
            numbers = {n.strip() for n in found[2].split(",")}
            at = start + found.start()
            if not (COUNTED.fullmatch(name) and others and numbers & FEW):
                continue
            if not MADE_UP.search(block.group()):
                yield told(at, start + found.end(), "图里有一类只有一两家单位，数又写出来了")
