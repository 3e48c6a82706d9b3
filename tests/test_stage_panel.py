"""Panels of films: nothing hides a face or a line, lips move while somebody speaks, eyes blink."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations, groupby, pairwise
from typing import Any

import pytest
from PIL import Image, ImageChops

from builder.kinds.comic import IN_HAND
from builder.media import cast, raster, stage, stage_panel
from builder.media.cast import Box
from builder.media.comic_place import SIGNS
from builder.media.stage_place import CLOUD, SLAB, TAIL, Scenery, arms, place
from builder.media.text_layout import measure

FRAMES = tuple(stage.LOOKS)
WORDS = ("表号", "制定机关", "批准或备案文号", "有效期限", "所在地受理，逐级审核", "先进库，后有数")


def figure(who: str, **more: str) -> dict[str, str]:
    return {"who": who, "mood": "neutral", "gesture": "", "facing": "", "prop": "", **more}


def scene(caption: str = "第一站：普查员采集", **more: Any) -> dict[str, Any]:
    panel = {"scene": "", "cast": (), "props": (), "board": (), "speaker": "", **more}
    return {"caption": caption, "panel": panel}


TALKING = scene(
    scene="market",
    cast=[figure("小马", mood="smile"), figure("小李", mood="smile", prop="tablet")],
    speaker="小李",
)


def generated(seed: int) -> dict[str, Any]:
    """Any panel that the schema allows."""
    dice = random.Random(seed)
    people = [
        figure(
            dice.choice(tuple(cast.PEOPLE)),
            mood=dice.choice(tuple(cast.MOODS)),
            gesture=dice.choice(("", *cast.GESTURES)),
            facing=dice.choice(("", "", "", "front", "left", "right")),
            prop=dice.choice(("", "", *IN_HAND)),
        )
        for _ in range(dice.randint(0, 4))
    ]
    return scene(
        dice.choice(("", "照实填，放心填", "普查资料严格限定用于普查的目的，不作为处罚的依据吗")),
        scene=dice.choice(("", *cast.SCENES)),
        cast=people,
        props=[dice.choice(tuple(cast.PROPS)) for _ in range(dice.choice((0, 0, 1, 2, 4)))],
        board=[dice.choice(WORDS) for _ in range(dice.choice((0, 0, 1, 3, 6)))],
    )


def placed(name: str, seed: int) -> tuple[Scenery, stage.Look, Mapping[str, Any]]:
    made, look = generated(seed), stage.look(name)
    return place(made["panel"], look, made["caption"]), look, made


def lines(found: Scenery) -> Box:
    """Where the lines of a board stand."""
    assert found.board is not None
    board = found.board
    wide = max(measure(t, board.size, 700) for t in board.lines)
    high = len(board.lines) * board.lead
    x, y = board.box.x + board.box.w / 2, board.box.y + board.box.h / 2
    return Box(x - wide / 2, y - high / 2, wide, high)


def reach(actor: Any) -> Box:
    """All that a figure covers: from hand to hand, from the crown down."""
    left, right = arms(actor.gesture, actor.facing)
    s = actor.scale
    return Box(actor.x + left * s, actor.face.y, (right - left) * s, 600 * s)


def thing_box(thing: Any) -> Box:
    w, h = cast.CAST["props"][thing.name]["size"]
    return Box(thing.x, thing.y, w * thing.scale, h * thing.scale)


def inside(box: Box, frame: Box, by: float = 0.5) -> bool:
    return (
        box.x >= frame.x - by
        and box.y >= frame.y - by
        and box.right <= frame.right + by
        and box.bottom <= frame.bottom + by
    )


@pytest.mark.parametrize("name", FRAMES)
def test_faces_are_free_and_large(name: str) -> None:
    for seed in range(400):
        found, look, made = placed(name, seed)
        seen = stage.picture_box(look, made["caption"])
        for actor in found.actors:
            assert inside(actor.face, seen), (name, seed, actor)
            least = 120 if name == "16:9" else 92  # four who all reach out share 720 units
            assert actor.face.h >= least, (name, seed, actor.face)
        for one, other in combinations(found.actors, 2):
            assert not one.face.meets(other.face), (name, seed)
        for thing in found.things:
            assert not any(thing_box(thing).meets(a.face, -4) for a in found.actors), (name, seed)


@pytest.mark.parametrize("name", FRAMES)
def test_things_stand_in_the_frame_above_the_subtitle(name: str) -> None:
    for seed in range(400):
        found, look, made = placed(name, seed)
        seen = stage.picture_box(look, made["caption"])
        for thing in found.things:
            assert inside(thing_box(thing), seen, 6), (name, seed, thing, seen)
        boxes = [thing_box(t) for t in found.things]
        assert not any(a.meets(b, -2) for a, b in combinations(boxes, 2)), (name, seed)
        wanted = list(made["panel"]["props"])
        if made["panel"]["board"]:
            wanted = [p for p in wanted if p not in {"blackboard", "whiteboard"}]
        held = [a.prop for a in found.actors if a.prop]
        assert {t.name for t in found.things} >= set(wanted), "nothing is left out"
        asked = [f["prop"] for f in made["panel"]["cast"] if f["prop"]]
        assert len(held) + len(found.things) >= len(wanted) + len(asked)


@pytest.mark.parametrize("name", FRAMES)
def test_lines_of_a_board_are_readable_and_free(name: str) -> None:
    for seed in range(400):
        found, look, made = placed(name, seed)
        if found.board is None:
            assert not made["panel"]["board"]
            continue
        text = lines(found)
        assert inside(text, stage.picture_box(look, made["caption"])), (name, seed)
        assert inside(text, found.board.box), (name, seed)
        assert "".join(found.board.lines) == "".join(made["panel"]["board"])
        for actor in found.actors:
            assert not reach(actor).meets(text), (name, seed, actor, text)
        for thing in found.things:
            assert not thing_box(thing).meets(text), (name, seed, thing)


@pytest.mark.parametrize("name", FRAMES)
def test_four_lines_are_as_large_as_phones_need(name: str) -> None:
    made = scene(
        scene="classroom", cast=[figure("老陈", gesture="point")], board=WORDS[:4], speaker="老陈"
    )
    look = stage.look(name)
    found = place(made["panel"], look, made["caption"])
    assert found.board is not None
    assert found.board.size >= look.small
    assert found.board.lines == WORDS[:4], "no line is broken"


@pytest.mark.parametrize("name", FRAMES)
def test_the_longest_board_stays_on_its_board(name: str) -> None:
    made = scene(
        scene="meeting", cast=[figure(w) for w in tuple(cast.PEOPLE)[:4]], board=["统计" * 40] * 6
    )
    look = stage.look(name)
    found = place(made["panel"], look, made["caption"])
    assert inside(lines(found), stage.picture_box(look, made["caption"]))


def test_arms_reach_no_further_than_is_reckoned() -> None:
    """What is drawn, measured: the geometry rests on it."""
    for who in cast.PEOPLE:
        for gesture in cast.GESTURES:
            for facing in ("front", "left", "right"):
                for mood in ("neutral", "thinking"):
                    drawn = cast.figure(who, mood, gesture, facing)
                    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-100 0 600 520">{drawn}</svg>'
                    picture = Image.open(io.BytesIO(raster.png(svg, 150)))
                    seen = picture.getchannel("A").point(lambda v: 255 * (v > 128)).getbbox()
                    assert seen is not None
                    left, _, right, _ = seen
                    spans = [arms(gesture, facing)]
                    face = cast.anchors(who, gesture, facing).face
                    spans.append((face.x, face.right))
                    spans += [TAIL[facing]] if who == "小周" else []
                    spans += [CLOUD[facing]] if mood == "thinking" else []
                    low, high = min(s[0] for s in spans), max(s[1] for s in spans)
                    assert left * 4 - 100 >= low - 12, (who, gesture, facing, left * 4 - 100, low)
                    assert right * 4 - 100 <= high + 12, (
                        who,
                        gesture,
                        facing,
                        right * 4 - 100,
                        high,
                    )


def test_what_is_held_is_seen_above_the_subtitle() -> None:
    for name in FRAMES:
        look = stage.look(name)
        found = place(TALKING["panel"], look, TALKING["caption"])
        holder = found.actors[1]
        hand = cast.anchors(holder.who, holder.gesture, holder.facing).hand
        assert holder.y + (hand.y + 60) * holder.scale <= found.table <= look.subtitle.y - SLAB / 2


def test_a_thing_that_would_hide_a_face_stands_beside() -> None:
    made = scene(cast=[figure("小李", gesture="think", prop="bars")])
    found = place(made["panel"], stage.look("16:9"), "")
    assert [a.prop for a in found.actors] == [""]
    assert [t.name for t in found.things] == ["bars"]


def test_signs_hang_and_things_stand_on_the_table() -> None:
    made = scene(cast=[figure("王姐"), figure("小李")], props=["question", "computer"])
    found = place(made["panel"], stage.look("16:9"), made["caption"])
    for thing in found.things:
        stands = abs(thing_box(thing).bottom - (found.table + SLAB * 0.6)) < 1
        assert stands == (thing.name not in SIGNS)


def test_figures_look_at_one_another() -> None:
    panel = scene(
        cast=[figure("小李"), figure("王姐", facing="front"), figure("老陈"), figure("小周")]
    )
    found = place(panel["panel"], stage.look("16:9"))
    assert [a.facing for a in found.actors] == ["right", "front", "left", "left"]


# --- life ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def beats() -> list[stage.Beat]:
    return list(
        stage_panel.play(TALKING, stage.look("16:9", draft=True), 250, [(10, 90), (110, 200)])
    )


def test_beats_last_as_long_as_the_scene(beats: list[stage.Beat]) -> None:
    assert sum(b.frames for b in beats) == 250
    assert all(b.frames > 0 and b.fade == 0 for b in beats)
    assert {(b.image.size, b.image.mode) for b in beats} == {((640, 360), "RGB")}


def test_the_same_faces_are_the_same_picture(beats: list[stage.Beat]) -> None:
    drawn = {id(b.image): b.image.tobytes() for b in beats}
    assert len(drawn) == len(set(drawn.values())) <= 12
    assert all(a.image is not b.image for a, b in pairwise(beats))


def test_lips_move_while_somebody_speaks_and_rest_in_pauses() -> None:
    lips = stage_panel.spoken(400, [(20, 170), (200, 350)])
    assert set(lips[:20] + lips[170:200] + lips[350:]) == {""}
    runs = [(shape, len(list(run))) for shape, run in groupby(lips[20:170])]
    assert {shape for shape, _ in runs} == {"", "talk-a", "talk-b"}
    assert 6 <= len(runs) / 6 <= 8.4, "changes a second"
    assert len({n for _, n in runs}) > 1, "not like a machine"
    assert lips == stage_panel.spoken(400, [(20, 170), (200, 350)])
    assert lips[20:170] != lips[200:350]


def test_spans_past_the_end_of_a_scene_do_no_harm() -> None:
    assert len(stage_panel.spoken(50, [(-5, 10), (40, 90), (60, 70)])) == 50
    assert (
        sum(
            b.frames for b in stage_panel.play(TALKING, stage.look("1:1", draft=True), 7, [(0, 99)])
        )
        == 7
    )
    assert list(stage_panel.play(TALKING, stage.look("1:1", draft=True), 0, [])) == []


def test_everybody_blinks_and_never_two_at_once() -> None:
    closed = stage_panel.blinks(["小李", "王姐", "老陈", "小李"], 25 * 60)
    for one, other in combinations(closed, 2):
        assert not one & other
    for frames in closed:
        starts = sorted(n for n in frames if n - 1 not in frames)
        assert len(frames) in {3 * len(starts), *(3 * len(starts) - n for n in (1, 2))}
        gaps = [b - a for a, b in pairwise(starts)]
        assert min(gaps) >= 75
        assert max(gaps) <= 125
        assert len(set(gaps)) > 5


@pytest.mark.parametrize("speaker", ["", "旁白", "电话"])
def test_voices_from_outside_move_no_lips(speaker: str) -> None:
    made = scene(cast=TALKING["panel"]["cast"], speaker=speaker)
    look = stage.look("16:9", draft=True)
    beats = list(stage_panel.play(made, look, 200, [(0, 200)]))
    calm = stage_panel.poster(made, look).tobytes()
    assert sum(b.frames for b in beats if b.image.tobytes() == calm) >= 200 - 3 * 6
    assert 1 < len(beats) < 12


def test_only_faces_change_and_the_listener_only_blinks(beats: list[stage.Beat]) -> None:
    look = stage.look("16:9", draft=True)
    found = place(TALKING["panel"], look, TALKING["caption"])
    calm = stage_panel.poster(TALKING, look)
    faces = [stage_panel._pixels(a.face, look) for a in found.actors]
    (listener, speaker) = [(x, y, x + w, y + h) for x, y, w, h in faces]
    moved = [0, 0]
    for beat in beats:
        difference = ImageChops.difference(beat.image, calm)
        moved[0] += beat.frames * (difference.crop(listener).getbbox() is not None)
        moved[1] += beat.frames * (difference.crop(speaker).getbbox() is not None)
        for face in (listener, speaker):
            difference.paste((0, 0, 0), face)
        assert difference.getbbox() is None
    assert 6 <= moved[0] <= 12
    assert moved[1] > 90


@pytest.mark.parametrize("name", FRAMES)
def test_a_pasted_face_is_what_drawing_all_would_give(name: str) -> None:
    look = stage.look(name)
    drawn = stage_panel._Drawn(
        place(TALKING["panel"], look, TALKING["caption"]), look, TALKING["caption"]
    )
    pasted = drawn.image((("blink", ""), ("", "talk-b")))
    first, second = drawn.scenery.actors
    actors = (replace(first, eyes="blink"), replace(second, lips="talk-b"))
    whole = stage.canvas(
        look, stage_panel.markup(replace(drawn.scenery, actors=actors)), TALKING["caption"]
    )
    grey = ImageChops.difference(pasted, whole).convert("L")
    differing = sum(grey.histogram()[24:])
    assert differing < 40, "edges may be rounded otherwise, no more"


def test_the_same_scene_gives_the_same_pictures() -> None:
    look = stage.look("9:16", draft=True)
    first, second = (
        [(b.frames, b.image.tobytes()) for b in stage_panel.play(TALKING, look, 60, [(0, 60)])]
        for _ in range(2)
    )
    assert first == second


def test_a_scene_reaches_its_room() -> None:
    look = stage.look("16:9", draft=True)
    beats = list(stage.play(TALKING, look, 30, [(0, 30)]))
    assert sum(b.frames for b in beats) == 30
    assert stage.poster(TALKING, look).size == (640, 360)
