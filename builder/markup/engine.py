"""Python-Markdown with loops that try only what a text can need, and a serializer of ours.

The output is the package's own, byte for byte; only the way there is shorter. A processor is left out
when the text lacks a mark without which it never acts; a text with tabs is spared nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MethodType
from typing import Any, TypeVar
from xml.etree import ElementTree as Xml

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.inlinepatterns import Pattern
from markdown.treeprocessors import InlineProcessor as InlineTreeprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import BLOCK_LEVEL_ELEMENTS, AtomicString, Registry

P = TypeVar("P")
Marks = tuple[str, ...]
FENCE: Marks = ("```", "~~~")
INDENT: Marks = ("    ",)
# What a text must hold, one of these at least, for a processor to act on any of it.
NEEDS: Mapping[str, Mapping[str, Marks]] = {
    "preprocessors": {"fenced_code_block": FENCE},
    "blockprocessors": {
        "admonition": ("!!!",),
        "details": ("???",),
        "tabbed": ("===",),
        "formula": ("$$",),
        "indent": INDENT,
        "defindent": INDENT,
        "code": INDENT,
        "table": ("|",),
        "hashheader": ("#",),
        "setextheader": ("=\n", "-\n", "= ", "- "),
        "hr": ("--", "- -", "-  -", "**", "* *", "*  *", "__", "_ _", "_  _"),
        "olist": (". ",),
        "ulist": ("- ", "* ", "+ "),
        "deflist": (": ",),
        "quote": (">",),
        "footnote": ("[^",),
        "reference": ("]:",),
    },
    "treeprocessors": {
        "footnote": ("[^",),
        "indent-highlight": INDENT,
        "task-list": ("[",),
        "footnote-duplicate": ("[^",),
        "attr_list": ("{",),
        "tab_slugs": ("===",),
        "unescape": ("\\",),
    },
    "inlinePatterns": {
        "backtick": ("`",),
        "formula": ("$",),
        "escape": ("\\",),
        "footnote": ("[^",),
        "ruby": ("{",),
        "reference": ("[",),
        "link": ("[",),
        "image_link": ("![",),
        "image_reference": ("![",),
        "short_reference": ("[",),
        "short_image_ref": ("![",),
        "autolink": ("<",),
        "automail": ("<",),
        "linebreak": ("  \n",),
        "mark": ("==",),
        "em_strong": ("*", "_"),
    },
}


class Engine(Markdown):
    """The package's converter; make it with `output_format="html"`."""

    def __init__(self, **options: Any) -> None:
        """Options as the package knows them."""
        super().__init__(**options)
        self.parser.parseBlocks = MethodType(_parse_blocks, self.parser)  # type: ignore[method-assign]
        self.treeprocessors.register(Inline(self), "inline", 20)
        self.treeprocessors.register(_Breaks(self), "prettify", 10)
        self._all = {
            name: _table(registry, NEEDS[name])
            for name, registry in (
                ("preprocessors", self.preprocessors),
                ("blockprocessors", self.parser.blockprocessors),
                ("treeprocessors", self.treeprocessors),
                ("inlinePatterns", self.inlinePatterns),
            )
        }
        self.wanted: dict[str, tuple[Any, ...]] = {}
        # Each inline pattern with the one mark a piece of text must hold, if there is one.
        self._inline = tuple(
            (p, needs[0] if len(needs) == 1 else "") for p, needs in self._all["inlinePatterns"]
        )
        self.patterns: tuple[tuple[Pattern, str], ...] = ()

    def convert(self, source: str) -> str:
        """As the package does it; every stage runs what `source` can need."""
        if not source.strip():
            return ""
        self.choose(f"{source}\n")  # some marks stand at the end of a line
        lines = source.split("\n")
        for preprocessor in self.wanted["preprocessors"]:
            lines = preprocessor.run(lines)
        root = self.parser.parseDocument(lines).getroot()
        assert root is not None
        for treeprocessor in self.wanted["treeprocessors"]:
            changed = treeprocessor.run(root)
            root = root if changed is None else changed
        output = serialize(root)
        for postprocessor in self.postprocessors:
            output = postprocessor.run(output)
        return output.strip()

    def choose(self, text: str) -> None:
        """Take what `text` can need."""
        self.wanted = {name: _chosen(table, text) for name, table in self._all.items()}
        self.patterns = tuple(p for p in self._inline if p[0] in self.wanted["inlinePatterns"])


