"""Pictures as WeChat takes them: JPEG or PNG below 1 MB, at most 1080 px wide, never enlarged.

Whatever is given — photographs, drawings, animations, our own vectors — comes out still, opaque (a
phone may show it on black), upright, without metadata but the label that a model made it, and is made
only once. Long pictures are cut at gaps, so that phones load and sharpen each piece.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from builder.media import raster
from builder.media.clean import MAX_PIXELS, clean_asset
from builder.memo import Memo, code_version, digest
from builder.render.wechat import pictures_cut
from builder.render.wechat.article import Image
from builder.render.wechat.pictures_cut import TALL, gaps, sliced

if TYPE_CHECKING:
    from PIL import Image as Pil

WIDTH = 1080  # px: three dots for each of a phone's 360
MOST = 1_000_000  # bytes: WeChat says "below 1 MB" and not which; the smaller one
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
QUALITIES = (88, 82, 75, 66, 56)
FLAT_MOST = 600_000  # bytes a drawing may take before a photograph's format is better
PAPER = "#ffffff"
SOFT = "#ece6da"  # paper of charts: bright enough by day, no glaring sheet by night
ANIMATED = "动图在公众号正文里只能是静止的：取了第一帧，要动就在公众号后台换成动图"


class PictureError(ValueError):
    """A picture can't be made fit; the message says why, in Chinese."""


def fitted(data: bytes, alt: str, memo: Memo, *, ai: bool = False, width: int = WIDTH) -> Image:
    """Any picture as one that WeChat takes, whole. `ai`: a model made it, and the file says so."""
    return _kept(memo, ("fit", data, str(ai), str(width)), (alt,), lambda: [_fit(data, ai, width)])[
        0
    ]


def pieces(data: bytes, alt: str, memo: Memo, *, ai: bool = False) -> tuple[Image, ...]:
    """The same, cut at its gaps where it is long, in reading order."""

    def made() -> Iterator[bytes]:
        image = _opened(data)
        if image.height <= TALL * image.width:
            yield _fit(data, ai, WIDTH)
            return
        yield from (_encoded(part, ai) for part in sliced(_narrowed(image, WIDTH), gaps))

    return _kept(memo, ("pieces", data, str(ai)), _numbered(alt), lambda: list(made()))


def drawn(
    svg: str, alt: str, memo: Memo, *, width: int = WIDTH, paper: str = PAPER, ai: bool = False
) -> Image:
    """A vector of ours as a picture `width` px wide on `paper`."""

    def made() -> list[bytes]:
        return [_encoded(raster.image(svg, width, paper), ai)]

    return _kept(memo, ("drawn", svg, str(width), paper, str(ai)), (alt,), made)[0]


def softened(image: Pil.Image) -> Pil.Image:
    """A drawing as on softer paper: what was white is no glaring sheet on a dark screen."""
    from PIL import Image as Pil
    from PIL import ImageChops

    return ImageChops.multiply(image.convert("RGB"), Pil.new("RGB", image.size, "#f2ece0"))


def composed(
    key: str,
    alts: Iterable[str],
    memo: Memo,
    make: Callable[[], Iterable[Pil.Image]],
    *,
    ai: bool = False,
) -> tuple[Image, ...]:
    """Pictures that `make` puts together; `key` hashes all that they are made from."""

    def made() -> list[bytes]:
        return [_encoded(image, ai) for image in make()]

    return _kept(memo, ("composed", key, str(ai)), alts, made)


def animated(data: bytes) -> bool:
    """Whether a picture moves."""
    png = data[:4] == b"\x89PNG"
    still = (
        data[:2] == b"\xff\xd8" or data.lstrip()[:1] == b"<" or (png and b"acTL" not in data[:256])
    )
    return not still and _moving(data)


def qr(url: str, alt: str, memo: Memo) -> Image:
    """The code that leads to `url`, with the quiet zone that scanners want; black on white in any mode."""

    def made() -> list[bytes]:
        import segno  # few articles have one
        from PIL import Image as Pil

        out = io.BytesIO()
        segno.make(url, error="m", micro=False).save(out, kind="png", scale=12, border=4)
        with Pil.open(out, formats=["PNG"]) as code:  # eight bits a dot, as every phone reads them
            return [_saved(code.convert("L"), "PNG", optimize=True)]

    return _kept(memo, ("qr", url), (alt,), made)[0]


# --- what is kept ---------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the code that makes pictures fit."""
    return code_version(__file__, str(raster.__file__), str(pictures_cut.__file__))


def _kept(
    memo: Memo, key: Sequence[str | bytes], alts: Iterable[str], make: Callable[[], list[bytes]]
) -> tuple[Image, ...]:
    """Pictures that are made once: a line with their lengths and sizes, then one after another."""

    def packed() -> bytes:
        parts = make()
        told = (f"{len(part)}x{'x'.join(map(str, _size(part)))}" for part in parts)
        return " ".join(told).encode() + b"\n" + b"".join(parts)

    head, _, body = memo.blob(digest("wechat picture", version(), *key), packed).partition(b"\n")
    found, at = [], 0
    for told, alt in zip(head.decode().split(" "), alts, strict=False):
        size, width, height = map(int, told.split("x"))
        found.append(named(body[at : at + size], width, height, alt))
        at += size
    return tuple(found)


