"""From paths to the numbers that are told: rounded, adding up, with the gaps that real tables have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from catalogue import GROUPS, NO_JANUARY, Row, parts_of
from motion import AXES, Floats, season, yoy
from places import PROVINCE, below, city_codes, weights
from tracks import (
    LEVELS,
    PRICES,
    RATES,
    STOCKS,
    Track,
    axis_of,
    concentrated,
    own,
    shared,
    spread_out,
)

Told = dict[tuple[str, str, str], Floats]  # indicator, measure, region → one number a period
DERIVED = {"pratio", "pratiov", "qratio"}


def derived(row: Row) -> bool:
    """Whether its numbers follow from those of other indicators."""
    return row.kind in DERIVED or bool({"ratio", "diff", "real", "same", "per"} & row.more.keys())


def told(table: dict[str, Row]) -> Told:
    """All numbers of all indicators, NaN where none is told; the year 2020 included."""
    paths = {(slug, PROVINCE): track for slug, track in _province(table).items()}
    rounded = {}
    for row in table.values():
        if not derived(row):
            rounded[row.slug, PROVINCE] = _rounded(row, paths[row.slug, PROVINCE])
    for row in table.values():
        _residual(table, row, rounded)
    for above in (PROVINCE, *city_codes()):
        level = "市" if above == PROVINCE else "县"
        _below(table, above, level, paths, rounded)
    found: Told = {}
    for (slug, region), track in paths.items():
        for measure, values in _measures(table[slug], track, rounded[slug, region]).items():
            found[slug, measure, region] = values
    _derive(table, found)
    return {key: values for key, values in found.items() if key[1] in table[key[0]].shape.measures}


def _base(table: dict[str, Row], row: Row) -> float:
    if not np.isnan(row.base):
        return row.base
    return _base(table, table[row.parent]) * row.share if row.parent else float("nan")


def _province(table: dict[str, Row]) -> dict[str, Track]:
    found: dict[str, Track] = {}
    for row in table.values():
        if not derived(row):
            found[row.slug] = own(row, PROVINCE, _base(table, row))
    for slug in list(found):
        for group in GROUPS:
            parts = [p for p in parts_of(table, slug, group) if p.slug in found]
            if parts:
                made = shared(parts, [found[p.slug] for p in parts], found[slug])
                found |= {p.slug: t for p, t in zip(parts, made, strict=True)}
    return found


def _rounded(row: Row, track: Track) -> Floats:
    return np.round(track.levels, row.decimals)


def _adds(row: Row) -> bool:
    """Whether levels of its regions add up to that of the whole."""
    if row.kind in RATES | PRICES or "flat" in row.more or row.unit == "元":
        return False
    return row.kind not in LEVELS or "rest" in row.more


def _residual(table: dict[str, Row], whole: Row, rounded: dict[tuple[str, str], Floats]) -> None:
    """The last of the parts takes what rounding left over."""
    for group in GROUPS:
        parts = parts_of(table, whole.slug, group)
        if not parts or whole.kind in RATES | PRICES | LEVELS or derived(parts[0]):
            continue
        *others, last = parts
        left = rounded[whole.slug, PROVINCE] - sum(rounded[p.slug, PROVINCE] for p in others)
        rounded[last.slug, PROVINCE] = np.round(left, last.decimals)


def _below(
    table: dict[str, Row],
    above: str,
    level: str,
    paths: dict[tuple[str, str], Track],
    rounded: dict[tuple[str, str], Floats],
) -> None:
    codes = below(above)
    wanted = [r for r in table.values() if level in r.levels and not derived(r)]
    summed = [r for r in wanted if _whole_of(table, r, level)]
    for row in (r for r in wanted if r not in summed):
        plain = concentrated(row, _root(table, row), codes, weights(above))
        for code, track in zip(
            codes, spread_out(row, above, paths[row.slug, above], codes, plain), strict=True
        ):
            paths[row.slug, code] = track
            rounded[row.slug, code] = _rounded(row, track)
        if _adds(row) and not row.number("rest", 0.0):
            others = sum(rounded[row.slug, c] for c in codes[1:])
            rounded[row.slug, codes[0]] = np.round(rounded[row.slug, above] - others, row.decimals)
    for row in summed:
        for code in codes:
            parts = [p.slug for p in parts_of(table, row.slug)]
            paths[row.slug, code] = _together([paths[p, code] for p in parts])
            rounded[row.slug, code] = np.round(sum(rounded[p, code] for p in parts), row.decimals)


def _root(table: dict[str, Row], row: Row) -> str:
    while row.parent:
        row = table[row.parent]
    return row.slug


def _whole_of(table: dict[str, Row], row: Row, level: str) -> bool:
    parts = parts_of(table, row.slug)
    return bool(parts) and _adds(row) and all(level in p.levels for p in parts)


def _together(tracks: list[Track]) -> Track:
    levels = np.sum([t.levels for t in tracks], axis=0)
    growth = np.sum([t.levels * t.growth for t in tracks], axis=0) / levels
    return Track(levels, growth, tracks[0].mom)


# --- measures ---------------------------------------------------------------------------------------


def _measures(row: Row, track: Track, values: Floats) -> dict[str, Floats]:
    if row.kind in PRICES:
        return _prices(track)
    if row.kind in RATES:
        return _rates(row, track)
    if row.kind in LEVELS:
        found = {"value": values.copy()}
    elif row.kind in STOCKS or row.shape.frequency == "year":
        growth = yoy(values, axis_of(row).a_year) if row.comparable else track.growth
        found = {"value": values.copy(), "yoy": np.round(growth, 1)}
    else:
        found = _flows(row, track, values)
    return _gaps(row, found)


def _flows(row: Row, track: Track, values: Floats) -> dict[str, Floats]:
    a_year = axis_of(row).a_year
    ytd = np.round(_so_far(values, a_year), row.decimals)
    if row.comparable:
        growth, so_far = yoy(values, a_year), yoy(ytd, a_year)
    else:
        growth = track.growth
        before = np.where(np.isnan(growth), track.levels, track.levels / (1 + growth / 100))
        so_far = (_so_far(track.levels, a_year) / _so_far(before, a_year) - 1) * 100
    found = {"value": values.copy(), "ytd": ytd}
    return found | {"yoy": np.round(growth, 1), "ytd_yoy": np.round(so_far, 1)}


def _so_far(values: Floats, a_year: int) -> Floats:
    """Sums from the beginning of each year."""
    found = values.copy()
    for place in range(len(values)):
        if place % a_year:
            found[place] += found[place - 1]
    return found


def _rates(row: Row, track: Track) -> dict[str, Floats]:
    axis = axis_of(row)
    shares = season("inv" if row.kind == "cumrate" else "ind", axis)
    so_far = _so_far(track.growth * shares, axis.a_year) / _so_far(shares, axis.a_year)
    return _gaps(row, {"yoy": np.round(track.growth, 1), "ytd_yoy": np.round(so_far, 1)})


def _prices(track: Track) -> dict[str, Floats]:
    same = np.round(track.growth, 1)
    means = _so_far(track.levels, 12) / (np.arange(len(track.levels)) % 12 + 1)
    so_far = np.round(yoy(means, 12), 1)
    found = {"yoy": same, "mom": np.round(track.mom, 1), "ytd_yoy": so_far}
    return found | {"index": np.round(100 + same, 1), "ytd_index": np.round(100 + so_far, 1)}


def _gaps(row: Row, found: dict[str, Floats]) -> dict[str, Floats]:
    """Take out what is not told of January and February."""
    if row.shape.frequency != "month":
        return found
    part = AXES["month"].part()
    combined = row.shape.combined or "combined" in row.more
    for measure, values in found.items():
        if combined:
            values[part == 1] = np.nan
            if not measure.startswith("ytd"):
                values[part == 2] = np.nan
        elif row.kind in NO_JANUARY:
            values[part == 1] = np.nan
    return found


# --- what follows from others -----------------------------------------------------------------------


def _derive(table: dict[str, Row], found: Told) -> None:
    for row in table.values():
        if not derived(row):
            continue
        key, make = next((k, m) for k, m in _MAKERS.items() if k in row.more)
        level = {PROVINCE} | (set(city_codes()) if "市" in row.levels else set())
        for region in sorted(level):
            for measure, values in make(table, row, row.more[key], found, region).items():
                found[row.slug, measure, region] = values


def _yearly(table: dict[str, Row], found: Told, slug: str, region: str) -> Floats:
    """A year's number of an indicator of any frequency."""
    row = table[slug]
    measure = "ytd" if "ytd" in row.shape.measures else "value"
    values = found[slug, measure, region]
    if row.shape.frequency == "year":
        return values
    a_year = axis_of(row).a_year
    return values[a_year - 1 :: a_year]


