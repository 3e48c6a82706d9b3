"""The judge's corpus for the language and privacy gate keeps its own promises.

`tests/wording/faults.yml` holds planted faults, `correct.yml` what only looks like one. Rules are
written with the part `dev` in view; `held` judges them, so the parts must be alike in kind.
`blind-faults.yml` and `blind-correct.yml` are a second judge's: one part `blind`, same promises.
`blind2-faults.yml` and `blind2-correct.yml` are a third's, weighted by what editors meet in a year.
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
BLIND_LEAST = 110
BLIND_CATEGORIES = {  # the same kinds in the same proportions
    "severe": (17, 10),
    "hk-mo-tw": (7, 6),
    "statistics": (18, 23),
    "agency": (10, 10),
    "style": (12, 13),
    "pii": (14, 14),
    "cell": (10, 10),
    "secret": (9, 9),
    "classified": (4, 6),
    "host": (5, 5),
    "missing": (4, 4),
}
BLIND2_LEAST = 100
BLIND2_CATEGORIES = {  # the same proportions again, of a hundred
    "severe": (15, 9),
    "hk-mo-tw": (6, 6),
    "statistics": (17, 21),
    "agency": (9, 9),
    "style": (11, 12),
    "pii": (13, 13),
    "cell": (9, 9),
    "secret": (8, 8),
    "classified": (4, 5),
    "host": (5, 5),
    "missing": (3, 3),
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
BLIND_FAULTS = load("blind-faults.yml")
BLIND_CORRECT = load("blind-correct.yml")
BLIND2_FAULTS = load("blind2-faults.yml")
BLIND2_CORRECT = load("blind2-correct.yml")
ALL_FAULTS = FAULTS + BLIND_FAULTS + BLIND2_FAULTS
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


def planted_identities(faults: list[Item]) -> list[str]:
    """Every whole identity number that stands in a fault on personal data, without separators."""
    return [
        bare(item["fault"])
        for item in faults
        if item["category"] == "pii"
        and IDENTITY.search(unicodedata.normalize("NFKC", item["text"]))
    ]


def planted_cards(faults: list[Item]) -> list[str]:
    """Every bank card that stands in a fault on personal data, without separators."""
    return [
        bare(item["fault"])
        for item in faults
        if item["category"] == "pii" and re.fullmatch(r"62\d{14,17}", bare(item["fault"]))
    ]


def test_the_check_of_identity_numbers_knows_right_from_wrong() -> None:
    assert is_identity("11010519491231002X")  # the example that the standard itself prints
    assert not is_identity("110105194912310021")
    assert not is_identity("11010519490231002X")
    assert is_card("4111111111111111")
    assert not is_card("4111111111111112")


@pytest.mark.parametrize(
    ("items", "marked", "parts"),
    [
        (FAULTS, True, {"dev", "held"}),
        (CORRECT, False, {"dev", "held"}),
        (BLIND_FAULTS, True, {"blind"}),
        (BLIND_CORRECT, False, {"blind"}),
        (BLIND2_FAULTS, True, {"blind2"}),
        (BLIND2_CORRECT, False, {"blind2"}),
    ],
    ids=["faults", "correct", "blind-faults", "blind-correct", "blind2-faults", "blind2-correct"],
)
def test_every_item_has_its_fields_and_no_other(
    items: list[Item], marked: bool, parts: set[str]
) -> None:
    fields = {"id", "part", "category", "audience", "text", "note"}
    fields |= {"fault"} if marked else set()
    for item in items:
        assert set(item) == fields, item["id"]
        assert all(value.strip() for value in item.values()), item["id"]
        assert item["part"] in parts
        assert item["audience"] in {"public", "intranet"}
        assert item["category"] in CATEGORIES
        assert item["id"].startswith(item["category"] + "-")
        assert 1 <= len(item["text"].split("\n")) <= 8, item["id"]


def test_ids_and_texts_occur_once_in_all_files() -> None:
    everything = ALL_FAULTS + CORRECT + BLIND_CORRECT + BLIND2_CORRECT
    for key in ("id", "text"):
        seen = Counter(item[key] for item in everything)
        assert [value for value, times in seen.items() if times > 1] == []


@pytest.mark.parametrize(
    ("faults", "earlier"),
    [(BLIND_FAULTS, FAULTS), (BLIND2_FAULTS, FAULTS + BLIND_FAULTS)],
    ids=["blind", "blind2"],
)
def test_severe_words_of_a_blind_set_are_new(faults: list[Item], earlier: list[Item]) -> None:
    """A list of the wrong words met so far would otherwise pass the next judge as well."""
    known = [item["fault"] for item in earlier if item["category"] == "severe"]
    for item in faults:
        assert not [word for word in known if word in item["text"]], item["id"]


def test_wrong_words_of_the_second_blind_set_are_new() -> None:
    """In every category but `missing`, whose faults are empty fields and so look alike."""
    known = {item["fault"] for item in FAULTS + BLIND_FAULTS}
    mine = {item["fault"] for item in BLIND2_FAULTS if item["category"] != "missing"}
    assert known & mine == set()


@BOTH
def test_categories_are_full_and_parts_balanced(items: list[Item]) -> None:
    assert len(items) >= LEAST
    counts = Counter((item["category"], item["part"]) for item in items)
    for category, least in CATEGORIES.items():
        dev, held = counts[category, "dev"], counts[category, "held"]
        assert dev + held >= least[items is CORRECT], category
        assert abs(dev - held) <= 1, category


@pytest.mark.parametrize(
    ("items", "total", "categories", "column"),
    [
        (BLIND_FAULTS, BLIND_LEAST, BLIND_CATEGORIES, 0),
        (BLIND_CORRECT, BLIND_LEAST, BLIND_CATEGORIES, 1),
        (BLIND2_FAULTS, BLIND2_LEAST, BLIND2_CATEGORIES, 0),
        (BLIND2_CORRECT, BLIND2_LEAST, BLIND2_CATEGORIES, 1),
    ],
    ids=["blind-faults", "blind-correct", "blind2-faults", "blind2-correct"],
)
def test_categories_of_the_blind_sets_are_full(
    items: list[Item], total: int, categories: dict[str, tuple[int, int]], column: int
) -> None:
    assert len(items) >= total
    counts = Counter(item["category"] for item in items)
    for category, least in categories.items():
        assert counts[category] >= least[column], category


def test_a_fault_is_marked_where_it_stands() -> None:
    for item in ALL_FAULTS:
        assert item["fault"] in item["text"], item["id"]
        assert item["fault"] != item["text"], item["id"]


@pytest.mark.parametrize(
    ("faults", "least"),
    [(FAULTS, 10), (BLIND_FAULTS, 5), (BLIND2_FAULTS, 5)],
    ids=["faults", "blind-faults", "blind2-faults"],
)
def test_planted_identity_numbers_have_right_checksums(faults: list[Item], least: int) -> None:
    planted = planted_identities(faults)
    assert len(planted) >= least
    assert all(is_identity(number) for number in planted)
    assert any(number.endswith("X") for number in planted)


@pytest.mark.parametrize(
    ("faults", "least"),
    [(FAULTS, 4), (BLIND_FAULTS, 2), (BLIND2_FAULTS, 2)],
    ids=["faults", "blind-faults", "blind2-faults"],
)
def test_planted_cards_have_right_check_digits(faults: list[Item], least: int) -> None:
    planted = planted_cards(faults)
    assert len(planted) >= least
    assert all(is_card(number) for number in planted)


def test_planted_numbers_occur_once_in_all_sets() -> None:
    planted = planted_identities(ALL_FAULTS) + planted_cards(ALL_FAULTS)
    assert len(set(planted)) == len(planted)


@pytest.mark.parametrize(
    ("items", "look_alikes", "card_like"),
    [(CORRECT, 6, 2), (BLIND_CORRECT, 3, 1), (BLIND2_CORRECT, 3, 1)],
    ids=["correct", "blind-correct", "blind2-correct"],
)
def test_correct_sentences_hold_no_number_that_a_checksum_would_accuse(
    items: list[Item], look_alikes: int, card_like: int
) -> None:
    long = list(numbers(items))
    assert len(long) >= look_alikes
    assert [number for number in long if is_identity(number)] == []
    cards = [n for n in long if len(n) in {16, 19} and n.isdigit()]
    assert len(cards) >= card_like
    assert [number for number in cards if is_card(number)] == []
