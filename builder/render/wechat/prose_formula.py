"""Formulas: as words where that says the same, else as a vector that takes the words' colour, else as a picture."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from builder.render.wechat.prose_latex import linear
from builder.render.wechat.prose_tree import Element

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

FINE = 20  # steps to a pixel in the paths
EM = 17  # px: what `builder.media.formulas` sets formulas within a line at
EM_BLOCK = 20
SHARP = 6  # times the size, for the picture
PATH = re.compile(r'<path d="([^"]*)"')
RECT = re.compile(r'<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"')
VIEW = re.compile(r'viewBox="([\d.-]+) ([\d.-]+) ([\d.]+) ([\d.]+)"')
STEP = re.compile(r"([MLHVCSQTZ])|(-?\d*\.?\d+)")
ANY = re.compile(r"<(?!/|svg\b|path\b|rect\b|g\b|title\b|desc\b)")


def formula(press: Press, element: Element) -> str:
    """A formula of the site, as its budget allows."""
    drawing = element.first("svg")
    if drawing is None:  # it could not be set: what was written
        return escape(element.text, quote=False)
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


@lru_cache(maxsize=512)
def lean(svg: str, latex: str, em: int) -> str:
    """The drawing as one path of small whole numbers in the colour of the words; empty when it holds more."""
    view = VIEW.search(svg)
    if view is None or ANY.search(svg):
        return ""
    x, y, width, height = map(float, view.groups())
    paths = [d for d in PATH.findall(svg) if d]
    paths += [_box(*map(float, found)) for found in RECT.findall(svg)]
    data = "".join(_relative(d) for d in paths)
    box = f"{round(x * FINE)} {round(y * FINE)} {round(width * FINE)} {round(height * FINE)}"
    style = f"width:{width / em:.2f}em;height:{height / em:.2f}em;vertical-align:{-(y + height) / em:.2f}em"
    label = escape(f"公式 {latex}")
    return (
        f'<svg viewBox="{box}" role="img" aria-label="{label}" fill="currentColor" style="{style}">'
        f'<path d="{data}"/></svg>'
    )


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M {x} {y} L {x + width} {y} L {x + width} {y + height} L {x} {y + height} Z"


def _relative(path: str) -> str:
    """A path in steps from point to point, each rounded so that no error adds up."""
    out: list[str] = []
    here = start = (0, 0)
    command = ""
    numbers: list[int] = []
    for letter, number in [*STEP.findall(path), ("Z", "")]:
        if letter:
            if command and command != "Z":
                here, start = _steps(out, command, numbers, here, start)
            if letter == "Z" and command not in {"", "Z"}:
                out.append("z")
                here = start
            command, numbers = letter, []
        else:
            numbers.append(round(float(number) * FINE))
    return "".join(out)


def _steps(
    out: list[str],
    command: str,
    numbers: list[int],
    here: tuple[int, int],
    start: tuple[int, int],
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Write one command's points; where the pen is then, and where its line began."""
    size = {"M": 2, "L": 2, "T": 2, "Q": 4, "S": 4, "C": 6}[command]
    for at in range(0, len(numbers) - size + 1, size):
        points = numbers[at : at + size]
        steps = [p - here[n % 2] for n, p in enumerate(points)]
        end = (points[-2], points[-1])
        if command == "M":
            out.append(_written("m", [points[0] - here[0], points[1] - here[1]]))
            start = end
        elif end != here or command in "CSQT":
            out.append(_line(steps) if command == "L" else _written(command.lower(), steps))
        here = end
    return here, start


def _line(steps: list[int]) -> str:
    if steps[1] == 0:
        return f"h{steps[0]}"
    return f"v{steps[1]}" if steps[0] == 0 else _written("l", steps)


def _written(letter: str, numbers: list[int]) -> str:
    """Numbers behind a letter; a minus parts them as well as a blank does."""
    out = letter + str(numbers[0])
    for number in numbers[1:]:
        out += str(number) if number < 0 else f" {number}"
    return out


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
