"""Films from scripts: everything at its moment, nothing made twice, the label where a machine speaks."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from builder.kinds.front import jsonable
from builder.kinds.video import Scene
from builder.media import video, video_timing, voice_samples
from builder.media.narration import Engine, Recorded, Silent, Synthetic, Unavailable
from builder.media.speech import Sentence
from builder.media.speech_lexicon import house
from builder.media.stage import Beat, look
from builder.media.video import Script
from builder.media.voice_kept import kept
from builder.memo import Memo
from tests.conftest import lacking

SAID = (
    "小马在普查表上填了一个数。这个数后来去了哪里？",
    "",
    "第一站，普查员采集，2025年增长5.2%。",
)


def scene(**more: Any) -> dict[str, Any]:
    """One scene as the schema gives it."""
    made = jsonable(Scene.model_validate(more))
    return made | {"picture": b""}


def script(*scenes: dict[str, Any]) -> Script:
    """A small film."""
    found = scenes or tuple(
        scene(narration=said, card={"title": f"第{n}幕", "lines": ["一行字"]})
        for n, said in enumerate(SAID)
    )
    return Script(
        "我家的数", "短视频", "经济普查", "普查中心", "微课", "省局", "照实填", ("条例",), found
    )


def beep(sentence: Sentence) -> bytes:
    """A voice of a quarter of a second a character."""
    length = voice_samples.RATE * len(sentence.spoken) // 4
    return b"".join(
        (9000 if n // 40 % 2 else -9000).to_bytes(2, "little", signed=True) for n in range(length)
    )


def machine(say: Callable[[Sentence], bytes] = beep) -> Synthetic:
    """An engine that beeps."""
    return Synthetic("beep", "蜂鸣", lambda _: say)


def test_scenes_follow_the_voice() -> None:
    told, track = video.spoken(script(), [machine()], house())
    timing = told.timing
    assert len(timing.lengths) == 5 == len(timing.talk)
    assert timing.lengths[0] == video_timing.OPENING
    assert timing.lengths[-1] == video_timing.CLOSING
    assert timing.lengths[2] == round(video_timing.QUIET * 25), "nobody speaks there"
    for part in (1, 3):
        first, last = timing.talk[part][0][0], timing.talk[part][-1][1]
        assert first == round(video_timing.LEAD * 25)
        assert 0 < timing.lengths[part] - last <= 25 * video_timing.TAIL + 2
    assert len(timing.talk[1]) == 2, "one span a sentence"
    assert track.pcm is not None


def test_every_word_is_heard_once_and_at_its_place() -> None:
    told, track = video.spoken(script(), [machine()], house())
    assert track.pcm is not None
    spans = iter(track.spans)
    for (frame, begin, _), part in zip(told.timing.pieces, (1, 3), strict=True):
        for talk in told.timing.talk[part]:
            start, end = next(spans)
            heard = frame / 25 + start - begin
            assert heard == pytest.approx((told.timing.start(part) + talk[0]) / 25, abs=0.05)
            assert end - start == pytest.approx((talk[1] - talk[0]) / 25, abs=0.05)
    ends = [end for _, _, end in told.timing.pieces]
    begins = [begin for _, begin, _ in told.timing.pieces]
    assert ends[0] <= begins[1], "no word twice"


def test_subtitles_stand_within_their_scene_and_say_everything() -> None:
    timing = video.unspoken(script(), house()).timing
    shown = ["".join(text for _, _, text in timing.shown(n)).replace("\n", "") for n in range(5)]
    assert shown == ["", SAID[0], "", SAID[2], ""]
    for part in range(5):
        for begin, end, _ in timing.shown(part):
            assert 0 <= begin < end <= timing.lengths[part]


def test_a_scene_stands_as_long_as_it_was_told() -> None:
    made = script(
        scene(caption="题", seconds=9), scene(caption="题", narration="一句。", seconds=9)
    )
    timing = video.unspoken(made, house()).timing
    assert timing.lengths[1:3] == (225, 225)


def test_pictures_and_subtitles_are_cut_where_either_changes() -> None:
    shape = look("1:1", draft=True)
    one, two = (Image.new("RGB", (shape.width, shape.height), c) for c in ("red", "blue"))
    beats = [Beat(one, 30), Beat(two, 10, 5), Beat(one, 20)]
    made = list(video.shots(iter(beats), [(10, 35, "一"), (35, 50, "二")], shape, "fade"))
    assert [s.frames for s in made] == [10, 20, 5, 5, 10, 10]
    assert [s.fade for s in made] == [12, 4, 5, 4, 0, 4]
    assert made[0].image is one is made[-1].image
    assert made[1].image is not one


def test_a_voice_speaks_no_sentence_twice(tmp_path: Path) -> None:
    said: list[str] = []

    def say(sentence: Sentence) -> bytes:
        said.append(sentence.shown)
        return beep(sentence)

    def told(*scenes: dict[str, Any]) -> None:
        memo = Memo(tmp_path / "m.pickle", "1")
        video.spoken(script(*scenes), kept([machine(say)], memo), house())

    told()
    assert len(said) == 3
    told()
    assert len(said) == 3
    told(scene(narration=SAID[2]), scene(narration="新的一句。"))
    assert said[3:] == ["新的一句。"]


def test_a_kept_voice_is_not_even_loaded(tmp_path: Path) -> None:
    loads: list[int] = []

    def load(_: object) -> Callable[[Sentence], bytes]:
        loads.append(1)
        if len(loads) > 1:
            raise Unavailable("没有装")
        return beep

    memo = Memo(tmp_path / "m.pickle", "1")
    for _ in range(2):
        engine: Engine = Synthetic("beep", "蜂鸣", load)
        told, _track = video.spoken(script(), kept([engine], memo), house())
        assert told.engine == "beep"
    assert loads == [1]


def test_what_a_machine_made_is_labelled() -> None:
    made = script()
    assert video.label(made, video.spoken(made, [machine()], house())[0]) == video.SPOKEN
    assert video.label(made, video.spoken(made, [Silent()], house())[0]) == ""
    recorded = Recorded(voice_samples.to_wav(beep(next(iter(_sentences())))))
    assert video.label(made, video.spoken(made, [recorded], house())[0]) == ""
    drawn = script({**scene(caption="题"), "ai_generated": True})
    assert video.label(drawn, video.unspoken(drawn, house())) == video.DRAWN


def _sentences() -> Iterator[Sentence]:
    from builder.media.speech import speak

    yield from speak(SAID[0])


def test_a_change_in_one_scene_changes_its_identity_only() -> None:
    made = script()
    other = replace(made, scenes=(made.scenes[0], scene(caption="变"), made.scenes[2]))
    same = [
        video.scene_id(a) == video.scene_id(b)
        for a, b in zip(made.scenes, other.scenes, strict=True)
    ]
    assert same == [True, False, True]
    assert made.identity != other.identity


# --- films --------------------------------------------------------------------------------------

av: Any = import_module("av") if find_spec("av") else None


def test_a_film_shows_its_scenes_and_is_made_once(tmp_path: Path) -> None:
    if av is None:
        lacking("the group of video packages")
    memo = Memo(tmp_path / "m.pickle", "1")
    made = script()
    told, track = video.spoken(made, [machine()], house())
    assert track.pcm is not None
    how = video.Make("16:9", draft=True)
    film = video.film(made, told, track.pcm, how, memo)
    with av.open(io.BytesIO(film)) as box:
        picture, sound = box.streams.video[0], box.streams.audio[0]
        assert (picture.width, picture.height) == (640, 360)
        seconds = told.timing.seconds
        assert float(picture.duration * picture.time_base) == pytest.approx(seconds, abs=0.1)
        assert float(sound.duration * sound.time_base) == pytest.approx(seconds, abs=0.1)
        keys = [float(p.pts * p.time_base) for p in box.demux(picture) if p.is_keyframe]
    starts = [told.timing.start(n) / 25 for n in range(len(told.timing.lengths))]
    assert keys == pytest.approx(starts, abs=0.05), "a scene begins with a whole picture"
    scenes = {p.name for p in (tmp_path / "media").rglob("*") if p.is_file()}
    assert len(scenes) == len(told.timing.lengths)
    changed = replace(made, scenes=(*made.scenes[:2], scene(caption="换了", narration=SAID[2])))
    video.film(changed, told, track.pcm, how, memo)
    after = {p.name for p in (tmp_path / "media").rglob("*") if p.is_file()}
    assert len(after - scenes) == 2, "the scene, and the card that comes in from it"
    assert video.film(made, told, track.pcm, how, memo) == film
