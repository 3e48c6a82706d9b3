"""What people said of warnings: states, explanations that stop the repeat, how often rules are right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from builder.indicators.warn.finding import Finding, FindingKind, finding_id
from builder.indicators.warn.inbox import STATES, Precision, Verdict, draft, inbox, precision
from builder.values import Key
from tests import numbered
from tests.sitefiles import head, problems, write
from tests.warned import SEPTEMBER

TODAY = date(2026, 11, 20)


def finding(
    number: int = 1,
    rule: str = "swing/1",
    kind: FindingKind = "swing",
    rank: float = 0.5,
    back: int = 0,
) -> Finding:
    """A warning about a city of that number."""
    key, period = Key("ydl", "yoy", f"99{number:02d}00"), SEPTEMBER.back(back)
    name = finding_id(rule, key, period, 1.0)
    return Finding(name, rule, kind, key, period, 1.0, 2.0, 3.0, 1.5, rank, (), "一句话。")


def verdict(of: Finding, state: str = "explained", **more: Any) -> Verdict:
    """What somebody said of it."""
    told = draft(of, "能源处", date(2026, 10, 20)) | {"state": state, "text": "检修停产"}
    return Verdict.model_validate(told | more)


def states(findings: list[Finding], *verdicts: Verdict, today: date = TODAY) -> list[str]:
    """The state of each, in the order of `findings`."""
    items = {i.finding.id: i.state for i in inbox(findings, verdicts, today)}
    return [items[f.id] for f in findings]


def test_what_nobody_spoke_of_is_new() -> None:
    assert states([finding(1), finding(2)], verdict(finding(2))) == ["new", "explained"]


def test_the_last_word_holds() -> None:
    one = finding()
    first = verdict(one, "acknowledged", on="2026-10-19")
    last = verdict(one, "corrected", on="2026-10-21")
    assert states([one], last, first) == ["corrected"]
    assert states([one], first, verdict(one, "false_alarm", on="2026-10-19")) == ["false_alarm"]


def test_a_word_of_a_later_day_is_not_said_yet() -> None:
    one, other = finding(1), finding(1, back=1)
    early = verdict(one, "acknowledged", on="2026-11-19")
    late = verdict(one, "false_alarm", on="2026-11-21", until="2026-12-31")
    assert states([one], early, late) == ["acknowledged"]
    assert states([one], late) == ["new"]
    assert states([other], late) == ["new"], "nor does it cover others"
    assert states([one], early, late, today=date(2026, 11, 21)) == ["false_alarm"]
    assert precision([early, late], TODAY) == [Precision("swing/1", 0, 0, 1)]
    assert precision([early, late], date(2026, 11, 21)) == [Precision("swing/1", 0, 1, 0)]


@pytest.mark.parametrize(
    ("changed", "said", "today", "state"),
    [
        ({}, {"until": "2026-12-31"}, TODAY, "explained"),
        ({}, {"until": "2026-11-20"}, TODAY, "explained"),
        ({}, {"until": "2026-11-19"}, TODAY, "new"),  # it held until yesterday
        ({}, {}, TODAY, "new"),  # it spoke of one number only
        ({}, {"until": "2026-12-31", "state": "false_alarm"}, TODAY, "false_alarm"),
        ({"rule": "area/1"}, {"until": "2026-12-31"}, TODAY, "new"),
        ({"rule": "swing/2"}, {"until": "2026-12-31"}, TODAY, "new"),
        ({"number": 3}, {"until": "2026-12-31"}, TODAY, "new"),
    ],
    ids=str,
)
def test_an_explanation_stops_the_repeat_while_it_lasts(
    changed: dict[str, Any], said: dict[str, Any], today: date, state: str
) -> None:
    august, september = finding(2, back=1), finding(**{"number": 2, **changed})
    told = verdict(august, **said)
    assert states([september], told, today=today) == [state]
    item = inbox([september], [told], today)[0]
    assert item.covered == (state != "new")
    assert (item.verdict is told) == item.covered


def test_an_explanation_that_was_taken_back_covers_nothing() -> None:
    august, september = finding(2, back=1), finding(2)
    first = verdict(august, until="2026-12-31")
    again = verdict(august, "acknowledged", on="2026-10-25")
    assert states([september], first, again) == ["new"]
    assert states([august], verdict(august, until="2026-11-01")) == ["new"]


def test_the_inbox_shows_open_ones_first_and_the_most_important_before_others() -> None:
    findings = [finding(n, rank=r) for n, r in ((1, 0.2), (2, 0.9), (3, 0.7), (4, 0.8))]
    said = [verdict(findings[1]), verdict(findings[3], "acknowledged")]
    told = [i.finding.key.region for i in inbox(findings, said, TODAY)]
    assert told == ["990400", "990300", "990100", "990200"]


def test_the_precision_of_a_rule_counts_last_words() -> None:
    swings = [finding(n) for n in range(1, 7)]
    areas = [finding(n, "area/1", "area") for n in range(1, 3)]
    said = [
        verdict(swings[0], "false_alarm", on="2026-10-01"),
        verdict(swings[0], "explained"),
        verdict(swings[1], "corrected"),
        verdict(swings[2], "false_alarm"),
        verdict(swings[3], "acknowledged"),
        verdict(areas[0], "false_alarm", until="2026-10-31"),
    ]
    told = precision(said, TODAY, [(f.id, f.rule) for f in (*swings, areas[1])])
    assert told == [Precision("area/1", 0, 1, 1), Precision("swing/1", 2, 1, 3)]
    assert told[0].share == 0
    assert told[1].share == pytest.approx(2 / 3)
    assert precision([], TODAY, [(finding().id, "swing/1")])[0].share is None


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"text": " "}, "要写理由"),
        ({"state": "false_alarm", "text": ""}, "要写理由"),
        ({"state": "acknowledged", "until": "2026-12-31"}, "只用于"),
        ({"until": "2026-01-01"}, "不能早于"),
        ({"until": "年底"}, "2026-11-20"),
        ({"on": ""}, "at least 10"),
        ({"state": "new"}, "acknowledged"),
        ({"warning": "1"}, "pattern"),
        ({"rule": "swing"}, "pattern"),
        ({"by": ""}, "不能空着"),
        ({"period": "2026-9"}, "2026-09"),
        ({"value": 3}, "Extra inputs"),
    ],
    ids=str,
)
def test_a_wrong_verdict_is_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        verdict(finding(), **keys)


def test_a_verdict_holds_no_number() -> None:
    one = replace(finding(), value=123.456)
    told = verdict(one).model_dump_json()
    assert "123" not in told
    assert one.id in told


def test_every_state_has_a_name() -> None:
    assert set(STATES) == {"new", "acknowledged", "explained", "corrected", "false_alarm"}


def test_verdicts_are_files_for_those_within(tmp_path: Path) -> None:
    told = draft(finding(), "能源处", date(2026, 10, 20))
    at = "content/indicators/verdicts/shiyue.yml"

    def codes(**keys: str) -> list[str]:
        text = head(title="预警处理", audience="intranet", division="mlk", verdicts=[told | keys])
        write(tmp_path, {**numbered.SITE, at: text})
        return sorted({p.code for p in problems(tmp_path) if p.where.path == at})

    assert codes(indicator="gongye") == []
    assert codes() == ["IND001"]  # no such indicator
    assert codes(indicator="gongye", state="fine") == ["FMT004"]
    assert codes(indicator="gongye", value="3.0") == ["FMT002"]
