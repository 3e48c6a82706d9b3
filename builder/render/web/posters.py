"""The files beside a 图解 page: the long picture to send, and A4 to print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.body import Body
from builder.bundle import Artefact
from builder.config import SiteConfig
from builder.media import infographic
from builder.memo import digest
from builder.model import Page, Source

PICTURE, PAPER = "tujie.webp", "tujie.pdf"


def posters(page: Page, division: str, config: SiteConfig, body: Body) -> Iterator[Artefact]:
    """Both files of a page, each made only once for the same words."""
    from builder.media.infographic_pdf import pdf  # needed only where there are infographics

    poster = infographic.Poster(
        title=page.title,
        layout=page.data["layout"],
        blocks=page.data["blocks"],
        division=division,
        key=page.data["key"],
        root=page.data["root"],
        sample=page.data["sample"],
        sources=source_lines(page.sources),
        site=config.site.name,
        owner=config.site.owner,
    )
    said = infographic.version(), repr(poster)
    data = body.memo.blob(digest("poster", *said), lambda: infographic.webp(poster))
    yield Artefact(f"site/{page.url}{PICTURE}", data, "image/webp", page.made_of)
    data = body.memo.blob(digest("poster on paper", *said), lambda: pdf(poster))
    yield Artefact(f"site/{page.url}{PAPER}", data, "application/pdf", page.made_of)


def source_lines(sources: Iterable[Source]) -> tuple[str, ...]:
    """Sources as a poster names them: a document on one line with all its places."""
    found: dict[str, list[str]] = {}
    for source in sources:
        number = f"（{source.doc_no}）" if source.doc_no else ""
        places = found.setdefault(f"{source.title}{number}", [])
        if source.locator and source.locator not in places:
            places.append(source.locator)
    return tuple(f"{name}　{'、'.join(places)}".rstrip() for name, places in found.items())
