"""What experts see of a work: nothing that says whose it is, as far as a program can tell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from service.contest.rules import Rules

MASK = "□□"
ENDINGS = ("统计局", "调查队", "市", "县", "区", "省", "处", "局", "中心")
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


def words(rules: Rules, units: Iterable[str], people: Iterable[str]) -> tuple[str, ...]:
    """The words by which a work would be known, the longest first."""
    found: set[str] = {p.strip() for p in people}
    for identity in units:
        unit = rules.unit(identity)
        town = rules.unit(unit.city) if unit and unit.city else None
        for one in (unit, town):
            if one is not None:
                found |= {one.name, one.short, *_stems(one.name)}
    return tuple(sorted((w for w in found if len(w) > 1), key=lambda w: (-len(w), w)))


def _stems(name: str) -> Iterable[str]:
    for end in ENDINGS:
        stem = name.removesuffix(end)
        if stem != name and len(stem) > 1:
            yield stem


def unit_names(rules: Rules) -> tuple[str, ...]:
    """The full names of all units of a contest, the longest first."""
    return tuple(sorted({u.name for u in rules.units}, key=lambda w: (-len(w), w)))


def masked(text: str, hidden: Iterable[str]) -> str:
    """The text without these words, phone numbers and addresses; blanks between letters don't help."""
    told = unicodedata.normalize("NFKC", text)
    for word in hidden:
        folded = unicodedata.normalize("NFKC", word)
        loose = r"[\s·.\-_]*".join(re.escape(c) for c in folded)
        told = re.sub(loose, MASK, told, flags=re.IGNORECASE)
    return MAIL.sub(MASK, PHONE.sub(MASK, told))


def tells(texts: Mapping[str, str], hidden: Iterable[str]) -> list[str]:
    """Which of some texts name whose work it is: the labels."""
    held = tuple(hidden)
    plain = {label: unicodedata.normalize("NFKC", text) for label, text in texts.items()}
    return [label for label, text in plain.items() if masked(text, held) != text]


def copy(work: Mapping[str, Any], hidden: Iterable[str]) -> dict[str, str]:
    """The blind copy of a work's texts."""
    held = tuple(hidden)
    return {name: masked(str(work[name]), held) for name in ("title", "summary", "story")}
