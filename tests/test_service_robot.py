"""小统 for other programs: it answers from the scripts or not at all, and hands them out hashed and signed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.keys import make_key, open_key, signed
from builder.robot.package import dump, load
from service.robot.giving import statement
from service.robot.told import Told
from tests.conftest import OFTEN
from tests.service_bundle import BASE, CPI, FLOW, ITEMS, OLD, PACKAGE, bundle
from tests.service_databases import House
from tests.service_world import World, world

PIN = "kou-ling-123456"
MORE = {"robot/wechat-bot.json": b'{"mode":0}', "robot/rasa/nlu.yml": b"version: 3"}


@pytest.fixture(params=OFTEN)
def robot(request: pytest.FixtureRequest, tmp_path: Path, house: House) -> Iterator[World]:
    """The service of the internet with scripts and a key."""
    key, pin = tmp_path / "service.key", tmp_path / "pin"
    key.write_bytes(make_key("service", PIN, cost=2))
    pin.write_text(f"{PIN}\n", "utf-8")
    signing = {"key_file": key, "pin_file": pin}
    database, dist = house.fresh(request.param), bundle(tmp_path / "dist", more=MORE)
    with world(tmp_path / "data", "internet", database, bundle=dist, signing=signing) as found:
        yield found


def ask(browser: httpx.Client, question: str, **state: str) -> dict[str, Any]:
    done = browser.post("/robot/ask", json={"question": question, "state": state})
    assert done.status_code == 200, done.text
    told: dict[str, Any] = done.json()
    return told


def test_an_answer_comes_with_its_source_and_the_whole_address_of_its_page(robot: World) -> None:
    told = ask(robot.browser(), "什么是CPI？")
    assert told["kind"] == "answer"
    assert told["text"] == CPI.answer
    assert told["source"] == CPI.source
    assert told["link"] == {"title": CPI.title, "url": CPI.url}
    assert told["state"]["last"] == CPI.id
    assert "why" not in told


def test_addresses_of_the_site_are_made_whole(tmp_path: Path) -> None:
    here = replace(PACKAGE, items=(replace(CPI, url="faq/jg/cpi/"),))
    with world(tmp_path / "data", bundle=bundle(tmp_path / "dist", here)) as service:
        assert ask(service.browser(), "CPI是什么")["link"]["url"] == f"{BASE}faq/jg/cpi/"


def test_only_editors_learn_why(robot: World) -> None:
    assert ask(robot.signed("editor"), "CPI是什么")["why"] == "问法相同"
    assert "why" not in ask(robot.signed("city"), "CPI是什么")


def test_what_is_not_in_the_scripts_is_not_answered(robot: World) -> None:
    for text in ("明天会下雨吗", "帮我写一首诗", "火星有多远"):
        told = ask(robot.browser(), text)
        assert told["kind"] == "unsure"
        assert told["text"].startswith("这个问题我没有把握")


def test_a_single_units_data_is_refused(robot: World) -> None:
    told = ask(robot.browser(), "某某公司的产值是多少")
    assert (told["kind"], told["text"]) == ("refused", "单个单位的数不能说。")


def test_a_dialogue_goes_on_by_what_the_asker_keeps(robot: World) -> None:
    browser = robot.browser()
    first = ask(browser, "帮我看看要不要入库")
    assert (first["kind"], first["choices"]) == ("step", ["工业", "批发零售"])
    second = ask(browser, "工业", **first["state"])
    assert second["text"] == FLOW.steps[1].say
    assert second["source"] == FLOW.steps[1].source
    assert second["state"]["flow"] == ""


def test_an_answer_holds_until_the_end_of_its_last_day_by_the_services_clock(robot: World) -> None:
    browser = robot.browser()
    assert ask(browser, OLD.title)["text"] == OLD.answer
    robot.clock.forward(days=12)
    assert robot.clock() < 1_796_054_400_000  # the 30th of November in Beijing
    assert ask(browser, OLD.title)["text"] == OLD.answer
    robot.clock.forward(days=1)
    assert OLD.answer not in json.dumps(ask(browser, OLD.title), ensure_ascii=False)


def test_a_new_bundle_is_answered_from_at_once(robot: World) -> None:
    browser = robot.browser()
    before = ask(browser, "CPI是什么")["version"]
    folder = robot.desk.settings.bundle
    assert folder is not None
    bundle(folder, replace(PACKAGE, items=(replace(CPI, answer="新的说法。"),)))
    told = ask(browser, "CPI是什么")
    assert told["text"] == "新的说法。"
    assert told["version"] != before


def test_without_scripts_it_says_so(service: World) -> None:
    done = service.browser().post(
        "/robot/ask", json={"question": "CPI是什么"}, headers={"accept": "*/*"}
    )
    assert done.status_code == 503
    assert done.json()["error"] == "这里没有装机器人话术，现在答不了。"


def test_who_asks_too_often_waits(robot: World) -> None:
    browser = robot.browser()
    browser.headers["accept"] = "application/json"
    codes = [browser.post("/robot/ask", json={"question": "你好"}).status_code for _ in range(121)]
    assert codes[:120] == [200] * 120
    assert codes[120] == 429
    robot.clock.forward(minutes=1)
    assert ask(browser, "你好")["kind"] == "talk"


SAID = {text for item in ITEMS for text in (item.answer, item.title, item.source, item.url)} | {
    step.say for step in FLOW.steps
}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(min_size=1, max_size=300), st.sampled_from([a for i in ITEMS for a in i.ask])
    ),
    st.fixed_dictionaries(
        {
            n: st.one_of(
                st.just(""), st.text(max_size=40), st.sampled_from(["faq:cpi", "flow:up", "a", "b"])
            )
            for n in ("last", "flow", "step", "beside")
        }
    ),
)
def test_whatever_is_asked_nothing_is_invented(
    robot: World, text: str, state: dict[str, str]
) -> None:
    """Text and link of an answer stand in the scripts, word for word; a question never breaks it."""
    robot.clock.forward(minutes=1)
    done = robot.browser().post("/robot/ask", json={"question": text, "state": state})
    assert done.status_code == 200
    told = Told.model_validate(done.json())
    if told.kind == "answer":
        assert {told.text, told.title, told.source} <= SAID
        assert told.link is None or told.link.url in SAID
    if told.kind == "step":
        assert any(told.text.endswith(say) for say in SAID)
    assert set(told.choices) <= {i.title for i in ITEMS} | {"工业", "批发零售"}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"question": ""},
        {"question": "x" * 301},
        {"question": 3},
        {"question": "x", "state": {"last": "x" * 301}},
        [],
    ],
)
def test_what_is_no_question_is_said_to_be_none(robot: World, wrong: object) -> None:
    done = robot.browser().post("/robot/ask", json=wrong, headers={"accept": "application/json"})
    assert done.status_code == 422
    assert done.json()["ok"] is False


# --- the scripts to take away ----------------------------------------------------------------------


def test_the_list_names_every_file_with_hash_and_a_signature_that_holds(robot: World) -> None:
    browser = robot.browser()
    told = browser.get("/robot/packages").json()
    assert [f["name"] for f in told["files"]] == ["package.json", "rasa/nlu.yml", "wechat-bot.json"]
    assert (
        told["public"]
        == open_key((robot.desk.settings.data.parent / "service.key").read_bytes(), PIN).public
    )
    for file in told["files"]:
        body = browser.get(file["url"])
        assert body.status_code == 200
        assert hashlib.sha256(body.content).hexdigest() == file["sha256"]
        assert len(body.content) == file["size"]
        said = statement("internet", told["version"], file["name"], file["sha256"])
        assert signed(told["public"], file["signature"], said)
        assert signed(told["public"], body.headers["weike-signature"], said)
        digest = base64.b64encode(hashlib.sha256(body.content).digest()).decode()
        assert body.headers["repr-digest"] == f"sha-256=:{digest}:"
    package = browser.get(f"/robot/packages/{told['version']}").content
    assert load(package) == PACKAGE


def test_a_signature_holds_for_its_file_and_version_alone(robot: World) -> None:
    told = robot.browser().get("/robot/packages").json()
    file = told["files"][0]
    for name, version, digest in (
        ("wechat-bot.json", told["version"], file["sha256"]),
        (file["name"], "0" * 16, file["sha256"]),
        (file["name"], told["version"], "0" * 64),
    ):
        assert not signed(
            told["public"], file["signature"], statement("internet", version, name, digest)
        )


def test_who_has_it_gets_304(robot: World) -> None:
    browser = robot.browser()
    for path in ("/robot/packages", browser.get("/robot/packages").json()["files"][1]["url"]):
        first = browser.get(path)
        again = browser.get(path, headers={"if-none-match": f'"x", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert browser.get(path, headers={"if-none-match": '"x"'}).status_code == 200


def test_an_older_version_is_named_and_no_more_given(robot: World) -> None:
    browser, folder = robot.browser(), robot.desk.settings.bundle
    assert folder is not None
    first = browser.get("/robot/packages").json()
    robot.clock.forward(days=1)
    bundle(folder, replace(PACKAGE, items=(CPI,)))
    second = browser.get("/robot/packages").json()
    assert second["earlier"] == [
        {
            "version": first["version"],
            "sha256": first["files"][0]["sha256"],
            "first": robot.clock() - 86_400_000,
        }
    ]
    assert browser.get(f"/robot/packages/{first['version']}").status_code == 410
    assert browser.get(f"/robot/packages/{'0' * 16}").status_code == 404
    assert browser.get(f"/robot/packages/{second['version']}").content == dump(
        replace(PACKAGE, items=(CPI,))
    )


def test_a_version_is_recorded_once(robot: World) -> None:
    browser = robot.browser()
    for _ in range(3):
        browser.get("/robot/packages")
    rows = robot.signed("auditor").get("/audit/export").text.splitlines()
    assert sum(json.loads(row)["act"] == "robot.version" for row in rows) == 1


@pytest.mark.parametrize(
    "name",
    [
        "../manifest.json",
        "..%2fmanifest.json",
        "nothing.json",
        "package.json%2f..",
        "%00",
        "/etc/passwd",
    ],
)
def test_nothing_but_the_files_of_the_scripts_is_given(robot: World, name: str) -> None:
    browser = robot.browser()
    version = browser.get("/robot/packages").json()["version"]
    assert browser.get(f"/robot/packages/{version}/{name}").status_code in {404, 422}


def test_a_file_that_the_manifest_does_not_name_so_is_not_given(robot: World) -> None:
    folder = robot.desk.settings.bundle
    assert folder is not None
    (folder / "robot" / "wechat-bot.json").write_bytes(b'{"mode":1}')
    browser = robot.browser()
    version = browser.get("/robot/packages").json()["version"]
    assert browser.get(f"/robot/packages/{version}/wechat-bot.json").status_code == 503


def test_without_a_key_nothing_is_signed_and_with_a_wrong_one_it_is_told(tmp_path: Path) -> None:
    dist = bundle(tmp_path / "dist")
    with world(tmp_path / "a", bundle=dist) as service:
        told = service.browser().get("/robot/packages").json()
        assert (told["public"], told["files"][0]["signature"]) == ("", "")
    key, pin = tmp_path / "key", tmp_path / "pin"
    key.write_bytes(make_key("service", PIN, cost=2))
    pin.write_text("falsch-falsch", "utf-8")
    with world(tmp_path / "b", bundle=dist, signing={"key_file": key, "pin_file": pin}) as service:
        done = service.browser().get("/robot/packages", headers={"accept": "application/json"})
        assert done.status_code == 503
        assert "口令不对" in done.json()["error"]
