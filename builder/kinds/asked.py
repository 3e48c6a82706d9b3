"""What the robot is taught, all files together: wordings that name two things, words that can never be met.

Imported only where there is something to teach it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from builder.model import Entry
from builder.problems import Problem
from builder.robot import rules, words
from builder.robot.package import Refusal
from builder.robot.wording import Reader, Tables


def faults(entries: Mapping[str, Entry]) -> Iterator[Problem]:
    """Everything that only shows when all files are in view."""
    taught = [entries[name] for name in sorted(entries)]
    scripts = [e for e in taught if e.kind == "script"]
    reader = Reader(Tables(same=(*(row for e in scripts for row in e.data["same"]), *words.SAME)))
    yield from _shared(taught, reader)
    for entry in scripts:
        yield from _unmet(entry, reader)


def _shared(entries: Iterable[Entry], reader: Reader) -> Iterator[Problem]:
    """Wordings that ask for two entries: the robot takes the first, and nobody would know."""
    first: dict[str, tuple[Entry, str]] = {}
    for entry in entries:
        for key, text in _asks(entry):
            name = reader.name(text)
            other, said = first.setdefault(name, (entry, text))
            if other.id != entry.id and name:
                message = f"“{text}”和 {other.path} 的“{said}”问的是一件事，小统只认那一篇。"
                yield Problem(
                    "ROB005", entry.where(key), message, "想清楚问的是哪一篇，另一篇换个说法。"
                )


def _asks(entry: Entry) -> Iterator[tuple[str, str]]:
    """(key, wording) of all that leads to an entry."""
    if entry.kind in {"faq", "dialogue"}:
        yield "title", entry.title
        yield from (("ask", text) for text in entry.data["ask"])
    if entry.kind == "script":
        for part in ("talks", "refusals", "elsewhere"):
            yield from ((part, text) for row in entry.data[part] for text in row["ask"])


def _unmet(entry: Entry, reader: Reader) -> Iterator[Problem]:
    """Words of a rule that refuse nothing: whatever holds one of them is read as excused, or as another word."""
    for rule in entry.data["refusals"]:
        for word in sorted({word for row in rule["when"] for word in row}):
            made = rules.read((Refusal("", "", when=((word,),), unless=rule["unless"]),), reader)
            if rules.refused(word, made, reader) is None:
                message = f"“{rule['title']}”里的“{word}”永远用不上：里面就有 unless 的词。"
                action = "从 unless 里去掉那个词，或删去这个词。"
                yield Problem("ROB006", entry.where("refusals"), message, action)
