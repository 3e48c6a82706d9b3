"""From the records of an item to what may be shown: which version, approved when and by whom.

Everything is judged anew from the signed lines; no state is kept anywhere. Taking away (退回, 撤回, 吊销)
always counts; giving counts only with a good signature of the right person at the right time, who had
all that was taken away before his eyes. So it does not matter where in the file a line stands, or how
copies of a log were joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from builder.approvals.records import ItemLog, Record
from builder.approvals.words import LEVELS

Judge = Callable[[Record], str]
Policies = Mapping[str, Sequence[str]]  # name (an edition) → the steps it asks for


@dataclass(frozen=True, slots=True)
class Judged:
    """A record, and why it does not count (empty when it does)."""

    record: Record
    why: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A version that may be shown: the records that make it so; when the item first came out."""

    version: str
    files: Mapping[str, str]
    records: tuple[Record, ...]
    published: str
    approved: str
    changes: tuple[tuple[str, str], ...] = ()  # (time, public word on what changed), oldest first


@dataclass(slots=True)
class History:
    """The course of one item."""

    item: str
    log: list[Judged] = field(default_factory=list)
    steps: dict[str, dict[str, Record]] = field(default_factory=dict)  # version → step → record
    rejected: dict[str, Record] = field(default_factory=dict)
    withdrawn: Record | None = None
    releases: dict[str, list[Release]] = field(
        default_factory=dict
    )  # by policy's name, oldest first
    once: dict[str, Release] = field(default_factory=dict)  # what was out last, by policy
    seen: dict[str, frozenset[str]] = field(
        default_factory=dict
    )  # line → what its signer saw taken away
    gone: dict[str, set[str]] = field(
        default_factory=dict
    )  # version ("": every one) → who took it away
    clock: dict[str, str] = field(
        default_factory=dict
    )  # line → time of the latest good one up to it

    def release(self, name: str) -> Release | None:
        """The newest version that may be shown under a policy."""
        found = self.releases.get(name)
        return found[-1] if found else None


def history(log: ItemLog, judge: Judge, policies: Policies) -> History:
    """Judge a log line by line."""
    course = History(log.item)
    for record in in_order(log.records):
        take(course, record, judge(record), policies)
    return course


def in_order(records: Sequence[Record]) -> list[Record]:
    """Each after those it names, wherever it stands in the file; of those that may come next the oldest."""
    chain = ""
    for record in records:  # nearly every log is one chain, and stands in its order
        if record.after != chain:
            break
        chain = record.digest
    else:
        return list(records)
    known = {r.digest: r for r in records}
    later: dict[str, list[Record]] = {}
    waits = {r.digest: 0 for r in records}
    for record in records:
        for digest in {*record.before} & known.keys():
            later.setdefault(digest, []).append(record)
            waits[record.digest] += 1
    ready: list[tuple[str, str]] = []
    for record in records:
        if not waits[record.digest]:
            heappush(ready, (record.time, record.digest))
    found: list[Record] = []
    while ready:
        found.append(known[heappop(ready)[1]])
        for record in later.get(found[-1].digest, ()):
            waits[record.digest] -= 1
            if not waits[record.digest]:
                heappush(ready, (record.time, record.digest))
    return found


def take(course: History, record: Record, why: str, policies: Policies) -> None:
    """Add the next line of the log. `why`: what speaks against it already, empty for a good one."""
    lost = frozenset(d for d in record.before if d not in course.seen)
    seen = lost.union(*(course.seen[d] for d in record.before if d not in lost))
    clock = max((course.clock[d] for d in record.before if d not in lost), default="")
    if lost:  # who knows what stood there: as if it had taken everything away
        _clear(course, lost)
    if record.decision == "approve":
        why = (
            why or _chained(course, record, lost, seen, clock) or _approve(course, record, policies)
        )
        course.clock[record.digest] = clock if why else record.time
    else:
        if not why:
            _take_away(course, record)
            seen |= {record.digest}
        course.clock[record.digest] = clock  # its own time binds nobody: it may be any
    course.seen[record.digest] = seen
    course.log.append(Judged(record, why))


def _chained(
    course: History, record: Record, lost: frozenset[str], seen: frozenset[str], clock: str
) -> str:
    """Why an approval does not follow from the lines before it."""
    if lost:
        return "前面的记录不见了"
    if record.time < clock:
        return "时间早于前一条记录"
    if not seen >= course.gone.get("", set()) | course.gone.get(record.version, set()):
        return "签的时候没有看到撤回或退回"
    return ""


def _take_away(course: History, record: Record) -> None:
    if record.decision == "reject":
        course.gone.setdefault(record.version, set()).add(record.digest)
        course.steps.pop(record.version, None)
        course.rejected[record.version] = record
        for releases in course.releases.values():
            releases[:] = [r for r in releases if r.version != record.version]
    elif record.decision == "withdraw":
        _clear(course, {record.digest})
        course.withdrawn = record


def _clear(course: History, by: Iterable[str]) -> None:
    course.gone.setdefault("", set()).update(by)
    course.steps.clear()
    course.releases.clear()


def _approve(course: History, record: Record, policies: Policies) -> str:
    if not record.step:
        return "没有写是哪一审"
    held = course.steps.setdefault(record.version, {})
    others = [r for step, r in held.items() if step != record.step]
    if any(r.person == record.person for r in others):
        return "同一个人不能做两审"
    clerk = record.paper.get("clerk")
    if any(r.paper.get("clerk") == record.person or r.person == clerk for r in others):
        return "文书不能代录自己参加审核的一版"
    if record.step in held and not _overtaken(held, record.step):
        return "这一审已经有了"
    held.pop(record.step, None)  # a step taken again is taken last
    held[record.step] = record
    course.rejected.pop(record.version, None)
    for name, asked in policies.items():
        if complete(held, asked):
            _release(course, name, record, tuple(held[s] for s in held if s in asked))
    return ""


def _overtaken(held: Iterable[str], step: str) -> bool:
    """True when a level below `step` was taken only after it: then it is to be taken again."""
    later = list(held)
    return step in LEVELS and any(
        s in LEVELS and LEVELS.index(s) < LEVELS.index(step) for s in later[later.index(step) :]
    )


def complete(held: Iterable[str], asked: Sequence[str]) -> bool:
    """True when every step asked for was taken, 初审 before 复审 before 终审. `held` in order of taking."""
    taken = list(held)
    levels = [s for s in taken if s in LEVELS and s in asked]
    return bool(asked) and set(asked) <= set(taken) and levels == [s for s in LEVELS if s in asked]


def _release(course: History, name: str, record: Record, records: tuple[Record, ...]) -> None:
    before = course.releases.setdefault(name, [])
    last = before[-1] if before else None
    if last is not None and last.version == record.version:
        if {r.person for r in last.records} == {r.person for r in records}:
            return  # signed again by the same people: nothing new came out
        before.pop()
        kept = last.changes
        approved = last.approved
    else:
        approved = record.time
        kept = (*(last.changes if last else ()), (record.time, _agreed(records)))
    for old in before:  # what has been replaced comes back only if all sign it again
        course.steps.pop(old.version, None)
    first = last.published if last else record.time
    before.append(Release(record.version, record.files, records, first, approved, kept))
    course.once[name] = before[-1]


def _agreed(records: Iterable[Record]) -> str:
    """The public word on what changed, if every one of them signed it; it is text like any other."""
    said = {r.change for r in records}
    return said.pop() if len(said) == 1 else ""
