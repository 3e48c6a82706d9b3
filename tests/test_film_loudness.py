"""Loudness: figures as the ffmpeg program gives them, every film as loud as the others, no peak too high."""

from __future__ import annotations

import math
import re
import subprocess
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from builder.media import voice_samples
from builder.media.voice_samples import RATE
from tests.conftest import lacking

if find_spec("av") is None:  # the author's set-up goes without
    lacking("the group of video packages")
from builder.media import film_loudness
from builder.media.film_loudness import PEAK, TARGET, levelled, loudness

np: Any = import_module("numpy")


def pcm(sound: Any) -> bytes:
    return bytes(np.clip(np.rint(sound * 32767), -32768, 32767).astype("<i2").tobytes())


def at(seconds: float) -> Any:
    return np.arange(round(seconds * RATE)) / RATE


def sine(seconds: float, level: float, pitch: float = 997) -> Any:
    return 10 ** (level / 20) * np.sin(2 * np.pi * pitch * at(seconds))


def noise(seconds: float, level: float) -> Any:
    return level * np.random.default_rng(7).standard_normal(round(seconds * RATE))


def talk(seconds: float) -> Any:
    """Noise that comes and goes like syllables and sentences, with high peaks."""
    t = at(seconds)
    return noise(seconds, 0.15) * np.abs(np.sin(2 * np.pi * 2 * t)) ** 6 * (t % 5 < 4)


SIGNALS: dict[str, Callable[[], Any]] = {
    "sine": lambda: sine(12, -20),
    "low": lambda: sine(12, -20, 60),
    "noise": lambda: noise(12, 0.05),
    "talk": lambda: talk(15),
    "quiet": lambda: noise(12, 0.002),
    "loud": lambda: np.clip(noise(12, 0.6), -1, 1),
    "between": lambda: 0.99 * np.sin(2 * np.pi * RATE / 4 * at(10) + np.pi / 4),
    "parts": lambda: np.concatenate([sine(6, -45), sine(6, -18), noise(4, 0.004)]),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_figures_are_those_of_ffmpeg(name: str, tmp_path: Path) -> None:
    sound = pcm(SIGNALS[name]())
    path = tmp_path / "a.wav"
    path.write_bytes(voice_samples.to_wav(sound))
    program = import_module("imageio_ffmpeg").get_ffmpeg_exe()
    command = [program, "-nostats", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = told[told.rindex("Summary:") :]
    lufs, peak = (float(re.findall(rf"{w}:\s+(-?[\d.]+)", summary)[0]) for w in ("I", "Peak"))
    found = loudness(sound)
    assert found.lufs == pytest.approx(lufs, abs=0.06)
    assert 10 ** (found.peak / 20) == pytest.approx(10 ** (peak / 20), rel=0.02, abs=0.0006)


def test_figures_are_those_of_the_standard() -> None:
    assert loudness(pcm(sine(20, -20))).lufs == pytest.approx(-23.01, abs=0.05)
    gated = np.concatenate([sine(10, -33), sine(40, -20), sine(10, -33)])
    assert loudness(pcm(gated)).lufs == pytest.approx(-23.01, abs=0.1)
    peak = loudness(pcm(SIGNALS["between"]())).peak
    assert peak == pytest.approx(20 * math.log10(0.99), abs=0.7)  # samples stand at −3.1 dB


@pytest.mark.parametrize("name", SIGNALS)
def test_all_come_to_one_loudness(name: str) -> None:
    sound = pcm(SIGNALS[name]())
    made = levelled(sound)
    found = loudness(made)
    assert len(made) == len(sound)
    assert found.lufs == pytest.approx(TARGET, abs=0.5)
    assert found.peak <= PEAK
    assert levelled(sound) == made


def test_another_loudness_may_be_asked_for() -> None:
    assert loudness(levelled(pcm(talk(12)), -23)).lufs == pytest.approx(-23, abs=0.1)


def test_gain_alone_changes_no_shape() -> None:
    sound = sine(8, -30)
    made = np.frombuffer(levelled(pcm(sound)), "<i2") / 32768
    factor = float(made @ sound / (sound @ sound))
    assert np.abs(made - factor * sound).max() < 6e-4  # steps of the quiet samples


def test_the_limiter_moves_nothing_in_time() -> None:
    sound = np.concatenate([np.zeros(RATE), talk(8), np.zeros(RATE)])
    made = np.frombuffer(levelled(pcm(sound)), "<i2") / 32768
    assert np.abs(made[: RATE - 50]).max() < 0.001
    near = [
        float(made[RATE + lag : 5 * RATE + lag] @ sound[RATE : 5 * RATE]) for lag in range(-40, 41)
    ]
    assert near.index(max(near)) == 40


@pytest.mark.parametrize("sound", [b"", bytes(2), bytes(RATE * 6), b"\1\0\0\0" * RATE])
def test_silence_stays_silence(sound: bytes) -> None:
    assert levelled(sound) == sound
    assert loudness(sound).lufs == -math.inf


def test_single_knocks_and_short_sounds_are_kept_below_the_peak() -> None:
    knocks = np.where(np.arange(10 * RATE) % 12000 < 3, 0.99, 0.0)
    for sound in (knocks, sine(0.05, -3), knocks[:20000] + 0.001):
        made = levelled(pcm(sound))
        assert loudness(made).peak <= PEAK
        assert len(made) == len(pcm(sound))


def test_the_noise_of_a_room_is_not_made_speech() -> None:
    faint = pcm(noise(8, 0.0003))
    gain = loudness(levelled(faint)).lufs - loudness(faint).lufs
    assert gain == pytest.approx(film_loudness.MOST, abs=0.5)
