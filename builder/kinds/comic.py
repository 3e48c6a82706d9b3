"""漫画: panels with figures and bubbles; here schema and words, pictures come from `media`."""

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from builder.kinds.charted import ChartField, chart_faults, undrawable
from builder.kinds.front import (
    Kind,
    Line,
    Short,
    Strict,
    TextFrontMatter,
    lesson_pattern,
    listed,
    refuse,
)
from builder.media.cast import GESTURES, MOODS, PEOPLE, PROPS, SCENES
from builder.media.chart_words import every_word
from builder.problems import suggest

__all__ = ["DRAWN", "KIND", "OFF_STAGE", "SCENES", "Comic", "Figure", "Prop", "Speaker", "among"]
FACINGS = {"front": "正面", "left": "向左", "right": "向右"}
OFF_STAGE = ("旁白", "众人", "广播", "电话")  # voices without a figure


def among(label: str, known: Mapping[str, str], *, empty: bool = False) -> AfterValidator:
    """A word of the cast's own vocabulary; `known` gives each word and what it means."""

    def check(value: str) -> str:
        if value not in known and not (empty and value == ""):
            raise ValueError(unknown(label, value, known))
        return value

    return AfterValidator(check)


def unknown(label: str, value: str, known: Mapping[str, str]) -> str:
    """What is said of a word that the vocabulary lacks."""
    told = "、".join(k if v == k else f"{k} {v}" for k, v in known.items())
    return f"没有这个{label}。{suggest(value, known)}可以写：{told}"


def _drawable(value: str) -> str:
    """Refuse a character that the pictures' font lacks."""
    try:
        value.encode("gb2312")  # the font has all of it
    except UnicodeEncodeError:
        from builder.media.fonts import missing

        lacking = missing(value)
        if lacking:
            raise ValueError(
                f"画里的字体没有这些字符：{' '.join(sorted(lacking))}，换一个写法"
            ) from None
    return value


def _itself(names: tuple[str, ...]) -> dict[str, str]:
    return {name: name for name in names}


DRAWN = AfterValidator(_drawable)
Who = Annotated[str, among("人物", _itself(tuple(PEOPLE)))]
Speaker = Annotated[str, among("说话的人", _itself((*PEOPLE, *OFF_STAGE)), empty=True)]
Mood = Annotated[str, among("表情", MOODS)]
Prop = Annotated[str, among("东西", PROPS)]
# A board is too large for a hand.
IN_HAND = {k: v for k, v in PROPS.items() if k not in {"blackboard", "whiteboard"}}


class Say(Strict):
    """One bubble."""

    who: Speaker = ""
    text: Annotated[str, Field(min_length=1, max_length=120), DRAWN]
    mood: Annotated[str, among("表情", MOODS, empty=True)] = ""
    kind: Literal["speech", "thought", "narration", "vertical", "sound"] = "speech"


class Figure(Strict):
    """A character in a panel. Without `facing` figures look at one another."""

    who: Who
    mood: Mood = "neutral"
    gesture: Annotated[str, among("动作", GESTURES, empty=True)] = ""
    facing: Annotated[str, among("朝向", FACINGS, empty=True)] = ""
    prop: Annotated[str, among("手里的东西", IN_HAND, empty=True)] = ""


class Panel(Strict):
    """One picture of the story. `chart`: hangs where the board would, as in a chart block."""

    scene: Annotated[str, among("背景", SCENES, empty=True)] = ""
    caption: Annotated[str, Field(max_length=60), DRAWN] = ""
    wide: bool = False
    cast: Annotated[tuple[Figure, ...], Field(max_length=4)] = ()
    props: Annotated[tuple[Prop, ...], Field(max_length=4), BeforeValidator(listed)] = ()
    board: Annotated[
        tuple[Annotated[Short, DRAWN], ...], Field(max_length=6), BeforeValidator(listed)
    ] = ()
    says: Annotated[tuple[Say, ...], Field(max_length=6)] = ()
    chart: ChartField = None
    note: Annotated[str, Field(max_length=200)] = ""


