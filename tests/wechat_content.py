"""What WeChat does to an article's HTML on its way in: the stand-in's filter.

Documented: scripts are removed, pictures from elsewhere and links to elsewhere are filtered,
films can't come in by the API. Not documented, and switched by `rewrite`: the markup comes back written otherwise,
so that nobody compares byte with byte what a back end has had in its hands.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser

DROPPED = {"script", "style", "iframe", "video", "audio", "object", "form"}  # with what is in them
VOID = {"br", "img", "hr", "input", "link", "meta", "source", "wbr", "col", "embed"}
GONE_TAGS = {"link", "meta", "embed", "input", "source"}
OWN_LINK = re.compile(r"https?://mp\.weixin\.qq\.com/")


class _Filter(HTMLParser):
    def __init__(self, known: Callable[[str], bool], rewrite: bool) -> None:
        super().__init__(convert_charrefs=rewrite)
        self.known, self.rewrite = known, rewrite
        self.out: list[str] = []
        self.stripped: list[str] = []
        self.skipping: list[str] = []
        self.open_links: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.skipping or tag in DROPPED:
            if tag not in VOID:
                self.skipping.append(tag)
            self.stripped.append(tag)
            return
        if tag in GONE_TAGS:
            self.stripped.append(tag)
            return
        fields = {name: value or "" for name, value in attrs}
        if not self._kept(tag, fields):
            return
        for name in [n for n in fields if n.startswith("on")]:
            self.stripped.append(f"{tag}[{name}]")
            del fields[name]
        if self.rewrite and tag == "img":
            address = fields.pop("src").replace("http://", "https://", 1)
            fields |= {"data-src": address, "src": address}
        self._start(tag, fields)

    def _kept(self, tag: str, fields: dict[str, str]) -> bool:
        if tag == "img" and not self.known(fields.get("src", "")):
            self.stripped.append(f"img {fields.get('src', '')[:80]}")
            return False
        if tag == "a":
            own = bool(OWN_LINK.match(fields.get("href", ""))) or "href" not in fields
            self.open_links.append(own)
            if not own:
                self.stripped.append(f"a {fields['href'][:80]}")
            return own
        return True

    def _start(self, tag: str, fields: dict[str, str]) -> None:
        written = "".join(
            f' {name}="{html.escape(value, quote=True)}"' for name, value in fields.items()
        )
        end = "  />" if self.rewrite and tag in VOID else ">"
        self.out.append(f"<{tag}{written}{end}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.skipping:
            if tag == self.skipping[-1]:
                self.skipping.pop()
            return
        if tag == "a" and self.open_links and not self.open_links.pop():
            return
        if tag not in VOID:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.out.append(html.escape(data, quote=False) if self.rewrite else data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def filtered(content: str, known: Callable[[str], bool], rewrite: bool) -> tuple[str, list[str]]:
    """Give the content as WeChat keeps it, and what was taken out. `known`: is this picture's address WeChat's own?"""
    worker = _Filter(known, rewrite)
    worker.feed(content)
    worker.close()
    return "".join(worker.out), worker.stripped


def plain(content: str) -> str:
    """Give the words of an article."""
    return html.unescape(re.sub(r"<[^>]*>", "", content)).strip()
