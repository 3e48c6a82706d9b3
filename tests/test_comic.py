"""Comics: what is said stays readable, whatever an author writes."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from builder.build import survey
from builder.kinds.comic import Panel
from builder.media import cast, comic, comic_chart, fonts
from builder.media.cast import Box
from builder.media.chart_spec import ChartSpec, read
from builder.media.comic_bubbles import CUTS, Bubble
from builder.media.comic_chart import sheet
from builder.media.comic_place import NARROW, WIDE, Layout, layout
from builder.media.text_layout import measure
from tests.chart_specs import BY_TYPE, varied
from tests.sitefiles import NOW, SOURCES, head, write

COMICS = 200
SENTENCE = (
    "报表要如实填，台账要当天记；2026年1—8月用电量1,234.5万千瓦时，同比增长2.1%，涨幅回落0.7个百分点。"
    "“谁的数，谁来报”，《统计法》写得明白——问一问：GDP、CPI是什么？"
)
PROPS = sorted(cast.PROPS)


def text(rng: random.Random, longest: int) -> str:
    start = rng.randrange(len(SENTENCE))
    length = min(rng.choice((3, 9, 18, 30, longest, rng.randint(1, longest))), longest)
    return (SENTENCE * 4)[start : start + length] or "好"


def panel(rng: random.Random) -> dict[str, Any]:
    people = rng.sample(sorted(cast.PEOPLE), rng.choice((0, 1, 2, 2, 2, 3, 4)))
    speakers = [*people, "", "旁白", "电话"]
    kinds = ("speech", "speech", "speech", "thought", "narration", "sound")
    held = [p for p in PROPS if p not in {"blackboard", "whiteboard"}]
    return {
        "scene": rng.choice(["", *sorted(cast.SCENES)]),
        "caption": text(rng, 60) if rng.random() < 0.8 else "",
        "wide": rng.random() < 0.3,
        "cast": [
            {
                "who": who,
                "mood": rng.choice(sorted(cast.MOODS)),
                "gesture": rng.choice(["", *sorted(cast.GESTURES)]),
                "facing": rng.choice(["", "front", "left", "right"]),
                "prop": rng.choice(["", "", *held]),
            }
            for who in people
        ],
        "props": rng.sample(PROPS, rng.choice((0, 0, 1, 2, 4))),
        "board": [text(rng, 80) for _ in range(rng.choice((0, 0, 0, 1, 3, 6)))],
        "says": [
            {"who": rng.choice(speakers), "text": text(rng, 120), "kind": rng.choice(kinds)}
            for _ in range(rng.choice((0, 1, 2, 2, 3, 4, 6)))
        ],
    }


def charted(rng: random.Random, spec: dict[str, Any]) -> dict[str, Any]:
    """The same panel with a chart where its board was."""
    made = read(rng.choice([*BY_TYPE.values(), *varied(30)]), "")[0]
    assert made
    long = {"source": text(rng, 120), "note": text(rng, 60), "title": text(rng, 60)}
    return spec | {"board": [], "chart": made.model_copy(update=long)}


def written(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A panel as a page holds it: checked, with every default."""
    made = Panel.model_validate(spec)
    return made.model_dump() | {"chart": made.chart}


def four_panels(number: int) -> list[dict[str, Any]]:
    """A comic of four ordinary panels: two figures, two short bubbles, a backdrop."""
    rng = random.Random(number)
    made = []
    for _ in range(4):
        left, right = rng.sample(sorted(cast.PEOPLE), 2)
        moods = rng.sample(sorted(cast.MOODS), 2)
        gestures = rng.sample(sorted(cast.GESTURES), 2)
        figures = [
            {"who": w, "mood": m, "gesture": g}
            for w, m, g in zip((left, right), moods, gestures, strict=True)
        ]
        says = [{"who": w, "text": text(rng, 24)} for w in (left, right)]
        scene = rng.choice(sorted(cast.SCENES))
        made.append(written({"scene": scene, "caption": "示例", "cast": figures, "says": says}))
    return made


def generated() -> Iterator[list[dict[str, Any]]]:
    for number in range(COMICS):
        rng = random.Random(number)
        yield [written(panel(rng)) for _ in range(rng.randint(1, 6))]


@lru_cache(maxsize=1)
def hung() -> tuple[Layout, ...]:
    """Panels with charts, in the forms that pages show."""
    found = []
    for number in range(COMICS):
        rng = random.Random(number)
        panels = [written(charted(rng, panel(rng))) for _ in range(2)]
        narrow, broad = comic.layouts(panels)
        found += [*narrow, *broad.values()]
    return tuple(found)


