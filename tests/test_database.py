"""Numbers from existing databases: SQLite, PostgreSQL and MariaDB, each tried for real."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine, text

from builder.indicators.database import DRIVERS, pull
from builder.indicators.database_rows import Pulled
from builder.indicators.mapped import BadPeriod, DatabaseMapping, faults, names, period_of
from builder.values import Period
from tests.databases import OWNER, PASSWORD, QUOTED, READER, SERVERS, Server
from tests.form_world import INDICATORS, REGIONS, defined, indicator

KNOWN = defined()
VARIABLE = "WEIKE_SHUJUKU"
LONG: dict[str, Any] = {
    "url_env": VARIABLE,
    "table": "yuebao",
    "columns": {"indicator": "zb", "region": "dq", "period": "rq", "value": "sz", "mark": "bz"},
    "codes": {
        "indicator": {"A1": "gongye.yoy", "A2": "yongdian.value"},
        "region": {"99": "990000", "9901": "990100"},
        "mark": {"c": "preliminary"},
    },
    "period": "{Y}{M}",
}
MADE = [
    "CREATE TABLE yuebao (zb VARCHAR(20), dq VARCHAR(20), rq INTEGER, sz NUMERIC(18,4), bz VARCHAR(4))",
    "INSERT INTO yuebao VALUES ('A1','99',202609,5.2,''),('A1','9901',202609,-0.35,'c'),"
    "('A2','99',202609,1234567.8901,NULL),('A2','99',202608,NULL,NULL)",
    "CREATE TABLE kuan (riqi DATE, jz DOUBLE PRECISION, yd NUMERIC(12,2), wz VARCHAR(20))",
    "INSERT INTO kuan VALUES ('2026-09-30', 5.1, 88.25, '持平'),('2026-10-31', NULL, 90, '——')",
]
WRITING = "SELECT 'A1' AS zb,'99' AS dq,202609 AS rq,xie() AS sz,'' AS bz"
XIE = {
    "postgresql": "CREATE FUNCTION xie() RETURNS INT LANGUAGE plpgsql AS "
    "$$ BEGIN DELETE FROM yuebao; RETURN 1; END $$",
    "mysql": "CREATE FUNCTION xie() RETURNS INT MODIFIES SQL DATA BEGIN DELETE FROM yuebao; RETURN 1; END",
}
SLOW = {
    "postgresql": "SELECT 'A1' zb,'99' dq,202609 rq,1 sz,CAST(pg_sleep(20) AS text) bz",
    "mysql": "SELECT 'A1' zb,'99' dq,202609 rq,1 sz,CONCAT('',SLEEP(20)) bz",
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) "
    "SELECT 'A1' zb,'99' dq,202609 rq,MAX(x) sz,'' bz FROM n",
}


@pytest.fixture(scope="module", params=[*SERVERS])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with SERVERS[request.param]() as made:
        kind, _, rest = made.owner.partition("://")
        engine = create_engine(f"{DRIVERS.get(kind, kind)}://{rest}")
        with engine.begin() as connection:
            for statement in [*MADE, *filter(None, [XIE.get(made.name)])]:
                connection.execute(text(statement))
        engine.dispose()
        yield made


def asked(url: str, *wanted: str, **more: Any) -> Pulled:
    mapping = DatabaseMapping(**{**LONG, **more})
    periods = [Period.parse(p) for p in wanted]
    return pull(mapping, "ku.yml", KNOWN, periods, {VARIABLE: url})


def selected(url: str, statement: str, **more: Any) -> Pulled:
    return asked(url, table="", select=statement, **more)


def told(done: Pulled) -> str:
    return "".join(p.message + p.action for p in done.problems)


def test_a_table_of_one_number_a_row(server: Server) -> None:
    done = asked(server.reader)
    assert done.problems == []
    september = Period.parse("2026-09")
    assert {row[:6] for row in done.rows} == {
        ("gongye", "yoy", "990000", september, 5.2, ""),
        ("gongye", "yoy", "990100", september, -0.35, "preliminary"),
        ("yongdian", "value", "990000", september, 1234567.8901, ""),
    }
    assert done.looked == 4
    assert asked(server.reader, "2026-08").rows == []


def test_a_table_of_one_column_a_series(server: Server) -> None:
    done = asked(
        server.reader,
        table="kuan",
        columns={"period": "riqi"},
        fixed={"region": "990000"},
        codes={},
        period="date",
        series={
            "jz": {"indicator": "gongye", "measure": "yoy"},
            "yd": {"indicator": "yongdian"},
            "wz": {"indicator": "qing", "measure": "index"},
        },
    )
    assert done.problems == []
    assert {(row.indicator, str(row.period), row.value, row.mark) for row in done.rows} == {
        ("gongye", "2026-09", 5.1, ""),
        ("yongdian", "2026-09", 88.25, ""),
        ("yongdian", "2026-10", 90.0, ""),
        ("qing", "2026-09", 100.0, "level"),
        ("qing", "2026-10", None, "none"),
    }


def test_a_question_of_their_own(server: Server) -> None:
    statement = (
        "SELECT zb, dq, rq, sz, bz FROM yuebao WHERE zb LIKE 'A1%' AND dq <> 'a:b' ORDER BY dq"
    )
    done = selected(server.reader, statement)
    assert (done.problems, [row.region for row in done.rows]) == ([], ["990000", "990100"])


def test_moments_are_filed_by_the_day_in_beijing(server: Server) -> None:
    # PostgreSQL has a type for it; the others keep the moment and its zone as text
    kind = "TIMESTAMPTZ " if server.name == "postgresql" else ""
    moment = f"{kind}'2026-09-30 16:00:00+00' AS rq"
    statement = f"SELECT zb, dq, {moment}, sz, bz FROM yuebao WHERE zb LIKE 'A1%'"  # two constants
    done = selected(server.reader, statement, period="date")
    assert (done.problems, {str(row.period) for row in done.rows}) == ([], {"2026-10"})


def test_nothing_is_ever_written(server: Server) -> None:
    if server.name not in XIE:
        pytest.skip("SQLite has no SELECT that writes; its file is opened for reading")
    done = selected(server.owner, WRITING)
    assert done.rows == []
    assert "只读不写" in told(done)
    if server.name == "postgresql":
        done = selected(server.owner, "WITH x AS (DELETE FROM yuebao RETURNING zb) SELECT * FROM x")
        assert "只读不写" in told(done)
    assert len(asked(server.owner).rows) == 3


def test_a_slow_question_is_stopped(server: Server) -> None:
    done = selected(server.reader, SLOW[server.name], seconds=1)
    assert done.rows == []
    assert "秒，停下了" in told(done) or "超过了时间" in told(done)


def test_too_many_rows_are_named(server: Server) -> None:
    done = asked(server.reader, rows=2)
    assert "超过 2 行" in told(done)
    assert not done.good


def test_what_is_not_there_is_named(server: Server) -> None:
    assert not asked(server.reader, table="meiyou").good
    if server.name != "sqlite":
        assert "没有这张表" in told(asked(server.reader, table="meiyou"))
        assert "没有这一列" in told(asked(server.reader, columns={**LONG["columns"], "value": "x"}))
    done = selected(server.reader, "SELECT zb, dq, rq, sz FROM yuebao")
    assert "没有列 bz" in told(done)


def test_no_secret_is_told(server: Server) -> None:
    if server.name == "sqlite":
        pytest.skip("SQLite knows no passwords")
    wrong = server.reader.replace(QUOTED, "Geheim-88")
    for url in (wrong, wrong.replace("127.0.0.1:", "127.0.0.1:1"), server.reader + "x", "postgresql+nichts://u:Geheim-88@h/d"):  # fmt: skip
        done = pull(DatabaseMapping(**LONG), "ku.yml", KNOWN, (), {VARIABLE: url})
        assert done.problems
        for secret in ("Geheim-88", PASSWORD, QUOTED, READER, OWNER, "127.0.0.1"):
            assert secret not in told(done)
    assert "用户或口令不对" in told(asked(wrong))


# --- without a server -------------------------------------------------------------------------------


@pytest.fixture
def lite() -> Iterator[str]:
    with SERVERS["sqlite"]() as made:
        yield made.owner


def rows(url: str, *values: tuple[object, ...], **more: Any) -> Pulled:
    """Ask a fresh table with these rows."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE yuebao (zb, dq, rq, sz, bz)"))
        for value in values:
            connection.exec_driver_sql("INSERT INTO yuebao VALUES (?,?,?,?,?)", value)
    engine.dispose()
    return asked(url, **more)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (("A9", "99", 202609, 1, ""), "指标代码 `A9` 不在 codes 里"),
        (("A1", "98", 202609, 1, ""), "地区代码 `98` 不在 codes 里"),
        (("A1", "99", 202613, 1, ""), "时期 `202613` 不合 {Y}{M}"),
        (("A1", "99", None, 1, ""), "时期 `None`"),
        (("A1", "99", 202609, "增长5", ""), "是一句话"),
        (("A1", "99", 202609, b"5", ""), "不是数"),
        (("A1", "99", 202609, 1e300, ""), "太大"),
        (("A1", "99", 202609, 1, "z"), "记号代码 `z` 不在 codes 里"),
    ],
)
def test_a_row_that_is_wrong_is_named(lite: str, value: tuple[object, ...], said: str) -> None:
    done = rows(lite, value, ("A1", "9901", 202609, 1, ""))
    assert said in told(done)
    assert "读到的第 1 行" in told(done)
    assert not done.good


