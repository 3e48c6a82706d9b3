"""500 random lives of a bureau: no byte is in a release that was not approved for exactly those bytes.

Authors edit, reviewers review, some of both against the rules; lines of the log are spoilt, moved,
copied, forged; keys are revoked; people come and go; now and then a release is made and judged by the
books of `gate_world`, which ask nothing of the builder.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from builder.build import build
from builder.bundle import Bundle
from builder.problems import BuildFailed, Problem
from builder.release import approved
from tests.gate_acts import ACTS, through
from tests.gate_world import (
    AUDIENCES,
    CONFIG_ITEM,
    ORGS_ITEM,
    SETTINGS,
    Version,
    World,
    begin,
    copy_of,
)
from tests.sitefiles import contents

FULL = bool(os.environ.get("WEIKE_FULL"))
COUNT = 500 if FULL else 8
STEPS = 14
MARK = re.compile(rb"zq[tbcs]\d{5}")
BEGUN: list[int] = []  # how many releases were judged, and how many of them showed something


# --- judging a release --------------------------------------------------------------------------------


def marks_of(files: dict[str, bytes]) -> dict[str, set[str]]:
    """Every mark in a bundle, packed files opened, with the files that it is in."""
    found: dict[str, set[str]] = {}
    for path, body in files.items():
        whole = path.encode() + b"\n" + body
        if body[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(body)) as box:
                whole += b"\n".join(box.read(n) for n in box.namelist())
        for mark in MARK.findall(whole):
            found.setdefault(mark.decode(), set()).add(path)
    return found


def colours_of(files: dict[str, bytes]) -> set[tuple[int, int, int]]:
    found: set[tuple[int, int, int]] = set()
    for path, body in files.items():
        if path.endswith((".png", ".jpg", ".webp", ".gif")):
            image = Image.open(io.BytesIO(body)).convert("RGB")
            if image.size == (8, 8):
                red, green, blue = image.crop((4, 4, 5, 5)).tobytes()
                found.add((red, green, blue))
    return found


def released(world: World) -> tuple[list[Bundle], list[Problem]]:
    """The bundles of a release, or why there is none."""
    try:
        source = approved(world.root, world.clock)
        return build(world.root, world.root / "dist", [], world.clock, 1, release=source)[0], []
    except BuildFailed as failed:
        return [], failed.problems


def judge(world: World, story: list[str]) -> None:
    """Release, and hold every mark and colour of it against the books."""
    world.look()
    lost = world.git and world.lost()
    bundles, refused = released(world)
    if refused:
        assert {p.code for p in refused} <= {"APR001", "APR005"}, (refused, story)
        sure = not world.shaken and world.sure_orgs and not lost
        lists = [v for v in world.past if v.item == ORGS_ITEM]  # each vouches for the next
        known = [*lists, *(world.expected.get(item) for item in SETTINGS)]
        settled_now = all(v is not None and world.available(v) for v in known)
        assert not (sure and settled_now), (refused, story)
        return
    assert not lost or world.shaken, ("lines that git has seen are gone", story)
    for bundle in bundles:
        edition = str(bundle.header["edition"])
        files = contents(bundle.root)
        shown = held_against(world, edition, files, story)
        demanded(world, edition, shown, story)
        BEGUN.append(len(shown))
        if edition == "internet" and world.rng.random() < (0.1 if FULL else 0.2):
            same_without_the_rest(world, files, shown, story)


def held_against(
    world: World, edition: str, files: dict[str, bytes], story: list[str]
) -> dict[str, set[str]]:
    """Nothing is in the bundle that may not be; item → hashes of its own file that are shown."""
    allowed = list(world.allowed(edition))
    may = {pair for version in allowed for pair in version.files}
    owner = {pair: v.item for v in allowed for pair in v.files if not pair[0].endswith(".png")}
    shown: dict[str, set[str]] = {}
    for mark, places in marks_of(files).items():
        if mark in world.slugs:
            item = world.slugs[mark]
            outside = {p for p in places if not p.startswith("site/reports/")}
            known = item in world.once or any(v.item == item for v in allowed)
            assert known or (edition == "intranet" and not outside), (mark, places, story)
            continue
        assert world.texts[mark] in may, (edition, mark, world.texts[mark], places, story)
        shown.setdefault(owner[world.texts[mark]], set()).add(world.texts[mark][1])
    for colour in colours_of(files):
        assert world.colours.get(colour) in may, (edition, colour, world.colours.get(colour), story)
    for item, hashes in shown.items():
        assert len(hashes) == 1, (edition, item, "two versions in one bundle", story)
    return shown


def demanded(world: World, edition: str, shown: dict[str, set[str]], story: list[str]) -> None:
    """What was approved in the usual way, and not touched since, is there, in its newest version."""
    for item, version in world.expected.items():
        if version is None or item in SETTINGS or item in world.muddled:
            continue
        if excused(world, edition, version):
            continue
        own = next(d for p, d in version.files if not p.endswith(".png"))
        assert own in shown.get(item, ()), (edition, item, shown.get(item), story)


def excused(world: World, edition: str, version: Version) -> bool:
    """True when something else may keep a version out of an edition."""
    audiences = AUDIENCES[edition]
    inside = {v.item for v in world.versions.values() if v.audience != "public"}
    taken = {a.rstrip("/") for v in world.versions.values() for a in v.aliases}
    needs = [world.expected.get(i) if i not in world.muddled else None for i in version.needs]
    return (
        version.audience not in audiences
        or not world.available(version)
        or version.item == "snippet:s"  # no page: seen only in who includes it
        or bool(version.aliases)
        or world.paths[version.item].removesuffix(".md") in taken
        or any(n is None or not world.available(n) for n in needs)
        or (edition == "internet" and bool({*version.links, *version.needs} & inside))
    )


def same_without_the_rest(
    world: World, files: dict[str, bytes], shown: dict[str, set[str]], story: list[str]
) -> None:
    """T3: a tree in which what is not out had never been written gives the same bundle."""
    if "snippet:s" not in shown and "snippet:s" in world.once:
        return  # which of its versions nobody shows can't be seen
    hashes = {d for found in shown.values() for d in found}
    chosen = [
        v
        for v in world.allowed("internet")
        if v.item in shown and any(d in hashes for p, d in v.files if not p.endswith(".png"))
    ]
    with tempfile.TemporaryDirectory() as name:
        other = Path(name) / "clean"
        copy_of(world, other, chosen)
        source = approved(other, world.clock)
        bundles, _ = build(other, other / "dist", ["internet"], world.clock, 1, release=source)
        again = contents(bundles[0].root)
    differing = {p for p in {*files, *again} if files.get(p) != again.get(p)}
    assert not differing, (differing, story)


# --- the lives ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_life(tmp_path: Path, seed: int) -> None:
    world = begin(tmp_path / "root", seed)
    rng, story = world.rng, [f"seed {seed}"]
    for item in (ORGS_ITEM, CONFIG_ITEM):
        through(world, item, world.drafts[item])
    for item in sorted(world.paths):
        if rng.random() < 0.6:
            through(world, item, world.drafts[item])
    if rng.random() < 0.5:
        world.commit()
    acts, weights = [act for _, act in ACTS], [weight for weight, _ in ACTS]
    for number in range(STEPS):
        act = rng.choices(acts, weights)[0]
        story.append(f"{number} {act.__name__}")
        act(world)
        world.tick()
        if rng.random() < 0.25 or number == STEPS - 1:
            story.append("release")
            judge(world, story)
    shutil.rmtree(tmp_path / "root")


def test_the_judge_had_something_to_judge() -> None:
    """Most releases show several entries: a gate that lets nothing through is no gate."""
    assert len(BEGUN) >= COUNT
    assert sum(BEGUN) / len(BEGUN) >= 2
