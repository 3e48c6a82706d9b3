"""Sends what waits. What was sent and not yet settled when the process died is sent again, under the same name."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from service.desk import Desk
from service.outbox.apps import Apps
from service.outbox.ways import Never, NotNow, Nowhere, Way, mail, webhook
from service.store import outbox
from service.ticks import SECOND, Job

MINUTES = (1, 5, 15, 60, 240, 720, 1440)  # until the next try; after the last one it is given up
WAYS: Mapping[str, Way] = {
    outbox.MAIL: mail, outbox.WEBHOOK: webhook, outbox.PLATFORM: Apps(),
}  # fmt: skip
SPENT = 60  # seconds of one round, so that the lease is never outlived


def waits(desk: Desk) -> bool:
    """Whether there is something to send."""
    with desk.store.read() as connection:
        return bool(outbox.due(connection, desk.clock(), 1))


def send(desk: Desk, ways: Mapping[str, Way] = WAYS) -> None:
    """Send what is due, one after the other, and write down what came of each."""
    begun = time.monotonic()
    with desk.store.read() as connection:
        rows = outbox.due(connection, desk.clock())
    for row in rows:
        if time.monotonic() - begun > SPENT:
            return
        state, said, due = _try(desk, row, ways)
        settled = partial(outbox.settle, number=row.id, state=state, said=said, due_at=due)
        desk.store.write(settled)
        desk.log.tell("notice", number=row.id, channel=row.channel, state=state)


def _try(desk: Desk, row: Any, ways: Mapping[str, Way]) -> tuple[str, str, int]:
    try:
        if row.channel not in ways:
            raise Nowhere
        ways[row.channel](desk, row)
    except Nowhere:
        return outbox.SKIPPED, "没有设这条路。", 0
    except Never as error:
        return outbox.FAILED, str(error), 0
    except (NotNow, OSError) as error:
        said = str(error) if isinstance(error, NotNow) else f"读不到密码文件（{error.strerror}）。"
        if row.tries >= len(MINUTES):
            return outbox.FAILED, said, 0
        return outbox.WAITING, said, desk.clock() + MINUTES[row.tries] * 60 * SECOND
    return outbox.SENT, "", 0


JOBS = (Job("outbox", 0, send, 10 * 60 * SECOND, waits),)
