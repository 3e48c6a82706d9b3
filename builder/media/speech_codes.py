"""Rules for what is no quantity: document numbers, standards, forms, codes, telephones, addresses, letters."""

from __future__ import annotations

import re

from builder.media.speech_lexicon import Lexicon
from builder.media.speech_numbers import by_digit, telephone, value

LINK = re.compile(r"(?:https?://|www\.)[A-Za-z0-9._~:/?#@!$&'*+,;=%-]+")
MAIL = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PAPER = re.compile(r"[〔\[［（(](\d{4})[〕\]］）)](?=(?:第)?\d+号)")
STANDARD = re.compile(r"(?<![A-Za-z])((?:GB|DB\d{2}|JJF|JJG|ISO)(?:/[TZ])?)\s?(\d+(?:\.\d+)?)(?:[-—](\d{4}))?(?!\d)")  # fmt: skip
PHONE = re.compile(r"(?<![\d.-])(?:0\d{2,3}[-—]\d{7,8}(?:[-—]\d{1,4})?|1[3-9]\d{9}|[48]00[-—]?\d{3}[-—]?\d{4})(?![\d.])")  # fmt: skip
HOTLINE = re.compile(r"(?<![\d.,])(?:1(?:10|14|19|20|22)|1[02]\d{3}|9[56]\d{3})(?![\d.,%‰])")
CALLED = re.compile(r"(?:电话|热线|拨打|拨|打|致电|举报|咨询)(?:号码)?[是为了：:，“]?\s?$")
CALLS = re.compile(r"[”]?\s?(?:热线|电话|平台|专线)")
FORM = re.compile(r"(?<![\dA-Za-z.])([A-Z]{1,2}\d{3}|\d{3})-(\d{1,2})(?![\d.%‰])")
SHEET = re.compile(r"(?<![\dA-Za-z.,])(?:[A-Z]{1,2})?\d{3}(?=\s?表)")
LETTERED = re.compile(r"(?<![A-Za-z0-9])([A-Z]{1,2})(\d{2,})(?![\d.%‰])(?:-(\d{1,3})(?!\d))?")
REGISTERED = re.compile(r"(?<![A-Za-z0-9])(?=[0-9A-Z]*\d)[0-9A-Z]{15,20}(?![A-Za-z0-9])")
NAMED = re.compile(r"(?:代码|编码|编号|代号|区号|邮编|证号|账号|帐号|密码|工号|尾号|表号|文号|门牌号|验证码)[是为：:“]{0,2}\s?$|[业务][（(]$")  # fmt: skip
CODE = re.compile(r"(?<![\d.,])\d{2,}(?![\d.,]*\d|\s?[位个种项类层条%‰])")
LONG = re.compile(r"(?<![\d.,])\d{9,}(?![\d.,%‰万亿个家人元户吨项])")
DECADE = re.compile(r"(?<!\d)\d0(?=后(?:[^，。\d]{0,2}[员工青年一代]|$|[、，。]))")
VERSION = re.compile(r"(?<![A-Za-z])[Vv](\d+(?:\.\d+)+)")
WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
SOUNDED = re.compile(r"[aeiouy]")


def screen(_found: re.Match[str], _: Lexicon) -> str:
    """No one can write down a web address by ear."""
    return "屏幕上的网址"


def mail(_found: re.Match[str], _: Lexicon) -> str:
    """Nor a mailbox."""
    return "屏幕上的邮箱"


def paper(found: re.Match[str], _: Lexicon) -> str:
    """国统字〔2024〕48号 → 国统字二零二四，四十八号."""
    return by_digit(found[1]) + "，"


def standard(found: re.Match[str], lexicon: Lexicon) -> str:
    """GB/T 4754-2017 → G B T 四七五四，二零一七."""
    name, number, year = found.groups()
    letters = lexicon.words.get(name) or " ".join(re.sub(r"[\d/]", "", name))
    region = by_digit("".join(re.findall(r"\d", name)))
    spoken = f"{letters}{region}{by_digit(number).replace('.', '点')}"
    return f"{spoken}，{by_digit(year)}" if year else spoken


def phone(found: re.Match[str], _: Lexicon) -> str:
    """A number that can only be a telephone."""
    return telephone(found[0])


def hotline(found: re.Match[str], _: Lexicon) -> str | None:
    """12340 next to 热线, 电话, 拨打; without such a word it is a quantity like any other."""
    before, after = (
        found.string[max(0, found.start() - 20) : found.start()],
        found.string[found.end() : found.end() + 40],
    )
    return telephone(found[0]) if CALLED.search(before) or CALLS.match(after) else None


def form(found: re.Match[str], _: Lexicon) -> str | None:
    """B204-1 and 202-1 are forms; 100-500 and 200-300万 are ranges."""
    first, second = found.groups()
    after = found.string[found.end() : found.end() + 40].lstrip()
    if first.isdigit() and int(second) >= int(first):
        return None
    if first.isdigit() and not re.match(r"表|号表|[、，。）)；：”》]|等|和|或|及|至|$|[一-鿿](?<![万亿元个家人吨%年月天户岁分])", after):  # fmt: skip
        return None
    return f"{_letters(first)}杠{by_digit(second)}"


def sheet(found: re.Match[str], _: Lexicon) -> str:
    """103表 → 一零三表."""
    return _letters(found[0])


def lettered(found: re.Match[str], _: Lexicon) -> str | None:
    """F5211 → F五二一一."""
    first = _letters(found[1] + found[2])
    return f"{first}杠{by_digit(found[3])}" if found[3] else first


def registered(found: re.Match[str], _: Lexicon) -> str | None:
    """A unified social credit code, character by character."""
    return _letters(found[0])


def code(found: re.Match[str], _: Lexicon) -> str | None:
    """Digits after 代码, 编号, 区号."""
    return (
        by_digit(found[0])
        if NAMED.search(found.string[max(0, found.start() - 20) : found.start()])
        else None
    )


def digits(found: re.Match[str], _: Lexicon) -> str:
    """Digit by digit."""
    return by_digit(found[0])


def version(found: re.Match[str], _: Lexicon) -> str:
    """V2.0 → V二点零."""
    return "V" + "点".join(value(part) for part in found[1].split("."))


def listed(found: re.Match[str], lexicon: Lexicon) -> str:
    """A word of the lexicon."""
    return lexicon.words[found[0]]


def word(found: re.Match[str], _: Lexicon) -> str:
    """Capitals one by one; a word with vowels in small letters as it is."""
    text = found[0]
    if text[1:].lower() == text[1:] and len(text) > 2 and SOUNDED.search(text.lower()):
        return text
    return " ".join(c.upper() for c in text if c.isalpha())


def _letters(text: str) -> str:
    """Letters apart, digits by name: AB12 → A B一二."""
    letters = re.match(r"[A-Z]*", text)
    first = letters[0] if letters and len(letters[0]) < len(text) else ""
    rest = text[len(first) :]
    return " ".join(first) + by_digit(re.sub(r"(?<=[A-Z])(?=[A-Z])", " ", rest))


FIRST = ((LINK, screen), (MAIL, mail), (PAPER, paper), (STANDARD, standard), (PHONE, phone))
RULES = (
    (VERSION, version),
    (HOTLINE, hotline),
    (FORM, form),
    (SHEET, sheet),
    (LETTERED, lettered),
    (REGISTERED, registered),
    (CODE, code),
    (LONG, digits),
    (DECADE, digits),
)
LAST = ((WORD, word),)
