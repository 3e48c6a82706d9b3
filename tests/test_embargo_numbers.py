"""The embargo: before its second a snapshot does not exist, from its second on it is everywhere.

For any hour of release, any clock around it, any way of writing the clock: a bundle built before equals,
byte for byte, one of a root without the file; one built at the second shows its numbers in every output.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from builder.build import survey
from builder.cli import _now
from builder.indicators.snapshots import digest, parse
from builder.indicators.traces import Search
from builder.indicators.wanted import wanted
from builder.model import BEIJING
from builder.problems import BuildFailed
from tests import embargo_world
from tests.embargo_world import (
    ADDED,
    CORRECTED,
    INSIDE,
    WORDS,
    World,
    built,
    environment,
    fresh,
    sealed,
    showing,
)

COUNT = 300 if os.environ.get("WEIKE_FULL") else 6
RELEASE = datetime(2026, 10, 18, 10, 0, tzinfo=BEIJING)
# One file of each output that shows numbers; more may.
OUTPUTS = {
    "site/articles/2026/yuebao/index.html",  # a reference, a chart, a table by query
    "site/indicators/gongye/index.html",
    "site/data/api/v2/tables/gongye/data.csv",
    "site/data/api/v2/tables/gongye/data.json",
    "site/search/index.json",
}
OVERVIEWS = {"site/indicators/kanban/jingji/index.html"}  # show the newest number alone


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same two roots for all examples: what one build keeps must not show in another."""
    return World(tmp_path_factory.mktemp("embargo"))


releases = st.integers(0, 700 * 86_400).map(
    lambda n: datetime(2026, 1, 1, tzinfo=BEIJING) + timedelta(seconds=n)
)
aways = st.one_of(
    st.sampled_from([-1, 0, 1]),
    st.integers(-3, 3),
    st.integers(-86_400, 86_400),
    st.integers(-20_000_000, 20_000_000),
)
zones = st.one_of(st.none(), st.integers(-12 * 60, 14 * 60))


def spelled(moment: datetime, zone: int | None) -> str:
    """The clock as somebody may type it: in any zone, or in none, which means Beijing."""
    if zone is None:
        return moment.astimezone(BEIJING).replace(tzinfo=None).isoformat()
    return moment.astimezone(timezone(timedelta(minutes=zone))).isoformat()


