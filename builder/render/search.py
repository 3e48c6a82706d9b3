"""The search index of one edition: character pairs → pages, and what a result shows.

Read by `theme/assets/search-worker.js` behind Material's search dialog, loaded when a search box is
first touched. Expired pages stay out. The portal issue shards it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from builder.bundle import Artefact
from builder.kinds import BY_NAME
from builder.model import MdText, Page, Site
from builder.tokens import tokens

MARKS = re.compile(
    r"!?\[([^\]]*)\]\([^)]*\)|\[\^[^\]]*\]:?|[*_`#|=~>]+|^\s*(?:[-+]|\d+\.)\s+|^!!!.*?\"|^\?\?\?.*?\"|\{:[^}]*\}|-{3,}",
    re.MULTILINE,
)
FORMAT = 1
TEASER = 6000


def render(site: Site) -> Iterator[Artefact]:
    """Two files: what Material's bundle asks for (nothing to index), and our index."""
    empty = {"config": {"lang": ["zh"], "separator": "\\s+", "pipeline": []}, "docs": []}
    yield _json("search/search_index.json", empty)
    yield _json("search/index.json", index([p for p in site.pages.values() if not p.expired], site))


def _json(path: str, value: Any) -> Artefact:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Artefact(f"site/{path}", text.encode(), "application/json")


def index(pages: list[Page], site: Site) -> dict[str, Any]:
    """Documents in address order, and for each token the documents it is in, weighted.

    A posting list is `[number step, weight, …]`: steps between document numbers, weights 1–9.
    """
    docs = []
    grams: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, page in enumerate(sorted(pages, key=lambda p: p.url)):
        fields = page_fields(page, site)
        docs.append(
            [
                page.url,
                page.title,
                BY_NAME[page.kind].label,
                fields["lead"],
                fields["text"][:TEASER],
            ]
        )
        for token, weight in _weights(fields).items():
            grams[token].append((number, weight))
    return {"format": FORMAT, "docs": docs, "grams": {t: _steps(grams[t]) for t in sorted(grams)}}


def _weights(fields: Mapping[str, str]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for token in tokens(fields["text"]):
        found[token] = min(3, found[token] + 1)
    for token in set(tokens(fields["lead"])) | set(tokens(fields["more"])):
        found[token] = min(6, found[token] + 3)
    for token in set(tokens(fields["title"])):
        found[token] = min(9, found[token] + 6)
    return found


def _steps(postings: list[tuple[int, int]]) -> list[int]:
    out: list[int] = []
    last = 0
    for number, weight in postings:
        out += [number - last, weight]
        last = number
    return out


def page_fields(page: Page, site: Site) -> dict[str, str]:
    """The searchable text of a page: title, lead (answer or summary), other wordings, body."""
    data = page.data
    lead = (
        data.get("answer")
        or data.get("definition")
        or page.summary
        or data.get("key", "").replace("==", "")
    )
    division = site.organisations.get(page.division)
    more = " ".join(
        [
            *data.get("ask", ()),
            *data.get("names", ()),
            *page.tags,
            *page.forms,
            data.get("number", ""),
            division.name if division else "",
        ]
    )
    text = f"{plain(page.text)} {' '.join(_strings(data, page.kind))}"
    return {
        "title": page.title,
        "lead": lead,
        "more": more,
        "text": re.sub(r"\s+", " ", text).strip(),
    }


def plain(text: str) -> str:
    """Markdown without its marks; links keep their words."""
    return MARKS.sub(lambda m: m.group(1) or " ", text)


QUIET = frozenset(
    {
        "ask",
        "answer",
        "definition",
        "names",
        "number",
        "key",
        "gather",
        "mood",
        "gesture",
        "facing",
        "prop",
        "props",
        "scene",
        "layout",
        "id",
        "type",
        "image",
        "level",
        "doubt",
        "parent",
        "codes_url",
        "time",
        "start",
        "end",
        "link",
        "file",
        "status",
        "supersedes",
        "prerequisites",
        "frequency",
        "division",
    }
)


def _strings(value: Any, kind: str) -> Iterator[str]:
    if isinstance(value, MdText):
        yield plain(value)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in QUIET:
                yield from _strings(inner, kind)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _strings(inner, kind)
