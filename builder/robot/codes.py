"""Form numbers and industry codes: what they mean exactly, and that one is not known."""

from __future__ import annotations

import re

from builder.robot.package import Item, Package
from builder.tokens import fold

CODE = re.compile(
    r"(?<![a-z0-9.])(?:[a-z]{1,3}[0-9]{3}(?:-[0-9]+)?|[0-9]{2,4}(?:-[0-9])?)(?![a-z0-9]|\.[0-9])"
)
FORM = re.compile(
    r"(?<![a-z0-9.\-])([a-z]{1,3}[0-9]{3}(?:-[0-9]+)?|[0-9]{3}-[0-9])(?![a-z0-9\-]|\.[0-9])|(?<![a-z0-9.\-])([0-9]{3}) ?表"
)
TRADE = re.compile(
    r"(?<![0-9a-z.\-])([a-t]?)([0-9]{2,4})(?![0-9a-z%]|[-.][0-9]|[年月日号版位个家元万亿人户条])"
)
ABOUT = re.compile("行业|小类|中类|大类|门类|产业代码")
ALONE = re.compile("[a-t]?[0-9]{4}")


class Codes:
    """The codes of a package."""

    def __init__(self, package: Package) -> None:
        """Note which items have which codes."""
        self._forms: dict[str, list[Item]] = {}
        for item in package.items:
            for code in dict.fromkeys(map(plain, item.codes)):
                self._forms.setdefault(code, []).append(item)
        self._trades = {row[:2]: row[2:] for row in package.trades}
        self._book = next((i for i in package.items if i.id == package.codebook), None)

    def forms(self, text: str) -> list[Item]:
        """The items that a form number or code in the question means exactly."""
        codes = dict.fromkeys(CODE.findall(fold(text)))
        return list(
            {item.id: item for code in codes for item in self._forms.get(code, ())}.values()
        )

    def unknown(self, text: str) -> str:
        """A form number in the question that no item has; empty when there is none."""
        found = FORM.search(fold(text))
        return (found[1] or found[2]).upper() if found else ""

    def trade(self, text: str) -> tuple[Item | None, str]:
        """The item with the industry codes and what is said before it, when the question is about a code."""
        said = fold(text)
        found = None if "gb" in said else TRADE.search(said)  # GB/T 4754 is no industry
        if self._book is None or not found or not (ABOUT.search(said) or ALONE.fullmatch(said)):
            return None, ""
        broad = self._trades.get(found[2][:2])
        if broad is None:
            return self._book, f"行业大类里没有 {found[2][:2]} 开头的代码，请核对 {found[2]}。"
        if len(found[2]) == 2:
            return self._book, f"{found[2]} 是大类“{broad}”。下面的中类、小类在代码表里查。"
        return self._book, f"{found[2]} 在大类“{found[2][:2]} {broad}”里，名称在代码表里按代码查。"


def plain(code: str) -> str:
    """A code as it is compared: `107-1表` and `107-1` are one."""
    return fold(code).removesuffix("表").strip()
