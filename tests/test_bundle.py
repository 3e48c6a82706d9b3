"""What a build hands over: listed, whole, swapped in at once."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from builder import bundle
from builder.build import build
from builder.bundle import Artefact, PathConflict
from builder.model import BEIJING
from builder.problems import BuildFailed
from tests.corpus import ROOT, SETTINGS, copy, tree

NOW = datetime(2026, 11, 21, 10, tzinfo=BEIJING)
FILES = (
    Artefact("site/index.html", "<p>首页</p>".encode(), "text/html; charset=utf-8", ("faq:a/b",)),
    Artefact("site/a/b/c.css", b"", "text/css"),
    Artefact("site/a/é.txt", b"\x00\xff", "text/plain", ("x:y", "z:w")),
)
HEADER = {"edition": "internet", "audiences": ["public"], "public": True, "pages": 1}


def lay(folder: Path, text: str = "old") -> Path:
    """Write a small bundle whose one page says `text`."""
    lines = bundle.stage([Artefact("site/index.html", text.encode(), "text/html")], folder)
    (folder / bundle.MANIFEST).write_bytes(bundle.manifest(HEADER, lines))
    return folder


def says(folder: Path) -> bytes:
    return bundle.load(folder).read("site/index.html")


def no_exchange(a: Path, b: Path) -> bool:
    return False


def test_manifest_round_trip(tmp_path: Path) -> None:
    lines = bundle.stage(FILES, tmp_path)
    (tmp_path / bundle.MANIFEST).write_bytes(bundle.manifest(HEADER, lines))
    found = bundle.load(tmp_path)
    assert found.header == {"format": bundle.FORMAT, **HEADER}
    assert dict(found.files) == {line.path: line for line in lines}
    assert {name: found.read(name) for name in found.files} == {a.path: a.body for a in FILES}
    assert [line.size for line in lines] == [len(a.body) for a in FILES]


def test_manifest_does_not_depend_on_order() -> None:
    lines = [bundle.listed(a) for a in FILES]
    assert bundle.manifest(HEADER, lines) == bundle.manifest(HEADER, reversed(lines))


def test_two_producers_of_one_path(tmp_path: Path) -> None:
    with pytest.raises(PathConflict) as caught:
        bundle.stage([FILES[0], FILES[1], FILES[0]], tmp_path)
    assert caught.value.path.endswith("site/index.html")


def test_tampered_file_is_detected(tmp_path: Path) -> None:
    lay(tmp_path)
    (tmp_path / "site/index.html").write_bytes(b"OLD")
    with pytest.raises(ValueError, match=r"site/index\.html 与清单不符"):
        says(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"files": [{}]}', '{"files": 3}', "\xff", "null"]
)
def test_a_manifest_that_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / bundle.MANIFEST).write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="清单"):
        bundle.load(tmp_path)
    assert bundle.load_or_none(tmp_path) is None


def test_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        bundle.load(tmp_path / "none")
    assert bundle.load_or_none(tmp_path / "none") is None


@pytest.mark.parametrize("exchange", [no_exchange, None])
def test_swap_leaves_only_the_new(exchange: object, tmp_path: Path) -> None:
    target = lay(tmp_path / "internet")
    fresh = lay(tmp_path / ".internet.new-1", "new")
    if exchange is None:
        bundle.swap(fresh, target)
    else:
        bundle.swap(fresh, target, exchange=no_exchange)
    assert says(target) == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["internet"]


def test_first_swap(tmp_path: Path) -> None:
    bundle.swap(lay(tmp_path / "fresh", "new"), tmp_path / "internet")
    assert says(tmp_path / "internet") == b"new"


HELD = """
import sys
from pathlib import Path
from builder import bundle

def held(event, arguments):
    if event == "os.rename" and str(arguments[0]) == sys.argv[1]:
        raise PermissionError(13, "held", sys.argv[1])

