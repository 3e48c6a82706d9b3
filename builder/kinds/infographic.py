"""图解: blocks in one of a few fixed layouts; here schema and words, pictures come from `media`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from builder.kinds.charted import ChartField, chart_faults, undrawable
from builder.kinds.front import Kind, Line, Lines, Strict, TextFrontMatter, lesson_pattern, refuse
from builder.kinds.infographic_text import read_blocks
from builder.media.chart_spec import ChartSpec
from builder.media.chart_words import every_word
from builder.media.infographic_shape import faults
from builder.model import Entry, MdText
from builder.problems import Problem, Where
from builder.yaml_source import Node

# Keys that only some layouts draw; elsewhere an author's words would be lost.
ONLY = {
    "at": {"timeline"},
    "value": {"form"},
    "facts": {"numbers", "compare"},
    "chart": {"steps", "timeline", "checklist", "numbers"},
}


Layout = Literal[
    "steps", "compare", "timeline", "tree", "numbers", "hierarchy", "checklist", "form"
]


class Block(Strict):
    """One piece of an infographic.

    `yes` and `no` name a later block of a decision tree, or an outcome. `at`: when (timeline). `level`:
    how deep (hierarchy). `facts`: names and values (numbers, compare). `value`: what is filled in (form).
    `chart`: as in a chart block (steps, timeline, checklist, numbers).
    """

    title: Line
    text: Annotated[str, Field(max_length=400)] = ""
    items: Annotated[Lines, Field(max_length=12)] = ()
    number: Annotated[str, Field(max_length=40)] = ""
    unit: Annotated[str, Field(max_length=40)] = ""
    no: Annotated[str, Field(max_length=200)] = ""
    yes: Annotated[str, Field(max_length=200)] = ""
    at: Annotated[str, Field(max_length=40)] = ""
    level: Annotated[int, Field(ge=1, le=4)] = 1
    facts: Annotated[Mapping[Line, Line], Field(max_length=12)] = {}
    value: Annotated[str, Field(max_length=120)] = ""
    chart: ChartField = None


class Infographic(TextFrontMatter):
    """An infographic lesson."""

    key: Line | str = ""
    duration: Annotated[int, Field(ge=1, le=30)] = 3
    layout: Layout
    root: Annotated[str, Field(max_length=80)] = ""
    sample: bool = False
    blocks: Annotated[tuple[Block, ...], Field(min_length=1, max_length=24)]

    @model_validator(mode="after")
    def _drawable(self) -> "Infographic":
        """The blocks fit the layout; each mistake is told at its own block."""
        refuse("Infographic", block_faults(self.layout, self.blocks))
        return self


def block_faults(
    layout: str, blocks: Sequence[Block]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What does not fit the layout: the place below the layout's spec, and what to do."""
    plain = [block.model_dump() for block in blocks]
    for at, block in enumerate(plain):
        yield from chart_faults(blocks[at].chart, "blocks", at, "chart")
        for key, layouts in ONLY.items():
            if block[key] and layout not in layouts:
                yield ("blocks", at, key), f"{layout} 这种图用不上 {key}，写了也不会出现"
    if layout == "tree":
        for at, key, why in faults(plain):
            yield ("blocks", at, key), why
    deep = 0
    for at, block in enumerate(plain):
        if block["level"] > deep + 1:
            yield ("blocks", at, "level"), f"层级从 {deep} 跳到了 {block['level']}，一次只能深一层"
        deep = block["level"]


def check(entry: Entry) -> Iterator[Problem]:
    """Every character can be drawn, and every chart."""
    yield from undrawable(entry)
    from builder.media.fonts import missing  # the font is opened only where there are infographics

    lacking = missing("".join(_words((entry.title, entry.data["key"], entry.data["blocks"]))))
    if lacking:
        shown = "、".join(sorted(lacking)[:8])
        yield Problem(
            "INF001",
            entry.where("blocks"),
            f"长图的字库里没有这些字：{shown}，画出来会是“〓”。",
            "换一个写法；确实要用的，请联系网站管理员。",
        )


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, ChartSpec):
        yield every_word(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _words((key, inner))
    elif isinstance(value, tuple):
        for inner in value:
            yield from _words(inner)


def from_text(body: MdText, head: Node, path: str) -> list[Problem]:
    """Put what a Markdown body says into `head`: its blocks, and the text below them."""
    layout = head.find(("layout",)).value
    blocks, rest, problems = read_blocks(body, body.line, str(layout), path)
    for key, node in (("blocks", blocks), ("text", rest)):
        if head.keys is not None and key in head.keys:
            said = f"`{key}` 在 Markdown 写的图解里由正文给出。"
            problems.append(Problem("FMT004", Where(path, *head.keys[key]), said, "删去这一个键。"))
        elif node.value:
            head.value[key] = node
    return problems


KIND = Kind(
    "infographic",
    "图解",
    "tu",
    Infographic,
    lesson_pattern(".infographic.yml", ".infographic.md"),
    "lesson",
    "courses",
    needs_source=True,
    check=check,
    from_text=from_text,
)
