"""The quarterly self-check: what the inspection of government sites asks, and what is known of it.

The indicators are those that a published self-check of a quarter repeats (see `SOURCE`); the annex itself was
not read, so nothing here goes beyond them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from builder.approvals.words import STEPS, labels
from builder.model import Out, Progress
from builder.reports.quarter import Quarter
from builder.reports.shelves import ShelfRow, shelf_row

INSPECTION = "国办秘函〔2019〕19号"
SOURCE = (
    "第1至13项是国办秘函〔2019〕19号检查指标里的单项否决项，摘自公开的季度自查表；附件全文没有读到，"
    "评分项和其他指标待核，上报前请与原文核对。以前季度的数字，按现在仍在发布的内容倒推。"
)
HOME = 14  # days after which the home page is stale
FAST, SLOW = 14, 180  # what the types 动态、要闻 and 通知公告、政策文件 ask for
STALE, OVERDUE, EMPTY = 5, 10, 5  # that many fail
MANY = 6  # hosts that are told by name


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `result` is empty where a person has to look; `mark`: ok, warn, bad or open."""

    name: str
    basis: str
    how: str
    result: str
    note: str
    mark: str


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The table of one edition. `until`: the last day it tells of; `hosts`: what a person has to open."""

    quarter: str
    until: str
    rows: tuple[Check, ...]
    hosts: tuple[str, ...] = ()
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the lines ask."""

    out: Sequence[Out]
    site: Sequence[ShelfRow]
    columns: Sequence[ShelfRow]
    hosts: Sequence[str]
    judged: tuple[int, int] | None
    expired: int
    until: date


def self_check(progress: Progress, edition: str, until: date, quarter: Quarter) -> SelfCheck:
    """The table of an edition for a quarter, as of the day `until`."""
    last = until.isoformat()
    shelves = [(s, shelf_row(s, until, quarter)) for s in progress.shelves if s.edition == edition]
    shown = [s for s in progress.standings if edition in s.out]
    facts = _Facts(
        [s.out[edition] for s in shown if s.out[edition].published <= last],
        [row for shelf, row in shelves if not shelf.column],
        [row for shelf, row in shelves if shelf.column],
        progress.hosts.get(edition, ()),
        progress.judged.get(edition),
        sum(bool(s.valid_to) and s.valid_to < last for s in shown),
        until,
    )
    rows = (*_forbidden(facts), *_fresh(facts), *_served(), *_own(facts))
    return SelfCheck(quarter.label, last, rows, progress.hosts.get(edition, ()))


def _share(part: int, whole: int, what: str) -> str:
    return f"{whole}篇中{part}篇{what}" if whole else "还没有内容"


def _grade(count: int, most: int) -> str:
    """What so many of something mean where `most` of them fail."""
    return "bad" if count >= most else "warn" if count else "ok"


def _forbidden(facts: _Facts) -> Iterator[Check]:
    """What may not happen once."""
    yield _wording(facts)
    held = sum("secrecy" in o.steps for o in facts.out)
    yield Check(
        "泄露国家秘密",
        f"{INSPECTION}；保守国家秘密法第三十五条；保守国家秘密法实施条例第四十二条",
        "自动：逐篇查有没有保密审查记录；是否涉密由保密审查人判断",
        _share(held, len(facts.out), "有保密审查记录"),
        "改动一个字节，原来的保密审查就不算数",
        "ok" if held == len(facts.out) else "bad",
    )
    hosts = "、".join(facts.hosts[:MANY]) + (
        "等，全部见 Excel 表" if len(facts.hosts) > MANY else ""
    )
    yield Check(
        "链接到违法违规内容",
        INSPECTION,
        "自动列出外部域名，人工逐个打开看",
        f"外部域名{len(facts.hosts)}个",
        hosts,
        "open" if hosts else "ok",
    )
    yield _by_hand(
        "网站被攻击、篡改", "看安全监测和服务器日志", "网站上的文件可与 manifest.json 逐个核对"
    )
    yield Check(
        "弄虚作假（如伪造发稿日期）",
        INSPECTION,
        "自动：发布日期取自审核记录，没有地方可填",
        _share(len(facts.out), len(facts.out), "的发布日期来自审核记录"),
        "审核记录有签名，只增不减",
        "ok",
    )


