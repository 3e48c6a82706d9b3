"""The parts of the site (栏目): which kinds stand under which tab."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its id is the folder of its hub."""

    id: str
    title: str
    sections: tuple[str, ...]


TABS = (
    Tab("courses", "课程", ("courses",)),
    Tab("faq", "百问百答", ("faq",)),
    Tab("indicators", "指标数据", ("indicators",)),
    Tab("systems", "制度标准", ("systems", "standards", "norms")),
    Tab("terms", "名词口径", ("terms",)),
    Tab("live", "图文直播", ("live",)),
    Tab("articles", "通知与解读", ("articles",)),
    Tab("columns", "专栏", ("columns", "events", "cases")),
)


def tab_of(section: str) -> str:
    """The tab a section stands under."""
    return next((t.id for t in TABS if section in t.sections), "")
