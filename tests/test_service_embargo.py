"""Whatever people do in whatever order: nothing is out early or by one person alone, and nobody sees it before."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from service.intake import export
from service.intake.flow import DROPPED, SCHEDULED
from service.store import audit, figures, intake
from tests.intake_world import PEOPLE, bureau

FULL = bool(os.environ.get("WEIKE_FULL"))
D = ("dianliang", "value")
REGIONS = {"990000": "public", "990100": "intranet", "990200": "intranet"}
PERIODS = ("2026-07", "2026-08")
STEPS = ("check", "review", "approve", "schedule", "reject", "hold", "drop")
WHO = st.one_of(st.sampled_from(["wang", "li", "zhao"]), st.sampled_from([*PEOPLE, "nobody"]))
LOOKS = (
    "/", "/intake", "/api/v2/tables", "/api/v2/tables/dianliang", "/api/v2/tables/dianliang/metadata",
    "/api/v2/tables/dianliang/data", "/api/v2/tables/dianliang/data?outputFormat=csv",
    "/api/v2/tables/dianliang/data?asOf=2099-01-01", "/api/v2/tables/dianliang/whole.csv",
    "/api/v2/tables/dianliang/data?valueCodes[region]=990000&valueCodes[measure]=value",
    "/warnings", "/board", "/notices",
)  # fmt: skip
PAGES = ("/intake/{}", "/intake/{}/form.xlsx")


def plain(answer: Any) -> str:
    """All that an answer tells; of a workbook what is inside."""
    if answer.content[:2] != b"PK":
        return str(answer.text)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


class Office(RuleBasedStateMachine):
    """Everybody tries everything; each number is one that stands nowhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.held = ExitStack()
        folder = self.held.enter_context(tempfile.TemporaryDirectory())
        self.gov = self.held.enter_context(bureau(Path(folder)))
        self.numbers: list[int] = []
        self.count = self.turn = 0

    def teardown(self) -> None:
        self.held.close()

    def _batches(self) -> list[Any]:
        with self.gov.world.desk.store.read() as connection:
            found = [intake.batch(connection, number) for number in self.numbers]
        return [batch for batch in found if batch is not None]

    def _out(self, *kinds: str) -> list[Any]:
        """Batches whose hour has come; of these kinds, if any are named."""
        now, wanted = self.gov.world.clock(), kinds or ("new", "revise")
        return [
            b
            for b in self._batches()
            if b.state == SCHEDULED and b.release <= now and b.kind in wanted
        ]

    def _waiting(self) -> list[Any]:
        """Batches that have an hour, which has not come."""
        now = self.gov.world.clock()
        return [b for b in self._batches() if b.state == SCHEDULED and b.release > now]

    @initialize(far=st.sampled_from(["filled", "waiting", "out", "correcting", "corrected"]))
    def begin(self, far: str = "filled") -> None:
        """Walks begin at five places, so that short ones get somewhere, too: chance alone seldom comes to a release."""
        self.open("wang", PERIODS[0], "new")
        self.count += 1
        assert self.gov.fill(self.numbers[0], {(*D, "990000"): f"{70000 + self.count * 7}.25"}).status_code == 303  # fmt: skip

        if far != "filled":
            self.gov.moved(self.numbers[0], ahead=60)
        if far in {"out", "correcting", "corrected"}:
            self.gov.forward(seconds=61)
        if far in {"correcting", "corrected"}:
            self.put_right("wang", PERIODS[0], "990000")
        if far == "corrected":
            self.gov.moved(self.numbers[-1], ahead=60)
            self.gov.forward(seconds=61)

    @rule(who=WHO, period=st.sampled_from(PERIODS), kind=st.sampled_from(["new", "new", "revise"]))
    def open(self, who: str, period: str, kind: str) -> None:
        told = {"template": "yuebao", "period": period, "kind": kind, "reason": "依据台账更正"}
        made = self.gov[who].post("/intake", data=told)
        if made.status_code == 303 and "/intake/" in made.headers["location"]:
            self.numbers.append(int(made.headers["location"].rpartition("/")[2]))

    @precondition(lambda self: self.numbers)
    @rule(who=WHO, data=st.data(), region=st.sampled_from([*REGIONS]))
    def fill(self, who: str, data: st.DataObject, region: str) -> None:
        number = data.draw(st.sampled_from(self.numbers))
        self.count += 1
        text = f"{70000 + self.count * 7}.25"
        self.gov.fill(number, {(*D, region): text}, who)

    @precondition(lambda self: self.numbers)
    @rule(
        who=WHO, data=st.data(), step=st.sampled_from(STEPS), ahead=st.sampled_from([1, 60, 3600])
    )
    def step(self, who: str, data: st.DataObject, step: str, ahead: int) -> None:
        number = data.draw(st.sampled_from(self.numbers))
        self.gov.step(number, step, who, reason="依据核实结果", release=self.gov.hour(ahead))

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), ahead=st.sampled_from([1, 60, 3600]))
    def rightly(self, data: st.DataObject, ahead: int) -> None:
        """The way that leads on, so that long sequences get somewhere: of a batch that still has some of it to go."""
        on = [b.id for b in self._batches() if b.state not in {SCHEDULED, DROPPED}]
        number = data.draw(st.sampled_from(on or self.numbers))
        for step, who in (("check", "wang"), ("review", "li"), ("approve", "zhao"), ("schedule", "zhao")):  # fmt: skip
            self.gov.step(number, step, who, release=self.gov.hour(ahead))

    @rule(seconds=st.sampled_from([1, 59, 61, 4000]))
    def wait(self, seconds: int) -> None:
        self.gov.forward(seconds=seconds)

    @precondition(lambda self: self._out())
    @rule(data=st.data(), who=st.sampled_from(["wang", "li"]), region=st.sampled_from([*REGIONS]))
    def correct(self, data: st.DataObject, who: str, region: str) -> None:
        """What is out gets another number, which is on its way now."""
        self.put_right(
            who, data.draw(st.sampled_from(sorted({b.period for b in self._out()}))), region
        )

    def put_right(self, who: str, period: str, region: str) -> None:
        """Open a correction, if nobody else has one under way, and fill it."""
        before = len(self.numbers)
        self.open(who, period, "revise")
        if len(self.numbers) > before:
            self.count += 1
            self.gov.fill(self.numbers[-1], {(*D, region): f"{70000 + self.count * 7}.25"}, who)

    @precondition(lambda self: self._waiting())
    @rule()
    def to_its_hour(self) -> None:
        """The last millisecond before an hour, in which all is looked at, and then the hour."""
        self.gov.world.clock.now = min(b.release for b in self._waiting()) - 1
        self.gov.forward()
        self.nobody_sees_what_is_not_theirs()
        self.gov.world.clock.now += 1

    @invariant()
    def nobody_sees_what_is_not_theirs(self) -> None:
        """Of every number that is not out: only who keeps the division, and the city whose own it is."""
        hidden = self._hidden()
        if not hidden:
            return
        every = (*PEOPLE, "nobody")
        self.turn += 1
        for who in every if FULL or self.turn < 0 else (every[self.turn % len(every)], "nobody"):
            paths = [*LOOKS, *(p.format(n) for n in self.numbers for p in PAGES)]
            said = "".join(plain(self.gov[who].get(path)) for path in paths)
            for text, region in hidden.items():
                shown = text in said or text.rstrip("0").rstrip(".") in said
                mine = who in {"wang", "li", "zhao"} or (who, region) in {("jia", "990100"), ("yi", "990200")}  # fmt: skip
                assert mine or not shown, (who, text)
        files = "".join(export.snapshots(self.gov.world.desk).values())
        assert not any(text in files for text in hidden)

    def _hidden(self) -> dict[str, str]:
        """Numbers in cells of batches whose hour has not come."""
        now = self.gov.world.clock()
        found = {}
        with self.gov.world.desk.store.read() as connection:
            for number in self.numbers:
                batch = intake.batch(connection, number)
                assert batch is not None
                out = batch.state == SCHEDULED and batch.release <= now
                for cell in intake.cells(connection, number):
                    if not out and cell.value is not None:
                        found[f"{cell.value:.2f}"] = cell.region
        return found

    @invariant()
    def nothing_is_out_by_one_person_alone(self) -> None:
        with self.gov.world.desk.store.read() as connection:
            for number in self.numbers:
                batch = intake.batch(connection, number)
                assert batch is not None
                rows = figures.of_batch(connection, number)
                assert bool(rows) == (batch.state == SCHEDULED)
                if not rows:
                    continue
                wrote = {r.by for r in intake.cells(connection, number)} | {batch.made_by}
                assert {row.release for row in rows} == {batch.release}
                assert 0 not in {batch.checked_by, batch.reviewed_by, batch.approved_by}
                assert batch.reviewed_by not in wrote | {batch.checked_by}
                assert batch.approved_by not in wrote | {batch.checked_by, batch.reviewed_by}
            assert list(audit.broken(connection)) == []


Office.TestCase.settings = settings(
    max_examples=60 if FULL else 3,
    stateful_step_count=30 if FULL else 10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestOffice = Office.TestCase


def test_a_batch_that_waits_is_seen_by_nobody_else() -> None:
    """The one moment that matters most, whatever the random sequences came to: everybody looks."""
    office = Office()
    try:
        office.begin()
        for step, who in (("check", "wang"), ("review", "li"), ("approve", "zhao"), ("schedule", "zhao")):  # fmt: skip
            made = office.gov.step(office.numbers[0], step, who, release=office.gov.hour(60))
            assert made.status_code == 303, step
        assert office._hidden()
        office.turn = -9
        office.nobody_sees_what_is_not_theirs()
        office.nothing_is_out_by_one_person_alone()
        office.wait(61)
        assert not office._hidden()
        seen = office.gov["nobody"].get("/api/v2/tables/dianliang/data").text
        assert "70007.25" in seen
    finally:
        office.teardown()
