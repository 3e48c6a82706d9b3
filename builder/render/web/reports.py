"""审核与更新情况: a page and a spreadsheet, where a site is told of its reviews; that is in no public edition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from builder.bundle import Artefact
from builder.config import SiteConfig
from builder.media import ledger as ledgers
from builder.memo import Memo, digest
from builder.model import BEIJING, Progress, Site
from builder.render.web.cards import View
from builder.render.web.shell import THEME, lean
from builder.reports import book, report, words
from builder.reports.tally import COUNT_LABELS, LATER, Report

BOOK = "reports/report.xlsx"
MOST_OPEN = 20  # lines of a division that is not folded
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Inside:
    """What a site may tell of its reviews, and of the editions whose readers are among its own."""

    def __init__(self, site: Site, config: SiteConfig) -> None:
        """Judged as of the day for which the site is made."""
        known = map(config.edition, config.editions)
        editions = [e for e in known if e.audiences <= site.edition.audiences]
        today = site.now.astimezone(BEIJING).date()
        told = site.progress or Progress()
        self.report = report(told, site.organisations, editions, today)
        self.data = _data(self.report, site)

    def files(self, memo: Memo) -> Iterator[Artefact]:
        """What goes with the page."""
        path, data = _sheet()
        yield Artefact(f"site/{path}", data, "text/css; charset=utf-8")
        key = digest("report", book.version(), ledgers.version(), repr(self.report))
        yield Artefact(f"site/{BOOK}", memo.blob(key, lambda: book.book(self.report)), XLSX)


def _data(found: Report, site: Site) -> View:
    """What the template of the page asks."""
    counts = found.counts
    waiting = [w for d in found.divisions for w in d.waiting]
    listed = [w.id for w in waiting] + [e.id for d in found.divisions for e in d.expiring]
    return {
        "report": found,
        "figures": [
            ("待审", counts.waiting, "篇", "todo"),
            ("已退回", counts.rejected, "篇", "late"),
            ("已过期", counts.expired, "篇", "late"),
            (f"{LATER}天内到期", counts.soon, "篇", "todo"),
            ("待核", counts.unverified, "篇", "todo"),
            ("超期和空的栏目", found.stale, "个", "late"),
        ],
        "labels": COUNT_LABELS,
        "marks": words.MARKS,
        "urls": {i: site.pages[i].url for i in listed if i in site.pages},
        "steps": {w.id: words.steps_of(w) for w in waiting},
        "since": {w.id: words.since_of(w) for w in waiting},
        "most": MOST_OPEN,
        "book": BOOK,
        "sheet": _sheet()[0],
    }


@lru_cache(maxsize=1)
def _sheet() -> tuple[str, bytes]:
    """Site path and bytes of the page's own style sheet."""
    data = lean(".css", (THEME / "inside" / "reports.css").read_bytes())
    return f"assets/weike/reports.{hashlib.sha256(data).hexdigest()[:8]}.css", data
