"""Figures that contradict their words: rates in %, levels in 百分点, 翻番 and 倍 that don't come out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.wording.finding import Finding, advised_against, in_title, quoted
from builder.wording.passages import Sheet

# A rate: a change of it is told in percentage points.
RATE = re.compile(
    r"比重|占比|份额|(?:投入|经费|支出)强度|亏损面|比例|渗透率|依存度|集中度|满意度|恩格尔系数|增速|增长速度|涨幅|增幅|降幅|跌幅|采购经理指数|PMI|"
    r"[\u4e00-\u9fff]率(?!先|领|真|队|性|直)"
)
NO_RATE = re.compile(
    r"(?:生产|效|汇|频|功|概|速|(?<![数标])比|心|税|转换|出货|周转|交易|表|草|单产)率"
)
LEVEL = re.compile(
    r"增加值(?!率)|产值|生产总值|GDP|总额|零售额|销售额|进出口|收入|支出|利润(?!率)|投资(?!率)|产量|总量|用电量|发电量|货运量|"
    r"客运量|周转量|销量|面积|人数|人口|户数|企业数|单位数|价格|物价|CPI|PPI|税收|存款|贷款|余额|工资|成本|数量|消费额|吞吐量"
)
CHANGE = re.compile(
    r"[提增上下回加放扩收缩降减涨](?:高|长|加|升|涨|降|落|快|缓|慢|大|窄|小|低|少|减|滑|跌)(?:了)?(?:约|近|超|超过|逾)?\s*"
    r"(\d+(?:\.\d+)?)\s*([%％]|个?百分点)"
)
FURTHER = re.compile(
    r"(?:(?:高于|低于|快于|慢于)[^，。；\n|\d]{2,14}(?<!的)|高出[^，。；\n|\d]{0,14}(?<!的))(\d+(?:\.\d+)?)\s*([%％])|"
    r"(?:比|较)[^，。；\n|\d]{1,16}(?:高|低|快|慢|多|少)(?:了|出)?(?:约|近)?\s*(\d+(?:\.\d+)?)\s*([%％])"
)
ENDS_MEET = re.compile(
    r"(\d+(?:\.\d+)?)[%％][^。；\n|\d]{0,12}?(?:到|至|为)[^。；\n|\d]{0,10}(\d+(?:\.\d+)?)[%％][，,（(]?[^。；\n|\d]{0,8}?"
    r"(?:提高|上升|提升|下降|回落|降低|加快|放缓|增加|减少|扩大|收窄|上涨|增长)(?:了)?\s*(\d+(?:\.\d+)?)\s*([%％])"
)
TURNED = re.compile(
    r"[从由]\s*(\d+(?:\.\d+)?)[%％][^。；\n|\d]{0,8}?"
    r"(?:(上升|提高|加快|扩大|增加|增长|上涨|回升|提升|升)|下降|回落|降低|放缓|收窄|减少|降)(?:到|至|为)\s*(\d+(?:\.\d+)?)[%％]"
)
TRADE = re.compile(
    r"(?<!进)出口(?:额|总额)?(?:为|达)?\s*(\d{1,12}(?:\.\d{1,6})?)\s*(万亿|亿|万)?元?[^。；\n|]{0,24}?进口(?:额|总额)?(?:为|达)?\s*(\d{1,12}(?:\.\d{1,6})?)\s*(万亿|亿|万)?元?"
    r"[^。；\n|]{0,30}?(顺差|逆差)"
)
CAUSED = re.compile(
    r"拉动|影响|贡献|推动|带动|拖累|拉低|拉高|向上|向下|拉升|促进|推高|推升|抬升|支撑|抬高"
)
CLAUSE = "，。；：！？、\n|（）()"
WHOLE = "。；！？\n|"
NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
UNITS = {"": 1.0, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8, "万亿": 1e12}
FROM_TO = re.compile(
    r"[从由](?:[^，。；\n|从由]{0,14}?的)?[^\d，。；\n|]{0,8}?(\d[\d,]*(?:\.\d+)?)\s*(万亿|亿|万|千|百|)([\u4e00-\u9fff]{1,3}?)"
    r"[^\d。；\n|]{0,14}?(?:到|至)(?:了)?(?:\d{4}年(?:末|底)?的?)?[^\d，。；\n|]{0,10}(\d[\d,]*(?:\.\d+)?)\s*(万亿|亿|万|千|百|)\3"
)
WENT = re.compile(
    r"[从由][^，。；\n|从由到至]{0,14}?(\d{1,12}(?:\.\d{1,6})?)\s*(万亿|亿|万|千|百|)(元|家|户|人|个|吨|件|辆|台|公里|亩|平方米|千瓦时)[^，。；\n|到至为]{0,10}?"
    r"(?:(增加|增长|提高|上升|扩大|增|升)|下降|减少|降低|降)了(?:约|近)?(\d{1,12}(?:\.\d{1,6})?)\s*(万亿|亿|万|千|百|)\3"
)
TIMES = re.compile(
    r"翻了?(?:近|约)?([一二两三四五1-5])番|"
    r"(增长|增加|提高|上升|扩大)(?:了)?(?:近|约)?(\d+(?:\.\d+)?|[一二两三四五六七八九十])倍|"
    r"(?:是|为|达到|相当于)(?:原来|上年同期|去年同期|上年|去年|基期|\d{4}年|[一二三五十]+年前)?的?(\d+(?:\.\d+)?|[一二两三四五六七八九十])倍"
)
DOUBLED = re.compile(
    r"翻了?([一二两三四五])番[^。；\n|]{0,10}?(?:，|（|\(|,)?(?:即|也就是|相当于|就是|意味着|等于)?[^。；\n|\d]{0,12}?"
    r"(增长|增加|提高|扩大)?(到|为|是|达|了)?[^。；\n|\d]{0,8}?(\d+(?:\.\d+)?|[一二两三四五六七八九十])倍"
)


GREW = re.compile(
    r"[，,（(]?(?:同比|累计|共|一共|合计|五年|十年|总共)?(?:(增长|增加|提高|上升|上涨|扩大)|下降|减少|降低|下跌|缩小)(?:了)?(?:约|近)?\s*(\d+(?:\.\d+)?)\s*[%％]"
)
# Real growth is not what two amounts at the prices of their years give.
CONSTANT = re.compile(
    r"可比价|不变价|实际增长|扣除价格|同口径|可比口径|年均|增加值|生产总值|GDP|总产值|可比"
)
PARTS_OF = re.compile(
    r"(?<![\d.:：∶])\d{1,3}(?:\.\d+)?(?:\s*[:：∶]\s*\d{1,3}(?:\.\d+)?){2,4}(?![\d.:：∶])"
)
STRUCTURE = re.compile(r"结构|构成")
SHARE_IS = r"(?:性|人口|居民|常住人口|就业人员|职工){0,2}(?:所)?(?:占比?|比重|占[^，。；\n|\d]{0,8})(?:为|是|达)?(\d{1,2}(?:\.\d+)?)[%％]"
BOTH = re.compile(
    rf"男{SHARE_IS}[，,、；](?:而)?女{SHARE_IS}|女{SHARE_IS}[，,、；](?:而)?男{SHARE_IS}"
    rf"|城镇{SHARE_IS}[，,、；](?:而)?[乡农]村{SHARE_IS}"
    rf"|商品零售(?:额)?{SHARE_IS}[，,、；]餐饮收入{SHARE_IS}|公有{SHARE_IS}[，,、；]非公有{SHARE_IS}"
    r"|(?:第一、(?:第)?二、(?:第)?三产业|三次产业)(?:增加值|就业人员|投资)?[^，。；\n|\d]{0,12}(?:比重|占比|构成)分别(?:为|是|占)?"
    r"(\d{1,2}(?:\.\d+)?)[%％][、，,和](\d{1,2}(?:\.\d+)?)[%％][、，,和](\d{1,2}(?:\.\d+)?)[%％]"
)


def figures(sheet: Sheet) -> Iterator[Finding]:
    """Rates, levels and multiples whose unit or number can't be right."""
    text = sheet.prose
    if "%" in text or "百分点" in text or "％" in text:
        yield from _rates(sheet)
        yield from _compared(sheet)
        yield from _turned(sheet)
        yield from _grown(sheet)
        if "占" in text or "比重分" in text or "构成分" in text:
            yield from _pairs(sheet)
    if "差" in text and "出口" in text:
        yield from _trade(sheet)
    if "结构" in text or "构成" in text:
        yield from _structures(sheet)
    if "倍" in text or "番" in text:
        yield from _multiples(sheet)


