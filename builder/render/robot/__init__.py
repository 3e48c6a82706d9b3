"""The robot of one edition: a script package from what its pages say, for the site and for other software.

Everything in it stands on a page of the edition, or in its scripts; expired pages stay out.
"""

from __future__ import annotations

from collections.abc import Iterator

from builder.bundle import Artefact
from builder.config import SiteConfig
from builder.model import Site
from builder.render.robot.compile import compiled
from builder.robot.package import dump

JSON = "application/json"
SCRIPT = "text/javascript; charset=utf-8"


def render(site: Site, config: SiteConfig) -> Iterator[Artefact]:
    """The package twice: as JSON for software, as a script for pages, which may stand on a disk."""
    package = compiled(site, config)
    data = dump(package)
    told = {item.id.partition("#")[0] for item in package.items}
    sources = tuple(sorted(told | site.scripts.keys()))
    yield Artefact("robot/package.json", data, JSON, sources)
    yield Artefact("site/robot/package.json", data, JSON, sources)
    yield Artefact("site/robot/package.js", b"wkRobotPackage(" + data + b");\n", SCRIPT, sources)
