"""Which act leads from which state to which, and who may do it. Nothing else is possible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.roles import DESK, EDITOR
from service.room import Stopped
from service.store.people import User

NEW, SENT, WORKING, JOINT, REVIEW = "new", "sent", "working", "joint", "review"
ANSWERED, CLOSED, CARRIED = "answered", "closed", "carried"
REFUSED, MERGED, WITHDRAWN = "refused", "merged", "withdrawn"
STATES: Mapping[str, str] = {
    NEW: "待分办",
    SENT: "待接办",
    WORKING: "办理中",
    JOINT: "联合攻关",
    REVIEW: "待审核",
    ANSWERED: "已答复",
    CLOSED: "已办结",
    CARRIED: "转业务网办理",
    REFUSED: "不受理",
    MERGED: "已并入",
    WITHDRAWN: "已撤回",
}
OPEN = (NEW, SENT, WORKING, JOINT, REVIEW, CARRIED)
SAID = (ANSWERED, CLOSED)
UNDER = (SENT, WORKING, JOINT)  # with a division
SAME = ""  # the state stays

STEPS: Mapping[str, Mapping[str, str]] = {
    "dispatch": {NEW: SENT, SENT: SENT, WORKING: SENT},
    "accept": {SENT: WORKING},
    "join": dict.fromkeys(UNDER, SAME),  # 会办 takes its share
    "leave": dict.fromkeys(UNDER, SAME),  # 会办 gives it back
    "back": {SENT: NEW, WORKING: NEW},
    "escalate": {SENT: JOINT, WORKING: JOINT},
    "contribute": {WORKING: SAME, JOINT: SAME},
    "extend": dict.fromkeys((*UNDER, REVIEW), SAME),
    "draft": {WORKING: SAME, JOINT: SAME},
    "submit": {WORKING: REVIEW, JOINT: REVIEW},
    "approve": {REVIEW: ANSWERED},
    "reject": {REVIEW: WORKING},
    "refuse": {NEW: REFUSED, SENT: REFUSED, CARRIED: REFUSED},
    "merge": dict.fromkeys((NEW, SENT, WORKING, JOINT), MERGED),
    "carry": {NEW: CARRIED},
    "fetch": {CARRIED: NEW},
    "bring": {CARRIED: ANSWERED},  # the answer came from the other zone
    "withdraw": dict.fromkeys(OPEN, WITHDRAWN),
    "rate": {ANSWERED: CLOSED, CLOSED: CLOSED},
    "reopen": {ANSWERED: WORKING, CLOSED: WORKING},
    "close": {ANSWERED: CLOSED},
}
VERBS: Mapping[str, str] = {
    "ask": "提问",
    "asker": "在服务器上看了原话和联系方式",
    "dispatch": "分办",
    "accept": "接办",
    "join": "接会办",
    "leave": "退会办",
    "back": "退回",
    "escalate": "转联合攻关",
    "contribute": "提供材料",
    "extend": "改期限",
    "draft": "起草",
    "submit": "送审",
    "approve": "审核通过",
    "reject": "退改",
    "refuse": "不受理",
    "merge": "并入",
    "carry": "转业务网",
    "fetch": "收回自办",
    "bring": "带回答复",
    "withdraw": "撤回",
    "rate": "评价",
    "reopen": "再问",
    "close": "办结",
}
AT_DESK = ("dispatch", "extend", "refuse", "merge", "carry", "fetch")
AT_HOST = ("accept", "back", "draft", "submit")


def follows(state: str, verb: str, joint: bool = False) -> str:
    """The state after an act; `Stopped` when the act is not possible now."""
    after = STEPS[verb].get(state)
    if after is None:
        raise Stopped(409, f"这个问题现在是“{STATES[state]}”，不能{VERBS[verb]}。")
    if after == WORKING and joint and verb != "accept":
        return JOINT
    return after or state


def may_act(user: User, verb: str, question: Any, divisions: Mapping[str, str]) -> bool:
    """Whether this is somebody whose act it is. `divisions`: who is asked → host or help."""
    if DESK in user.roles and verb in (*AT_DESK, "escalate"):
        return True
    if EDITOR not in user.roles or not user.org:
        return verb in {"approve", "reject"} and DESK in user.roles
    duty = "host" if question.host == user.org else divisions.get(user.org, "")
    if verb in {*AT_HOST, "escalate"}:
        return duty == "host"
    if verb in {"join", "leave"}:
        return duty == "help"
    if verb == "contribute":
        return bool(duty)
    return verb in {"approve", "reject"} and (duty == "host" or DESK in user.roles)


def allow(user: User, verb: str, question: Any, divisions: Mapping[str, str]) -> None:
    """`Stopped` unless it is theirs to do."""
    if not may_act(user, verb, question, divisions):
        raise Stopped(403, f"这个问题不归您{VERBS[verb]}。")


def possible(user: User, question: Any, divisions: Mapping[str, str]) -> set[str]:
    """The acts that this person may do now."""
    return {
        verb
        for verb, table in STEPS.items()
        if question.state in table and may_act(user, verb, question, divisions)
    }
