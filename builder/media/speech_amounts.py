"""Rules for quantities: signs, percents, fractions, ratios, ranges, money, units, and signs between them."""

from __future__ import annotations

import re

from builder.media.speech_lexicon import Lexicon
from builder.media.speech_numbers import two, value

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
DASH = r"\s?[-—~～至到]\s?"
SIGN = {"-": "负", "+": "正", "±": "正负"}
PERCENT = {"%": "百分之", "‰": "千分之"}
SHARE = re.compile(rf"([-+±]?)({NUMBER})(?:\s?([%‰])|(?={DASH}[-+]?(?:{NUMBER})\s?([%‰])))")
COLD = re.compile(rf"-({NUMBER})(?=(?:{DASH}-?(?:{NUMBER}))?\s?(?:℃|°C))")
MONEY = re.compile(rf"([¥￥]|US\$|\$|€)\s?({NUMBER})([万亿]{{0,2}})(?:元|美元|欧元)?")
COINS = {"¥": "元", "￥": "元", "US$": "美元", "$": "美元", "€": "欧元"}
FRACTION = re.compile(r"(?<![\d/.])(\d+)/(\d+)(?![\d/]|\.\d)")
RATIO = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)((?:[:：]\d+(?:\.\d+)?)+)(?![\d:：])")
SIGNED = re.compile(rf"([-+±])({NUMBER})")
AMOUNT = re.compile(NUMBER)
LISTED = re.compile(r"^[ \t]*(\d{1,2})[.、)）](?=\s*\D)", re.MULTILINE)
SPAN = re.compile(r"\s?[-—~～]\s?(?=[-+]?\d)")
EQUATION = re.compile(r"[^，。；：\n]*=")
WORDS = re.compile(r"[-—~～](?=(?:周|星期)?[一二三四五六七八九十两日])")
FIGURE = frozenset("0123456789")
TIMES = frozenset("年月日时点分秒号%‰万亿元")
OPEN = frozenset("（(，。；：、=＝≥≤><≈/“《 \n")
PER = re.compile(r"(?<=[元吨克斤人户度时米里亩炭煤个件台天年月股])/(?=[一-鿿])")
EITHER = re.compile(r"(?<=[一-鿿])/(?=[一-鿿])")


def share(found: re.Match[str], _: Lexicon) -> str | None:
    """5.8% → 百分之五点八; the 5 of 5~8% is a percentage as well."""
    sign, number, own, later = found.groups()
    if sign and (spoken_sign := _sign(found, sign)) is None:
        return None
    head = spoken_sign if sign else ""
    mark = own or later
    part = "百" if value(number) == "一百" and mark == "%" else value(number)
    return f"{head}{PERCENT[mark]}{part}"


def cold(found: re.Match[str], _: Lexicon) -> str | None:
    """-5℃ → 零下五摄氏度."""
    return None if _before(found) in FIGURE else "零下" + value(found[1])


def money(found: re.Match[str], _: Lexicon) -> str:
    """¥100万 → 一百万元."""
    coin, number, scale = found.groups()
    said = "两" if number == "2" else value(number)
    return said + scale + COINS[coin]


def fraction(found: re.Match[str], _: Lexicon) -> str:
    """1/3 → 三分之一."""
    return f"{value(found[2])}分之{value(found[1])}"


def ratio(found: re.Match[str], _: Lexicon) -> str:
    """3:2 → 三比二."""
    return "比".join(value(part) for part in re.split("[:：]", found[0]))


def signed(found: re.Match[str], lexicon: Lexicon) -> str | None:
    """-0.3 → 负零点三, where the sign is one."""
    head = _sign(found, found[1])
    return None if head is None else head + value(found[2])


