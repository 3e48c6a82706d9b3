"""Where trust begins: the first approved list of people; each later list is approved by those before.

The first list can only vouch for itself. Its fingerprint is printed by every release build and can be
pinned, so that nobody can quietly begin anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from builder.approvals.history import History, take
from builder.approvals.records import ItemLog, Record
from builder.approvals.scans import Here, any_lost, lost
from builder.approvals.staff import Checker, Key, Staff, fault, staff_of
from builder.approvals.words import SITE_ITEMS, SITE_ORGS, STEPS
from builder.config import organisations_of
from builder.problems import BuildFailed

POLICY: Mapping[str, tuple[str, ...]] = {SITE_ORGS: STEPS}
KEYS, VOID = "key:", "void:"
Finder = Callable[[str, str], bytes | None]  # (path, SHA-256) → the bytes, if they can be had


@dataclass(slots=True)
class Trust:
    """The people who may sign now, how the list came about, and the mark of its beginning."""

    staff: Staff = field(default_factory=Staff)
    orgs: History = field(default_factory=lambda: History(SITE_ORGS))
    root: str = ""
    revoked: Mapping[str, Key] = field(default_factory=dict)


def trusted(
    logs: Mapping[str, ItemLog], find: Finder, now: str, genuine: Checker, here: Here
) -> Trust:
    """Walk the log of `site:orgs` from its beginning, then take away the keys that were revoked.

    `here` gives the hash of a file as it lies there. Where the list in force rests on a scan that is gone
    nobody is trusted: an earlier list, or a new beginning, must not take its place.
    """
    trust = _walked(logs, find, now, genuine, here)
    if any_lost(trust.orgs.log):
        whole = _walked(logs, find, now, genuine, None)
        newest, found = whole.orgs.release(SITE_ORGS), trust.orgs.release(SITE_ORGS)
        if newest is not None and (found is None or found.version != newest.version):
            trust.orgs.releases.clear()
            return Trust(orgs=trust.orgs)
        trust.root = whole.root
    return trust


def _walked(
    logs: Mapping[str, ItemLog], find: Finder, now: str, genuine: Checker, here: Here | None
) -> Trust:
    trust = Trust()
    log = logs.get(SITE_ORGS, ItemLog(SITE_ORGS, ()))
    ended = list(_revocations(logs))
    for record in log.records:  # each line is judged by the list that held when it was added
        staff = trust.staff if trust.root else listed(record, find)
        staff = staff.without(_cut(staff, ended, genuine, voids=False))
        before = trust.orgs.release(SITE_ORGS)
        why = fault(record, staff, now, genuine) or (lost(record, here) if here else "")
        take(trust.orgs, record, why, POLICY)
        after = trust.orgs.release(SITE_ORGS)
        if after is not None and (before is None or after.version != before.version):
            trust.staff = listed(record, find)
            trust.root = trust.root or after.records[-1].digest
    trust.revoked = _cut(trust.staff, ended, genuine, voids=True)
    trust.staff = trust.staff.without(trust.revoked)
    return trust


def listed(record: Record, find: Finder) -> Staff:
    """The people of the very `orgs.yml` that a record speaks of; nobody when it can't be had."""
    path = SITE_ITEMS[SITE_ORGS]
    data = find(path, record.files.get(path, ""))
    try:
        return staff_of(organisations_of(data)[1]) if data is not None else Staff()
    except BuildFailed:
        return Staff()


def _revocations(logs: Mapping[str, ItemLog]) -> Iterator[Record]:
    for item, log in logs.items():
        if item.startswith(KEYS):
            yield from (r for r in log.records if r.decision == "revoke")


def _cut(
    staff: Staff, revocations: Sequence[Record], genuine: Checker, *, voids: bool
) -> dict[str, Key]:
    """The keys that somebody registered took away. `voids`: those never to be trusted count for nothing."""
    found: dict[str, Key] = {}
    for record in revocations:
        name = record.subject.removeprefix(VOID)
        key = staff.key(record.item.removeprefix(KEYS), name)
        if key is None or fault(record, staff, record.time, genuine):
            continue
        old = found.get(name, key)
        until = min(record.time, old.until or record.time)
        void = old.void or (voids and record.subject.startswith(VOID))
        found[name] = replace(key, until=until, void=void)
    return found
