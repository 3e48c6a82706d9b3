"""Works that got a prize become cases of the site: files for `weike pull contest`, to be read before they are out.

Only of rounds whose result is final, and of entrants who agreed to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from service.contest import board, judging, works
from service.contest.board import Row
from service.contest.judging import FINAL, Round
from service.contest.works import Work
from service.desk import Desk
from service.store import contest as store
from service.store.engine import Connection
from service.web.pages import day

FOLDER = "content/cases"
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$^&=@:])")
LEADS = re.compile(r"^(\s*)([-+]|\d+(?=[.)]))")
SUMMARY = 110  # signs


def files(desk: Desk, audience: str = "intranet") -> dict[str, str]:
    """Path → text of every case. `audience`: for whom they are written, as the site names it."""
    with desk.store.read() as connection:
        return {
            path: text
            for row in store.where(connection, store.rounds, state=FINAL)
            for path, text in _of(connection, desk, judging.load(connection, row.id), audience)
        }


def _of(
    connection: Connection, desk: Desk, found: Round, audience: str
) -> Iterator[tuple[str, str]]:
    done = store.where(connection, store.moves, round=found.id, verb="final", state="done")
    rules, when = found.contest.rules, day(done[-1].decided)
    for row in board.rows(connection, desk, found):
        work = works.load(connection, desk, row.work)
        if row.award and ("showcase" in work.agreed or not rules.statements.showcase):
            path = f"{FOLDER}/{rules.slug}-{found.row.number}-{row.code.lower()}.md"
            yield path, case(work, row, audience, when)


def case(work: Work, row: Row, audience: str, when: str) -> str:
    """One case as its file: front matter of the kind `case`, and a body that is text and nothing else."""
    rules = work.contest.rules
    unit = rules.unit(work.row.unit)
    front: dict[str, Any] = {
        "title": work.row.title,
        "audience": audience,
        "division": rules.office,
        "date": when,
        "summary": work.row.summary[:SUMMARY],
        "tags": ["优秀作品", row.category],
        "type": "work",
        "unit": unit.city if unit else "",
        "key": f"{rules.title}{row.award}",
        "editorial": {"notes": f"大赛作品 {work.row.id}，发布前请核对事实、来源和图片。"},
    }
    head = "\n".join(f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in front.items() if v)
    by = f"{'、'.join(row.units)} {'、'.join(row.people)}"
    body = "\n\n".join(plain(p) for p in [*work.row.story.splitlines(), f"作者：{by}"] if p.strip())
    return f"---\n{head}\n---\n\n{body}\n"


def plain(line: str) -> str:
    """A line as Markdown that shows just that line."""
    told = SPECIAL.sub(r"\\\1", line.strip())
    return LEADS.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] in "-+" else f"{m[1]}{m[2]}\\", told)
