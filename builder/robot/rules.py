"""What is judged before anything is looked up: refusals on principle, talk, the steps of a flow, codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from builder.robot.package import Flow, Item, Refusal, Step
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
)
CODE = re.compile(r"(?<![a-z0-9])(?:[a-z]{1,3}\d{3}(?:-\d+)?|\d{2,4}(?:-\d)?)(?![a-z0-9]|\.\d)")
MANY = {
    "万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2, "十万": 1e5, "百万": 1e6, "千万": 1e7, "万亿": 1e12,
}  # fmt: skip
NOT = ("没", "不", "未", "非", "没有", "不是", "不在", "没在", "未在")
DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
UNITS = {"十": 10, "百": 100, "千": 1000}
SPOKEN = re.compile(
    r"[零〇一二两三四五六七八九十百千]+(?=万|亿|$|[^零〇一二两三四五六七八九十百千])"
)
LEAVE = ("退出", "算了", "不测了", "结束", "取消", "不用了")
BACK = ("上一步", "返回", "重选")


def refused(text: str, refusals: Iterable[Refusal], reader: Reader) -> Refusal | None:
    """The first rule of which every row has a word in the question, and none of the excuses."""
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


def coded(text: str, items: Iterable[Item]) -> list[int]:
    """Numbers of the items that a form number or code in the question means exactly."""
    codes = set(CODE.findall(fold(text)))
    if not codes:
        return []
    return [n for n, item in enumerate(items) if codes & {fold(code) for code in item.codes}]


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
    if step.bounds:
        value = amount(text, step.unit)
        if value is not None and not vague(text):
            return next((b.to for b in step.bounds if value >= b.least), "")
    return ""


def _meant(word: str, text: str) -> bool:
    """Whether a word is there and not denied."""
    before, found, _ = fold(text).partition(fold(word))
    return bool(found) and not before.endswith(NOT)


def vague(text: str) -> bool:
    """Whether a number is only a bound or a span: “不到2000万”, “1500—2500万”. It decides nothing."""
    return bool(VAGUE.search(fold(text)))


def amount(text: str, unit: str) -> float | None:
    """The number somebody says, in `unit` (万元, 人 …): `2000`, `两千三百万`, `2.5亿`, `2千万`; None when there is none.

    Years, months and heads beside it are no amounts. A bare number of a million and more is in 元.
    """
    said = re.sub(r"[, ]", "", fold(text))
    for beside in BESIDE if unit != "人" else BESIDE[:2]:
        said = beside.sub("", said)
    if not re.search(r"\d", said):  # “一共800万”: the figure is meant
        said = SPOKEN.sub(lambda m: str(_spoken(m[0])), said)
    found = NUMBER.search(MORE.sub("", said))
    if not found:
        return None
    value, scale, own = float(found[1]), MANY.get(found[2] or "", 1.0), MANY.get(unit[:1], 1.0)
    bare = not found[2] and not found[3]
    if bare and not (own > 1 and value >= 1_000_000):
        return value
    return value * scale / own


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
