"""Parts of pages in articles: over every page of the own site nothing is lost and every picture fits."""

from __future__ import annotations

import hashlib
import io
import re
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from PIL import Image as Pil
from selectolax.lexbor import LexborHTMLParser, LexborNode

from builder.body import Body
from builder.config import load_config
from builder.kinds import BY_NAME
from builder.media.clean import AI_LABEL
from builder.media.text_layout import measure
from builder.memo import Memo
from builder.model import Infographic, Page, Prose, QuestionAnswer, Site, Table
from builder.render.wechat import (
    Wechat,
    collection,
    covers,
    judged,
    parts,
    parts_newspic,
)
from builder.render.wechat.article import Article, Image
from builder.render.wechat.budget import length
from builder.render.wechat.lint import lint
from builder.render.wechat.parts_bits import day
from builder.render.wechat.parts_kinds import MOST
from builder.render.wechat.parts_live import WHOLE
from builder.render.wechat.parts_rules import CODES
from builder.render.wechat.parts_sources import ROW
from tests.own_articles import FULL, World
from tests.sitefiles import fact, faq, picture, site_of, write, yml
from tests.wechat_sample import unkept

# What the site says only because it can be pressed, played or opened there.
PRESSED = frozenset({"看答案", "看数据", "下载代码表", "依据与核对", "出处", "可选几项", "表名"})
PHRASE = re.compile(r"[^，。；：！？（）、“”《》…—|·]+")
OUTSIDE = (
    "button, script, style, svg, .btn-row, .rail, nav, .crumbs, .meta, .next, .record, .chart-data,"
    " summary, .script time, .film, .film-files, .sr, .bot, .plate, .fold > summary, .term-card, template"
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory)


def squeezed(text: str) -> str:
    """A text without blanks: where a line ends is no word."""
    return re.sub(r"[\s\u200b\u00a0\u3000]+", "", text)


def told(html: str) -> str:
    """All words of an article, those of its pictures with them, numbers of notes taken out."""
    without = re.sub(r"<sup[^>]*>.*?</sup>", "", html, flags=re.DOTALL)
    alts = " ".join(re.findall(r'alt="([^"]*)"', without))
    return squeezed(unescape(re.sub(r"<[^>]*>", "", without) + alts))


def sound(article: Article) -> None:
    """The pictures of an article are those that its text shows; each fits."""
    shown = set(re.findall(r'src="([^"]*)"', article.html))
    names = {image.name for image in article.images}
    assert shown <= names
    cover = {article.cover.image.name} if article.cover else set()
    assert names == shown | cover
    for image in article.images:
        fits(image)


def fits(image: Image) -> None:
    assert len(image.data) < 1_000_000
    sha = hashlib.sha256(image.data).hexdigest()[:12]
    opened = Pil.open(io.BytesIO(image.data), formats=["JPEG", "PNG"])
    assert image.name == f"images/{sha}.{'png' if opened.format == 'PNG' else 'jpg'}"
    assert opened.size == (image.width, image.height)
    assert image.width <= 1080
    assert image.alt


# --- every page of the own site -------------------------------------------------------------------


def test_every_page_becomes_an_article(world: World) -> None:
    assert len(world.site.pages) > 110
    kinds = {p.kind for p in world.site.pages.values()}
    assert {p.kind for p in world.sample} == {k for k in kinds if BY_NAME[k].article}
    for article in world.articles.values():
        sound(article)
        assert article.budget.characters < 20_000, article.title
        assert "None" not in article.html
        assert not re.search(r"<(script|style|video|iframe|svg class=\"i)", article.html)


def test_every_article_keeps_wechats_rules_by_day_and_by_night(world: World) -> None:
    for page in world.sample:
        assert lint(world.articles[page.id].html) == [], page.id
        assert lint(world.wechat.article(page, "campaign").html) == [], page.id


