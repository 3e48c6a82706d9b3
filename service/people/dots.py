"""Patterns drawn on nine dots, numbered 1 to 9 from the upper left: which may be used, which are guessed first."""

from __future__ import annotations

LEAST = 6
# What hands draw first: row by row, to and fro, a spiral, a Z; in every turn, mirrored, and backwards.
COMMON = ("123456789", "123654789", "123698745", "1235789")
TURN, MIRROR = str.maketrans("123456789", "369258147"), str.maketrans("123456789", "321654987")


def fault(pattern: str) -> str:
    """What is wrong with a pattern, in Chinese; empty when nothing is."""
    if len(set(pattern)) < len(pattern) or not set(pattern) <= set("123456789"):
        return "图案由 1 到 9 号点连成，一个点只用一次。"
    if len(pattern) < LEAST:
        return f"图案至少连 {LEAST} 个点。"
    return "这个图案太好猜了，换一个。" if weak(pattern) else ""


def weak(pattern: str) -> bool:
    """Whether it goes along a common one, from its start or to its end."""
    return len(pattern) >= LEAST and any(pattern in drawn for drawn in _ALL)


def _all() -> frozenset[str]:
    found = set()
    for drawn in COMMON:
        for one in (drawn, drawn.translate(MIRROR)):
            for _ in range(4):
                one = one.translate(TURN)
                found |= {one, one[::-1]}
    return frozenset(found)


_ALL = _all()
