"""How everything stands, by the ledger: what was sent, what waits for whom, what is left of today's quota."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from publish.ledger import Ledger
from publish.wechat.events import STATUS
from publish.wechat.quota import CHANNEL, NAMES, table
from publish.wechat.records import Json, Kept, Records
from publish.wechat.takeback import ROLLBACK

DRAFT = {
    "there": "在草稿箱",
    "published": "已发布",
    "sent": "已群发",
    "deleted": "已删除",
    "gone": "被人在后台删了",
}
SEND = {
    "waiting": "等管理员确认或微信发送",
    "sent": "已发出",
    "failed": "没有发成",
    "deleted": "已删除",
}
PUBLISHED = {
    "running": "微信正在发布",
    "published": "已发布",
    "failed": "没有发成",
    "deleted": "已删除",
}
STATE = {  # of a push: whether it was rolled back last, whether that or its plan was finished
    (False, True): "上一份计划做完了",
    (False, False): "没有做完，再运行同一条 weike push 接着做",
    (True, True): "收回过，要再推先重新计划",
    (True, False): "收回没有做完，再运行同一条 weike rollback",
}


def standing(ledger: Ledger, only: str = "") -> dict[str, Any]:
    """All that the ledger knows of WeChat, as plain data; of one push when it is named."""
    accounts = [
        r["target"]
        for r in ledger.rows(
            "SELECT DISTINCT target FROM runs WHERE channel = ? ORDER BY target", CHANNEL
        )
    ]
    return {
        "format": 1,
        "channel": CHANNEL,
        "accounts": [_account(ledger, a, only) for a in accounts],
        "receipts": len([r for r in ledger.receipts() if r.channel == CHANNEL]),
    }


def _account(ledger: Ledger, account: str, only: str) -> Json:
    records = Records(ledger, account)
    runs = ledger.rows(
        "SELECT push, max(rowid), run, finished FROM runs WHERE channel = ? AND target = ? GROUP BY push ORDER BY max(rowid)",
        CHANNEL,
        account,
    )
    unknown = [
        {"api": o.call.api, "at": o.at.isoformat(), "push": o.call.about.get("push", "")}
        for o in ledger.unsettled(CHANNEL, account)
    ]
    return {
        "account": account,
        "pushes": [
            _push(records, r["push"], bool(r["finished"]), r["run"].startswith(ROLLBACK))
            for r in runs
            if not only or r["push"] == only
        ],
        "unknown": unknown,
        "quota": {
            api: {"used": n.used, "left": n.left, "limit": n.limit}
            for api, n in table(ledger, account, ledger.now()).items()
        },
    }


def _push(records: Records, push: str, finished: bool, back: bool) -> Json:
    return {
        "push": push,
        "finished": finished,
        "rolled_back": back,
        "drafts": [_kept(d, DRAFT) for d in records.drafts(push, None)],
        "publications": [_kept(p, PUBLISHED) for p in records.publications(push)],
        "sends": [_kept(s, SEND) for s in records.sends(push)],
    }


def _kept(kept: Kept, words: dict[str, str]) -> Json:
    said = words[kept.state]
    if words is PUBLISHED and kept.state == "failed" and kept.status in STATUS:
        said += f"：{STATUS[kept.status]}"
    return {
        "id": kept.key,
        "state": kept.state,
        "said": said,
        "at": kept.at,
        "articles": [
            {
                "title": a["title"],
                "url": a.get("url", ""),
                "theirs": bool(a.get("theirs")),
                "deleted": bool(a.get("deleted")),
                "stripped": a.get("stripped", []),
            }
            for a in kept.articles
        ],
    }


def show(found: dict[str, Any]) -> Iterator[str]:
    """The same as lines for a clerk."""
    if not any(a["pushes"] for a in found["accounts"]):
        yield "账本里还没有推过的东西。"
    for account in found["accounts"]:
        yield f"公众号 {account['account']}："
        for push in account["pushes"]:
            yield from _lines(push)
        for call in account["unknown"]:
            name = NAMES.get(call["api"], call["api"])
            yield f"  结果不明：{name}（{call['at'][:16]}）——再运行 weike push wechat {call['push']}，会先查清"
        for api, n in account["quota"].items():
            rest = "" if n["left"] is None else f"，还剩 {n['left']} 次"
            yield f"  今天 {NAMES.get(api, api)} 用了 {n['used']} 次{rest}"


def _lines(push: Json) -> Iterator[str]:
    yield f"  推送 {push['push']}：{STATE[push['rolled_back'], push['finished']]}"
    for name, rows in (
        ("草稿", push["drafts"]),
        ("发布", push["publications"]),
        ("群发", push["sends"]),
    ):
        for row in rows[-3:]:
            yield f"    {name}（{row['at'][5:16].replace('T', ' ')}）：{row['said']}"
            for article in row["articles"]:
                marks = [
                    *(["后台改过，与批准的不同"] if article["theirs"] else []),
                    *(["已删"] if article["deleted"] else []),
                    *(["微信没有原样保留"] if article["stripped"] else []),
                ]
                if article["url"] or marks:
                    yield f"      《{article['title']}》{'、'.join(marks)} {article['url']}".rstrip()
