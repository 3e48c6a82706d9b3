"""Versions of the robot's scripts that were given out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select

from service.store.columns import moment, table, text

given = table(
    "robot_versions",
    text("version", primary_key=True),
    text("sha256"),
    moment("first"),
)
SHOWN = 50


def versions(connection: Connection, but: str = "") -> list[Any]:
    """The newest versions, newest first."""
    chosen = select(given).where(given.c.version != but)
    return list(connection.execute(chosen.order_by(given.c.first.desc()).limit(SHOWN)))


def known(connection: Connection, version: str) -> bool:
    """Whether a version was ever served."""
    same = select(given.c.version).where(given.c.version == version)
    return connection.execute(same).first() is not None


def served(connection: Connection, version: str, sha256: str, at: int) -> bool:
    """Remember a version; False when it was known."""
    if known(connection, version):
        return False
    connection.execute(insert(given), {"version": version, "sha256": sha256, "first": at})
    return True
