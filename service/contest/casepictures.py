"""The pictures of a work as a case of the site shows them: drawn anew, not too large, nothing of a camera in them."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from PIL import Image

from service.contest.works import Work
from service.desk import Desk
from service.room import Stopped
from service.uploads import keeping
from service.uploads.redrawing import jpeg, redrawn
from service.uploads.sorts import PICTURES

WIDE, HIGH = 1600, 8000  # pixels: long drawings are read by scrolling
LARGEST = 3 << 20  # bytes of one
MOST = 12  # of one work
QUALITIES = (85, 70)
FLAT = 1 << 14  # colours: what has more is a photo
LABEL = b"AIGC"  # as GB 45438 names the label of generated pictures in their metadata
# As `builder.select` knows them, which would bring the libraries that draw films; a test holds the two together.
MAP = re.compile(r"地图|(?<![a-z])maps?(?![a-z])|ditu", re.IGNORECASE)
MISSING = "待补"  # the checks of the content name it until somebody says what is in the picture
PLAIN = str.maketrans("[]", "〔〕")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a case. `generated`: it carried the label of generated pictures."""

    name: str  # as the case names it, beside itself
    body: bytes
    alt: str
    generated: bool


def brought(desk: Desk, work: Work, stem: str) -> tuple[list[Picture], list[str]]:
    """The pictures of a work, and what stays behind: the names of its other files, each with why.

    `stem`: the name of the case's file, by which its pictures are called.
    """
    found: list[Picture] = []
    left = []
    for row in work.files:
        why = _unfit(work, row, len(found))
        try:
            if not why:
                end, body, generated = _picture(keeping.path(desk, row.digest).read_bytes())
                name, alt = (
                    f"assets/{stem}-{len(found) + 1}.{end}",
                    MISSING if found else told(work),
                )
                found.append(Picture(name, body, alt, generated))
        except Stopped:
            why = "打不开"
        except FileNotFoundError:
            why = "文件不在了"
        left += [f"{row.name}（{why}）"] if why else []
    return found, left


def told(work: Work) -> str:
    """What the entrant says of the work, for those who don't see its picture."""
    said = " ".join(f"{work.row.title}：{work.row.summary}".split())
    return said.translate(PLAIN)


def named(text: str) -> list[str]:
    """The pictures that a case's text shows, as it names them."""
    return re.findall(r"\]\((assets/[a-z0-9-]+\.(?:jpg|png))\)", text)


def _unfit(work: Work, row: Any, count: int) -> str:
    if row.kind not in PICTURES:
        return "不是图片"
    if count >= MOST:
        return f"最多带 {MOST} 张"
    if MAP.search(told(work)):
        return "说明里有地图，要先有审图号"
    return ""


def _picture(data: bytes) -> tuple[str, bytes, bool]:
    """Ending, bytes, whether it was labelled as generated. Drawings are smaller as PNG, photos as JPEG."""
    drawn = redrawn(data, WIDE, HIGH)
    generated = LABEL in data
    flat = _png(drawn) if drawn.getcolors(FLAT) else b""
    for quality in QUALITIES:
        made = jpeg(drawn, quality)
        if flat and len(flat) <= min(len(made), LARGEST):
            return "png", flat, generated
        if len(made) <= LARGEST:
            return "jpg", made, generated
    drawn.thumbnail((WIDE // 2, HIGH // 2))
    return "jpg", jpeg(drawn, QUALITIES[-1]), generated


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
