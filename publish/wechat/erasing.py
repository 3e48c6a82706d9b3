"""Which steps take back what is at WeChat: withdrawn entries of any push, or the whole of one push.

What is certain comes first. What WeChat has not ended yet is waited for, then taken back as it ended. What left no
number behind is for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from publish.wechat import mass
from publish.wechat.pushes import Gone
from publish.wechat.quota import CHANNEL
from publish.wechat.records import Kept, Records
from publish.wechat.step import POLLS, Step
from publish.wechat.takeback import ARTICLE, DRAFT, KEYS, SEND, UNDONE, WITHDRAWN

Places = list[
    tuple[int, str]
]  # of an article from 1, or all (0); and the entry in it that is withdrawn
ENDS = {ARTICLE: "freepublish/get", SEND: "message/mass/get"}
HAND = "到公众号后台“发表记录”手工删除，程序删不了（没有{}），删好以后加 --gone："
NUMBER = {ARTICLE: "文章号", SEND: "消息号"}


class _Reason(Protocol):
    """Why things are taken back: which, and in what words."""

    why: str

    def held(self, kept: Kept) -> Places:
        """What of a message that is not out yet is to go; all of it goes where this is not empty."""
        ...

    def places(self, kept: Kept) -> Places:
        """What of a message that is out is to be deleted."""
        ...

    def words(self, api: str, kept: Kept, place: int, entry: str) -> str:
        """What is done, for a clerk."""
        ...


class _Withdrawal:
    """Entries were withdrawn."""

    why = WITHDRAWN

    def __init__(self, gone: Sequence[Gone]) -> None:
        self.ids = {g.id for g in gone}
        # a push withdrawn stays as it went out
        self.lasting = {i for i in self.ids if not i.startswith("push:")}

    def held(self, kept: Kept) -> Places:
        return _withdrawn(kept, self.ids)

    def places(self, kept: Kept) -> Places:
        return _withdrawn(kept, self.lasting)

    def words(self, api: str, kept: Kept, place: int, entry: str) -> str:
        if api == DRAFT:
            return f"删草稿：推送 {kept.push} 里有撤回的 {entry}（整份草稿一起删）"
        where = f"推送 {kept.push} 第 {place} 篇，{entry} 已撤回"
        if api == ARTICLE:
            return f"删已发布的文章：{where}"
        return f"删群发的文章：{where}（读者会话里的卡片收不回）"


class _Rollback:
    """Somebody takes a push back."""

    why = UNDONE

    def held(self, kept: Kept) -> Places:
        return [(0, "")]

    def places(self, kept: Kept) -> Places:
        return [(0, "")]

    def words(self, api: str, kept: Kept, place: int, entry: str) -> str:
        titles = "》《".join(a["title"] for a in kept.articles if not a.get("deleted"))
        if api == DRAFT:
            return f"删草稿（《{titles}》）：关注者没有看到过"
        if api == ARTICLE:
            return f"删已发布的文章（《{titles}》）：链接打开会显示已删除；看过、截过图的收不回；删了不能恢复"
        return f"删群发的文章（《{titles}》）：关注者会话里的卡片还在，点开显示已删除；群发次数不退；删了不能恢复"


def withdrawing(records: Records, gone: Sequence[Gone]) -> list[Step]:
    """Take back what holds withdrawn entries: drafts whole, what is out article by article."""
    return list(_steps(records, _Withdrawal(gone), None))


def undoing(records: Records, push: str) -> list[Step]:
    """Take back a push: its drafts, published articles, mass sends."""
    return list(_steps(records, _Rollback(), push))


def for_person(step: Step) -> bool:
    """Whether a step waits for what only a person can do or tell; no push of other things waits for that."""
    return step.do == "settle" or not step.calls


def _withdrawn(kept: Kept, ids: set[str]) -> Places:
    found = []
    for place, article in enumerate(kept.articles, 1):
        entries = [e for e in (article["id"], *article["entries"]) if e in ids]
        if entries and not article.get("deleted"):
            found.append((place, entries[0]))
    return found


def _steps(records: Records, reason: _Reason, push: str | None) -> Iterator[Step]:
    running = [(ARTICLE, p) for p in records.publications(push, "running")]
    waiting = [(SEND, s) for s in records.sends(push, "waiting") if s.outside]
    flying = [(api, kept) for api, kept in (*running, *waiting) if reason.held(kept)]
    drafts = records.drafts(push)
    for draft in drafts:
        if draft.key not in {kept.media_id for _, kept in flying}:
            yield from _draft(reason, draft)
    out = [(ARTICLE, p) for p in records.publications(push, "published")]
    out += [(SEND, s) for s in records.sends(push, "sent")]
    for api, kept in out:
        if kept.outside:
            yield from _articles(reason, api, kept)
    for api, kept in flying:
        yield _outcome(api, kept)
        said = "发布成功的话，" if api == ARTICLE else "已经发出的话，"
        yield from _articles(reason, api, kept, said)
        for draft in drafts:
            if draft.key == kept.media_id:
                yield from _draft(reason, draft, "没有发成的话，")
    yield from _unsure(records, reason, push)
    unnumbered = [(SEND, s) for s in records.sends(push, "waiting") if not s.outside]
    for api, kept in (*out, *unnumbered):
        if not kept.outside:
            yield from _articles(reason, api, kept, HAND.format(NUMBER[api]), calls=0)


def _draft(reason: _Reason, draft: Kept, said: str = "") -> Iterator[Step]:
    for _, first in reason.held(draft)[:1]:
        places = [list(row) for row in reason.places(draft)]  # if somebody published it
        about = {"media_id": draft.key, "push": draft.push, "entry": first, "why": reason.why}
        words = said + reason.words(DRAFT, draft, 0, first)
        yield Step("erase", DRAFT, words, about | {"places": places})


def _articles(
    reason: _Reason, api: str, kept: Kept, said: str = "", calls: int = 1
) -> Iterator[Step]:
    for place, entry in reason.places(kept):
        about: dict[str, Any] = {KEYS[api]: kept.key, "place": place, "push": kept.push}
        words = said + reason.words(api, kept, place, entry)
        yield Step("erase", api, words, about | {"entry": entry, "why": reason.why}, calls)


def _outcome(api: str, kept: Kept) -> Step:
    if api == ARTICLE:
        words = f"查发布结果（推送 {kept.push}，发布号 {kept.key}）：等微信发布完再收回"
    else:
        words = (
            f"查群发结果（推送 {kept.push}，消息号 {kept.outside}）："
            "还没有确认的，请管理员在手机上点拒绝，就不会发出"
        )
    return Step("outcome", ENDS[api], words, {KEYS[api]: kept.key, "push": kept.push}, POLLS)


def _unsure(records: Records, reason: _Reason, push: str | None) -> Iterator[Step]:
    """Sends of films that were never answered: the ledger has no row of them, and no draft leads to them."""
    drafts = {d.key for d in records.drafts(state=None)}
    calls = records.ledger.unsettled(CHANNEL, records.account)
    lost = {c.call.about["clientmsgid"]: c for c in reversed(calls) if c.call.api == mass.API}
    for call in lost.values():  # of each send the first try
        about = call.call.about
        if about["media_id"] in drafts:
            continue
        names = (about["clientmsgid"], about["push"], about["media_id"], "unsure", call.call.run)
        kept = Kept(*names, call.at.isoformat(), tuple(about["articles"]))
        if push in {None, kept.push} and reason.held(kept):
            words = (
                f"查清推送 {kept.push} 没有等到答复的群发（{call.at:%m月%d日 %H:%M}）：要人到后台看"
            )
            yield Step("settle", "draft/get", words, {"clientmsgid": kept.key})
            said = f"已经发出的话，{HAND.format(NUMBER[SEND])}"
            yield from _articles(reason, SEND, kept, said, calls=0)
