"""Looks for numbers that nobody may know yet, in any bytes: files, archives, objects of git."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from builder.indicators.wanted import TOKEN, Gram, Wanted, plain

GROUPED = re.compile(rb"(?<![\d,.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)")  # thousands set apart
# A number in a sentence that is no date, and that says something: 5.2, 38, 5%, not a lone 5.
SAID = re.compile(
    rb"(?<![A-Za-z_\d.])(?<!\d-)(?:\d+\.\d+|\d{2,}|\d(?=%|\xef\xbc\x85|\xe4\xba\xbf|\xe4\xb8\x87))(?![\d.A-Za-z_])"
    rb"(?!\xe5\xb9\xb4|\xe6\x9c\x88|\xe6\x97\xa5|\xe5\xad\xa3|\xe6\x9c\x9f|\xe2\x80\x94)"
)
TAG = re.compile(rb"<[^<>]{0,400}>")
YEAR = re.compile(rb"(?<!\d)(?:19|20)\d\d(?!\d)")
SENTENCE = 160  # bytes before and after a name
NEAR = 60  # bytes that one of several neighbours may take
ENDS = re.compile(rb"[\n;!?]|\xe3\x80\x82|\xef\xbc\x9b")
MOST_INSIDE = 64 << 20  # bytes of one packed file
DEEPEST = 3  # archives in archives
MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no number loses its neighbours
Codes = NDArray[np.uint64]
Found = tuple[str, int, str]  # snapshot, offset, how it was known


class Trace(NamedTuple):
    """Where a number of a snapshot was seen: the line, inside which packed file, and how it was known."""

    snapshot: str
    line: int
    inside: str
    why: str


class Search:
    """A search for what is wanted, made ready once for any number of files."""

    def __init__(self, wanted: Wanted) -> None:
        """Number every word that counts, so that neighbours are found by arithmetic."""
        self.wanted = wanted
        words = {*wanted.alone, *(word for gram in wanted.beside for word in gram)}
        self._numbers = {word: n for n, word in enumerate(sorted(words), 1)}
        sizes: dict[int, list[Gram]] = {}
        for gram in wanted.beside:
            sizes.setdefault(len(gram), []).append(gram)
        self._grams = {size: self._codes(grams) for size, grams in sorted(sizes.items())}
        self._said: dict[bytes, list[bytes]] = {}  # by number, the names it may stand beside
        for title, told in wanted.said.items():
            for word in told:
                self._said.setdefault(word, []).append(title)
        cells = (cell for told in wanted.said.values() for cell in told.values())
        self._labels = sorted({label for cell in cells for label, _ in cell})

    def _codes(self, grams: Iterable[Gram]) -> Codes:
        table = np.array([[self._numbers[w] for w in gram] for gram in grams], dtype=np.uint64)
        return np.unique(_mixed(list(table.T)))

    def traces(self, data: bytes) -> Iterator[Trace]:
        """What in `data`, and in what is packed in it, betrays unreleased numbers: the first of each snapshot."""
        seen: set[tuple[str, str]] = set()
        for inside, bare in _layers(data):
            for name, at, why in self._once(bare):
                if (name, inside) not in seen:
                    seen.add((name, inside))
                    yield Trace(name, bare.count(b"\n", 0, at) + 1, inside, why)

    def _once(self, data: bytes) -> Iterator[Found]:
        literal = {word: (name, "校验和") for word, name in self.wanted.literal.items()}
        if b"numpy" in data or b"NUMPY" in data:
            literal |= {word: (name, "numpy") for word, name in self.wanted.doubles.items()}
        for word, (name, why) in literal.items():
            if (at := data.find(word)) >= 0:
                yield name, at, why
        for found in GROUPED.finditer(data):
            if known_as := self.wanted.alone.get(plain(found[0].replace(b",", b""))):
                yield known_as, found.start(), found[0].decode()
        words = TOKEN.findall(data)
        known = {word: self._numbers.get(plain(word), 0) for word in {*words}}
        if any(known.values()):
            yield from self._neighbours(data, words, known)
        yield from self._sentences(data)

    def _neighbours(
        self, data: bytes, words: Sequence[bytes], known: Mapping[bytes, int]
    ) -> Iterator[Found]:
        """Numbers known alone, and several side by side."""
        if any(plain(word) in self.wanted.alone for word, number in known.items() if number):
            for found in TOKEN.finditer(data):
                name = self.wanted.alone.get(plain(found[0]))
                if name:
                    yield name, found.start(), found[0].decode()
        numbers = np.array([known[word] for word in words], dtype=np.uint64)
        told = np.count_nonzero(numbers)
        for size, codes in self._grams.items():
            if told >= size:
                rows = [numbers[n : len(numbers) - size + 1 + n] for n in range(size)]
                hits = np.flatnonzero(_among(_mixed(rows), codes))
                if len(hits):
                    yield from self._checked(data, size, {*hits.tolist()})

    def _checked(self, data: bytes, size: int, hits: set[int]) -> Iterator[Found]:
        """Of places whose codes agree, those whose words do, near to one another."""
        found = [(m.start(), m.end(), plain(m[0])) for m in TOKEN.finditer(data)]
        for at in sorted(hits):
            gram = tuple(word for _, _, word in found[at : at + size])
            name = self.wanted.beside.get(gram)
            if name and found[at + size - 1][1] - found[at][0] < NEAR * size:
                yield name, found[at][0], b" ".join(gram).decode()

    def _sentences(self, data: bytes) -> Iterator[Found]:
        """An indicator, a period and a number in one sentence: looked for by the period, of which there are few."""
        for label in self._labels:
            at = data.find(label)
            while at >= 0:
                sentence = _sentence(data, at, at + len(label))
                words = {plain(w) for w in SAID.findall(sentence)} & self._said.keys()
                if words:
                    for name, why in self._named(sentence, label, words):
                        yield name, at, why
                at = data.find(label, at + 1)

    def _named(self, sentence: bytes, label: bytes, words: set[bytes]) -> Iterator[tuple[str, str]]:
        years = {*YEAR.findall(sentence)}
        for word in sorted(words):
            for title in (t for t in self._said[word] if t in sentence):
                for (called, year), name in self.wanted.said[title][word].items():
                    if called == label and year in (years or {year}):
                        yield name, word.decode()


def _mixed(columns: Sequence[Codes]) -> Codes:
    """One code for the words of each row."""
    made = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        made = (made ^ column) * MIX
        made ^= made >> np.uint64(29)
    return made


def _among(found: Codes, codes: Codes) -> NDArray[np.bool_]:
    """Which of these are among codes in their order."""
    there: NDArray[np.bool_] = (
        codes[np.minimum(np.searchsorted(codes, found), len(codes) - 1)] == found
    )
    return there


def _sentence(data: bytes, start: int, end: int) -> bytes:
    before = data[max(0, start - SENTENCE) : start]
    after = data[end : end + SENTENCE]
    return ENDS.split(before)[-1] + data[start:end] + ENDS.split(after, 1)[0]


def _layers(data: bytes, name: str = "", depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """The bytes themselves, as wide characters too, without tags, and the files of an archive."""
    yield name, data
    if b"</" in data:
        yield name, TAG.sub(b" ", data)
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or data[:400].count(0) > len(data[:400]) // 3:
        yield name, data.replace(b"\0", b"")
    if depth > DEEPEST:
        return
    if data.startswith(b"PK\x03\x04"):
        broken = zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError
        with suppress(*broken), zipfile.ZipFile(io.BytesIO(data)) as box:
            for item in box.infolist():
                if item.file_size <= MOST_INSIDE:
                    inside = f"{name}/{item.filename}".lstrip("/")
                    yield from _layers(box.read(item), inside, depth + 1)
    if data.startswith(b"\x1f\x8b"):
        with (
            suppress(OSError, EOFError, zlib.error),
            gzip.GzipFile(fileobj=io.BytesIO(data)) as box,
        ):
            yield from _layers(box.read(MOST_INSIDE), f"{name}/gz".lstrip("/"), depth + 1)
