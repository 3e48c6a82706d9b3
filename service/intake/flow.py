"""From draft to release: which step leads where, who may take it, and that no one takes two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.roles import EDITOR, LEADER

DRAFT, CHECKED, REVIEWED, APPROVED, SCHEDULED, DROPPED = (
    "draft", "checked", "reviewed", "approved", "scheduled", "dropped",
)  # fmt: skip
STATES = {
    DRAFT: "填报中",
    CHECKED: "已审核，等复核",
    REVIEWED: "已复核，等批准",
    APPROVED: "已批准，等定时间",
    SCHEDULED: "已定时发布",
    "released": "已发布",
    DROPPED: "已作废",
}
KINDS = {"new": "新的数", "revise": "更正、撤回"}


@dataclass(frozen=True, slots=True)
class Step:
    """`name`: as people read it. `why`: a reason must be given. `stranger`: nobody who had a hand in it before."""

    name: str
    after: tuple[str, ...]
    to: str
    roles: frozenset[str]
    why: bool = False
    stranger: bool = False


BOTH = frozenset({EDITOR, LEADER})
STEPS: Mapping[str, Step] = {
    "check": Step("审核通过，送复核", (DRAFT,), CHECKED, frozenset({EDITOR})),
    "review": Step("复核通过", (CHECKED,), REVIEWED, frozenset({EDITOR}), stranger=True),
    "approve": Step("批准", (REVIEWED,), APPROVED, frozenset({LEADER}), stranger=True),
    "schedule": Step("定发布时间", (APPROVED,), SCHEDULED, BOTH),
    "reject": Step("退回重填", (CHECKED, REVIEWED, APPROVED), DRAFT, BOTH, why=True),
    "hold": Step("取消定时，退回重填", (SCHEDULED,), DRAFT, BOTH, why=True),
    "drop": Step("作废", (DRAFT,), DROPPED, BOTH, why=True),
}
BY = {"check": "checked_by", "review": "reviewed_by", "approve": "approved_by"}
AGAIN = {"checked_by": 0, "reviewed_by": 0, "approved_by": 0, "release": 0}
SHORTEST = 4  # characters of a reason


def shown(state: str, release: int, now: int) -> str:
    """The state as it is at a moment: what is scheduled is released from its second on."""
    return "released" if state == SCHEDULED and release <= now else state


def refused(step: str, state: str, roles: frozenset[str]) -> str:
    """Why a step can't be taken from a state by these roles, in Chinese; empty when it can."""
    rule = STEPS[step]
    if not roles & rule.roles:
        return f"“{rule.name}”不归您的角色做。"
    if state not in rule.after:
        return f"这一批现在是“{STATES[state]}”，不能{rule.name}。"
    return ""
