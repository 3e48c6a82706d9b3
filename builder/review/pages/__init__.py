"""What the review page shows, as plain data, and the templates that put it into words."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from builder.review.form import visible

THEME = Path(__file__).parents[2] / "theme" / "review"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(THEME),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["visible"] = visible
    return made


def page(template: str, **view: Any) -> str:
    """A whole page. Everything in `view` is escaped where it is put in."""
    return _environment().get_template(template).render(**view)
