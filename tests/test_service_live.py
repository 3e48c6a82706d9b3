"""Live posts: written by one, let out by another, on the page at once, and the same on it after they were pulled."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from builder.markup import CLEANER
from service.live import export, fragments, pictures, site, words
from service.live.export import Post, Unfit
from service.live.steps import STATES
from service.room import Stopped
from service.store import live
from tests.conftest import OFTEN
from tests.live_world import BEGUN, FILE, NOW, SITE, build, fragment, photo, running, send
from tests.service_databases import House
from tests.service_world import World
from tests.sitefiles import problems, write


@pytest.fixture(params=OFTEN)
def service(request: pytest.FixtureRequest, tmp_path: Path, house: House) -> Iterator[World]:
    with running(tmp_path, house.fresh(request.param)) as found:
        yield found


def rows(service: World) -> list[Any]:
    with service.desk.store.read() as connection:
        return live.in_states(connection, STATES)


def act(browser: httpx.Client, verb: str, number: int, version: int, **more: str) -> int:
    return browser.post(
        f"/live/posts/{number}/{verb}", data={"version": version, **more}
    ).status_code


def out(service: World, text: str = "现场的话。", picture: bytes | None = None, **more: Any) -> int:
    """A post that was let out; its number."""
    assert send(service.signed("editor"), text, picture, **more).status_code == 303
    row = rows(service)[-1]
    assert act(service.signed("editor"), "approve", row.id, row.version) == 303
    return int(row.id)


# --- two people, and at once ------------------------------------------------------------------------


def test_a_post_is_on_the_page_when_the_second_person_has_tapped(service: World) -> None:
    writer, reader = service.signed("city"), service.signed("editor")
    assert (
        send(writer, "第一件事讲完了。\n第二件事开始。", title="进度", key="true").status_code
        == 303
    )
    assert "第一件事" in reader.get("/live/review").text
    row = rows(service)[0]
    begun = time.monotonic()
    assert act(reader, "approve", row.id, row.version) == 303
    text = fragment(service)
    assert time.monotonic() - begun < 10
    assert "<h3>进度</h3>" in text
    assert "<p>第一件事讲完了。</p>\n<p>第二件事开始。</p>" in text
    assert text.index("第一件事") < text.index("会议开始")  # newest first
    assert '<li id="pf1" class="is-key">' in text


def test_nobody_lets_out_what_they_wrote(service: World) -> None:
    user = service.user("editor", "leader")
    browser = service.browser(user)
    send(browser)
    row = rows(service)[0]
    assert act(browser, "approve", row.id, row.version) == 403
    assert act(browser, "reject", row.id, row.version, said="x") == 403
    assert act(service.signed("city"), "approve", row.id, row.version) == 403
    assert rows(service)[0].state == "waiting"
    assert site.settle(service.desk) == []


def test_what_was_changed_after_it_was_read_is_not_let_out(service: World) -> None:
    writer, reader = service.signed("editor"), service.signed("editor")
    send(writer, "旧的话。")
    row = rows(service)[0]
    assert send(writer, "新的话。", number=row.id, version=row.version).status_code == 303
    assert act(reader, "approve", row.id, row.version) == 409
    assert act(reader, "approve", row.id, row.version + 1) == 303
    assert "新的话" in fragment(service)
    assert "旧的话" not in fragment(service)


def test_what_was_sent_back_comes_again_and_what_is_taken_down_is_gone(service: World) -> None:
    writer, reader = service.signed("editor"), service.signed("editor")
    send(writer, "写错的话。")
    assert act(reader, "reject", 1, 1) == 422
    assert act(reader, "reject", 1, 1, said="数不对") == 303
    assert "数不对" in writer.get("/live/on/kai").text
    assert act(reader, "approve", 1, 2) == 409
    assert send(writer, "写对的话。", number=1, version=2).status_code == 303
    assert act(reader, "approve", 1, 3) == 303
    assert "写对的话" in fragment(service)
    assert act(service.signed("editor"), "remove", 1, 4) == 303
    assert "写对的话" not in fragment(service)
    assert "会议开始" in fragment(service)


def test_the_same_form_twice_is_one_post(service: World) -> None:
    writer = service.signed("editor")
    for _ in range(3):
        assert send(writer, once="eins").status_code == 303
    send(writer, once="zwei")
    send(service.signed("editor"), once="eins")
    assert len(rows(service)) == 3


VERBS = ("approve", "reject", "drop", "remove")


@settings(
    max_examples=80 if os.environ.get("WEIKE_FULL") else 15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(["post", "edit", *VERBS]),
            st.integers(0, 2),
            st.integers(0, 1),
        ),
        max_size=12,
    )
)
def test_whatever_people_do_what_is_out_was_read_by_another(
    service: World, acts: list[tuple[int, str, int, int]]
) -> None:
    service.clock.forward(minutes=2)
    users = [service.user("editor") for _ in range(3)]
    browsers, first = [service.browser(user) for user in users], len(rows(service))
    for who, verb, which, behind in acts:
        known = rows(service)[first:]
        if verb == "post" or which >= len(known):
            send(browsers[who], f"话{len(known)}。")
            continue
        row = known[which]
        seen = row.version - behind
        if verb == "edit":
            send(browsers[who], f"改{seen}。", number=row.id, version=seen)
        else:
            act(browsers[who], verb, row.id, seen, said="原因")
    known = rows(service)
    for row in known:
        if row.state in {"out", "removed"}:
            assert row.reviewer not in {0, row.author}
    shown = fragment(service) if any(r.state in {"out", "removed"} for r in known) else ""
    assert {f"pf{r.id}" for r in known if r.state == "out"} == set(
        re.findall(r'id="(pf\d+)"', shown)
    )


# --- the page ---------------------------------------------------------------------------------------


def test_a_fragment_that_could_not_be_written_is_written_by_itself(
    service: World, tmp_path: Path
) -> None:
    send(service.signed("editor"))
    (tmp_path / "served").write_text("a file stands in the way", "utf-8")
    assert act(service.signed("editor"), "approve", 1, 1) == 503
    assert rows(service)[0].state == "out"
    (tmp_path / "served").unlink()
    assert site.settle(service.desk) == ["live/kai/"]
    assert "现场的话" in fragment(service)
    assert site.settle(service.desk) == []
    (tmp_path / "served" / "live" / "kai" / "fragment.html").unlink()
    assert site.settle(service.desk) == ["live/kai/"]
    assert site.JOBS[0].every <= 10_000


def test_who_lets_out_is_told_when_the_disk_refuses(service: World, tmp_path: Path) -> None:
    send(service.signed("editor"))
    (tmp_path / "served").write_text("a file stands in the way", "utf-8")
    done = service.signed("editor").post("/live/posts/1/approve", data={"version": 1})
    assert done.status_code == 503
    assert "不用重做" in done.text


def test_readers_never_see_half_a_fragment(service: World) -> None:
    """The file is replaced whole: whoever has it open goes on reading the one before."""
    out(service, "甲。")
    served = service.desk.settings.live_dir
    assert served is not None
    with (served / "live/kai/fragment.html").open(encoding="utf-8") as held:
        out(service, "乙。")
        assert "乙。" not in held.read()
    assert "乙。" in fragment(service)
    assert [p.name for p in (served / "live/kai").iterdir()] == ["fragment.html"]


def test_when_it_is_over_pages_stop_asking(service: World) -> None:
    editor = service.signed("editor")
    out(service)
    assert "data-fragment" in fragment(service)
    assert editor.post("/live/end", data={"slug": "kai"}).status_code == 303
    assert "data-ended" in fragment(service)
    assert send(editor, "晚了的话。").status_code == 409
    assert editor.post("/live/end", data={"slug": "kai", "on": "false"}).status_code == 303
    assert "data-ended" not in fragment(service)
    assert send(editor, "再说一句。").status_code == 303


def test_a_new_build_of_the_site_is_taken_up(service: World, tmp_path: Path) -> None:
    """What authors change in the meantime is on the page, too; what they took over is not there twice."""
    number = out(service, "现场的话。")
    text = (tmp_path / "content" / FILE).read_text("utf-8")
    more = (
        f"  - id: f{number}\n    time: {NOW.isoformat(timespec='seconds')}\n    text: 改过的话。\n"
    )
    write(tmp_path / "content", {FILE: text.replace("# 完\n", more)})
    build(tmp_path / "content", tmp_path / "dist", NOW + timedelta(minutes=1))
    assert site.settle(service.desk) == ["live/kai/"]
    assert "改过的话" in fragment(service)
    assert "现场的话" not in fragment(service)
    editor = service.signed("editor")
    assert act(editor, "remove", number, 2) == 303
    assert "改过的话" not in fragment(service)


def test_without_live_pages_or_a_folder_it_is_said(tmp_path: Path) -> None:
    with running(tmp_path, live_dir=None) as service:
        browser = service.signed("editor")
        assert "没有设 live_dir" in browser.get("/live").text
        assert browser.get("/live/on/nothing").status_code == 404
        send(browser)
        assert act(service.signed("editor"), "approve", 1, 1) == 303


# --- the same markup, before and after ---------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A post as the table has it."""

    id: int = 7
    at: int = round(NOW.timestamp()) * 1000
    title: str = ""
    text: str = ""
    key: int = 0
    picture: str = ""
    alt: str = ""
    width: int = 0
    height: int = 0


