"""短视频: a film from its script. Scenes follow the narration; each is encoded once and kept.

In: a `Script` (words, pictures and sounds as bytes) and the voices that may speak it. Out: for each
shape an MP4, and with it a poster, subtitles as WebVTT and the narration as M4A.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from builder.media import cast
from builder.media.narration import Engine, Silent, Track, narrate
from builder.media.speech import Sentence, speak
from builder.media.speech_lexicon import Lexicon
from builder.media.subtitles import webvtt
from builder.media.video_timing import Timing, timed
from builder.memo import Memo, digest

if TYPE_CHECKING:
    from PIL import Image

    from builder.media.film import Shot
    from builder.media.stage import Beat, Look

SPOKEN = "旁白由人工智能合成"
DRAWN = "部分画面由人工智能生成"
NOTHING = Track("none", "没有旁白", None, (), 0.0, synthetic=False)


@dataclass(frozen=True, slots=True)
class Script:
    """All that a film is made from. `scenes` are those of the schema, files in them read into bytes."""

    title: str
    kind: str
    course: str
    division: str
    site: str
    owner: str
    key: str
    sources: tuple[str, ...]
    scenes: tuple[Mapping[str, Any], ...]
    recording: bytes | None = None
    music: bytes | None = None

    @property
    def identity(self) -> str:
        """A hash of all of it."""
        words = self.title, self.kind, self.course, self.division, self.site, self.owner, self.key
        files = (_hashed(self.recording), _hashed(self.music))
        return digest(repr((words, self.sources, files)), *(scene_id(s) for s in self.scenes))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A script as it was spoken. `voice`: the hash of its samples, "" when nobody is heard.

    `skipped`: engines that were tried before, each with its reason.
    """

    timing: Timing
    engine: str
    engine_label: str
    synthetic: bool
    skipped: tuple[tuple[str, str], ...]
    voice: str

    @property
    def label(self) -> str:
        """What a viewer must be told of the voice."""
        return SPOKEN if self.synthetic else ""


def version() -> str:
    """A hash of the code and drawings that films are made with."""
    rooms = (
        "film*.py",
        "stage*.py",
        "video*.py",
        "clips.py",
        "comic*.py",
        "infographic*.py",
        "chart*.py",
    )
    return digest(*(cast.version(room) for room in rooms))


def scene_id(scene: Mapping[str, Any]) -> str:
    """A hash of a scene; files by their content."""
    clip = scene["clip"]
    named = {
        **scene,
        "picture": _hashed(scene["picture"] or None),
        "clip": clip and {**clip, "file": _hashed(clip["file"])},
    }
    return digest(repr(sorted(named.items())))


def _hashed(data: bytes | None) -> str:
    return digest(data) if data is not None else ""


def spoken(script: Script, engines: Sequence[Engine], book: Lexicon) -> tuple[Spoken, Track]:
    """The narration of a script, by the first engine that can."""
    said = [speak(scene["narration"], book) for scene in script.scenes]
    flat: list[Sentence] = [sentence for part in said for sentence in part]
    track = narrate(flat, engines, book) if flat else NOTHING
    told = Spoken(
        timed(script.scenes, said, track),
        track.engine,
        track.label,
        track.synthetic,
        track.skipped,
        _hashed(track.pcm),
    )
    return told, track


def unspoken(script: Script, book: Lexicon) -> Spoken:
    """A script as it would be timed if somebody spoke it."""
    return spoken(script, [Silent()], book)[0]


def subtitles(told: Spoken) -> str:
    """The film's subtitles as a WebVTT file."""
    return webvtt(told.timing.cues)


def label(script: Script, told: Spoken) -> str:
    """What stands on the first and last card: which parts a model made; empty when none."""
    drawn = any(scene.get("ai_generated") for scene in script.scenes)
    return "，".join(([told.label] if told.label else []) + ([DRAWN] if drawn else []))


# --- pictures ---------------------------------------------------------------------------------


def poster(script: Script, told: Spoken) -> bytes:
    """The first card as a JPEG picture."""
    from builder.media import stage

    out = io.BytesIO()
    _opening(script, label(script, told), stage.look("16:9")).save(
        out, "JPEG", quality=86, optimize=True
    )
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Make:
    """How a film is made. `shape`: 16:9, 9:16 or 1:1. `draft`: small and quick. `every`: all 25 frames a second."""

    shape: str
    draft: bool = False
    every: bool = False


def film(script: Script, told: Spoken, voice: bytes, how: Make, memo: Memo) -> bytes:
    """The film in one shape as MP4; `voice` holds the samples of its narration."""
    from builder.media import stage
    from builder.media.film import join

    look = stage.look(how.shape, how.draft)
    scenes = []
    for number, frames in enumerate(told.timing.lengths):
        key = digest("scene", version(), repr(how), *_part_id(script, told, number))
        scenes.append((memo.blob(key, partial(_part, script, told, number, look, how)), frames))
    return join(scenes, sound(script, told, voice), label=_mark(script, label(script, told)))


