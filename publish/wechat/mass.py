"""Mass sends: how often an account may, and the number by which WeChat knows a second try of the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from publish.ledger import Ledger, canonical
from publish.wechat.limits import CONFIRM_MINUTES, MASS_A_DAY, MASS_A_MONTH
from publish.wechat.pushes import Push
from publish.wechat.quota import CHANNEL, day, month

API = "message/mass/sendall"
DEDUP_HOURS = 23  # WeChat knows a clientmsgid for 24 hours; one is for clocks that differ


def client_msg_id(push: Push, digests: Sequence[str], attempt: int) -> str:
    """The number of one send: the same for the same push, articles and attempt; 46 bytes of at most 64."""
    body = canonical([push.account, push.id, push.to, list(digests), attempt])
    return f"weike-{hashlib.sha256(body).hexdigest()[:40]}"


def sent_since(ledger: Ledger, account: str, since: str, but: str = "") -> int:
    """Mass sends from `since` on: accepted ones, and those of which nobody knows, except of the push `but`."""
    rows = ledger.rows(
        "SELECT count(*) AS n FROM sends WHERE account = ? AND at >= ? AND state != 'failed'",
        account,
        since,
    )
    unknown = {
        o.call.about["clientmsgid"]
        for o in ledger.unsettled(CHANNEL, account)
        if o.call.api == API and o.call.about["push"] != but
        if o.at.isoformat(timespec="seconds") >= since
    }
    return int(rows[0]["n"]) + len(unknown)


def refused(ledger: Ledger, push: Push, now: datetime) -> Iterator[str]:
    """Why a mass send may not go out now, in Chinese."""
    daily, monthly = MASS_A_DAY.get(push.type), MASS_A_MONTH.get(push.type)
    if daily is not None and sent_since(ledger, push.account, day(now), push.id) >= daily:
        yield f"订阅号“{push.name}”每天只能群发 {daily} 次，今天已经用掉：明天再发。"
    if monthly is not None and sent_since(ledger, push.account, month(now), push.id) >= monthly:
        yield f"服务号“{push.name}”每月只能群发 {monthly} 次，本月已经用完：下月再发。"


def by_hand() -> Iterator[str]:
    """What a person does for a mass send."""
    yield (
        f"公众号开了“API 群发保护”的，管理员要在 {CONFIRM_MINUTES} 分钟内在手机上确认，"
        "过时就算失败：先约好人再推。"
    )
    yield "在后台手工群发过的次数，这里不知道：今天（服务号看本月）手工发过就不要再推。"
