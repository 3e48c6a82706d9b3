"""Which calls a push needs, in order, from what the ledger knows: nothing that is at WeChat is sent twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from publish.wechat import mass
from publish.wechat.pushes import WITHDRAWAL, Gone, Push, files_of
from publish.wechat.records import Kept, Records

POLLS = 8  # of a publication, with growing pauses: 15 s … 10 min
UPLOADS = {"body": "media/uploadimg", "material": "material/add_material"}
WRITES = frozenset({"add", "update", "drop", "submit", "send", "convert", "upload", "erase"})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `about`: what of, as plain data; `calls`: how often `api` may be called at most."""

    do: str
    api: str
    words: str
    about: dict[str, Any] = field(default_factory=dict)
    calls: int = 1

    @property
    def writes(self) -> bool:
        """Whether it changes anything at WeChat."""
        return self.do in WRITES

    def plain(self) -> dict[str, Any]:
        """As it stands in a stored plan."""
        return {
            "do": self.do,
            "api": self.api,
            "words": self.words,
            "about": self.about,
            "calls": self.calls,
        }


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the clerk asked of a plan: send again what is out already; carry 贴图 and 视频消息 to the end."""

    again: bool = False
    finish: bool = False


def final(push: Push, wishes: Wishes) -> str:
    """How it ends: `draft`, `publish`, `mass`, or `material` where a film is only handed over."""
    if push.kind == "newspic":
        return "publish" if wishes.finish else "draft"
    if push.kind == "video":
        return "mass" if wishes.finish else "material"
    return push.kind


def erasing(records: Records, gone: Sequence[Gone]) -> Iterator[Step]:
    """Take back what holds withdrawn entries: drafts whole, what is out article by article."""
    ids = {g.id for g in gone}
    lasting = {i for i in ids if not i.startswith("push:")}  # a push withdrawn stays as it went out
    for draft in records.drafts():
        for _, first in _withdrawn(draft, ids)[:1]:
            about: dict[str, Any] = {
                "media_id": draft.key,
                "push": draft.push,
                "entry": first,
                "why": "撤回",
                "places": [
                    list(row) for row in _withdrawn(draft, lasting)
                ],  # if somebody published it
            }
            words = f"删草稿：推送 {draft.push} 里有撤回的 {first}（整份草稿一起删）"
            yield Step("erase", "draft/delete", words, about)
    for kept in records.publications(state="published"):
        for place, entry in _withdrawn(kept, lasting):
            about = {"article_id": kept.outside, "place": place, "push": kept.push}
            words = f"删已发布的文章：推送 {kept.push} 第 {place} 篇，{entry} 已撤回"
            yield Step(
                "erase", "freepublish/delete", words, about | {"entry": entry, "why": "撤回"}
            )
    for kept in records.sends(state="sent"):
        for place, entry in _withdrawn(kept, lasting):
            about = {"msg_id": kept.outside, "place": place, "push": kept.push}
            words = f"删群发的文章：推送 {kept.push} 第 {place} 篇，{entry} 已撤回（读者会话里的卡片收不回）"
            yield Step(
                "erase", "message/mass/delete", words, about | {"entry": entry, "why": "撤回"}
            )


def _withdrawn(kept: Kept, ids: set[str]) -> list[tuple[int, str]]:
    found = []
    for place, article in enumerate(kept.articles, 1):
        entries = [e for e in (article["id"], *article["entries"]) if e in ids]
        if entries and not article.get("deleted"):
            found.append((place, entries[0]))
    return found


def steps(push: Push, records: Records, gone: Sequence[Gone], wishes: Wishes) -> list[Step]:
    """All of a push, withdrawals first."""
    erase = list(erasing(records, gone))
    if push.kind == WITHDRAWAL:
        return erase
    return [*erase, *_pushing(push, records, wishes, {s.about.get("media_id") for s in erase})]


def running(push: Push, records: Records) -> list[Step]:
    """What was begun at WeChat and has no result yet: first that."""
    found = [
        Step(
            "watch",
            "freepublish/get",
            f"查发布结果（发布号 {p.key}）",
            {"publish_id": p.key},
            POLLS,
        )
        for p in records.publications(push.id, "running")
    ]
    return found + [
        Step(
            "confirm",
            "message/mass/get",
            f"查群发结果（消息号 {s.outside}）",
            {"clientmsgid": s.key},
            POLLS,
        )
        for s in records.sends(push.id, "waiting")
    ]


def out(push: Push, records: Records) -> Kept | None:
    """The last publication or mass send of this push, however it ended."""
    found = [*records.publications(push.id), *records.sends(push.id)]
    return max(found, key=lambda kept: kept.at, default=None)


def same(push: Push, kept: Kept | None) -> bool:
    """Whether that is exactly what the push says now."""
    return kept is not None and kept.digests == [p.digest for p in push.pieces]


def _pushing(
    push: Push, records: Records, wishes: Wishes, erased: set[str | None]
) -> Iterator[Step]:
    waiting = running(push, records)
    if waiting:
        yield from waiting
        return
    last, end = out(push, records), final(push, wishes)
    done = last is not None and last.state in {"published", "sent"} and same(push, last)
    if done and not wishes.again:
        return
    if end == "draft" and _by_hand(push, records) and not wishes.again:
        return
    yield from _uploads(push, records)
    if push.kind != "video":
        current = [d for d in records.drafts(push.id) if d.key not in erased]
        yield from _drafting(push, current)
    if push.kind != "video" and end in {"publish", "mass"}:
        yield Step("reread", "draft/get", "发出以前再读一遍草稿：后台改过就停下")
    if end == "publish":
        yield Step("submit", "freepublish/submit", "提交发布（不通知关注者）")
        yield Step("watch", "freepublish/get", "查发布结果，查到有结果为止", {}, POLLS)
    elif end == "mass":
        yield from _sending(push, records)


def _by_hand(push: Push, records: Records) -> bool:
    """Whether somebody published the draft in the back end, just as it was."""
    drafts = records.drafts(push.id, None)
    return bool(drafts) and drafts[-1].state in {"published", "sent"} and same(push, drafts[-1])


def _uploads(push: Push, records: Records) -> Iterator[Step]:
    for use, api in UPLOADS.items():
        known = records.known(use)
        for file, places in files_of(push, use):
            if file.sha256 in known:
                continue
            about = {"use": use, "sha256": file.sha256, "bytes": file.size, "path": file.path}
            what = "视频" if file.suffix == ".mp4" else "图片" if use == "body" else "永久素材"
            where = "、".join(map(str, places))
            words = f"上传{what} {file.path.rpartition('/')[2]}（{file.size:,} 字节，校验值 {file.sha256[:12]}，第 {where} 篇用）"
            yield Step("upload", api, words, about)


def _drafting(push: Push, drafts: Sequence[Kept]) -> Iterator[Step]:
    """Nothing, updates, or a new draft and then the old one's end."""
    digests = [p.digest for p in push.pieces]
    current = drafts[-1] if drafts else None
    whole = current is not None and len(current.articles) == len(digests)
    if current is not None:
        words = "看草稿还在不在、有没有人在后台改过"
        yield Step("look", "draft/get", words, {"media_id": current.key})
    if current is not None and whole:
        changed = [n for n, d in enumerate(digests) if current.digests[n] != d]
        for index in changed:
            words = f"改草稿第 {index + 1} 篇：{push.pieces[index].title}"
            yield Step("update", "draft/update", words, {"media_id": current.key, "index": index})
        unread = any(not a.get("got") for a in current.articles)
        if changed or unread:
            yield _check(current.key)
    else:
        yield Step("add", "draft/add", f"新建草稿，{len(digests)} 篇")
        yield _check("")
    for old in drafts if not whole else drafts[:-1]:
        about = {"media_id": old.key, "push": push.id, "why": "被新草稿代替"}
        yield Step("drop", "draft/delete", "删旧草稿（篇数变了，已由新草稿代替）", about)


def _check(media_id: str) -> Step:
    words = "读回草稿，比对文字和图片数，看微信删了什么"
    return Step("check", "draft/get", words, {"media_id": media_id})


def _sending(push: Push, records: Records) -> Iterator[Step]:
    attempt = sum(s.state != "waiting" for s in records.sends(push.id))
    number = mass.client_msg_id(push, [p.digest for p in push.pieces], attempt)
    if push.kind == "video":
        yield Step("convert", "media/uploadvideo", "把视频素材转成能群发的")
    words = f"群发给{push.readers}（去重号 {number}）"
    yield Step("send", mass.API, words, {"clientmsgid": number})
    yield Step("confirm", "message/mass/get", "查群发结果，等管理员确认", {}, POLLS)
