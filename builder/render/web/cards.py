"""Views of pages for templates: plain dicts, made once per page, with no more than the page may show."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from builder.config import SiteConfig
from builder.kinds import BY_NAME, LESSON_KINDS
from builder.kinds.front import slug_of
from builder.kinds.live import status as live_status
from builder.media.cast import PEOPLE
from builder.memo import digest
from builder.model import Organisation, Page, Site

View = dict[str, Any]
WEEKDAYS = "一二三四五六日"
ARTICLE_TYPES = {"news": "动态", "notice": "通知", "analysis": "统计分析", "reading": "数据解读"}
EVENT_TYPES = {"lecture": "轮讲", "open-day": "开放日", "training": "培训"}


class Card(dict[str, Any]):
    """What lists show of a page. It prints as a hash of all it says: cards stand in many keys."""

    mark = ""

    def __repr__(self) -> str:
        """The hash, made once; a card is not changed after it is made."""
        if not self.mark:
            self.mark = digest(super().__repr__())
        return self.mark


class Cards:
    """Cards of all pages of a site, and the groups they fall into."""

    def __init__(self, site: Site, config: SiteConfig) -> None:
        """Make every card at once: hubs, neighbours and related entries all need them."""
        self.site = site
        self.config = config
        self.role_names = {r.id: r.title for r in config.home.roles}
        self.lessons: dict[str, list[Page]] = defaultdict(list)
        self.by_kind: dict[str, list[Page]] = defaultdict(list)
        self.by_division: dict[str, list[Page]] = defaultdict(list)
        self.by_tag: dict[str, list[Page]] = defaultdict(list)
        for page in site.pages.values():
            self.by_kind[page.kind].append(page)
            self.by_division[page.division].append(page)
            for tag in page.tags:
                self.by_tag[tag].append(page)
            if page.parent:
                self.lessons[page.parent].append(page)
        for found in (*self.by_division.values(), *self.by_tag.values()):
            found.sort(key=lambda p: p.id)
        self.tagged = {tag: [p.id for p in pages] for tag, pages in self.by_tag.items()}
        self.divided = {i: [p.id for p in pages] for i, pages in self.by_division.items()}
        self.kinds = {page.id: page.kind for page in site.pages.values()}
        for lessons in self.lessons.values():
            lessons.sort(key=lambda p: p.order)
        self.cards: dict[str, Card] = {page.id: self._card(page) for page in site.pages.values()}
        self.lines = {
            i: [p for p in pages if p.kind == "faq"] for i, pages in self.by_division.items()
        }
        self.places = {
            p.id: n
            for line in (*self.lines.values(), *self.lessons.values())
            for n, p in enumerate(line)
        }

    def of(self, pages: Iterable[Page]) -> list[View]:
        """The cards of `pages`, in their order."""
        return [self.cards[p.id] for p in pages]

    def newest(self, pages: Iterable[Page]) -> list[Page]:
        """Newest first; expired ones last; equal dates by title so that the order is fixed."""
        return sorted(pages, key=lambda p: (not p.expired, p.date, p.id), reverse=True)

    def division(self, page: Page) -> View:
        """The division that wrote a page."""
        found = self.site.organisations.get(page.division)
        return org_view(found) if found else {"id": "", "name": "", "url": ""}

    def tags(self, page: Page) -> list[View]:
        """A page's tags with the addresses of their lists."""
        return [{"name": t, "url": tag_url(t)} for t in page.tags]

    def minutes(self, page: Page) -> int | None:
        """How long a page takes, where it says so."""
        if "duration" in page.data:
            return int(page.data["duration"])
        return max(1, round(page.data["seconds"] / 60)) if "seconds" in page.data else None

    def _card(self, page: Page) -> Card:
        kind = BY_NAME[page.kind]
        lessons = self.lessons.get(page.id, [])
        card: View = {
            "id": page.id,
            "title": page.title,
            "url": page.url,
            "summary": page.summary,
            "kind": page.kind,
            "plate": {"icon": kind.icon, "label": kind.label},
            "meta": self._meta(page, len(lessons)),
            "date": page.day,
            "expired": page.expired,
            "unverified": page.unverified,
            "answer": page.data.get("answer", ""),
            "definition": page.data.get("definition", ""),
            "minutes": self.minutes(page),
            "lessons": len(lessons),
            "titles": [p.title for p in lessons],
            "tags": page.tags,
            "roles": list(page.roles),
            "division": self.division(page),
            "panels": _faces(page),
            "number": page.data.get("number", ""),
            "valid_to": page.valid.to,
            "start": "",
            "status": "",
            "day": 0,
            "month": 0,
            "weekday": "",
            "current": False,
        }
        if page.kind == "event":
            day = date.fromisoformat(page.data["start"])
            card |= {
                "day": day.day,
                "month": day.month,
                "weekday": f"周{WEEKDAYS[day.weekday()]}",
                "start": page.data["start"],
            }
        if page.kind == "live":
            card |= {"start": page.data["start"][:10], "status": live_status(page, self.site.now)}
            card["titles"] = [
                f"{p['time'][11:16]} {p['title']}" for p in page.data["posts"] if p["title"]
            ][:3]
        return Card(card)

    def _meta(self, page: Page, lessons: int) -> list[str]:
        if page.kind == "course":
            return [f"{lessons}课"]
        if page.kind in LESSON_KINDS and page.kind != "live":
            minutes = self.minutes(page)
            return (
                [f"约{minutes}分钟"]
                if minutes
                else [f"{len(page.data.get('questions', ()))}题"]
                if page.kind == "quiz"
                else []
            )
        if page.kind == "live":
            return [
                live_status(page, self.site.now),
                f"{int(page.data['start'][5:7])}月{int(page.data['start'][8:10])}日",
            ]
        if page.kind == "article":
            return [ARTICLE_TYPES[page.data["type"]], page.day]
        if page.kind == "event":
            return [EVENT_TYPES[page.data["type"]]]
        if page.kind == "standard":
            return [page.data["number"], "现行" if page.data["status"] == "current" else "已被代替"]
        return []