@lru_cache(maxsize=1)
def forms() -> tuple[Layout, ...]:
    """Every panel of the generated comics, in the forms that pages show."""
    both = [comic.layouts(panels) for panels in generated()]
    return tuple(f for narrow, broad in both for f in [*narrow, *broad.values()])


def inside(box: Box, found: Layout) -> bool:
    return (
        box.x >= 0 and box.right <= found.width + 0.1 and box.y >= found.band
        and box.bottom <= found.height
    )  # fmt: skip


def lines_inside(bubble: Bubble) -> bool:
    cut = CUTS[bubble.kind]
    return all(
        at.x >= bubble.box.x + 8
        and at.x + measure(line, cut.size, cut.weight) <= bubble.box.right - 8
        and at.y - cut.size * 0.9 >= bubble.box.y
        and at.y + cut.size * 0.2 <= bubble.box.bottom
        for at, line in bubble.texts()
    )


def test_generated_comics_keep_bubbles_apart_from_faces_and_from_one_another() -> None:
    seen = 0
    for found in (*forms(), *hung()):
        for n, bubble in enumerate(found.bubbles):
            seen += 1
            assert inside(bubble.box, found)
            assert lines_inside(bubble)
            assert not any(bubble.box.meets(face) for face in found.faces())
            assert not any(bubble.box.meets(b.box) for b in found.bubbles[n + 1 :])
            assert not (found.board and bubble.box.meets(found.board.box))
            assert fonts.missing("".join(bubble.lines)) == set()
    assert seen > 1500


def test_generated_comics_read_from_top_to_bottom_and_left_to_right() -> None:
    for found in forms():
        for before, after in zip(found.bubbles, found.bubbles[1:], strict=False):
            assert after.box.y > before.box.y
            assert after.box.x >= before.box.right or after.box.y >= before.box.bottom


def test_faces_and_boards_are_whole_and_nothing_stands_before_a_face() -> None:
    for found in (*forms(), *hung()):
        faces = found.faces()
        for n, face in enumerate(faces):
            assert inside(face, found)
            assert not any(face.meets(other) for other in faces[n + 1 :])
            assert not (found.board and face.meets(found.board.box))
        if found.board:
            assert inside(found.board.box, found)
        if found.board and not found.board.sheet:
            widest = max(measure(t, found.board.size, 700) for t in found.board.lines)
            assert widest <= found.board.box.w - 40


def test_a_chart_can_be_read_on_a_phone_and_keeps_to_its_sheet() -> None:
    for found in hung():
        assert found.board
        paper, box = found.board.sheet, found.board.box
        assert paper
        assert box.w == paper.width
        assert box.h == pytest.approx(paper.height)
        assert not any(box.meets(face) for face in found.faces())
        for line, size in [*((t, 30) for t in paper.title), *((t, 28) for t in paper.notes)]:
            assert measure(line, size, 700 if size == 30 else 400) <= box.w - 36
    paper = sheet(example("示例数据"), NARROW - 32, "a")
    drawn = ET.fromstring(comic_chart.picture(paper, 0, 0))
    shown = float(drawn.get("width", "")) / float(drawn.get("viewBox", "").split()[2])
    assert 15 * shown * 343 / NARROW >= 15


def example(source: str) -> ChartSpec:
    made = read(BY_TYPE["bar"], "")[0]
    assert made
    return made.model_copy(update={"source": source})


def test_a_chart_is_told_in_words_with_its_mark_or_source() -> None:
    for source, said in (("示例数据", "示例数据"), ("某局公报", "数据来源：某局公报。")):
        panels = [written({"chart": example(source), "says": [{"text": "好"}]})]
        (picture,) = comic.pictures(panels, "a").pictures
        assert "图上画着：总量。柱形图。" in picture.words
        assert "最高 1015986.2亿元（全年）" in picture.words
        assert said in picture.words
        drawn = "".join(ET.fromstring(picture.narrow).itertext())
        assert said in drawn
        assert ">1,200,000</text>" in picture.narrow
        assert "var(" not in picture.narrow, "the sheet is paper in every scheme"


def test_tails_end_near_their_speakers_and_cross_no_other_bubble() -> None:
    for found in forms():
        for bubble in found.bubbles:
            if bubble.tip is None:
                continue
            end = Box(bubble.tip.x - 1, bubble.tip.y - 1, 2, 2)
            assert not any(end.meets(b.box) for b in found.bubbles if b is not bubble)
            assert not any(end.meets(face) for face in found.faces())


