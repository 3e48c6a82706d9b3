"""How articles look: inline styles by role, and nothing else.

Colours are those of the house (`style.css`, light scheme). WeChat turns them for dark screens by a rule
of its own: it keeps what can be read and lightens or darkens the rest. So a ground behind words is
always a thin wash of a colour (`rgba`), which that rule leaves alone: on white it is pale, on black it
is deep, and the words on it are turned as on bare ground. Nothing names a font.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from builder.media.palette import AMBER, AMBER_TEXT, BLUE, GOOD, INK, RED
from builder.typography import set_text

WASH = {"blue": "27,74,128", "amber": "242,193,78", "red": "179,38,30", "good": "37,96,63"}
HAIR = "rgba(133,122,102,0.4)"  # a thin line, thin on dark ground too
# For words, darker than the house has them: the darker a colour, the lighter WeChat makes it on dark ground.
SOFT, DEEP_BLUE = "#50483d", "#12345b"
KEPT = re.compile(r'<span class="keep">([^<]*)</span>')
PERCENT = re.compile(r"[+\-−±]?[0-9,.]+[%‰％℃]")  # no browser ends a line within it
HAND = "9px 13px 8px 12px/12px 8px 13px 9px"  # corners cut by hand: things that can be opened


def written(text: str) -> str:
    """Plain words as HTML, in which nothing looks like an attribute to those who search it."""
    return escape(text, quote=False).replace('="', "=&quot;")


def wash(name: str, strength: float) -> str:
    """A ground for words in one of the house colours."""
    return f"background:rgba({WASH[name]},{strength:g})"


QUIET = f"font-size:14px;line-height:1.6;color:{SOFT}"
DAILY: Mapping[str, str] = {
    # the article: what these say, all that follows inherits
    "root": f"font-size:16px;line-height:1.8;color:{INK};text-align:left;overflow-wrap:break-word",
    "p": "margin:0 0 16px",
    "tight": "margin:0 0 6px",
    "last": "margin:0",
    "h2": f"display:table;margin:30px 0 14px;padding-bottom:3px;font-size:20px;line-height:1.4;font-weight:700;border-bottom:4px solid {AMBER}",
    "h3": "margin:24px 0 10px;font-size:18px;line-height:1.4;font-weight:700",
    "h4": "margin:20px 0 8px;font-size:16px;line-height:1.4;font-weight:700",
    "hr": f"margin:28px 0;border:0;border-top:1px solid {HAIR}",
    "quote": f"margin:0 0 16px;padding:2px 0 2px 14px;border-left:3px solid {HAIR};color:{SOFT}",
    # words
    "mark": f"border-bottom:4px solid {AMBER}",
    "code": f"padding:1px 4px;{wash('blue', 0.08)}",
    "keep": "white-space:nowrap",
    "ref": f"font-size:12px;color:{DEEP_BLUE}",
    "address": "overflow-wrap:anywhere",
    "link": f"color:{DEEP_BLUE};text-decoration:underline",
    "quiet": f"margin:0 0 8px;{QUIET}",
    "stamp": "margin-right:4px;padding:0 6px;font-size:13px;border:1px dashed",
    "dotted": "font-style:normal;-webkit-text-emphasis:dot;text-emphasis:dot;text-emphasis-position:under",
    # lists: one line an item, its marker before it
    "list": "margin:0 0 16px",
    "item": "margin:0 0 6px",
    "marker": "display:inline-block;text-indent:0",
    "dt": "margin:0 0 2px;font-weight:700",
    "dd": "margin:0 0 12px;padding-left:1.5em",
    # tables and pictures
    "table-box": f"margin:0 0 18px;overflow-x:auto;border-top:2px solid {INK};border-bottom:2px solid {INK}",
    "table": "width:100%;margin:0;border-collapse:collapse;white-space:nowrap;font-size:15px;line-height:1.5",
    "row": f"border-top:1px solid {HAIR}",
    "cell": "padding:7px;border:0",
    "head": wash("blue", 0.08),
    "table-tight": "width:100%;margin:0;border-collapse:collapse;white-space:nowrap;font-size:14px;line-height:1.5",
    "cell-tight": "padding:5px;border:0",
    "wrap": "white-space:normal;word-break:normal",
    "whole": "white-space:nowrap",
    "hint": f"margin:-10px 0 18px;{QUIET}",
    "caption": "margin:0 0 6px;font-weight:700;text-align:center",
    "figure": "margin:0 0 18px;text-align:center",
    "figcaption": f"margin:6px 0 0;{QUIET}",
    "picture": "max-width:100%;vertical-align:top",
    # blocks
    "pre": f"margin:0 0 18px;padding:10px 12px;font-size:14px;line-height:1.6;white-space:nowrap;overflow-x:auto;{wash('blue', 0.06)}",
    "code-line": wash("amber", 0.14),
    "code-line-boxed": "font-weight:700",
    "code-quiet": f"color:{SOFT}",
    "code-string": f"color:{GOOD}",
    "code-word": f"color:{DEEP_BLUE}",
    "code-number": f"color:{AMBER_TEXT}",
    "fold": f"margin:0 0 18px;padding:10px 14px;border:1px solid {HAIR}",
    "key": f"margin:0 0 20px;padding:12px 16px;border:2px solid {INK};border-radius:{HAND};{wash('amber', 0.22)}",
    "key-label": f"margin:0 0 4px;font-size:14px;line-height:1.6;color:{AMBER_TEXT}",
    "formula": "margin:0 0 16px;text-align:center",
    "formula-box": "margin:0 0 16px;overflow-x:auto",
    "note": f"margin:0 0 18px;padding:10px 14px;border-left:4px solid {BLUE};{wash('blue', 0.07)}",
    "note-good": f"margin:0 0 18px;padding:10px 14px;border-left:4px solid {GOOD};{wash('good', 0.08)}",
    "note-warn": f"margin:0 0 18px;padding:10px 14px;border-left:4px solid {AMBER};{wash('amber', 0.16)}",
    "note-stop": f"margin:0 0 18px;padding:10px 14px;border-left:4px solid {RED};{wash('red', 0.07)}",
    "note-title": "margin:0 0 4px;font-weight:700",
    # the end of an article
    "end": f"margin:26px 0 8px;padding-top:12px;font-size:15px;line-height:1.4;font-weight:700;border-top:1px solid {HAIR}",
    "foot": f"margin:26px 0 0;padding-top:14px;border-top:2px solid {INK};{QUIET}",
    "notes": f"{QUIET};padding-left:1.8em;text-indent:-1.8em;overflow-wrap:anywhere",
    "noted": "margin:0 0 6px",
    "below": "text-indent:0",
}

CAMPAIGN: Mapping[str, str] = {
    **DAILY,
    "h2": f"display:table;margin:30px auto 18px;padding:6px 18px;font-size:19px;line-height:1.4;font-weight:700;text-align:center;color:#fff;background:{BLUE};border-radius:{HAND}",
    "h3": f"margin:24px 0 10px;font-size:18px;line-height:1.4;font-weight:700;color:{DEEP_BLUE}",
    "key": f"margin:0 0 22px;padding:16px 18px;border:2px solid {BLUE};border-radius:{HAND};text-align:center;{wash('amber', 0.3)}",
    "table-box": f"margin:0 0 18px;overflow-x:auto;border-top:2px solid {BLUE};border-bottom:2px solid {BLUE}",
    "foot": f"margin:26px 0 0;padding-top:14px;border-top:2px solid {BLUE};{QUIET}",
}


@dataclass(frozen=True, slots=True)
class Theme:
    """A house theme: the inline style of every role."""

    name: str
    roles: Mapping[str, str]

    def style(self, role: str) -> str:
        """The inline style of a role."""
        return self.roles[role]

    def open(self, tag: str, role: str, more: str = "") -> str:
        """The start of an element in its role; `more`: further attributes, with a blank before them."""
        style = self.roles[role]
        return f'<{tag} style="{style}"{more}>' if style else f"<{tag}{more}>"

    def put(self, tag: str, role: str, inside: str) -> str:
        """A whole element."""
        return f"{self.open(tag, role)}{inside}</{tag}>"

    def words(self, text: str, keep: str = "keep") -> str:
        """Plain words as HTML; no number is parted from its unit. `keep`: the role that holds them together."""
        html = set_text(written(text))
        style = self.roles[keep] if keep else ""

        def whole(found: re.Match[str]) -> str:
            if not style or PERCENT.fullmatch(found[1]):
                return found[1]
            return f'<span style="{style}">{found[1]}</span>'

        return KEPT.sub(whole, html)

    def strong(self, text: str) -> str:
        """The same in bold."""
        return f"<strong>{self.words(text)}</strong>" if text else ""


THEMES = {"daily": Theme("daily", DAILY), "campaign": Theme("campaign", CAMPAIGN)}
# What falls away when an article is too long, first what is missed least.
SPARE = (
    (
        "row",
        "code-quiet",
        "code-string",
        "code-word",
        "code-number",
        "code-line",
        "code-line-boxed",
    ),
    ("keep", "cell", "cell-tight", "code"),
)


def plain(theme: Theme, steps: int = len(SPARE)) -> Theme:
    """The same theme without what repeats most: `steps` of what can be spared."""
    spared = [role for step in SPARE[:steps] for role in step]
    return Theme(theme.name, {**theme.roles, **dict.fromkeys(spared, "")})
