"""Turns of phrase that are wrong, as the rule files describe them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.wording.finding import Finding, advised_against, historic, in_title, quoted
from builder.wording.passages import Sheet
from builder.wording.rules import Pattern, Rules

# Doubled marks: no sentence advises against them without quotation marks.
MARKS = re.compile("[，。、；：？！]{2,}")
FULL = str.maketrans(",;?!:.", "，；？！：。")


def phrases(sheet: Sheet, rules: Rules) -> Iterator[Finding]:
    """Everything that the patterns find and nothing in the sentence makes right."""
    text = sheet.prose
    seek, filed, free = rules.anchored
    wanted = {n for anchor in seek.among(text, sheet.present) for n in filed[anchor]}
    for rule in (rules.patterns[n] for n in sorted(wanted.union(free))):
        for found in rule.pattern.finditer(text):
            if _right(sheet, rule, *found.span()):
                continue
            instead = found.expand(rule.instead) if "\\" in rule.instead else rule.instead
            if instead == "全角标点":
                instead = found.group().translate(FULL)
            yield Finding(
                *found.span(),
                rule.code,
                f"“{_shown(found.group())}”：{rule.reason}。",
                f"{instead}。" if not rule.safe else f"改成“{instead}”。",
                rule.clause,
                instead if rule.safe else "",
                instead if rule.safe else None,
            )


PAIRS = (("“", "”"), ("《", "》"), ("（", "）"), ("‘", "’"), ("【", "】"))
PAIR_MARKS = re.compile("[“”《》（）‘’【】]")


def unpaired(sheet: Sheet) -> Iterator[Finding]:
    """Quotation marks and brackets that open and don't close in their paragraph, or the other way."""
    at = 0
    for line in sheet.prose.split("\n"):
        if PAIR_MARKS.search(line):
            for left, right in PAIRS:
                if line.count(left) != line.count(right):
                    extra = (
                        line.rfind(left)
                        if line.count(left) > line.count(right)
                        else line.find(right)
                    )
                    message = f"“{left}”和“{right}”不成对。" if left != "“" else "引号不成对。"
                    yield Finding(at + extra, at + extra + 1, "WRD004", message, "补上或删去一个。")
        at += len(line) + 1


def _right(sheet: Sheet, rule: Pattern, start: int, end: int) -> bool:
    if rule.unless:
        a, b = sheet.sentence(start, end)
        if rule.unless.search(sheet.prose, a, b):
            return True
    if rule.year and historic(sheet, start, end, rule.year):
        return True
    if rule.code != "WRD001" and in_title(sheet, start, end):
        return True
    if (
        rule.code != "WRD001"
        and not MARKS.fullmatch(sheet.prose, start, end)
        and advised_against(sheet, start, end)
    ):
        return True
    return quoted(sheet, start, end)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"
