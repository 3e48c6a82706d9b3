"""One build of the repository's own content for all tests that look at pages."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from builder.bundle import Bundle, load
from tests.corpus import FOLDERS, NOW, ROOT, built, tree
from tests.sharing import made_once, shared

FILMS = () if os.environ.get("WEIKE_FULL") else ("--draft-media",)  # no test looks into one
REDIRECT = re.compile(rb"<meta http-equiv=\"refresh\" content=\"0; url=([^\"]*)\">")


@dataclass(frozen=True)
class Edition:
    """A built edition: its bundle, its pages, its addresses."""

    bundle: Bundle

    @property
    def root(self) -> Path:
        """The folder that a web server serves."""
        return self.bundle.root / "site"

    @property
    def base(self) -> str:
        """Where the site will stand."""
        return str(self.bundle.header["base_url"])

    @cached_property
    def files(self) -> frozenset[str]:
        """Every file under the site's root."""
        return frozenset(
            p.removeprefix("site/") for p in self.bundle.files if p.startswith("site/")
        )

    @cached_property
    def redirects(self) -> Mapping[str, str]:
        """Old address → where it leads, as a path under the root."""
        found = {}
        for name in self.files:
            matched = REDIRECT.search(self.bytes(name)) if name.endswith("/index.html") else None
            if matched:
                found[name] = self.resolve(name, unescape(matched.group(1).decode()))
        return found

    @cached_property
    def pages(self) -> Mapping[str, LexborHTMLParser]:
        """Every whole page, parsed; redirects and fragments are none."""
        return {
            name: LexborHTMLParser(self.bytes(name))
            for name in sorted(self.files)
            if name.endswith(".html")
            and not name.endswith("fragment.html")
            and name not in self.redirects
        }

    def bytes(self, name: str) -> bytes:
        """A file's bytes."""
        return (self.root / name).read_bytes()

    def resolve(self, page: str, href: str) -> str:
        """The file to which `href` on `page` leads."""
        path = unquote(urlsplit(href).path)
        target = normpath(join(dirname(page), path)) if path else page
        if path.endswith("/") or path in {".", ".."} or target == ".":
            target = normpath(join(target, "index.html"))
        return target


def opened(out: Path) -> dict[str, Edition]:
    """The editions under `out`."""
    return {p.name: Edition(load(p)) for p in sorted(out.iterdir()) if not p.name.startswith(".")}


_BUILT: dict[str, Edition] = {}


def build_once(factory: pytest.TempPathFactory) -> dict[str, Edition]:
    """Both editions of the repository's own content, built once a test run, whoever needs them first."""
    if not _BUILT:
        out = shared(factory, "site")
        words = ("--root", str(ROOT), "--now", NOW)

        def make() -> None:
            built("check", *words)
            built("build", *words, "--out", str(out), *FILMS)

        _BUILT.update(opened(made_once(out, make)))
    return _BUILT


def authored() -> str:
    """A hash of every authored file: no verb may change it."""
    sha = hashlib.sha256()
    for folder in FOLDERS:
        for name, data in tree(ROOT / folder).items():
            sha.update(f"{folder}/{name}\n{len(data)}\n".encode() + data)
    return sha.hexdigest()
