"""Finding out, by asking WeChat, what became of a call whose answer was lost. Nothing is sent again in the dark.

`Asker.settle` ends every open call of a push: found (and its answer written as if it had come), absent, or
`Stopped` where only a person can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from publish.ledger import Open
from publish.wechat import mass
from publish.wechat.caller import WAITING, Caller, Stopped
from publish.wechat.calls import Draft, Material, Page
from publish.wechat.events import PublishJob
from publish.wechat.notes import note
from publish.wechat.outcome import Done, Kind, Outcome, Refused
from publish.wechat.quota import CHANNEL, NAMES
from publish.wechat.records import Kept

Json = dict[str, Any]
PAGE = 20
PAGES = 10  # of a list that are looked through, newest first
SLACK = timedelta(minutes=10)  # between WeChat's clock and ours
BEFORE = timedelta(days=1)  # a draft is not published long before the ledger has it
DRAFT_PAUSES = (5.0, 15.0)  # a request that is still on its way may arrive after us
PUBLISH_PAUSES = (15.0, 30.0, 60.0, 120.0)
ABSENT = object()  # it did not happen
AGAIN = (
    object()
)  # nobody knows, but the same call may be made again: WeChat tells a second one itself
STEP = "ask"
FOUND = "article:"  # begins the key of a publication whose own number was never told
SHOWN = {"freepublish/submit", mass.API}
TAKEN = {"draft/delete", "freepublish/delete", "message/mass/delete"}
TRIES = 3  # of one call that was lost and found absent


def alike(articles: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these are our articles, by the marker of each; by its title where a kind keeps no marker."""
    return len(articles) == len(wanted) and all(
        (found.get("content_source_url") or mine["marker"]) == mine["marker"]
        and (found.get("content_source_url") or found.get("title") == mine["title"])
        for found, mine in zip(articles, wanted, strict=True)
    )


