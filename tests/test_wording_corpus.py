"""The gate against its judge: planted faults and tricky correct sentences that others wrote.

All parts were looked at by those who made the rules; `held` and the three `blind` ones (files of
their own, by other hands) were kept from them at first. A fault counts as found when an error or a
warning stands on its line; hints count for style and for what is missing.
In a correct sentence an error or a warning is a false alarm.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from builder import wording
from builder.config import load_config
from builder.kinds import BY_NAME
from builder.model import Library
from builder.problems import Problem, Severity
from builder.read import parse_entry
from tests.sitefiles import faq, write

HERE = Path(__file__).parent / "wording"
HINTS_COUNT = {"style", "missing"}
PARTS = ("dev", "held", "blind", "blind2", "blind3")
RECALL, FALSE_ALARMS = 0.95, 0.03


@cache
def corpus(name: str) -> list[dict[str, Any]]:
    """The items of one kind, `faults` or `correct`, from all files of it."""
    files = (HERE / f"{part}{name}.yml" for part in ("", "blind-", "blind2-", "blind3-"))
    return [item for file in files for item in yaml.safe_load(file.read_text("utf-8"))]


class Judged(dict[str, tuple[int, list[Problem]]]):
    """What was said of each sentence. A failed test prints counts, not sentences."""

    def __repr__(self) -> str:
        return f"<{len(self)} sentences>"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """For every sentence the line of its body and what the gate says."""
    root = write(tmp_path_factory.mktemp("corpus"), {})
    config, (rules, said) = load_config(root), wording.load_rules(root)
    assert said == []
    found = Judged()
    for item in [*corpus("faults"), *corpus("correct")]:
        data = faq(item["text"], audience=item["audience"]).encode()
        entry, _ = parse_entry("faq/mlk/a.md", data, BY_NAME["faq"])
        assert entry is not None, item["id"]
        library = Library({entry.id: entry}, {}, {})
        found[item["id"]] = (entry.text.line, wording.judge(entry, library, config, rules))
    return found


def is_found(item: dict[str, Any], line: int, said: list[Problem]) -> bool:
    first = line + item["text"].count("\n", 0, max(0, item["text"].find(item["fault"])))
    lines = range(first, first + item["fault"].count("\n") + 1)
    return any(
        p.where.line in lines
        and (p.severity is not Severity.NOTICE or item["category"] in HINTS_COUNT)
        for p in said
    )


def is_alarm(said: list[Problem]) -> bool:
    return any(p.severity is not Severity.NOTICE for p in said)


def test_the_corpus_is_large_enough() -> None:
    assert len(corpus("faults")) >= 150
    assert len(corpus("correct")) >= 150
    assert {item["part"] for item in corpus("faults")} == set(PARTS)


def of_part(name: str, part: str) -> list[dict[str, Any]]:
    return [item for item in corpus(name) if part in {"all", item["part"]}]


def recall(part: str, judged: Judged) -> tuple[float, dict[str, int]]:
    items = of_part("faults", part)
    missed = Counter(i["category"] for i in items if not is_found(i, *judged[i["id"]]))
    return 1 - sum(missed.values()) / len(items), dict(missed)


@pytest.mark.parametrize("part", ["all", *PARTS])
def test_planted_faults_are_found(part: str, judged: Judged) -> None:
    share, missed = recall(part, judged)
    assert share >= RECALL, missed


@pytest.mark.parametrize("part", ["all", *PARTS])
def test_correct_sentences_are_left_alone(part: str, judged: Judged) -> None:
    items = of_part("correct", part)
    alarms = Counter(i["category"] for i in items if is_alarm(judged[i["id"]][1]))
    assert sum(alarms.values()) / len(items) <= FALSE_ALARMS, dict(alarms)


def test_every_error_and_warning_says_what_to_do(
    judged: Judged,
) -> None:
    for _, said in judged.values():
        for problem in said:
            assert problem.action
            assert problem.message.endswith("。")
            assert problem.where.line > 0
            assert problem.where.column > 0
