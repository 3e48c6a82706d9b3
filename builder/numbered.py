"""Stage 2 for numbers: whether definitions, regions, templates, rules and ledgers agree with one another.

Imported only where there are any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.bound import Known
from builder.indicators import definitions, mapped, regions
from builder.indicators.accounting import Ledger, review
from builder.indicators.rules import Term, alone, named, terms
from builder.indicators.warn.relations import Bound
from builder.model import Entry, Library
from builder.problems import Problem, suggest
from builder.values import FREQUENCIES, MEASURES, Period

# What is for those inside, whatever is public of the numbers themselves.
INSIDE = {
    "ruleset": "校验规则",
    "gdp": "核算台账",
    "verdicts": "预警处理",
    "mapping": "数据库映射",
}


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
        elif entry.kind in INSIDE:
            yield from _inside_only(entry, public)
            yield from (_mapped if entry.kind == "mapping" else _named)(entry, known)


def _rules(library: Library) -> set[str]:
    entries = (library.entries[name] for name in library.entries)
    return {rule.id for e in entries if e.kind == "ruleset" for rule in e.data["rules"]}


def _inside_only(entry: Entry, public: frozenset[str]) -> Iterator[Problem]:
    if entry.audience in public:
        said = f"{INSIDE[entry.kind]}只给单位内部看，audience 却是“{entry.audience}”。"
        yield Problem("IND001", entry.where("audience"), said, "写内部的受众。")


def _named(entry: Entry, known: Known) -> Iterator[Problem]:
    """What rules and ledgers name exists."""
    for key, name in _names(entry):
        if name not in known.indicators and name not in known.later:
            said = f"{key} 里的指标 `{name}` 不存在。"
            hint = suggest(name, known.indicators) or "检查编号。"
            yield Problem("IND001", entry.where(key), said, hint)
    for key, said in _unanswerable(entry, known):
        action = "对照指标定义改；比不了的删去。"
        yield Problem("IND001", entry.where(key), f"{key} 里的 {said}。", action)
    if entry.kind == "gdp":
        ledger = Ledger(**{k: entry.data[k] for k in ("period", "region", "rows")})
        for remark in review(ledger, known.indicators, None, ""):
            if remark.hard and ledger.rows[remark.row].indicator in known.indicators:
                said = f"第 {remark.row + 1} 行：{remark.sentence}"
                yield Problem("IND001", entry.where("rows"), said, "核对这一行。")


def _unanswerable(entry: Entry, known: Known) -> Iterator[tuple[str, str]]:
    """(key, which rule and why) of rules that could never find anything."""
    for rule in entry.data.get("rules", ()):
        together = terms(rule)
        since = getattr(rule, "since", "")
        apart = (Period.parse(since).frequency,) if since else ()
        for said in _mismatched(known, together or alone(rule), apart, bool(together)):
            yield "rules", f"`{rule.id}`：{said}"
    for relation in entry.data.get("relations", ()):
        both = (relation.of, *relation.others)
        for said in _mismatched(known, both, (relation.frequency,), True):
            yield "relations", f"`{relation.id}`：{said}"
    for bound in entry.data.get("bounds", ()):
        for said in _mismatched(known, (bound,), (bound.frequency,), True):
            yield "bounds", f"`{bound.id}`：{said}"


def _mismatched(
    known: Known, named: Iterable[Term | Bound], asked: tuple[str, ...], together: bool
) -> Iterator[str]:
    """Measures that an indicator does not have; frequencies that can't be held against one another."""
    asked_of = dict.fromkeys((t.indicator, t.measure) for t in named)
    found = [(known.indicators[i], m) for i, m in asked_of if i in known.indicators]
    for indicator, measure in found:
        if measure not in indicator.measures:
            yield f"“{indicator.name}”没有 {measure}（{MEASURES[measure]}）"
    spans = dict.fromkeys(i.frequency for i, _ in found)
    if (together and len(spans) > 1) or (asked and any(s not in asked for s in spans)):
        told = "、".join(FREQUENCIES[s] for s in dict.fromkeys((*asked, *spans)))
        yield f"频度不一样（{told}），比不了"


def _mapped(entry: Entry, known: Known) -> Iterator[Problem]:
    """What a mapping names exists."""
    mapping = mapped.DatabaseMapping(**entry.data)
    for key, said, action in mapped.names(mapping, known.indicators, known.regions, known.later):
        yield Problem("FRM013", entry.where(key), f"{said}。", action)


def _names(entry: Entry) -> dict[tuple[str, str], None]:
    """Each indicator that an entry names, with the key under which it does, once."""
    data, found = entry.data, list[tuple[str, str]]()
    found += [("rows", row.indicator) for row in data.get("rows", ())]
    found += [("rules", n) for rule in data.get("rules", ()) for n in sorted(named(rule))]
    for relation in data.get("relations", ()):
        found += [("relations", t.indicator) for t in (relation.of, *relation.others)]
    found += [("bounds", bound.indicator) for bound in data.get("bounds", ())]
    found += [("verdicts", verdict.indicator) for verdict in data.get("verdicts", ())]
    return dict.fromkeys(found)


def _dashboard(entry: Entry, known: Known) -> Iterator[Problem]:
    for number, block in enumerate(entry.data["blocks"], 1):
        asked = [*block["numbers"], *(block[k]["query"] for k in ("chart", "table") if block[k])]
        for query in asked:
            for _, why, action in known.query_faults(query):
                yield Problem("IND004", entry.where("blocks"), f"第 {number} 块：{why}", action)
