"""The gate for numbers: of everything in a library, what one edition may know at one moment.

Imported only where there are indicators. Whatever is not let through here is in no output: series of
other audiences, snapshots before their hour, who made and approved what is public.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from builder import indicators as indicators_room
from builder import values
from builder.bound import Known
from builder.entries import unreleased
from builder.indicators import library as files
from builder.indicators import seals
from builder.indicators.calendar import calendar
from builder.indicators.defined import DEFINE, misnamed
from builder.indicators.definitions import indicator_of, slug, targets_of, template_of
from builder.indicators.layers import Snapshot, cut
from builder.indicators.marks import marks_of
from builder.indicators.packed import pack, unpack
from builder.indicators.places import place as placed
from builder.indicators.regions import NATION, PROVINCE, regions_of, top
from builder.indicators.store import Store
from builder.memo import Memo, code_version, digest
from builder.model import BEIJING, Edition, Entry, Library
from builder.problems import Problem, Refused, Where
from builder.values import Indicator, Key, Numbers, Region


def real_clock() -> datetime:
    """The time it is, whatever a build is told."""
    return datetime.now(BEIJING)


@dataclass(frozen=True, slots=True)
class Keep:
    """Whether a series may be known: its indicator is shown, and its level belongs to a reader of the edition."""

    indicators: Mapping[str, Indicator]
    regions: Mapping[str, Region]
    audiences: frozenset[str]

    def __call__(self, key: Key, frequency: str) -> bool:
        """True for a series that may be known."""
        known, region = self.indicators.get(key.indicator), self.regions.get(key.region)
        return (
            known is not None
            and region is not None
            and frequency == known.frequency
            and key.measure in known.measures
            and known.audience_of(region.level, key.measure) in self.audiences
        )

    def told(self) -> object:
        """All that it decides by."""
        definitions = [
            (i.id, i.frequency, sorted(i.measures), i.audience, i.grants)
            for i in self.indicators.values()
        ]
        return (
            definitions,
            [(r.code, r.level) for r in self.regions.values()],
            sorted(self.audiences),
        )


def numbers_of(
    library: Library,
    chosen: Iterable[Entry],
    edition: Edition,
    now: datetime,
    clock: datetime,
    memo: Memo | None = None,
) -> tuple[Numbers | None, list[Problem]]:
    """What `edition` may know of numbers, given the entries that it shows; nothing where it shows no indicator.

    `clock` is the real time: a snapshot in the clear whose hour lies ahead of it is an error, whatever
    `now` is. `memo` keeps laid numbers under everything that they follow from.
    """
    held = [
        e
        for e in library.entries.values()
        if e.kind == "snapshot" and e.audience in edition.audiences
    ]
    entries = list(chosen)
    areas = regions_of(entries)
    indicators = {slug(e): indicator_of(e) for e in entries if e.kind == "indicator"}
    problems = [p for e in held if not e.path.endswith(seals.SUFFIX) for p in _early(e, clock)]
    out = [files.File(e.path, e.data["raw"]) for e in held if not unreleased(e, now)]
    asked = _Asked(library, out, Keep(indicators, areas, edition.audiences), edition.public, now)
    store, marks, said = _laid(asked, memo)
    if not indicators:
        return None, [*problems, *said]
    templates = (template_of(e, areas) for e in entries if e.kind == "template")
    numbers = Numbers(
        indicators=indicators,
        regions=areas,
        store=store,
        home=top(areas, PROVINCE),
        nation=top(areas, NATION),
        templates={t.id: t for t in templates if {r.indicator for r in t.rows} <= {*indicators}},
        calendar=calendar(indicators.values(), now),
        marks=marks,
        shape=digest(repr(areas), repr(indicators)),
    )
    shown = _outside(numbers) if edition.public else _inside(numbers, entries)
    return shown, [*problems, *said]


def _outside(numbers: Numbers) -> Numbers:
    """What a number is used for, and who else may see it, is nobody's business outside.

    All that may be seen is let through by now.
    """
    plain = {name: replace(i, grants=(), disclosure="") for name, i in numbers.indicators.items()}
    return replace(numbers, indicators=plain)


def _early(entry: Entry, clock: datetime) -> Iterator[Problem]:
    release = datetime.fromisoformat(entry.data["header"]["release"])
    return files.early(entry.path, release, clock)


Laid = tuple[Store, Mapping[str, str], list[Problem]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the numbers of an edition follow from: the snapshots whose hour has come, and who may see what."""

    library: Library
    out: Sequence[files.File]
    keep: Keep
    public: bool
    now: datetime

    def told(self) -> str:
        """All of it in words."""
        every = (self.library.entries[name] for name in self.library.entries)
        defined = [
            (e.id, e.data["frequency"], [*e.data["measures"]], e.data["region_levels"])
            for e in every
            if e.kind == "indicator"
        ]
        held = sorted(self.library.withheld)
        return repr((defined, held, self.keep.told(), self.public))


