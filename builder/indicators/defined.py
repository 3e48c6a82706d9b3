"""What definitions say of incoming numbers: names that nobody defined, numbers that break rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from builder.indicators.blocks import told
from builder.indicators.layers import Block, Snapshot
from builder.indicators.mapped import DatabaseMapping
from builder.indicators.places import Fault
from builder.indicators.rules import AnyRule
from builder.indicators.store import Store
from builder.values import Indicator, Key, Period, Region, Template

DEFINE = "先写好定义和地区表，再生成快照。"


@dataclass(frozen=True, slots=True)
class Defined:
    """The definitions of a site, whoever may see them."""

    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    regions: Mapping[str, Region] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    rules: tuple[AnyRule, ...] = ()
    mappings: Mapping[str, DatabaseMapping] = field(default_factory=dict)


def misnamed(
    block: Block,
    indicators: Mapping[str, Indicator],
    regions: Mapping[str, Region],
    later: Collection[str] = (),
) -> Iterator[tuple[str, str]]:
    """(key of the block, what is wrong) for all that it names and nobody defined.

    `later`: indicators that exist and can't be judged by now.
    """
    indicator = indicators.get(block.indicator)
    if indicator is None:
        if block.indicator not in later:
            yield "indicator", f"没有指标 `{block.indicator}`"
        return
    if block.measure not in indicator.measures:
        yield "measure", f"“{indicator.name}”没有 {block.measure}"
    if any(p.frequency != indicator.frequency for p in block.periods):
        yield "periods", f"“{indicator.name}”的频度与这里的时期对不上"
    lost = [code for code in block.regions if code not in regions]
    if lost:
        yield "regions", f"没有地区 {'、'.join(lost[:5])}"
    levels = {regions[c].level for c in block.regions if c in regions} - {*indicator.levels}
    if levels:
        yield "regions", f"“{indicator.name}”没有{'、'.join(sorted(levels))}一级的数"


def faults(incoming: Snapshot, others: Sequence[Snapshot], known: Defined) -> Iterator[Fault]:
    """What is wrong with an incoming snapshot, laid over what there is; nothing without definitions."""
    if not known.indicators:
        return
    lost = [
        Fault("SNP010", ("blocks", number, key), f"{said}。", DEFINE)
        for number, block in enumerate(incoming.blocks)
        for key, said in misnamed(block, known.indicators, known.regions)
    ]
    yield from lost or _flaws(incoming, others, known)


def _flaws(incoming: Snapshot, others: Sequence[Snapshot], known: Defined) -> Iterator[Fault]:
    """The rules that are broken now and were not before."""
    from builder.indicators.validate import said_of, validate

    since: dict[str, int] = {}
    for period in {p for block in incoming.blocks for p in block.periods}:
        since[period.frequency] = min(since.get(period.frequency, 1 << 30), period.ordinal)
    only = frozenset(block.indicator for block in incoming.blocks)
    asked = known.indicators, known.regions, known.rules, since, only
    old = validate(Store(others), *asked)
    before = {(f.rule, f.key, f.period, f.seen) for f in old if not f.lacking}
    where = _places(incoming)
    held = {(Key(*place[:3]), place[3]) for place in where}
    for said in validate(Store([*others, incoming]), *asked):
        flaw = said_of(said, held)
        if flaw and (flaw.rule, flaw.key, flaw.period, flaw.seen) not in before:
            path = where.get((*flaw.key, flaw.period), ())
            action = "核对这个数；确实如此的，在 note 里说明。"
            code = "SNP012" if flaw.hard else "SNP013"
            yield Fault(code, path, flaw.sentence, "改对再来。" if flaw.hard else action)


def _places(incoming: Snapshot) -> dict[tuple[str, str, str, Period], tuple[str | int, ...]]:
    """Where in the file each cell stands that the snapshot tells of."""
    found: dict[tuple[str, str, str, Period], tuple[str | int, ...]] = {}
    for number, block in enumerate(incoming.blocks):
        for row, column in zip(*told(block).nonzero(), strict=True):
            key = block.indicator, block.measure, block.regions[row], block.periods[column]
            found[key] = ("blocks", number, "values", int(row), int(column))
    return found
