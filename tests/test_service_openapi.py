"""Asked as nobody would ask it: everything that the description says is tried, and what comes back is as described."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service.roles import ADMIN, NAMES
from tests.conftest import ROOT
from tests.intake_world import make_bundle
from tests.service_asked import asked, signed_in
from tests.service_bundle import bundle

FULL = bool(os.environ.get("WEIKE_FULL"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
LEAVE = ("/logout", "/lock", "/leave", "/account/sessions")  # they end the session that asks
WHO = [*NAMES, ""] if FULL else [ADMIN]
SECONDS = 120 if FULL else 30  # the quick run ends where it is with the values at the borders


@pytest.mark.parametrize("profile", ["internet", "intranet"] if FULL else ["intranet"])
@pytest.mark.parametrize("who", WHO)
def test_nothing_breaks_and_all_is_as_described(tmp_path: Path, profile: str, who: str) -> None:
    served = both(tmp_path)
    with asked(tmp_path / "data", profile, bundle=served) as (world, address):
        for _ in range(3):
            world.user()  # numbers that are tried first are nobody's who asks
        cookie = signed_in(world, world.user(who)) if who else ""
        described = tmp_path / "openapi.json"
        told = create(world.desk)
        described.write_text(json.dumps(told), "utf-8")
        done = run(tmp_path, described, address, cookie)
    assert not re.search(r"Traceback|Schema Error", done.stdout + done.stderr)
    assert done.returncode == 0, (done.stdout + done.stderr)[-9000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested is not None, done.stdout[-2000:]
    assert int(tested[1]) > 20


def both(folder: Path) -> Path:
    """A bundle with numbers and with a robot, so that every route has something to answer from."""
    numbers = make_bundle(folder / "numbers")
    data = {p.relative_to(numbers).as_posix(): p.read_bytes() for p in (numbers / "data").rglob("*") if p.is_file()}  # fmt: skip
    return bundle(folder / "dist", more=data)


def create(desk: object) -> dict[str, object]:
    from service.app import create_app
    from service.desk import Desk

    assert isinstance(desk, Desk)
    return create_app(desk).openapi()


def run(
    folder: Path, described: Path, address: str, cookie: str
) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / "schemathesis")
    words = [program, "run", str(described), "--url", address]
    phases = "examples,coverage,fuzzing,stateful" if FULL else "coverage"
    words += ["--checks", ",".join(CHECKS), "--phases", phases]
    words += [
        "--max-time",
        str(SECONDS),
        "--no-color",
        "--generation-deterministic",
        "--warnings",
        "off",
    ]
    words += ["--max-examples", "50" if FULL else "5", "-H", f"Origin: {address}"]
    words += [
        "--suppress-health-check",
        "all",
        "--continue-on-failure",
    ]
    words += [w for path in LEAVE for w in ("--exclude-path", path)]
    if not FULL:
        words += ["-m", "positive"]
    if cookie:
        words += ["-H", f"Cookie: {cookie}"]
    return subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS * 6 + 120,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
