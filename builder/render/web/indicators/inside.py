"""Pages for those inside: warnings, targets, what breaks a rule, the ledgers of unified accounting.

None of them is in a public edition, nor is a word of them: `pages` gives nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from builder.indicators.accounting import STATES as SUPPLIES
from builder.indicators.accounting import Ledger, Supply, Tally, overdue, review, tallies
from builder.model import BEIJING
from builder.render.web.cards import View
from builder.render.web.indicators import targets
from builder.render.web.indicators.views import Figures
from builder.render.web.indicators.watch import STATES, Row, by_kind
from builder.render.web.indicators.words import NAMES
from builder.values import Numbers, Period

Leaf = tuple[str, str, str, str, dict[str, Any]]
SHOWN = 200  # warnings, or lines of findings, on a page
SETTLED = 100
PLACES = 3  # of the findings of one line that are told at once
FOLDED = 50  # and that are told on demand


def pages(figures: Figures) -> Iterator[Leaf]:
    """Those that have something to say; the lists of warnings and findings also when they are empty."""
    watch = figures.watch
    if watch is None:
        return
    yield _warnings(figures)
    yield _checks(figures)
    rows = list(targets.lines(figures))
    if rows:
        said = "今年的目标完成了多少，照现在的走势年底会到哪里。"
        yield "indicators-targets", "indicators/targets/", "目标进度", said, {"rows": rows}


def _warnings(figures: Figures) -> Leaf:
    assert figures.watch is not None
    count, rows = figures.watch.warnings
    still = [r for r in rows if r["open"]]
    done = [r for r in rows if not r["open"]]
    shown = still[:SHOWN]
    groups = [
        {"id": kind, "title": label, "rows": mine, "count": sum(1 + len(r["also"]) for r in mine)}
        for kind, label, mine in by_kind(_events(figures, shown))
    ]
    data = {
        "groups": groups,
        "left": count - len(done) - len(shown),
        "open": count - len(done),
        "states": STATES,
        "done": len(done),
        "settled": _events(figures, done[:SETTLED]),
        "precision": figures.watch.precision,
        "sample": any(i.sample for i in figures.numbers.indicators.values()),
    }
    said = "最近一期的数里，先看哪些、为什么。只是提示核实，不是说数错了。"
    return "indicators-warnings", "indicators/warnings/", "预警清单", said, data


def _events(figures: Figures, rows: Sequence[Row]) -> list[View]:
    """Warnings about one number, by whatever rule and measure, as one: the most important, with the others."""
    found: dict[tuple[str, ...], list[View]] = {}
    for row in rows:
        what = tuple(row[k] for k in ("indicator", "region", "period"))
        found.setdefault(what, []).append(named(figures, row))
    return [first | {"also": others} for first, *others in found.values()]


def named(figures: Figures, row: Row) -> View:
    """A warning or finding with the names of what it is about."""
    known = figures.numbers.indicators[row["indicator"]]
    region = figures.numbers.regions.get(row["region"])
    return row | {
        "title": known.name,
        "url": known.url,
        "place": region.name if region else row["region"],
        "when": f"{row['when']}{NAMES[row['measure']]}",
    }


def _checks(figures: Figures) -> Leaf:
    assert figures.watch is not None
    count, rows = figures.watch.flaws
    lines = list(_lines(figures, rows))
    shown = lines[:SHOWN]
    groups = [
        {"title": title, "said": said, "rows": [r for r in shown if r["hard"] is hard]}
        for title, said, hard in (
            ("要改的", "与硬性规则不符，改好才能发布。", True),
            ("要核的", "与软性规则不符，核实后可以保留。", False),
        )
    ]
    data = {
        "groups": [g for g in groups if g["rows"]],
        "count": count,
        "lines": len(lines),
        "left": count - sum(r["count"] for r in shown),
        "sample": any(i.sample for i in figures.numbers.indicators.values()),
    }
    said = "最近一年的数，逐条对照校验规则。"
    return "indicators-checks", "indicators/checks/", "校验结果", said, data


def _lines(figures: Figures, rows: Sequence[Row]) -> Iterator[View]:
    """Findings of one rule about one measure as one line, whatever their regions and periods."""
    found: dict[tuple[Any, ...], list[View]] = {}
    for row in rows:
        what = tuple(row[k] for k in ("rule", "hard", "untold", "indicator", "measure"))
        found.setdefault(what, []).append(named(figures, row))
    for first, *others in found.values():
        yield first | {"count": 1, "also": [], "unlisted": 0} | _several(first, others)


def _several(first: View, others: Sequence[View]) -> View:
    """What a line of several findings says in place of its first one's own words."""
    if not others:
        return {}
    every, name = [first, *others], NAMES[first["measure"]]
    told = [f"{r['place']}{r['when'].removesuffix(name)}" for r in every[:PLACES]]
    alike = {r["expected"] for r in every} == {first["expected"]}
    return {
        "count": len(every),
        "place": f"{name}，{len(every)}处",
        "when": "、".join(told) + ("等" if len(every) > PLACES else ""),
        "expected": first["expected"] if alike else "各处不同",
        "seen": f"{len(every)}处不符",
        "also": [r["sentence"] for r in others[:FOLDED]],
        "unlisted": max(0, len(others) - FOLDED),
    }


