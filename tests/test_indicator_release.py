"""Releases with numbers: approved snapshots go out at their hour, and leave no trace before it."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builder.approvals.records import log_path
from builder.build import build
from builder.bundle import APPROVALS, Bundle
from builder.model import BEIJING
from builder.problems import Problem
from builder.release import approved
from tests import numbered
from tests.reviewers import Bureau, bureau
from tests.sitefiles import NOW, contents, faq

HERE = "content/indicators/"
HOUR = datetime(2026, 11, 20, 9, 0, tzinfo=BEIJING)  # half an hour before NOW
LATER = numbered.snapshot(
    "shiyue-houfa", HOUR.isoformat(), numbered.block([[7.77]], ["2026-10"]), title="十月的数"
)
FILES = {
    **{p: t for p, t in numbered.SITE.items() if p.startswith(HERE)},
    f"{HERE}snapshots/shiyue-houfa.json": LATER,
    "faq/mlk/zui.md": faq("最新{{ind:gongye.yoy@latest}}。"),
}
PAGE = "site/faq/mlk/zui/index.html"


def released(it: Bureau, now: datetime) -> tuple[dict[str, Bundle], list[Problem]]:
    shutil.rmtree(it.root / "dist", ignore_errors=True)
    found, said = build(it.root, it.root / "dist", [], now, 1, release=approved(it.root, now))
    return {str(b.header["edition"]): b for b in found}, said


@pytest.fixture
def ready(tmp_path: Path) -> Bureau:
    it = bureau(tmp_path, FILES)
    it.approve_all()
    return it


def test_an_approved_snapshot_goes_out_at_its_hour_and_is_nowhere_before(ready: Bureau) -> None:
    early = HOUR - timedelta(seconds=1)
    before = {name: contents(b.root) for name, b in released(ready, early)[0].items()}
    after, _ = released(ready, HOUR)
    for name, bundle in after.items():
        assert "7.8%" in bundle.read(PAGE).decode()
        assert "snapshot:shiyue-houfa" in json.loads(bundle.read(APPROVALS))["entries"]
        for word in ("7.8%", "shiyue-houfa", "十月的数"):
            assert not [p for p, data in before[name].items() if word.encode() in data]
    # the same as if nobody had ever written it
    (ready.root / f"{HERE}snapshots/shiyue-houfa.json").unlink()
    (ready.root / log_path("snapshot:shiyue-houfa")).unlink()
    without = {name: contents(b.root) for name, b in released(ready, early)[0].items()}
    assert without == before


def test_a_snapshot_that_nobody_approved_stays_in(tmp_path: Path) -> None:
    it = bureau(tmp_path, FILES)
    it.approve_all()
    (it.root / f"{HERE}snapshots/shiyue-houfa.json").write_text(
        numbered.snapshot("shiyue-houfa", HOUR.isoformat(), numbered.block([[8.88]], ["2026-10"])),
        "utf-8",
    )
    bundles, said = released(it, NOW)
    assert "7.8%" in bundles["internet"].read(PAGE).decode()
    assert not [p for p, d in contents(bundles["intranet"].root).items() if b"8.9%" in d]
    assert any(p.code == "APR003" and p.where.path.endswith("shiyue-houfa.json") for p in said)
