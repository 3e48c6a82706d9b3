"""Films that authors bring: what they are is looked at before anything decodes them.

MP4, MOV, WebM and Matroska only, known by their first bytes and opened as nothing else, so that no
playlist or list of files is followed. What goes on is a copy of the pictures between two moments:
no sound, no titles, chapters or subtitles. Needs the video packages.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av

MAX_BYTES = 200 * 1024 * 1024
MAX_SIDE = 4096
MAX_SECONDS = 7200.0
MOV = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})  # first box of a MOV
EBML = b"\x1a\x45\xdf\xa3"
CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "prores", "mjpeg"})
SOUNDS = frozenset({"aac", "mp3", "opus", "vorbis", "flac", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_f32le", "amr_nb"})  # fmt: skip
RATE = 24_000
SHORT = 0.75  # seconds that may be missing at the end of a whole file: containers round
BROKEN = "文件不完整或已损坏，重新导出一遍"
NEVER = {"protocol_whitelist": "none", "enable_drefs": "0"}  # no other file, no host


class Unusable(ValueError):
    """The film or picture can't be used; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Pictures between two moments as a Matroska film of its own.

    `skip`: seconds of it before the first moment, as it begins with a whole picture. `width`, `height`:
    as it is to be seen, turned upright, with square pixels.
    """

    data: bytes
    skip: float
    width: int
    height: int
    seconds: float


def inspect_clip(data: bytes) -> tuple[int, int, float]:
    """Width, height and seconds of a film; `Unusable` when it is none, broken, or too large."""
    with _opened(data) as box:
        video = _video(box)
        seconds = _seconds(box, video)
        width, height = _seen(box, video)
        end = 0.0
        for packet in box.demux(video):
            if packet.is_corrupt:
                raise Unusable(BROKEN)
            if packet.pts is not None:
                last = packet.pts + (packet.duration or 0)
                end = max(end, float(last * packet.time_base))
        begin = float((video.start_time or 0) * video.time_base)
        if end - begin < seconds - max(SHORT, seconds * 0.02):
            raise Unusable(BROKEN)
        return width, height, seconds


def piece(data: bytes, start: float, end: float) -> Piece:
    """The pictures from `start` to `end`, every one decoded once to see that it can be."""
    import av

    width, height, seconds = inspect_clip(data)
    if start >= seconds:
        raise Unusable(f"片长只有 {seconds:.1f} 秒，start 要比它小")
    out = io.BytesIO()
    with (
        _opened(data) as box,
        av.open(out, "w", format="matroska", options={"fflags": "+bitexact"}) as made,
    ):
        video = _video(box)
        copy = made.add_stream_from_template(video)
        zero = (video.start_time or 0) * video.time_base
        box.seek(int((Fraction(start) + zero) / video.time_base), stream=video)
        first: Any = None
        shown = 0
        packets: Any = box.demux(video)
        for packet in packets:
            if packet.dts is None:
                continue
            pts = packet.pts if packet.pts is not None else packet.dts
            if first is None:
                first = pts * packet.time_base
            if packet.dts * packet.time_base - zero > end + 1:
                break
            shown += _whole_frames(packet)
            shift = int(first / packet.time_base)
            packet.pts, packet.dts = pts - shift, packet.dts - shift
            packet.stream = copy
            made.mux(packet)
    if first is None or not shown:
        raise Unusable(BROKEN)
    return Piece(out.getvalue(), max(0.0, start - float(first - zero)), width, height, seconds)


def clip_sound(data: bytes, start: float, end: float) -> bytes:
    """What is heard from `start` to `end`: mono PCM of 16 bits at 24 kHz; nothing when it has no sound."""
    import av

    with _opened(data) as box:
        video = _video(box)
        _seconds(box, video)
        known = (s for s in box.streams.audio if s.codec_context.name in SOUNDS)
        sound: Any = next(known, None)
        if sound is None:
            return b""
        zero = float((video.start_time or 0) * video.time_base)
        box.seek(int((start + zero) / sound.time_base), stream=sound)
        change = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        wanted = round((end - start) * RATE)
        heard = bytearray()
        for frame in box.decode(sound):
            at = round((float(frame.pts * frame.time_base) - zero - start) * RATE)
            if at >= wanted:
                break
            for part in change.resample(frame):
                _add(heard, bytes(part.planes[0])[: part.samples * 2], at)
                at += part.samples
        for part in change.resample(None):
            heard += bytes(part.planes[0])[: part.samples * 2]
        return bytes(heard[: wanted * 2])


def _add(heard: bytearray, samples: bytes, at: int) -> None:
    """Sound from before the beginning is left out; a gap before the first sound is silence."""
    if at < 0 and not heard:
        samples = samples[-at * 2 :]
    elif at > 0 and not heard:
        heard += bytes(at * 2)
    heard += samples


# --- looking ------------------------------------------------------------------------------------------


def form(data: bytes) -> str:
    """The name of the only format that a file is opened as."""
    if data[4:8] in MOV:
        return "mov"
    if data[:4] == EBML:
        return "matroska"
    raise Unusable("不是 MP4、MOV、WebM 或 MKV 视频，先转成 MP4")


@contextmanager
def _opened(data: bytes) -> Iterator[av.container.InputContainer]:
    """The film opened as what its first bytes say; all that a decoder raises is `Unusable`."""
    import av

    if len(data) > MAX_BYTES:
        raise Unusable(f"超过 {MAX_BYTES // 1024 // 1024} MB，剪短或压小一些")
    kind = form(data)
    try:
        with av.open(io.BytesIO(data), "r", format=kind, options=NEVER) as box:
            yield box
    except (av.FFmpegError, ValueError, OverflowError, MemoryError) as error:
        if isinstance(error, Unusable):
            raise
        raise Unusable(BROKEN) from error


def _video(box: av.container.InputContainer) -> Any:
    """Its pictures, if they are of a known kind and size."""
    if not box.streams.video:
        raise Unusable("里面没有画面")
    video: Any = box.streams.video[0]
    codec: Any = video.codec_context  # None where nothing can decode it
    if codec is None or codec.name not in CODECS:
        raise Unusable("画面的编码不认识，先转成 H.264 的 MP4")
    if not 0 < max(video.width, video.height) <= MAX_SIDE or min(video.width, video.height) < 16:
        raise Unusable(f"画面是 {video.width}×{video.height}，边长只收 16 到 {MAX_SIDE} 像素")
    codec.options = {"max_pixels": str(MAX_SIDE * MAX_SIDE)}
    return video


def _seconds(box: av.container.InputContainer, video: Any) -> float:
    """How long it says it is."""
    told: Any = box.duration or 0
    seconds = float(video.duration * video.time_base) if video.duration else told / 1e6
    if seconds <= 0:
        raise Unusable(BROKEN)
    if seconds > MAX_SECONDS:
        raise Unusable(f"长 {seconds / 3600:.1f} 小时，最多 2 小时，先剪短")
    return seconds


def _seen(box: av.container.InputContainer, video: Any) -> tuple[int, int]:
    """The size as it is seen: the first picture turned upright, its pixels made square."""
    frames: Any = box.decode(video)
    frame = next(frames, None)
    if frame is None or max(frame.width, frame.height) > MAX_SIDE:
        raise Unusable(BROKEN)
    box.seek(0)
    shape = Fraction(video.sample_aspect_ratio or 1)
    width = round(frame.width * shape) if Fraction(1, 4) <= shape <= 4 else frame.width
    turned = round(frame.rotation) % 180 == 90
    return (frame.height, width) if turned else (width, frame.height)


def _whole_frames(packet: Any) -> int:
    """How many whole pictures a packet gives; a broken one is refused."""
    frames = packet.decode()
    if packet.is_corrupt or any(f.is_corrupt or max(f.width, f.height) > MAX_SIDE for f in frames):
        raise Unusable(BROKEN)
    return len(frames)
