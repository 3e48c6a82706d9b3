"""The gate for numbers: what each edition may know of them, and when; nothing where there are none."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builder.config import load_config
from builder.indicators import document
from builder.indicators.calendar import calendar
from builder.indicators.packed import pack, unpack
from builder.indicators.store import Store
from builder.memo import Memo
from builder.model import BEIJING, Site
from builder.problems import Problem
from builder.read import read
from builder.select import select
from builder.values import Key, Numbers, Period
from tests import numbered
from tests.sitefiles import NOW, bundles, contents, faq, page_of, site_of, write, yml

HERE = "content/indicators/"
NEXT = datetime(2026, 11, 18, 10, 0, tzinfo=BEIJING)
LATER = numbered.snapshot(
    "later", NEXT.isoformat(), numbered.block([[7.77]], ["2026-10"]), title="十月的数"
)
GRANTED = numbered.indicator(
    grants=[{"audience": "intranet", "levels": ["市"]}],
    target={"2026": 6.5},
    releases={
        "lag": 1,
        "day": 18,
        "time": "10:00",
        "dates": {"2026-12": "2027-01-19T10:00:00+08:00"},
    },
)
INSIDE = numbered.snapshot(
    "inside",
    "2026-10-20T10:00:00+08:00",
    numbered.block([[9.9]], ["2026-06"]),
    audience="intranet",
)
SITE = {
    **numbered.SITE,
    f"{HERE}gongye.yml": GRANTED,
    f"{HERE}nei.yml": numbered.indicator(title="内部指标", audience="intranet"),
    f"{HERE}snapshots/inside.json": INSIDE,
    f"{HERE}templates/biao.yml": yml(
        audience="intranet",
        frequency="month",
        regions={"level": "市", "within": "990000"},
        rows=[{"indicator": "gongye", "measure": "yoy"}],
    ),
    f"{HERE}rules/gui.yml": yml(
        audience="intranet",
        rules=[
            {"id": "fan", "rule": "range", "indicators": ["gongye"], "measures": ["yoy"], "low": -9}
        ],
    ),
}


def known(root: Path, edition: str, now: datetime = NOW) -> Numbers:
    found = site_of(root, edition, now).numbers
    assert found is not None
    return found


def value(numbers: Numbers, region: str, period: str, measure: str = "yoy") -> float | None:
    cell = numbers.store.cell(Key("gongye", measure, region), Period.parse(period))
    return cell.value if cell else None


def test_an_edition_knows_what_is_for_its_readers(tmp_path: Path) -> None:
    root = write(tmp_path, SITE)
    outside, inside = known(root, "internet"), known(root, "intranet")
    assert (set(outside.indicators), set(inside.indicators)) == ({"gongye"}, {"gongye", "nei"})
    assert value(outside, "990000", "2026-07") == value(inside, "990000", "2026-07") == 5.0
    assert (value(outside, "990100", "2026-07"), value(inside, "990100", "2026-07")) == (None, 6.1)
    assert (value(outside, "990000", "2026-06"), value(inside, "990000", "2026-06")) == (None, 9.9)
    assert [s.vintage.id for s in outside.store.snapshots] == ["first"]
    assert (outside.targets, inside.targets) == ({}, {"gongye": {2026: (6.5, "yoy")}})
    assert (set(outside.templates), set(inside.templates)) == (set(), {"biao"})
    assert inside.templates["biao"].regions == ("990100", "990200")
    assert (set(outside.rulesets), set(inside.rulesets)) == (set(), {"gui"})
    assert (outside.home, outside.nation) == ("990000", "000000")


def test_nothing_of_what_is_inside_is_anywhere_outside(tmp_path: Path) -> None:
    outside = known(write(tmp_path, SITE), "internet")
    everything = pickle.dumps(outside, 5)
    for secret in ("王甲", "李乙", "内部指标", "inside", "6.5"):
        assert secret.encode() not in everything
    assert np.float64(6.1).tobytes() not in everything
    assert np.float64(5.0).tobytes() in everything
    data = page_of(tmp_path, "indicator:gongye").data
    assert not {"grants", "target", "disclosure"} & {*data}
    assert outside.indicators["gongye"].disclosure == ""
    assert page_of(tmp_path, "indicator:gongye", "intranet").data["target"] == {"2026": 6.5}


def test_before_its_hour_a_snapshot_is_in_no_byte(tmp_path: Path) -> None:
    text = "{{ind:gongye.yoy@latest}}\n\n```data\nfrom: {indicator: gongye, measure: yoy, periods: last 2}\n```\n"
    files = {**SITE, "faq/mlk/shu.md": faq(text)}
    bare = write(tmp_path / "bare", files)
    full = write(tmp_path / "full", {**files, f"{HERE}snapshots/later.json": LATER})
    before, after = NEXT - timedelta(seconds=1), NEXT
    for edition in ("internet", "intranet"):
        without = contents(bundles(bare, tmp_path / "a", before)[edition].root)
        assert contents(bundles(full, tmp_path / "b", before)[edition].root) == without
        shown = contents(bundles(full, tmp_path / "c", after)[edition].root)
        page = shown["site/faq/mlk/shu/index.html"].decode()
        assert "7.8" in page
        assert "7.8" not in without["site/faq/mlk/shu/index.html"].decode()


def selected(root: Path, edition: str, now: datetime, **more: Any) -> tuple[Site, list[Problem]]:
    config = load_config(root)
    groups = frozenset(config.audiences)
    return select(read(root)[0], config.edition(edition), groups, now, **more)


def test_in_the_clear_before_the_real_hour_is_an_error(tmp_path: Path) -> None:
    root = write(tmp_path, {**SITE, f"{HERE}snapshots/later.json": LATER})
    for now in (NEXT - timedelta(days=1), NEXT + timedelta(days=1)):
        early, late = (
            [p.code for p in selected(root, "internet", now, clock=NEXT + away)[1]]
            for away in (timedelta(seconds=-1), timedelta(0))
        )
        assert ("SNP001" in early, "SNP001" in late) == (True, False)


# --- kept -------------------------------------------------------------------------------------------


def cells(store: Any) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Every number of a store, what marks it and where it comes from."""
    return {
        (key, str(period)): (cell.value, cell.mark, cell.vintage)
        for panel in store.panels.values()
        for key in panel.rows
        for period in panel.periods()
        if (cell := store.cell(key, period))
    }


