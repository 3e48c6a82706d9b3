"""Authored Markdown as words alone: what is searched, what the robot reads."""

from __future__ import annotations

import re

from builder.media import charts

# Marks at the beginning of a line; then those within it, found by their first character.
LINE_MARKS = re.compile(
    r"\n(?:[ \t]*(?:[-+]|\d+\.)[ \t]+| {0,3}\[(?!\^)[^\]]+\]:[^\n]*|"
    r"[ \t]*(?:!!!|\?\?\?\+?|===)[^\n\"]*\"([^\n\"]*)\")"
)
MARKS = re.compile(
    r"[!\[{\-](?:(?<=!)\[([^\]]*)\]\([^)]*\)|(?<=\[)([^\]]*)\]\([^)]*\)|(?<=\[)\^[^\]]*\]:?|"
    r"(?<=\{)([^{}|\n:]+)\|[^{}|\n]+\}|(?<=\{):[^}]*\}|(?<=-)-{2,})"
)
STROKES = "*_`#|=~>"


def plain(text: str) -> str:
    """Markdown without its marks; links keep their words. Blanks are left as they fall."""
    text = LINE_MARKS.sub(lambda m: f"\n{m[1] or ''} ", f"\n{charts.words(text)}")
    if any(mark in text for mark in "[{") or "---" in text:
        text = MARKS.sub(lambda m: m[1] or m[2] or m[3] or " ", text)
    for stroke in STROKES:
        text = text.replace(stroke, " ")
    return text
