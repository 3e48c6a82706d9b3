"""Empty databases for services: files, or those of one PostgreSQL server for the whole run."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import count
from typing import Self

from sqlalchemy import create_engine, make_url, text

from tests.databases import postgresql


class House:
    """Makes databases. PostgreSQL starts when the first is asked for, and stops at the end."""

    def __init__(self) -> None:
        self._stack, self._owner, self._numbers = ExitStack(), "", count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *told: object) -> None:
        self._stack.close()

    def fresh(self, kind: str) -> str:
        """The address of a new empty database; empty for SQLite, whose file lies in the service's folder."""
        if kind == "sqlite":
            return ""
        if not self._owner:
            self._owner = self._stack.enter_context(postgresql()).owner
        address = make_url(self._owner).set(drivername="postgresql+psycopg")
        name = f"weike_{next(self._numbers)}"
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
        finally:
            engine.dispose()
        return address.set(database=name).render_as_string(hide_password=False)
