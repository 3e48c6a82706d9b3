"""预警处理: what people said of warnings. No page of its own: states stand in the list of warnings."""

from __future__ import annotations

from pydantic import Field

from builder.indicators.warn.inbox import Verdict
from builder.kinds.front import FrontMatter, Kind, folder_pattern


class Verdicts(FrontMatter):
    """Verdicts of one division or round."""

    verdicts: tuple[Verdict, ...] = Field(default=(), max_length=5000)


KIND = Kind(
    "verdicts",
    "预警处理",
    "zhi",
    Verdicts,
    folder_pattern("content/indicators/verdicts", ".yml"),
    "",
    "indicators",
    page=False,
)
