"""Git as a witness: released snapshots stay what they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from builder.build import survey
from builder.indicators import seals
from builder.indicators.spelling import write
from tests.numbers_site import AT, KEY, LATE, RELEASE, Site, site
from tests.numbers_world import block, head

__all__ = ["site"]
Out = pytest.CaptureFixture[str]
HOUR = timedelta(hours=1)


def text(value: float = 5.1, **more: str) -> str:
    return write(head("c", release=AT, **more), [block([[value]], ["2026-09"])])


def codes(site: Site, capsys: Out, key: bool = False) -> list[str]:
    capsys.readouterr()
    code = site.run("snapshot", "verify", "--format", "json", key=key)
    found = [p["code"] for p in json.loads(capsys.readouterr().out)]
    assert code == any(c != "SNP008" for c in found)
    return found


def put(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8", newline="\n")


CHANGES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "nothing": (lambda p: None, []),
    "another number": (lambda p: put(p, text(5.2)), ["SNP007"]),
    "another note": (lambda p: put(p, text(note="改了说明")), ["SNP007"]),
    "a later hour": (lambda p: put(p, write(head("c", release="2027-01-01T00:00:00+08:00"), [block([[5.1]], ["2026-09"])])), ["SNP001", "SNP007"]),
    "taken away": (lambda p: p.unlink(), ["SNP007"]),
    "other line breaks": (lambda p: p.write_bytes(p.read_bytes().replace(b"\n", b"\r\n")), []),
    "not json": (lambda p: put(p, "{"), ["SNP002", "SNP007"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("committed", [False, True], ids=["lying there", "committed"])
def test_a_released_file_is_never_changed(
    site: Site, capsys: Out, name: str, committed: bool
) -> None:
    change, wanted = CHANGES[name]
    path = site.snapshot("c")
    put(path, text())
    site.commit(RELEASE + HOUR)
    change(path)
    if committed:
        site.commit(LATE)
    site.clock = LATE
    assert sorted(codes(site, capsys)) == wanted


def test_what_was_changed_and_put_back_is_in_order(site: Site, capsys: Out) -> None:
    path = site.snapshot("c")
    site.clock = LATE
    for content in (text(), text(5.2), text()):
        put(path, content)
        site.commit()
    assert codes(site, capsys) == []


def test_a_sealed_file_may_change_until_its_hour_and_not_from_then_on(
    site: Site, capsys: Out
) -> None:
    path = site.snapshot("c", sealed=True)
    for hours in (3, 2, 1):
        put(path, seals.seal(text(5 + hours / 10), KEY.public, least=256))
        site.commit(RELEASE - hours * HOUR)
    site.clock = LATE
    assert codes(site, capsys, key=True) == []
    good = path.read_text("utf-8")
    put(path, seals.seal(text(5.1), KEY.public, least=256))
    assert codes(site, capsys, key=True) == ["SNP007"]
    site.commit(RELEASE)
    assert codes(site, capsys) == ["SNP008"], "a commit of the very second counts as in time"
    put(path, good)
    assert "SNP007" in codes(site, capsys)


def test_what_was_put_off_before_its_hour_waits_for_the_later_one(site: Site, capsys: Out) -> None:
    path = site.snapshot("c", sealed=True)
    put(path, seals.seal(text(), KEY.public, least=256))
    site.commit(RELEASE - 2 * HOUR)
    later = write(head("c", release="2027-01-01T00:00:00+08:00"), [block([[5.1]], ["2026-09"])])
    put(path, seals.seal(later, KEY.public, least=256))
    site.commit(RELEASE - HOUR)
    site.clock = LATE
    assert codes(site, capsys) == []


def test_what_was_called_off_before_its_hour_was_never_released(site: Site, capsys: Out) -> None:
    path = site.snapshot("c", sealed=True)
    put(path, seals.seal(text(), KEY.public, least=256))
    site.commit(RELEASE - 2 * HOUR)
    path.unlink()
    site.commit(RELEASE - HOUR)
    site.clock = LATE
    assert codes(site, capsys) == []
    put(site.snapshot("c"), text(5.2))
    site.commit(LATE)
    assert codes(site, capsys) == []
    site.snapshot("c").unlink()
    assert codes(site, capsys) == ["SNP007"]


@pytest.mark.parametrize(
    ("clear", "key", "good"),
    [(text(), True, True), (text(5.2), True, False), (text(), False, True), (text(title="别的"), False, False)],
)  # fmt: skip
def test_a_sealed_file_may_give_way_to_what_was_inside(
    site: Site, capsys: Out, clear: str, key: bool, good: bool
) -> None:
    path = site.snapshot("c", sealed=True)
    put(path, seals.seal(text(), KEY.public, least=256))
    site.commit(RELEASE - HOUR)
    path.unlink()
    put(site.snapshot("c"), clear)
    site.commit(LATE)
    site.clock = LATE
    assert codes(site, capsys, key=key) == ([] if good else ["SNP007"])


def test_without_git_everything_else_is_still_judged(site: Site, capsys: Out) -> None:
    put(site.snapshot("c"), text().replace("5.1", "5.2"))
    site.clock = LATE
    assert codes(site, capsys) == ["SNP003"]


def test_check_tells_it_too(tmp_path: Path) -> None:
    made = Site(tmp_path)
    old = write(head("c", release="2026-03-01T10:00:00+08:00"), [block([[5.1]], ["2026-01"])])
    put(made.snapshot("c"), old)
    made.commit(RELEASE)
    assert "SNP007" not in {p.code for p in survey(made.root, [], RELEASE)}
    made.snapshot("c").unlink()
    put(made.snapshot("d"), old.replace('"id": "c"', '"id": "d"'))
    assert "SNP007" in {p.code for p in survey(made.root, [], RELEASE)}
