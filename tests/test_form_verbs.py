"""`weike snapshot read` and `pull-db`: what they say, what they write, what they never do."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import create_engine, text

from builder import figures
from builder.indicators.cli import main
from builder.indicators.snapshots import parse
from tests.form_world import opened
from tests.numbered import REGIONS, indicator
from tests.numbers_site import HEAD, LATE, Site, site
from tests.sitefiles import codes, head, problems, write

__all__ = ["site"]
Out = pytest.CaptureFixture[str]
MAPPING = {
    "title": "月报库",
    "audience": "intranet",
    "url_env": "WEIKE_SHUJUKU",
    "table": "yb",
    "columns": {"indicator": "zb", "region": "dq", "period": "rq", "value": "sz"},
    "codes": {"indicator": {"A1": "gongye.value"}, "region": {"1": "990100", "2": "990200"}},
    "period": "{Y}{M}",
}
RULES = [{"id": "gao", "rule": "range", "indicators": "gongye", "high": 1000, "hard": True}]


@pytest.fixture
def bureau(site: Site) -> Site:
    files = {
        "site_config.yml": (site.root / "site_config.yml").read_text("utf-8"),
        "content/indicators/regions.yml": REGIONS,
        "content/indicators/gongye.yml": indicator(),
        "content/indicators/templates/yuebao.yml": head(
            title="月报表",
            audience="intranet",
            frequency="month",
            regions={"level": "市", "within": "990000"},
            rows=[{"indicator": "gongye", "measure": "value", "label": "工业增加值"}],
        ),
        "content/indicators/rules/gongye.yml": head(title="规则", audience="intranet", rules=RULES),
        "content/indicators/databases/yuebao.yml": head(**MAPPING),
    }
    write(site.root, dict(files))
    return site


def run(site: Site, *words: str) -> int:
    return main(["snapshot", *words, "--root", str(site.root)], site.clock, figures.defined)


def form(site: Site, folder: Path, *values: object, note: str = "") -> str:
    """A form for 2026-09, filled in."""
    path = folder / f"form{len([*folder.iterdir()])}.xlsx"
    assert run(site, "form", "yuebao", "2026-09", "--out", str(path)) == 0
    book = openpyxl.load_workbook(path)
    sheet = opened(book)
    for region, value in zip(sheet.columns, values, strict=False):
        sheet.put("gongye.value", region, value)
    sheet.sheet.cell(sheet.lines["gongye.value"], sheet.note).value = note
    book.save(path)
    return str(path)


def table(path: Path) -> list[list[str]]:
    return [*csv.reader(path.read_text("utf-8-sig").splitlines())][1:]


def test_a_form_becomes_a_table_that_makes_a_snapshot(
    bureau: Site, capsys: Out, tmp_path: Path
) -> None:
    name, out = form(bureau, tmp_path, 12.5, "——", note="停产"), tmp_path / "a.csv"
    assert run(bureau, "read", name, "--table", str(out), "--period", "2026-09") == 0
    said = capsys.readouterr()
    assert "月报表，2026年9月：2 个数" in said.out
    assert "停产" in said.out
    assert [row[2:] for row in table(out)] == [
        ["990100", "2026-09", "12.5", ""],
        ["990200", "2026-09", "", "none"],
    ]
    bureau.clock = LATE
    assert run(bureau, "add", "c", str(out), *HEAD) == 0
    (made,) = parse(bureau.snapshot("c").read_text("utf-8")).blocks
    assert made.values[0, 0] == 12.5
    assert dict(made.marks) == {(1, 0): "none"}


def test_what_is_wrong_is_told_and_nothing_is_written(
    bureau: Site, capsys: Out, tmp_path: Path
) -> None:
    name, out = form(bureau, tmp_path, "增长5.2%", 1500), tmp_path / "a.csv"
    assert run(bureau, "read", name, "--table", str(out)) == 1
    said = capsys.readouterr().err
    assert "FRM003 表“数据” D" in said
    assert "FRM011 表“数据” E" in said
    assert "应当不大于 1000" in said
    assert not out.exists()
    assert run(bureau, "read", name, "--format", "json") == 1
    told = json.loads(capsys.readouterr().out)
    assert {p["code"] for p in told} == {"FRM003", "FRM011"}
    assert all(p["line"] and p["column"] for p in told)
    assert run(bureau, "add", "c", name, *HEAD) == 1
    assert "FRM011 表“数据” E" in capsys.readouterr().err
    assert run(bureau, "read", name, "--period", "2026-10") == 1
    assert "FRM002" in capsys.readouterr().err


def test_a_table_in_clear_is_not_put_among_the_content(
    bureau: Site, capsys: Out, tmp_path: Path
) -> None:
    (bureau.root / ".git").mkdir(exist_ok=True)
    name = form(bureau, tmp_path, 12.5)
    inside = bureau.root / "content" / "a.csv"
    assert run(bureau, "read", name, "--table", str(inside)) == 1
    assert "明文不能放在仓库里" in capsys.readouterr().err
    assert not inside.exists()
    there = tmp_path / "there.csv"
    there.write_text("x")
    assert run(bureau, "read", name, "--table", str(there)) == 1
    assert there.read_text() == "x"


def test_a_correction_takes_only_what_changed(bureau: Site, capsys: Out, tmp_path: Path) -> None:
    bureau.clock = LATE
    assert run(bureau, "add", "c1", form(bureau, tmp_path, 12.5, 13.5), *HEAD) == 0
    again = form(bureau, tmp_path, 12.5, 14.5)
    assert run(bureau, "read", again) == 0
    assert "已经有过 13.5（快照 c1），这里是 14.5" in capsys.readouterr().err
    later = [w.replace("2026-10-18", "2026-10-19") for w in HEAD]
    assert run(bureau, "correct", "c2", again, *later, "--reason", "企业更正") == 0
    (made,) = parse(bureau.snapshot("c2").read_text("utf-8")).blocks
    assert (made.regions, made.values.tolist()) == (("990200",), [[14.5]])


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/ku.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE yb (zb, dq, rq, sz)"))
        made = (
            "INSERT INTO yb VALUES ('A1','1',202608,10),('A1','1',202609,12.5),('A1','2',202609,13)"
        )
        connection.execute(text(made))
    engine.dispose()
    monkeypatch.setenv("WEIKE_SHUJUKU", f"sqlite:///{tmp_path}/ku.db")


@pytest.mark.usefixtures("shelf")
def test_a_database_is_asked_by_its_mapping(bureau: Site, capsys: Out, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    words = ["pull-db", "yuebao", "--period", "2026-09", "--table", str(out)]
    assert run(bureau, *words) == 0
    assert "看了 3 行，要的有 2 个数" in capsys.readouterr().out
    assert [row[2:5] for row in table(out)] == [
        ["990100", "2026-09", "12.5"],
        ["990200", "2026-09", "13.0"],
    ]
    bureau.clock = LATE
    assert run(bureau, "add", "c", str(out), *HEAD) == 0
    for which, left in (("new", "1 个数"), ("changed", "0 个数")):
        assert run(bureau, "pull-db", "yuebao", "--only", which) == 0
        assert f"要的有 {left}" in capsys.readouterr().out
    assert run(bureau, "pull-db", "yubao") == 1
    assert "是不是想写 `yuebao`" in capsys.readouterr().err


def test_without_an_address_nothing_is_read(bureau: Site, capsys: Out) -> None:
    assert run(bureau, "pull-db", "yuebao") == 1
    assert "环境变量 WEIKE_SHUJUKU 没有设" in capsys.readouterr().err


def test_a_mapping_is_judged_with_the_site(bureau: Site) -> None:
    path = "content/indicators/databases/yuebao.yml"
    told = [p for p in problems(bureau.root) if p.where.path == path]
    assert told == []
    spoilt = MAPPING | {
        "audience": "public",
        "codes": {"indicator": {"A1": "gognye"}},
        "select": "SELECT 1",
    }
    (bureau.root / path).write_text(head(**spoilt), "utf-8")
    told = [p for p in problems(bureau.root) if p.where.path == path]
    assert sorted(codes(told)) == ["FRM013", "FRM013", "IND001"]
    assert all(p.where.line for p in told)