def same(html: str) -> str:
    """Without what typesetting adds, and without names of files."""
    html = re.sub(r'<span class="keep">(.*?)</span>', r"\1", html)
    html = re.sub(r'src="[^"]*"', 'src=""', html)
    return re.sub(r' class="tone-\d+"', "", html)


TRICKY = [
    "# 不是标题", "1. 不是列表", "- 不是列表", "+ 加", "!!! note", "??? x", "::: intranet", "=== \"甲\"", "```", "$x^2$", "|a|b|", "> 引", "[甲](http://x)", "![图](a.png)",
    "*斜*_体_", "<b>粗</b>", "&nbsp;&amp;", "{: .x}", "{汉|han}", "^上^~下~==标==", "[^1]: 脚注", "[5.2%](num:cpi \"x\")", "`码`", "\\*", "3.5% 2026年11月18日", "a\u202eb\u200bc", "--8<-- \"x\"", "---", "***", "___",
    "http://x.cn/?a=1&b=2", "word\n:   定义", "甲: 乙", "100) 一", "*[HTML]: x", "甲  ", "    code", "\t码", "\ue000", "12\\. x", "-", "+", "1.", "…—“”",
]  # fmt: skip
TYPED = st.lists(
    st.one_of(st.sampled_from(TRICKY), st.text(st.characters(codec="utf-8"), max_size=30)),
    min_size=1,
    max_size=5,
).map("\n".join)


