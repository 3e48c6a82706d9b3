"""(c) Contradicts related indicators: relations that divisions declared, region by region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from builder.indicators.rules import Term
from builder.indicators.warn import words
from builder.indicators.warn.case import Case
from builder.indicators.warn.finding import Finding
from builder.indicators.warn.limits import Limits
from builder.indicators.warn.relations import Relation
from builder.indicators.warn.robust import (
    Bools,
    Floats,
    line,
    median,
    normal_score,
    sigma,
    student_score,
)
from builder.indicators.warn.sheet import Group, Sheet

VERSION = 1
YEARS = 3  # over which a relation is learnt
PAST = 12  # pairs without which nothing is learnt
FREEDOM = np.array(12.0)  # of Student's t: what three years of pairs tell of their tails


@dataclass(frozen=True)
class _Pair:
    """Both sides of a relation: regions × columns; `rows` of the left side in the sheet."""

    relation: Relation
    group: Group
    rows: Sequence[int]
    left: Floats
    right: Floats
    judged: Bools


@dataclass(frozen=True)
class _Verdict:
    """For each cell: how far beyond what is allowed (1: at the edge), expected interval, and the words."""

    strength: Floats
    low: Floats
    high: Floats
    says: str


def contradictions(
    sheet: Sheet, relations: Sequence[Relation], limits: Limits
) -> Iterator[Finding]:
    """Every judged number on the left of a relation that its right side contradicts."""
    judges: Mapping[str, Callable[[_Pair, Sheet, Limits], _Verdict]] = {
        "sign": _sign,
        "ratio": _ratio,
        "identity": _identity,
        "regression": _regression,
    }
    for relation in relations:
        pair = _pair(sheet, relation, limits) if relation.frequency == sheet.frequency else None
        if pair is None or not pair.judged.any():
            continue
        verdict = judges[relation.rule](pair, sheet, limits)
        for region, column in np.argwhere(pair.judged & (verdict.strength > 1)).tolist():
            yield _finding(sheet, pair, verdict, region, column)


def _pair(sheet: Sheet, relation: Relation, limits: Limits) -> _Pair | None:
    group = sheet.by_name.get((relation.of.indicator, relation.of.measure))
    if group is None:
        return None
    rows = [row for row in range(group.start, group.stop) if _spoken(sheet, row, relation)]
    rows = [row for row in rows if all(_row(sheet, row, t) >= 0 for t in relation.others)]
    if not rows:
        return None
    left = relation.of.times * sheet.values[rows]
    parts = [[_row(sheet, row, term) for row in rows] for term in relation.others]
    centre = [_centre(sheet, relation, term) for term in (relation.of, *relation.others)]
    right: Floats = np.zeros_like(left)
    for term, part, middle in zip(relation.others, parts, centre[1:], strict=True):
        right += term.times * (sheet.values[part] - middle)
    any_judged: Bools = np.logical_or.reduce([sheet.judged[part] for part in (rows, *parts)])
    judged = _newest(left, right, any_judged, limits)
    return _Pair(relation, group, rows, left - relation.of.times * centre[0], right, judged)


def _newest(left: Floats, right: Floats, judged: Bools, limits: Limits) -> Bools:
    """The newest column where both sides are there, and those of corrections."""
    whole: Bools = ~(np.isnan(left) | np.isnan(right))
    width = whole.shape[1]
    newest = width - 1 - np.argmax(whole[:, ::-1], axis=1)
    columns: Bools = np.logical_or.reduce(judged, axis=0)
    leader = width - 1 - int(np.argmax(columns[::-1]))
    fresh = np.zeros_like(whole)
    fresh[np.arange(len(whole)), newest] = leader - newest <= limits.stale
    found: Bools = (judged | fresh) & whole & judged.any()
    return found


def _spoken(sheet: Sheet, row: int, relation: Relation) -> bool:
    place = sheet.places[row]
    return (not relation.levels or place.level in relation.levels) and (
        not relation.regions or place.code in relation.regions
    )


def _row(sheet: Sheet, row: int, term: Term) -> int:
    """The row of another term in the same region; −1 where there is none."""
    key = sheet.keys[row]._replace(indicator=term.indicator, measure=term.measure)
    return sheet.rows.get(key, -1)


def _centre(sheet: Sheet, relation: Relation, term: Term) -> float:
    """What is taken off before signs are compared: 100 of an index."""
    group = sheet.by_name[term.indicator, term.measure]
    return group.centre if relation.rule == "sign" else 0.0


def _sign(pair: _Pair, sheet: Sheet, limits: Limits) -> _Verdict:
    """Against one another, both more than a little, and further apart than they ever are."""
    relation = pair.relation
    right = -pair.right if relation.opposite else pair.right
    against = (pair.left * right < 0) & (
        np.minimum(np.abs(pair.left), np.abs(right)) >= relation.least
    )
    apart = np.where(pair.judged, np.nan, pair.left - right)
    middle, spread = median(apart)[:, None], sigma(apart - median(apart)[:, None])[:, None]
    spread = np.maximum(spread, 10.0**-pair.group.decimals)
    score = np.abs(pair.left - right - middle) / spread
    reach = limits.related * spread
    known = (~np.isnan(apart)).sum(axis=1)[:, None] >= PAST
    strength = np.where(against & known, score / limits.related, 0.0)
    base = right + middle + pair.group.centre
    word = "方向相反" if relation.opposite else "同向"
    return _Verdict(strength, base - reach, base + reach, f"这两个数通常{word}变动，现在不是")


def _ratio(pair: _Pair, sheet: Sheet, limits: Limits) -> _Verdict:
    """Outside the bounds of the quotient."""
    relation = pair.relation
    shape = pair.left.shape
    low = pair.right * relation.low if relation.low is not None else np.full(shape, -np.inf)
    high = pair.right * relation.high if relation.high is not None else np.full(shape, np.inf)
    low, high = np.minimum(low, high), np.maximum(low, high)
    over = np.maximum(np.maximum(pair.left - high, low - pair.left), 0.0)
    width = np.where(np.isfinite(high - low), high - low, np.abs(pair.left))
    strength = np.where(over > 0, 1 + over / np.maximum(width, 1e-12), 0.0)
    edges = "～".join("" if e is None else f"{e:g}" for e in (relation.low, relation.high))
    return _Verdict(strength, low, high, f"两者之比应在{edges}之间")


def _identity(pair: _Pair, sheet: Sheet, limits: Limits) -> _Verdict:
    """Not the sum it has to be, beyond tolerance and rounding."""
    relation = pair.relation
    rounding = sum(
        abs(t.times) * 0.5 * 10.0 ** -sheet.by_name[t.indicator, t.measure].decimals
        for t in (relation.of, *relation.others)
    )
    allowed = relation.tolerance / 100 * np.abs(pair.right) + rounding
    strength = np.abs(pair.left - pair.right) / allowed
    says = f"它应当等于各项之和，允许相差{relation.tolerance:g}%和尾数"
    return _Verdict(strength, pair.right - allowed, pair.right + allowed, says)


def _regression(pair: _Pair, sheet: Sheet, limits: Limits) -> _Verdict:
    """Off the line that both followed over three years; amounts by their change over a year."""
    cycle = sheet.cycle
    left, right = pair.left, pair.right
    amounts = _amounts(pair)
    if amounts.any():
        left, right = (np.where(amounts, _over_a_year(side, cycle), side) for side in (left, right))
    past = slice(max(left.shape[1] - YEARS * cycle - 1, 0), left.shape[1])
    known = np.where(pair.judged, np.nan, left)[:, past]
    fit = line(right[:, past], known)
    expected = fit.start[:, None] + fit.slope[:, None] * right
    wide = fit.spread[:, None] * np.sqrt(
        1
        + 1 / np.maximum(fit.number, 1)[:, None]
        + (right - fit.centre[:, None]) ** 2 / fit.square[:, None]
    )
    wide = np.maximum(wide, _least(pair, amounts))
    score = np.abs(normal_score((left - expected) / wide, FREEDOM))
    strength = np.where(fit.number[:, None] >= PAST, score / limits.related, 0.0)
    reach = student_score(limits.related, FREEDOM) * wide
    low, high = expected - reach, expected + reach
    if amounts.any():
        before = np.full(pair.left.shape, np.nan)
        before[:, cycle:] = pair.left[:, :-cycle]
        low, high = (np.where(amounts, before * np.exp(edge), edge) for edge in (low, high))
    return _Verdict(np.nan_to_num(strength), low, high, "近三年两者的变动一直合得上，现在合不上")


def _amounts(pair: _Pair) -> Bools:
    """Regions whose numbers are amounts on both sides, none below 0: their changes are compared."""
    sides = [np.nan_to_num(side) for side in (pair.left, pair.right)]
    whole = [(side >= 0).all(axis=1) & (side > 0).any(axis=1) for side in sides]
    found = np.asarray(whole[0] & whole[1] & (not pair.group.rate), dtype=np.bool_)
    return found[:, None]


def _least(pair: _Pair, amounts: Bools) -> Floats:
    """No line is believed to be closer than rounding, or a per cent of amounts."""
    found: Floats = np.where(amounts, 0.01, 10.0**-pair.group.decimals)
    return found


def _over_a_year(values: Floats, cycle: int) -> Floats:
    """Logarithms of changes; none from or to 0, which has no rate."""
    found = np.full(values.shape, np.nan)
    logs = np.log(np.where(values > 0, values, np.nan))
    found[:, cycle:] = logs[:, cycle:] - logs[:, :-cycle]
    return found


def _finding(sheet: Sheet, pair: _Pair, verdict: _Verdict, region: int, column: int) -> Finding:
    relation, case = pair.relation, Case(sheet, pair.rows[region], column)
    others = [Case(sheet, _row(sheet, case.row, term), column) for term in relation.others]
    told = "、".join(o.group.indicator.name + words.stated(o.value, o.group) for o in others)
    low, high = (
        None if not np.isfinite(edge) else float(edge) / relation.of.times
        for edge in (verdict.low[region, column], verdict.high[region, column])
    )
    strength = float(verdict.strength[region, column])
    sentence = f"{case.subject}，与同期{told}矛盾：{verdict.says}。{words.because(relation.why)}"
    inputs = [(o.group.indicator.name, words.number(o.value, o.group)) for o in others]
    inputs.append(("按关系推算的范围", words.interval(low, high, case.group)))
    return case.finding(
        f"relation:{relation.id}/{VERSION}",
        "relation",
        sentence,
        between=(low, high),
        score=strength,
        effect=strength,
        inputs=tuple(inputs),
    )