def test_a_packed_store_is_the_same(tmp_path: Path) -> None:
    marked = numbered.snapshot(
        "zhu",
        "2026-10-19T10:00:00+08:00",
        numbered.block([[None, 3.0]], ["2026-05", "2026-04"], marks={"0,0": "none"}),
        numbered.block([[4.4]], ["2026-07"], action="correct", reason="核对后更正"),
    )
    root = write(tmp_path, {**SITE, f"{HERE}snapshots/zhu.json": marked})
    store = known(root, "intranet").store
    assert isinstance(store, Store)
    again = unpack(pack(store))
    assert cells(again) == cells(store)
    assert len(cells(store)) == 12
    assert again.revisions() == store.revisions()
    assert [r.reason for r in again.revisions()] == ["核对后更正"]
    assert [s.vintage for s in again.snapshots] == [s.vintage for s in store.snapshots]
    before = datetime(2026, 10, 19, tzinfo=BEIJING)
    assert cells(again.as_of(before)) == cells(store.as_of(before))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({f"{HERE}gongye.yml": numbered.indicator()}, False),  # whose numbers are whose
        ({f"{HERE}snapshots/first.json": numbered.FIRST.replace("6.3", "6.4")}, False),
        ({"content/terms/ci.md": "---\n---\n"}, True),
    ],
    ids=["nothing", "grants", "a number", "another file"],
)
def test_kept_numbers_are_used_where_nothing_they_follow_from_changed(
    tmp_path: Path, change: dict[str, str], same: bool
) -> None:
    root = write(tmp_path / "root", SITE)
    memo = Memo(tmp_path / "cache" / "entries.pickle", "1")
    selected(root, "internet", NOW, memo=memo)
    blobs = {p for p in (tmp_path / "cache").rglob("*") if p.is_file()}
    assert blobs
    write(root, {**SITE, **change})
    fresh, _ = selected(root, "internet", NOW, memo=memo)
    bare, _ = selected(root, "internet", NOW)
    assert fresh.numbers
    assert bare.numbers
    assert cells(fresh.numbers.store) == cells(bare.numbers.store)
    assert fresh.numbers.marks == bare.numbers.marks
    assert ({p for p in (tmp_path / "cache").rglob("*") if p.is_file()} == blobs) is same