@settings(max_examples=COUNT, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(releases, aways, zones)
@example(RELEASE, -1, 0)
@example(RELEASE, 0, None)
@example(RELEASE, 0, -5 * 60)
@example(RELEASE, -1, 14 * 60)
@example(datetime(2026, 12, 31, 23, 59, 59, tzinfo=BEIJING), -1, 8 * 60)
@example(datetime(2027, 1, 1, tzinfo=BEIJING), 0, 0)
def test_a_sealed_snapshot_is_nowhere_before_its_second_and_everywhere_from_it_on(
    world: World, release: datetime, away: int, zone: int | None
) -> None:
    text = fresh(release)
    world.put(sealed(text))
    now = _now(spelled(release + timedelta(seconds=away), zone))
    there, _ = built(world.with_it, now)
    without, _ = built(world.without, now)
    if away < 0:
        assert there == without
    else:
        shown(there)


@pytest.mark.parametrize("held", [True, False], ids=["with the key", "without"])
def test_a_root_built_before_the_hour_has_the_numbers_nowhere(tmp_path: Path, held: bool) -> None:
    """Not in a bundle, not in what is kept for later builds, not in the sealed file itself."""
    fresh_world = World(tmp_path)
    text = fresh(RELEASE)
    fresh_world.put(sealed(text))
    root = fresh_world.with_it
    assert betrayed(root, text) == []
    built(root, RELEASE - timedelta(seconds=1), held)
    assert betrayed(root, text) == []
    built(root, RELEASE, held)
    assert bool(betrayed(root, text)) == held


def betrayed(root: Path, text: str) -> list[str]:
    """Files of a root, bundles and stores for later builds among them, that hold any of the numbers."""
    words = (digest(text), *WORDS[1:], ADDED, CORRECTED, INSIDE)
    sought = Search(wanted([parse(text)], sums=dict.fromkeys(words, "xin")))
    files = (p for p in sorted(root.rglob("*")) if p.is_file())
    fonts = (".woff2", ".svg", ".ttf")  # outlines are full of numbers, and made by nobody here
    return [
        p.as_posix()
        for p in files
        if not p.name.endswith(fonts) and any(sought.traces(p.read_bytes()))
    ]


def shown(files: dict[str, bytes]) -> None:
    """Every output has the new number and the corrected one; the public edition none of the inner."""
    for edition in ("internet", "intranet"):
        for number, wanted_in in ((ADDED, OUTPUTS | OVERVIEWS), (CORRECTED, OUTPUTS)):
            mine = {p.removeprefix(f"{edition}/") for p in showing(files, number)}
            assert wanted_in <= mine, number
    assert [p for p in showing(files, ADDED) if p.startswith("internet/wechat/")]
    assert {p.split("/")[0] for p in showing(files, INSIDE)} == {"intranet"}
    assert {p.split("/")[0] for p in showing(files, WORDS[1])} <= {"internet", "intranet"}


@pytest.mark.parametrize("away", [-1, 0])
def test_one_in_the_clear_whose_hour_is_past_is_absent_from_earlier_clocks(
    world: World, away: int
) -> None:
    release = datetime(2026, 3, 5, 10, tzinfo=BEIJING)
    world.put(fresh(release), "xin.json")
    now = release + timedelta(seconds=away)
    there, without = built(world.with_it, now)[0], built(world.without, now)[0]
    assert (there == without) == (away < 0)
    if away >= 0:
        shown(there)


def test_one_in_the_clear_before_its_hour_stops_every_build(world: World) -> None:
    release = datetime.now(BEIJING).replace(microsecond=0) + timedelta(days=1)
    world.put(fresh(release), "xin.json")
    for now in (release - timedelta(days=400), release, release + timedelta(days=1)):
        with pytest.raises(BuildFailed) as failed:
            built(world.with_it, now)
        assert "SNP001" in {p.code for p in failed.value.problems}


@pytest.mark.parametrize("away", [-1, 0, 10**7])
def test_without_the_key_it_stays_away_and_is_told(world: World, away: int) -> None:
    world.put(sealed(fresh(RELEASE)))
    there, problems = built(world.with_it, RELEASE + timedelta(seconds=away), held=False)
    without, _ = built(world.without, RELEASE + timedelta(seconds=away))
    assert there == without
    assert ("SNP008" in {p.code for p in problems}) == (away >= 0)


@pytest.mark.parametrize("away", [-1, 0])
def test_one_for_the_business_network_changes_nothing_on_the_internet(
    world: World, away: int
) -> None:
    world.put(sealed(embargo_world.intranet(fresh(RELEASE))))
    now = RELEASE + timedelta(seconds=away)
    there, without = built(world.with_it, now)[0], built(world.without, now)[0]
    public = [{p: b for p, b in f.items() if p.startswith("internet/")} for f in (there, without)]
    assert public[0] == public[1]
    assert (there == without) == (away < 0)


@pytest.mark.parametrize("spoil", [b"AB", b"\n", b" "])
def test_a_spoilt_sealed_file_stops_the_build_at_its_hour_and_check_before(
    world: World, spoil: bytes
) -> None:
    good = sealed(fresh(RELEASE)).encode()
    at = good.index(b'"envelope"') + 40
    other = next(bytes([c]) for c in spoil if c != good[at])
    world.put((good[:at] + other + good[at + 1 :]).decode())
    with pytest.raises(BuildFailed) as failed:
        built(world.with_it, RELEASE + timedelta(seconds=1))
    assert {p.code for p in failed.value.problems} & {"SNP009", "JSN001"}
    for key in (world.with_it.parent / "release.key", None):
        with environment(key):
            told = survey(world.with_it, [], RELEASE - timedelta(days=9))
        wanted_code = "JSN001" if spoil == b"\n" else "SNP009"
        assert (wanted_code in {p.code for p in told}) == (key is not None or spoil != b"AB")
