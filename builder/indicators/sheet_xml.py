"""The XML inside an xlsx, read in one pass: cells, merged areas, hidden rows and columns, formats, shared texts.

Nothing is kept but what is asked of it; depth, elements and kept cells have bounds; a document type
(the way to entities) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import BinaryIO, Literal, NamedTuple
from xml.parsers import expat

MOST_ELEMENTS = 800_000
MOST_CELLS = 200_000
MOST_DEPTH = 40
MOST_MERGED = 5_000
LONGEST = 32_767  # characters of one cell: Excel's own limit
LAST_ROW, LAST_COLUMN = 1_048_575, 16_383
PLACE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
Look = Literal["", "percent", "date", "scaled"]
Kind = Literal["number", "text", "bool", "error", "date"]
KINDS: Mapping[str, Kind] = {
    "": "number",
    "n": "number",
    "s": "text",
    "str": "text",
    "inlineStr": "text",
    "b": "bool",
    "e": "error",
    "d": "date",
}
BUILT_IN: Mapping[int, Look] = {
    **dict.fromkeys((9, 10), "percent"),
    **dict.fromkeys((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)), "date"),
}
ASIDE = re.compile(
    r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]|General|G/通用格式', re.IGNORECASE
)
DATE = re.compile(r"[ymdhs年月日时分秒]", re.IGNORECASE)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how Excel keeps signs that XML has no place for
SCALED = re.compile(r"[0#?],+(?![0#?])|!\.|\\\.")


class Odd(ValueError):
    """The XML is not that of a workbook; the text is a Chinese sentence without its full stop."""


class Cell(NamedTuple):
    """What a cell holds: its text as stored, whether a formula made it, how its format shows it."""

    kind: Kind
    text: str
    formula: bool = False
    look: Look = ""


class Handler:
    """Is told of each element by its name without its name space, and of the text within."""

    def start(self, name: str, values: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """It ends."""

    def said(self, text: str) -> None:
        """Text stands here; `Odd` when there is too much of it."""


def parse(stream: BinaryIO, handler: Handler) -> None:
    """Tell `handler` everything; `Odd` or `expat.ExpatError` when it can't be read."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    count = depth = 0

    def start(name: str, values: dict[str, str]) -> None:
        nonlocal count, depth
        count += 1
        depth += 1
        if count > MOST_ELEMENTS or depth > MOST_DEPTH:
            raise Odd("里面的东西多得不像填报表")
        plain = {k.rpartition(" ")[2]: v for k, v in values.items()} if values else values
        handler.start(name.rpartition(" ")[2], plain)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(name.rpartition(" ")[2])

    def refuse(*_: object) -> None:
        raise Odd("里面声明了文档类型，填报表不会有")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.said
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ParseFile(stream)


def place_of(text: str) -> tuple[int, int]:
    """Row and column from 0 of a place such as `C7`."""
    found = PLACE.fullmatch(text)
    if not found:
        raise Odd(f"里面有写坏的位置 {text[:12]!r}")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    row = int(found[2]) - 1
    if row > LAST_ROW or column - 1 > LAST_COLUMN:
        raise Odd(f"里面有写坏的位置 {text[:12]!r}")
    return row, column - 1


def name_of(row: int, column: int) -> str:
    """`C7` for row 6 and column 2."""
    letters, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


