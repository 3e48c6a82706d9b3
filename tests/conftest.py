"""What all tests share."""

import os
from pathlib import Path

import hypothesis
import pytest

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
