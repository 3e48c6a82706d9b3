"""One finding of the early warning: what was judged, by which rule, and the sentence a statistician reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from builder.values import Key, Period

FindingKind = Literal["swing", "area", "relation", "range", "vintage"]
KINDS: dict[FindingKind, str] = {
    "swing": "短期大幅波动",
    "area": "小范围异常",
    "relation": "与相关指标矛盾",
    "range": "超出合理范围",
    "vintage": "前后版本不一致",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One number that somebody should look at.

    `rule` names the rule and, after a slash, its version: it stands in verdicts, so a rule whose
    judgement changes gets a new version. `low` and `high`: the expected interval, in the unit of the
    number, open where None. `score`: how far outside, 1 is the threshold. `rank`: the order of the inbox,
    0 to 1. `inputs`: what it was judged by, label and text. `when`: the period as readers call it.
    """

    id: str
    rule: str
    kind: FindingKind
    key: Key
    period: Period
    value: float | None
    low: float | None
    high: float | None
    score: float
    rank: float
    inputs: tuple[tuple[str, str], ...]
    sentence: str
    when: str = ""


def finding_id(rule: str, key: Key, period: Period, value: float | None) -> str:
    """The same for the same number judged by the same rule, in every run; another once it is corrected."""
    told = "\n".join((rule, *key, period.frequency, str(period), repr(value)))
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
