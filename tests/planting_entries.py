"""Whole entries and single items that the internet edition must not know."""

from __future__ import annotations

from tests.canaries import Garden
from tests.sitefiles import fact, faq, md, picture, yml


def internal_entries(g: Garden) -> None:
    """An internal entry of every kind outside courses, canaries in its own keys."""

    def keys(kind: str, url: str) -> dict[str, object]:
        return {
            "audience": "intranet",
            "division": "nbc",
            "title": g.say(f"{kind}: title", f"site/{url}"),
            "summary": g.say(f"{kind}: summary", f"site/{url}"),
            "tags": [g.say(f"{kind}: tag", "site/tags/")],
            "aliases": [f"jiu/{g.slug(f'{kind}: alias', 'site/jiu/SELF/')}"],
            "wechat": {k: g.say(f"{kind}: wechat {k}") for k in ("author", "digest")},
            "sources": [
                {
                    "title": g.say(f"{kind}: source", f"site/{url}"),
                    "quote": g.say(f"{kind}: quote", f"site/{url}"),
                }
            ],
        }

    def body(kind: str, url: str) -> str:
        return g.say(f"{kind}: body", f"site/{url}")

    slug = g.slug("file name of an entry", "site/faq/nbc/SELF/")
    g.files[f"faq/nbc/{slug}.md"] = md(
        body("faq", f"faq/nbc/{slug}/"),
        **keys("faq", f"faq/nbc/{slug}/"),
        answer=g.say("answer", "site/faq/"),
        ask=[g.say("other wording", "search/index.json")],
        forms=[g.say("form number", f"faq/nbc/{slug}/")],
        valid={"system": "system:neibu"},
    )
    g.files["faq/nbc/neibu.md"] = faq(
        body("second faq", "faq/nbc/[^/]+/"),
        audience="intranet",
        division="nbc",
        id=g.slug("id of an entry", "manifest.json"),
    )
    place = "articles/2026/neibu/"
    g.files["content/articles/2026/neibu.md"] = md(
        body("article", place), **keys("article", place), type="notice"
    )
    g.files["content/columns/neibu.yml"] = yml(
        **keys("column", "columns/neibu/"),
        gather={"kinds": ["faq"]},
        text=body("column", "columns/neibu/"),
    )
    g.files["content/events/neibu.md"] = md(
        body("event", "events/neibu/"),
        **keys("event", "events/neibu/"),
        type="lecture",
        start="2026-11-25",
        place=g.say("place of an event", "events/neibu/"),
        programme=[{"title": g.say("programme", "events/neibu/")}],
    )
    g.files["content/events/zhibo.live.yml"] = yml(
        **keys("live", "live/zhibo/"),
        start="2026-11-20T09:00:00+08:00",
        end="2026-11-20T10:00:00+08:00",
        posts=[
            {"time": "2026-11-20T09:10:00+08:00", "text": g.say("post", "live/zhibo/fragment.html")}
        ],
    )
    g.files["content/cases/neibu.md"] = md(
        body("case", "cases/neibu/"), **keys("case", "cases/neibu/")
    )
    term = g.slug("address of a term linked by its name", "site/faq/mlk/gongkai/")
    g.files[f"content/terms/{term}.md"] = md(
        "",
        **keys("term", f"terms/{term}/"),
        definition=g.say("definition", "terms/"),
        names=["统计员工作手册"],
    )
    g.files["content/terms/neibu.md"] = fact(
        "", audience="intranet", definition="内部名词。", title="内部名词"
    )
    codes = "code,name,level,parent,doubt\nA,{},门类,,\n"
    g.files["content/standards/neibu.csv"] = codes.format(
        g.say("table of codes", r"assets/files/\w+\.csv")
    )
    g.files["content/standards/neibu.md"] = md(
        body("standard", "standards/neibu/"),
        **keys("standard", "standards/neibu/"),
        number="内标",
        codes="neibu.csv",
    )
    g.files["content/norms/neibu.md"] = md(
        body("norm", "norms/neibu/"),
        **keys("norm", "norms/neibu/"),
        ledgers=[
            {"name": "台账", "columns": [g.slug("ledger", r"taizhang-1\.[0-9a-f]{12}\.xlsx")]}
        ],
    )
    deadline = {"name": g.say("deadline", "calendar.ics"), "day": 25}
    g.files["content/systems/neibu.md"] = md(
        body("system", "systems/neibu/"), **keys("system", "systems/neibu/"), deadlines=[deadline]
    )


def internal_course(g: Garden) -> None:
    """A course of internal lessons in every form."""
    slug = g.slug("address of a course", "site/courses/SELF/")
    here = f"courses/{slug}/"
    keys = {"audience": "intranet"}
    lessons = f"courses/{slug}/lessons"

    def say(place: str) -> str:
        return g.say(f"course: {place}", here)

    g.files[f"courses/{slug}/course.yml"] = yml(
        **keys, title=say("title"), objectives=[say("objective")]
    )
    g.files[f"{lessons}/01-wen.md"] = fact(
        say("lesson"), **keys, title=say("lesson title"), key=say("key")
    )
    panel = {
        "caption": say("caption"),
        "says": [{"who": "小李", "text": say("bubble")}],
        "note": say("note"),
    }
    g.files[f"{lessons}/02-hua.comic.yml"] = yml(**keys, panels=[panel])
    block = {"title": say("block"), "items": [say("item")], "text": say("block text")}
    g.files[f"{lessons}/03-tu.infographic.yml"] = yml(**keys, layout="steps", blocks=[block])
    scene = {"seconds": 5, "caption": say("scene"), "narration": say("narration")}
    g.files[f"{lessons}/04-pian.video.yml"] = yml(**keys, seconds=5, scenes=[scene])
    options = [{"text": say("option"), "right": True, "why": say("why")}, {"text": "乙"}]
    g.files[f"{lessons}/05-ce.quiz.yml"] = yml(
        **keys,
        questions=[
            {"id": "a", "text": say("question"), "options": options, "explain": say("explain")}
        ],
    )


