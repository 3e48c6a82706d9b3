"""The Markdown dialect: source text in, safe HTML out. The only importer of `markdown`.

Raw HTML is off, what is rendered passes an allow-list, and text that would make the parser slow or
deep is refused before it is parsed. Source of the dialect: Python-Markdown and PyMdown Extensions.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

import nh3
from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.extensions.toc import remove_fnrefs, unescape, unique
from markdown.inlinepatterns import InlineProcessor, SimpleTagInlineProcessor
from markdown.treeprocessors import Treeprocessor

from builder.markup import numbers, pictures
from builder.markup.engine import Engine
from builder.media import charts
from builder.media.formulas import FormulaError, formula
from builder.model import Heading, Picture
from builder.typography import set_text

MAX_LINE = 20_000
MAX_INDENT = 40
MAX_LEVELS = 8
MAX_MARKS = 400
MAX_HEADINGS = 300
MOST = (
    ("\n", 20_000, "行"),
    ("[", 5_000, "个方括号"),
    ("$", 600, "个公式符号"),
    ("\\", 4_000, "个反斜杠"),
)
HEADING = re.compile(r"[ \t>*+-]*(?:#|:[ \t]|=+[ \t]*$|-+[ \t]*$|=== ?\")")


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML, its headings, and the internal addresses that led nowhere."""

    html: str
    toc: tuple[Heading, ...]
    dangling: tuple[str, ...] = ()


@dataclass(slots=True)
class _Job:
    """What the running conversion may resolve, and what it could not."""

    links: Mapping[str, str]
    pictures: Mapping[str, Picture]
    files: Mapping[str, str]
    base: str
    dangling: list[str]
    formulas: list[str]  # and charts: what the allow-list need not see
    toc: list[Heading]
    prefix: str = ""
    numbered: bool = False


MARKS = "[]*_`{}$=~^<"
OPENING = r"(?:>|(?:[-*+:]|\d{1,9}[.)])[ \t])[ \t]*"  # of a quote, a list or a definition
NESTED = re.compile(rf"(?:{OPENING}){{{MAX_LEVELS + 1}}}")
TWICE = re.compile(r"[>\-*+:.)](?:(?<=>)|[ \t])[ \t]*(?:>|[-*+:][ \t]|\d{1,9}[.)][ \t])")
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
INLINE_FORMULA = r"(?<![\\$\w])\$(?![\s$])([^$\n]{1,500}?)(?<![\s\\])\$(?![\w$])"
BLOCK_FORMULA = r"\$\$(.+?)\$\$"
PLACES = re.compile("<div>\ue0f0(\\d+)\ue0f1</div>|\ue0f0(\\d+)\ue0f1")
RAW_HTML = re.compile(r"<[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>\n]*)?/?>")
CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE)
MARKED = r"(==)(?![\s=])(.+?)(?<![\s=])==(?!=)"
SAFE_SCHEMES = ("http://", "https://", "mailto:", "tel:")
TABLE_RULE = re.compile(r"(?=.*-)[\s:|-]*\|[\s:|-]*")


def screen(text: str) -> tuple[int, str] | None:
    """Refuse text that would make the parser slow or deep: (line of the text, reason), or None."""
    for mark, most, words in MOST:
        if text.count(mark) > most:
            return 1, f"超过 {most} {words}"
    if _tame(text):
        return None
    marks = headings = at = 0
    rows = False  # inside a table each row counts for itself
    for number, line in enumerate(text.split("\n"), 1):
        body = line.lstrip(" \t")
        reason = _deep(line, body)
        if reason:
            return number, reason
        headings += bool(HEADING.match(line))
        if headings > MAX_HEADINGS:
            return number, f"标题、释义、分隔线和标签页超过 {MAX_HEADINGS} 个"
        at = at + 1 if body and not body.startswith("#") else 0
        rows = bool(at) and (rows or (at == 2 and bool(TABLE_RULE.fullmatch(body))))
        marks = (0 if rows or not at else marks) + sum(map(line.count, MARKS))
        if marks > MAX_MARKS:
            return number, f"一段里的标记符号超过 {MAX_MARKS} 个"
    return None