def test_a_mark_changes_with_a_number_of_its_indicator_alone(tmp_path: Path) -> None:
    other = {
        f"{HERE}bie.yml": numbered.indicator(title="别的"),
        f"{HERE}snapshots/bie.json": numbered.snapshot(
            "bie",
            "2026-10-18T10:00:00+08:00",
            numbered.block([[1.0]], ["2026-09"], indicator="bie"),
        ),
    }
    root = write(tmp_path, {**SITE, **other})
    before = known(root, "internet", NEXT).marks
    write(root, {f"{HERE}snapshots/later.json": LATER})
    assert known(root, "internet", NEXT - timedelta(seconds=1)).marks == before
    after = known(root, "internet", NEXT).marks
    assert after["bie"] == before["bie"]
    assert after["gongye"] != before["gongye"]


# --- the calendar -----------------------------------------------------------------------------------


def test_the_calendar_follows_from_definitions_alone(tmp_path: Path) -> None:
    bare = known(write(tmp_path, SITE), "internet").calendar
    assert (
        known(write(tmp_path, {f"{HERE}snapshots/later.json": LATER}), "internet").calendar == bare
    )
    lines = {str(d.period): (d.at.isoformat(), d.exact, d.clock) for d in bare}
    assert lines["2026-10"] == ("2026-11-18T10:00:00+08:00", False, True)
    assert lines["2026-12"] == ("2027-01-19T10:00:00+08:00", True, True)
    assert all(d.indicators == ("gongye",) for d in bare)
    assert [d.at for d in bare] == sorted(d.at for d in bare)


def test_days_of_the_calendar_lie_in_their_months(tmp_path: Path) -> None:
    late = {"lag": 1, "day": 31}
    files = {
        f"{HERE}yue.yml": numbered.indicator(releases=late, combined=True),
        f"{HERE}ji.yml": numbered.indicator(frequency="quarter", releases=late),
        f"{HERE}nian.yml": numbered.indicator(frequency="year", releases={"lag": 2, "day": 28}),
    }
    root = write(tmp_path, {**numbered.SITE, **files})
    found = calendar(known(root, "internet").indicators.values(), NOW)
    days = {str(d.period): d.at.date().isoformat() for d in found}
    assert "2027-01" not in days  # no January by itself
    assert (days["2027-02"], days["2026-12"]) == ("2027-03-31", "2027-01-31")
    assert (days["2026-Q4"], days["2027-Q1"], days["2026"]) == (
        "2027-01-31",
        "2027-04-30",
        "2027-02-28",
    )


# --- where there are none ---------------------------------------------------------------------------


def test_a_site_without_indicators_loads_nothing_of_numbers(tmp_path: Path) -> None:
    root = write(tmp_path, {"faq/mlk/yi.md": faq("正文。")})
    words = (
        "import sys; from pathlib import Path; from datetime import datetime, timezone;"
        "from builder.build import build;"
        "build(Path(sys.argv[1]), Path(sys.argv[1]) / 'dist', [], datetime.now(timezone.utc), jobs=1);"
        "print([m for m in ('numpy', 'builder.numbers', 'builder.bound') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", words, str(root)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert site_of(root).numbers is None


# --- what publishing and the service are told -------------------------------------------------------


def test_definitions_are_read_from_the_bundle_as_they_were(tmp_path: Path) -> None:
    root = write(tmp_path, SITE)
    for edition in ("internet", "intranet"):
        numbers = known(root, edition)
        found = document.read(document.write(numbers))
        assert found.indicators == numbers.indicators
        assert (found.regions, found.templates) == (numbers.regions, numbers.templates)
        assert (found.home, found.nation, found.targets) == ("990000", "000000", numbers.targets)
        assert [r.id for r in found.rules] == (["fan"] if edition == "intranet" else [])
    outside = document.write(known(root, "internet"))
    for secret in ("intranet", "内部指标", "6.5", "fan", "biao"):
        assert secret.encode() not in outside


@pytest.mark.parametrize("spoilt", [b"[]", b"{}", b'{"format": "weike-indicators/1"}', b"x"])
def test_another_file_is_refused(spoilt: bytes) -> None:
    with pytest.raises(ValueError, match=r"文件|Expecting"):
        document.read(spoilt)
