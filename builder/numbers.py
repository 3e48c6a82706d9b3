"""The gate for numbers: of everything in a library, what one edition may know at one moment.

Imported only where there are indicators. Whatever is not let through here is in no output: series of
other audiences, snapshots before their hour, who made and approved what is public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from builder.bound import Known
from builder.indicators import definitions, regions, seals
from builder.indicators import library as files
from builder.indicators.calendar import calendar
from builder.indicators.definitions import indicator_of, slug, targets_of, template_of
from builder.indicators.layers import Block, Snapshot
from builder.indicators.marks import marks_of
from builder.indicators.places import place
from builder.indicators.regions import NATION, PROVINCE, regions_of, top
from builder.indicators.snapshots import examine
from builder.indicators.store import Store
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


def numbers_of(
    chosen: Iterable[Entry],
    every: Iterable[Entry],
    edition: Edition,
    now: datetime,
    clock: datetime,
) -> tuple[Numbers | None, list[Problem]]:
    """What `edition` may know of numbers, given the entries that it shows; nothing where it shows no indicator.

    `every`: all entries, for the snapshots of its audiences before their hour: those must be sealed.
    `clock` is the real time: one in the clear whose hour lies ahead of it is an error.
    """
    held = [e for e in every if e.kind == "snapshot" and e.audience in edition.audiences]
    entries = list(chosen)
    areas = regions_of(entries)
    indicators = {slug(e): indicator_of(e) for e in entries if e.kind == "indicator"}
    snapshots, problems = _snapshots(held, now, clock)
    if not indicators:
        return None, problems
    if edition.public:
        snapshots = [_anonymous(snapshot) for snapshot in snapshots]
    store = Store(snapshots).restricted(Keep(indicators, areas, edition.audiences))
    templates = (template_of(e, areas) for e in entries if e.kind == "template")
    numbers = Numbers(
        indicators=indicators,
        regions=areas,
        store=store,
        home=top(areas, PROVINCE),
        nation=top(areas, NATION),
        templates={t.id: t for t in templates if {r.indicator for r in t.rows} <= {*indicators}},
        calendar=calendar(indicators.values(), now),
        marks=marks_of(store),
    )
    return numbers if edition.public else _inside(numbers, entries), problems


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


def _snapshots(
    entries: Iterable[Entry], now: datetime, clock: datetime
) -> tuple[list[Snapshot], list[Problem]]:
    found = [files.File(e.path, e.data["raw"]) for e in entries if e.kind == "snapshot"]
    if not found:
        return [], []
    try:
        key = seals.key_of() if any(file.sealed for file in found) else None
    except Refused as refused:
        where = Where(next(file.path for file in found if file.sealed))
        action = "改好这台机器的环境变量和密钥文件，见运维手册。"
        return [], [Problem("SNP009", where, str(refused), action)]
    return files.admitted(found, now, clock, key)


def _anonymous(snapshot: Snapshot) -> Snapshot:
    """Who made and approved a release is for those inside."""
    return replace(snapshot, vintage=replace(snapshot.vintage, author="", approver=""))


def faults(library: Library, public: frozenset[str]) -> Iterator[Problem]:
    """What is wrong with definitions and all that names them. `public`: the audiences that are everybody."""
    known, rules = Known(library), _rules(library)
    if known.indicators and not known.regions:
        entry = next(e for e in library.entries.values() if e.kind == "indicator")
        said = "有了指标，还没有地区表。"
        action = "先写 content/indicators/regions.yml：全国、本省、各市、各县。"
        yield Problem("IND001", entry.where(), said, action)
    for entry in library.entries.values():
        if entry.kind == "indicator":
            yield from definitions.faults(entry, known.indicators, known.later, public)
        elif entry.kind == "regions":
            yield from regions.faults(entry, library.organisations)
        elif entry.kind == "template":
            yield from definitions.template_faults(
                entry, known.indicators, known.later, known.regions, rules
            )
        elif entry.kind == "dashboard":
            yield from _dashboard(entry, known)
        elif entry.kind == "snapshot" and not entry.path.endswith(seals.SUFFIX):
            yield from _unknown(entry, known)


def _rules(library: Library) -> set[str]:
    entries = (library.entries[name] for name in library.entries)
    return {rule.id for e in entries if e.kind == "ruleset" for rule in e.data["rules"]}


def _dashboard(entry: Entry, known: Known) -> Iterator[Problem]:
    for number, block in enumerate(entry.data["blocks"], 1):
        asked = [*block["numbers"], *(block[k]["query"] for k in ("chart", "table") if block[k])]
        for query in asked:
            for _, why, action in known.query_faults(query):
                yield Problem("IND004", entry.where("blocks"), f"第 {number} 块：{why}", action)


def _unknown(entry: Entry, known: Known) -> Iterator[Problem]:
    """What a snapshot names that no definition and no list of regions has."""
    text = entry.data["raw"]
    snapshot, _ = examine(text, entry.path)
    for number, block in enumerate(snapshot.blocks if snapshot else ()):
        for key, said in _misnamed(block, known):
            where = Where(entry.path, *place(text, ("blocks", number, key)))
            action = "先写好定义和地区表，再生成快照。"
            yield Problem("SNP010", where, f"{said}。", action)


def _misnamed(block: Block, known: Known) -> Iterator[tuple[str, str]]:
    indicator = known.indicators.get(block.indicator)
    if indicator is None:
        if block.indicator not in known.later:
            yield "indicator", f"没有指标 `{block.indicator}`"
        return
    if block.measure not in indicator.measures:
        yield "measure", f"“{indicator.name}”没有 {block.measure}"
    if any(p.frequency != indicator.frequency for p in block.periods):
        yield "periods", f"“{indicator.name}”的频度与这里的时期对不上"
    lost = [code for code in block.regions if code not in known.regions]
    if lost:
        yield "regions", f"没有地区 {'、'.join(lost[:5])}"
    levels = {known.regions[c].level for c in block.regions if c in known.regions} - {
        *indicator.levels
    }
    if levels:
        yield "regions", f"“{indicator.name}”没有{'、'.join(sorted(levels))}一级的数"
