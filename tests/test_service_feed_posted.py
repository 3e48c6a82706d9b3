"""A selection in a body: what an address would have got, and more than fits into one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake_world import Bureau
from tests.service_world import ORIGIN
from tests.test_service_feed import DATA, JIA, MONTH, PROVINCE, QU, YI, filled, gov  # noqa: F401

WORDS = {
    "measure": st.sampled_from(["value", "yoy", "*", "y?y", "top(1)", "mom", "(", "a b"]),
    "region": st.sampled_from([PROVINCE, JIA, YI, QU, "9901*", "99????", "*", "bottom(2)", "110000"]),
    "period": st.sampled_from(
        ["2026-01", "2026-08", "2026-*", "top(3)", "top(2,1)", "from(2026-03)", "to(2026-02)",
         "range(2026-02,2026-05)", "range(2026-02)", "2031-01", "*", "", " 2026-02 "]
    ),
}  # fmt: skip
SELECTION = st.fixed_dictionaries(
    {}, optional={name: st.lists(word, max_size=4) for name, word in WORDS.items()}
)
SAME_HEADERS = ("content-type", "etag", "cache-control", "vary", "content-disposition")


def body(chosen: dict[str, list[str]]) -> dict[str, Any]:
    return {"selection": [{"variableCode": n, "valueCodes": w} for n, w in chosen.items()]}


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    chosen=SELECTION,
    who=st.sampled_from(["nobody", "zhao", "jia", "zhuan"]),
    more=st.fixed_dictionaries(
        {},
        optional={
            "outputFormat": st.sampled_from(["csv", "json-stat2", "xlsx", "px"]),
            "asOf": st.sampled_from(["2026-11-18", "1999-01-01", "gestern"]),
        },
    ),
    table=st.sampled_from(["dianliang", "dianliang", "paiwei", "nichts"]),
)
def test_a_body_gets_what_an_address_gets(
    filled: Bureau,  # noqa: F811
    chosen: dict[str, list[str]],
    who: str,
    more: dict[str, str],
    table: str,
) -> None:
    path = f"/api/v2/tables/{table}/data"
    address = {f"valueCodes[{n}]": ",".join(words) for n, words in chosen.items()}
    wanted = filled[who].get(path, params=address | more)
    found = filled[who].post(path, params=more, json=body(chosen))
    assert found.status_code == wanted.status_code
    if wanted.status_code == 200 and more.get("outputFormat") == "xlsx":
        assert found.content[:2] == wanted.content[:2] == b"PK"  # a workbook holds its hour
        return
    assert found.content == wanted.content
    assert [found.headers.get(n) for n in SAME_HEADERS] == [
        wanted.headers.get(n) for n in SAME_HEADERS
    ]


def test_more_than_fits_into_an_address(filled: Bureau) -> None:  # noqa: F811
    every = [f"2026-{m:02}" for m in range(1, 9)] * 500
    found = filled["zhao"].post(DATA, json=body({"period": every, "region": [PROVINCE]}))
    assert found.status_code == 200
    assert found.json()["size"][2] == 8
    told = filled["zhao"].get(DATA, params={"valueCodes[period]": ",".join(every[:600])})
    assert (told.status_code, "500" in told.text) == (400, True)
    assert filled["zhao"].post(DATA, json=body({"period": every * 2})).status_code == 400
    long = json.dumps(body({"region": ["9" * 60] * 4500})).encode()
    assert filled["zhao"].post(DATA, content=long).status_code == 413


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "不是 JSON"),
        (b"\xff\xfe", "不是 JSON"),
        (b"{", "不是 JSON"),
        (b"[" * 100_000, "不是 JSON"),
        (b"[]", "没有 selection"),
        (b'"selection"', "没有 selection"),
        (b'{"selection": {}}', "没有 selection"),
        (b'{"query": []}', "没有 selection"),
        (b'{"selection": [1]}', "一个变量"),
        (b'{"selection": [{"variableCode": "Region", "valueCodes": []}]}', "variableCode"),
        (b'{"selection": [{"variableCode": ["region"], "valueCodes": []}]}', "variableCode"),
        (b'{"selection": [{"variableCode": "region"}]}', "一列文字"),
        (b'{"selection": [{"variableCode": "region", "valueCodes": "990000"}]}', "一列文字"),
        (b'{"selection": [{"variableCode": "region", "valueCodes": [990000]}]}', "一列文字"),
        (b'{"selection": [{"variableCode": "region", "valueCodes": ["\\ud800"]}]}', "看不懂"),
        (b'{"selection": [{"variableCode": "region", "valueCodes": ["a\\u0000"]}]}', "看不懂"),
        (
            b'{"selection": [{"variableCode": "region", "valueCodes": [], "codeList": "x"}]}',
            "codeList",
        ),
        (b'{"selection": [{"variableCode": "region", "valueCodes": [], "filter": 1}]}', "不认识"),
        (b'{"selection": [], "placement": {"stub": []}}', "placement"),
        (b'{"selection": [], "response": {}}', "不认识"),
        (
            b'{"selection": [{"variableCode": "region", "valueCodes": []}, {"variableCode": "region", "valueCodes": []}]}',
            "两次",
        ),
    ],
)
def test_a_body_that_can_not_be_read_is_told(filled: Bureau, sent: bytes, said: str) -> None:  # noqa: F811
    found = filled["nobody"].post(DATA, content=sent, headers={"accept": "application/json"})
    assert found.status_code == 400
    assert said in found.json()["error"]


def test_what_a_client_of_px_web_sends_is_taken(filled: Bureau) -> None:  # noqa: F811
    told = {
        "selection": [{"variableCode": "region", "valueCodes": ["*"], "codeList": None}],
        "placement": None,
    }
    assert filled["nobody"].post(DATA, json=told).status_code == 200


def test_another_site_asks_nothing_in_somebodys_name(filled: Bureau) -> None:  # noqa: F811
    from_elsewhere = {"origin": "https://boese.example"}
    assert filled["zhao"].post(DATA, json=body({}), headers=from_elsewhere).status_code == 403
    assert filled["zhao"].post(DATA, json=body({}), headers={"origin": ORIGIN}).status_code == 200


def test_nothing_before_its_second(filled: Bureau) -> None:  # noqa: F811
    for chosen in ({}, {"period": ["top(1)"]}, {"period": [f"2027-{m:02}" for m in range(1, 13)]}):
        found = filled["zhao"].post(DATA, params={"asOf": "2099-01-01"}, json=body(chosen))
        assert "31337" not in found.text
    assert MONTH
