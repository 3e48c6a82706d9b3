"""A made-up corpus: the same Chinese entries for every generator, the same bytes for the same seed.

Three in a hundred entries are terms (20 at most), one in ten an article, the others questions. One in
ten is for the intranet, one in five has an admonition, one in four a table, one in twenty a fence.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks import vocabulary as words

ROOT = Path(__file__).resolve().parent.parent
BODY = 3000  # bytes of Markdown in an entry
LINK = re.compile(r"\]\(([a-z]+:[a-z0-9/-]+)\)")
NOW = "2026-11-20T09:30:00+08:00"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `text` links by id, `[文字](faq:mlk/q00012)`; `page` is its place in other generators."""

    kind: str
    folder: str
    slug: str
    title: str
    division: str
    audience: str
    date: str
    summary: str
    tags: tuple[str, ...]
    text: str

    @property
    def id(self) -> str:
        """The id by which others link to it."""
        return f"{self.kind}:{self.folder}/{self.slug}" if self.folder else f"term:{self.slug}"

    @property
    def page(self) -> str:
        """The path of its page, the same in every generator."""
        section = {"faq": "faq", "article": "articles", "term": "terms"}[self.kind]
        return "/".join(part for part in (section, self.folder, self.slug) if part)

    @property
    def source(self) -> str:
        """The path of its file in a weike tree."""
        return f"{'' if self.kind == 'faq' else 'content/'}{self.page}.md"


def divisions() -> list[str]:
    """The ids of the sixteen divisions."""
    text = (ROOT / "content" / "orgs.yml").read_text("utf-8").partition("cities:")[0]
    return re.findall(r"- id: ([a-z]+)", text)[:16]


