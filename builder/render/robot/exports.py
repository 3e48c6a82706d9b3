"""The package for robots that people have already: each in its own format, within its documented limits.

微信对话开放平台 (JSON and CSV), 企业微信客服 (its knowledge base), Rasa 3, schema.org, JSON lines, and the
same as spoken text. What a channel can't hold is told and left out of that channel alone.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from builder.bundle import Artefact
from builder.config import CHANNELS
from builder.media.speech import said
from builder.problems import Problem, Where
from builder.robot.package import Item, Package
from builder.tokens import fold

SKILL, INTENT, THRESHOLD = 30, 200, "0.9"  # 微信对话开放平台: characters of a skill's name
QUESTION, SIMILAR, ANSWER = 200, 100, 500  # 企业微信客服: characters, how many, characters
JSON, LINES = "application/json", "application/x-ndjson"
YAML, CSV = "application/yaml", "text/csv; charset=utf-8"
SKILLS = {
    "faq": "百问百答", "term": "名词口径", "system": "报表制度", "standard": "分类标准", "indicator": "指标数据",
}  # fmt: skip


def exports(
    package: Package, base_url: str, day: str, ways: Collection[str] = CHANNELS
) -> Iterator[Artefact]:
    """The forms for `ways`, made from the items that hold on `day`; links lead to the site at `base_url`.

    These robots keep what they were given and know no days: an answer says until when it holds.
    """
    items = _once([item for item in package.items if item.answer and item.holds(day)])
    for way, make in MAKERS.items():
        if way in ways:
            yield from make(items, base_url)


def _once(items: Sequence[Item]) -> list[Item]:
    """No wording asks for two answers: these robots keep but one of them, or refuse both. Titles go first."""
    taken = {fold(item.title) for item in items}
    found = []
    for item in items:
        asks = [text for text in dict.fromkeys(item.ask) if fold(text) not in taken]
        taken.update(map(fold, asks))
        found.append(replace(item, ask=tuple(asks)))
    return found


def _wechat(items: Sequence[Item], base_url: str) -> Iterator[Artefact]:
    yield _json("wechat-bot.json", {"mode": 0, "data": [_skill(i) for i in items]})
    yield _file("wechat-bot.csv", _sheet(items).encode("utf-8-sig"), CSV)


def _wecom(items: Sequence[Item], base_url: str) -> Iterator[Artefact]:
    told = [_intent(i, base_url) for i in items if not any(_faults(i))]
    yield _json("wecom-kf.json", told)


def _faqpage(items: Sequence[Item], base_url: str) -> Iterator[Artefact]:
    yield _json("faqpage.json", _page(items, base_url))


def _rasa(items: Sequence[Item], base_url: str) -> Iterator[Artefact]:
    yield _file("rasa/nlu.yml", _nlu(items).encode(), YAML)
    yield _file("rasa/domain.yml", _domain(items, base_url).encode(), YAML)
    yield _file("rasa/rules.yml", _rules(items).encode(), YAML)


def _each_line(items: Sequence[Item], base_url: str) -> Iterator[Artefact]:
    yield _file("items.jsonl", _lines(_plain(i, base_url) for i in items), LINES)


def _voices(items: Sequence[Item], base_url: str) -> Iterator[Artefact]:
    yield _file("spoken.jsonl", _lines(_spoken(i) for i in items), LINES)


MAKERS: Mapping[str, Callable[[Sequence[Item], str], Iterator[Artefact]]] = {
    "wechat": _wechat,
    "wecom": _wecom,
    "faqpage": _faqpage,
    "rasa": _rasa,
    "lines": _each_line,
    "spoken": _voices,
}


def problems(package: Package) -> Iterator[Problem]:
    """What is beyond the limits of a channel, at the entry that says it."""
    for item in _once(package.items):
        for key, fault in _faults(item):
            where = Where(f"{item.id.partition('#')[0]}#{key}")
            yield Problem(
                "ROB003", where, f"“{item.title[:30]}”：企业微信客服{fault}。", "缩短，或分成两篇。"
            )


# The key of a file under which the answer stands; parts of a page have theirs in a list.
SAID = {"faq": "answer", "term": "definition", "lesson": "key", "comic": "key", "video": "key", "infographic": "key"}  # fmt: skip
PARTS = {"report": "reports", "deadline": "deadlines", "card": "card"}


def _key(item: Item) -> str:
    part = item.id.partition("#")[2].partition("-")[0]
    return PARTS.get(part, SAID.get(item.kind, "summary"))


def _faults(item: Item) -> Iterator[tuple[str, str]]:
    """(key of the file, what is too much)."""
    if len(item.title) > QUESTION:
        yield "title", f"一个问题最多 {QUESTION} 字"
    if any(len(text) > QUESTION for text in item.ask):
        yield "ask", f"一个问题最多 {QUESTION} 字"
    if len(item.ask) > SIMILAR:
        yield "ask", f"相似问法最多 {SIMILAR} 条"
    if len(_said(item, "")) > ANSWER:
        yield _key(item), f"回答连出处最多 {ANSWER} 字"


def _said(item: Item, base_url: str) -> str:
    """The answer with where it comes from and where to read on."""
    source = f"\n出处：{item.source}" if item.source else ""
    link = f"\n{base_url}{item.url}" if base_url and item.url else ""
    return f"{item.answer}{_until(item)}{source}{link}"


def _until(item: Item) -> str:
    if not item.to:
        return ""
    year, month, day = item.to.split("-")
    return f"（到{year}年{int(month)}月{int(day)}日有效）"


def _skill(item: Item) -> dict[str, Any]:
    return {
        "skill": SKILLS.get(item.kind, "微课课程")[:SKILL],
        "intent": item.title[:INTENT],
        "threshold": THRESHOLD,
        "disable": False,
        "questions": list(item.ask),
        "answers": [_said(item, "")],
    }


def _sheet(items: Sequence[Item]) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(["技能名称", "标准问题", "阈值", "补充用户问题", "回答"])
    for item in items:
        row = _skill(item)
        asks = "##".join(text.replace("##", " ") for text in row["questions"])
        answer = row["answers"][0].replace("##", " ").replace("\n", " ")
        rows.writerow([_cell(t) for t in (row["skill"], row["intent"], THRESHOLD, asks, answer)])
    return out.getvalue()


def _cell(text: str) -> str:
    """No cell begins a formula in whatever opens the file."""
    return f" {text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _intent(item: Item, base_url: str) -> dict[str, Any]:
    return {
        "question": {"text": {"content": item.title}},
        "similar_questions": {"items": [{"text": {"content": text}} for text in item.ask]},
        "answers": [{"text": {"content": _fitting(item, base_url)}}],
    }


def _fitting(item: Item, base_url: str) -> str:
    """With its address where there is room for all of it."""
    said = _said(item, base_url)
    return said if len(said) <= ANSWER else _said(item, "")


def _plain(item: Item, base_url: str) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "question": item.title,
        "similar": list(item.ask),
        "answer": item.answer,
        "source": item.source,
        "url": f"{base_url}{item.url}",
        "valid_from": item.start,
        "valid_to": item.to,
    }


def _spoken(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "question": said(item.title),
        "answer": said(f"{item.answer}{_until(item)}"),
    }


def _page(items: Sequence[Item], base_url: str) -> dict[str, Any]:
    asked = [
        {
            "@type": "Question",
            "name": item.title,
            "url": f"{base_url}{item.url}",
            "acceptedAnswer": {"@type": "Answer", "text": f"{item.answer}{_until(item)}"},
        }
        for item in items
        if item.kind == "faq"
    ]
    return {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "inLanguage": "zh-CN",
        "mainEntity": asked,
    }


# --- Rasa 3 -----------------------------------------------------------------------------------


def _nlu(items: Sequence[Item]) -> str:
    rows = ['version: "3.1"', "nlu:"]
    for item in items:
        rows += [f"- intent: faq/{_name(item)}", "  examples: |"]
        rows += [f"    - {_bare(text)}" for text in dict.fromkeys((item.title, *item.ask))]
    return "\n".join(rows) + "\n"


def _domain(items: Sequence[Item], base_url: str) -> str:
    rows = ['version: "3.1"', "intents:", "- faq:", "    is_retrieval_intent: true", "responses:"]
    for item in items:
        said = _said(item, base_url).translate(str.maketrans("{}", "｛｝"))  # else read as a slot
        text = json.dumps(said, ensure_ascii=False)
        rows += [f"  utter_faq/{_name(item)}:", f"  - text: {text}"]
    return "\n".join([*rows, "actions:", "- utter_faq"]) + "\n"


def _rules(items: Sequence[Item]) -> str:
    head = ['version: "3.1"', "rules:", "- rule: 百问百答", "  steps:"]
    return "\n".join([*head, "  - intent: faq", "  - action: utter_faq"]) + "\n"


def _name(item: Item) -> str:
    """An id as Rasa takes it: letters, digits and `_`."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in item.id)


def _bare(text: str) -> str:
    """Without what Rasa reads as an entity."""
    return text.translate(str.maketrans("[]{}\n", "（）（） "))


def _lines(rows: Iterator[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()


def _json(name: str, value: Any) -> Artefact:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _file(name, text.encode(), JSON)


def _file(name: str, data: bytes, media_type: str) -> Artefact:
    return Artefact(f"robot/{name}", data, media_type)