def test_the_own_pushes_are_whole(world: World) -> None:
    assert len(world.site.pushes) >= 3
    for push in world.site.pushes.values():
        for number in range(1, len(push.data["articles"]) + 1):
            article = world.wechat.of(push, number)
            assert [p.message for p in judged(article, push.id)] == []
            assert article.pictures or article.html


def test_no_word_of_a_page_is_lost(world: World) -> None:
    lost: dict[str, list[str]] = {}
    for page in world.sample:
        article = world.articles[page.id]
        has = told(article.html) + squeezed(article.title)
        missing = [w for w in words(world.web.pages.html(page), page) if w not in has]
        if missing:
            lost[page.id] = missing
    assert not lost


def words(html: str, page: Page) -> Iterator[str]:
    """The phrases in the main column of a page, but for what can only be done there."""
    tree = LexborHTMLParser(html)
    main = tree.css_first("article.main") or tree.css_first("main .cols") or tree.css_first("main")
    assert main is not None
    outside = OUTSIDE if page.expired else f"{OUTSIDE}, .expired-note"
    if len(page.data.get("codes", ())) > CODES:
        outside += ", #codes .table-box"
    if page.kind == "column":  # cards: in a test of their own
        outside += ", .band"
    for node in main.css(outside):
        node.decompose()
    rows = [f"{s.locator}，{s.quote}" for s in page.sources if ROW.fullmatch(s.quote)]
    figures = {phrase for row in rows for phrase in PHRASE.findall(squeezed(row))}
    for text in texts(main):
        for phrase in PHRASE.findall(squeezed(text)):
            if phrase not in PRESSED | figures and len(phrase) > 1:
                yield phrase


def texts(node: LexborNode) -> Iterator[str]:
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            yield child.text_content or ""
        else:
            yield from texts(child)


def test_answers_of_a_quiz_come_after_all_questions(world: World) -> None:
    for page in world.pages("quiz"):
        html = unkept(world.articles[page.id].html)
        answers = html.index(">答案和解释<")
        for question in page.data["questions"]:
            assert html.index(question["text"][:9]) < answers
            for option in question["options"]:
                assert not option["why"] or html.index(option["why"]) > answers, "not before"


def test_the_answer_of_a_question_comes_first(world: World) -> None:
    for page in world.pages("faq"):
        first = world.body.parts(page)[0]
        assert isinstance(first, Prose)
        start = squeezed(unescape(re.sub(r"<[^>]*>", "", first.html)))[:6]
        text = told(world.articles[page.id].html)
        answer = squeezed(page.data["answer"])
        assert text.index(answer) < 12, "right after what it is"
        assert text.find(start, text.index(answer) + len(answer)) > 0


def test_lists_lead_to_their_pages(world: World) -> None:
    for page in world.pages("course"):
        for lesson in world.ground.lessons[page.id]:
            assert world.ground.address(lesson) in world.articles[page.id].html
    for page in world.pages("column"):
        said = told(world.articles[page.id].html)
        found = world.ground.gathered(page)
        for other in found[:MOST]:
            for text in (other.title, other.data.get("answer", "") or other.summary):
                assert squeezed(text) in said
        assert (f"还有{len(found) - MOST}篇" in said) is (len(found) > MOST)


def test_a_comic_is_its_panels_in_order_and_its_words(world: World) -> None:
    for page in world.pages("comic"):
        article = world.articles[page.id]
        panels = [i for i in article.images if i.alt.startswith("漫画第")]
        assert len(panels) == len(page.data["panels"])
        places = [article.html.index(i.name) for i in panels]
        assert places == sorted(places)
        assert article.html.index("文字稿") > places[-1]


def test_a_film_is_its_poster_and_the_way_to_it(world: World) -> None:
    for page in world.pages("video"):
        article = world.articles[page.id]
        assert any(i.alt.startswith("二维码") for i in article.images)
        assert any((i.width, i.height) == (1080, 608) for i in article.images), "the poster"
        assert world.ground.address(page) in article.html
        assert article.said, "an editor puts it in by hand"


