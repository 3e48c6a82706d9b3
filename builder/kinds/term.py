"""名词口径: a definition with its card; terms in any page link here."""

from typing import Annotated

from pydantic import Field

from builder.kinds.front import FrontMatter, Kind, Lines, Strict, folder_pattern


class Caliber(Strict):
    """The five things that must be published with an indicator (统计法实施条例 第二十七条)."""

    meaning: str = ""
    scope: str = ""
    method: str = ""
    formula: str = ""
    sample: str = ""


class Term(FrontMatter):
    """A term: what it is, what it is not, and its other names."""

    definition: Annotated[str, Field(min_length=1, max_length=240)]
    names: Lines = ()
    confuse: Annotated[str, Field(max_length=300)] = ""
    caliber: Caliber = Caliber()


KIND = Kind(
    "term",
    "名词",
    "ci",
    Term,
    folder_pattern("content/terms", ".md"),
    "term",
    "terms",
    needs_source=True,
)
