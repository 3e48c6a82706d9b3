"""Tables as phones can read them: they scroll sideways, and no number in them is ever broken.

WeChat's own styles break words anywhere in a cell, so nothing in a table wraps but long words in cells
that ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from builder.render.wechat.prose_tree import Element

if TYPE_CHECKING:
    from builder.render.wechat.prose import Prose

LONG, LONGER = 12, 30  # characters from which a cell's words may wrap, and from which it is broader
PHONE = 22.8  # em of a table's words that a phone shows at once; a cell's own room takes one
SPANS = ("colspan", "rowspan")
SPAN = re.compile(r"[1-9][0-9]{0,2}|1000")  # an author may write anything there


def table(prose: Prose, element: Element) -> str:
    """A table in a section that scrolls, its caption above."""
    theme, before = prose.theme, prose.press.purse.noted
    prose.inline.unbroken += 1
    rows = [row for row in element.walk() if row.tag == "tr"]
    wide = _wide(rows)  # then there is room to the side
    long = "longer" if wide else "long"
    body = "".join(_row(prose, row, number == 0, long) for number, row in enumerate(rows))
    caption = "".join(
        theme.put("p", "caption", prose.inline.run(e.children))
        for e in element.elements
        if e.tag == "caption"
    )
    prose.inline.unbroken -= 1
    if not body:
        return caption
    made = theme.open("section", "table-box", " data-ignore-width")
    made = f"{caption}{made}{theme.put('table', 'table', f'<tbody>{body}</tbody>')}</section>"
    if wide:
        made += theme.put("p", "hint", "表格较宽，可左右滑动查看。")
    prose.press.purse.note("表格", made, before)
    return made


def _row(prose: Prose, row: Element, first: bool, long: str) -> str:
    cells = [c for c in row.elements if c.tag in {"td", "th"}]
    head = first and all(c.tag == "th" for c in cells)
    inside = "".join(_cell(prose, cell, head, long) for cell in cells)
    return prose.theme.put("tr", "head" if head else "row", inside) if cells else ""


def _cell(prose: Prose, cell: Element, head: bool, long: str) -> str:
    inside = prose.inline.run(cell.children) or prose.blocks(cell.children, "tight")
    style = ";".join(filter(None, _styles(prose, cell, long)))
    spans = {name: cell.attrs.get(name, "") for name in SPANS}
    more = "".join(f' {name}="{n}"' for name, n in spans.items() if SPAN.fullmatch(n))
    tag = "th" if head or cell.tag == "th" else "td"
    return (
        f'<{tag}{more} style="{style}">{inside}</{tag}>'
        if style
        else f"<{tag}{more}>{inside}</{tag}>"
    )


def _styles(prose: Prose, cell: Element, long: str) -> Iterator[str]:
    yield prose.theme.style("cell")
    number = "n" in cell.classes
    if number:
        yield "text-align:right"
    elif cell.tag == "th":
        yield "text-align:left"
    if not number and (length := len(cell.text.strip())) > LONG:
        yield prose.theme.style("longer" if length > LONGER else long)


def _wide(rows: list[Element]) -> bool:
    """Whether a phone can't show all columns at once."""
    columns: dict[int, float] = {}
    for row in rows:
        for n, cell in enumerate(e for e in row.elements if e.tag in {"td", "th"}):
            text = cell.text.strip()
            em = sum(1 if c > "\u2e80" else 0.55 for c in text)
            if len(text) > LONG and "n" not in cell.classes:
                em = min(em, 11 if len(text) > LONGER else 7)
            columns[n] = max(columns.get(n, 0), em)
    return sum(columns.values()) + len(columns) > PHONE