def test_drawings_are_cut_between_bands_in_order(world: World) -> None:
    for page in world.pages("infographic"):
        article = world.articles[page.id]
        pieces = [i for i in article.images if i.alt.startswith("图解：")]
        assert pieces
        assert {i.width for i in pieces} == {1080}
        places = [article.html.index(i.name) for i in pieces]
        assert places == sorted(places)
        part = next(p for p in world.body.parts(page) if isinstance(p, Infographic))
        for block in part.blocks:
            assert squeezed(block["title"]) in told(article.html)


def test_charts_are_pictures_with_what_must_stand_by_them(world: World) -> None:
    charted = [p for p in world.sample if "```chart" in p.text]
    assert charted
    for page in charted:
        article = world.articles[page.id]
        assert any("图。" in i.alt for i in article.images), "what it says, in a sentence"


def test_a_hundred_articles_are_quick(world: World) -> None:
    times = []
    for page in (world.sample * 3)[:100]:
        begun = time.perf_counter()
        world.wechat.article(page)
        times.append(time.perf_counter() - begun)
    assert statistics.median(times) < 0.025


def test_same_bytes_without_memory(world: World) -> None:
    ids = ["article:2026/gdp-zengsu-bie-zijichu", "quiz:jingjipucha/kaokao", "live:2026-nianbao"]
    other = Wechat(world.site, Body(world.site, Memo(None, "1"), world.body.studio), world.config)
    for identity in ids:
        again = other.article(world.site.pages[identity])
        assert again == world.articles[identity]


# --- parts that need pages of their own -------------------------------------------------------------


def small(root: Path, files: Mapping[str, str | bytes]) -> tuple[Wechat, Site]:
    site = site_of(write(root, files))
    config = load_config(root)
    return Wechat(site, Body(site, Memo(None, "1")), config), site


LIVE = """\
start: 2026-11-20T09:00:00+08:00
end: 2026-11-20T11:00:00+08:00
place: 报告厅
posts:
"""


def posts(count: int, key: int = 3) -> str:
    return LIVE + "".join(
        f"  - {{time: '2026-11-20T{7 + n // 60:02d}:{n % 60:02d}:00+08:00', title: 第{n}条, text: 正文{n}号。,"
        f" key: {'true' if n == key else 'false'}}}\n"
        for n in range(count)
    )


def test_a_live_digest_has_the_state_who_said_what_and_pictures(tmp_path: Path) -> None:
    text = yml(
        title="直播",
        assets={"hui.jpg": {"alt": "会场全景", "credit": "小周", "ai_generated": True}},
    )
    talk = (
        "  - time: '2026-11-20T09:10:00+08:00'\n    title: 提问\n    image: hui.jpg\n"
        "    talk: [{who: 王姐, text: 去年的表能不能用}, {who: 老陈, text: 不能}]\n"
    )
    files: dict[str, str | bytes] = {
        "content/events/zhibo.live.yml": text + LIVE + talk,
        "content/events/hui.jpg": picture("JPEG", size=(900, 600)),
    }
    wechat, site = small(tmp_path, files)
    article = wechat.article(site.pages["live:zhibo"])
    sound(article)
    said = told(article.html)
    for wanted in (
        "直播正在进行，以下截至2026年11月20日09:10",
        "王姐：去年的表能不能用",
        "老陈：不能",
        "会场全景",
        "图：小周",
        "AI生成",
        "09:10",
    ):
        assert squeezed(wanted) in said
    assert article.ai
    assert AI_LABEL in next(i.data for i in article.images if i.alt == "会场全景")