def _table(registry: Registry[P], needs: Mapping[str, Marks]) -> tuple[tuple[P, Marks], ...]:
    """The processors in their order, each with its marks; none: it always runs."""
    marks = {id(registry[name]): found for name, found in needs.items() if name in registry}
    return tuple((processor, marks.get(id(processor), ())) for processor in registry)


def _chosen(table: Iterable[tuple[P, Marks]], text: str) -> tuple[P, ...]:
    everything = "\t" in text
    return tuple(
        p for p, marks in table if everything or not marks or any(map(text.__contains__, marks))
    )


def _parse_blocks(self: BlockParser, parent: Xml.Element, blocks: list[str]) -> None:
    """The package's own loop; its registry sorts itself anew for every block."""
    engine = self.md
    assert isinstance(engine, Engine)
    processors = engine.wanted["blockprocessors"]
    while blocks:
        for processor in processors:
            if processor.test(parent, blocks[0]) and processor.run(parent, blocks) is not False:
                break


class Inline(InlineTreeprocessor):
    """The package's own, but a pattern is tried only on text that has the mark it needs."""

    SPECIAL = re.compile(r"[`\\\[!<&*_{$=\x02]|  \n")
    md: Engine

    def _InlineProcessor__handleInline(self, data: str, at: int = 0) -> str:
        if isinstance(data, AtomicString) or not self.SPECIAL.search(data):
            return data
        start = 0
        patterns = self.md.patterns
        while at < len(patterns):
            pattern, mark = patterns[at]
            matched = False
            if mark in data:
                data, matched, start = self._InlineProcessor__applyPattern(  # type: ignore[attr-defined]
                    pattern, data, at, start
                )
            if not matched:
                at, start = at + 1, 0
        return data


BLOCKS = frozenset(BLOCK_LEVEL_ELEMENTS)


class _Breaks(Treeprocessor):
    """Line breaks between blocks, as the package's own `prettify` puts them."""

    def run(self, root: Xml.Element) -> None:
        _break(root)
        for br in root.iter("br"):
            br.tail = f"\n{br.tail}" if br.tail and br.tail.strip() else "\n"
        for pre in root.iter("pre"):
            if len(pre) and pre[0].tag == "code" and not len(pre[0]) and pre[0].text is not None:
                pre[0].text = AtomicString(pre[0].text.rstrip() + "\n")


def _break(element: Xml.Element) -> None:
    if element.tag in BLOCKS and element.tag not in {"code", "pre"}:
        if len(element) and element[0].tag in BLOCKS:
            text = element.text
            if not text or not text.strip():
                element.text = "\n"
        for child in element:
            if child.tag in BLOCKS:
                _break(child)
    tail = element.tail
    if not tail or not tail.strip():
        element.tail = "\n"


# --- the serializer ---------------------------------------------------------------------------

AMPERSAND = re.compile(r"&(?!(?:#[0-9]+|#x[0-9a-f]+|[0-9a-z]+);)", re.IGNORECASE)
EMPTY = frozenset({"br", "col", "hr", "img", "input", "source"})
BOOLEAN = frozenset({"checked", "disabled", "open"})


def serialize(root: Xml.Element) -> str:
    """HTML of all that stands in `root`, without its own tag; entities an author wrote are kept."""
    out: list[str] = []
    if root.text:
        out.append(_escape(root.text))
    for child in root:
        _serialize(child, out.append)
    return "".join(out).strip()


def _serialize(element: Xml.Element, write: Callable[[str], None]) -> None:
    tag, text, tail = element.tag, element.text, element.tail
    found = element.items()
    attributes = "".join(_attribute(k, v) for k, v in sorted(found)) if found else ""
    write(f"<{tag}{attributes}>")
    if text:
        write(_escape(text))
    for child in element:
        _serialize(child, write)
    if tag not in EMPTY:
        write(f"</{tag}>")
    if tail:
        write("\n" if tail == "\n" else _escape(tail))


def _attribute(key: str, value: str | None) -> str:
    if value is None or (key == value and key in BOOLEAN):  # `{name}` of an attribute list has none
        return f" {key}"
    return f' {key}="{_escape(value).replace(chr(34), "&quot;")}"'


def _escape(text: str) -> str:
    if "&" in text:
        text = AMPERSAND.sub("&amp;", text)
    if "<" in text:
        text = text.replace("<", "&lt;")
    return text.replace(">", "&gt;") if ">" in text else text
