"""How much WeChat still lets us do today, by the ledger. Days and months are Beijing's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from publish.ledger import BEIJING, Ledger
from publish.wechat.limits import DAILY

CHANNEL = "wechat"
NAMES = {
    "draft/add": "新建草稿",
    "draft/get": "读草稿",
    "draft/delete": "删草稿",
    "draft/update": "改草稿",
    "draft/batchget": "查草稿箱",
    "freepublish/submit": "提交发布",
    "freepublish/get": "查发布结果",
    "freepublish/delete": "删已发布文章",
    "freepublish/getarticle": "读已发布文章",
    "freepublish/batchget": "查已发布文章",
    "media/uploadimg": "传正文图片",
    "media/uploadvideo": "转换视频",
    "material/add_material": "传永久素材",
    "material/batchget_material": "查素材库",
    "message/mass/sendall": "群发",
    "message/mass/preview": "发预览",
    "message/mass/get": "查群发结果",
    "message/mass/delete": "删群发",
}


@dataclass(frozen=True, slots=True)
class Need:
    """What a plan takes of one interface. `left` is None where no daily number is known."""

    api: str
    needed: int
    used: int
    limit: int | None

    @property
    def left(self) -> int | None:
        """What is left today before the plan."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def enough(self) -> bool:
        """Whether the plan fits into today."""
        return self.left is None or self.needed <= self.left

    @property
    def words(self) -> str:
        """One line for a person."""
        name = f"{NAMES.get(self.api, self.api)}（{self.api}）"
        if self.left is None:
            return f"{name}：要用 {self.needed} 次，没有查到每日上限"
        return f"{name}：要用 {self.needed} 次，今天还剩 {self.left} 次（上限 {self.limit}）"


def day(now: datetime) -> str:
    """The beginning of today, as the ledger writes times."""
    start = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return start.isoformat(timespec="seconds")


def month(now: datetime) -> str:
    """The beginning of this month."""
    return day(now.astimezone(BEIJING).replace(day=1))


def used(ledger: Ledger, account: str, api: str, now: datetime) -> int:
    """How often an interface was called today."""
    return ledger.used(CHANNEL, account, api, day(now))


def left(ledger: Ledger, account: str, api: str, now: datetime) -> int | None:
    """How often it may still be called today; None where no number is known."""
    limit = DAILY.get(api)
    return None if limit is None else max(0, limit - used(ledger, account, api, now))


def needs(
    ledger: Ledger, account: str, apis: Iterable[tuple[str, int]], now: datetime
) -> list[Need]:
    """What calls, each with its number, take of today's quota."""
    total: dict[str, int] = {}
    for api, number in apis:
        total[api] = total.get(api, 0) + number
    return [
        Need(api, number, used(ledger, account, api, now), DAILY.get(api))
        for api, number in total.items()
    ]


def table(ledger: Ledger, account: str, now: datetime) -> Mapping[str, Need]:
    """Every interface that has been used today."""
    found = {api: used(ledger, account, api, now) for api in NAMES}
    return {api: Need(api, 0, number, DAILY.get(api)) for api, number in found.items() if number}
