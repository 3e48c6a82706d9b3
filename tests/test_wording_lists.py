"""The judge's corpus for the language and privacy gate keeps its own promises.

`tests/wording/faults.yml` holds planted faults, `correct.yml` what only looks like one. Rules are
written with the part `dev` in view; `held` judges them, so the parts must be alike in kind.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.yaml_source import parse

HERE = Path(__file__).parent / "wording"
LEAST = 220
CATEGORIES = {  # least of faults and of correct sentences, both parts together
    "severe": (40, 24),
    "hk-mo-tw": (16, 16),
    "statistics": (44, 50),
    "agency": (24, 24),
    "style": (30, 30),
    "pii": (34, 34),
    "cell": (24, 24),
    "secret": (20, 20),
    "classified": (10, 14),
    "host": (12, 14),
    "missing": (8, 10),
}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
GROUPED = re.compile(r"(?<![\dA-Za-z])\d(?:[ -]?[\dXx]){14,18}(?![\dA-Za-z])")
IDENTITY = re.compile(r"(?<![\dA-Za-z])\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx](?![\dA-Za-z])")
ALL_PROVINCES = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55)}
ALL_PROVINCES |= {*range(61, 66), 71, 81, 82, 83, 91}

Item = dict[str, str]


def load(name: str) -> list[Item]:
    text = (HERE / name).read_text(encoding="utf-8")
    node, said = parse("items:\n" + text, name, 0)  # the strict parser wants a mapping at the root
    assert node is not None, said
    items = node.plain()["items"]
    assert all(isinstance(v, str) for item in items for v in item.values())
    return list(items)


FAULTS = load("faults.yml")
CORRECT = load("correct.yml")
BOTH = pytest.mark.parametrize("items", [FAULTS, CORRECT], ids=["faults", "correct"])


def bare(text: str) -> str:
    """`text` with half-width digits and without what people put between groups of digits."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def dated(number: str) -> bool:
    try:
        datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return True


def is_identity(number: str) -> bool:
    """Whether 18 characters pass all that a gate can check: province, date, check character."""
    if not re.fullmatch(r"\d{17}[\dX]", number) or int(number[:2]) not in ALL_PROVINCES:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return dated(number) and number[17] == "10X98765432"[total % 11]


def is_card(number: str) -> bool:
    """Whether digits pass the check of bank cards."""
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(number))]
    return sum(v - 9 if v > 9 else v for v in doubled) % 10 == 0


def numbers(items: list[Item]) -> Iterator[str]:
    for item in items:
        for found in GROUPED.findall(unicodedata.normalize("NFKC", item["text"])):
            yield bare(found)


def test_the_check_of_identity_numbers_knows_right_from_wrong() -> None:
    assert is_identity("11010519491231002X")  # the example that the standard itself prints
    assert not is_identity("110105194912310021")
    assert not is_identity("11010519490231002X")
    assert is_card("4111111111111111")
    assert not is_card("4111111111111112")


@BOTH
def test_every_item_has_its_fields_and_no_other(items: list[Item]) -> None:
    fields = {"id", "part", "category", "audience", "text", "note"}
    fields |= {"fault"} if items is FAULTS else set()
    for item in items:
        assert set(item) == fields, item["id"]
        assert all(value.strip() for value in item.values()), item["id"]
        assert item["part"] in {"dev", "held"}
        assert item["audience"] in {"public", "intranet"}
        assert item["category"] in CATEGORIES
        assert item["id"].startswith(item["category"] + "-")
        assert 1 <= len(item["text"].split("\n")) <= 8, item["id"]


def test_ids_and_texts_occur_once_in_both_files() -> None:
    everything = FAULTS + CORRECT
    for key in ("id", "text"):
        seen = Counter(item[key] for item in everything)
        assert [value for value, times in seen.items() if times > 1] == []


@BOTH
def test_categories_are_full_and_parts_balanced(items: list[Item]) -> None:
    assert len(items) >= LEAST
    counts = Counter((item["category"], item["part"]) for item in items)
    for category, least in CATEGORIES.items():
        dev, held = counts[category, "dev"], counts[category, "held"]
        assert dev + held >= least[items is CORRECT], category
        assert abs(dev - held) <= 1, category


def test_a_fault_is_marked_where_it_stands() -> None:
    for item in FAULTS:
        assert item["fault"] in item["text"], item["id"]
        assert item["fault"] != item["text"], item["id"]


def test_planted_identity_numbers_have_right_checksums() -> None:
    planted = [
        bare(item["fault"])
        for item in FAULTS
        if item["category"] == "pii"
        and IDENTITY.search(unicodedata.normalize("NFKC", item["text"]))
    ]
    assert len(planted) >= 10
    assert len(set(planted)) == len(planted)
    assert all(is_identity(number) for number in planted)
    assert any(number.endswith("X") for number in planted)


def test_planted_cards_have_right_check_digits() -> None:
    planted = [
        bare(item["fault"])
        for item in FAULTS
        if item["category"] == "pii" and re.fullmatch(r"62\d{14,17}", bare(item["fault"]))
    ]
    assert len(planted) >= 4
    assert all(is_card(number) for number in planted)


def test_correct_sentences_hold_no_number_that_a_checksum_would_accuse() -> None:
    long = list(numbers(CORRECT))
    assert len(long) >= 6  # look-alikes are there
    assert [number for number in long if is_identity(number)] == []
    cards = [n for n in long if len(n) in {16, 19} and n.isdigit()]
    assert len(cards) >= 2
    assert [number for number in cards if is_card(number)] == []
