"""The rules of a contest: one YAML file, read strictly, frozen with its hash before anything opens."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from service.authored import Strict, read
from service.uploads.sorts import SORTS

RESERVED = ("works", "rounds", "moves")  # words of our own addresses
MOMENT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+08:00"


def _line(value: str) -> str:
    text = value.strip()
    if not text or not text.isprintable():
        raise ValueError("不能空着，也不能有看不见的字符")
    return text


def _moment(value: str) -> str:
    if not re.fullmatch(MOMENT, value):
        raise ValueError("时间要写成 2026-12-01T09:00:00+08:00 这样")
    datetime.fromisoformat(value)
    return value


def _exact(value: str) -> str:
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4})?", value):
        raise ValueError("数要写成 0.25 这样，最多四位小数")
    return value


def _sort(value: str) -> str:
    if value not in SORTS:
        raise ValueError(f"文件种类只有 {'、'.join(SORTS)}")
    return value


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Line = Annotated[str, AfterValidator(_line), Field(max_length=200)]
Text = Annotated[str, Field(max_length=4000)]
Moment = Annotated[str, AfterValidator(_moment)]
Exact = Annotated[str, AfterValidator(_exact)]
Kinds = tuple[Annotated[str, AfterValidator(_sort)], ...]


class Unit(Strict):
    """Who may send works. `city`: the id of the city it belongs to; a city's own is its id."""

    id: Id
    name: Line
    kind: Line  # as 处室, 市, 县, 中心
    city: Id | Literal[""] = ""
    short: Line | Literal[""] = ""


class Category(Strict):
    """A kind of work. `kinds`: the sorts of files it takes, when not those of all."""

    id: Id
    name: Line
    about: Text = ""
    kinds: Kinds = ()


class Criterion(Strict):
    """What is judged. `weight`: an exact share of 1."""

    id: Id
    name: Line
    weight: Exact
    about: Text = ""


class Scale(Strict):
    """From where to where a score goes, and in which steps."""

    low: Exact = "0"
    high: Exact = "100"
    step: Exact = "0.5"


class Files(Strict):
    """What a work may bring."""

    kinds: Kinds
    least: int = Field(1, ge=0, le=50)
    most: int = Field(10, ge=1, le=50)
    each_mb: int = Field(200, ge=1, le=2048)
    whole_mb: int = Field(500, ge=1, le=8192)


class Statements(Strict):
    """What entrants declare. `guardian`: asked when somebody of the team is not of age."""

    originality: Text
    guardian: Text = ""
    showcase: Text = ""


class Review(Strict):
    """How many experts look at a work. `drop`: one highest and one lowest fall away when n ≥ 5."""

    least: int = Field(3, ge=1, le=15)
    most: int = Field(5, ge=1, le=15)
    drop: bool = True


class Award(Strict):
    """A prize of every category. `count` 0: no limit; `least`: below it the prize stays vacant."""

    name: Line
    count: int = Field(0, ge=0, le=500)
    least: Exact = "0"


class Rules(Strict):
    """All of a contest. Without `closes` works come in all the year and are judged in rounds."""

    slug: Id
    title: Line
    sample: bool = False
    about: Text = ""
    office: Id  # the unit whose editors run it
    opens: Moment
    closes: Moment | Literal[""] = ""
    publicity_days: int = Field(7, ge=1, le=60)
    units: tuple[Unit, ...] = Field(min_length=1)
    eligible: tuple[Line, ...]  # kinds of units
    per_unit: int = Field(0, ge=0, le=500)  # works; 0: no limit
    team: int = Field(5, ge=1, le=50)  # people
    categories: tuple[Category, ...] = Field(min_length=1)
    files: Files
    statements: Statements
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=20)
    scale: Scale = Scale()
    review: Review = Review()
    awards: tuple[Award, ...] = ()
    digits: int = Field(4, ge=0, le=8)  # of a mean as it is shown; the order goes by exact means
    seed_from: Text  # where the public seed comes from, e.g. a draw that everybody can look up

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.slug in RESERVED:
            raise ValueError(f"slug 不能是 {self.slug}")
        for name, ids in (
            ("units", [u.id for u in self.units]),
            ("categories", [c.id for c in self.categories]),
            ("criteria", [c.id for c in self.criteria]),
        ):
            if len(set(ids)) < len(ids):
                raise ValueError(f"{name} 里有重复的 id")
        return self

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if sum(Decimal(c.weight) for c in self.criteria) != 1:
            raise ValueError("各项权重加起来要正好是 1")
        if self.review.least > self.review.most:
            raise ValueError("review.least 不能大于 review.most")
        if self.closes and instant(self.closes) <= instant(self.opens):
            raise ValueError("closes 要在 opens 以后")
        if self.office not in {u.id for u in self.units}:
            raise ValueError("office 要是 units 里的一个 id")
        if unknown := set(self.eligible) - {u.kind for u in self.units}:
            raise ValueError(f"eligible 里有 units 没有的种类：{'、'.join(sorted(unknown))}")
        low, high, step = (Decimal(v) for v in (self.scale.low, self.scale.high, self.scale.step))
        if not low < high or step <= 0 or (high - low) % step:
            raise ValueError("scale 要从小到大，step 要能除尽")
        return self

    def unit(self, identity: str) -> Unit | None:
        """A unit by its id."""
        return next((u for u in self.units if u.id == identity), None)

    def category(self, identity: str) -> Category | None:
        """A category by its id."""
        return next((c for c in self.categories if c.id == identity), None)

    def kinds(self, category: str) -> Kinds:
        """The sorts of files that a category takes."""
        found = self.category(category)
        return found.kinds if found and found.kinds else self.files.kinds

    def score(self, given: str) -> str:
        """A score as it is kept, exact and in one spelling; ValueError when it is off the scale."""
        try:
            value = Decimal(given.strip())
        except InvalidOperation:
            raise ValueError("分数要写数") from None
        low, high, step = (Decimal(v) for v in (self.scale.low, self.scale.high, self.scale.step))
        if not value.is_finite() or not low <= value <= high or (value - low) % step:
            raise ValueError(f"分数从 {low} 到 {high}，每档 {step}")
        return f"{value.normalize():f}"


def instant(moment: str) -> int:
    """A moment of the rules in ms since 1970."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


@lru_cache(maxsize=64)
def parse(text: bytes) -> Rules:
    """Rules from the bytes of a YAML file; `Refused` says every fault."""
    return read(text, Rules)
