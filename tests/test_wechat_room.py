"""What is too long gives way in time: collections with notes and leads, and lists at their legal most."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from builder.problems import Severity
from builder.render.wechat import judged, parts_kinds
from builder.render.wechat.article import Article
from builder.render.wechat.budget import MOST, ROOM
from builder.render.wechat.parts_bits import numeral
from tests.sitefiles import CONFIG, fact, faq, write, yml
from tests.test_wechat_article import ACCOUNTS, push, wechat
from tests.wechat_sample import unkept


def links(count: int, page: int) -> str:
    """So many addresses of the usual length, all different."""
    return "，".join(
        f"[说明{n}](https://www.example.gov.cn/{page}/tongji/zhidu/2026/{'x' * 60}{n}.html)"
        for n in range(count)
    )


def collected(root: Path, count: int, body: str, lead: str = "") -> Article:
    """A collection of so many questions."""
    files = {
        f"faq/mlk/q{n}.md": faq(
            f"{body}\n\n{links(14, n)}", title=f"第{n}问怎样填报名录？", ask=["换一种问法？"]
        )
        for n in range(count)
    }
    item = {"entries": [f"faq:mlk/q{n}" for n in range(count)], "title": "合集", "lead": lead}
    files |= {"site_config.yml": CONFIG + ACCOUNTS, "content/pushes/yi.yml": push(item)}
    made = wechat(write(root, files))
    return made.of(made.site.pushes["push:yi"], 1)


# --- lists at their legal most ----------------------------------------------------------------------


def question(number: int, length: int) -> dict[str, object]:
    """A question of so many characters, and as many for each option and reason."""
    options = [{"text": "项" * length, "right": n == 0, "why": "由" * length} for n in range(4)]
    return {"id": f"q{number}", "text": "问" * length, "options": options, "explain": "解" * length}


def quiz(root: Path, count: int, length: int) -> Article:
    files = {
        "courses/k/course.yml": yml(title="课程"),
        "courses/k/lessons/01-q.quiz.yml": yml(
            title="测一测", **{"pass": count}, questions=[question(n, length) for n in range(count)]
        ),
    }
    made = wechat(write(root, files))
    return made.article(made.site.pages["quiz:k/q"])


@pytest.mark.parametrize(("count", "length"), [(50, 12), (50, 60), (50, 200), (8, 12)])
def test_a_quiz_holds_as_many_questions_as_fit(count: int, length: int, tmp_path: Path) -> None:
    article = quiz(tmp_path, count, length)
    assert article.budget.characters < ROOM
    assert [p for p in judged(article, "push:yi") if p.severity is Severity.ERROR] == []
    shown = article.html.count(f"、{'问' * length}")
    assert shown == article.html.count(f"、A　{'项' * length}"), "each with its answer"
    assert shown > 0
    if shown == count:
        assert article.said == ()
        assert "答对" in article.html
    else:
        assert count == 50
        assert f"还有{numeral(count - shown)}题" in article.html
        assert "答对" not in article.html, "what it takes to pass is said of all"
        assert article.said


def test_a_course_names_its_first_lessons(tmp_path: Path) -> None:
    lessons = {
        f"courses/k/lessons/{n:02d}-l{n}.md": fact(title=f"第{n}课的题目，写得不短也不长")
        for n in range(1, 100)
    }
    made = wechat(write(tmp_path, {"courses/k/course.yml": yml(title="课程"), **lessons}))
    article = made.article(made.site.pages["course:k"])
    assert article.budget.characters < ROOM
    text = unkept(article.html)
    assert text.count("课的题目") == parts_kinds.MOST
    assert "还有79课" in text


# --- collections ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [4, 6, 8, 10])
def test_notes_count_when_a_collection_chooses_its_depth(count: int, tmp_path: Path) -> None:
    article = collected(tmp_path, count, "很长的解释。" * 100)
    assert article.budget.characters < ROOM
    assert not [p for p in judged(article, "push:yi") if p.severity is Severity.ERROR]
    assert len(article.said) == (count > 4)
    assert article.html.count("一句话答案。") >= count


def test_the_lead_counts_too(tmp_path: Path) -> None:
    article = collected(tmp_path, 3, "解释。" * 100, "导语里的一句话。" * 1_400)
    assert article.budget.characters < MOST
    assert "导语里的一句话。" in article.html
    assert article.said


def test_what_was_only_tried_is_not_told(tmp_path: Path) -> None:
    """A question whose text has no room says nothing of the pictures in it."""
    moving = io.BytesIO()
    first, second = (Image.new("RGB", (600, 300), shade) for shade in ("#123456", "#654321"))
    first.save(moving, "GIF", save_all=True, append_images=[second])
    write(tmp_path, {"faq/mlk/dong.gif": moving.getvalue()})
    body = "![会动的示意图](dong.gif)\n\n" + "解释。" * 400
    few = collected(tmp_path, 2, body)
    assert "动图" in "".join(few.said)
    many = collected(tmp_path, 12, body)
    assert many.said == ("合起来太长，文章里只放了一句话答案，解释在网页上",)
    assert many.images == (many.cover.image,) if many.cover else ()
