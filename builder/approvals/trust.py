"""Where trust begins: the first approved list of people; each later list is approved by those before.

The first list can only vouch for itself. Its fingerprint is printed by every release build and can be
pinned, so that nobody can quietly begin anew; where there are two beginnings, only a pin chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from builder.approvals.history import History, in_order, take
from builder.approvals.records import ItemLog, Record
from builder.approvals.scans import Here, lost
from builder.approvals.staff import Checker, Key, Staff, fault, staff_of
from builder.approvals.words import SITE_ITEMS, SITE_ORGS, STEPS
from builder.organisations import organisations_of
from builder.problems import BuildFailed

POLICY: Mapping[str, tuple[str, ...]] = {SITE_ORGS: STEPS}
KEYS, VOID = "key:", "void:"
Finder = Callable[[str, str], bytes | None]  # (path, SHA-256) → the bytes, if they can be had


@dataclass(slots=True)
class Trust:
    """The people who may sign now, how the list came about, and the mark of its beginning.

    `ever`: everybody who was in an approved list at some time. `rivals`: the marks of several beginnings
    among which nothing chooses; nobody is trusted then. `disputed`: revoked keys, or scans that are gone,
    would bring an earlier list back; then no list is approved until one is approved anew.
    """

    staff: Staff = field(default_factory=Staff)
    orgs: History = field(default_factory=lambda: History(SITE_ORGS))
    root: str = ""
    ever: Staff = field(default_factory=Staff)
    rivals: tuple[str, ...] = ()
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class _Eyes:
    """What a walk sees of the world: bytes, the time, signatures, scans (not looked at when None)."""

    find: Finder
    now: str
    genuine: Checker
    here: Here | None = None
    lists: dict[str, Staff] = field(default_factory=dict)

    def people(self, files: Mapping[str, str]) -> Staff:
        """The people of the very `orgs.yml` that is among `files`; nobody when it can't be had."""
        path = SITE_ITEMS[SITE_ORGS]
        sha256 = files.get(path, "")
        if sha256 not in self.lists:
            self.lists[sha256] = _listed(self.find(path, sha256))
        return self.lists[sha256]

    def why(self, record: Record, staff: Staff, ever: Staff) -> str:
        """Why a record does not count."""
        why = fault(record, staff, self.now, self.genuine, ever)
        return why or (lost(record, self.here) if self.here else "")


def trusted(
    logs: Mapping[str, ItemLog],
    find: Finder,
    now: str,
    genuine: Checker,
    here: Here,
    pin: str = "",
) -> Trust:
    """Walk the log of `site:orgs` from its beginning, then take away the keys that were revoked.

    `here` gives the hash of a file as it lies there; `pin` is how the mark of the beginning begins. Taking
    away must not bring an earlier list back: the walk is made as if nothing had been taken away, too.
    """
    eyes = _Eyes(find, now, genuine)
    records = in_order(logs.get(SITE_ORGS, ItemLog(SITE_ORGS, ())).records)
    roots = _beginnings(records, eyes)
    chosen = [mark for mark in roots if pin and mark.startswith(pin)] or list(roots)
    if len(chosen) > 1:
        return Trust(rivals=tuple(sorted(chosen)))
    beginning = roots[chosen[0]] if chosen else []
    ended = list(_revocations(logs))
    trust = _walked(beginning, records, eyes, ())
    strict = _walked(beginning, records, replace(eyes, here=here), ended)
    newest, found = trust.orgs.release(SITE_ORGS), strict.orgs.release(SITE_ORGS)
    trust.disputed = newest is not None and (found is None or found.version != newest.version)
    trust.orgs = strict.orgs
    if trust.disputed:
        trust.orgs.releases.clear()
    revoked = _cut(trust.staff, trust.ever, ended, genuine, voids=True)
    trust.staff = trust.staff.without(revoked)
    return trust


def _beginnings(records: Sequence[Record], eyes: _Eyes) -> dict[str, list[Record]]:
    """Lists that vouch for themselves: the mark of each, and the lines that make it so, in order.

    Only what a line was written after speaks for it or against it: nothing that is added later can undo a
    beginning. A list that was approved after another one is no beginning.
    """
    found: dict[str, list[Record]] = {}
    before: dict[str, frozenset[str]] = {}
    for record in records:
        people = eyes.people(record.files)
        mine = frozenset(record.before).union(*(before.get(d, ()) for d in record.before))
        before[record.digest] = mine
        if mine & found.keys() or not people.people or eyes.why(record, people, people):
            continue
        course, chain = History(SITE_ORGS), [r for r in records if r.digest in mine] + [record]
        for one in chain:
            take(course, one, eyes.why(one, people, people), POLICY)
        release = course.release(SITE_ORGS)
        if release is not None and release.version == record.version:
            found[record.digest] = chain
    return found


def _walked(
    beginning: Sequence[Record], records: Sequence[Record], eyes: _Eyes, ended: Sequence[Record]
) -> Trust:
    """Each line judged by the list that held when it was added, less the keys that `ended` by then."""
    trust = Trust()
    chain = {r.digest for r in beginning}
    for record in [*beginning, *(r for r in records if r.digest not in chain)]:
        first = beginning[-1] if beginning else record
        staff = trust.staff if trust.root else eyes.people(first.files)
        ever = trust.ever.joined(staff)
        staff = staff.without(_cut(staff, ever, ended, eyes.genuine, voids=False))
        before = trust.orgs.release(SITE_ORGS)
        take(trust.orgs, record, eyes.why(record, staff, ever), POLICY)
        after = trust.orgs.release(SITE_ORGS)
        if record.decision != "approve":
            if before != after:  # what only takes away brings no earlier list back
                trust.orgs.releases.clear()
        elif after is not None and (before is None or after.version != before.version):
            trust.staff = eyes.people(after.files)
            trust.ever = trust.ever.joined(trust.staff)
            trust.root = trust.root or after.records[-1].digest
    return trust


def _listed(data: bytes | None) -> Staff:
    try:
        return staff_of(organisations_of(data)[1]) if data is not None else Staff()
    except BuildFailed:
        return Staff()


def _revocations(logs: Mapping[str, ItemLog]) -> Iterator[Record]:
    for item in logs:
        if item.startswith(KEYS):
            yield from (r for r in logs[item].records if r.decision == "revoke")


def _cut(
    staff: Staff, ever: Staff, revocations: Sequence[Record], genuine: Checker, *, voids: bool
) -> dict[str, Key]:
    """The keys that somebody registered took away. `voids`: those never to be trusted count for nothing."""
    found: dict[str, Key] = {}
    for record in revocations:
        name = record.subject.removeprefix(VOID)
        key = next((p.keys[name] for p in staff.people.values() if name in p.keys), None)
        if key is None or fault(record, staff, record.time, genuine, ever):
            continue
        old = found.get(name, key)
        until = min(record.time, old.end)
        void = old.void or (voids and record.subject.startswith(VOID))
        found[name] = replace(key, until=until, void=void)
    return found
