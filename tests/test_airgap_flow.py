"""Out and back again: a release crosses, its receipt returns, the next one is small."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builder.problems import Refused
from publish.airgap import record
from publish.ledger import Ledger
from tests import airgap_vectors as vectors
from tests.airgap_world import (
    NOW,
    SITE,
    Side,
    contents,
    entry,
    package,
    release,
    sides,
    signer,
    trusting,
)

NEXT = {**SITE, "site/index.html": b"<title>two</title>\n" * 30, "site/new.js": b"let a = 1;\n"}
del NEXT["site/a.css"]


@pytest.fixture
def two(tmp_path: Path) -> tuple[Side, Side]:
    return sides(tmp_path)


def crossed(two: tuple[Side, Side]) -> Path:
    """A first release, placed outside; the folder."""
    inside, outside = two
    first = release(inside.root / "first")
    package = inside.push("1.wkpkg", "--bundle", str(first))
    to = outside.root / "www"
    outside.run("apply", str(package), "--to", str(to))
    assert contents(to) == contents(first)
    return to


def acknowledged(two: tuple[Side, Side], name: str = "r1.wkpkg") -> str:
    inside, outside = two
    back = outside.push(name, "--receipts")
    return inside.run("pull", "receipts", "--from", str(back))


def test_a_release_crosses_and_the_next_one_is_incremental(two: tuple[Side, Side]) -> None:
    inside, outside = two
    to = crossed(two)
    assert "新的 1 条" in acknowledged(two)
    second = release(inside.root / "second", NEXT)
    said = inside.run("plan", "--bundle", str(second))
    assert "新增 1 个，改动 2 个，去掉 1 个" in said
    assert "接在对方已装的第 1 号" in said
    assert not (inside.state / "airgap" / "receipts.json").exists()
    package = inside.push("2.wkpkg", "--bundle", str(second))
    said = outside.run("verify", str(package), "--to", str(to))
    assert "第 2 号" in said
    assert "  去 site/a.css" in said
    assert "核对通过" in said
    assert contents(to) == contents(inside.root / "first")
    outside.run("apply", str(package), "--to", str(to))
    assert contents(to) == contents(second)
    assert not [p for p in outside.root.iterdir() if p.name.startswith(".www")]


def test_what_did_not_change_is_not_carried_again(two: tuple[Side, Side]) -> None:
    inside, outside = two
    film = {"site/film.mp4": bytes(range(256)) * 4000}
    first = release(inside.root / "first", {**SITE, **film})
    whole = inside.push("1.wkpkg", "--bundle", str(first))
    to = outside.root / "www"
    outside.run("apply", str(whole), "--to", str(to))
    acknowledged(two)
    second = release(inside.root / "second", {**NEXT, **film})
    small = inside.push("2.wkpkg", "--bundle", str(second))
    assert whole.stat().st_size > 1_000_000
    assert small.stat().st_size < 5_000
    outside.run("apply", str(small), "--to", str(to))
    assert contents(to) == contents(second)


@pytest.mark.parametrize("verb", ["verify", "apply"])
def test_a_package_is_taken_once_and_never_after_a_later_one(
    two: tuple[Side, Side], verb: str
) -> None:
    inside, outside = two
    to = crossed(two)
    second = release(inside.root / "second", NEXT)
    package = inside.push("2.wkpkg", "--bundle", str(second))
    outside.run("apply", str(package), "--to", str(to))
    before = contents(to)
    said = outside.run(verb, str(package), "--to", str(to), code=int(verb == "verify"))
    assert ("已经装过" if verb == "verify" else "上次已经装好了") in said
    said = outside.run(verb, str(package), "--to", str(outside.root / "other"), code=1)
    assert "已经装过" in said
    said = outside.run(verb, str(inside.root / "1.wkpkg"), "--to", str(to), code=1)
    assert "旧包不装" in said
    assert contents(to) == before
    with Ledger.view(outside.state) as ledger:
        assert [b["sequence"] for b in record.all_taken(ledger)] == [1, 2]


def test_what_was_placed_and_spoilt_since_is_not_called_placed(two: tuple[Side, Side]) -> None:
    inside, outside = two
    to = crossed(two)
    (to / "site/a.css").write_bytes(b"body{color:red}")
    said = outside.run("apply", str(inside.root / "1.wkpkg"), "--to", str(to), code=1)
    assert "site/a.css 缺了或被改过" in said
    assert "没有装" in said


@pytest.mark.parametrize("verb", ["verify", "apply"])
def test_a_wrong_base_is_refused_and_the_running_site_stays(
    two: tuple[Side, Side], verb: str
) -> None:
    inside, outside = two
    to = crossed(two)
    acknowledged(two)
    second = release(inside.root / "second", NEXT)
    inside.push("2.wkpkg", "--bundle", str(second))
    third = inside.push("3.wkpkg", "--bundle", str(release(inside.root / "third", SITE | NEXT)))
    outside.run("apply", str(inside.root / "2.wkpkg"), "--to", str(to))
    said = outside.run(verb, str(third), "--to", str(to), code=1)
    assert "接不上" in said
    assert contents(to) == contents(second)
    said = outside.run(verb, str(third), "--to", str(outside.root / "empty"), code=1)
    assert "这里还什么都没有" in said
    assert not (outside.root / "empty").exists()


def test_one_is_warned_of_a_package_without_a_receipt(two: tuple[Side, Side]) -> None:
    inside, _ = two
    crossed(two)
    acknowledged(two)
    inside.push("2.wkpkg", "--bundle", str(release(inside.root / "second", NEXT)))
    said = inside.run("plan", "--bundle", str(release(inside.root / "third", SITE | NEXT)))
    assert "第 2 号做过包，还没有回执" in said
    assert "--base none" in said


def test_a_base_that_nobody_acknowledged_is_refused(two: tuple[Side, Side]) -> None:
    inside, _ = two
    crossed(two)
    second = str(release(inside.root / "second", NEXT))
    said = inside.run("plan", "--bundle", second, "--base", "abcdef12", code=1)
    assert "没有回执说对方装过" in said
    assert "做全量包" in inside.run("plan", "--bundle", second)
    acknowledged(two)
    said = inside.run("plan", "--bundle", second, "--base", "abcdef12", code=1)
    assert "第 1 号" in said


@pytest.mark.parametrize("verb", ["verify", "apply"])
@pytest.mark.parametrize("path", ["site/a.css", "site/index.html"])
def test_a_base_that_was_tampered_with_is_not_built_upon(
    two: tuple[Side, Side], verb: str, path: str
) -> None:
    inside, outside = two
    to = crossed(two)
    acknowledged(two)
    more = release(inside.root / "second", {**SITE, "site/more.html": b"more"})
    package = inside.push("2.wkpkg", "--bundle", str(more))
    changed = to / path
    whole = changed.read_bytes()
    changed.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    before = contents(to)
    said = outside.run(verb, str(package), "--to", str(to), code=1)
    assert "被改过" in said
    assert contents(to) == before


KEYS = {
    "unknown-key": (entry(signer(3).public), "不在 trusted-keys.yml"),
    "revoked-key": (entry(signer(1).public, revoked="2026-11-20"), "吊销"),
    "expired-key": (entry(signer(1).public, until="2026-11-20"), "到期"),
    "key-not-yet": (entry(signer(1).public, since="2026-11-22"), "起才有效"),
    "other-stream": (entry(signer(1).public, streams="[robot]"), "不能签"),
    "other-direction": (entry(signer(1).public, directions="[in]"), "方向不对"),
}


@pytest.mark.parametrize("case", KEYS)
def test_a_key_that_does_not_count_leaves_the_running_site(
    two: tuple[Side, Side], case: str
) -> None:
    inside, outside = two
    to = crossed(two)
    package = inside.push("2.wkpkg", "--bundle", str(release(inside.root / "second", NEXT)))
    text, told = KEYS[case]
    trusting(outside.state, text)
    for verb in ("verify", "apply"):
        assert told in outside.run(verb, str(package), "--to", str(to), code=1)
    assert contents(to) == contents(inside.root / "first")
    trusting(outside.state, entry(signer(1).public))
    data = package.read_bytes()
    package.write_bytes(data[:48] + bytes(64) + data[112:])
    assert "签名不对" in outside.run("apply", str(package), "--to", str(to), code=1)
    assert contents(to) == contents(inside.root / "first")


def test_a_release_goes_on_to_the_web_server(tmp_path: Path) -> None:
    inside, outside = sides(tmp_path, datetime.now(UTC))
    root = release(inside.root / "first", SITE, inside.now - timedelta(hours=1))
    package = inside.push("1.wkpkg", "--bundle", str(root))
    served = outside.root / "served"
    (outside.state / "sites.yml").write_text(
        f"sites:\n  here:\n    place: local\n    path: {served}\n", "utf-8"
    )
    to = outside.root / "www"
    outside.run("apply", str(package), "--to", str(to))  # killed before it came to the server
    assert not served.exists()
    said = outside.run("apply", str(package), "--to", str(to), "--site", "here")
    assert "上次已经装好了" in said
    pages = [p for p in served.rglob("index.html") if p.read_bytes() == SITE["site/index.html"]]
    assert pages


def test_what_the_door_refuses_does_not_cross(two: tuple[Side, Side]) -> None:
    inside, _ = two
    for name, words, told in (
        ("intranet", {"public": False, "edition": "intranet"}, "不是公开的"),
        ("ahead", {"now": NOW + timedelta(hours=2)}, "在此刻之后"),
        ("plain", {"approvals": None}, "不是发布版"),
    ):
        header = {k: v for k, v in words.items() if k != "now"}
        moment = words.get("now", NOW)
        assert isinstance(moment, type(NOW))
        root = release(inside.root / name, SITE, moment, **header)
        assert told in inside.run("plan", "--bundle", str(root), code=1)
        inside.push(f"{name}.wkpkg", "--bundle", str(root), code=1)
        assert not (inside.root / f"{name}.wkpkg").exists()


def test_a_folder_that_no_package_filled_is_left_alone(two: tuple[Side, Side]) -> None:
    inside, outside = two
    package = inside.push("1.wkpkg", "--bundle", str(release(inside.root / "first")))
    to = outside.root / "www"
    (to / "papers").mkdir(parents=True)
    (to / "papers" / "old.txt").write_text("keep me", "utf-8")
    for verb in ("verify", "apply"):
        assert "不敢换掉" in outside.run(verb, str(package), "--to", str(to), code=1)
    assert contents(to) == {"papers/old.txt": b"keep me"}


def test_a_clock_that_is_wrong_is_named(two: tuple[Side, Side]) -> None:
    inside, outside = two
    package = inside.push("1.wkpkg", "--bundle", str(release(inside.root / "first")), "--days", "3")
    to = str(outside.root / "www")
    early = replace(outside, now=NOW - timedelta(minutes=11))
    assert "时钟" in early.run("apply", str(package), "--to", to, code=1)
    late = replace(outside, now=NOW + timedelta(days=3))
    assert "过期" in late.run("apply", str(package), "--to", to, code=1)
    replace(outside, now=NOW + timedelta(days=3, seconds=-1)).run("apply", str(package), "--to", to)


def test_letters_come_in_once(two: tuple[Side, Side]) -> None:
    inside, outside = two
    box = outside.state / "inbox"
    (box / "asked").mkdir(parents=True)
    (box / "asked" / "1.json").write_text("{}", "utf-8")
    (box / ".half").write_text("not yet", "utf-8")
    (box / "作品.zip").write_bytes(bytes(999))
    first = outside.push("i1.wkpkg", "--inbox")
    assert "收下 2 个新来件" in inside.run("pull", "inbox", "--from", str(first))
    folder = inside.state / "inbox" / "outside-000001"
    assert contents(folder) == {"asked/1.json": b"{}", "作品.zip": bytes(999)}
    assert "已经装过" in inside.run("pull", "inbox", "--from", str(first), code=1)
    (box / "asked" / "2.json").write_text("{2}", "utf-8")
    second = outside.push("i2.wkpkg", "--inbox")  # not acknowledged yet: all of it again
    inside.run("pull", "inbox", "--from", str(second))
    assert contents(inside.state / "inbox" / "outside-000002") == {"asked/2.json": b"{2}"}
    third = outside.push("i3.wkpkg", "--inbox")
    assert "没有新来件" in inside.run("pull", "inbox", "--from", str(third))
    word = inside.push("ack.wkpkg", "--receipts", "--direction", "out")
    outside.run("pull", "receipts", "--from", str(word))
    assert "没有对方还没收到的来件" in outside.run("plan", "--inbox", code=1)
    (box / "asked" / "3.json").write_text("{3}", "utf-8")
    assert "1 个文件" in outside.run("plan", "--inbox")


def test_receipts_must_go_on_where_they_ended(two: tuple[Side, Side]) -> None:
    inside, outside = two
    to = crossed(two)
    acknowledged(two)
    said = inside.run("status")
    assert "对方已装" in said
    assert "回执：1 条" in said
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
        (outside.state / name).unlink(missing_ok=True)  # a ledger that was lost, and begins anew
    package = inside.push(
        "2.wkpkg", "--bundle", str(release(inside.root / "second", NEXT)), "--base", "none"
    )
    outside.run("apply", str(package), "--to", str(to))
    back = outside.push("r2.wkpkg", "--receipts", "--sequence", "9")
    kept = (inside.state / "receipts" / "outside.json").read_bytes()
    assert "对不上" in inside.run("pull", "receipts", "--from", str(back), code=1)
    assert (inside.state / "receipts" / "outside.json").read_bytes() == kept


def test_a_lost_ledger_inside_is_got_over_with_a_number(two: tuple[Side, Side]) -> None:
    inside, outside = two
    to = crossed(two)
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
        (inside.state / name).unlink(missing_ok=True)
    second = str(release(inside.root / "second", NEXT))
    again = inside.push("again.wkpkg", "--bundle", second)
    assert "同号" in outside.run("apply", str(again), "--to", str(to), code=1)
    later = inside.push("later.wkpkg", "--bundle", second, "--sequence", "20")
    outside.run("apply", str(later), "--to", str(to))
    assert "第 21 号" in inside.run("plan", "--bundle", second)


def test_a_package_taken_the_wrong_way_says_so(two: tuple[Side, Side]) -> None:
    inside, outside = two
    package = inside.push("1.wkpkg", "--bundle", str(release(inside.root / "first")))
    assert "拿错了包" in outside.run("pull", "inbox", "--from", str(package), code=1)
    assert "不在" in inside.run("verify", str(package), code=1)  # carried back to its own side
    word = outside.push("r.wkpkg", "--receipts")
    said = inside.run("apply", str(word), "--to", str(inside.root / "www"), code=1)
    assert "weike pull" in said


def test_the_robot_crosses_by_itself(two: tuple[Side, Side]) -> None:
    inside, outside = two
    files = {**SITE, "robot/scripts.json": b"[1]", "robot/terms.json": b"[2]"}
    root = release(inside.root / "first", files)
    package = inside.push("r.wkpkg", "--robot", str(root))
    to = outside.root / "robot"
    outside.run("verify", str(package), "--to", str(to))
    outside.run("apply", str(package), "--to", str(to))
    assert contents(to) == {"scripts.json": b"[1]", "terms.json": b"[2]"}
    files["robot/scripts.json"] = b"[3]"
    package = inside.push("r2.wkpkg", "--robot", str(release(inside.root / "second", files)))
    outside.run("apply", str(package), "--to", str(to))
    assert contents(to)["scripts.json"] == b"[3]"
    (to / "mine.txt").write_text("x", "utf-8")
    package = inside.push("r3.wkpkg", "--robot", str(root))
    assert "不敢换掉" in outside.run("apply", str(package), "--to", str(to), code=1)


def test_a_new_key_is_printed_as_the_other_side_needs_it(
    tmp_path: Path, two: tuple[Side, Side]
) -> None:
    inside, outside = two
    (tmp_path / "pin").write_text("987654", "utf-8")
    target = tmp_path / "new.key"
    pin = ["--pin-file", str(tmp_path / "pin")]
    said = inside.run("keygen", str(target), "--who", "李四（信息中心）", *pin)
    lines = said[said.index("- key") :]
    assert json.loads(target.read_bytes())["public"] in lines
    assert target.stat().st_mode & 0o077 == 0
    (outside.state / "trusted-keys.yml").write_text(lines, "utf-8")
    first = str(release(inside.root / "first"))
    out = inside.root / "1.wkpkg"
    inside.run("push", "--bundle", first, "--key", str(target), *pin, "--out", str(out))
    assert "李四（信息中心）" in outside.run("verify", str(out))
    assert "不覆盖" in inside.run("keygen", str(target), "--who", "李四", *pin, code=1)


def test_a_file_that_changes_while_it_is_packed_stops_the_package(two: tuple[Side, Side]) -> None:
    inside, _ = two
    root = release(inside.root / "first")
    (root / "site" / "a.css").write_bytes(b"body{ }")
    inside.push("1.wkpkg", "--bundle", str(root), code=1)
    assert not list(inside.root.glob("*.wkpkg"))
    assert not list(inside.root.glob(".*"))


def test_a_key_signs_only_the_kinds_that_its_streams_name(two: tuple[Side, Side]) -> None:
    """A key for receipts carries receipts, whatever its package is called."""
    inside, outside = two
    to = crossed(two)
    before = contents(to)
    trusting(outside.state, entry(signer().public, streams="[receipts]"))
    forged = release(inside.root / "forged", {"site/index.html": b"forged"}, edition="receipts")
    for number, kind in enumerate(("release", "robot", "inbox"), 7):
        out = inside.root / f"{kind}.wkpkg"
        with pytest.raises(Refused, match="种类"):
            package(out, contents(forged), kind=kind, stream="receipts", sequence=number)
        assert not out.exists()
        words = {"kind": kind, "stream": "receipts", "sequence": number}
        tree = contents(forged)
        plain = vectors.manifest(tree, **words)
        seen = {r[2]: tree[r[0]] for r in reversed(plain["files"])}
        out.write_bytes(vectors.package(plain, b"".join(seen[p[0]] for p in plain["parts"])))
        verb = ("pull", "inbox", "--from") if kind == "inbox" else ("apply", "--to", str(to))
        assert "对不上" in outside.run(*verb, str(out), code=1)
    assert contents(to) == before
    assert not (outside.state / "inbox").exists()


def test_a_folder_keeps_to_one_edition(two: tuple[Side, Side]) -> None:
    inside, outside = two
    to = crossed(two)
    before = contents(to)
    trusting(outside.state, entry(signer().public, streams="[internet, province]"))
    other = release(inside.root / "other", NEXT, edition="province")
    out = inside.push("p.wkpkg", "--bundle", str(other))
    for verb in ("verify", "apply"):
        said = outside.run(verb, str(out), "--to", str(to), code=1)
        assert "里是“internet”版，包里是“province”版" in said
    assert contents(to) == before
    outside.run("apply", str(out), "--to", str(outside.root / "province"))


def test_an_edition_of_a_kinds_name_is_not_packed(two: tuple[Side, Side]) -> None:
    inside, _ = two
    for name in ("receipts", "release", "Internet", "政务"):
        root = release(inside.root / name, edition=name)
        inside.push(f"{name}.wkpkg", "--bundle", str(root), code=1)
        assert "不能用在跨网的包上" in inside.run("plan", "--bundle", str(root), code=1)


def test_a_link_is_judged_before_it_is_followed(two: tuple[Side, Side]) -> None:
    inside, outside = two
    made = inside.push("1.wkpkg", "--bundle", str(release(inside.root / "first")))
    real, link = outside.root / "real", outside.root / "link"
    link.symlink_to(real)  # leads nowhere yet
    for _ in range(2):
        for verb in ("verify", "apply"):
            said = outside.run(verb, str(made), "--to", str(link), code=1)
            assert "不是普通的文件夹" in said
        assert link.is_symlink()
        assert not real.exists() or not contents(real)
        real.mkdir(exist_ok=True)
    (outside.root / "disk").mkdir()  # a link further up is the machine's own affair
    (outside.root / "srv").symlink_to(outside.root / "disk")
    outside.run("apply", str(made), "--to", str(outside.root / "srv" / "www"))
    assert (outside.root / "disk" / "www" / "manifest.json").exists()


FOREIGN = {
    "no list": b"{}",
    "an empty list": b'{"files": []}',
    "a list of nothing": b'{"format": 1, "edition": "internet", "approvals": null, "files": []}',
    "odd words": b'{"format": true, "edition": 5, "approvals": ["a"], "files": []}',
    "deep": b"[" * 200_000,
}


@pytest.mark.parametrize("manifest", FOREIGN.values(), ids=list(FOREIGN))
def test_a_folder_with_some_manifest_is_nobodys_release(
    two: tuple[Side, Side], manifest: bytes
) -> None:
    inside, outside = two
    made = inside.push("1.wkpkg", "--bundle", str(release(inside.root / "first")))
    to = outside.root / "www"
    to.mkdir()
    (to / "manifest.json").write_bytes(manifest)
    (to / "thesis.doc").write_bytes(b"precious")
    for verb in ("verify", "apply"):
        assert "不敢换掉" in outside.run(verb, str(made), "--to", str(to), code=1)
    assert contents(to) == {"manifest.json": manifest, "thesis.doc": b"precious"}


def test_a_file_that_is_none_of_ours_is_named_and_kept(two: tuple[Side, Side]) -> None:
    inside, outside = two
    to = crossed(two)
    made = inside.push("2.wkpkg", "--bundle", str(release(inside.root / "second", NEXT)))
    (to / "site" / "papers").mkdir()
    (to / "site" / "papers" / "old.txt").write_bytes(b"keep me")
    (to / "mine").symlink_to(outside.state)
    before = contents(to)
    for verb in ("verify", "apply"):
        said = outside.run(verb, str(made), "--to", str(to), code=1)
        assert "mine、site/papers/old.txt。" in said
    assert contents(to) == before
    (to / "mine").unlink()
    (to / "site" / "papers" / "old.txt").unlink()
    outside.run("apply", str(made), "--to", str(to))
    assert contents(to) == contents(inside.root / "second")


def test_another_release_in_our_folder_is_not_ours(two: tuple[Side, Side]) -> None:
    """The ledger knows what it put there."""
    inside, outside = two
    to = crossed(two)
    made = inside.push("2.wkpkg", "--bundle", str(release(inside.root / "second", NEXT)))
    to.rename(outside.root / "aside")
    theirs = contents(release(to, {"site/index.html": b"by hand"}))
    for verb in ("verify", "apply"):
        assert "不是以前装的" in outside.run(verb, str(made), "--to", str(to), code=1)
    assert contents(to) == theirs
    to.rename(outside.root / "theirs")
    (outside.root / "aside").rename(to)
    outside.run("apply", str(made), "--to", str(to))


def test_the_robot_does_not_take_a_releases_folder(two: tuple[Side, Side]) -> None:
    inside, outside = two
    to = crossed(two)
    before = contents(to)
    root = release(inside.root / "r", {**SITE, "robot/terms.json": b"[2]"})
    made = inside.push("r.wkpkg", "--robot", str(root))
    for verb in ("verify", "apply"):
        assert "不是以前装的" in outside.run(verb, str(made), "--to", str(to), code=1)
    assert contents(to) == before