def named(data: bytes, width: int, height: int, alt: str) -> Image:
    """A finished picture under the name that its content gives."""
    suffix = "png" if data[:4] == b"\x89PNG" else "jpg"
    return Image(
        f"images/{hashlib.sha256(data).hexdigest()[:12]}.{suffix}", data, width, height, alt
    )


def _numbered(alt: str) -> Iterator[str]:
    """The words for each piece: the whole's for the first, then where it goes on."""
    yield alt
    for number in range(2, 1000):
        yield f"{alt}（续 {number}）"


def _size(data: bytes) -> tuple[int, int]:
    from PIL import Image as Pil

    with Pil.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as image:
        width, height = image.size
    return width, height


# --- making them fit --------------------------------------------------------------------------------


def _fit(data: bytes, ai: bool, width: int) -> bytes:
    """Keep the very pixels of what fits already; else draw and encode anew."""
    suffix = "jpg" if data[:2] == b"\xff\xd8" else "png" if data[:4] == b"\x89PNG" else ""
    if suffix and len(data) < MOST and not animated(data) and _plain(data, width):
        kept = clean_asset(f"a.{suffix}", data, keep_ai_label=ai).data
        if len(kept) < MOST:
            return kept
    return _encoded(_narrowed(_opened(data), width), ai)


def _plain(data: bytes, width: int) -> bool:
    """Whether a JPEG or PNG is narrow, opaque, of usual colours, and says nothing of its direction."""
    from PIL import Image as Pil

    try:
        with Pil.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as image:
            opaque = image.mode in {"RGB", "L", "P"} and "transparency" not in image.info
            return opaque and image.width <= width and image.getexif().get(0x0112, 1) == 1
    except Exception:  # noqa: BLE001  # told where it is opened for good
        return False


def _opened(data: bytes) -> Pil.Image:
    """The first frame, upright and opaque."""
    from PIL import Image as Pil
    from PIL import ImageOps

    if data.lstrip()[:1] == b"<":
        return raster.image(data.decode("utf-8", "replace"), WIDTH, PAPER)
    try:
        with Pil.open(io.BytesIO(data), formats=FORMATS) as found:
            if found.width * found.height > MAX_PIXELS:
                raise PictureError("图片的像素太多，先缩小再用")
            image = ImageOps.exif_transpose(found)
            if "A" in image.getbands() or "transparency" in image.info:
                paper = Pil.new("RGBA", image.size, PAPER)
                paper.alpha_composite(image.convert("RGBA"))
                image = paper
            elif image.mode.startswith("I"):  # sixteen bits a pixel
                image = image.convert("I").point(lambda value: value / 257).convert("L")
            return image.convert("RGB")
    except PictureError:
        raise
    except Exception as error:  # decoders raise whatever broken bytes make them raise
        raise PictureError("图片打不开或已损坏，换一张") from error


def _moving(data: bytes) -> bool:
    from PIL import Image as Pil

    try:
        with Pil.open(io.BytesIO(data), formats=FORMATS) as image:
            return bool(getattr(image, "is_animated", False))
    except Exception:  # noqa: BLE001  # told where it is opened for good
        return False


def _narrowed(image: Pil.Image, width: int) -> Pil.Image:
    from PIL import Image as Pil

    if image.width <= width:
        return image
    return image.resize(
        (width, max(1, round(image.height * width / image.width))), Pil.Resampling.LANCZOS
    )


def _encoded(image: Pil.Image, ai: bool) -> bytes:
    """The smallest that looks right and is below the limit; smaller in size where nothing else helps."""
    flat = _flat(image)
    while True:
        if flat and (data := _as_png(image)) is not None and len(data) <= FLAT_MOST:
            return _labelled(data, "png", ai)
        for quality in QUALITIES:
            data = _saved(
                image,
                "JPEG",
                quality=quality,
                subsampling=0 if flat else 2,
                optimize=True,
                progressive=True,
            )
            if len(data) < MOST - 2000:  # room for the label
                return _labelled(data, "jpg", ai)
        image = _narrowed(image, round(image.width * 0.8))


def _flat(image: Pil.Image) -> bool:
    """Whether it is drawn: few colours, taken dot by dot from all over it."""
    small = image.resize((min(image.width, 240), min(image.height, 240)), 0)
    return len(small.getcolors(1 << 17) or ()) * 12 < small.width * small.height or small.width < 40


def _as_png(image: Pil.Image) -> bytes | None:
    """With 256 colours, where nobody sees the difference."""
    from PIL import Image as Pil
    from PIL import ImageChops, ImageStat

    few = image.quantize(256, Pil.Quantize.FASTOCTREE, dither=Pil.Dither.NONE)
    off = ImageStat.Stat(ImageChops.difference(image, few.convert("RGB"))).mean
    return _saved(few, "PNG", optimize=True) if max(off) < 1.6 else None


def _labelled(data: bytes, suffix: str, ai: bool) -> bytes:
    return clean_asset(f"a.{suffix}", data, keep_ai_label=ai).data


def _saved(image: Pil.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
