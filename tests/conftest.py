"""What all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.service_databases import House
    from tests.service_world import World

# Machines differ and are shared: no example is too slow for the clock.
hypothesis.settings.register_profile("weike", deadline=None)
hypothesis.settings.load_profile("weike")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def root() -> Path:
    """Return the folder of the project itself."""
    return ROOT


def lacking(what: str) -> None:
    """Skip by name on a user's machine; fail where everything is required."""
    if os.environ.get("WEIKE_REQUIRE"):
        pytest.fail(f"{what} is required here")
    pytest.skip(f"{what} is not on this machine", allow_module_level=True)


# --- the service: on SQLite always; on PostgreSQL a sample, and everything in the full run --------

EVERY = ["sqlite", "postgresql"]
OFTEN = EVERY if os.environ.get("WEIKE_FULL") else ["sqlite"]


@pytest.fixture(scope="session")
def house() -> Iterator["House"]:
    """Return what makes empty databases; a server starts when the first one asks for it."""
    from tests.service_databases import House

    with House() as found:
        yield found


@pytest.fixture(params=OFTEN)
def service(request: pytest.FixtureRequest, tmp_path: Path, house: "House") -> Iterator["World"]:
    """Return the service of the business network."""
    from tests.service_world import world

    with world(tmp_path / "data", database=house.fresh(request.param, "intranet")) as found:
        yield found


@pytest.fixture(params=EVERY)
def service_both(
    request: pytest.FixtureRequest, tmp_path: Path, house: "House"
) -> Iterator["World"]:
    """Return the same, on PostgreSQL in every run: for what leans on how a database locks."""
    from tests.service_world import world

    with world(tmp_path / "data", database=house.fresh(request.param, "intranet")) as found:
        yield found


@pytest.fixture(params=OFTEN)
def outside(request: pytest.FixtureRequest, tmp_path: Path, house: "House") -> Iterator["World"]:
    """Return the service of the internet."""
    from tests.service_world import world

    with world(tmp_path / "data", "internet", house.fresh(request.param, "internet")) as found:
        yield found


# What the quick run leaves to the full one: whole services under load, browsers, random walks. A sample of
# each feature's own tests stays.
LATER = (
    "test_service_browser.py",
    "test_service_designing_browser.py",
    "test_service_embargo.py",
    "test_service_openapi.py",
    "test_service_questions_property.py",
)
# The longest files first, so that no process is left alone with one at the end. One process builds the own
# site meanwhile; what looks at it, or draws the films that are then kept, comes some way behind. So do
# `test_wechat_numbers.py` and `_soft.py`, whose pictures `test_wechat_parts.py` has drawn by then.
FIRST = (
    "test_site.py",
    "test_determinism.py",
    "test_wechat_parts.py",
    "test_bootstrap.py",
    "test_site_ssh.py",
    "test_mutants.py",
    "test_browser.py",
    "test_review_browser.py",
    "test_site_timed.py",
    "test_wechat_numbers.py",
    "test_wechat_kill.py",
    "test_site_kills.py",
    "test_site_bucket.py",
    "test_kills.py",
    "test_wechat_soft.py",
    "test_search.py",
    "test_cast_sheet.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of `FIRST` first; within a file the order stays."""
    places = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(FIRST)))


collect_ignore = [] if os.environ.get("WEIKE_FULL") else list(LATER)
