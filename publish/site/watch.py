"""What readers get: every file asked for at the public address and hashed; the server's clock and headers.

Nothing but what a browser would send goes out; no address but the site's own is asked.
"""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Self
from urllib.parse import quote, urlsplit

from publish.site.release import Record

AT_ONCE = 8
PATIENCE = 20  # seconds for one answer
ASKED = {"Accept-Encoding": "identity", "Cache-Control": "no-cache", "User-Agent": "weike"}
HEADERS = {  # what a public site has to send with its pages, and why
    "Content-Security-Policy": "内容安全策略",
    "X-Content-Type-Options": "不许猜类型",
    "Referrer-Policy": "来源页",
}
INDEX = "index.html"
UNHEARD = (OSError, HTTPException, ValueError)  # no answer, or none that can be understood


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of asking: how many files were asked for, what was not as it should be, how long it took."""

    asked: int
    wrong: tuple[tuple[str, str], ...]


class Reader:
    """One connection to a site, kept open from file to file."""

    def __init__(self, url: str) -> None:
        """`url`: the site's first page, ending in a slash."""
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.connection = kind(parts.netloc, timeout=PATIENCE)
        self.base = parts.path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def get(self, path: str, method: str = "GET") -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of one file; an index is asked for by its folder, as readers do."""
        address = path.removesuffix(INDEX) if path.rpartition("/")[2] == INDEX else path
        for again in (True, False):
            try:
                self.connection.request(method, self.base + quote(address), headers=ASKED)
                answer: HTTPResponse = self.connection.getresponse()
                return answer.status, dict(answer.headers), answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection.close()  # an idle connection that the server had closed
                if not again:
                    raise
        raise AssertionError


def check(url: str, record: Record) -> Seen:
    """Ask for every file of a release, those of older ones that stay too, and hash what comes."""
    paths = sorted(record.all)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda part: list(_asked(url, record, part)), _dealt(paths)))
    return Seen(len(paths), tuple(sorted(row for part in found for row in part)))


def _dealt(paths: list[str]) -> Iterator[list[str]]:
    return (paths[n::AT_ONCE] for n in range(AT_ONCE))


def _asked(url: str, record: Record, paths: list[str]) -> Iterator[tuple[str, str]]:
    try:
        opened = Reader(url)
    except UNHEARD as error:
        yield from ((path, f"没有取到（{type(error).__name__}）") for path in paths)
        return
    with opened as reader:
        for path in paths:
            try:
                status, _, body = reader.get(path)
            except UNHEARD as error:
                reader.connection.close()
                yield path, f"没有取到（{type(error).__name__}）"
                continue
            if status != 200:
                yield path, f"服务器答 {status}"
            elif hashlib.sha256(body).hexdigest() != record.all[path].sha256:
                yield path, "内容不是这一版的"


def lacking(url: str) -> list[str]:
    """Which of the headers a site has to send the first page lacks."""
    try:
        with Reader(url) as reader:
            _, headers, _ = reader.get("")
    except UNHEARD:
        return []
    sent = {name.lower() for name in headers}
    return [name for name in HEADERS if name.lower() not in sent]


def skew(url: str, now: datetime, answered: datetime, date: str) -> timedelta:
    """By how much at least a server's clock differs from ours, from the `Date` of an answer.

    `now` is when it was asked for, `answered` when the answer was here; a date has whole seconds.
    """
    with suppress(TypeError, ValueError):
        early = parsedate_to_datetime(date)
        late = early + timedelta(seconds=1)
        if late < now:
            return now - late
        if early > answered:
            return early - answered
    return timedelta(0)


def date_of(url: str) -> str:
    """The `Date` that the server sends; empty when it can't be asked."""
    try:
        with Reader(url) as reader:
            _, headers, _ = reader.get("", "HEAD")
    except UNHEARD:
        return ""
    return next((value for name, value in headers.items() if name.lower() == "date"), "")
