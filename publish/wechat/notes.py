"""How answers get into the ledger: what it means that a call was done.

Everything is taken from what the intent said (`about`) and from the answer, so that an answer that came at
once and one that was found out a day later write the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from publish.wechat.mass import API
from publish.wechat.quota import CHANNEL
from publish.wechat.records import Json, Kept, Records


def note(records: Records, api: str, run: str, about: Mapping[str, Any], value: object) -> None:
    """Write what it means that `api` was done with `value` as its answer; nothing for what only reads."""
    write = _NOTES.get(api)
    if write:
        write(records, run, about, value)


def _uploaded(records: Records, run: str, about: Mapping[str, Any], value: object) -> None:
    url, media_id = (value, "") if isinstance(value, str) else _pair(value)
    records.ledger.put(
        "images",
        ("account", "sha256", "use"),
        account=records.account,
        sha256=about["sha256"],
        use=about["use"],
        url=url,
        media_id=media_id,
        bytes=about["bytes"],
        at=records.ledger.moment(),
    )


def _added(records: Records, run: str, about: Mapping[str, Any], value: object) -> None:
    records.ledger.put(
        "drafts",
        ("account", "media_id"),
        account=records.account,
        media_id=str(value),
        push=about["push"],
        run=run,
        at=records.ledger.moment(),
        state="there",
        articles=about["articles"],
    )
    records.receipt("draft", run, about, media_id=str(value))


def _updated(records: Records, run: str, about: Mapping[str, Any], value: object) -> None:
    kept = records.draft(about["media_id"])
    if kept is not None:
        articles = list(kept.articles)
        articles[about["index"]] = dict(about["article"])
        records.change_draft(kept.key, articles)
    records.receipt("draft-updated", run, about, media_id=about["media_id"], index=about["index"])


def _dropped(records: Records, run: str, about: Mapping[str, Any], value: object) -> None:
    records.change_draft(about["media_id"], state="deleted")
    _deleted(records, "draft", about["media_id"], run, about)


def _submitted(records: Records, run: str, about: Mapping[str, Any], value: object) -> None:
    kept = Kept(
        *(str(value), about["push"], about["media_id"], "running", run, records.ledger.moment()),
        tuple(about["articles"]),
    )
    records.publication(kept, "running", "", list(kept.articles), 1)
    records.receipt("submitted", run, about, publish_id=kept.key, media_id=kept.media_id)


def _sent(records: Records, run: str, about: Mapping[str, Any], value: object) -> None:
    records.ledger.put(
        "sends",
        ("account", "clientmsgid"),
        account=records.account,
        clientmsgid=about["clientmsgid"],
        push=about["push"],
        media_id=about["media_id"],
        run=run,
        at=records.ledger.moment(),
        audience=about["to"],
        state="waiting",
        msg_id=str(value or ""),
        articles=about["articles"],
    )
    number = about["clientmsgid"]
    for lost in records.ledger.unsettled(CHANNEL, records.account):
        if lost.call.about.get("clientmsgid") == number and lost.call.api == API:
            records.ledger.settle(lost.id, "absent")  # earlier tries of this one send
    records.receipt("mass-accepted", run, about, msg_id=str(value or ""), clientmsgid=number)


def _unpublished(records: Records, run: str, about: Mapping[str, Any], value: object) -> None:
    for kept in records.publications(about["push"]):
        if kept.key == about.get("publish_id") or kept.outside == (about["article_id"] or None):
            articles = _without(kept.articles, about["place"])
            state = "deleted" if all(a.get("deleted") for a in articles) else kept.state
            records.publication(kept, state, kept.outside, articles, kept.status)
    _deleted(records, "article", about["article_id"] or about["publish_id"], run, about)


def _unsent(records: Records, run: str, about: Mapping[str, Any], value: object) -> None:
    for kept in records.sends(about["push"]):
        if kept.key == about.get("clientmsgid") or kept.outside == (about["msg_id"] or None):
            articles = _without(kept.articles, about["place"])
            state = "deleted" if all(a.get("deleted") for a in articles) else kept.state
            records.send(kept, state, articles)
    _deleted(records, "send", about["msg_id"] or about["clientmsgid"], run, about)


def _deleted(records: Records, what: str, key: str, run: str, about: Mapping[str, Any]) -> None:
    place, entry, why = about.get("place", 0), about.get("entry", ""), about.get("why", "")
    records.ledger.put(
        "deletions",
        (),
        account=records.account,
        what=what,
        key=key,
        place=place,
        push=about["push"],
        entry=entry,
        at=records.ledger.moment(),
        why=why,
    )
    records.receipt(f"deleted-{what}", run, about, key=key, place=place, entry=entry, why=why)


def _pair(value: object) -> tuple[str, str]:
    assert isinstance(value, tuple | list)
    return str(value[0]), str(value[1])


def _without(articles: tuple[Json, ...], place: int) -> list[Json]:
    """Mark the article at `place` (from 1) as deleted; all of them for 0."""
    return [
        {**a, "deleted": True} if place in {0, number} else dict(a)
        for number, a in enumerate(articles, 1)
    ]


_NOTES: dict[str, Callable[[Records, str, Mapping[str, Any], object], None]] = {
    "media/uploadimg": _uploaded,
    "material/add_material": _uploaded,
    "media/uploadvideo": _uploaded,
    "draft/add": _added,
    "draft/update": _updated,
    "draft/delete": _dropped,
    "freepublish/submit": _submitted,
    "freepublish/delete": _unpublished,
    "message/mass/sendall": _sent,
    "message/mass/delete": _unsent,
}