@pytest.mark.parametrize("count", [0, 1, WHOLE, WHOLE + 1, 90])
def test_of_many_posts_those_that_matter_and_the_newest(tmp_path: Path, count: int) -> None:
    text = (
        yml(title="直播") + posts(count)
        if count
        else yml(title="直播") + LIVE.replace("posts:\n", "")
    )
    wechat, site = small(tmp_path, {"content/events/zhibo.live.yml": text})
    article = wechat.article(site.pages["live:zhibo"])
    shown = [n for n in range(count) if f"正文{n}号。" in told(article.html)]
    if count <= WHOLE:
        assert shown == list(range(count))
        assert not article.said
    else:
        assert 3 in shown
        assert set(range(count - 3, count)) <= set(shown)
        assert shown == sorted(shown)
        assert len(shown) <= WHOLE
        assert f"还有{count - len(shown)}条" in told(article.html)
        assert article.said


def test_tables_and_questions_as_parts(world: World) -> None:
    page, press = next(world.pages("faq")), world.press()
    press.page(page.url)
    table = Table("四组数", ("组", "数 & 值"), (("甲", "1,024.5"), ("乙", "<3>")))
    parts.lay_part(table, page, press, world.ground, {})
    parts.lay_part(QuestionAnswer("谁来报？", "用工单位报。"), page, press, world.ground, {})
    html = "".join(press.blocks)
    for wanted in ("四组数", "1,024.5", "数 &amp; 值", "&lt;3&gt;", "谁来报？", "用工单位报。"):
        assert wanted in html


def test_what_no_longer_holds_says_so_first(world: World) -> None:
    page = next(p for p in world.pages("faq") if p.sources)
    old = replace(page, expired=True, valid=replace(page.valid, to="2026-01-31"))
    html = unkept(world.wechat.article(old).html)
    assert html.index("内容已过期") < html.index(page.data["answer"])
    assert "本文适用到2026年1月31日" in html


def test_words_that_look_like_markup_stay_words(tmp_path: Path) -> None:
    quiz = (
        "questions:\n  - id: q1\n    text: 1 < 2 & <b>对</b> 吗\n"
        "    options: [{text: '<i>是</i>', right: true, why: '因为 <u>'}, {text: 否}]\n"
    )
    wechat, site = small(
        tmp_path,
        {
            "courses/ke/course.yml": yml(title="课 <一>", key="==<x>=="),
            "courses/ke/lessons/01-ti.quiz.yml": yml(title="题 & <目>") + quiz,
        },
    )
    for page in site.pages.values():
        html = wechat.article(page).html
        assert not re.search(r"<(b|i|u|x|一|目)>", html)
    assert "&lt;i&gt;是&lt;/i&gt;" in wechat.article(site.pages["quiz:ke/ti"]).html


def test_pictures_of_every_kind_in_a_text(tmp_path: Path) -> None:
    kinds = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "avif": "AVIF"}
    body = "\n\n".join(f"![图{s}](tu.{s})" for s in kinds)
    files: dict[str, str | bytes] = {"faq/mlk/tu.md": faq(body)}
    files |= {f"faq/mlk/tu.{s}": picture(k, size=(1300, 700)) for s, k in kinds.items()}
    wechat, site = small(tmp_path, files)
    article = wechat.article(site.pages["faq:mlk/tu"])
    sound(article)
    shown = [i for i in article.images if i.alt.startswith("图")]
    assert {i.alt for i in shown} == {f"图{s}" for s in kinds}
    assert {i.width for i in shown} == {1080}


def test_a_long_picture_in_a_text_is_cut_without_a_seam(tmp_path: Path) -> None:
    tall = Pil.new("RGB", (600, 4200), "#fffdf8")
    for n in range(7):
        tall.paste(Pil.new("RGB", (500 - 20 * n, 480), "#1b4a80"), (50, 60 + 600 * n))
    out = io.BytesIO()
    tall.save(out, "PNG")
    files: dict[str, str | bytes] = {
        "faq/mlk/tu.md": faq("![一图读懂](chang.png)"),
        "faq/mlk/chang.png": out.getvalue(),
    }
    wechat, site = small(tmp_path, files)
    article = wechat.article(site.pages["faq:mlk/tu"])
    sound(article)
    pieces = [i for i in article.images if i.alt.startswith("一图读懂")]
    assert len(pieces) > 2
    assert sum(i.height for i in pieces) == 4200
    names = "".join(f'<img src="{i.name}"' + r"[^>]*>" for i in pieces)
    assert re.search(names, article.html), "one right below the other"


