"""Links and footnotes of an article: WeChat drops links, so each becomes a numbered note at its end.

Links to published WeChat articles stay links. Footnotes and addresses share one run of numbers, in the
order in which a reader meets them; an address that comes again keeps its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

ARTICLE = re.compile(r"https?://mp\.weixin\.qq\.com/s(?:/[\w-]+|\?\S*__biz=\S+)(?:[?#&]\S*)?$")
SHOWN = re.compile(
    r"(?:https?://)?[\w.-]+\.[a-z]{2,}(?:[/?#:]\S*)?|[\w.+-]+@[\w.-]+", re.IGNORECASE
)


@dataclass(slots=True)
class Note:
    """One note at the end: its words as HTML, and the blocks below them."""

    html: str = ""
    below: str = ""


class Notes:
    """The notes of one article."""

    def __init__(self, words: Callable[[str], str]) -> None:
        """`words` sets plain words as HTML."""
        self.words = words
        self.lines: list[Note] = []
        self.known: dict[str, int] = {}
        self.wechat: dict[str, str] = {}

    def twin(self) -> Notes:
        """The same notes, to be gone on with elsewhere."""
        made = Notes(self.words)
        made.lines = [Note(note.html, note.below) for note in self.lines]
        made.known, made.wechat = dict(self.known), dict(self.wechat)
        return made

    def link(self, url: str, text: str) -> int:
        """The number of the note that gives `url`; `text` is what was linked first."""
        number = self.known.get(url)
        if number is None:
            words = f"{self.words(text)}：" if text and text != url else ""
            number = self.add(url, f"{words}{escape(url)}")
        return number

    def add(self, key: str, html: str = "") -> int:
        """A new note known by `key`; its words may come later (`say`)."""
        self.lines.append(Note(html))
        self.known[key] = len(self.lines)
        return len(self.lines)

    def say(self, number: int, html: str, below: str = "") -> None:
        """Give the words of a note, and what stands below them."""
        self.lines[number - 1].html, self.lines[number - 1].below = html, below

    def listed(self, press: Press) -> Iterator[str]:
        """The block of all notes, if there is any."""
        if not self.lines:
            return
        theme = press.theme
        rows = "".join(
            theme.put("p", "noted", f"[{number}] {note.html}".strip())
            + (theme.put("section", "below", note.below) if note.below else "")
            for number, note in enumerate(self.lines, 1)
        )
        yield f"{press.heading('注释与链接', 'end')}{theme.put('section', 'notes', rows)}"


def target(href: str, page_url: str) -> str:
    """Where a link on the page at `page_url` leads, whole; nothing where nobody can tell."""
    try:
        return urlunsplit(urlsplit(urljoin(page_url, href)))
    except ValueError:  # a bracket or a full-width colon in the host
        return ""


def same_page(href: str, page_url: str) -> bool:
    """Whether a link leads to a place on its own page."""
    if href.startswith("#"):
        return True
    return target(href, page_url).partition("#")[0] == page_url.partition("#")[0]


def article(url: str) -> bool:
    """Whether `url` is a published WeChat article, the only kind of link that WeChat keeps."""
    return bool(ARTICLE.match(url))


def shows_itself(text: str, url: str) -> bool:
    """Whether the linked words are the address already."""
    bare = re.sub(r"^(?:https?://|mailto:|tel:)", "", url).rstrip("/")
    return (
        bool(SHOWN.fullmatch(text))
        and text.removeprefix("https://").removeprefix("http://").rstrip("/") == bare
    )
