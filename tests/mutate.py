"""Hostile variants of the repository's own content: same seed, same mutants.

Each family spoils a file in one way; a mutant is one file after one to three of them. Nothing here
judges: `tests/worker.py` runs a mutant, `tests/test_mutants.py` says what must hold.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.corpus import FOLDERS, ROOT, SETTINGS
from tests.hostile import BOMBS, BYTES, PIECES, VALUES

MARKED = ("articles", "cases", "courses/md", "faq", "norms", "systems", "terms")
Spoil = Callable[[random.Random, str, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One spoiled file: what was done to it, where it lies, what it holds, whose place it takes."""

    name: str
    path: str
    data: bytes
    origin: str


APART = ("content/indicators/", "content/robot/")  # they lean on much else


def corpus(root: Path = ROOT) -> dict[str, bytes]:
    """Every authored text file of the repository, settings and code tables included.

    Numbers are left out: definitions, regions and snapshots only build together.
    """
    found = {name: (root / name).read_bytes() for name in SETTINGS}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix in {".md", ".yml", ".csv"} and not name.startswith(APART):
                data = path.read_bytes()
                if b"{{ind:" not in data:
                    found[name] = data
    return found


def family_of(path: str) -> str:
    """Group files so that every kind is met as often as the others."""
    if path in SETTINGS or path.endswith(".csv"):
        return path
    if path.startswith("courses/"):
        return "courses/" + ".".join(path.rsplit("/", 1)[1].split(".")[1:])
    return path.split("/")[1] if path.startswith("content/") else "faq"


