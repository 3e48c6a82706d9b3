"""文章: news, notices, analyses and data readings."""

import re
from typing import Literal

from builder.kinds.front import FrontMatter, Kind


class Article(FrontMatter):
    """An article; the body is all."""

    type: Literal["news", "notice", "analysis", "reading"]


KIND = Kind(
    "article",
    "文章",
    "wen",
    Article,
    re.compile(r"content/articles/(?P<folder>\d{4})/(?P<slug>[a-z0-9-]+)\.md"),
    "article",
    "articles",
)
