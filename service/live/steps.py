"""What may be done with a post, and by whom: nobody lets out what they wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.roles import EDITOR
from service.room import Stopped
from service.store.people import User

WAITING, OUT, BACK, REMOVED, DROPPED = "waiting", "out", "back", "removed", "dropped"
STATES: Mapping[str, str] = {
    WAITING: "待审",
    OUT: "已发布",
    BACK: "退回",
    REMOVED: "已撤下",
    DROPPED: "已作废",
}
STEPS: Mapping[str, Mapping[str, str]] = {
    "approve": {WAITING: OUT},
    "reject": {WAITING: BACK},
    "edit": {WAITING: WAITING, BACK: WAITING},
    "drop": {WAITING: DROPPED, BACK: DROPPED},
    "remove": {OUT: REMOVED},
}
VERBS: Mapping[str, str] = {
    "approve": "发布", "reject": "退回", "edit": "改", "drop": "作废", "remove": "撤下",
}  # fmt: skip
CHANGED = "这一条刚才有人动过，请看一遍现在的再定。"


def after(post: Any, verb: str, user: User, version: int) -> str:
    """The state that follows; `Stopped` when this person can't do this now, or saw another version."""
    if post is None:
        raise Stopped(404, "没有这一条。")
    mine = post.author == user.id
    if verb in {"approve", "reject"} and mine:
        raise Stopped(403, "自己写的要由另一个人审。")
    if verb in {"approve", "reject", "remove"} and EDITOR not in user.roles:
        raise Stopped(403, "只有处室编辑能审和撤。")
    if verb in {"edit", "drop"} and not mine:
        raise Stopped(403, "只有写的人能改。")
    follows = STEPS[verb].get(post.state)
    if follows is None:
        raise Stopped(409, f"这一条现在是“{STATES[post.state]}”，不能{VERBS[verb]}。")
    if post.version != version:
        raise Stopped(409, CHANGED)
    return follows
