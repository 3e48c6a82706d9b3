"""An account for tests: our client on the stand-in's clock, and what it is given to send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from publish.wechat.client import Client, open_client
from publish.wechat.outcome import must
from tests.wechat_standin import StandIn
from tests.wechat_world import Settings

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"v" * 200
PICTURE = ("a.jpg", JPEG, "image/jpeg")
PLANTED = "c0ffeec0ffeec0ffeec0ffeec0ffee00"


def account(**settings: Any) -> StandIn:
    """A stand-in whose secret is the planted one."""
    return StandIn(Settings(polls=1, secret=PLANTED, **settings))


def opened(wechat: StandIn, state: Path, answer: float = 5.0) -> Client:
    """A client on the stand-in's clock: its waits let that clock go on."""
    return open_client(
        "tjj",
        state,
        now=lambda: datetime.fromtimestamp(wechat.world.now(), UTC),
        environ=wechat.environ("tjj"),
        sleep=wechat.advance,
        timeout=(5.0, answer),
    )


@contextmanager
def opening(wechat: StandIn, state: Path, answer: float = 5.0) -> Iterator[Client]:
    """The same, closed at the end."""
    one = opened(wechat, state, answer)
    try:
        yield one
    finally:
        one.close()


def article(client: Client, **more: Any) -> dict[str, Any]:
    cover = must(client.material_add_image(PICTURE))
    return {"title": "题", "content": "<p>文</p>", "thumb_media_id": cover.media_id} | more


def publish(client: Client, number: int) -> str:
    one = article(client)
    media_id = must(client.draft_add([one] * number))
    return must(client.publish_submit(media_id)).publish_id
