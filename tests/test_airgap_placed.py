"""What was placed by `apply` and altered afterwards goes out by no channel."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from builder.bundle import MANIFEST
from publish.airgap import place, record
from publish.door import NotPublishable, admit
from publish.ledger import Ledger
from publish.placed import unaltered
from publish.site import cli as site
from publish.wechat import cli as wechat
from tests.airgap_world import NOW, SITE, Side, contents, release, sides

ALTERED = "现在里面不是那一版"
FORGED = b"<h1>forged, never approved</h1>"
Run = Callable[[Side, Path], str]


@pytest.fixture
def two(tmp_path: Path) -> tuple[Side, Side]:
    return sides(tmp_path)


def crossed(two: tuple[Side, Side], number: int = 1, **files: bytes) -> Path:
    """A release, placed outside; the folder."""
    inside, outside = two
    root = release(inside.root / f"release{number}", {**SITE, **files})
    made = inside.push(f"{number}.wkpkg", "--bundle", str(root))
    to = outside.root / "dist" / "internet"
    outside.run("apply", str(made), "--to", str(to))
    return to


def forge(root: Path) -> None:
    """Another page, and the manifest and all to match: the door alone can't know."""
    (root / "site/index.html").write_bytes(FORGED)
    manifest = json.loads((root / MANIFEST).read_bytes())
    line = next(f for f in manifest["files"] if f["path"] == "site/index.html")
    line |= {"sha256": sha256(FORGED).hexdigest(), "size": len(FORGED)}
    (root / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    assert admit(root, NOW).read("site/index.html") == FORGED


def by_site(side: Side, root: Path) -> str:
    said: list[str] = []
    where = side.root / "served"
    (side.state / "sites.yml").write_text(
        f"sites:\n  waiwang:\n    place: local\n    path: {where}\n", "utf-8"
    )
    machine = site.Machine(now=lambda: side.now, say=said.append, complain=said.append)
    words = ["--bundle", str(root), "--state", str(side.state)]
    site.main("plan", ["waiwang", *words], machine) or site.main(
        "push", ["waiwang", *words], machine
    )
    pages = [p for p in where.rglob("*") if p.is_file()] if where.exists() else []
    assert all(p.read_bytes() != FORGED for p in pages)
    return "\n".join(said)


def by_wechat(side: Side, root: Path) -> str:
    said: list[str] = []
    machine = wechat.Machine(now=lambda: side.now, say=said.append, complain=said.append)
    words = ["nothing", "--bundle", str(root), "--state", str(side.state)]
    assert wechat.main("plan", words, machine)
    assert wechat.main("push", words, machine)
    return "\n".join(said)


def by_airgap(side: Side, root: Path) -> str:
    return side.run("plan", "--bundle", str(root), code=None)


CHANNELS: dict[str, Run] = {"site": by_site, "wechat": by_wechat, "airgap": by_airgap}


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=list(CHANNELS))
def test_no_channel_takes_what_was_altered_after_apply(
    two: tuple[Side, Side], channel: Run
) -> None:
    _, outside = two
    to = crossed(two)
    assert ALTERED not in channel(outside, to)
    forge(to)
    said = channel(outside, to)
    assert ALTERED in said
    assert "网站发布包（internet）第 1 号" in said
    link = outside.root / "link"
    link.symlink_to(to)
    assert ALTERED in channel(outside, link)


def test_what_was_placed_last_counts(two: tuple[Side, Side]) -> None:
    _, outside = two
    to = crossed(two)
    older = contents(to)
    crossed(two, 2, **{"site/new.js": b"let a = 1;\n"})
    unaltered(admit(to, NOW), outside.state)
    for path, body in older.items():  # the older release, put back by hand
        (to / path).write_bytes(body)
    with pytest.raises(NotPublishable, match="第 2 号"):
        unaltered(admit(to, NOW), outside.state)


def test_where_nothing_is_recorded_nothing_is_compared(two: tuple[Side, Side]) -> None:
    inside, outside = two
    to = crossed(two)
    forge(to)
    for state in (inside.state, outside.root / "another", outside.root):
        unaltered(admit(to, NOW), state)
    assert not (outside.root / "another").exists()
    own = release(outside.root / "own")
    assert unaltered(admit(own, NOW), outside.state).root == own


def test_what_was_cut_off_before_it_was_recorded_is_known(two: tuple[Side, Side]) -> None:
    """Killed between the exchange and the record: the folder holds what was verified and intended."""
    inside, outside = two
    to = crossed(two)
    second = release(inside.root / "second", {"site/index.html": b"two"})
    made = inside.push("2.wkpkg", "--bundle", str(second))
    outside.run("apply", str(made), "--to", str(outside.root / "elsewhere"))
    with Ledger.open(outside.state, lambda: NOW) as ledger:
        known = record.all_taken(ledger)[-1]
        call = record.taking(ledger, str(to), known)
        unaltered(admit(to, NOW), outside.state)
        to.rename(outside.root / "aside")
        (outside.root / "elsewhere").rename(to)
        unaltered(admit(to, NOW), outside.state)
        ledger.settle(call, "absent")
    with pytest.raises(NotPublishable, match=ALTERED):
        unaltered(admit(to, NOW), outside.state)


def test_a_strangers_file_does_not_hide_what_came(two: tuple[Side, Side]) -> None:
    """Cut off before the record, and somebody put a file beside: what came is still seen to have come."""
    _, outside = two
    to = crossed(two)
    with Ledger.open(outside.state, lambda: NOW) as ledger:
        call = record.taking(ledger, str(to), record.all_taken(ledger)[-1])
        (to / "mine.txt").write_text("mine", "utf-8")
        place.settle(to, ledger)
        rows = ledger.rows("SELECT state FROM standing WHERE id = ?", call)
    assert [r["state"] for r in rows] == ["found"]
