"""What the ledger knows of one account: pictures, drafts, publications, sends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

from publish.ledger import Ledger
from publish.wechat.events import PublishJob
from publish.wechat.pushes import Piece
from publish.wechat.quota import CHANNEL

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as the ledger has it: a draft, a publication or a send of some push.

    `key`: media_id, publish_id or clientmsgid. `articles`: id, entries, marker, sent (our digest), title,
    lines; of a draft also got (as WeChat gave it back), stripped, theirs; of what is out: url, deleted.
    """

    key: str
    push: str
    media_id: str
    state: str
    run: str
    at: str
    articles: tuple[Json, ...]
    outside: str = ""  # article_id of a publication, msg_id of a send
    status: int = 0

    @property
    def digests(self) -> list[str]:
        """What was sent, by our own hashes."""
        return [a["sent"] for a in self.articles]


def about_article(piece: Piece, lines: list[str]) -> Json:
    """What is kept of an article that is being sent."""
    return {
        "id": piece.id,
        "entries": list(piece.entries),
        "marker": piece.marker,
        "sent": piece.digest,
        "title": piece.title,
        "lines": lines,
    }


class Records:
    """The facts of one account."""

    def __init__(self, ledger: Ledger, account: str) -> None:
        self.ledger, self.account = ledger, account

    # --- reading --------------------------------------------------------------------------------

    def known(self, use: str) -> dict[str, tuple[str, str]]:
        """Files that are at WeChat already: hash -> address and media_id."""
        rows = self.ledger.rows(
            "SELECT sha256, url, media_id FROM images WHERE account = ? AND use = ?",
            self.account,
            use,
        )
        return {r["sha256"]: (r["url"], r["media_id"]) for r in rows}

    def drafts(self, push: str | None = None, state: str | None = "there") -> list[Kept]:
        """Drafts, oldest first; of every push and in every state when not told which."""
        return [
            Kept(r["media_id"], r["push"], r["media_id"], r["state"], r["run"], r["at"], _list(r))
            for r in self._some("drafts", push, state)
        ]

    def draft(self, media_id: str) -> Kept | None:
        """One draft."""
        return next((d for d in self.drafts(state=None) if d.key == media_id), None)

    def publications(self, push: str | None = None, state: str | None = None) -> list[Kept]:
        """Publications, oldest first."""
        return [
            Kept(
                *(r["publish_id"], r["push"], r["media_id"], r["state"], r["run"], r["at"]),
                _list(r),
                r["article_id"],
                r["status"],
            )
            for r in self._some("publications", push, state)
        ]

    def sends(self, push: str | None = None, state: str | None = None) -> list[Kept]:
        """Mass sends, oldest first."""
        return [
            Kept(
                *(r["clientmsgid"], r["push"], r["media_id"], r["state"], r["run"], r["at"]),
                _list(r),
                r["msg_id"],
            )
            for r in self._some("sends", push, state)
        ]

    def _some(self, table: str, push: str | None, state: str | None) -> list[Row]:
        return self.ledger.rows(
            f"SELECT * FROM {table} WHERE account = ?1 AND (?2 IS NULL OR push = ?2)"  # noqa: S608  # our own names
            " AND (?3 IS NULL OR state = ?3) ORDER BY rowid",
            self.account,
            push,
            state,
        )

    def last(self, push: str) -> Kept | None:
        """The newest form of a push that WeChat has or had, for the comparison of texts."""
        found = [
            *self.drafts(push, None),
            *self.publications(push, "published"),
            *self.sends(push, "sent"),
        ]
        return max(found, key=lambda kept: kept.at, default=None)

    # --- writing --------------------------------------------------------------------------------

    def receipt(self, what: str, run: str, about: Mapping[str, Any], **more: object) -> None:
        """One receipt of what was done for a push."""
        articles = about.get("articles") or [a for a in [about.get("article")] if a]
        body: Json = {
            "format": 1,
            "what": what,
            "account": self.account,
            "push": about["push"],
            "bundle": about.get("bundle", ""),
            "plan": run,
            "articles": [{k: a[k] for k in ("id", "marker", "sent")} for a in articles],
        }
        self.ledger.receipt(CHANNEL, body | more)

    def change_draft(
        self, media_id: str, articles: Iterable[Mapping[str, Any]] | None = None, state: str = ""
    ) -> None:
        """Write a draft anew: its articles, its state, or both."""
        kept = self.draft(media_id)
        if kept is None:
            return
        self.ledger.put(
            "drafts",
            ("account", "media_id"),
            account=self.account,
            media_id=media_id,
            push=kept.push,
            run=kept.run,
            at=kept.at,
            state=state or kept.state,
            articles=list(kept.articles if articles is None else articles),
        )

    def published(self, kept: Kept, job: PublishJob) -> None:
        """Write how a publication ended; once only, however often it is told."""
        if kept.state != "running":
            return
        state = "published" if job.status == 0 else "deleted" if job.status in {5, 6} else "failed"
        urls = dict(job.articles)
        articles = [{**a, "url": urls.get(n, "")} for n, a in enumerate(kept.articles, 1)]
        with self.ledger.together():
            self.publication(kept, state, job.article_id, articles, job.status)
            if state != "failed":
                self.change_draft(kept.media_id, state="published")
            about = {"push": kept.push, "articles": kept.articles}
            links = [urls.get(n, "") for n in range(1, len(articles) + 1)]
            self.receipt(
                "published" if state == "published" else "publish-failed",
                kept.run,
                about,
                publish_id=kept.key,
                article_id=job.article_id,
                status=job.status,
                urls=links,
            )

    def adopt(self, draft: Kept, job: PublishJob, run: str) -> None:
        """Write down that a draft of ours was published without us."""
        at = self.ledger.moment()
        kept = Kept(
            *(job.publish_id, draft.push, draft.media_id, "running", run, at), draft.articles
        )
        with self.ledger.together():
            self.publication(kept, "running", "", list(draft.articles), 1)
            self.published(kept, job)

    def confirmed(self, kept: Kept, state: str, words: str) -> None:
        """Write how a mass send ended (`sent`, `failed` or `deleted`); once only."""
        if kept.state != "waiting":
            return
        with self.ledger.together():
            self.send(kept, state, list(kept.articles))
            if state == "sent":
                self.change_draft(kept.media_id, state="sent")
            about = {"push": kept.push, "articles": kept.articles}
            self.receipt(
                "mass-sent" if state == "sent" else f"mass-{state}",
                kept.run,
                about,
                msg_id=kept.outside,
                status=words,
            )

    def publication(
        self, kept: Kept, state: str, article_id: str, articles: list[Json], status: int
    ) -> None:
        """Write a publication, over what was known of it."""
        self.ledger.put(
            "publications",
            ("account", "publish_id"),
            account=self.account,
            publish_id=kept.key,
            push=kept.push,
            media_id=kept.media_id,
            run=kept.run,
            at=kept.at,
            state=state,
            status=status,
            article_id=article_id,
            articles=articles,
        )

    def send(self, kept: Kept, state: str, articles: list[Json]) -> None:
        """Write a send that is known already anew."""
        row = self.ledger.rows(
            "SELECT audience FROM sends WHERE account = ? AND clientmsgid = ?",
            self.account,
            kept.key,
        )
        self.ledger.put(
            "sends",
            ("account", "clientmsgid"),
            account=self.account,
            clientmsgid=kept.key,
            push=kept.push,
            media_id=kept.media_id,
            run=kept.run,
            at=kept.at,
            audience=row[0]["audience"],
            state=state,
            msg_id=kept.outside,
            articles=articles,
        )


def _list(row: Row) -> tuple[Json, ...]:
    return tuple(json.loads(row["articles"]))
