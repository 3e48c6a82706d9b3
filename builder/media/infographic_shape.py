"""What stands where in an infographic, before anything is drawn: for the page, the poster and the checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Block = Mapping[str, Any]
NUMERALS = "一二三四五六七八九十"
ANSWERS = (("yes", "是"), ("no", "否"))


@dataclass(frozen=True, slots=True)
class Way:
    """One answer to a question: its words, and the block it leads to (None: an outcome).

    `down`: it leads to the very next block, so that it is drawn as the trunk.
    """

    key: str
    answer: str
    text: str
    target: int | None
    down: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A block with what stands under it."""

    block: Block
    under: list[Node] = field(default_factory=list)


def spoken(layout: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Blocks as they are drawn: only a tree draws branches, elsewhere answers are two more items."""
    if layout == "tree":
        return tuple(blocks)
    return tuple(
        {**block, "items": (*block["items"], *(f"{a}：{block[k]}" for k, a in ANSWERS if block[k]))}
        for block in blocks
    )


def numeral(number: int) -> str:
    """1 → 一, 12 → 十二, 24 → 二十四."""
    tens, ones = divmod(number, 10)
    head = (NUMERALS[tens - 1] if tens > 1 else "") + ("十" if tens else "")
    return head + (NUMERALS[ones - 1] if ones else "")


def named(blocks: Sequence[Block], text: str) -> int | None:
    """The block that `text` names: by its title, by the words before the title's colon, by its number."""
    wanted = text.strip()
    for at, block in enumerate(blocks):
        title = block["title"]
        if wanted and wanted in {title, re.split("[：:]", title)[0]}:
            return at
    found = re.fullmatch(
        r"(?:第|转到?第?)?(\d{1,2}|[一二三四五六七八九十]{1,3})(?:步|问|格|题)?", wanted
    )
    if found:
        numbers = {str(n): n for n in range(1, 25)} | {numeral(n): n for n in range(1, 25)}
        number = numbers.get(found[1], 0)
        return number - 1 if 0 < number <= len(blocks) else None
    return None


def ways(blocks: Sequence[Block]) -> list[tuple[Way, ...]]:
    """For each block its answers, the trunk last."""
    found = []
    for at, block in enumerate(blocks):
        made = []
        for key, answer in ANSWERS:
            if block[key]:
                target = named(blocks, block[key])
                made.append(Way(key, answer, block[key], target, target == at + 1))
        if len(made) == 2 and all(way.down for way in made):
            made[0] = Way(made[0].key, made[0].answer, made[0].text, made[0].target, False)
        found.append(tuple(sorted(made, key=lambda way: way.down)))
    return found


def faults(blocks: Sequence[Block]) -> Iterator[tuple[int, str, str]]:
    """What is wrong with a decision tree: block, key, and why."""
    reached = {0}
    for at, answers in enumerate(ways(blocks)):
        if len(answers) == 1:
            other = "no" if answers[0].key == "yes" else "yes"
            yield (
                at,
                answers[0].key,
                f"只写了 {answers[0].key}，没有写 {other}，另一半的人不知道往哪里走",
            )
        for way in answers:
            if way.target is None:
                continue
            if way.target <= at:
                yield at, way.key, f"指回了前面或者自己的“{blocks[way.target]['title']}”，会绕圈子"
            elif at in reached:
                reached.add(way.target)
    for at in range(1, len(blocks)):
        if at not in reached:
            yield at, "title", "从第一个问题走不到这一块，前面的 yes、no 要写它的标题"


def nested(blocks: Sequence[Block]) -> list[Node]:
    """Blocks under one another by `level`."""
    top: list[Node] = []
    path: list[tuple[int, Node]] = []
    for block in blocks:
        node = Node(block)
        while path and path[-1][0] >= block["level"]:
            path.pop()
        (path[-1][1].under if path else top).append(node)
        path.append((block["level"], node))
    return top


def banks(blocks: Sequence[Block]) -> list[tuple[Block, ...]]:
    """Columns of a comparison in banks of at most three, as even as can be."""
    count = -(-len(blocks) // 3)
    sizes = [len(blocks) // count + (n < len(blocks) % count) for n in range(count)]
    starts = [sum(sizes[:n]) for n in range(count)]
    return [tuple(blocks[s : s + n]) for s, n in zip(starts, sizes, strict=True)]


def pairs(blocks: Sequence[Block]) -> list[list[int]]:
    """Numbers of the blocks that stand side by side; a block with a chart has a row to itself."""
    rows: list[list[int]] = []
    for at, block in enumerate(blocks):
        last = rows[-1] if rows else []
        if len(last) == 1 and not block.get("chart") and not blocks[last[0]].get("chart"):
            last.append(at)
        else:
            rows.append([at])
    return rows


def labels(blocks: Sequence[Block]) -> list[str]:
    """The names of all facts, in order of first mention: the rows of a comparison."""
    return list(dict.fromkeys(name for block in blocks for name in block["facts"]))


def bars(blocks: Sequence[Block]) -> list[float]:
    """For each block the length of its bar from zero, 0 to 1; 0 where a bar would say nothing.

    Only numbers of one unit may be compared, and only where there are three or more of them.
    """
    values = [_value(block["number"]) for block in blocks]
    made = []
    for block, value in zip(blocks, values, strict=True):
        mates = [v for b, v in zip(blocks, values, strict=True) if b["unit"] == block["unit"]]
        known = [v for v in mates if v is not None]
        fit = len(known) >= 3 and len(known) == len(mates) and min(known) >= 0 and max(known) > 0
        made.append((value or 0) / max(known) if fit else 0.0)
    return made


def _value(number: str) -> float | None:
    bare = number.replace(",", "").replace("，", "")
    return float(bare) if re.fullmatch(r"[+-]?\d+(\.\d+)?", bare) else None


def shape(layout: str, blocks: Sequence[Block]) -> Any:
    """What a page's template needs besides the blocks."""
    if layout == "tree":
        return ways(blocks)
    if layout == "hierarchy":
        return nested(blocks)
    if layout == "compare":
        return [(bank, labels(bank)) for bank in banks(blocks)]
    return bars(blocks)
