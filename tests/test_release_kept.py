"""What earlier releases kept of the reviews says nothing about another moment, other people, other scans."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.attackers import A, approved_pair, put, released
from tests.reviewers import USUAL, Bureau
from tests.sitefiles import NOW, faq

BEFORE, AFTER = "甲文。", "甲文新。"


@pytest.fixture
def it(tmp_path: Path) -> Bureau:
    """A bureau whose release was made once, so that all is kept; then one text was approved anew."""
    made = approved_pair(tmp_path)
    released(made)
    put(made, {"faq/mlk/a.md": faq(AFTER, title="甲问")})
    made.approve(A, steps=[("first", "li"), *USUAL[1:]])
    return made


def shown(it: Bureau, days: int = 0) -> str:
    """The first question's page in a release of so many days from now."""
    bundle = released(it, now=NOW + timedelta(days=days))[0]["internet"]
    page = bundle.root / "site/faq/mlk/a/index.html"
    return page.read_text("utf-8") if page.exists() else ""


def test_a_release_of_an_earlier_moment_knows_no_later_signature(it: Bureau) -> None:
    assert AFTER in shown(it)  # kept now
    it.clock.moment = NOW + timedelta(days=30)
    put(it, {"faq/mlk/a.md": faq("甲文再改。", title="甲问")})
    it.approve(A)
    assert "甲文再改" in shown(it, days=40)
    early = shown(it)
    assert AFTER in early
    assert "甲文再改" not in early


def test_what_was_kept_ends_with_a_key(it: Bureau) -> None:
    assert AFTER in shown(it)
    it.office.revoke("li", it.signers["zhao"], "密钥丢了", void=True)
    assert AFTER not in shown(it)


def test_what_was_kept_ends_with_a_line(it: Bureau) -> None:
    assert AFTER in shown(it)
    it.office.withdraw(A, it.signers["qian"], "数据有误")
    assert shown(it) == ""
