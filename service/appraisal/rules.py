"""The rules of an appraisal: a YAML file, frozen with its hash when the appraisal opens.

What readers do is not counted: only what units wrote, answered and handed in.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from service.authored import Refused, Strict, read

__all__ = ["Item", "Refused", "Rules", "parse"]


def _exact(value: str) -> str:
    if not value.replace(".", "", 1).isdigit() or len(value) > 8 or not value.isascii():
        raise ValueError("分值写成 0.5 这样的数")
    return value


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValueError("日期写成 2026-01-01 这样") from None
    return value


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Line = Annotated[str, Field(min_length=1, max_length=80)]
Exact = Annotated[str, AfterValidator(_exact)]
Day = Annotated[str, AfterValidator(_day)]


class Item(Strict):
    """One thing that counts. `points`: for each, or for all of it where a share is counted; `most`: no more.

    `entries`: pages of these kinds on the site, published in the period. `answers`: the share of questions
    answered in time; with fewer than `least` of them the unit gets `few`. `helped`: questions of others'
    to whose answer it gave a part. `works`: works sent to contests. `corrected`: warnings that it settled
    by a correction. `handed`: what units report themselves and somebody else checks. `panel`: the best mean that experts gave to a work of
    the unit in `contest`, a share of `high`.
    """

    id: Id
    name: Line
    counts: Literal["entries", "answers", "helped", "works", "corrected", "handed", "panel"]
    points: Exact
    most: Exact
    kinds: tuple[Line, ...] = ()
    contest: Id | Literal[""] = ""
    least: int = Field(1, ge=1, le=1000)
    few: Exact = "0"
    high: Exact = "100"
    about: str = Field("", max_length=500)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.counts == "entries") != bool(self.kinds):
            raise ValueError("counts 是 entries 的要写 kinds，别的不写")
        if (self.counts == "panel") != bool(self.contest):
            raise ValueError("counts 是 panel 的要写 contest（专家打分的那个大赛），别的不写")
        if Decimal(self.high) <= 0:
            raise ValueError("high 要大于 0")
        if Decimal(self.few) > Decimal(self.most):
            raise ValueError("few 不能大于 most")
        return self


class Rules(Strict):
    """An appraisal. `units`: divisions, cities or both; `office`: whose editors run it."""

    slug: Id
    title: Line
    sample: bool = False
    first: Day
    last: Day
    units: tuple[Literal["divisions", "cities"], ...] = Field(min_length=1)
    office: Id
    without: tuple[Id, ...] = ()  # units that take no part
    items: tuple[Item, ...] = Field(min_length=1, max_length=30)
    objection_days: int = Field(7, ge=1, le=60)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [item.id for item in self.items]
        if len(set(ids)) < len(ids):
            raise ValueError("items 里有重复的 id")
        if self.last < self.first:
            raise ValueError("last 要在 first 以后")
        return self

    def item(self, identity: str) -> Item | None:
        """An item by its id."""
        return next((i for i in self.items if i.id == identity), None)


def parse(text: bytes) -> Rules:
    """Rules from the bytes of a YAML file; `Refused` says every fault."""
    return read(text, Rules)