def _rates(sheet: Sheet) -> Iterator[Finding]:
    text = sheet.prose
    for found in CHANGE.finditer(text):
        start = found.start()
        points = "点" in found[2]
        rate = _subject(text, start)
        if rate is None or (rate and points) or (not rate and not points):
            continue
        if _excused(sheet, start, found.end()):
            continue
        wrong = f"{found[1]}{found[2]}"
        span = (found.start(1), found.end(2))
        if not rate and not re.match(
            r"增长|增加|上涨|下降|减少|上升|提高|降低|下跌", found.group()
        ):
            continue
        if rate:
            right = f"{found[1]}个百分点"
            why = "率的变化是两个百分数相减，用“百分点”"
        else:
            right = f"{found[1]}%"
            why = "总量、价格的增减幅度用“%”，两个率相减才用“百分点”"
        yield Finding(
            *span,
            "WRD002",
            f"“{wrong}”：{why}。",
            f"核对原数；是这个意思就改成“{right}”。",
            "",
            right,
        )


def _compared(sheet: Sheet) -> Iterator[Finding]:
    """A rate that is so much above another, or went from one to another: the gap is in points."""
    text = sheet.prose
    for found in FURTHER.finditer(text):
        group = 1 if found[1] else 3
        begin, stop = found.start(), found.start(group)
        rate = _subject(text, begin) is True and _last(text[begin:stop]) is not False
        if (rate or _behind_growth(text, begin)) and not _excused(sheet, *found.span()):
            yield _in_points(found.start(group), found.end(group + 1), found[group])
    for found in ENDS_MEET.finditer(text):
        gap = abs(float(found[2]) - float(found[1]))
        if abs(gap - float(found[3])) < 0.051 and not _excused(sheet, *found.span()):
            yield _in_points(found.start(3), found.end(4), found[3])


