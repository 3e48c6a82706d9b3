"""Who may review, and with which key: from the approved `content/orgs.yml`, less what was revoked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from builder.approvals.records import Record
from builder.keys import fingerprint
from builder.organisations import OrganisationFile

Checker = Callable[[str, str, bytes], bool]


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: first and last day on which it signs (ISO), `void` when it never should have."""

    public: str
    since: str
    until: str = ""
    void: bool = False

    def holds_at(self, time: str) -> bool:
        """True when a signature of that time (ISO 8601) counts. A revoked key ends at a moment, not a day."""
        if self.void or time[:10] < self.since:
            return False
        if len(self.until) > len("2026-11-20"):
            return time < self.until
        return not self.until or time[:10] <= self.until

    @property
    def end(self) -> str:
        """The moment from which on it does not sign any more."""
        moment = len(self.until) > len("2026-11-20")
        return self.until if moment else f"{self.until or '9999-12-31'}T24:00:00+08:00"


@dataclass(frozen=True, slots=True)
class Person:
    """A reviewer. `divisions`: those whose entries he may review; empty means all."""

    id: str
    name: str
    division: str
    title: str
    steps: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    clerk: bool = False
    keys: Mapping[str, Key] = field(default_factory=dict)

    def may(self, step: str, division: str) -> bool:
        """True when this step on an entry of that division is the person's to take."""
        return step in self.steps and (
            not division or not self.divisions or division in self.divisions
        )


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody who may sign, by id."""

    people: Mapping[str, Person] = field(default_factory=dict)

    def may(self, person: str, step: str, division: str) -> bool:
        """True when the person is known and the step is his to take."""
        found = self.people.get(person)
        return found is not None and found.may(step, division)

    def key(self, person: str, name: str) -> Key | None:
        """The person's key of that fingerprint."""
        found = self.people.get(person)
        return found.keys.get(name) if found else None

    def name(self, person: str) -> str:
        """How to call a person; the id where he is not known."""
        found = self.people.get(person)
        return found.name if found else person

    def joined(self, others: Staff) -> Staff:
        """These people and those of another list; of who is in both, all keys and steps."""
        people = dict(self.people)
        for p in others.people.values():
            old = people.get(p.id, p)
            steps = tuple(dict.fromkeys((*p.steps, *old.steps)))
            people[p.id] = replace(p, steps=steps, keys={**old.keys, **p.keys})
        return Staff(people)

    def without(self, revoked: Mapping[str, Key]) -> Staff:
        """The same people with the keys in `revoked` (by fingerprint) in their place."""
        people = {
            p.id: replace(p, keys={n: revoked.get(n, k) for n, k in p.keys.items()})
            for p in self.people.values()
        }
        return Staff(people)


def staff_of(orgs: OrganisationFile) -> Staff:
    """The people of one version of `orgs.yml`."""
    return Staff(
        {
            p.id: Person(
                p.id,
                p.name,
                p.division,
                p.title,
                p.steps,
                p.divisions,
                p.clerk,
                {fingerprint(k.public): Key(k.public, k.since, k.until) for k in p.keys},
            )
            for p in orgs.people
        }
    )


def fault(
    record: Record, staff: Staff, now: str, genuine: Checker, ever: Staff | None = None
) -> str:
    """Why a record does not count, in Chinese; empty when it does.

    `now` is ISO 8601 in Beijing time; `genuine` verifies a signature. What only takes away counts from
    anybody in `ever`, who signed at some time (nobody given: in `staff`), and with any key: else what he
    took away would come back on the day on which he leaves.
    """
    giving = record.decision == "approve"
    people = staff if giving or ever is None else ever
    signer = record.paper.get("clerk") or record.person
    key = people.key(signer, record.key)
    if key is None:
        return "签名的密钥没有登记"
    if not genuine(key.public, record.signature, record.payload()):
        return "签名不对，记录被改过"
    if not giving:
        reviewer = record.decision != "reject" or people.people[signer].steps
        return "" if reviewer else "这个人不是审核人"
    if record.time > now:
        return "审核时间在此刻之后"
    if not key.holds_at(record.time):
        return "密钥已作废" if key.void else "签名时密钥不在有效期内"
    if not staff.may(record.person, record.step, record.division):
        return "这个人不能做这一审"
    if record.paper:
        return _paper_fault(record, staff)
    return ""


def _paper_fault(record: Record, staff: Staff) -> str:
    clerk = record.paper.get("clerk", "")
    if not (clerk in staff.people and staff.people[clerk].clerk):
        return "代录的人不是文书"
    if clerk == record.person:
        return "文书不能代录自己的审核"
    return "" if record.paper.get("scan") else "代录没有附扫描件"
