"""Parts as HTML. Switches on the Part, never on the kind of page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.model import Comic, Infographic, Page, Part, Prose, Quiz, Table, Timeline, Video
from builder.render.web.shell import environment

TEMPLATES: dict[type, str] = {
    Comic: "media/comic.html",
    Infographic: "media/infographic.html",
    Video: "media/video.html",
    Quiz: "media/quiz.html",
    Table: "media/table.html",
}


def part_html(part: Part, base: str, page: Page, site: Mapping[str, Any]) -> str:
    """One Part. Live posts are drawn by the page's own template, from its data."""
    if isinstance(part, Prose):
        return part.html
    if isinstance(part, Timeline):
        return ""
    name = TEMPLATES.get(type(part))
    if name is None:
        return ""
    return (
        environment()
        .get_template(name)
        .render(
            part=part,
            site=site,
            u=lambda url: (base + url) or "./",
            title=page.title,
            page={"title": page.title},
        )
    )