# Two growths are compared: “增长7.2%，高于全省0.6%”.
AFTER_GROWTH = re.compile(
    r"(?:增长|上涨|下降|增速(?:为|达)?|回落|涨幅(?:为|达)?)(?:了)?\d+(?:\.\d+)?[%％]"
    r"(?:（[^（）\n]{0,16}）)?[，,](?:增速|增幅|涨幅|分别|均|也|并)?$"
)


def _behind_growth(text: str, begin: int) -> bool:
    """True where one growth is held against another's, just named."""
    own = text[begin : begin + 2] in {"高于", "低于", "快于", "慢于", "高出"} or re.match(
        r"(?:比|较)(?:全[国省市]|[^，。；\n|]{0,8}平均)", text[begin : begin + 12]
    )
    return bool(own) and bool(AFTER_GROWTH.search(text, max(0, begin - 40), begin))


def _in_points(start: int, end: int, number: str) -> Finding:
    message = f"“{number}%”：率的变化是两个百分数相减，用“百分点”。"
    right = f"{number}个百分点"
    return Finding(start, end, "WRD002", message, f"核对原数；是相差就改成“{right}”。", "", right)


def _turned(sheet: Sheet) -> Iterator[Finding]:
    """From one rate to another, in a direction that the words deny."""
    for found in TURNED.finditer(sheet.prose):
        up = float(found[3]) > float(found[1])
        if found[3] != found[1] and up != bool(found[2]) and not _excused(sheet, *found.span()):
            message = f"“{found.group()}”：说的是{'升' if found[2] else '降'}，数是{'升' if up else '降'}。"
            yield Finding(*found.span(), "WRD002", message, "核对两个数和说法。")


