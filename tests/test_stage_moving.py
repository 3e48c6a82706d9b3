"""Pictures that move, films of authors: as long as asked, in their place, and hostile ones refused."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw

from builder.media import stage, stage_moving
from builder.media.stage_moving import Unusable, clip_sound, inspect_clip
from tests.conftest import lacking

if find_spec("av") is None or find_spec("moviepy") is None:  # the author's set-up goes without
    lacking("the group of video packages")
av: Any = import_module("av")
clips: Any = import_module("builder.media.clips")
np: Any = import_module("numpy")

FRAMES = tuple(stage.LOOKS)
DRAFT = stage.look("16:9", draft=True)
SECRET = "内部会议录像"


@lru_cache(maxsize=16)
def film(
    width: int = 320, height: int = 180, fps: int = 25, seconds: float = 4.0,
    codec: str = "libx264", form: str = "mp4", loud: bool = True,
) -> bytes:  # fmt: skip
    """A film whose brightness tells the time: 60 grey levels a second; a tone after its second second."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as box:
        box.metadata["title"] = SECRET
        video = box.add_stream(codec, rate=fps)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        sound = None
        if loud:
            sound = box.add_stream("libopus" if form == "webm" else "aac", rate=48_000)
            sound.layout = "mono"
        for n in range(int(seconds * fps)):
            grey = int(n / fps * 60)
            frame = av.VideoFrame.from_image(Image.new("RGB", (width, height), (grey, grey, grey)))
            frame.pts = n
            box.mux(video.encode(frame))
        box.mux(video.encode(None))
        if sound is not None:
            time = np.arange(int(48_000 * seconds))
            wave = np.sin(time * 2 * np.pi * 440 / 48_000) * 8000 * (time >= 96_000)
            for at in range(0, len(wave), 960):
                part = wave[None, at : at + 960].astype("<i2")
                frame = av.AudioFrame.from_ndarray(part, "s16", "mono")
                frame.rate, frame.pts, frame.time_base = 48_000, at, Fraction(1, 48_000)
                box.mux(sound.encode(frame))
            box.mux(sound.encode(None))
    return out.getvalue()


def clip(data: bytes, start: float = 0.0, end: float = 2.0, caption: str = "") -> dict[str, Any]:
    return {
        "caption": caption,
        "picture": "",
        "clip": {"file": data, "start": start, "end": end, "sound": False},
    }


