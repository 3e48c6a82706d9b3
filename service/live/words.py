"""What people type on a phone, made into text that means the same in a page and in an authored file.

Signs that Markdown reads as more than a sign become their full-width twins when a post is taken in; what
is left of such signs is escaped in the file. So the page shows the same before and after `weike pull`.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST, TITLE, ALT = 2000, 80, 120
TWINS = str.maketrans(
    {"$": "＄", "|": "｜", "~": "～", "^": "＾", "{": "｛", "}": "｝", "<": "＜", ">": "＞", "\\": "＼", "&": "＆", "`": "‘", "=": "＝"}
)  # fmt: skip
HIDDEN = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ue000-\uf8ff]"
)
START = re.compile(r"^(?:[#+\-!]|\d{1,9}(?=[.)]))")  # what would begin a list, a heading, a box
MARKS = re.compile(r"[*_\[\]]")


def lines(text: str) -> str:
    """A post's text: lines that each are a paragraph, no blank ones."""
    rows = (line(row) for row in text.replace("\r", "\n").split("\n"))
    return "\n".join(row for row in rows if row)


def line(text: str) -> str:
    """One line, without signs that nobody sees or that mean more than themselves."""
    plain = HIDDEN.sub("", unicodedata.normalize("NFC", text))
    plain = "".join(c if c.isprintable() else " " for c in plain)
    plain = " ".join(plain.split()).translate(TWINS)
    return _first(plain)


def _first(text: str) -> str:
    """At the start of a line these would begin a definition, a box, or a fence of the house."""
    return re.sub(r"^[:?/]+", lambda m: m[0].translate(str.maketrans(":?/", "：？／")), text)


def escaped(text: str) -> str:
    """The same text as Markdown of an authored file: a paragraph a line."""
    return "\n\n".join(_escaped(row) for row in text.split("\n"))


def _escaped(row: str) -> str:
    found = START.match(row)
    head = ""
    if found:
        mark = found[0]
        head = f"{mark}\\" if mark.isdigit() else f"\\{mark}"
    return head + MARKS.sub(r"\\\g<0>", row[found.end() if found else 0 :])
