"""What happens between the sealing of a release and its hour is not undone by opening it, unless somebody says so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from builder.bundle import Bundle
from publish.site import orders
from tests.site_bundles import Files, Office, bundle_of, expected, lasting, site
from tests.site_hours import AT, NEWS, closed, news, office, shown

PAGE = "courses/ke1/index.html"
MINUTE = timedelta(minutes=1)


def own(version: int, entry: str = "courses/ke1/") -> dict[str, bytes]:
    """The files of one entry in a version, with what its page shows."""
    files = site(version)
    page = files[f"{entry}index.html"]
    names = {p for p in files if p.startswith(entry) or p.rpartition("/")[2].encode() in page}
    return {p: files[p] for p in names if p != "index.html"}


def corrected(base: int, word: bytes = b"CORRECTED") -> dict[str, bytes]:
    """A version with other words on one page."""
    return site(base) | {PAGE: word}


def without(files: Files) -> dict[str, bytes]:
    return {p: d for p, d in files.items() if not p.startswith("courses/ke1/")}


def later(desk: Office, root: Path, files: Files, withdrawn: Sequence[str] = ()) -> Bundle:
    """A bundle of now."""
    desk.clock += MINUTE
    return bundle_of(root / f"b{desk.clock:%H%M}", files, desk.clock, withdrawn=withdrawn)


def test_a_correction_is_not_undone(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    assert desk.push(later(desk, tmp_path, corrected(1))) == 0, desk.told
    assert "还封存着一版，2026年12月21日 09:30:00 开封" in desk.told
    before = desk.clock
    assert desk.do("push", "--open") == 1
    assert "封存以后又发过别的改动，封存的一版里没有（faq:courses/ke1）" in desk.told
    assert desk.clock == before, "said long before the hour"
    assert shown(tmp_path)[PAGE] == b"CORRECTED"
    assert desk.do("push", "--open", "--overwrite") == 0, desk.told
    assert shown(tmp_path)[PAGE] == site(2)[PAGE]


def test_what_goes_out_meanwhile_and_is_in_it_does_no_harm(tmp_path: Path) -> None:
    """Approved before the sealing, published after it by an ordinary release; what is new there stays reachable."""
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    files = {p: d for p, d in site(1).items() if not p.startswith("courses/ke1/")} | own(2)
    assert desk.push(later(desk, tmp_path, files)) == 0, desk.told
    assert desk.do("push", "--open") == 0, desk.told
    page = {f"articles/{NEWS}/index.html": f"<p>{NEWS} 5.3%</p>".encode()}
    assert shown(tmp_path) == expected([1, 2]) | page


@pytest.mark.parametrize("keep", [1, 5])
def test_what_is_new_since_does_not_go(tmp_path: Path, keep: int) -> None:
    """Also where the release that was shown at the sealing is not kept any more."""
    desk = office(tmp_path, keep=keep)
    desk.typed = closed(desk, news(tmp_path))
    assert desk.push(later(desk, tmp_path, site(1) | {"neu/index.html": b"new"})) == 0
    assert desk.do("push", "--open") == 1
    assert "封存的一版里没有（" in desk.told
    assert "faq:neu" in desk.told or keep == 1, "there is nothing to compare with"
    assert shown(tmp_path)["neu/index.html"] == b"new"


def test_what_is_deleted_since_does_not_come_back(tmp_path: Path) -> None:
    desk = office(tmp_path)
    held = bundle_of(tmp_path / "news", site(1) | {f"articles/{NEWS}/index.html": b"5.3"}, AT)
    desk.typed = closed(desk, held)
    assert desk.push(later(desk, tmp_path, without(site(1)))) == 0, desk.told
    assert desk.do("push", "--open") == 1
    assert "没有（faq:courses/ke1）" in desk.told


def test_a_withdrawn_version_does_not_come_back_once_another_is_out(tmp_path: Path) -> None:
    """Taken back after the sealing, corrected, published again: the version of the container is still the bad one."""
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    gone = later(desk, tmp_path, without(site(1)), withdrawn=["courses/ke1/"])
    assert desk.push(gone) == 0, desk.told
    assert desk.push(later(desk, tmp_path, corrected(1))) == 0, desk.told
    for words in ((), ("--overwrite",)):
        assert desk.do("push", "--open", *words) == 1
        assert "后来撤回的内容（faq:courses/ke1）" in desk.told
    assert shown(tmp_path)[PAGE] == b"CORRECTED"


def test_what_was_published_again_as_it_is_may_be_opened(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    gone = later(desk, tmp_path, without(site(1)), withdrawn=["courses/ke1/"])
    assert desk.push(gone) == 0, desk.told
    assert desk.push(later(desk, tmp_path, without(site(1)) | own(2))) == 0, desk.told
    assert desk.do("push", "--open") == 0, desk.told


def test_what_was_replaced_before_the_sealing_is_not_sealed(tmp_path: Path) -> None:
    """Built before a correction, closed after it went out."""
    desk = office(tmp_path)
    held = bundle_of(tmp_path / "news", site(1) | {f"articles/{NEWS}/index.html": b"5.3"}, AT)
    assert desk.push(later(desk, tmp_path, corrected(1))) == 0, desk.told
    when = ["--bundle", held.root, "--at", AT.isoformat()]
    assert desk.do("plan", *when) == 0, desk.told
    assert desk.do("push", *when) == 1
    assert "没有（faq:courses/ke1）" in desk.told
    assert not list(orders.waiting(desk.state, []))
    assert not list((tmp_path / "srv/sealed").glob("*"))
    assert desk.do("push", *when, "--overwrite") == 0, desk.told


def test_what_was_taken_back_before_the_sealing_is_not_sealed(tmp_path: Path) -> None:
    desk = office(tmp_path)
    held = bundle_of(tmp_path / "news", site(1) | {f"articles/{NEWS}/index.html": b"5.3"}, AT)
    gone = later(desk, tmp_path, without(site(1)), withdrawn=["courses/ke1/"])
    assert desk.push(gone) == 0, desk.told
    when = ["--bundle", held.root, "--at", AT.isoformat()]
    assert desk.do("plan", *when) == 0, desk.told
    assert desk.do("push", *when, "--overwrite") == 1
    assert "后来撤回的内容（faq:courses/ke1）" in desk.told


def test_what_was_taken_back_once_and_approved_anew_may_be_sealed(tmp_path: Path) -> None:
    desk = office(tmp_path)
    gone = later(desk, tmp_path, without(site(1)), withdrawn=["courses/ke1/"])
    assert desk.push(gone) == 0, desk.told
    desk.typed = closed(desk, news(tmp_path))
    assert desk.do("push", "--open") == 0, desk.told
    assert shown(tmp_path)[PAGE] == site(2)[PAGE]


# --- carried across -----------------------------------------------------------------------


def carried(desk: Office, root: Path) -> Office:
    """Somebody on the other side, who closes releases there and knows nothing of the server."""
    inside = Office(root / "in", wai={"place": "local", "path": root / "x"})
    inside.clock = desk.clock
    return inside


def test_what_comes_carried_undoes_nothing_either(tmp_path: Path) -> None:
    desk = office(tmp_path)
    inside, disc = carried(desk, tmp_path), tmp_path / "disc"
    desk.typed = closed(inside, news(tmp_path), AT, "--out", disc)
    assert desk.do("push", "--take", disc) == 0, desk.told
    assert desk.push(later(desk, tmp_path, corrected(1))) == 0, desk.told
    assert desk.do("push", "--open") == 1
    assert "没有（faq:courses/ke1）" in desk.told


def test_what_was_taken_back_on_the_way(tmp_path: Path) -> None:
    """Between the sealing inside and its coming here; it was never out in that version."""
    desk = office(tmp_path)
    inside, disc = carried(desk, tmp_path), tmp_path / "disc"
    desk.typed = closed(inside, news(tmp_path), AT, "--out", disc)
    gone = later(desk, tmp_path, without(site(1)), withdrawn=["courses/ke1/"])
    assert desk.push(gone) == 0, desk.told
    assert desk.do("push", "--take", disc) == 0, desk.told
    assert desk.do("push", "--open", "--overwrite") == 1
    assert "后来撤回的内容（faq:courses/ke1）" in desk.told


def test_what_was_taken_back_long_ago_and_comes_anew(tmp_path: Path) -> None:
    desk = office(tmp_path)
    gone = later(desk, tmp_path, without(site(1)), withdrawn=["courses/ke1/"])
    assert desk.push(gone) == 0, desk.told
    desk.clock += MINUTE
    inside, disc = carried(desk, tmp_path), tmp_path / "disc"
    desk.typed = closed(inside, news(tmp_path), AT, "--out", disc)
    assert desk.do("push", "--take", disc) == 0, desk.told
    assert desk.do("push", "--open") == 0, desk.told
    assert shown(tmp_path)[PAGE] == site(2)[PAGE]


def test_an_older_one_does_not_take_the_place_of_a_newer_unasked(tmp_path: Path) -> None:
    desk = office(tmp_path)
    inside = carried(desk, tmp_path)
    made = news(tmp_path)
    codes = []
    for name in ("old", "new"):
        codes.append(closed(inside, made, AT, "--out", tmp_path / name))
        inside.clock += MINUTE
    assert desk.do("push", "--take", tmp_path / "new") == 0, desk.told
    (there,) = (tmp_path / "srv/sealed").iterdir()
    assert desk.do("push", "--take", tmp_path / "old") == 1
    assert "12月21日 09:30:00 开封，2026年12月21日 07:31:00 封存" in desk.told
    assert "07:30:00 封存，比它旧" in desk.told
    assert list((tmp_path / "srv/sealed").iterdir()) == [there]
    assert desk.do("push", "--take", tmp_path / "new") == 0, "the same again does no harm"
    desk.typed = codes[1]
    assert desk.do("push", "--take", tmp_path / "old", "--overwrite") == 0, desk.told
    assert there not in (tmp_path / "srv/sealed").iterdir()
    assert desk.do("push", "--open") == 1, "that was the code of the other"
    desk.typed = codes[0]
    assert desk.do("push", "--open") == 0, desk.told


def test_what_it_was_taken_in_after_is_no_word_of_the_order(tmp_path: Path) -> None:
    """Of a release that was closed here nobody changes by hand what was shown then."""
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    assert desk.push(later(desk, tmp_path, corrected(1))) == 0, desk.told
    path = desk.state / "timed/wai.json"
    plain = json.loads(path.read_bytes())
    current = (tmp_path / "srv/current").readlink().name
    for change in ({"taken": current}, {"shown": current}, {"carried": True, "taken": current}):
        path.write_text(json.dumps(plain | change), "utf-8")
        assert desk.do("push", "--open") == 1, change


def test_files_of_the_release_between_stay_reachable(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    assert desk.push(later(desk, tmp_path, site(3))) == 0, desk.told
    assert desk.do("push", "--open", "--overwrite") == 0, desk.told
    left = shown(tmp_path)
    assert all(left[p] == d for p, d in site(3).items() if lasting(p))
