"""Pictures from phones: decoded within bounds and written anew, so that nothing of the phone is in them."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from service.uploads.redrawing import jpeg, redrawn

MOST = 15 << 20  # bytes of an upload
WIDE = 1600  # pixels of what is kept, on the longer side
NAME = re.compile(r"[0-9a-f]{24}\.jpg")
FOLDER = Path("files") / "live"


@dataclass(frozen=True, slots=True)
class Picture:
    """A clean JPEG."""

    name: str
    width: int
    height: int
    body: bytes


def clean(data: bytes) -> Picture:
    """The picture alone, upright, at most 1600 pixels wide; `Stopped` when it is none or too large."""
    drawn = redrawn(data, WIDE, WIDE)
    body = jpeg(drawn, 82)
    name = f"{hashlib.sha256(body).hexdigest()[:24]}.jpg"
    return Picture(name, *drawn.size, body)


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
