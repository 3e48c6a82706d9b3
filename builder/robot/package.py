"""A script package: all that the robot of one edition may answer from, as one JSON file.

`dump` and `load` are each other's inverse; a package that was changed after it was made is refused.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from builder.robot.wording import Tables

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FORMAT = "weike-robot/1"
T = TypeVar("T", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be answered: an entry of the site, or a number of it.

    `ask`: other wordings of `title`. `keys`: names and words it is known by; `text`: what else it says.
    `codes`: form numbers and codes that mean it exactly. `start`, `to`: the days for which it holds.
    Of a number: `spans` (`2026.1-10`: which months), `place` (which region), `below` (levels of regions that
    have numbers of their own), `every` (月 季 半年 年: how often it comes), `due` (day of the next one).
    """

    id: str
    kind: str
    title: str
    ask: tuple[str, ...] = ()
    answer: str = ""
    keys: str = ""
    text: str = ""
    url: str = ""
    source: str = ""
    start: str = ""
    to: str = ""
    codes: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    place: str = ""
    below: str = ""
    every: str = ""
    due: str = ""

    def holds(self, day: str) -> bool:
        """Whether it may be answered on `day` (ISO)."""
        return (not self.start or self.start <= day) and (not self.to or day <= self.to)


@dataclass(frozen=True, slots=True)
class Talk:
    """A reply that tells nothing of statistics: a greeting, thanks, what the robot can do, who helps further."""

    id: str
    kind: str
    ask: tuple[str, ...] = ()
    say: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Questions that are not answered on principle.

    One applies when each row of `when` has a word in the question and none of `unless` is there, or when the
    question is most like one of `ask`.
    """

    id: str
    title: str
    say: str = ""
    ask: tuple[str, ...] = ()
    when: tuple[tuple[str, ...], ...] = ()
    unless: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A topic that is somebody else's: how people ask about it, the words that give it away, whose it is."""

    id: str
    topic: str
    who: str = ""
    words: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One way on from a step; `also`: other words for it."""

    text: str
    to: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a number leads: to `to` when it is at least `least`; the first bound that fits counts."""

    to: str
    least: float = -math.inf


@dataclass(frozen=True, slots=True)
class Step:
    """What is said, then what may be answered: one of `choices`, or a number in `unit`. Neither ends the flow.

    `source`: the documents that what is said leans on, as one names them.
    """

    id: str
    say: str
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    bounds: tuple[Bound, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A guided dialogue; it begins with its first step."""

    id: str
    title: str
    ask: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    start: str = ""
    to: str = ""

    def holds(self, day: str) -> bool:
        """Whether it may be begun or gone on with on `day` (ISO)."""
        return (not self.start or self.start <= day) and (not self.to or day <= self.to)


@dataclass(frozen=True, slots=True)
class Package:
    """Everything one edition's robot knows.

    `places`: the regions there are, as `市 990100 甲州市 甲州`: level, code of the page (or `-`), names.
    `trades`: `52零售业`, the broad industries by code; `codebook`: id of the item with all codes.
    """

    edition: str
    name: str = "小统"
    items: tuple[Item, ...] = ()
    talks: tuple[Talk, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    flows: tuple[Flow, ...] = ()
    handover: str = ""
    places: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()
    codebook: str = ""
    tables: Tables = field(default_factory=Tables)


def dump(package: Package) -> bytes:
    """The package as JSON, with a version that is a hash of all the rest."""
    told = {"format": FORMAT, **_thin(asdict(package)), "tables": asdict(package.tables)}
    told["version"] = _version(told)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def load(data: bytes) -> Package:
    """Read what `dump` wrote; ValueError with a Chinese sentence when it is none, or was changed."""
    try:
        told = json.loads(data)
        version = told.pop("version")
        if told.get("format") != FORMAT:
            raise ValueError("机器人话术包的格式不对")
        if version != _version(told):
            raise ValueError("机器人话术包改动过，或没有下载完")
        del told["format"]
        return _package(told)
    except (AttributeError, KeyError, TypeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError("机器人话术包读不懂") from error
    except json.JSONDecodeError as error:
        raise ValueError("机器人话术包读不懂") from error


def _version(told: Mapping[str, Any]) -> str:
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _thin(value: Any) -> Any:
    """Without empty fields: most items have several."""
    if isinstance(value, dict):
        return {k: _thin(v) for k, v in value.items() if v not in ("", (), [], -math.inf)}
    if isinstance(value, (tuple, list)):
        return [_thin(inner) for inner in value]
    return value


def _package(told: dict[str, Any]) -> Package:
    kinds = {
        "items": Item,
        "talks": Talk,
        "refusals": Refusal,
        "elsewhere": Elsewhere,
    }
    made: dict[str, Any] = {
        name: tuple(_made(kind, row) for row in told.pop(name, ())) for name, kind in kinds.items()
    }
    made["flows"] = tuple(_flow(row) for row in told.pop("flows", ()))
    made["tables"] = _made(Tables, told.pop("tables", {}))
    return Package(**made, **told)


def _flow(row: dict[str, Any]) -> Flow:
    steps = tuple(
        _made(
            Step,
            {
                **step,
                "choices": tuple(_made(Choice, c) for c in step.get("choices", ())),
                "bounds": tuple(_made(Bound, b) for b in step.get("bounds", ())),
            },
        )
        for step in row.get("steps", ())
    )
    return _made(Flow, {**row, "steps": steps})


def _made(kind: type[T], row: Mapping[str, Any]) -> T:
    known = {f.name for f in fields(kind)}
    if not known >= set(row):
        raise KeyError(min(set(row) - known))
    return kind(**{name: _frozen(value) for name, value in row.items()})


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
