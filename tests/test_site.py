"""The site that the repository's own content makes: every page, every file."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import pytest
from selectolax.lexbor import LexborHTMLParser

from builder.config import load_config
from builder.read import read
from tests import site
from tests.corpus import ROOT
from tests.site import Edition

BUDGET = 120 * 1024
NAMES = ("internet", "intranet")
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE_TAGS = ("SiteName", "SiteDomain", "SiteIDCode")
COLUMN_TAGS = ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
ARTICLE_TAGS = (
    "ArticleTitle",
    "PubDate",
    "ContentSource",
    "Keywords",
    "Author",
    "Description",
    "Url",
)
LD_TYPES = {
    "faq": "FAQPage",
    "course": "Course",
    "lesson": "LearningResource",
    "article": "Article",
}
BEFORE = site.authored()


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Edition]:
    return site.build_once(tmp_path_factory)


@pytest.fixture(params=NAMES)
def edition(request: pytest.FixtureRequest, editions: Mapping[str, Edition]) -> Edition:
    found: Edition = editions[request.param]
    return found


def named(page: LexborHTMLParser) -> dict[str, str]:
    """The page's `<meta name>` tags."""
    return {
        tag.attributes["name"] or "": tag.attributes.get("content") or ""
        for tag in page.css("meta[name]")
    }


def entries_of(edition: Edition) -> dict[str, str]:
    """Page file → the kind of the one entry it shows."""
    return {
        line.path.removeprefix("site/"): line.sources[0].partition(":")[0]
        for line in edition.bundle.files.values()
        if line.path.removeprefix("site/") in edition.pages
        and len(line.sources) == 1
        and line.path.count("/") > 2
        and not line.path.startswith(("site/tags/", "site/divisions/"))
    }


def test_no_verb_writes_into_what_authors_wrote(editions: Mapping[str, Edition]) -> None:
    assert set(editions) == set(NAMES)
    assert site.authored() == BEFORE


def test_every_file_is_listed_and_whole(edition: Edition) -> None:
    for path in edition.bundle.files:
        edition.bundle.read(path)
    there = {p.relative_to(edition.root).as_posix() for p in edition.root.rglob("*") if p.is_file()}
    assert there == edition.files


def test_government_metadata(edition: Edition) -> None:
    kinds = entries_of(edition)
    assert len(kinds) > 80
    for name, page in edition.pages.items():
        tags = named(page)
        wanted = list(SITE_TAGS)
        wanted += COLUMN_TAGS if name != "index.html" else ()
        wanted += ARTICLE_TAGS if name in kinds and tags.get("Description") else ()
        wanted += [t for t in ARTICLE_TAGS if t != "Description"] if name in kinds else []
        lacking = [tag for tag in wanted if not tags.get(tag, "").strip()]
        assert not lacking, (name, lacking)
        empty = [
            tag
            for tag, value in tags.items()
            if value.strip().lower() in {"", "null", "none", "undefined"}
        ]
        assert not empty, (name, empty)
        assert re.fullmatch(r"\d{10}", tags["SiteIDCode"])
        if name in kinds:
            datetime.strptime(tags["PubDate"], "%Y-%m-%d %H:%M")  # noqa: DTZ007  # its form is judged
            assert tags["PubDate"] <= "2026-11-21 10:00"
            assert tags["Url"] == edition.base + name.removesuffix("index.html")


def test_every_page_has_one_heading_and_a_title(edition: Edition) -> None:
    titles: Counter[str] = Counter()
    for name, page in edition.pages.items():
        assert len(page.css("h1")) == 1, name
        assert page.css("h1")[0].text().strip(), name
        assert len(page.css("head > title")) == 1, name  # drawings have titles of their own
        assert len(page.css("main")) == 1, name
        assert (page.css("html")[0].attributes["lang"] or "").startswith("zh"), name
        titles[page.css("title")[0].text().strip()] += 1
    assert not [title for title, count in titles.items() if not title]


