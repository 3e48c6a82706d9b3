"""A small staff with keys of their own, and a hand that signs for them in tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from builder.approvals import Record, Signer, make_key, open_key
from builder.review.office import Office
from tests.sitefiles import NOW, ORGS, Content, write

PIN = "654321"
CHEAP = 2  # scrypt's cost where only the way is tested
# id, name, title, steps, divisions, clerk
STAFF = (
    ("li", "李初", "科员", ("first",), ("mlk",), False),
    ("sun", "孙初", "科员", ("first",), (), False),
    ("wang", "王复", "处长", ("second",), (), False),
    ("zhao", "赵终", "副局长", ("final",), (), False),
    ("qian", "钱终", "副局长", ("second", "final"), (), False),
    ("chen", "陈密", "保密员", ("secrecy",), (), False),
    ("zhou", "周密", "保密员", ("secrecy",), (), False),
    ("wen", "文书", "文书", (), (), True),
)
USUAL = (("first", "sun"), ("second", "wang"), ("secrecy", "chen"), ("final", "zhao"))


@dataclass
class Clock:
    """A clock that tests set; every look at it is a minute later."""

    moment: datetime = NOW - timedelta(days=10)

    def __call__(self) -> datetime:
        """The next minute."""
        self.moment += timedelta(minutes=1)
        return self.moment


@dataclass
class Bureau:
    """A site under review: its root, its clock, everybody's opened key."""

    root: Path
    clock: Clock = field(default_factory=Clock)
    signers: dict[str, Signer] = field(default_factory=dict)

    @property
    def office(self) -> Office:
        """A fresh look at the reviews."""
        return Office(self.root, self.clock)

    def sign(self, item: str, step: str, person: str, note: str = "", change: str = "") -> Record:
        """One step on the working copy."""
        office = self.office
        return office.approve(
            item, step, self.signers[person], office.item(item).version, note, change
        )

    def approve(self, *items: str, steps: Sequence[tuple[str, str]] = USUAL) -> None:
        """Every step that an item still lacks, by the usual people."""
        office = self.office
        for item in items:
            for step, person in steps:
                found = office.item(item)
                if step in found.next_steps:
                    office.approve(item, step, self.signers[person], found.version)

    def approve_all(self) -> None:
        """Settings first, then everything else."""
        self.approve("site:orgs", "site:config")
        self.approve(*(item.id for item in self.office.items()))


def people(signers: Iterable[Signer], since: str = "2026-01-01") -> str:
    """The `people` of an orgs.yml."""
    keys = {s.person: s.public for s in signers}
    rows = ["people:"]
    for person, name, title, steps, divisions, clerk in STAFF:
        rows.append(
            f"  - {{id: {person}, name: {name}, division: mlk, title: {title}, "
            f"steps: [{', '.join(steps)}], divisions: [{', '.join(divisions)}], "
            f"clerk: {str(clerk).lower()}, "
            f'keys: [{{public: "{keys[person]}", since: "{since}"}}]}}'
        )
    return "\n".join(rows) + "\n"


def bureau(root: Path, files: Content) -> Bureau:
    """Write a tree with a staff; nothing is approved yet."""
    signers = {name: open_key(make_key(name, PIN, CHEAP), PIN) for name, *_ in STAFF}
    write(root, {"content/orgs.yml": ORGS + people(signers.values()), **files})
    return Bureau(root, Clock(), signers)