# --- collections ------------------------------------------------------------------------------------


def test_questions_as_one_article(world: World) -> None:
    pages = [p for p in world.site.pages.values() if p.kind == "faq" and p.division == "mlk"][:3]
    press = world.press()
    laid = collection.lay(pages, press, world.ground)
    html = unkept("".join(press.blocks))
    places = [html.index(f"{n}. {p.title}") for n, p in enumerate(pages, 1)]
    assert places == sorted(places)
    for page, start in zip(pages, places, strict=True):
        assert html.index(page.data["answer"], start) > start
    names = {s.title for p in pages for s in p.sources}
    cited = html[html.rindex("依据") :]
    assert all(cited.count(f">{name}") == 1 for name in names), "each document once"
    assert not laid.said
    assert not laid.ai


def test_terms_as_one_article(world: World) -> None:
    pages = list(world.pages("term"))[:4]
    press = world.press()
    collection.lay(pages, press, world.ground)
    html = unkept("".join(press.blocks))
    for page in pages:
        assert page.data["definition"] in unescape(html)


def collected(world: World, pages: list[Page]) -> str:
    """The words of a collection."""
    press = world.press()
    collection.lay(pages, press, world.ground)
    return unescape(unkept("".join(press.blocks)))


@pytest.mark.parametrize("count", [2, 30])
def test_each_question_of_a_collection_says_whether_it_holds(world: World, count: int) -> None:
    first, second, *others = [p for p in world.site.pages.values() if p.kind == "faq"][:count]
    old = replace(first, expired=True, valid=replace(first.valid, to="2026-01-31"))
    until = replace(second, valid=replace(second.valid, to="2027-12-31"))
    said = collected(world, [old, until, *others])
    start = said.index(f"1. {old.title}")
    assert start < said.index("内容已过期", start) < said.index(old.data["answer"], start)
    assert said.count("内容已过期") == 1
    assert "本文适用到2026年1月31日" in said
    assert said.index(f"2. {until.title}") < said.index(">适用到2027年12月31日<")
    for page in others:
        if page.valid.to and not page.expired:
            assert f">适用到{day(page.valid.to)}<" in said


def test_a_standard_that_was_replaced_says_so_wherever_it_stands(world: World) -> None:
    page = next(world.pages("standard"))
    old = replace(page, data={**page.data, "status": "superseded"})
    assert collected(world, [old]).count("这一版已被替代") == 1
    assert world.wechat.article(old).html.count("这一版已被替代") == 1


def test_a_short_collection_has_the_other_words_of_a_question(world: World) -> None:
    page = next(p for p in world.site.pages.values() if p.kind == "faq")
    asked = replace(page, data={**page.data, "ask": ("换一种问法呢？",)})
    said = collected(world, [asked])
    assert said.index(page.data["answer"]) < said.index("换一种问法呢？")


def test_however_many_questions_they_fit_and_keep_their_answers(world: World) -> None:
    every = [p for p in world.site.pages.values() if p.kind == "faq"]
    depths = [depth.value for depth in collection.Depth]
    reached = []
    for count in (2, 4, 8, 12, 20, 30):
        pages, press = every[:count], world.press()
        laid = collection.lay(pages, press, world.ground)
        html = "".join(press.blocks)
        assert length(html) < 20_000
        said = unescape(unkept(html))
        for page in pages:
            assert page.title in said
            assert page.data["answer"] in said
        assert all(s.title in said for p in pages for s in p.sources)
        reached.append(depths.index("".join(laid.said)))
    assert reached == sorted(reached), "more questions never say more of each"
    assert reached[0] == 0
    assert reached[-1] == len(depths) - 1


