"""Names of the files beside a page: each carries a hash of its content, and the page asks for that name.

A reader who opened a page before a release finds its film, picture or spreadsheet afterwards too, not
the next one of the same name; and caches may keep such files for ever. Pages, feeds, the search index
and the posts of a running live page keep plain names: there the newest is wanted.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from builder.bundle import Artefact, own_name

PAGE = "text/html"


LINKED = '<script type="application/ld+json">'
TAG = re.compile(rf"{re.escape(LINKED)}[^<>]*|<[a-zA-Z][^<>]*>")  # text has no bare `<`
QUOTED = re.compile(r'(?<=")[^"\s]+(?=")')
ADDRESS = re.compile(r'(?<=\s)(href|src|poster|srcset|content|data-[a-z-]+)="([^"]*)"')
WORD = re.compile(r"[^\s,]+")


def named(made: Iterable[Artefact], base_url: str = "") -> Iterator[Artefact]:
    """The files of one page under their own names, its HTML leading there.

    `base_url` begins whole addresses of the site's own pages, such as that of a cover.
    """
    files = list(made)
    beside = [a for a in files if not a.media_type.startswith(PAGE)]
    names = {a.path: own_name(a.path, a.body) for a in beside}
    for artefact in files:
        if not names:
            yield artefact
        elif artefact.media_type.startswith(PAGE):
            yield replace(artefact, body=_led(artefact, names, base_url))
        else:
            yield replace(artefact, path=names[artefact.path])


def _led(page: Artefact, names: Mapping[str, str], base_url: str) -> bytes:
    """The page with every address of a file of its own changed; no other address and no word of a text."""
    folder = posixpath.dirname(page.path)
    ends = tuple(posixpath.basename(path) for path in names)

    def word(found: re.Match[str], absolute: bool = False) -> str:
        address, mark, rest = found.group().partition("#")
        if not address.endswith(ends):
            return found.group()
        if base_url and address.startswith(base_url):
            path = f"site/{address.removeprefix(base_url)}"
        elif absolute or ":" in address or address.startswith("/"):
            return found.group()
        else:
            path = posixpath.normpath(f"{folder}/{address}")
        new = posixpath.basename(names[path]) if path in names else ""
        return (
            address[: -len(posixpath.basename(path))] + new + mark + rest if new else found.group()
        )

    def attribute(found: re.Match[str]) -> str:
        name, value = found.groups()
        if not value.partition("#")[0].endswith(ends) and name != "srcset":
            return found.group()
        if name == "srcset":
            return f'{name}="{WORD.sub(word, value)}"'
        whole = re.fullmatch(r"\S+", value)  # what `content` says may be a sentence
        return f'{name}="{word(whole, name == "content") if whole else value}"'

    def tag(found: re.Match[str]) -> str:
        if found.group().startswith(LINKED):
            return QUOTED.sub(lambda inner: word(inner, absolute=True), found.group())
        return ADDRESS.sub(attribute, found.group())

    return TAG.sub(tag, page.body.decode()).encode()
