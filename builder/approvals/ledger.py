"""The whole of the reviews under one root: the people who may sign, and the course of every item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from builder.approvals.found import Found
from builder.approvals.history import History, Release
from builder.approvals.keys import signed
from builder.approvals.records import ItemLog, Record, read_logs
from builder.approvals.scans import history_on_paper
from builder.approvals.staff import Checker, Staff, fault
from builder.approvals.trust import KEYS, Trust, trusted
from builder.approvals.words import SITE_CONFIG, SITE_ITEMS, SITE_ORGS, STEPS
from builder.config import SiteConfig
from builder.memo import Memo, digest

SITE_POLICY: Mapping[str, tuple[str, ...]] = {SITE_CONFIG: STEPS, SITE_ORGS: STEPS}


@dataclass(slots=True)
class Ledger:
    """Reviews as of one moment. `now` is ISO 8601 in Beijing time."""

    logs: Mapping[str, ItemLog]
    trust: Trust
    found: Found
    now: str
    genuine: Checker

    @property
    def staff(self) -> Staff:
        """The people who may sign now."""
        return self.trust.staff

    def course(self, item: str, policies: Mapping[str, tuple[str, ...]]) -> History:
        """The course of an item under the given policies."""
        if item == SITE_ORGS:
            return self.trust.orgs
        log = self.logs.get(item, ItemLog(item, ()))

        def judge(record: Record) -> str:
            return fault(record, self.staff, self.now, self.genuine, self.trust.ever)

        return history_on_paper(log, judge, policies, self.found.here)

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
    """Read all records under `root`. `memo` keeps which signatures were found good; `pin` is where trust begins.

    `found` remembers what files it hashed, where somebody opens the ledger again and again.
    """
    keep = memo if memo is not None else Memo(None, "")
    found, logs = found or Found(root), read_logs(root)
    genuine = _remembering(keep, signed)
    trust = trusted(logs, found.get, now, genuine, found.here, pin)
    return Ledger(logs, trust, found, now, genuine)


def _remembering(memo: Memo, check: Checker) -> Callable[[str, str, bytes], bool]:
    def genuine(public: str, signature: str, data: bytes) -> bool:
        key = digest("signed", public, signature, data)
        return memo.get(key, lambda: check(public, signature, data))

    return genuine
