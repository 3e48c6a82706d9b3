"""Formulas as SVG with a text alternative (ziamath: LaTeX to MathML to paths)."""

from __future__ import annotations

import html
import re
import warnings
from functools import lru_cache

CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


class FormulaError(ValueError):
    """The LaTeX can't be set."""


@lru_cache(maxsize=512)
def formula(latex: str, *, block: bool = False) -> str:
    """Return an inline `<svg>` for one LaTeX formula.

    Raises `FormulaError` when it can't be set. The paths take the colour of the text around them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of theirs, while it loads
        import ziamath.zmath  # half a second to load, and most sites have no formula
        from ziamath.config import config

    if len(latex) > 1000 or CHINESE.search(latex):  # its font has no Chinese: boxes, no error
        raise FormulaError(latex[:50])
    config.svg2 = False  # plain paths: no ids to clash when a page has several
    try:
        svg: str = ziamath.zmath.Latex(latex, size=20 if block else 17).svg()
    except Exception as error:  # the library raises whatever its parser meets
        raise FormulaError(latex) from error
    svg = re.sub(r"\sxmlns(:\w+)?=\"[^\"]*\"", "", svg)
    svg = svg.replace('fill="black"', 'fill="currentColor"').replace(
        'stroke="black"', 'stroke="currentColor"'
    )
    label = html.escape(latex, quote=True)
    return svg.replace("<svg", f'<svg role="img" aria-label="公式 {label}" focusable="false"', 1)