def entries(count: int, seed: int = 1) -> list[Entry]:
    """Make `count` entries; the first ones are the same for every count of at least 700."""
    owners = divisions()
    made: list[Entry] = []
    for number in range(count):
        made.append(_entry(number, min(len(words.TERMS), count // 33), owners, made, seed))
    return made


def _entry(
    number: int, terms: int, owners: Sequence[str], made: Sequence[Entry], seed: int
) -> Entry:
    rng = Random(f"{seed} {number}")
    division = owners[number % len(owners)]
    audience = "intranet" if number % 10 == 7 else "public"
    kind = "term" if number < terms else "article" if number % 10 == 3 else "faq"
    title = _say(rng, words.QUESTION)
    folder = {"faq": division, "article": "2026", "term": ""}[kind]
    if kind == "term":
        title, audience = words.TERMS[number], "public"
    elif kind == "article":
        title = title.rstrip("？").replace("怎么", "如何") + "：解读"
    known = [
        e for e in made[-400:] if "public" in (e.audience, audience) and e.audience == "public"
    ]
    return Entry(
        kind,
        folder,
        f"q{number:05d}",
        title,
        division,
        audience,
        f"2026-{rng.randint(1, 10):02d}-{rng.randint(1, 28):02d}",
        _say(rng, words.SENTENCE[:4]).replace("**", "")[:78],
        tuple(sorted(rng.sample(words.WHAT, 2))),
        _text(rng, number, known),
    )


def _say(rng: Random, patterns: Sequence[str]) -> str:
    pick = rng.choice
    what, other = rng.sample(words.WHAT, 2)
    form, form2 = rng.sample(words.FORM, 2)
    slots: dict[str, str | int | float] = {
        "who": pick(words.WHO),
        "what": what,
        "other": other,
        "form": form,
        "form2": form2,
        "basis": pick(words.BASIS),
        "do": pick(words.DO),
        "rule": pick(words.RULE),
        "wrong": pick(words.WRONG),
        "year": rng.randint(2018, 2026),
        "month": rng.randint(1, 12),
        "day": rng.randint(3, 12),
        "day2": rng.randint(13, 25),
        "few": rng.randint(2, 5),
        "count": rng.randint(100, 9000),
        "pct": rng.randint(10, 399) / 10,
        "money": rng.randint(1000, 90000),
        "money2": rng.randint(1000, 90000),
    }
    return pick(patterns).format_map(slots)


def _text(rng: Random, number: int, known: Sequence[Entry]) -> str:
    blocks = [_paragraph(rng, known)]
    headings = rng.sample(words.HEADING, len(words.HEADING))
    size = len(blocks[0].encode())
    extra = []
    if number % 4 == 0:
        extra.append(_table(rng))
    if number % 5 == 0:
        extra.append(f'!!! note "{rng.choice(words.TITLES)}"\n    {_say(rng, words.SENTENCE)}')
    if number % 20 == 9:
        extra.append(f"::: intranet\n{_paragraph(rng, ())}\n:::")
    while size < BODY:
        section = [f"## {headings.pop()}", _paragraph(rng, known)]
        section.append(_list(rng) if rng.random() < 0.6 else _paragraph(rng, known))
        if extra:
            section.append(extra.pop())
        blocks += section
        size += sum(len(block.encode()) + 2 for block in section)
    return "\n\n".join(blocks) + "\n"


def _paragraph(rng: Random, known: Sequence[Entry]) -> str:
    sentences = [_say(rng, words.SENTENCE) for _ in range(rng.randint(2, 4))]
    if known and rng.random() < 0.25:
        other = rng.choice(known)
        sentences.append(f"另见[{other.title}]({other.id})。")
    return "".join(sentences)


def _list(rng: Random) -> str:
    items = [_say(rng, words.ITEM) for _ in range(rng.randint(3, 5))]
    if rng.random() < 0.3:
        return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))
    return "\n".join(f"- {item}" for item in items)


def _table(rng: Random) -> str:
    rows = [
        f"| {what} | {rng.choice(words.FORM)} | {rng.randint(100, 99999)} | {rng.choice(words.RULE)} |"
        for what in rng.sample(words.WHAT, 4)
    ]
    return "\n".join(["| 指标 | 表号 | 数量 | 口径 |", "|---|---|---:|---|", *rows])


def front(entry: Entry) -> str:
    """The front matter of a weike entry."""
    lines = [
        f"title: {entry.title}",
        f"audience: {entry.audience}",
        f"division: {entry.division}",
        f"date: {entry.date}",
        f"summary: {entry.summary}",
        f"tags: [{', '.join(entry.tags)}]",
        "levels: [县, 乡, 企业]",
        "roles: [town, firm]",
        *{
            "faq": ["ask:", f"  - {entry.title[:-1]}呢", f"  - {entry.tags[0]}怎么填"],
            "article": ["type: reading"],
            "term": [],
        }[entry.kind],
        *({"faq": [f"answer: {entry.summary}"], "term": [f"definition: {entry.summary}"]}).get(
            entry.kind, []
        ),
        "sources:",
    ]
    for locator in ("二、调查对象和范围", "四、指标解释"):
        lines += [
            f"  - title: {entry.tags[0]}统计报表制度（示例）",
            "    doc_no: 示统字〔2026〕1号",
            f"    locator: {locator}",
            "    date: 2025-12-19",
            f'    quote: "{entry.summary}"',
            "    seen: 2026-11-01",
        ]
    return "\n".join(["---", *lines, "editorial:", "  notes: 生成的样本", "---", ""])


def weike_tree(root: Path, made: Sequence[Entry]) -> None:
    """Write a weike tree, kept in git as a bureau keeps it."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "content").mkdir(parents=True)
    shutil.copy(ROOT / "site_config.yml", root)
    shutil.copy(ROOT / "content" / "orgs.yml", root / "content")
    (root / ".gitignore").write_text(".cache/\ndist/\n", "utf-8")
    write(root, {entry.source: front(entry) + entry.text for entry in made})
    name = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost"]
    for command in (["init", "-q"], ["add", "."], [*name, "commit", "-q", "-m", "corpus"]):
        subprocess.run(["git", "-C", str(root), *command], check=True, capture_output=True)


def write(root: Path, files: dict[str, str]) -> None:
    """Write text files under `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
