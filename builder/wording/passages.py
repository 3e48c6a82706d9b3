"""All the words of an entry in one string, so that a rule looks once, not once for each text.

A `Sheet` holds two strings with the same offsets: `raw` has everything; `prose` only what an author
worded himself, code, addresses and comments blanked. What nobody worded (quotes, notes) stands last,
so that `prose` simply ends before it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.config import SiteConfig
from builder.fences import read_fences
from builder.model import Entry, MdText
from builder.wording.seek import held

Path = tuple[str | int, ...]

# Keys whose values come from a fixed vocabulary or name files: nobody reads them.
VOCABULARY = frozenset(
    {"id", "mood", "gesture", "facing", "scene", "kind", "type", "layout", "icon", "who", "prop"}
    | {"props", "audience", "division", "formats", "transition", "shape", "root", "supersedes"}
    | {"entry", "entries", "account", "theme", "send"}  # of a push
    | {"related", "parts", "checks", "indicator", "indicators", "family", "total"}  # ids
    | {"raw", "checksum", "format"}  # of a snapshot: its numbers are judged by their own reader
)
SPOKEN = frozenset({"script", "dialogue"})  # kinds that listen too
HEARD = frozenset({"ask", "also", "words", "when", "unless"})
# Keys that give the names of documents and their makers as they were.
NAMES = frozenset({"issued_by", "issuer", "doc_no", "source"})
ENDS = re.compile(r"[。！？；!?;\n|]")
FENCED = re.compile(r"(?ms)^[ \t>]*(`{3,}|~{3,})([ \t]*chart\b)?[^\n]*$.*?(?:^[ \t>]*\1[ \t]*$|\Z)")
# Begins with a set, so that the engine skips to one of its characters.
MACHINE = re.compile(
    r"[`<\](hw{](?:"
    r"(?<=`)(`*)[^`\n]+`+"
    r"|(?<=<)!--.*?(?:-->|\Z)"
    r"|(?<=\])\([^()\s]*(?:\s+\"[^\"\n]*\")?\)"
    r"|(?<=h)ttps?://[^\s）)，。；、“”|]*"
    r"|(?<=w)ww\.[^\s）)，。；、“”|]*"
    r"|(?<=\{)\{ind\b[^{}\n]*\}\}"
    r")",
    re.DOTALL,
)
QUERY = re.compile(r"(?m)^[ \t>]*from[ \t]*:[^\n]*")
YAML_MARKS = str.maketrans(",:[]{}\"'#", " " * 9)
TITLED = re.compile(r"(?m)^[ \t>]*(?:!!!|\?\?\?\+?|===)[^\"\n]*\"[^\n]*\"[ \t]*$")
KEPT = re.compile(r"[^\n]")
LINES = re.compile(r"\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of an entry. `path`: where it stands in the file; `line`: its first line, 0 = unknown.

    `worded`: an author's own words, not a quote, an address or a note. `cited`: the name of another's
    document, or an example of what is wrong (a false option of a quiz). `public`: goes to the public.
    """

    text: str
    path: Path
    public: bool
    line: int = 0
    worded: bool = True
    cited: bool = False
    markdown: bool = False


@dataclass(slots=True)
class Sheet:
    """All passages under one another. Offsets of both strings are the same."""

    entry: Entry
    passages: list[Passage]
    starts: list[int]
    raw: str
    prose: str
    inner: list[tuple[int, int]] = field(
        default_factory=list
    )  # in fences that the public never sees
    present: frozenset[str] = frozenset()  # what the prose has, see `seek.held`
    bounds: list[int] = field(default_factory=list)  # where sentences end, once someone asked

    def at(self, offset: int) -> tuple[Passage, int]:
        """The passage in which an offset lies, and the offset in it."""
        number = bisect_right(self.starts, offset) - 1
        return self.passages[number], offset - self.starts[number]

    def public(self, offset: int) -> bool:
        """True where readers outside may see what stands there."""
        return self.at(offset)[0].public and not any(a <= offset < b for a, b in self.inner)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """The span of the sentence around a span: up to a full stop, a line's end or a cell's."""
        if not self.bounds:
            self.bounds = [found.start() for found in ENDS.finditer(self.raw)]
        before = bisect_right(self.bounds, start - 1)
        after = bisect_left(self.bounds, end)
        return (
            self.bounds[before - 1] + 1 if before else 0,
            self.bounds[after] if after < len(self.bounds) else len(self.raw),
        )

    def line(self, offset: int) -> tuple[int, int]:
        """The span of the line around an offset."""
        start = self.raw.rfind("\n", 0, offset) + 1
        end = self.raw.find("\n", offset)
        return start, len(self.raw) if end < 0 else end


def sheet(entry: Entry, config: SiteConfig) -> Sheet:
    """Lay out all that `entry` says; `config` tells which audiences are the public."""
    outside = frozenset(name for name, group in config.audiences.items() if group.public)
    public = entry.audience in outside or entry.audience not in config.audiences
    passages = sorted(_passages(entry, public, config), key=lambda p: not p.worded)
    starts, at = [], 0
    for passage in passages:
        starts.append(at)
        at += len(passage.text) + 1
    raw = "\n".join([p.text for p in passages])
    prose = _prose(passages)
    made = Sheet(entry, passages, starts, raw, prose, present=held(prose))
    for start, passage in zip(starts, passages, strict=True):
        if passage.public and passage.markdown and ":::" in passage.text:
            made.inner += _inner(passage.text, start, config, outside)
    return made