def photo(width: int = 800, height: int = 450, form: str = "PNG") -> bytes:
    """A chart of crosses, red in its upper left corner."""
    image = Image.new("RGB", (width, height), (90, 140, 120))
    draw = ImageDraw.Draw(image)
    for x in range(0, width, 50):
        draw.line((x, 0, x, height), (240, 240, 240), 3)
    for y in range(0, height, 50):
        draw.line((0, y, width, y), (30, 30, 60), 3)
    draw.rectangle((0, 0, width // 4, height // 4), (220, 30, 30))
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def still(data: bytes, motion: str = "none", caption: str = "", **more: Any) -> dict[str, Any]:
    return {"caption": caption, "picture": data, "motion": motion, "clip": None, **more}


# --- pictures -----------------------------------------------------------------------------------------


def test_a_still_is_one_picture() -> None:
    (beat,) = stage_moving.play(still(photo()), DRAFT, 100, ())
    assert (beat.frames, beat.fade, beat.image.size, beat.image.mode) == (100, 0, (640, 360), "RGB")
    assert list(stage_moving.play(still(photo()), DRAFT, 0, ())) == []


@pytest.mark.parametrize("motion", ["in", "out", "left", "right"])
def test_motion_is_slow_even_and_fills_the_frame(motion: str) -> None:
    beats = list(stage_moving.play(still(photo(), motion), DRAFT, 50, ()))
    assert sum(b.frames for b in beats) == 50
    assert all(b.frames == 1 and b.image.size == (640, 360) for b in beats)
    steps = [ImageChops.difference(a.image, b.image).convert("L") for a, b in pairwise(beats)]
    amounts = [sum(i * n for i, n in enumerate(s.histogram())) / (640 * 360) for s in steps]
    assert max(amounts) < 25, "no jump"
    assert amounts[len(amounts) // 2] > amounts[0], "slow at its ends"
    first, last = beats[0].image, beats[-1].image
    assert first.tobytes() != last.tobytes()


def edge(image: Image.Image, line: int = 20) -> int:
    """Where the red corner ends."""
    pixels = [image.getpixel((x, line)) for x in range(image.width)]
    return sum(isinstance(p, tuple) and p[0] > 150 and p[1] < 100 for p in pixels)


def test_motions_go_where_they_say_and_no_further_than_eight_percent() -> None:
    ends = {}
    for motion in ("in", "out", "left", "right"):
        beats = list(stage_moving.play(still(photo(), motion), DRAFT, 30, ()))
        ends[motion] = edge(beats[0].image), edge(beats[-1].image)
    assert ends["in"] == ends["out"][::-1]
    assert ends["left"] == ends["right"][::-1]
    assert ends["left"][0] < ends["left"][1], "the view wanders left, so more of the left is seen"
    assert all(abs(a - b) <= 640 * 0.08 for a, b in ends.values())
    assert all(a != b for a, b in ends.values())


def test_a_picture_is_cut_around_its_middle() -> None:
    found = stage_moving.fit(1000, 1000, stage.look("16:9"), "")
    assert not found.whole
    assert found.window == (0, 0, 1280, 720)
    assert found.box == (0.0, 218.75, 1000.0, 781.25)


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("caption", ["", "看看现场"])
def test_a_picture_of_another_shape_stands_whole(name: str, caption: str) -> None:
    look = stage.look(name)
    for width, height in ((300, 1500), (1500, 300)):
        found = stage_moving.fit(width, height, look, caption)
        assert found.whole
        assert list(found.box) == [0, 0, width, height]
        x, y, right, bottom = found.window
        assert abs((right - x) / (bottom - y) / (width / height) - 1) < 0.02
        room = stage.picture_box(look, caption)
        assert room.x <= x < right <= room.right
        assert room.y <= y < bottom <= room.bottom
        image = stage_moving.poster(still(photo(width, height), caption=caption), look)
        assert image.getpixel((x - 2, (y + bottom) // 2)) == (0x25, 0x22, 0x1E), "an ink border"
        assert image.getpixel((2, look.height - 3)) == (0xF7, 0xF2, 0xE6), "on paper"


def test_the_headline_hides_nothing_of_a_picture() -> None:
    look = stage.look("16:9")
    found = stage_moving.fit(1600, 900, look, "看看现场")
    assert found.window[1] == stage.headline_box(look, "看看现场").bottom


def test_mark_and_source_stand_still_and_are_large_enough() -> None:
    for name in FRAMES:
        look = stage.look(name)
        plain = stage_moving.poster(still(photo(), caption="看"), look)
        marked = stage_moving.poster(still(photo(), caption="看", ai_generated=True), look)
        box = (
            ImageChops.difference(plain, marked)
            .convert("L")
            .point(lambda v: 255 * (v > 30))
            .getbbox()
        )
        assert box is not None
        assert box[3] - box[1] >= 0.05 * min(look.width, look.height)
        assert box[1] >= stage.headline_box(look, "看").bottom
        long = "图：" + "示范省统计局普查中心" * 12
        for credit in ("图：示范省统计局", long):
            told = stage_moving.poster(still(photo(), caption="看", credit=credit), look)
            where = ImageChops.difference(plain, told).getbbox()
            assert where is not None
            assert where[3] <= look.subtitle.y, "above the subtitle"
            assert look.margin - 2 <= where[0] < where[2] <= look.width - look.margin + 2
    scene = still(photo(), "in", ai_generated=True)
    first, *_, last = stage_moving.play(scene, stage.look("16:9"), 5, ())
    corner = (1080, 32, 1220, 70)
    assert first.image.crop(corner).tobytes() == last.image.crop(corner).tobytes()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_every_kind_of_picture(form: str) -> None:
    assert stage_moving.poster(still(photo(form=form)), DRAFT).size == (640, 360)


def test_a_clear_picture_stands_on_paper() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (640, 360), (0, 0, 0, 0)).save(out, "PNG")
    assert stage_moving.poster(still(out.getvalue()), DRAFT).getpixel((320, 180)) == (
        0xF7,
        0xF2,
        0xE6,
    )


def test_a_turned_photo_is_upright() -> None:
    image = Image.new("RGB", (400, 300))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    assert stage_moving.opened(out.getvalue()).size == (300, 400)


def bomb() -> bytes:
    """A PNG of a hundred thousand pixels each way, in a few bytes."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")):
        body += (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )
    return body


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        photo()[:300],
        bomb(),
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname"/></svg>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"II*\x00" + bytes(200),
    ],
)
def test_hostile_pictures_are_refused(data: bytes) -> None:
    with pytest.raises(Unusable, match=r"[\u4e00-\u9fff]"):
        stage_moving.poster(still(data), DRAFT)


def test_the_same_picture_gives_the_same_frames() -> None:
    first, second = (
        [b.image.tobytes() for b in stage_moving.play(still(photo(), "left"), DRAFT, 8, ())]
        for _ in range(2)
    )
    assert first == second


# --- films --------------------------------------------------------------------------------------------

KINDS = [
    ("libx264", "mp4", 25),
    ("libx264", "mov", 30),
    ("libvpx-vp9", "webm", 25),
    ("libvpx", "matroska", 10),
    ("mpeg4", "mp4", 25),
]


@pytest.mark.parametrize(("codec", "form", "fps"), KINDS)
def test_a_film_runs_from_start_to_end(codec: str, form: str, fps: int) -> None:
    data = film(codec=codec, form=form, fps=fps)
    width, height, seconds = inspect_clip(data)
    assert (width, height) == (320, 180)
    assert seconds == pytest.approx(4, abs=0.1)
    beats = list(stage_moving.play(clip(data, 1.0, 3.0), DRAFT, 50, ()))
    assert sum(b.frames for b in beats) == 50
    assert all(b.image.size == (640, 360) and b.frames > 0 for b in beats)
    at = 0
    for beat in beats:
        grey = beat.image.getpixel((320, 180))
        assert isinstance(grey, tuple)
        assert abs(grey[1] - (1.0 + at / 25) * 60) <= 10, (at, grey)
        at += beat.frames


def test_a_short_film_stays_on_its_last_picture() -> None:
    beats = list(stage_moving.play(clip(film(), 0.0, 1.0), DRAFT, 100, ()))
    assert sum(b.frames for b in beats) == 100
    assert beats[-1].frames >= 75
    grey = beats[-1].image.getpixel((320, 180))
    assert isinstance(grey, tuple)
    assert abs(grey[0] - 58) <= 6, "nothing after its end"


def test_an_end_past_the_film_does_no_harm() -> None:
    beats = list(stage_moving.play(clip(film(), 3.0, 60.0), DRAFT, 60, ()))
    assert sum(b.frames for b in beats) == 60
    assert beats[-1].frames >= 34


def test_a_long_film_is_cut() -> None:
    assert sum(b.frames for b in stage_moving.play(clip(film(), 0.0, 4.0), DRAFT, 13, ())) == 13


def test_a_slow_film_repeats_its_pictures_as_one_beat() -> None:
    data = film(codec="libvpx", form="matroska", fps=10)
    beats = list(stage_moving.play(clip(data, 0.0, 2.0), DRAFT, 50, ()))
    assert 18 <= len(beats) <= 22


def test_the_same_film_gives_the_same_frames() -> None:
    first, second = (
        [
            (b.frames, b.image.tobytes())
            for b in stage_moving.play(clip(film(), 0.5, 1.0), DRAFT, 12, ())
        ]
        for _ in range(2)
    )
    assert first == second


def test_nothing_written_in_a_film_goes_on() -> None:
    assert SECRET.encode() in film()
    assert SECRET.encode() not in clips.piece(film(), 1.0, 3.0).data


def turned(data: bytes) -> bytes:
    """The film with the mark of a phone held upright."""
    at = data.index(b"tkhd") + 44
    quarter = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    return data[:at] + quarter + data[at + 36 :]


def test_a_film_of_a_phone_held_upright() -> None:
    data = turned(film())
    assert inspect_clip(data)[:2] == (180, 320)
    look = stage.look("9:16", draft=True)
    (beat, *_) = stage_moving.play(clip(data, 1.0, 3.0), look, 5, ())
    colours = {beat.image.getpixel((x, y)) for x in (2, 357) for y in (2, 637)}
    assert all(isinstance(c, tuple) and abs(c[0] - 60) < 10 for c in colours), "it fills the frame"


def test_sound_of_a_film_begins_with_its_pictures() -> None:
    heard = np.frombuffer(clip_sound(film(), 1.0, 3.0), dtype="<i2")
    assert len(heard) == 48_000
    loud = np.abs(heard.astype(int)) > 2000
    assert not loud[:22_500].any(), "silence before its second second"
    assert loud[26_000:47_000].mean() > 0.5
    assert clip_sound(film(loud=False), 0.0, 2.0) == b""


# --- what is refused ----------------------------------------------------------------------------------


def lasting(data: bytes, seconds: float) -> bytes:
    """A Matroska film that says it is as long."""
    at = data.index(b"\x44\x89\x88") + 3
    return data[:at] + struct.pack(">d", seconds * 1000) + data[at + 8 :]


def refused() -> dict[str, bytes]:
    good = film()
    return {
        "empty": b"",
        "text": b"hello " * 100,
        "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
        "list of files": b"ffconcat version 1.0\nfile /etc/hostname\n",
        "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
        "playlist that says it is a film": b"\x00\x00\x00\x18ftypisom#EXTM3U\nfile:///etc/hostname\n"
        * 20,
        "picture": photo(),
        "avi": b"RIFF\x00\x00\x00\x00AVI LIST",
        "head alone": good[:40],
        "half": good[: len(good) // 2],
        "without its last third": good[: len(good) * 2 // 3],
        "zeros within": good[:48] + bytes(len(good) - 48),
        "half a webm": film(codec="libvpx-vp9", form="webm")[:3000],
        "hours": lasting(film(codec="libvpx", form="matroska"), 9000),
        "sound alone": sound_alone(),
    }


def sound_alone() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as box:
        sound = box.add_stream("aac", rate=48_000)
        sound.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype="<i2"), "s16", "mono")
        frame.rate = 48_000
        box.mux(sound.encode(frame))
        box.mux(sound.encode(None))
    return out.getvalue()


@pytest.mark.parametrize("name", list(refused()))
def test_hostile_films_are_refused(name: str) -> None:
    data = refused()[name]
    with pytest.raises(Unusable, match=r"[\u4e00-\u9fff]"):
        inspect_clip(data)
    with pytest.raises(Unusable, match=r"[\u4e00-\u9fff]"):
        list(stage_moving.play(clip(data), DRAFT, 10, ()))


def test_a_film_with_broken_pictures_is_refused() -> None:
    good = film(seconds=3.0, loud=False)
    at = good.index(b"mdat") + 200
    broken = good[:at] + bytes(n * 37 % 256 for n in range(1500)) + good[at + 1500 :]
    with pytest.raises(Unusable, match="损坏"):
        list(stage_moving.play(clip(broken), DRAFT, 50, ()))


def test_too_large_a_film_is_refused() -> None:
    with pytest.raises(Unusable, match="4096"):
        inspect_clip(film(width=4112, height=64, seconds=0.2, codec="mpeg4", loud=False))
    with pytest.raises(Unusable, match="200 MB"):
        inspect_clip(film() + bytes(clips.MAX_BYTES))


def test_an_unknown_codec_is_refused() -> None:
    with pytest.raises(Unusable, match="编码"):
        inspect_clip(film(codec="ffv1", form="matroska", loud=False))


def test_a_start_past_the_end_is_refused() -> None:
    with pytest.raises(Unusable, match="start"):
        list(stage_moving.play(clip(film(), 9.0, 12.0), DRAFT, 10, ()))
