"""Numbers for other software: JSON-stat, CSV, workbooks and a data package, in the shape of PxWebApi.

Everything is a file: a static host answers. `data/` is the folder, `data/api/v2/` the interface.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from builder.bundle import Artefact, Sheaf
from builder.config import SiteConfig
from builder.memo import Memo, code_version, digest
from builder.model import Page, Site
from builder.values import Indicator, Numbers

if TYPE_CHECKING:
    from builder.indicators.tables import Cube

API = "site/data/api/v2/"
AUDIENCES = "data/audiences.json"  # not in an edition for the public: who reads what is nobody's business there
JSON = "application/json; charset=utf-8"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What the last table was made into, for the next edition, which mostly knows the same.
_LAST: dict[str, tuple[Any, bytes]] = {}


class Data:
    """The tables of one edition: each with the page of its indicator, the lists at once."""

    def __init__(self, site: Site, numbers: Numbers, config: SiteConfig, memo: Memo) -> None:
        """Nothing is put together before it is asked for."""
        self.site, self.numbers, self.config, self.memo = site, numbers, config, memo

    @cached_property
    def cubes(self) -> dict[str, Cube]:
        """The table of each indicator that has numbers, by its id."""
        from builder.indicators import tables

        shown = sorted(self.numbers.indicators.values(), key=lambda i: i.id)
        store: Any = self.numbers.store  # what a site holds is such a store
        return {c.indicator.id: c for c in tables.cubes(shown, self.numbers.regions, store)}

    @cached_property
    def version(self) -> str:
        """A hash of all that tables are made from besides their numbers."""
        from builder.indicators import jsonstat, pxweb, tables

        rooms = code_version(__file__, *(str(r.__file__) for r in (jsonstat, pxweb, tables)))
        readers = {name: a.public for name, a in self.config.audiences.items()}
        return digest(rooms, repr(self.numbers.regions), repr(readers))

    def _public(self, known: Indicator) -> bool:
        return self.config.audiences[known.audience].public

    def audiences(self) -> dict[str, dict[str, object]]:
        """The audiences of the edition, and whether each is everybody; what they are called is nobody's business."""
        named = sorted(self.site.edition.audiences)
        found = ((name, self.config.audiences[name]) for name in named)
        return {name: {"public": one.public} for name, one in found}

    def key(self, page: Page) -> str:
        """A hash of all that `page(page)` makes; empty for pages without numbers."""
        known = self._known(page)
        base = self.site.edition.base_url
        return digest("data", self.version, base, page.mark, repr(known)) if known else ""

    def _known(self, page: Page) -> Any:
        return self.numbers.indicators.get(page.id.partition(":")[2]) if page.mark else None

    def page(self, page: Page) -> Iterator[Artefact]:
        """The table of an indicator in every form, in the folder of its id."""
        known = self._known(page)
        cube = self.cubes.get(known.id) if known else None
        if cube is None:
            return
        from builder.indicators import jsonstat, pxweb, tables

        folder, ids = f"{API}tables/{known.id}/", page.made_of
        said = digest(self.version, cube.content)
        if said not in _LAST:
            _LAST.clear()
            _LAST[said] = jsonstat.values(cube), tables.comma(cube)
        values, comma = _LAST[said]
        made = jsonstat.dataset(cube, f"{self.site.edition.base_url}{known.url}", values)
        yield Artefact(
            f"{folder}index.json", _json(pxweb.table(cube, public=self._public(known))), JSON, ids
        )
        yield Artefact(f"{folder}metadata.json", _json(pxweb.metadata(made)), JSON, ids)
        yield Artefact(f"{folder}data.json", _json(made), JSON, ids)
        yield Artefact(f"{folder}data.csv", comma, CSV, ids)
        book = self.memo.blob(digest("workbook", said), lambda: tables.workbook(cube))
        yield Artefact(f"{folder}data.xlsx", book, XLSX, ids)

    def sheaves(self) -> Iterator[Sheaf]:
        """The lists that lead to the tables, made anew when one of these changes."""
        from builder.indicators import datapackage

        held, site = self.numbers, self.config.site
        told = (sorted(held.marks.items()), held.indicators, site.name, site.owner)
        base, code = self.site.edition.base_url, code_version(str(datapackage.__file__))
        vintages = [snapshot.vintage for snapshot in held.store.snapshots]
        name = self.site.edition.name
        parts = repr(told), repr(vintages), repr(self.audiences())
        key = digest("lists", self.version, code, base, name, *parts)
        yield Sheaf(key, self.rest)

    def rest(self) -> Iterator[Artefact]:
        """The lists that lead to the tables."""
        from builder.indicators import datapackage, document, jsonstat, pxweb

        yield Artefact(document.PATH, document.write(self.numbers), JSON)
        if not self.site.edition.public:
            said = {"format": "weike-audiences/1", "audiences": self.audiences()}
            yield Artefact(AUDIENCES, _json(said), JSON)
        cubes, site = list(self.cubes.values()), self.config.site
        if not cubes:
            return
        newest, title = max(c.updated.isoformat() for c in cubes), f"{site.name}：指标数据"
        items = [(c.indicator.name, f"tables/{c.indicator.id}/data.json") for c in cubes]
        lines = pxweb.tables([pxweb.table(c, public=self._public(c.indicator)) for c in cubes])
        config = pxweb.config(site.name, site.owner)
        yield Artefact(f"{API}config/index.json", _json(config), JSON)
        yield Artefact(f"{API}tables/index.json", _json(lines), JSON)
        yield Artefact(f"{API}index.json", _json(jsonstat.collection(title, items, newest)), JSON)
        resources = [
            datapackage.resource(c, f"api/v2/tables/{c.indicator.id}/data.csv") for c in cubes
        ]
        shown = [c.indicator for c in cubes]
        for described, (path, body) in (
            datapackage.regions(self.numbers.regions.values()),
            datapackage.indicators(shown),
        ):
            resources.append(described)
            yield Artefact(f"site/data/{path}", body, CSV)
        name = f"weike-{self.site.edition.name}"
        whole = datapackage.package(name, title, newest, resources)
        yield Artefact("site/data/datapackage.json", _json(whole), JSON)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
