"""What preview knows at this moment: the editions as they stand, and what to say of each page."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from builder.memo import digest
from builder.preview import phone_page
from builder.preview.phone import ROOM, SHEET_HEADERS
from builder.preview.shelf import Change, Shelf
from builder.preview.sieve import Sieve
from builder.preview.sight import Answer, Sight, Store
from builder.problems import LABELS, Problem, Severity, in_order, summary
from builder.read import kind_of
from builder.render.web import HTML
from builder.render.web.shell import theme_assets

THEME = Path(__file__).parents[1] / "theme" / "preview"
LISTED = 200
PROSE_LIMIT = 20_000
RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTICE: 2}

Clock = Callable[[], datetime]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Look:
    """A page as it is served: status, bytes, and what the bar and the overlay say.

    `headers`: what is said besides, or otherwise than usual. `bare`: no bar is put in.
    """

    status: int
    answer: Answer
    state: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    bare: bool = False

    @cached_property
    def told(self) -> str:
        """The state as text, the same for the same state."""
        return json.dumps(self.state, ensure_ascii=False, separators=(",", ":"))

    @cached_property
    def mark(self) -> str:
        """A hash of the state."""
        return digest(self.told)


class Desk:
    """Keeps the newest `Sight` of every edition; `refresh` makes the next ones."""

    def __init__(self, root: Path, edition: str, clock: Clock, say: Say) -> None:
        """Read all; `edition` is shown first (empty: the first in the configuration)."""
        self.clock = clock
        self.say = say
        self.shelf = Shelf(root)
        self.start = edition or next(iter(self.shelf.config.editions))
        self.generation = 0
        self.closed = False
        self._fault = ""
        self.sights: dict[str, Sight] = {}
        self._store = Store(self.shelf.root)
        self._sieve = Sieve(self.shelf)
        self._turn = threading.Condition()
        self._work = threading.Lock()
        self._judge(Change({}, everything=True))

    # --- changes ----------------------------------------------------------------------------------

    def refresh(self, touched: Collection[str]) -> None:
        """Take in what happened to the files `touched` and let waiting readers know."""
        began = time.perf_counter()
        with self._work:
            try:
                changed = self._take(touched)
            except Exception as error:  # noqa: BLE001  # a fault of ours must not end the preview
                self._fault = f"{type(error).__name__}：{error}"
                self.say(f"这次改动没能处理（{self._fault}），页面还是原来的样子。")
                return
        if changed:
            took = (time.perf_counter() - began) * 1000
            said = summary(self._ordered(self.first))
            what = "、".join(sorted(p for p in touched if self.shelf.knows(p))[:3]) or "内容"
            tail = f"：{said}" if said else ""
            self.say(f"{self.clock():%H:%M:%S} {what} 已更新（{took:.0f} 毫秒）{tail}")

    def _take(self, touched: Collection[str]) -> bool:
        problems = self.shelf.problems
        change = self.shelf.refresh(touched)
        if self._fault:
            change = Change({}, everything=True)
        elif not change and problems == self.shelf.problems:
            return False
        self._judge(change)
        self._fault = ""
        return True

    def settle(self) -> None:
        """With all quiet: find what only shows with everything in view."""
        with self._work:
            if self._sieve.settle():
                self._publish()

    def _judge(self, change: Change) -> None:
        self._sieve.run(change, self.clock())
        self._publish()

    def _publish(self) -> None:
        if self._store.prose.fresh > PROSE_LIMIT:
            self._store = Store(self.shelf.root)
        sources = {i: e.path for i, e in self.shelf.library.entries.items()}
        sights = {
            name: Sight(selection, self.shelf.config, sources, self._store, self.sights.get(name))
            for name, selection in self._sieve.selections.items()
        }
        with self._turn:
            self.sights = sights
            self.generation += 1
            self._turn.notify_all()

    def wait(self, generation: int, seconds: float) -> int:
        """Wait for a generation after `generation`; returns the newest."""
        with self._turn:
            self._turn.wait_for(lambda: self.closed or self.generation != generation, seconds)
            return self.generation

    def close(self) -> None:
        """Let every waiting reader go."""
        with self._turn:
            self.closed = True
            self._turn.notify_all()

    # --- pages --------------------------------------------------------------------------------------

    @property
    def first(self) -> str:
        """The edition at the root address."""
        return self.start if self.start in self.sights else next(iter(self.sights))

    def place(self, edition: str, address: str) -> str:
        """The path under which an edition's file is served."""
        return f"/{address}" if edition == self.first else f"/@{edition}/{address}"

    def look(self, edition: str, address: str) -> Look | None:
        """The file of an edition at an address; None when there is none and it is no page."""
        if address.startswith(ROOM):
            return self._article(address.removeprefix(ROOM))
        sight = self.sights[edition]
        answer = sight.get(address)
        if answer is not None:
            return Look(200, answer, self._state(edition, address, answer))
        if address and not address.endswith(("/", ".html")):
            return None
        broken = self._broken(address)
        answer = self._broken_page(broken) if broken else self._missing_page(edition, address)
        return Look(500 if broken else 404, answer, self._state(edition, address, answer))

    def _article(self, address: str) -> Look | None:
        """A file of the room of WeChat articles; only editions for the public have one."""
        name, _, path = address.partition("/")
        sight = self.sights.get(name)
        if sight is None or not sight.selection.site.edition.public:
            return None
        style = {k: self.place(self.first, v[0]) for k, v in theme_assets().items()}
        shown = sight.phone.get(path, self._ordered(name), style, self.place(name, ""))
        if shown is None:
            return self._no_article(name, address, style) if path.endswith("/") else None
        answer = Answer(shown.body, shown.media_type, shown.source, problems=shown.problems)
        state = {} if shown.bare else self._state(name, ROOM + address, answer)
        return Look(200, answer, state, shown.headers, shown.bare)

    def _no_article(self, edition: str, address: str, style: Mapping[str, str]) -> Look:
        text = "这里没有文章：编号改了，或这一篇不进这个版本。"
        home = self.sights[edition].phone.base
        answer = Answer(phone_page.said("没有这一篇", text, home, style), HTML)
        return Look(404, answer, self._state(edition, ROOM + address, answer), SHEET_HEADERS)

    def _broken(self, address: str) -> str:
        """The file whose page would stand at `address`, if it could be read."""
        for path, (entry, _) in self.shelf.parsed.items():
            if entry is None and not self.shelf.holds(path):
                kind = kind_of(path)
                matched = kind.match(path) if kind else None
                if matched and matched[1] == address:
                    return path
        return ""

    def _broken_page(self, path: str) -> Answer:
        text = f"<code>{escape(path)}</code> 里有错误，还排不出来。改好存盘，这里会自己换成正常的页面。"
        return self._own("这一篇现在有错误", text, path)

    def _missing_page(self, edition: str, address: str) -> Answer:
        """Say that nothing is here; of an entry of this edition's own readers, that it is held back."""
        editions = self.shelf.config.editions
        label = escape(editions[edition].label)
        home = f'</p><p><a href="{escape(self.place(edition, ""))}">回{label}首页</a>'
        for entry in self.shelf.library.entries.values():
            if entry.url == address and entry.audience in editions[edition].audiences:
                text = f"<code>{escape(entry.path)}</code> 这次不进{label}，原因见问题清单。"
                return self._own("这一篇还不能发", text + home, entry.path)
        others = [
            f'<a href="{escape(self.place(name, address))}">{escape(editions[name].label)}</a>'
            for name, sight in self.sights.items()
            if name != edition and address in sight.urls
        ]
        text = f"{label}里没有这一页。" + (f"它在{'、'.join(others)}里有。" if others else "")
        return self._own("没有这一页", text + home, "")

    def _own(self, title: str, text: str, source: str) -> Answer:
        page = Template((THEME / "said.html").read_text("utf-8"))
        style = theme_assets()["weike.css"][0]
        body = page.substitute(title=escape(title), text=text, style=self.place(self.first, style))
        return Answer(body.encode(), HTML, source)

    # --- what is said -------------------------------------------------------------------------------

    def _ordered(self, edition: str) -> list[Problem]:
        problems = in_order(self.sights[edition].selection.problems)
        return sorted(problems, key=lambda p: RANK[p.severity])

    def _state(self, edition: str, address: str, answer: Answer) -> dict[str, Any]:
        """All that the bar and the overlay show on one page."""
        listed = list(dict.fromkeys([*answer.problems, *self._ordered(edition)]))
        listed.sort(key=lambda p: (RANK[p.severity], p.where.path != answer.source))
        return {
            "edition": edition,
            "editions": [self._edition(*beside) for beside in self._beside(address)],
            "article": self._article_of(edition, address),
            "source": answer.source,
            "kept": answer.kept,
            "page": answer.tag,
            "counts": {s.value: sum(p.severity is s for p in listed) for s in Severity},
            "problems": [_row(p, answer.source) for p in listed[:LISTED]],
            "more": max(0, len(listed) - LISTED),
        }

    def _article_of(self, edition: str, address: str) -> str:
        """Where the WeChat article of a page is, or the list of pushes; empty for what only insiders see."""
        if address.startswith(ROOM):
            return ""
        public = [s for s in self.sights.values() if s.selection.site.edition.public]
        for sight in sorted(public, key=lambda s: s.selection.site.edition.name != edition):
            page = sight.urls.get(address)
            if page is not None:
                return sight.phone.address(page)
        own = self.sights[edition]
        return own.phone.base if own in public else ""

    def _beside(self, address: str) -> Iterator[tuple[str, str]]:
        """The editions that have such a page, each with its path there."""
        for name, sight in self.sights.items():
            if not address.startswith(ROOM):
                yield name, self.place(name, address)
            elif sight.selection.site.edition.public:
                rest = address.removeprefix(ROOM).partition("/")[2]
                yield name, sight.phone.base + rest

    def _edition(self, name: str, url: str) -> dict[str, Any]:
        problems = set(self.sights[name].selection.problems)
        return {
            "name": name,
            "label": self.shelf.config.editions[name].label,
            "url": url,
            "errors": sum(p.severity is Severity.ERROR for p in problems),
        }


def _row(problem: Problem, source: str) -> dict[str, Any]:
    where = problem.where
    return {
        "severity": problem.severity.value,
        "label": LABELS[problem.severity],
        "code": problem.code,
        "path": where.path,
        "line": where.line,
        "column": where.column,
        "message": problem.message,
        "action": problem.action,
        "own": bool(source) and where.path == source,
    }