def _deep(line: str, body: str) -> str:
    if len(line) > MAX_LINE:
        return f"一行超过 {MAX_LINE} 个字符"
    if len(line) - len(body) > MAX_INDENT and body:
        return f"缩进超过 {MAX_INDENT} 格"
    if NESTED.match(body):
        return f"一行里引用和列表嵌套超过 {MAX_LEVELS} 层"
    return ""


def _tame(text: str) -> bool:
    """True for the plain text that authors write: no limit can be near, so no line need be judged."""
    lines = text.split("\n")
    return (
        len(lines) < MAX_HEADINGS
        and max(map(len, lines)) < MAX_LINE
        and sum(map(text.count, MARKS)) <= MAX_MARKS
        and "\t" not in text
        and " " * MAX_INDENT not in text
        and not TWICE.search(text)
    )


def bad_formulas(text: str) -> Iterator[tuple[int, str]]:
    """Formulas that can't be set: (offset in the text, LaTeX)."""
    if "$" not in text:
        return
    for pattern in (BLOCK_FORMULA, INLINE_FORMULA):
        for found in re.finditer(pattern, text, re.DOTALL):
            try:
                formula(found.group(1).strip(), block=pattern is BLOCK_FORMULA)
            except FormulaError:
                yield found.start(), found.group(1)


def raw_html(text: str) -> Iterator[tuple[int, str]]:
    """Tags an author wrote, which will be shown as text: (offset in the text, tag). Code is left out."""
    if "<" not in text:
        return
    shown = CODE.sub(lambda m: " " * len(m.group(0)), text)
    for found in RAW_HTML.finditer(shown):
        yield found.start(), found.group(0)


def render(
    text: str,
    links: Mapping[str, str],
    pictures: Mapping[str, Picture],
    files: Mapping[str, str],
    base: str,
    prefix: str = "",
) -> Rendered:
    """Convert one selected text.

    `links` maps `kind:id` to a site path, `pictures` and `files` an authored file name to what goes
    out; `base` leads from the page to the site root (`../../`). `prefix` keeps ids apart when several
    texts share a page. What can't be resolved loses its address and is listed in `dangling`.
    """
    engine = _engine()
    job = _Job(links, pictures, files, base, [], [], [], prefix, numbers.MARK in text)
    _ENGINE_JOB[0] = job
    engine.reset()
    # formulas stand between these two
    raw = engine.convert(text.replace("\ue0f0", "").replace("\ue0f1", ""))
    clean = CLEANER.clean(raw)
    toc = tuple(Heading(f"{prefix}{h.id}", h.title, h.level) for h in job.toc)
    if prefix:
        clean = re.sub(r'( id="| href="#| for="| name=")', lambda m: m.group(1) + prefix, clean)
    clean = clean.replace(
        '<input type="checkbox" disabled="" checked="">',
        '<input type="checkbox" disabled="" checked="" aria-label="已完成">',
    )
    clean = clean.replace(
        '<input type="checkbox" disabled="">',
        '<input type="checkbox" disabled="" aria-label="未完成">',
    )
    finished = set_text(clean)
    if job.formulas:
        finished = PLACES.sub(lambda m: job.formulas[int(m[1] or m[2])], finished)
    return Rendered(finished, toc, tuple(job.dangling))


# --- the engine -------------------------------------------------------------------------------

_ENGINE: list[Engine] = []
_ENGINE_JOB: list[_Job | None] = [None]


def _job() -> _Job:
    job = _ENGINE_JOB[0]
    assert job is not None
    return job


def _engine() -> Engine:
    if not _ENGINE:
        _ENGINE.append(_make())
    return _ENGINE[0]


def prepare() -> None:
    """Make the engine now: a fifth of a second that forked workers then need not spend each."""
    _engine()


def _make() -> Engine:
    return Engine(
        extensions=[
            "markdown.extensions.tables",
            "markdown.extensions.footnotes",
            "markdown.extensions.admonition",
            "markdown.extensions.attr_list",
            "markdown.extensions.def_list",
            "markdown.extensions.sane_lists",
            "pymdownx.details",
            "pymdownx.superfences",
            "pymdownx.highlight",
            "pymdownx.tabbed",
            "pymdownx.tasklist",
            _Dialect(),
        ],
        extension_configs={
            "markdown.extensions.tables": {"use_align_attribute": True},
            "markdown.extensions.footnotes": {
                "BACKLINK_TITLE": "回到正文第 {} 处",
                "BACKLINK_TEXT": "↩",
            },
            "pymdownx.superfences": {
                "custom_fences": [{"name": "chart", "class": "chart", "format": _place_chart}]
            },
            "pymdownx.tabbed": {"alternate_style": True, "slugify": slug},
            "pymdownx.highlight": {
                "use_pygments": True,
                "anchor_linenums": False,
                "auto_title": False,
            },
        },
        output_format="html",
        tab_length=4,
    )


