"""What single kinds of pages say besides their Parts: facts, lessons, deadlines, programme, tables, codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from builder.kinds import BY_NAME
from builder.kinds.system import when_due
from builder.model import Page
from builder.render.wechat.parts_bits import (
    bullets,
    day,
    facts,
    notice,
    numeral,
    para,
    rows,
    span,
    strong,
    table,
)
from builder.render.wechat.parts_ground import Ground

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

Blocks = Iterator[tuple[str, str]]
Data = Mapping[str, Any]
Maker = Callable[[Page, Data, "Press", Ground], Blocks]
CALIBER = {
    "meaning": "涵义",
    "scope": "调查范围",
    "method": "调查方法",
    "formula": "计算方法",
    "sample": "样本量",
}
STATUS = {"current": "现行有效", "superseded": "已被替代"}
CODES = 60  # rows of a table of codes that an article holds


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
    if "duration" in page.data:
        yield f"约{page.data['duration']}分钟"


def answer(press: Press, text: str, question: str = "") -> str:
    """The answer in one sentence, before anything else."""
    inside = para(press, question, "note-title") + press.theme.put("p", "last", strong(text))
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


def term(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    """A term's other names, what it is, what it is not, and how it is measured."""
    names = "、".join(data["names"])
    yield "别名", para(press, f"也叫{names}" if names else "", "quiet")
    inside = para(press, page.title, "key-label") + press.theme.put(
        "p", "last", strong(data["definition"])
    )
    yield "定义", press.theme.put("section", "key", inside)
    yield "别混", notice(press, "别混", data["confuse"], "note-warn") if data["confuse"] else ""
    caliber = [
        (name, data["caliber"][key]) for key, name in CALIBER.items() if data["caliber"][key]
    ]
    if caliber:
        lines = "".join(f"<dt>{escape(n)}</dt><dd>{escape(text)}</dd>" for n, text in caliber)
        yield "口径", press.heading("口径") + press.prose(f"<dl>{lines}</dl>")


