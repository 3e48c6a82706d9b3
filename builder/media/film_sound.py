"""The sound of a film: recordings are read, narration is set at its frames, music makes way for it.

In: files as bytes, or samples. Out: samples, 24 kHz, mono, 16 bit, and what a file says of itself when a
machine spoke. Needs the video packages. moviepy's effects are not used here: its loop clicks at the seam,
its fades do not take a single channel.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builder.media import film_loudness, voice_samples
from builder.media.voice_samples import RATE, Unreadable

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

FPS = 25
STEP = RATE // FPS  # samples a frame of the film
LONGEST = 3600  # seconds of a recording
SHORTEST = 0.1
UNDER, ALONE = -20.0, -12.0  # dB of music against speech, under it and where nobody speaks
RAMP = 0.3  # seconds from one to the other
HELD = 1.0  # pauses shorter than this do not bring the music up
FADE_IN, FADE_OUT = 1.0, 2.0
SEAM = 0.5  # seconds in which music goes over into its own beginning
EDGE = RATE * 3 // 1000  # samples: a piece that is cut out of a recording begins and ends softly

# How a file begins -> the reader that is told to take it. Nothing is guessed, so that no text file can
# send the library to other files or hosts.
HEADS = (
    (0, b"RIFF", "wav"),
    (0, b"RF64", "wav"),
    (4, b"ftyp", "mov"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (0, b"#!AMR\n", "amr"),
    (0, b"#!AMR-WB\n", "amr"),
    (0, b"ID3", "mp3"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "asf"),
    (0, b"FORM", "aiff"),
)
READERS = (*dict.fromkeys(name for _, _, name in HEADS), "aac")
TELL_LENGTH = frozenset({"mov", "flac"})  # their headers say how long they are
CODECS = (
    "aac,alac,amrnb,amrwb,flac,libopencore_amrnb,libopencore_amrwb,libopus,mp2,mp2float,mp3,mp3float,opus,"
    "vorbis,wmav1,wmav2,wmapro,wmavoice,adpcm_ima_wav,adpcm_ms,pcm_alaw,pcm_mulaw,pcm_f32be,pcm_f32le,"
    "pcm_f64le,pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s8,pcm_u8"
)


# --- reading ----------------------------------------------------------------------------------


def decode(data: bytes) -> bytes:
    """Samples of a recording of any usual kind; `Unreadable` says in Chinese why there are none.

    A file that stops long before the end that its header names is refused: words would be missing.
    """
    import av

    reader = _reader(data)
    if not reader:
        raise Unreadable("不是认得的声音文件，请用 WAV、MP3、M4A、OGG、FLAC 或 AMR")
    if reader == "wav":
        voice_samples.chunks(data)  # the library takes a part for the whole
    options = {
        "format_whitelist": ",".join(READERS),
        "codec_whitelist": CODECS,
        "protocol_whitelist": "none",
        "enable_drefs": "0",
    }
    made = bytearray()
    try:
        with av.open(
            io.BytesIO(data), "r", format=reader, options=options, metadata_errors="replace"
        ) as box:
            told = (box.duration or 0) / 1_000_000
            for part in _samples(box):
                made += part
                if max(told, len(made) / 2 / RATE) > LONGEST:
                    raise Unreadable(f"声音超过 {LONGEST // 60} 分钟")
    except Unreadable:
        raise
    except (av.FFmpegError, OSError, ValueError, MemoryError):
        raise Unreadable("声音文件打不开或已损坏") from None
    length = len(made) / 2 / RATE
    if length < SHORTEST:
        raise Unreadable("声音文件里没有声音，或者太短")
    if reader in TELL_LENGTH and told > length + max(1.0, told * 0.05):
        raise Unreadable(f"声音文件不完整，应有 {told:.0f} 秒，只读出 {length:.0f} 秒")
    return bytes(made)


def _reader(data: bytes) -> str:
    """Which reader takes such a file; "" for none."""
    for at, head, name in HEADS:
        if data[at : at + len(head)] == head:
            return name
    if len(data) > 4 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:
        if data[1] & 0xF6 == 0xF0:
            return "aac"
        return "mp3" if data[1] & 0x06 else ""
    return ""


def _samples(box: av.container.InputContainer) -> Iterator[bytes]:
    """The first sound in a file, as samples. Damaged packets are left out unless most of them are."""
    import av

    if not box.streams.audio:
        raise Unreadable("文件里没有声音")
    kind: tuple[object, ...] = ()
    change: Any = None
    good = bad = 0
    packets = box.demux(box.streams.audio[0])
    while True:
        try:
            packet = next(packets, None)
            frames = packet.decode() if packet else None
        except av.error.InvalidDataError:
            bad += 1
            continue
        if frames is None:
            break
        good += bool(frames)
        for frame in frames:
            frame.pts = None
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if now != kind:  # also in the middle of a file
                yield from _changed(change, None)
                kind = now
                change = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            yield from _changed(change, frame)
    if bad > good:  # chance makes sound of noise, too
        raise Unreadable("声音文件打不开或已损坏")
    yield from _changed(change, None)


def _changed(change: Any, frame: Any) -> Iterator[bytes]:
    for part in change.resample(frame) if change is not None else ():
        yield bytes(part.planes[0])[: part.samples * 2]


def tune(data: bytes) -> bytes:
    """Samples of a music file, without silence at its ends; `Unreadable` when nothing is heard or too little."""
    pcm = voice_samples.trimmed(decode(data))
    if voice_samples.seconds(pcm) < 2 * SEAM or film_loudness.loudness(pcm).lufs == -math.inf:
        raise Unreadable(f"配乐里听得见的不到 {2 * SEAM:g} 秒")
    return pcm


# --- mixing -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples that are heard from a frame of the film on."""

    start_frame: int
    pcm: bytes


