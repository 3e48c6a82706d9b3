"""Single respondents that can be told from what is published: counts of one or two, one that dominates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.wording.finding import Finding
from builder.wording.passages import Sheet

LAW = "统计法第二十八条；统计法实施条例第二十九条"
FEW = r"(?:1|2|１|２|一|两|二)"
UNIT = r"(?:家|户|个(?:规上|规模以上|限上|限额以上|调查|工业|法人|样本)?(?:企业|单位|法人|样本|农户|农场|公司|项目单位))"
VALUE = (
    r"(?:总产值|产值|增加值|营业收入|主营业务收入|销售收入|销售额|零售额|收入|营收|利润|税收|纳税|投资|产量|用电量|能耗|能源消费量|"
    r"从业人员|职工|工资|资产|出口|进出口|研发|存栏|出栏|面积|产能)"
)
ONLY = re.compile(
    rf"(?:仅|只|就|唯一|总共|一共|全部)(?:有|剩|剩下|的|是)?(?:这)?\s*{FEW}\s*{UNIT}[^。；\n|]{{0,50}}?{VALUE}[^，。；\n|]{{0,14}}?\d"
    rf"|(?:唯一)(?:的)?(?:一家|一户)?[^，。；\n|]{{0,16}}(?:企业|公司|厂|单位|农场|养殖场|大户)[^。；\n|]{{0,40}}?{VALUE}[^，。；\n|]{{0,14}}?\d"
    rf"|{VALUE}[^，。；\n|]{{0,20}}\d[^。；\n|]{{0,24}}(?:仅|只|均|都|全部)(?:由|来自|为|有|是)?(?:全?[省市县区乡镇]|本地|辖区)?(?:的|内)?\s*{FEW}\s*{UNIT}"
)
BIGGEST = re.compile(
    r"(?:其中|某|一|该|龙头|最大的?|第一大|排名第一的?|头部|单个|单一|唯一)[^，。；\n|]{0,12}?(?:企业|公司|厂|单位|大户|集团)[^。；\n|]{0,40}?"
    r"(?:占|贡献了?|占到|占比)[^。；\n|]{0,24}?(?:8\d|9\d|100)(?:\.\d+)?\s*[%％]"
)
NOT_REAL = re.compile(
    r"示例|举例|例如|比如|假设|假如|假定|虚构|模拟|样例|不得|不能|不可|不应|隐去|合并|就会|会被|能推|推断|推算|容易|可能|如果|倘若|若|练习|编造"
)
COUNTED = re.compile(
    r"^(?:[\u4e00-\u9fff]{0,8}(?:企业|单位|法人|调查户|样本|农户|商户|项目|机构|公司)(?:个|户|家)?数(?:量)?|户数|家数|企业|单位个数|企业个数|单位数量|企业数量|个数|样本量)\s*(?:[（(](?:家|户|个)[）)])?$"
)
MEASURED = re.compile(rf"{VALUE}|万元|亿元|元[）)]|吨|千瓦时")
CELL = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"^[\s|:\-]+$")
NUMBER = re.compile(r"^[*_]*\s*[-−]?\d[\d,.]*\s*[*_]*$")
SERIES = re.compile(r"(?m)^\s*([^\n:\[\]]{1,20}?)\s*:\s*\[([^\]\n]*)\]")
COMPANY = re.compile(r"[\u4e00-\u9fff（）()]{2,20}?(?:有限责任公司|股份有限公司|有限公司|集团公司)")
FICTION = re.compile(
    r"示例|示范|某|××|XX|ＸＸ|甲|乙|丙|丁|虚构|样例|例子|模拟|中国|国家|分公司的|所有|一家|的有限公司|为有限公司|和有限公司|是有限公司|如有限公司|其他有限|股份|包括|以及|或者|登记|类型|称为|叫|私营|国有|外商|港澳台|集体|合资|独资"
)


def units(sheet: Sheet) -> Iterator[Finding]:
    """Sentences, tables and charts the public reads in which fewer than three units stand by a value."""
    text = sheet.raw
    if any(word in text for word in ("仅", "只", "唯一", "均", "都", "就", "共", "全部")):
        for found in ONLY.finditer(text):
            yield from _single(sheet, found.start(), found.end(), "只有一两家，数又写出来了")
    if "占" in text or "贡献" in text:
        for found in BIGGEST.finditer(text):
            yield from _single(
                sheet, found.start(), found.end(), "一家占了绝大部分，总数就等于它的数"
            )
    if "|" in text:
        yield from _tables(sheet)
    if "数" in text and "[" in text and "chart" in text:
        yield from _charts(sheet)
    if "有限" in text or "集团公司" in text:
        yield from _companies(sheet)


def _single(sheet: Sheet, start: int, end: int, why: str) -> Iterator[Finding]:
    a, b = sheet.sentence(start, end)
    if not sheet.public(start) or NOT_REAL.search(sheet.raw, a, b):
        return
    if not sheet.at(start)[0].worded or sheet.at(start)[0].cited:
        return
    yield _told(start, end, why)


def _told(start: int, end: int, why: str) -> Finding:
    action = "并到上一级或相近的一类再公布，或删去数值；相应的合计、比重也要一起处理。"
    return Finding(start, end, "CEL001", f"能推断出单个调查对象：{why}。", action, LAW)


def _tables(sheet: Sheet) -> Iterator[Finding]:
    """Rows of a Markdown table in which a count of units is one or two and another cell has a value."""
    at = 0
    lines = sheet.raw.split("\n")
    head: list[str] = []
    previous = ""
    made_up = False
    for line in lines:
        if "|" in line and RULE.match(line) and "-" in line and "|" in previous:
            head = _cells(previous)
            made_up = bool(NOT_REAL.search(sheet.raw[max(0, at - len(previous) - 160) : at]))
        elif "|" not in line:
            head = []
        elif head and not made_up:
            yield from _row(sheet, head, line, at)
        previous = line
        at += len(line) + 1


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in CELL.split(line.strip().strip("|"))]


def _row(sheet: Sheet, head: list[str], line: str, at: int) -> Iterator[Finding]:
    cells = _cells(line)
    counts = [n for n, name in enumerate(head) if COUNTED.match(name.strip("* "))]
    if not counts or len(cells) != len(head) or not sheet.public(at):
        return
    few = any(cells[n].strip("* ") in {"1", "2"} for n in counts)
    values = [
        n
        for n, cell in enumerate(cells)
        if n not in counts
        and NUMBER.match(cell)
        and (MEASURED.search(head[n]) or "元" in head[n] or "%" in head[n] or "增" in head[n])
    ]
    if few and values:
        yield _told(at, at + len(line), "这一行只有一两家单位，数又写出来了")


def _charts(sheet: Sheet) -> Iterator[Finding]:
    for block in re.finditer(r"```+[ \t]*chart\b.*?(?:\n```|\Z)", sheet.raw, re.DOTALL):
        rows = [(m, m[1].strip()) for m in SERIES.finditer(sheet.raw, *block.span())]
        others = [name for _, name in rows if name != "x" and not COUNTED.match(name)]
        for found, name in rows:
            numbers = [n.strip() for n in found[2].split(",")]
            if COUNTED.match(name) and others and {"1", "2"} & set(numbers):
                if sheet.public(found.start()) and not NOT_REAL.search(block.group()):
                    yield _told(*found.span(), "图里有一类只有一两家单位，数又写出来了")


def _companies(sheet: Sheet) -> Iterator[Finding]:
    for found in COMPANY.finditer(sheet.prose):
        passage, _ = sheet.at(found.start())
        a, b = sheet.sentence(*found.span())
        if passage.path[0] == "sources" or not passage.public or FICTION.search(sheet.raw, a, b):
            continue
        message = f"“{found.group()[-20:]}”像是真的单位名称。"
        action = "举例用“某企业”“示例公司”；真实单位的资料不能对外提供。"
        yield Finding(*found.span(), "CEL002", message, action, "统计法第二十八条")
