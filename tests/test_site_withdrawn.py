"""What was withdrawn is out of reach: in pages, in files that stayed, in older releases, wherever its words stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builder.build import build
from builder.bundle import Bundle, own_name
from builder.release import approved
from tests.reviewers import Bureau, bureau
from tests.site_bundles import START, Files, Office, bundle_of, expected, release, site, tree
from tests.sitefiles import NOW, Content, fact, faq, picture

WORDS = b"WITHDRAWN WORDS"
SNIPPET = "snippet:pian"


def office(root: Path, **keys: object) -> Office:
    return Office(root, wai={"place": "local", "path": root / "srv", **keys})


def shown(root: Path) -> dict[str, bytes]:
    return tree(root / "srv" / "current")


def holding(root: Path) -> tuple[Files, str]:
    """Version 1 with a page that includes a snippet; the name of the snippet's picture."""
    drawn = own_name("assets/files/duan.webp", WORDS)
    page = b'<img src="../assets/files/' + drawn.rpartition("/")[2].encode() + b'">' + WORDS
    film = own_name("jia/shipin.mp4", WORDS)
    return site(1) | {"jia/index.html": page, drawn: WORDS, film: WORDS}, drawn


def pushed(desk: Office, root: Path, hours: int, files: Files, *gone: str, of: str = "") -> str:
    """A release of so many hours after the start; its id. `of`: what stands in its page `jia`, too."""
    mixed = {p: [of] for p in files if of and p.startswith("jia/")}
    made = bundle_of(
        root / f"b{hours}", files, START + timedelta(hours=hours), withdrawn=gone, included=mixed
    )
    assert desk.push(made) == 0, desk.told
    return (root / "srv/current").readlink().name


def test_nothing_stays_of_a_snippet_that_was_withdrawn(tmp_path: Path) -> None:
    """Its page is there still, with other words: its picture and the film that spoke it are not."""
    desk = office(tmp_path)
    files, drawn = holding(tmp_path)
    pushed(desk, tmp_path, 1, files, of=SNIPPET)
    assert shown(tmp_path)[drawn] == WORDS
    pushed(desk, tmp_path, 2, site(2) | {"jia/index.html": b"clean"}, SNIPPET)
    assert WORDS not in b"".join(shown(tmp_path).values())
    pushed(desk, tmp_path, 3, site(3) | {"jia/index.html": b"clean"})
    assert WORDS not in b"".join(shown(tmp_path).values()), "nor later, when it is no news any more"
    rest = {p: d for p, d in shown(tmp_path).items() if not p.startswith("jia/")}
    assert rest == expected([1, 2, 3]), "what has nothing to do with it stays"


def test_rollback_does_not_bring_a_snippet_back(tmp_path: Path) -> None:
    desk = office(tmp_path)
    first = pushed(desk, tmp_path, 1, holding(tmp_path)[0], of=SNIPPET)
    pushed(desk, tmp_path, 2, site(2) | {"jia/index.html": b"clean"}, SNIPPET)
    pushed(desk, tmp_path, 3, site(3) | {"jia/index.html": b"clean"})
    assert desk.do("rollback", "wai", "--to", first) == 1
    assert f"后来撤回的内容（{SNIPPET}）" in desk.told
    assert desk.do("rollback", "wai") == 0, desk.told
    assert WORDS not in b"".join(shown(tmp_path).values())


def test_what_comes_back_approved_does_not_bring_its_old_files(tmp_path: Path) -> None:
    """Withdrawn, corrected, out again: the files of the withdrawn version stay away."""
    desk = office(tmp_path)
    pushed(desk, tmp_path, 1, site(1))
    pushed(
        desk,
        tmp_path,
        2,
        {p: d for p, d in site(1).items() if "ke2" not in p and d != b"picture 2 of v1"},
        "courses/ke2/",
    )
    pushed(desk, tmp_path, 3, site(3))
    old = {p for p, d in site(1).items() if b"film 2 of v1" in d or d == b"picture 2 of v1"}
    assert len(old) == 2
    assert not old & shown(tmp_path).keys()
    pushed(desk, tmp_path, 4, site(4))
    assert not old & shown(tmp_path).keys()
    assert {p for p in site(3) if "ke2" in p and p.endswith(".mp4")} <= shown(tmp_path).keys()


def test_a_hub_that_named_what_is_withdrawn_takes_nothing_else_along(tmp_path: Path) -> None:
    """A list of pages holds words of each: the others' files below it stay."""
    desk = office(tmp_path)
    listed = {"courses/index.html": [f"faq:courses/ke{n}" for n in range(1, 6)]}
    hub = {"courses/index.html": b"all of them"}
    one = bundle_of(tmp_path / "b1", site(1) | hub, START + timedelta(hours=1), included=listed)
    assert desk.push(one) == 0, desk.told
    files = {p: d for p, d in site(2).items() if not p.startswith("courses/ke2/")}
    pushed(desk, tmp_path, 2, files | hub, "courses/ke2/")
    films = {p for p in site(1) if p.endswith(".mp4")}
    assert {p for p in films if "ke2" not in p} == films & shown(tmp_path).keys()


# --- made by the builder ----------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> Bureau:
    files: Content = {
        "content/snippets/pian.md": fact("撤回的片段。![图](p.png)", title="片段"),
        "content/snippets/p.png": picture("PNG"),
        "faq/mlk/a.md": faq('自己的话。\n\n--8<-- "snippet:pian"', title="甲问"),
        "faq/mlk/b.md": faq("别的。", title="乙问"),
    }
    made = bureau(tmp_path / "repo", files)
    made.approve_all()
    return made


