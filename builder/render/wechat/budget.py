"""How long an article may be, what takes most of it, and what gives way when it is too long.

WeChat counts the whole text with tags and styles: below 20,000 characters and 1 MB (`draft/add`). A
picture's short name is replaced by WeChat's long address when it is sent, so each is counted as long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from builder.render.wechat.article import Budget

MOST = 20_000  # characters
MOST_BYTES = 1_000_000
ROOM = 19_500  # from here an article is laid again with less: WeChat's own count is not known to the last one
NAME, ADDRESS = 23, 180  # a picture's name here, and its address as WeChat gives it
TOP = 6


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an article may spend: characters for all formulas drawn as vectors and for each of them.

    `spare`: so many steps of styles that can be spared are.
    """

    formulas: int = 9_000
    each: int = 4_500
    spare: int = 0


USUAL = Allowance()
# Tried in turn until the article fits.
LESS = (Allowance(0, 0), Allowance(0, 0, 1), Allowance(0, 0, 2))


def length(html: str) -> int:
    """Characters as WeChat counts them once the pictures' addresses stand in: UTF-16 units, to be safe."""
    units = len(html.encode("utf-16-le", "surrogatepass")) // 2
    return units + html.count('src="images/') * (ADDRESS - NAME)


def size(html: str) -> int:
    """Bytes, the pictures' addresses counted in."""
    return len(html.encode()) + html.count('src="images/') * (ADDRESS - NAME)


@dataclass(slots=True)
class Purse:
    """What one article spent, by what it went to."""

    allowance: Allowance = USUAL
    place: str = ""  # the heading under which the text now stands
    spent: Counter[str] = field(default_factory=Counter)
    drawn: int = 0  # characters of formulas
    gave_way: Counter[str] = field(default_factory=Counter)
    _noted: int = 0

    def affords(self, characters: int) -> bool:
        """Whether one more formula may stand as a vector; if so it is paid for."""
        may = characters <= self.allowance.each
        may = may and self.drawn + characters <= self.allowance.formulas
        if may:
            self.drawn += characters
        return may

    def note(self, label: str, html: str, before: int) -> None:
        """`html` went to `label`, apart from what was noted for its parts since `before` (`noted` then)."""
        own = length(html) - (self._noted - before)
        self.spent[f"{label}（“{self.place}”下）" if self.place else label] += own
        self._noted += own

    @property
    def noted(self) -> int:
        """How much is noted so far."""
        return self._noted

    def close(self, label: str, html: str, before: int) -> None:
        """As `note`, for a whole block: what is left of it goes to its label."""
        own = length(html) - (self._noted - before)
        self.spent[label] += max(0, own)
        self._noted = before + length(html)


def measured(html: str, purse: Purse) -> Budget:
    """The budget of a finished article."""
    top = tuple((label, n) for label, n in purse.spent.most_common(TOP) if n > 0)
    spared = ("省去了可有可无的样式",) if purse.allowance.spare else ()
    gave_way = tuple(f"{what} {n} 处" if n > 1 else what for what, n in purse.gave_way.items())
    return Budget(length(html), size(html), top, (*gave_way, *spared))


def over(budget: Budget) -> str:
    """Why an article is too long, in Chinese, with what takes most; empty when it is not."""
    said = []
    if budget.characters >= MOST:
        said.append(f"有 {budget.characters:,} 个字符，超出 {budget.characters - MOST + 1:,} 个")
    if budget.bytes >= MOST_BYTES:
        said.append(f"有 {budget.bytes:,} 字节，超出 {budget.bytes - MOST_BYTES + 1:,} 字节")
    return f"{'，'.join(said)}。占得最多的是：{named(budget.top)}。" if said else ""


def named(top: Iterable[tuple[str, int]]) -> str:
    """The top spenders in words."""
    return "、".join(f"{label} {n:,}" for label, n in top)
