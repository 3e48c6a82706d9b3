"""`data/orgs.json` of a bundle: the divisions and cities, for whoever passes things on to them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from builder.bundle import Artefact
from builder.model import Site

PATH = "data/orgs.json"
JSON = "application/json; charset=utf-8"


def render(site: Site) -> Iterator[Artefact]:
    """One line an organisation, in the order of `content/orgs.yml`.

    An open edition names those alone that write for it, as its pages do.
    """
    writing = {page.division for page in site.pages.values()}
    lines = [
        json.dumps(
            {"id": o.id, "name": o.name, "short": o.short or o.name, "city": o.city},
            ensure_ascii=False,
        )
        for o in site.organisations.values()
        if not o.partner and (o.id in writing or not site.edition.public)
    ]
    yield Artefact(PATH, ("[\n" + ",\n".join(lines) + "\n]\n").encode(), JSON)
