"""Snapshots for the content tree: accepted by the builder, sealed before their hour, read back as they were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.indicators import laid, seals
from builder.indicators.snapshots import examine, parse
from builder.problems import BuildFailed
from service.intake import export, history
from service.room import Stopped
from tests.intake_world import Bureau, bureau

PROVINCE, JIA = "990000", "990100"
D = ("dianliang", "value")
KEY_FILE = seals.make_key("kaifeng2026", cost=2)
KEY = seals.open_key(KEY_FILE, "kaifeng2026")
FOLDER = "content/indicators/snapshots/"


@pytest.fixture
def gov(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path / "a") as found:
        yield found


def three(gov: Bureau) -> None:
    """A batch, its correction, and one that waits."""
    gov.released({(*D, PROVINCE): "61.25", (*D, JIA): "20"})
    gov.forward(days=1)
    gov.released(
        {(*D, PROVINCE): "62", (*D, JIA): "撤回"}, kind="revise", reason="企业补报，依据台账"
    )
    number = gov.start("2026-10")
    gov.fill(number, {(*D, PROVINCE): "47.11"})
    gov.moved(number, ahead=3600)


def test_files_are_what_the_builder_takes(gov: Bureau) -> None:
    three(gov)
    files = export.snapshots(gov.world.desk, KEY.public)
    clear = {p: t for p, t in files.items() if not p.endswith(seals.SUFFIX)}
    assert len(clear) == 4  # two batches, each for two audiences
    assert len(files) == 5
    found = [parse(text, path) for path, text in clear.items()]
    assert list(laid.faults(found)) == []
    assert {s.vintage.audience for s in found} == {"public", "intranet"}
    assert all(p == f"{FOLDER}{parse(t).vintage.id}.json" for p, t in clear.items())
    assert {(s.vintage.author, s.vintage.approver) for s in found} == {("wang先生", "zhao先生")}
    told = [b for s in found for b in s.blocks if b.action != "add"]
    assert {b.reason for b in told} == {"企业补报，依据台账"}
    for path, text in clear.items():
        if "public" in path:
            assert "990100" not in text
    assert not any("47.11" in text for text in files.values())
    [sealed] = set(files) - set(clear)
    assert "47.11" in seals.unsealed(files[sealed], KEY)


def test_without_a_key_what_waits_does_not_come(gov: Bureau) -> None:
    three(gov)
    files = export.snapshots(gov.world.desk)
    assert len(files) == 4
    gov.forward(hours=2)
    assert len(export.snapshots(gov.world.desk)) == 5


def test_the_same_numbers_come_back(gov: Bureau, tmp_path: Path) -> None:
    three(gov)
    gov.forward(hours=2)
    desk = gov.world.desk
    texts = list(export.snapshots(desk).values())
    assert history.load(desk, texts) == 0  # its own
    with bureau(tmp_path / "b") as other:
        other.world.clock.now = gov.world.clock.now
        other.forward()
        assert history.load(other.world.desk, texts) == len(texts)
        assert history.load(other.world.desk, texts) == 0
        path = "/api/v2/tables/dianliang/data"
        first, second = (json.loads(b["zhao"].get(path).text) for b in (gov, other))
        assert first == second
        assert export.snapshots(other.world.desk, KEY.public) == {}
        number = other.start("2026-09")
        other.fill(number, {(*D, PROVINCE): "1"})
        assert other.step(number, "check", "wang").status_code == 409  # it is out already


def test_a_spoilt_file_changes_nothing(gov: Bureau) -> None:
    three(gov)
    [text] = [t for t in export.snapshots(gov.world.desk).values() if "61.25" in t]
    with pytest.raises(BuildFailed):
        history.load(gov.world.desk, [text.replace("61.25", "61.26"), text])


def test_two_people_of_one_name_are_told_apart(gov: Bureau) -> None:
    from service.store import people

    for who in ("wang", "zhao"):
        gov.world.desk.store.write(lambda c, n=gov.ids[who]: people.change(c, n, name="王敏"))  # type: ignore[misc]
    gov.released({(*D, PROVINCE): "61.25"})
    [text] = export.snapshots(gov.world.desk).values()
    snapshot, problems = examine(text)
    assert snapshot is not None, problems
    assert (snapshot.vintage.author, snapshot.vintage.approver) == ("王敏（wang）", "王敏（zhao）")


def test_what_lies_sealed_is_not_handed_out_twice_and_never_opens_against_the_service(
    gov: Bureau, tmp_path: Path
) -> None:
    three(gov)
    files = export.snapshots(gov.world.desk, KEY.public)
    [sealed] = [p for p in files if p.endswith(seals.SUFFIX)]
    target = tmp_path / "root" / sealed
    target.parent.mkdir(parents=True)
    target.write_text(files[sealed], "utf-8")
    root = tmp_path / "root"
    assert sealed not in export.snapshots(gov.world.desk, KEY.public, root)
    waiting = int(gov["zhao"].get("/board").text.partition('href="/intake/')[2].partition('"')[0])
    assert gov.step(waiting, "hold", "zhao", reason="数还要再核").status_code == 303
    with pytest.raises(Stopped, match="先从内容里删掉"):
        export.snapshots(gov.world.desk, KEY.public, root)
    target.unlink()
    assert len(export.snapshots(gov.world.desk, KEY.public, root)) == 4
