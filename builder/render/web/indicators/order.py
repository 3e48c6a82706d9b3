"""In what order indicators and their themes are read: as bureaus name them, what counts most first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from builder.values import Indicator

THEMES = (
    "综合", "工业", "能源", "农业", "建筑业", "投资", "房地产", "服务业", "交通邮电", "贸易", "外经",
    "价格", "财政", "金融", "居民收入", "人口就业", "科技", "环境", "核算基础",
)  # fmt: skip
WATCHED = "重点关注类"


def theme_place(name: str) -> int:
    """Where a theme stands; those that bureaus do not have come last."""
    return THEMES.index(name) if name in THEMES else len(THEMES)


def board_place(title: str) -> int:
    """Where a dashboard stands: those across all themes first, then as the themes that they name."""
    found = [n for n, theme in enumerate(THEMES) if title.startswith(theme)]
    return found[0] + 1 if found else 0


def ranks(indicators: Mapping[str, Indicator]) -> dict[str, int]:
    """The place of each indicator among all.

    First those with numbers of many levels of regions, then those that are watched, wholes before their
    parts, and those that more others are related to.
    """
    inside = {part for known in indicators.values() for part in known.parts}
    named = Counter(other for known in indicators.values() for other in known.related)

    def weight(known: Indicator) -> tuple[int, bool, bool, int]:
        small = known.id in inside
        return -len(known.levels), known.disclosure != WATCHED, small, -named[known.id]

    return {i.id: n for n, i in enumerate(sorted(indicators.values(), key=weight))}