class Styles(Handler):
    """How each format of cells shows a number."""

    def __init__(self) -> None:
        """Nothing is known yet: all numbers look as they are."""
        self.codes: dict[int, str] = {}
        self.looks: list[int] = []
        self._inside = False

    def start(self, name: str, values: Mapping[str, str]) -> None:
        """Number formats, and the formats of cells that use them."""
        if name == "numFmt":
            self.codes[whole(values.get("numFmtId", "0"))] = values.get("formatCode", "")[:400]
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            self.looks.append(whole(values.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        """Formats of cells are over; those of named styles are not wanted."""
        if name == "cellXfs":
            self._inside = False

    def look(self, style: int) -> Look:
        """How a cell of this style shows its number."""
        if style >= len(self.looks):
            if style:
                raise Odd("里面缺少单元格的格式")
            return ""
        number = self.looks[style]
        return look_of(self.codes[number]) if number in self.codes else BUILT_IN.get(number, "")


@lru_cache(maxsize=1024)
def look_of(code: str) -> Look:
    """What a format code makes of a number."""
    bare = ASIDE.sub("", code)
    if DATE.search(bare):
        return "date"
    if "%" in bare:
        return "percent"
    return "scaled" if SCALED.search(re.sub(r'"[^"]*"', "", code)) else ""


def whole(text: str) -> int:
    """A count in an attribute."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Odd("里面有写坏的数")
    return int(text)


def true(text: str) -> bool:
    """A yes in an attribute."""
    return text.strip().lower() in {"1", "true", "on"}


class Texts(Handler):
    """Shared texts, each the sum of its runs; readings above characters (拼音) are left out."""

    def __init__(self) -> None:
        """None yet."""
        self.found: list[str] = []
        self._parts: list[str] | None = None
        self._open = self._aside = False

    def start(self, name: str, values: Mapping[str, str]) -> None:
        """An item, a run, a reading."""
        del values
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._aside = True
        elif name == "t":
            self._open = not self._aside

    def end(self, name: str) -> None:
        """As it began."""
        if name == "si" and self._parts is not None:
            self.found.append("".join(self._parts)[: LONGEST + 1])
            self._parts = None
        elif name == "rPh":
            self._aside = False
        elif name == "t":
            self._open = False

    def said(self, text: str) -> None:
        """Part of an item."""
        if self._open and self._parts is not None:
            self._parts.append(text)


class SheetReader(Handler):
    """The cells of one sheet that hold anything, what is merged, what is hidden."""

    def __init__(self, texts: Sequence[str], styles: Styles) -> None:
        """`texts`: shared texts; `styles`: formats of cells."""
        self.cells: dict[tuple[int, int], Cell] = {}
        self.merged: list[tuple[int, int, int, int]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self._texts, self._styles = texts, styles
        self._row, self._column = -1, -1
        self._values: Mapping[str, str] | None = None  # of the cell being read
        self._parts: list[str] = []
        self._open = self._formula = self._aside = False
        self._starts = {
            "col": self._col,
            "row": self._line,
            "c": self._cell,
            "mergeCell": self._merge,
        }

    def start(self, name: str, values: Mapping[str, str]) -> None:
        """Rows, columns, cells, and what is inside a cell."""
        if self._values is not None:
            self._within(name)
        elif begin := self._starts.get(name):
            begin(values)

    def _within(self, name: str) -> None:
        if name == "f":
            self._formula = True
        elif name == "rPh":
            self._aside = True
        elif name in {"v", "t"}:
            self._open = not self._aside

    def _col(self, values: Mapping[str, str]) -> None:
        if true(values.get("hidden", "")) or _nothing(values.get("width", "")):
            low, high = whole(values.get("min", "1")), whole(values.get("max", "1"))
            if len(self.hidden_columns) < MOST_MERGED:
                self.hidden_columns.append((low - 1, high - 1))

    def _line(self, values: Mapping[str, str]) -> None:
        number = values.get("r")
        self._row = whole(number) - 1 if number else self._row + 1
        if not 0 <= self._row <= LAST_ROW:
            raise Odd("里面有写坏的行号")
        self._column = -1
        if true(values.get("hidden", "")) or _nothing(values.get("ht", "")):
            self.hidden_rows.add(self._row)

    def _cell(self, values: Mapping[str, str]) -> None:
        where = values.get("r")
        if where:
            row, self._column = place_of(where)
            if row != self._row:
                raise Odd(f"里面 {where[:12]!r} 不在它的行里")
        else:
            self._column += 1
        self._values, self._parts, self._formula = values, [], False

    def _merge(self, values: Mapping[str, str]) -> None:
        if len(self.merged) >= MOST_MERGED:
            raise Odd("合并的单元格多得不像填报表")
        first, _, last = values.get("ref", "").partition(":")
        top, left = place_of(first)
        bottom, right = place_of(last or first)
        self.merged.append((min(top, bottom), min(left, right), max(top, bottom), max(left, right)))

    def end(self, name: str) -> None:
        """A cell is whole."""
        if name in {"v", "t"}:
            self._open = False
        elif name == "rPh":
            self._aside = False
        elif name == "c" and self._values is not None:
            self._keep(self._values)
            self._values = None

    def _keep(self, values: Mapping[str, str]) -> None:
        text = "".join(self._parts)
        if not text and not self._formula:
            return
        kind = KINDS.get(values.get("t", ""))
        if kind is None:
            raise Odd("里面有认不出类型的单元格")
        if values.get("t") == "s":
            text = self._shared(text)
        if len(text) > LONGEST or len(self.cells) >= MOST_CELLS:
            raise Odd("里面的字多得不像填报表")
        if kind == "text" and "_x" in text:
            text = ESCAPED.sub(_sign, text)
        look = self._styles.look(whole(values.get("s", "0") or "0"))
        if (self._row, self._column) in self.cells:
            raise Odd(f"里面有两个 {name_of(self._row, self._column)}")
        self.cells[self._row, self._column] = Cell(kind, text, self._formula, look)

    def _shared(self, text: str) -> str:
        number = whole(text.strip())
        if number >= len(self._texts):
            raise Odd("里面有找不到的文字")
        return self._texts[number]

    def said(self, text: str) -> None:
        """Part of what a cell holds."""
        if self._open:
            self._parts.append(text)


def _sign(found: re.Match[str]) -> str:
    """The sign that was meant; a space for those that no text should hold."""
    made = chr(int(found[1], 16))
    return made if made.isprintable() else " "


def _nothing(size: str) -> bool:
    """Whether a height or width is none."""
    try:
        return bool(size) and float(size) <= 0
    except ValueError:
        return False