def mutants(files: Mapping[str, bytes], seed: int, count: int) -> Iterator[Mutant]:
    """`count` mutants of `files`: each family in turn on a file of each kind in turn."""
    groups: dict[str, list[str]] = {}
    for path in sorted(files):
        groups.setdefault(family_of(path), []).append(path)
    kinds = sorted(groups)
    names = [*FAMILIES, "bomb", "words"]
    for number in range(count):
        rng = random.Random(f"{seed}-{number}")
        chosen = [names[(number // len(kinds) + number) % len(names)]]
        marked = chosen[0] in {"bomb", "words"} and rng.random() < 0.8
        origin = rng.choice(groups[rng.choice(MARKED) if marked else kinds[number % len(kinds)]])
        chosen += rng.choices(names, k=rng.choice((0, 0, 0, 0, 1, 2)))
        data = files[origin]
        for name in chosen:
            data = FAMILIES[name](rng, origin, data)
        path = _renamed(rng, origin) if rng.random() < 0.03 else origin
        yield Mutant(f"{number} {'+'.join(chosen)} {origin}", path, data, origin)


def _renamed(rng: random.Random, path: str) -> str:
    folder, _, name = path.rpartition("/")
    odd = rng.choice(
        (
            "..",
            "A B",
            "\u202egnp",
            "课",
            "x" * 200,
            "-",
            "CON",
            "a\nb",
            "a'\"<b>",
            "%2e%2e",
            "\x1b[2J",
        )
    )
    return f"{folder}/{odd}{name[name.find('.') :]}"


# --- bytes and lines ----------------------------------------------------------------------------


def flip(rng: random.Random, path: str, data: bytes) -> bytes:
    """Change some bytes at random."""
    spoiled = bytearray(data)
    for _ in range(rng.choice((1, 3, 20))):
        if spoiled:
            spoiled[rng.randrange(len(spoiled))] = rng.randrange(256)
    return bytes(spoiled)


def insert(rng: random.Random, path: str, data: bytes) -> bytes:
    """Put a hostile byte sequence somewhere, at a character's edge."""
    text = data.decode("utf-8", "replace")
    at = rng.randrange(len(text) + 1)
    return text[:at].encode() + rng.choice(BYTES) * rng.choice((1, 1, 50)) + text[at:].encode()


def cut(rng: random.Random, path: str, data: bytes) -> bytes:
    """End the file early, or leave a hole."""
    start, end = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    return data[:start] + (data[end:] if rng.random() < 0.5 else b"")


def ends(rng: random.Random, path: str, data: bytes) -> bytes:
    """Other line ends."""
    mark = rng.choice(
        (b"\r\n", b"\r", b"\n\r", b"\n\n", b"\x85", "\u2028".encode(), b"\x0b", b"\x0c")
    )
    return data.replace(b"\n", mark, rng.choice((-1, 1, 5)))


def lines(rng: random.Random, path: str, data: bytes) -> bytes:
    """Drop, repeat, swap, shift, join or fence off whole lines."""
    rows = data.split(b"\n")
    for _ in range(rng.choice((1, 2, 6))):
        a, b = rng.randrange(len(rows)), rng.randrange(len(rows))
        what = rng.randrange(7)
        if what == 0 and len(rows) > 1:
            del rows[a]
        elif what == 1:
            rows[a:a] = [rows[b]] * rng.choice((1, 1, 400))
        elif what == 2:
            rows[a], rows[b] = rows[b], rows[a]
        elif what == 3:
            rows[a] = rng.choice((b"  ", b"\t", b" " * 39, b"> ", b"    - ")) + rows[a]
        elif what == 4:
            rows[a] = rows[a].lstrip()
        elif what == 5:
            rows[a] += rows[b]
        else:
            rows.insert(
                a,
                rng.choice(
                    (b"---", b"...", b"::: intranet", b":::", b"<!--", b"```", b"%YAML 9.9")
                ),
            )
    return b"\n".join(rows)


# --- keys and values ----------------------------------------------------------------------------

KEY = re.compile(rb"^([ \t]*(?:- )?)([a-z_]+):(?= |$)(.*)$", re.MULTILINE)


def keys(rng: random.Random, path: str, data: bytes) -> bytes:
    """Rename a key, give it twice, or let two keys change their values."""
    found = list(KEY.finditer(data))
    if not found:
        return data
    one, two = rng.choice(found), rng.choice(found)
    other = rng.choice(
        (
            two.group(2),
            b"Title",
            b"titel",
            b"__class__",
            b"<<",
            b"? [a]",
            b"'a\\n'",
            "题目".encode(),
        )
    )
    fresh = rng.choice(
        (
            one.group(1) + other + b":" + one.group(3),
            one.group(0) + b"\n" + one.group(0),
            one.group(1) + one.group(2) + b":" + two.group(3),
            one.group(1) + one.group(2) + b":",
            one.group(1) + b'"' + b"k" * rng.choice((127, 1023, 1025, 60_000)) + b'": 1',
        )
    )
    return data[: one.start()] + fresh + data[one.end() :]


def values(rng: random.Random, path: str, data: bytes) -> bytes:
    """Give keys hostile values."""
    for _ in range(rng.choice((1, 1, 3))):
        found = list(KEY.finditer(data))
        if not found:
            return data
        one = rng.choice(found)
        value = rng.choice(VALUES).encode("utf-8", "surrogatepass")
        data = data[: one.start()] + one.group(1) + one.group(2) + b": " + value + data[one.end() :]
    return data


def extra(rng: random.Random, path: str, data: bytes) -> bytes:
    """Add a known key with a hostile value to the head."""
    key = rng.choice(
        [
            "id",
            "aliases",
            "assets",
            "sources",
            "valid",
            "tags",
            "levels",
            "roles",
            "forms",
            "wechat",
            "editorial",
            "date",
            "updated",
            "text",
            "summary",
            "ask",
            "answer",
            "codes",
            "ledgers",
            "posts",
            "panels",
            "questions",
            "scenes",
            "blocks",
            "deadlines",
            "materials",
            "supersedes",
            "gather",
        ]
    )
    row = f"{key}: {rng.choice(VALUES)}\n".encode("utf-8", "surrogatepass")
    return data.replace(b"---\n", b"---\n" + row, 1) if path.endswith(".md") else row + data


def yaml_bomb(rng: random.Random, path: str, data: bytes) -> bytes:
    """Deep, wide or self-referring YAML in the head."""
    n = rng.choice((11, 13, 100, 5_000, 60_000))
    bomb = rng.choice(
        (
            "z: " + "[" * n,
            "z: " + "[" * n + "]" * n,
            "z: " + "{a: " * n + "1" + "}" * n,
            "\n".join(" " * i + "a:" for i in range(min(n, 900))),
            "z:\n  " + "- " * n + "1",
            "z: " + "? " * n,
            "z: &a [x]\ny: *a",
            "a: &a [1]\n" + "\n".join(f"b{i}: &b{i} [*a, *a]" for i in range(20)),
            "z: !!python/object/apply:os.system ['true']",
            "z: !!binary aGk=",
            "\n".join(f"k{i}: {i}" for i in range(min(n, 20_000))),
            "tags: [" + "a, " * min(n, 20_000) + "a]",
            "z: " + '"' + "\\\n" * min(n, 20_000) + '"',
            "z: >\n" + "\n" * n + "  a",
            "[" * n + ": " * n,
            "z: '" + "''" * n + "'",
            "%TAG ! !\n---\n---\n",
        )
    )
    row = f"{bomb}\n".encode()
    return data.replace(b"---\n", b"---\n" + row, 1) if path.endswith(".md") else data + b"\n" + row


# --- Markdown -----------------------------------------------------------------------------------


def bomb(rng: random.Random, path: str, data: bytes) -> bytes:
    """Add a Markdown bomb to the body, or as the text of a YAML entry."""
    text = rng.choice(BOMBS)(rng, rng.choice((3, 9, 41, 150, 400, 2_000, 20_000, 90_000)))
    rows = text[: rng.choice((5_000, 50_000, 190_000, 480_000))].split("\n")
    if path.endswith(".md"):
        at = rng.choice((b"\n", b"\n\n", b"\n\n- a\n\n    ", b"\n> "))
        return data + at + "\n".join(rows).encode() + b"\n"
    block = "text: |\n" + "\n".join("  " + row for row in rows) + "\n"
    head = re.sub(rb"(?m)^text: [|>].*\n(?:(?: .*)?\n)*", b"", data)
    return head + b"\n" + block.encode()


def words(rng: random.Random, path: str, data: bytes) -> bytes:
    """Put a piece of hostile Markdown into the middle of a line."""
    text = data.decode("utf-8", "replace")
    rows = text.split("\n")
    at = rng.randrange(len(rows))
    rows[at] += rng.choice(PIECES)
    return "\n".join(rows).encode()


def big(rng: random.Random, path: str, data: bytes) -> bytes:
    """One very long line, or a very long file."""
    size = rng.choice((19_000, 21_000, 500_000, 10_000_000))
    piece = rng.choice(
        (b"a", "统".encode(), b"*", b"a ", b"\\.", b"a\n", b"> ", b"0", b"\n", b"&amp;")
    )
    filler = piece * (size // len(piece))
    at = rng.choice((0, len(data) // 2, len(data)))
    return data[:at] + filler + data[at:]


FAMILIES: dict[str, Spoil] = {
    "flip": flip,
    "insert": insert,
    "bomb": bomb,
    "cut": cut,
    "values": values,
    "ends": ends,
    "lines": lines,
    "words": words,
    "keys": keys,
    "yaml_bomb": yaml_bomb,
    "extra": extra,
    "big": big,
}
