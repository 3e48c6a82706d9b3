"""Pictures in the sizes and formats that readers' screens ask for.

Which renditions a picture has follows from its address and width alone, so that pages can name them
before any is made; each is made once and kept by its content.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from builder.media.clean import AI_LABEL
from builder.memo import Memo, code_version, digest
from builder.model import Picture

if TYPE_CHECKING:
    from PIL import Image

VERSION = code_version(__file__)
STEPS = (480, 960, 1600)  # px: a phone, a phone of three dots to a pixel or a column, a wide screen
SMALL = 560  # px: up to this width the picture itself is small enough
FORMATS = {"avif": "image/avif", "webp": "image/webp"}  # best first
SOURCES = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size in one format: site path, width in px, format's suffix."""

    url: str
    width: int
    suffix: str


def renditions(picture: Picture) -> list[Rendition]:
    """What a picture is offered as besides itself, best format first; nothing for small ones."""
    stem, _, suffix = picture.url.rpartition(".")
    if suffix not in SOURCES or picture.width <= SMALL:
        return []
    widths = [*(w for w in STEPS if w < picture.width * 0.9), min(picture.width, STEPS[-1])]
    return [Rendition(f"{stem}-{w}.{f}", w, f) for f in FORMATS for w in dict.fromkeys(widths)]


def made(picture: Picture, data: bytes, memo: Memo) -> Iterator[tuple[str, bytes]]:
    """Site path and bytes of every rendition of `picture`, whose own bytes are `data`."""
    known = digest("image", VERSION, data, str(picture.ai_generated))
    for item in renditions(picture):
        key = digest(known, str(item.width), item.suffix)
        yield item.url, memo.blob(key, partial(encode, data, item, picture.ai_generated))


def encode(data: bytes, item: Rendition, labelled: bool = False) -> bytes:
    """The picture `data` at the width and in the format of `item`; `labelled`: made by a model."""
    from PIL import Image  # most builds meet no new picture

    whole = Image.open(io.BytesIO(data), formats=sorted(set(SOURCES.values())))
    flat = whole.format == "PNG"
    clear = "A" in whole.getbands() or "transparency" in whole.info
    image = whole.convert("RGBA" if clear else "RGB")
    if item.width < image.width:
        height = max(1, round(image.height * item.width / image.width))
        image = image.resize((item.width, height), Image.Resampling.LANCZOS)
    label = {"xmp": AI_LABEL} if labelled else {}
    if item.suffix == "avif":
        return _saved(image, "AVIF", quality=62, speed=8, **label)
    lossy = _saved(image, "WEBP", quality=82, method=4, **label)
    if not flat:
        return lossy
    return min(lossy, _saved(image, "WEBP", lossless=True, method=3, **label), key=len)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
