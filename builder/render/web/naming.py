"""Names of the files beside a page: each carries a hash of its content, and the page asks for that name.

A reader who opened a page before a release finds its film, picture or spreadsheet afterwards too, not
the next one of the same name; and caches may keep such files for ever. Pages, feeds, the search index
and the posts of a running live page keep plain names: there the newest is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from builder.bundle import Artefact, own_name

PAGE = "text/html"


def named(made: Iterable[Artefact]) -> Iterator[Artefact]:
    """The files of one page under their own names, its HTML leading there."""
    files = list(made)
    beside = [a for a in files if not a.media_type.startswith(PAGE)]
    names = {_last(a.path): _last(own_name(a.path, a.body)) for a in beside}
    for artefact in files:
        if not names:
            yield artefact
        elif artefact.media_type.startswith(PAGE):
            yield replace(artefact, body=_led(artefact.body, names))
        else:
            yield replace(artefact, path=own_name(artefact.path, artefact.body))


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _led(page: bytes, names: dict[str, str]) -> bytes:
    """A page whose addresses end in the new names: `"film.mp4"` and `"…/film.mp4"`."""
    known = "|".join(map(re.escape, names))
    text = page.decode()
    return re.sub(f'(?<=["/])(?:{known})(?=")', lambda found: names[found.group()], text).encode()
