"""The draft of a push: there or not, as we left it or changed by hand, and what WeChat kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from publish.wechat.caller import Stopped, stop
from publish.wechat.diff import changed, fingerprint, stripped
from publish.wechat.outcome import Kind
from publish.wechat.records import Json, Kept
from publish.wechat.takeback import erase

if TYPE_CHECKING:
    from publish.wechat.push import Runner

EDITED = (
    "有人在公众号后台改过这份草稿（上面列了改动），没有动它，也没有发出去。留用后台改的就加 --take-theirs 再运行"
    "（程序不发布，由人发表），用成品包里的盖掉就加 --overwrite。"
)


@dataclass(frozen=True, slots=True)
class Flags:
    """What the clerk decided. `sent`: what became of a mass send nobody can be asked about."""

    preview: str = ""
    take_theirs: bool = False
    overwrite: bool = False
    recreate: bool = False
    accept_stripped: bool = False
    declared: bool = False
    sent: bool | None = None
    gone: bool = False


class Drafts:
    """The steps of a run that work on its draft."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.caller, self.records = runner.caller, runner.records
        self.push, self.flags = runner.push, runner.flags

    def current(self) -> Kept | None:
        """Our newest draft that is there, as the ledger has it."""
        found = self.records.drafts(self.push.id)
        return found[-1] if found else None

    # --- looking ------------------------------------------------------------------------------------

    def look(self, media_id: str) -> None:
        """See whether the draft is as we left it: changes by hand are shown, and never overwritten unasked."""
        kept = self.records.draft(media_id)
        if kept is None or kept.state != "there":
            return
        found = self.runner.asker.draft(media_id)
        if found is None:
            self.vanished(kept)
        else:
            self._seen(kept, found)

    def reread(self, tried: bool = False) -> Kept | None:
        """The draft as it is now, all of it as we left it: it is about to be shown to others.

        None when somebody published it by hand. `tried`: it may have been sent, and then be gone rightly.
        """
        kept = self.current()
        if kept is None:
            raise Stopped(f"没有草稿可发：重新运行 weike plan wechat {self.push.id}。")
        found = self.runner.asker.draft(kept.key)
        if found is not None:
            self._seen(kept, found)
            self._whole()
        elif not tried:
            self.vanished(kept)
        return None if self.runner.over else self.current()

    def untouched(self, media_id: str) -> None:
        """Before another try: `Stopped` when somebody changed the draft meanwhile. One that is gone, WeChat refuses."""
        kept, found = self.records.draft(media_id), self.runner.asker.draft(media_id)
        touched = self._touched(kept, found) if kept and found is not None else []
        for line in touched:
            self.caller.say(f"  {line}")
        if touched:
            raise Stopped(EDITED)

    def _whole(self) -> None:
        """Finish what was cut off: every article is ours, or theirs by decision, and was read back."""
        kept, digests = self.current(), [p.digest for p in self.push.pieces]
        if kept is None or len(kept.articles) != len(digests):
            raise Stopped(f"草稿不是计划里的样子：重新运行 weike plan wechat {self.push.id}。")
        if kept.digests != digests or not all(a.get("got") for a in kept.articles):
            self.check()

    def _seen(self, kept: Kept, found: Sequence[Mapping[str, Any]]) -> None:
        """Compare with how we left it; do what the clerk decided about what others did, or stop."""
        touched = self._touched(kept, found)
        for line in touched:
            self.caller.say(f"  {line}")
        theirs = any(a.get("theirs") for a in kept.articles)
        if touched and self.flags.take_theirs:
            self._take(kept, found)
        elif self.flags.overwrite and (touched or theirs):
            self._overwrite(kept, found)
        elif touched:
            raise Stopped(EDITED)
        elif not all(kept.digests):  # writing over was decided, and cut off
            self._overwrite(kept, found)

    def _touched(self, kept: Kept, found: Sequence[Mapping[str, Any]]) -> list[str]:
        if len(found) != len(kept.articles):
            return [f"后台改过：草稿从 {len(kept.articles)} 篇变成 {len(found)} 篇"]
        said = []
        for place, (mine, theirs) in enumerate(zip(kept.articles, found, strict=True), 1):
            lines = changed(mine["got"], fingerprint(theirs)) if mine.get("got") else []
            if lines:
                said += [f"后台改过：第 {place} 篇《{mine['title']}》", *(f"  {x}" for x in lines)]
        return said

    def _take(self, kept: Kept, found: Sequence[Mapping[str, Any]]) -> None:
        """Keep what they made of it: from now on that is how we left it."""
        if len(found) != len(kept.articles):
            raise Stopped("后台增减过文章，留用不了：先在后台恢复篇数，或者加 --overwrite 盖掉。")
        wanted = self.runner.abouts()
        articles: list[Json] = []
        for mine, theirs, want in zip(kept.articles, found, wanted, strict=True):
            now = fingerprint(theirs)
            touched = bool(mine.get("got")) and bool(changed(mine["got"], now))
            kept_ours = {**mine, "got": now}
            articles.append({**want, "got": now, "theirs": True} if touched else kept_ours)
        with self.caller.ledger.together():
            self.records.change_draft(kept.key, articles)
            about = {"push": self.push.id, "bundle": self.runner.plan.bundle, "articles": articles}
            self.records.receipt("took-theirs", self.runner.plan.digest, about, media_id=kept.key)
        self.caller.say("  留用后台改过的样子（回执里记明：与批准的内容不同）")

    def _overwrite(self, kept: Kept, found: Sequence[Mapping[str, Any]]) -> None:
        """Mark what was touched, now or when it was kept, as not ours, so that it is written again."""
        if len(found) != len(kept.articles):
            self.drop(
                {"media_id": kept.key, "push": self.push.id, "why": "后台增减过文章，按要求盖掉"}
            )
            self.add()
            return
        articles = []
        for place, (mine, theirs) in enumerate(zip(kept.articles, found, strict=True), 1):
            if mine.get("theirs"):
                self.caller.say(f"  盖掉以前留用的：第 {place} 篇《{mine['title']}》")
            touched = mine.get("got") and changed(mine["got"], fingerprint(theirs))
            ours = not touched and not mine.get("theirs")
            articles.append(dict(mine) if ours else {**mine, "sent": "", "got": None})
        self.records.change_draft(kept.key, articles)
        for index, article in enumerate(articles):
            if not article["sent"]:
                self.update(index)
        self.check()

    def vanished(self, kept: Kept | None) -> None:
        """Our draft is not there: published by hand, or deleted; it is made again only where that is safe."""
        if kept is None:
            raise Stopped(f"没有草稿：重新运行 weike plan wechat {self.push.id}。")
        since = datetime.fromisoformat(kept.at) - timedelta(days=1)
        job = self.runner.asker.published(kept.articles, since)
        if job:
            self.records.adopt(kept, job, self.runner.plan.digest)
            self.caller.say("  这份草稿已经有人在后台发表了：记下来，不再重发")
            self.runner.over = True
            return
        again = self.flags.recreate or self.flags.sent is False
        if self.runner.end == "mass" and not again:
            raise Stopped(
                "草稿不在了：可能有人删了，也可能已经在后台手工群发。到后台“发表记录”看清楚，没有群发过就加 --recreate 再运行。"
            )
        self.caller.say("  草稿被人在后台删掉了，重新存一份")
        self.records.change_draft(kept.key, state="gone")
        self.add()
        self.check()

    # --- writing ------------------------------------------------------------------------------------

    def add(self) -> None:
        """Make the draft, unless it is there already just so.

        A draft that the plan did not know (its answer had been lost) is brought up to date, or replaced.
        """
        now, digests = self.current(), [p.digest for p in self.push.pieces]
        mine = [
            d for d in self.records.drafts(self.push.id, None) if d.run == self.runner.plan.digest
        ]
        used = any(d.state in {"published", "sent"} and d.digests == digests for d in mine)
        if used or (now is not None and now.digests == digests):
            return
        planned = {s.about["media_id"] for s in self.runner.plan.steps if s.do == "drop"}
        found = now if now is not None and now.key not in planned else None
        if found and len(found.articles) == len(self.push.pieces):
            for index in range(len(found.articles)):
                self.update(index)
            return
        self._add()
        if found:
            self.drop({"media_id": found.key, "push": self.push.id, "why": "被新草稿代替"})

    def _add(self) -> None:
        articles = self.runner.payloads()
        about = {
            "push": self.push.id,
            "bundle": self.runner.plan.bundle,
            "articles": self.runner.abouts(),
        }
        client = self.caller.client
        refused = self.runner.asker.certain(
            "add", "draft/add", about, lambda: client.draft_add(articles)
        )
        if refused:
            raise stop(refused, "草稿没有存成：")

    def update(self, index: int) -> None:
        """Replace one article of the draft, unless it is there already just so."""
        kept, piece = self.current(), self.push.pieces[index]
        if kept is None or kept.articles[index]["sent"] == piece.digest:
            return
        article = self.runner.payloads()[index]
        about = {
            "push": self.push.id,
            "bundle": self.runner.plan.bundle,
            "media_id": kept.key,
            "index": index,
            "article": self.runner.abouts()[index],
        }
        client = self.caller.client
        refused = self.runner.asker.certain(
            "update", "draft/update", about, lambda: client.draft_update(kept.key, index, article)
        )
        if refused and refused.kind is Kind.GONE:
            self.vanished(kept)
        elif refused:
            raise stop(refused, f"第 {index + 1} 篇没有改成：")

    def drop(self, about: Mapping[str, Any]) -> None:
        """Delete a draft of ours that another has replaced."""
        erase(self.runner.asker, "draft/delete", about)

    # --- reading back ---------------------------------------------------------------------------------

    def check(self) -> None:
        """Read the draft back and keep how WeChat has it; show what it did not keep."""
        kept = self.current()
        if kept is None:
            return
        for index in range(len(kept.articles)):  # what an overwriting left to do
            self.update(index)
        kept = self.current()
        if kept is None or all(a.get("got") for a in kept.articles):
            return
        found = self.runner.asker.draft(kept.key)
        if found is None:
            self.vanished(kept)
            return
        sent = self.runner.payloads()
        if len(found) != len(sent):
            raise Stopped(
                f"草稿存了 {len(sent)} 篇，读回来是 {len(found)} 篇：到后台看一眼，再重新计划。"
            )
        articles = []
        for place, (mine, ours, theirs) in enumerate(
            zip(kept.articles, sent, found, strict=True), 1
        ):
            if mine.get("got"):
                articles.append(dict(mine))
                continue
            lost = stripped(ours, theirs)
            for line in [f"微信没有原样保留第 {place} 篇《{mine['title']}》："] * bool(lost) + lost:
                self.caller.say(f"  {line}")
            articles.append({**mine, "got": fingerprint(theirs), "stripped": lost})
        self.records.change_draft(kept.key, articles)
