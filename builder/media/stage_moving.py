"""Scenes of pictures and of authors' films: a still that moves slowly, a film cut and fitted.

A picture fills the frame around its centre; one of a shape too far from the frame's stands whole on
paper. Headline, source and the mark of what a model made lie over it and stand still. No more than
one frame of a film is in memory.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.media import clips, raster, stage
from builder.media.cast import Box
from builder.media.clean import MAX_BYTES, MAX_PIXELS, PICTURES
from builder.media.clips import Unusable, clip_sound, inspect_clip
from builder.media.palette import INK, PAPER
from builder.media.stage import Beat, Look, Talk
from builder.media.text_layout import measure

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Unusable", "clip_sound", "inspect_clip", "play", "poster"]

FPS = 25
TRAVEL = 0.07  # of its size that a picture moves in a scene
LOST = 0.5  # when more of a picture than this would be cut off, it is shown whole
RIM = 4.0  # ink around a picture on paper
MARK = "AI生成"


def play(scene: Mapping[str, Any], look: Look, frames: int, talk: Talk) -> Iterator[Beat]:
    """The scene for `frames`: a beat a frame where it moves."""
    if scene.get("clip"):
        yield from _film(scene, look, frames)
        return
    picture = _Still.of(scene, look)
    motion = scene.get("motion") or "in"
    if motion == "none" or frames < 2:
        yield from [Beat(picture.at(0.0, "none"), frames)] if frames else []
        return
    for n in range(frames):
        yield Beat(picture.at(n / (frames - 1), motion), 1)


def poster(scene: Mapping[str, Any], look: Look) -> Image.Image:
    """The picture in its calm state; of a film the first frame."""
    if scene.get("clip"):
        return next(_film(scene, look, 1)).image
    return _Still.of(scene, look).at(0.0, "none")


# --- places -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fit:
    """Where a picture goes. `window`: on the frame, `box`: the part of the picture seen, both pixels."""

    window: tuple[int, int, int, int]
    box: tuple[float, float, float, float]
    whole: bool


def fit(width: int, height: int, look: Look, caption: str) -> _Fit:
    """Fill the frame below the headline, or, when too much would be lost, stand whole on paper."""
    s = look.scale
    band = round(stage.headline_box(look, caption).bottom * s)
    ratio, own = look.width / (look.height - band), width / height
    if min(ratio, own) / max(ratio, own) >= 1 - LOST:
        wide, high = min(width, height * ratio), min(height, width / ratio)
        x, y = (width - wide) / 2, (height - high) / 2
        window = (0, band, look.width, look.height)
        return _Fit(window, (x, y, x + wide, y + high), whole=False)
    room = stage.inner_box(look, caption)
    scale = min(room.w * s / width, room.h * s / height)
    w, h = max(2, round(width * scale)), max(2, round(height * scale))
    x, y = round((room.x + room.w / 2) * s - w / 2), round((room.y + room.h / 2) * s - h / 2)
    return _Fit((x, y, x + w, y + h), (0, 0, width, height), whole=True)


def _moved(box: tuple[float, ...], at: float, motion: str) -> tuple[float, float, float, float]:
    """The part of the picture seen at a moment from 0 to 1. `left`: the view wanders to the left."""
    x, y, right, bottom = box
    if motion == "none":
        return x, y, right, bottom
    way = at * at * (3 - 2 * at)  # slow at both ends
    share = TRAVEL * (way if motion == "in" else 1 - way if motion == "out" else 1.0)
    w, h = (right - x) * (1 - share), (bottom - y) * (1 - share)
    spare, low = right - x - w, (bottom - y - h) / 2
    left = spare * {"left": 1 - way, "right": way}.get(motion, 0.5)
    return x + left, y + low, x + left + w, y + low + h


# --- what lies over it --------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def _cover(look: Look, caption: str, credit: str, marked: bool) -> Image.Image | None:
    """Headline, source and mark as a transparent picture; None when there is nothing."""
    from PIL import Image

    inside = stage.headline(look, caption)
    inside += _credit(look, credit) if credit else ""
    inside += _mark(look, stage.headline_box(look, caption).bottom or look.top) if marked else ""
    if not inside:
        return None
    w, h = look.frame.w, look.frame.h
    drawn = raster.png(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:g} {h:g}" width="{w:g}"'
        f' height="{h:g}">{inside}</svg>',
        look.width,
    )
    return Image.open(io.BytesIO(drawn), formats=["PNG"]).convert("RGBA")


def _credit(look: Look, credit: str) -> str:
    """Where the picture comes from: small, at the lower right above the subtitle."""
    size, most = 24.0, look.frame.w - 2 * look.margin - 24
    words = credit
    size = max(12.0, min(size, size * most / measure(words, size)))
    while measure(words, size) > most:
        words = words[:-2] + "…"
    wide, tall = measure(words, size) + 24, size * 1.5
    x, y = look.frame.w - look.margin - wide, look.subtitle.y - 8 - tall
    return _plate(Box(x, y, wide, tall), PAPER, "") + stage.text(
        x + 12, y + tall * 0.72, words, size
    )


def _mark(look: Look, top: float) -> str:
    """What tells that a model made the picture: letters of a twentieth of the shorter side and more."""
    size = min(look.frame.w, look.frame.h) * 0.06
    wide, tall = measure(MARK, size, 700) + size, size * 1.5
    x = look.frame.w - look.margin - wide
    letters = stage.text(x + size / 2, top + 20 + tall * 0.72, MARK, size, 700)
    return _plate(Box(x, top + 20, wide, tall), PAPER, INK) + letters


def _plate(box: Box, fill: str, line: str) -> str:
    edge = f' stroke="{line}" stroke-width="3"' if line else ""
    return (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}" rx="6"'
        f' fill="{fill}"{edge}/>'
    )


def _over(image: Image.Image, look: Look, scene: Mapping[str, Any]) -> Image.Image:
    """The frame with what lies over it."""
    cover = _cover(
        look, scene["caption"], scene.get("credit") or "", bool(scene.get("ai_generated"))
    )
    if cover is not None:
        image.paste(cover, (0, 0), cover)
    return image


def _ground(look: Look, found: _Fit) -> Image.Image:
    """Paper with the ink border of a picture that stands on it."""
    from PIL import Image, ImageDraw

    ground = Image.new("RGB", (look.width, look.height), PAPER)
    if found.whole:
        x, y, right, bottom = found.window
        rim = max(2, round(RIM * look.scale))
        ImageDraw.Draw(ground).rectangle((x - rim, y - rim, right + rim - 1, bottom + rim - 1), INK)
    return ground


# --- pictures -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Still:
    """An author's picture, somewhat larger than its window, and all that stands still around it."""

    scene: Mapping[str, Any]
    look: Look
    found: _Fit
    image: Image.Image
    ground: Image.Image

    @classmethod
    def of(cls, scene: Mapping[str, Any], look: Look) -> _Still:
        """The picture of a scene, made small enough to be moved quickly."""
        from PIL import Image

        image = opened(scene["picture"])
        found = fit(*image.size, look, scene["caption"])
        wide = round((found.window[2] - found.window[0]) / (1 - TRAVEL))
        high = round((found.window[3] - found.window[1]) / (1 - TRAVEL))
        image = image.resize((wide, high), Image.Resampling.LANCZOS, box=found.box)
        return cls(scene, look, found, image, _ground(look, found))

    def at(self, moment: float, motion: str) -> Image.Image:
        """The frame at a moment from 0 to 1."""
        from PIL import Image

        x, y, right, bottom = self.found.window
        part = _moved((0, 0, *self.image.size), moment, motion)
        seen = self.image.resize((right - x, bottom - y), Image.Resampling.BICUBIC, box=part)
        whole = self.ground.copy()
        whole.paste(seen, (x, y))
        return _over(whole, self.look, self.scene)