def amount(found: re.Match[str], lexicon: Lexicon) -> str:
    """Any other number; 2家 is 两家, 第2家 is 第二家, 2—3家 is 两到三家."""
    before, after = (
        found.string[max(0, found.start() - 20) : found.start()],
        found.string[found.end() : found.end() + 40],
    )
    ordinal = re.search(r"第\s?$|第\d+[-—~～、至到]$", before) is not None
    after = re.sub(rf"^{DASH}\d+(?:\.\d+)?", "", after)
    symbol = lexicon.unit.match(after.lstrip())
    after = lexicon.units[symbol[0]] if symbol else after
    spoken = "两" if not ordinal and two(found[0], after) else value(found[0])
    return "二" + spoken[1:] if ordinal and spoken.startswith("两") else spoken


def unit(found: re.Match[str], lexicon: Lexicon) -> str | None:
    """The symbol of a unit after a number or a scale: 5km, 3万㎡."""
    before = found.string[max(0, found.start() - 20) : found.start()].rstrip()
    return (
        lexicon.units[found[0]]
        if before[-1:] in {*"0123456789百千万亿每/"} or found[0] in "㎡℃"
        else None
    )


def listed(found: re.Match[str], _: Lexicon) -> str:
    """The number of a list's item: 一，."""
    return value(found[1].lstrip("0") or "0") + "，"


def span(found: re.Match[str], _: Lexicon) -> str | None:
    """A dash between two quantities. After 月 or % a hyphen before a decimal is a minus."""
    before = _before(found)
    if found[0].strip() == "-" and _formula(found):
        return "减"
    if before in FIGURE:
        return "到"
    if before not in TIMES:
        return None
    rest = found.string[found.end() : found.end() + 40]
    if (
        found[0].strip() == "-"
        and before in "%‰"
        and not re.match(rf"[-+]?(?:{NUMBER})\s?[%‰]", rest)
    ):
        return None
    whole = re.match(r"\d+(?!\.?\d|\s?%)", rest)
    return "到" if found[0].strip() != "-" or before not in "年月日时点分秒号" or whole else None


def words(found: re.Match[str], _: Lexicon) -> str | None:
    """周一—周五, 一—八月."""
    return "到" if _before(found) in set("一二三四五六七八九十") else None


def per(_found: re.Match[str], _: Lexicon) -> str:
    """元/人 → 元每人."""
    return "每"


def either(found: re.Match[str], _: Lexicon) -> str:
    """增加/减少 → 增加或减少; 和/或 → 和或."""
    return "" if found.string[found.end() : found.end() + 40].startswith("或") else "或"


def _before(found: re.Match[str]) -> str:
    return found.string[max(0, found.start() - 20) : found.start()].rstrip(" ")[-1:]


def _formula(found: re.Match[str]) -> bool:
    """Whether there is an equals sign in the same clause."""
    text, at = found.string, found.start()
    clause = re.split(r"[，。；：\n]", text[max(0, at - 60) : at])[-1]
    return "=" in clause or EQUATION.match(text[at : at + 60]) is not None


def _sign(found: re.Match[str], sign: str) -> str | None:
    """What a sign before a number is called; None when it joins two things."""
    before = _before(found)
    joined = before.isascii() and before.isalnum() and not (sign == "-" and "%" in found[0])
    if sign == "±":
        return SIGN[sign]
    if sign == "+":
        rest = found.string[found.end() : found.end() + 40]
        free = before == "" or before in OPEN or "%" in found[0] or rest.startswith("个百分点")
        return SIGN[sign] if free and not joined else None
    if sign == "-" and before not in OPEN and before and _formula(found):
        return "减"
    return None if joined or before in {"）", ")", "表", "图"} else SIGN[sign]


FIRST = ((LISTED, listed),)
RULES = (
    (MONEY, money),
    (COLD, cold),
    (FRACTION, fraction),
    (RATIO, ratio),
    (SPAN, span),
    (SHARE, share),
    (SIGNED, signed),
    (AMOUNT, amount),
    (WORDS, words),
    (PER, per),
    (EITHER, either),
)
