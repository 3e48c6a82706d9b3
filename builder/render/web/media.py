"""Parts as HTML. Switches on the Part, never on the kind of page."""

from __future__ import annotations

from builder.model import Comic, Infographic, Page, Part, Prose, Quiz, Table, Timeline, Video
from builder.render.web.shell import Fill

TEMPLATES: dict[type, str] = {
    Comic: "media/comic.html",
    Infographic: "media/infographic.html",
    Video: "media/video.html",
    Quiz: "media/quiz.html",
    Table: "media/table.html",
}


def part_html(part: Part, base: str, page: Page, fill: Fill) -> str:
    """One Part. Live posts are drawn by the page's own template, from its data."""
    if isinstance(part, Prose):
        return part.html
    if isinstance(part, Timeline):
        return ""
    name = TEMPLATES.get(type(part))
    return fill(name, base, part=part, title=page.title) if name else ""