def test_strangers_may_be_passed_over(lite: str) -> None:
    done = rows(lite, ("A9", "99", 202609, 1, ""), ("A1", "99", 202609, 1, ""), unlisted="skip")
    assert (done.good, len(done.rows), done.skipped) == (True, 1, 1)


def test_a_number_that_is_there_twice_is_named(lite: str) -> None:
    done = rows(lite, ("A1", "99", 202609, 1, ""), ("A1", "99", 202609, 2, ""))
    assert "有两行" in told(done)


def test_many_faults_of_one_sort_are_one_finding(lite: str) -> None:
    done = rows(lite, *[("A9", "99", 202600 + m, 1, "") for m in range(1, 13)])
    assert len(done.problems) == 1
    assert "共 12 处" in told(done)


@pytest.mark.parametrize(
    "environ", [{}, {VARIABLE: ""}, {VARIABLE: "nichts"}, {VARIABLE: "sqlite:////a/b.db"}]
)
def test_an_address_that_is_none(environ: dict[str, str]) -> None:
    done = pull(DatabaseMapping(**LONG), "ku.yml", KNOWN, (), environ)
    assert [p.code for p in done.problems] == ["FRM014"]
    assert "nichts" not in told(done)


def test_no_file_is_made(tmp_path: Any) -> None:
    assert not asked(f"sqlite:///{tmp_path}/neu.db").good
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "pattern", "frequency", "period"),
    [
        (202609, "{Y}{M}", "month", "2026-09"),
        ("2026-9", "{Y}-{M}", "month", "2026-09"),
        (202609.0, "{Y}{M}", "month", "2026-09"),
        (Decimal("202609.0"), "{Y}{M}", "month", "2026-09"),
        ("2026年9月", "{Y}年{M}月", "month", "2026-09"),
        (202609, "{Y}{M}", "quarter", "2026-Q3"),
        (202606, "{Y}{M}", "half", "2026-H1"),
        (202612, "{Y}{M}", "year", "2026"),
        ("2026Q3", "{Y}Q{Q}", "quarter", "2026-Q3"),
        (2026, "{Y}", "year", "2026"),
        (date(2026, 9, 30), "date", "quarter", "2026-Q3"),
        ("2026-07-01 00:00:00", "date", "half", "2026-H2"),
        (date(2026, 1, 31), "date", "month", "2026-01"),
        (datetime(2026, 9, 30, 16, tzinfo=UTC), "date", "month", "2026-10"),
        (datetime(2026, 10, 1), "date", "month", "2026-10"),  # noqa: DTZ001  # databases give moments without a zone
        ("2026-09-30T16:00:00Z", "date", "month", "2026-10"),
        ("2026-09-30 16:00:00.5+00", "date", "month", "2026-10"),
        ("2026-09-30T15:59:59+00:00", "date", "month", "2026-09"),
        ("2026-10-01 00:00:00+08:00", "date", "month", "2026-10"),
        ("2026-10-01", "date", "month", "2026-10"),
    ],
)
def test_periods(value: object, pattern: str, frequency: str, period: str) -> None:
    known = indicator("x", "某指标")
    known = type(known)(
        **{n: getattr(known, n) for n in known.__slots__} | {"frequency": frequency}
    )
    assert str(period_of(value, pattern, known)) == period


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        (202607, "{Y}{M}"),
        (2026, "{Y}"),
        ("x", "date"),
        ("２０２６09", "{Y}{M}"),
        ("2026-09-30T25:00:00Z", "date"),
    ],
)
def test_a_period_that_does_not_fit_the_frequency(value: object, pattern: str) -> None:
    known = indicator("x", "某指标")
    known = type(known)(
        **{n: getattr(known, n) for n in known.__slots__} | {"frequency": "quarter"}
    )
    with pytest.raises(BadPeriod):
        period_of(value, pattern, known)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"select": "SELECT 1"}, "table"),
        ({"table": ""}, "table"),
        ({"table": "", "select": "DELETE FROM a"}, "select"),
        ({"table": "", "select": "SELECT 1; DELETE FROM a"}, "select"),
        ({"table": "", "select": "SELECT 1 -- x"}, "select"),
        ({"table": "", "select": "SELECT sz INTO OUTFILE '/tmp/x' FROM a"}, "select"),
        ({"columns": {"value": "sz"}}, "columns"),
        ({"fixed": {"region": "990000"}}, "columns"),
        ({"period": "{M}"}, "period"),
        ({"period": "{Y}{Z}"}, "period"),
        ({"codes": {"mark": {"c": "vorläufig"}}}, "codes"),
    ],
)
def test_a_mapping_that_is_wrong(more: dict[str, Any], key: str) -> None:
    assert key in {k for k, _, _ in faults(DatabaseMapping(**{**LONG, **more}))}


def test_a_mapping_that_is_right() -> None:
    assert list(faults(DatabaseMapping(**LONG))) == []
    quoted = DatabaseMapping(**{**LONG, "table": "", "select": "SELECT ';--' AS zb FROM \"a;b\""})
    assert list(faults(quoted)) == []
    assert list(names(DatabaseMapping(**LONG), INDICATORS, REGIONS)) == []


def test_what_a_mapping_names_must_be_defined() -> None:
    wrong = {"indicator": {"A1": "meiyou", "A2": "gongye.mom"}, "region": {"1": "430000"}}
    found = [
        said
        for _, said, _ in names(DatabaseMapping(**{**LONG, "codes": wrong}), INDICATORS, REGIONS)
    ]
    assert len(found) == 3
    assert "没有 mom" in "".join(found)


@pytest.mark.parametrize(
    "more",
    [{"url_env": "postgresql://u:p@h/d"}, {"password": "x"}, {"table": "a; b"}, {"url": "x"}],
)
def test_no_place_for_a_password(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DatabaseMapping(**{**LONG, **more})
