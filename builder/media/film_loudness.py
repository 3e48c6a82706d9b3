"""How loud a film is, by ITU-R BS.1770 (EBU R128), and one loudness for all films.

In and out: 24 kHz mono 16-bit samples. The measuring and the limiter are libav's own filters (`ebur128`,
`alimiter`), run through PyAV; ours is only what to do with the figures. Needs the video packages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from builder.media.voice_samples import RATE

TARGET = -16.0  # LUFS
PEAK = -1.0  # dBTP: louder peaks crackle in some players
CEILING = PEAK - 0.4  # the limiter's own: going back to 24 kHz raises peaks a little
WITHIN = 0.1  # dB of the target that are good enough
TRIES = 6
MOST = 40.0  # dB of gain: what is so quiet is the noise of a room
PUSH = 8.0  # dB above a plain gain that are given into the limiter, no more
FINE = 96_000  # samples a second while limiting, to see the peaks between ours
SHORTEST = RATE  # bytes, half a second: the measure has windows of 0.4 s
Filter = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS and true peak in dBTP; minus infinity for silence."""

    lufs: float
    peak: float


def loudness(pcm: bytes) -> Loudness:
    """Measure samples; what is shorter than half a second is measured with silence after it."""
    found: dict[str, str] = {}
    for frame in _through(pcm.ljust(SHORTEST, b"\0"), ("ebur128", "metadata=1:peak=true")):
        found.update(frame.metadata)
    lufs, peak = float(found["lavfi.r128.I"]), float(found["lavfi.r128.true_peak"])
    return Loudness(lufs if lufs > -70 else -math.inf, 20 * math.log10(peak) if peak else -math.inf)


def levelled(pcm: bytes, target: float = TARGET) -> bytes:
    """The samples at a loudness, peaks no higher than −1 dBTP; silence as it is.

    Plain gain where that does, else gain and a limiter, and more of both as long as the limiter takes
    too much away. Single peaks in much silence may end softer than the target.
    """
    now = loudness(pcm)
    if now.lufs == -math.inf:
        return pcm
    gain = plain = min(MOST, target - now.lufs)
    made = _scaled(pcm, gain)
    if loudness(made).peak <= PEAK:
        return made
    for _ in range(TRIES):
        made = _limited(pcm, gain)
        short = now.lufs + plain - loudness(made).lufs
        if abs(short) < WITHIN or (short > 0 and gain >= plain + PUSH):
            break
        gain = min(gain + short, plain + PUSH)
    return made


def _scaled(pcm: bytes, gain: float) -> bytes:
    import numpy as np

    sound = np.frombuffer(pcm, "<i2").astype(np.float32)
    scaled = np.rint(sound * np.float32(10 ** (gain / 20)))
    return bytes(np.clip(scaled, -32768, 32767).astype("<i2").tobytes())


def _limited(pcm: bytes, gain: float) -> bytes:
    """The samples with so many dB of gain, through a limiter that looks ahead; as many as before."""
    ceiling = 10 ** (CEILING / 20)
    frames = _through(
        pcm,
        ("aformat", "sample_fmts=flt"),
        ("volume", f"{gain:.4f}dB:precision=float"),
        ("aresample", f"{FINE}"),
        ("alimiter", f"limit={ceiling:.6f}:level=0:latency=1:attack=5:release=80"),
        ("aresample", f"{RATE}"),
        ("aformat", f"sample_fmts=s16:sample_rates={RATE}:channel_layouts=mono"),
    )
    made = b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)
    return made[: len(pcm)].ljust(len(pcm), b"\0")


def _through(pcm: bytes, *filters: Filter) -> Iterator[Any]:
    """Send samples through a chain of filters; yield the frames that come out."""
    import av
    import numpy as np

    graph = av.filter.Graph()
    source = last = graph.add_abuffer(
        sample_rate=RATE, format="s16", layout="mono", time_base=Fraction(1, RATE)
    )
    for name, settings in (*filters, ("abuffersink", "")):
        following = graph.add(name, settings or None)
        last.link_to(following)
        last = following
    graph.configure()
    sound = np.frombuffer(pcm, "<i2")
    for start in range(0, len(sound), RATE):
        part = av.AudioFrame.from_ndarray(sound[None, start : start + RATE].copy(), "s16", "mono")
        part.rate, part.pts, part.time_base = RATE, start, Fraction(1, RATE)
        source.push(part)
        yield from _ready(last)
    source.push(None)
    yield from _ready(last)


def _ready(sink: Any) -> Iterator[Any]:
    import av

    while True:
        try:
            yield sink.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
