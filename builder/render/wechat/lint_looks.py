"""What readers would see: contrast by day and by night, tables, numbers, lines that do not fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from builder import typography
from builder.media.units import UNITS
from builder.render.wechat import colour
from builder.render.wechat.colour import Colour
from builder.render.wechat.seen import LINE_WIDTH, Look, background
from builder.render.wechat.tree import ROOT, Node
from builder.typography import LONGEST

Found = Iterator[tuple[str, str]]

CELLS = frozenset({"td", "th"})
READABLE, READABLE_LARGE = 4.5, 3.0
LARGE, LARGE_BOLD = 24.0, 18.66
HINT = "微信只调与底色亮度差不到 65 的字：用再深一点的颜色，它会自己调亮。"
PALE, GLARE = 200.0, 140.0
NUMBER = re.compile(rf"[+＋\-−－–±<≤≥≈]?\s*\d[\d,，.\s]*(?:{UNITS}|[A-Za-z]{{0,4}})")
PERCENT = re.compile(r"[+\-−±]?[0-9,.]+[%‰％℃]")  # no line ends within it


def judge(node: Node, look: Look, around: Look) -> Found:
    """Faults of one element as readers see it."""
    if look.drawn:
        return
    if node.own.strip():
        yield from _contrast(look)
        yield from _too_long(node, look)
    yield from _gradient(node)
    if background(dict(node.style)) is not None:
        yield from _glare(look, around)
    top = node.parent is not None and node.parent.tag == ROOT and bool(node.text.strip())
    if top and node.style.get("text-align") not in {"left", "center", "right"}:
        yield "justify", "微信默认两端对齐，字会被拉开；最外层写 text-align:left。"
    if node.tag == "table" and not around.scrolls:
        yield "table", "表格外面没有可横移的 section（overflow-x:auto），宽表在手机上会挤坏。"
    if look.scrolls and not around.scrolls and not look.free:
        yield "scroll", "可横移的容器要标 data-ignore-width，否则微信的检查当它超宽。"
    if look.cell and not look.one_line:
        yield from _parted(node)


def _parted(node: Node) -> Found:
    """A number in a cell that wraps: alone, or with its unit among other words."""
    words = node.text.strip()
    if node.tag in CELLS and sum(c.isdigit() for c in words) > 1 and NUMBER.fullmatch(words):
        yield "number", f"单元格里的数“{words[:12]}”会被拆成两行；加 white-space:nowrap。"
        return
    for text in (c for c in node.children if isinstance(c, str)):
        for found in typography.NUMBER.findall(text) if node.tag != "code" else ():
            if len(found) <= LONGEST and not PERCENT.fullmatch(found):
                yield "number", f"单元格里的数“{found}”会被拆成两行；用 white-space:nowrap 包起来。"
                return


def _contrast(look: Look) -> Found:
    large = look.size >= LARGE or (look.bold and look.size >= LARGE_BOLD)
    least = READABLE_LARGE if large else READABLE
    for mode, ink, paper in (
        ("浅色", look.ink, look.paper),
        ("深色", look.dark_ink, look.dark_paper),
    ):
        reached = colour.contrast(colour.over(ink, paper), paper)
        if reached < least - 0.005:
            text = (
                f"{mode}模式下字和底色的对比度只有 {_cut(reached)}，要 {least}{_what(ink, paper)}。"
            )
            if mode == "浅色":
                yield "contrast-light", text
            else:
                yield "contrast-dark", text + HINT


def _cut(value: float) -> str:
    return f"{int(value * 100) / 100:g}"


def _what(ink: Colour, paper: Colour) -> str:
    return f"（字 {ink.css}，底 {paper.css}）"


def _glare(look: Look, around: Look) -> Found:
    """A pale tint that is no grey is not turned over in dark mode but only dimmed: to a bright sheet."""
    by_night, before = colour.brightness(look.dark_paper), colour.brightness(around.dark_paper)
    if colour.brightness(look.paper) > PALE and by_night > GLARE > before:
        yield (
            "glare",
            f"浅底色 {look.paper.css} 到深色模式变成刺眼的 {look.dark_paper.css}；用纯灰或半透明的颜色。",
        )


def _gradient(node: Node) -> Found:
    value = node.style.get("background-image", "") + node.style.get("background", "")
    if "gradient" in value and node.text.strip():
        yield "gradient", "文字后面是渐变，深色模式下会变成一块纯色；用纯色。"


def _too_long(node: Node, look: Look) -> Found:
    if look.one_line and not look.scrolls and "ellipsis" not in node.style.get("text-overflow", ""):
        longest = max((_width(line) for line in node.own.splitlines()), default=0.0)
        if longest * look.size > LINE_WIDTH:
            yield "too-long", "不许换行的文字比手机一行还长，会被截掉；去掉 white-space:nowrap。"


def _width(line: str) -> float:
    """The width of a line in sizes of its letters, roughly."""
    wide = ("W", "F", "A")
    return sum(1.0 if unicodedata.east_asian_width(c) in wide else 0.55 for c in line.strip())
