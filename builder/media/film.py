"""Stills, fades and sound become an MP4: one encoded piece a scene, joined without encoding again.

Only what changes is encoded: frames of a fade at 25 a second, a still five times a second (players
that seek need frames to land on). H.264 without B-frames, so that pieces join at any frame. Needs the
video packages.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    import av

FPS = 25
HOLD = 5  # frames that a still stands for one encoded frame
FADE = 12  # frames of a fade between two scenes
BEAT = 4  # frames of a change of subtitle within a scene: quick, but no flash
THREADS = 2  # the encoder's output depends on it, so it is the same on every machine
RATE = 48_000
QUALITY = {"final": ("veryfast", "21"), "draft": ("ultrafast", "30")}
VIDEO_TIME = Fraction(1, FPS)


@dataclass(frozen=True, slots=True)
class Shot:
    """One still and how long it stands, in frames of 1/25 s, the fade into it included.

    `fade` is how many frames it fades in; None: `FADE` for the first of a scene, `BEAT` for others.
    """

    image: Image.Image
    frames: int
    fade: int | None = None


def scene(
    shots: Iterable[Shot],
    before: Image.Image | None,
    quality: str = "final",
    every: bool = False,
    push: bool = False,
) -> bytes:
    """One scene as an MP4 of its own. It fades in from `before`, the last picture of the scene before.

    `every` writes all 25 frames a second, for those who take no other film. `push`: the first picture
    moves in from the right instead. All pictures of a film have the same even width and height.
    """
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4", options=EXACT) as box:
        stream: Any = None
        shown: Image.Image | None = None
        frame: Any = None
        for picture, at in _frames(shots, before, every, push):
            if stream is None:
                stream = _stream(box, *picture.size, quality)
            if picture is not shown:  # a still is converted once, however long it stands
                shown, frame = picture, _converted(picture)
            frame.pts, frame.time_base = at, VIDEO_TIME
            box.mux(stream.encode(frame))
        box.mux(stream.encode(None))  # a scene has a picture
    return out.getvalue()


def join(
    scenes: Iterable[tuple[bytes, int]], sound: bytes = b"", rate: int = 24_000, label: str = ""
) -> bytes:
    """One MP4 of scenes (bytes, frames). `sound` is 16-bit mono PCM at `rate`; none: a silent film.

    `label`: what the file says of itself when a machine made some of it, see `film_sound.ai_label`.
    """
    import av

    with _box("mp4", label) as (box, finished):
        stream: Any = None
        noise: Any = None
        start = 0
        for data, frames in scenes:
            with av.open(io.BytesIO(data), "r") as piece:
                source = piece.streams.video[0]
                if stream is None:
                    stream = box.add_stream_from_template(source)
                    noise = _sound_stream(box) if sound else None
                for packet in piece.demux(source):
                    if packet.pts is None:
                        continue
                    at = start + round(packet.pts * packet.time_base * FPS)
                    packet.stream, packet.time_base = stream, VIDEO_TIME
                    packet.pts = packet.dts = at
                    packet.duration = 1
                    box.mux(packet)
            start += frames
        if noise is not None:
            _add_sound(box, noise, sound, rate, start)
    return finished()


def audio(sound: bytes, rate: int = 24_000, label: str = "") -> bytes:
    """The sound alone, as M4A; `label` as in `join`."""
    with _box("ipod", label) as (box, finished):
        _add_sound(box, _sound_stream(box), sound, rate, 0)
    return finished()


EXACT = {"fflags": "+bitexact"}  # no dates and no versions in the file


@contextmanager
def _box(
    kind: str, label: str
) -> Iterator[tuple[av.container.OutputContainer, Callable[[], bytes]]]:
    """A container with its index in front, and what gives its bytes once it is closed.

    Moving the index needs a file with a name.
    """
    import av

    made: list[bytes] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        flags = "+faststart" + "+use_metadata_tags" * bool(label)  # else names of our own are lost
        options = EXACT | {"movflags": flags}
        with av.open(str(path), "w", format=kind, options=options) as box:
            if label:
                box.metadata["AIGC"] = label
            yield box, lambda: made[0]
        made.append(path.read_bytes())


def _stream(box: av.container.OutputContainer, width: int, height: int, quality: str) -> Any:
    preset, crf = QUALITY[quality]
    stream = box.add_stream("libx264", rate=FPS)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base = VIDEO_TIME
    stream.codec_context.thread_count = THREADS
    stream.options = {
        "preset": preset,
        "crf": crf,
        "tune": "stillimage",
        "bf": "0",
        "g": "1000",
        "profile": "high",
        "level": "4.0",
        "x264-params": "colorprim=bt709:transfer=bt709:colormatrix=bt709",
    }
    return stream


def _converted(picture: Image.Image) -> Any:
    """The picture in the colours of high-definition television, as the film says it is."""
    import av
    from av.video.reformatter import Colorspace

    frames: Any = av.VideoFrame  # its methods are typed on some installations only
    frame = frames.from_image(picture)
    return frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)


def _frames(
    shots: Iterable[Shot], before: Image.Image | None, every: bool, push: bool
) -> Iterator[tuple[Image.Image, int]]:
    """Every frame to encode and when it is shown."""
    at, last = 0, -1
    step = 1 if every else HOLD
    for number, shot in enumerate(shots):
        wanted = shot.fade if shot.fade is not None else BEAT if number else FADE
        fade = min(wanted, shot.frames) if before is not None else 0
        for place in range(fade):
            assert before is not None
            share, last = (place + 1) / (fade + 1), at + place
            if push and not number:
                yield _pushed(before, shot.image, share), last
            else:
                yield Image.blend(before, shot.image, share), last
        for place in range(fade, shot.frames, step):
            last = at + place
            yield shot.image, last
        at += shot.frames
        before = shot.image
    if before is not None and last < at - 1:
        yield before, at - 1  # the last frame, so that the film is as long


def _pushed(before: Image.Image, image: Image.Image, share: float) -> Image.Image:
    """`image` on its way in from the right; slower towards the end."""
    width = image.width
    moved = round(width * (1 - (1 - share) ** 2))
    both = before.copy()
    both.paste(before, (-moved, 0))
    both.paste(image, (width - moved, 0))
    return both


def _sound_stream(box: av.container.OutputContainer) -> Any:
    stream = box.add_stream("aac", rate=RATE)
    stream.layout, stream.bit_rate = "mono", 96_000
    return stream


def _add_sound(
    box: av.container.OutputContainer, stream: Any, sound: bytes, rate: int, frames: int
) -> None:
    """Encode PCM; silence fills it up to the length of the film."""
    import av
    import numpy as np

    samples = np.frombuffer(sound, dtype="<i2")
    wanted = frames * rate // FPS
    if len(samples) < wanted:
        samples = np.concatenate([samples, np.zeros(wanted - len(samples), dtype="<i2")])
    change = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
    for start in range(0, len(samples), rate):
        part = av.AudioFrame.from_ndarray(samples[None, start : start + rate], "s16", "mono")
        part.rate, part.pts = rate, start
        part.time_base = Fraction(1, rate)
        for frame in change.resample(part):
            box.mux(stream.encode(frame))
    for frame in change.resample(None):
        box.mux(stream.encode(frame))
    box.mux(stream.encode(None))
