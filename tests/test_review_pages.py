"""What reviewers do on the review page, and what it shows them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.reviewers import Bureau
from tests.reviewweb import (
    FENCED,
    ITEM,
    PATH,
    Page,
    Reply,
    fields,
    records,
    review_page,
    waiting,
    word_of,
    write_a,
)
from tests.sitefiles import CONFIG, faq, picture


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    return waiting(tmp_path)


@pytest.fixture
def page(office: Bureau) -> Iterator[Page]:
    with review_page(office) as running:
        yield running


def tree(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(text)


def part(text: str, selector: str) -> str:
    """The words in one part of a page."""
    found = tree(text).css_first(selector)
    assert found is not None, selector
    return found.text()


# --- deciding -------------------------------------------------------------------------------------


def test_four_people_pass_it_and_it_is_approved(page: Page, office: Bureau) -> None:
    for person, step in (
        ("sun", "first"),
        ("wang", "second"),
        ("chen", "secrecy"),
        ("zhao", "final"),
    ):
        who = page.visitor(person)
        assert "甲问" in who.get("/").text
        reply = who.decide(ITEM, step=step)
        assert reply.status == 303, reply.text
        told = who.get(reply.headers["location"]).text
        assert "已经记下" in told
        assert "甲问" not in part(who.get("/").text, "main")
    assert "已批准，下次发布时生效" in told
    assert office.office.item(ITEM).state == "approved"


def test_the_note_stays_inside_and_the_change_is_public(page: Page, office: Bureau) -> None:
    office.approve(ITEM)
    write_a(office, "第二版。")
    who = page.visitor("sun")
    assert who.decide(ITEM, note="口径核过", change="更新了口径").status == 303
    record = office.office.item(ITEM).done["first"]
    assert (record.note, record.change, record.person) == ("口径核过", "更新了口径", "sun")
    assert "会公开" in page.visitor("wang").get(PATH).text


def test_a_version_that_was_not_seen_is_not_signed(page: Page, office: Bureau) -> None:
    who = page.visitor("sun")
    form = fields(who.get(PATH).text) | {"act": "approve", "note": "写好的意见"}
    write_a(office, "刚刚改的一版。")
    reply = who.post(PATH, form)
    assert reply.status == 409
    assert "不是现在这一版" in reply.text
    assert "刚刚改的一版" in reply.text, "the new text is there to be read"
    assert "写好的意见" in reply.text
    assert records(office) == 0


def test_sending_a_form_twice_counts_once(page: Page, office: Bureau) -> None:
    who = page.visitor("sun")
    form = fields(who.get(PATH).text) | {"act": "approve"}
    assert who.post(PATH, form).status == 303
    again = who.post(PATH, form)
    assert again.status == 409
    assert "没有记下" in again.text
    assert records(office) == 1


def test_nobody_takes_two_steps(page: Page, office: Bureau) -> None:
    office.sign(ITEM, "first", "sun")
    who = page.visitor("qian")  # may take the second and the final step
    assert who.decide(ITEM).status == 303
    text = who.get(PATH).text
    assert "一个人不能做两审" in text
    assert 'value="approve"' not in text
    version = office.office.item(ITEM).version
    given = {"word": word_of(text), "version": version, "act": "approve", "step": "final"}
    reply = who.post(PATH, given)
    assert reply.status == 409
    assert "一个人不能做两审" in reply.text
    assert records(office) == 2


@pytest.mark.parametrize("step", ["final", "second", "nichts", ""])
def test_steps_that_are_not_due_are_refused(page: Page, office: Bureau, step: str) -> None:
    who = page.visitor("sun")
    assert who.decide(ITEM, step=step).status == 409
    assert records(office) == 0


def test_other_divisions_are_read_only(page: Page, office: Bureau) -> None:
    (office.root / "faq/nbc").mkdir()
    (office.root / "faq/nbc/c.md").write_text(faq("正文。", title="丙问", division="nbc"), "utf-8")
    who = page.visitor("li")  # of 名录库 only
    assert "丙问" not in who.get("/").text
    assert "丙问" in who.get("/?view=all").text
    text = who.get("/item/faq/nbc/c").text
    assert "不归您审" in text
    assert 'name="act"' not in text
    version = office.office.item("faq:nbc/c").version
    for act, status in (("approve", 409), ("reject", 409)):
        given = {
            "word": word_of(text),
            "version": version,
            "act": act,
            "step": "first",
            "note": "x",
        }
        assert who.post("/item/faq/nbc/c", given).status == status
    assert records(office, "faq:nbc/c") == 0


def test_errors_must_be_mended_first(page: Page, office: Bureau) -> None:
    write_a(office, "见[没有的](faq:mlk/nichts)。")
    who = page.visitor("sun")
    text = who.get(PATH).text
    assert "REF003" in text
    assert 'value="approve"' not in text
    assert who.decide(ITEM).status == 409
    assert who.decide(ITEM, "reject", note="链接断了").status == 303


def test_sending_back_needs_a_reason(page: Page, office: Bureau) -> None:
    who = page.visitor("sun")
    reply = who.decide(ITEM, "reject", note="  ")
    assert reply.status == 409
    assert "退回要写理由" in reply.text
    reply = who.decide(ITEM, "reject", note="出处对不上")
    assert "已退回" in who.get(reply.headers["location"]).text
    assert office.office.item(ITEM).state == "rejected"
    assert "甲问" not in part(who.get("/").text, "main")
    assert "出处对不上" in page.visitor("wang").get(PATH).text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"note": "长" * 2001}, "意见太长"),
        ({"change": "长" * 201}, "只写一行"),
        ({"change": "一\n二"}, "只写一行"),
        ({"change": "看不见\u202e的"}, "看不见的字符"),
        ({"act": "nichts"}, "通过还是退回"),
    ],
)
def test_words_that_do_not_fit_are_refused(
    page: Page, office: Bureau, given: dict[str, str], said: str
) -> None:
    reply = page.visitor("sun").decide(ITEM, **given)
    assert reply.status == 409
    assert said in reply.text
    assert records(office) == 0


def test_two_reviewers_at_once_lose_nothing(page: Page, office: Bureau) -> None:
    for number in range(6):
        (office.root / f"faq/mlk/n{number}.md").write_text(faq(title=f"第{number}问"), "utf-8")
    people = {p: page.visitor(p) for p in ("sun", "li", "chen", "zhou")}
    steps = {"sun": "first", "li": "first", "chen": "secrecy", "zhou": "secrecy"}
    forms = {
        (p, n): fields(who.get(f"/item/faq/mlk/n{n}").text) | {"act": "approve", "step": steps[p]}
        for p, who in people.items()
        for n in range(6)
    }
    replies: dict[tuple[str, int], Reply] = {}

    def work(person: str) -> None:
        for n in range(6):
            replies[person, n] = people[person].post(f"/item/faq/mlk/n{n}", forms[person, n])

    threads = [threading.Thread(target=work, args=(p,)) for p in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    view = office.office
    for n in range(6):
        item = view.item(f"faq:mlk/n{n}")
        assert set(item.done) == {"first", "secrecy"}
        assert [j.why for j in item.log] == ["", ""], "one of each, and both count"
        for pair in (("sun", "li"), ("chen", "zhou")):
            assert sorted(replies[p, n].status for p in pair) == [303, 409]


def test_withdrawing_asks_once_more(page: Page, office: Bureau) -> None:
    who, path = page.visitor("zhao"), "/withdraw/faq/mlk/b"
    text = who.get(path).text
    assert "撤回这一篇？" in text
    empty = who.post(path, fields(text))
    assert empty.status == 409
    assert "撤回要写理由" in empty.text
    stale = who.post(path, fields(text) | {"version": "alt", "note": "数字有误"})
    assert stale.status == 409
    assert office.office.item("faq:mlk/b").state == "approved"
    reply = who.post(path, fields(text) | {"note": "数字有误"})
    assert "已撤回" in who.get(reply.headers["location"]).text
    assert office.office.item("faq:mlk/b").state == "withdrawn"
    assert "乙问" not in part(page.visitor("sun").get("/").text, "main")


def test_settings_are_never_withdrawn_here(page: Page, office: Bureau) -> None:
    who = page.visitor("zhao")
    assert "撤回" not in part(who.get("/item/site/orgs").text, "#decide")
    given = {"word": word_of(who.get("/").text), "note": "试试"}
    version = office.office.item("site:orgs").released
    given["version"] = " ".join(sorted(r.version for r in version.values()))
    assert who.post("/withdraw/site/orgs", given).status == 409
    assert office.office.item("site:orgs").state == "approved"


# --- what is shown --------------------------------------------------------------------------------

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"


def test_whatever_is_written_is_shown_as_text(page: Page, office: Bureau) -> None:
    office.approve(ITEM)
    (office.root / "faq/mlk/x.png").write_bytes(picture("PNG"))
    body = f"{EVIL}\n\n![{EVIL.replace('[', '')}](x.png)\n\n[坏](javascript:alert)"
    write_a(office, body, title=f"题{EVIL}", tags=[EVIL], editorial={"notes": EVIL})
    who = page.visitor("sun")
    who.decide(ITEM, "reject", note=EVIL)
    for path in (PATH, "/?view=all", f"/?view=all&q={EVIL[:20]}", "/withdraw/faq/mlk/a"):
        doc = tree(who.get(path).text)
        assert not doc.css("script, svg[onload], object, embed, base")
        every = [(n.tag, k) for n in doc.css("*") for k in n.attributes if k.startswith("on")]
        assert every == []
        links = [n.attributes.get("href") or "" for n in doc.css("a, form, iframe, img")]
        assert not [link for link in links if "javascript" in link]
    assert "alert(1)" in part(who.get(PATH).text, "#changed")
    assert "49" not in part(who.get("/?view=all").text, "ul.rows")


def test_the_difference_says_which_words(page: Page, office: Bureau) -> None:
    office.approve(ITEM)
    write_a(office, "第二版。\n\n::: intranet\n内部的话。\n:::", answer="改过的答案。")
    doc = tree(page.visitor("sun").get(PATH).text)
    changed = doc.css_first("#changed")
    assert changed is not None
    assert [n.text() for n in changed.css("del")][1:], "beside the one that explains the mark"
    assert "二" in [n.text() for n in changed.css("ins")]
    said = [n.text() for n in changed.css(".df-seen")]
    assert said == ["只在业务网版"]
    assert "一句话答案" in [n.text() for n in changed.css(".df-key")]
    assert "原来第" in part(doc.html or "", "#changed .df-old .sr")


def test_what_can_not_be_seen_is_named(page: Page, office: Bureau) -> None:
    office.approve(ITEM)
    write_a(office, "第一\u200b版\u202e。")
    changed = tree(page.visitor("sun").get(PATH).text).css_first("#changed .df-new")
    assert changed is not None
    assert [n.text() for n in changed.css("ins")] == ["〔U+200B〕版〔U+202E〕"]


def test_pictures_stand_side_by_side(page: Page, office: Bureau) -> None:
    (office.root / "faq/mlk/p.png").write_bytes(picture("PNG"))
    write_a(office, "![一张图](p.png)")
    office.approve(ITEM)
    (office.root / "faq/mlk/p.png").write_bytes(picture("PNG", size=(48, 32)))
    who = page.visitor("sun")
    doc = tree(who.get(PATH).text)
    shown = [(n.attributes["src"], n.attributes["alt"]) for n in doc.css("#changed img")]
    assert [alt for _, alt in shown] == ["一张图", "一张图"]
    bodies = [who.get(str(src)) for src, _ in shown]
    assert bodies[0].body == picture("PNG")
    assert bodies[1].body == picture("PNG", size=(48, 32))
    assert all("sandbox" in b.headers["content-security-policy"] for b in bodies)


def test_each_edition_is_compared_with_what_it_shows(page: Page, office: Bureau) -> None:
    """The intranet needs no 保密审查 and is ahead: whoever signs for the other edition must see all that is new there."""
    office.approve(ITEM)
    write_a(office, "第二版，只到内网。")
    office.approve(ITEM, steps=(("first", "sun"), ("second", "wang"), ("final", "zhao")))
    item = office.office.item(ITEM)
    assert item.released["intranet"].version != item.released["internet"].version
    write_a(office, "第三版，只到内网。")
    who = page.visitor("sun")
    text = who.get(PATH).text
    assert "各版本现在显示的不是同一版" in text
    assert "第一版" in part(text, "#changed .df-old"), "the edition that is furthest behind"
    ahead = who.get(f"{PATH}?base=intranet").text
    assert "第二版" in part(ahead, "#changed .df-old")
    assert "第一版" not in part(ahead, "#changed")


def test_the_check_report_names_the_clause_of_each_check(page: Page, office: Bureau) -> None:
    write_a(office, "有事打王科长手机 13812345678。")
    doc = tree(page.visitor("sun").get(PATH).text)
    rows = {n.css(".rv-check b")[0].text(): n for n in doc.css(".rv-checks > li")}
    assert "个人信息保护法第二十五条" in rows["个人信息"].text()
    assert "PII002" in rows["个人信息"].text()
    assert "建议改为：138****5678" in rows["个人信息"].text()
    quiet = [name for name, row in rows.items() if "没有发现问题" in row.text()]
    assert "地图审图号" in quiet
    assert all("依据：" in row.text() for row in rows.values())


@pytest.mark.parametrize("path", ["site_config.yml", "../site_config.yml", "faq/mlk/b.md", ""])
def test_only_files_of_the_item_are_given_out(page: Page, path: str) -> None:
    who = page.visitor("sun")
    for side in ("old", "new", "nichts"):
        assert who.get(f"/file/{side}/faq/mlk/a?path={path}").status == 404


def test_both_versions_are_shown_as_readers_see_them(page: Page, office: Bureau) -> None:
    office.approve(ITEM)
    write_a(office, f"草稿金丝雀。{FENCED}")
    write_a(office, f"草稿金丝雀。\n\n{FENCED}")
    who = page.visitor("sun")
    shown = {
        (side, edition): who.get(f"/look/{side}/@{edition}/faq/mlk/a/").text
        for side in ("old", "new")
        for edition in ("internet", "intranet")
    }
    assert all("第一版" in shown["old", e] for e in ("internet", "intranet"))
    assert all("草稿金丝雀" in shown["new", e] for e in ("internet", "intranet"))
    assert all("草稿" not in shown["old", e] for e in ("internet", "intranet"))
    assert "内部金丝雀" in shown["new", "intranet"]
    assert "内部金丝雀" not in shown["new", "internet"]
    page_text = who.get(PATH).text
    assert "互联网版" in page_text
    assert "业务网版" in page_text


def test_pages_under_review_are_harmless(page: Page) -> None:
    reply = page.visitor("sun").get("/look/new/@internet/faq/mlk/b/")
    policy = reply.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'self'" in policy


@pytest.mark.parametrize(
    "path",
    [
        "/look/new/@moon/",
        "/look/neither/@internet/",
        "/look/new/@internet/../../site_config.yml",
        "/look/new/@internet/%2e%2e/%2e%2e/site_config.yml",
        "/look/new/@internet/site_config.yml",
        "/look/new/@internet//etc/passwd",
        "/item/faq/mlk/nichts",
        "/item/x",
        "/form/exe/faq/mlk/b",
        "/-/../web.py",
        "/-/nichts.css",
        "/nichts",
    ],
)
def test_what_is_not_there_is_said(page: Page, path: str) -> None:
    reply = page.visitor("sun").get(path)
    assert reply.status == 404
    assert "Traceback" not in reply.text


def test_a_broken_draft_breaks_no_page(page: Page, office: Bureau) -> None:
    office.approve(ITEM)
    (office.root / "faq/mlk/a.md").write_text("---\ntitle: [坏\n---\n正文\n", "utf-8")
    who = page.visitor("sun")
    assert "甲问" not in who.get("/").text
    text = who.get(PATH).text
    assert "读不懂" in text
    assert "YML001" in text, "what is wrong with the file is said"
    assert "第一版" in who.get("/look/old/@internet/faq/mlk/a/").text
    assert who.get("/look/new/@internet/faq/mlk/a/").status == 404


def test_broken_settings_leave_the_page_standing(page: Page, office: Bureau) -> None:
    who = page.visitor("sun")
    form = fields(who.get(PATH).text) | {"act": "approve"}
    (office.root / "site_config.yml").write_text("site: [", "utf-8")
    text = who.get("/").text
    assert "站点的设置现在读不懂" in text
    assert "甲问" in text
    reply = who.post(PATH, form)
    assert reply.status == 409
    assert "站点的设置现在读不懂" in reply.text
    (office.root / "site_config.yml").write_text(CONFIG, "utf-8")
    assert who.post(PATH, form).status == 303


def test_records_that_do_not_count_are_shown_with_the_reason(page: Page, office: Bureau) -> None:
    office.sign(ITEM, "first", "sun")
    log = office.root / "content/approvals/log/faq/mlk/a.jsonl"
    log.write_text(log.read_text("utf-8").replace('"note":""', '"note":"改过"'), "utf-8")
    text = page.visitor("wang").get(PATH).text
    assert "不算数" in text
    assert "签名不对" in text


def test_an_entry_without_source_says_why_it_stays_out(page: Page, office: Bureau) -> None:
    write_a(office, "没有出处。", sources=[])
    text = page.visitor("sun").get(PATH).text
    assert "待核，不进公开的版本" in text
    assert "SRC001" in text


def test_the_form_can_be_downloaded(page: Page) -> None:
    who = page.visitor("sun")
    for kind, mark in (("pdf", b"%PDF"), ("docx", b"PK")):
        reply = who.get(f"/form/{kind}/faq/mlk/a")
        assert reply.status == 200
        assert reply.body.startswith(mark)
        assert "attachment" in reply.headers["content-disposition"]


# --- the list -------------------------------------------------------------------------------------


def test_filters_and_pages(page: Page, office: Bureau) -> None:
    for number in range(120):
        name = "nbc" if number % 3 == 0 else "mlk"
        target = office.root / f"faq/{name}/q{number:03}.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(faq(title=f"第{number:03}号问题", division=name), "utf-8")
    who = page.visitor("sun")

    def titles(query: str) -> list[str]:
        return [n.text() for n in tree(who.get(query).text).css(".rv-what a b")]

    every = [t for number in (1, 2, 3) for t in titles(f"/?page={number}")]
    assert len(titles("/")) == 50
    assert len(set(every)) == len(every) == 121
    assert len(titles("/?division=nbc")) == 40
    assert titles("/?q=%E7%AC%AC007") == ["第007号问题"]
    assert titles("/?view=all&state=approved") == ["机构和人员清单", "站点配置", "乙问"]
    assert titles("/?page=999") == titles("/?page=3")
    assert titles("/?page=x&state=y&view=z") == titles("/")


def test_what_changed_on_disk_is_seen_at_once(page: Page, office: Bureau) -> None:
    who = page.visitor("sun")
    assert "甲问" in who.get("/").text
    write_a(office, "正文。", title="改了名的问")
    assert "改了名的问" in who.get("/").text
