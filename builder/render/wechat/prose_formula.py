"""Formulas: as words where that says the same, else as a vector that takes the words' colour, else as a picture."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from builder.render.wechat.prose_latex import linear
from builder.render.wechat.prose_tree import Element
from builder.render.wechat.themes import written

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

FINE = 12  # steps to a pixel in the paths
EM = 17  # px: what `builder.media.formulas` sets formulas within a line at
EM_BLOCK = 18
GIVES = 15.0  # em: wider drawings become smaller where there is less room, as in a list
SCROLLS = 26.0  # em: still wider ones would be too small to read
SHARP = 6  # times the size, for the picture
PATH = re.compile(r'<path d="([^"]*)"')
RECT = re.compile(r'<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"')
VIEW = re.compile(r'viewBox="([\d.-]+) ([\d.-]+) ([\d.]+) ([\d.]+)"')
STEP = re.compile(r"([MLQZ])|(-?\d*\.?\d+)")
SIZES = {"M": 2, "L": 2, "Q": 4}  # numbers that a command takes
OTHER = re.compile(r"[ACHSTV]")
ANY = re.compile(r"<(?!/|svg\b|path\b|rect\b|g\b|title\b|desc\b)")


def formula(press: Press, element: Element) -> str:
    """A formula of the site, as its budget allows."""
    drawing = element.first("svg")
    if drawing is None:  # it could not be set: what was written
        return written(element.text)
    latex = drawing.attrs.get("aria-label", "").removeprefix("公式 ")
    words = linear(latex, block="math-block" in element.classes)
    if words:
        return words
    before = press.purse.noted
    em = EM_BLOCK if "math-block" in element.classes else EM
    made = lean(drawing.source, latex, em)
    if not made or not press.purse.affords(len(made)):
        made = _picture(press, drawing.source, latex, em)
        press.purse.gave_way["公式改成了图片"] += 1
    press.purse.note("公式", made, before)
    return made


def alone(press: Press, element: Element) -> str:
    """A formula on lines of its own; one that would be small where a phone shows it whole scrolls."""
    made = formula(press, element)
    drawing = element.first("svg")
    view = VIEW.search(drawing.source) if drawing is not None else None
    wide = float(view[3]) / EM_BLOCK if view is not None else 0.0
    if wide <= SCROLLS or not made.startswith(("<svg", "<img")):
        return press.theme.put("section", "formula", made)
    sheet = f'<section style="width:{wide:.2f}em">{made}</section>'
    box = press.theme.open("section", "formula-box", " data-ignore-width")
    hint = press.theme.put("p", "hint", "公式较长，可左右滑动查看。")
    return f"{box}{sheet}</section>{hint}"


@lru_cache(maxsize=512)
def lean(svg: str, latex: str, em: int) -> str:
    """The drawing as one path of small whole numbers in the colour of the words; empty when it holds more."""
    view = VIEW.search(svg)
    if view is None or ANY.search(svg):
        return ""
    x, y, width, height = map(float, view.groups())
    paths = [d for d in PATH.findall(svg) if d]
    paths += [_box(*map(float, found)) for found in RECT.findall(svg)]
    whole = " ".join(paths)
    if OTHER.search(whole):
        return ""
    data = _relative(whole)
    box = f"{round(x * FINE)} {round(y * FINE)} {round(width * FINE)} {round(height * FINE)}"
    high = f"height:{height / em:.2f}em" if width / em <= GIVES else "max-width:100%"
    style = f"width:{width / em:.2f}em;{high};vertical-align:{-(y + height) / em:.2f}em"
    label = escape(f"公式 {latex}")
    return (
        f'<svg viewBox="{box}" role="img" aria-label="{label}" fill="currentColor" style="{style}">'
        f'<path d="{data}"/></svg>'
    )


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M {x} {y} L {x + width} {y} L {x + width} {y + height} L {x} {y + height} Z"


Point = tuple[int, int]


def _relative(path: str) -> str:
    """A path in steps from point to point, each rounded so that no error adds up."""
    pen = _Pen()
    command = ""
    numbers: list[int] = []
    for letter, number in [*STEP.findall(path), ("Z", "")]:
        if not letter:
            numbers.append(round(float(number) * FINE))
            continue
        if command not in {"", "Z"}:
            pen.draw(command, numbers)
            if letter == "Z":
                pen.close()
        command, numbers = letter, []
    return "".join(pen.out)


class _Pen:
    """Writes steps, and knows where it is."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.here = self.start = self.bend = (0, 0)  # `bend`: where the last curve pulled to

    def close(self) -> None:
        """Back to where the line began."""
        self.out.append("z")
        self.here = self.bend = self.start

    def draw(self, command: str, numbers: list[int]) -> None:
        """One command with all its points."""
        size = SIZES[command]
        for at in range(0, len(numbers) - size + 1, size):
            points = list(
                zip(numbers[at : at + size : 2], numbers[at + 1 : at + size : 2], strict=True)
            )
            if command == "Q":
                self._curve(*points)
            elif command == "M":
                self.out.append(_written("m", [self._step(points[0])]))
                self.start = points[0]
            elif points[-1] != self.here:
                self.out.append(_line(self._step(points[0])))
            self.here = points[-1]
            if command != "Q":
                self.bend = self.here

    def _curve(self, bend: Point, end: Point) -> None:
        """A curve; where it only goes on as the last one left off, its end alone."""
        mirrored = (2 * self.here[0] - self.bend[0], 2 * self.here[1] - self.bend[1])
        near = abs(mirrored[0] - bend[0]) + abs(mirrored[1] - bend[1]) <= 1
        if near and self.bend != self.here:
            self.out.append(_written("t", [self._step(end)]))
            bend = mirrored
        elif end != self.here:
            self.out.append(_written("q", [self._step(bend), self._step(end)]))
        self.bend = bend

    def _step(self, point: Point) -> Point:
        return point[0] - self.here[0], point[1] - self.here[1]


def _line(step: Point) -> str:
    if step[1] == 0:
        return f"h{step[0]}"
    return f"v{step[1]}" if step[0] == 0 else _written("l", [step])


def _written(letter: str, points: list[Point]) -> str:
    """Numbers behind a letter; a minus parts them as well as a blank does."""
    numbers = [n for point in points for n in point]
    return letter + str(numbers[0]) + "".join(str(n) if n < 0 else f" {n}" for n in numbers[1:])


def _picture(press: Press, svg: str, latex: str, em: int) -> str:
    """A picture as high as the words around it ask for."""
    view = VIEW.search(svg)
    assert view is not None  # every formula has one
    _, y, width, height = map(float, view.groups())
    solid = svg.replace("currentColor", "#25221e")
    solid = solid.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    image = press.draw(solid, round(width * SHARP), f"公式 {latex}")
    style = f"width:{width / em:.2f}em;max-width:100%;vertical-align:{-(y + height) / em:.2f}em"
    return press.image(image, style)
