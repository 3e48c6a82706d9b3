"""From `Progress` to a `Report`: who has what to do, division by division, and which parts are stale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date

from builder.approvals.standing import STATES
from builder.approvals.words import STEP_LABELS
from builder.kinds import BY_NAME
from builder.model import Edition, Organisation, Progress, Shelf, Standing
from builder.reports.quarter import Quarter
from builder.reports.selfcheck import SelfCheck, self_check
from builder.reports.shelves import ShelfRow, shelf_row

SOON, LATER = 30, 90
NAMES = 3  # of those who may take a step
OPEN = frozenset({"new", "waiting", "changed", "gone"})
TODO = OPEN | {"rejected"}
ELSEWHERE = "settings"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries; one of approved, waiting, rejected, withdrawn each, and any of the others."""

    total: int = 0
    approved: int = 0
    waiting: int = 0
    rejected: int = 0
    withdrawn: int = 0
    expired: int = 0
    soon: int = 0
    unverified: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


# What a director reads over the columns of the counts.
COUNT_LABELS: Mapping[str, str] = {
    "total": "合计",
    "approved": "已批准",
    "waiting": "待审",
    "rejected": "已退回",
    "withdrawn": "已撤回",
    "expired": "已过期",
    "soon": f"{LATER}天内到期",
    "unverified": "待核",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that is not approved: what it waits for, of whom, since when (empty: nobody began)."""

    id: str
    kind: str
    title: str
    state: str
    steps: tuple[tuple[str, str], ...]
    since: str
    days: int


@dataclass(frozen=True, slots=True)
class Expiring:
    """An entry that is out and holds no more, or not for long. `grade`: past, soon, later, newer."""

    id: str
    kind: str
    title: str
    valid_to: str
    grade: str
    text: str


@dataclass(frozen=True, slots=True)
class Division:
    """All of one division; `id` is an anchor on the page."""

    id: str
    name: str
    short: str
    counts: Counts
    waiting: tuple[Waiting, ...]
    expiring: tuple[Expiring, ...]

    @property
    def is_todo(self) -> bool:
        """True when somebody has something to do."""
        return bool(self.waiting or self.expiring)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page, the spreadsheet and the command line show."""

    day: str
    quarter: str
    counts: Counts
    divisions: tuple[Division, ...]
    shelves: tuple[tuple[str, tuple[ShelfRow, ...]], ...]
    checks: tuple[tuple[str, SelfCheck], ...]

    @property
    def stale(self) -> int:
        """How many parts of the site are overdue or empty, in whichever edition."""
        return len({row.id for _, rows in self.shelves for row in rows if row.mark == "bad"})


def report(
    progress: Progress,
    organisations: Mapping[str, Organisation],
    editions: Iterable[Edition],
    today: date,
    quarter: Quarter | None = None,
    titles: Mapping[str, str] | None = None,
) -> Report:
    """Tell of `progress` as of `today`.

    `editions`: those to tell of. `quarter`: of the self-check, by default the one that `today` lies in.
    `titles`: of entries that have none yet, for those who have the files anyway.
    """
    asked = quarter or Quarter.of(today)
    names = {s.id: s.title or (titles or {}).get(s.id, "") for s in progress.standings}
    shelves = {e.name: [s for s in progress.shelves if s.edition == e.name] for e in editions}
    labels = {e.name: e for e in editions}
    divisions = tuple(_divisions(progress, organisations, today, names))
    return Report(
        today.isoformat(),
        asked.label,
        sum((d.counts for d in divisions), Counts()),
        divisions,
        tuple((labels[n].label, _rows(s, today)) for n, s in shelves.items() if s),
        tuple(
            (e.label, self_check(progress, e.name, min(today, asked.end), asked))
            for e in labels.values()
            if e.public and e.name in progress.hosts
        ),
    )


def _rows(shelves: Iterable[Shelf], today: date) -> tuple[ShelfRow, ...]:
    return tuple(shelf_row(s, today, Quarter.of(today)) for s in shelves)


def _divisions(
    progress: Progress,
    organisations: Mapping[str, Organisation],
    today: date,
    names: Mapping[str, str],
) -> Iterable[Division]:
    """Divisions in their own order, then what belongs to none."""
    owned: dict[str, list[Standing]] = {}
    for standing in progress.standings:
        owned.setdefault(standing.division, []).append(standing)
    for identity, organisation in organisations.items():
        if identity in owned:
            known = identity, organisation.name, organisation.short
            yield _division(known, owned.pop(identity), today, names)
    rest = [s for group in owned.values() for s in group]
    if rest:
        yield _division((ELSEWHERE, "站点设置和其他", "设置和其他"), rest, today, names)


def _division(
    known: tuple[str, str, str], items: list[Standing], today: date, names: Mapping[str, str]
) -> Division:
    waiting = [_waiting(s, today, names) for s in items if s.state in TODO or s.held]
    expiring = [e for s in items if (e := _expiring(s, today, names)) is not None]
    return Division(
        *known,
        sum((_counts(s, today) for s in items), Counts()),
        tuple(sorted(waiting, key=lambda w: (-w.days, w.id))),
        tuple(sorted(expiring, key=lambda e: (e.valid_to or "9999", e.id))),
    )


def _counts(standing: Standing, today: date) -> Counts:
    left = _left(standing, today)
    return Counts(
        1,
        standing.state == "approved",
        standing.state in OPEN,
        standing.state == "rejected",
        standing.state == "withdrawn",
        left is not None and left < 0,
        left is not None and 0 <= left <= LATER,
        standing.unverified,
    )


def _left(standing: Standing, today: date) -> int | None:
    """Days for which an entry that is out still holds; None without an end."""
    if not standing.out or not standing.valid_to:
        return None
    return (date.fromisoformat(standing.valid_to) - today).days


def _waiting(standing: Standing, today: date, names: Mapping[str, str]) -> Waiting:
    since = standing.since
    days = (today - date.fromisoformat(since)).days if since else 0
    return Waiting(
        standing.id,
        _kind(standing),
        names[standing.id],
        _state(standing),
        tuple((STEP_LABELS[step], _people(who)) for step, who in standing.waits),
        since,
        max(days, 0),
    )


def _kind(standing: Standing) -> str:
    return BY_NAME[standing.kind].label if standing.kind in BY_NAME else "设置"


def _state(standing: Standing) -> str:
    if standing.held:
        return f"已批准，没有发布：{standing.held}"
    if standing.state == "gone":
        return "文件已删，仍在发布" if standing.out else "文件已删"
    return STATES[standing.state]


def _people(names: tuple[str, ...]) -> str:
    if not names:
        return "没有人可审，请在 content/orgs.yml 里安排"
    more = f"等{len(names)}人" if len(names) > NAMES else ""
    return "、".join(names[:NAMES]) + more


def _expiring(standing: Standing, today: date, names: Mapping[str, str]) -> Expiring | None:
    """What to say of an entry that is out and does not hold for long."""
    left = _left(standing, today)
    said = []
    if left is not None and left <= LATER:
        said.append(f"已过期{-left}天" if left < 0 else f"还有{left}天到期")
    if standing.newer and standing.out:
        said.append(f"依据的制度已被{names.get(standing.newer) or standing.newer}代替")
    if not said:
        return None
    if left is None or left > LATER:
        grade = "newer"
    else:
        grade = "past" if left < 0 else "soon" if left <= SOON else "later"
    title = names[standing.id]
    return Expiring(standing.id, _kind(standing), title, standing.valid_to, grade, "；".join(said))
