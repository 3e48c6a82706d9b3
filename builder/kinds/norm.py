"""规范化管理: checklists, 台账 templates to download, 考核细则, a self-inspection form."""

from typing import Annotated

from pydantic import Field

from builder.kinds.front import FrontMatter, Kind, Line, Lines, Strict, folder_pattern


class Check(Strict):
    """One thing to do, how, and on what ground."""

    item: Line
    how: str = ""
    basis: str = ""


class Ledger(Strict):
    """A 台账 template; the build makes the spreadsheet."""

    name: Line
    columns: Annotated[Lines, Field(min_length=1, max_length=40)]
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


class Point(Strict):
    """One line of the assessment rules."""

    item: Line
    points: Annotated[int, Field(ge=0, le=1000)]
    rule: str = ""


class Inspection(Strict):
    """One line of the self-inspection form."""

    question: Line
    look: str = ""


class Norm(FrontMatter):
    """A norm of grass-roots work."""

    checklist: tuple[Check, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    assessment: tuple[Point, ...] = ()
    inspection: tuple[Inspection, ...] = ()


KIND = Kind(
    "norm",
    "规范",
    "zhi",
    Norm,
    folder_pattern("content/norms", ".md"),
    "norm",
    "norms",
    needs_source=True,
)
