"""The text of a case: front matter of the kind `case`, and a body that shows words and pictures and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from service import written
from service.contest.board import Row
from service.contest.casepictures import MISSING, Picture
from service.contest.works import Work

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$^&=@:])")
LEADS = re.compile(r"^(\s*)([-+]|\d+(?=[.)]))")
SUMMARY = 110  # signs


def case(
    work: Work, row: Row, audience: str, when: str, pictures: Sequence[Picture], left: Sequence[str]
) -> str:
    """One case as its file, with the mark by which it is known as written here.

    `left`: the files that were not brought along, which editors should know of.
    """
    front, by = _front(work, row, audience, when), f"{'、'.join(row.units)} {'、'.join(row.people)}"
    shown = [f"![{_alt(p)}]({p.name})" for p in pictures]
    words = [plain(line) for line in work.row.story.splitlines() if line.strip()]
    body = "\n\n".join([*words, *shown, plain(f"作者：{by}")])
    assets = {p.name: _asset(p, by) for p in pictures}

    def make(mark: str) -> str:
        told = front | {
            "assets": assets,
            "editorial": {"notes": _notes(work, pictures, left, mark)},
        }
        lines = [f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in told.items() if v]
        return "\n".join(["---", *lines, "---", "", body, ""])

    return written.marked(make, *(p.body for p in pictures))


def _front(work: Work, row: Row, audience: str, when: str) -> dict[str, Any]:
    rules = work.contest.rules
    unit = rules.unit(work.row.unit)
    return {
        "title": work.row.title,
        "audience": audience,
        "division": rules.office,
        "date": when,
        "summary": work.row.summary[:SUMMARY],
        "tags": ["优秀作品", row.category],
        "type": "work",
        "unit": unit.city if unit else "",
        "key": f"{rules.title}{row.award}",
    }


def _asset(picture: Picture, by: str) -> dict[str, Any]:
    told: dict[str, Any] = {"credit": by}
    return told | ({"ai_generated": True} if picture.generated else {})


def _notes(work: Work, pictures: Sequence[Picture], left: Sequence[str], mark: str) -> str:
    told = [f"大赛作品 {work.row.id}（weike-pull:{mark}），发布前请核对事实、来源和图片。"]
    if pictures:
        told.append("第一张图的替代文字取自题目和一句话说明，请对着图改。")
    if len(pictures) > 1:
        told.append(f"其余 {len(pictures) - 1} 张的替代文字{MISSING}：写出图里有什么。")
    if left:
        told.append(f"没有带来的文件：{'、'.join(left)}。")
    return "".join(told)


def _alt(picture: Picture) -> str:
    return SPECIAL.sub(r"\\\1", picture.alt)


def plain(line: str) -> str:
    """A line as Markdown that shows just that line."""
    told = SPECIAL.sub(r"\\\1", line.strip())
    return LEADS.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] in "-+" else f"{m[1]}{m[2]}\\", told)