def mix(
    pieces: Sequence[Piece],
    music: bytes | None,
    speech: Sequence[tuple[int, int]],
    frames: int,
    volume: float = 0.0,
) -> bytes:
    """All that is heard in a film of so many frames.

    `music` is a file (`Unreadable` when it can't be taken, see `tune`); `speech`: from which to which frame
    somebody speaks. Music is set against the loudness of the pieces (−16 LUFS where there are none) and
    `volume` dB more. A sum that is too loud makes the whole softer; `levelled` brings it back.
    """
    import numpy as np

    bed = np.zeros(frames * STEP, np.float32)
    for piece in pieces:
        _lay(bed, piece)
    if music is not None and frames:
        against = film_loudness.loudness(_bytes(bed)).lufs if pieces else -math.inf
        against = film_loudness.TARGET if against == -math.inf else against
        pcm = tune(music)
        gain = against - film_loudness.loudness(pcm).lufs + volume
        _add_music(bed, _looped(_floats(pcm), len(bed)), _ducking(speech, frames), gain)
    peak = float(np.abs(bed).max(initial=0.0))
    return _bytes(bed * np.float32(0.98 / peak) if peak > 1 else bed)


def _lay(bed: Sound, piece: Piece) -> None:
    """Add a piece; what stands over the end of the film is not heard."""
    import numpy as np

    start = piece.start_frame * STEP
    sound = _floats(piece.pcm)[: max(0, len(bed) - start)]
    edge = min(EDGE, len(sound) // 2)
    rise = (np.arange(edge, dtype=np.float32) + 1) / (edge + 1)
    sound[:edge] *= rise
    sound[len(sound) - edge :] *= rise[::-1]
    bed[start : start + len(sound)] += sound


def _ducking(speech: Sequence[tuple[int, int]], frames: int) -> tuple[list[float], list[float]]:
    """Corners of the curve that music follows: seconds, and dB."""
    spans: list[tuple[float, float]] = []
    for begin, end in sorted((a / FPS, b / FPS) for a, b in speech if b > a):
        if spans and begin - spans[-1][1] < HELD:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((begin, end))
    corners = [
        (at, level)
        for begin, end in spans
        for at, level in ((begin - RAMP, ALONE), (begin, UNDER), (end, UNDER), (end + RAMP, ALONE))
    ]
    corners = corners or [(0.0, ALONE), (frames / FPS, ALONE)]
    return [at for at, _ in corners], [level for _, level in corners]


def _add_music(
    bed: Sound, music: Sound, curve: tuple[list[float], list[float]], gain: float
) -> None:
    """Add music a second at a time: the curve of a whole film would be large."""
    import numpy as np

    whole = len(bed) / RATE
    for start in range(0, len(bed), RATE):
        part = slice(start, min(start + RATE, len(bed)))
        at = np.arange(part.start, part.stop) / RATE
        level = 10 ** ((np.interp(at, *curve) + gain) / 20)
        fade = np.minimum(1, np.minimum(at / FADE_IN, (whole - at) / FADE_OUT))
        bed[part] += (music[part] * level * fade).astype(np.float32)


def _looped(music: Sound, count: int) -> Sound:
    """Music of so many samples; where it begins anew, its end and its beginning go over into each other."""
    import numpy as np

    if len(music) >= count:
        return music[:count]
    seam = round(SEAM * RATE)
    rise = np.sin(np.linspace(0, np.pi / 2, seam, dtype=np.float32))
    made = np.zeros(count, np.float32)
    for start in range(0, count, len(music) - seam):
        part = music.copy()
        if start:
            part[:seam] *= rise
        part[-seam:] *= rise[::-1]
        part = part[: count - start]
        made[start : start + len(part)] += part
    return made


def _floats(pcm: bytes) -> Sound:
    import numpy as np

    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)


def _bytes(sound: Sound) -> bytes:
    import numpy as np

    whole = np.clip(np.rint(sound * np.float32(32768)), -32768, 32767)
    return bytes(whole.astype("<i2").tobytes())


# --- signs that a machine spoke ---------------------------------------------------------------


def ai_label(producer: str = "", number: str = "") -> str:
    """What a file says of itself when a machine made some of it: the text for `film.join(…, label=…)`.

    `producer`: who published it; `number`: what they call it.
    """
    named = {"Label": "1", "ContentProducer": producer, "ProduceID": number}
    kept = {k: v for k, v in named.items() if v}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


UNIT = 0.06  # seconds of a short tone; a long one is three
LOUD = 0.12
SIGN = (
    (659.26, (1, 3)),
    (880.0, (1, 1)),
)  # short long, short short: AI in Morse, the second letter higher


def sign() -> bytes:
    """A soft signal of two tones and a breath: what follows was spoken by a machine."""
    import numpy as np

    parts = []
    for pitch, letter in SIGN:
        for number, units in enumerate(letter):
            at = np.arange(round(units * UNIT * RATE)) / RATE
            tone = np.sin(2 * np.pi * pitch * at) + 0.2 * np.sin(4 * np.pi * pitch * at)
            soft = np.minimum(1, np.minimum(at, at[::-1]) / 0.012)
            rest = UNIT * (3 if number + 1 == len(letter) else 1)
            parts += [LOUD * tone * np.sin(soft * np.pi / 2) ** 2, np.zeros(round(rest * RATE))]
    parts.append(np.zeros(round(0.3 * RATE)))
    return _bytes(np.concatenate(parts).astype(np.float32))
