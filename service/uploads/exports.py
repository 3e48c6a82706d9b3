"""Tables that are given out as CSV: no cell is a formula for the program that opens them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


def cell(value: object) -> str:
    """A cell as it may stand in a table: what would be read as a formula is marked as text."""
    text = "" if value is None else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return text
    begins = text.lstrip(" \u00a0\u3000\u200b\ufeff")
    return f"'{text}" if begins.startswith(STARTS) else text


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV that Excel opens as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([cell(v) for v in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
