"""Looks for numbers that nobody may know yet, in any bytes: files, archives, objects of git.

A lone `5.1` proves nothing. What is looked for is what can't stand anywhere by chance: a number of five
figures or more; three numbers that stand side by side in the snapshot; a number beside its region and
period; a number in one sentence with its indicator's name and its period; the checksum, from which a
number could be guessed.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from builder.indicators.layers import Block, Snapshot
from builder.values import Period, rounded

# A number that is no piece of a word, such as a digest or the name of a cell; and the 3 of 2026-Q3.
TOKEN = re.compile(rb"(?<![A-Za-z_\d])\d+(?:\.\d+)?(?![A-Za-z_\d])|(?<=[QHqh])[1-4](?![A-Za-z_\d])")
TAG = re.compile(rb"<[^<>]{0,400}>")
YEAR = re.compile(rb"(?<!\d)(?:19|20)\d\d(?!\d)")
LONG = 5  # figures by which a number is known alone
TOGETHER = 6  # figures that several numbers must have together
SENTENCE = 160  # bytes before and after a name
ENDS = re.compile(rb"[\n;!?]|\xe3\x80\x82|\xef\xbc\x9b")
MOST_INSIDE = 64 << 20  # bytes of one packed file
DEEPEST = 3  # archives in archives
Gram = tuple[bytes, ...]


class Trace(NamedTuple):
    """Where a number of a snapshot was seen: offset in the bytes, inside which packed file, and how."""

    snapshot: str
    offset: int
    inside: str
    why: str


@dataclass(slots=True)
class Wanted:
    """What to look for, each with the id of its snapshot.

    Numbers known alone, neighbours, words, rows of a numpy array; and by the name of an indicator: label
    of the period, number, year.
    """

    alone: dict[bytes, str] = field(default_factory=dict)
    beside: dict[Gram, str] = field(default_factory=dict)
    literal: dict[bytes, str] = field(default_factory=dict)
    doubles: dict[bytes, str] = field(default_factory=dict)
    said: dict[bytes, dict[tuple[bytes, bytes, bytes], str]] = field(default_factory=dict)


def wanted(
    unreleased: Iterable[Snapshot],
    released: Iterable[Snapshot] = (),
    names: Mapping[str, Sequence[str]] | None = None,
    sums: Mapping[str, str] | None = None,
) -> Wanted:
    """What would betray the unreleased numbers, and could not come from the released ones.

    `names`: how an indicator is called, by its id. `sums`: words that name a snapshot's bytes, and its id.
    """
    made = Wanted()
    for snapshot in unreleased:
        _gather(made, snapshot, names or {})
    made.literal = {word.encode(): name for word, name in (sums or {}).items()}
    known = Wanted()
    for snapshot in released:
        _gather(known, snapshot, None)
    made.alone = {w: s for w, s in made.alone.items() if w not in known.alone}
    made.beside = {g: s for g, s in made.beside.items() if g not in known.beside}
    return made


def _gather(made: Wanted, snapshot: Snapshot, names: Mapping[str, Sequence[str]] | None) -> None:
    """Add what tells of a snapshot; without `names` only what may stand in released ones as well."""
    name = snapshot.vintage.id
    for block in snapshot.blocks:
        for decimals in (None, 1, 2):
            words = _words(block, decimals)
            for word in {w for row in words for w in row if len(_figures(w)) >= LONG}:
                made.alone[word] = name
                made.beside |= dict.fromkeys(_grouped(word), name)
            for line in (*words, *map(list, zip(*words, strict=True))):
                _lines(made.beside, line, name)
            if names is not None:
                _cells(made, block, words, name, names.get(block.indicator, ()))
        for row in block.values:
            told = row[~np.isnan(row)][:3]
            if len(told) == 3 and len({*told.tolist()}) > 1:
                made.doubles[told.astype("<f8").tobytes()] = name


def _words(block: Block, decimals: int | None) -> list[list[bytes]]:
    """The numbers of a block as they would be written, without sign; empty where there is none."""
    return [[_word(value, decimals) for value in row] for row in np.abs(block.values).tolist()]


def _word(value: float, decimals: int | None) -> bytes:
    if np.isnan(value):
        return b""
    text = np.format_float_positional(value, trim="-") if decimals is None else rounded(value, decimals)  # fmt: skip
    return plain(text.encode())


def plain(word: bytes) -> bytes:
    """One spelling of a number: no leading zeros, none after the last decimal."""
    whole, _, part = word.partition(b".")
    part = part.rstrip(b"0")
    return (whole.lstrip(b"0") or b"0") + (b"." + part if part else b"")


def _grouped(word: bytes) -> Iterator[Gram]:
    """How a large number is read when its thousands are set apart: 12,345.6."""
    whole, dot, part = word.partition(b".")
    if len(whole) > 3:
        first = len(whole) % 3 or 3
        groups = [whole[:first], *(whole[n : n + 3] for n in range(first, len(whole), 3))]
        groups[-1] += dot + part
        yield tuple(map(plain, groups))


def _figures(word: bytes) -> bytes:
    return word.replace(b".", b"").strip(b"0")


def _lines(beside: dict[Gram, str], line: Sequence[bytes], name: str) -> None:
    """Three numbers side by side, gaps left out."""
    told = [w for w in line if w]
    for at in range(len(told) - 2):
        gram = tuple(told[at : at + 3])
        if len({*gram}) > 1 and sum(len(_figures(w)) for w in gram) >= TOGETHER:
            beside[gram] = name


def _cells(
    made: Wanted,
    block: Block,
    words: Sequence[Sequence[bytes]],
    name: str,
    called: Sequence[str],
) -> None:
    """Each number beside its region and period, in either order, and in a sentence."""
    periods = [_period(p) for p in block.periods]
    labels = [_labels(p, block.measure) for p in block.periods]
    for region, row in zip(block.regions, words, strict=True):
        code = plain(region.encode())
        for word, period, said in zip(row, periods, labels, strict=True):
            if not word:
                continue
            made.beside[(code, *period, word)] = name
            made.beside[(*period, code, word)] = name
            for title in called:
                here = made.said.setdefault(title.encode(), {})
                here |= {(label, word, period[0]): name for label in said}


def _period(period: Period) -> Gram:
    return tuple(plain(t) for t in TOKEN.findall(str(period).encode()))


def _labels(period: Period, measure: str) -> list[bytes]:
    """What a sentence calls the period: with its year, and without it."""
    label = period.label(measure)
    short = label.partition("年")[2]
    return [t.encode() for t in (label, short, str(period)) if len(t) > 1]


# --- looking ----------------------------------------------------------------------------------------


def traces(data: bytes, looked_for: Wanted) -> Iterator[Trace]:
    """Everything in `data`, and in what is packed in it, that betrays an unreleased number."""
    for inside, plain_data in _layers(data):
        for found in _once(plain_data, looked_for):
            yield found._replace(inside=inside)


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
                    yield from _layers(
                        box.read(item), f"{name}/{item.filename}".lstrip("/"), depth + 1
                    )
    if data.startswith(b"\x1f\x8b"):
        with (
            suppress(OSError, EOFError, zlib.error),
            gzip.GzipFile(fileobj=io.BytesIO(data)) as box,
        ):
            yield from _layers(box.read(MOST_INSIDE), f"{name}/gz".lstrip("/"), depth + 1)


def _once(data: bytes, looked_for: Wanted) -> Iterator[Trace]:
    literal = {word: (name, "校验和") for word, name in looked_for.literal.items()}
    if b"numpy" in data or b"NUMPY" in data:
        literal |= {word: (name, "numpy") for word, name in looked_for.doubles.items()}
    for word, (name, why) in literal.items():
        if (at := data.find(word)) >= 0:
            yield Trace(name, at, "", why)
    yield from _tokens(data, looked_for)
    yield from _sentences(data, looked_for)


def _tokens(data: bytes, looked_for: Wanted) -> Iterator[Trace]:
    """Numbers known alone, and neighbours of up to five."""
    found = [(m.start(), plain(m[0]), m.end()) for m in TOKEN.finditer(data)]
    words = [w for _, w, _ in found]
    for start, word, _ in found:
        if name := looked_for.alone.get(word):
            yield Trace(name, start, "", word.decode())
    for size in sorted({len(g) for g in looked_for.beside}):
        for at, gram in enumerate(zip(*(words[n:] for n in range(size)), strict=False)):
            name = looked_for.beside.get(gram)
            if name and found[at + size - 1][2] - found[at][0] < 60 * size:
                yield Trace(name, found[at][0], "", b" ".join(gram).decode())


def _sentences(data: bytes, looked_for: Wanted) -> Iterator[Trace]:
    for title, told in looked_for.said.items():
        at = data.find(title)
        while at >= 0:
            sentence = _sentence(data, at, at + len(title))
            words = {plain(w) for w in TOKEN.findall(sentence)}
            years = {*YEAR.findall(sentence)}
            for (label, word, year), name in told.items():
                if word in words and label in sentence and year in (years or {year}):
                    yield Trace(name, at, "", word.decode())
                    break
            at = data.find(title, at + 1)


def _sentence(data: bytes, start: int, end: int) -> bytes:
    before = data[max(0, start - SENTENCE) : start]
    after = data[end : end + SENTENCE]
    return ENDS.split(before)[-1] + data[start:end] + ENDS.split(after, 1)[0]
