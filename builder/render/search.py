"""The search index of one edition: character pairs → pages, and what a result shows.

Read by `theme/assets/search-worker.js` behind Material's search dialog, loaded when a search box is
first touched. Expired pages stay out. The portal issue shards it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import Any

from builder import plain as plain_module
from builder import tokens as tokens_module
from builder.bundle import Artefact
from builder.kinds import BY_NAME
from builder.media import chart_spec, charts
from builder.media.cast import MOODS
from builder.memo import Memo, code_version, digest
from builder.model import MdText, Page, Site
from builder.plain import plain
from builder.tokens import tokens

FORMAT = 1
WEIGHTS = "abcdefghi"
VERSION = code_version(
    __file__,
    str(plain_module.__file__),
    tokens_module.__file__,
    charts.__file__,
    chart_spec.__file__,
)
TEASER = 6000
Document = tuple[str, str, tuple[tuple[str, str], ...]]  # lead, text, (letter of weight, tokens)


def render(site: Site, memo: Memo) -> Iterator[Artefact]:
    """Two files: what Material's bundle asks for (nothing to index), and our index."""
    empty = {"config": {"lang": ["zh"], "separator": "\\s+", "pipeline": []}, "docs": []}
    yield _json("search/search_index.json", empty)
    yield _json(
        "search/index.json", index([p for p in site.pages.values() if not p.expired], site, memo)
    )


def _json(path: str, value: Any) -> Artefact:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Artefact(f"site/{path}", text.encode(), "application/json")


def index(pages: list[Page], site: Site, memo: Memo) -> dict[str, Any]:
    """Documents in address order, and for each token the documents it is in, weighted.

    A posting list is one string, such as `0c,2i,`: document numbers, each with a letter of weight,
    `a` to `i`.
    """
    docs = []
    grams: dict[str, list[str]] = defaultdict(list)
    for number, page in enumerate(sorted(pages, key=lambda p: p.url)):
        lead, text, weighed = _document(page, site, memo)
        docs.append([page.url, page.title, BY_NAME[page.kind].label, lead, text])
        for letter, found in weighed:
            posting = f"{number}{letter},"
            there = map(grams.__getitem__, found.split(" "))
            deque(map(list.append, there, repeat(posting)), 0)  # a loop that runs in C
    return {
        "format": FORMAT,
        "docs": docs,
        "grams": {token: "".join(grams[token]) for token in sorted(grams)},
    }


def _document(page: Page, site: Site, memo: Memo) -> Document:
    """A page as the index holds it; editions share most, and most last from build to build."""
    division = site.organisations.get(page.division)
    own = (page.kind, page.title, page.summary, page.tags, page.forms, division and division.name)
    key = digest("search", VERSION, repr(own), page.text, repr(page.data))
    return memo.get(key, lambda: _make(page_fields(page, site)))


def _make(fields: Mapping[str, str]) -> Document:
    weighed = weigh(fields["title"], f"{fields['lead']} {fields['more']}", fields["text"])
    return fields["lead"], fields["text"][:TEASER], weighed


def weigh(title: str, lead: str, text: str) -> tuple[tuple[str, str], ...]:
    """Letters of weight, each with its tokens: where they stand, and how often."""
    found = Counter(tokens(text))
    named = set(tokens(title))
    led = set(tokens(lead)) - named
    strong = named | led
    groups: dict[str, list[str]] = defaultdict(list)
    groups["a"] = [token for token, n in found.items() if n == 1 and token not in strong]
    for token, n in [(t, n) for t, n in found.items() if n > 1 and t not in strong]:
        groups[WEIGHTS[min(n, 3) - 1]].append(token)
    for step, tokens_there in ((3, led), (6, named)):
        for token in sorted(tokens_there):
            groups[WEIGHTS[step + min(found[token], 2)]].append(token)
    return tuple((letter, " ".join(groups[letter])) for letter in sorted(groups) if groups[letter])


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
        "text": " ".join(text.split()),
    }


QUIET = frozenset(
    {
        "formats",
        "kind",
        "transition",
        "motion",
        "picture",
        "recording",
        "music",
        *MOODS,  # pictures of a comic's own figures
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
        "disclosure",
        "family",
        "measures",
        "releases",
    }
)


def _strings(value: Any, kind: str) -> Iterator[str]:
    if isinstance(value, MdText):
        yield plain(value)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, chart_spec.ChartSpec):
        yield f"{value.title} {' '.join(value.series)}"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in QUIET:
                if key == "facts":  # the author's own words on both sides
                    yield from inner
                yield from _strings(inner, kind)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _strings(inner, kind)
