"""百问百答: one question a file; the title is the question."""

import re
from typing import Annotated

from pydantic import Field

from builder.kinds.front import FrontMatter, Kind, Lines, Short


class Faq(FrontMatter):
    """A question, other wordings of it, and a one-sentence answer before the explanation."""

    ask: Lines = ()
    answer: Annotated[Short, Field(description="一句话答案，不超过 80 字")]


KIND = Kind(
    "faq",
    "问答",
    "wen",
    Faq,
    re.compile(r"faq/(?P<folder>[a-z0-9-]+)/(?P<slug>[a-z0-9-]+)\.md"),
    "faq",
    "faq",
    needs_source=True,
)