def slug(text: str, separator: str = "-") -> str:
    """A heading's id: its own words, Chinese kept, so that links last. Duplicates get `_1`, `_2`."""
    words = re.sub(r"[^\w\s-]", "", text, flags=re.UNICODE).strip().lower()
    return re.sub(r"[\s_-]+", separator, words).strip(separator) or "section"


class _Dialect(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        md.inlinePatterns.deregister("entity")
        md.inlinePatterns.register(
            _Ruby(r"\{([^{}|\n]{1,20})\|([^{}|\n]{1,60})\}", md), "ruby", 175
        )
        md.inlinePatterns.register(
            _InlineFormula(INLINE_FORMULA, md),
            "formula",
            186,
        )
        # pymdownx.mark asks for a space between a Chinese character and a marked bracket
        md.inlinePatterns.register(SimpleTagInlineProcessor(MARKED, "mark"), "mark", 65)
        md.parser.blockprocessors.register(_BlockFormula(md.parser), "formula", 95)
        md.treeprocessors.register(_Finish(md), "weike", 5)


class _Ruby(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # the package's own signature differs from its base
        self, m: re.Match[str], data: str
    ) -> tuple[Xml.Element, int, int]:
        ruby = Xml.Element("ruby")
        ruby.text = m.group(1)
        for tag, text in (("rp", "（"), ("rt", m.group(2)), ("rp", "）")):
            Xml.SubElement(ruby, tag).text = text
        return ruby, m.start(0), m.end(0)


def _place_formula(latex: str, block: bool) -> Xml.Element:
    job = _job()
    element = Xml.Element("span")
    element.set("class", "math math-block" if block else "math")
    try:
        job.formulas.append(formula(latex, block=block))
        element.text = f"\ue0f0{len(job.formulas) - 1}\ue0f1"
    except FormulaError:
        element.text = latex
    return element


def _place_chart(source: str, *_told: object, **_named: object) -> str:
    """A place for the chart, filled after cleaning; what can't be drawn stays as it was written."""
    job = _job()
    spec, _problems = charts.read(source, "")
    try:
        if spec is not None:
            name = charts.ident(spec)
            again = sum(f'id="{job.prefix}{name}' in made for made in job.formulas)
            named = f"{job.prefix}{name}{f'-{again + 1}' if again else ''}"
            job.formulas.append(charts.figure(spec, named))
            return f"<div>\ue0f0{len(job.formulas) - 1}\ue0f1</div>"
    except charts.ChartError:
        pass
    return f"<pre><code>{html.escape(source)}</code></pre>"


class _InlineFormula(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # the package's own signature differs from its base
        self, m: re.Match[str], data: str
    ) -> tuple[Xml.Element, int, int]:
        return _place_formula(m.group(1), block=False), m.start(0), m.end(0)


class _BlockFormula(BlockProcessor):
    PATTERN = re.compile(rf"^{BLOCK_FORMULA}\s*$", re.DOTALL)

    def test(self, parent: Xml.Element, block: str) -> bool:
        return bool(self.PATTERN.match(block))

    def run(self, parent: Xml.Element, blocks: list[str]) -> bool:
        found = self.PATTERN.match(blocks.pop(0))
        assert found is not None
        holder = Xml.SubElement(parent, "p")
        holder.text = ""  # a footnote's way back is added to it
        holder.append(_place_formula(found.group(1).strip(), block=True))
        return True


class _Finish(Treeprocessor):
    """Resolve addresses, lower first-level headings, wrap tables, give lone pictures a caption."""

    def run(self, root: Xml.Element) -> None:
        job = _job()
        if job.numbered:
            numbers.place(root, job.links)
        for parent in root.iter():
            for index, child in enumerate(list(parent)):
                _finish(parent, index, child, job)
        job.toc += _headings(root, job.numbered)


def _headings(root: Xml.Element, numbered: bool) -> Iterator[Heading]:
    """Give every heading an id of its own words, and list those of the second and third level."""
    used = {element.get("id", "") for element in root.iter() if "id" in element.attrib}
    for element in root.iter():
        if element.tag in HEADINGS:
            text = unescape("".join(remove_fnrefs(element).itertext())).strip()
            if "id" not in element.attrib:
                named = (
                    slug(unescape(numbers.bare(remove_fnrefs(element)))) if numbered else slug(text)
                )
                element.set("id", unique(named, used))
            if element.tag in {"h2", "h3"}:
                yield Heading(unescape(element.get("id", "")), text, int(element.tag[1]))


def _finish(parent: Xml.Element, index: int, child: Xml.Element, job: _Job) -> None:
    if child.tag == "a":
        _link(child, job)
    elif child.tag == "img" and parent.tag != "picture":
        _image(parent, child, job)
    elif child.tag == "h1":
        child.tag = "h2"
    elif child.tag == "table" and parent.get("class") != "table-box":
        box = Xml.Element(
            "div", {"class": "table-box", "tabindex": "0", "role": "region", "aria-label": "表格"}
        )
        box.append(child)
        box.tail, child.tail = child.tail, None
        parent[index] = box
    elif child.tag in {"td", "th"} and child.attrib.pop("align", "") in {"right", "center"}:
        child.set("class", "n")
    elif (
        child.tag == "p"
        and len(child) == 1
        and child[0].tag == "img"
        and not (child.text or "").strip()
        and not (child[0].tail or "").strip()
    ):
        _figure(child)


def _figure(paragraph: Xml.Element) -> None:
    caption = paragraph[0].get("title")
    paragraph.tag = "figure"
    if caption:
        Xml.SubElement(paragraph, "figcaption").text = caption
        del paragraph[0].attrib["title"]


def _link(element: Xml.Element, job: _Job) -> None:
    href = element.get("href", "")
    if href.startswith("#"):
        return
    address, _, fragment = href.partition("#")
    if address in job.links:
        tail = f"#{fragment}" if fragment else ""
        element.set("href", f"{job.base}{job.links[address]}{tail}" or "./")
    elif address in job.files:
        element.set("href", f"{job.base}{job.files[address]}")
    elif href.lower().startswith(SAFE_SCHEMES):
        element.set("rel", "external")
    else:
        job.dangling.append(href)
        del element.attrib["href"]


def _image(parent: Xml.Element, element: Xml.Element, job: _Job) -> None:
    name = element.get("src", "")
    picture = job.pictures.get(name)
    if picture is None:
        job.dangling.append(name)
        element.tag = "span"
        element.text = element.get("alt")
        element.attrib.clear()
        return
    pictures.place(parent, element, picture, job.base)


TAGS = frozenset(
    [
        "a",
        "abbr",
        "article",
        "aside",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "col",
        "colgroup",
        "data",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "li",
        "mark",
        "ol",
        "p",
        "picture",
        "pre",
        "rp",
        "rt",
        "ruby",
        "s",
        "section",
        "small",
        "source",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]  # a list of forty strings is hard to read
)
ATTRIBUTES = {
    "*": {"class", "id", "title", "lang"},
    "a": {"href", "rel"},
    "img": {"src", "alt", "width", "height", "loading"},
    "source": {"type", "srcset", "sizes"},  # no author can write this element
    "data": {"value"},
    "th": {"scope"},
    "ol": {"start"},
    "details": {"open"},
    "div": {"tabindex", "role", "aria-label", "data-tabs"},
    "input": {"type", "checked", "disabled", "id", "name", "aria-label"},
    "label": {"for"},
}
SPANS = {str(n) for n in range(1, 1001)}  # as HTML has them; an author may write anything there
VALUES = {tag: {"colspan": SPANS, "rowspan": SPANS} for tag in ("td", "th")}
SCHEMES = {"http", "https", "mailto", "tel"}
CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes=ATTRIBUTES,
    tag_attribute_values=VALUES,
    url_schemes=SCHEMES,
    link_rel=None,
)