def of(world: Bureau, now: datetime) -> Bundle:
    """The internet edition of a release."""
    out = world.root.parent / f"dist{now:%d%H}"
    made, _ = build(world.root, out, [], now, 1, release=approved(world.root, now))
    return next(b for b in made if b.header["edition"] == "internet")


def test_a_real_snippet_is_withdrawn(world: Bureau, tmp_path: Path) -> None:
    """Included in a page, withdrawn, the page approved without it: nothing of it is out, and nothing brings it back."""
    desk = office(tmp_path)
    desk.clock = NOW + timedelta(days=2)
    one = of(world, NOW)
    drawn = {p.removeprefix("site/") for p in one.files if p.startswith("site/assets/files/")}
    assert one.files["site/faq/mlk/a/index.html"].sources == ("faq:mlk/a", SNIPPET)
    assert desk.push(one) == 0, desk.told
    assert drawn
    assert drawn <= shown(tmp_path).keys()
    world.office.withdraw(SNIPPET, world.signers["zhao"], "数据有误")
    assert desk.push(of(world, NOW + timedelta(hours=5))) == 0, desk.told
    assert "faq/mlk/a/index.html" not in shown(tmp_path)
    assert desk.do("rollback", "wai") == 1
    assert f"后来撤回的内容（{SNIPPET}）" in desk.told
    (world.root / "faq/mlk/a.md").write_text(faq("自己的话。", title="甲问"), "utf-8")
    world.approve("faq:mlk/a")
    assert desk.push(of(world, NOW + timedelta(hours=9))) == 0, desk.told
    assert "faq/mlk/a/index.html" in shown(tmp_path)
    assert not drawn & shown(tmp_path).keys()
    assert not any("撤回的片段".encode() in data for data in shown(tmp_path).values())


# --- files that were to be forgotten ------------------------------------------------------


def leaking(version: int) -> tuple[dict[str, bytes], str]:
    """A version whose page shows a picture that must not be there; the name of it."""
    drawn = own_name("assets/files/biao.webp", b"INTERNAL FIGURE")
    page = b'<img src="../assets/files/' + drawn.rpartition("/")[2].encode() + b'">'
    return site(version) | {"jia/index.html": page, drawn: b"INTERNAL FIGURE"}, drawn


def clean(version: int) -> dict[str, bytes]:
    return site(version) | {"jia/index.html": b"clean"}


def forgotten(desk: Office, root: Path) -> str:
    """Version 1 with the picture, then version 2 that is to forget it; its name."""
    files, drawn = leaking(1)
    pushed(desk, root, 1, files)
    made = bundle_of(root / "b2", clean(2), START + timedelta(hours=2))
    assert desk.push(made, "--forget") == 0, desk.told
    assert drawn not in shown(root)
    return drawn


def test_what_was_forgotten_stays_away(tmp_path: Path) -> None:
    desk = office(tmp_path)
    drawn = forgotten(desk, tmp_path)
    for version in (3, 4):
        pushed(desk, tmp_path, version, clean(version))
        assert "--forget 拿掉过的" not in desk.told
        assert drawn not in shown(tmp_path)
    assert {p for p in shown(tmp_path) if not p.startswith("jia/")} == expected([2, 3, 4]).keys()


def test_rolling_back_across_it_is_a_matter_of_a_word(tmp_path: Path) -> None:
    desk = office(tmp_path)
    drawn = forgotten(desk, tmp_path)
    first = next((tmp_path / "srv/releases").glob("20261120T1000*.json")).stem
    pushed(desk, tmp_path, 3, clean(3))
    assert desk.do("rollback", "wai", "--to", first) == 1
    assert f"{first} 比 --forget 的那一版早" in desk.told
    assert drawn in desk.told
    assert drawn not in shown(tmp_path)
    assert desk.do("rollback", "wai", "--to", first, "--bring-back") == 0, desk.told
    assert shown(tmp_path)[drawn] == b"INTERNAL FIGURE"
    pushed(desk, tmp_path, 4, clean(4))
    assert drawn not in shown(tmp_path), "shown again for a while, and still forgotten"


def test_rolling_back_to_it_keeps_what_readers_have_open(tmp_path: Path) -> None:
    desk = office(tmp_path)
    drawn = forgotten(desk, tmp_path)
    for version in (3, 4):
        pushed(desk, tmp_path, version, clean(version))
        second = next((tmp_path / "srv/releases").glob("20261120T1100*.json")).stem
    assert desk.do("rollback", "wai", "--to", second) == 0, desk.told
    assert {p for p in shown(tmp_path) if not p.startswith("jia/")} == expected([3, 4, 2]).keys()
    assert drawn not in shown(tmp_path)
    pushed(desk, tmp_path, 5, clean(5))
    assert {p for p in shown(tmp_path) if "film" in p or p.endswith(".mp4")} == {
        p for p in expected([2, 3, 4, 5]) if p.endswith(".mp4")
    }


def test_a_bundle_that_has_it_again_says_so(tmp_path: Path) -> None:
    desk = office(tmp_path)
    drawn = forgotten(desk, tmp_path)
    made = bundle_of(tmp_path / "b3", leaking(3)[0], START + timedelta(hours=3))
    assert desk.do("plan", "--bundle", made.root) == 0
    assert "--forget 拿掉过的 1 个文件，这个成品包里又有，会重新公开" in desk.told
    assert drawn in desk.told


def test_older_releases_are_remembered_where_nothing_was_forgotten(tmp_path: Path) -> None:
    desk = office(tmp_path)
    for version in (1, 2, 3):
        assert desk.push(release(tmp_path, version)) == 0, desk.told
    assert shown(tmp_path) == expected([1, 2, 3])
