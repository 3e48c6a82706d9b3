"""Workbooks from anybody: xlsx bytes → cells as they were stored, within bounds of memory and time.

Sizes are judged before anything is unpacked; what can carry programs or reach elsewhere is refused.
A reader of our own: libraries make an object for every cell of a merged area, and one line of a hostile
file names 17 thousand million.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple
from xml.parsers import expat

from builder.indicators.sheet_xml import Cell, Handler, Odd, SheetReader, Styles, Texts, parse

MOST_BYTES = 8 * 1024 * 1024
MOST_PART = 16 * 1024 * 1024
MOST_UNPACKED = 48 * 1024 * 1024
MOST_PARTS = 1000
MOST_SHEETS = 60
RATIO, SMALL = 250, 1024 * 1024  # times that a part may shrink, once it is of some size
OLE = b"\xd0\xcf\x11\xe0"
PROGRAMS = re.compile(
    r"vbaproject|macrosheet|dialogsheet|externallink|activex|ctrlprop|embeddings/|customui|querytable"
    r"|connections\.xml|/model/|webextension|\.(?:exe|dll|bat|cmd|ps1|vbs|js|jar|scr|com|hta|ocx|xlm)$",
    re.IGNORECASE,
)
REMARKS = re.compile(r"(?:^|/)(?:threadedcomments?/|comments?\d*\.xml|comments/)")
TYPES = re.compile(r"macroenabled|vbaproject|externallink|oleobject|activex", re.IGNORECASE)
AGAIN = "用 Excel 或 WPS 打开原来的填报表，另存为 .xlsx，再交。"


class Refusal(Exception):
    """The file is not taken. The text is a Chinese sentence without its full stop; `action`: what to do."""

    def __init__(self, said: str, action: str = AGAIN) -> None:
        """Keep both."""
        super().__init__(said)
        self.action = action


class Area(NamedTuple):
    """Rows and columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: what its cells hold, which are merged, what is hidden."""

    name: str
    hidden: bool
    cells: Mapping[tuple[int, int], Cell]
    merged: Sequence[Area]
    hidden_rows: frozenset[int]
    hidden_columns: Sequence[tuple[int, int]]

    def column_hidden(self, column: int) -> bool:
        """Whether nobody who looks at the sheet sees the column."""
        return any(low <= column <= high for low, high in self.hidden_columns)


class Workbook:
    """An opened file: the names of its sheets; their cells when asked for. `Refusal` for what is not taken."""

    def __init__(self, data: bytes) -> None:
        """Judge the container, read what all sheets need: their list, shared texts, formats."""
        with _sound():
            self._archive = _archive(data)
            self._parts = {i.filename.lower(): i for i in self._archive.infolist()}
            book = next(iter(self._related("", "officedocument")), "xl/workbook.xml")
            listed = _Listed()
            self._parse(book, listed)
            targets = self._relations(book)
            self.sheets = [
                (name, hidden, targets[rel][1])
                for name, hidden, rel in listed.sheets[:MOST_SHEETS]
                if rel in targets and targets[rel][0].endswith("worksheet")
            ]
            texts, self._styles = Texts(), Styles()
            for part in self._related(book, "sharedstrings"):
                self._parse(part, texts)
            for part in self._related(book, "styles"):
                self._parse(part, self._styles)
            self._texts = texts.found

    @property
    def names(self) -> list[tuple[str, bool]]:
        """Each sheet's name, and whether it is hidden."""
        return [(name, hidden) for name, hidden, _ in self.sheets]

    @property
    def remarked(self) -> bool:
        """Whether there are comments on cells; they are not read."""
        return any(REMARKS.search(name) for name in self._parts)

    def sheet(self, number: int) -> Sheet:
        """One sheet by its place in `names`, read now."""
        name, hidden, part = self.sheets[number]
        reader = SheetReader(self._texts, self._styles)
        with _sound():
            self._parse(part, reader)
        merged, rows = [Area(*m) for m in reader.merged], frozenset(reader.hidden_rows)
        return Sheet(name, hidden, reader.cells, merged, rows, reader.hidden_columns)

    def _related(self, part: str, kind: str) -> list[str]:
        return [path for type_, path in self._relations(part).values() if type_.endswith(kind)]

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: id → type in small letters, path."""
        folder, _, name = part.rpartition("/")
        path = f"{folder}/_rels/{name}.rels".lstrip("/")
        if path.lower() not in self._parts:
            return {}
        found = _Related()
        self._parse(path, found)
        return {
            key: (
                type_.lower(),
                posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"),
            )
            for key, type_, target in found.found
        }

    def _parse(self, path: str, handler: Handler) -> None:
        info = self._parts.get(path.lower())
        if info is None:
            raise Odd("里面缺少一部分")
        with self._archive.open(info) as stream:
            data = stream.read(MOST_PART + 1)
        if len(data) > MOST_PART:
            raise Odd("里面的一部分太大")
        parse(io.BytesIO(data), handler)


class _Related(Handler):
    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []

    def start(self, name: str, values: Mapping[str, str]) -> None:
        if name != "Relationship" or len(self.found) >= MOST_PARTS:
            return
        type_ = values.get("Type", "")
        if TYPES.search(type_):
            raise Refusal("里面有宏、外部链接或别的程序", "删去宏和外部链接，另存为 .xlsx。")
        if values.get("TargetMode", "").lower() != "external":
            self.found.append((values.get("Id", ""), type_, values.get("Target", "")))


class _Listed(Handler):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, bool, str]] = []

    def start(self, name: str, values: Mapping[str, str]) -> None:
        if name == "sheet":
            hidden = values.get("state", "visible").lower() != "visible"
            self.sheets.append((values.get("name", "")[:60], hidden, values.get("id", "")))


@contextmanager
def _sound() -> Iterator[None]:
    """Whatever a broken file makes the readers of Python say, one `Refusal`."""
    try:
        yield
    except Odd as odd:
        raise Refusal(str(odd)) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        UnicodeError,
        ValueError,
        OSError,
    ):
        raise Refusal("文件坏了，读不出来") from None


def _archive(data: bytes) -> zipfile.ZipFile:
    if len(data) > MOST_BYTES:
        raise Refusal(f"文件超过 {MOST_BYTES >> 20} MB", "填报表不会这么大：从发下去的原表重新填。")
    if data.startswith(OLE):
        raise Refusal("是老式的 .xls，或者加了打开密码", "去掉密码，另存为 .xlsx。")
    if not data.startswith(b"PK"):
        raise Refusal("不是 .xlsx 文件")
    archive = zipfile.ZipFile(io.BytesIO(data))
    _sizes(archive.infolist())
    for info in archive.infolist():
        if PROGRAMS.search(info.filename):
            raise Refusal("里面有宏、外部链接或嵌入的文件", "删去这些，另存为 .xlsx。")
    if "[Content_Types].xml" in archive.namelist():
        with archive.open("[Content_Types].xml") as stream:
            if TYPES.search(stream.read(SMALL).decode("utf-8", "replace")):
                raise Refusal("里面有宏、外部链接或嵌入的文件", "删去这些，另存为 .xlsx。")
    return archive


def _sizes(parts: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse before unpacking: too many parts, too large ones, too well packed ones, two of one name."""
    if len(parts) > MOST_PARTS or sum(p.file_size for p in parts) > MOST_UNPACKED:
        raise Refusal("解开以后太大，不像填报表", "从发下去的原表重新填。")
    if len({p.filename.lower() for p in parts}) < len(parts):
        raise Odd("里面有两个同名的部分")
    for part in parts:
        packed = max(part.compress_size, 1)
        if part.file_size > MOST_PART or (
            part.file_size > SMALL and part.file_size / packed > RATIO
        ):
            raise Refusal("里面的一部分压得太狠，解开会很大", "从发下去的原表重新填。")
        if part.flag_bits & 1:
            raise Refusal("加了密码", "去掉密码再交。")
