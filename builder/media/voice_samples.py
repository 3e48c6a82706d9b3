"""Sound as samples: 24 kHz, mono, 16 bit. WAV files of others are read into it; nothing else is taken."""

from __future__ import annotations

import struct
import sys
from array import array
from itertools import accumulate

RATE = 24000
LONGEST = 600  # seconds
QUIET = 260  # of 32768: what is under it is silence
FRAME = RATE // 50


class Unreadable(ValueError):
    """The bytes are no sound that can be taken; the message says why, in Chinese."""


def from_wav(data: bytes) -> bytes:
    """Samples of a WAV file: PCM of 8 to 32 bits or floats, one or more channels, 8 to 192 kHz."""
    if len(data) < 44 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise Unreadable("不是 WAV 声音文件")
    form, sound = chunks(data)
    if form is None or sound is None:
        raise Unreadable("WAV 文件不完整")
    kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", form[:16])
    if kind == 0xFFFE and len(form) >= 26:
        kind = struct.unpack("<H", form[24:26])[0]
    if not (1 <= channels <= 8 and 8000 <= rate <= 192000 and block == channels * bits // 8 > 0):
        raise Unreadable("WAV 文件的声道数、采样率或位数不合要求")
    if len(sound) // block > rate * LONGEST:
        raise Unreadable(f"声音超过 {LONGEST // 60} 分钟")
    return to_bytes(_resampled(_mono(_decoded(sound, kind, bits), channels), rate))


def to_wav(pcm: bytes) -> bytes:
    """A WAV file of samples."""
    form = struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16)
    head = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(pcm))
    return b"RIFF" + struct.pack("<I", len(head) + len(pcm)) + head + pcm


def from_rate(pcm: bytes, rate: int) -> bytes:
    """16-bit mono samples of another rate at ours."""
    return to_bytes(_resampled(samples(pcm), rate))


def silence(seconds: float) -> bytes:
    """So much of nothing."""
    return bytes(2 * round(seconds * RATE))


def seconds(pcm: bytes) -> float:
    """How long samples last."""
    return len(pcm) / 2 / RATE


def trimmed(pcm: bytes) -> bytes:
    """Without the silence at both ends, a breath of 30 ms left; empty when nothing is heard."""
    loud = [i for i, quiet in enumerate(quiet_frames(pcm)) if not quiet]
    if not loud:
        return b""
    keep = round(0.03 * RATE)
    first, last = max(0, loud[0] * FRAME - keep), (loud[-1] + 1) * FRAME + keep
    return pcm[first * 2 : last * 2]


def quiet_frames(pcm: bytes) -> list[bool]:
    """For each 20 ms: whether it is silent."""
    sound = samples(pcm)
    parts = (sound[i : i + FRAME] for i in range(0, len(sound), FRAME))
    return [max(part) < QUIET and min(part) > -QUIET for part in parts]


def samples(pcm: bytes) -> array[int]:
    """Little-endian bytes as numbers."""
    sound = array("h")
    sound.frombytes(pcm[: len(pcm) // 2 * 2])
    if sys.byteorder == "big":
        sound.byteswap()
    return sound


def to_bytes(sound: array[int]) -> bytes:
    """Numbers as little-endian bytes."""
    if sys.byteorder == "big":
        sound = array("h", sound)
        sound.byteswap()
    return sound.tobytes()


def chunks(data: bytes) -> tuple[bytes | None, bytes | None]:
    """The format and the sound. Programs that write to a pipe leave a wrong length: then all that follows."""
    form, at = None, 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"data":
            piped = size == 0 or at + 8 + size > len(data)
            if piped and size not in {0, 0xFFFFFFFF} and size < 0x7FFFF000:
                raise Unreadable("WAV 文件被截断")
            return form, data[at + 8 :] if piped else data[at + 8 : at + 8 + size]
        if name == b"fmt " and 16 <= size <= 64:
            form = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return form, None


def _decoded(sound: bytes, kind: int, bits: int) -> array[int]:
    if kind == 3 and bits == 32:
        floats = array("f")
        floats.frombytes(sound[: len(sound) // 4 * 4])
        return array(
            "h", (round(max(-1.0, min(1.0, f if f == f else 0.0)) * 32767) for f in floats)
        )
    if kind != 1 or bits not in {8, 16, 24, 32}:
        raise Unreadable("WAV 文件的编码不认识，请存成 16 位 PCM")
    if bits == 8:
        return array("h", ((b - 128) << 8 for b in sound))
    wide = bits // 8
    if wide > 2:  # the two upper bytes of each sample are all that we keep
        kept = bytearray(len(sound) // wide * 2)
        kept[0::2] = sound[wide - 2 : len(sound) // wide * wide : wide]
        kept[1::2] = sound[wide - 1 : len(sound) // wide * wide : wide]
        sound = bytes(kept)
    return samples(sound)


def _mono(sound: array[int], channels: int) -> array[int]:
    if channels == 1:
        return sound
    parts = [sound[n::channels] for n in range(channels)]
    return array("h", (sum(frame) // channels for frame in zip(*parts, strict=False)))


def _resampled(sound: array[int], rate: int) -> array[int]:
    """At our rate: averages when there are too many samples, straight lines between them when too few."""
    if rate == RATE or not sound:
        return sound
    step, count = rate / RATE, len(sound) * RATE // rate
    if step > 1:
        sums = [0, *accumulate(sound)]
        last = len(sound)
        ends = (
            (int(i * step), min(last, max(int(i * step) + 1, int((i + 1) * step))))
            for i in range(count)
        )
        return array("h", ((sums[b] - sums[a]) // (b - a) for a, b in ends))
    made = array("h", bytes(2 * count))
    for i in range(count):
        at = i * step
        n = int(at)
        after = sound[n + 1] if n + 1 < len(sound) else sound[n]
        made[i] = int(sound[n] + (after - sound[n]) * (at - n))
    return made
