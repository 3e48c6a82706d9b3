"""Preview follows numbers: after any changes, and as hours come, all is as from scratch."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builder.check import check
from builder.model import BEIJING
from builder.preview.shelf import Change, Shelf
from builder.preview.sieve import Sieve
from builder.read import read
from builder.select import select
from tests import numbered
from tests.sitefiles import faq, write, yml

HERE = "content/indicators/"
START = datetime(2026, 11, 18, 9, 0, tzinfo=BEIJING)
PIECES = (
    "平常话。",
    "增长{{ind:gongye.yoy@latest}}。",
    "{{ind:gongye.yoy@2026-10}}",
    "{{ind:bie.yoy@latest region=990100}}",
    "```data\nfrom: {indicator: [gongye, bie], measure: yoy, region: 市}\n```",
    "见[指标](indicator:bie)。",
)
DEFINITIONS = (
    numbered.indicator(),
    numbered.indicator(short="换了"),
    numbered.indicator(audience="intranet"),
    numbered.indicator(grants=[{"audience": "intranet", "levels": ["市"]}]),
    numbered.indicator(measures={"yoy": {"unit": "%", "decimals": 0}}),
)


def shot(name: str, rng: random.Random) -> str:
    month, hour = rng.choice(["2026-10", "2026-11"]), rng.choice([10, 12, 14])
    values: list[list[float | None]] = [[round(rng.uniform(-9, 9), 2)], [None]]
    which = rng.choice(["gongye", "bie"])
    made = numbered.block(values, [month], ("990000", "990100"), indicator=which)
    return numbered.snapshot(name, f"2026-11-18T{hour}:00:00+08:00", made)


def change(root: Path, rng: random.Random) -> set[str]:
    """Write or remove one file; its path."""
    asked = {"indicator": "gongye", "measure": "yoy"}
    made = {
        "faq/mlk/yi.md": lambda: faq("\n\n".join(rng.sample(PIECES, 2))),
        "faq/mlk/er.md": lambda: faq("\n\n".join(rng.sample(PIECES, 3))),
        f"{HERE}gongye.yml": lambda: rng.choice(DEFINITIONS),
        f"{HERE}bie.yml": lambda: rng.choice(DEFINITIONS),
        f"{HERE}snapshots/xin.json": lambda: shot("xin", rng),
        f"{HERE}snapshots/you.json": lambda: shot("you", rng),
        f"{HERE}dashboards/ban.yml": lambda: yml(
            blocks=[{"numbers": [asked]}, {"text": PIECES[1]}]
        ),
        f"{HERE}regions.yml": lambda: numbered.REGIONS.replace(
            "甲州市", rng.choice(["甲州市", "子州市"])
        ),
    }
    path = rng.choice(list(made))
    if rng.random() < 0.15:
        (root / path).unlink(missing_ok=True)
    else:
        write(root, {path: made[path]()})
    return {path}


@pytest.mark.parametrize("seed", range(8))
def test_after_any_changes_all_is_as_from_scratch(tmp_path: Path, seed: int) -> None:
    rng, now = random.Random(seed), START
    root = write(tmp_path, {**numbered.SITE, "faq/mlk/yi.md": faq(PIECES[1])})
    shelf = Shelf(root)
    sieve = Sieve(shelf)
    sieve.run(Change({}, everything=True), now)
    seen: set[str] = set()
    for _ in range(20):
        now += timedelta(minutes=rng.choice([0, 0, 30, 60]))
        sieve.run(shelf.refresh(change(root, rng)), now)
        sieve.settle()
        library, problems = read(root)
        problems += check(library, shelf.config)
        for name, selection in sieve.selections.items():
            edition, groups = shelf.config.edition(name), frozenset(shelf.config.audiences)
            wanted, said = select(library, edition, groups, now)
            told = {(p.code, p.where, p.message) for p in selection.problems}
            assert told == {(p.code, p.where, p.message) for p in [*problems, *said]}
            assert selection.pages == wanted.pages
            seen |= {p.text for p in wanted.pages.values() if "num:" in p.text}
    assert seen  # numbers did show
