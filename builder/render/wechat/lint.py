"""WeChat's rules for the structure of articles, judged on the HTML that would be sent.

From WeChat's own specification for editors (verify-article-structure-spec 1.0), the turning of colours
in dark mode, and what the back end is known to take out. Nothing is mended here: the renderer's articles
must pass as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from builder.render.wechat import lint_looks, lint_styles, lint_tags
from builder.render.wechat.seen import looks
from builder.render.wechat.tree import Node, read

WORDS_OF_PLACE = 14


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that WeChat refuses, takes out or shows wrongly. `rule` names it, `place` says where."""

    rule: str
    message: str
    place: str

    def __str__(self) -> str:
        """As an editor reads it."""
        return f"{self.place}：{self.message}"


def lint(html: str) -> list[Fault]:
    """All faults of an article's HTML, in the order of the text."""
    tree = read(html)
    found = [Fault(rule, message, "全文") for rule, message in lint_tags.whole(tree)]
    for node, look, around in looks(tree):
        for rule, message in (
            *lint_tags.judge(node, look),
            *lint_styles.judge(node, look),
            *lint_looks.judge(node, look, around),
        ):
            found.append(Fault(rule, message, place(node)))
    return found


def summed(faults: Sequence[Fault]) -> list[str]:
    """The same with one sentence for each rule: where it is broken first, and how often."""
    groups: dict[str, list[Fault]] = {}
    for fault in faults:
        groups.setdefault(fault.rule, []).append(fault)
    return [
        str(same[0]) + (f"（共 {len(same)} 处）" if len(same) > 1 else "")
        for same in groups.values()
    ]


def place(node: Node) -> str:
    """Where an element stands: its tag and the words in it, or around it."""
    words = "".join(node.text.split())
    if not words:
        around = next((" ".join(a.text.split()) for a in node.above() if a.text.strip()), "")
        words, near = around, "旁边是"
    else:
        near = ""
    if not words:
        return f"<{node.tag}>"
    cut = words[:WORDS_OF_PLACE] + ("…" if len(words) > WORDS_OF_PLACE else "")
    return f"<{node.tag}>{near}“{cut}”"
