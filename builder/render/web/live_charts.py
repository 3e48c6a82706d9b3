"""The files that make charts answer a reader: only in a site that has charts, only on pages with one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

from builder.media import charts
from builder.media.chart_live import engine, script
from builder.media.chart_spec import ChartSpec
from builder.model import MdText, Site
from builder.render.web.shell import lean


@lru_cache(maxsize=1)
def files() -> Mapping[str, bytes]:
    """Path under the site → bytes: our script, then ECharts."""
    made = (("charts", lean(".js", script().encode())), ("echarts", engine()))
    return {
        f"assets/weike/{name}.{hashlib.sha256(data).hexdigest()[:8]}.js": data
        for name, data in made
    }


def tag(base: str) -> str:
    """The element of a page with charts; `base` leads to the root of the site."""
    ours, library = (escape(base + path) for path in files())
    return f'<script src="{ours}" data-engine="{library}" defer></script>'


def wanted(site: Site) -> bool:
    """Whether any page of the site shows a chart."""
    return any(_charted(page.text) or _charted(page.data) for page in site.pages.values())


def _charted(value: Any) -> bool:
    if isinstance(value, MdText):
        return next(charts.blocks(value), None) is not None
    if isinstance(value, ChartSpec):
        return True
    if isinstance(value, Mapping):
        return any(map(_charted, value.values()))
    return isinstance(value, tuple) and any(map(_charted, value))