@settings(max_examples=150)
@given(TYPED)
def test_a_text_reads_the_same_here_and_as_an_authored_file(typed: str) -> None:
    from builder.markup import render

    text = words.lines(typed)
    assert words.lines(text) == text
    here = "\n".join(f"<p>{html}</p>" for html in _paragraphs(text))
    there = render(words.escaped(text), {}, {}, {}, "").html
    assert _words(same(there)) == _words(here)
    assert set(re.findall(r"<(\w+)", same(there))) <= {"p"}


def _paragraphs(text: str) -> list[str]:
    return [line.replace("<", "&lt;") for line in text.split("\n") if line]


def _words(html: str) -> list[str]:
    return [node.text() for node in LexborHTMLParser(html).css("p")]


@pytest.mark.parametrize("with_picture", [False, True])
def test_a_pulled_post_is_rendered_as_it_stood(
    service: World, tmp_path: Path, with_picture: bool
) -> None:
    """The builder's own template over the pulled file, and our fragment: one markup."""
    typed = "\n".join(
        ["进度 3.5%，1*2_3[4]", "1. 第一", "# 井号", "- 横线", "!叹号", "<b>x</b> & $y$"]
    )
    shown: dict[str, Any] = {"picture": photo(), "alt": '会场 "全"景'} if with_picture else {}
    number = out(service, typed, title='标题 <1> & "2"', key="true", **shown)
    ours = next(i for i in fragments.parsed(fragment(service))[1] if i.id == f"f{number}")
    _pull(service, tmp_path / "content")
    root = build(tmp_path / "content", tmp_path / "again", NOW + timedelta(minutes=1))
    text = (root / "site/live/kai/fragment.html").read_text("utf-8")
    theirs = next(i for i in fragments.parsed(text)[1] if i.id == f"f{number}")
    assert same(ours.html) == same(theirs.html).replace("&#34;", "&quot;")


