"""How far a version has come: its state, and the steps that may be taken now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builder.approvals.history import History, Release
from builder.approvals.records import Record
from builder.approvals.words import LEVELS, STEPS

STATES = {
    "new": "未送审",
    "waiting": "在审",
    "approved": "已批准",
    "changed": "有修改未批准",
    "rejected": "已退回",
    "withdrawn": "已撤回",
    "gone": "文件已删",
}
SITE_TITLES = {"site:config": "站点配置", "site:orgs": "机构和人员清单"}


def missing_steps(done: Mapping[str, Record], asked: Sequence[str]) -> tuple[str, ...]:
    """Steps still to be taken; levels after one that is missing are to be taken again."""
    levels = [s for s in LEVELS if s in asked]
    taken = [s for s in done if s in levels]
    sound = next(
        (n for n in range(len(levels)) if taken[n : n + 1] != levels[n : n + 1]), len(levels)
    )
    return tuple(s for s in asked if (s in levels[sound:] if s in levels else s not in done))


def next_steps(
    done: Mapping[str, Record],
    asked: Mapping[str, Sequence[str]],
    released: Mapping[str, Release],
    version: str,
) -> tuple[str, ...]:
    """Steps that may be taken now: 保密审查 at any time, of the levels the first one missing."""
    if not version or all(n in released and released[n].version == version for n in asked):
        return ()
    every = [s for s in STEPS if any(s in steps for steps in asked.values())]
    missing = missing_steps(done, every)
    level = next((s for s in missing if s in LEVELS), None)
    return tuple(s for s in missing if s == level or s not in LEVELS)


def state_of(
    course: History,
    version: str,
    released: Mapping[str, Release],
    editions: Sequence[str],
    done: Mapping[str, Record],
) -> str:
    """One of `STATES`. `version` is the working copy's, empty when its file is gone."""
    if not version:
        return "gone"
    if editions and all(n in released and released[n].version == version for n in editions):
        return "approved"
    if version in course.rejected:
        return "rejected"
    if course.withdrawn is not None and not done and not released:
        return "withdrawn"
    return "waiting" if done else "changed" if released else "new"