def test_no_inline_script_or_style(edition: Edition) -> None:
    for name, page in edition.pages.items():
        policies = page.css('meta[http-equiv="Content-Security-Policy"]')
        assert len(policies) == 1, name
        policy = policies[0].attributes["content"] or ""
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "//" not in policy
        inline = [
            tag
            for tag in page.css("script:not([src])")
            if tag.attributes.get("type") not in {"application/json", "application/ld+json"}
        ]
        assert not inline, name
        assert not page.css("style, [style], iframe, object, embed, base, link[rel=preconnect]"), (
            name
        )
        for tag in page.css("*"):
            assert not [a for a in tag.attributes if a.startswith("on")], (name, tag.html)


def test_canonical_addresses(edition: Edition) -> None:
    for name, page in edition.pages.items():
        links = [tag.attributes["href"] for tag in page.css("link[rel=canonical]")]
        assert links == [edition.base + re.sub(r"(^|/)index\.html$", r"\1", name)], name


def linked_data(page: LexborHTMLParser) -> list[dict[str, Any]]:
    return [json.loads(tag.text()) for tag in page.css('script[type="application/ld+json"]')]


def test_linked_data(edition: Edition) -> None:
    kinds = entries_of(edition)
    for name, page in edition.pages.items():
        for item in linked_data(page):
            assert item["@context"] == "https://schema.org"
            assert item["inLanguage"] == "zh-CN"
        wanted = LD_TYPES.get(kinds.get(name, ""))
        if wanted:
            assert [item["@type"] for item in linked_data(page)] == [wanted], name
        if wanted == "FAQPage":
            (question,) = linked_data(page)[0]["mainEntity"]
            assert question["name"] == page.css("h1")[0].text().strip()
            assert question["acceptedAnswer"]["text"].strip()
    assert set(LD_TYPES) <= set(kinds.values())


def links(edition: Edition) -> Iterator[tuple[str, str, str]]:
    """(page, file it leads to, fragment) of every internal address."""
    for name, page in edition.pages.items():
        for tag in page.css(
            "a[href], link[href], script[src], img[src], use[href], source[src], form[action]"
        ):
            found = tag.attributes
            href = found.get("href") or found.get("src") or found.get("action") or ""
            if (
                urlsplit(href).scheme
                or href.startswith("//")
                or tag.attributes.get("rel") == "canonical"
            ):
                continue
            # All but the page that is shown in the place of any other must stand under any path.
            assert not href.startswith("/") or name == "404.html", (name, href)
            path = "/" + href.removeprefix(urlsplit(edition.base).path)
            place, href = ("index.html", path[1:] or ".") if href.startswith("/") else (name, href)
            yield name, edition.resolve(place, href), urlsplit(href).fragment


def test_no_dead_link(edition: Edition) -> None:
    found = list(links(edition))
    assert len(found) > 3_000
    dead = {(page, target) for page, target, _ in found if target not in edition.files}
    assert not dead
    assert not {target for _, target, _ in found if target in edition.redirects}


def test_no_dead_fragment(edition: Edition) -> None:
    ids = {
        name: {tag.attributes["id"] for tag in page.css("[id]")}
        for name, page in edition.pages.items()
    }
    quiet = re.compile(r"[a-z]+=")  # `#role=town`: a filter that the page's script reads
    dead = {
        (page, target, fragment)
        for page, target, fragment in links(edition)
        if fragment and target in ids and fragment not in ids[target] and not quiet.match(fragment)
    }
    assert not dead


def test_no_id_twice(edition: Edition) -> None:
    for name, page in edition.pages.items():
        ids = Counter(tag.attributes["id"] for tag in page.css("[id]"))
        assert not [i for i, count in ids.items() if count > 1 or not i], name


def test_external_links_are_marked(edition: Edition) -> None:
    for name, page in edition.pages.items():
        for tag in page.css(".prose a[href^=http]"):
            assert "external" in (tag.attributes.get("rel") or ""), (name, tag.html)


def test_feeds(edition: Edition) -> None:
    names = [n for n in edition.files if n.endswith("feed.xml")]
    assert "feed.xml" in names
    for name in names:
        feed = Xml.fromstring(edition.bytes(name))
        assert feed.findtext(f"{ATOM}id") == edition.base + name
        for entry in feed.iter(f"{ATOM}entry"):
            link = entry.find(f"{ATOM}link")
            assert link is not None
            path = link.attrib["href"].removeprefix(edition.base)
            assert f"{path}index.html" in edition.pages
            assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "").utcoffset()
            assert (entry.findtext(f"{ATOM}title") or "").strip()
    assert len(list(Xml.fromstring(edition.bytes("feed.xml")).iter(f"{ATOM}entry"))) >= 20


