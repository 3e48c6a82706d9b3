"""How a call to WeChat ended: done, refused, or unknown. The caller must tell the three apart.

    match client.draft_add(articles):
        case Done(media_id): …            # WeChat did it and said so
        case Refused() as no: …           # WeChat did nothing; `no.kind` says whose turn it is, `str(no)` is for the clerk
        case Unknown() as lost: …         # it may have been done: LOOK (draft/batchget, freepublish/get) before sending again

No text in here ever holds a secret or a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")


class Kind(Enum):
    """What a refusal is about, and so who must do what."""

    TOKEN = "token"  # noqa: S105  # the token was no good, and a fresh one neither: try the push again later
    CONFIG = "config"  # the account's settings: an administrator must act, sending again is useless
    QUOTA = "quota"  # used up: stop until tomorrow or next month
    SLOW = "slow"  # too fast: wait a minute, then the same again
    CONTENT = "content"  # this article or picture: mend it and plan anew
    GONE = (
        "gone"  # the thing named is not there (any more): a draft deleted by hand, a dead media id
    )
    DUPLICATE = "duplicate"  # done before; the client turns 45065 into Done(already=True)
    PERSON = "person"  # somebody must do something in the WeChat back end
    NETWORK = "network"  # no connection was made, nothing was sent: safe to send again
    UNKNOWN = "unknown"  # nobody knows whether it was done (only ever in `Unknown`)
    OTHER = "other"  # a code that our table does not hold


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """WeChat did it. `already`: it had been done by an earlier call (45065), and `value` tells of that one."""

    value: T
    already: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was done. `code`: WeChat's, None when it never came so far; `answer`: WeChat's own words, redacted."""

    kind: Kind
    code: int | None
    said: str  # a Chinese sentence: what is wrong
    todo: str  # a Chinese sentence: what to do
    answer: str = ""

    def __str__(self) -> str:
        number = f"（{self.code}）" if self.code is not None else ""
        return f"{self.said}{number}：{self.todo}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may or may not have been carried out: look before sending again."""

    said: str
    todo: str = "先向微信查清楚做了没有，再决定要不要重发。"
    code: int | None = None

    def __str__(self) -> str:
        return f"{self.said}{self.todo}"


Outcome: TypeAlias = Done[T] | Refused | Unknown
Bad: TypeAlias = Refused | Unknown


class Trouble(Exception):
    """A bad outcome as an exception, for callers who want one; holds no request, no address, no secret."""

    def __init__(self, outcome: Bad) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def must(outcome: Outcome[T]) -> T:
    """Give the value of what was done; `Trouble` when it was refused or nobody knows."""
    if isinstance(outcome, Done):
        return outcome.value
    raise Trouble(outcome)
