"""A clerk's desk: our commands against the stand-in, on a clock of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from publish.ledger import Ledger
from publish.wechat.cli import Machine, main
from tests.wechat_bundles import Sample, Sending, make
from tests.wechat_standin import StandIn
from tests.wechat_world import Settings

START = datetime.fromisoformat("2026-11-21T10:00:00+08:00")
ONE = Sample("faq:gyc/zjz", "什么是增加值")
TWO = Sample(
    "faq:gyc/tb", "什么是同比", ("同比是与上年同期比。", "例子一。"), ("甲", "乙"), "封面乙"
)
DRAFT = Sending("nov", (ONE, TWO))
CHANGED = replace(DRAFT, articles=(ONE, replace(TWO, words=("同比是与上年同期比较。",))))
LOSSES = ("late", "silent", "cut_upload", "cut_before", "cut_after", "cut_half", "html")
WRITES = ("draft/add", "draft/update", "draft/delete", "media/uploadimg", "material/add_material")


class Clock:
    """Time that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = START
        self.slept: list[float] = []
        self.sleep: Callable[[float], None] = self._pass

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def _pass(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def time(self) -> float:
        return self.at.timestamp()


class Desk:
    """One machine that publishes, and the WeChat it publishes to."""

    def __init__(self, root: Path, wechat: StandIn, clock: Clock) -> None:
        self.root, self.wechat, self.clock = root, wechat, clock
        self.bundle, self.state = root / "dist" / "internet", root / "state"
        self.said: list[str] = []
        self.complaints: list[str] = []
        self.environ = {
            k: v for a in ("tjj", "fuwu", "geren") for k, v in wechat.environ(a).items()
        }
        (root / "dist").mkdir()

    def make(self, *pushes: Sending, **more: Any) -> None:
        """Build the bundle anew."""
        make(self.bundle, pushes, **more)

    def run(self, verb: str, *words: str) -> int:
        """Run one command; what it says is in `said` and `complaints`."""
        self.said, self.complaints = [], []
        machine = Machine(
            self.clock.now,
            self.clock.sleep,
            self.said.append,
            self.complaints.append,
            self.environ,
            (0.4, 0.4),
        )
        where = ["--state", str(self.state)]
        if verb in {"plan", "push"}:
            where += ["--bundle", str(self.bundle)]
        return main(verb, [*words, *where], machine)

    def plan(self, *words: str) -> dict[str, Any]:
        """Plan, and give the plan."""
        self.run("plan", *words, "--format", "json")
        found: dict[str, Any] = json.loads("\n".join(self.said))
        return found

    def push(self, push: str, *words: str, plan: Sequence[str] = ()) -> int:
        """Plan and push."""
        assert self.run("plan", push, *plan) == 0, self.complaints + self.said
        return self.run("push", push, *words)

    @property
    def text(self) -> str:
        """All that was said and complained of."""
        return "\n".join([*self.said, *self.complaints])

    def did(self, path: str) -> int:
        """How many lasting effects of a kind there were."""
        return len(self.wechat.effects(path))

    def draft(self) -> tuple[str, list[dict[str, Any]]]:
        """The only draft of the box."""
        [(media_id, draft)] = self.wechat.state()["drafts"].items()
        return media_id, draft["articles"]

    def receipts(self) -> list[str]:
        """What the receipts tell of, in order."""
        with Ledger.view(self.state, self.clock.now) as ledger:
            return [str(r.body["what"]) for r in ledger.receipts()]


@contextmanager
def desk(root: Path, **settings: Any) -> Iterator[Desk]:
    """A desk with a stand-in of its own."""
    clock = Clock()
    with StandIn(Settings(**settings), clock=clock.time) as wechat:
        yield Desk(root, wechat, clock)


def writes(k: Desk) -> int:
    """How many calls changed something at WeChat."""
    return sum(
        len(k.wechat.requests(p)) for p in (*WRITES, "freepublish/submit", "message/mass/sendall")
    )
