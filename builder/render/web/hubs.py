"""Pages that no author wrote: home, hubs, divisions, tags, search, 404, redirects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from builder.kinds import BY_NAME, LESSON_KINDS
from builder.kinds.sections import TABS
from builder.memo import digest
from builder.model import Page
from builder.render.web import robot
from builder.render.web.calendar import ics, month_view
from builder.render.web.cards import Cards, View, org_view, tag_url
from builder.render.web.pages import Pages
from builder.render.web.tabs import REPORTS

if TYPE_CHECKING:
    from builder.render.web.reports import Inside

NEWEST = 6
GROUPS = {
    "systems": (("现行报表制度", "system"), ("分类标准", "standard"), ("规范化管理", "norm")),
    "terms": (("名词口径", "term"),),
    "live": (("图文直播", "live"),),
    "articles": (("通知与解读", "article"),),
    "columns": (("专栏", "column"), ("活动", "event"), ("典型案例与优秀作品", "case")),
    "standards": (("分类标准", "standard"),),
    "norms": (("规范化管理", "norm"),),
    "events": (("活动", "event"),),
    "cases": (("典型案例与优秀作品", "case"),),
}
LISTS = frozenset({"terms", "articles"})


class Hubs:
    """Renders every page that gathers others."""

    def __init__(self, pages: Pages) -> None:
        """Shares cards and shell with the single pages."""
        self.pages = pages
        self.cards: Cards = pages.cards
        self.inside = _inside(pages)

    def all(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """(path, HTML, ids of the entries it shows) of every hub."""
        yield self._out("home", "", self._home())
        yield self._out("courses", "courses", self._courses())
        if self.cards.by_kind["faq"]:
            yield self._out("faq-hub", "faq", self._faq())
        for hub in GROUPS:
            view = self._grouped(hub)
            if view["groups"] or view["cards"]:
                yield self._out("hub", _tab_for(hub), view)
        yield self._out("hub", "", self._divisions())
        yield from (self._out("division", "", self._division(i)) for i in self._writers())
        yield from (self._out("tag", "", self._tag(tag)) for tag in sorted(self.cards.by_tag))
        yield self._out("search", "", self._view("search/", "查找", data={"hot": self._hot()}))
        for url, title, data in robot.views(self.cards, self.pages.config.robot.name):
            yield self._out("robot", "", self._view(url, title, data=data))
        yield self._out("404", "", self._view("404.html", "没有这一页"))
        if self.inside is not None:
            view = self._view(REPORTS["url"], REPORTS["title"], data=self.inside.data)
            yield self._out("reports", "", view)

    def _out(self, template: str, tab: str, view: View) -> tuple[str, str, tuple[str, ...]]:
        ids = [c["id"] for c in view["cards"]] + [
            c["id"] for g in view["groups"] for c in g["cards"]
        ]
        path = view["url"] if view["url"].endswith(".html") else f"{view['url']}index.html"
        made = self.pages.hub(template, tab or "home", view)
        return path, made, tuple(dict.fromkeys(ids))

    def _view(self, url: str, title: str, summary: str = "", **more: Any) -> View:
        trail = [{"title": "首页", "url": ""}, {"title": title, "url": ""}] if url else []
        base: View = {
            "kind": "hub",
            "template": "hub",
            "title": title,
            "summary": summary,
            "url": url,
            "date": "",
            "updated": "",
            "pub_date": "",
            "reviews": (),
            "changes": (),
            "division": None,
            "levels": [],
            "roles": [],
            "forms": [],
            "tags": [],
            "plate": None,
            "minutes": None,
            "checked": "",
            "body": "",
            "toc": [],
            "data": {},
            "sources": [],
            "valid": None,
            "expired": False,
            "unverified": False,
            "crumbs": trail,
            "prev": None,
            "next": None,
            "related": [],
            "course": None,
            "lessons": [],
            "position": 0,
            "cards": [],
            "groups": [],
        }
        return base | more

    def _home(self) -> View:
        config = self.pages.config
        now = self.cards.site.now
        shown = [
            p
            for p in self.cards.site.pages.values()
            if p.kind in LESSON_KINDS | {"course"} and not p.expired
        ]
        newest = _one_per_form(self.cards.newest(shown))
        month = month_view(self.cards, now.year, now.month)
        if month:
            month["ics"] = "calendar.ics"
        chosen = [
            self.cards.site.pages[i] for i in config.home.columns if i in self.cards.site.pages
        ] or self.cards.newest(self.cards.by_kind["column"])
        data = {
            "roles": [
                {
                    "id": r.id,
                    "title": r.title,
                    "text": r.text,
                    "url": url,
                    "pic": r.picture,
                }
                for r in config.home.roles
                if (url := self._link(r.link)) is not None
            ],
            "month": month,
            "hot": self._hot(),
            "newest": self.cards.of(newest),
            "newest_url": "courses/",
            "tasks": [t for t in map(self._task, config.home.tasks) if t["rows"]],
            "faqs": self.cards.of(
                self.cards.newest([p for p in self.cards.by_kind["faq"] if not p.expired])[:6]
            ),
            "faqs_url": "faq/",
            "columns": self.cards.of(chosen[:4]),
            **self._board(),
        }
        return self._view("", config.site.name, config.site.description, data=data)

    def _board(self) -> View:
        """The blackboard: the newest numbers of the indicators that the editors chose."""
        figures, chosen = self.pages.figures, self.pages.config.home.numbers
        if figures is None or not chosen:
            return {"numbers": []}
        from builder.render.web.indicators.boards import board  # only where there are numbers

        rows = board(figures, chosen)
        sample = any(row["sample"] for row in rows)
        return {"numbers": rows, "numbers_sample": sample, "numbers_url": "indicators/"}

    def _task(self, task: Any) -> View:
        rows = [{"title": r.title, "text": r.text, "url": self._link(r.link)} for r in task.rows]
        return {
            "title": task.title,
            "icon": task.icon,
            "rows": [r for r in rows if r["url"] is not None],
        }

    def _hot(self) -> list[View]:
        rows = [{"title": r.title, "url": self._link(r.link)} for r in self.pages.config.home.hot]
        return [r for r in rows if r["url"] is not None]

    def _link(self, link: str) -> str | None:
        """An id's address, or a site path whose hub exists; None for what this edition does not have."""
        if link.partition(":")[0] in BY_NAME:
            page = self.cards.site.pages.get(link)
            return page.url if page else None
        hub = link.partition("/")[0]
        known = (
            {t.id for t in self.pages.tabs}
            | {"courses", "divisions", "search"}
            | {h for h in GROUPS if self._members(h)}
        )
        return link if hub in known else None

    def _courses(self) -> View:
        shown = [p for p in self.cards.site.pages.values() if p.kind in LESSON_KINDS | {"course"}]
        cards = self.cards.of(_on_the_wall(self.cards.newest(shown)))
        kinds = [
            k
            for k in BY_NAME.values()
            if self.cards.by_kind[k.name] and k.name in LESSON_KINDS | {"course"}
        ]
        forms = [{"id": k.name, "title": k.label, "icon": k.icon} for k in kinds]
        return self._view(
            "courses/",
            "课程",
            "图解、漫画、短片、图文课，挑顺手的学。封面像什么，打开就是什么。",
            cards=cards,
            data={"forms": forms},
        )

    def _faq(self) -> View:
        groups = [
            {
                "title": org.name,
                "id": org.id,
                "url": f"divisions/{org.id}/",
                "cards": self.cards.of(_faqs(self.cards, org.id)),
            }
            for org in self.cards.site.organisations.values()
            if _faqs(self.cards, org.id)
        ]
        newest = self.cards.of(
            self.cards.newest([p for p in self.cards.by_kind["faq"] if not p.expired])[:5]
        )
        known = self.cards.site.organisations
        topics = [{"id": i, "title": known[i].short} for i in (str(g["id"]) for g in groups)]
        return self._view(
            "faq/",
            "百问百答",
            "先看一句话答案，点开再看为什么。每条有出处、有核对日期。",
            groups=groups,
            data={"total": len(self.cards.by_kind["faq"]), "asked": newest, "topics": topics},
        )

    def _members(self, hub: str) -> list[Page]:
        return [p for _, kind in GROUPS[hub] for p in self.cards.by_kind[kind]]

    def _grouped(self, hub: str) -> View:
        title = next((t.title for t in TABS if t.id == hub), GROUPS[hub][0][0])
        groups = [
            {
                "title": name,
                "id": kind,
                "url": "",
                "cards": self.cards.of(self.cards.newest(self.cards.by_kind[kind])),
            }
            for name, kind in GROUPS[hub]
            if self.cards.by_kind[kind]
        ]
        column = self.pages.config.columns.get(hub)
        data = {"layout": "list" if hub in LISTS else ""}
        return self._view(
            f"{hub}/", title, column.description if column else "", groups=groups, data=data
        )

    def boards_key(self) -> str:
        """A hash of all that `boards` shows; empty where there are no numbers."""
        figures = self.pages.figures
        return (
            digest("boards", self.pages.static, figures.known, repr(self._led())) if figures else ""
        )

    def _led(self) -> tuple[list[View], list[View], str]:
        """Links to dashboards and ledgers, and what is said of indicators."""
        found = sorted(self.cards.by_kind["dashboard"], key=lambda p: (p.data["order"], p.id))
        boards, ledgers = (
            [{"title": p.title, "url": p.url, "order": p.data.get("order", 0)} for p in pages]
            for pages in (found, self.cards.newest(self.cards.by_kind["gdp"]))
        )
        column = self.pages.config.columns.get("indicators")
        return boards, ledgers, column.description if column else ""

    def boards(self) -> Iterator[tuple[str, str]]:
        """(path, HTML) of every page that gathers indicators, where there are any."""
        figures = self.pages.figures
        if figures is None:
            return
        from builder.render.web.indicators.book import pages  # only where there are numbers

        boards, ledgers, said = self._led()
        for template, url, title, summary, data in pages(figures, boards, said, ledgers):
            view = self._view(url, title, summary, data=data)
            if url != "indicators/":
                tab = next(t for t in TABS if t.id == "indicators")
                view["crumbs"].insert(1, {"title": tab.title, "url": f"{tab.id}/"})
            yield f"{url}index.html", self.pages.compose(template, "indicators", view)

    def _writers(self) -> list[str]:
        return [i for i in self.cards.site.organisations if self.cards.by_division[i]]

    def _divisions(self) -> View:
        organisations = self.cards.site.organisations
        cards = [
            self._org_card(i)
            for i in organisations
            if not organisations[i].city or self.cards.by_division[i]
        ]
        return self._view(
            "divisions/",
            "问处室",
            "各处室管什么，写了哪些课和问答。",
            cards=[c for c in cards if c["url"]],
            data={"layout": "list"},
        )

    def _org_card(self, identity: str) -> View:
        org = self.cards.site.organisations[identity]
        count = len(self.cards.by_division[identity])
        return _blank_card() | {
            "id": identity,
            "title": org.name,
            "url": org_view(org)["url"] if count else "",
            "summary": org.duties,
            "meta": [f"{count}篇"],
        }

    def _division(self, identity: str) -> View:
        org = self.cards.site.organisations[identity]
        groups = [
            {
                "title": kind.label,
                "id": kind.name,
                "url": "",
                "cards": self.cards.of(self.cards.newest(found)),
            }
            for kind in BY_NAME.values()
            if (found := [p for p in self.cards.by_division[identity] if p.kind == kind.name])
        ]
        trail = [
            {"title": "首页", "url": ""},
            {"title": "处室", "url": "divisions/"},
            {"title": org.name, "url": ""},
        ]
        return self._view(
            f"divisions/{identity}/",
            org.name,
            org.duties,
            groups=groups,
            crumbs=trail,
            data={"layout": "list"},
        )

    def _tag(self, tag: str) -> View:
        return self._view(
            tag_url(tag),
            tag,
            f"标签“{tag}”下的内容。",
            cards=self.cards.of(self.cards.newest(self.cards.by_tag[tag])),
        )

    def calendar_file(self) -> bytes | None:
        """The month's deadlines as an iCalendar file."""
        now = self.cards.site.now
        view = month_view(self.cards, now.year, now.month)
        return ics(view, self.pages.config.site.name) if view else None


