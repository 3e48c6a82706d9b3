"""Numbers from an existing database, by a mapping file: reads only, within bounds, tells no secret.

The address comes from the environment. Whatever a driver says is kept to its kind and number: drivers
put hosts, users and worse into their messages.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from builder.indicators.database_rows import Bad, Pulled, Rows
from builder.indicators.defined import Defined
from builder.indicators.mapped import DatabaseMapping
from builder.problems import Problem, Refused, Where
from builder.values import Period

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, Select, TextClause

CONNECT = 10  # seconds that a connection may take
CHUNK = 5_000
DRIVERS: Mapping[str, str] = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
INSTALL = "在装有 weike 的环境里安装：python -m pip install --require-hashes -r requirements-database.lock。"
Clock = Callable[[], float]


class _Late(Exception):
    """The time is over."""


class _Many(Exception):
    """More rows than asked for."""


def pull(
    mapping: DatabaseMapping,
    path: str,
    known: Defined,
    wanted: Sequence[Period] = (),
    environ: Mapping[str, str] = os.environ,
    clock: Clock = time.monotonic,
) -> Pulled:
    """Read the numbers of a mapping, of the periods `wanted` (all, when none is named).

    `path`: of the mapping file, told with each problem. Nothing is raised for what a database does.
    """
    done = Pulled()

    def wrong(said: str, action: str) -> None:
        done.problems.append(Problem("FRM014", Where(path), f"{said}。", action))

    try:
        engine = _engine(_address(mapping, environ), mapping)
    except Refused as refused:
        wrong(*str(refused).split("。", 1))
        return done
    try:
        _read(engine, mapping, done, Rows(mapping, known, {*wanted}, path), clock)
    except _Many:
        wrong(f"超过 {mapping.rows} 行，停下了", "用 select 只取要的时期，或把 rows 写大。")
    except _Late:
        wrong(f"超过 {mapping.seconds} 秒，停下了", "用 select 只取要的，或把 seconds 写大。")
    except Exception as error:  # noqa: BLE001  # drivers raise whatever they like
        wrong(*_said(error))
    finally:
        engine.dispose()
    return done


# --- the address ------------------------------------------------------------------------------------


def _address(mapping: DatabaseMapping, environ: Mapping[str, str]) -> URL:
    """The address in the environment. Messages never show any of it."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    text = environ.get(mapping.url_env, "").strip()
    if not text:
        raise Refused(
            f"环境变量 {mapping.url_env} 没有设。设成数据库的地址，见运维手册“从数据库取数”。"
        )
    try:
        url = make_url(text)
        plain = DRIVERS.get(url.drivername)
        return url.set(drivername=plain) if plain else url
    except (ArgumentError, ValueError):
        said = f"环境变量 {mapping.url_env} 不像数据库的地址。写成 postgresql://用户:口令@主机/库 这样。"
        raise Refused(said) from None


def _engine(url: URL, mapping: DatabaseMapping) -> Engine:
    """Where connections come from; none is made yet."""
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    kind = url.get_backend_name()
    more: dict[str, Any] = {}
    if kind == "sqlite":
        more["creator"] = _sqlite(url.database or "")
    elif kind == "postgresql":
        told = f"-c statement_timeout={mapping.seconds * 1000} -c default_transaction_read_only=on"
        more["connect_args"] = {"connect_timeout": CONNECT, "options": told}
    elif kind in {"mysql", "mariadb"}:
        reading = {"read_timeout": mapping.seconds + 5, "write_timeout": CONNECT}
        more["connect_args"] = {"connect_timeout": CONNECT, **reading}
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True, **more)
    except ModuleNotFoundError as error:
        said = f"没有装这种数据库的驱动（{error.name}）。{INSTALL}"
        raise Refused(said) from None
    except (NoSuchModuleError, ArgumentError, TypeError):
        raise Refused(
            "不认识这种数据库。地址以 postgresql://、mysql://、sqlite:/// 等开头。"
        ) from None


def _sqlite(name: str) -> Callable[[], Any]:
    """Opens a file that is there, for reading; SQLite would make one that is not."""
    import sqlite3

    if not name or name == ":memory:" or not Path(name).is_file():
        raise Refused("找不到 SQLite 文件。核对地址：sqlite:////绝对路径/库.db。")
    place = f"file:{quote(str(Path(name).resolve()))}?mode=ro"
    return lambda: sqlite3.connect(place, uri=True, timeout=CONNECT)


# --- reading ----------------------------------------------------------------------------------------


