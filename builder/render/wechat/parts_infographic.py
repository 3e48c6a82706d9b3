"""An infographic: its drawing cut between its blocks, then its words, which can be read out and copied.

The drawing shows how the blocks stand to one another and is what subscribers keep; at a phone's width
its smallest words are small, so all of them stand below as text too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from builder.media import infographic, raster
from builder.media.chart_spec import ChartSpec
from builder.media.chart_words import describe, said_below
from builder.media.infographic import Poster
from builder.media.infographic_draw import WIDTH
from builder.media.palette import PAPER
from builder.memo import digest
from builder.model import Infographic, Page
from builder.render.wechat import pictures
from builder.render.wechat.article import Image
from builder.render.wechat.parts_bits import numeral, put
from builder.render.wechat.parts_ground import Ground

if TYPE_CHECKING:
    from PIL import Image as Pil

    from builder.render.wechat.press import Press
    from builder.render.wechat.themes import Theme

PIECE = 1.7  # height of a piece in widths; a band is never cut
COUNTED = {"steps": "第{}步　", "checklist": "{}、", "form": "{}、"}


def lay(page: Page, press: Press, ground: Ground) -> None:
    """The drawing."""
    shown = "".join(press.image(image) for image in drawing(page, ground))
    press.block("图解", put("section", "seam", shown))


def transcript(part: Infographic, page: Page, press: Press) -> str:
    """The words of the drawing."""
    stamp = press.theme.put("p", "tight", press.stamp()) if part.sample else ""
    key = page.data["key"].replace("==", "")
    first = put("p", "told", press.theme.words(f"一句话记住：{key}")) if key else ""
    lines = told(press.theme, part.layout, part.blocks, part.root)
    return (
        press.heading("文字版") + stamp + first + "".join(put("p", "told", line) for line in lines)
    )


def poster(page: Page, ground: Ground) -> Poster:
    """What is drawn; its sources and foot stand in the article as text."""
    return Poster(
        title=page.title,
        layout=page.data["layout"],
        blocks=page.data["blocks"],
        division=ground.division(page),
        key=page.data["key"],
        root=page.data["root"],
        sample=page.data["sample"],
    )


def drawing(page: Page, ground: Ground, piece: float = PIECE) -> tuple[Image, ...]:
    """The drawing in pieces, top to bottom, each made once."""
    drawn = poster(page, ground)

    def made() -> Iterable[Pil.Image]:
        for svg in infographic.slices(drawn, piece * WIDTH):
            yield pictures.softened(raster.image(svg, pictures.WIDTH, PAPER))

    key = digest("slices", infographic.version(), repr(drawn), repr(piece))
    return pictures.composed(key, _alts(page.title), ground.memo, made)


def _alts(title: str) -> Iterator[str]:
    yield f"图解：{title}，文字版在后面"
    while True:
        yield f"图解：{title}，接上图"


def told(
    theme: Theme, layout: str, blocks: Iterable[Mapping[str, Any]], root: str = ""
) -> Iterator[str]:
    """Each block in a line of HTML: its title in bold, then all it says."""
    if root:
        yield theme.strong(root)
    for number, block in enumerate(blocks, 1):
        mark = COUNTED.get(layout, "").format(numeral(number))
        deep = (
            "　" * (block["level"] - 1) + "└ "
            if layout == "hierarchy" and block["level"] > 1
            else ""
        )
        head = f"{deep}{block['at'] + '　' if block['at'] else ''}"
        title = theme.strong(f"{mark}{block['title']}")
        yield f"{theme.words(head)}{title}{theme.words(_rest(layout, block))}"


def _rest(layout: str, block: Mapping[str, Any]) -> str:
    figure = f"{block['number']} {block['unit']}".strip()
    said = [figure, block["value"] and f"填：{block['value']}", block["text"]]
    if layout == "tree":
        said += [
            f"是：{block['yes']}" if block["yes"] else "",
            f"否：{block['no']}" if block["no"] else "",
        ]
    said += ["；".join(block["items"]), "；".join(f"{k} {v}" for k, v in block["facts"].items())]
    if block["chart"] is not None:
        said.append(charted(block["chart"]))
    words = [s for s in said if s]
    if not words:
        return ""
    return "　" + "".join(w if w[-1] in "。！？…" or w is words[-1] else f"{w}。" for w in words)


def charted(spec: ChartSpec) -> str:
    """A chart in words: its title and unit, what it says, what must be said of its numbers."""
    unit = f"（单位：{spec.unit}）" if spec.unit and not spec.right else ""
    stamp = "示例数据。" if spec.sample else ""
    return f"{spec.title}{unit}。{describe(spec)}{stamp}{''.join(said_below(spec))}"
