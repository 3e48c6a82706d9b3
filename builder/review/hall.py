"""The office, one visitor at a time: two reviewers at once must not lose a record."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from builder.approvals import STEP_LABELS, Person, Refused, Signer, labels
from builder.approvals.words import SITE_ITEMS
from builder.problems import BuildFailed, Problem
from builder.review.looks import Looks
from builder.review.office import Item, Office


class Hall:
    """Everything the review page asks of the project."""

    def __init__(self, root: Path, clock: Callable[[], datetime]) -> None:
        """Read everything; `BuildFailed` when the settings can't be read."""
        self.root = root
        self.clock = clock
        self.looks = Looks(root, clock)
        self.faults: Sequence[Problem] = ()
        self._office = Office(root, clock)
        self._lock = threading.RLock()

    @contextmanager
    def entered(self) -> Iterator[Office]:
        """The office as last looked at, for one visitor alone."""
        with self._lock:
            yield self._office

    def look_again(self) -> None:
        """Take in what changed on disk. Settings that broke leave the last good ones in force."""
        with self._lock:
            try:
                self._office.refresh()
                self.faults = ()
            except BuildFailed as failed:
                self.faults = failed.problems

    def person(self, signer: Signer) -> Person:
        """Who holds an opened key; `Refused` when it may not sign today."""
        with self.entered() as office:
            if not office.pin:
                raise Refused(
                    "人员清单还没有批准，谁也登录不了。先由管理员用命令行把 site:orgs 审完。"
                )
            found = office.staff.people.get(signer.person)
            key = office.staff.key(signer.person, signer.fingerprint)
            if found is None or key is None or key.public != signer.public:
                raise Refused("这把密钥没有登记在批准的人员清单里。请找管理员核对。")
            if not key.holds_at(office.now()):
                raise Refused("这把密钥已经吊销，或者不在有效期内。请找管理员换新密钥。")
            if not found.steps:
                raise Refused("您不是审核人，用不着这里。文书录纸质审核表请用命令行。")
            return found


def possible(item: Item, person: Person) -> tuple[str, ...]:
    """The steps of an item that a person may take now: his to take, and he holds no other one."""
    held = {s for s, r in item.done.items() if r.person == person.id}
    return tuple(
        s for s in item.next_steps if person.may(s, item.division) and not held.difference({s})
    )


def waits_for(item: Item, person: Person) -> bool:
    """True when an item waits for this person. What was sent back or withdrawn waits for its author."""
    taken_back = item.state == "withdrawn" and any(
        j.record.decision == "withdraw" and j.record.version == item.version for j in item.log
    )
    return item.state != "rejected" and not taken_back and bool(possible(item, person))


def concerns(item: Item, person: Person) -> bool:
    """True when a person has a say in the division that an item belongs to."""
    return any(person.may(s, item.division) for s in person.steps)


def may_withdraw(item: Item, person: Person) -> bool:
    """True when a person may take an item out of the next release: never the settings, without which there is none."""
    return bool(item.released) and item.id not in SITE_ITEMS and concerns(item, person)


def why_not(item: Item, person: Person) -> str:
    """Why a person can't take a step now, in Chinese."""
    held = next((s for s, r in item.done.items() if r.person == person.id), "")
    if not item.version:
        return "现在没有可审的文件。"
    if not item.next_steps:
        return "这一版已经批准，不用再审。"
    if held:
        return f"您已经做过这一版的{STEP_LABELS[held]}。一个人不能做两审，接下来由别人审。"
    if not concerns(item, person):
        return "这个处室的内容不归您审，您可以看。"
    turn, own = labels(item.next_steps), labels(person.steps)
    return f"现在轮到{turn}，您做的是{own}，可以先看。"
