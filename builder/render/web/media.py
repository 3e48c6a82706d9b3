"""Parts as HTML. Switches on the Part, never on the kind of page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.media.chart_words import describe
from builder.model import Comic, Infographic, Page, Part, Prose, Quiz, Table, Timeline, Video
from builder.render.web.shell import Fill

TEMPLATES: dict[type, str] = {
    Comic: "media/comic.html",
    Infographic: "media/infographic.html",
    Video: "media/video.html",
    Quiz: "media/quiz.html",
    Table: "media/table.html",
}


def part_html(part: Part, base: str, page: Page, fill: Fill, around: Mapping[str, Any]) -> str:
    """One Part. Live posts are drawn by the page's own template, from its data.

    `around`: what the page shows and does not say itself, such as the film of a script.
    """
    if isinstance(part, Prose):
        return part.html
    if isinstance(part, Timeline):
        return ""
    name = TEMPLATES.get(type(part), "")
    if isinstance(part, Video):
        return fill(name, base, part=part, title=page.title, film=around["film"], told=told)
    return fill(name, base, part=part, title=page.title) if name else ""


def told(scene: Mapping[str, Any]) -> str:
    """The chart of a scene in a sentence."""
    return f"{scene['chart'].title}。{describe(scene['chart'])}"