# --- covers, 贴图, short forms ------------------------------------------------------------------------


def test_the_title_stands_in_both_crops(world: World) -> None:
    left, _, right, _ = (float(v) for v in covers.SQUARE.split("_"))
    side = (right - left) * covers.WIDTH
    assert abs(side - covers.HEIGHT) < 0.01, "a square"
    for page in world.site.pages.values():
        set_ = covers.place(page.title)
        assert "".join(set_.lines).rstrip("…") in page.title.replace(" ", "") + page.title
        for number, line in enumerate(set_.lines):
            half = measure(line, set_.size, 700) / 2
            assert covers.WIDTH / 2 - half >= left * covers.WIDTH + 10
            assert covers.WIDTH / 2 + half <= right * covers.WIDTH - 10
            base = covers.top(set_) + number * set_.leading + set_.size
            assert covers.SAFE[1] + 36 < base < covers.HEIGHT - 56
    for article in world.articles.values():
        assert article.cover is not None
        assert (article.cover.image.width, article.cover.image.height) == (900, 383)


def test_comics_and_infographics_as_pictures_of_one_shape(world: World) -> None:
    chosen = [next(world.pages("comic")), *list(world.pages("infographic"))[: None if FULL else 2]]
    for page in chosen:
        images, text, said = parts_newspic.pictures(page, world.ground)
        assert not said
        assert 1 <= len(images) <= 20
        assert {(i.width, i.height) for i in images} == {(1080, 1440)}
        for image in images:
            fits(image)
        if page.kind == "comic":
            assert len(images) == 1 + len(page.data["panels"])
        assert len(text) <= parts_newspic.TEXT
        assert "<" not in text
        assert world.ground.address(page) in text


def test_more_panels_than_pictures_share_sheets(world: World) -> None:
    page = next(world.pages("comic"))
    few = [Pil.new("RGB", (1000, 1000 + n), (n, 0, 0)) for n in range(45)]
    first = [Pil.new("RGB", (1080, 1440))]
    made = list(parts_newspic.sheets(first, few, page, world.ground))
    assert len(made) <= 20
    seen = {
        c[0]
        for s in made[1:]
        for _, c in s.getcolors(1 << 20) or ()
        if isinstance(c, tuple) and c[1:] == (0, 0)
    }
    assert seen == set(range(45)), "every panel stands on some sheet"


WORDS = st.text(st.sampled_from("统计微课甲乙丙，。！？ab1% "), max_size=90)


def test_short_forms_of_real_pages(world: World) -> None:
    for page in world.sample:
        made = world.articles[page.id].short
        assert len(made["weibo"]) <= 140
        assert page.title[:8] in made["weibo"]
        assert made["weibo"].startswith("#") or not page.tags
        url = world.ground.address(page)
        assert made["weibo"].endswith(url)
        assert made["toutiao"].splitlines()[0].startswith("标题：")
        assert made["toutiao"].endswith(url)
        key = page.data.get("key", "").replace("==", "")
        assert key in made["toutiao"]


def test_only_what_a_model_made_is_declared(world: World, tmp_path: Path) -> None:
    for page in world.sample:
        assert world.articles[page.id].ai is (page.kind == "video"), page.id
    keys: dict[str, Any] = {"assets": {"tu.png": {"alt": "插图", "ai_generated": True}}}
    files: dict[str, str | bytes] = {
        "faq/mlk/tu.md": faq("![](tu.png)", **keys),
        "faq/mlk/tu.png": picture("PNG", size=(90, 90)),
        "content/articles/2026/a.md": fact(type="news"),
    }
    wechat, site = small(tmp_path, files)
    assert {i: wechat.article(p).ai for i, p in site.pages.items()} == {
        "faq:mlk/tu": True,
        "article:2026/a": False,
    }
