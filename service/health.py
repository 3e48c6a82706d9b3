"""Is it well? For whoever watches machines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from service.desk import Desk
from service.roles import ADMIN, ANYONE, Access, may
from service.room import CLOCK, AtDesk, Room
from service.store import audit, checks, outbox, people
from service.store.engine import Unavailable, ping

room = Room("health")
FREE = 200 << 20  # bytes that must be left on the disk
WATCH = Access(frozenset({ADMIN}), machine=True)
TEXT = "text/plain; version=0.0.4; charset=utf-8"  # as Prometheus names its form


class Well(BaseModel):
    """The database answers."""

    ok: Literal[True] = True


class State(BaseModel):
    """How the service is."""

    profile: str
    database: str
    disk_free: int  # bytes
    disk_low: bool
    bundle: str | None  # the moment for which the site was built
    audit: list[str]  # what is wrong with the record
    clock_back: bool  # the record is ahead of the clock
    notices: dict[str, int]
    ok: bool


@room.get("/health", ANYONE)
def health(desk: AtDesk) -> Well:
    """200 when the database answers; 503 when it does not."""
    with desk.store.read() as connection:
        ping(connection)
    return Well()


@room.get("/health/detail", may(ADMIN))
def detail(desk: AtDesk) -> State:
    """What an administrator wants to know at a glance."""
    return state(desk)


@room.get("/health/metrics", WATCH, response_class=PlainTextResponse)
def metrics(desk: AtDesk) -> Response:
    """Counts of this process and of the database, as Prometheus reads them."""
    return Response("\n".join([*desk.meter.lines(), *gauges(desk), ""]), media_type=TEXT)


def gauges(desk: Desk) -> Iterator[str]:
    """What is so now, and not counted: database, disk, notices, users who are here."""
    told = {"process": os.getpid(), "disk_free_bytes": _free(desk)}
    try:
        with desk.store.read() as connection:
            told |= {"database_up": 1, "sessions": people.sessions_count(connection)}
            told |= {f"notices_{k}": v for k, v in outbox.states(connection).items()}
    except Unavailable:
        told["database_up"] = 0
    for name, value in told.items():
        yield f"# TYPE weike_{name} gauge"
        yield f"weike_{name} {value}"


def state(desk: Desk) -> State:
    """Database, disk, bundle, clock and the record of acts."""
    with desk.store.read() as connection:
        faults = list(checks.since(connection).faults)
        last = audit.newest(connection, 1)
        notices = outbox.states(connection)
    free, bundle = _free(desk), desk.bundle()
    back = bool(last) and last[0].at > desk.clock() + CLOCK
    return State(
        profile=desk.settings.profile,
        database="sqlite" if desk.store.lite else "postgresql",
        disk_free=free,
        disk_low=free < FREE,
        bundle=bundle.header["now"] if bundle else None,
        audit=faults[:5],
        clock_back=back,
        notices=notices,
        ok=free >= FREE and not faults and not back,
    )


def _free(desk: Desk) -> int:
    return shutil.disk_usage(desk.settings.data).free if desk.settings.data.exists() else 0