def _wording(facts: _Facts) -> Check:
    how = "自动：用语检查逐篇查已批准的文字；人工抽查"
    if facts.judged is None:
        note = "有严重表述错误的，审核时签不了“通过”；处数用 weike review report 查"
        return Check("严重表述错误", INSPECTION, how, "", note, "open")
    wrong, other = facts.judged
    note = f"另有{other}处提醒，见 weike check" if other else "没有提醒"
    return Check("严重表述错误", INSPECTION, how, f"{wrong}处", note, "bad" if wrong else "ok")


def _fresh(facts: _Facts) -> Iterator[Check]:
    """What has to be renewed in time."""
    yield _by_hand("首页打不开", "看监测：1周内每天访问20次以上，超过15秒打不开的占5%以上为不合格")
    newest = max((o.published for o in facts.out), default="")
    days = (facts.until - date.fromisoformat(newest)).days if newest else 0
    yield Check(
        "首页2周没有更新",
        INSPECTION,
        "自动：首页列出的内容最近一次发布",
        f"最近发布{newest}，过了{days}天" if newest else "没有内容",
        "",
        "ok" if newest and days <= HOME else "bad",
    )
    due = [r for r in facts.site if r.limit and r.count]  # what is empty is not shown
    urgent = [r for r in due if r.limit in {FAST, SLOW}]
    yield _late("动态、要闻类栏目2周，通知公告、政策文件类栏目6个月没有更新", urgent, STALE)
    yield _late("应更新而没有更新的栏目", due, OVERDUE)
    empty = [r.title for r in facts.columns if not r.count]
    yield Check(
        "空栏目",
        INSPECTION,
        "自动：没有内容的栏目不显示；专栏数篇数",
        f"{len(empty)}个" + (f"：{'、'.join(empty)}" if empty else ""),
        f"{EMPTY}个以上为不合格",
        _grade(len(empty), EMPTY),
    )


def _late(name: str, rows: Sequence[ShelfRow], most: int) -> Check:
    late = [r for r in rows if r.mark == "bad"]
    told = "：" + "、".join(f"{r.title}（{r.days}天）" for r in late) if late else ""
    return Check(
        name,
        INSPECTION,
        "自动：按 site_config.yml 里各栏目的更新期限",
        f"{len(rows)}个栏目中{len(late)}个{told}",
        f"{most}个以上为不合格",
        _grade(len(late), most),
    )


def _served() -> Iterator[Check]:
    """What nobody but a person can tell."""
    yield _by_hand("没有有效的咨询渠道", "试着提一个问题")
    yield _by_hand("网民留言超过3个月没有答复", "查一年内的留言", "一年内有一件即不合格")
    yield _by_hand("服务不实用", "照着办一遍")


def _own(facts: _Facts) -> Iterator[Check]:
    """What this site asks of itself besides."""
    whole = sum(set(o.steps) >= set(STEPS) and o.people >= len(STEPS) for o in facts.out)
    yield Check(
        "先审后发、三审分人",
        "国办发〔2018〕123号（先审后发）；本站审核规定",
        f"自动：{labels(STEPS)}齐全，由不同的人完成",
        _share(whole, len(facts.out), "四审齐全、人人不同"),
        "" if whole == len(facts.out) else "其余按 site_config.yml 的 review 少审，或由旧规定批准",
        "ok" if whole == len(facts.out) else "open",
    )
    yield Check(
        "站内链接打不开",
        "本站规定（检查指标里有没有这一项待核）",
        "自动：每次生成都查，有一处就不能发布",
        "0处",
        "站外链接由人工核对",
        "ok",
    )
    yield Check(
        "过期内容",
        "本站规定",
        "自动：查各篇的有效期",
        f"{facts.expired}篇已过期仍可查阅",
        "页面上标明“已过期”，不进检索",
        "warn" if facts.expired else "ok",
    )


def _by_hand(name: str, how: str, note: str = "") -> Check:
    return Check(name, INSPECTION, f"人工：{how}", "", note, "open")
