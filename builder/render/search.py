"""The search index of one edition: character pairs → pages, and what a result shows.

Read by `theme/assets/search-worker.js` behind Material's search dialog, loaded when a search box is
first touched. Expired pages stay out. The portal issue shards it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
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
WEIGHTS = "abcdefghi"
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

    A posting list is one string, such as `0c,2i`: steps between document numbers, each with a letter
    of weight, `a` to `i`.
    """
    docs = []
    grams: dict[str, list[str]] = defaultdict(list)
    last: dict[str, int] = {}
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
        for token, weight in weights(
            fields["title"], f"{fields['lead']} {fields['more']}", fields["text"]
        ):
            grams[token].append(f"{number - last.get(token, 0)}{weight}")
            last[token] = number
    return {"format": FORMAT, "docs": docs, "grams": {t: ",".join(grams[t]) for t in sorted(grams)}}


@lru_cache(maxsize=4096)
def weights(title: str, lead: str, text: str) -> tuple[tuple[str, str], ...]:
    """Tokens of a page with one letter of weight each; kept, since editions share most pages."""
    found = Counter(tokens(text))
    strong, named = frozenset(tokens(lead)), frozenset(tokens(title))
    rest = {token: WEIGHTS[min(count, 3)] for token, count in found.items()}
    rest |= {token: WEIGHTS[3 + min(found[token], 2)] for token in strong}
    rest |= {token: WEIGHTS[6 + min(found[token], 2)] for token in named}
    return tuple(rest.items())


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
