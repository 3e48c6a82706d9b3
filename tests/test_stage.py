"""Scenes of films: as long as asked, within their boxes with the longest words, in every frame shape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise, product
from typing import Any

import pytest
from PIL import Image, ImageChops

from builder.kinds.infographic import Block
from builder.media import stage, stage_blocks, stage_cards, stage_chart
from builder.media.cast import Box
from builder.media.chart_spec import ChartSpec, read
from builder.media.infographic_draw import Box as Area
from builder.media.infographic_draw import Mark, Text
from builder.media.infographic_shape import spoken
from builder.media.palette import INK, PAPER
from builder.media.stage import Beat
from builder.media.text_layout import measure
from tests.chart_specs import BY_TYPE, varied

SHAPES = ("16:9", "9:16", "1:1")
NAMES = ("caption", "narration", "show", "card", "panel", "blocks", "chart", "picture", "clip")
LONG = "统计调查对象应当真实准确完整及时地提供资料并且不得提供虚假数"
LAYOUTS = ("steps", "compare", "timeline", "tree", "numbers", "hierarchy", "checklist", "form")


def scene(**given: Any) -> dict[str, Any]:
    """A scene with every key."""
    return {name: "" if name in {"caption", "narration", "show", "picture"} else None for name in NAMES} | given  # fmt: skip


def figure(who: str = "王姐") -> dict[str, str]:
    return {"who": who, "mood": "smile", "gesture": "", "facing": "", "prop": ""}


def card(lines: int = 5, who: str = "王姐", title: int = 30) -> dict[str, Any]:
    return {"title": LONG[:title], "lines": (LONG[:24],) * lines, "figure": who and figure(who)}


def block(title: str, **given: Any) -> dict[str, Any]:
    return Block.model_validate({"title": title, **given}).model_dump()


def many(layout: str, times: int = 1) -> tuple[dict[str, Any], ...]:
    """Eight blocks with all that the layout draws, `times` as long as is usual."""
    words = (LONG * 9)[: 14 * times]
    more: dict[str, Any] = {"text": words * 2, "items": [words[:40]] * min(12, 2 * times)}
    more |= {"number": "1,234,567.8", "unit": "亿元"}
    if layout in {"numbers", "compare"}:
        more["facts"] = {f"{words[:30]}{n}": words[:60] for n in range(min(12, 2 * times))}
    extra: list[dict[str, Any]] = [{} for _ in range(8)]
    for n, one in enumerate(extra):
        if layout == "timeline":
            one["at"] = (LONG * 2)[: 10 * times][:40]
        if layout == "form":
            one["value"] = (LONG * 4)[: 20 * times][:120]
        if layout == "hierarchy":
            one["level"] = min(n + 1, 4)
        if layout == "tree" and n < 7:
            one |= {"yes": f"第{n + 2}题", "no": words[:60]}
    return tuple(block(f"{words}{n}", **more, **one) for n, one in enumerate(extra))


def blocks(layout: str, given: Iterable[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    return {"layout": layout, "root": "", "sample": False, "blocks": tuple(given)} | more


def chart(body: str) -> ChartSpec:
    spec, problems = read(body, "x")
    assert spec, problems
    return spec


def texts(marks: Iterable[Mark]) -> list[Text]:
    return [mark for mark in marks if isinstance(mark, Text)]


def inside(marks: Iterable[Mark], box: Box) -> None:
    """No word leaves `box` or passes its own right edge."""
    for mark in texts(marks):
        left, top, right, bottom = mark.extent
        assert left >= box.x - 0.6, mark
        assert right <= min(mark.right, box.right) + 1.1, mark
        assert top >= box.y - 0.6, mark
        assert bottom <= box.bottom + 0.6, mark


def apart(marks: Iterable[Mark]) -> None:
    """No two words meet."""
    found = [mark.extent for mark in texts(marks) if mark.text.strip()]
    for n, (a, b, c, d) in enumerate(found):
        for e, f, g, h in found[:n]:
            across, down = min(c, g) - max(a, e), min(d, h) - max(b, f)
            assert across < 2 or down < 2, (found[n], (e, f, g, h))


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


SCENES: Mapping[str, dict[str, Any]] = {
    "card": scene(caption="第一站", card=card(3)),
    "caption": scene(caption="先进库，后有数"),
    "words": scene(narration="先说一句。"),
    "blocks": scene(blocks=blocks("steps", many("steps")[:3])),
    "line": scene(chart=chart(BY_TYPE["line"])),
    "pie": scene(caption="构成", chart=chart(BY_TYPE["pie"])),
    "multiples": scene(chart=chart(BY_TYPE["multiples"])),
}


# --- frames ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("draft", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_frame_has_its_size_and_its_boxes_do_not_meet(shape: str, draft: bool) -> None:
    look = stage.look(shape, draft)
    assert look.width % 2 == look.height % 2 == 0
    assert look.frame.w * look.scale == look.width
    assert look.frame.h * look.scale == look.height
    assert min(look.width, look.height) == (360 if draft else 720)
    for caption in ("", "第一站", LONG[:30]):
        head, picture = stage.headline_box(look, caption), stage.picture_box(look, caption)
        assert head.bottom <= picture.y
        assert picture.bottom < look.subtitle.y
        assert picture.h > look.frame.h * 0.55
        assert look.subtitle.bottom <= look.frame.bottom - 8
    assert stage.canvas(look, "", LONG[:30]).size == (look.width, look.height)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("caption", ["第一站", LONG[:15], LONG[:30], "W" * 30, "A1/" * 10])
def test_a_headline_stands_whole_and_large(shape: str, caption: str) -> None:
    look = stage.look(shape)
    lines, size = stage.heading(caption, look)
    assert "".join(lines) == caption
    assert len(lines) <= (1 if shape == "16:9" else 2)
    assert max(measure(line, size, 700) for line in lines) <= look.frame.w - look.margin - 20
    assert size >= look.small
    assert len(lines) * size * stage.LEAD <= stage.headline_box(look, caption).h - look.top


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("words", ["好。", LONG[:18], f"{LONG[:18]}\n{LONG[:18]}", f"{LONG}\n好"])
def test_a_subtitle_stands_within_its_box(shape: str, words: str) -> None:
    look = stage.look(shape)
    plate, lines, size = stage.subtitle_plate(words, look)
    assert look.subtitle.x <= plate.x
    assert plate.right <= look.subtitle.right
    assert look.subtitle.y <= plate.y
    assert plate.bottom <= look.subtitle.bottom
    assert max(measure(line, size, 500) for line in lines) <= plate.w - 30
    assert len(lines) * size * stage.LEAD <= plate.h
    if max(map(len, lines)) <= 18:
        assert size >= look.small


def test_a_subtitle_changes_its_plate_only() -> None:
    look = stage.look("16:9")
    bare = stage.canvas(look, "", "第一站")
    assert stage.subtitled(bare, "", look) is bare
    shown = stage.subtitled(bare, "好。", look)
    box = stage.subtitle_plate("好。", look)[0]
    assert shown is not bare
    assert ImageChops.difference(bare, shown).getbbox() == (box.x, box.y, box.right, box.bottom)
    assert same(shown, stage.subtitled(bare, "好。", look))


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("frames", [1, 3, 24, 251])
@pytest.mark.parametrize("name", SCENES)
def test_a_scene_lasts_as_long_as_asked(name: str, frames: int) -> None:
    look = stage.look("1:1", draft=True)
    beats = list(stage.play(SCENES[name], look, frames))
    assert sum(beat.frames for beat in beats) == frames
    assert all(beat.frames > 0 and 0 <= beat.fade <= beat.frames for beat in beats)
    assert all(beat.image.size == (360, 360) for beat in beats)
    assert all(beat.image.mode == "RGB" for beat in beats)


def test_a_line_comes_with_its_sentence() -> None:
    images = [Image.new("RGB", (4, 4), (n, 0, 0)) for n in range(3)]
    talk = [(5, 40), (50, 90), (95, 120)]
    assert [b.frames for b in stage.timed(images, 130, talk)] == [50, 45, 35]
    assert [b.frames for b in stage.timed(images, 130, talk[:2])] == [43, 43, 44]
    late = [(0, 10), (500, 600), (700, 800)]
    assert [b.image.getpixel((0, 0)) for b in stage.timed(images, 100, late)] == [(0, 0, 0), (2, 0, 0)]  # fmt: skip


def test_a_card_grows_line_by_line_and_ends_as_its_poster() -> None:
    look = stage.look("16:9", draft=True)
    beats = list(stage.play(SCENES["card"], look, 100))
    assert len(beats) == 4
    assert [beat.fade > 0 for beat in beats] == [False, True, True, True]
    for one, other in pairwise(beats):
        box = ImageChops.difference(one.image, other.image).getbbox()
        assert box
        assert box[3] - box[1] < 50  # one line more; nothing else moves
    assert same(beats[-1].image, stage.poster(SCENES["card"], look))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", [k for k in BY_TYPE if k not in {"option", "multiples"}])
def test_a_chart_grows_to_its_still(kind: str, shape: str) -> None:
    look = stage.look(shape, draft=True)
    given = scene(caption="走势", chart=chart(BY_TYPE[kind]))
    beats = list(stage.play(given, look, 100))
    assert len(beats) == 1 + stage_chart.GROWTH + 1
    assert same(beats[-1].image, stage.poster(given, look))
    drawn = [_differing(beats[0], beat) for beat in beats]
    assert drawn == sorted(drawn)
    assert drawn[0] == 0 < drawn[8] < drawn[-2]
    # What grew stays; only the numbers come at the end.
    axes, bare, full = (beats[n].image for n in (0, -2, -1))
    grown = stage_chart.set_chart(given["chart"], look, "走势").box
    for image in (bare, full):
        box = ImageChops.difference(axes, image).getbbox()
        assert box
        assert box[0] >= grown.x * look.scale - 1
        assert box[3] <= grown.bottom * look.scale + 1


def _differing(one: Beat, other: Beat) -> int:
    grey = ImageChops.difference(one.image, other.image).convert("L").point(lambda v: 255 if v else 0)  # fmt: skip
    return grey.histogram()[255]


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("caption", ["", "第一站", LONG[:30]])
@pytest.mark.parametrize(
    "given", [card(), card(5, ""), card(2), card(0), card(0, ""), card(4, "小统", 0), card(1, "老陈", 9)]
)  # fmt: skip
def test_a_card_holds_the_longest_words(given: dict[str, Any], caption: str, shape: str) -> None:
    look = stage.look(shape)
    found = stage_cards.set_card(given, look, caption)
    assert [line for page in found.pages for line in page] == list(given["lines"])
    told = []
    for number, lines in enumerate(found.pages):
        marks = stage_cards.card_marks(given, found, number, len(lines))
        inside(marks, stage.picture_box(look, caption))
        apart(marks)
        assert min((m.size for m in texts(marks)), default=99) >= look.small
        told.append("".join(m.text for m in texts(marks)))
        person = found.figure
        for left, top, right, bottom in (m.extent for m in texts(marks) if person.w):
            assert right <= person.x or bottom <= person.y + 1, (left, top)
    assert told == [given["title"] + "".join(lines) for lines in found.pages]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("label", ["", "旁白由人工智能合成"])
@pytest.mark.parametrize("length", [4, 18, 30, 60])
def test_the_opening_holds_the_longest_title(length: int, label: str, shape: str) -> None:
    look = stage.look(shape)
    title = (LONG * 2)[:length]
    course, makers = LONG[:24], ("普查中心", "示范省统计微课")
    marks, person = stage_cards.opening_marks(title, "短视频", course, makers, look, label)
    inside(marks, look.frame)
    apart(marks)
    words = "".join(mark.text for mark in texts(marks))
    assert all(part in words for part in (title, "短视频", course, *makers, label))
    assert person.bottom <= look.frame.bottom
    for mark in texts(marks):
        assert mark.size >= look.small
        if mark.text == label:
            assert mark.size * 0.92 >= 0.05 * 720  # the height of a letter, by the standard's rule


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("label", ["", "旁白由人工智能合成"])
@pytest.mark.parametrize(("key", "lines"), [("先进库，==后有数==。", ()), ("", ("见网页", LONG)), (LONG * 2, (LONG, LONG))])  # fmt: skip
def test_the_closing_holds_the_longest_sentence(
    key: str, lines: tuple[str, ...], label: str, shape: str
) -> None:
    look = stage.look(shape)
    marks = stage_cards.closing_marks(key, lines, ("统计微课", "示范省统计局"), look, label)
    inside(marks, look.frame)
    apart(marks)
    words = "".join(mark.text for mark in texts(marks))
    assert all(part in words for part in (key.replace("=", ""), *lines, "示范省统计局", label))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("times", [1, 4, 12])
def test_blocks_hold_the_longest_words(layout: str, times: int, shape: str) -> None:
    look = stage.look(shape)
    given = many(layout, times)
    place = stage.inner_box(look, LONG[:30])
    said = spoken(layout, given)
    pages = stage_blocks.laid(
        layout, said, "统计机构" if layout == "hierarchy" else "", place, look
    )
    told = ""
    for page in pages:
        grown = stage_blocks.steps(page, place)
        inside(grown[-1], place)
        apart(grown[-1])
        assert min(mark.size for mark in texts(grown[-1])) >= look.small * 0.89
        for fewer, more in pairwise(grown):
            assert more[: len(fewer)] == fewer
            assert len(more) > len(fewer)
        for mark in grown[-1]:
            if isinstance(mark, Area):
                assert mark.y >= place.y - 4
                assert mark.y + mark.h <= place.bottom + 4
        told += "".join(mark.text for mark in texts(grown[-1]))
    for one in given:
        assert told.count(one["title"][:3]) >= 1
    letters = sum(len(text) for text in _words(said))
    assert len(told) >= letters, "nothing is left out"


def _words(value: Any) -> Iterator[str]:
    for one in value:
        yield one["title"]
        yield one["text"]
        yield from one["items"]


def test_small_blocks_stand_on_one_page_with_large_letters() -> None:
    look = stage.look("16:9")
    given = spoken(
        "checklist", [block("出门之前", items=["证件", "终端"]), block("进门之后", items=["亮证"])]
    )
    (page,) = stage_blocks.laid("checklist", given, "", stage.inner_box(look, "带什么"), look)
    assert page[0].card.size >= 54
    assert page[0].y == page[1].y


def test_sample_numbers_are_marked_in_every_picture() -> None:
    look = stage.look("16:9")
    marks = stage_blocks.stamp(look, "第一站")
    assert [mark.text for mark in texts(marks)] == ["示例数据"]
    inside(marks, stage.picture_box(look, "第一站"))
    given = scene(caption="第一站", blocks=blocks("numbers", many("numbers"), sample=True))
    box = next(mark for mark in marks if isinstance(mark, Area))
    area = (box.x + 2, box.y + 2, box.x + box.w - 2, box.y + box.h - 2)
    pictures = stage_blocks.pictures(given, look)
    assert len(pictures) > 1
    assert all(same(picture.crop(area), pictures[0].crop(area)) for picture in pictures)
    colours = pictures[0].crop(area).getcolors(99_999)
    assert colours
    assert len(colours) > 8  # letters, not paper


# --- charts ---------------------------------------------------------------------------------------

_TEXT = re.compile(r"<text(?P<attributes>[^>]*)>(?P<words>[^<]*)</text>")
LENGTHY = """type: bar
title: {title}
unit: 亿元
source: {source}
note: {note}
x: [一季度, 二季度, 三季度]
series:
  总量: [1, 2, 3]
