"""What is kept of a sealed release until its moment: an order, beside the container, that names no page.

state/timed/<target>.json     the order;  state/timed/<name>.sealed  a copy of the container
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from builder.problems import Refused
from publish.site.plan import write
from publish.site.release import ODD

FORMAT = 2
NAME = re.compile(r"[0-9a-f]{16}\.sealed")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/-]{0,63}")


@dataclass(frozen=True, slots=True)
class Order:
    """Open this container on this target at this time; afterwards run these pushes.

    `base`: the release whose unchanged files it builds on; empty when it holds all of its own.
    `wrapped`: the secret for the opener alone, where it was closed for one. `made`: when it was closed.
    `known`: releases that stood there then, `shown` the one that readers got; neither is known of one
    that is `carried` to another machine, where `taken` is what readers got when it came. `bundle`: of
    the pushes afterwards; empty when it is carried.
    """

    format: int
    target: str
    at: str
    name: str
    sha256: str
    size: int
    base: str
    wrapped: str
    then: list[list[str]]
    manifest: str
    run: str
    made: str
    known: list[str]
    shown: str
    carried: bool
    bundle: str
    rehearsal: bool
    taken: str = ""

    @property
    def promise(self) -> dict[str, Any]:
        """What the container repeats of it inside: nobody changes that without the code."""
        outside = {"name", "sha256", "size", "wrapped", "taken"}
        return {k: v for k, v in asdict(self).items() if k not in outside}

    @property
    def before(self) -> str:
        """The release that readers got when it was closed, or came here."""
        return self.taken if self.carried else self.shown

    @property
    def moment(self) -> datetime:
        """When it is to be opened."""
        return datetime.fromisoformat(self.at)


def folder(state: Path) -> Path:
    """Where orders are kept."""
    return state / "timed"


def container(state: Path, order: Order) -> Path:
    """Our copy of a container."""
    return folder(state) / order.name


def store(state: Path, order: Order) -> None:
    """Keep an order."""
    write(folder(state) / f"{order.target}.json", asdict(order))


def read(path: Path) -> Order:
    """An order from its file; `Refused` when it is none."""
    try:
        plain = json.loads(path.read_bytes())
        order = Order(**plain)
        moment = order.moment
        steps = [word for step in order.then for word in step]
        if order.format != FORMAT or not NAME.fullmatch(order.name):
            raise ValueError(path)
        if moment.tzinfo is None or datetime.fromisoformat(order.made).tzinfo is None:
            raise ValueError(order.made)
        if not all(isinstance(word, str) for word in (*order.known, *_words(order))):
            raise ValueError(order.bundle)
        if any(len(step) != 2 for step in order.then):
            raise ValueError(steps)
        if not all(WORD.fullmatch(word) for word in steps):
            raise ValueError(steps)
    except FileNotFoundError:
        raise Refused(f"{path.stem} 没有等着开封的版本。") from None
    except (OSError, *ODD):
        raise Refused(f"{path} 读不懂，可能被改过：重新封存一次。") from None
    return order


def _words(order: Order) -> Iterator[object]:
    """Every field that is text."""
    return (getattr(order, f.name) for f in fields(Order) if f.type == "str")


def waiting(state: Path, targets: list[str]) -> Iterator[Order]:
    """The orders of the targets named, of all when none is."""
    here = folder(state)
    for path in sorted(here.glob("*.json")) if here.is_dir() else ():
        if not targets or path.stem in targets:
            yield read(path)


def done(state: Path, order: Order) -> None:
    """It was opened: away with it."""
    (folder(state) / f"{order.target}.json").unlink(missing_ok=True)
    container(state, order).unlink(missing_ok=True)
