"""Tables as phones can read them: words wrap, no number is ever broken, what is still too wide scrolls.

WeChat's own styles break words anywhere in a cell, so nothing in a table wraps but the words of cells
that ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from builder.render.wechat import code
from builder.render.wechat.prose_inline import INLINE_TAGS
from builder.render.wechat.prose_tree import Element
from builder.render.wechat.table_widths import SPAN, Cell, Shape, grid, shape

if TYPE_CHECKING:
    from builder.render.wechat.prose import Prose

SPANS = ("colspan", "rowspan")


def table(prose: Prose, element: Element) -> str:
    """A table in a section that scrolls, its caption above."""
    if "highlighttable" in element.classes:  # code beside the numbers of its lines
        return "".join(code.block(prose, e) for e in element.walk() if _is_code(e))
    theme, before = prose.theme, prose.press.purse.noted
    body, laid = _body(prose, [row for row in element.walk() if row.tag == "tr"])
    caption = "".join(
        theme.put("p", "caption", prose.inline.run(e.children))
        for e in element.elements
        if e.tag == "caption"
    )
    if not body:
        return caption
    made = theme.open("section", "table-box", " data-ignore-width")
    inside = theme.put("table", f"table{laid.sheet.role}", f"<tbody>{body}</tbody>")
    made = f"{caption}{made}{inside}</section>"
    if laid.scrolls:
        made += theme.put("p", "hint", "表格较宽，可左右滑动查看。")
    prose.press.purse.note("表格", made, before)
    return made


def _is_code(element: Element) -> bool:
    return element.tag == "pre" and element.first("code") is not None


def _body(prose: Prose, rows: Sequence[Element]) -> tuple[str, Shape]:
    cells = grid(rows)
    laid = shape(cells)
    told: set[int] = set()  # columns of which a cell said how narrow they may become
    return "".join(_row(prose, row, n == 0, laid, told) for n, row in enumerate(cells)), laid


def _row(prose: Prose, cells: Sequence[Cell], first: bool, laid: Shape, told: set[int]) -> str:
    head = first and all(c.element.tag == "th" for c in cells)
    inside = "".join(_cell(prose, cell, head, laid, told) for cell in cells)
    return prose.theme.put("tr", "head" if head else "row", inside) if cells else ""


def _cell(prose: Prose, cell: Cell, head: bool, laid: Shape, told: set[int]) -> str:
    element = cell.element
    inside = _inside(prose, element, laid.wraps(cell))
    style = ";".join(filter(None, _styles(prose, cell, laid, told)))
    spans = {name: element.attrs.get(name, "") for name in SPANS}
    more = "".join(f' {name}="{n}"' for name, n in spans.items() if SPAN.fullmatch(n))
    more += f' style="{style}"' if style else ""
    tag = "th" if head or element.tag == "th" else "td"
    return f"<{tag}{more}>{inside}</{tag}>"


def _inside(prose: Prose, element: Element, wraps: bool) -> str:
    """The words of a cell: numbers are kept whole where the others wrap."""
    around, prose.inline.keep = prose.inline.keep, "whole" if wraps else ""
    if any(child.tag not in INLINE_TAGS for child in element.elements):
        made = prose.blocks(element.children, "tight")
    else:
        made = prose.inline.run(element.children)
    prose.inline.keep = around
    return made


def _styles(prose: Prose, cell: Cell, laid: Shape, told: set[int]) -> Iterator[str]:
    yield prose.theme.style(f"cell{laid.sheet.role}")
    wraps = laid.wraps(cell)
    figures = cell.alone and cell.column in laid.figures
    if figures or ("n" in cell.element.classes and not wraps):
        yield "text-align:right"
    elif cell.element.tag == "th":
        yield "text-align:left"
    if wraps:
        yield prose.theme.style("wrap")
        if cell.column not in told:
            told.add(cell.column)
            yield f"min-width:{int(laid.least[cell.column] * 10) / 10:g}em"
