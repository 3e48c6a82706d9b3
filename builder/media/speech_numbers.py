"""Numbers in Chinese words: values, digit by digit, years and telephones. Text in, text out."""

from __future__ import annotations

import re

from builder.media.units import UNITS

DIGITS = "零一二三四五六七八九"
PLACES = ("", "十", "百", "千")
LONGEST = 16  # digits; what is longer is no value but a code

# After these a 2 that stands alone is 两; levels, months, days and numbers of things keep 二.
MEASURES = (
    "个|家|人|项|次|名|天|年|倍|条|张|份|套|户|口|件|种|类|位|座|台|辆|起|组|轮|批|步|点|小时|时|分钟|秒钟|秒|周|"
    "元|块|角|吨|公斤|千克|斤|克|米|公里|千米|平方|立方|升|亩|公顷|顷|岁|本|篇|遍|句|页|行|列|县|省|市|区|乡|镇|村|头|只|"
    "棵|株|成|万|亿|千|门|道|所|处|片|节|课|堂|场|层|栋|期间|大|手|端|头|条腿|字|边|侧|方|者|国|地|部|段|代|笔|票|分|"
    "厘米|毫米|千瓦|百万|把|双|对|枚|颗|粒|副|面|则|届|样|桩|支|艘|架|杯|瓶|袋|箱|包|卷|册|幅|趟|回|番|格|栏|帧|款"
)
NOT_MEASURES = "点[0-9零一二三四五六七八九]|等|级|月|日|号|季|楼|期(?!间)|市场|区域|部分|代码|方案|类人|地块|手车|字头"
# A number in characters before its unit; a number of either kind with its unit: neither is ever parted.
WRITTEN = re.compile(
    rf"(?:[〇零一二两三四五六七八九十千万亿]|百(?!分)|(?<=[零一二三四五六七八九十])点(?=[零一二三四五六七八九]))+(?={UNITS})"
)
COUNT = re.compile(rf"(?:[+\-±]?\d[\d.,:：/—~～-]*|{WRITTEN.pattern})(?:{UNITS})份?")
TWO = re.compile(rf"(?!{NOT_MEASURES})(?:[多余几])?(?:{MEASURES})")


def by_digit(text: str) -> str:
    """Each digit by its name: 2024 → 二零二四. Other characters stay."""
    return "".join(DIGITS[int(c)] if "0" <= c <= "9" else c for c in text)


def telephone(text: str) -> str:
    """Digits as one says a telephone number: 1 is 幺, a hyphen is a short pause."""
    return by_digit(text).replace("一", "幺").replace("-", "，").replace("—", "，")


def value(text: str) -> str:
    """A number as written, with or without separators and decimals, as a value: 12,000.50 → 一万二千点五零.

    Leading noughts and very long runs are codes and are read digit by digit.
    """
    whole, dot, decimals = re.sub(r"[,\s]", "", text).partition(".")
    if len(whole) > LONGEST or (len(whole) > 1 and whole[0] == "0"):
        spoken = by_digit(whole)
    else:
        spoken = _whole(int(whole or "0"))
    return f"{spoken}点{by_digit(decimals)}" if dot and decimals else spoken


def _whole(number: int) -> str:
    """亿 first, whatever stands before it: 1 2500 0000 0000 is 一万二千五百亿, not 一万亿二千五百亿."""
    high, low = divmod(number, 10**8)
    if high:
        rest = _below(low, first=False)
        nought = "零" if low and low < 10**7 else ""
        return ("两" if high == 2 else _whole(high)) + "亿" + nought + rest
    return _below(low, first=True) or "零"


def _below(number: int, first: bool) -> str:
    """Under a hundred million; empty for nought."""
    high, low = divmod(number, 10000)
    if not high:
        return _section(low, first, last=True)
    nought = "零" if low and low < 1000 else ""
    rest = _section(low, first=False, last=True)
    return _section(high, first, last=False) + "万" + nought + rest


def _section(number: int, first: bool, last: bool) -> str:
    """Up to four digits. `first`: nothing was said before; `last`: no 万 or 亿 follows."""
    if number == 2 and first and not last:
        return "两"
    spoken, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            gap = bool(spoken)
            continue
        name = DIGITS[digit]
        if digit == 2 and place == 3 and first:
            name = "两"
        if digit == 1 and place == 1 and not spoken and first:
            name = ""
        spoken += ("零" if gap else "") + name + PLACES[place]
        gap = False
    return spoken


def two(number: str, after: str) -> bool:
    """Whether `number` is a 2 that is said 两 before the text `after`."""
    return number == "2" and TWO.match(after.lstrip()) is not None
