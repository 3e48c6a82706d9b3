"""Taking back: drafts, published articles, mass sends; honestly said, as far as WeChat lets anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from publish.ledger import Ledger
from publish.wechat.ask import FOUND, SHOWN, Asker
from publish.wechat.caller import WAITING, Stopped, stop
from publish.wechat.outcome import Kind, Outcome
from publish.wechat.quota import CHANNEL
from publish.wechat.records import Kept, Records
from publish.wechat.step import Step

if TYPE_CHECKING:
    from publish.wechat.watch import Watch

WITHDRAWN, UNDONE = "撤回", "回退"  # why something is taken back
ROLLBACK = "rollback-"  # begins the name of a run that takes a push back
DRAFT, ARTICLE, SEND = "draft/delete", "freepublish/delete", "message/mass/delete"
KEYS = {ARTICLE: "publish_id", SEND: "clientmsgid"}  # what the ledger knows it by
OUTSIDE = {ARTICLE: "article_id", SEND: "msg_id"}  # what WeChat knows it by
UNENDED = {
    ARTICLE: "微信正在发布：过一会儿重新计划。",
    SEND: "群发还没有结果：请管理员在手机上点拒绝，就不会发出；过一会儿重新计划，已经发出的会删掉。",
}


def rolling_back(ledger: Ledger) -> str:
    """The name of a run that takes a push back; never one that was used."""
    number = ledger.rows("SELECT count(*) AS n FROM runs")[0]["n"] + 1
    return f"{ROLLBACK}{number}-{ledger.moment()}"


def undo(asker: Asker, watch: Watch, push: str, todo: Sequence[Step]) -> None:
    """Take back a push; what is unsure of it is found out first."""
    asker.settle_all(push)
    watch.events()
    for step in todo:
        take(asker, watch, step)


def take(asker: Asker, watch: Watch, step: Step, bundle: str = "") -> None:
    """Carry out one step of those that take back."""
    if step.do == "settle":
        settle(asker, "clientmsgid", step.about["clientmsgid"])
    elif step.do == "outcome":
        watch.ended(step.about)
    else:
        erase(asker, step.api, {**step.about, "bundle": bundle})


def settle(asker: Asker, name: str, value: str) -> None:
    """Find out about calls that would have shown something to others, and were never answered."""
    for call in asker.ledger.unsettled(CHANNEL, asker.records.account):
        if call.call.api in SHOWN and call.call.about.get(name) == value:
            asker.settle(call)


def erase(asker: Asker, api: str, about: Mapping[str, Any]) -> None:
    """Take back a draft, a published article or a mass send; what is not there any more is as good as taken back."""
    if api == DRAFT:
        _draft(asker, about)
    else:
        _out(asker, api, about)


# --- drafts -----------------------------------------------------------------------------------------


def _draft(asker: Asker, about: Mapping[str, Any]) -> None:
    kept = asker.records.draft(about["media_id"])
    if kept is None or kept.state == "deleted":
        return
    if about["why"] in {WITHDRAWN, UNDONE}:
        settle(asker, "media_id", kept.key)
    if _shown(asker, about):
        return
    refused = asker.certain("erase", DRAFT, about, lambda: asker.client.draft_delete(kept.key))
    if refused and refused.kind is Kind.GONE:
        if not _by_hand(asker, about):
            _note(asker, DRAFT, about, "微信那边已经没有了")
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
    found = [
        (api, kept)
        for api in KEYS
        for kept in _of(asker.records, api)
        if kept.media_id == about["media_id"] and kept.state != "failed"
    ]
    if not found:
        return False
    for api, kept in found:
        _ended(asker, api, kept)
    if any(kept.key.startswith(FOUND) for _, kept in found):
        asker.caller.say("  这份草稿已经有人在后台发表了：记进账本")
    if all(kept.state == "deleted" for _, kept in found):
        return True
    if about["why"] != WITHDRAWN:
        raise Stopped(
            f"推送 {about['push']} 的草稿已经发表，读者看得到：要删已发布的文章，运行 weike rollback wechat {about['push']} "
            "看清楚再加 --yes；要接着推，先重新计划。"
        )
    for api, kept in found:
        for place, entry in about["places"]:
            if not _taken(kept, place):
                asker.caller.say(f"  删已经发出的文章：第 {place} 篇，{entry} 已撤回")
            erase(asker, api, {**about, KEYS[api]: kept.key, "place": place, "entry": entry})
    return True


# --- what is out ------------------------------------------------------------------------------------


def _out(asker: Asker, api: str, about: Mapping[str, Any]) -> None:
    """Delete an article that is out, or all of a message."""
    kept = next((k for k in _of(asker.records, api) if _meant(k, api, about)), None)
    if kept is None or kept.state == "failed" or _taken(kept, about["place"]):
        return
    _ended(asker, api, kept)
    about = {**about, KEYS[api]: kept.key, OUTSIDE[api]: kept.outside}
    if not kept.outside:
        _person(asker, api, about)
        return
    client, place = asker.client, about["place"]
    acts: dict[str, Callable[[], Outcome[Any]]] = {
        ARTICLE: lambda: client.publish_delete(kept.outside, place),
        SEND: lambda: client.mass_delete(kept.outside, place),
    }
    refused = asker.certain("erase", api, about, acts[api])
    if refused and refused.kind is Kind.GONE:
        _note(asker, api, about, "微信那边已经没有了")
    elif refused:
        raise stop(refused, "没有删成：")


def _ended(asker: Asker, api: str, kept: Kept) -> None:
    """Only what WeChat has ended can be taken back; of a send without a number a person said that it went out."""
    if kept.state == "running" or (kept.state == "waiting" and kept.outside):
        raise Stopped(f"推送 {kept.push}：{UNENDED[api]}", WAITING)
    if kept.state == "waiting":
        asker.records.confirmed(kept, "sent", "有人说已经发出")


def _person(asker: Asker, api: str, about: Mapping[str, Any]) -> None:
    """What has no number can't be deleted by program: a person does it, and says so."""
    if not asker.gone:
        raise Stopped(
            f"推送 {about['push']} 发出的没有留下编号，程序删不了：到公众号后台“发表记录”手工删除，删好以后加 --gone 再运行同一条命令。",
            WAITING,
        )
    _note(asker, api, about, "记下：已经有人手工删掉")


def _note(asker: Asker, api: str, about: Mapping[str, Any], said: str) -> None:
    asker.caller.say(f"  {said}")
    asker.caller.note_done(api, about)


def _of(records: Records, api: str) -> list[Kept]:
    return records.publications() if api == ARTICLE else records.sends()


def _meant(kept: Kept, api: str, about: Mapping[str, Any]) -> bool:
    """Whether that message is meant: by our number, or by WeChat's where an older plan tells no other."""
    if KEYS[api] in about:
        return bool(kept.key == about[KEYS[api]])
    return bool(kept.outside) and kept.outside == about[OUTSIDE[api]]


def _taken(kept: Kept, place: int) -> bool:
    """Whether the article at `place`, or all (0), has been taken back."""
    articles = [kept.articles[place - 1]] if place else kept.articles
    return kept.state == "deleted" or all(a.get("deleted") for a in articles)
