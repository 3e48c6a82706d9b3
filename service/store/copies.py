"""Copies of a whole database: made while it is in use, read back into another."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from sqlalchemy import Connection, Table, func, insert, select, text

from service.store.engine import Store

BATCH = 500


def rows(connection: Connection, tables: list[Table]) -> Iterator[str]:
    """Every row as a line of JSON, table by table, in the order of their keys."""
    for table in tables:
        order = list(table.primary_key.columns)
        for row in connection.execute(select(table).order_by(*order)).mappings():
            yield json.dumps([table.name, dict(row)], ensure_ascii=False, sort_keys=True)


def counts(connection: Connection, tables: list[Table]) -> dict[str, int]:
    """How many rows each table has."""
    return {
        t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables
    }


def save(store: Store, tables: list[Table], target: Path) -> dict[str, int]:
    """Write all rows of one moment into a gzipped file; rows by table."""
    with store.read() as connection:
        with gzip.open(target, "wt", encoding="utf-8", compresslevel=6) as out:
            out.writelines(f"{line}\n" for line in rows(connection, tables))
        return counts(connection, tables)


def spread(
    store: Store, tables: list[Table], folder: Path, without: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """Write the rows of one moment as JSON lines, a table a file, some columns left out; rows by table."""
    found: dict[str, int] = {}
    with store.read() as connection:
        for table in tables:
            chosen = select(
                *(c for c in table.columns if c.name not in without.get(table.name, ()))
            )
            ordered = chosen.order_by(*table.primary_key.columns)
            found[table.name] = 0
            with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8") as out:
                for row in connection.execute(ordered).mappings():
                    out.write(json.dumps(dict(row), ensure_ascii=False, sort_keys=True) + "\n")
                    found[table.name] += 1
    return found


def restore(source: Path, store: Store, tables: list[Table]) -> dict[str, int]:
    """Read a file of `save` into an empty database of the same form; rows by table.

    ValueError when the file names a table or a column that is not there, or is cut off.
    """
    known = {t.name: t for t in tables}

    def put(connection: Connection) -> dict[str, int]:
        batch: list[dict[str, object]] = []
        last = ""
        with gzip.open(source, "rt", encoding="utf-8") as lines:
            for line in lines:
                name, row = json.loads(line)
                if name not in known:
                    raise ValueError(f"备份里有不认识的表 {name}")
                if name != last or len(batch) >= BATCH:
                    _flush(connection, known.get(last), batch)
                    last = name
                batch.append(row)
        _flush(connection, known.get(last), batch)
        if not store.lite:
            _sequences(connection, tables)
        return counts(connection, tables)

    return store.write(put)


def _flush(connection: Connection, table: Table | None, batch: list[dict[str, object]]) -> None:
    if table is not None and batch:
        connection.execute(insert(table), batch)
    batch.clear()


def _sequences(connection: Connection, tables: list[Table]) -> None:
    """Numbers go on after the last."""
    for table in tables:
        column = table.autoincrement_column
        if column is None:
            continue
        words = (
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{column.name}'), "  # noqa: S608
            f'COALESCE(MAX("{column.name}"), 0) + 1, false) FROM "{table.name}"'
        )
        connection.execute(text(words))  # names of our own


def whole(file: Path) -> str:
    """What SQLite finds wrong with a database file; empty when nothing."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        connection.close()
    return "" if found == ["ok"] else "；".join(found[:5])
