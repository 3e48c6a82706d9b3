"""What single kinds of pages say besides their Parts: facts, lessons, deadlines, programme, tables, codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

from builder.kinds import BY_NAME
from builder.model import Page
from builder.render.wechat.parts_bits import (
    Blocks,
    Data,
    bullets,
    facts,
    notice,
    numeral,
    para,
    rows,
    span,
)
from builder.render.wechat.parts_ground import Ground
from builder.render.wechat.parts_rules import codes, norm, standard, system
from builder.render.wechat.parts_video import way

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

Maker = Callable[[Page, Data, "Press", Ground], Blocks]
CALIBER = {
    "meaning": "涵义",
    "scope": "调查范围",
    "method": "调查方法",
    "formula": "计算方法",
    "sample": "样本量",
}
MOST = 20  # pages that a column names, lessons that a course does
STATUS = {"current": "现行有效", "superseded": "已被替代"}


def head(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    """What stands first: which lesson of which course it is, in a few words what it is about."""
    yield "篇首", para(press, "　".join(_meta(page, ground)), "quiet")
    if page.kind == "faq":
        yield "答案", answer(press, data["answer"])
    elif page.summary and page.kind in SUMMED:
        yield "导语", para(press, page.summary)


SUMMED = frozenset({"article", "column", "course", "event", "norm", "standard", "system"})


def _meta(page: Page, ground: Ground) -> Iterator[str]:
    yield BY_NAME[page.kind].label
    course = ground.site.pages.get(page.parent)
    if course:
        lessons = ground.lessons[course.id]
        at = [p.id for p in lessons].index(page.id) + 1
        yield f"《{course.title}》第{numeral(at)}课，共{numeral(len(lessons))}课"
    elif page.kind == "course" and ground.lessons.get(page.id):
        yield f"共{numeral(len(ground.lessons[page.id]))}课"
    elif page.kind == "standard":
        yield STATUS[page.data["status"]]
    elif page.kind == "system" and page.data["year"]:
        yield f"{page.data['year']}年"
    yield from _size(page)


def answer(press: Press, text: str, question: str = "") -> str:
    """The answer in one sentence, before anything else."""
    inside = para(press, question, "note-title") + press.theme.put(
        "p", "last", press.theme.strong(text)
    )
    return press.theme.put("section", "key", para(press, "答", "key-label") + inside)


def before(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    """What stands before the text."""
    made = BEFORE.get(page.kind)
    if made:
        yield from made(page, data, press, ground)


def after(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    """What stands after it."""
    made = AFTER.get(page.kind)
    if made:
        yield from made(page, data, press, ground)


# --- one by one -----------------------------------------------------------------------------------


def _event(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    when = span(data["start"], data["end"])
    by = [("主办", data["host"])] if "host" in data else [("记录", data["recorder"])]
    yield "时间地点", facts(press, [("时间", when), ("地点", data["place"]), *by])


def _case(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    yield "单位", facts(press, [("单位", ground.unit(data["unit"]) if data["unit"] else "")])


def term(page: Page, data: Data, press: Press, ground: Ground, alone: bool = True) -> Blocks:
    """A term's other names, what it is, what it is not, and how it is measured."""
    names = "、".join(data["names"])
    yield "别名", para(press, f"也叫{names}" if names else "", "quiet")
    inside = para(press, page.title, "key-label") + press.theme.put(
        "p", "last", press.theme.strong(data["definition"])
    )
    yield "定义", press.theme.put("section", "key", inside)
    yield "别混", notice(press, "别混", data["confuse"], "note-warn") if data["confuse"] else ""
    caliber = [
        (name, data["caliber"][key]) for key, name in CALIBER.items() if data["caliber"][key]
    ]
    if caliber:
        lines = "".join(f"<dt>{escape(n)}</dt><dd>{escape(text)}</dd>" for n, text in caliber)
        title = press.heading("口径") if alone else press.theme.put("h3", "h3", "口径")
        yield "口径", title + press.prose(f"<dl>{lines}</dl>")