def mixed(g: Garden) -> None:
    """Public entries with single items for another audience."""
    g.files["courses/gongkai/course.yml"] = yml(title=f"公开课{g.public()}")
    g.files["courses/gongkai/lessons/01-yi.md"] = fact(g.public(), title="第一课")
    slug = g.slug("address of an internal lesson in a public course", "courses/gongkai/SELF/")
    g.files[f"courses/gongkai/lessons/02-{slug}.md"] = fact(
        "内部", title=g.say("title of the next lesson", "courses/gongkai/yi/"), audience="intranet"
    )
    g.files["courses/gongkai/lessons/03-san.md"] = fact("公开", title="第三课")
    name = g.slug("name of material for others")
    g.files[f"content/events/{name}.csv"] = g.say("material for others", r"assets/files/\w+\.csv")
    inner = {"audience": "intranet"}
    here = "events/gongkai/"
    g.files["content/events/gongkai.md"] = md(
        g.public(),
        type="training",
        start="2026-11-26",
        programme=[{"title": g.public()}, {"title": g.say("programme item", here), **inner}],
        materials=[{"title": g.say("material", here), "file": f"{name}.csv", **inner}],
        summaries=[{"unit": "jiazhou", "text": g.say("summary of a unit", here), **inner}],
    )
    times = {"start": "2026-11-20T09:00:00+08:00", "end": "2026-11-20T10:00:00+08:00"}
    posts = [
        {"time": times["start"], "text": g.public()},
        {"time": times["start"], "title": g.say("title of a post", "live/"), "text": "甲", **inner},
        {
            "time": times["start"],
            "text": f"甲\n\n::: intranet\n{g.say('fence in a post', 'live/')}\n:::",
        },
    ]
    g.files["content/events/gongkai.live.yml"] = yml(**times, posts=posts)
    g.files["content/systems/gongkai.md"] = fact(
        "正文",
        deadlines=[
            {"name": g.public(), "day": 20},
            {"name": g.say("deadline for others", r"calendar\.ics"), "day": 21, **inner},
        ],
    )
    g.files["content/columns/gongkai.yml"] = yml(
        gather={"kinds": ["faq"]}, title=f"专栏{g.public()}"
    )


def withheld(g: Garden) -> None:
    """Public entries whose day has not come, or whose facts have no source."""
    future = {"date": "2026-11-21", "title": g.say("future title"), "tags": [g.say("future tag")]}
    g.files["faq/mlk/weilai.md"] = faq(g.say("future body"), **future, division="jiazhou")
    slug = g.slug("future address")
    g.files[f"content/articles/2026/{slug}.md"] = md(
        "甲", **future, type="news", aliases=[f"jiu/{slug}"]
    )
    g.files[f"courses/{slug}/course.yml"] = yml(**future)
    g.files[f"courses/{slug}/lessons/01-a.md"] = fact(g.say("lesson of a future course"))
    place = "faq/mlk/daihe/"
    g.files["faq/mlk/daihe.md"] = faq(
        g.say("body without a source", place),
        sources=[],
        title=g.say("title without a source", place),
        tags=[g.say("tag without a source", "site/tags/")],
    )
    system = g.slug("address of an unverified system", "site/systems/SELF/")
    g.files[f"content/systems/{system}.md"] = md("甲", title="待核制度")
    g.files["faq/mlk/zhidu.md"] = faq(
        f"[制度][s]\n\n[s]: system:{system}",
        valid={"system": f"system:{system}"},
        title="引用待核制度",
    )
    g.files["content/systems/xin.md"] = fact("甲", title="新制度", supersedes=[f"system:{system}"])
    g.files["content/events/cailiao.md"] = md(
        "甲",
        type="training",
        start="2026-11-27",
        materials=[{"title": "材料", "link": f"system:{system}"}],
    )


def strays(g: Garden) -> None:
    """Files that belong to no entry."""
    for name in (
        ".{}.md",
        "{}.md~",
        "{}.bak",
        "#{}.md#",
        "~${}.docx",
        "{}.tmp",
        "{}.pdf",
        "{}.svg",
        "{}.txt",
    ):
        slug = g.slug(f"name of a stray file {name}")
        g.files[f"faq/mlk/{name.format(slug)}"] = g.say(f"stray file {name}")
    g.files["faq/mlk/assets/meiyong.png"] = picture("PNG", size=(40, 40))
    g.files["faq/mlk/assets/meiyong.csv"] = g.say("unused attachment")
    g.files["content/contests/a.yml"] = g.say("folder of another room")
    g.files["notes.md"] = g.say("file beside the content")
    g.files["content/standards/meiyong.csv"] = g.say("table of codes that nothing names")
