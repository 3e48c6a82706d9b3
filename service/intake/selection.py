"""Which numbers a call of the feed asks for, in the words of PxWebApi 2: codes, `*`, `top(12)`, `from(2025-01)` …"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from builder.values import Period
from service.room import Stopped

EVER = 1 << 40
CALL = re.compile(r"(top|bottom|from|to|range)\(([^()]*)\)", re.IGNORECASE)
MOST, MANY = 500, 5000  # expressions of one variable: in an address, in a body
CODE = re.compile(r"[A-Za-z0-9_*?-]{1,64}")


@dataclass(frozen=True, slots=True)
class Picked:
    """The expressions of one variable; none: everything."""

    words: tuple[str, ...] = ()

    def codes(self) -> tuple[str, ...]:
        """The codes, when nothing but codes was asked for; else nothing."""
        plain = not any(set(word) & set("*?(") for word in self.words)
        return self.words if plain else ()

    def of(self, every: Sequence[str], name: str) -> list[str]:
        """What of `every` is asked for, in its order; `Stopped` when a code is none of them."""
        if not self.words:
            return list(every)
        chosen: set[str] = set()
        for word in self.words:
            found = _called(word, every) if "(" in word else _named(word, every)
            if not found and "(" not in word and not set(word) & set("*?"):
                raise Stopped(400, f"{name} 里没有 {word[:40]}。")
            chosen.update(found)
        return [code for code in every if code in chosen]


def picked(text: str | None, name: str) -> Picked:
    """What stands in `valueCodes[…]`; `Stopped` when it can't be read."""
    if text is None or text.strip() in {"", "*"}:
        return Picked()
    return listed(re.split(r",(?![^(]*\))", text), name, MOST)


def listed(told: Iterable[str], name: str, most: int = MANY) -> Picked:
    """The same, of expressions one by one; none, or `*` alone, is everything."""
    words = tuple(w.strip() for w in told if w.strip())
    if words == ("*",):
        return Picked()
    if len(words) > most:
        raise Stopped(400, f"{name} 一次最多写 {most} 个。")
    for word in words:
        if not CODE.fullmatch(word) and not CALL.fullmatch(word):
            raise Stopped(400, f"{name} 里的 {word[:40]} 看不懂。")
    return Picked(words)


def _named(word: str, every: Sequence[str]) -> list[str]:
    if set(word) & set("*?"):
        return [code for code in every if fnmatchcase(code, word)]
    return [word] if word in every else []


def _called(word: str, every: Sequence[str]) -> list[str]:
    found = CALL.fullmatch(word)
    assert found is not None
    verb, given = found[1].lower(), [part.strip() for part in found[2].split(",")]
    if verb in {"top", "bottom"}:
        return _counted(verb, given, every)
    low, high = (given[0], given[-1]) if verb == "range" else (given[0], given[0])
    if len(given) != (2 if verb == "range" else 1):
        raise Stopped(400, f"{word[:40]} 看不懂。")
    first = every.index(low) if low in every else _place(low, every)
    last = every.index(high) if high in every else _place(high, every) - 1
    if verb == "from":
        return list(every[first:])
    return list(every[: last + 1]) if verb == "to" else list(every[first : last + 1])


def _place(code: str, every: Sequence[str]) -> int:
    """Where a code that is none of `every` would stand among periods; else nowhere."""
    try:
        wanted = Period.parse(code)
        known = [Period.parse(one) for one in every]
    except ValueError:
        raise Stopped(400, f"没有 {code[:40]}。") from None
    if any(one.frequency != wanted.frequency for one in known):
        raise Stopped(400, f"{code[:40]} 的频度和这张表不同。")
    return sum(one < wanted for one in known)


def _counted(verb: str, given: Sequence[str], every: Sequence[str]) -> list[str]:
    if not 1 <= len(given) <= 2 or not all(g.isascii() and g.isdigit() for g in given):
        raise Stopped(400, f"{verb}(…) 里写个数。")
    count, skip = int(given[0][:9]), int(given[1][:9]) if len(given) == 2 else 0
    line = list(reversed(every)) if verb == "top" else list(every)
    return line[skip : skip + count]


def bounds(periods: Picked, frequency: str) -> tuple[int, int]:
    """The first and last period (ordinals) that can be meant, as far as the words alone tell."""
    spans = [_span(word, frequency) for word in periods.words]
    if not spans:
        return 0, EVER
    return min(low for low, _ in spans), max(high for _, high in spans)


def _span(word: str, frequency: str) -> tuple[int, int]:
    found = CALL.fullmatch(word)
    if found is None:
        here = _ordinal(word, frequency)
        return (0, EVER) if here is None else (here, here)
    given = [_ordinal(part.strip(), frequency) for part in found[2].split(",")]
    verb = found[1].lower()
    if verb in {"top", "bottom"} or None in given:
        return 0, EVER
    low, high = given[0] or 0, given[-1] or 0
    return {"from": (low, EVER), "to": (0, high), "range": (low, high)}[verb]


def _ordinal(text: str, frequency: str) -> int | None:
    try:
        period = Period.parse(text)
    except ValueError:
        return None
    return period.ordinal if period.frequency == frequency else None
