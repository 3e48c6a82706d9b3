"""Formulas that words can say: letters, numbers, signs, raised and lowered ones, nothing stacked.

What is read here is a small part of LaTeX; whatever lies outside it is left to be drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from builder.render.wechat.themes import written

MOST = 60  # characters of words, above which a drawing reads better
SIGNS = {
    "times": "×",
    "cdot": "·",
    "div": "÷",
    "pm": "±",
    "mp": "∓",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "approx": "≈",
    "equiv": "≡",
    "sim": "∼",
    "to": "→",
    "rightarrow": "→",
    "in": "∈",
    "infty": "∞",
    "Delta": "Δ",
    "ldots": "…",
    "cdots": "⋯",
    "dots": "…",
    "circ": "°",
    "prime": "′",
    "mid": "|",
    "%": "%",
    "&": "&",
    "#": "#",
    "$": "$",
    "_": "_",
    "{": "{",
    "}": "}",
    ",": "\u2009",
    ";": " ",
    " ": " ",
    "quad": "\u2003",
    "!": "",
}
GREEK_NAMES = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "sigma",
    "tau",
    "phi",
    "chi",
    "psi",
    "omega",
)
GREEK = dict(zip(GREEK_NAMES, "αβγδεζηθικλμνξπρστφχψω", strict=True))
SPACED = frozenset("=<>≤≥≠≈≡∼→∈")  # a blank on each side
SPREAD = frozenset("+−×÷±∓·")
SINGLE = re.compile(r"(?:<em>\w</em>|\d[\d.,]*)(?:<sub>[^/]*(?:</em>)?[^/]*</sub>)?")
# What may stand beside a fraction on a line: 1/2(a + b) would read as 1 over 2(a + b).
APART = frozenset("=<>≤≥≠≈+-×±，,")
BEFORE, BEHIND = APART | {"("}, APART | {")"}
FRACTIONS = frozenset({"frac", "dfrac", "tfrac"})
TOKEN = re.compile(r"\\([a-zA-Z]+|.)|([\^_{}])|(\d+(?:[.,]\d+)*)|([a-zA-Z])|(\s+)|(.)", re.DOTALL)
Token = tuple[str, ...]
NONE: Token = ("",) * 6
TEXTS = frozenset({"text", "textrm"})  # blanks count in these
WORDS = TEXTS | {"mathrm"}
RAISED = frozenset({"circ", "prime"})  # signs that stand high by themselves: °, ′
MEANT = frozenset("+-*/=<>()[]|.,:;!?")  # what means itself; % begins a remark, & parts columns
FENCES = frozenset("()[]|")  # what may stand behind left and right


class _Beyond(Exception):
    """This formula needs more than words."""


@lru_cache(maxsize=512)
def linear(latex: str, *, block: bool = False) -> str:
    """The formula as HTML words, or nothing when it must be drawn."""
    reader = _Reader(TOKEN.findall(latex), block)
    try:
        made = reader.group(until="")
    except _Beyond:
        return ""
    words = re.sub(r"<[^>]*>", "", made)
    return made.strip() if len(words) <= MOST else ""


def _beside(tokens: Iterable[Token], may: frozenset[str]) -> bool:
    """Whether the first of these, blanks left out, is one of those that may stand there, or is none."""
    token = next((t for t in tokens if not t[4]), NONE)
    return token is NONE or (SIGNS.get(token[0], "") or token[5]) in may


def _upright(token: Token) -> str:
    """One sign of a text within a formula."""
    name, mark, number, letter, blank, other = token
    if (
        mark
        or other in {"$", "%", "&", "#", "`"}
        or (name and (name.isalpha() or name not in SIGNS))
    ):
        raise _Beyond
    return SIGNS[name] if name else number + letter + blank + other.replace("~", " ")


def _letters(token: Token) -> str:
    """One sign of a name: it is read as a formula, so that signs would have blanks or be raised."""
    _, _, number, letter, blank, _ = token
    if not (number or letter or blank):
        raise _Beyond
    return number + letter


class _Reader:
    """Reads tokens one after another."""

    def __init__(self, tokens: list[Token], block: bool) -> None:
        self.tokens = tokens
        self.block = block
        self.operand = False  # whether a sign has something on its left
        self.at = 0
        self.deep = 0

    @property
    def ahead(self) -> Token:
        """The next token but blanks, which mean nothing between signs; `NONE` at the end."""
        while self.at < len(self.tokens) and self.tokens[self.at][4]:
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else NONE

    def group(self, until: str) -> str:
        """All up to a closing brace, or to the end."""
        out: list[str] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token[1] == "}" and until == "}":
                self.at += 1
                return "".join(out)
            out.append(self.atom())
        if until:
            raise _Beyond
        return "".join(out)

    def atom(self) -> str:
        """One thing: a letter, a number, a sign, a group, or what is raised or lowered."""
        name, mark, number, letter, blank, other = self.tokens[self.at]
        self.at += 1
        if name:
            return self.command(name)
        if mark == "{":
            return self.group(until="}")
        if mark in {"^", "_"} and mark:
            return self.script("sup" if mark == "^" else "sub")
        if mark:
            raise _Beyond
        if blank:
            return ""
        if number or letter:
            self.operand = True
            return number or f"<em>{letter}</em>"
        return self.other(other)

    def other(self, sign: str) -> str:
        """What is neither letter nor number, as it is in print."""
        if sign == "~":
            return " "
        if sign == "'" and not self.deep:
            return self.sign("′")
        if sign not in MEANT and sign.isascii():
            raise _Beyond
        return self.sign(sign.replace("-", "−").replace("*", "∗"))

    def next(self) -> str:
        """What a command takes: a group, or one sign; of a number its first digit alone."""
        number = self.ahead[2]
        if len(number) > 1:
            if self.tokens[self.at - 1][4]:  # TeX and the site's drawing differ here
                raise _Beyond
            self.tokens[self.at] = ("", "", number[1:], "", "", "")
            return number[0]
        if self.ahead is NONE:
            raise _Beyond
        return self.atom()

    def script(self, tag: str) -> str:
        """Raised or lowered; nothing is so twice."""
        if self.deep:
            raise _Beyond
        self.deep += 1
        inside = self.next()
        self.deep -= 1
        if not inside.strip():
            raise _Beyond
        if self.ahead[1] in {"^", "_"}:  # both at once stand one above the other
            raise _Beyond
        return inside if inside in {"°", "′"} and tag == "sup" else f"<{tag}>{inside}</{tag}>"

    def command(self, name: str) -> str:
        """A sign by its name, a Greek letter, or upright words."""
        if name in GREEK:
            self.operand = True
            return f"<em>{GREEK[name]}</em>"
        if name in WORDS:
            return self.words(blanks=name in TEXTS)
        if name in {"left", "right"}:
            return self.fence()
        if name in RAISED and not self.deep:  # f∘g is no degree
            raise _Beyond
        if name in SIGNS:
            return self.sign(SIGNS[name])
        if name in FRACTIONS and not self.block and not self.deep:
            return self.fraction()
        raise _Beyond

    def fence(self) -> str:
        """A bracket that grows with what it holds; a point says that there is none."""
        name, *_, other = self.ahead
        if other == ".":
            self.at += 1
        elif other not in FENCES and name not in {"{", "}"}:
            raise _Beyond
        return ""

    def fraction(self) -> str:
        """One letter or number over another, on one line, where nothing beside it could be read into it."""
        if not _beside(reversed(self.tokens[: self.at - 1]), BEFORE):
            raise _Beyond
        parts = [self.next(), self.next()]
        if not all(SINGLE.fullmatch(part) for part in parts):
            raise _Beyond
        if not _beside(self.tokens[self.at :], BEHIND):
            raise _Beyond
        return "/".join(parts)

    def words(self, *, blanks: bool) -> str:
        """What stands in braces, as it is; only letters and numbers where blanks don't count."""
        if self.at >= len(self.tokens) or self.tokens[self.at][1] != "{":
            raise _Beyond
        out, self.at = "", self.at + 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token[1] == "}":
                self.operand = True
                return written(out)
            out += _upright(token) if blanks else _letters(token)
        raise _Beyond

    def sign(self, sign: str) -> str:
        """A sign with the blanks it has in print; the sign of a number has none."""
        spread = sign in SPACED or (sign in SPREAD and self.operand)
        if sign.strip():
            self.operand = sign not in SPACED and sign not in SPREAD and sign not in "([，,"
        sign = written(sign)
        return f" {sign} " if spread and not self.deep else sign
