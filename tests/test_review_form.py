"""审核表: what stands on it, and that nothing of what was hashed is missing from the paper."""

from __future__ import annotations

import io
import random
import re
import shutil
import subprocess
import zipfile
import zlib
from pathlib import Path

import docx
import pytest
from PIL import Image

from builder.approvals import STEP_LABELS, Refused
from builder.media.infographic_draw import Mark, Text
from builder.review.form import Form, forms, visible
from builder.review.form_docx import form_docx
from builder.review.form_pdf import (
    BOTTOM,
    FOOT_Y,
    GUTTER,
    HEAD_Y,
    LEFT,
    RIGHT,
    SMALL,
    _pages,
    form_pdf,
)
from tests.conftest import lacking
from tests.reviewers import Bureau, bureau
from tests.sitefiles import faq, picture

ITEM = "faq:mlk/a"
LETTERS = "统计报表单位，。“审核”《制度》abc XYZ 012.5%-–—_*#`|[]()"


@pytest.fixture
def house(tmp_path: Path) -> Bureau:
    made = bureau(
        tmp_path,
        {
            "faq/mlk/a.md": faq(
                "第一行甲。\n\n![一张图](p.png)\n", title="甲问", editorial={"owner": "李撰"}
            ),
            "faq/mlk/p.png": picture("PNG", size=(300, 200)),
        },
    )
    made.approve("site:orgs", "site:config")
    return made


def put(house: Bureau, text: str) -> None:
    (house.root / "faq/mlk/a.md").write_text(text, "utf-8", newline="\n")


def form(house: Bureau) -> Form:
    (made,) = forms(house.office, ITEM)
    return made


