"""References: `{{ind:cpi.yoy@2026-09 region=990000 say="0.3%"}}` within a text.

`parse` and `judged` need definitions alone, `resolved` needs numbers. What is wrong says where in the
reference and what to do. Numbers that are not out yet are spoken of as if there were none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from builder.problems import suggest
from builder.values import MEASURES, Cell, Cited, Indicator, Key, Numbers, Period, Region, rounded

HINT = "{{ind"
FOUND = re.compile(r"\{\{ind\b([^{}\n]*)(\}\})?")
SHAPE = re.compile(
    r":\s*(?P<indicator>[^\s.@]+)\.(?P<measure>[^\s.@]+)@(?P<period>[^\s@]+)(?P<rest>(?:\s.*)?)"
)
OPTION = re.compile(r"\s*(?P<key>[^\s=]+)\s*=\s*(?:[\"“”](?P<quoted>[^\"“”]*)[\"“”]|(?P<bare>\S+))")
OPTIONS = ("region", "digits", "form", "say")
FORMS = ("plain", "change", "words")
GROWTH = ("yoy", "mom", "ytd_yoy")
SAMPLE = '{{ind:cpi.yoy@2026-09 region=990000 say="0.3%"}}'
NONE = "没有这个数，或还没有发布"
SAID = {"yoy": "同比", "mom": "环比", "ytd_yoy": "同比"}  # the period tells that it is cumulative


@dataclass(frozen=True, slots=True)
class Reference:
    """What an author asked for. `at`: where each piece begins, counted from the reference's first sign."""

    indicator: str
    measure: str
    period: str
    region: str = ""
    digits: int | None = None
    form: str = "plain"
    say: str = ""
    at: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A number as it stands in a text: its words, its bare value, the cell, and what must be told of it."""

    text: str
    value: str
    cell: Cell
    cited: Cited


class Faulty(ValueError):
    """A reference that can't stand: where in it, why, what to do."""

    def __init__(self, at: int, why: str, action: str) -> None:
        super().__init__(why)
        self.at, self.why, self.action = at, why, action


def parse(text: str) -> Reference:
    """Read one reference, braces included; `Faulty` when it is none."""
    whole = FOUND.fullmatch(text)
    found = SHAPE.fullmatch(whole[1]) if whole and whole[2] else None
    if found is None:
        raise Faulty(0, "数的引用写得不对", f"写成 {SAMPLE}，写在一行里。")
    start = len(HINT)
    at = {name: start + found.start(name) for name in ("indicator", "measure", "period")}
    given = dict[str, str]()
    for key, value, place in _options(found["rest"], start + found.start("rest")):
        if key in given:
            raise Faulty(place, f"`{key}` 写了两遍", "留一个，删一个。")
        given[key], at[key] = value, place
    form = given.get("form", "plain")
    if form not in FORMS:
        raise Faulty(at["form"], f"form 不能写 `{form[:20]}`", f"可写：{'、'.join(FORMS)}。")
    digits = given.get("digits")
    if digits is not None and not re.fullmatch("[0-6]", digits):
        raise Faulty(at["digits"], "digits 要写 0 到 6 的整数", "不写就照发布的小数位数。")
    asked = found["indicator"], found["measure"], found["period"], given.get("region", "")
    return Reference(
        *asked, None if digits is None else int(digits), form, given.get("say", ""), at
    )


def _options(text: str, start: int) -> Iterator[tuple[str, str, int]]:
    at = 0
    while text[at:].strip():
        found = OPTION.match(text, at)
        if found is None:
            begin = at + len(text[at:]) - len(text[at:].lstrip())
            raise Faulty(
                start + begin,
                f"`{text[begin : begin + 20]}` 读不懂",
                "写成 键=值，值里有空格就加引号。",
            )
        key = found["key"]
        if key not in OPTIONS:
            hint = suggest(key, OPTIONS) or f"可写：{'、'.join(OPTIONS)}。"
            raise Faulty(start + found.start("key"), f"`{key[:20]}` 不认识", hint)
        quoted = found["quoted"]
        yield key, found["bare"] if quoted is None else quoted, start + found.start("key")
        at = found.end()


def judged(
    reference: Reference, indicators: Mapping[str, Indicator], regions: Iterable[str]
) -> Indicator:
    """The indicator that is meant; `Faulty` for what is wrong whatever the numbers are."""
    at, known = reference.at, indicators.get(reference.indicator)
    if known is None:
        hint = suggest(reference.indicator, indicators) or "检查指标的编号。"
        raise Faulty(at["indicator"], f"没有指标 `{reference.indicator[:40]}`", hint)
    measure = known.measures.get(reference.measure)
    if measure is None:
        hint = suggest(reference.measure, known.measures)
        can = "、".join(f"{m}（{MEASURES[m]}）" for m in known.measures)
        raise Faulty(
            at["measure"],
            f"“{known.name}”没有 `{reference.measure[:20]}`",
            hint or f"可写：{can}。",
        )
    if reference.region and reference.region not in set(regions):
        raise Faulty(
            at["region"], f"没有地区 `{reference.region[:20]}`", "写 regions.yml 里的代码。"
        )
    _period(reference, known)
    if reference.digits is not None and reference.digits > measure.decimals:
        why = f"发布的是 {measure.decimals} 位小数，不能写到 {reference.digits} 位"
        raise Faulty(at["digits"], why, "改小，或删去 digits。")
    if reference.form == "change" and reference.measure not in GROWTH:
        why = "form=change 只用于同比、环比、累计同比"
        raise Faulty(at["form"], why, "改写 form=plain，或换一个增速。")
    return known


