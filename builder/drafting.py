"""Drafts of analyses: an article whose numbers and charts are bound to indicators, for an author to write on.

It says what the numbers bear out and no more: why, and what follows, is the author's part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from builder.config import load_config
from builder.new import NewError, create
from builder.problems import suggest
from builder.values import A_YEAR, Indicator, Key, Numbers, Period

LEADS = ("yoy", "ytd_yoy", "value", "ytd", "index", "ytd_index", "mom")
GROWTH = {"yoy": "同比", "ytd_yoy": "累计同比", "mom": "环比"}
NAMES = GROWTH | {"value": "", "ytd": "累计", "index": "指数", "ytd_index": "累计指数"}
TOLD = ("value", "index", "yoy", "mom", "ytd", "ytd_index", "ytd_yoy")  # the order of a sentence
SHOWN = 24  # periods of a chart, at most
LEAST_REGIONS = 3


def draft(
    root: Path, name: str, title: str, now: datetime, slugs: Sequence[str], period: str = ""
) -> str:
    """Write an article about these indicators in one period, and return its path under `root`.

    `period`: as `2026-10`; the newest of the first indicator when empty. `NewError` where a number is
    lacking: only those that every reader of the article may see at `now` are used.
    """
    numbers = _numbers(root, now)
    chosen = [_indicator(numbers, slug) for slug in dict.fromkeys(slugs)]
    at = _period(numbers, chosen[0], period)
    leads = {known.id: _lead(numbers, known, at) for known in chosen}
    words = "\n".join(_words(numbers, chosen, leads, at))
    path = create(root, "article", name, title or _title(numbers, chosen, leads, at), now)
    file = root / path
    front, _, _ = file.read_text("utf-8").rpartition("---\n")
    front = front.replace("type: news\n", "type: analysis\n")
    file.write_text(f"{front}---\n\n{words}", "utf-8")
    return path


def _numbers(root: Path, now: datetime) -> Numbers:
    """What readers of a new article may know: it belongs to the first audience."""
    from builder.read import read
    from builder.select import select

    config = load_config(root)
    audience = next(iter(config.audiences))
    editions = [config.edition(name) for name in config.editions]
    edition = min(
        (e for e in editions if audience in e.audiences),
        key=lambda e: len(e.audiences),
        default=None,
    )
    if edition is None:
        raise NewError(f"没有哪个版本给“{audience}”看。")
    library, _ = read(root)
    site, _ = select(library, edition, frozenset(config.audiences), now)
    if site.numbers is None:
        raise NewError("这个版本里还没有指标。")
    return site.numbers


def _indicator(numbers: Numbers, slug: str) -> Indicator:
    known = numbers.indicators.get(slug)
    if known is None:
        raise NewError(f"没有指标 `{slug}`。{suggest(slug, numbers.indicators)}")
    return known


def _period(numbers: Numbers, known: Indicator, text: str) -> Period:
    if text:
        try:
            at = Period.parse(text)
        except ValueError as error:
            raise NewError(f"{error}。") from None
        if at.frequency != known.frequency:
            raise NewError(f"“{known.name}”的频度与 {text} 对不上。")
        return at
    found = [
        cell.period
        for name in known.measures
        if (cell := numbers.store.latest(_key(numbers, known, name), known.frequency))
    ]
    if not found:
        raise NewError(f"“{known.name}”还没有数。")
    return max(found)


def _key(numbers: Numbers, known: Indicator, name: str) -> Key:
    return Key(known.id, name, numbers.region_of(known, name))


def _held(numbers: Numbers, known: Indicator, at: Period) -> list[str]:
    """The measures that have a number in this period."""
    return [
        name
        for name in LEADS
        if name in known.measures
        and (cell := numbers.store.cell(_key(numbers, known, name), at))
        and cell.value is not None
    ]


def _lead(numbers: Numbers, known: Indicator, at: Period) -> str:
    held = _held(numbers, known, at)
    if not held:
        raise NewError(f"“{known.name}”没有{at.label()}的数，或还没有发布。")
    return held[0]


def _title(numbers: Numbers, chosen: Sequence[Indicator], leads: dict[str, str], at: Period) -> str:
    names = "、".join(i.short or i.name for i in chosen[:3])
    spans = {_when(numbers, known, leads[known.id], at) for known in chosen}
    when = spans.pop() if len(spans) == 1 else at.label()
    return f"{when}{names}{'等' if len(chosen) > 3 else ''}分析"


def _when(numbers: Numbers, known: Indicator, lead: str, at: Period) -> str:
    """The time of a number: `2026年2月`, `2026年1—2月` where January is in it, too."""
    cell = numbers.store.cell(_key(numbers, known, lead), at)
    return at.label() if cell is None else cell.when


def _words(
    numbers: Numbers, chosen: Sequence[Indicator], leads: dict[str, str], at: Period
) -> Iterator[str]:
    for known in chosen:
        lead = leads[known.id]
        held = sorted(_held(numbers, known, at), key=TOLD.index)
        said = [_said(known, name, at) for name in held]
        yield f"## {known.name}\n"
        yield f"{_when(numbers, known, lead, at)}，{known.name}{'，'.join(said)}。\n"
        yield "在这里写变化的原因。\n"
        yield from _charts(numbers, known, lead, at)
    if len(chosen) > 1:
        ids = ", ".join(i.id for i in chosen)
        measures = ", ".join(dict.fromkeys(leads.values()))
        yield "## 主要数据\n"
        yield f"```data\nfrom: {{indicator: [{ids}], measure: [{measures}], periods: {at}, by: indicator}}\n```\n"
    yield "## 怎么看\n\n在这里写判断和建议。\n"


def _said(known: Indicator, name: str, at: Period) -> str:
    form = " form=change" if name in GROWTH else ""
    word = {"value": "为", "ytd": "累计", "index": "指数为", "ytd_index": "累计指数为"}
    return f"{GROWTH.get(name, word.get(name, ''))}{{{{ind:{known.id}.{name}@{at}{form}}}}}"


def _charts(numbers: Numbers, known: Indicator, lead: str, at: Period) -> Iterator[str]:
    series = numbers.store.series(_key(numbers, known, lead), known.frequency)
    count = sum(1 for p in series.periods if p <= at) if series is not None else 0
    if count > 2:
        first = at.back(min(SHOWN, count, 3 * A_YEAR[known.frequency]) - 1)
        yield _chart("line", f"{known.name}{NAMES[lead]}", known, lead, f"{first}..{at}")
    region = numbers.region_of(known, lead)
    below = [
        r.level
        for r in numbers.regions.values()
        if r.parent == region
        and (cell := numbers.store.cell(Key(known.id, lead, r.code), at))
        and cell.value is not None
    ]
    if len(below) >= LEAST_REGIONS:
        title = f"{_when(numbers, known, lead, at)}各{below[0]}{known.name}{NAMES[lead]}"
        yield _chart("bar", title, known, lead, str(at), f", region: {below[0]}, by: region")


def _chart(kind: str, title: str, known: Indicator, lead: str, periods: str, more: str = "") -> str:
    asked = f'indicator: {known.id}, measure: {lead}, periods: "{periods}"{more}'
    return f"```chart\ntype: {kind}\ntitle: {title}\nfrom: {{{asked}}}\n```\n"
