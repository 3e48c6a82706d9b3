"""Who may do what. Nothing is allowed that is not written here.

Duties are kept apart as 等保 asks: whoever keeps the machine does not hand out rights, whoever hands out
rights does not read the record, and none of the three works with content.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

ADMIN, SECURITY, AUDITOR = "admin", "security", "auditor"
EDITOR, CITY, EXPERT, LEADER = "editor", "city", "expert", "leader"
DESK = "desk"
ENTRANT = "entrant"
NAMES = {
    ADMIN: "系统管理员",
    SECURITY: "安全管理员",
    AUDITOR: "审计管理员",
    EDITOR: "处室编辑",
    CITY: "市县编辑",
    DESK: "问题值守",
    EXPERT: "专家",
    LEADER: "领导",
    ENTRANT: "参赛者",
}
KEEPERS = frozenset({ADMIN, SECURITY, AUDITOR})
PRIVILEGED = KEEPERS | {EDITOR, LEADER, DESK}  # a second factor is asked of them


@dataclass(frozen=True, slots=True)
class Access:
    """Who gets through a route. `anyone`: also who has not signed in."""

    roles: frozenset[str] = frozenset()
    anyone: bool = False
    second: bool = True  # the second factor must have been shown, where the user needs one
    machine: bool = False  # also a program that knows the word of the settings' metrics_file
    program: bool = False  # also a program with a token of its own; it is let in nowhere else

    def __str__(self) -> str:
        """As the matrix of routes prints it."""
        if self.anyone:
            return "anyone" + ("+programs" if self.program else "")
        return "+".join(sorted(self.roles)) + ("" if self.second else " (first factor)")


ANYONE = Access(anyone=True)
PROGRAMS = Access(
    anyone=True, program=True
)  # who shows a token is judged by it, also where anybody may come
SIGNED_IN = Access(frozenset(NAMES))
HALFWAY = Access(frozenset(NAMES), second=False)  # the pages of the second factor itself


def may(*roles: str) -> Access:
    """Access for these roles alone."""
    if unknown := set(roles) - set(NAMES):
        raise ValueError(f"unknown roles {unknown}")
    return Access(frozenset(roles))


def clash(roles: Collection[str]) -> str:
    """Why nobody may hold all of these, in Chinese; empty when one may."""
    kept = [r for r in NAMES if r in roles and r in KEEPERS]
    if len(kept) > 1:
        return f"{'、'.join(NAMES[r] for r in kept)}要由不同的人担任。"
    if kept and len(set(roles)) > 1:
        return f"{NAMES[kept[0]]}不能同时办业务。"
    return ""
