"""The robot of one edition: a script package from what its pages say, for the site and for other software.

Everything in it stands on a page of the edition, or in its scripts; expired pages stay out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.bundle import Artefact
from builder.config import SiteConfig
from builder.model import Site
from builder.problems import Problem
from builder.render.robot import exports
from builder.render.robot.compile import compiled
from builder.robot.package import dump

JSON = "application/json"
SCRIPT = "text/javascript; charset=utf-8"
CHANNELS = "channels"  # the name under which the configuration chooses modules for other robots


class Scripts:
    """What the robot of one edition is made of."""

    def __init__(self, site: Site, config: SiteConfig) -> None:
        """Nothing is compiled before it is asked for."""
        self.site, self.config = site, config
        self.said: list[Problem] = []

    def rest(self) -> Iterator[Artefact]:
        """The package twice, as JSON for software and as a script for pages, which may stand on a disk;
        then its form for each channel.
        """
        package = compiled(self.site, self.config)
        data = dump(package)
        told = {item.id.partition("#")[0] for item in package.items}
        sources = tuple(sorted(told | self.site.scripts.keys()))
        yield Artefact("robot/package.json", data, JSON, sources)
        yield Artefact("site/robot/package.json", data, JSON, sources)
        script = b"wkRobotPackage(" + data + b");\n"
        yield Artefact("site/robot/package.js", script, SCRIPT, sources)
        other = compiled(self.site, self.config, CHANNELS)
        self.said = list(exports.problems(other))
        yield from exports.exports(other, self.site.edition.base_url)

    def told(self) -> Iterable[Problem]:
        """What an author should know of it, after `rest`."""
        return self.said
