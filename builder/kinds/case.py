"""典型案例、优秀作品."""

from typing import Literal

from builder.kinds.front import FrontMatter, Kind, Line, Slug, folder_pattern


class Case(FrontMatter):
    """A case of good practice, or a work worth showing."""

    type: Literal["case", "work"] = "case"
    unit: Slug | Literal[""] = ""
    key: Line | str = ""


KIND = Kind("case", "案例", "lan", Case, folder_pattern("content/cases", ".md"), "case", "cases")
