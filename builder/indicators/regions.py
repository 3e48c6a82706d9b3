"""Areas: from authored rows to a tree of regions, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from builder.model import Entry
from builder.problems import Problem, suggest
from builder.values import LEVELS, Region

NATION, PROVINCE = LEVELS[0], LEVELS[1]
ABOVE = {"省": ("国",), "市": ("省",), "县": ("市", "省")}  # 省直管县 lie in the province itself


def regions_of(entries: Iterable[Entry]) -> dict[str, Region]:
    """Every region by its code, in the order of the file; the first claim to a code counts."""
    found: dict[str, Region] = {}
    for entry in entries:
        if entry.kind == "regions":
            for row in entry.data["regions"]:
                found.setdefault(row["code"], Region(**row))
    return found


def top(regions: Mapping[str, Region], level: str) -> str:
    """The code of the first region of a level, empty when there is none."""
    return next((code for code, region in regions.items() if region.level == level), "")


def inside(regions: Mapping[str, Region], level: str, within: str = "") -> tuple[str, ...]:
    """Codes of all regions of a level, in their order; only those that lie `within` one, when named."""
    return tuple(
        code
        for code, region in regions.items()
        if region.level == level and (not within or within in above(regions, code))
    )


def above(regions: Mapping[str, Region], code: str) -> tuple[str, ...]:
    """Codes of what a region lies in, from the nearest; a circle ends where it began."""
    found: list[str] = []
    parent = regions[code].parent if code in regions else ""
    while parent and parent not in found and parent != code:
        found.append(parent)
        parent = regions[parent].parent if parent in regions else ""
    return tuple(found)


def short_name(region: Region) -> str:
    """What a narrow table calls it."""
    return region.short or region.name


def faults(entry: Entry, organisations: Container[str]) -> Iterator[Problem]:
    """What is wrong with the list of regions: codes, parents, names, organisations."""
    rows = entry.data["regions"]
    known = {row["code"]: row for row in rows}
    where, names = entry.where("regions"), set[tuple[str, str]]()
    if len(known) < len(rows):
        codes = [row["code"] for row in rows]
        twice = "、".join(dict.fromkeys(c for c in codes if codes.count(c) > 1))
        yield Problem("IND001", where, f"地区代码 {twice} 写了两遍。", "一个地区一个代码。")
    if not any(row["level"] == PROVINCE for row in rows):
        yield Problem("IND001", where, "没有省一级的地区。", "写上本省，level 是 省。")
    for row in rows:
        said = _misplaced(row, known)
        if said:
            yield Problem("IND001", where, f"“{row['name']}”{said}。", "改正 parent 或 level。")
        if (row["name"], row["parent"]) in names:
            said = f"“{row['name']}”在同一个上级下面写了两遍。"
            yield Problem("IND001", where, said, "删去一个，或把名称写全。")
        names.add((row["name"], row["parent"]))
        unit = row["organisation"]
        if unit and unit not in organisations:
            hint = suggest(unit, organisations) if isinstance(organisations, Iterable) else ""
            said = f"“{row['name']}”的 organisation `{unit}` 没有登记。"
            yield Problem("FMT006", where, said, hint or "写 content/orgs.yml 里的编号。")


def _misplaced(row: Mapping[str, str], known: Mapping[str, Mapping[str, str]]) -> str:
    """Why a region can't lie where it is said to, empty when it can."""
    parent, level = row["parent"], row["level"]
    if level == NATION:
        return "是全国，不能有 parent" if parent else ""
    if level == PROVINCE and not parent:
        return ""  # a site of one province need not know the nation
    if parent not in known:
        return f"的 parent `{parent}` 不在表里" if parent else "没有写 parent"
    if known[parent]["level"] not in ABOVE[level]:
        return f"是{level}，parent 却是{known[parent]['level']}"
    return ""