def _laid(asked: _Asked, memo: Memo | None) -> Laid:
    """The numbers, a mark for each indicator, and what is wrong with any snapshot."""
    try:
        key = seals.key_of() if any(file.sealed for file in asked.out) else None
    except Refused as refused:
        where = Where(next(file.path for file in asked.out if file.sealed))
        action = "改好这台机器的环境变量和密钥文件，见运维手册。"
        return Store(()), {}, [Problem("SNP009", where, str(refused), action)]
    if memo is None:
        return _fresh(asked, key)
    made = list[Laid]()

    def make() -> bytes:
        store, marks, problems = _fresh(asked, key)
        made.append((store, marks, problems))
        return pickle.dumps((pack(store), marks, problems), protocol=5)

    named = [part for file in asked.out for part in (file.path, file.text)]
    kept = memo.blob(
        digest("numbers", version(), asked.told(), key.id if key else "", *named), make
    )
    if made:
        return made[0]
    packed, marks, problems = pickle.loads(kept)  # noqa: S301  # our own file, in our own cache
    return unpack(packed), marks, problems


def _fresh(asked: _Asked, key: seals.ReleaseKey | None) -> Laid:
    snapshots, problems = files.admitted(asked.out, asked.now, asked.now, key)
    known, texts = Known(asked.library), {file.name: file for file in asked.out}
    for snapshot in snapshots:
        file = texts.get(snapshot.vintage.id)  # none, where name and id differ, which is told
        problems += _unknown(snapshot, file, known) if file else ()
    left = []
    for snapshot in snapshots:
        blocks = tuple(b for block in snapshot.blocks for b in cut(block, asked.keep))
        if blocks:
            left.append(replace(snapshot, blocks=blocks))
    store = Store(map(_anonymous, left) if asked.public else left)
    return store, marks_of(store), problems


def _unknown(snapshot: Snapshot, file: files.File, known: Known) -> Iterator[Problem]:
    """What a snapshot names that no definition and no list of regions has."""
    for number, block in enumerate(snapshot.blocks):
        for key, said in misnamed(block, known.indicators, known.regions, known.later):
            place = () if file.sealed else placed(file.text, ("blocks", number, key))
            yield Problem("SNP010", Where(file.path, *place), f"{said}。", DEFINE)


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the code that decides what becomes of snapshots."""
    rooms = sorted(Path(str(indicators_room.__file__)).parent.rglob("*.py"))
    return code_version(__file__, str(values.__file__), *map(str, rooms))


def _inside(numbers: Numbers, entries: Sequence[Entry]) -> Numbers:
    """What only those within the bureau may know besides."""
    named: dict[str, dict[str, Mapping[str, Any]]] = {"ruleset": {}, "gdp": {}}
    verdicts: list[Any] = []
    targets: dict[str, Mapping[int, tuple[float, str]]] = {}
    for entry in entries:
        if entry.kind in named:
            named[entry.kind][slug(entry)] = entry.data
        elif entry.kind == "verdicts":
            verdicts += entry.data["verdicts"]
        elif entry.kind == "indicator" and entry.data["target"]:
            targets[slug(entry)] = targets_of(entry)
    return replace(
        numbers,
        rulesets=named["ruleset"],
        ledgers=named["gdp"],
        verdicts=tuple(verdicts),
        targets=targets,
    )


def _anonymous(snapshot: Snapshot) -> Snapshot:
    """Who made and approved a release is for those inside."""
    return replace(snapshot, vintage=replace(snapshot.vintage, author="", approver="", audience=""))
