"""Asked as nobody would ask it: everything that the description says is tried, and what comes back is as described.

Each caller has a copy of a service in which there is something of everything. Only in the full run; a sample in
every run is `test_service_tried.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.service_databases import House
from tests.service_filled import CALLERS, Filled, fill
from tests.service_tried import PHASES, attempt, judged

OUTSIDE = (
    "nobody",
    "division",
    "entrant",
    "program",
)  # what is only there in one profile is inside
WHO = [("intranet", c) for c in CALLERS] + [("internet", c) for c in OUTSIDE]
MOST = 5  # examples of an operation in a phase


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Filled]:
    """Each profile's service."""
    return {p: fill(tmp_path_factory.mktemp(p), p) for p in ("internet", "intranet")}


@pytest.mark.parametrize(("profile", "caller"), WHO)
def test_nothing_breaks_and_all_is_as_described(
    filled: dict[str, Filled], tmp_path: Path, profile: str, caller: str
) -> None:
    came = attempt(filled[profile], tmp_path / "tried", caller, PHASES, MOST)
    told = {"profile": profile, "caller": caller, "routes": len(came.routes)} | came.by_phase()
    print(json.dumps(told | {"done in chains": came.went("stateful")}))
    judged(came)
    assert min(came.by_phase()[p] for p in ("coverage", "fuzzing")) > 4


def test_the_other_database_breaks_no_more(house: House, tmp_path: Path) -> None:
    """What PostgreSQL does not take (a NUL, a number of 70 bits) never comes to it."""
    filled = fill(tmp_path / "filled", "intranet", house.fresh("postgresql", "intranet"))
    came = attempt(
        filled, tmp_path / "tried", "division", ("coverage",), 2, database=filled.database
    )
    judged(came)
