"""The robot of one edition: a script package from what its pages say, for the site and for other software.

Everything in it stands on a page of the edition, or in its scripts; expired pages stay out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from builder.bundle import Artefact, Sheaf
from builder.config import SiteConfig
from builder.memo import code_version, digest
from builder.model import Site
from builder.problems import Problem
from builder.render.robot import exports
from builder.render.robot.compile import compiled, day_of
from builder.robot import package as packages
from builder.robot.package import Package, dump

JSON = "application/json"
SCRIPT = "text/javascript; charset=utf-8"
CHANNELS = "channels"  # the name under which the configuration chooses modules for other robots


def version() -> str:
    """A hash of the code that makes the forms for other robots."""
    return code_version(__file__, str(exports.__file__), str(packages.__file__))


class Scripts:
    """What the robot of one edition is made of."""

    def __init__(self, site: Site, config: SiteConfig) -> None:
        """Nothing is compiled before it is asked for."""
        self.site, self.config = site, config
        self.said: list[Problem] = []

    def sheaves(self) -> Iterator[Sheaf]:
        """The package, and its forms for other robots; kept while they say the same."""
        package = compiled(self.site, self.config)
        robot = self.config.robot
        same = set(robot.of(self.site.edition.name)) <= set(robot.of(CHANNELS))
        other = package if same else compiled(self.site, self.config, CHANNELS)
        ways = robot.ways(self.site.edition)
        self.said = list(exports.problems(other)) if "wecom" in ways else []
        base_url = self.site.edition.base_url
        key = digest(
            "robot",
            version(),
            repr(package),
            *sorted(ways),
            "" if same else repr(other),
            base_url,
            day_of(self.site),
        )
        # What has a page of its own is found there when it is withdrawn; scripts have none.
        sources = tuple(sorted(self.site.scripts))
        yield Sheaf(key, lambda: self._files(package, other, ways, sources), sources)

    def _files(
        self, package: Package, other: Package, ways: frozenset[str], sources: tuple[str, ...]
    ) -> Iterator[Artefact]:
        """The package twice, as JSON for software and as a script for pages, which may stand on a disk."""
        data = dump(package)
        yield Artefact("robot/package.json", data, JSON, sources)
        yield Artefact("site/robot/package.json", data, JSON, sources)
        script = b"wkRobotPackage(" + data + b");\n"
        yield Artefact("site/robot/package.js", script, SCRIPT, sources)
        for made in exports.exports(other, self.site.edition.base_url, day_of(self.site), ways):
            yield replace(made, sources=sources)

    def told(self) -> Iterable[Problem]:
        """What an author should know of it, once it was made."""
        return self.said
