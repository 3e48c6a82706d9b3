"""待我审 and all that others review: items by division, filtered, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from builder.approvals import Person, labels
from builder.approvals.standing import STATES
from builder.model import BEIJING
from builder.review.hall import possible, waits_for
from builder.review.office import Item, Office

PAGE = 50
FULL = 5  # strokes of 正: one for each review, the rest when it is approved
SITE = "站点设置"


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody asked to see; empty words ask for everything."""

    view: str = "mine"
    division: str = ""
    state: str = ""
    words: str = ""
    page: int = 1

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Query:
        """From the address of the page; what can't be meant is left out."""
        view = given.get("view", "mine")
        number = given.get("page", "1")
        return cls(
            view if view in {"mine", "all"} else "mine",
            given.get("division", "")[:64],
            given.get("state", "") if given.get("state", "") in STATES else "",
            given.get("q", "").strip()[:60],
            int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1,
        )

    def link(self, **changed: object) -> str:
        """The address of the same with something changed."""
        asked = {
            "view": self.view,
            "division": self.division,
            "state": self.state,
            "q": self.words,
            "page": self.page if "page" in changed else 1,
        } | changed
        known = {"view": "mine", "page": 1}
        rest = {k: v for k, v in asked.items() if v and known.get(k) != v}
        return "/?" + urlencode(rest) if rest else "/"


@dataclass(frozen=True, slots=True)
class Line:
    """An item in the list. `mine`: the steps that the reader may take; `strokes`: of 正, five when approved."""

    item: Item
    state: str
    mine: str
    turn: str
    missing: str
    age: str
    strokes: int
    audience: str


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one division on this page, and how many there are of it in all."""

    name: str
    count: int
    lines: tuple[Line, ...]


def listing(office: Office, person: Person, query: Query, now: datetime) -> dict[str, Any]:
    """All that the list shows."""
    items = office.items()
    mine = [i for i in items if waits_for(i, person)]
    chosen = _chosen(mine if query.view == "mine" else items, query)
    order = {d: n for n, d in enumerate(["", *office.library.organisations])}
    chosen.sort(key=lambda i: order.get(i.division, len(order)))
    pages = max(1, -(-len(chosen) // PAGE))
    at = min(max(query.page, 1), pages)
    shown = chosen[(at - 1) * PAGE : at * PAGE]
    return {
        "query": query,
        "groups": _groups(office, person, chosen, shown, now),
        "total": len(chosen),
        "mine": len(mine),
        "all": len(items),
        "page": at,
        "pages": pages,
        "divisions": _divisions(office, mine if query.view == "mine" else items),
        "states": STATES,
        "counts": {s: sum(i.state == s for i in items) for s in STATES},
    }


def division_name(office: Office, division: str) -> str:
    """What a division is called."""
    found = office.library.organisations.get(division)
    return found.name if found else division or SITE


def following(office: Office, person: Person, after: str) -> tuple[Item | None, int]:
    """The next item that waits for a person, and how many do."""
    items = office.items()
    waiting = [i for i in items if waits_for(i, person) and i.id != after]
    place = next((n for n, i in enumerate(items) if i.id == after), -1)
    later = {i.id for i in items[place + 1 :]}
    return next((i for i in waiting if i.id in later), waiting[0] if waiting else None), len(
        waiting
    )


def _chosen(items: Sequence[Item], query: Query) -> list[Item]:
    words = query.words.casefold()
    return [
        i
        for i in items
        if query.division in {"", i.division or "-"}
        and query.state in {"", i.state}
        and (words in i.title.casefold() or words in i.id)
    ]


def _divisions(office: Office, items: Sequence[Item]) -> list[tuple[str, str, int]]:
    """Divisions with anything to show: id for the address, name, count."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.division] = counts.get(item.division, 0) + 1
    known = ["", *office.library.organisations]
    every = [*(d for d in known if d in counts), *(d for d in counts if d not in known)]
    return [(d or "-", division_name(office, d), counts[d]) for d in every]


def _groups(
    office: Office, person: Person, chosen: Sequence[Item], shown: Sequence[Item], now: datetime
) -> list[Group]:
    groups: dict[str, list[Line]] = {}
    for item in shown:
        groups.setdefault(item.division, []).append(_line(office, person, item, now))
    return [
        Group(division_name(office, d), sum(i.division == d for i in chosen), tuple(lines))
        for d, lines in groups.items()
    ]


def _line(office: Office, person: Person, item: Item, now: datetime) -> Line:
    return Line(
        item,
        STATES[item.state],
        labels(possible(item, person)) if waits_for(item, person) else "",
        labels(item.next_steps),
        labels([s for steps in item.missing.values() for s in steps]),
        _age(office.root, item, now),
        strokes(item),
        audience_name(office, item),
    )


def audience_name(office: Office, item: Item) -> str:
    """For whom an item is."""
    found = office.config.audiences.get(item.audience)
    return found.label if found else ""


def strokes(item: Item) -> int:
    """How much of 正 is drawn."""
    return FULL if item.state == "approved" else min(len(item.done), FULL - 1)


def _age(root: Path, item: Item, now: datetime) -> str:
    """How long the working version has waited: since its last review, else since it was saved."""
    if not item.next_steps:
        return ""
    if item.done:
        moment = datetime.fromisoformat(max(r.time for r in item.done.values()))
    else:
        try:
            moment = datetime.fromtimestamp((root / item.path).stat().st_mtime, BEIJING)
        except OSError:
            return ""
    days = (now.astimezone(BEIJING).date() - moment.astimezone(BEIJING).date()).days
    return "今天" if days <= 0 else f"等了 {days} 天"