sys.addaudithook(held)
try:
    bundle.swap(Path(sys.argv[2]), Path(sys.argv[3]), exchange=lambda a, b: False)
except PermissionError:
    sys.exit(3)
"""


@pytest.mark.parametrize("which", ["target", "fresh"])
def test_swap_that_can_not_be_leaves_the_old(which: str, tmp_path: Path) -> None:
    """A scanner holds a file of one of the two folders: their renames are refused."""
    target = lay(tmp_path / "internet")
    fresh = lay(tmp_path / ".internet.new-1", "new")
    stuck = str(target if which == "target" else fresh)
    command = [sys.executable, "-c", HELD, stuck, str(fresh), str(target)]
    assert subprocess.run(command, check=False, cwd=ROOT).returncode == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == [".internet.new-1", "internet"]
    assert says(target) == b"old"
    assert says(fresh) == b"new"


DYING = """
import os, sys
from pathlib import Path
from builder import bundle

class Mortal(type(Path())):
    def rename(self, target):
        os._exit(9)

names = {"fresh": Path, "target": Path, sys.argv[1]: Mortal}
bundle.swap(names["fresh"](sys.argv[2]), names["target"](sys.argv[3]), exchange=lambda a, b: False)
"""


@pytest.mark.parametrize(("dies_at", "then"), [("target", b"old"), ("fresh", b"new")])
def test_swap_cut_off_is_completed_by_the_next_open(
    dies_at: str, then: bytes, tmp_path: Path
) -> None:
    target = lay(tmp_path / "internet")
    fresh = lay(tmp_path / ".internet.new-1", "new")
    command = [sys.executable, "-c", DYING, dies_at, str(fresh), str(target)]
    done = subprocess.run(command, check=False, cwd=ROOT)
    assert done.returncode == 9
    assert (tmp_path / f"{bundle.JOURNAL}-internet").is_file()
    assert target.exists() == (dies_at == "target")
    assert says(target) == then
    bundle.recover(target)
    left = {p.name for p in tmp_path.iterdir()}
    assert left <= {"internet", ".internet.new-1"}
    assert not (tmp_path / f"{bundle.JOURNAL}-internet").exists()


def test_a_torn_journal_stops_nobody(tmp_path: Path) -> None:
    target = lay(tmp_path / "internet")
    journal = tmp_path / f"{bundle.JOURNAL}-internet"
    journal.write_text('{"fresh": ".inter', "utf-8")
    bundle.recover(target)
    assert says(target) == b"old"
    assert not journal.exists()


def test_journal_names_stay_beside_the_bundle(tmp_path: Path) -> None:
    target = lay(tmp_path / "internet")
    bundle.swap(lay(tmp_path / "fresh", "new"), target, exchange=no_exchange)
    assert json.loads(bundle.manifest(HEADER, []))["files"] == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["internet"]


def test_failed_build_leaves_the_last_good_one(tmp_path: Path) -> None:
    for name in (*SETTINGS, "content/terms/sishang.md"):
        copy(name, tmp_path)
    entry = tmp_path / "content/terms/sishang.md"
    entry.write_text(entry.read_text("utf-8").replace("](", "](https://example.com/?"), "utf-8")
    out = tmp_path / "dist"
    build(tmp_path, out, [], NOW, jobs=1)
    before = tree(out)
    assert before
    whole = entry.read_text("utf-8")
    for spoiled in (
        whole.replace("title:", "titel:", 1),  # found when read
        whole + "\n[a](term:nowhere)\n",  # found by the check
        whole + "\n$\\frac{$\n",  # found when rendered
    ):
        entry.write_text(spoiled, "utf-8")
        with pytest.raises(BuildFailed):
            build(tmp_path, out, [], NOW, jobs=1)
        assert tree(out) == before
    entry.write_text(whole, "utf-8")
    build(tmp_path, out, [], NOW, jobs=1)
    assert tree(out) == before
