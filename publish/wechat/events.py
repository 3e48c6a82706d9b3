"""What WeChat tells afterwards: how publishing and mass sends ended, from the event or from the answer to a poll.

`PublishJob` is the same whether it came by `publish_get` or by the event PUBLISHJOBFINISH. WeChat may send an event
up to three times, or never; and was seen to send MASSSENDJOBFINISH for a publication: read both, poll as a fallback.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RUNNING = 1
STATUS = {  # freepublish/get, publish_status
    0: "发布成功。",
    1: "正在发布。",
    2: "原创校验没有通过：到公众号后台查看是哪一篇，处理后重新推送。",
    3: "发布失败（常规失败）：到公众号后台查看原因，处理后重新推送。",
    4: "平台审核没有通过：按后台的提示修改内容，走完审批再推送。",
    5: "发布成功以后，有人在后台把文章全部删除了。",
    6: "发布成功以后，文章被平台全部封禁：到公众号后台查看原因。",
}
ERRORS = {  # MASSSENDJOBFINISH, Status err(…); Batch_Sends, 事件推送群发结果
    10001: "涉嫌广告",
    20001: "涉嫌政治",
    20002: "涉嫌色情",
    20004: "涉嫌社会",
    20006: "涉嫌违法犯罪",
    20008: "涉嫌欺诈",
    20013: "涉嫌版权",
    21000: "涉嫌其他",
    22000: "涉嫌互推",
    30001: "原创校验出错，而且选了被判为转载就不群发",
    30002: "原创校验判定不能群发",
    30003: "原创校验判定为转载，而且选了被判为转载就不群发",
    40001: "管理员拒绝了这次群发",
    40002: "管理员 30 分钟内没有确认",
}
Pairs = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class PublishJob:
    """How one submission stands. `articles`: (place from 1, address); `failed`: places that failed, from 1."""

    publish_id: str
    status: int
    article_id: str = ""
    articles: Pairs = ()
    failed: tuple[int, ...] = ()

    @property
    def running(self) -> bool:
        """True while WeChat is still at it."""
        return self.status == RUNNING

    @property
    def ok(self) -> bool:
        """True when it is published."""
        return self.status == 0

    @property
    def said(self) -> str:
        """The status as a Chinese sentence."""
        text = STATUS.get(
            self.status, f"微信返回了没见过的发布状态 {self.status}：到公众号后台查看。"
        )
        places = "、".join(f"第 {place} 篇" for place in self.failed)
        return f"{text}没通过的是{places}。" if places else text


@dataclass(frozen=True, slots=True)
class MassJob:
    """How one mass send ended (MASSSENDJOBFINISH). `articles`: (place from 1, address)."""

    msg_id: str
    status: str
    total: int = 0
    filtered: int = 0
    sent: int = 0
    errors: int = 0
    articles: Pairs = ()

    @property
    def ok(self) -> bool:
        """True when it was sent."""
        return self.status.replace(" ", "").lower() == "sendsuccess"

    @property
    def said(self) -> str:
        """The status as a Chinese sentence."""
        if self.ok:
            return (
                f"群发成功：应发 {self.filtered} 人，送达 {self.sent} 人，失败 {self.errors} 人。"
            )
        number = re.search(r"\d+", self.status)
        reason = ERRORS.get(int(number[0]), "") if number else ""
        return f"群发没有成功（{self.status}{reason and '，' + reason}）：到公众号后台查看，处理后重新推送。"


def job_of(found: Mapping[str, Any]) -> PublishJob:
    """Read what freepublish/get answered, or PublishEventInfo; ValueError, KeyError or TypeError when it is neither."""
    detail = found.get("article_detail") or {}
    return PublishJob(
        str(found["publish_id"]),
        int(found["publish_status"]),
        str(found.get("article_id") or ""),
        _pairs(detail.get("item"), "idx", "article_url"),
        tuple(int(place) for place in _many(found.get("fail_idx"))),
    )


def finished(xml: str | bytes) -> PublishJob | MassJob | None:
    """Read a decrypted callback; None when it is no finish event (or no message at all). Never raises.

    wechatpy knows the first as an unknown message only, and raises on an empty one or on a DTD.
    """
    from xml.parsers.expat import ExpatError

    from wechatpy.parser import parse_message

    try:
        message = parse_message(xml)
        fields = message._data if message is not None else {}  # noqa: SLF001  # the only way to an unknown message's fields
        return _read(fields)
    except (ExpatError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _read(fields: Mapping[str, Any]) -> PublishJob | MassJob | None:
    if str(fields.get("MsgType", "")).lower() != "event":
        return None
    event = str(fields.get("Event", "")).upper()
    if event == "PUBLISHJOBFINISH":
        return job_of(fields["PublishEventInfo"])
    if event == "MASSSENDJOBFINISH":
        return _mass(fields)
    return None


def _mass(fields: Mapping[str, Any]) -> MassJob:
    result = fields.get("ArticleUrlResult")
    listed = result.get("ResultList") if isinstance(result, Mapping) else None
    items = listed.get("item") if isinstance(listed, Mapping) else None
    return MassJob(
        str(fields["MsgID"]),
        str(fields["Status"]),
        total=int(fields.get("TotalCount") or 0),
        filtered=int(fields.get("FilterCount") or 0),
        sent=int(fields.get("SentCount") or 0),
        errors=int(fields.get("ErrorCount") or 0),
        articles=_pairs(items, "ArticleIdx", "ArticleUrl"),
    )


def _many(value: Any) -> list[Any]:
    """One or several: what stands repeated in XML is a list, what stands once is not."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _pairs(items: Any, place: str, address: str) -> Pairs:
    return tuple((int(item[place]), str(item[address])) for item in _many(items))