def opened(data: bytes) -> Image.Image:
    """An author's picture as RGB, upright, on paper where it is clear; `Unusable` when it can't be."""
    from PIL import Image, ImageOps

    if len(data) > MAX_BYTES:
        raise Unusable(f"图片超过 {MAX_BYTES // 1024 // 1024} MB")
    forms = sorted({name for name, _ in PICTURES.values()})
    try:
        with Image.open(io.BytesIO(data), formats=forms) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Unusable("图片像素太多，缩小到 6000 万像素以内")
            image.load()
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except Unusable:
        raise
    except Exception as error:  # decoders raise whatever broken bytes make them raise
        raise Unusable("图片打不开或已损坏，只收 PNG、JPEG、WebP、GIF、AVIF") from error
    ground = Image.new("RGB", upright.size, PAPER)
    ground.paste(upright, (0, 0), upright)
    return ground


# --- films --------------------------------------------------------------------------------------------


def _film(scene: Mapping[str, Any], look: Look, frames: int) -> Iterator[Beat]:
    """The author's film from `start` to `end`; then its last picture stays."""
    clip = scene["clip"]
    cut = clips.piece(clip["file"], clip["start"], clip["end"])
    found = fit(cut.width, cut.height, look, scene["caption"])
    ground = _ground(look, found)
    moving = min(frames, max(1, round((min(clip["end"], cut.seconds) - clip["start"]) * FPS)))
    done, beat = 0, None
    for frame, count in _runs(_read(cut, found), moving):
        if beat is not None:
            yield beat
        beat, done = Beat(_over(_placed(frame, found, ground), look, scene), count), done + count
    assert beat is not None  # a piece has at least one picture
    yield Beat(beat.image, beat.frames + frames - done)


def _runs(shown: Iterator[Any], moving: int) -> Iterator[tuple[Any, int]]:
    """The pictures and how many frames each stands: a film of ten a second has fewer of them."""
    last, count = None, 0
    for _ in range(moving):
        frame = next(shown)
        if last is not None and frame is not last:
            yield last, count
            count = 0
        last, count = frame, count + 1
    yield last, count


def _read(cut: clips.Piece, found: _Fit) -> Iterator[Any]:
    """Frame after frame of a piece, 25 a second, in the size they are shown, not yet cut."""
    from moviepy import VideoFileClip  # starts programs and takes a second to load

    x, y, right, bottom = found.box
    window = found.window
    wide = 2 * round(cut.width * (window[2] - window[0]) / (right - x) / 2)
    high = 2 * round(cut.height * (window[3] - window[1]) / (bottom - y) / 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mkv"
        path.write_bytes(cut.data)
        clip: Any = VideoFileClip(str(path), audio=False, target_resolution=(wide, high))
        try:
            n = 0
            while True:
                at = min(cut.skip + n / FPS, max(0.0, clip.duration - 0.5 / clip.fps))
                yield clip.get_frame(at)
                n += 1
        finally:
            reading = clip.reader.proc
            clip.close()
            for pipe in (reading.stdout, reading.stderr) if reading else ():
                pipe.close()  # moviepy leaves them open when the program has ended by itself


def _placed(frame: Any, found: _Fit, ground: Image.Image) -> Image.Image:
    """A frame of a film cut to its window."""
    from PIL import Image

    seen = Image.fromarray(frame)
    x, y, right, bottom = found.window
    w, h = right - x, bottom - y
    left, top = (seen.width - w) // 2, (seen.height - h) // 2
    seen = seen.resize((w, h)) if found.whole else seen.crop((left, top, left + w, top + h))
    whole = ground.copy()
    whole.paste(seen, (x, y))
    return whole
