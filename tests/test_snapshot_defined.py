"""Numbers on their way in, judged by definitions and rules; forms out and in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from builder import figures
from builder.indicators.cli import main
from builder.indicators.snapshots import parse
from tests.numbered import REGIONS, indicator
from tests.numbers_site import AT, FOLDER, HEAD, LATE, Site, site
from tests.sitefiles import head, write

__all__ = ["site"]
Out = pytest.CaptureFixture[str]


@pytest.fixture
def bureau(site: Site) -> Site:
    write(
        site.root,
        {
            "site_config.yml": (site.root / "site_config.yml").read_text("utf-8"),
            "content/indicators/regions.yml": REGIONS,
            "content/indicators/gongye.yml": indicator(
                measures={"yoy": {"unit": "%", "decimals": 1, "lowest": -100}, "value": {"unit": "亿元", "decimals": 2}},
            ),
            "content/indicators/templates/yuebao.yml": head(
                title="月报表",
                audience="intranet",
                frequency="month",
                regions={"level": "市", "within": "990000"},
                rows=[{"indicator": "gongye", "measure": "value", "label": "工业增加值"}],
                layout="regions_down",
            ),
        },
    )  # fmt: skip
    return site


def run(site: Site, *words: str) -> int:
    return main([*words, "--root", str(site.root)], site.clock, figures.defined)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("gongye", "yoy", "990000", "2026-09", "5.1"), ""),
        (("gognye", "yoy", "990000", "2026-09", "5.1"), "SNP010"),
        (("gongye", "mom", "990000", "2026-09", "5.1"), "SNP010"),
        (("gongye", "yoy", "990300", "2026-09", "5.1"), "SNP010"),
        (("gongye", "yoy", "000000", "2026-09", "5.1"), "SNP010"),
        (("gongye", "yoy", "990000", "2026-Q3", "5.1"), "SNP010"),
        (("gongye", "yoy", "990000", "2026-09", "-100.5"), "SNP012"),
    ],
)
def test_what_definitions_do_not_allow_is_never_sealed(
    bureau: Site, capsys: Out, row: tuple[str, ...], code: str
) -> None:
    table = bureau.table([row])
    assert run(bureau, "snapshot", "add", "c", table, *HEAD) == bool(code)
    assert bureau.snapshot("c", sealed=True).exists() == (not code)
    assert code in capsys.readouterr().err


def test_a_fault_that_was_there_before_is_not_held_against_newcomers(
    bureau: Site, capsys: Out
) -> None:
    old = bureau.table([("gongye", "yoy", "990000", "2026-08", "-150")], "old.csv")
    head_then = [w if w != AT else "2026-09-18T10:00:00+08:00" for w in HEAD]
    bureau.clock = LATE
    assert bureau.run("snapshot", "add", "old", old, *head_then) == 0  # nobody judged it then
    new = bureau.table([("gongye", "yoy", "990000", "2026-09", "5.1")])
    assert run(bureau, "snapshot", "add", "new", new, *HEAD) == 0
    assert "SNP012" not in capsys.readouterr().err


def test_a_form_goes_out_is_filled_in_and_becomes_a_sealed_snapshot(
    bureau: Site, capsys: Out, tmp_path: Path
) -> None:
    form = tmp_path / "form.xlsx"
    assert run(bureau, "snapshot", "form", "yuebao", "2026-09", "--out", str(form)) == 0
    assert run(bureau, "snapshot", "form", "yuebao", "2026-09", "--out", str(form)) == 1
    assert run(bureau, "snapshot", "form", "meiyou", "2026-09") == 1
    assert run(bureau, "snapshot", "form", "yuebao", "2026-Q3") == 1
    book = openpyxl.load_workbook(form)
    sheet = book.worksheets[0]
    asked = [c for row in sheet.iter_rows() for c in row if not c.protection.locked]
    numbers = [c for c in asked if c.column == asked[0].column][:2]
    for cell, value in zip(numbers, (12.5, 13.75), strict=True):
        cell.value = value
    book.save(form)
    bureau.clock = LATE
    capsys.readouterr()
    code = run(bureau, "snapshot", "add", "c", str(form), *HEAD)
    assert code == 0, capsys.readouterr().err
    made = parse(bureau.snapshot("c").read_text("utf-8"))
    held = {v for b in made.blocks for v in b.values.ravel().tolist()}
    assert held == {12.5, 13.75}


def test_a_workbook_that_is_no_form_is_refused(bureau: Site, capsys: Out, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(other)
    assert run(bureau, "snapshot", "add", "c", str(other), *HEAD) == 1
    assert "FRM" in capsys.readouterr().err
    assert not (bureau.root / FOLDER).exists()