def _read(engine: Engine, mapping: DatabaseMapping, done: Pulled, rows: Rows, clock: Clock) -> None:
    ends = clock() + mapping.seconds
    with _connected(engine, mapping) as connection, _timed(connection, ends, clock):
        result = connection.execution_options(stream_results=True, max_row_buffer=CHUNK).execute(
            _statement(mapping)
        )
        with closing(result):
            columns = [*result.keys()]
            if lost := [c for c in rows.needed if c not in columns]:
                raise Bad(f"没有列 {'、'.join(lost[:5])}")
            for found in result.mappings():
                done.looked += 1
                if done.looked > mapping.rows:
                    raise _Many
                if not done.looked % 512 and clock() > ends:
                    raise _Late
                rows.take(done.looked, dict(found), done)
    rows.close(done)


@contextmanager
def _connected(engine: Engine, mapping: DatabaseMapping) -> Iterator[Connection]:
    """A connection in a transaction that can't write, and that is undone at the end."""
    with engine.connect() as connection:
        if engine.dialect.name in {"mysql", "mariadb"}:
            _mysql(connection, mapping)
        with connection.begin() as transaction:
            try:
                yield connection
            finally:
                transaction.rollback()


def _mysql(connection: Connection, mapping: DatabaseMapping) -> None:
    from sqlalchemy import text

    server = connection.exec_driver_sql("SELECT VERSION()").scalar() or ""
    limit = (
        f"SET SESSION max_statement_time={mapping.seconds}"
        if "mariadb" in str(server).lower()
        else f"SET SESSION max_execution_time={mapping.seconds * 1000}"
    )
    connection.execute(text(limit))
    connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
    connection.rollback()  # what follows is a transaction of its own


@contextmanager
def _timed(connection: Connection, ends: float, clock: Clock) -> Iterator[None]:
    """SQLite has no limit of its own: it asks us, now and then, whether to go on."""
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    raw.set_progress_handler(lambda: int(clock() > ends), 20_000)
    try:
        yield
    except Exception as error:
        if clock() > ends:
            raise _Late from error
        raise
    finally:
        raw.set_progress_handler(None, 0)


def _statement(mapping: DatabaseMapping) -> Select[Any] | TextClause:
    from sqlalchemy import column, select, table, text

    if mapping.select:
        return text(mapping.select.replace(":", "\\:"))
    schema, _, name = mapping.table.rpartition(".")
    columns: list[Any] = [
        column(c) for c in dict.fromkeys([*mapping.columns.values(), *mapping.series])
    ]
    return select(*columns).select_from(table(name, *columns, schema=schema or None))


def _said(error: Exception) -> tuple[str, str]:
    """What went wrong, by the driver's kind and number of error alone."""
    if isinstance(error, Bad):
        return str(error), "对照数据库改映射文件。"
    if isinstance(error, ModuleNotFoundError):
        return f"没有装这种数据库的驱动（{error.name}）", INSTALL
    inner = getattr(error, "orig", None) or error
    state = str(getattr(inner, "sqlstate", "") or "")
    number = next((a for a in getattr(inner, "args", ()) if isinstance(a, int)), None)
    shown = " ".join(filter(None, [type(inner).__name__, state, str(number or "")]))
    for codes, said, action in KNOWN:
        if state in codes or number in codes:
            return f"{said}（{shown}）", action
    if REJECTED.search(str(inner)):  # psycopg gives no code for it; the text itself is not told
        return f"用户或口令不对，或者没有权限（{shown}）", "核对环境变量里的用户和口令。"
    if type(inner).__name__ == "OperationalError" and number is None and not state:
        return f"连不上，或者读到一半断了（{shown}）", "核对地址、口令、网络和表名。"
    return f"数据库不答（{shown}）", "用同一地址在数据库的工具里试一遍这条查询。"


REJECTED = re.compile(r"authentication failed|no pg_hba\.conf entry|认证失败|身份验证失败|口令")
KNOWN: Sequence[tuple[frozenset[object], str, str]] = (
    (
        frozenset({"28P01", "28000", 1045, 1044, 1698}),
        "用户或口令不对，或者没有权限",
        "核对环境变量里的用户和口令。",
    ),
    (frozenset({"42501", 1142, 1143}), "这个用户没有读这张表的权限", "请管数据库的人给只读权限。"),
    (frozenset({"3D000", 1049}), "没有这个库", "核对环境变量里的库名。"),
    (frozenset({"42P01", 1146}), "没有这张表", "核对 table 或 select。"),
    (frozenset({"42703", 1054}), "没有这一列", "核对 columns、series 或 select。"),
    (frozenset({"42601", 1064}), "select 写得不对", "在数据库的工具里试一遍。"),
    (frozenset({"25006", "0A000", 1792}), "只读不写，这条查询要写", "select 里只查询。"),
    (
        frozenset({"57014", 1969, 3024}),
        "超过了时间，停下了",
        "用 select 只取要的，或把 seconds 写大。",
    ),
    (frozenset({2002, 2003, 2005}), "连不上", "核对地址和网络。"),
)
