"""How well the robot finds, and how well it holds back: bars of the issue, on questions nobody had seen.

Set 2 was written after the engine stood and was only measured; set 1 helped to place its threshold.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import time

import pytest

from builder.robot.engine import Robot
from builder.robot.package import dump
from builder.robot.spans import Span, spans
from tests.conftest import ROOT
from tests.robot_world import (
    DAY,
    everything,
    found,
    held_back,
    own,
    paraphrases,
    questions,
    recall,
    thousand,
)


@pytest.fixture(scope="module")
def robot() -> Robot:
    return Robot(thousand())


def test_a_thousand_items(robot: Robot) -> None:
    assert len(robot.package.items) == 1000
    assert sum(item.kind == "faq" for item in robot.package.items) >= 100
    assert len(paraphrases(robot.package)) >= 3 * 100


def test_paraphrases_find_their_answer(robot: Robot) -> None:
    for number in (0, 2):  # set 1 alone was written for a third of the library, see decisions
        asked = paraphrases(robot.package, number)
        rows = [found(robot, q.text) for q in asked]
        assert recall(rows, asked, 1) >= 0.92, number
        assert recall(rows, asked, 3) >= 0.98, number


@pytest.mark.parametrize("number", [1, 2])
def test_what_is_not_ours_is_not_answered(robot: Robot, number: int) -> None:
    asked = questions("out_of_scope", number)
    assert len(asked) >= 200
    kinds = [robot.answer(q.text, DAY).kind for q in asked]
    wrong = sum(kind in {"answer", "choice", "step"} for kind in kinds)
    assert wrong / len(asked) <= 0.03


@pytest.mark.parametrize("number", [1, 2])
def test_what_must_be_refused_is_held_back(robot: Robot, number: int) -> None:
    """Measured on sets that no rule was written by; where nothing is refused, rules are of no use."""
    assert held_back(robot, number) >= 0.87
    assert held_back(Robot(own()), number) >= 0.88
    free = [q for q in questions("refusals", number) if q.about["class"] == "none"]
    refused = sum(robot.answer(q.text, DAY).kind == "refused" for q in free)
    assert refused / len(free) <= 0.08


def test_no_number_is_told_as_if_it_were_another() -> None:
    """Of all questions that name a time, none gets the number of another one without a word on it."""
    robot, told = Robot(everything()), 0
    asked = [
        q.text for name in ("paraphrases", "refusals", "out_of_scope") for q in questions(name)
    ]
    numbers = [item for item in robot.package.items if item.spans][::9]
    asked += [f"{when}{i.title}" for i in numbers for when in ("2026年11月", "去年9月", "三季度")]
    for text in asked:
        reply, times = robot.answer(text, DAY), [span.label for span in spans(text, DAY)[0]]
        own = {Span.parse(s).label for hit in reply.hits[:1] for s in hit.item.spans}
        if times and own and reply.kind == "answer" and not {*times, "2026年"} <= {*own, "2026年"}:
            assert reply.note, text
            told += 1
    assert told >= len(numbers)


@pytest.mark.parametrize("number", [1, 2])
def test_what_is_ours_is_not_refused(robot: Robot, number: int) -> None:
    asked = paraphrases(robot.package, number)
    kinds = [robot.answer(q.text, DAY).kind for q in asked]
    held = sum(kind not in {"answer", "choice", "step"} for kind in kinds)
    assert held / len(asked) <= 0.05


def test_questions_are_no_wordings() -> None:
    """None of the questions stands among the wordings, in whatever dress."""

    def bare(text: str) -> str:
        return re.sub(r"\W+", "", text).lower()

    package = own()
    taught = {bare(t) for item in package.items for t in (item.title, *item.ask)}
    for asks in (
        *(talk.ask for talk in package.talks),
        *(rule.ask for rule in package.refusals),
        *(topic.ask for topic in package.elsewhere),
        *(flow.ask for flow in package.flows),
    ):
        taught |= set(map(bare, asks))
    for name in ("paraphrases", "out_of_scope", "refusals"):
        assert [q.text for q in questions(name) if bare(q.text) in taught] == []


def test_every_question_of_the_library_finds_itself(robot: Robot) -> None:
    lost = [
        (item.id, text)
        for item in robot.package.items
        if item.kind == "faq"
        for text in (item.title, *item.ask)
        if found(robot, text)[:1] != [item.id]
    ]
    assert lost == []


def test_every_faq_is_asked_in_several_ways() -> None:
    short = [i.id for i in own("intranet").items if i.kind == "faq" and len(i.ask) < 3]
    assert short == []


def test_small_and_quick(robot: Robot) -> None:
    """Package and time, the time beside that of hashing a megabyte: machines differ."""
    assert len(gzip.compress(dump(own()), 9)) <= 250_000
    assert len(gzip.compress(dump(robot.package), 9)) <= 250_000
    asked = [q.text for q in paraphrases(robot.package)][:200]
    started = time.perf_counter()
    for text in asked:
        robot.answer(text, DAY)
    each = (time.perf_counter() - started) / len(asked)
    block = b"x" * 1_000_000
    started = time.perf_counter()
    for _ in range(20):
        hashlib.blake2b(block).digest()
    assert each < 12 * (time.perf_counter() - started) / 20


def test_own_questions_have_pages() -> None:
    for item in own().items:
        page = ROOT / f"{item.id.replace(':', '/', 1)}.md"
        assert item.kind != "faq" or page.is_file()
