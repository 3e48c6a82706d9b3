"""What is damaged, on the server or on this machine, is found, said in Chinese and mended by pushing again."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from publish.ledger import Ledger
from tests.site_bundles import START, Office, bundle_of, expected, release, site, tree

BOTH = pytest.mark.parametrize("switch", ["link", "files"])
LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
DEEP = b"[" * 100_000


def office(root: Path, **keys: object) -> Office:
    return Office(root, wai={"place": "local", "path": root / "srv", **keys})


def shown(root: Path) -> dict[str, bytes]:
    return tree(root / "srv" / "current")


def film(version: int) -> str:
    return next(p for p in site(version) if p.startswith("courses/ke1/") and p.endswith(".mp4"))


@BOTH
@pytest.mark.parametrize("path", ["index.html", film(2)])
@pytest.mark.parametrize("how", ["emptied", "changed", "gone"])
def test_pushing_again_mends_what_is_shown(
    tmp_path: Path, switch: str, path: str, how: str
) -> None:
    desk = office(tmp_path, switch=switch)
    for version in (1, 2):
        made = release(tmp_path, version)
        assert desk.push(made) == 0, desk.told
    known = len(list((tmp_path / "srv/releases").glob("2*.json")))
    file = tmp_path / "srv/current" / path
    data = file.read_bytes()
    file.unlink()
    if how != "gone":
        file.write_bytes(b"" if how == "emptied" else data[:-1] + bytes([data[-1] ^ 1]))
    assert desk.do("status", "--verify") == 1
    assert desk.do("push", "--bundle", made.root) == 0, "the plan of before still holds"
    assert f"线上这一版的文件坏了（{path}）" in desk.told
    assert shown(tmp_path) == expected([1, 2])
    assert desk.do("status", "--verify") == 0, desk.told
    assert len(list((tmp_path / "srv/releases").glob("2*.json"))) == known, "in its place"
    assert desk.push(made) == 0
    assert "核对过，完好" in desk.told
    assert desk.do("rollback", "wai") == 0, desk.told
    assert shown(tmp_path) == expected([2, 1])
    with Ledger.view(desk.state) as ledger:
        assert ledger.unsettled("site", "wai") == []


def test_readers_find_the_rest_while_it_is_mended(tmp_path: Path) -> None:
    """The new copy is made beside the shown one: nothing is moved away under anybody."""
    desk, made = office(tmp_path), release(tmp_path, 1)
    desk.push(made)
    old = (tmp_path / "srv/current").readlink()
    (tmp_path / "srv/current/index.html").write_bytes(b"")
    assert desk.push(made) == 0, desk.told
    fresh = (tmp_path / "srv/current").readlink()
    assert fresh != old
    assert fresh.name.startswith("20261120T100000-")


def test_a_damaged_file_of_an_older_release_is_told(tmp_path: Path) -> None:
    """Nobody has it any more: it can only be left out."""
    desk = office(tmp_path)
    for version in (1, 2):
        made = release(tmp_path, version)
        desk.push(made)
    kept = tmp_path / "srv/current" / film(1)
    kept.write_bytes(b"")  # shared by both releases
    assert desk.do("push", "--bundle", made.root) == 1
    assert f"旧版留下的文件 {film(1)} 已经损坏：加 --forget" in desk.told
    assert desk.push(made, "--forget") == 0, desk.told
    assert shown(tmp_path) == site(2)


@BOTH
def test_what_others_put_there_is_not_mended_away(tmp_path: Path, switch: str) -> None:
    desk, made = office(tmp_path, switch=switch), release(tmp_path, 1)
    desk.push(made)
    (tmp_path / "srv/current/strange.txt").write_bytes(b"strange")
    assert desk.do("status", "--verify") == 1
    assert desk.push(made) == 0, desk.told
    left = (tmp_path / "srv/current/strange.txt").exists()
    assert left == (switch == "files"), "a release's own folder holds nothing else"


# --- links ------------------------------------------------------------------------------------


@LINKS
def test_links_in_a_release_are_seen(tmp_path: Path) -> None:
    """A link is no file of ours, whatever it leads to: a folder, nothing, the very bytes."""
    desk, made = office(tmp_path), release(tmp_path, 1)
    desk.push(made)
    current = (tmp_path / "srv/current").resolve()
    (tmp_path / "aside").write_bytes(site(1)["index.html"])
    (current / "index.html").unlink()
    (current / "index.html").symlink_to(tmp_path / "aside")
    (current / "folder").symlink_to(tmp_path)
    (current / "nowhere").symlink_to(tmp_path / "nothing")
    assert desk.do("status", "--verify") == 1
    assert "有 3 个不符：folder、index.html、nowhere" in desk.told
    assert desk.push(made) == 0, desk.told
    assert not [p for p in (tmp_path / "srv/current").rglob("*") if p.is_symlink()]
    assert shown(tmp_path) == site(1)


@LINKS
def test_links_where_a_release_is_being_placed_go(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.push(release(tmp_path, 1))
    two = release(tmp_path, 2)
    desk.do("plan", "--bundle", two.root)
    name = json.loads((desk.state / "plans/site-wai.json").read_bytes())["release"]
    part = tmp_path / f"srv/releases/.{name}.part"
    outside = tmp_path / "outside"
    outside.mkdir()
    part.mkdir()
    (part / "secret.txt").symlink_to(tmp_path / "state")
    (part / "courses").symlink_to(outside)
    (part / "index.html").symlink_to(two.root / "site/index.html")
    assert desk.do("push", "--bundle", two.root) == 0, desk.told
    assert not [p for p in (tmp_path / "srv/current").rglob("*") if p.is_symlink()]
    assert shown(tmp_path) == expected([1, 2])
    assert list(outside.iterdir()) == [], "nothing was written through a link"
    assert desk.do("status", "--verify") == 0, desk.told


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files there")
def test_what_can_not_be_read_is_not_waited_for(tmp_path: Path) -> None:
    desk, made = office(tmp_path), release(tmp_path, 1)
    desk.push(made)
    page = (tmp_path / "srv/current").resolve() / "index.html"
    page.unlink()
    os.mkfifo(page)
    assert desk.do("status", "--verify") == 1
    assert desk.push(made) == 0, desk.told
    assert shown(tmp_path) == site(1)


# --- words that can't be read -----------------------------------------------------------------


@pytest.mark.parametrize("bad", [b"", b"[]", b"null", b"\xff", b"7", DEEP])
def test_a_plan_that_can_not_be_read(tmp_path: Path, bad: bytes) -> None:
    desk, made = office(tmp_path), release(tmp_path, 1)
    desk.do("plan", "--bundle", made.root)
    (desk.state / "plans/site-wai.json").write_bytes(bad)
    assert desk.do("push", "--bundle", made.root) == 1
    assert "计划读不懂" in desk.told


ODD = (
    (b'"now":"2026', b'"now":"9x26'),
    (b'+08:00"', b'"'),
    (b'"approvals":"', b'"approvals":7,"z":"'),
    (b'"uses":{', b'"uses":[],"x":{'),
    (b'"uses":{', b'"uses":{"a":7},"x":{'),
    (b'"sources":{', b'"sources":[],"x":{'),
    (b'"entries":{', b'"entries":7,"x":{'),
    (b'"withdrawn":{', b'"withdrawn":{"a":[]},"x":{'),
    (b'"files":{', b'"files":{"a":["b"]},"x":{'),
    (b'"files":{', b'"files":{"../a":["b",1,1,"c"]},"x":{'),
    (b'"number":1', b'"number":1e999'),
    (b'"edition":"internet"', b'"edition":["internet"]'),
    (b'"origin":"', b'"origin":{},"z":"'),
)


@pytest.mark.parametrize("verb", ["status", "plan", "rollback"])
def test_a_record_that_can_not_be_read(tmp_path: Path, verb: str) -> None:
    desk, made = office(tmp_path), release(tmp_path, 1)
    desk.push(made)
    (record,) = (tmp_path / "srv/releases").glob("2*.json")
    whole = record.read_bytes()
    given: dict[str, list[object]] = {"plan": ["--bundle", made.root], "rollback": ["wai"]}
    words = given.get(verb, [])
    for bad in [
        b"",
        b"[]",
        b"null",
        b"\xff",
        DEEP,
        *(whole.replace(old, new, 1) for old, new in ODD),
    ]:
        assert bad != whole
        record.write_bytes(bad)
        assert desk.do(verb, *words) == 1, bad[:80]
        assert "发布记录读不懂" in desk.told or "不能用" in desk.told, bad[:80]
    record.write_bytes(whole)
    assert desk.do("status") == 0


@pytest.mark.parametrize("bad", [b"", b"[]", b"{}", b'{"to": 7}', DEEP])
def test_a_journal_that_can_not_be_read(tmp_path: Path, bad: bytes) -> None:
    desk, made = office(tmp_path, switch="files"), release(tmp_path, 1)
    desk.push(made)
    (tmp_path / "srv/releases/.switch.json").write_bytes(bad)
    desk.do("status")
    assert "程序自身出错" not in desk.told


@pytest.mark.parametrize("bad", [b"", b"[]", DEEP])
def test_what_was_seen_of_a_server_may_be_lost(tmp_path: Path, bad: bytes) -> None:
    desk, made = office(tmp_path), release(tmp_path, 1)
    desk.push(made)
    (desk.state / "site/wai/seen.json").write_bytes(bad)
    desk.targets(wai={"place": "ssh", "host": "nobody.invalid", "path": "/srv/x"})
    assert desk.do("plan", "--bundle", made.root) == 0, desk.told


def test_times_are_those_of_beijing(tmp_path: Path) -> None:
    """However the time was written."""
    desk = office(tmp_path)
    desk.clock = START
    desk.push(release(tmp_path, -1))
    made = bundle_of(tmp_path / "b", site(1), START)
    when = ["--bundle", made.root, "--at", "2026-12-15T02:00:00+00:00"]
    assert desk.do("plan", *when) == 0, desk.told
    assert "2026年12月15日 10:00:00 开封" in desk.told
    assert desk.do("push", *when) == 0, desk.told
    assert "2026年12月15日 10:00:00 开封" in desk.told
    desk.do("status")
    assert "2026年12月15日 10:00:00 开封" in desk.told
    assert "02:00" not in desk.told
