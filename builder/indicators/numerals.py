"""Numbers as people write them: full-width digits, thousands, minus signs, units; 持平, ——, 初步.

What has one meaning is read, and it is told how; what could mean two things is refused with a sentence.
Superscripts, circled and Chinese digits are no digits here: to read ² as 2 would change a number.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from builder.values import MARKS

WIDE = {n: n - 0xFEE0 for n in range(0xFF01, 0xFF5F)}
SIGNS = {0x2212: "-", 0x2013: "-", 0xFE63: "-", 0x2010: "-", 0x2011: "-", 0x3002: "."}
SPACES = dict.fromkeys(
    map(ord, "\u00a0\u3000\u2002\u2003\u2009\u200a\u202f\u200b\u200c\u200d\u2060\ufeff\t\r\n"), " "
)
PLAIN = WIDE | SIGNS | SPACES
NUMBER = re.compile(
    r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+)(?:\.[0-9]+)?"
)
HALF = re.compile(r"[+-]?\.[0-9]+")
FIRST = re.compile(r"[（(\[]?\s*(?:初步数?|初步核算数?)\s*[)）\]]?$")
TAIL = re.compile(r"([+-]?[0-9][0-9, ]*(?:\.[0-9]+)?)\s*([^0-9.,\s].*)$")
NONE = frozenset({"——", "—", "--", "-", "―", "――", "－－", "－", "–", "––", "─", "──"})
NOTHING = frozenset(
    {"/", "\\", "无", "无数据", "N/A", "NA", "#N/A", "不适用", "null", "NULL", "空", "×", "x"}
)
SMALLER = frozenset({"…", "……", "...", "······"})
RATES = frozenset({"%", "百分点", "个百分点", "‰"})
POINTS = frozenset({"百分点", "个百分点", "pp"})
MOVES = re.compile(r"[（(]?(增长|增加|上升|提高|下降|减少|降低|回落|增|降)")
SCIENCE = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+")
MOST_DIGITS = 15


class Numeral(NamedTuple):
    """What a text says: the number or none, the mark, and how it was read where that is not plain."""

    value: float | None
    mark: str = ""
    how: str = ""


class Unread(ValueError):
    """The text is no number; a Chinese sentence without its full stop, and what to do."""

    def __init__(self, said: str, action: str = "写一个数；没有数写 ——，持平写 持平。") -> None:
        """Keep both."""
        super().__init__(said)
        self.action = action


def is_rate(unit: str) -> bool:
    """Whether a unit is that of a ratio."""
    return unit in RATES


def level(measure: str) -> float:
    """The number that 持平 stands for."""
    return 100.0 if measure.endswith("index") else 0.0


def can_be_level(measure: str, unit: str) -> bool:
    """Whether 持平 says a number here: of a comparison, not of an amount."""
    return measure not in {"value", "ytd"} or is_rate(unit)


def read(text: str, measure: str, unit: str) -> Numeral:
    """What `text` says of a measure told in `unit`; value and mark empty when it is blank."""
    bare = text.translate(SPACES).strip()
    how = "去掉了看不见的字符" if "\u200b" in text or "\ufeff" in text else ""
    if bare[:1] in {"'", "’", "‘"} and len(bare) > 1:
        bare, how = bare[1:].strip(), "去掉了前面的撇号"
    if not bare:
        return Numeral(None)
    if bare in NONE:
        return Numeral(None, "none", "" if bare in {"——", "—"} else f"`{bare}` 按 —— 读")
    if bare in SMALLER:
        raise Unread(f"`{bare}` 是说不够最小单位，这里要写数", "写实际的数，不够最小单位的写 0。")
    if bare in NOTHING:
        raise Unread(f"`{bare}` 不知道是没有数还是没有报", "没有数写 ——，还没有报来的空着。")
    return _marked(bare, measure, unit, how)


def _marked(bare: str, measure: str, unit: str, how: str) -> Numeral:
    cut = FIRST.search(bare)
    mark = "preliminary" if cut else ""
    rest = (bare[: cut.start()] if cut else bare).strip()
    if rest == MARKS["level"]:
        if mark:
            raise Unread("又写持平，又写初步", "初步数写成 0（初步）。")
        if not can_be_level(measure, unit):
            raise Unread("这一格要的是总量，持平说不出是多少", "写实际的数。")
        return Numeral(level(measure), "level")
    if not rest:
        raise Unread("只写了初步，没有写数", "写成 5.2（初步）。")
    value, ways = number(rest, unit)
    told = [w for w in (how, *ways) if w]
    return Numeral(value, mark, "、".join(dict.fromkeys(told)))


def number(text: str, unit: str) -> tuple[float, list[str]]:
    """The number of a text without marks, and how it was read; `Unread` when it has none, or two."""
    ways: list[str] = []
    plain = text.translate(PLAIN).strip()
    if any(ord(c) in WIDE for c in text):
        ways.append("全角改成半角")
    if any(ord(c) in SIGNS for c in text):
        ways.append("符号改成半角")
    if SCIENCE.fullmatch(plain):
        raise Unread(f"`{text[:24]}` 是科学计数法", "写出全部数字。")
    tail = TAIL.fullmatch(plain)
    if tail:
        plain = tail[1].strip()
        ways.append(_suffix(tail[2].strip(), unit))
    plain = re.sub(r"^([+-])\s+", r"\1", plain)
    if HALF.fullmatch(plain):
        plain = plain.replace(".", "0.", 1)
    if not NUMBER.fullmatch(plain):
        raise _why(text.strip(), plain)
    if "," in plain or " " in plain:
        ways.append("去掉了千位分隔")
        plain = plain.replace(",", "").replace(" ", "")
    if len(plain.strip("+-").replace(".", "").lstrip("0")) > MOST_DIGITS:
        raise Unread(f"`{text[:24]}` 超过 {MOST_DIGITS} 位，存不准", "核对，只留有效的位数。")
    return float(plain) + 0.0, ways


def _suffix(tail: str, unit: str) -> str:
    """A unit behind a number says nothing new, or contradicts the form."""
    if tail == unit or (tail in POINTS and unit in POINTS):
        return f"去掉了单位“{tail}”"
    action = f"照“{unit or '无单位'}”换算好，只写数。"
    if tail in POINTS and unit == "%":
        raise Unread("写的是百分点，这里要的是 %", "核对是增速还是增减的百分点，只写数。")
    if tail == "%" and unit in POINTS:
        raise Unread("写的是 %，这里要的是百分点", "核对是增速还是增减的百分点，只写数。")
    raise Unread(f"后面的“{tail[:12]}”与这里的单位“{unit or '无'}”不同", action)


def _why(text: str, plain: str) -> Unread:
    """The sentence for what can't be read."""
    if MOVES.match(text):
        return Unread(f"`{text[:24]}` 是一句话", "增长写正数，下降写负数，例如 下降1.3% 写 -1.3。")
    if re.fullmatch(r"\([0-9.,]+\)", plain):
        return Unread(f"`{text[:24]}` 加了括号，可能是负数", "负数写减号，例如 -1.3。")
    if re.fullmatch(r"[+-]?[0-9][0-9,.]*", plain):
        return Unread(f"`{text[:24]}` 的逗号或小数点不对", "小数点只有一个；千位分隔可以不写。")
    return Unread(f"`{text[:24]}` 不是数")