# --- the ledger of unified accounting -----------------------------------------------------------------


def ledger(data: Mapping[str, Any], numbers: Numbers | None, today: date) -> View:
    """A ledger as its page shows it: counts by industry and department, rows, remarks of the review."""
    book = Ledger(period=data["period"], region=data["region"], rows=tuple(data["rows"]))
    known = numbers.indicators if numbers else {}
    store: Any = numbers.store if numbers else None  # what a site holds is such a store
    home = numbers.home if numbers else ""
    remarks: dict[int, list[str]] = {}
    for remark in review(book, known, store, home):
        remarks.setdefault(remark.row, []).append(_told(remark.sentence, book.rows, known))
    rows = [_row(n, row, known, today, remarks.get(n, [])) for n, row in enumerate(book.rows)]
    by_industry: dict[str, list[View]] = {}
    for row in rows:
        by_industry.setdefault(row["industry"], []).append(row)
    every = tallies(book.rows, "industry", today)
    return {
        "period": Period.parse(book.period).label("ytd"),
        "total": len(rows),
        "received": sum(t.received for t in every),
        "missing": sum(t.missing for t in every),
        "doubtful": sum(t.doubtful for t in every),
        "overdue": sum(t.overdue for t in every),
        "industries": [_tally(t) | {"rows": by_industry[t.name]} for t in every],
        "departments": [_tally(t) for t in tallies(book.rows, "department", today)],
        "remarks": sum(map(len, remarks.values())),
        "sample": any(known[r.indicator].sample for r in book.rows if r.indicator in known),
    }


def _tally(tally: Tally) -> View:
    return {
        "name": tally.name,
        "total": tally.total,
        "received": tally.received,
        "missing": tally.missing,
        "doubtful": tally.doubtful,
        "overdue": tally.overdue,
    }


def _row(
    number: int, row: Supply, known: Mapping[str, Any], today: date, remarks: Sequence[str]
) -> View:
    found = known.get(row.indicator)
    late = overdue(row, today)
    return {
        "number": number + 1,
        "industry": row.industry,
        "title": found.name if found else row.indicator,
        "url": found.url if found else "",
        "measure": NAMES[row.measure],
        "department": row.department,
        "due": row.due,
        "received": row.received,
        "state": "逾期未收到" if late else SUPPLIES[row.state],
        "tone": "late" if late else row.state,
        "note": row.note,
        "remarks": list(remarks),
    }


def _told(sentence: str, rows: Sequence[Supply], known: Mapping[str, Any]) -> str:
    """The sentence with names in place of ids: readers of a page never see an id."""
    for name in {row.indicator for row in rows}:
        if name in known:
            sentence = sentence.replace(f"`{name}`", f"“{known[name].name}”")
    return sentence


def today_of(figures: Figures) -> date:
    """The day for which pages are made."""
    return figures.now.astimezone(BEIJING).date()