"""


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("caption", ["", LONG[:30]])
@pytest.mark.parametrize(("title", "source"), [(6, 8), (24, 30), (60, 200)])
def test_the_words_of_a_chart_stand_apart_from_it(
    title: int, source: int, caption: str, shape: str
) -> None:
    look = stage.look(shape)
    body = LENGTHY.format(
        title=(LONG * 2)[:title], source="示例" + (LONG * 9)[: source - 2], note=LONG
    )
    found = stage_chart.set_chart(chart(body), look, caption)
    inside(found.marks, stage.inner_box(look, caption))
    apart(found.marks)
    words = "".join(mark.text for mark in texts(found.marks))
    assert all(part in words for part in ("单位：亿元", "示例数据", (LONG * 2)[:title], LONG))
    for left, top, right, bottom in (mark.extent for mark in texts(found.marks)):
        assert right <= found.box.x + 1 or bottom <= found.box.y + 1 or top >= found.box.bottom - 1, left  # fmt: skip
    if title == 6:
        assert min(mark.size for mark in texts(found.marks)) >= look.small * 0.69
    assert found.box.w > 200
    assert found.box.h > 100


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["line", "bar", "stacked", "combined", "rose", "pie", "regions", "heatmap"])  # fmt: skip
def test_letters_of_a_usual_chart_are_large(kind: str, shape: str) -> None:
    look = stage.look(shape)
    found = stage_chart.set_chart(chart(BY_TYPE[kind]), look, "走势")
    assert 15 * found.box.w / found.layout.width >= look.small * 0.75


@pytest.mark.parametrize("shape", SHAPES)
def test_no_word_of_a_chart_is_cut(shape: str) -> None:
    look = stage.look(shape)
    bodies = [*(body for kind, body in BY_TYPE.items() if kind != "option"), *varied(10)]
    for body in bodies:
        (given, *_others) = stage_chart._parts(scene(caption="走势", chart=chart(body)))
        found = stage_chart.set_chart(given["chart"], look, "走势")
        drawn = stage_chart._chart(given["chart"], found, given.get("scale"), lambda made: made)
        assert "NaN" not in drawn
        for left, right, y in _placed(drawn):
            assert left >= -3, body
            assert right <= found.layout.width + 3, body
            assert 0 <= y <= found.layout.height + 1, body


def _placed(svg: str) -> Iterator[tuple[float, float, float]]:
    for match in _TEXT.finditer(svg):
        one = dict(re.findall(r'([\w-]+)="([^"]*)"', match["attributes"]))
        move = re.search(r"translate\(([-\d.]+) ([-\d.]+)\)", one.get("transform", ""))
        dx, dy = (float(v) for v in move.groups()) if move else (0.0, 0.0)
        x, y = float(one.get("x", 0)) + dx, float(one.get("y", 0)) + dy
        wide = measure(match["words"], float(one["font-size"].removesuffix("px")))
        start = {"middle": wide / 2, "end": wide}.get(one.get("text-anchor", ""), 0.0)
        yield x - start, x - start + wide, y


def test_small_multiples_come_one_by_one_on_one_scale() -> None:
    parts = stage_chart._parts(scene(chart=chart(BY_TYPE["multiples"])))
    assert [part["chart"].title for part in parts] == ["各专业增速：工业", "各专业增速：建筑业", "各专业增速：服务业"]  # fmt: skip
    assert len({tuple(part["scale"].items()) for part in parts}) == 1
    beats = list(stage.play(SCENES["multiples"], stage.look("1:1", draft=True), 180))
    assert sum(beat.frames for beat in beats) == 180
    assert len(beats) == 3 * (stage_chart.GROWTH + 2)


# --- the same bytes -------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "shape"), list(product(SCENES, SHAPES)))
def test_a_picture_is_the_same_every_time(name: str, shape: str) -> None:
    look = stage.look(shape, draft=True)
    one, other = (stage.poster(SCENES[name], look) for _ in range(2))
    assert one is not other
    assert one.tobytes() == other.tobytes()
    assert one.size == (look.width, look.height)


def test_opening_and_closing_are_the_same_every_time() -> None:
    look = stage.look("9:16", draft=True)
    for _ in range(2):
        first = stage.opening("先进库", "短视频", "入库", "普查中心", "统计微课", look, "旁白")
        last = stage.closing("后有数", ("见网页",), "统计微课", "示范省统计局", look)
        assert first.size == last.size == (360, 640)
    again = stage.opening("先进库", "短视频", "入库", "普查中心", "统计微课", look, "旁白")
    assert first.tobytes() == again.tobytes()
    assert first.getpixel((180, 1)) == _rgb(INK)
    assert last.getpixel((180, 320)) != first.getpixel((180, 320)) or not same(first, last)
    assert last.getpixel((20, 20)) == _rgb(PAPER)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def test_looks_are_named_as_authors_name_them() -> None:
    assert tuple(stage.LOOKS) == SHAPES
    assert [found.name for found in stage.LOOKS.values()] == list(SHAPES)