def _course(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    lessons = ground.lessons.get(page.id, [])
    if lessons:
        listed = (_entry(p, n, press, ground) for n, p in enumerate(lessons[:MOST], 1))
        left = len(lessons) - MOST
        more = f"还有{left}课，在网页上接着看。" if left > 0 else ""
        yield "课目", press.heading("课目") + rows(listed) + para(press, more, "quiet")
        yield "课程二维码", way(page, press, ground, "，在网页上一课一课学")
    if data["objectives"]:
        yield "学完能做", press.heading("学完能做") + press.prose(bullets(data["objectives"]))
    needs = "、".join(
        ground.site.pages[i].title for i in data["prerequisites"] if i in ground.site.pages
    )
    yield "适合", facts(press, [("适合", "、".join(data["suits"])), ("先学", needs)])


def _entry(page: Page, number: int, press: Press, ground: Ground, told: str = "") -> str:
    """A page in a list: its name, what it is, what it says in a sentence, its address."""
    name = press.theme.put("p", "tight", press.theme.strong(f"{numeral(number)}、{page.title}"))
    what = "，".join([BY_NAME[page.kind].label, *_size(page)])
    where = press.theme.put("span", "address", escape(ground.address(page)))
    marks = [w for w, on in (("已过期", page.expired), ("待核", page.unverified)) if on]
    stamped = "".join(f" {press.stamp(word)}" for word in marks)
    said = press.theme.put("p", "quiet", press.theme.words(what) + stamped)
    said += para(press, told, "tight")
    return name + said + press.theme.put("p", "quiet", where)


def _size(page: Page) -> Iterator[str]:
    """How long a page takes, or how many questions it has."""
    if "duration" in page.data:
        yield f"约{page.data['duration']}分钟"
    elif "seconds" in page.data:
        yield f"约{max(1, round(page.data['seconds'] / 60))}分钟"
    elif "questions" in page.data:
        yield f"{len(page.data['questions'])}题"


def _said(page: Page) -> str:
    """What a page says in a sentence."""
    return page.data.get("answer", "") or page.data.get("definition", "") or page.summary


def _column(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    found = ground.gathered(page)
    if not found:
        return
    listed = (_entry(p, n, press, ground, _said(p)) for n, p in enumerate(found[:MOST], 1))
    left = len(found) - MOST
    more = f"还有{left}篇，点文末“阅读原文”看全部。" if left > 0 else ""
    yield "篇目", press.heading("篇目") + rows(listed) + para(press, more, "quiet")


def _faq(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    if data["ask"]:
        yield "也有人这样问", press.heading("也有人这样问") + press.prose(bullets(data["ask"]))


def _programme(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    if data["programme"]:
        yield "日程", press.heading("日程") + rows(_item(x, press) for x in data["programme"])
    if data["speakers"]:
        yield (
            "主讲",
            press.heading("主讲")
            + rows(_person(x["name"], x["unit"], x["topic"], press) for x in data["speakers"]),
        )
    if data["materials"]:
        yield (
            "资料",
            press.heading("资料")
            + rows(_material(x, page, press, ground) for x in data["materials"]),
        )
    if data["summaries"]:
        shown = (
            press.theme.put("p", "tight", press.theme.strong(ground.unit(x["unit"])))
            + press.prose(x["text"])
            for x in data["summaries"]
        )
        yield "各地小结", press.heading("各地小结") + rows(shown)


def _item(item: Data, press: Press) -> str:
    title = press.theme.put(
        "p", "tight", press.theme.strong(f"{item['time']}　{item['title']}".strip("　"))
    )
    return title + para(press, "，".join(filter(None, (item["speaker"], item["unit"]))), "quiet")


def _person(name: str, unit: str, topic: str, press: Press) -> str:
    head_ = press.theme.strong(name) + (f"　{press.theme.words(unit)}" if unit else "")
    return press.theme.put("p", "tight", head_) + para(press, topic, "quiet")


def _material(material: Data, page: Page, press: Press, ground: Ground) -> str:
    """A title and the address where it is: this site's page or file, or another's."""
    base = ground.site.edition.base_url
    if material["file"]:
        url = page.files.get(material["file"], "")
        where = f"{base}{url}" if url else ""
    elif "//" in material["link"]:
        where = material["link"]
    else:
        url = page.links.get(material["link"], "")
        where = f"{base}{url}" if url else ""
    title = press.theme.put("p", "tight", press.theme.strong(material["title"]))
    shown = press.theme.put("span", "address", escape(where))
    return title + (press.theme.put("p", "quiet", shown) if where else "")


BEFORE: dict[str, Maker] = {
    "event": _event,
    "live": _event,
    "case": _case,
    "term": term,
    "standard": standard,
    "system": system,
}
AFTER: dict[str, Maker] = {
    "course": _course,
    "column": _column,
    "faq": _faq,
    "event": _programme,
    "norm": norm,
    "standard": codes,
}
