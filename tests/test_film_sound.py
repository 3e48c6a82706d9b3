"""Sound of films: any recording is read and nothing else, music makes way for words and never clicks."""

from __future__ import annotations

import io
import json
import math
import random
import socket
import threading
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from builder.media import voice_samples
from builder.media.voice_samples import RATE, Unreadable
from tests.conftest import lacking

if find_spec("av") is None:  # the author's set-up goes without
    lacking("the group of video packages")
from builder.media import film, film_loudness, film_sound
from builder.media.film_sound import Piece, decode, mix
from builder.media.narration import Recorded, narrate
from builder.media.speech import speak

av: Any = import_module("av")
np: Any = import_module("numpy")


def hum(seconds: float, level: float = 0.25, pitch: float = 440) -> bytes:
    at = np.arange(round(seconds * RATE)) / RATE
    return bytes(np.rint(level * 32767 * np.sin(2 * np.pi * pitch * at)).astype("<i2").tobytes())


def floats(pcm: bytes) -> Any:
    return np.frombuffer(pcm, "<i2") / 32768


def packed(kind: str, codec: str, rate: int, layout: str, pcm: bytes, **tags: str) -> bytes:
    """A file of another kind, as a telephone or a recorder would give it."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as box:
        box.metadata.update(tags)
        stream = box.add_stream(codec, rate=rate, options={"strict": "-2"})
        stream.layout, stream.bit_rate = layout, 96_000
        stream.codec_context.open()
        change = av.AudioResampler(
            format=stream.codec_context.format.name,
            layout=layout,
            rate=rate,
            frame_size=stream.codec_context.frame_size or None,
        )
        sound = av.AudioFrame.from_ndarray(np.frombuffer(pcm, "<i2")[None].copy(), "s16", "mono")
        sound.rate, sound.pts, sound.time_base = RATE, 0, Fraction(1, RATE)
        for frame in (*change.resample(sound), *change.resample(None)):
            box.mux(stream.encode(frame))
        box.mux(stream.encode(None))
    return out.getvalue()


KINDS = (
    ("wav", "pcm_s16le", 44_100, "stereo"),
    ("wav", "pcm_s24le", 48_000, "mono"),
    ("wav", "pcm_f32le", 48_000, "mono"),
    ("wav", "adpcm_ms", 22_050, "mono"),
    ("mp3", "libmp3lame", 44_100, "stereo"),
    ("mp4", "aac", 48_000, "mono"),
    ("mov", "alac", 44_100, "stereo"),
    ("adts", "aac", 44_100, "stereo"),
    ("ogg", "libopus", 48_000, "mono"),
    ("ogg", "vorbis", 44_100, "stereo"),
    ("webm", "libopus", 48_000, "stereo"),
    ("flac", "flac", 44_100, "stereo"),
    ("amr", "libopencore_amrnb", 8_000, "mono"),
    ("asf", "wmav2", 44_100, "stereo"),
    ("aiff", "pcm_s16be", 22_050, "mono"),
)


@pytest.mark.parametrize(("kind", "codec", "rate", "layout"), KINDS)
def test_usual_recordings_are_read(kind: str, codec: str, rate: int, layout: str) -> None:
    data = packed(kind, codec, rate, layout, hum(3) + bytes(RATE) + hum(1, pitch=880))
    pcm = decode(data)
    assert decode(data) == pcm
    assert voice_samples.seconds(pcm) == pytest.approx(4.5, abs=0.12)
    loud = -18.9 if layout == "stereo" else -15.9
    assert film_loudness.loudness(pcm[: 2 * RATE * 2]).lufs == pytest.approx(loud, abs=2.6)
    for begin, pitch in ((0.5, 440), (3.8, 880)):
        part = floats(pcm)[round(begin * RATE) :][: RATE // 2]
        found = int(np.abs(np.fft.rfft(part)).argmax()) * RATE / len(part)
        assert found == pytest.approx(pitch, abs=3)
    quiet = floats(pcm)[round(3.2 * RATE) : round(3.3 * RATE)]
    assert np.abs(quiet).max() < 0.02


@pytest.mark.parametrize(("kind", "codec", "rate", "layout"), KINDS)
def test_damaged_recordings_are_read_or_refused(
    kind: str, codec: str, rate: int, layout: str
) -> None:
    data = packed(kind, codec, rate, layout, hum(3))
    whole = voice_samples.seconds(decode(data))
    chance = random.Random(kind + codec)
    damaged = [data[: len(data) * n // 7] for n in range(7)]
    for number in range(40):
        copy = bytearray(data)
        for _ in range(1 + number * 3):
            copy[chance.randrange(len(copy))] = chance.randrange(256)
        damaged.append(bytes(copy))
    refused = 0
    for broken in damaged:
        try:
            assert 0.1 <= voice_samples.seconds(decode(broken)) <= whole * 3
        except Unreadable:
            refused += 1
    assert refused


@pytest.mark.parametrize("kind", ["wav", "flac", "mp4"])
def test_a_recording_cut_short_is_refused(kind: str) -> None:
    codec = {"wav": "pcm_s16le", "flac": "flac", "mp4": "aac"}[kind]
    data = film.audio(hum(30)) if kind == "mp4" else packed(kind, codec, 24_000, "mono", hum(30))
    assert voice_samples.seconds(decode(data)) == pytest.approx(30, abs=0.1)
    with pytest.raises(Unreadable):
        decode(data[: len(data) // 2])


JUNK = (
    b"",
    b"\0" * 4000,
    "这是一段文字，不是声音。".encode() * 50,
    b"%PDF-1.7\n" + b"x" * 900,
    b"PK\3\4" + b"x" * 900,
    b"\xff\xd8\xff\xe0" + b"x" * 900,
    b"ID3" + random.Random(1).randbytes(30_000),
    b"\xff\xfb" + random.Random(2).randbytes(30_000),
    b"RIFF\0\0\0\0AVI " + random.Random(3).randbytes(900),
    b"OggS" + random.Random(4).randbytes(9000),
    b"#!AMR\n" + random.Random(5).randbytes(9000),
    b"\0\0\0\x18ftypmp42" + random.Random(6).randbytes(9000),
)


@pytest.mark.parametrize("data", JUNK, ids=range(len(JUNK)))
def test_what_is_no_sound_is_refused_in_chinese(data: bytes) -> None:
    with pytest.raises(Unreadable, match=r"[一-鿿]"):
        decode(data)


def test_a_film_without_sound_is_refused() -> None:
    from PIL import Image

    shot = film.Shot(Image.new("RGB", (64, 64)), 10)
    with pytest.raises(Unreadable, match="没有声音"):
        decode(film.join([(film.scene([shot], None, "draft"), 10)]))


def test_no_list_leads_to_other_files_or_hosts(tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(voice_samples.to_wav(hum(2)))
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        host = f"http://127.0.0.1:{server.getsockname()[1]}/a.wav"

        def wait() -> None:
            try:
                calls.append(server.accept())
            except OSError:
                return

        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        for target in (str(secret), secret.as_uri(), host):
            for text in (
                f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{target}\n#EXT-X-ENDLIST\n",
                f"ffconcat version 1.0\nfile '{target}'\n",
                f"<?xml version='1.0'?><MPD><BaseURL>{target}</BaseURL></MPD>",
                f"[Reference]\nRef1={target}\n",
                f"v=0\nm=audio 5004 RTP/AVP 0\na=control:{target}\n",
            ):
                for head in (b"", b"RIFF\0\0\0\0WAVE", b"ID3\4\0\0\0\0\0\0", b"\0\0\0\x10ftypmp42"):
                    with pytest.raises(Unreadable):
                        decode(head + text.encode())
        assert calls == []


def test_foreign_letters_in_the_tags_do_no_harm() -> None:
    data = packed("mp3", "libmp3lame", 44_100, "mono", hum(1), title="XYZW")
    spoilt = data.replace(b"XYZW", "录音".encode("gbk"))
    assert spoilt != data
    assert voice_samples.seconds(decode(spoilt)) == pytest.approx(1, abs=0.1)


def test_an_hour_is_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    long = packed("wav", "pcm_u8", 8000, "mono", hum(1))
    at = long.index(b"data")
    count = 8000 * 3601
    bytes_ = long[: at + 4] + count.to_bytes(4, "little") + b"\x80" * count
    with pytest.raises(Unreadable, match="60 分钟"):
        decode(bytes_)
    monkeypatch.setattr(film_sound, "LONGEST", 2)
    with pytest.raises(Unreadable, match="分钟"):  # its head does not say how long it is
        decode(packed("adts", "aac", 44_100, "mono", hum(3)))


def test_it_is_what_a_narration_wants() -> None:
    data = packed("mp4", "aac", 48_000, "mono", bytes(9600) + hum(3) + bytes(RATE) + hum(3))
    track = narrate(speak("第一句说了三秒。第二句也是三秒。"), [Recorded(data, decode)])
    assert (track.engine, track.skipped) == ("recorded", ())
    assert track.seconds == pytest.approx(6.7, abs=0.1)


# --- mixing -----------------------------------------------------------------------------------

MUSIC = voice_samples.to_wav(hum(7.3, pitch=310))


def level(pcm: bytes, begin: float, end: float) -> float:
    return film_loudness.loudness(pcm[round(begin * RATE) * 2 : round(end * RATE) * 2]).lufs


def test_pieces_stand_at_their_frames() -> None:
    made = floats(mix([Piece(25, hum(2)), Piece(100, hum(1, pitch=880))], None, (), 150))
    assert len(made) == 6 * RATE
    given = np.concatenate([np.zeros(RATE), floats(hum(2)), np.zeros(RATE), floats(hum(1, pitch=880)), np.zeros(RATE)])  # fmt: skip
    different = np.flatnonzero(np.abs(made - given) > 1e-4)
    edges = (RATE, 3 * RATE, 4 * RATE, 5 * RATE)
    assert all(min(abs(n - edge) for edge in edges) <= film_sound.EDGE for n in different)


def test_a_piece_over_the_end_is_cut_there() -> None:
    assert len(mix([Piece(40, hum(5)), Piece(90, hum(1))], None, (), 50)) == 2 * RATE * 2
    assert mix([], None, (), 0) == b""
    assert mix([], None, (), 50) == bytes(2 * RATE * 2)


def test_music_makes_way_for_words() -> None:
    speech = [(100, 200), (210, 300), (400, 500)]  # 4–8, 8.4–12, 16–20 s
    made = mix([], MUSIC, speech, 750)
    alone, under = (film_loudness.TARGET + by for by in (-12, -20))
    for begin, end in ((1.2, 3.6), (12.4, 15.6), (20.4, 27.9)):
        assert level(made, begin, end) == pytest.approx(alone, abs=0.7)
    for begin, end in ((4, 8), (7.9, 8.5), (8.4, 12), (16, 20)):
        assert level(made, begin, end) == pytest.approx(under, abs=0.7)
    curve = [
        float(np.abs(floats(made)[round(t * RATE) :][:480]).max()) for t in np.arange(3.7, 4, 0.05)
    ]
    assert curve == sorted(curve, reverse=True)
    assert curve[0] / curve[-1] > 1.8


def test_music_follows_the_loudness_of_the_voice() -> None:
    for loud in (0.25, 0.05):
        voice = hum(4, loud, 900)
        alone = mix([Piece(50, voice)], None, (), 300)
        made = mix([Piece(50, voice)], MUSIC, [(50, 150)], 300)
        against = film_loudness.loudness(voice).lufs
        assert level(made, 7, 9.5) == pytest.approx(against - 12, abs=0.7)
        only = voice_samples.to_bytes(
            voice_samples.samples((np.frombuffer(made, "<i2") - np.frombuffer(alone, "<i2")).tobytes())
        )  # fmt: skip
        assert level(only, 2.5, 5.5) == pytest.approx(against - 20, abs=0.7)
        louder = mix([Piece(50, voice)], MUSIC, [(50, 150)], 300, volume=6)
        assert level(louder, 7, 9.5) == pytest.approx(against - 6, abs=0.7)


@pytest.mark.parametrize("seconds", [1.04, 2.337, 7.3])
def test_music_goes_round_without_a_click(seconds: float) -> None:
    music = voice_samples.to_wav(hum(seconds, pitch=310))
    made = floats(mix([], music, (), 25 * 24))[2 * RATE : 21 * RATE]
    top = float(np.abs(made).max())
    bend = float(np.abs(np.diff(made, 2)).max())
    smooth = top * (2 * math.pi * 310 / RATE) ** 2
    assert bend < smooth * 1.1 + 3 / 32768


def test_music_comes_and_goes_softly() -> None:
    made = floats(mix([], MUSIC, (), 250))
    tops = [float(np.abs(made[n * 2400 : (n + 1) * 2400]).max()) for n in range(100)]
    assert tops[0] < tops[15] / 8
    assert tops[:10] == sorted(tops[:10])
    assert tops[80:] == sorted(tops[80:], reverse=True)
    assert tops[-1] < tops[50] / 15
    assert 0.45 < tops[90] / tops[50] < 0.55
    short = floats(mix([], MUSIC, (), 25))
    assert np.abs(short[:240]).max() < 0.02
    assert np.abs(short[-240:]).max() < 0.02


def test_nothing_clips() -> None:
    loud = [Piece(n, hum(3, 0.95)) for n in (0, 0, 10)]
    made = floats(mix(loud, MUSIC, [(0, 85)], 100))
    assert np.abs(made).max() < 0.985
    flat = max(len(list(run)) for _, run in groupby(np.abs(made) > 0.975) if _)
    assert flat < 10


def test_the_same_pieces_give_the_same_bytes() -> None:
    given = [Piece(20, hum(2)), Piece(90, hum(1))], MUSIC, [(20, 70), (90, 115)], 200
    assert mix(*given) == mix(*given)
    assert len(film_loudness.levelled(mix(*given))) == 200 * film_sound.STEP * 2


@pytest.mark.parametrize(
    "music",
    [b"no music", voice_samples.to_wav(hum(0.4)), voice_samples.to_wav(bytes(RATE * 8))],
)
def test_bad_music_is_refused(music: bytes) -> None:
    with pytest.raises(Unreadable, match=r"[一-鿿]"):
        mix([], music, (), 100)


# --- signs ------------------------------------------------------------------------------------


def test_the_label_says_it_in_json() -> None:
    assert json.loads(film_sound.ai_label()) == {"Label": "1"}
    full = film_sound.ai_label("示范省统计局", "tongjifa-bixiu/bu-gai-shu")
    assert list(json.loads(full)) == ["Label", "ContentProducer", "ProduceID"]
    with av.open(io.BytesIO(film.audio(hum(1), label=full))) as box:
        assert box.metadata["AIGC"] == full


def test_the_sign_is_short_soft_and_has_its_rhythm() -> None:
    made = floats(film_sound.sign())
    assert film_sound.sign() == film_sound.sign()
    assert 0.5 < len(made) / RATE < 1.3
    assert 0.05 < np.abs(made).max() < 0.2
    assert abs(made[0]) < 0.001
    assert np.abs(made[-RATE // 4 :]).max() == 0
    heard = [float(np.abs(made[n : n + 240]).max()) > 0.03 for n in range(0, len(made), 240)]
    tones = [len(list(run)) for on, run in groupby(heard) if on]
    assert len(tones) == 4
    short = sum(tones) / 6
    assert [round(length / short) for length in tones] == [1, 3, 1, 1]
