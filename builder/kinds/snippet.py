"""片段: Markdown shared by several entries through an include line; no page of its own."""

from builder.kinds.front import FrontMatter, Kind, folder_pattern


class Snippet(FrontMatter):
    """A shared piece of text."""


KIND = Kind(
    "snippet",
    "片段",
    "wen",
    Snippet,
    folder_pattern("content/snippets", ".md"),
    "",
    "snippets",
    page=False,
)
