"""The repository's own content is approved, every bit of it, by the staff of 示范省."""

from __future__ import annotations

from datetime import datetime

import pytest

from builder.memo import Memo
from builder.model import BEIJING
from builder.release import approved
from builder.review.cli import main
from builder.review.office import Office
from tests.corpus import ROOT


def now() -> datetime:
    return datetime.now(BEIJING)


def test_everything_may_be_released() -> None:
    source = approved(ROOT, now())
    source.fill(list(source.config.editions), Memo(None, ""))
    waits = [p.message for p in source.problems if p.code.startswith("APR")]
    assert waits == [], "approve what was edited: docs/trial-keys/README.md says how"
    assert len(source.libraries["intranet"].entries) > 100
    assert len(source.libraries["internet"].entries) > 100


def test_different_people_hold_the_steps() -> None:
    office = Office(ROOT, now)
    for item in office.items():
        assert item.state == "approved", item.id
        for release in item.released.values():
            people = [r.person for r in release.records]
            assert len(set(people)) == len(people) >= 2
    assert len(office.item("term:sishang").released["internet"].records) == 4


def test_every_record_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "verify", "--root", str(ROOT)]) == 0
    assert "0 条不算数，少了 0 行" in capsys.readouterr().out
