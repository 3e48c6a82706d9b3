"""How the reviews stand: what is told, to whom, and what nobody is told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from builder.approvals.standing import STATES
from builder.build import build
from builder.config import ColumnMeta
from builder.media.clean import clean_asset
from builder.model import Edition, Organisation, Out, Progress, Shelf, Standing
from builder.release import Approved, approved
from builder.reports import Quarter, Report, report
from builder.reports.book import book
from builder.reports.selfcheck import Check
from builder.reports.tally import Counts
from builder.reports.words import lines
from tests.reviewers import Bureau, bureau
from tests.sitefiles import CONFIG, NOW, Content, bundles, contents, fact, faq, site_of, yml

TODAY = date(2026, 11, 20)
ORGS = {
    "mlk": Organisation("mlk", "名录库处", "名录库"),
    "nbc": Organisation("nbc", "内部处", "内部"),
}
EDITIONS = (
    Edition("internet", "互联网版", frozenset({"public"}), "", True, ()),
    Edition("intranet", "业务网版", frozenset({"public", "intranet"}), "", False, ()),
)
ALL = Out("2026-11-10", ("first", "second", "secrecy", "final"), 4)
SECRET = "kqzvbaomi龘靐"


def standing(identity: str = "faq:mlk/a", **more: Any) -> Standing:
    base = Standing(identity, "faq", "甲问", "mlk", "approved", out={"internet": ALL})
    return replace(base, **more)


def made(*standings: Standing, shelves: tuple[Shelf, ...] = (), **more: Any) -> Report:
    known = Progress(standings, shelves, {"internet": ()})
    return report(replace(known, **more), ORGS, EDITIONS, TODAY)


def shelf(*published: str, update: int = 0, column: bool = False) -> Shelf:
    return Shelf("internet", "live", "直播", "工作动态", update, published, column=column)


def row(found: Report, name: str) -> Check:
    return next(c for c in found.checks[0][1].rows if c.name.startswith(name))


# --- quarters -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "label", "start", "end"),
    [
        ("2026-01-01", "2026年第一季度", "2026-01-01", "2026-03-31"),
        ("2024-06-30", "2024年第二季度", "2024-04-01", "2024-06-30"),
        ("2026-07-01", "2026年第三季度", "2026-07-01", "2026-09-30"),
        ("2026-12-31", "2026年第四季度", "2026-10-01", "2026-12-31"),
    ],
)
def test_a_day_lies_in_its_quarter(day: str, label: str, start: str, end: str) -> None:
    found = Quarter.of(date.fromisoformat(day))
    assert (found.label, found.start.isoformat(), found.end.isoformat()) == (label, start, end)
    assert Quarter.parse(f"{found.year}q{found.number}") == found


@pytest.mark.parametrize("text", ["2026", "2026Q5", "2026Q0", "26Q1", "２０２６Q1", "2026Q1x", ""])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text or "^$"):
        Quarter.parse(text)


# --- counts and lists -----------------------------------------------------------------------------


@given(
    st.lists(
        st.builds(
            standing,
            identity=st.from_regex(r"faq:mlk/[a-z]{1,6}", fullmatch=True),
            state=st.sampled_from(sorted(STATES)),
            division=st.sampled_from(["mlk", "nbc", "", "weizhi"]),
            valid_to=st.sampled_from(["", "2026-11-19", "2026-11-20", "2027-09-01"]),
            unverified=st.booleans(),
        ),
        max_size=12,
        unique_by=lambda s: s.id,
    )
)
def test_every_entry_is_counted_once(items: list[Standing]) -> None:
    found = made(*items)
    c = found.counts
    assert c.total == len(items)
    assert c.approved + c.waiting + c.rejected + c.withdrawn == c.total
    assert sum((d.counts for d in found.divisions), Counts()) == c
    assert sum(len(d.waiting) for d in found.divisions) == c.waiting + c.rejected


@pytest.mark.parametrize(
    ("valid_to", "grade", "counted"),
    [
        ("2026-11-19", "past", (1, 0)),
        ("2026-11-20", "soon", (0, 1)),
        ("2026-12-20", "soon", (0, 1)),
        ("2026-12-21", "later", (0, 1)),
        ("2027-02-18", "later", (0, 1)),
        ("2027-02-19", "", (0, 0)),
    ],
)
def test_the_last_day_still_holds(valid_to: str, grade: str, counted: tuple[int, int]) -> None:
    found = made(standing(valid_to=valid_to))
    assert [e.grade for e in found.divisions[0].expiring] == ([grade] if grade else [])
    assert (found.counts.expired, found.counts.soon) == counted


def test_what_is_not_out_does_not_expire() -> None:
    found = made(standing(valid_to="2020-01-01", out={}, state="new"))
    assert found.counts.expired == 0
    assert found.divisions[0].expiring == ()


def test_who_follows_an_old_system_is_told_of_the_new_one() -> None:
    newer = standing("system:b", kind="system", title="新制度")
    old = standing(newer="system:b")
    (expiring,) = made(newer, old).divisions[0].expiring
    assert (expiring.id, expiring.grade, expiring.text) == (
        "faq:mlk/a",
        "newer",
        "依据的制度已被新制度代替",
    )


def test_who_waits_longest_comes_first_and_many_names_are_cut() -> None:
    many = (("second", ("甲", "乙", "丙", "丁")),)
    found = made(
        standing("faq:mlk/a", state="waiting", waits=many, since="2026-11-18"),
        standing("faq:mlk/b", state="waiting", waits=(("final", ()),), since="2026-11-01"),
    )
    first, second = found.divisions[0].waiting
    assert (first.id, first.days, second.days) == ("faq:mlk/b", 19, 2)
    assert second.steps == (("复审", "甲、乙、丙等4人"),)
    assert first.steps[0][1].startswith("没有人可审")


# --- parts of the site ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "update", "due"),
    [
        ("工作动态", None, 14),
        ("要闻", None, 14),
        ("通知公告", None, 180),
        ("政策文件", None, 180),
        ("业务学习", None, 0),
        ("工作动态", 30, 30),
        ("工作动态", 0, 0),
        ("业务学习", 7, 7),
    ],
)
def test_a_type_says_how_often_unless_the_editor_does(
    kind: str, update: int | None, due: int
) -> None:
    meta = ColumnMeta(title="栏", description="说明", keywords=("词",), type=kind, update=update)
    assert meta.due == due


@pytest.mark.parametrize(
    ("found", "mark"),
    [
        (shelf("2026-11-06", update=14), "ok"),
        (shelf("2026-11-05", update=14), "bad"),
        (shelf("2026-11-20", "2020-01-01", update=14), "ok"),
        (shelf("2020-01-01"), "none"),
        (shelf(update=14), "none"),
        (shelf(column=True), "bad"),
    ],
)
def test_a_part_is_stale_the_day_after_its_term(found: Shelf, mark: str) -> None:
    assert made(shelves=(found,)).shelves[0][1][0].mark == mark


def test_a_part_in_two_editions_is_stale_once() -> None:
    old = shelf("2020-01-01", update=14)
    assert made(shelves=(old, replace(old, edition="intranet"))).stale == 1


# --- the self-check -------------------------------------------------------------------------------


def test_the_self_check_asks_what_the_inspection_asks_and_says_what_was_not_read() -> None:
    (label, check) = made(standing()).checks[0]
    assert (label, check.quarter, check.until) == ("互联网版", "2026年第四季度", "2026-11-20")
    inspected = [c for c in check.rows if c.basis.startswith("国办秘函〔2019〕19号")]
    assert len(inspected) == 13
    assert inspected == list(check.rows[:13])
    assert "没有读到" in check.source
    assert "待核" in check.source


def test_by_hand_lines_stay_open() -> None:
    found = made(standing())
    for name in ("首页打不开", "没有有效的咨询渠道", "网民留言", "服务不实用", "网站被攻击"):
        assert (row(found, name).mark, row(found, name).result) == ("open", "")


def test_one_entry_without_a_review_of_secrecy_fails() -> None:
    bare = standing("faq:mlk/b", out={"internet": Out("2026-11-10", ("first", "final"), 2)})
    assert row(made(standing()), "泄露").mark == "ok"
    failed = row(made(standing(), bare), "泄露")
    assert (failed.mark, failed.result) == ("bad", "2篇中1篇有保密审查记录")
    assert row(made(standing(), bare), "先审后发").mark == "open"


def test_two_steps_by_one_person_are_not_four_people() -> None:
    same = standing(out={"internet": replace(ALL, people=3)})
    assert row(made(same), "先审后发").mark == "open"


@pytest.mark.parametrize(("days", "mark"), [(14, "ok"), (15, "bad")])
def test_the_home_page_lives_two_weeks(days: int, mark: str) -> None:
    published = (TODAY - timedelta(days=days)).isoformat()
    shown = standing(out={"internet": replace(ALL, published=published)})
    assert row(made(shown), "首页2周").mark == mark


@pytest.mark.parametrize(("count", "mark"), [(0, "ok"), (1, "warn"), (4, "warn"), (5, "bad")])
def test_five_stale_parts_fail(count: int, mark: str) -> None:
    stale = tuple(replace(shelf("2026-01-01", update=14), id=f"l{n}") for n in range(count))
    slow = replace(shelf("2026-01-01", update=30), id="other")
    hidden = replace(shelf(update=14), id="empty")
    found = made(standing(), shelves=(*stale, slow, hidden))
    assert row(found, "动态、要闻类").mark == mark
    assert row(found, "应更新").result.startswith(f"{count + 1}个栏目中{count + 1}个")


def test_the_gate_on_words_is_counted_when_it_was_asked() -> None:
    assert row(made(standing()), "严重表述").mark == "open"
    assert row(made(standing(), judged={"internet": (0, 3)}), "严重表述").mark == "ok"
    failed = row(made(standing(), judged={"internet": (2, 0)}), "严重表述")
    assert (failed.mark, failed.result) == ("bad", "2处")


def test_an_earlier_quarter_knows_nothing_of_later_days() -> None:
    early = standing(out={"internet": replace(ALL, published="2026-09-30")})
    late = standing("faq:mlk/b")
    known = Progress((early, late), (), {"internet": ()})
    found = report(known, ORGS, EDITIONS, TODAY, Quarter(2026, 3))
    assert found.checks[0][1].until == "2026-09-30"
    assert row(found, "弄虚作假").result.startswith("1篇中1篇")
    assert row(found, "首页2周").result == "最近发布2026-09-30，过了0天"


# --- the spreadsheet ------------------------------------------------------------------------------

FORMULAS = ("=1+1", "+A1", "-2", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "http://x.example")


def test_the_spreadsheet_has_the_same_bytes_and_no_formula() -> None:
    items = [
        standing(f"faq:mlk/{n}", title=text, state="changed", valid_to="2026-11-01")
        for n, text in enumerate(FORMULAS)
    ]
    orgs = {"mlk": Organisation("mlk", "=名录库", "名录")}
    known = Progress(tuple(items), (), {"internet": ("=x.example",)})
    data, again = (book(report(known, orgs, EDITIONS, TODAY)) for _ in range(2))
    assert data == again
    parts = zipfile.ZipFile(io.BytesIO(data))
    sheets = [n for n in parts.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 6
    for name in sheets:
        body = parts.read(name)
        assert b"<f>" not in body
        assert b"<hyperlink" not in body
    table = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("待审").to_python()
    titles = [r[3] for r in table[3:]]
    assert titles == [t if t[0] not in "=+-@\t" else f"'{t}" for t in FORMULAS]


def test_names_of_editions_that_no_sheet_may_have() -> None:
    editions = [
        replace(EDITIONS[0], name=n, label=label)
        for n, label in (("a", "互联网[版]:/" * 9), ("b", "互联网[版]:/" * 9), ("c", "''"))
    ]
    known = Progress((), (), {"a": (), "b": (), "c": ()})
    data = book(report(known, ORGS, editions, TODAY))
    names = CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names
    assert len({n.lower() for n in names}) == len(names) == 7
    assert max(map(len, names)) <= 31


# --- from the records -----------------------------------------------------------------------------

TREE: Content = {
    "faq/mlk/a.md": faq("第一版。", title="甲问"),
    "faq/mlk/b.md": faq("乙。", title="乙问", valid={"system": "system:old", "to": "2026-12-01"}),
    "faq/mlk/new.md": faq(SECRET, title=f"新问{SECRET}", summary=SECRET, answer=SECRET),
    "faq/nbc/mid.md": faq("x", title=f"在审{SECRET}", division="nbc"),
    "faq/nbc/in.md": faq("[外](https://in.example.com/x)", title="内问", audience="intranet"),
    "faq/nbc/out.md": faq("[外](https://out.example.com/x)", title="外问", division="nbc"),
    "content/columns/kong.yml": yml(title="空专栏", gather={"tags": ["没有"]}),
    "content/systems/old.md": fact(title="旧制度"),
    "content/systems/new.md": fact(title="新制度", supersedes=["system:old"]),
    "courses/ke/course.yml": yml(title=f"课程{SECRET}"),
    "courses/ke/lessons/01-yi.md": fact("课。", title=f"第一课{SECRET}", key="记住。"),
}
APPROVED = (
    *("faq:mlk/a", "faq:mlk/b", "faq:nbc/in", "faq:nbc/out", "column:kong"),
    *("system:old", "system:new", "lesson:ke/yi"),
)


@pytest.fixture
def half(tmp_path: Path) -> Bureau:
    """A site of which half is approved; one entry was changed since and one is gone."""
    it = bureau(tmp_path, TREE)
    it.approve("site:orgs", "site:config", *APPROVED)
    it.sign("faq:nbc/mid", "first", "sun")
    (tmp_path / "faq/mlk/a.md").write_text(
        faq(f"第二版{SECRET}。", title=f"甲问改{SECRET}"), "utf-8"
    )
    (tmp_path / "faq/nbc/out.md").unlink()
    return it


def source(it: Bureau) -> Approved:
    return approved(it.root, NOW)


def standings(it: Bureau, *audiences: str) -> Mapping[str, Standing]:
    opened = source(it)
    build(it.root, it.root / "dist", [], NOW, 1, release=opened)
    return {s.id: s for s in opened.progress(NOW, frozenset(audiences)).standings}


def test_where_each_entry_stands(half: Bureau) -> None:
    found = standings(half, "public", "intranet")
    assert {i: s.state for i, s in found.items()} == {
        **dict.fromkeys(("site:config", "site:orgs", *APPROVED), "approved"),
        "faq:mlk/a": "changed",
        "faq:mlk/new": "new",
        "faq:nbc/mid": "waiting",
        "faq:nbc/out": "gone",
        "course:ke": "new",
    }
    mid = found["faq:nbc/mid"]
    assert mid.waits == (("second", ("王复", "钱终")), ("secrecy", ("陈密", "周密")))
    assert mid.since == half.office.item("faq:nbc/mid").done["first"].time[:10]
    assert found["lesson:ke/yi"].held == "所属课程没有批准"
    assert found["faq:mlk/b"].newer == "system:new"
    assert found["faq:mlk/a"].out["internet"].people == 4
    assert found["faq:mlk/a"].title == "甲问"  # as approved, not as it lies there
    assert [i for i, s in found.items() if SECRET in repr(s)] == []


def test_whoever_took_a_step_is_not_asked_for_another(half: Bureau) -> None:
    half.sign("faq:nbc/mid", "second", "qian")
    assert standings(half, "public", "intranet")["faq:nbc/mid"].waits[0] == ("final", ("赵终",))


def test_state_and_steps_are_those_of_the_office(half: Bureau) -> None:
    half.office.reject(
        "faq:mlk/b", "final", half.signers["zhao"], half.office.item("faq:mlk/b").version, "不妥"
    )
    half.office.withdraw("faq:nbc/in", half.signers["sun"], "过时")
    found = standings(half, "public", "intranet")
    items = {i.id: i for i in half.office.items()}
    assert {i: s.state for i, s in found.items()} == {i: x.state for i, x in items.items()}
    for identity, item in items.items():
        if item.state != "rejected":  # waits for its author first
            assert tuple(step for step, _ in found[identity].waits) == item.next_steps
    assert found["faq:mlk/b"].waits == ()
    assert found["faq:nbc/in"].since == "2026-11-10"


def test_those_of_one_audience_hear_nothing_of_another(half: Bureau) -> None:
    opened = source(half)
    build(half.root, half.root / "dist", [], NOW, 1, release=opened)
    told = repr(opened.progress(NOW, frozenset({"public"})))
    assert "faq:nbc/in" not in told
    assert "业务网" not in told
    assert "in.example.com" not in told
    assert "'intranet'" not in told
    everything = opened.progress(NOW, frozenset({"public", "intranet"}))
    assert everything.hosts == {"internet": ("out.example.com",)}


def test_a_draft_that_turns_internal_is_for_those_inside_alone(half: Bureau) -> None:
    (half.root / "faq/mlk/a.md").write_text(
        faq("内部。", title="甲问", audience="intranet"), "utf-8"
    )
    assert "faq:mlk/a" not in standings(half, "public")
    assert "faq:mlk/a" in standings(half, "public", "intranet")


def test_an_empty_column_is_found(half: Bureau) -> None:
    opened = source(half)
    build(half.root, half.root / "dist", [], NOW, 1, release=opened)
    shelves = opened.progress(NOW, frozenset({"public"})).shelves
    assert {(s.id, len(s.published)) for s in shelves if s.column} == {("column:kong", 0)}
    assert {s.id: len(s.published) for s in shelves}["faq"] == 3


# --- bundles --------------------------------------------------------------------------------------


def test_only_releases_for_those_inside_have_the_page(half: Bureau) -> None:
    build(half.root, half.root / "dist", [], NOW, 1, release=source(half))
    inside = half.root / "dist/intranet/site"
    assert (inside / "reports/index.html").is_file()
    assert 'href="reports/"' in (inside / "index.html").read_text("utf-8")
    public = contents(half.root / "dist/internet")
    assert not [p for p in public if "report" in p]
    assert b"reports/" not in b"".join(public.values())
    assert b"\xe7\x8e\x8b\xe5\xa4\x8d" not in b"".join(public.values())  # 王复
    for bundle in bundles(half.root, half.root / "plain").values():
        assert not [p for p in bundle.files if "reports" in p]


def test_nothing_unapproved_is_in_any_bundle(half: Bureau) -> None:
    build(half.root, half.root / "dist", [], NOW, 1, release=source(half))
    for path, data in contents(half.root / "dist").items():
        assert SECRET.encode() not in data, path
        if path.endswith(".xlsx"):
            parts = zipfile.ZipFile(io.BytesIO(data))
            assert all(SECRET.encode() not in parts.read(n) for n in parts.namelist()), path


class Blind(Approved):
    """A release that knows nothing of reviews."""

    def progress(self, now: object, audiences: object) -> Progress:
        """Nothing."""
        return Progress()


def test_a_public_bundle_is_the_same_whatever_the_reviews_say(half: Bureau) -> None:
    build(half.root, half.root / "dist", [], NOW, 1, release=source(half))
    known = contents(half.root / "dist/internet")
    opened = source(half)
    blind = Blind(
        opened.root, opened.config, opened.organisations, opened.ledger, opened.reviews, opened.save
    )
    build(half.root, half.root / "blind", [], NOW, 1, release=blind)
    build(half.root, half.root / "alone", ["internet"], NOW, 1, release=source(half))
    assert contents(half.root / "blind/internet") == known
    assert contents(half.root / "alone/internet") == known
    assert contents(half.root / "blind/intranet") != contents(half.root / "dist/intranet")


def test_the_page_is_the_same_when_only_its_edition_is_made(half: Bureau) -> None:
    build(half.root, half.root / "dist", [], NOW, 1, release=source(half))
    build(half.root, half.root / "alone", ["intranet"], NOW, 1, release=source(half))
    assert contents(half.root / "alone/intranet") == contents(half.root / "dist/intranet")


def test_sites_of_plain_builds_and_of_the_public_are_told_nothing(half: Bureau) -> None:
    assert site_of(half.root, "intranet").progress is None
    opened = source(half)
    build(half.root, half.root / "dist", [], NOW, 1, release=opened)
    sites, _ = opened.sites(["internet", "intranet"], NOW, clean_asset)
    assert sites["internet"].progress is None
    assert sites["intranet"].progress is not None


def test_an_edition_for_some_is_not_told_of_others(tmp_path: Path) -> None:
    config = CONFIG.replace(
        "editions:",
        "  leaders: {label: 领导}\neditions:\n"
        '  head: {label: 领导版, audiences: [leaders], base_url: "http://l.example/"}',
    )
    it = bureau(
        tmp_path,
        {
            "site_config.yml": config,
            **TREE,
            "faq/mlk/l.md": faq("x", title="领", audience="leaders"),
        },
    )
    it.approve("site:orgs", "site:config", *APPROVED)
    opened = source(it)
    build(it.root, it.root / "dist", [], NOW, 1, release=opened)
    head = (it.root / "dist/head/site/reports/index.html").read_text("utf-8")
    assert "faq:mlk/l" in head
    assert "faq:mlk/new" not in head
    assert "互联网版" not in head
    assert "faq:mlk/l" not in (it.root / "dist/intranet/site/reports/index.html").read_text("utf-8")


def test_text_says_what_the_page_says() -> None:
    said = "\n".join(
        lines(made(standing(state="waiting", waits=(("final", ("赵终",)),), since="2026-11-18")))
    )
    assert "终审：赵终；2026-11-18，已 2 天" in said
    assert "【名录库处】合计 1，待审 1" in said
    assert "□ 人工核对" in said
