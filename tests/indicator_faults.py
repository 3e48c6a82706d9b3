"""What is spoilt in a made-up province, and the relations and bounds that ought to notice it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from builder.indicators.rules import Term
from builder.indicators.warn.relations import Bound, Relation
from tests.indicator_series import Drawn, Floats, Rng, autoregressive
from tests.indicator_world import LAST, WIDTH, Fault, World, add, roughness

GROWTH = ("yoy", "ytd_yoy", "index")
LEAST = {"yoy": 4.0, "ytd_yoy": 4.0, "index": 4.0, "mom": 2.0}  # points that stand out in an area


SMALL = {"yoy": 0.6, "ytd_yoy": 0.6, "index": 0.6, "mom": 0.3}  # points by which rates are revised


def plant(rng: Rng, made: World, each_rule: int, each: int) -> None:
    """Add related indicators and bounds, then spoil `each` numbers of every kind."""
    related = _relate(rng, made, each_rule)
    bounded = _bound(rng, made, 3 * each_rule)
    _contradict(rng, made, related, each)
    _exceed(rng, made, bounded, each)
    _swing(rng, made, each)
    _areas(rng, made, each)
    _vintages(rng, made, each)


# Relations


def _relate(rng: Rng, made: World, each: int) -> list[Relation]:
    amounts = [
        n for n, d in made.drawn.items() if d.growing and d.measure == "value" and d.decimals
    ]
    rates = [n for n, d in made.drawn.items() if d.measure in GROWTH]
    makers = [
        (_sign, rates),
        (_ratio, amounts),
        (_identity, amounts),
        (_regression, rates + amounts),
    ]
    for maker, bases in makers:
        for base in rng.choice(bases, min(each, len(bases)), replace=False):
            maker(rng, made, str(base))
    return made.relations


def _derived(made: World, base: str, suffix: str, values: Floats) -> str:
    name, drawn = f"{base}{suffix}", made.drawn[base]
    rounded = np.round(values, drawn.decimals)
    nothing = np.zeros(len(values))
    copy = replace(drawn, values=rounded, own=nothing, shock=nothing)
    add(made, name, made.series[base], copy, made.codes[base])
    return name


def _noise(rng: Rng, drawn: Drawn, phi: float, sigma: float) -> Floats:
    return autoregressive(rng, len(drawn.values), WIDTH, phi, sigma)[0]


def _declare(made: World, rule: str, of: str, others: list[str], **more: object) -> None:
    measure = made.drawn[of].measure
    terms = tuple(Term(indicator=n, measure=measure) for n in others)
    made.relations.append(
        Relation(
            id=f"{rule}-{of}",
            rule=rule,
            of=Term(indicator=of, measure=measure),
            others=terms,
            **more,
        )
    )


def _sign(rng: Rng, made: World, base: str) -> None:
    drawn = made.drawn[base]
    centre = 100.0 if drawn.measure == "index" else 0.0
    values = centre + 0.8 * (drawn.values - centre) + 0.5 + _noise(rng, drawn, 0.5, 0.4)
    of = _derived(made, base, "s", values)
    _declare(made, "sign", of, [base], least=0.5, why="两者一般同向变动。")


def _ratio(rng: Rng, made: World, base: str) -> None:
    drawn = made.drawn[base]
    share = rng.uniform(0.2, 0.5) * np.exp(_noise(rng, drawn, 0.6, 0.02))
    of = _derived(made, base, "r", share * drawn.values)
    told = made.drawn[of].values / drawn.values
    low, high = 0.8 * float(np.nanmin(told)), 1.2 * float(np.nanmax(told))
    _declare(made, "ratio", of, [base], low=low, high=high)


def _identity(rng: Rng, made: World, base: str) -> None:
    drawn = made.drawn[base]
    part = np.exp(rng.normal(0, 0.5)) * drawn.values * np.exp(_noise(rng, drawn, 0.6, 0.03))
    second = _derived(made, base, "p", part)
    total = _derived(made, base, "t", drawn.values + made.drawn[second].values)
    _declare(made, "identity", total, [base, second])


def _regression(rng: Rng, made: World, base: str) -> None:
    drawn = made.drawn[base]
    noise = rng.standard_normal(drawn.values.shape)
    if drawn.measure in GROWTH:
        values = 1 + rng.uniform(0.5, 1.2) * drawn.values + 0.4 * noise
    else:
        values = 5 * drawn.values ** rng.uniform(0.6, 1.0) * np.exp(0.02 * noise)
    of = _derived(made, base, "g", values)
    _declare(made, "regression", of, [base])


def _contradict(rng: Rng, made: World, relations: list[Relation], each: int) -> None:
    rules = sorted({relation.rule for relation in relations})
    for number in range(each):
        rule = rules[number % len(rules)]
        chosen = [r for r in relations if r.rule == rule]
        for _ in range(200):
            relation = chosen[int(rng.integers(len(chosen)))]
            row = int(rng.integers(len(made.codes[relation.of.indicator])))
            if _contradiction(rng, made, relation, row):
                break
        else:
            raise AssertionError(rule)


def _contradiction(rng: Rng, made: World, relation: Relation, row: int) -> bool:
    of, other = relation.of.indicator, relation.others[0].indicator
    drawn, base = made.drawn[of], made.drawn[other]
    if not all(made.free(n, row) for n in (of, other)):
        return False
    value, told = float(drawn.values[row, -1]), float(base.values[row, -1])
    up = float(rng.choice([-1, 1]))
    if relation.rule == "sign":
        centre = 100.0 if drawn.measure == "index" else 0.0
        apart = drawn.values[row] - base.values[row]
        spread = 1.4826 * float(np.nanmedian(np.abs(apart - np.nanmedian(apart))))
        if abs(told - centre) < 1.0:
            return False
        new = centre - np.sign(told - centre) * max(1.5, rng.uniform(7, 10) * spread)
    elif relation.rule == "ratio":
        edge = relation.high if up > 0 else relation.low
        assert edge is not None
        new = told * edge * (1 + up * rng.uniform(0.05, 0.4))
    elif relation.rule == "identity":
        new = value * (1 + up * rng.uniform(0.03, 0.1))
    elif drawn.measure in GROWTH:
        new = value + up * rng.uniform(6, 9) * 0.5
    else:
        new = value * np.exp(up * rng.uniform(6, 9) * 0.04)
    made.spoil("relation", of, row, new, relation.rule)
    made.touched |= {(made.key(t.indicator, row), LAST) for t in relation.others}
    return True


# Bounds


def _bound(rng: Rng, made: World, count: int) -> list[Bound]:
    names = rng.choice(made.plain, count, replace=False)
    for number, name in enumerate(str(n) for n in names):
        drawn, codes = made.drawn[name], made.codes[name]
        by = {"set_by": "综合处", "set_on": "2026-01-15"}
        cities = [n for n, c in enumerate(codes) if made.regions[c].level == "市"]
        shared = {"indicator": name, "measure": drawn.measure, **by}
        if not drawn.growing and number % 2:
            low, high = _wide(drawn.values[cities])
            made.bounds.append(Bound(id=f"b{name}", levels=("市",), low=low, high=high, **shared))
        elif not drawn.growing:
            low, high = _wide(drawn.values[cities] - drawn.values[:1])
            made.bounds.append(
                Bound(id=f"b{name}", levels=("市",), against="省", low=low, high=high, **shared)
            )
        else:
            for row in cities[:4]:
                autumn = drawn.values[row, -1::-12]
                low, high = _wide(drawn.values[row] / drawn.values[0] if number % 2 else autumn)
                bound = Bound(
                    id=f"b{name}-{codes[row]}",
                    regions=(codes[row],),
                    low=low,
                    high=high,
                    **(
                        {"against": "省", "way": "ratio"}
                        if number % 2
                        else {"places": (LAST.place,)}
                    ),
                    **shared,
                )
                made.bounds.append(bound)
    return made.bounds


def _wide(values: Floats) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    more = 0.3 * (high - low) + 1e-9
    return low - more, high + more


def _exceed(rng: Rng, made: World, bounds: list[Bound], each: int) -> None:
    for bound in rng.choice(np.array(bounds, dtype=object), 20 * each):
        if sum(f.kind == "range" for f in made.faults) == each:
            return
        name, codes = bound.indicator, made.codes[bound.indicator]
        rows = [n for n, c in enumerate(codes) if bound.holds(made.regions[c].level, c, LAST)]
        row = int(rng.choice(rows))
        if not made.free(name, row) or not made.free(name, 0):
            continue
        base = float(made.drawn[name].values[0, -1]) if bound.against else 0.0
        low, high = (
            edge * base if bound.way == "ratio" else edge + base for edge in (bound.low, bound.high)
        )
        over = rng.uniform(0.1, 0.6) * (high - low) + 10.0 ** -made.drawn[name].decimals
        made.spoil("range", name, row, high + over if rng.random() < 0.5 else low - over)
    assert not each, "too few bounds"


# Swings and areas


def _swing(rng: Rng, made: World, each: int) -> None:
    strict = made.strict
    for kind, low, high in (("swing", 3.0, 5.0), ("weak", 1.5, 3.0)):
        done = 0
        while done < each:
            name = str(rng.choice(made.plain))
            drawn = made.drawn[name]
            row = int(rng.integers(len(drawn.values)))
            first = LAST.ordinal - WIDTH + 1
            if not made.free(name, row) or np.sum(~np.isnan(drawn.values[row])) < 24:
                continue
            sigma = roughness(drawn.values[row, :-1], drawn.growing, first)[strict]
            size = rng.choice([-1, 1]) * rng.uniform(low, high) * sigma
            value = drawn.values[row, -1]
            new = float(value * np.exp(size) if drawn.growing else value + size)
            if sigma > 0 and round(new, drawn.decimals) != value:
                made.spoil(kind, name, row, new, f"{size / sigma:.1f}σ")
                done += 1


def _areas(rng: Rng, made: World, each: int) -> None:
    done = 0
    while done < each:
        name = str(rng.choice(made.plain))
        if any(fault.key.indicator == name for fault in made.faults + made.weak):
            continue  # the others have to be quiet
        drawn, codes = made.drawn[name], made.codes[name]
        row = int(rng.integers(1, len(codes)))
        level = made.regions[codes[row]].level
        peers = [n for n, c in enumerate(codes) if made.regions[c].level == level]
        with np.errstate(divide="ignore", invalid="ignore"):
            growth = (
                np.log(drawn.values[peers, 12:] / drawn.values[peers, :-12])
                if drawn.growing
                else drawn.values[peers]
            )
        growth = np.where(np.isfinite(growth), growth, np.nan)
        apart = growth - _middle(growth)
        own = apart[peers.index(row)]
        if not made.free(name, row) or np.isnan(own[-1]):
            continue
        least = LEAST.get(drawn.measure, 0.12 if drawn.growing else 0.8)
        size = max(rng.uniform(7, 12) * max(_sigma(apart[:, -1]), _sigma(own[:-1])), least)
        size = size * (1 if drawn.growing or rng.random() < 0.5 else -1)
        # away from where the region already is, so that the sum is what was meant
        size = np.sign(own[-1] or 1.0) * abs(size)
        value = drawn.values[row, -1]
        made.spoil(
            "area", name, row, float(value * np.exp(size) if drawn.growing else value + size)
        )
        done += 1


def _middle(table: Floats) -> Floats:
    """Medians of the columns; NaN where nothing is."""
    found = np.full(table.shape[1], np.nan)
    told = ~np.isnan(table).all(axis=0)
    found[told] = np.nanmedian(table[:, told], axis=0)
    return found


def _sigma(values: Floats) -> float:
    return 1.4826 * float(np.nanmedian(np.abs(values - np.nanmedian(values))))


# Vintages


def _vintages(rng: Rng, made: World, each: int) -> None:
    hows = ["vanished"] * 3 + ["withdrawn"] * 2 + ["coverage"] * 2 + ["revised"] * 6 + ["slip"] * 5
    for number in range(each):
        how = hows[number % len(hows)]
        while not _vintage(rng, made, how):
            pass
    for _ in range(5 * each):  # small revisions are no news
        name = str(rng.choice(made.plain))
        drawn = made.drawn[name]
        row, column = int(rng.integers(len(drawn.values))), int(rng.integers(30, WIDTH - 1))
        value = drawn.values[row, column]
        if np.isnan(value) or (name, row, column) in made.corrected:
            continue
        off = rng.uniform(-1, 1)
        before = (
            value * (1 + 0.03 * off)
            if drawn.growing
            else value + SMALL.get(drawn.measure, 0.15) * off
        )
        before = float(np.round(before, drawn.decimals))
        if drawn.decimals and before != value:
            made.corrected[name, row, column] = before


def _vintage(rng: Rng, made: World, how: str) -> bool:
    name = str(rng.choice(made.plain))
    drawn, codes = made.drawn[name], made.codes[name]
    row = int(rng.integers(1, len(codes)))
    if not made.free(name, row) or not made.free(name, row, WIDTH - 2):
        return False
    if how == "vanished":
        if np.isnan(drawn.values[row, -12:]).sum() > drawn.combined:
            return False
        made.spoil("vintage", name, row, np.nan, how)
        return True
    if how == "coverage":
        return _shrink(rng, made, name)
    if how == "slip":
        if not drawn.growing or drawn.values[row, -1] < 20 * 10.0**-drawn.decimals:
            return False
        power = int(rng.choice([-1, 1, 2, 4, -4]))
        value = float(drawn.values[row, -1]) * 10.0**power
        if round(value, drawn.decimals) < 2 * 10.0**-drawn.decimals:
            return False
        made.spoil("vintage", name, row, value, f"slip {power}")
        return True
    return _revise(rng, made, name, row, how)


def _revise(rng: Rng, made: World, name: str, row: int, how: str) -> bool:
    drawn = made.drawn[name]
    column = int(rng.integers(WIDTH - 12, WIDTH - 1))
    value = float(drawn.values[row, column])
    if not made.free(name, row, column) or (name, row, column) in made.corrected or value == 0:
        return False
    period = LAST.back(WIDTH - 1 - column)
    if how == "revised":
        size = rng.choice([-1, 1]) * rng.uniform(0.07, 0.4)
        new = value * (1 + size) if drawn.growing else value + 20 * size
        new = float(np.round(new, drawn.decimals))
        if drawn.growing and abs(new / value - 1) < 0.06:
            return False
    else:
        new = np.nan
    made.corrected[name, row, column] = value
    drawn.values[row, column] = new
    key = made.key(name, row)
    made.faults.append(Fault("vintage", key, period, made.series[name], how))
    made.touched.add((key, period))
    if drawn.measure == "ytd":  # the sum that follows contradicts it
        made.touched.add((key, period.back(-1)))
    return True


def _shrink(rng: Rng, made: World, name: str) -> bool:
    """Several cities have no newest number; the alarm names the province."""
    drawn, codes = made.drawn[name], made.codes[name]
    cities = [n for n, c in enumerate(codes) if made.regions[c].level == "市"]
    rows = [int(r) for r in rng.choice(cities, 5, replace=False)]
    if not all(made.free(name, r) for r in [0, *rows]):
        return False
    if any(np.isnan(drawn.values[r, -13:]).sum() > drawn.combined for r in cities):
        return False
    for row in rows:
        drawn.values[row, -1] = np.nan
        made.touched.add((made.key(name, row), LAST))
    key = made.key(name, 0)
    made.faults.append(Fault("vintage", key, LAST, made.series[name], "coverage"))
    made.touched.add((key, LAST))
    return True
