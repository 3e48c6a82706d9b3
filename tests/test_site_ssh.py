"""Channel `site` over a real SSH connection: by rsync and without, whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.problems import Refused
from publish.site.places.remote import Remote
from publish.site.targets import Target
from tests.site_bundles import Office, expected, release, site, tree

if sys.platform == "win32":  # what starts sshd can't even be imported there
    pytest.skip("no sshd there", allow_module_level=True)

from tests.sshd import sshd

TOOLS = (
    "sh awk cat chmod cp cut date df find head ln mkdir mv openssl printf readlink rm sed sha256sum "
    "sort sync tail tar touch wc"
)


@pytest.fixture(scope="module", params=["rsync", "tar"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, object]]:
    """Keys of a target; the second server has no rsync."""
    folder = tmp_path_factory.mktemp("ssh")
    path = ""
    if request.param == "tar":
        path = str(folder / "bin")
        Path(path).mkdir()
        for tool in TOOLS.split():
            found = shutil.which(tool)
            assert found
            (folder / "bin" / tool).symlink_to(found)
    host = f"web-{secrets.token_hex(4)}"
    with sshd(folder / "sshd", host, path) as client:
        yield {"place": "ssh", "host": host, "ssh_config": client}


@pytest.fixture
def desk(server: dict[str, object], tmp_path: Path) -> Office:
    return Office(tmp_path, wai={**server, "path": tmp_path / "far srv", "keep": 3})


def shown(root: Path) -> dict[str, bytes]:
    return tree(root / "far srv" / "current")


def test_releases_come_and_go(desk: Office, tmp_path: Path) -> None:
    assert desk.push(release(tmp_path, 1)) == 0, desk.told
    assert shown(tmp_path) == site(1)
    assert desk.push(release(tmp_path, 2)) == 0, desk.told
    assert shown(tmp_path) == expected([1, 2])
    assert desk.do("status", "--verify") == 0, desk.told
    assert desk.do("rollback", "wai") == 0, desk.told
    assert shown(tmp_path) == expected([2, 1])
    for n in (3, 4):
        assert desk.push(release(tmp_path, n)) == 0, desk.told
    assert len([p for p in (tmp_path / "far srv/releases").iterdir() if p.is_dir()]) == 3


def test_unchanged_files_are_linked_and_changed_ones_have_another_time(
    desk: Office, tmp_path: Path
) -> None:
    for n in (1, 2):
        desk.push(release(tmp_path, n))
    one, two = sorted(p for p in (tmp_path / "far srv/releases").iterdir() if p.is_dir())
    same = next(p for p, d in site(1).items() if d == b"always the same")
    assert (one / same).stat().st_ino == (two / same).stat().st_ino
    assert (one / "index.html").stat().st_mtime != (two / "index.html").stat().st_mtime
    assert (two / "index.html").stat().st_mode & 0o777 == 0o644


def test_a_cut_off_placing_is_taken_up(desk: Office, tmp_path: Path) -> None:
    desk.push(release(tmp_path, 1))
    two = release(tmp_path, 2)
    desk.do("plan", "--bundle", two.root)
    plan = (desk.state / "plans/site-wai.json").read_text("utf-8")
    name = plan.partition('"release": "')[2].partition('"')[0]
    part = tmp_path / "far srv/releases" / f".{name}.part"
    part.mkdir()
    (part / "index.html").write_bytes(b"half of i")
    (part / "strange.html").write_bytes(b"not of this release")
    (part / "404.html").write_bytes(site(2)["404.html"])
    os.utime(part / "404.html", (5, 5))
    assert desk.do("push", "--bundle", two.root) == 0, desk.told
    assert shown(tmp_path) == expected([1, 2])
    assert (tmp_path / "far srv/current/404.html").stat().st_mtime > 5


def test_bytes_that_change_on_the_way_are_found(desk: Office, tmp_path: Path) -> None:
    desk.push(release(tmp_path, 1))
    desk.push(release(tmp_path, 2))
    (tmp_path / "far srv/current/courses/ke1/index.html").write_bytes(b"by hand")
    assert desk.do("status", "--verify") == 1
    assert "courses/ke1/index.html" in desk.told


def test_pushing_again_mends_what_is_shown(desk: Office, tmp_path: Path) -> None:
    """What lies damaged in every older release, too, is sent anew."""
    for version in (1, 2):
        made = release(tmp_path, version)
        assert desk.push(made) == 0, desk.told
    current = tmp_path / "far srv/current"
    same = next(p for p, d in site(1).items() if d == b"always the same")
    (current / same).write_bytes(b"damaged in all of them")
    (current / "index.html").unlink()
    assert desk.do("push", "--bundle", made.root) == 0, desk.told
    assert "线上这一版的文件坏了（" in desk.told
    assert shown(tmp_path) == expected([1, 2])
    assert desk.do("status", "--verify") == 0, desk.told
    (current / same).write_bytes(b"damaged again")
    assert desk.push(release(tmp_path, 3)) == 0, "what lies there is looked at, not believed"
    assert shown(tmp_path) == expected([1, 2, 3])
    film = next(p for p in site(1) if p.endswith(".mp4"))
    (current / film).write_bytes(b"nobody has that any more")
    assert desk.push(release(tmp_path, 4)) == 1
    assert f"旧版留下的文件 {film} 已经损坏：加 --forget" in desk.told
    assert desk.push(release(tmp_path, 4), "--forget") == 0, desk.told
    assert shown(tmp_path) == site(4)


def test_links_are_seen_and_go(desk: Office, tmp_path: Path) -> None:
    desk.push(release(tmp_path, 1))
    two = release(tmp_path, 2)
    desk.do("plan", "--bundle", two.root)
    name = json.loads((desk.state / "plans/site-wai.json").read_bytes())["release"]
    part, outside = tmp_path / f"far srv/releases/.{name}.part", tmp_path / "outside"
    outside.mkdir()
    part.mkdir()
    (part / "secret.txt").symlink_to("/etc/hostname")
    (part / "courses").symlink_to(outside)
    (part / "index.html").symlink_to(two.root / "site/index.html")
    assert desk.do("push", "--bundle", two.root) == 0, desk.told
    current = (tmp_path / "far srv/current").resolve()
    assert not [p for p in current.rglob("*") if p.is_symlink()]
    assert shown(tmp_path) == expected([1, 2])
    assert list(outside.iterdir()) == []
    (current / "folder").symlink_to("/etc")
    (current / "line\nbreak").write_bytes(b"x")
    assert desk.do("status", "--verify") == 1
    assert "有 2 个不符" in desk.told
    assert "folder" in desk.told


def test_a_copy_of_a_record_that_was_cut_off(desk: Office, tmp_path: Path) -> None:
    """Power goes while it is written, or the disk is full: what the server says counts."""
    desk.push(release(tmp_path, 1))
    (copy,) = (p for p in (desk.state / "site/wai").glob("*.json") if p.name != "seen.json")
    whole = copy.read_bytes()
    for bad in (b"", whole[:100], whole.replace(b"internet", b"intranet")):
        copy.write_bytes(bad)
        assert desk.do("status") == 0, desk.told
        assert copy.read_bytes() == whole
    assert desk.push(release(tmp_path, 2)) == 0, desk.told


def test_the_plan_asks_no_server(desk: Office, tmp_path: Path) -> None:
    keys = {"place": "ssh", "host": "nobody.invalid", "path": "/srv/x"}
    desk.targets(wai=keys)
    assert desk.do("plan", "--bundle", release(tmp_path, 1).root) == 0
    assert "没有看过" in desk.told
    assert desk.do("push", "--bundle", release(tmp_path, 1).root) == 1
    assert "连不上 nobody.invalid" in desk.told


def test_the_state_of_a_server_that_was_not_expected(desk: Office, tmp_path: Path) -> None:
    desk.push(release(tmp_path, 1))
    (desk.state / "site/wai/seen.json").unlink()
    two = release(tmp_path, 2)
    desk.do("plan", "--bundle", two.root)
    assert desk.do("push", "--bundle", two.root) == 1
    assert "计划时是 空的" in desk.told
    assert shown(tmp_path) == site(1)
    assert desk.push(two) == 0, "it was looked at meanwhile"


def test_a_folder_in_the_way_and_a_folder_that_may_not_be_written(
    desk: Office, tmp_path: Path
) -> None:
    (tmp_path / "far srv/current").mkdir(parents=True)
    assert desk.push(release(tmp_path, 1)) == 1
    assert "先把它改名移走" in desk.told
    (tmp_path / "far srv/current").rmdir()
    (tmp_path / "far srv/releases").write_bytes(b"a file")
    assert desk.push(release(tmp_path, 1)) == 1
    assert "检查" in desk.told


def test_nothing_of_others_is_touched(desk: Office, tmp_path: Path) -> None:
    theirs = tmp_path / "far srv/releases/20240101120000/data.db"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"precious")
    desk.push(release(tmp_path, 1))
    assert desk.push(release(tmp_path, 1)) == 1
    assert "不是 weike 放的东西（releases/20240101120000）" in desk.told
    theirs.parent.rename(tmp_path / "aside")
    for n in range(1, 5):
        assert desk.push(release(tmp_path, n)) == 0, desk.told
        if n == 1:
            (tmp_path / "aside").rename(theirs.parent)
    assert theirs.read_bytes() == b"precious"
    whole = [p for p in (tmp_path / "far srv/releases").iterdir() if p.is_dir()]
    assert len(whole) == 4, "three of ours and theirs"
    (tmp_path / "far srv/current").unlink()
    (tmp_path / "far srv/current").symlink_to("releases/20240101120000")
    assert desk.do("status") == 1
    assert "不是 weike 发布的一版" in desk.told


def test_the_clock_of_the_server(desk: Office, server: dict[str, object], tmp_path: Path) -> None:
    keys: dict[str, Any] = {k: str(v) for k, v in server.items()}
    clock = Remote(Target("wai", path="/", **keys), desk.state).clock()
    assert clock is not None
    assert clock.unsure < 5


def test_a_lacking_tool_is_named(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "cat", "printf", "readlink", "find", "mv", "ln", "tar"):
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    host = f"web-{secrets.token_hex(4)}"
    with sshd(tmp_path / "sshd", host, str(tmp_path / "bin")) as client:
        target = Target("wai", "ssh", host=host, path=str(tmp_path / "x"), ssh_config=str(client))
        with pytest.raises(Refused, match="缺少 sha256sum、touch"):
            Remote(target, tmp_path).standing()
