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
from builder.config import organisations_of
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
    revoked: Mapping[str, Key] = field(default_factory=dict)
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
    strands = _strands(records)
    roots = {
        mark: first for first in strands.values() if (mark := _root(records, strands, first, eyes))
    }
    chosen = [mark for mark in roots if pin and mark.startswith(pin)] or list(roots)
    if len(chosen) > 1:
        return Trust(rivals=tuple(sorted(chosen)))
    mine = [r for r in records if not chosen or strands[r.digest] == roots[chosen[0]]]
    trust = _walked(mine, records, eyes, ())
    ended = list(_revocations(logs))
    strict = _walked(mine, records, replace(eyes, here=here), ended)
    newest, found = trust.orgs.release(SITE_ORGS), strict.orgs.release(SITE_ORGS)
    trust.disputed = newest is not None and (found is None or found.version != newest.version)
    trust.orgs = strict.orgs
    if trust.disputed:
        trust.orgs.releases.clear()
    trust.revoked = _cut(trust.staff, trust.ever, ended, genuine, voids=True)
    trust.staff = trust.staff.without(trust.revoked)
    return trust


def _strands(records: Sequence[Record]) -> dict[str, str]:
    """Line → the first line of the chain that it stands in. `records` in order."""
    found: dict[str, str] = {}
    for record in records:
        before = next((d for d in record.before if d in found), "")
        found[record.digest] = found[before] if before else record.digest
    return found


def _root(records: Sequence[Record], strands: Mapping[str, str], first: str, eyes: _Eyes) -> str:
    """The mark of a list that vouches for itself; empty when the chain that begins at `first` has none."""
    course = History(SITE_ORGS)
    for record in records:
        if strands[record.digest] == first:
            people = listed(record.files, eyes.find)
            take(course, record, eyes.why(record, people, people), POLICY)
            release = course.release(SITE_ORGS)
            if release is not None:
                return release.records[-1].digest
    return ""


def _walked(
    mine: Sequence[Record], records: Sequence[Record], eyes: _Eyes, ended: Sequence[Record]
) -> Trust:
    """Each line judged by the list that held when it was added, less the keys that `ended` by then."""
    trust = Trust()
    chain = {r.digest for r in mine}
    for record in records:
        staff = trust.staff if trust.root else listed(record.files, eyes.find)
        ever = trust.ever.joined(staff)
        staff = staff.without(_cut(staff, ever, ended, eyes.genuine, voids=False))
        why = eyes.why(record, staff, ever) if record.digest in chain else "不在这份清单的起点之后"
        before = trust.orgs.release(SITE_ORGS)
        take(trust.orgs, record, why, POLICY)
        after = trust.orgs.release(SITE_ORGS)
        if after is not None and (before is None or after.version != before.version):
            trust.staff = listed(after.files, eyes.find)
            trust.ever = trust.ever.joined(trust.staff)
            trust.root = trust.root or after.records[-1].digest
    return trust


def listed(files: Mapping[str, str], find: Finder) -> Staff:
    """The people of the very `orgs.yml` that is among `files`; nobody when it can't be had."""
    path = SITE_ITEMS[SITE_ORGS]
    data = find(path, files.get(path, ""))
    try:
        return staff_of(organisations_of(data)[1]) if data is not None else Staff()
    except BuildFailed:
        return Staff()


def _revocations(logs: Mapping[str, ItemLog]) -> Iterator[Record]:
    for item, log in logs.items():
        if item.startswith(KEYS):
            yield from (r for r in log.records if r.decision == "revoke")


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
