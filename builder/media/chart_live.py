"""A chart that answers in the browser: what is beside its picture, and the script that draws it again.

The page holds the options as data; the script and ECharts itself are files of the site, and ECharts is
fetched only when a reader touches a chart.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from builder.media.chart_engine import SOURCE
from builder.media.chart_options import descending, layouts, option
from builder.media.chart_spec import ChartSpec
from builder.media.chart_style import NAMES, theme

SCRIPT = Path(__file__).parents[1] / "theme" / "live" / "charts.js"
LOOK = '"@look@"'  # where the script is told colours and style


def beside(spec: ChartSpec) -> str:
    """The options of a chart as a block of data, which browsers don't run."""
    every = layouts(spec)
    options = [option(spec, layout) for layout in every]
    told: dict[str, Any] = {
        "type": spec.type,
        "sizes": [[layout.width, layout.height] for layout in every],
        "units": [spec.unit_of(name) for name in spec.series],
        "options": options[:1] if spec.type == "option" else options,
    }
    if spec.type == "regions":
        told["order"] = descending(spec)
    text = json.dumps(_lean(told), ensure_ascii=False, separators=(",", ":"))
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/json">{safe}</script>'


def _lean(value: Any) -> Any:
    """Without the font, which the page brings, and with whole numbers as such."""
    if isinstance(value, dict):
        return {k: _lean(v) for k, v in value.items() if k != "fontFamily"}
    if isinstance(value, (list, tuple)):
        return [_lean(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@lru_cache(maxsize=1)
def script() -> str:
    """The script of pages with charts; it knows the colours by the same numbers as the options."""
    look = json.dumps({"names": NAMES, "theme": _lean(theme())}, separators=(",", ":"))
    return SCRIPT.read_text(encoding="utf-8").replace(LOOK, look)


def engine() -> bytes:
    """ECharts, the same file that draws the pictures."""
    return SOURCE.read_bytes()