@settings(max_examples=100)
@given(st.text(max_size=60), st.text(max_size=200), st.text(max_size=60))
def test_nothing_typed_leaves_its_place_in_the_fragment(title: str, text: str, alt: str) -> None:
    row = Row(title=words.line(title), text=words.lines(text), picture="a.jpg", alt=words.line(alt))
    html = fragments.item(row, "../").html
    found = LexborHTMLParser(f"<ol>{html}</ol>")
    assert {n.tag for n in found.css("ol *")} <= {"li", "time", "h3", "div", "p", "figure", "img"}
    for node in found.css("ol *"):
        assert set(node.attributes) <= {
            "id",
            "class",
            "datetime",
            "src",
            "alt",
            "width",
            "height",
            "loading",
        }
    prose = [n.inner_html or "" for n in found.css("h3, .prose")]
    assert [CLEANER.clean(html) for html in prose] == prose


def test_a_fragment_of_the_builder_is_read_and_written_back_as_it_was(
    root: Path, tmp_path: Path
) -> None:
    dist = build(write(tmp_path / "content", SITE), tmp_path / "dist")
    text = (dist / "site/live/kai/fragment.html").read_text("utf-8")
    assert fragments.merged(text, [], [], "", over=False).strip() == text.strip()
    for strange in ("", "<html></html>", '<ol class="line" data-live>'):
        with pytest.raises(fragments.Strange):
            fragments.parsed(strange)


# --- weike pull live ---------------------------------------------------------------------------------


def _pull(service: World, root: Path) -> dict[str, bytes]:
    folder = service.desk.settings.data / pictures.FOLDER
    made = export.files(
        export.gathered(service.desk).posts, lambda n: (folder / n).read_bytes(), root
    )
    for path, body in made.items():
        (root / path).write_bytes(body)
    return made


def test_pulling_twice_changes_nothing_and_keeps_what_authors_wrote(
    service: World, tmp_path: Path
) -> None:
    out(service, "第一段。\n第二段。", photo(), alt="会场")
    content = tmp_path / "content"
    before = {p.code for p in problems(content, NOW)}
    made = _pull(service, content)
    text = (content / FILE).read_text("utf-8")
    assert "posts:  # 现场的记录" in text
    assert text.count("# 完") == 1
    told = yaml.safe_load(text)
    assert [p["id"] for p in told["posts"]] == ["p1", "f1"]
    name = told["posts"][1]["image"]
    assert told["assets"] == {name: {"alt": "会场"}}
    assert set(made) == {FILE, f"content/events/{name}"}
    mine = [p for p in problems(content, NOW) if p.where.path == FILE]
    assert [p for p in mine if p.code not in before] == []
    assert _pull(service, content) == {}
    out(service, "后来的。")
    assert set(_pull(service, content)) == {FILE}
    assert [p["id"] for p in yaml.safe_load((content / FILE).read_text("utf-8"))["posts"]] == [
        "p1",
        "f1",
        "f2",
    ]


@pytest.mark.parametrize(
    "posts",
    [
        "posts: []\n",
        "",
        "posts:\n- id: p1\n  time: 2026-11-18T09:00:00+08:00\n  text: 甲\n",
        "posts:\n    - {id: p1, time: '2026-11-18T09:00:00+08:00', text: 甲}\nplace: 报告厅\n",
    ],
)
def test_posts_find_their_place_in_any_file(posts: str) -> None:
    head = f"title: 直播\nstart: {BEGUN}\n"
    post = Post(
        page="live:kai",
        id="f1",
        time=BEGUN,
        title="题: 目",
        text="甲#乙\n- 丙",
        key=True,
        picture="0" * 24 + ".jpg",
        alt="图",
    )
    text, taken = export.joined(head + posts, [post], "kai.live.yml")
    told = yaml.safe_load(text)
    assert taken == [post]
    assert told["posts"][-1]["id"] == "f1"
    assert told["posts"][-1]["text"] == "甲#乙\n\n\\- 丙"
    assert told["assets"]
    assert export.joined(text, [post], "kai.live.yml") == (text, [])


def test_a_file_that_cannot_take_posts_stays_as_it_is() -> None:
    post = Post(
        page="live:kai", id="f1", time=BEGUN, title="", text="甲", key=False, picture="", alt=""
    )
    for bad in ("posts: [{id: p1}]\n", "- a\n", "a: [\n"):
        with pytest.raises(Unfit):
            export.joined(bad, [post], "kai.live.yml")


@pytest.mark.parametrize("page", ["live:../x", "live:nothing", "faq:x", "live:a/b/c", "live:"])
def test_only_files_of_live_pages_are_found(tmp_path: Path, page: str) -> None:
    with pytest.raises(Unfit):
        export.place(page, write(tmp_path, SITE))