def _trade(sheet: Sheet) -> Iterator[Finding]:
    for found in TRADE.finditer(sheet.prose):
        out, into = float(found[1]) * UNITS[found[2] or ""], float(found[3]) * UNITS[found[4] or ""]
        right = "顺差" if out > into else "逆差"
        if out != into and found[5] != right and not _excused(sheet, *found.span()):
            message = f"出口{'大' if out > into else '小'}于进口，是{right}，不是{found[5]}。"
            yield Finding(*found.span(5), "WRD002", message, "核对数字和说法。", "", right)


def _grown(sheet: Sheet) -> Iterator[Finding]:
    """From one amount to another, and a percentage that those two don't give."""
    text = sheet.prose
    if not GREW.search(text):
        return
    for found in FROM_TO.finditer(text):
        old, new = _ends(found)
        said = GREW.match(text, found.end())
        a, b = sheet.sentence(*found.span())
        if old <= 0 or said is None or CONSTANT.search(text, a, b):
            continue
        actual = (new / old - 1) * 100
        told = float(said[2]) * (1 if said[1] else -1)
        slack = max(1.0, abs(actual) * 0.1) + 100 * _rounding(found) * new / old
        if abs(told - actual) > slack and not _excused(sheet, *said.span()):
            message = f"“{said.group().lstrip('，,（(')}”：按前面两个数算是{actual:+.1f}%。"
            action = "核对两个数和百分数；按可比价格算的，在句子里写明。"
            yield Finding(*said.span(), "WRD002", message, action)


def _ends(found: re.Match[str]) -> tuple[float, float]:
    return _number(found[1]) * UNITS[found[2]], _number(found[4]) * UNITS[found[5]]


def _rounding(found: re.Match[str]) -> float:
    """How much of itself the ratio of two rounded ends may be off."""
    halves = (0.5 / 10 ** len(found[n].partition(".")[2]) / _number(found[n]) for n in (1, 4))
    return sum(halves) if _number(found[4]) else 0.0


def _structures(sheet: Sheet) -> Iterator[Finding]:
    """Shares of three or more parts that don't add up to 100."""
    text = sheet.prose
    for found in PARTS_OF.finditer(text):
        a, _ = sheet.sentence(*found.span())
        shares = [float(n) for n in re.split(r"\s*[:：∶]\s*", found.group())]
        slack = 1.5 if all(n == int(n) for n in shares) else 0.35
        total = sum(shares)
        if not STRUCTURE.search(text, max(a, found.start() - 40), found.start()):
            continue
        if 50 < total < 200 and abs(total - 100) > slack and not _excused(sheet, *found.span()):
            message = f"“{found.group()}”：各部分相加是{total:g}，不是100。"
            yield Finding(*found.span(), "WRD002", message, "核对每一个数。")


def _pairs(sheet: Sheet) -> Iterator[Finding]:
    """The shares of two parts, or of the three industries, that make up the whole, and don't."""
    for found in BOTH.finditer(sheet.prose):
        shares = [float(n) for n in found.groups() if n]
        if abs(sum(shares) - 100) > 0.35 and not _excused(sheet, *found.span()):
            message = f"“{found.group()}”：各部分相加是{sum(shares):g}%，不是100%。"
            yield Finding(*found.span(), "WRD002", message, "核对每一个数。")


# A share of something, and what it was before: “占GDP的35.2%，比上年下降0.8%”.
OF_WHOLE = re.compile(r"占[^，。；：\n|\d]{1,16}?(?:的|比重|为){0,2}\d{1,2}(?:\.\d+)?[%％]$")
SINCE = re.compile(r"(?:比|较)(?:上|去|前|\d{4}|[^，。]{0,4}同期)|同比$")


