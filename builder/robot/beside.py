"""What a question names beside an indicator, its time and its region, and what is said when a number is of another.

A package has only the newest number of an indicator. It is never told as if it were the one asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from builder.robot.package import Item
from builder.robot.places import OUTSIDE, Place, Places
from builder.robot.spans import Span, spans

OLD = "收录到的最近一期："
EVERY = {"季": (3, "一季"), "半年": (6, "半年"), "年": (12, "一年")}  # months, how it is said
REGIONS = ("分地区", "indicators/regions/")


@dataclass(frozen=True, slots=True)
class Beside:
    """The times and regions of a question, and what is left of it when they are taken out."""

    spans: tuple[Span, ...] = ()
    places: tuple[Place, ...] = ()
    left: str = ""

    def __bool__(self) -> bool:
        return bool(self.spans or self.places)

    @property
    def said(self) -> str:
        """Words that mean the same when they are read again."""
        return " ".join([*(s.label for s in self.spans), *(p.name for p in self.places)])


@dataclass(frozen=True, slots=True)
class Note:
    """What must be said before a number. `early`: the number asked for is not out, none may be told as it."""

    text: str = ""
    early: bool = False
    links: tuple[tuple[str, str], ...] = ()


def read(text: str, day: str, places: Places) -> Beside:
    """The times and regions that `text` names on `day`."""
    times, left = spans(text, day)
    found, left = places.among(left)
    return Beside(times, found, left)


def note(item: Item, asked: Beside, day: str, places: Places) -> Note:
    """What to say before the number of `item`; nothing when it is the one asked for."""
    if not item.spans:
        return Note()
    when = _when(item, asked.spans, day)
    if when.early:
        return when
    where = _where(item, asked.places, places)
    return Note(when.text + where.text, False, when.links + where.links)


def nearest(items: Sequence[Item], asked: Beside, places: Places) -> list[Item]:
    """The numbers of the regions that are asked for; where there are none, those that aren't the nation's."""
    names = {place.name for place in asked.places}
    named = [item for item in items if item.place in names]
    return named or [i for i in items if places.level(i.place) != "国"] or list(items)


def _when(item: Item, asked: tuple[Span, ...], day: str) -> Note:
    own = [Span.parse(text) for text in item.spans]
    newest = max((span.year, span.last) for span in own)
    others = [span for span in asked if not _same(span, own, day)]
    if not others:
        return Note()
    late = next((span for span in others if (span.year, span.last) > newest), None)
    if late:
        return Note(f"{_out(late, item, day)}{_newest(item)}", True)
    told = "、".join(span.label for span in others)
    latest = next(span for span in own if (span.year, span.last) == newest)
    if all((span.year, span.last) == newest for span in others):
        return Note(f"您问的是{told}，这里是{latest.label}的数。")
    link = (f"{item.title.removesuffix('是多少')}以前各期", item.url)
    return Note(
        f"您问的是{told}，这里只有最新的{latest.label}。", links=(link,) if item.url else ()
    )


def _newest(item: Item) -> str:
    return item.answer if item.answer.startswith(OLD) else f"最新的一期：{item.answer}"


def _same(span: Span, own: list[Span], day: str) -> bool:
    """A year that is still running is answered by its newest number."""
    if span in own:
        return True
    return not span.first and any(
        span.year == s.year and (day[:4] == str(s.year) or (s.first, s.last) == (1, 12))
        for s in own
    )


def _out(span: Span, item: Item, day: str) -> str:
    """That a number is not out, as far as can be known on `day`."""
    size, often = EVERY.get(item.every, (1, ""))
    if span.first and (span.last % size or span.last - span.first + 1 < size):
        return f"{item.title.removesuffix('是多少')}{often}一期，没有{span.label}的。"
    over = day[:7] > f"{span.year}-{span.last:02d}"
    if over and (not item.due or day >= item.due):
        return f"{span.label}的数这里还没有，发布了没有，看“发布日历”。"
    due = f"（下一期按日程{_day(item.due)}发布）" if item.due and day < item.due else ""
    return f"{span.label}的数还没有发布{due}。"


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{int(month)}月{int(day)}日"


def _where(item: Item, asked: tuple[Place, ...], places: Places) -> Note:
    others = [place for place in asked if place.name != item.place]
    if not others:
        return Note()
    told = "、".join(place.name for place in others)
    own = f"全省（{item.place}）" if places.level(item.place) == "省" else item.place
    inside = [p for p in others if p.level not in (OUTSIDE, "国", "省")]
    links = tuple((f"{p.name}各项指标", p.url) for p in inside if p.url and p.level in item.below)
    if not links and any(p.level in item.below and p.some for p in inside):
        links = (REGIONS,)
    here = "" if links else f"这里没有{told}的这个数，"
    return Note(f"您问的是{told}，{here}下面是{own}的数。", links=links)
