"""The poster on A4: the same marks, pages cut between bands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from builder.media.infographic import Poster, pieces
from builder.media.infographic_book import PAGE, book
from builder.media.infographic_draw import WIDTH, Mark, Piece, Text, moved
from builder.media.text_layout import measure

TOP, FOOT = 56.0, 64.0  # white above a page that goes on, and below it for its number
SIZES = (1.0, 0.92, 0.85, 0.78, 0.72)  # of the poster on paper; the words are 12 to 16.5 points


def pdf(poster: Poster) -> bytes:
    """The poster as a PDF of A4 pages."""
    bands, size = shared_out(pieces(poster))
    marks = [page_marks(page, n, len(bands), PAGE / size) for n, page in enumerate(bands, 1)]
    return book(marks, poster.title, poster.owner or poster.site, size)


def shared_out(bands: Sequence[Piece]) -> tuple[list[list[Piece]], float]:
    """Pages, as few as a readable size gives, and the largest size that gives so few."""
    tried = [(paged(bands, PAGE / size), size) for size in SIZES]
    return min(tried, key=lambda found: (len(found[0]), -found[1]))


def paged(bands: Sequence[Piece], height: float) -> list[list[Piece]]:
    """Bands shared out to pages of `height`; one that is taller has a page of its own."""
    pages: list[list[Piece]] = [[]]
    taken = 0.0
    for band in bands:
        room = height - FOOT - (TOP if len(pages) > 1 else 0)
        if pages[-1] and taken + band.height > room:
            pages.append([])
            taken = 0.0
        pages[-1].append(band)
        taken += band.height
    return pages


def page_marks(bands: Iterable[Piece], number: int, count: int, height: float) -> list[Mark]:
    """The marks of one page in its own units; a band too tall is not cut but left to be scaled."""
    down = TOP if number > 1 else 0.0
    marks: list[Mark] = []
    for band in bands:
        marks += [moved(mark, down) for mark in band.marks]
        down += band.height
    if count > 1:
        words = f"第 {number} 页，共 {count} 页"
        wide = measure(words, 22)
        bottom = max(height, down + FOOT)
        marks.append(
            Text((WIDTH - wide) / 2, bottom - 24, words, 22, 400, "#5a5246", (WIDTH + wide) / 2 + 1)
        )
    return marks