def _inside(pages: Pages) -> Inside | None:
    """How the reviews stand, if this site is told of it."""
    if pages.site.progress is None or pages.site.edition.public:
        return None
    from builder.render.web.reports import Inside  # a plain build does without it

    return Inside(pages.site, pages.config)


def _faqs(cards: Cards, division: str) -> list[Page]:
    found = [p for p in cards.by_division[division] if p.kind == "faq"]
    return sorted(found, key=lambda p: (p.expired, p.id))


def _one_per_form(pages: list[Page]) -> list[Page]:
    """The newest of each form, each of another course where it can be, up to the number shown."""
    chosen: dict[str, Page] = {}
    courses: set[str] = set()
    for fresh in (True, False):
        for page in pages:
            if page.kind not in chosen and (not fresh or (page.parent or page.id) not in courses):
                chosen[page.kind] = page
                courses.add(page.parent or page.id)
    rest = [p for p in pages if p not in chosen.values()]
    return [*chosen.values(), *rest][:NEWEST]


def _on_the_wall(pages: list[Page]) -> list[Page]:
    """Courses first, then lessons, newest day first and in the order of their course within a day."""
    days = sorted({p.date for p in pages}, reverse=True)
    return sorted(
        pages,
        key=lambda p: (p.expired, p.kind != "course", days.index(p.date), p.parent, p.order, p.id),
    )


def _tab_for(hub: str) -> str:
    return next((t.id for t in TABS if hub in t.sections or hub == t.id), "")


def _blank_card() -> View:
    return {
        "id": "",
        "title": "",
        "url": "",
        "summary": "",
        "kind": "org",
        "plate": None,
        "meta": [],
        "date": "",
        "expired": False,
        "unverified": False,
        "answer": "",
        "definition": "",
        "minutes": None,
        "lessons": 0,
        "titles": [],
        "tags": [],
        "roles": [],
        "division": None,
        "panels": [],
        "number": "",
        "valid_to": "",
        "start": "",
        "status": "",
        "day": 0,
        "month": 0,
        "weekday": "",
        "current": False,
    }