def _subject(text: str, start: int) -> bool | None:
    """What grows: True a rate, False a level, None not certain."""
    begin = start
    while begin > 0 and text[begin - 1] not in CLAUSE and start - begin < 40:
        begin -= 1
    own = text[begin:start]
    if CAUSED.search(own) or (re.search(r"占(?!比|地)", own) and not RATE.search(own)):
        return None
    told = _last(own)
    if told is not None:
        return told
    if own and not re.match(
        r"(?:其中)?(?:比|较|同比|环比|与|并|又|也|再|且|累计|继续|持续|进一步)", own
    ):
        return None
    if OF_WHOLE.search(text, max(0, begin - 31), max(0, begin - 1)) and SINCE.match(own):
        return True
    # “比重为35.2%，比上年提高1.2%”: the subject stands in the clause before.
    before = begin - 1
    if before <= 0 or text[before] not in "，,":
        return None
    first = before
    while first > 0 and text[first - 1] not in CLAUSE and before - first < 40:
        first -= 1
    previous = text[first:before]
    if CAUSED.search(previous) or not re.search(r"\d[%％点]?$|[%％]$", previous):
        return None
    return True if _last(previous) and re.search(r"[%％]$", previous) else None


def _last(text: str) -> bool | None:
    """Which stands last before the change: a rate (True) or a level (False)."""
    rates = [
        m.end()
        for m in RATE.finditer(text)
        if not NO_RATE.search(text[max(0, m.end() - 3) : m.end()])
    ]
    levels = [m.end() for m in LEVEL.finditer(text)]
    if not rates and not levels:
        return None
    if levels and re.search(r"增长|上涨|下降|涨跌|差距|之差", text[levels[-1] :]):
        return None
    if rates and (not levels or rates[-1] >= levels[-1]):
        return True
    if rates:
        return None
    return False


def _excused(sheet: Sheet, start: int, end: int) -> bool:
    return (
        in_title(sheet, start, end)
        or quoted(sheet, start, end)
        or advised_against(sheet, start, end)
    )


def _number(text: str) -> float:
    return float(NUMERALS[text]) if text in NUMERALS else float(text.replace(",", ""))


def _multiples(sheet: Sheet) -> Iterator[Finding]:
    text = sheet.prose
    for found in DOUBLED.finditer(text):
        times = 2 ** _number(found[1])
        wanted = times - 1 if found[2] and found[3] in {None, "了"} else times
        if abs(_number(found[4]) - wanted) > 0.01 and not _excused(sheet, *found.span()):
            told = f"翻{found[1]}番是原来的{times:g}倍，也就是增长{times - 1:g}倍"
            yield Finding(*found.span(), "WRD002", f"“{found.group()}”：{told}。", "核对倍数。")
    for found in WENT.finditer(text):
        old = float(found[1]) * UNITS[found[2]]
        new = float(found[5]) * UNITS[found[6]]
        meant = new > old if found[4] else old > new > old / 2
        if meant and not _excused(sheet, *found.span()):
            message = f"“{found.group()}”：“从……”后面说的像是到了多少，用“到”。"
            yield Finding(
                *found.span(), "WRD002", message, "核对原数；是达到的数就把“了”改成“到”。"
            )
    for found in FROM_TO.finditer(text):
        old = _number(found[1]) * UNITS[found[2]]
        new = _number(found[4]) * UNITS[found[5]]
        if old <= 0:
            continue
        end = min(
            (n for n in (text.find(c, found.end()) for c in WHOLE) if n >= 0), default=len(text)
        )
        said = TIMES.search(text, found.end(), min(end, found.end() + 24))
        if said and not _excused(sheet, *said.span()):
            yield from _compare(said, new / old)


def _compare(said: re.Match[str], ratio: float) -> Iterator[Finding]:
    """Hold what is said of a growth against its two ends. Ends are rounded, so the bound is wide."""
    if said[1]:
        wanted, told = 2 ** _number(said[1].translate(str.maketrans("12345", "一二三四五"))), "翻番"
    elif said[3]:
        wanted, told = _number(said[3]) + 1, "增长几倍"
    else:
        wanted, told = _number(said[4]), "是几倍"
    if abs(wanted / ratio - 1) <= 0.2 or (wanted < 1.5 and ratio < 1.5):
        return
    message = f"“{said.group()}”：后一个数是前一个的{ratio:.2g}倍，和“{told}”对不上。"
    action = "翻一番是2倍，翻两番是4倍；增长一倍是原来的2倍。核对两个数。"
    yield Finding(*said.span(), "WRD002", message, action)
