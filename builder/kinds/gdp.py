"""核算台账: the base numbers that departments supply for unified accounting of GDP, for those inside.

GDP itself is never computed: 国家统计局统一组织和实施地区生产总值核算工作 (统计法 第二十条).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from builder.indicators.accounting import Supply
from builder.kinds.front import Kind, TextFrontMatter, folder_pattern
from builder.kinds.indicator import PeriodText
from builder.kinds.regions import Code


class GdpLedger(TextFrontMatter):
    """The ledger of one period. `region`: whose; the province when empty."""

    period: PeriodText
    region: Code | Literal[""] = ""
    rows: Annotated[tuple[Supply, ...], Field(min_length=1, max_length=2000)]


KIND = Kind(
    "gdp",
    "核算台账",
    "zhi",
    GdpLedger,
    folder_pattern("content/indicators/gdp", ".yml"),
    "gdp",
    "indicators",
    url="indicators/ledger",
    article=False,  # its numbers and charts go out in an article that quotes them
)
