"""Fifty readers while releases are switched: no error, and never a page with files of another version."""

from __future__ import annotations

import http.client
import os
import posixpath
import random
import re
import threading
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.site_bundles import Office, release, site
from tests.webservers import nginx, python

SECONDS = 30 if os.environ.get("WEIKE_FULL") else 2
READERS = 50
VERSIONS = (1, 2, 3)
ASKED = re.compile(r'(?:src|href)="([^"]+)"')
TRUTH = {v: site(v) for v in VERSIONS}
PAGES = sorted(p for p in TRUTH[1] if p.endswith("index.html"))


@dataclass
class Tally:
    """What the readers met."""

    shown: list[int] = field(default_factory=lambda: [1])
    pages: Counter[int] = field(default_factory=Counter)
    across: int = 0  # pages whose files were asked for after a switch
    errors: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def version_of(path: str, body: bytes) -> int:
    return next((v for v, files in TRUTH.items() if files.get(path) == body), 0)


class Reader(threading.Thread):
    """Opens a page, is slow now and then, then asks for all that the page names."""

    def __init__(self, url: str, tally: Tally, seed: int) -> None:
        super().__init__()
        parts = urlsplit(url)
        self.link = http.client.HTTPConnection(parts.netloc, timeout=30)
        self.base, self.tally, self.rng = parts.path, tally, random.Random(seed)

    def run(self) -> None:
        while not self.tally.over.is_set():
            try:
                self.visit(self.rng.choice(PAGES))
            except (OSError, http.client.HTTPException) as error:
                self.tally.errors.append(repr(error))
                self.link.close()
        self.link.close()

    def get(self, path: str) -> bytes:
        self.link.request("GET", self.base + path.removesuffix("index.html"))
        answer = self.link.getresponse()
        body = answer.read()
        if answer.status != 200:
            self.tally.errors.append(f"{answer.status} {path}")
        return body

    def visit(self, page: str) -> None:
        text = self.get(page)
        version = version_of(page, text)
        if not version:
            self.tally.mixed.append(f"{page}: {text[:60]!r}")
            return
        self.tally.pages[version] += 1
        before = len(self.tally.shown)
        time.sleep(self.rng.random() * 0.3)
        for address in ASKED.findall(text.decode()):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(page), address))
            if self.get(path) != TRUTH[version][path]:
                self.tally.mixed.append(f"{page} of v{version}: {path}")
        self.tally.across += len(self.tally.shown) > before


def crowd(url: str, switch: object, desk: Office, root: Path) -> Tally:
    """Readers all the time; meanwhile releases come, go back and come again."""
    tally = Tally()
    bundles = [release(root, v) for v in VERSIONS]
    readers = [Reader(url, tally, n) for n in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for bundle in bundles[1:]:
                assert desk.push(bundle) == 0, desk.told
                tally.shown.append(1)
            for _ in bundles[1:]:
                assert desk.do("rollback", "wai") == 0, desk.told
                tally.shown.append(1)
    finally:
        tally.over.set()
        for reader in readers:
            reader.join()
    return tally


@pytest.mark.parametrize("switch", ["link", "files"])
@pytest.mark.parametrize("server", ["nginx", "python"])
def test_no_reader_meets_an_error_or_a_mixture(tmp_path: Path, server: str, switch: str) -> None:
    keys = {"place": "local", "path": tmp_path / "srv", "keep": 8, "switch": switch}
    desk = Office(tmp_path, wai=keys)
    assert desk.push(release(tmp_path, 1)) == 0
    current = tmp_path / "srv" / "current"
    serving: AbstractContextManager[str] = (
        nginx(current, tmp_path / "nginx") if server == "nginx" else python(current)
    )
    with serving as url:
        tally = crowd(url, switch, desk, tmp_path)
    read = sum(tally.pages.values())
    print(
        f"\n{server}, {switch}: {len(tally.shown) - 1} switches, {read} pages by {READERS} readers "
        f"({dict(tally.pages)}), {tally.across} across a switch, {len(tally.errors)} errors, {len(tally.mixed)} mixed"
    )
    assert tally.errors == []
    assert tally.mixed == []
    assert read > READERS
    assert tally.across > 20, "switches came too seldom to say anything"
    assert len(tally.pages) >= 2


def test_the_judge_sees_a_mixture(tmp_path: Path) -> None:
    """A film replaced under a page that was already read."""
    for path, data in site(1).items():
        (tmp_path / "srv" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "srv" / path).write_bytes(data)
    film = next(p for p in site(1) if p.endswith(".mp4") and "/" not in p)
    (tmp_path / "srv" / film).write_bytes(b"film of another version")
    (tmp_path / "srv" / next(p for p in site(1) if p.endswith(".css"))).unlink()
    tally = Tally()
    with python(tmp_path / "srv") as url:
        reader = Reader(url, tally, 0)
        reader.visit("index.html")
        reader.link.close()
    assert tally.mixed == [
        f"index.html of v1: {p}" for p in (next(p for p in site(1) if p.endswith(".css")), film)
    ]
    assert len(tally.errors) == 1
