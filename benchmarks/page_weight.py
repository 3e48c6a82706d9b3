"""What a first visit to a question's page loads: the page and all its files, each gzipped."""

from __future__ import annotations

import gzip
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from statistics import median
from urllib.parse import unquote, urljoin, urlsplit

from benchmarks import corpus
from benchmarks.measure import options, run, verdict, weike

BAR = 120.0  # KB
LOADING = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}
IN_SHEET = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
HOST = "http://here/"


class Loads(HTMLParser):
    """Gathers the addresses that a browser loads with a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this element loads."""
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "img", "source", "video", "audio", "iframe", "embed"}:
            self.found += [given.get("src", ""), given.get("poster", "")]
            self.found += [part.split()[0] for part in given.get("srcset", "").split(",") if part]
        loads = tag == "link" and LOADING & set(given.get("rel", "").split())
        if tag in {"use", "image"} or loads:
            self.found.append(given.get("href", ""))


def main() -> int:
    """Print the weight of the median and the heaviest page; exit 1 when the bar is broken."""
    chosen = options(str(__doc__), 1, rivals=False).parse_args()
    work = chosen.work.resolve()
    corpus.weike_tree(work / "weike", corpus.entries(chosen.entries))
    run(weike(work / "weike", work / "dist", corpus.NOW))
    held = []
    for edition in ("internet", "intranet"):
        site = work / "dist" / edition / "site"
        pages = sorted(site.glob("faq/*/*/index.html"))
        weights = {page: sum(files(site, page).values()) for page in pages}
        heaviest = max(pages, key=lambda p: weights[p])
        for path, size in sorted(files(site, heaviest).items(), key=lambda item: -item[1]):
            print(f"  {size / 1000:7.1f} KB  {path}")
        middle = median(weights.values()) / 1000
        print(f"{edition}: {len(pages)} pages, median {middle:.1f} KB, ", end="")
        print(f"heaviest {weights[heaviest] / 1000:.1f} KB", end="")
        held.append(verdict(weights[heaviest] / 1000, BAR))
    return 0 if all(held) else 1


def files(site: Path, page: Path) -> dict[str, int]:
    """Site path to gzipped size of a page and all that it loads."""
    parser = Loads()
    start = page.relative_to(site).as_posix()
    parser.feed(page.read_text("utf-8"))
    sizes = {start: weight(page)}
    queue = [urljoin(HOST + start, address) for address in parser.found if address]
    while queue:
        address = urlsplit(queue.pop())
        path = unquote(address.path).lstrip("/")
        if address.scheme != "http" or path in sizes:
            continue
        if address.netloc != "here":
            raise SystemExit(f"{start} loads {address.geturl()} from another host")
        sizes[path] = weight(site / path)
        if path.endswith(".css"):
            found = IN_SHEET.findall((site / path).read_text("utf-8"))
            queue += [urljoin(HOST + path, a or b) for a, b in found if (a or b)[0] != "#"]
    return sizes


def weight(path: Path) -> int:
    """The gzipped size of a file; pictures are packed already."""
    data = path.read_bytes()
    return min(len(data), len(gzip.compress(data, 6, mtime=0)))


if __name__ == "__main__":
    sys.exit(main())