def test_what_is_pulled_holds_no_person_and_nothing_that_waits(service: World) -> None:
    out(service, "已发布的话。")
    send(service.signed("editor"), "待审的话。")
    done = service.browser().get("/live/posts.json")
    assert done.status_code == 200
    assert "已发布的话" in done.text
    assert "待审的话" not in done.text
    assert not {"author", "reviewer"} & set(done.json()["posts"][0])


# --- pictures ----------------------------------------------------------------------------------------


def test_a_picture_is_upright_small_and_has_nothing_of_the_phone(service: World) -> None:
    block = Image.Exif()
    block[0x0112] = 6  # turned by 90 degrees
    block[0x010E] = "Wang Xiaoming"
    out(
        service,
        "图。",
        photo(size=(4000, 2000), exif=block.tobytes(), comment=b"secret"),
        alt="会场",
    )
    served = service.desk.settings.live_dir
    assert served is not None
    file = next((served / "live/kai/live").iterdir())
    data = file.read_bytes()
    assert b"Wang" not in data
    assert b"secret" not in data
    assert b"Exif" not in data
    with Image.open(io.BytesIO(data)) as found:
        assert found.size == (800, 1600)
        assert not found.getexif()
    assert (
        f'src="../../live/kai/live/{file.name}" alt="会场" width="800" height="1600"'
        in fragment(service)
    )
    row = rows(service)[-1]
    assert act(service.signed("editor"), "remove", row.id, row.version) == 303
    assert not file.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"GIF89a" + b"\0" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        photo()[:400],
        photo("PNG")[:60],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    ],
)
def test_what_is_no_picture_is_refused_and_nothing_typed_is_lost(
    service: World, data: bytes
) -> None:
    done = send(service.signed("editor"), "写好的话。", data or b" ", alt="图")
    assert done.status_code == 422
    assert "写好的话。" in done.text
    assert rows(service) == []


def test_a_flood_of_pixels_is_refused_by_its_header() -> None:
    import struct
    import zlib

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    png = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )
    idat = zlib.compress(b"\0" * 1000)
    png += (
        struct.pack(">I", len(idat))
        + b"IDAT"
        + idat
        + struct.pack(">I", zlib.crc32(b"IDAT" + idat))
    )
    begun = time.perf_counter()
    with pytest.raises(Stopped):
        pictures.clean(png)
    assert time.perf_counter() - begun < 1


@settings(max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 2000), st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_any_spoilt_picture_is_clean_or_refused(noise: bytes, at: int, form: str) -> None:
    data = photo(form)
    spoilt = data[:at] + noise + data[at + len(noise) :]
    try:
        found = pictures.clean(spoilt)
    except Stopped:
        return
    assert max(found.width, found.height) <= pictures.WIDE


def test_a_picture_stays_when_something_else_is_wrong(service: World) -> None:
    writer = service.signed("editor")
    done = send(writer, "有图。", photo())
    assert done.status_code == 422
    assert "图里有什么" in done.text
    kept = re.search(r'name="kept" value="([0-9a-f]{24}\.jpg)"', done.text)
    assert kept is not None
    assert send(writer, "有图。", kept=kept[1], alt="会场").status_code == 303
    assert rows(service)[0].picture == kept[1]
    assert send(writer, "乱写。", kept="../../secret.key", alt="x").status_code == 303
    assert rows(service)[1].picture == ""


def test_pictures_that_wait_are_for_those_who_write(service: World) -> None:
    writer = service.signed("editor")
    send(writer, "图。", photo(), alt="会场")
    path = f"/live/pictures/{rows(service)[0].picture}"
    assert writer.get(path).status_code == 200
    assert service.browser().get(path).status_code == 404
    assert service.signed("expert").get(path).status_code == 404
    act(service.signed("editor"), "approve", 1, 1)
    assert service.browser().get(path).status_code == 200
    assert writer.get("/live/pictures/..%2f..%2fsecret.key").status_code == 404


def test_empty_posts_and_long_ones_are_told(service: World) -> None:
    writer = service.signed("editor")
    assert send(writer, " \n ").status_code == 422
    assert send(writer, "长" * 2001).status_code == 422
    assert send(writer, "x", title="长" * 81).status_code == 422
    assert rows(service) == []
