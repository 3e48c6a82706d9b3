"""A PDF of A4 pages from marks: boxes, lines, outlines, pictures, and words in embedded subsets of the font.

A PDF of these is a few kinds of object, so it is written here: no library, the same bytes each time.
Glyphs are chosen by their number in the subset (Identity-H); ToUnicode gives the words back to whoever
copies or searches.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Sequence

from builder.media import raster
from builder.media.infographic_draw import WIDTH, Box, Mark, Picture, Shape, Stroke, Text
from builder.media.infographic_font import embedded
from builder.media.palette import PAPER, SURFACE

A4 = (595.28, 841.89)
SCALE = A4[0] / WIDTH
PAGE = A4[1] / SCALE  # height of a page in units of the marks
KAPPA = 0.5523  # how far the handles of a quarter circle reach
WHITE = "#ffffff"
ON_PAPER = {PAPER: WHITE, SURFACE: WHITE}  # tinted grounds would only cost the printer's ink


def book(pages: Sequence[Sequence[Mark]], title: str, author: str, size: float = 1.0) -> bytes:
    """A document of these pages. `size`: of their marks on paper, 1 where WIDTH is the width of A4."""
    made = _Book(title, author)
    words = [m for page in pages for m in page if isinstance(m, Text)]
    for weight in sorted({word.weight for word in words}):
        made.font(weight, "".join(w.text for w in words if w.weight == weight))
    for page in pages:
        made.page(page, size)
    return made.done()


class _Book:
    """Objects of a PDF, numbered as they come. 1 is the catalogue, 2 the list of pages."""

    def __init__(self, title: str, author: str) -> None:
        self.objects: list[bytes] = [b"", b""]
        self.pages: list[int] = []
        self.fonts: dict[int, tuple[int, dict[str, int]]] = {}
        self.title = title
        self.author = author

    def add(self, body: bytes) -> int:
        self.objects.append(body)
        return len(self.objects)

    def stream(self, data: bytes, keys: str = "") -> int:
        packed = zlib.compress(data, 9)
        head = f"<<{keys}/Filter/FlateDecode/Length {len(packed)}>>stream\n".encode()
        return self.add(head + packed + b"\nendstream")

    def font(self, weight: int, text: str) -> None:
        """Embed the glyphs of `text` in one weight."""
        made = embedded(text, weight)
        name = f"WEIKE{'A' if weight < 600 else 'B'}+NotoSansCJKsc-{weight}"
        file = self.stream(made.cff, "/Subtype/CIDFontType0C")
        about = self.add(
            f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[-1000 -400 3000 1200]/ItalicAngle 0"
            f"/Ascent 880/Descent -120/CapHeight 733/StemV {weight // 5}/FontFile3 {file} 0 R>>".encode()
        )
        widths = " ".join(f"{g}[{w:.0f}]" for g, w in sorted(made.widths.items()))
        cid = self.add(
            f"<</Type/Font/Subtype/CIDFontType0/BaseFont/{name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            f"/Supplement 0>>/FontDescriptor {about} 0 R/DW 1000/W[{widths}]>>".encode()
        )
        names = self.stream(_to_unicode(made.glyphs))
        whole = self.add(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{cid} 0 R]"
            f"/ToUnicode {names} 0 R>>".encode()
        )
        self.fonts[weight] = (whole, made.glyphs)

    def page(self, marks: Sequence[Mark], size: float) -> None:
        """One A4 page; what is taller is scaled to fit."""
        bottom = max((_bottom(mark) for mark in marks), default=0.0)
        scale = min(SCALE * size, A4[1] / (bottom + 24))
        left = (A4[0] - WIDTH * scale) / 2
        out = [f"q {scale:.5f} 0 0 {-scale:.5f} {left:.2f} {A4[1]} cm 1 J 1 j"]
        pictures: dict[str, int] = {}
        for mark in marks:
            if isinstance(mark, Picture):
                name = f"P{len(pictures)}"
                pictures[name] = self._picture(mark)
                out.append(f"q {mark.w} 0 0 {-mark.h} {mark.x} {mark.y + mark.h} cm /{name} Do Q")
            else:
                out.append(self._mark(mark))
        out.append("Q")
        content = self.stream("\n".join(out).encode())
        known = "".join(f"/F{weight} {ref[0]} 0 R" for weight, ref in self.fonts.items())
        shown = "".join(f"/{name} {ref} 0 R" for name, ref in pictures.items())
        self.pages.append(
            self.add(
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {A4[0]} {A4[1]}]/Contents {content} 0 R"
                f"/Resources<</Font<<{known}>>/XObject<<{shown}>>>>>>".encode()
            )
        )

    def _picture(self, mark: Picture) -> int:
        found = raster.image(mark.svg, round(mark.w * 2), WHITE)
        keys = (
            f"/Type/XObject/Subtype/Image/Width {found.width}/Height {found.height}"
            "/ColorSpace/DeviceRGB/BitsPerComponent 8"
        )
        return self.stream(found.tobytes(), keys)

    def _mark(self, mark: Box | Stroke | Shape | Text) -> str:
        match mark:
            case Text():
                glyphs = self.fonts[mark.weight][1]
                codes = "".join(f"{glyphs[c]:04x}" for c in mark.text if c in glyphs)
                return (
                    f"BT {_rgb(mark.fill)} rg /F{mark.weight} {mark.size:.2f} Tf"
                    f" 1 0 0 -1 {mark.x:.2f} {mark.y:.2f} Tm <{codes}> Tj ET"
                )
            case Box():
                return _box(mark)
            case Stroke():
                first, *rest = mark.points
                dash = "[8 8]" if mark.dash else "[]"
                lines = " ".join(f"{x:.2f} {y:.2f} l" for x, y in rest)
                return f"{_rgb(mark.color)} RG {mark.width} w {dash} 0 d {first[0]:.2f} {first[1]:.2f} m {lines} S"
            case Shape():
                place = f"{mark.scale:.5f} 0 0 {mark.scale:.5f} {mark.x:.2f} {mark.y:.2f} cm"
                return f"q {place} {_rgb(mark.fill)} rg {_outline(mark.d)} f Q"

    def done(self) -> bytes:
        """The whole file."""
        kids = " ".join(f"{page} 0 R" for page in self.pages)
        about = self.add(
            f"<</Title {_words(self.title)}/Author {_words(self.author)}>>".encode("ascii")
        )
        self.objects[0] = (
            b"<</Type/Catalog/Pages 2 0 R/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>>>"
        )
        self.objects[1] = f"<</Type/Pages/Kids[{kids}]/Count {len(self.pages)}>>".encode()
        out = io.BytesIO()
        out.write(b"%PDF-1.7\n%\xe5\xe6\xe7\xe8\n")
        places = []
        for number, body in enumerate(self.objects, 1):
            places.append(out.tell())
            out.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
        start = out.tell()
        rows = "".join(f"{place:010d} 00000 n \n" for place in places)
        out.write(
            f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{rows}"
            f"trailer\n<</Size {len(places) + 1}/Root 1 0 R/Info {about} 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()
        )
        return out.getvalue()


def _bottom(mark: Mark) -> float:
    if isinstance(mark, Stroke):
        return max(y for _, y in mark.points)
    if isinstance(mark, Shape):
        return mark.y + 48 * mark.scale
    if isinstance(mark, Text):
        return mark.y + 0.2 * mark.size
    return mark.y + mark.h


def _rgb(color: str) -> str:
    color = ON_PAPER.get(color, color)
    return " ".join(f"{int(color[at : at + 2], 16) / 255:.4g}" for at in (1, 3, 5))


def _words(text: str) -> str:
    return f"<feff{text.encode('utf-16-be').hex()}>"


def _box(mark: Box) -> str:
    x, y, w, h = mark.x, mark.y, mark.w, mark.h
    r = min(mark.radius, w / 2, h / 2)
    k = r * (1 - KAPPA)
    if r:
        path = (
            f"{x + r:.2f} {y:.2f} m {x + w - r:.2f} {y:.2f} l"
            f" {x + w - k:.2f} {y:.2f} {x + w:.2f} {y + k:.2f} {x + w:.2f} {y + r:.2f} c {x + w:.2f} {y + h - r:.2f} l"
            f" {x + w:.2f} {y + h - k:.2f} {x + w - k:.2f} {y + h:.2f} {x + w - r:.2f} {y + h:.2f} c {x + r:.2f} {y + h:.2f} l"
            f" {x + k:.2f} {y + h:.2f} {x:.2f} {y + h - k:.2f} {x:.2f} {y + h - r:.2f} c {x:.2f} {y + r:.2f} l"
            f" {x:.2f} {y + k:.2f} {x + k:.2f} {y:.2f} {x + r:.2f} {y:.2f} c h"
        )
    else:
        path = f"{x:.2f} {y:.2f} {w:.2f} {h:.2f} re"
    fill = f"{_rgb(mark.fill)} rg " if mark.fill else ""
    dash = "[8 8]" if mark.dash else "[]"
    line = f"{_rgb(mark.stroke)} RG {mark.width} w {dash} 0 d " if mark.stroke else ""
    paint = {(True, True): "B", (True, False): "f", (False, True): "S"}.get(
        (bool(fill), bool(line)), "n"
    )
    return f"{fill}{line}{path} {paint}"


def _outline(d: str) -> str:
    """SVG path data (M, L, C, Z; absolute) as PDF operators."""
    out = []
    for letter, rest in re.findall(r"([MLCZ])([^MLCZ]*)", d):
        found = re.findall(r"-?\d*\.?\d+", rest)
        size, operator = {"M": (2, "m"), "L": (2, "l"), "C": (6, "c"), "Z": (0, "h")}[letter]
        if not size:
            out.append("h")
        else:
            starts = range(0, len(found), size)
            out += [" ".join(found[at : at + size]) + f" {operator}" for at in starts]
    return " ".join(out)


def _to_unicode(glyphs: dict[str, int]) -> bytes:
    """The table that gives characters back for glyphs, a hundred to a section as the format asks."""
    seen: dict[int, str] = {}
    for character, glyph in glyphs.items():
        seen.setdefault(glyph, character)
    rows = [f"<{g:04x}> <{c.encode('utf-16-be').hex()}>" for g, c in sorted(seen.items())]
    parts = [
        f"{len(rows[at : at + 100])} beginbfchar\n" + "\n".join(rows[at : at + 100]) + "\nendbfchar"
        for at in range(0, len(rows), 100)
    ]
    head = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe)"
        " /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
    )
    return f"{head}{chr(10).join(parts)}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n".encode()
