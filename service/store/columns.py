"""How columns are written, so that SQLite (STRICT tables) and PostgreSQL hold the same."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    Connection,
    Double,
    Insert,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)
Whole = BigInteger().with_variant(Integer, "sqlite")  # 64 bits in both
Number: TypeEngine[float] = Double().with_variant(REAL, "sqlite")  # 64 bits in both
EVERYWHERE, INSIDE = ("internet", "intranet"), ("intranet",)


def table(
    name: str, *columns: Any, profiles: tuple[str, ...] = EVERYWHERE, clustered: bool = False
) -> Table:
    """A table of the databases of `profiles`. `clustered`: SQLite keeps its rows in the order of their key."""
    laid: dict[str, Any] = {"sqlite_with_rowid": False} if clustered else {}
    return Table(
        name,
        metadata,
        *columns,
        sqlite_strict=True,
        sqlite_autoincrement=not clustered,
        info={"profiles": profiles},
        **laid,
    )


def key(name: str = "id") -> Column[int]:
    """A number that the database gives, never twice."""
    return Column(name, Whole, primary_key=True, autoincrement=True)


def text(name: str, **more: Any) -> Column[str]:
    """Text; never null unless told so."""
    return Column(name, Text, nullable=more.pop("nullable", False), **more)


def whole(name: str, **more: Any) -> Column[int]:
    """A whole number; never null unless told so."""
    return Column(name, Whole, nullable=more.pop("nullable", False), **more)


def number(name: str) -> Column[float]:
    """A number of statistics; null where there is none."""
    return Column(name, Number, nullable=True)


def moment(name: str, **more: Any) -> Column[int]:
    """A moment: milliseconds since 1970, UTC."""
    return whole(name, **more)


def flag(name: str, **more: Any) -> Column[int]:
    """0 or 1."""
    return whole(name, server_default="0", **more)


# --- rows by their number --------------------------------------------------------------------------
# Statements are made once and given their values: to put one together takes longer than to run it.


def added(connection: Connection, into: Table, /, **row: object) -> int:
    """Insert a row; the number that the database gave it."""
    found = connection.execute(_inserted(into), row).inserted_primary_key
    assert found is not None
    return int(found[0])


def found(connection: Connection, of: Table, number: int | str) -> Any | None:
    """A row by its number, or name; None when there is none."""
    return connection.execute(_asked(of), {"its": number}).one_or_none()


def changed(connection: Connection, of: Table, number: int | str, /, **values: object) -> None:
    """Set columns of a row to plain values."""
    connection.execute(_changed(of), {"its": number, **values})


def grown(connection: Connection, of: Table, number: int | str, /, **values: object) -> None:
    """As `changed`; the row's `version` goes up by one."""
    connection.execute(_grown(of), {"its": number, **values})


@cache
def _inserted(into: Table) -> Insert:
    return insert(into)


@cache
def _asked(of: Table) -> Select[Any]:
    return select(of).where(of.c.id == bindparam("its"))


@cache
def _changed(of: Table) -> Update:
    return update(of).where(of.c.id == bindparam("its"))


@cache
def _grown(of: Table) -> Update:
    return _changed(of).values(version=of.c.version + 1)
