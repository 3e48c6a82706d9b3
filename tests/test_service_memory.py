"""What stands around the answers: what is set aside from the collector, the straight way, and silence."""

from __future__ import annotations

import gc
import io
import json
import os
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from builder.values import Period
from service.app import create_app
from service.logs import Log
from service.memory import Memory
from service.store import figures, intake
from service.store.engine import Connection, Unavailable
from service.store.figures import Put
from tests.intake_world import Bureau, bureau
from tests.service_world import ORIGIN, World

DATA = "/api/v2/tables/dianliang/data"


@pytest.fixture(scope="module")
def gov(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with bureau(tmp_path_factory.mktemp("memory")) as found:
        found.world.desk.store.write(lambda connection: _put(connection, found.world.clock()))
        yield found


def _put(connection: Connection, now: int) -> None:
    number = intake.open_batch(
        connection, template="yuebao", division="gyc", period="2026-01", kind="new", state="scheduled",
        title="b", source="示例数据", made_by=1, made=1, name="b", release=now - 1,
    )  # fmt: skip
    month = Period.parse("2026-01").ordinal
    told = Put("dianliang", "value", "990000", month, 1.5, "", "public", "add")
    figures.put(connection, number, now - 1, [told])


@pytest.fixture
def thawed() -> Iterator[None]:
    """The collector as it was."""
    yield
    gc.unfreeze()


class Ring:
    """Refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.me = self


@pytest.mark.usefixtures("thawed")
def test_what_is_there_is_set_aside_once_and_again_after_a_swap(gov: Bureau) -> None:
    memory, rubbish = Memory(gov.world.desk), Ring()
    told = weakref.ref(rubbish)
    del rubbish
    gc.unfreeze()
    assert memory.settle()
    assert told() is None  # rubbish is not kept for ever
    assert gc.get_freeze_count() > 10_000
    late = Ring()
    seen = weakref.ref(late)
    assert not memory.settle()  # nothing new: nobody waits for the collector
    folder = gov.world.desk.settings.bundle
    assert folder is not None
    file = folder / "manifest.json"
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 1_000_000_000))
    assert memory.settle()
    del late
    assert not memory.settle()
    gc.unfreeze()
    gc.collect()
    assert seen() is None


@pytest.mark.usefixtures("thawed")
def test_without_a_bundle_there_is_nothing_to_read(service: World, outside: World) -> None:
    for world in (service, outside):
        memory = Memory(world.desk)
        assert memory.settle()
        assert not memory.settle()


def answers(client: TestClient) -> list[tuple[Any, ...]]:
    """What plain addresses say, right and wrong, but for what is drawn by lot."""
    asked = [
        ("GET", DATA),
        ("GET", f"{DATA}?outputFormat=csv"),
        ("GET", f"{DATA}?outputFormat=doc"),
        ("GET", "/api/v2/tables/none/data"),
        ("GET", "/api/v2/tables/a%2Fb/data"),
        ("GET", f"{DATA}/"),
        ("HEAD", DATA),
        ("DELETE", DATA),
    ]
    found = []
    for method, where in asked:
        answer = client.request(method, where)
        heads = {k: v for k, v in answer.headers.items() if k != "x-request-id"}
        found.append((method, where, answer.status_code, heads, answer.content))
    return found


def test_the_straight_way_and_the_long_one_say_the_same(gov: Bureau) -> None:
    desk, logged = gov.world.desk, []
    said = []
    for straight in (True, False):
        app, stream = create_app(desk), io.StringIO()
        if not straight:
            app.user_middleware = [m for m in app.user_middleware if "Straight" not in repr(m)]
        desk.log = Log(stream)
        said.append(answers(TestClient(app, base_url=ORIGIN, follow_redirects=False)))
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        logged.append([(line["method"], line["route"], line["status"]) for line in lines])
    desk.log = Log()
    assert said[0] == said[1]
    assert logged[0] == logged[1]
    assert {row[2] for row in said[0]} >= {200, 400, 404, 405}


def test_a_database_that_is_gone_and_a_mistake_are_told_on_the_straight_way_too(
    gov: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raised(error: Exception) -> Any:
        def call(*_: object) -> None:
            raise error

        return call

    client = TestClient(create_app(gov.world.desk), base_url=ORIGIN, raise_server_exceptions=False)
    for error, status in ((Unavailable("数据库正忙"), 503), (ZeroDivisionError(), 500)):
        monkeypatch.setattr("service.intake.feed.called", raised(error))
        answer = client.get(DATA)
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.json()["ok"] is False


def test_nothing_is_told_to_who_watches_programs(
    gov: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The framework would hand every request to a tracer that some package set up, or the environment."""
    asked: list[str] = []

    class Watcher:
        def get_tracer(self, name: str, *_: object, **__: object) -> object:
            asked.append(name)
            raise AssertionError

    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", Watcher)
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    client = TestClient(create_app(gov.world.desk), base_url=ORIGIN)
    assert client.get("/health").status_code == 200
    assert client.get(DATA).status_code == 200
    assert asked == []
