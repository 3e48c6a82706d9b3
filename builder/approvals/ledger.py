"""The whole of the reviews under one root: the people who may sign, and the course of every item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builder.approvals.found import Found
from builder.approvals.history import History, Release
from builder.approvals.records import ItemLog, Logs, Record, read_logs
from builder.approvals.scans import history_on_paper
from builder.approvals.staff import Checker, Staff, fault
from builder.approvals.trust import KEYS, Trust, trusted
from builder.approvals.words import SITE_CONFIG, SITE_ITEMS, SITE_ORGS, STEPS
from builder.config import SiteConfig
from builder.keys import signed
from builder.memo import Memo, digest

SITE_POLICY: Mapping[str, tuple[str, ...]] = {SITE_CONFIG: STEPS, SITE_ORGS: STEPS}


@dataclass(slots=True)
class Ledger:
    """Reviews as of one moment. `now` is ISO 8601 in Beijing time."""

    logs: Logs
    trust: Trust
    found: Found
    now: str
    genuine: Checker
    memo: Memo
    _known: tuple[Trust, str] | None = None

    @property
    def staff(self) -> Staff:
        """The people who may sign now."""
        return self.trust.staff

    def course(self, item: str, policies: Mapping[str, tuple[str, ...]]) -> History:
        """The course of an item under the given policies; not to be changed by who asks."""
        if item == SITE_ORGS:
            return self.trust.orgs
        raw = self.logs.raw.get(item, b"")
        key = digest("course", item, raw, self._people(), repr(policies))
        kept = self.memo.peek(key)
        if isinstance(kept, History) and self._settled(kept):
            return kept
        course = self._course(self.logs.get(item, ItemLog(item, ())), policies)
        if self._settled(course):
            self.memo.put(key, course)
        return course

    def _settled(self, course: History) -> bool:
        """True when neither the clock nor a scan has a say in it."""
        return all(j.record.time <= self.now and not j.record.paper for j in course.log)

    def _course(self, log: ItemLog, policies: Mapping[str, tuple[str, ...]]) -> History:
        def judge(record: Record) -> str:
            return fault(record, self.staff, self.now, self.genuine, self.trust.ever)

        return history_on_paper(log, judge, policies, self.found.here)

    def _people(self) -> str:
        """A mark of everybody whose word may count."""
        if self._known is None or self._known[0] is not self.trust:
            self._known = self.trust, repr((self.trust.staff, self.trust.ever))
        return self._known[1]

    def written(self, record: Record) -> bool:
        """True when somebody wrote it who was registered at some time; of lists of people, anybody."""
        if record.item == SITE_ORGS:
            return True
        key = self.trust.ever.key(record.paper.get("clerk") or record.person, record.key)
        return key is not None and self.genuine(key.public, record.signature, record.payload())

    def site(self, item: str) -> bytes | None:
        """The approved bytes of `site:config` or `site:orgs`; None when there are none."""
        course = self.course(item, SITE_POLICY)
        release = course.release(item)
        return self.file(release, SITE_ITEMS[item])

    def file(self, release: Release | None, path: str) -> bytes | None:
        """The bytes of a file as a version has it."""
        return self.found.get(path, release.files.get(path, "")) if release else None

    def entries(self) -> list[str]:
        """Items that are entries and have a log."""
        return [i for i in self.logs if i not in SITE_ITEMS and not i.startswith(KEYS)]


def policies_of(config: SiteConfig, kind: str) -> dict[str, tuple[str, ...]]:
    """Edition → the steps it asks of a kind."""
    return {name: config.steps(name, kind) for name in config.editions}


def open_ledger(
    root: Path, now: str, memo: Memo | None = None, pin: str = "", found: Found | None = None
) -> Ledger:
    """Read all records under `root`. `memo` keeps courses that were judged; `pin` is where trust begins.

    `found` remembers what files it hashed, where somebody opens the ledger again and again.
    """
    keep = memo if memo is not None else Memo(None, "")
    found, logs = found or Found(root), read_logs(root)
    genuine = _remembering(signed)
    trust = trusted(logs, found.get, now, genuine, found.here, pin)
    return Ledger(logs, trust, found, now, genuine, keep)


def _remembering(check: Checker) -> Checker:
    known: dict[str, bool] = {}

    def genuine(public: str, signature: str, data: bytes) -> bool:
        key = digest(public, signature, data)
        if key not in known:
            known[key] = check(public, signature, data)
        return known[key]

    return genuine
