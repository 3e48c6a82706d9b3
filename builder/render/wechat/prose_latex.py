"""Formulas that words can say: letters, numbers, signs, raised and lowered ones, nothing stacked.

What is read here is a small part of LaTeX; whatever lies outside it is left to be drawn.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

MOST = 60  # characters of words, above which a drawing reads better
SIGNS = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "∼", "to": "→", "rightarrow": "→", "in": "∈",
    "infty": "∞", "Delta": "Δ", "ldots": "…", "cdots": "⋯", "dots": "…", "circ": "°", "prime": "′", "mid": "|",
    "%": "%", "&": "&", "#": "#", "$": "$", "_": "_", "{": "{", "}": "}", ",": "\u2009", ";": " ", " ": " ",
    "quad": "\u2003", "!": "",
}  # fmt: skip
GREEK_NAMES = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
    "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
)  # fmt: skip
GREEK = dict(zip(GREEK_NAMES, "αβγδεζηθικλμνξπρστφχψω", strict=True))
SPACED = frozenset("=<>≤≥≠≈≡∼→∈")  # a blank on each side
SPREAD = frozenset("+−×÷±∓·")
TOKEN = re.compile(r"\\([a-zA-Z]+|.)|([\^_{}])|(\d+(?:[.,]\d+)*)|([a-zA-Z])|(\s+)|(.)", re.DOTALL)
Token = tuple[str, ...]
WORDS = frozenset({"text", "mathrm", "textrm", "operatorname"})


class _Beyond(Exception):
    """This formula needs more than words."""


@lru_cache(maxsize=512)
def linear(latex: str, *, block: bool = False) -> str:
    """The formula as HTML words, or nothing when it must be drawn."""
    reader = _Reader(TOKEN.findall(latex))
    try:
        made = reader.group(until="")
    except _Beyond:
        return ""
    words = re.sub(r"<[^>]*>", "", made)
    return made.strip() if len(words) <= MOST else ""


class _Reader:
    """Reads tokens one after another."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.deep = 0

    def group(self, until: str) -> str:
        """All up to a closing brace, or to the end."""
        out: list[str] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token[1] == "}" and until == "}":
                self.at += 1
                return "".join(out)
            out.append(self.atom(bool(out)))
        if until:
            raise _Beyond
        return "".join(out)

    def atom(self, after: bool = False) -> str:
        """One thing: a letter, a number, a sign, a group, or what is raised or lowered."""
        name, mark, number, letter, blank, other = self.tokens[self.at]
        self.at += 1
        if name:
            return self.command(name, after)
        if mark == "{":
            return self.group(until="}")
        if mark in {"^", "_"} and mark:
            return self.script("sup" if mark == "^" else "sub")
        if mark:
            raise _Beyond
        if number:
            return number
        if letter:
            return f"<em>{letter}</em>"
        return "" if blank else self.sign(other.replace("-", "−").replace("*", "∗"), after)

    def script(self, tag: str) -> str:
        """Raised or lowered; nothing is so twice."""
        if self.deep or self.at >= len(self.tokens):
            raise _Beyond
        while self.at < len(self.tokens) and self.tokens[self.at][4]:
            self.at += 1
        self.deep += 1
        inside = self.atom() if self.at < len(self.tokens) else ""
        self.deep -= 1
        if not inside:
            raise _Beyond
        follows = self.tokens[self.at][1] if self.at < len(self.tokens) else ""
        if follows in {"^", "_"} and follows:  # both at once stand one above the other
            raise _Beyond
        return f"<{tag}>{inside}</{tag}>"

    def command(self, name: str, after: bool) -> str:
        """A sign by its name, a Greek letter, or upright words."""
        if name in GREEK:
            return f"<em>{GREEK[name]}</em>"
        if name in WORDS:
            return self.words()
        if name in {"left", "right"}:
            return ""
        if name in SIGNS:
            return self.sign(SIGNS[name], after)
        raise _Beyond

    def words(self) -> str:
        """What stands in braces, as it is."""
        if self.at >= len(self.tokens) or self.tokens[self.at][1] != "{":
            raise _Beyond
        out, self.at = "", self.at + 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token[1] == "}":
                return escape(out, quote=False)
            if token[0] and token[0] not in SIGNS:
                raise _Beyond
            out += SIGNS[token[0]] if token[0] else "".join(token[1:])
        raise _Beyond

    def sign(self, sign: str, after: bool) -> str:
        """A sign with the blanks it has in print; a sign before a number has none."""
        spread = sign in SPACED or (sign in SPREAD and after)
        sign = escape(sign, quote=False)
        return f" {sign} " if spread and not self.deep else sign
