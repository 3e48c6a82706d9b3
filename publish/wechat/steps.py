"""Which calls a push needs, in order, from what the ledger knows: nothing that is at WeChat is sent twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from publish.wechat import mass
from publish.wechat.erasing import for_person, withdrawing
from publish.wechat.pushes import WITHDRAWAL, Gone, Push, files_of
from publish.wechat.records import Kept, Records
from publish.wechat.step import POLLS, Step

UPLOADS = {"body": "media/uploadimg", "material": "material/add_material"}


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


def steps(push: Push, records: Records, gone: Sequence[Gone], wishes: Wishes) -> list[Step]:
    """All of a push, withdrawals first; only a push of nothing but these waits for what a person must do or tell."""
    erase = withdrawing(records, gone)
    if push.kind == WITHDRAWAL:
        return erase
    erase = [s for s in erase if not for_person(s)]
    return [*erase, *_pushing(push, records, wishes, erase)]


def left(push: Push, records: Records, gone: Sequence[Gone]) -> list[str]:
    """What is withdrawn and stays out until a person does or tells something: no push of other things waits for it."""
    if push.kind == WITHDRAWAL:
        return []
    found = [s.words for s in withdrawing(records, gone) if for_person(s)]
    said = f"撤回的内容还在外面，要由人来做，看 weike plan wechat {WITHDRAWAL}："
    return [f"{said}{words}" for words in found]


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


def _pushing(push: Push, records: Records, wishes: Wishes, erase: Sequence[Step]) -> Iterator[Step]:
    waiting = running(push, records)
    if waiting:
        known = [s.about for s in erase if s.do == "outcome"]
        keys = {a.get("publish_id") or a.get("clientmsgid") for a in known}
        yield from (s for s in waiting if not keys & set(s.about.values()))
        return
    last, end = out(push, records), final(push, wishes)
    done = last is not None and last.state in {"published", "sent"} and same(push, last)
    if done and not wishes.again:
        return
    if end == "draft" and _by_hand(push, records) and not wishes.again:
        return
    yield from _uploads(push, records)
    if push.kind != "video":
        erased = {s.about.get("media_id") for s in erase}
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