def _ratio(
    table: dict[str, Row], row: Row, how: str, found: Told, region: str
) -> dict[str, Floats]:
    above, rest = how.split("/")
    under, factor = rest.split("*")
    measure = "ytd" if "ytd" in row.shape.measures else "value"
    if row.shape.frequency == "year":
        one, other = (_yearly(table, found, s, region) for s in (above, under))
    else:
        one, other = found[above, measure, region], found[under, measure, region]
    made = {measure: np.round(one / other * float(factor), row.decimals)}
    if "yoy" in row.shape.measures:
        growth = found[above, "ytd_yoy", region][3::4]
        made["yoy"] = np.round(growth - yoy(other, 1), 1)
    return made


def _difference(
    table: dict[str, Row], row: Row, how: str, found: Told, region: str
) -> dict[str, Floats]:
    one, other = how.replace("lv-", "lv ").split()
    values = found[one, "value", region] - found[other, "value", region]
    return {"value": np.round(values, row.decimals)}


def _real(table: dict[str, Row], row: Row, how: str, found: Told, region: str) -> dict[str, Floats]:
    prices = found["cpi", "ytd_yoy", region][2::3][: axis_of(row).count]
    growth = found[how, "ytd_yoy", region]
    return {"ytd_yoy": np.round(((1 + growth / 100) / (1 + prices / 100) - 1) * 100, 1)}


def _per(table: dict[str, Row], row: Row, how: str, found: Told, region: str) -> dict[str, Floats]:
    energy, output = (found[slug, "ytd_yoy", region] for slug in how.split("/"))
    return {"ytd_yoy": np.round(((1 + energy / 100) / (1 + output / 100) - 1) * 100, 1)}


def _same(table: dict[str, Row], row: Row, how: str, found: Told, region: str) -> dict[str, Floats]:
    source = table[how]
    measure = "ytd_yoy" if "ytd_yoy" in source.shape.measures else "yoy"
    values = found[how, measure, region]
    if source.shape.frequency == "month":
        values = values[2::3]
    return {"ytd_yoy": values[: axis_of(row).count].copy()}


_MAKERS: dict[str, Callable[[dict[str, Row], Row, str, Told, str], dict[str, Floats]]] = {
    "ratio": _ratio,
    "diff": _difference,
    "real": _real,
    "per": _per,
    "same": _same,
}
