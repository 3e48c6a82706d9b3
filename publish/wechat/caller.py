"""One call to WeChat as it must be made: room in the quota, intent, call, outcome; never a second try in the dark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from publish.ledger import Call, Ledger
from publish.wechat.calls import Calls
from publish.wechat.notes import note
from publish.wechat.outcome import Done, Kind, Outcome, Refused, Unknown
from publish.wechat.quota import CHANNEL, NAMES, left
from publish.wechat.records import Records

T = TypeVar("T")
SAFE = {
    Kind.NETWORK: (2.0, 8.0, 30.0),
    Kind.SLOW: (60.0, 60.0, 60.0),
}  # nothing was done: again, after a pause
WAITING = 3  # exit code: WeChat or a person has to do something first; run the same again later


class Stopped(Exception):
    """The push goes no further now; the text says why and what to do. `code`: how the process ends."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def stop(refused: Refused, before: str = "") -> Stopped:
    """The end of a push over a refusal: later again where that is all it takes, else somebody must act."""
    later = refused.kind in {Kind.QUOTA, Kind.NETWORK, Kind.SLOW}
    return Stopped(f"{before}{refused}", WAITING if later else 1)


@dataclass(frozen=True, slots=True)
class Caller:
    """All that calls of one run share. `say` tells the clerk a line."""

    ledger: Ledger
    records: Records
    client: Calls
    run: str
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    say: Callable[[str], None]

    def make(
        self,
        step: str,
        api: str,
        about: Mapping[str, Any],
        act: Callable[[], Outcome[T]],
        value: Callable[[T], object] = lambda found: found,
        again: Callable[[], None] = lambda: None,
    ) -> Outcome[T]:
        """Make one call and write what came of it. Tries again only what certainly was not done.

        `value` gives what the ledger keeps of the answer; `again` is asked before every further try, and may stop.
        """
        pauses: dict[Kind, tuple[float, ...]] = dict(SAFE)
        while True:
            outcome = self._once(step, api, about, act, value)
            if not isinstance(outcome, Refused) or not pauses.get(outcome.kind):
                return outcome
            pause, *rest = pauses[outcome.kind]
            pauses[outcome.kind] = tuple(rest)
            self.say(f"  {outcome.said}，{pause:.0f} 秒后再试")
            self.sleep(pause)
            again()

    def _once(
        self,
        step: str,
        api: str,
        about: Mapping[str, Any],
        act: Callable[[], Outcome[T]],
        value: Callable[[T], object],
    ) -> Outcome[T]:
        room = left(self.ledger, self.records.account, api, self.now())
        if room == 0:
            raise Stopped(
                f"今天“{NAMES.get(api, api)}”的额度用完了：明天再运行同一条 weike push，会从断开的地方接着做。",
                WAITING,
            )
        number = self.ledger.intend(Call(CHANNEL, self.records.account, self.run, step, api, about))
        outcome = act()
        with self.ledger.together():
            if isinstance(outcome, Done):
                self.ledger.settle(number, "done", _answer(value(outcome.value)))
                note(self.records, api, self.run, about, value(outcome.value))
            elif isinstance(outcome, Refused):
                self.ledger.settle(number, "refused", {"code": outcome.code, "said": outcome.said})
            else:
                self.ledger.settle(number, "lost", {"said": outcome.said})
        return outcome

    def note_done(self, api: str, about: Mapping[str, Any]) -> None:
        """Write that something need not be done any more: WeChat says that it is so already."""
        with self.ledger.together():
            note(self.records, api, self.run, about, None)

    def read(self, step: str, api: str, act: Callable[[], Outcome[T]], about: str = "") -> T:
        """Ask something that changes nothing; `Stopped` when there is no answer."""
        outcome = self.make(step, api, {"asks": about}, act, lambda _: None)
        return self.value(outcome)

    def value(self, outcome: Outcome[T]) -> T:
        """The value of what was done; `Stopped` when it was refused or is not known."""
        if isinstance(outcome, Done):
            return outcome.value
        if isinstance(outcome, Unknown):
            raise Stopped(f"{outcome.said}稍后再运行同一条 weike push，会先查清再接着做。", WAITING)
        raise stop(outcome)


def _answer(value: object) -> dict[str, Any]:
    """What of an answer is kept: ids and addresses, nothing long."""
    if value is None:
        return {}
    with suppress(TypeError):
        return {"value": list(value) if isinstance(value, tuple) else str(value)}
    return {}
