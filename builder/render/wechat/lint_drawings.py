"""What WeChat does to drawings (svg) in an article."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.render.wechat.colour import DARK_PAPER, contrast, first, parse
from builder.render.wechat.lint_lists import ANIMATED
from builder.render.wechat.tree import Node, names

Found = Iterator[tuple[str, str]]

DRAWING = names(
    "svg g path rect circle ellipse line polyline polygon text tspan title desc animate "
    "animatetransform set"
)
SHAPES = names("path rect circle ellipse line polyline polygon text tspan")
LIFELESS = 3.0  # contrast that a drawing needs


def judge(node: Node) -> Found:
    """Faults of one element of a drawing."""
    if node.tag in {"defs", "use", "symbol", "clippath", "mask", "filter", "marker", "pattern"}:
        yield "svg", f"svg 里有 <{node.tag}>，微信会删掉它和 id，图就散了。"
    elif node.tag.endswith("gradient"):
        yield "svg", "svg 里有渐变，要靠 id 引用，微信会删掉 id。"
    elif node.tag == "foreignobject":
        yield "svg", "svg 里有 foreignObject，多数手机上不显示。"
    elif node.tag not in DRAWING:
        yield "svg", f"svg 里不能有 <{node.tag}>。"
    text = " ".join((*node.attrs.values(), *node.style.values()))
    if "url(#" in text.replace(" ", "") or node.attrs.get("xlink:href", "").startswith("#"):
        yield "svg", "svg 里用 url(#…) 引用别处，微信删掉 id 后会失效。"
    if "font-family" in node.attrs:
        yield "font-family", "svg 里指定了字体，删去。"
    yield from _animated(node)
    if node.tag in SHAPES:
        yield from _black(node)


def _animated(node: Node) -> Found:
    """Faults of what moves."""
    begin = node.attrs.get("begin", "")
    if ("touchstart" in begin) != ("click" in begin):
        yield (
            "begin",
            'svg 动画的 begin 要同时写 touchstart 和 click（begin="touchstart; click"）。',
        )
    if re.search(r"[a-z]", re.sub("touchstart|click|indefinite|ms|s", "", begin)):
        yield "begin", "svg 动画的 begin 靠 id 等别处，微信会删掉 id；写秒数或 touchstart; click。"
    moved = node.attrs.get("attributename", "").lower()
    if moved and moved not in ANIMATED:
        yield "svg", f"svg 动画不能改 {moved[:20]}。"


def _black(node: Node) -> Found:
    """A drawing is not turned in dark mode: what is black on nothing can't be seen there."""
    line = [node, *node.above()]
    frame = next((n for n in line if n.tag == "svg"), node)
    if _backed(frame):
        return
    fill = next((v for n in line if (v := _paint(n, "fill"))), "black")
    stroke = next((v for n in line if (v := _paint(n, "stroke"))), "none")
    for value in {fill, stroke} - {"none", "currentcolor", "transparent"}:
        paint = parse(value)
        if paint is not None and contrast(paint, DARK_PAPER) < LIFELESS:
            yield (
                "svg-black",
                "svg 里写死了深色，深色模式下看不见；用 currentColor，或给 svg 加底色。",
            )
            return


def _paint(node: Node, name: str) -> str:
    return (node.style.get(name) or node.attrs.get(name, "")).strip().lower()


def _backed(frame: Node) -> bool:
    """True when a drawing brings its own light ground."""
    ground = first(frame.style.get("background-color") or frame.style.get("background", ""))
    if ground is None:
        sheet = next((n for n in frame.walk() if n.tag in SHAPES), None)
        whole_area = sheet is not None and sheet.tag == "rect" and _covers(sheet, frame)
        ground = parse(_paint(sheet, "fill")) if sheet is not None and whole_area else None
    return ground is not None and ground.a > 0.9 and contrast(ground, DARK_PAPER) > LIFELESS


def _covers(sheet: Node, frame: Node) -> bool:
    box = frame.attrs.get("viewbox", "").replace(",", " ").split()
    size = [sheet.attrs.get(k, "") for k in ("width", "height")]
    return size == ["100%", "100%"] or (len(box) == 4 and size == box[2:])
