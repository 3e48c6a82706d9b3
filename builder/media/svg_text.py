"""Words inside SVG. The standard library's own way (`xml.sax.saxutils`) loads what fetches from the net."""

from __future__ import annotations

import html


def escape(text: str) -> str:
    """Text between tags."""
    return html.escape(text, quote=False)


def quoted(text: str) -> str:
    """An attribute's value, with its quotes."""
    return f'"{html.escape(text, quote=False).replace(chr(34), "&quot;")}"'