class Asker:
    """Asks for one account."""

    def __init__(self, caller: Caller, sent: bool | None = None, gone: bool = False) -> None:
        """`sent`: what a person said of a mass send that WeChat can't be asked about any more.

        `gone`: a person looked and says that nothing is out of drafts that went away.
        """
        self.caller, self.sent, self.gone = caller, sent, gone
        self.client, self.records, self.ledger = caller.client, caller.records, caller.ledger

    def certain(
        self,
        step: str,
        api: str,
        about: Mapping[str, Any],
        act: Callable[[], Outcome[Any]],
        value: Callable[[Any], object] = lambda found: found,
        again: Callable[[], None] = lambda: None,
    ) -> Refused | None:
        """Make a call until it is certain: done (None) or refused. A lost answer is asked about first.

        `again` is asked before every further try, and may stop.
        """
        for number in range(TRIES):
            if number:
                again()
            outcome = self.caller.make(step, api, about, act, value, again)
            if isinstance(outcome, Done):
                return None
            if isinstance(outcome, Refused):
                return outcome
            self.caller.say(f"  {outcome.said}")
            if self.settle(self.ledger.unsettled(CHANNEL, self.records.account)[-1]):
                return None
        raise Stopped(
            "连着几次都没有等到微信的答复：过一会儿再运行同一条命令，会先查清再接着做。", WAITING
        )

    def settle_all(self, push: str) -> bool:
        """Settle the open calls of a push, of this run, all that took something back, and all that only asked.

        True when a call of another run turns out to have shown the push to others.
        """
        out = False
        for open_call in self.ledger.unsettled(CHANNEL, self.records.account):
            about = open_call.call.about
            mine = about.get("push") == push or open_call.call.run == self.caller.run
            if mine or open_call.call.api in TAKEN:
                happened = self.settle(open_call)
                other = open_call.call.run != self.caller.run
                out |= happened and other and open_call.call.api in SHOWN
            elif "push" not in about:
                self.ledger.settle(open_call.id, "absent")
        return out

    def settle(self, call: Open) -> bool:
        """Find out about one call; True when it had happened. One that was settled with another is left alone."""
        if call.id not in {o.id for o in self.ledger.unsettled(CHANNEL, self.records.account)}:
            return False
        api = call.call.api
        ask: Callable[[Open], object] | None = {
            "material/add_material": self._material,
            "draft/add": self._draft,
            "draft/update": self._update,
            "draft/delete": self._dropped,
            "freepublish/submit": self._submission,
            "freepublish/delete": self._unpublished,
            mass.API: self._send,
        }.get(api)
        if ask is not None:
            self.caller.say(f"上次“{NAMES.get(api, api)}”没有等到结果，向微信查……")
        found = ask(call) if ask else ABSENT
        if found is AGAIN:
            self.caller.say("  用同一个去重号再试，微信认得，不会发两次")
            return False
        with self.ledger.together():
            if found is ABSENT:
                self.ledger.settle(call.id, "absent")
            else:
                self.ledger.settle(call.id, "found", {"value": str(found)})
                self._note(call, found)
        if ask is not None:
            self.caller.say("  没有做成，接着做" if found is ABSENT else "  已经做成，不再重发")
        return found is not ABSENT

    def _note(self, call: Open, found: object) -> None:
        job = found if isinstance(found, PublishJob) else None
        value = job.publish_id if job else found
        note(self.records, call.call.api, call.call.run, call.call.about, value)
        if job:
            for kept in self.records.publications(call.call.about["push"], "running"):
                if kept.key == job.publish_id:
                    self.records.published(kept, job)

    # --- drafts ---------------------------------------------------------------------------------

    def _draft(self, call: Open) -> object:
        for pause in (0.0, *DRAFT_PAUSES):
            self._wait(call.at, pause)
            found = self._find_draft(call.call.about["articles"], call.at)
            if found:
                return found
        return ABSENT

    def _wait(self, since: datetime, pause: float) -> None:
        """Pause, but not for what happened long ago."""
        if pause and self.caller.now() - since < SLACK:
            self.caller.sleep(pause)

    def _find_draft(self, wanted: Sequence[Mapping[str, Any]], since: datetime) -> str:
        """The media_id of a draft that is none of those we know and holds exactly these articles; else empty."""
        known = {d.key for d in self.records.drafts(state=None)}
        earliest = (since - SLACK).timestamp()
        for number in range(PAGES):
            total, drafts = self._page(number * PAGE)
            for draft in drafts:
                strange = draft.media_id not in known
                late = not draft.updated or draft.updated >= earliest
                if strange and late and alike(self._articles(draft), wanted):
                    return draft.media_id
            if (number + 1) * PAGE >= total:
                break
        return ""

    def _page(self, offset: int) -> tuple[int, list[Draft]]:
        return self.caller.read(
            STEP,
            "draft/batchget",
            lambda: self.client.draft_batchget(offset, PAGE, content=False),
        )

    def _articles(self, draft: Draft) -> Sequence[Mapping[str, Any]]:
        return draft.articles or self.draft(draft.media_id) or ()

    def draft(self, media_id: str) -> list[Json] | None:
        """The articles of a draft as WeChat has them; None when it is not there."""
        outcome = self.caller.make(
            STEP,
            "draft/get",
            {"asks": media_id},
            lambda: self.client.draft_get(media_id),
            lambda _: None,
        )
        if isinstance(outcome, Refused) and outcome.kind is Kind.GONE:
            return None
        return self.caller.value(outcome)

    def _update(self, call: Open) -> object:
        """By the marker at its place. Where that is the same before and after, the update is made again."""
        about, kept = call.call.about, self.records.draft(call.call.about["media_id"])
        index, marker = about["index"], about["article"]["marker"]
        articles = self.draft(about["media_id"])
        if kept is None or articles is None or kept.articles[index]["marker"] == marker:
            return ABSENT
        there = articles[index].get("content_source_url") if index < len(articles) else ""
        return None if there == marker else ABSENT

    def _dropped(self, call: Open) -> object:
        kept = self.records.draft(call.call.about["media_id"])
        there = self.draft(call.call.about["media_id"]) is not None
        return ABSENT if there or (kept is not None and self.by_hand(kept)) else None

    # --- what is out ----------------------------------------------------------------------------

    def published(self, wanted: Sequence[Mapping[str, Any]], since: datetime) -> PublishJob | None:
        """A publication of exactly these articles that we do not know yet, by the list of what is out."""
        known = {p.outside for p in self.records.publications()}
        earliest = (since - SLACK).timestamp()
        for item in self._published():
            news = (item.get("content") or {}).get("news_item") or []
            late = not item.get("update_time") or int(item["update_time"]) >= earliest
            if late and str(item.get("article_id")) not in known and alike(news, wanted):
                urls = tuple((n, str(a.get("url", ""))) for n, a in enumerate(news, 1))
                article_id = str(item["article_id"])
                return PublishJob(f"{FOUND}{article_id}", 0, article_id, urls)
        return None

    def _published(self) -> Iterator[Mapping[str, Any]]:
        """What is out, newest first, as far back as is looked."""
        for number in range(PAGES):
            page = self._page_out(number * PAGE)
            yield from page.items
            if (number + 1) * PAGE >= page.total:
                return

    def _page_out(self, offset: int) -> Page:
        return self.caller.read(
            STEP, "freepublish/batchget", lambda: self.client.publish_batchget(offset, PAGE)
        )

    def by_hand(self, kept: Kept) -> bool:
        """Whether a draft that is not there was published by hand: then the ledger has it from now on.

        An account that may not ask finds nothing.
        """
        try:
            job = self.published(kept.articles, datetime.fromisoformat(kept.at) - BEFORE)
        except Stopped as stopped:
            if stopped.code == WAITING:
                raise
            return False
        if job is not None:
            self.records.adopt(kept, job, kept.run)
        return job is not None

    def _submission(self, call: Open) -> object:
        about = call.call.about
        there = False
        for pause in (0.0, *PUBLISH_PAUSES):
            self._wait(call.at, pause)
            job = self.published(about["articles"], call.at)
            if job:
                return job
            there = self.draft(about["media_id"]) is not None
        if there:  # a draft that is published is gone: this one was not, and can be submitted again
            return ABSENT
        raise Stopped(
            "提交发布以后没有等到答复，草稿已经不在，已发布的文章里也还没查到：到公众号后台“发表记录”看一眼，"
            "过一会儿再运行同一条 weike push。",
            WAITING,
        )

    def _unpublished(self, call: Open) -> object:
        about = call.call.about
        outcome = self.caller.make(
            STEP,
            "freepublish/getarticle",
            {"asks": about["article_id"]},
            lambda: self.client.publish_article(about["article_id"]),
            lambda _: None,
        )
        if isinstance(outcome, Refused) and outcome.kind is Kind.GONE:
            return None
        articles = self.caller.value(outcome)
        place = about["place"]
        chosen = articles if place == 0 else articles[place - 1 : place]
        return None if all(a.get("is_deleted") for a in chosen) else ABSENT

    def _send(self, call: Open) -> object:
        """By its clientmsgid WeChat tells a second try itself, for a day; after that the draft must speak.

        Until a later try is answered, the first one stays open: it may be out.
        """
        if self.sent is not None:
            return "" if self.sent else ABSENT
        age = self.caller.now() - call.at
        if call.call.run == self.caller.run and age < timedelta(hours=mass.DEDUP_HOURS):
            return AGAIN
        if self.draft(call.call.about["media_id"]) is not None:
            return ABSENT
        raise Stopped(
            f"{call.at:%m月%d日 %H:%M} 的群发没有等到答复，草稿已经不在，很可能已经发出：到公众号后台“发表记录”看，"
            "发出了就加 --sent 再运行，没有发出就加 --not-sent。"
        )

    # --- materials ------------------------------------------------------------------------------

    def _material(self, call: Open) -> object:
        """By the name that we gave it, which is made of its hash; among the newest ones."""
        about = call.call.about
        kind = "video" if str(about["path"]).endswith(".mp4") else "image"
        outcome = self.caller.make(
            STEP,
            "material/batchget_material",
            {"asks": about["sha256"]},
            lambda: self.client.material_batchget(kind, 0, PAGE),
            lambda _: None,
        )
        if isinstance(outcome, Done):
            for item in outcome.value.items:
                if str(item.get("name", "")).startswith(about["sha256"][:32]):
                    found = Material(str(item["media_id"]), str(item.get("url", "")))
                    return (found.url, found.media_id)
        return ABSENT  # one picture too many in the library does no harm
