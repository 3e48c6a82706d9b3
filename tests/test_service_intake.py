"""Numbers on their way: filled, checked, reviewed, approved, given an hour; corrected and withdrawn later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store import audit
from tests.intake_world import Bureau, bureau, xlsx

PROVINCE, JIA, YI = "990000", "990100", "990200"
D, DY = ("dianliang", "value"), ("dianliang", "yoy")


@pytest.fixture
def gov(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as found:
        yield found


def value(gov: Bureau, region: str = PROVINCE, who: str = "zhao", **more: str) -> object:
    told = {"valueCodes[region]": region, "valueCodes[measure]": "value", **more}
    found = gov[who].get("/api/v2/tables/dianliang/data", params=told)
    return found.json()["value"] if found.status_code == 200 else found.status_code


def test_a_number_goes_its_way_and_is_out_at_its_second(gov: Bureau) -> None:
    number = gov.start()
    assert gov.fill(number, {(*D, PROVINCE): "61.25"}).status_code == 303
    gov.moved(number, ahead=10)
    assert value(gov) == 404
    gov.world.clock.now = (gov.world.clock.now // 1000 + 10) * 1000 - 1
    assert value(gov) == 404
    gov.world.clock.now += 1
    assert value(gov) == [61.25]
    assert "已发布" in gov["wang"].get(f"/intake/{number}").text
    with gov.world.desk.store.read() as connection:
        acts = [r.act for r in audit.newest(connection, 9) if r.act.startswith("batch")]
    assert acts == ["batch.schedule", "batch.approve", "batch.review", "batch.check", "batch.fill", "batch.open"]  # fmt: skip


def test_no_one_takes_two_steps(gov: Bureau) -> None:
    number = gov.start()
    gov.fill(number, {(*D, PROVINCE): "61.25"})
    gov.step(number, "check", "wang")
    mine = gov.step(number, "review", "wang")
    assert (mine.status_code, "请换一位" in mine.text) == (409, True)
    assert gov.step(number, "review", "li").status_code == 303
    assert gov.step(number, "approve", "li").status_code == 409
    assert gov.step(number, "schedule", "zhao", release=gov.hour(5)).status_code == 409
    assert gov.step(number, "approve", "zhao").status_code == 303


def test_what_is_of_another_division_is_not_there(gov: Bureau) -> None:
    number = gov.start()
    for who in ("sun", "zhuan", "nobody"):
        assert gov[who].get(f"/intake/{number}").status_code in {303, 403, 404}
    assert gov["sun"].post("/intake", data={"template": "yuebao", "period": "2026-09"}).status_code == 404  # fmt: skip
    assert "工业月报" not in gov["sun"].get("/intake").text


def test_a_city_fills_and_sees_its_own(gov: Bureau) -> None:
    number = gov.start()
    gov.fill(number, {(*D, PROVINCE): "77.77"})
    assert gov.fill(number, {(*D, JIA): "12.5", (*D, "990101"): "3"}, "jia").status_code == 303
    seen = gov["jia"].get(f"/intake/{number}").text
    assert ("12.5" in seen, "77.77" in seen, "乙州市" in seen) == (True, False, False)
    stranger = gov.fill(number, {(*D, YI): "9"}, "jia")  # what is not theirs is not even read
    assert stranger.status_code == 303
    whole = gov["wang"].get(f"/intake/{number}").text
    assert 'value="12.5"' in whole
    assert 'value="9"' not in whole
    assert gov.step(number, "check", "jia").status_code == 409


def test_wrong_cells_are_marked_and_nothing_typed_is_lost(gov: Bureau) -> None:
    number = gov.start()
    made = gov.fill(number, {(*D, PROVINCE): "增长5%", (*DY, PROVINCE): "4.4"})
    assert made.status_code == 422
    assert 'value="增长5%"' in made.text
    assert 'value="4.4"' in made.text
    assert 'aria-invalid="true"' in made.text
    assert 'value="4.4"' not in gov["wang"].get(f"/intake/{number}").text


def test_hard_findings_block_and_soft_ones_want_words(gov: Bureau) -> None:
    number = gov.start()
    gov.fill(number, {(*D, PROVINCE): "-3"})
    shut = gov.step(number, "check", "wang")
    assert (shut.status_code, "必须改" in shut.text) == (409, True)
    assert gov.fill(number, {(*D, PROVINCE): "3"}).status_code == 303
    assert gov.step(number, "check", "wang").status_code == 303


def test_a_stale_form_loses_nothing_of_others(gov: Bureau) -> None:
    number = gov.start()
    seen = gov.version(number)
    gov.fill(number, {(*D, PROVINCE): "5"}, "li")
    told = {"c:dianliang:value:990000": "6", "version": seen}
    made = gov["wang"].post(f"/intake/{number}/cells", data=told)
    assert made.status_code == 409
    assert 'value="6"' in made.text
    assert 'value="5"' in gov["li"].get(f"/intake/{number}").text
    assert gov["li"].post(f"/intake/{number}/step/check", data={"version": seen}).status_code == 409


def test_a_correction_is_a_new_vintage_with_a_reason(gov: Bureau) -> None:
    gov.released({(*D, PROVINCE): "61.25", (*D, JIA): "20"})
    before = gov.world.clock()
    again = gov.start()
    gov.fill(again, {(*D, PROVINCE): "62"})
    said = gov.step(again, "check", "wang")
    assert (said.status_code, "更正" in said.text) == (409, True)
    assert gov.step(again, "drop", "wang", reason="开错了").status_code == 422
    assert gov.step(again, "drop", "wang", reason="开错了这一批").status_code == 303
    refused = gov["wang"].post("/intake", data={"template": "yuebao", "period": "2026-09", "kind": "revise"})  # fmt: skip
    assert refused.status_code == 422
    gov.forward(days=1)
    gov.released(
        {(*D, PROVINCE): "62", (*D, JIA): "撤回"}, kind="revise", reason="企业补报，依据台账"
    )
    assert value(gov) == [62]
    assert value(gov, JIA) == {}
    from service.intake.released import at

    assert value(gov, asOf=at(before).isoformat()) == [61.25]
    assert value(gov, JIA, asOf=at(before).isoformat()) == [20]


def test_before_its_hour_a_batch_is_taken_back_and_after_it_is_not(gov: Bureau) -> None:
    number = gov.start()
    gov.fill(number, {(*D, PROVINCE): "61.25"})
    gov.moved(number, ahead=60)
    assert gov.step(number, "hold", "zhao", reason="数还要核").status_code == 303
    gov.world.clock.forward(minutes=2)
    assert value(gov) == 404
    gov.moved(number, ahead=60)
    gov.world.clock.forward(minutes=2)
    assert gov.step(number, "hold", "zhao", reason="数还要核").status_code == 409
    assert value(gov) == [61.25]


def test_no_hour_in_the_past(gov: Bureau) -> None:
    number = gov.start()
    gov.fill(number, {(*D, PROVINCE): "61.25"})
    for step, who in (("check", "wang"), ("review", "li"), ("approve", "zhao")):
        gov.step(number, step, who)
    for text in (gov.hour(-5), "morgen", "2026-13-01T10:00"):
        assert gov.step(number, "schedule", "zhao", release=text).status_code == 422, text


def test_a_form_is_taken_away_and_read_back(gov: Bureau) -> None:
    number = gov.start()
    sheet = gov["wang"].get(f"/intake/{number}/form.xlsx")
    assert sheet.status_code == 200
    cell = next(c for c in _cells(sheet.content))
    data = xlsx(sheet.content, {cell: 33.5})
    told = {"version": gov.version(number)}
    made = gov["wang"].post(f"/intake/{number}/form", data=told, files={"sheet": ("b.xlsx", data)})
    assert made.status_code == 303, made.text
    assert 'value="33.5"' in gov["wang"].get(f"/intake/{number}").text
    bad = gov["wang"].post(
        f"/intake/{number}/form",
        data=told,
        files={"sheet": ("b.xlsx", xlsx(sheet.content, {cell: "十万"}))},
    )
    assert (bad.status_code, "填报表没有收" in bad.text) == (422, True)
    junk = gov["wang"].post(
        f"/intake/{number}/form", data=told, files={"sheet": ("b.xlsx", b"PK\x03\x04")}
    )
    assert junk.status_code == 422
    other = gov["jia"].post(f"/intake/{number}/form", data=told, files={"sheet": ("b.xlsx", data)})
    assert other.status_code == 422  # the form of the whole province is not theirs to fill


def _cells(data: bytes) -> Iterator[str]:
    import io

    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(data))["数据"]
    for row in sheet.iter_rows():
        for cell in row:
            if not cell.protection.locked:
                yield cell.coordinate


def test_the_same_key_opens_one_batch(gov: Bureau) -> None:
    assert gov.start(key="einmal") == gov.start(key="einmal")


def test_notices_hold_no_number(gov: Bureau) -> None:
    gov.released({(*D, PROVINCE): "61.25"})
    with gov.world.desk.store.read() as connection:
        from sqlalchemy import select

        from service.store.outbox import outbox

        bodies = [r.body for r in connection.execute(select(outbox))]
    assert bodies
    links = [json.loads(body).get("link", "/") for body in bodies]
    assert all(link.startswith("/") for link in links)  # a page of ours: shown as a link
    assert not any("61" in body.replace("/intake/", "") for body in bodies)
