"""What an expert gives a work, scores and a comment, sealed so that nobody can tell one from another.

What is sealed is always equally long, whether somebody wrote much or nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from service.desk import Desk
from service.room import Stopped

PURPOSE = "contest.score"
LONGEST = 600  # signs of a comment
PAD = 8192  # bytes: a comment of signs that each take twelve, and the scores


@dataclass(frozen=True, slots=True)
class Given:
    """Scores as they are kept, and what the expert says to those who made the work."""

    values: tuple[str, ...] = ()
    comment: str = ""


def seal(desk: Desk, duty: int, given: Given) -> str:
    """Both under one seal; ASCII, so that signs and bytes are as many."""
    told = json.dumps({"values": given.values, "comment": given.comment})
    return desk.sealer(PURPOSE).seal(told.ljust(PAD), f"duty:{duty}")


def unseal(desk: Desk, row: Any) -> Given:
    """What an expert gave; for that expert, and after the close."""
    if not row.score:
        return Given()
    told = json.loads(desk.sealer(PURPOSE).open(row.score, f"duty:{row.id}"))
    if isinstance(told, list):  # sealed before there were comments
        return Given(tuple(told))
    return Given(tuple(told["values"]), told["comment"])


def cleaned(comment: str) -> str:
    """A comment without signs that nobody sees; `Stopped` when it is too long."""
    plain = comment.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(c if c == "\n" or c.isprintable() else " " for c in plain).strip()
    if len(plain) > LONGEST:
        raise Stopped(422, f"评语最多 {LONGEST} 个字。")
    return plain
