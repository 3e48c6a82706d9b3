"""What experts say of a work: sealed until the close, read by its makers after the result, never with a name."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import httpx2 as httpx
import pytest

from service.contest import ledger, sealing
from service.roles import AUDITOR, EDITOR, EXPERT, LEADER
from service.store import audit, copies, migrate
from service.store import contest as store
from tests.contest_world import Contest, contest
from tests.service_world import World

UNITS = ("gyc", "nyc", "da", "da", "bing")
GOOD, EVIL = "思路新，例子好。", "<script>alert(1)</script> 第二行\n第三行"
VALUES = ["85", "85", "85"]


@pytest.fixture
def held(service: World, tmp_path: Path) -> Contest:
    return contest(service, tmp_path, UNITS)


def judged(held: Contest) -> tuple[int, int, int]:
    """Two works, all scored; each expert says something of the first. Works and the round."""
    mine, other = held.work("jia"), held.work("yi")
    number = held.round()
    for n, duty in enumerate(held.duties(number)):
        said = f"{GOOD}{n}" if duty.work == mine and n else EVIL if duty.work == mine else ""
        assert held.score(duty, VALUES, said).headers["location"] == "/reviews"
    return mine, other, number


def shut(held: Contest, number: int) -> None:
    held.service.clock.forward(days=6)
    held.move(number, "final")


def test_a_comment_is_read_by_its_makers_after_the_result(held: Contest) -> None:
    mine, other, number = judged(held)
    listed = f"/office/rounds/{number}/comments"

    def seen(who: int, path: str) -> httpx.Response:
        return held.browser(who).get(path)

    maker, rival, office = held.entrant("jia"), held.entrant("yi"), held.staff[0]
    assert seen(office, listed).status_code == 409
    assert GOOD not in seen(maker, f"/works/{mine}").text
    held.close(number)
    assert seen(office, listed).text.count(GOOD) == 2
    assert GOOD not in seen(maker, f"/works/{mine}").text
    held.move(number, "publish")
    assert GOOD not in seen(maker, f"/works/{mine}").text
    shut(held, number)
    shown = seen(maker, f"/works/{mine}").text
    assert (shown.count(GOOD), "<script>alert" in shown) == (2, False)
    assert "&lt;script&gt;alert(1)" in shown
    assert not re.search(r"E0\d", shown)
    assert "先生" not in shown.split('id="comments"')[1].split("</section>")[0]
    assert GOOD not in seen(rival, f"/works/{other}").text
    assert seen(rival, f"/works/{mine}").status_code == 404
    marks = re.findall(r"<b>(E\d\d)</b>", seen(office, listed).text)
    assert marks == sorted(marks)
    assert len(marks) == 3


def test_no_log_no_list_no_record_and_no_copy_holds_it(
    held: Contest, root: Path, tmp_path: Path
) -> None:
    _, _, number = judged(held)
    held.close(number)
    held.move(number, "publish")
    shut(held, number)
    log = held.service.browser().get("/contest/dasai/rounds/1/log").text
    whole = held.browser(held.staff[0]).get(f"/office/rounds/{number}/log").text
    public = [held.service.browser().get(p).text for p in ("/contest/dasai", "/contest/dasai/list")]
    with held.service.desk.store.read() as connection:
        acts = "".join(audit.lines(connection))
        rows = "\n".join(copies.rows(connection, migrate.tables("intranet")))
        assert sum(len(w["values"]) for w in ledger.rows(log, "score")) == 18
    for text in (log, whole, *public, acts, rows):
        assert "思路新" not in text
        assert "思路新" not in json.dumps(text)
        assert "comment" not in log
    (tmp_path / "log.jsonl").write_text(log)
    told = [sys.executable, str(root / "docs/contest_recount.py"), str(tmp_path / "log.jsonl")]
    assert subprocess.run(told, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("role", [AUDITOR, LEADER, EXPERT, EDITOR])
def test_nobody_else_reads_them(held: Contest, role: str) -> None:
    mine, _, number = judged(held)
    held.close(number)
    stranger = held.service.signed(role, org="gyc")
    assert stranger.get(f"/office/rounds/{number}/comments").status_code in {403, 404}
    assert stranger.get(f"/works/{mine}").status_code in {403, 404}
    assert held.service.browser().get(f"/office/rounds/{number}/comments").status_code in {303, 401}


@pytest.mark.parametrize(
    ("said", "warned"),
    [("甲州市做得好", True), ("乙 州 市 也做过", True), ("请打 13912345678", True), ("expert0先生写", True), ("好", False), ("", False)],
)  # fmt: skip
def test_names_are_told_of_and_taken(held: Contest, said: str, warned: bool) -> None:
    """Of whichever unit it is: the answer must not tell whose work this is."""
    held.work("jia")
    number = held.round()
    duty = next(d for d in held.duties(number) if d.user == held.experts[0])
    sent = held.score(duty, VALUES, said)
    assert sent.headers["location"] == (f"/reviews/{duty.id}" if warned else "/reviews")
    shown = held.browser(duty.user).get(f"/reviews/{duty.id}").text
    assert ("评语里写着" in shown) == warned
    with held.service.desk.store.read() as connection:
        kept = store.one(connection, store.duties, duty.id)
    assert sealing.unseal(held.service.desk, kept).comment == said


def test_one_that_is_too_long_is_shown_again_as_it_was_typed(held: Contest) -> None:
    held.work("jia")
    duty = held.duties(held.round())[0]
    sent = held.score(duty, VALUES, "长" * 601)
    assert (sent.status_code, "最多 600 个字" in sent.text, "长" * 601 in sent.text) == (
        422,
        True,
        True,
    )
    assert held.duties(duty.round)[0].score == ""
    assert held.score(duty, VALUES, "𠀀" * 600 + "\u202e ").status_code == 303


def test_scores_sealed_before_there_were_comments_are_still_read(held: Contest) -> None:
    held.work("jia")
    duty = held.duties(held.round())[0]
    desk = held.service.desk
    old = desk.sealer(sealing.PURPOSE).seal(json.dumps(VALUES).ljust(2048), f"duty:{duty.id}")
    desk.store.write(lambda c: store.change(c, store.duties, duty.id, score=old, state="done"))
    assert 'value="85"' in held.browser(duty.user).get(f"/reviews/{duty.id}").text


def test_who_leaves_takes_the_comment_along(held: Contest) -> None:
    held.work("jia")
    number = held.round()
    duty = held.duties(number)[0]
    held.score(duty, VALUES, GOOD)
    assert held.browser(duty.user).post(f"/reviews/{duty.id}/leave").status_code == 303
    held.score_all(number, random.Random(1))
    held.close(number)
    listed = held.browser(held.staff[0]).get(f"/office/rounds/{number}/comments").text
    assert GOOD not in listed
