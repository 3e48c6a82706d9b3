"""Taking back: drafts, published articles, mass sends; honestly said, as far as WeChat lets anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from publish.wechat.ask import Asker
from publish.wechat.caller import stop
from publish.wechat.outcome import Kind, Outcome
from publish.wechat.records import Kept


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
    if not there:
        return
    refused = asker.certain("erase", api, about, act)
    if refused and refused.kind is Kind.GONE:
        asker.caller.say("  微信那边已经没有了")
        asker.caller.note_done(api, about)
    elif refused:
        raise stop(refused, "没有删成：")


def _still(rows: list[Kept], name: str, key: object, place: int | None = 0) -> bool:
    """Whether a row with that key has not been taken back."""
    for kept in rows:
        if getattr(kept, name) == key:
            if kept.state == "deleted":
                return False
            articles = [kept.articles[place - 1]] if place else kept.articles
            return not all(a.get("deleted") for a in articles)
    return False
