"""Taking back: drafts, published articles, mass sends; honestly said, as far as WeChat lets anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from publish.wechat.ask import Asker
from publish.wechat.caller import WAITING, Stopped, stop
from publish.wechat.outcome import Kind, Outcome
from publish.wechat.records import Kept

WITHDRAWN, UNDONE = "撤回", "回退"  # why something is taken back


def erase(asker: Asker, api: str, about: Mapping[str, Any]) -> None:
    """Take back a draft, a published article or a mass send; what is not there any more is as good as taken back."""
    records, client = asker.records, asker.client
    acts: dict[str, tuple[bool, Callable[[], Outcome[Any]]]] = {
        "draft/delete": (
            _still(records.drafts(state=None), "key", about.get("media_id")),
            lambda: client.draft_delete(about["media_id"]),
        ),
        "freepublish/delete": (
            _still(records.publications(), "outside", about.get("article_id"), about.get("place")),
            lambda: client.publish_delete(about["article_id"], about["place"]),
        ),
        "message/mass/delete": (
            _still(records.sends(), "outside", about.get("msg_id"), about.get("place")),
            lambda: client.mass_delete(about["msg_id"], about["place"]),
        ),
    }
    there, act = acts[api]
    if not there or (api == "draft/delete" and _shown(asker, about)):
        return
    refused = asker.certain("erase", api, about, act)
    if refused and refused.kind is Kind.GONE:
        if api == "draft/delete" and _by_hand(asker, about):
            return
        asker.caller.say("  微信那边已经没有了")
        asker.caller.note_done(api, about)
    elif refused:
        raise stop(refused, "没有删成：")


def _by_hand(asker: Asker, about: Mapping[str, Any]) -> bool:
    """A draft that is to be deleted is not there. True when it was published by hand, and is dealt with.

    False when it may be noted as deleted; `Stopped` where only a person can tell what became of it.
    """
    kept = asker.records.draft(about["media_id"])
    if _shown(asker, about):  # found out already, when an answer was lost
        return True
    if kept is not None and asker.by_hand(kept):
        return _shown(asker, about)
    if about["why"] in {WITHDRAWN, UNDONE} and not asker.gone:
        raise Stopped(
            f"推送 {about['push']} 的草稿不在了，已发布的文章里也没有查到：可能有人删了，也可能有人改过再发表，或者手工群发了。"
            "到公众号后台“发表记录”看清楚，发出了的先在那里手工删掉；都没有了，加 --gone 再运行同一条命令。"
        )
    return False


def _shown(asker: Asker, about: Mapping[str, Any]) -> bool:
    """Whether the draft has become something that is out; what is withdrawn is deleted there."""
    records = asker.records
    found = [p for p in records.publications() if p.media_id == about["media_id"]]
    if any(p.state == "running" for p in found):
        raise Stopped("这份草稿微信正在发布：过一会儿重新计划。", WAITING)
    found = [p for p in found if p.state != "failed"]
    if not found:
        return False
    asker.caller.say("  这份草稿已经有人在后台发表了：记进账本")
    if about["why"] != WITHDRAWN:
        raise Stopped(
            f"推送 {about['push']} 的草稿已经发表，读者看得到：要删已发布的文章，运行 weike rollback wechat {about['push']} "
            "看清楚再加 --yes；要接着推，先重新计划。"
        )
    for kept in found:
        for place, entry in about["places"]:
            asker.caller.say(f"  删已发布的文章：第 {place} 篇，{entry} 已撤回")
            more = {"article_id": kept.outside, "place": place, "entry": entry}
            erase(asker, "freepublish/delete", {**about, **more})
    return True


def _still(rows: list[Kept], name: str, key: object, place: int | None = 0) -> bool:
    """Whether a row with that key has not been taken back."""
    for kept in rows:
        if getattr(kept, name) == key:
            if kept.state == "deleted":
                return False
            articles = [kept.articles[place - 1]] if place else kept.articles
            return not all(a.get("deleted") for a in articles)
    return False
