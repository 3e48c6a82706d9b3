"""What is judged before anything is looked up: refusals on principle, talk, the steps of a flow, codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from builder.robot.package import Flow, Refusal, Step
from builder.robot.wording import Reader
from builder.tokens import fold

NUMBER = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)个?(千万|百万|十万|万亿|亿|万|千|百)?(元)?")
BESIDE = (
    re.compile(r"(?:19|20)[0-9]{2}年度?"),
    re.compile(r"[0-9]+个?月份?"),
    re.compile(r"[0-9]+(?:个|名|多)?人"),
)
MORE = re.compile(r"(?:多|余|来)(?=个?[千百十万亿])")
VAGUE = re.compile(
    r"不到|不足|以下|不满|差一点|差点|[0-9万亿][\-~～—–至到][0-9一二三四五六七八九两]|几[千百十万亿]"
    r"|[接将]近|近(?=[0-9一二三四五六七八九十两])|半(?!导)|亏|[美日港欧]元|美金|英镑|外币"
)
# At least so much: it decides only where more would lead nowhere else.
LEAST = re.compile("至少|起码|最少|超过|多于|高于|大于|以上|不止|不少于|不低于")
# Another question, not the number of this step: “5211是什么行业”.
ASKS = re.compile("什么|怎么|哪|多少|[0-9]表|口径")
POINT = re.compile(
    "([零〇一二两三四五六七八九十百千]+|[0-9]+)点([零〇一二两三四五六七八九]+|[0-9]+)(?=个?[百千万亿])"
)
MANY = {
    "万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2, "十万": 1e5, "百万": 1e6, "千万": 1e7, "万亿": 1e12,
}  # fmt: skip
NOT = ("没", "不", "未", "非", "没有", "不是", "不在", "没在", "未在")
DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
UNITS = {"十": 10, "百": 100, "千": 1000}
SPOKEN = re.compile(
    r"[零〇一二两三四五六七八九十百千]+(?=万|亿|$|[^零〇一二两三四五六七八九十百千])"
)
# Only a whole text leaves: “算了算大概2300万” is an answer.
LEAVE = re.compile(
    r"(?:那|我|先|就|要|请)*(?:退出|算了|结束|取消|停止|不用了?|不做了|不玩了|不问了|不.{0,3}测了?)(?:自测|测试|流程)?[吧啊呀啦嘛了哈]*"
)
BACK = re.compile(
    r"(?:我|要|请|想|回到|退回|返回)*(?:上一步|返回|重选|重新选|重新来|重来|从头来)[吧啊呀啦一遍]*"
)
LOST = re.compile(
    r"(?:我|这个|这|都|也|还|真|们)*(?:不知道|不清楚|不晓得|不确定|不懂|没数|拿不准|记不清|记不得|忘了|说不准|说不好)"
    r"(?:啊|呀|呢|了|的|哦|诶|怎么办|是多少|多少|选哪个|选什么|填多少|怎么填|怎么选|这个|这个数|哪个)*"
)


def read(refusals: Iterable[Refusal], reader: Reader) -> tuple[Refusal, ...]:
    """The rules with their words as questions are read: variants of a word are one."""
    return tuple(
        replace(
            rule,
            when=tuple(tuple(map(reader.plain, row)) for row in rule.when),
            unless=tuple(map(reader.plain, rule.unless)),
        )
        for rule in refusals
    )


def refused(text: str, refusals: Iterable[Refusal], reader: Reader) -> Refusal | None:
    """The first rule (as `read`) of which every row has a word in the question, and none of the excuses."""
    said = reader.plain(text)
    for rule in refusals:
        meant = bool(rule.when) and all(any(word in said for word in row) for row in rule.when)
        if meant and not any(word in said for word in rule.unless):
            return rule
    return None


def excused(text: str, refusals: Sequence[Refusal], reader: Reader) -> set[int]:
    """Numbers of the rules that likeness alone can't apply: a word excuses the question from that refusal."""
    said = reader.plain(text)
    free = {rule.say for rule in refusals if any(word in said for word in rule.unless)}
    return {n for n, rule in enumerate(refusals) if rule.say in free}


