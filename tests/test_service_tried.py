"""A sample of `test_service_openapi.py` in every run: works are tried by borders and in chains."""

from __future__ import annotations

from pathlib import Path

from tests.service_filled import fill
from tests.service_tried import attempt, judged

SAMPLE = ("/works", "/works/{number}/{verb}")


def test_works_are_begun_written_read_and_sent(tmp_path: Path) -> None:
    filled = fill(tmp_path / "filled", "internet")
    came = attempt(filled, tmp_path / "tried", "entrant", ("coverage", "stateful"), 2, SAMPLE)
    judged(came)
    assert came.by_phase()["coverage"] > 20
    assert came.went("stateful")
