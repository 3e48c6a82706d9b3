"""A picture in finished text: its sizes and formats, whose it is, and whether a model made it."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from builder.media.images import FORMATS, renditions
from builder.model import Picture

SIZES = "(min-width: 62em) 46rem, 94vw"  # the column of text; see weike.css


def place(parent: Xml.Element, image: Xml.Element, found: Picture, base: str) -> None:
    """Finish `image`, a child of `parent`; `base` leads from the page to the site root."""
    index = list(parent).index(image)
    image.set("src", f"{base}{found.url}")
    image.set("alt", image.get("alt") or found.alt)
    image.set("loading", "lazy")
    if found.width:
        image.set("width", str(found.width))
        image.set("height", str(found.height))
    if found.tone:
        image.set("class", f"{image.get('class', '')} tone-{found.tone}".strip())
    offered = renditions(found)
    if offered:
        holder = Xml.Element("picture")
        holder.tail, image.tail = image.tail, None
        for suffix, media_type in FORMATS.items():
            listed = ", ".join(f"{base}{r.url} {r.width}w" for r in offered if r.suffix == suffix)
            Xml.SubElement(holder, "source", type=media_type, srcset=listed, sizes=SIZES)
        holder.append(image)
        parent[index] = holder
    _sign(parent, index, found)


def _sign(parent: Xml.Element, index: int, found: Picture) -> None:
    """Credit and, for what a model made, the mark the rule of 2025-09-01 asks for."""
    notes = [("pic-note", f"图：{found.credit}")] if found.credit else []
    notes += [("pic-ai", "AI生成")] if found.ai_generated else []
    if not notes:
        return
    if parent.tag == "figure":
        holder = parent.find("figcaption")
        holder = Xml.SubElement(parent, "figcaption") if holder is None else holder
    else:
        holder = Xml.Element("span", {"class": "pic-notes"})
        holder.tail, parent[index].tail = parent[index].tail, None
        parent.insert(index + 1, holder)
    for kind, words in notes:
        Xml.SubElement(holder, "span", {"class": kind}).text = words