def _period(reference: Reference, known: Indicator) -> Period | None:
    if reference.period == "latest":
        return None
    try:
        period = Period.parse(reference.period)
    except ValueError as error:
        raise Faulty(reference.at["period"], str(error), "最近一期写 latest。") from None
    if period.frequency != known.frequency:
        why = f"“{known.name}”的数不是按这种时期报的：`{reference.period}`"
        form = {"month": "2026-09", "quarter": "2026-Q3", "half": "2026-H1", "year": "2026"}
        raise Faulty(reference.at["period"], why, f"写成 {form[known.frequency]} 这样。")
    return period


def resolved(reference: Reference, numbers: Numbers) -> Quoted:
    """The number, as it is to be read; `Faulty` when this edition knows none, or it is not the one said."""
    known = judged(reference, numbers.indicators, numbers.regions)
    code = reference.region or numbers.region_of(known, reference.measure)
    cell = _cell(reference, known, code, numbers)
    if cell is None or (cell.value is None and cell.mark != "level"):
        raise Faulty(0, NONE, "核对地区、时期；没有到发布时间的，等发布以后再引用。")
    number = 0.0 if cell.value is None else cell.value
    measure = known.measures[reference.measure]
    digits = measure.decimals if reference.digits is None else reference.digits
    value = rounded(number, digits)
    text = _text(reference, cell, value, known, numbers.regions[code], code != numbers.home)
    plain = "持平" if cell.mark == "level" else f"{value}{measure.unit}"
    if reference.say:
        text = _said(reference, text, value, measure.unit)
    return Quoted(text, value, cell, cited(cell, known, numbers.regions[code], plain))


def _cell(reference: Reference, known: Indicator, code: str, numbers: Numbers) -> Cell | None:
    key = Key(known.id, reference.measure, code)
    period = _period(reference, known)
    if period is None:
        return numbers.store.latest(key, known.frequency)
    return numbers.store.cell(key, period)


def _text(
    reference: Reference, cell: Cell, value: str, known: Indicator, region: Region, told: bool
) -> str:
    unit = known.measures[reference.measure].unit
    plain = "持平" if cell.mark == "level" else f"{value}{unit}"
    growth = reference.measure in GROWTH
    if reference.form == "plain":
        return plain
    changed = _change(value, unit, known) if growth else plain
    if reference.form == "change":
        return changed
    head = f"{cell.when}{region.name if told else ''}{known.name}"
    return f"{head}{SAID[reference.measure]}{changed}" if growth else f"{head}{plain}"


def _change(value: str, unit: str, known: Indicator) -> str:
    """增长5.2%, 下降1.3%, 持平; prices rise and fall."""
    if not float(value):
        return "持平"
    up = "上涨" if "价格" in known.name or "价格" in known.theme else "增长"
    return f"{'下降' if value.startswith('-') else up}{value.lstrip('-')}{unit}"


def _said(reference: Reference, text: str, value: str, unit: str) -> str:
    """The author's own spelling, if it is the number as published."""
    meant = {_plain(t) for t in (text, value, f"{value}{unit}")}
    if _plain(reference.say) not in meant:
        why = f"写的是“{reference.say[:40]}”，发布的数是“{text}”"
        raise Faulty(reference.at["say"], why, "照发布的数改；少写几位小数用 digits。")
    return reference.say


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).replace("−", "-").replace(",", "")
    return "".join(folded.split()).removeprefix("+")


def cited(cell: Cell, known: Indicator, region: Region, text: str) -> Cited:
    """What a page must tell of a number that it shows as `text`."""
    return Cited(
        indicator=known.id,
        name=known.name,
        url=known.url,
        measure=MEASURES[cell.key.measure],
        region=region.name,
        period=cell.when,
        text=text,
        source=cell.vintage.source,
        released=cell.vintage.release.date().isoformat(),
        sample=known.sample,
    )


def told(cited: Cited) -> str:
    """All that must be told of a number, in one line."""
    sample = "；示例数据" if cited.sample else ""
    head = f"{cited.period}，{cited.region}，{cited.name}（{cited.measure}）"
    return f"{head}；{cited.source}，{cited.released}发布{sample}"
