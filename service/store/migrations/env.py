"""Alembic runs this; the connection comes from `service.store.migrate`."""

from __future__ import annotations

from typing import Any

from alembic import context

from service.store.columns import metadata

given = context.config.attributes
mine = given.get("metadata", metadata)


def ours(held: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """A branch says nothing of the tables of others."""
    return kind != "table" or name in mine.tables


context.configure(
    connection=given["connection"],
    target_metadata=mine,
    include_object=ours,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
