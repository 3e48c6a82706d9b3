"""What WeChat tells afterwards: how publishing and mass sends ended, from the event or from the answer to a poll.

`PublishJob` is the same whether it came by `publish_get` or by the event PUBLISHJOBFINISH.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class PublishJob:
    """How one submission stands. `articles`: (place from 1, address); `failed`: places that failed, from 1."""

    publish_id: str
    status: int
    article_id: str = ""
    articles: tuple[tuple[int, str], ...] = ()
    failed: tuple[int, ...] = ()

    @property
    def running(self) -> bool:
        """True while WeChat is still at it."""
        return self.status == RUNNING

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
    """How one mass send ended (MASSSENDJOBFINISH)."""

    msg_id: str
    status: str
    total: int = 0
    filtered: int = 0
    sent: int = 0
    errors: int = 0
    articles: tuple[tuple[int, str], ...] = ()

    @property
    def ok(self) -> bool:
        """True when it was sent."""
        raise NotImplementedError

    @property
    def said(self) -> str:
        """The status as a Chinese sentence."""
        raise NotImplementedError


def job_of(found: Mapping[str, Any]) -> PublishJob:
    """Read what freepublish/get answered; ValueError or KeyError when it isn't such an answer."""
    raise NotImplementedError


def finished(xml: str | bytes) -> PublishJob | MassJob | None:
    """Read a decrypted callback; None when it is no finish event (or no message at all). Never raises."""
    raise NotImplementedError
