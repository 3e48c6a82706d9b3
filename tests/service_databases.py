"""Databases for services, migrated and empty: files, or those of one PostgreSQL server for the whole run."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import count
from typing import Self

from sqlalchemy import create_engine, make_url, text

from service.store import migrate
from service.store.engine import Store
from tests.databases import postgresql


class House:
    """Makes databases. PostgreSQL starts when the first is asked for, and stops at the end."""

    def __init__(self) -> None:
        self._stack, self._owner, self._numbers = ExitStack(), "", count()
        self._templates: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *told: object) -> None:
        self._stack.close()

    def fresh(self, kind: str, profile: str = "") -> str:
        """The address of a new database; empty text for SQLite, whose file lies in the service's folder.

        With a profile it has been brought to today's form, without one it is empty.
        """
        if kind == "sqlite":
            return ""
        if not profile:
            return self._make("")
        if profile not in self._templates:
            made = self._make("")
            store = Store(made)
            migrate.upgrade(store, profile)
            store.close()
            self._templates[profile] = str(make_url(made).database)
        return self._make(self._templates[profile])

    def _make(self, template: str) -> str:
        if not self._owner:
            self._owner = self._stack.enter_context(postgresql()).owner
        address = make_url(self._owner).set(drivername="postgresql+psycopg")
        name = f"weike_{next(self._numbers)}"
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                like = f" TEMPLATE {template}" if template else ""
                connection.execute(text(f"CREATE DATABASE {name}{like}"))
        finally:
            engine.dispose()
        return address.set(database=name).render_as_string(hide_password=False)