class OwnFigure(Figure):
    """A figure of the house cast or of the author's own."""

    who: Short


class OwnSay(Say):
    """One bubble, of the house cast, of an author's own figure or of a voice."""

    who: Annotated[str, Field(max_length=40)] = ""


class OwnPanel(Panel):
    """A panel in which the author's own figures may stand."""

    cast: Annotated[tuple[OwnFigure, ...], Field(max_length=4)] = ()
    says: Annotated[tuple[OwnSay, ...], Field(max_length=6)] = ()


def _own(value: object) -> object:
    """A cast as written, a list of names or pictures by mood under a name, as name → mood → file."""
    found: dict[str, object] = {}
    items = value if isinstance(value, list | tuple) else [value]
    for item in items:
        found |= dict(item) if isinstance(item, Mapping) else {str(item): {}}
    for name, moods in found.items():
        if not moods:
            if name not in PEOPLE:
                raise ValueError(unknown("人物", name, _itself(tuple(PEOPLE))))
            continue
        if name in PEOPLE or name in OFF_STAGE:
            raise ValueError(f"“{name}”是自带的人物或画外音，自己的图片请另起一个名字")
        if not isinstance(moods, Mapping) or "neutral" not in moods:
            raise ValueError(f"“{name}”至少要有一张 neutral（平静）的图片，写成 neutral: 文件名")
        for mood in moods:
            if mood not in MOODS:
                raise ValueError(unknown("表情", str(mood), MOODS))
    return found


class Comic(TextFrontMatter):
    """A comic lesson. `cast`: who takes part; figures of the author's own with their pictures by mood."""

    key: Line | str = ""
    duration: Annotated[int, Field(ge=1, le=30)] = 3
    cast: Annotated[
        Mapping[Annotated[str, Field(max_length=12), DRAWN], Mapping[str, Line]],
        Field(max_length=12),
        BeforeValidator(_own),
    ] = {}
    panels: Annotated[tuple[OwnPanel, ...], Field(min_length=1, max_length=24)]

    @model_validator(mode="after")
    def _known(self) -> "Comic":
        """Everyone in a panel is of the house cast or of the author's; pictures don't move their hands."""
        own = {name for name, moods in self.cast.items() if moods}
        places = [(panel, ("panels", n)) for n, panel in enumerate(self.panels)]
        refuse(
            "Comic", (f for p, at in places for f in (*_strangers(p, own, at), *_charted(p, at)))
        )
        return self


def _strangers(
    panel: OwnPanel, own: Collection[str], place: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    people = _itself((*PEOPLE, *sorted(own)))
    for n, figure in enumerate(panel.cast):
        if figure.who not in people:
            yield (*place, "cast", n, "who"), unknown("人物", figure.who, people)
        for key in ("gesture", "facing", "prop") if figure.who in own else ():
            if getattr(figure, key):
                yield (*place, "cast", n, key), f"“{figure.who}”是自己的图片，{key} 写了也不会出现"
    voices = people | _itself(OFF_STAGE)
    for n, say in enumerate(panel.says):
        if say.who and say.who not in voices:
            yield (*place, "says", n, "who"), unknown("说话的人", say.who, voices)


def _charted(
    panel: OwnPanel, place: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if panel.chart is None:
        return
    if panel.board:
        yield (*place, "chart"), "一格里 board 和 chart 只放一样，另起一格"
    try:
        _drawable(every_word(panel.chart))
    except ValueError as error:
        yield (*place, "chart"), str(error)
    yield from chart_faults(panel.chart, *place, "chart")


KIND = Kind(
    "comic",
    "漫画",
    "man",
    Comic,
    lesson_pattern(".comic.yml"),
    "lesson",
    "courses",
    needs_source=True,
    check=undrawable,
)
