"""The GDP ledger: what came, what is late, what contradicts itself or the numbers that are known."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from builder.indicators.accounting import Ledger, Tally, review, states, tallies
from builder.indicators.store import Block, Snapshot, Store
from builder.model import BEIJING
from builder.values import Indicator, Measure, Period, Vintage

TODAY = date(2026, 10, 20)
VINTAGE = Vintage("v", "快照", "hss", datetime(2026, 10, 1, tzinfo=BEIJING), "甲", "乙", "示例数据")


def _indicator(name: str, title: str, frequency: str = "quarter") -> Indicator:
    return Indicator(
        name, title, name, "gdp", "核算基础", frequency, {"value": Measure("亿元", 1)}, "hss", "intranet", "局"
    )  # fmt: skip


KNOWN = {
    "huoyun": _indicator("huoyun", "货运周转量"),
    "cunkuan": _indicator("cunkuan", "存款余额", "month"),
    "gdp": _indicator("gdp", "地区生产总值"),
}


def _row(**keys: Any) -> dict[str, Any]:
    return {
        "industry": "交通运输业",
        "indicator": "huoyun",
        "department": "交通运输厅",
        "due": "2026-10-16",
        **keys,
    }


def _ledger(*rows: dict[str, Any]) -> Ledger:
    return Ledger.model_validate({"period": "2026-Q3", "rows": rows})


def _said(*rows: dict[str, Any], store: Store | None = None) -> list[tuple[int, bool, str]]:
    found = review(_ledger(*rows), KNOWN, store, "990000")
    return [(r.row, r.hard, r.sentence) for r in found]


def test_tallies_count_what_is_late() -> None:
    rows = _ledger(
        _row(state="received", received="2026-10-15"),
        _row(industry="金融业", indicator="cunkuan", department="人民银行"),
        _row(
            industry="金融业",
            indicator="cunkuan",
            measure="ytd",
            department="人民银行",
            due="2026-10-25",
        ),
    ).rows
    assert tallies(rows, "industry", TODAY) == [
        Tally("交通运输业", 1, 0, 0, 0),
        Tally("金融业", 0, 2, 0, 1),
    ]
    assert [t.name for t in tallies(rows, "department", TODAY)] == ["交通运输厅", "人民银行"]
    assert tallies(rows, "industry", TODAY)[1].total == 2
    assert states(rows) == {"received": 1, "missing": 2}


def test_gdp_itself_is_no_base_number() -> None:
    [(row, hard, sentence)] = _said(_row(indicator="gdp"))
    assert (row, hard) == (0, True)
    assert "统计法第二十条" in sentence


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"state": "received"}, "没有写收到的日期"),
        ({"received": "2026-10-15"}, "状态却是未收到"),
        ({"state": "doubtful", "received": "2026-10-15"}, "没有写疑在哪里"),
        ({"indicator": "wu"}, "没有这个指标"),
        ({"measure": "yoy"}, "没有这一项"),
    ],
)
def test_rows_that_contradict_themselves(keys: dict[str, Any], word: str) -> None:
    [(_, hard, sentence)] = _said(_row(**keys))
    assert hard
    assert word in sentence


def test_late_repeated_and_from_two_departments() -> None:
    found = _said(
        _row(state="received", received="2026-10-18"),
        _row(),
        _row(industry="邮政业", department="邮政局"),
    )
    assert [(row, hard) for row, hard, _ in found] == [(0, False), (1, True), (2, False)]
    assert "要统一" in found[2][2]


def _store(indicator: str, period: str) -> Store:
    block = Block(
        "add", indicator, "value", (Period.parse(period),), ("990000",), np.array([[5.0]])
    )
    return Store([Snapshot(VINTAGE, (block,))])


def test_against_the_numbers_that_are_known() -> None:
    came = _row(state="received", received="2026-10-15")
    assert not _said(came, store=_store("huoyun", "2026-Q3"))
    assert ["数据里没有" in s for *_, s in _said(came, store=_store("huoyun", "2026-Q2"))] == [True]
    assert ["已经有" in s for *_, s in _said(_row(), store=_store("huoyun", "2026-Q3"))] == [True]
    money = _row(indicator="cunkuan")  # a monthly number: that of the quarter's last month
    assert ["已经有" in s for *_, s in _said(money, store=_store("cunkuan", "2026-09"))] == [True]
    assert not _said(money, store=_store("cunkuan", "2026-08"))


@pytest.mark.parametrize("keys", [{"due": "10月16日"}, {"state": "来了"}, {"value": "3.5"}])
def test_what_can_t_be_read_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _ledger(_row(**keys))


def test_a_period_is_one() -> None:
    with pytest.raises(ValidationError, match="2026-Q3"):
        Ledger.model_validate({"period": "三季度", "rows": [_row()]})
