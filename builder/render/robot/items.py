"""What each kind of page can answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.kinds.system import when_due
from builder.model import BEIJING, Page, Site, Source
from builder.plain import plain
from builder.render.robot.regions import below
from builder.robot.package import Item
from builder.robot.spans import Span
from builder.values import A_YEAR, MEASURES, Cell, Indicator, Numbers

TEXT = 500  # characters of a page's text that are read
UNKNOWN = "待核"
EVERY = {"month": "月", "quarter": "季", "half": "半年", "year": "年"}
LEADS = ("yoy", "ytd_yoy", "value", "ytd", "index", "mom", "ytd_index")


def _source(sources: Iterable[Source]) -> str:
    """The first document that a page leans on, as one names it."""
    return next((f"《{s.title}》{s.locator}" for s in sources if s.quote), "")


def _text(page: Page) -> str:
    return " ".join(plain(page.text[: 2 * TEXT]).split())[:TEXT]


def _codes(page: Page) -> tuple[str, ...]:
    return tuple(form for form in page.forms if UNKNOWN not in form)


def _base(page: Page, answer: str, ask: Iterable[str] = (), keys: Iterable[str] = ()) -> Item:
    return Item(
        page.id,
        page.kind,
        page.title,
        tuple(ask),
        answer,
        " ".join([*page.tags, *keys]),
        _text(page),
        page.url,
        _source(page.sources),
        page.valid.start,
        page.valid.to,
        _codes(page),
    )


def faq(page: Page, site: Site) -> Iterator[Item]:
    """A question and its answer."""
    yield _base(page, page.data["answer"], page.data["ask"])


def term(page: Page, site: Site) -> Iterator[Item]:
    """What a word means."""
    ask = [f"{name}是什么意思" for name in (page.title, *page.data["names"])]
    yield _base(page, page.data["definition"], ask, page.data["names"])


def lesson(page: Page, site: Site) -> Iterator[Item]:
    """The point of a lesson, or what it is about."""
    answer = page.data.get("key", "").replace("==", "") or page.summary
    if answer:
        yield _base(page, answer)


def standard(page: Page, site: Site) -> Iterator[Item]:
    """A standard, by its name and number."""
    number = page.data.get("number", "")
    yield _base(page, page.summary or page.title, keys=[number])


def system(page: Page, site: Site) -> Iterator[Item]:
    """A reporting system; each form of it, found by its number; each day by which something is due."""
    yield _base(page, page.summary or page.title)
    for number, form in enumerate(page.data["reports"], 1):
        no = "" if UNKNOWN in form["no"] else form["no"]
        who = "" if UNKNOWN in form["who"] else form["who"]
        said = "，".join(filter(None, [who and f"{who}填报", _often(form)]))
        if said:
            asks = (f"{form['name']}是哪张表", *([f"{who}要报什么表"] if who else []))
            answer = f"{form['name']}{f'（{no}表）' if no else ''}：{said}。"
            title = f"{form['name']}谁填、多久报一次"
            yield _part(page, f"report-{number}", title, asks, answer, (no,) if no else ())
    for number, due in enumerate(page.data["deadlines"], 1):
        sample = "（示例日期）" if due["sample"] else ""
        who = f"{due['who']}，" if due["who"] else ""
        to = f"报{due['to']}" if due["to"] else ""
        asks = (f"{due['name']}几号截止", f"{due['name']}报送时间")
        answer = f"{due['name']}：{who}{when_due(due)}{to}{sample}。"
        yield _part(page, f"deadline-{number}", f"{due['name']}什么时候报", asks, answer)


def _part(
    page: Page,
    name: str,
    title: str,
    ask: tuple[str, ...],
    answer: str,
    codes: tuple[str, ...] = (),
) -> Item:
    """One line of a reporting system."""
    return Item(
        f"{page.id}#{name}",
        page.kind,
        title,
        ask,
        answer,
        page.title,
        url=page.url,
        source=f"《{page.title}》",
        start=page.valid.start,
        to=page.valid.to,
        codes=codes,
    )


def _often(form: dict[str, str]) -> str:
    return f"{form['frequency']}报" if form["frequency"] in {"月", "季", "半年", "年"} else ""


def indicator(page: Page, site: Site) -> Iterator[Item]:
    """The newest released number of an indicator with its period and source, and what it means."""
    slug = page.id.partition(":")[2]
    known = site.numbers.indicators.get(slug) if site.numbers else None
    if known is None:
        return
    if item := _newest(page, site, known):
        yield item
    card = known.card
    if card.meaning and UNKNOWN not in card.meaning:
        scope = f"范围：{card.scope}。" if card.scope and UNKNOWN not in card.scope else ""
        yield Item(
            f"{page.id}#card",
            "indicator",
            f"{known.name}是什么意思",
            (f"{known.name}的口径", f"{known.short}怎么算"),
            f"{card.meaning.rstrip('。')}。{scope.replace('。。', '。')}"[:160],
            f"{known.short} {known.theme}",
            " ".join(filter(None, [card.method, card.formula]))[:TEXT],
            page.url,
            _source(page.sources) or ("" if page.sources else known.publisher),
        )


def _old(year: int, site: Site) -> str:
    """Said before a number that is not of these days: nobody takes it for the newest there is."""
    return "收录到的最近一期：" if year < site.now.year - 1 else ""


def _newest(page: Page, site: Site, known: Indicator) -> Item | None:
    from builder.indicators.reference import (
        Faulty,
        Reference,
        resolved,
    )  # only where there are numbers

    assert site.numbers is not None
    told, of, said = [], [], None
    for measure in (m for m in LEADS if m in known.measures):
        try:
            said = resolved(Reference(known.id, measure, "latest", form="words"), site.numbers)
        except Faulty:  # none is out
            continue
        told.append(said.text)
        of.append(_span(said.cell))
        if len(told) == 2:
            break
    if said is None:
        return None
    sample = "（示例数据）" if known.sample else ""
    names = dict.fromkeys((known.short, known.name))
    return Item(
        page.id,
        "indicator",
        f"{known.name}是多少",
        tuple(f"{name}{asked}" for name in names for asked in ("是多少", "最新数据", "增长多少")),
        f"{_old(said.cell.period.year, site)}{'；'.join(told)}{sample}。",
        f"{known.theme} {' '.join(MEASURES[m] for m in known.measures)}",
        "",
        page.url,
        said.cited.source,
        spans=tuple(map(str, dict.fromkeys(of))),
        place=said.cited.region,
        below=below(known, site.numbers),
        every=EVERY[known.frequency],
        due=_due(known, said.cell, site.numbers),
    )


def _span(cell: Cell) -> Span:
    """The months that a number is of."""
    size = 12 // A_YEAR[cell.period.frequency]
    last = cell.period.place * size
    so_far = cell.key.measure.startswith("ytd") or cell.mark == "combined"
    return Span(cell.period.year, 1 if so_far else last - size + 1, last)


def _due(known: Indicator, newest: Cell, numbers: Numbers) -> str:
    """The day on which the next number is due, where the calendar knows it."""
    days = (
        d.at.astimezone(BEIJING).date().isoformat()
        for d in numbers.calendar
        if known.id in d.indicators
        and d.period.frequency == known.frequency
        and d.period > newest.period
    )
    return next(days, "")
