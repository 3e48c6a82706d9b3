"""One thing that a plan does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

POLLS = 8  # of a publication or a send, with growing pauses: 15 s … 10 min
TAKING = frozenset({"settle", "outcome", "erase"})  # take back what is at WeChat
ENDING = TAKING | {"watch", "confirm"}  # nothing of these goes out


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `about`: what of, as plain data; `calls`: how often `api` may be called at most.

    One without calls is for a person, who says --gone when it is done.
    """

    do: str
    api: str
    words: str
    about: dict[str, Any] = field(default_factory=dict)
    calls: int = 1

    def plain(self) -> dict[str, Any]:
        """As it stands in a stored plan."""
        return {
            "do": self.do,
            "api": self.api,
            "words": self.words,
            "about": self.about,
            "calls": self.calls,
        }
