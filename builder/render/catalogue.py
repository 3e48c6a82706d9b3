"""`data/entries.json` of a bundle: what there is, whose it is and since when, for whoever counts contributions."""

from __future__ import annotations

import json
from collections.abc import Iterator

from builder.bundle import Artefact
from builder.model import Site

PATH = "data/entries.json"
JSON = "application/json; charset=utf-8"


def render(site: Site) -> Iterator[Artefact]:
    """One line a page of this edition, in the order of their ids."""
    lines = [
        json.dumps(
            {
                "id": page.id,
                "kind": page.kind,
                "title": page.title,
                "division": page.division,
                "date": page.date,
                "published": page.published[:10],
                "url": page.url,
            },
            ensure_ascii=False,
        )
        for page in sorted(site.pages.values(), key=lambda p: p.id)
        if page.url
    ]
    yield Artefact(PATH, ("[\n" + ",\n".join(lines) + "\n]\n").encode(), JSON)