def glyph_tables(data: bytes) -> dict[str, dict[str, str]]:
    """Font's name in the pages → glyph → character, from the tables that a reader copies by."""
    objects = dict(re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", data, re.DOTALL))
    fonts: dict[str, dict[str, str]] = {}
    for name, number in re.findall(rb"/F(\d+) (\d+) 0 R", data):
        table = re.search(rb"/ToUnicode (\d+) 0 R", objects[number])
        assert table
        rows = re.findall(rb"<(\w{4})> <(\w+)>", _stream(objects[table[1]]))
        fonts[name.decode()] = {
            g.decode(): bytes.fromhex(c.decode()).decode("utf-16-be") for g, c in rows
        }
    return fonts


def _stream(body: bytes) -> bytes:
    found = re.search(rb"stream\n(.*)\nendstream", body, re.DOTALL)
    assert found
    return zlib.decompress(found[1])


def paper(data: bytes) -> list[list[str]]:
    """The lines of each page of a PDF, as they were drawn."""
    fonts = glyph_tables(data)
    objects = dict(re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", data, re.DOTALL))
    pages = []
    for body in (b for b in objects.values() if b.startswith(b"<</Type/Page/")):
        number = re.search(rb"/Contents (\d+) 0 R", body)
        assert number
        shown = re.findall(r"/F(\d+) .*?<(\w*)> Tj", _stream(objects[number[1]]).decode())
        pages.append(
            ["".join(fonts[f][c[i : i + 4]] for i in range(0, len(c), 4)) for f, c in shown]
        )
    return pages


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def in_word(data: bytes) -> list[str]:
    """Every paragraph of a Word file, those in tables too, each once."""
    document = docx.Document(io.BytesIO(data))
    return [
        "".join(t.text or "" for t in p.iter(f"{W}t")) for p in document.element.body.iter(f"{W}p")
    ]


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


# --- what stands on a form ------------------------------------------------------------------------


def test_a_first_form_says_what_it_is_for(house: Bureau) -> None:
    made = form(house)
    facts = dict(made.facts)
    assert facts["标题"] == "甲问"
    assert facts["撰稿"] == "李撰"
    assert facts["处室"] == "名录库"
    assert facts["受众"] == "社会公众"
    assert facts["发布到"] == "互联网版、业务网版"
    assert made.version == house.office.item(ITEM).version
    assert "第一次送审" in made.changes[0]
    assert [f.path for f in made.files] == ["faq/mlk/a.md", "faq/mlk/p.png"]
    assert {f.change for f in made.files} == {"新增"}
    assert [s.label for s in made.steps] == ["初审", "复审", "终审", "保密审查"]
    assert made.steps[0].able == "李初、孙初"
    assert "涉密信息不上网，上网信息不涉密" in made.steps[3].duty


def test_what_changed_since_the_approved_version_is_counted(house: Bureau) -> None:
    house.approve(ITEM)
    text = (house.root / "faq/mlk/a.md").read_text("utf-8")
    put(house, text.replace("第一行甲。", "改了。\n又一行。"))
    (house.root / "faq/mlk/p.png").write_bytes(picture("PNG", size=(90, 60)))
    made = form(house)
    old = next(iter(house.office.item(ITEM).released.values()))
    assert old.version[:16] in made.changes[0]
    assert "faq/mlk/a.md：新增 2 行，删去 1 行。" in made.changes
    assert any("p.png：换了文件" in row for row in made.changes)
    assert {f.change for f in made.files} == {"有改动"}
    put(house, text.replace("![一张图](p.png)", ""))
    assert "faq/mlk/p.png：不再使用。" in form(house).changes


def test_an_unchanged_version_says_so(house: Bureau) -> None:
    house.approve(ITEM)
    assert form(house).changes[0].endswith("没有改动。")


def test_steps_already_taken_are_printed_with_name_and_day(house: Bureau) -> None:
    record = house.sign(ITEM, "first", "sun", note="同意送审")
    first, second, *_ = form(house).steps
    assert (first.name, first.note) == ("孙初", "同意送审")
    assert first.time[:10] == record.time[:10]
    assert second.name == ""


def test_a_review_that_is_not_asked_for_says_so(house: Bureau) -> None:
    put(house, faq("内部。", title="甲问", audience="intranet"))
    assert [s.asked for s in form(house).steps] == [True, False, True, False]


def test_findings_are_counted_and_told(house: Bureau) -> None:
    put(house, faq("看[没有](faq:mlk/meiyou)。", title="甲问"))
    made = form(house)
    found = house.office.problems(ITEM)
    errors = sum(p.severity.value == "error" for p in found)
    assert errors >= 1
    assert made.checks[0].startswith(f"错误 {errors} 个")
    assert "改好以前不能通过" in made.checks[0]
    assert len(made.checks) == 1 + len(found)
    assert any("REF003" in row for row in made.checks)


def test_what_can_not_be_seen_has_a_name() -> None:
    assert visible("甲\u200b乙\u202e丙\t丁\u00a0戊\x00") == (
        "甲〔U+200B〕乙〔U+202E〕丙〔U+0009〕丁〔U+00A0〕戊〔U+0000〕"
    )
    assert visible("甲 乙\u3000丙") == "甲 乙\u3000丙"


def test_no_form_for_what_is_not_there(house: Bureau) -> None:
    with pytest.raises(Refused, match="没有编号是"):
        forms(house.office, "faq:mlk/meiyou")
    with pytest.raises(Refused, match="没有说要哪一篇"):
        forms(house.office, [])
    house.approve(ITEM)
    (house.root / "faq/mlk/a.md").unlink()
    with pytest.raises(Refused, match="文件已删"):
        forms(house.office, ITEM)


# --- on paper -------------------------------------------------------------------------------------


def test_the_pdf_holds_all_of_the_form(house: Bureau) -> None:
    house.sign(ITEM, "first", "sun", note="可以")
    made, data = form(house), form_pdf(house.office, ITEM)
    words = bare("".join(line for page in paper(data) for line in page))
    for said in (
        *made.changes,
        *made.checks,
        *made.notices,
        *(w for fact in made.facts for w in fact),
    ):
        assert bare(said) in words
    for row in made.files:
        assert row.sha256 in words
    assert made.version in words
    assert "已通过：孙初" in words
    assert words.count("签名：") == 3
    assert data.count(b"/Subtype/Image") == 1


def test_every_page_carries_the_version_and_its_number(house: Bureau) -> None:
    put(house, faq("\n".join(f"第 {n} 行的内容。" for n in range(300)), title="甲问"))
    made, pages = form(house), paper(form_pdf(house.office, ITEM))
    assert len(pages) >= 7
    for number, lines in enumerate(pages, 1):
        assert f"版本 {made.digits}" in lines
        assert f"第 {number} 页　共 {len(pages)} 页" in lines
    words = bare("".join(line for page in pages for line in page))
    places = [words.index(bare(f"第 {n} 行的内容。")) for n in range(300)]
    assert places == sorted(places)


def test_lines_of_the_annex_have_the_numbers_of_the_file(house: Bureau) -> None:
    lines = (house.root / "faq/mlk/a.md").read_text("utf-8").splitlines()
    pages = paper(form_pdf(house.office, ITEM))
    at = next(n for n, page in enumerate(pages) if "附件　送审内容全文" in page)
    words = [line for page in pages[at:] for line in page]
    where = words.index("第一行甲。")
    assert words[where - 1] == str(lines.index("第一行甲。") + 1)


def front(pages: list[list[Mark]]) -> int:
    """How many pages stand before the annex."""
    head = "附件　送审内容全文"
    return next(
        n for n, p in enumerate(pages) if any(isinstance(m, Text) and m.text == head for m in p)
    )


def of_the_annex(mark: Text) -> bool:
    """True for a text of the annex: right of the numbers, between head and foot of the page."""
    return (
        mark.x > LEFT + GUTTER - 1
        and HEAD_Y < mark.y < FOOT_Y
        and (mark.size, mark.weight) == (SMALL, 400)
    )


@pytest.mark.parametrize("seed", range(12))
def test_no_character_of_the_text_is_lost_and_none_leaves_the_page(
    house: Bureau, seed: int
) -> None:
    chance = random.Random(seed)
    rows = [
        " " * chance.randint(0, 12) + "".join(chance.choices(LETTERS, k=chance.randint(0, 200)))
        for _ in range(40)
    ]
    put(house, faq("\n".join(rows) + "\n\U0001f600\u200b", title="甲问"))
    made = form(house)
    pages = _pages(made)
    drawn = "".join(
        m.text
        for page in pages[front(pages) :]
        for m in page
        if isinstance(m, Text) and of_the_annex(m)
    )
    written = (house.root / "faq/mlk/a.md").read_text("utf-8")
    named = written.replace("\U0001f600", "〔U+1F600〕").replace("\u200b", "〔U+200B〕")
    assert bare(drawn) == bare(named)
    for page in pages:
        edge = {f"版本 {made.digits}"}
        for mark in (m for m in page if isinstance(m, Text)):
            left, _, right, bottom = mark.extent
            assert left >= 0
            assert right <= RIGHT + 1
            assert bottom <= BOTTOM + 1 or "页" in mark.text or mark.text in edge


@pytest.mark.parametrize(
    "title",
    [
        "题" * 200,
        "<b>&amp;\"'</b>",
        "]]><w:p/>",
        "A" * 200,
        "\U0001f600 甲\U00020000",
        "=cmd|'/c calc'!A1",
    ],
)
def test_a_hostile_title_stands_as_it_is(house: Bureau, title: str) -> None:
    put(house, faq("正文。", title=title))
    words = bare("".join(line for page in paper(form_pdf(house.office, ITEM)) for line in page))
    shown = "".join(c if c not in "\U0001f600\U00020000" else f"〔U+{ord(c):04X}〕" for c in title)
    assert bare(shown) in words or bare(title) in words
    assert any(title in text for text in in_word(form_docx(house.office, ITEM)))


def test_a_reader_of_pdf_finds_the_words(house: Bureau, tmp_path: Path) -> None:
    if not shutil.which("pdftotext"):
        lacking("pdftotext")
    target = tmp_path / "form.pdf"
    target.write_bytes(form_pdf(house.office, ITEM))
    done = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, check=True)
    assert not done.stderr
    assert "信息发布审核表" in done.stdout.decode()
    assert form(house).digits in done.stdout.decode()


def test_the_code_on_the_form_is_that_of_the_version(house: Bureau) -> None:
    import segno

    made = form(house)
    again = segno.make_qr(made.version, error="m").matrix
    assert [list(map(int, row)) for row in made.qr] == [list(row) for row in again]
    assert len(made.qr) == 37


# --- in Word --------------------------------------------------------------------------------------


def test_the_word_file_holds_all_of_the_form(house: Bureau) -> None:
    made, data = form(house), form_docx(house.office, ITEM)
    words = "\n".join(in_word(data))
    for said in (
        *made.changes,
        *made.checks,
        *made.notices,
        *(w for fact in made.facts for w in fact),
    ):
        assert said in words
    assert all(row.sha256 in words for row in made.files)
    document = docx.Document(io.BytesIO(data))
    (section,) = document.sections
    assert made.digits in section.header.paragraphs[0].text
    below = section.footer._element.xml
    assert '" NUMPAGES "' in below
    assert '" PAGE "' in below
    assert len(document.inline_shapes) == 2
    rows = {row.cells[0].text for row in document.tables[1].rows}
    assert set(STEP_LABELS.values()) <= rows


def test_lines_in_word_are_those_of_the_file(house: Bureau) -> None:
    put(house, faq("\n".join(f"第 {n} 行。" for n in range(300)), title="甲问"))
    lines = (house.root / "faq/mlk/a.md").read_text("utf-8").removesuffix("\n").split("\n")
    document = docx.Document(io.BytesIO(form_docx(house.office, ITEM)))
    said = [p.text for p in document.paragraphs if "\t" in p.text]
    assert said == [f"{n}\t{line}" for n, line in enumerate(lines, 1)]


def test_the_code_in_word_has_the_same_fields(house: Bureau) -> None:
    made, data = form(house), form_docx(house.office, ITEM)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        pictures = [parts.read(n) for n in parts.namelist() if n.startswith("word/media/")]
    images = [Image.open(io.BytesIO(p), formats=["PNG"]) for p in pictures]
    (code,) = (i for i in images if i.mode == "1")
    small = code.resize((code.width // 8, code.height // 8), Image.Resampling.NEAREST)
    found = [[small.getpixel((x + 4, y + 4)) == 0 for x in range(37)] for y in range(37)]
    assert found == [list(row) for row in made.qr]


def test_the_word_file_names_chinese_fonts_and_no_machine(house: Bureau) -> None:
    with zipfile.ZipFile(io.BytesIO(form_docx(house.office, ITEM))) as parts:
        core, fonts = (
            parts.read("docProps/core.xml").decode(),
            parts.read("word/fontTable.xml").decode(),
        )
        styles = parts.read("word/styles.xml").decode()
        dates = {info.date_time for info in parts.infolist()}
    assert "审核表" in core
    assert "created" not in core
    assert "python" not in core
    assert dates == {(1980, 1, 1, 0, 0, 0)}
    for name in ("方正小标宋简体", "仿宋_GB2312"):
        assert name in fonts
        assert f'w:eastAsia="{name}"' in styles


# --- both -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [form_pdf, form_docx])
def test_same_content_gives_the_same_bytes(house: Bureau, make: object) -> None:
    assert callable(make)
    first = make(house.office, ITEM)
    assert make(house.office, ITEM) == first
    put(house, (house.root / "faq/mlk/a.md").read_text("utf-8") + "又一句。\n")
    assert make(house.office, ITEM) != first


def test_several_items_count_their_own_pages(house: Bureau) -> None:
    both = [ITEM, "site:orgs"]
    pages = paper(form_pdf(house.office, both))
    numbers = [line for page in pages for line in page if line.startswith("第 1 页")]
    assert len(numbers) == 2
    versions = [house.office.item(i).version[:4] for i in both]
    starts = [next(x for x in page if x.startswith("版本 "))[3:7] for page in pages]
    assert list(dict.fromkeys(starts)) == versions
    document = docx.Document(io.BytesIO(form_docx(house.office, both)))
    assert len(document.sections) == 2
    for section in document.sections:
        assert '" SECTIONPAGES "' in section.footer._element.xml
        assert 'w:pgNumType w:start="1"' in section._sectPr.xml
    assert [
        s.header.paragraphs[0].text.split("版本 ")[1][:4] for s in document.sections
    ] == versions


def test_a_broken_picture_is_told_and_stops_nothing(house: Bureau) -> None:
    (house.root / "faq/mlk/p.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    sheet = form(house).annex[1]
    assert "打不开" in sheet.why
    words = "".join(line for page in paper(form_pdf(house.office, ITEM)) for line in page)
    assert sheet.why in words
    assert any(sheet.why in text for text in in_word(form_docx(house.office, ITEM)))


def test_an_attachment_that_can_not_be_printed_is_named_with_its_hash(house: Bureau) -> None:
    from tests.sitefiles import xlsx

    (house.root / "faq/mlk/b.xlsx").write_bytes(xlsx("数"))
    put(house, faq("看[表](b.xlsx)。", title="甲问"))
    made = form(house)
    assert "印不出来" in made.annex[1].why
    assert made.files[1].path == "faq/mlk/b.xlsx"