def _prose(passages: list[Passage]) -> str:
    """`raw` as far as it is worded by the author, without what is not for reading."""
    return "\n".join([_own_words(p.text) if p.markdown else p.text for p in passages if p.worded])


def _own_words(text: str) -> str:
    if "```" in text or "~~~" in text:
        text = FENCED.sub(_fence, text)
    if "!!!" in text or "???" in text or "===" in text:
        text = TITLED.sub(lambda m: m.group().replace('"', " "), text)
    if any(mark in text for mark in ("`", "](", "//", "<!--", "{{ind")):
        text = MACHINE.sub(_but_first, text)
    return text


def _fence(found: re.Match[str]) -> str:
    """Of a chart its words, not what it asks of the numbers; of any other fence nothing."""
    if found[2]:
        return QUERY.sub(_blank, found.group()).translate(YAML_MARKS)
    return _blank(found)


def _blank(found: re.Match[str]) -> str:
    return KEPT.sub(" ", found.group())


def _but_first(found: re.Match[str]) -> str:
    whole = found.group()
    keep = whole[0] if whole[0] == "]" else " "
    return keep + KEPT.sub(" ", whole[1:])


def _inner(
    text: str, start: int, config: SiteConfig, outside: frozenset[str]
) -> Iterator[tuple[int, int]]:
    """Spans of lines in fences of audiences that are not the public."""
    at = start
    fenced = read_fences(text, frozenset(config.audiences))
    for line, owners in zip(text.split("\n"), fenced.owners, strict=True):
        if any(name in config.audiences and name not in outside for name in owners):
            yield at, at + len(line) + 1
        at += len(line) + 1


def _passages(entry: Entry, public: bool, config: SiteConfig) -> Iterator[Passage]:
    yield from _head(entry, public)
    if entry.text:
        yield Passage(entry.text, ("text",), public, entry.text.line, markdown=True)
    for key, value in entry.data.items():
        if key not in VOCABULARY and not (entry.kind in SPOKEN and key in HEARD | {"same", "near"}):
            said = _said(value) if entry.kind in SPOKEN else value
            yield from _data(said, (key,), public, config, key in NAMES)
    yield from _sources(entry, public)
    for key, value in entry.editorial.items():
        if value:
            yield Passage(value, ("editorial", key), False, worded=False)


def _said(value: Any) -> Any:
    """What a script says, without what others say to it, slips and all."""
    if isinstance(value, Mapping):
        return {key: _said(inner) for key, inner in value.items() if key not in HEARD}
    return tuple(map(_said, value)) if isinstance(value, tuple) else value


def _head(entry: Entry, public: bool) -> Iterator[Passage]:
    """What the head of an entry says to readers."""
    said: list[tuple[Path, str]] = [(("title",), entry.title), (("summary",), entry.summary)]
    said += [(("tags", n), tag) for n, tag in enumerate(entry.tags)]
    said += [(("forms", n), form) for n, form in enumerate(entry.forms)]
    said += [(("wechat", key), entry.wechat.get(key, "")) for key in ("digest", "author")]
    for name, note in entry.assets.items():
        said += [(("assets", name, "alt"), note.alt), (("assets", name, "credit"), note.credit)]
    for path, text in said:
        if text:
            yield Passage(text, path, public)


def _sources(entry: Entry, public: bool) -> Iterator[Passage]:
    for number, source in enumerate(entry.sources):
        yield Passage(source.title, ("sources", number, "title"), public, cited=True)
        for key, value in (("quote", source.quote), ("url", source.url)):
            if value:
                yield Passage(value, ("sources", number, key), public, worded=False)
        for key, value in (("locator", source.locator), ("doc_no", source.doc_no)):
            if value:
                yield Passage(value, ("sources", number, key), public, worded=False)


def _data(
    value: Any, path: Path, public: bool, config: SiteConfig, cited: bool
) -> Iterator[Passage]:
    """Every string in an entry's own data, in the order of the file."""
    if isinstance(value, MdText):
        if value:
            yield Passage(value, path, public, value.line, True, cited, True)
    elif isinstance(value, str):
        if value:
            yield Passage(value, path, public, cited=cited)
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from _data(inner, (*path, number), public, config, cited)
    else:
        fields = value if isinstance(value, Mapping) else getattr(value, "__dict__", None)
        if not fields:
            return
        named = fields.get("audience")
        group = config.audiences.get(named) if isinstance(named, str) else None
        public = public and (group is None or group.public)
        cited = cited or ("why" in fields and fields.get("right") is False)
        for key, inner in fields.items():
            if key not in VOCABULARY:
                # Why an option is wrong is said in the author's own voice.
                as_was = key in NAMES or (cited and key != "why")
                yield from _data(inner, (*path, str(key)), public, config, as_was)