def test_the_same_panels_give_the_same_bytes() -> None:
    panels = next(generated())
    first = comic.pictures(panels, "a"), comic.strip_webp(panels, "题", ("示例",), 320)
    cast.figure.cache_clear()
    assert first == (comic.pictures(panels, "a"), comic.strip_webp(panels, "题", ("示例",), 320))


def test_a_page_has_whole_words_as_text_and_no_id_twice() -> None:
    for number, panels in enumerate(generated()):
        if number % 20:
            continue
        rng = random.Random(number)
        panels = [*panels, *(written(charted(rng, panel(rng))) for _ in range(2))]
        made = comic.pictures(panels, "hua")
        page = made.definitions + "".join(p.narrow + p.broad for p in made.pictures)
        root = ET.fromstring(f"<div>{page}</div>")
        ids = [e.get("id") for e in root.iter() if e.get("id")]
        assert len(ids) == len(set(ids))
        assert {u.get("href", "")[1:] for u in root.iter("use")} <= set(ids)
        assert " style=" not in page
        for spec, picture in zip(panels, made.pictures, strict=True):
            drawn = "".join(ET.fromstring(picture.narrow).itertext())
            for say in spec["says"]:
                assert re.sub(r"\s", "", say["text"]) in re.sub(r"\s", "", drawn)
                assert say["text"] in picture.words


def test_panels_of_a_row_are_equally_high() -> None:
    for panels in generated():
        narrow, broad = comic.layouts(panels)
        for row in comic.rows(panels):
            assert len({narrow[n].height for n in row}) == 1
            assert (row[0] in broad) == (len(row) == 1)


def test_a_strip_is_cut_between_panels() -> None:
    panels = [written({"caption": f"{n}", "says": [{"text": "好"}]}) for n in range(3)]
    made = comic.strip(panels, "题目", ("示例",), 750)
    assert len(made.cuts) == 2
    assert 0 < made.cuts[0] < made.cuts[1] < made.height
    root = ET.fromstring(made.svg)
    assert (root.get("viewBox") or "").startswith("0 0 ")


@pytest.mark.parametrize("who", sorted(cast.PEOPLE))
def test_every_pose_of_everyone_is_drawn(who: str) -> None:
    for mood in cast.MOODS:
        assert "<path" in cast.figure(who, mood)
    for gesture in cast.GESTURES:
        for facing in ("front", "left", "right"):
            made = cast.figure(who, "smile", gesture, facing, "report", theme="dark")
            ET.fromstring(made)
            assert " id=" not in made


def test_narrow_and_broad_have_their_widths() -> None:
    spec = written({"cast": [{"who": "小李"}], "says": [{"who": "小李", "text": "好"}]})
    assert (layout(spec, NARROW, 0).width, layout(spec, WIDE, 0).width) == (NARROW, WIDE)


MISTAKES = {
    "scene: bangongshi": "没有这个背景",
    "cast: [{who: 小王}]": "没有这个人物",
    "cast: [{who: 小李, mood: calm}]": "没有这个表情",
    "cast: [{who: 小李, gesture: wave}]": "没有这个动作",
    "cast: [{who: 小李, facing: up}]": "没有这个朝向",
    "cast: [{who: 小李, prop: hammer}]": "没有这个手里的东西",
    "props: [hammer]": "没有这个东西",
    "says: [{who: 老王, text: 好}]": "没有这个说话的人",
    "says: [{who: 小李, text: 好😀}]": "字体没有这些字符",
    "chart: {type: bar, title: 题, source: 示例数据, x: [甲, 乙], series: {数: [1]}}": "对不上",
    "chart: {type: bar, title: 题😀, source: 示例数据, x: [甲], series: {数: [1]}}": "字体没有这些字符",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_word_that_the_cast_does_not_know_is_a_placed_problem(line: str, tmp_path: Path) -> None:
    path = "courses/ke/lessons/01-hua.comic.yml"
    comic_file = f"{head(sources=SOURCES)}panels:\n  - caption: 一\n    {line}\n"
    course = head(objectives=["会填"])
    root = write(tmp_path, {path: comic_file, "courses/ke/course.yml": course})
    found = [p for p in survey(root, [], NOW) if p.code == "FMT004"]
    assert [(p.where.path, p.where.line) for p in found] == [(path, comic_file.count("\n"))]
    assert MISTAKES[line] in found[0].message
