"""台账 templates as spreadsheets: from columns and sample rows to xlsx bytes, the same every time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from builder.memo import code_version

EPOCH = datetime(2020, 1, 1)  # noqa: DTZ001  # xlsxwriter wants a naive time; fixed, so that bytes repeat
BLANK_ROWS = 40
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the code that spreadsheets are made with."""
    return code_version(__file__)


def ledger(
    name: str, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str = ""
) -> bytes:
    """Return an xlsx with a title, a head, the sample rows and blank rows to fill in.

    Text that a spreadsheet would take for a formula is written as text.
    """
    import xlsxwriter  # loaded only where a norm has ledgers

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": EPOCH, "author": "", "title": name})
    title = book.add_format({"bold": True, "font_size": 16, "font_name": "宋体"})
    head = book.add_format(
        {
            "bold": True,
            "border": 1,
            "text_wrap": True,
            "align": "center",
            "valign": "vcenter",
            "bg_color": "#EEE6D3",
            "font_name": "宋体",
        }
    )
    cell = book.add_format(
        {"border": 1, "text_wrap": True, "valign": "vcenter", "font_name": "宋体"}
    )
    sheet = book.add_worksheet("台账")
    sheet.write_string(0, 0, name, title)
    for at, text in enumerate(columns):
        sheet.write_string(2, at, text, head)
        sheet.set_column(at, at, max(10, min(28, 2 * len(text) + 4)))
    for down in range(max(len(rows), BLANK_ROWS)):
        for at in range(len(columns)):
            text = rows[down][at] if down < len(rows) and at < len(rows[down]) else ""
            sheet.write_string(3 + down, at, inert(text), cell)
    if note:
        sheet.write_string(4 + max(len(rows), BLANK_ROWS), 0, f"填表说明：{note}")
    sheet.freeze_panes(3, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(2)
    sheet.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula, also when the file is saved as CSV."""
    return f"'{text}" if text.startswith(FORMULA) else text
