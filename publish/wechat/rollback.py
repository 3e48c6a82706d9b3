"""`weike rollback wechat`: what of a push can be undone, said honestly, and done only when asked for by --yes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from publish.wechat.ask import Asker
from publish.wechat.records import Kept, Records
from publish.wechat.steps import Step
from publish.wechat.takeback import erase


def undoing(records: Records, push: str) -> Iterator[Step]:
    """What can be taken back of a push: its drafts, published articles, mass sends."""
    for draft in records.drafts(push):
        about = {"media_id": draft.key, "push": push, "why": "回退"}
        yield Step("erase", "draft/delete", f"删草稿（{_titles(draft)}）：关注者没有看到过", about)
    for kept in records.publications(push, "published"):
        about = _about(push, {"article_id": kept.outside})
        words = f"删已发布的文章（{_titles(kept)}）：链接打开会显示已删除；看过、截过图的收不回；删了不能恢复"
        yield Step("erase", "freepublish/delete", words, about)
    for kept in records.sends(push, "sent"):
        if kept.outside:
            words = f"删群发的文章（{_titles(kept)}）：关注者会话里的卡片还在，点开显示已删除；群发次数不退；删了不能恢复"
            yield Step(
                "erase", "message/mass/delete", words, _about(push, {"msg_id": kept.outside})
            )


def cannot(records: Records, push: str) -> Iterator[str]:
    """What can't be taken back now, and what to do instead."""
    for _ in records.publications(push, "running"):
        yield "微信正在发布：等有了结果（weike push 同一个推送）再回退。"
    for _ in records.sends(push, "waiting"):
        yield "群发在等管理员确认：请管理员在手机上点拒绝，就不会发出。"
    for kept in records.sends(push, "sent"):
        if not kept.outside:
            yield "有一次群发没有留下消息号：到公众号后台手工删除。"


def undo(asker: Asker, push: str, todo: Sequence[Step]) -> None:
    """Take it all back; what is unsure of a push is found out first."""
    asker.settle_all(push)
    for step in todo:
        erase(asker, step.api, step.about)


def _about(push: str, key: dict[str, Any]) -> dict[str, Any]:
    return {**key, "place": 0, "push": push, "entry": "", "why": "回退"}


def _titles(kept: Kept) -> str:
    titles = "》《".join(a["title"] for a in kept.articles if not a.get("deleted"))
    return f"《{titles}》"
