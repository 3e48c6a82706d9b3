"""Folders made in advance: those that pages use stay, all others go, whatever became of their maker."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.ahead import FORKS, Ahead, drop_unused
from builder.build import build
from tests.sitefiles import NOW, faq, write


def folders(top: Path) -> set[str]:
    return {p.relative_to(top).as_posix() for p in top.rglob("*") if p.is_dir()}


@pytest.mark.skipif(not FORKS, reason="without fork folders are made one by one")
def test_the_next_bundle_gets_the_folders_of_the_last(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "site/a/b").mkdir(parents=True)
    (old / "site/c").mkdir()
    (old / "site/a/x.html").write_text("x")
    (old / "site/link").symlink_to(tmp_path)
    made = Ahead([(old, new)]).made()
    assert folders(new) == {"site", "site/a", "site/a/b", "site/c"}
    assert not [p for p in new.rglob("*") if p.is_file()]
    drop_unused(made, new, ["manifest.json", "site/a/x.html"])
    assert folders(new) == {"site", "site/a"}


def test_all_empty_folders_go_when_nobody_can_tell_which_were_made(tmp_path: Path) -> None:
    (tmp_path / "site/nei/bu").mkdir(parents=True)
    (tmp_path / "site/a").mkdir()
    (tmp_path / "site/a/x.html").write_text("x")
    drop_unused(None, tmp_path, ["site/a/x.html"])
    assert folders(tmp_path) == {"site", "site/a"}


def test_a_public_bundle_has_no_folder_of_an_internal_page(tmp_path: Path) -> None:
    """Neither in a first bundle nor when the page became internal."""
    files = {"faq/mlk/yi.md": faq(), "faq/mlk/neibu-mingzi.md": faq(audience="intranet")}
    root, out = write(tmp_path / "in", files), tmp_path / "out"
    build(root, out, [], NOW, jobs=1)
    assert not list((out / "internet").rglob("*neibu-mingzi*"))
    assert list((out / "intranet").rglob("*neibu-mingzi*"))
    write(root, {"faq/mlk/neibu-mingzi.md": faq()})
    build(root, out, [], NOW, jobs=1)
    assert list((out / "internet").rglob("*neibu-mingzi*"))
    write(root, files)
    build(root, out, [], NOW, jobs=1)
    assert not list((out / "internet").rglob("*neibu-mingzi*"))
    assert not [p for p in (out / "internet").rglob("*") if p.is_dir() and not any(p.iterdir())]
    assert not [p for p in out.iterdir() if p.name.startswith(".")]
