"""Pictures from phones: decoded within bounds and written anew, so that nothing of the phone is in them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from service.room import Stopped

MOST = 15 << 20  # bytes of an upload
PIXELS, SIDE = 60_000_000, 20_000
WIDE = 1600  # pixels of what is kept, on the longer side
SORTS = ("JPEG", "PNG", "WEBP")
NAME = re.compile(r"[0-9a-f]{24}\.jpg")
FOLDER = Path("files") / "live"
NONE = "这不是能用的图片：请用 JPEG、PNG 或 WebP，苹果手机请在“设置-相机-格式”里选“兼容性最佳”。"
LARGE = "图片太大：最多六千万像素。"


@dataclass(frozen=True, slots=True)
class Picture:
    """A clean JPEG."""

    name: str
    width: int
    height: int
    body: bytes


def clean(data: bytes) -> Picture:
    """The picture alone, upright, at most 1600 pixels wide; `Stopped` when it is none or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=SORTS) as found:
                return _written(_decoded(found))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Stopped(422, LARGE) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Stopped(422, NONE) from error


def keep(data: Path, picture: Picture) -> None:
    """Keep it beside the database."""
    write(data / FOLDER / picture.name, picture.body)


def write(file: Path, body: bytes) -> None:
    """Put a file in its place in one step: a reader finds the old one or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with draft.open("wb") as out:
            out.write(body)
            out.flush()
            os.fsync(out.fileno())
        draft.chmod(0o644)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _decoded(found: Image.Image) -> Image.Image:
    width, height = found.size  # of the header: nothing is decoded yet
    if width * height > PIXELS or max(width, height) > SIDE:
        raise Stopped(422, LARGE)
    found.draft("RGB", (WIDE, WIDE))  # a JPEG is decoded no finer than is needed
    upright = ImageOps.exif_transpose(found)
    upright.thumbnail((WIDE, WIDE))
    if upright.mode in {"RGBA", "LA", "P", "PA"}:
        under = upright.convert("RGBA")
        upright = Image.new("RGB", under.size, "white")
        upright.paste(under, mask=under.getchannel("A"))
    return upright.convert("RGB")


def _written(picture: Image.Image) -> Picture:
    bare = Image.frombytes("RGB", picture.size, picture.tobytes())
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    body = out.getvalue()
    name = f"{hashlib.sha256(body).hexdigest()[:24]}.jpg"
    return Picture(name, *bare.size, body)
