"""Films: as long as their script, the right picture at every moment, sound to the end, same bytes twice."""

from __future__ import annotations

import io
import struct
import subprocess
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from builder.media import film
from tests.conftest import lacking

if find_spec("av") is None:  # the author's set-up goes without
    lacking("the group of video packages")
av: Any = import_module("av")

SIZE = (320, 180)
COLOURS = ((200, 60, 40), (40, 160, 90), (50, 80, 200))


def card(number: int, subtitle: int = 0) -> Image.Image:
    """A plain colour with a lighter band for each subtitle."""
    image = Image.new("RGB", SIZE, COLOURS[number])
    image.paste((235, 235, 225 - 40 * subtitle), (0, 140, 320, 180))
    return image


def scenes(quality: str = "final", every: bool = False) -> list[tuple[bytes, int]]:
    """Three scenes of 2.04 s with two subtitles each."""
    made = []
    before = None
    for number in range(3):
        shots = [film.Shot(card(number), 30), film.Shot(card(number, 1), 21)]
        made.append((film.scene(shots, before, quality, every), 51))
        before = shots[-1].image
    return made


def tone(seconds: float, rate: int = 24_000) -> bytes:
    """A saw tooth."""
    return b"".join(
        struct.pack("<h", (n * 300) % 16_000 - 8_000) for n in range(int(seconds * rate))
    )


@pytest.fixture(scope="module")
def made() -> bytes:
    return film.join(scenes(), tone(4))


def frames(data: bytes) -> list[tuple[float, tuple[int, ...]]]:
    """Time and colour of the middle of every frame."""
    with av.open(io.BytesIO(data)) as box:
        return [
            (float(f.pts * f.time_base), f.to_image().getpixel((160, 70)))
            for f in box.decode(video=0)
        ]


def near(one: tuple[int, ...], other: tuple[int, ...], by: int = 14) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def test_length_and_streams(made: bytes) -> None:
    with av.open(io.BytesIO(made)) as box:
        video, sound = box.streams.video[0], box.streams.audio[0]
        assert float(video.duration * video.time_base) == pytest.approx(6.12, abs=0.05)
        assert float(sound.duration * sound.time_base) == pytest.approx(6.12, abs=0.1)
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (sound.codec_context.name, sound.rate) == ("aac", film.RATE)
    assert made.index(b"moov") < made.index(b"mdat"), "the index stands in front"


def test_every_moment_shows_its_scene(made: bytes) -> None:
    shown = frames(made)
    times = [at for at, _ in shown]
    assert times == sorted(times)
    assert max(b - a for a, b in pairwise(times)) <= 0.21
    for at, colour in shown:
        number = min(int(at / 2.04), 2)
        since = at - number * 2.04
        if number == 0 or since >= film.FADE / film.FPS:
            assert near(colour, COLOURS[number]), at


def test_fades_go_from_one_picture_to_the_next(made: bytes) -> None:
    fading = [c for at, c in frames(made) if 2.04 <= at < 2.04 + film.FADE / film.FPS]
    assert len(fading) == film.FADE
    reds = [c[0] for c in fading]
    assert reds == sorted(reds, reverse=True)
    assert reds[0] > 170 > 70 > reds[-1]


def test_a_master_has_every_frame() -> None:
    shown = frames(film.join(scenes(every=True)))
    assert len(shown) == 153
    assert [round(at * film.FPS) for at, _ in shown] == list(range(153))


def test_same_script_same_bytes(made: bytes) -> None:
    assert film.join(scenes(), tone(4)) == made
    assert film.audio(tone(1)) == film.audio(tone(1))


LABEL = '{"Label": "1", "ContentProducer": "示范省统计局", "ProduceID": "tongjifa/bu-gai-shu"}'


@pytest.mark.parametrize("suffix", ["mp4", "m4a"])
def test_a_label_is_found_again_and_changes_nothing_else(suffix: str, tmp_path: Path) -> None:
    def make(label: str) -> bytes:
        one = scenes("draft")[:1]
        return (
            film.join(one, tone(2), label=label)
            if suffix == "mp4"
            else film.audio(tone(2), label=label)
        )

    labelled = make(LABEL)
    assert make(LABEL) == labelled
    with av.open(io.BytesIO(labelled)) as box:
        assert box.metadata["AIGC"] == LABEL
    path = tmp_path / f"film.{suffix}"
    path.write_bytes(labelled)
    program = import_module("imageio_ffmpeg").get_ffmpeg_exe()
    told = subprocess.run([program, "-hide_banner", "-i", path], capture_output=True, check=False)
    assert f"AIGC            : {LABEL}" in told.stderr.decode("utf-8")
    assert labelled.index(b"moov") < labelled.index(b"mdat")
    plain = make("")
    assert b"AIGC" not in plain
    assert plain[plain.index(b"mdat") :] == labelled[labelled.index(b"mdat") :]


def test_drafts_are_films_too() -> None:
    assert len(frames(film.join(scenes("draft")))) > 30


def test_nothing_tells_when_or_where_it_was_made(made: bytes, tmp_path: Path) -> None:
    assert str(tmp_path).encode() not in made
    with av.open(io.BytesIO(made)) as box:
        assert "creation_time" not in box.metadata
        assert not any("creation_time" in s.metadata for s in box.streams)
