"""Pictures and charts of a text."""

from __future__ import annotations

import re
from html import escape
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

from builder.media.chart_style import LIGHT
from builder.render.wechat.pictures import SOFT
from builder.render.wechat.prose_tree import Element
from builder.render.wechat.themes import written

if TYPE_CHECKING:
    from builder.render.wechat.article import Image
    from builder.render.wechat.press import Press
    from builder.render.wechat.prose import Prose

CHART_WIDTH = 1080  # px
COLOURS = {**LIGHT, "surface": SOFT, "hair": "#c4b89d"}
COLOUR = re.compile(r"var\(--chart-([\w-]+)\)")
TITLE = re.compile(r"<(title|desc)\b[^>]*>(.*?)</\1>", re.DOTALL)
VIEW = re.compile(r'viewBox="([\d.-]+) ([\d.-]+) ([\d.]+) ([\d.]+)"')
EDGE = 10  # of paper around a chart


def figure(prose: Prose, element: Element) -> str:
    """A picture with its caption, or a chart as a picture."""
    if "chart" in element.classes:
        return _chart(prose, element)
    caption = "".join(
        prose.theme.put("p", "figcaption", prose.inline.run(e.children))
        for e in element.elements
        if e.tag == "figcaption"
    )
    others = [e for e in element.children if isinstance(e, str) or e.tag != "figcaption"]
    inside = prose.inline.run(others)
    return prose.theme.put("section", "figure", inside + caption) if inside or caption else ""


def inline_picture(press: Press, element: Element) -> str:
    """The element of a picture; its words alone where there is none."""
    found = element if element.tag == "img" else element.first("img")
    if found is None:
        return ""
    alt = found.attrs.get("alt", "")
    path = site_path(press, found.attrs.get("src", ""))
    pieces = press.photo(path, alt) if path else ()
    return "".join(map(press.image, pieces)) or written(alt)


def site_path(press: Press, address: str) -> str:
    """The path under the site's root of an address on the current page; empty for one that is elsewhere."""
    whole = urljoin(press.url, address)
    if not address or not whole.startswith(press.base_url):
        return ""
    return normpath(unquote(whole[len(press.base_url) :].partition("?")[0]))


def _chart(prose: Prose, element: Element) -> str:
    """Title above, picture, what must be said below; the numbers are on the page, and in the picture's words."""
    press, theme, out = prose.press, prose.theme, []
    drawings = [e for e in element.walk() if e.tag == "svg"]
    narrow = next((e for e in drawings if "chart-narrow" in e.classes), None)
    title = next((e for e in element.walk() if "fig-title" in e.classes), None)
    note = next((e for e in element.walk() if "fig-note" in e.classes), None)
    if title is not None:
        words = [c for c in title.children if isinstance(c, str) or c.tag != "small"]
        unit = "".join(f"（{e.text.strip()}）" for e in title.elements if e.tag == "small")
        out.append(theme.put("p", "caption", prose.inline.run(words) + escape(unit)))
    if drawings:
        out.append(press.image(drawn_chart(press, (narrow or drawings[0]).source)))
    if note is not None:
        out.append(theme.put("p", "figcaption", prose.inline.run(note.children)))
    return theme.put("section", "figure", "".join(out))


def drawn_chart(press: Press, svg: str) -> Image:
    """A chart of the site as a picture, in the colours of soft paper; what it says in words is its text."""
    said = dict(TITLE.findall(svg))
    svg = COLOUR.sub(lambda m: COLOURS.get(m[1], COLOURS["ink"]), svg)
    found = VIEW.search(svg)
    if found is not None:
        x, y, width, height = (float(n) for n in found.groups())
        box = f"{x - EDGE:g} {y - EDGE:g} {width + 2 * EDGE:g} {height + 2 * EDGE:g}"
        left, top, wide, high = box.split()
        head, _, inside = svg.replace(found[0], f'viewBox="{box}"', 1).partition(">")
        sheet = f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="{SOFT}"/>'
        size = f'xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}"'
        svg = f"{head.replace('<svg ', f'<svg {size} ', 1)}>{sheet}{inside}"
    return press.draw(svg, CHART_WIDTH, said.get("desc") or said.get("title") or "")
