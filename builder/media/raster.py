"""SVG of ours to pixels. No font but ours, no file and no host is reached."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from builder.media import fonts

if TYPE_CHECKING:
    from PIL import Image


def png(svg: str, width: int, background: str = "") -> bytes:
    """`svg` as a PNG `width` px wide; transparent unless `background` names a colour."""
    import resvg_py  # most builds draw nothing new

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            width=width,
            background=background or None,
            font_files=[str(fonts.path())],
            skip_system_fonts=True,
            font_family=fonts.FAMILY,
            sans_serif_family=fonts.FAMILY,
            languages=["zh-Hans"],
        )
    )


def image(svg: str, width: int, background: str = "#ffffff") -> Image.Image:
    """`svg` as an opaque picture."""
    from PIL import Image

    return Image.open(io.BytesIO(png(svg, width, background)), formats=["PNG"]).convert("RGB")


def webp(svg: str, width: int, lossless: bool = True, background: str = "#ffffff") -> bytes:
    """`svg` as WebP. Flat drawings are smallest without loss when the vector is drawn at its width."""
    out = io.BytesIO()
    image(svg, width, background).save(out, "WEBP", lossless=lossless, quality=82, method=3)
    return out.getvalue()


def avif(svg: str, width: int, background: str = "#ffffff") -> bytes:
    """`svg` as AVIF."""
    out = io.BytesIO()
    image(svg, width, background).save(out, "AVIF", quality=60, speed=8)
    return out.getvalue()
