"""Channel `site` on a folder: planned exactly, placed whole, shown in one step, taken back."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from builder.problems import Refused
from publish.ledger import Ledger
from tests.site_bundles import START, Office, bundle_of, expected, lasting, release, site, tree

BOTH = pytest.mark.parametrize("switch", ["link", "files"])


def office(root: Path, **keys: object) -> Office:
    return Office(root, wai={"place": "local", "path": root / "srv", **keys})


def shown(root: Path) -> dict[str, bytes]:
    return tree(root / "srv" / "current")


@BOTH
def test_a_release_is_shown_whole(tmp_path: Path, switch: str) -> None:
    desk = office(tmp_path, switch=switch)
    assert desk.push(release(tmp_path, 1)) == 0, desk.told
    assert shown(tmp_path) == site(1)
    assert desk.push(release(tmp_path, 2)) == 0, desk.told
    assert shown(tmp_path) == expected([1, 2])
    assert desk.do("status", "--verify") == 0
    assert "全部相符" in desk.told


@BOTH
def test_a_second_push_of_the_same_changes_nothing(tmp_path: Path, switch: str) -> None:
    desk, made = office(tmp_path, switch=switch), release(tmp_path, 1)
    desk.push(made)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "srv").rglob("*")}
    assert desk.push(made) == 0
    assert "线上已经是" in desk.told
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "srv").rglob("*")} == before


def test_the_plan_is_exact_and_touches_nothing(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.push(release(tmp_path, 1))
    before = tree(tmp_path / "srv")
    second = site(2) | {"neu/index.html": b"<p>new"}
    del second["courses/ke5/index.html"]
    made = bundle_of(tmp_path / "b", second, START + timedelta(hours=2))
    assert desk.do("plan", "--bundle", made.root) == 0
    assert tree(tmp_path / "srv") == before
    plan = json.loads((desk.state / "plans/site-wai.json").read_bytes())
    old = site(1)
    assert plan["new"] == sorted(p for p in second if p not in old)
    assert plan["changed"] == sorted(p for p in second if p in old and second[p] != old[p])
    kept = {p for p in old if lasting(p) and "ke5" not in p}
    gone_picture = next(p for p, d in old.items() if d == b"picture 5 of v1")
    assert gone_picture in plan["gone"], "only the page that is gone showed it"
    assert set(plan["gone"]) == {
        p for p in old if p not in second and p not in kept - {gone_picture}
    }
    assert plan["send"] == sum(len(d) for d in set(second.values()) - set(old.values()))
    assert "要传" in desk.told
    assert "8 篇都有批准记录" in desk.told
    desk.do("push", "--bundle", made.root)
    assert (tmp_path / "srv/current").readlink().name == plan["release"]


def test_a_plan_holds_only_while_nothing_changed(tmp_path: Path) -> None:
    desk = office(tmp_path, keep=3)
    one, two, three = (release(tmp_path, n) for n in (1, 2, 3))
    desk.push(one)
    desk.do("plan", "--bundle", two.root)
    assert desk.do("push", "--bundle", three.root) == 1
    assert "成品包换过" in desk.told
    desk.targets(wai={"place": "local", "path": tmp_path / "srv", "keep": 2})
    assert desk.do("push", "--bundle", two.root) == 1
    assert "sites.yml" in desk.told
    desk.do("plan", "--bundle", two.root)
    other = Office(tmp_path / "srv", wai={"place": "local", "path": tmp_path / "srv", "keep": 2})
    assert other.push(three) == 0
    assert desk.do("push", "--bundle", two.root) == 1
    assert "计划时是" in desk.told
    assert shown(tmp_path)["index.html"] == site(3)["index.html"]


@pytest.mark.parametrize(
    "change",
    [{"at": ""}, {"drop": []}, {"forget": True}, {"current": "x"}, {"target": "nei"}, {"send": 0}],
)
def test_a_plan_changed_by_hand_is_not_carried_out(
    tmp_path: Path, change: dict[str, object]
) -> None:
    """Even what nothing else would notice: that it is timed."""
    desk = office(tmp_path, keep=1)
    desk.push(release(tmp_path, 1))
    two = release(tmp_path, 2)
    at = (desk.clock + timedelta(hours=2)).isoformat()
    assert desk.do("plan", "--bundle", two.root, "--at", at) == 0
    file = desk.state / "plans/site-wai.json"
    plain = json.loads(file.read_bytes())
    file.write_text(json.dumps(plain | change), "utf-8")
    for words in ((), ("--at", at)):
        assert desk.do("push", "--bundle", two.root, *words) == 1
        assert "计划被改过" in desk.told
    assert shown(tmp_path) == site(1)
    del plain["digest"]
    file.write_text(json.dumps(plain), "utf-8")
    assert desk.do("push", "--bundle", two.root) == 1
    assert "读不懂" in desk.told


def test_a_bundle_swapped_while_it_is_planned_is_noticed(tmp_path: Path) -> None:
    """What was read is what the plan names, not what lies there at its end."""
    from publish.site import plan as plans

    one, two = release(tmp_path, 1), release(tmp_path, 2)
    assert plans.manifest_digest(one) != plans.manifest_digest(two)
    before = plans.manifest_digest(one)
    (one.root / "manifest.json").write_bytes((two.root / "manifest.json").read_bytes())
    assert plans.manifest_digest(one) == before


def test_it_goes_nowhere_without_a_plan(tmp_path: Path) -> None:
    desk = office(tmp_path)
    assert desk.do("push", "--bundle", release(tmp_path, 1).root) == 1
    assert "先运行 weike plan site wai" in desk.told
    assert not (tmp_path / "srv").exists()


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({"edition": "intranet", "public": False}, "放错会泄密"),
        ({"public": False}, "不对外公开"),
        ({"approvals": None}, "不是发布版"),
        ({"now": START + timedelta(days=60)}, "在此刻之后"),
    ],
)
def test_what_may_not_go_out_does_not(tmp_path: Path, head: dict[str, Any], said: str) -> None:
    desk = office(tmp_path)
    made = bundle_of(tmp_path / "b", site(1), **head)
    assert desk.do("plan", "--bundle", made.root) == 1
    assert said in desk.told
    assert not (tmp_path / "srv").exists()


def test_an_intranet_site_takes_only_its_own_edition(tmp_path: Path) -> None:
    desk = office(tmp_path, edition="intranet")
    head: dict[str, Any] = {
        "edition": "intranet",
        "public": False,
        "audiences": ["public", "intranet"],
    }
    assert desk.push(bundle_of(tmp_path / "b", site(1), **head)) == 0, desk.told
    assert desk.push(release(tmp_path, 2)) == 1
    assert "放错会泄密" in desk.told


@pytest.mark.parametrize("switch", ["link", "files"])
def test_two_editions_never_share_a_place(tmp_path: Path, switch: str) -> None:
    """Two machines, or a sites.yml that was changed: the records standing there tell."""
    head: dict[str, Any] = {
        "edition": "intranet",
        "public": False,
        "audiences": ["public", "intranet"],
    }
    inner = bundle_of(tmp_path / "in", site(3), START + timedelta(hours=3), **head)
    desk = office(tmp_path, switch=switch)
    desk.push(release(tmp_path, 1))
    two = release(tmp_path, 2)
    assert desk.do("plan", "--bundle", two.root) == 0
    plan = (desk.state / "plans/site-wai.json").read_bytes()
    keys = {"place": "local", "path": tmp_path / "srv", "switch": switch}
    desk.targets(wai=keys | {"edition": "intranet"})
    for words in (("plan", "--bundle", inner.root), ("rollback", "wai")):
        assert desk.do(*words) == 1
        assert "两版不能放在一处" in desk.told
    assert shown(tmp_path) == site(1)
    # the intranet edition came first, by somebody else: the plan of the public one no longer holds
    other = Office(tmp_path / "o", wai=keys | {"path": tmp_path / "o/srv", "edition": "intranet"})
    assert other.push(inner) == 0
    for left in ("releases", "current"):
        (tmp_path / "srv" / left).rename(tmp_path / f"old-{left}")
        (tmp_path / "o/srv" / left).rename(tmp_path / "srv" / left)
    desk.targets(wai=keys)
    (desk.state / "plans/site-wai.json").write_bytes(plan)
    assert desk.do("push", "--bundle", two.root) == 1
    assert "两版不能放在一处" in desk.told
    assert desk.do("rollback", "wai") == 1
    assert "两版不能放在一处" in desk.told
    assert [r["edition"] for r in records(tmp_path)] == ["intranet"]


def records(root: Path) -> list[dict[str, object]]:
    return [json.loads(p.read_bytes()) for p in (root / "srv/releases").glob("[0-9]*.json")]


def test_a_spoilt_bundle_is_not_placed(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.push(release(tmp_path, 1))
    two = release(tmp_path, 2)
    desk.do("plan", "--bundle", two.root)
    (two.root / "site/courses/ke1/index.html").write_bytes(b"spoilt")
    assert desk.do("push", "--bundle", two.root) == 1
    assert "courses/ke1/index.html" in desk.told
    assert shown(tmp_path) == site(1)


@BOTH
def test_rollback_and_forward(tmp_path: Path, switch: str) -> None:
    desk = office(tmp_path, switch=switch)
    for n in (1, 2, 3):
        desk.push(release(tmp_path, n))
    assert desk.do("rollback", "wai") == 0, desk.told
    assert shown(tmp_path) == expected([1, 3, 2]), "who reads a page of 3 finds its files"
    assert desk.do("rollback", "wai") == 0
    assert shown(tmp_path) == expected([2, 3, 1])
    assert desk.do("rollback", "wai") == 1
    assert "没有更早的版本" in desk.told
    assert desk.push(release(tmp_path, 3)) == 0, desk.told
    assert shown(tmp_path) == expected([1, 2, 3])


def test_rollback_refuses_a_release_that_was_damaged(tmp_path: Path) -> None:
    desk = office(tmp_path)
    for n in (1, 2):
        desk.push(release(tmp_path, n))
    old = next(
        p for p in (tmp_path / "srv/releases").iterdir() if p.is_dir() and "T100000" in p.name
    )
    page = old / "index.html"
    page.unlink()
    page.write_bytes(b"changed by hand")
    assert desk.do("rollback", "wai") == 1
    assert "不完整（index.html）" in desk.told
    assert shown(tmp_path) == expected([1, 2])


def test_rollback_does_not_bring_back_what_was_taken_back(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.push(release(tmp_path, 1))
    files = {p: d for p, d in site(2).items() if not p.startswith("courses/ke2/")}
    gone = bundle_of(tmp_path / "b", files, START + timedelta(hours=2), withdrawn=["courses/ke2/"])
    assert desk.push(gone) == 0
    assert desk.do("rollback", "wai") == 1
    assert "后来撤回的内容（faq:courses/ke2）" in desk.told
    assert "ke2" not in "".join(shown(tmp_path))


def test_nothing_stays_of_a_page_that_is_gone(tmp_path: Path) -> None:
    """Its film beside it, its picture elsewhere; what other pages show stays."""
    desk = office(tmp_path)
    desk.push(release(tmp_path, 1))
    files = {p: d for p, d in site(2).items() if not p.startswith("courses/ke2/")}
    desk.push(bundle_of(tmp_path / "b", files, START + timedelta(hours=2)))
    left = shown(tmp_path)
    bodies = set(left.values())
    assert b"picture 2 of v1" not in bodies
    assert not [p for p in left if "ke2" in p]
    assert b"picture 1 of v1" in bodies
    assert b"always the same" in bodies


def test_forget_leaves_nothing_of_older_releases(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.push(release(tmp_path, 1))
    assert desk.push(release(tmp_path, 2), "--forget") == 0
    assert shown(tmp_path) == site(2)
    desk.push(release(tmp_path, 3))
    assert shown(tmp_path) == expected([2, 3]), "that holds from then on"


def test_only_so_many_releases_are_kept(tmp_path: Path) -> None:
    desk = office(tmp_path, keep=2)
    for n in range(1, 6):
        assert desk.push(release(tmp_path, n)) == 0, desk.told
    there = sorted(p.name for p in (tmp_path / "srv/releases").iterdir() if p.is_dir())
    assert [name[9:11] for name in there] == ["13", "14"]
    assert shown(tmp_path) == expected([4, 5]) | {p: d for p, d in site(3).items() if lasting(p)}, (
        "of the ones that stood when it was made"
    )


def test_an_older_bundle_is_not_pushed_over_a_newer(tmp_path: Path) -> None:
    desk, one = office(tmp_path), release(tmp_path, 1)
    desk.push(one)
    desk.push(release(tmp_path, 2))
    assert desk.do("plan", "--bundle", one.root) == 1
    assert "weike rollback site wai" in desk.told


def test_bytes_that_change_have_another_time_and_others_keep_theirs(tmp_path: Path) -> None:
    """Web servers make ETags of time and length: equal ones for unequal bytes would mix versions."""
    desk = office(tmp_path)
    stamps = []
    for n, text in enumerate([b"aaaa", b"bbbb", b"bbbb", b"cccc"]):
        files = {"index.html": text, "same/index.html": b"same"}
        desk.push(bundle_of(tmp_path / f"b{n}", files | {"n.json": str(n).encode()}, START))
        current = tmp_path / "srv/current"
        stamps.append(
            [int((current / p).stat().st_mtime) for p in ("index.html", "same/index.html")]
        )
    (a, same), (b, _), (c, _), (d, _) = stamps
    assert len({a, b, d}) == 3
    assert b == c
    assert {row[1] for row in stamps} == {same}


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "srv/current").mkdir(parents=True)
    desk = office(tmp_path)
    assert desk.push(release(tmp_path, 1)) == 1
    assert "先把它改名移走" in desk.told


@pytest.mark.skipif(os.name == "nt", reason="no modes there")
def test_readers_may_read_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        office(tmp_path).push(release(tmp_path, 1))
    finally:
        os.umask(old)
    for path in (tmp_path / "srv" / "releases").rglob("*"):
        if "releases/2" in path.as_posix() and path.suffix != ".json":
            assert path.stat().st_mode & 0o055 == (0o055 if path.is_dir() else 0o044), path


def test_receipts_tell_what_was_done(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.push(release(tmp_path, 1))
    desk.push(release(tmp_path, 2))
    desk.do("rollback", "wai")
    with Ledger.view(desk.state) as ledger:
        told = [r.body for r in ledger.receipts()]
        assert ledger.unsettled("site", "wai") == []
    assert [b["what"] for b in told] == ["release", "release", "rollback"]
    assert told[2]["origin"] == told[0]["origin"] != told[1]["origin"]
    assert told[0]["files"] == len(site(1))


def test_strange_names_are_refused(tmp_path: Path) -> None:
    desk = office(tmp_path)
    made = bundle_of(tmp_path / "b", {"index.html": b"x", "CON.html": b"y"})
    assert desk.do("plan", "--bundle", made.root) == 1
    assert "CON.html" in desk.told


@BOTH
def test_another_machine_that_was_quicker_is_not_undone(tmp_path: Path, switch: str) -> None:
    """Between our looking and our switching somebody else shows another release."""
    from publish.site.places.folder import Folder

    desk = office(tmp_path, switch=switch)
    for n in (1, 2):
        desk.push(release(tmp_path, n))
    folder = Folder(tmp_path / "srv", switch == "files")
    before = folder.standing()
    assert desk.do("rollback", "wai") == 0
    with pytest.raises(Refused, match="另一台机器"):
        folder.show(before.records[0], before)


# --- what others put there --------------------------------------------------------------------

OTHERS = {
    "link": ["releases/20240101120000/app/data.db", "releases/uploads/a"],
    "files": ["current/old/site.html", "current/index.html"],
}


@BOTH
def test_nothing_of_others_is_touched_at_first_contact(tmp_path: Path, switch: str) -> None:
    for path in OTHERS[switch]:
        (tmp_path / "srv" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "srv" / path).write_bytes(b"precious")
    desk = office(tmp_path, switch=switch)
    assert desk.push(release(tmp_path, 1)) == 1
    assert "不是 weike 放的东西" in desk.told
    assert tree(tmp_path / "srv") == dict.fromkeys(OTHERS[switch], b"precious")


def test_a_link_of_others_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "srv/app").mkdir(parents=True)
    (tmp_path / "srv/current").symlink_to("app")
    assert office(tmp_path).push(release(tmp_path, 1)) == 1
    assert (tmp_path / "srv/current").readlink() == Path("app")


@BOTH
def test_what_others_put_there_later_stays(tmp_path: Path, switch: str) -> None:
    desk = office(tmp_path, switch=switch, keep=1)
    assert desk.push(release(tmp_path, 1)) == 0, desk.told
    theirs = OTHERS[switch][0]
    (tmp_path / "srv" / theirs).parent.mkdir(parents=True)
    (tmp_path / "srv" / theirs).write_bytes(b"precious")
    if switch == "files":
        (tmp_path / "srv/current/leer").mkdir()
    files = {p: d for p, d in site(2).items() if "ke2" not in p}
    assert desk.push(bundle_of(tmp_path / "b", files, START + timedelta(hours=2))) == 0
    assert (tmp_path / "srv" / theirs).read_bytes() == b"precious"
    assert not [p for p in shown(tmp_path) if "ke2" in p]
    if switch == "files":
        assert (tmp_path / "srv/current/leer").is_dir()
        assert not (tmp_path / "srv/current/courses/ke2").exists()
    assert len(records(tmp_path)) == 1


def test_from_links_to_files(tmp_path: Path) -> None:
    """Never through the link into an older release."""
    desk, one = office(tmp_path), release(tmp_path, 1)
    desk.push(one)
    old = (tmp_path / "srv/current").resolve()
    desk.targets(wai={"place": "local", "path": tmp_path / "srv", "switch": "files"})
    assert desk.push(release(tmp_path, 2)) == 1
    assert "改回 switch: link" in desk.told
    assert tree(old) == site(1)
    (tmp_path / "srv/current").unlink()
    assert desk.push(release(tmp_path, 2)) == 0, desk.told
    assert shown(tmp_path) == expected([1, 2])
    assert tree(old) == site(1)