def test_sitemap(edition: Edition) -> None:
    urls = [n.text or "" for n in Xml.fromstring(edition.bytes("sitemap.xml")).iter(f"{MAP}loc")]
    assert len(urls) == len(set(urls))
    files = {url.removeprefix(edition.base) + "index.html" for url in urls}
    assert files <= set(edition.pages)
    assert set(entries_of(edition)) <= files


def test_robots(editions: Mapping[str, Edition]) -> None:
    assert b"Disallow: /\n" not in editions["internet"].bytes("robots.txt")
    assert b"Disallow: /\n" in editions["intranet"].bytes("robots.txt")


def test_calendar(edition: Edition) -> None:
    data = edition.bytes("calendar.ics")
    rows = data.decode().split("\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert rows[0] == "BEGIN:VCALENDAR"
    assert rows[-2:] == ["END:VCALENDAR", ""]
    assert {"VERSION:2.0"} <= set(rows)
    assert max(len(row.encode()) for row in rows) <= 75
    whole = "\r\n".join(rows).replace("\r\n ", "").split("\r\n")
    events = "\n".join(whole).split("BEGIN:VEVENT\n")[1:]
    assert events
    uids: Counter[str] = Counter()
    for event in events:
        lines = dict(r.split(":", 1) for r in event.split("\n") if ":" in r)
        keys = {key.partition(";")[0] for key in lines}
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "END"} <= keys, event
        uids[lines["UID"]] += 1
    assert max(uids.values()) == 1


def test_redirects(edition: Edition) -> None:
    library, _ = read(ROOT)
    old = {alias.strip("/") for entry in library.entries.values() for alias in entry.aliases}
    for name, target in edition.redirects.items():
        assert target in edition.pages, name
        assert name.removesuffix("/index.html") in old


def test_pages_stay_light(edition: Edition) -> None:
    """What a first visit to a question loads, as a server that packs would send it."""
    weights = {}
    for name in entries_of(edition):
        if not name.startswith("faq/"):
            continue
        page = edition.pages[name]
        tags = page.css(
            "link[rel=stylesheet], link[rel=icon], script[src], use[href], img[src]:not([loading=lazy])"
        )
        hrefs = {str(t.attributes.get("href") or t.attributes.get("src")) for t in tags}
        loaded = {name} | {edition.resolve(name, h) for h in hrefs if not h.startswith("#")}
        weights[name] = {n: len(gzip.compress(edition.bytes(n), 9)) for n in loaded}
    heaviest = max(weights, key=lambda name: sum(weights[name].values()))
    total = sum(weights[heaviest].values())
    print(
        f"\n{edition.bundle.header['edition']}: {heaviest} {total / 1024:.1f} KB {weights[heaviest]}"
    )
    assert total <= BUDGET


def test_not_found_page_works_anywhere(edition: Edition) -> None:
    """A server shows 404.html at any depth, so that nothing on it may be relative to its place."""
    page = edition.pages["404.html"]
    path = urlsplit(edition.base).path
    for tag in page.css("a[href], link[href], script[src], use[href], form[action]"):
        found = tag.attributes
        href = found.get("href") or found.get("src") or found.get("action") or ""
        assert href.startswith("#") or urlsplit(href).path.startswith(path), tag.html


def hidden_words() -> set[str]:
    """Titles, questions and ids that only insiders may know."""
    config = load_config(ROOT)
    public = {name for name, audience in config.audiences.items() if audience.public}
    library, _ = read(ROOT)
    words = set()
    for entry in library.entries.values():
        if entry.audience not in public:
            words |= {entry.title, entry.url, *entry.aliases}
    return {w for w in words if w}


def test_internet_has_no_word_of_the_intranet(editions: Mapping[str, Edition]) -> None:
    words = hidden_words()
    assert len(words) > 10
    for name in editions["internet"].bundle.files:
        text = (editions["internet"].bundle.root / name).read_bytes().decode("utf-8", "replace")
        assert not [w for w in words if w in text or w in name], name
    shown = "".join(editions["intranet"].bytes(n).decode() for n in editions["intranet"].pages)
    assert [w for w in words if w in shown], "these words can't be found at all"
