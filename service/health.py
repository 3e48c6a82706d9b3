"""Is it well? For whoever watches machines."""

from __future__ import annotations

import shutil
from typing import Any

from starlette.responses import JSONResponse, Response

from service.desk import Desk
from service.roles import ADMIN, ANYONE, may
from service.room import AtDesk, Room
from service.store import audit
from service.store.engine import ping

room = Room("health")
FREE = 200 << 20  # bytes that must be left on the disk


@room.get("/health", ANYONE)
def health(desk: AtDesk) -> Response:
    """200 when the database answers; 503 when it does not."""
    with desk.store.read() as connection:
        ping(connection)
    return JSONResponse({"ok": True})


@room.get("/health/detail", may(ADMIN))
def detail(desk: AtDesk) -> dict[str, Any]:
    """What an administrator wants to know at a glance."""
    return state(desk)


def state(desk: Desk) -> dict[str, Any]:
    """Database, disk, bundle and the record of acts."""
    with desk.store.read() as connection:
        faults = list(audit.broken(connection))
    free = shutil.disk_usage(desk.settings.data).free if desk.settings.data.exists() else 0
    bundle = desk.bundle()
    return {
        "profile": desk.settings.profile,
        "database": "sqlite" if desk.store.lite else "postgresql",
        "disk_free": free,
        "disk_low": free < FREE,
        "bundle": bundle.header["now"] if bundle else None,
        "audit": faults[:5],
        "ok": free >= FREE and not faults,
    }
