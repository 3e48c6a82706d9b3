"""短视频: scenes with spoken words; the transcript is part of the page from the start."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from builder.kinds.charted import ChartField, Steps, chart_faults, undrawable
from builder.kinds.comic import DRAWN, OFF_STAGE, SCENES, Figure, Prop, Speaker, among
from builder.kinds.front import (
    File,
    Kind,
    Line,
    Short,
    Strict,
    TextFrontMatter,
    lesson_pattern,
    listed,
    refuse,
)
from builder.kinds.infographic import Block, Layout, block_faults

SHOWN = ("card", "panel", "blocks", "chart", "picture", "clip")
PICTURED = frozenset({"panel", "picture", "clip"})  # nothing in them is text already
Ratio = Literal["16:9", "9:16", "1:1"]


class Card(Strict):
    """Large words, a few lines under them, and perhaps somebody who shows them."""

    title: Annotated[Short, Field(max_length=30), DRAWN]
    lines: Annotated[
        tuple[Annotated[Short, Field(max_length=24), DRAWN], ...],
        Field(max_length=5),
        BeforeValidator(listed),
    ] = ()
    figure: Figure | None = None


class Stage(Strict):
    """A panel as in a comic, without bubbles; `speaker` is the one whose mouth moves."""

    scene: Annotated[str, among("背景", SCENES, empty=True)] = ""
    cast: Annotated[tuple[Figure, ...], Field(max_length=4)] = ()
    props: Annotated[tuple[Prop, ...], Field(max_length=4), BeforeValidator(listed)] = ()
    board: Annotated[
        tuple[Annotated[Short, DRAWN], ...], Field(max_length=6), BeforeValidator(listed)
    ] = ()
    speaker: Speaker = ""


class Shown(Strict):
    """Blocks as in an infographic; they appear one after another."""

    layout: Layout
    root: Annotated[str, Field(max_length=80)] = ""
    sample: bool = False
    blocks: Annotated[tuple[Block, ...], Field(min_length=1, max_length=8)]


class Clip(Strict):
    """A piece of a film the author brings, in seconds; `sound`: it is heard where nobody speaks."""

    file: File
    start: Annotated[float, Field(ge=0, le=7200)] = 0.0
    end: Annotated[float, Field(gt=0, le=7200)]
    sound: bool = False


class Scene(Strict):
    """One scene: what is seen (one of six forms), the headline, and what is said.

    `show` tells in words what is seen. `seconds`: it stands at least so long.
    """

    seconds: Annotated[float, Field(ge=0.5, le=120)] | None = None
    show: Annotated[str, Field(max_length=300)] = ""
    caption: Annotated[str, Field(max_length=30), DRAWN] = ""
    narration: Annotated[str, Field(max_length=400), DRAWN] = ""
    transition: Literal["fade", "cut", "push"] = "fade"
    motion: Literal["", "none", "in", "out", "left", "right"] = ""
    card: Card | None = None
    panel: Stage | None = None
    blocks: Shown | None = None
    chart: ChartField = None
    picture: File | Literal[""] = ""
    clip: Clip | None = None


class Video(TextFrontMatter):
    """A short video lesson.

    `seconds`: how long it is, about; its page tells the true length once the film is made. `formats`:
    further shapes that are offered. `recording`: the whole narration, spoken by the author. `music`:
    plays under the words.
    """

    key: Line | str = ""
    seconds: Annotated[int, Field(ge=5, le=600)]
    formats: Annotated[tuple[Ratio, ...], BeforeValidator(listed)] = ("16:9",)
    recording: File | Literal[""] = ""
    music: File | Literal[""] = ""
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1, max_length=40)]

    @model_validator(mode="after")
    def _playable(self) -> "Video":
        """Every scene shows one thing, and what it shows can be drawn."""
        found = (fault for n, scene in enumerate(self.scenes) for fault in _faults(scene, n))
        refuse("Video", ((("scenes", *steps), why) for steps, why in found))
        return self


def _faults(scene: Scene, number: int) -> Iterator[tuple[Steps, str]]:
    shown = [name for name in SHOWN if getattr(scene, name)]
    if len(shown) > 1:
        yield (number, shown[1]), f"一个镜头只放一样：已经有了 {shown[0]}，另起一个镜头"
    if not shown and not scene.caption and not scene.narration:
        yield (number,), "这个镜头什么也没有，写上 caption、narration 或一种画面"
    if PICTURED & set(shown) and not scene.show:
        yield (number, shown[0]), "缺少 show：用一句话说出画面上有什么，给看不见的人"
    if scene.panel is not None:
        yield from _voices(scene.panel, number)
    if scene.clip is not None and scene.clip.end <= scene.clip.start:
        yield (number, "clip", "end"), "end 要比 start 大"
    if scene.blocks is not None:
        for at, block in enumerate(scene.blocks.blocks):
            if block.chart is not None:
                place = (number, "blocks", "blocks", at, "chart")
                yield place, "短视频里的图表另起一个镜头，写 chart"
        for steps, why in block_faults(scene.blocks.layout, scene.blocks.blocks):
            yield (number, "blocks", *steps), why
    yield from chart_faults(scene.chart, number, "chart")


def _voices(panel: Stage, number: int) -> Iterator[tuple[Steps, str]]:
    """Whoever speaks is seen, or is a voice from outside."""
    present = {figure.who for figure in panel.cast}
    if panel.speaker and panel.speaker not in present and panel.speaker not in OFF_STAGE:
        yield (number, "panel", "speaker"), f"画面里没有{panel.speaker}，写进 cast，或写旁白"


KIND = Kind(
    "video",
    "短视频",
    "shi",
    Video,
    lesson_pattern(".video.yml"),
    "lesson",
    "courses",
    needs_source=True,
    check=undrawable,
)
