"""Pictures are decoded within bounds and drawn anew, so that nothing of the device that made them is left."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from service.room import Stopped

PIXELS, SIDE = 60_000_000, 20_000
SORTS = ("JPEG", "PNG", "WEBP")
NONE = "这不是能用的图片：请用 JPEG、PNG 或 WebP，苹果手机请在“设置-相机-格式”里选“兼容性最佳”。"
LARGE = "图片太大：最多六千万像素。"


def redrawn(data: bytes, wide: int, high: int) -> Image.Image:
    """The picture alone, upright, in RGB on white, no larger than this; `Stopped` when it is none or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=SORTS) as found:
                return _bare(found, (wide, high))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Stopped(422, LARGE) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Stopped(422, NONE) from error


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """The picture as a JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _bare(found: Image.Image, box: tuple[int, int]) -> Image.Image:
    width, height = found.size  # of the header: nothing is decoded yet
    if width * height > PIXELS or max(width, height) > SIDE:
        raise Stopped(422, LARGE)
    found.draft("RGB", box)  # a JPEG is decoded no finer than is needed
    upright = ImageOps.exif_transpose(found)
    upright.thumbnail(box)
    if upright.mode in {"RGBA", "LA", "P", "PA"}:
        under = upright.convert("RGBA")
        upright = Image.new("RGB", under.size, "white")
        upright.paste(under, mask=under.getchannel("A"))
    plain = upright.convert("RGB")
    return Image.frombytes("RGB", plain.size, plain.tobytes())