def _faces(page: Page) -> list[View]:
    faces: list[View] = []
    for panel in page.data.get("panels", ()):
        figures = panel["cast"] or [
            {"who": s["who"], "mood": s["mood"]} for s in panel["says"] if s["who"]
        ]
        figures = [f for f in figures if f["who"] in PEOPLE]
        if figures:
            faces.append({"who": figures[0]["who"], "mood": figures[0]["mood"]})
    return faces[:3]


def org_view(organisation: Organisation) -> View:
    """A division or a city."""
    return {
        "id": organisation.id,
        "name": organisation.name,
        "short": organisation.short,
        "url": f"divisions/{organisation.id}/",
    }


def tag_url(tag: str) -> str:
    """Where the list of a tag stands."""
    return f"tags/{slug_of(tag)}/"


def valid_view(site: Site, page: Page) -> View | None:
    """The span for which a page holds, with the system it follows if this edition knows it."""
    valid = page.valid
    if not (valid.start or valid.to or valid.system):
        return None
    system = site.pages.get(valid.system) if valid.system else None
    return {
        "from": valid.start,
        "to": valid.to,
        "system": {"title": system.title, "url": system.url} if system else None,
    }


def near(cards: Cards, page: Page) -> View:
    """The cards a page shows beside itself: its course, lessons, neighbours, related pages, system."""
    lessons = cards.lessons.get(page.id if page.kind == "course" else page.parent, [])
    if page.kind not in LESSON_KINDS | {"course"}:
        lessons = []
    line = (
        cards.lines[page.division]
        if page.kind == "faq"
        else lessons
        if page.kind != "course"
        else []
    )
    at = cards.places.get(page.id, -1) if line else -1
    return {
        "related": cards.of(related(cards, page)),
        "lessons": [
            (card := cards.cards[p.id]) | {"current": p.id == page.id, "mark": repr(card)}
            for p in lessons
        ],
        "course": cards.cards.get(page.parent) if page.parent else None,
        "position": at + 1,
        "prev": cards.cards[line[at - 1].id] if at > 0 else None,
        "next": cards.cards[line[at + 1].id] if 0 <= at < len(line) - 1 else None,
        "valid": valid_view(cards.site, page),
    }


def near_mark(beside: View) -> str:
    """A text that is the same for two pages only where `near` shows the same beside them."""
    lessons = [(card["id"], card["mark"], card["current"]) for card in beside["lessons"]]
    return repr(beside | {"lessons": lessons})


def related(cards: Cards, page: Page, limit: int = 5) -> list[Page]:
    """Pages that share tags, then division and kind; nearest first, never the page or its own course."""
    scores: dict[str, int] = defaultdict(int)
    for tag in page.tags:
        for other in _around(cards.tagged[tag], page.id):
            scores[other] += 3
    kinds = cards.kinds
    for other in _around(cards.divided[page.division], page.id):
        scores[other] += 2 if kinds[other] == page.kind else 1
    for own in (
        page.id,
        page.parent,
        *(p.id for p in cards.lessons.get(page.parent or page.id, ())),
    ):
        scores.pop(own, None)
    pages = cards.site.pages
    found = sorted([(-score, i) for i, score in scores.items()])[: limit + 2]
    return [pages[i] for _, i in found if not pages[i].expired][:limit]


def _around(ids: list[str], identity: str, reach: int = 12) -> list[str]:
    """The ids beside `identity` in a list that is in order; the whole of a short list."""
    if len(ids) <= 2 * reach:
        return ids
    at = bisect_left(ids, identity)
    return ids[max(0, at - reach) : at + reach]