def sound(script: Script, told: Spoken, voice: bytes) -> bytes:
    """All that is heard, levelled; b"" when nothing is."""
    from builder.media import film_loudness, film_sound, voice_samples

    timing, pieces, speech = told.timing, [], []
    if voice:
        for frame, begin, end in timing.pieces:
            cut = slice(*(2 * round(at * voice_samples.RATE) for at in (begin, end)))
            pieces.append(film_sound.Piece(frame, voice[cut]))
        for part, found in enumerate(timing.talk):
            speech += [(timing.start(part) + a, timing.start(part) + b) for a, b in found]
    for number, scene in enumerate(script.scenes, 1):
        clip = scene["clip"]
        if clip and clip["sound"] and not timing.talk[number]:
            from builder.media.stage_moving import clip_sound

            heard = clip_sound(clip["file"], clip["start"], clip["end"])
            at = timing.start(number)
            if heard:
                pieces.append(film_sound.Piece(at, heard))
                speech.append((at, at + timing.lengths[number]))
    if not pieces and script.music is None:
        return b""
    mixed = film_sound.mix(pieces, script.music, sorted(speech), timing.frames)
    return film_loudness.levelled(mixed)


def narration(script: Script, told: Spoken, voice: bytes) -> bytes:
    """What is said, as M4A. A synthetic voice is announced by a short sign."""
    from builder.media import film_loudness, film_sound
    from builder.media.film import audio

    pcm = film_loudness.levelled(voice)
    if told.synthetic:
        pcm = film_sound.sign() + pcm
    return audio(pcm, label=_mark(script, told.label))


def _mark(script: Script, said: str) -> str:
    from builder.media import film_sound

    return film_sound.ai_label(script.owner, script.identity) if said else ""


def _part_id(script: Script, told: Spoken, number: int) -> tuple[str, ...]:
    """All that decides how one part of the film looks: its own, and the picture it comes in from."""
    timing = told.timing
    words = repr((timing.lengths[number], timing.talk[number], timing.shown(number)))
    return words, _look_id(script, told, number), _look_id(script, told, number - 1)


def _look_id(script: Script, told: Spoken, number: int) -> str:
    if number < 0:
        return ""
    if 1 <= number <= len(script.scenes):
        return scene_id(script.scenes[number - 1])
    first = script.title, script.kind, script.course, script.division, script.site
    last = script.key, script.sources, script.site, script.owner
    return repr((label(script, told), last if number else first))


def _part(script: Script, told: Spoken, number: int, look: Look, how: Make) -> bytes:
    from builder.media.film import scene as encoded

    before = _last(script, told, number - 1, look) if number else None
    own = script.scenes[number - 1] if 1 <= number <= len(script.scenes) else None
    change = own["transition"] if own else "fade"
    made = shots(_beats(script, told, number, look), told.timing.shown(number), look, change)
    quality = "draft" if how.draft else "final"
    return encoded(made, before, quality, how.every, change == "push")


def _beats(script: Script, told: Spoken, number: int, look: Look) -> Iterator[Beat]:
    from builder.media import stage

    if 1 <= number <= len(script.scenes):
        timing = told.timing
        yield from stage.play(
            script.scenes[number - 1], look, timing.lengths[number], timing.talk[number]
        )
    else:
        yield stage.Beat(_last(script, told, number, look), told.timing.lengths[number])


def _last(script: Script, told: Spoken, number: int, look: Look) -> Image.Image:
    """The picture that a part ends with."""
    from builder.media import stage

    said = label(script, told)
    if number == 0:
        return _opening(script, said, look)
    if number <= len(script.scenes):
        return stage.poster(script.scenes[number - 1], look)
    return stage.closing(script.key, script.sources, script.site, script.owner, look, said)


def _opening(script: Script, said: str, look: Look) -> Image.Image:
    from builder.media import stage

    return stage.opening(
        script.title, script.kind, script.course, script.division, script.site, look, said
    )


def shots(
    beats: Iterator[Beat], cues: Sequence[tuple[int, int, str]], look: Look, how: str
) -> Iterator[Shot]:
    """Pictures with their subtitles, cut where either changes."""
    from builder.media.film import BEAT, FADE, Shot
    from builder.media.stage import subtitled

    at, was = 0, ""
    drawn: dict[tuple[int, str], tuple[Image.Image, Image.Image]] = {}
    for beat in beats:
        end, fade = at + beat.frames, beat.fade
        while at < end:
            text, until = _subtitle(cues, at, end)
            known = drawn.get((id(beat.image), text))
            if known is None:
                while len(drawn) >= 8:  # frames of a clip are all different: they are not collected
                    drawn.pop(next(iter(drawn)))
                known = drawn[id(beat.image), text] = (
                    beat.image,
                    subtitled(beat.image, text, look) if text else beat.image,
                )
            first = 0 if how == "cut" else FADE
            yield Shot(known[1], until - at, max(fade, BEAT if text != was else 0) if at else first)
            at, was, fade = until, text, 0


def _subtitle(cues: Sequence[tuple[int, int, str]], at: int, end: int) -> tuple[str, int]:
    """The words at a frame, and until which frame, at most `end`, they stand."""
    for begin, stop, text in cues:
        if begin <= at < stop:
            return text, min(stop, end)
        if at < begin:
            return "", min(begin, end)
    return "", end
