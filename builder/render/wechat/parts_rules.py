"""报表制度, 标准 and 规范: facts, deadlines, forms, checklists, templates, codes."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from builder.kinds.system import when_due
from builder.model import Page
from builder.render.wechat.parts_bits import (
    Blocks,
    Data,
    day,
    facts,
    numeral,
    para,
    rows,
    table,
)
from builder.render.wechat.parts_ground import Ground

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

EXAMPLES = 3  # rows of a template that stand side by side
CODES = 60  # rows of a table of codes that an article holds
OFTEN = {"月": "月报", "季": "季报", "半年": "半年报", "年": "年报"}


def standard(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    """Number, issuer, dates."""
    pairs = [
        ("编号", data["number"]),
        ("发布", data["issued_by"]),
        ("印发", day(data["issued"])),
        ("施行", day(data["effective"])),
    ]
    yield "标准信息", facts(press, pairs)


def system(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    """Who issued it; what is due when; which forms there are."""
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
    due = press.theme.put("p", "last", f"{press.theme.strong(when_due(deadline))}{stamp}")
    return (
        press.theme.put("p", "tight", press.theme.strong(deadline["name"]))
        + para(press, about, "quiet")
        + due
    )


def _report(report: Data, press: Press) -> str:
    """A form's name, then its number, how often it comes, who fills it in, until when it holds."""
    often = OFTEN.get(report["frequency"], report["frequency"])
    told = [
        f"表号：{report['no']}",
        f"频率：{often}",
        f"谁报：{report['who']}" if report["who"] else "",
    ]
    told += [f"有效期至：{report['valid_to']}"] if report["valid_to"] else []
    return press.theme.put("p", "tight", press.theme.strong(report["name"])) + para(
        press, "；".join(filter(None, told)), "quiet"
    )


def norm(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
    """What to do, templates to fill in, how points are given, what inspectors ask."""
    if data["checklist"]:
        yield (
            "检查清单",
            press.heading("检查清单")
            + rows(_check(n, x, press) for n, x in enumerate(data["checklist"], 1)),
        )
    if data["ledgers"]:
        yield "台账样式标题", press.heading("台账样式")
    for ledger in data["ledgers"]:
        yield f"台账 {ledger['name']}", template(ledger, press)
    if data["ledgers"]:
        yield "台账下载", para(press, "空白表（Excel）在网页上下载，点文末“阅读原文”。", "quiet")
    if data["assessment"]:
        lines = [(x["item"], str(x["points"]), x["rule"]) for x in data["assessment"]]
        shown = table(("项目", "分值", "评分办法"), lines, numbers=[1])
        yield "评分表", press.heading("评分表") + press.prose(shown)
    if data["inspection"]:
        asked = (_asked(x, press) for x in data["inspection"])
        yield "检查时会问", press.heading("检查时会问") + rows(asked)


def _check(number: int, check: Data, press: Press) -> str:
    out = press.theme.put("p", "tight", press.theme.strong(f"{number}. {check['item']}"))
    out += para(press, f"怎么做：{check['how']}" if check["how"] else "", "tight")
    return out + para(press, f"依据：{check['basis']}" if check["basis"] else "", "quiet")


def template(ledger: Data, press: Press) -> str:
    """A template's name, its columns with example rows, its note; the empty one is on the site.

    Templates are broad and their examples few: columns stand one below another, as a phone has room.
    """
    out = press.theme.put("h3", "h3", press.theme.words(ledger["name"]))
    examples = ledger["rows"]
    if len(examples) > EXAMPLES:
        out += press.prose(table(ledger["columns"], examples))
    elif examples:
        heads = [
            f"示例{numeral(n)}" if len(examples) > 1 else "示例" for n, _ in enumerate(examples, 1)
        ]
        out += press.prose(
            table(("栏目", *heads), zip_longest(ledger["columns"], *examples, fillvalue=""))
        )
    else:
        out += para(press, f"栏目：{'、'.join(ledger['columns'])}")
    return out + para(press, ledger["note"], "quiet")


def _asked(question: Data, press: Press) -> str:
    look = f"看什么：{question['look']}" if question["look"] else ""
    return press.theme.put("p", "tight", press.theme.strong(question["question"])) + para(
        press, look, "quiet"
    )


def codes(page: Page, data: Data, press: Press, ground: Ground) -> Blocks:
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
