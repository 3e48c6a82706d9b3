"""Addresses that nobody outside can open, in what the public reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from builder.config import SiteConfig
from builder.wording.finding import Finding
from builder.wording.passages import Sheet

NETWORK_STARTS = ("10.", "172.", "192.168.", "127.", "169.254.")
IP = re.compile(
    r"1(?<![\d.]1)(?:0(?:\.\d{1,3}){3}|72\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|92\.168(?:\.\d{1,3}){2}|"
    r"27(?:\.\d{1,3}){3}|69\.254(?:\.\d{1,3}){2})(?!\.?\d)(?:[:：]\d{2,5})?"
)
WHOLE_NETWORK = re.compile(r"\s*(?:/\d{1,2}|[—\-～~至到]|网段|地址段)")
VERSION = re.compile(r"(?:版本|版|[vV](?:er(?:sion)?)?|第|编号|网段|地址段)\.?\s*(?:是|为|号)?\s*$")
# (a literal that must be there, the pattern)
SHAPES = (
    (
        "://",
        re.compile(
            r"[a-zA-Z]{2,8}://(?:[^\s/@]*@)?(?:localhost|[A-Za-z0-9][A-Za-z0-9\-]*)(?=[:/\s，。；、）)”\"'`|]|$)"
        ),
    ),
    (
        ".",
        re.compile(
            r"[A-Za-z0-9](?<![A-Za-z0-9_.\-].)(?:[A-Za-z0-9\-]*\.)+(?:local|lan|intra|intranet|internal|corp|home|localdomain|tjj)"
            r"(?![A-Za-z0-9_\-]|\.[a-z])"
        ),
    ),
    (".0.0.", re.compile(r"(?<![\d.])0\.0\.0\.0(?!\.?\d)")),
    (
        "100.",
        re.compile(r"(?<![\d.])100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])(?:\.\d{1,3}){2}(?!\.?\d)"),
    ),
    ("::1", re.compile(r"(?<![A-Za-z0-9_:])\[?::1\]?(?![\w:])")),
    ("::", re.compile(r"(?<![A-Za-z0-9_:])(?:fe80|f[cd][0-9a-f]{2}):[0-9a-f:]{4,}(?![\w])")),
    ("home.arpa", re.compile(r"[\w.-]+\.home\.arpa(?!\w)")),
    ("/home/", re.compile(r"(?<![A-Za-z0-9_.:/])/home/[\w.\-]+/[^\s，。；、）)”`|]+")),
    ("/Users/", re.compile(r"(?<![A-Za-z0-9_.:/])/Users/[\w.\-]+/[^\s，。；、）)”`|]+")),
    ("localhost", re.compile(r"localhost(?::\d+)")),
    ("file:/", re.compile(r"file:/{2,3}[^\s，。；、）)”]+")),
    (
        "\\\\",
        re.compile(r"\\\\[A-Za-z0-9\u4e00-\u9fff][\w.\-\u4e00-\u9fff]*\\[^\s，。；、）)”|]+"),
    ),
    (":\\", re.compile(r"(?<![A-Za-z0-9_\\/])[A-Za-z]:\\(?:[^\s\\，。；|]+\\)+[^\s，。；|]*")),
)
INNER_ENDS = (".local", ".lan", ".intra", ".internal", ".corp", ".home", ".tjj")


def hosts(sheet: Sheet, config: SiteConfig) -> Iterator[Finding]:
    """Private network addresses, names without a dot, shared folders, hosts of inner editions."""
    text = sheet.raw
    if any(start in text for start in NETWORK_STARTS):
        yield from _numbers(sheet)
    for hint, pattern in SHAPES:
        if hint == "." and not any(end in text for end in INNER_ENDS):
            continue
        if hint in text:
            yield from _told(sheet, pattern)
    own = _inside(config)
    if own and any(name in text for name in own):
        yield from _told(sheet, _pattern(own))


def _told(sheet: Sheet, pattern: re.Pattern[str]) -> Iterator[Finding]:
    for found in pattern.finditer(sheet.raw):
        if sheet.public(found.start()):
            yield _address(*found.span())


def _numbers(sheet: Sheet) -> Iterator[Finding]:
    text = sheet.raw
    for found in IP.finditer(text):
        start, end = found.span()
        address = re.split("[:：]", found.group())[0]
        if not sheet.public(start) or VERSION.search(text[max(0, start - 8) : start]):
            continue
        if address.endswith(".0") and WHOLE_NETWORK.match(text, end):
            continue
        if all(int(part) <= 255 for part in address.split(".")):
            yield _address(start, end)


def _inside(config: SiteConfig) -> tuple[str, ...]:
    """Hosts of the editions that are not public, and of no public one."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for edition in config.editions.values():
        public = all(config.audiences[a].public for a in edition.audiences if a in config.audiences)
        found[public].add(re.sub(r"^https?://|[:/].*$", "", edition.base_url))
    return tuple(sorted(found[False] - found[True]))


@lru_cache(maxsize=8)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    told = "|".join(re.escape(name) for name in names)
    return re.compile(rf"(?<![A-Za-z0-9_.\-])(?:{told})(?![\w\-]|\.\w)")


def _address(start: int, end: int) -> Finding:
    action = "删去，或把这一段放进统计系统内部的围栏；公开内容只写公众打得开的网址。"
    return Finding(start, end, "HST001", "公开内容里有内网地址。", action)
