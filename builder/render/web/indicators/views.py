"""What the page of one indicator shows: newest numbers, pictures, card, table, calendar, neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from builder.media.chart_words import level
from builder.memo import digest
from builder.model import BEIJING
from builder.render.web.cards import View
from builder.render.web.indicators import plots
from builder.render.web.indicators.watch import Watch
from builder.render.web.indicators.words import (
    BASES,
    GROWTH,
    LEADS,
    NAMES,
    after,
    change,
    headline,
    number,
    short,
    told,
    with_unit,
)
from builder.values import (
    DIRECTIONS,
    FREQUENCIES,
    Cell,
    Due,
    Indicator,
    Key,
    Numbers,
    Period,
    Region,
    rounded,
)

SHOWN = {"month": 36, "quarter": 20, "half": 12, "year": 12}  # periods of a picture
LISTED = {"month": 13, "quarter": 8, "half": 6, "year": 10}  # rows of the table
AHEAD = timedelta(days=125)  # of the calendar: a year of the same says no more
MOST_REGIONS = 20
LEVELS = ("value", "index", "ytd", "ytd_index")  # of which one is drawn beside growth
SLOTS = (
    ("meaning", "涵义"),
    ("scope", "范围"),
    ("method", "调查方法"),
    ("formula", "计算方法"),
    ("sample", "样本量"),
    ("form", "表号"),
)


class Figures:
    """Answers what pages ask of the numbers of one edition."""

    def __init__(self, numbers: Numbers, now: datetime, watch: Watch | None = None) -> None:
        """`now` divides what is out from what is due. `watch`: what is judged of the numbers, for those inside."""
        self.numbers, self.now, self.watch = numbers, now, watch

    @cached_property
    def revised(self) -> Counter[str]:
        """How often numbers of each indicator were corrected or withdrawn."""
        return Counter(r.key.indicator for r in self.numbers.store.revisions())

    @cached_property
    def filled(self) -> bool:
        """Whether there is anything to take away: before the first release there are definitions alone."""
        return any((panel.vintages >= 0).any() for panel in self.numbers.store.panels.values())

    def lead(self, known: Indicator, region: str = "") -> Cell | None:
        """The number that stands for an indicator: growth where it has some, of `region` or the one meant."""
        for name in LEADS:
            if name in known.measures:
                code = region or self.numbers.region_of(known, name)
                found = self.latest(Key(known.id, name, code), known)
                if found is not None:
                    return found
        return None

    def latest(self, key: Key, known: Indicator) -> Cell | None:
        """The newest number of a series."""
        return self.numbers.store.latest(key, known.frequency)

    def before(self, cell: Cell) -> Cell | None:
        """The number of the period before."""
        return self.numbers.store.cell(cell.key, cell.period.back())

    def run(self, key: Key, known: Indicator, most: int) -> tuple[list[Period], list[plots.Value]]:
        """The last `most` periods of a series and their numbers, None in gaps."""
        found = self.numbers.store.series(key, known.frequency)
        if found is None:
            return [], []
        values = [None if v != v else float(v) for v in found.values]  # NaN alone is not itself
        return list(found.periods[-most:]), values[-most:]

    def next(self, known: Indicator) -> Due | None:
        """When its next numbers are due."""
        return next(
            (d for d in self.numbers.calendar if known.id in d.indicators and d.at > self.now), None
        )

    def around(self, slug: str) -> View:
        """What its page shows besides its own numbers, which its mark stands for: names and dates."""
        known = self.numbers.indicators.get(slug)
        if known is None:
            return {}
        due = [d for d in self.numbers.calendar if slug in d.indicators and d.at > self.now][:6]
        if self.watch is None:
            return {"due": due, "regions": self.named}
        flags = [
            {k: row[k] for k in ("id", "label", "sentence", "state", "measure", "region", "period")}
            for row in self.watch.of(slug)
        ]
        return {"due": due, "regions": self.named, "flags": flags}

    @cached_property
    def named(self) -> str:
        """A hash of the regions and their names."""
        return digest(repr(self.numbers.regions), self.numbers.home)

    @cached_property
    def known(self) -> str:
        """A hash of all numbers and of what is due at this hour: what pages that gather them show."""
        held = self.numbers
        limits = (self.now, self.now + AHEAD)
        due = [sum(d.at <= limit for d in held.calendar) for limit in limits]
        told = [snapshot.vintage for snapshot in held.store.snapshots]
        judged = (held.verdicts, held.targets, held.rulesets) if self.watch else ()
        day = self.now.astimezone(BEIJING).date()
        own = self.watch.known if self.watch else ""
        parts = (sorted(held.marks.items()), held.indicators, held.calendar, due, told, judged, day)
        return digest(self.named, own, *map(repr, parts))

    # --- the page -----------------------------------------------------------------------------------

    def page(self, known: Indicator) -> View:
        """Everything that the page of an indicator shows of its numbers."""
        lead = self.lead(known)
        view: View = {
            "frequency": FREQUENCIES[known.frequency],
            "publisher": known.publisher,
            "disclosure": known.disclosure,
            "direction": DIRECTIONS[known.direction] if known.direction != "none" else "",
            "sample": known.sample,
            "card": [
                (label, getattr(known.card, slot))
                for slot, label in SLOTS
                if getattr(known.card, slot)
            ],
            "comparable": known.comparable,
            "lead": None,
            "facts": [],
            "figures": [],
            "regions": None,
            "table": None,
            "outs": [],
            "files": [],
        }
        if lead is None:
            return view
        region = self.numbers.regions[lead.key.region]
        view |= {
            "region": region.name,
            "lead": self._lead(known, lead),
            "facts": list(self._facts(known, lead)),
            "figures": list(self._pictures(known, lead)),
            "regions": self.across(known, lead),
            "compared": f"indicators/compare/{known.id}/",
            "table": self._table(known, lead.key.region),
            "outs": self._outs(known),
            "revisions": self.revised[known.id],
            "source": lead.vintage.source,
            "note": lead.vintage.note,
            "released": _moment(lead.vintage.release),
            "files": [
                {"title": title, "url": f"data/api/v2/tables/{known.id}/data.{form}"}
                for form, title in (("xlsx", "Excel"), ("csv", "CSV"), ("json", "JSON-stat"))
            ],
        }
        return view

    def _lead(self, known: Indicator, cell: Cell) -> View:
        measure = known.measures[cell.key.measure]
        name, based = (
            cell.key.measure,
            "=" in measure.unit,
        )  # too long to stand beside a large number
        return {
            "text": number(cell.value, measure, name),
            "unit": "" if based else measure.unit,
            "name": NAMES[name] + (after(measure.unit) if based else ""),
            "period": cell.when,
            "change": change(cell, self.before(cell), known),
            "mark": "初步数" if cell.mark == "preliminary" else "",
        }

    def _facts(self, known: Indicator, lead: Cell) -> Iterator[View]:
        for name, measure in known.measures.items():
            if name == lead.key.measure:
                continue
            cell = self.latest(Key(known.id, name, lead.key.region), known)
            if cell is not None:
                text = with_unit(number(cell.value, measure, name), measure.unit)
                yield {"name": f"{cell.when}{NAMES[name]}", "text": text}
        due = self.next(known)
        if due is not None:
            yield {"name": f"下次发布（{due.period.label()}）", "text": _day(due.at)}

    def _pictures(self, known: Indicator, lead: Cell) -> Iterator[View]:
        same = ("index", "ytd_index") if lead.key.measure in GROWTH else ()  # growth, and a hundred
        others = [n for n in LEVELS if n in known.measures and n not in (lead.key.measure, *same)]
        level = next(iter(others), "")
        names = dict.fromkeys((lead.key.measure, level, "mom" if "mom" in known.measures else ""))
        for name in filter(None, names):
            cell = self.latest(Key(known.id, name, lead.key.region), known)
            if cell is not None:
                view = self._picture(known, cell)
                if view is not None:
                    yield view

    def _picture(self, known: Indicator, cell: Cell) -> View | None:
        name, measure = cell.key.measure, known.measures[cell.key.measure]
        periods, values = self.run(cell.key, known, SHOWN[known.frequency])
        real = [v for v in values if v is not None]
        if len(real) < 2:
            return None
        labels = [short(p) for p in periods]
        title = headline(cell, self.before(cell), known)
        low, high = min(real), max(real)
        unit = measure.unit
        said = (
            f"{known.name}{NAMES[name]}，{self._when(cell.key, periods[0])}至{self._when(cell.key, periods[-1])}，"
            f"最低{number(low, measure, name)}{unit}，最高{number(high, measure, name)}{unit}，"
            f"最新{number(cell.value, measure, name)}{unit}。"
        )
        end = number(cell.value, measure, name)
        apart = name in ("mom", "ytd")  # numbers that do not run on: a curve would be a saw
        draw = plots.bars if apart else plots.line
        more = {} if apart else {"zero": name in GROWTH}
        base = "，".join(t for t in (BASES.get(name, ""), unit) if t)
        return {"title": title, "base": base, "plot": draw(labels, values, said, end, **more)}

    def _when(self, key: Key, period: Period) -> str:
        cell = self.numbers.store.cell(key, period)
        return cell.when if cell is not None else period.label(key.measure)

    def across(self, known: Indicator, lead: Cell) -> View | None:
        """The regions below, by the same measure and period, from the highest to the lowest."""
        name, measure = lead.key.measure, known.measures[lead.key.measure]
        below = [r for r in self.numbers.regions.values() if r.parent == lead.key.region]
        found = []  # what readers compare are the published numbers
        for region in below:
            cell = self.numbers.store.cell(Key(known.id, name, region.code), lead.period)
            if cell is not None and cell.value is not None:
                found.append((float(rounded(cell.value, measure.decimals)), region))
        if len(found) < 3:
            return None
        found.sort(key=lambda pair: (-pair[0], pair[1].code))
        shown = found[:MOST_REGIONS]
        items = [(r.short or r.name, v, number(v, measure, name), "") for v, r in shown]
        return {
            "title": _extremes(found),
            "base": f"{lead.when}{NAMES[name]}，{measure.unit}".rstrip("，"),
            "plot": plots.rows(items),
            "left": len(found) - len(shown),
        }

    def _table(self, known: Indicator, region: str) -> View:
        store = self.numbers.store
        names = [
            n for n in known.measures if store.latest(Key(known.id, n, region), known.frequency)
        ]
        newest = max(c.period for n in names if (c := self.latest(Key(known.id, n, region), known)))
        rows = []
        for back in range(LISTED[known.frequency]):
            period = newest.back(back)
            cells = [store.cell(Key(known.id, n, region), period) for n in names]
            if any(cells):
                texts = [told(c, known) or "—" for c in cells]
                red = [self._flagged(known.id, n, region, period) for n in names]
                rows.append(
                    {"period": short(period), "cells": texts, "latest": not back, "red": red}
                )
        heads = [f"{NAMES[n]} {known.measures[n].unit}".strip() for n in names]
        return {"heads": heads, "rows": rows, "notes": list(_notes(rows, known))}

    def _flagged(self, *place: object) -> bool:
        return self.watch is not None and tuple(map(str, place)) in self.watch.places

    def _outs(self, known: Indicator) -> list[View]:
        """Its coming releases, the next one marked."""
        due = [d for d in self.numbers.calendar if known.id in d.indicators and d.at > self.now][:6]
        return [
            {
                "month": d.at.astimezone(BEIJING).month,
                "day": d.at.astimezone(BEIJING).day,
                "what": d.period.label(),
                "clock": d.at.astimezone(BEIJING).strftime("%H:%M") if d.clock else "",
                "next": not n,
            }
            for n, d in enumerate(due)
        ]


def _extremes(found: Sequence[tuple[float, Region]]) -> str:
    """Who is first and who last, `found` from the highest to the lowest; those who share a place together."""
    top, end = found[0][0], found[-1][0]
    if top == end:
        return "各地相同"
    first, last = ([r.name for v, r in found if v == edge] for edge in (top, end))
    return f"{level(first, '地')}最高，{level(last, '地')}最低"


def _notes(rows: Sequence[View], known: Indicator) -> Iterator[str]:
    texts = [t for row in rows for t in row["cells"]]
    if any("1—2月" in t for t in texts) or known.combined:
        yield "1月不单独发布，2月的数是1—2月合并的。"
    if any("初步" in t for t in texts):
        yield "标“初步”的数以后可能修订。"
    if (
        not known.comparable
        and any(n in known.measures for n in GROWTH)
        and "value" in known.measures
    ):
        yield "绝对数按现行价格计算，增速按可比口径计算，两者不能互相推算。"


def _moment(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def _day(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.month}月{local.day}日"
