"""Tiny sites with indicators for tests: definitions, regions, snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builder.indicators import spelling
from tests.sitefiles import CONFIG, ORGS, SOURCES, head, yml

REGIONS = head(
    title="地区表",
    regions=[
        {"code": "000000", "name": "全国", "level": "国"},
        {"code": "990000", "name": "示范省", "level": "省", "parent": "000000"},
        {"code": "990100", "name": "甲州市", "level": "市", "parent": "990000", "short": "甲州"},
        {"code": "990200", "name": "乙州市", "level": "市", "parent": "990000", "short": "乙州"},
    ],
)
CALIBER = {
    "meaning": "示例涵义。",
    "scope": "示例范围。",
    "method": "示例方法。",
    "formula": "示例公式。",
    "sample": "全面调查。",
}
INDICATOR = {
    "title": "工业增加值",
    "short": "工业",
    "family": "monitor",
    "theme": "工业",
    "frequency": "month",
    "measures": {"yoy": {"unit": "%", "decimals": 1}, "value": {"unit": "亿元", "decimals": 2}},
    "region_levels": ["省", "市"],
    "publisher": "示范省统计局",
    "caliber": CALIBER,
}
Rows = Sequence[Sequence[float | None]]


def indicator(**keys: object) -> str:
    """A definition that may go out."""
    return yml(**(INDICATOR | keys))


def block(
    values: Rows,
    periods: Sequence[str],
    regions: Sequence[str] = ("990000",),
    **keys: object,
) -> dict[str, object]:
    """One block of a snapshot."""
    plain = {"action": "add", "indicator": "gongye", "measure": "yoy"}
    return {**plain, "periods": [*periods], "regions": [*regions], "values": values, **keys}


def snapshot(name: str, release: str, *blocks: Mapping[str, object], **keys: object) -> str:
    """The text of a snapshot file, its checksum right."""
    made: dict[str, object] = {
        "format": spelling.FORMAT,
        "id": name,
        "title": f"快照 {name}",
        "audience": "public",
        "division": "mlk",
        "release": release,
        "author": "王甲",
        "approver": "李乙",
        "sources": [{"title": "示范省统计局"}],
        "blocks": [*blocks],
    }
    made |= keys
    return spelling.text_of({**made, "checksum": spelling.checksum(made)})


MONTHS = ("2026-07", "2026-08", "2026-09")
FIRST = snapshot(
    "first",
    "2026-10-18T10:00:00+08:00",
    block([[5.0, -1.25, 0.04], [6.1, 6.2, 6.3]], MONTHS, ("990000", "990100")),
    block([[100.5, 101.0, 102.345]], MONTHS, measure="value"),
)
SITE = {
    "site_config.yml": CONFIG,
    "content/orgs.yml": ORGS,
    "content/indicators/regions.yml": REGIONS,
    "content/indicators/gongye.yml": indicator(),
    "content/indicators/snapshots/first.json": FIRST,
}
__all__ = [
    "CALIBER", "CONFIG", "FIRST", "INDICATOR", "MONTHS", "ORGS", "REGIONS", "SITE", "SOURCES", "block", "indicator", "snapshot",
]  # fmt: skip
