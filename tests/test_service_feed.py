"""The feed: what the shared engine would write, of what is released, for whoever may see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.indicators import jsonstat, tables
from builder.indicators.store import Store as Values
from builder.values import Period
from service.intake import released
from service.intake.known import known
from service.intake.readers import reader
from service.intake.selection import Picked, picked
from service.room import Stopped
from service.store import figures, intake
from service.store.engine import Connection
from service.store.figures import Put
from tests.intake_world import Bureau, bureau
from tests.jsonstat_judge import faults

PROVINCE, JIA, YI, QU = "990000", "990100", "990200", "990101"
DATA = "/api/v2/tables/dianliang/data"
MONTH = Period.parse("2026-01").ordinal


@pytest.fixture(scope="module")
def gov(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with bureau(tmp_path_factory.mktemp("feed")) as found:
        yield found


def lay(gov: Bureau, name: str, release: int, *rows: Put) -> None:
    """A batch of numbers, straight into the store."""

    def put(connection: Connection) -> None:
        number = intake.open_batch(
            connection, template="yuebao", division="gyc", period="2026-01", kind="new", state="scheduled",
            title=name, source="示例数据", made_by=1, made=1, name=name, release=release,
        )  # fmt: skip
        figures.put(connection, number, release, rows)

    gov.world.desk.store.write(put)


def one(region: str, ordinal: int, value: float | None, **more: str) -> Put:
    told = {"mark": "", "action": "add", "measure": "value", "indicator": "dianliang", **more}
    audience = told.get("audience", "public" if region == PROVINCE else "intranet")
    return Put(told["indicator"], told["measure"], region, ordinal, value, told["mark"], audience, told["action"])  # fmt: skip


@pytest.fixture(scope="module")
def filled(gov: Bureau) -> Bureau:
    now = gov.world.clock()
    months = range(MONTH, MONTH + 8)
    lay(gov, "alt", now - 90_000, *(one(r, m, 10.0 + m % 7 / 4) for r in (PROVINCE, JIA, YI, QU) for m in months))  # fmt: skip
    lay(gov, "raten", now - 80_000, *(one(PROVINCE, m, -1.5, measure="yoy") for m in months))
    lay(gov, "neu", now - 70_000, one(PROVINCE, MONTH + 2, 99.125, action="correct"), one(JIA, MONTH + 3, None, mark="none", action="correct"))  # fmt: skip
    lay(gov, "rang", now - 60_000, *(one(r, MONTH, 3.0, indicator="paiwei", measure="yoy") for r in (PROVINCE, JIA, YI)))  # fmt: skip
    lay(gov, "kommt", now + 60_000, one(PROVINCE, MONTH + 20, 31337.25))
    return gov


def ask(gov: Bureau, who: str = "nobody", path: str = DATA, **told: str) -> Any:
    params = {(k if k in {"asOf", "outputFormat"} else f"valueCodes[{k}]"): v for k, v in told.items()}  # fmt: skip
    return gov[who].get(path, params=params)


def engine(gov: Bureau, who: str) -> dict[str, Any]:
    """What the builder writes of the same numbers."""
    desk = gov.world.desk
    user = None
    if who != "nobody":
        from service.store import people

        with desk.store.read() as connection:
            [user] = people.find(connection, [gov.ids[who]])
    mine = reader(desk, user)
    with desk.store.read() as connection:
        held = released.store(connection, mine.known, None, desk.clock(), mine.may_key)
    made = tables.cubes([mine.known.said.indicators["dianliang"]], mine.known.said.regions, held)
    return jsonstat.dataset(next(iter(made)))


@pytest.mark.parametrize("who", ["nobody", "zhao", "jia", "zhuan"])
def test_a_whole_table_is_what_the_builder_writes(filled: Bureau, who: str) -> None:
    given = ask(filled, who).json()
    wanted = engine(filled, who)
    assert {k: v for k, v in given.items() if k != "source"} == {
        k: v for k, v in wanted.items() if k != "source"
    }
    assert faults(json.dumps(given).encode()) == []
    assert ask(filled, who, "/api/v2/tables/dianliang/whole.json").json() == given


@pytest.mark.parametrize("region", [PROVINCE, YI])
def test_a_series_is_the_same_the_quick_way(filled: Bureau, region: str) -> None:
    """The first answer is made the long way, later ones from its parts."""
    long = ask(filled, "zhao", measure="value", region=f"{region},{region}", period="*").json()
    from service.intake import feed

    feed.shelf(filled.world.desk).pieces.clear()
    first = ask(filled, "zhao", measure="value", region=region).json()
    feed.shelf(filled.world.desk).said.clear()
    again = ask(filled, "zhao", measure="value", region=region).json()
    assert first == again == long
    assert faults(json.dumps(again).encode()) == []


def test_who_may_see_what(filled: Bureau) -> None:
    def regions(who: str, table: str) -> list[str]:
        told = filled[who].get(f"/api/v2/tables/{table}/data")
        return told.json()["dimension"]["region"]["category"]["index"] if told.status_code == 200 else []  # fmt: skip

    assert regions("nobody", "dianliang") == [PROVINCE]
    assert regions("zhuan", "dianliang") == [PROVINCE]
    assert regions("zhao", "dianliang") == [PROVINCE, JIA, YI, QU]
    assert regions("jia", "dianliang") == [PROVINCE, JIA, YI, QU]
    assert regions("jia", "paiwei") == [PROVINCE, JIA]  # 排位类: of cities only one's own
    assert regions("wang", "paiwei") == [PROVINCE, JIA, YI]
    assert regions("nobody", "paiwei") == [PROVINCE]
    lines = filled["nobody"].get("/api/v2/tables").json()["tables"]
    assert [(row["id"], row["lastPeriod"]) for row in lines] == [("dianliang", "2026-08"), ("paiwei", "2026-01")]  # fmt: skip


def test_as_of_and_before_its_second(filled: Bureau) -> None:
    now = filled.world.clock()
    early = released.at(now - 75_000).isoformat()
    told = {"measure": "value", "region": PROVINCE, "period": "2026-03"}
    assert ask(filled, **told).json()["value"] == [99.13]  # as published: half up
    assert ask(filled, asOf=early, **told).json()["value"] != [99.13]
    ahead = released.at(now + 3600_000).isoformat()
    for answer in (
        ask(filled, "zhao", asOf=ahead),
        ask(filled, "zhao", period="top(1)", region="*"),
    ):
        assert "31337" not in answer.text
    assert ask(filled, asOf="1999-01-01").status_code == 404


def test_an_answer_that_did_not_change_is_not_sent_again(filled: Bureau) -> None:
    first = ask(filled, measure="value")
    mark = first.headers["etag"]
    again = filled["nobody"].get(DATA, params={"valueCodes[measure]": "value"}, headers={"if-none-match": mark})  # fmt: skip
    assert (again.status_code, again.content) == (304, b"")
    other = filled["zhao"].get(DATA, params={"valueCodes[measure]": "value"}, headers={"if-none-match": mark})  # fmt: skip
    assert other.status_code == 200


def test_forms_and_what_can_not_be_read(filled: Bureau) -> None:
    comma = ask(filled, outputFormat="csv")
    assert comma.text.startswith("\ufeffmeasure,region,period")
    assert ask(filled, outputFormat="xlsx").content[:2] == b"PK"
    for told in ({"region": "123456"}, {"period": "2026-99"}, {"period": "top(x)"}, {"outputFormat": "px"}, {"region": "'; DROP"}):  # fmt: skip
        answer = ask(filled, **told)
        assert answer.status_code in {400, 404}, told
    config = filled["nobody"].get("/api/v2/config").json()
    assert (config["maxDataCells"], config["defaultDataFormat"]) == (100_000, "json-stat2")
    meta = filled["nobody"].get("/api/v2/tables/dianliang/metadata").json()
    assert meta["value"] == []


def test_too_often_and_too_much(tmp_path: Path) -> None:
    with bureau(tmp_path, feed_rate="3/minute", feed_cells=1000) as few:
        lay(few, "viel", 1000, *(one(r, m, 1.0) for r in (PROVINCE, JIA, YI) for m in range(MONTH, MONTH + 400)))  # fmt: skip
        much = ask(few, "zhao")
        assert (much.status_code, "整张表" in much.text) == (403, True)
        assert few["zhao"].get("/api/v2/tables/dianliang/whole.csv").status_code == 200
        assert [ask(few).status_code for _ in range(4)] == [200, 200, 200, 429]


EVERY = [str(Period("month", MONTH + n)) for n in range(12)]
WORD = st.one_of(
    st.sampled_from(EVERY),
    st.builds("{}({})".format, st.sampled_from(["top", "bottom"]), st.integers(0, 20)),
    st.builds("{}({})".format, st.sampled_from(["from", "to"]), st.sampled_from(EVERY)),
    st.builds("range({},{})".format, st.sampled_from(EVERY), st.sampled_from(EVERY)),
    st.sampled_from(["*", "2026-0?", "*-1*"]),
)


@given(st.lists(WORD, min_size=1, max_size=4))
def test_choosing_keeps_order_and_only_chooses(words: list[str]) -> None:
    chosen = picked(",".join(words), "period").of(EVERY, "period")
    assert chosen == [code for code in EVERY if code in chosen]
    single = [set(picked(w, "period").of(EVERY, "period")) for w in words]
    assert set(chosen) == set().union(*single)


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_written_is_chosen_or_refused(text: str) -> None:
    try:
        chosen = picked(text, "period").of(EVERY, "period")
    except Stopped as stop:
        chosen = ["2026-01"] if stop.status == 400 else []
    assert set(chosen) <= set(EVERY)


def test_nothing_chosen_is_everything() -> None:
    assert Picked().of(EVERY, "x") == EVERY
    assert json.dumps(picked("top(2,1)", "x").of(EVERY, "x")) == json.dumps(EVERY[-3:-1])


def test_the_store_is_what_the_engine_holds(filled: Bureau) -> None:
    desk = filled.world.desk
    with desk.store.read() as connection:
        held = released.store(connection, known(desk), None, desk.clock())
    assert isinstance(held, Values)
    assert [s.vintage.id for s in held.snapshots] == ["alt", "raten", "neu", "rang"]
    assert not any(s.vintage.author for s in held.snapshots)