def chosen(text: str, step: Step, reader: Reader) -> str:
    """The step that an answer leads to; empty when it is no answer to this step."""
    said = reader.bare(reader.plain(text)).replace(" ", "")
    for number, choice in enumerate(step.choices, 1):
        words = [reader.bare(reader.plain(w)).replace(" ", "") for w in (choice.text, *choice.also)]
        if said in words or said in {str(number), f"第{number}个", f"选{number}"}:
            return choice.to
    inside = [c.to for c in step.choices if any(_meant(w, text) for w in (c.text, *c.also))]
    if len(set(inside)) == 1:
        return inside[0]
    if step.bounds and not ASKS.search(fold(text)):
        value = amount(text, step.unit)
        if value is not None and not vague(text, step.unit):
            to = next((b.to for b in step.bounds if value >= b.least), "")
            return "" if to != step.bounds[0].to and LEAST.search(fold(text)) else to
    return ""


def _meant(word: str, text: str) -> bool:
    """Whether a word is there and not denied."""
    before, found, _ = fold(text).partition(fold(word))
    return bool(found) and not before.endswith(NOT)


def vague(text: str, unit: str) -> bool:
    """Whether a number decides nothing: a bound, a span (“不到2000万”, “1500—2500万”), or one of several."""
    found = {m[0] for m in NUMBER.finditer(_figures(text, unit))}
    return bool(VAGUE.search(fold(text))) or len(found) > 1


def unclear(text: str, unit: str) -> bool:
    """Whether a number was said that did not lead on: it must be said more exactly."""
    said = fold(text)
    return not ASKS.search(said) and (vague(said, unit) or amount(said, unit) is not None)


def amount(text: str, unit: str) -> float | None:
    """The number somebody says, in `unit` (万元, 人 …): `2000`, `两千三百万`, `2.5亿`, `2千万`; None when there is none.

    Years, months and heads beside it are no amounts. A bare number of a million and more is in 元.
    Thousands and hundreds of what has a unit of its own are thousands of that unit: “2千” is 2千万元.
    """
    found = NUMBER.search(_figures(text, unit))
    if not found:
        return None
    value, scale, own = float(found[1]), MANY.get(found[2] or "", 1.0), MANY.get(unit[:1], 1.0)
    if own > 1 and not found[3] and found[2] in ("千", "百"):
        return value * scale
    bare = not found[2] and not found[3]
    if bare and not (own > 1 and value >= 1_000_000):
        return value
    return value * scale / own


def _figures(text: str, unit: str) -> str:
    """The text with its amounts in figures, without what only stands beside them."""
    said = re.sub(r"[, ]", "", fold(text))
    for beside in BESIDE if unit != "人" else BESIDE[:2]:
        said = beside.sub("", said)
    said = POINT.sub(lambda m: f"{_digits(m[1])}.{_each(m[2])}", said)
    if not re.search("[0-9]", said):  # “一共800万”: the figure is meant
        said = SPOKEN.sub(lambda m: str(_spoken(m[0])), said)
    return MORE.sub("", said)


def _digits(text: str) -> str:
    return text if text[0] in "0123456789" else str(_spoken(text))


def _each(text: str) -> str:
    """五零 → 50."""
    return "".join(str(DIGITS.get(c, c)) for c in text)


def _spoken(text: str) -> int:
    """一千八百 → 1800, 两千 → 2000, 十二 → 12."""
    total, digit = 0, 0
    for c in text:
        if c in DIGITS:
            digit = DIGITS[c]
        else:
            total += (digit or 1) * UNITS[c]
            digit = 0
    return total + digit


def step_of(flow: Flow, name: str) -> Step | None:
    """A step by its name; the first one for an empty name."""
    return next((s for s in flow.steps if s.id == name or not name), None)