def _standard(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    pairs = [("编号", data["number"]), ("发布", data["issued_by"]), ("印发", day(data["issued"])), ("施行", day(data["effective"]))]  # fmt: skip
    yield "标准信息", facts(press, pairs)
    if data["status"] != "current":
        newer = [
            p
            for p in ground.site.pages.values()
            if p.kind == "standard" and page.id in p.data["supersedes"]
        ]
        now = f"现行版本：{newer[0].title}。" if newer else "办事以现行版本为准。"
        yield "已被替代", notice(press, "这一版已被替代", now)


def _system(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    until = f"{day(page.valid.to)}止" if page.valid.to else ""
    yield (
        "制度信息",
        facts(
            press, [("制定机关", data["issued_by"]), ("文号", data["doc_no"]), ("有效期", until)]
        ),
    )
    if data["deadlines"]:
        yield (
            "报送截止",
            press.heading("报送截止") + rows(_deadline(d, press) for d in data["deadlines"]),
        )
    if data["reports"]:
        yield (
            "报表目录",
            press.heading("报表目录") + rows(_report(r, press) for r in data["reports"]),
        )


def _deadline(deadline: Data, press: Press) -> str:
    about = "，".join(filter(None, (deadline["form"], deadline["who"], deadline["to"])))
    stamp = f" {press.stamp('示例日期')}" if deadline["sample"] else ""
    due = press.theme.put("p", "last", f"{strong(when_due(deadline))}{stamp}")
    return (
        press.theme.put("p", "tight", strong(deadline["name"])) + para(press, about, "quiet") + due
    )


def _report(report: Data, press: Press) -> str:
    term = f"有效期至{day(report['valid_to'])}" if report["valid_to"] else ""
    name = press.theme.put("p", "tight", strong(f"{report['no']}　{report['name']}"))
    often = {"月": "月报", "季": "季报", "半年": "半年报", "年": "年报"}.get(
        report["frequency"], report["frequency"]
    )
    return name + para(press, "，".join(filter(None, (often, report["who"], term))), "last")


def _course(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    lessons = ground.lessons.get(page.id, [])
    if lessons:
        yield (
            "课目",
            press.heading("课目")
            + rows(_entry(p, n, press, ground) for n, p in enumerate(lessons, 1)),
        )
    if data["objectives"]:
        yield "学完能做", press.heading("学完能做") + press.prose(bullets(data["objectives"]))
    needs = "、".join(
        ground.site.pages[i].title for i in data["prerequisites"] if i in ground.site.pages
    )
    yield "适合", facts(press, [("适合", "、".join(data["suits"])), ("先学", needs)])


def _entry(page: Page, number: int, press: Press, ground: Ground) -> str:
    """A page in a list: its name, what it is, its address."""
    minutes = f"，约{page.data['duration']}分钟" if "duration" in page.data else ""
    name = press.theme.put("p", "tight", strong(f"{numeral(number)}、{page.title}"))
    what = para(press, f"{BY_NAME[page.kind].label}{minutes}", "quiet")
    where = press.theme.put("span", "address", escape(ground.address(page)))
    return name + what + press.theme.put("p", "quiet", where)


def _column(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    found = ground.gathered(page)
    if found:
        yield (
            "篇目",
            press.heading("篇目")
            + rows(_entry(p, n, press, ground) for n, p in enumerate(found, 1)),
        )


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
            press.theme.put("p", "tight", strong(ground.unit(x["unit"]))) + press.prose(x["text"])
            for x in data["summaries"]
        )
        yield "各地小结", press.heading("各地小结") + rows(shown)


def _item(item: Data, press: Press) -> str:
    title = press.theme.put("p", "tight", strong(f"{item['time']}　{item['title']}".strip("　")))
    return title + para(press, "，".join(filter(None, (item["speaker"], item["unit"]))), "quiet")


def _person(name: str, unit: str, topic: str, press: Press) -> str:
    head_ = strong(name) + (f"　{escape(unit, quote=False)}" if unit else "")
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
    title = press.theme.put("p", "tight", strong(material["title"]))
    shown = press.theme.put("span", "address", escape(where))
    return title + (press.theme.put("p", "quiet", shown) if where else "")


def _norm(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    if data["checklist"]:
        yield (
            "检查清单",
            press.heading("检查清单")
            + rows(_check(n, x, press) for n, x in enumerate(data["checklist"], 1)),
        )
    if data["ledgers"]:
        yield "台账样式标题", press.heading("台账样式")
    for ledger in data["ledgers"]:
        yield f"台账 {ledger['name']}", _ledger(ledger, press)
    if data["assessment"]:
        lines = [(x["item"], str(x["points"]), x["rule"]) for x in data["assessment"]]
        shown = table(("项目", "分值", "评分办法"), lines, numbers=[1])
        yield "评分表", press.heading("评分表") + press.prose(shown)
    if data["inspection"]:
        asked = (_asked(x, press) for x in data["inspection"])
        yield "检查时会问", press.heading("检查时会问") + rows(asked)


def _check(number: int, check: Data, press: Press) -> str:
    out = press.theme.put("p", "tight", strong(f"{number}. {check['item']}"))
    out += para(press, f"怎么做：{check['how']}" if check["how"] else "", "tight")
    return out + para(press, f"依据：{check['basis']}" if check["basis"] else "", "quiet")


def _ledger(ledger: Data, press: Press) -> str:
    """A template's name, its columns with example rows, its note; the empty one is on the site."""
    out = press.theme.put("h3", "h3", escape(ledger["name"], quote=False))
    if ledger["rows"]:
        out += press.prose(table(ledger["columns"], ledger["rows"]))
    else:
        out += para(press, f"栏目：{'、'.join(ledger['columns'])}")
    return (
        out
        + para(press, ledger["note"], "quiet")
        + para(press, "空白表（Excel）在网页上下载，点文末“阅读原文”。", "quiet")
    )


def _asked(question: Data, press: Press) -> str:
    look = f"看什么：{question['look']}" if question["look"] else ""
    return press.theme.put("p", "tight", strong(question["question"])) + para(press, look, "quiet")


def _codes(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    """A table of codes: all of a short one, the top of a long one."""
    codes = data.get("codes", ())
    if not codes or isinstance(codes, str):
        return
    shown = codes if len(codes) <= CODES else [c for c in codes if c["level"] == 1][:CODES]
    lines = [(c["code"], f"{c['name']}{'（待核）' if c['doubt'] else ''}") for c in shown]
    left = len(codes) - len(shown)
    more = (
        f"这里只列门类。全表{len(codes)}行可以在网页上查、下载，点文末“阅读原文”。" if left else ""
    )
    yield (
        "代码表",
        press.heading("代码表")
        + press.prose(table(("代码", "名称"), lines))
        + para(press, more, "quiet"),
    )


BEFORE: dict[str, Maker] = {
    "event": _event,
    "live": _event,
    "case": _case,
    "term": term,
    "standard": _standard,
    "system": _system,
}
AFTER: dict[str, Maker] = {
    "course": _course,
    "column": _column,
    "faq": _faq,
    "event": _programme,
    "norm": _norm,
    "standard": _codes,
}
