"""Words to hide, and where they may be seen."""

from __future__ import annotations

from dataclasses import dataclass, field

MARK = "kqzv"  # all canaries begin with it
HAN = "龘靐"  # and most carry it, for what only happens to Chinese text
OPEN = "gkzm"  # what the internet edition must show, so that the detector is seen to work there


@dataclass(frozen=True)
class Canary:
    """A word, where it was hidden, and where the intranet edition shows it."""

    word: str
    place: str
    shown: str


@dataclass
class Garden:
    """Files with canaries in them."""

    files: dict[str, str | bytes] = field(default_factory=dict)
    canaries: list[Canary] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def slug(self, place: str, shown: str = "") -> str:
        """A canary that may be a file name or an id."""
        word = f"{MARK}{len(self.canaries):03d}"
        self.canaries.append(Canary(word, place, shown.replace("SELF", word)))
        return word

    def say(self, place: str, shown: str = "") -> str:
        """A canary for text."""
        return f"{self.slug(place, shown)}{HAN}"

    def public(self) -> str:
        """A word that the internet edition shows."""
        word = f"{OPEN}{len(self.open):03d}"
        self.open.append(word)
        return word
