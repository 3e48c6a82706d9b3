"""What is sent that no database takes, and what no description names: refused in words, never a mistake of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import proofs
from tests.service_world import World, world


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, -(2**70)])
@pytest.mark.parametrize(
    "path", ["/intake/{}", "/desk/questions/{}", "/works/{}", "/desk/questions?before={}"]
)
def test_a_number_that_is_too_large_is_refused(service: World, path: str, number: int) -> None:
    browser = service.signed("editor", org="gyc")
    told = browser.get(path.format(number), headers={"accept": "application/json"})
    assert (told.status_code, "没有填对" in told.json()["error"]) == (422, True)


def test_a_text_with_nul_is_refused(service_both: World) -> None:
    browser = service_both.signed("admin")
    for sent in ({"login": "lisi", "name": "李\0四"}, {"login": "li\0si", "name": "李四"}):
        assert browser.post("/users", data=sent).status_code == 422
    assert browser.get("/contest/a%00b").status_code == 422
    assert browser.get("/audit", params={"act": "\0"}).status_code in {403, 422}


@pytest.mark.parametrize("code", ["１２３４５６", "一二三四五六", "\U0001f4a5", "12345\u0660"])
def test_digits_that_are_none_are_wrong_and_no_mistake(service: World, code: str) -> None:
    user = service.user("editor")
    browser = service.browser(user, second=False)
    assert browser.post("/second", data={"code": code}).status_code in {401, 422}
    assert proofs.totp_step(proofs.new_totp(), code, 1_800_000_000, 0) == 0


def test_half_a_letter_is_said_as_a_question_mark(tmp_path: Path) -> None:
    from starlette.requests import Request

    from service.app import said

    with world(tmp_path) as found:
        scope = {
            "type": "http",
            "app": found.client.app,
            "headers": [],
            "method": "GET",
            "path": "/",
        }
        assert "?" in bytes(said(Request(scope), 400, "看不懂 \ud800。").body).decode()


def test_every_answer_that_is_described_has_a_form(tmp_path: Path) -> None:
    """No route says that anything at all may come: each kind of answer has a schema."""
    with world(tmp_path) as found:
        told = found.client.app.openapi()["paths"]  # type: ignore[attr-defined]  # it is a FastAPI
    open_ended = [
        (path, method, kind)
        for path, item in told.items()
        for method, operation in item.items()
        for status, answer in operation["responses"].items()
        for kind, held in answer.get("content", {}).items()
        if status.startswith("2") and not held.get("schema")
    ]
    assert open_ended == []
