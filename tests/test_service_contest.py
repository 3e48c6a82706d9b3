"""The contest from its rules to its result: who may do what, when, and with whom."""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service.authored import Refused
from service.contest import blind, command
from service.contest.rules import parse
from service.roles import CITY, EDITOR, ENTRANT, EXPERT, LEADER
from service.room import Stopped
from service.store import contest as store
from service.store import files
from tests.contest_world import BEGIN, DUE, SEED, Contest, contest, rules
from tests.service_world import World
from tests.uploaded import pdf, png

DAY = 86_400_000
UNITS = ("gyc", "nyc", "da", "da", "bing")


@pytest.fixture
def held(service: World, tmp_path: Path) -> Contest:
    return contest(service, tmp_path, UNITS)


# --- rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"0.35"', '"0.36"', "正好是 1"),
        ('"0.35"', '"3.5e-1"', "最多四位小数"),
        ("least: 2", "least: 9", "不能大于"),
        ("office: bgs", "office: xx", "office"),
        ("{id: ji,", "{id: tu,", "重复"),
        ("kinds: [pdf]", "kinds: [svg]", "文件种类"),
        ("slug: dasai", "slug: works", "slug 不能"),
        ("team: 3", "team: 3\nteam: 4", "写了两次"),
        ("team: 3", "tema: 3", "tema"),
        ("title: 统计大赛", "title: &a 统计\nabout: *a", "引用"),
        ("closes: 2026-12-01", "closes: 2025-12-01", "以后"),
        ('step: "0.5"', 'step: "0.3"', "除尽"),
    ],
)
def test_rules_that_are_wrong_are_told(old: str, new: str, said: str) -> None:
    text = rules()
    assert old in text
    with pytest.raises(Refused, match=said):
        parse(text.replace(old, new, 1).encode())


def test_the_sample_can_be_read(root: Path) -> None:
    for file in (root / "content" / "contests").glob("*.yml"):
        found = parse(file.read_bytes())
        assert (found.slug, found.sample) == (file.stem, True)


def test_rules_are_frozen_before_anything_opens(service: World, tmp_path: Path) -> None:
    file, desk = tmp_path / "dasai.yml", service.desk
    file.write_text(rules(opens="2026-11-25T09:00:00+08:00"))
    command.load(desk, file)
    browser = service.browser()
    assert browser.get("/contest/dasai").status_code == 404
    file.write_text(rules(opens="2026-11-26T09:00:00+08:00"))
    command.load(desk, file)  # not frozen: may still change
    command.freeze(desk, "dasai")
    text = file.read_bytes()
    assert command.load(desk, file).startswith("dasai：没有变")
    file.write_text(rules(opens="2026-11-26T09:00:00+08:00") + "\n")
    with pytest.raises(Stopped, match="不能再改"):
        command.load(desk, file)
    page = browser.get("/contest/dasai").text
    assert hashlib.sha256(text).hexdigest() in page
    assert browser.get("/contest/dasai/rules").content == text


def test_rules_are_not_frozen_after_the_opening(service: World, tmp_path: Path) -> None:
    file = tmp_path / "dasai.yml"
    file.write_text(rules(opens="2026-11-02T09:00:00+08:00"))
    command.load(service.desk, file)
    with pytest.raises(Stopped, match="已经过了"):
        command.freeze(service.desk, "dasai")


def test_rules_changed_behind_our_back_stop_the_contest(held: Contest) -> None:
    text = rules().replace("0.35", "0.30").replace('"0.4"', '"0.45"')
    held.service.desk.store.write(
        lambda c: store.change(c, store.contests, held.number, rules=text)
    )
    assert held.service.browser().get("/contest/dasai").status_code == 500


# --- works ----------------------------------------------------------------------------------------

FORM = {
    "category": "tu", "title": "库存怎么记", "summary": "一张图讲清库存和产量的关系", "story": "先看台账。" * 10,
    "team": "李四 甲州市\n王五，甲安县", "contact": "13900001111", "original": "true",
}  # fmt: skip


def test_a_work_is_written_sent_and_taken_back(held: Contest) -> None:
    browser = held.browser(held.entrant("jia"))
    made = browser.post("/works", data={"contest": "dasai", "key": "k1"})
    again = browser.post("/works", data={"contest": "dasai", "key": "k1"})
    where = made.headers["location"]
    assert again.headers["location"] == where  # the same key: one draft
    early = browser.post(f"{where}/submit")
    assert early.status_code == 422
    assert "原创承诺" in early.text
    assert browser.post(where, data=FORM | {"version": "1"}).status_code == 303
    stale = browser.post(where, data=FORM | {"version": "1", "title": "另一处写的"})
    assert stale.status_code == 409
    assert "另一处写的" in stale.text  # nothing typed is lost
    wrong = browser.post(where, data=FORM | {"version": "2", "team": "赵六 某某公司"})
    assert wrong.status_code == 422
    assert "赵六" in wrong.text
    sent = browser.post(f"{where}/files", files={"file": ("甲州市方案.pdf", pdf())})
    assert sent.status_code == 303
    page = browser.get(where).text
    assert "文件名里有单位或姓名" in page
    assert "李四 甲州市" in page
    assert browser.post(f"{where}/submit").status_code == 303
    assert browser.post(where, data=FORM | {"version": "3"}).status_code == 409
    assert browser.post(f"{where}/files", files={"file": ("b.pdf", pdf())}).status_code == 409
    assert browser.post(f"{where}/reopen").status_code == 303
    assert browser.post(f"{where}/withdraw").status_code == 303
    assert browser.post(f"{where}/submit").status_code == 409


def test_nobody_sees_another_ones_work(held: Contest) -> None:
    number = held.work("jia")
    other = held.browser(held.entrant("yi"))
    assert other.get(f"/works/{number}").status_code == 404
    assert other.post(f"/works/{number}", data=FORM | {"version": "2"}).status_code == 404
    assert other.post(f"/works/{number}/files", files={"file": ("b.pdf", pdf())}).status_code == 404
    stranger = held.browser(held.service.user(EDITOR, org="gyc"))
    assert stranger.get(f"/office/works/{number}").status_code == 404
    assert stranger.get("/office/dasai").status_code == 404
    assert held.browser(held.staff[0]).get(f"/office/works/{number}").status_code == 200


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("a.pdf", pdf(), 303),
        ("a.png", png(), 303),
        ("a.mp4", b"\0\0\0\x18ftypisom" + b"\0" * 20, 422),
        ("a.pdf", b"<html>", 422),
        ("a.pdf", pdf(b"/S /JavaScript"), 422),
        ("\u202ea.pdf", pdf(), 422),
        ("a.pdf", pdf() + b"0" * (1 << 20), 413),
    ],
)
def test_files_are_judged_at_the_door(held: Contest, name: str, data: bytes, status: int) -> None:
    browser = held.browser(held.entrant("jia"))
    where = browser.post("/works", data={"contest": "dasai"}).headers["location"]
    sent = browser.post(f"{where}/files", files={"file": (name, data)})
    assert sent.status_code == status, sent.text
    folder = held.service.desk.settings.data
    assert list((folder / "incoming").glob("*")) == []
    assert len(list((folder / "files").glob("*/*"))) == (status == 303)


def test_the_quota_holds(held: Contest) -> None:
    browser = held.browser(held.entrant("jia"))
    where = browser.post("/works", data={"contest": "dasai"}).headers["location"]
    big = [pdf() + bytes([n]) * 900_000 for n in range(65, 69)]
    told = [browser.post(f"{where}/files", files={"file": ("a.pdf", b)}).status_code for b in big]
    assert told == [303, 303, 413, 413]
    small = [
        browser.post(f"{where}/files", files={"file": ("a.pdf", pdf())}).status_code for _ in "12"
    ]
    assert small == [303, 409]  # three at most
    with held.service.desk.store.read() as connection:
        assert files.sizes(connection, [f"work:{where.rpartition('/')[2]}"])[0] == 3


def test_who_is_not_eligible_does_not_enter(held: Contest) -> None:
    browser = held.service.signed(ENTRANT, org="da")
    assert browser.post("/works", data={"contest": "dasai"}).status_code == 409
    assert (
        held.service.signed(CITY, org="").post("/works", data={"contest": "dasai"}).status_code
        == 409
    )
    assert (
        held.service.signed(EXPERT, org="jia").post("/works", data={"contest": "dasai"}).status_code
        == 403
    )


def test_after_the_close_nothing_changes(held: Contest) -> None:
    number = held.work("jia")
    held.service.clock.now = 1_796_086_800_000
    browser = held.browser(held.entrant("jia"))
    assert browser.post(f"/works/{number}/reopen").status_code == 409
    assert browser.post("/works", data={"contest": "dasai"}).status_code == 409


def test_a_unit_sends_no_more_than_it_may(service: World, tmp_path: Path) -> None:
    made = contest(service, tmp_path, UNITS, per_unit=2)
    made.work("jia")
    made.work("jia")
    with pytest.raises(Stopped, match="最多交 2 件"):
        made.work("jia")
    made.work("yi")


# --- judging --------------------------------------------------------------------------------------


def test_the_blind_copy_does_not_tell(held: Contest) -> None:
    title = "甲州市和甲 州怎么用 zhang@jia.gov.cn"
    held.work("jia", title)
    held.work("yi")
    number = held.round()
    duty = held.duties(number, held.experts[0])[0]
    browser = held.browser(held.experts[0])
    for path in ("/reviews", f"/reviews/{duty.id}"):
        text = browser.get(path).text
        told = re.findall(r"甲\s*州|张三丰|甲\.pdf|zhang@|0531", text)
        assert told == [], path
    for other in held.duties(number):
        if other.user != held.experts[0]:
            assert browser.get(f"/reviews/{other.id}").status_code == 404
            assert browser.get(f"/reviews/{other.id}/files/1").status_code == 404
    works = [d.work for d in held.duties(number)]
    assert browser.get(f"/works/{works[0]}").status_code == 403


def test_masks(held: Contest) -> None:
    found = parse(rules().encode())
    hidden = blind.words(found, ["jiaxian"], ["欧阳锋"])
    for text in ("甲安县", "甲 安 县", "甲安局里", "甲州市", "欧阳 锋", "13912345678", "a@b.cn"):
        assert blind.MASK in blind.masked(f"我们{text}的办法", hidden), text
    assert blind.masked("乙州市的办法", hidden) == "乙州市的办法"


def test_nobody_judges_their_own_unit_or_city(service: World, tmp_path: Path) -> None:
    made = contest(service, tmp_path, ("jia", "jiaxian", "gyc", "nyc", "da", "da", "yi"))
    mine = {made.work(unit): unit for unit in ("jia", "jiaxian", "gyc", "yi", "bing")}
    barred = {"jia": {0, 1}, "jiaxian": {0, 1}, "gyc": {2}, "yi": {6}, "bing": set()}
    number = made.round()
    for duty in made.duties(number):
        assert made.experts.index(duty.user) not in barred[mine[duty.work]]
    assert len(made.duties(number)) == 15


def test_declared_conflicts_hold_and_late_ones_bring_another(held: Contest) -> None:
    mine = [held.work("jia"), held.work("yi")]
    held.service.clock.now = 1_796_086_800_000
    staff, expert = held.browser(held.staff[0]), held.browser(held.experts[0])
    number = int(staff.post("/office/dasai/rounds").headers["location"].rpartition("/")[2])
    staff.post(f"/office/rounds/{number}/panel", data={"expert": held.experts})
    assert expert.post(f"/reviews/rounds/{number}/units", data={"unit": ["jia"]}).status_code == 303
    staff.post(f"/office/rounds/{number}/begin", data=BEGIN | {"seed": SEED})
    assert (mine[0], held.experts[0]) not in {(d.work, d.user) for d in held.duties(number)}
    duty = held.duties(number, held.duties(number)[0].user)[0]
    before = {d.user for d in held.duties(number) if d.work == duty.work}
    held.score(duty, ["1", "2", "3"])
    gone = held.browser(duty.user)
    assert gone.post(f"/reviews/{duty.id}/leave").status_code == 303
    assert gone.get(f"/reviews/{duty.id}").status_code == 404
    open_now = {d.user for d in held.duties(number) if d.work == duty.work and d.state != "left"}
    assert duty.user not in open_now
    assert len(open_now) == 3
    assert before - {duty.user} < open_now
    (left,) = [d for d in held.duties(number) if d.id == duty.id]
    assert left.score == ""


def test_who_can_not_go_on_is_relieved(held: Contest) -> None:
    for unit in ("jia", "yi", "bing"):
        held.work(unit)
    number = held.round()
    expert = held.duties(number)[0].user
    done, *left = held.duties(number, expert)
    held.score(done, ["1", "2", "3"])
    sent = held.browser(held.staff[0]).post(
        f"/office/rounds/{number}/relieve", data={"expert": expert}
    )
    assert sent.status_code == 303
    states = {d.id: d.state for d in held.duties(number, expert)}
    assert states[done.id] == "done"
    assert all(states[d.id] == "left" for d in left)


def test_too_few_experts_and_nothing_begins(service: World, tmp_path: Path) -> None:
    made = contest(service, tmp_path, ("jia", "jiaxian", "gyc"))
    made.work("jia")
    with pytest.raises(AssertionError, match="专家不够"):
        made.round()


@pytest.mark.parametrize("values", [["1"], ["1", "2", "101"], ["1", "2", "0.3"], ["a", "b", "c"], ["NaN", "1", "1"], ["1e1", "-1", "1"]])  # fmt: skip
def test_scores_off_the_scale_are_refused(held: Contest, values: list[str]) -> None:
    held.work("jia")
    number = held.round()
    duty = held.duties(number)[0]
    assert held.score(duty, values).status_code == 422
    assert held.duties(number)[0].score == ""


def test_scores_are_sealed_where_they_lie(held: Contest) -> None:
    held.work("jia")
    number = held.round()
    first, second = held.duties(number)[:2]
    held.score(first, ["73.5", "0", "100"])
    held.score(second, ["1", "1", "1"])
    sealed = [d.score for d in held.duties(number)[:2]]
    assert "73.5" not in sealed[0]
    assert len(sealed[0]) == len(sealed[1])
    shown = held.browser(first.user).get(f"/reviews/{first.id}").text
    assert 'value="73.5"' in shown  # one's own, to change it
    assert held.score(first, ["1", "1", "1"]).status_code == 409  # an old version


def test_the_seals_hold_until_the_time_is_up_and_all_have_scored(held: Contest) -> None:
    held.work("jia")
    number = held.round()
    staff = held.browser(held.staff[0])
    for duty in held.duties(number):
        held.score(duty, ["50", "50", "50"])
    assert staff.post(f"/office/rounds/{number}/close").status_code == 409
    assert staff.get(f"/office/rounds/{number}/log").status_code == 409
    held.service.clock.now = DUE
    assert held.score(held.duties(number)[0], ["1", "1", "1"]).status_code == 409
    assert held.close(number).status_code == 303
    assert held.row(number).state == "counted"
    assert held.close(number).status_code == 409


def test_too_few_scores_and_the_seals_stay(held: Contest) -> None:
    held.work("jia")
    number = held.round()
    held.score(held.duties(number)[0], ["50", "50", "50"])
    refused = held.close(number)
    assert refused.status_code == 409
    staff = held.browser(held.staff[0])
    assert (
        staff.post(f"/office/rounds/{number}/extend", data={"due": "2026-12-01T18:00"}).status_code
        == 422
    )
    assert (
        staff.post(f"/office/rounds/{number}/extend", data={"due": "2026-12-20T18:00"}).status_code
        == 303
    )
    assert held.score(held.duties(number)[1], ["50", "50", "50"]).status_code == 303
    held.service.clock.forward(days=12)
    assert held.close(number).status_code == 303


# --- publishing -----------------------------------------------------------------------------------


def counted(held: Contest, units: tuple[str, ...] = ("jia", "yi", "bing")) -> int:
    for unit in units:
        held.work(unit)
    number = held.round()
    held.score_all(number, random.Random(7))
    assert held.close(number).status_code == 303
    return number


def test_two_people_publish(held: Contest) -> None:
    number = counted(held)
    one, two = (held.browser(u) for u in held.staff)
    everybody = held.service.browser()
    assert one.post(f"/office/rounds/{number}/moves", data={"verb": "publish"}).status_code == 303
    assert one.post("/office/moves/1", data={"yes": "true"}).status_code == 409
    assert two.post(f"/office/rounds/{number}/moves", data={"verb": "publish"}).status_code == 409
    assert everybody.get("/contest/dasai/list").json()["rows"] == []
    assert everybody.get("/contest/dasai/rounds/1/log").status_code == 404
    assert two.post("/office/moves/1", data={"yes": "true"}).status_code == 303
    assert len(everybody.get("/contest/dasai/list").json()["rows"]) == 3
    assert one.post(f"/office/rounds/{number}/moves", data={"verb": "final"}).status_code == 409
    held.service.clock.forward(days=5)
    assert held.move(number, "final").status_code == 303
    assert everybody.get("/contest/dasai/list").json()["final"] is True


def test_the_published_log_counts_to_the_published_list(
    held: Contest, tmp_path: Path, root: Path
) -> None:
    number = counted(held)
    assert held.move(number, "publish").status_code == 303
    everybody = held.service.browser()
    log = everybody.get("/contest/dasai/rounds/1/log")
    assert hashlib.sha256(log.content).hexdigest() in everybody.get("/contest/dasai").text
    assert "expert" not in log.text
    assert "jia" not in log.text
    file = tmp_path / "log.jsonl"
    file.write_bytes(log.content)
    assert recount(root, file) == (0, "重算一致：3 个名次，9 份打分。")
    lines = log.text.splitlines()
    places = [n for n, line in enumerate(lines) if '"line": "place"' in line]
    spoilt = [
        *lines[: places[0]],
        lines[places[0]].replace('"place": 1', '"place": 2'),
        *lines[places[1] :],
    ]
    file.write_text("\n".join(spoilt))
    assert recount(root, file)[0] == 1


def recount(root: Path, file: Path) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-I", str(root / "docs" / "contest_recount.py"), str(file)],
        capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip
    return ran.returncode, ran.stdout.strip()


def test_an_objection_is_answered_by_two_and_may_strike_out(
    held: Contest, tmp_path: Path, root: Path
) -> None:
    number = counted(held)
    everybody, one = held.service.browser(), held.browser(held.staff[0])
    first = json.loads(held.row(number).places)[0]["work"]
    told = {
        "work": str(first),
        "text": "这是抄的",
        "name": "实名人",
        "contact": "13812345678",
        "key": "o",
    }
    where = "/contest/dasai/rounds/1/objections"
    assert everybody.post(where, data=told).status_code == 409
    held.move(number, "publish")
    assert everybody.post(where, data=told | {"name": " "}).status_code == 422
    assert everybody.post(where, data=told | {"website": "x", "key": "p"}).status_code == 200
    assert [everybody.post(where, data=told).status_code for _ in "12"] == [200, 200]
    with held.service.desk.store.read() as connection:
        assert store.count(connection, store.objections) == 1
    public = everybody.get("/contest/dasai").text
    assert "实名人" not in public
    assert "有一条异议在处理" in public
    assert "实名人" in one.get(f"/office/rounds/{number}").text
    held.service.clock.forward(days=6)
    assert held.move(number, "final").status_code == 409  # not answered yet
    done = held.move(number, "objection", subject=1, why="查实", upheld="true", strike="true")
    assert done.status_code == 303
    row = held.row(number)
    assert (row.state, row.edition) == ("counted", 2)
    assert first not in {p["work"] for p in json.loads(row.places)}
    assert everybody.get("/contest/dasai/list").json()["rows"] == []
    held.move(number, "publish")
    assert len(everybody.get("/contest/dasai/list").json()["rows"]) == 2
    assert "异议成立" in everybody.get("/contest/dasai").text
    file = tmp_path / "log.jsonl"
    file.write_bytes(everybody.get("/contest/dasai/rounds/1/log").content)
    assert recount(root, file)[0] == 0
    assert held.move(number, "final").status_code == 409  # the time begins anew
    held.service.clock.forward(days=5)
    assert held.move(number, "final").status_code == 303


def test_striking_out_needs_two_as_well(held: Contest) -> None:
    mine = [held.work("jia"), held.work("yi")]
    held.service.clock.now = 1_796_086_800_000
    staff = held.browser(held.staff[0])
    number = int(staff.post("/office/dasai/rounds").headers["location"].rpartition("/")[2])
    assert held.move(number, "strike", subject=mine[0]).status_code == 422
    assert held.move(number, "strike", subject=mine[0], why="不是统计的").status_code == 303
    staff.post(f"/office/rounds/{number}/panel", data={"expert": held.experts})
    staff.post(f"/office/rounds/{number}/begin", data=BEGIN | {"seed": SEED})
    assert {d.work for d in held.duties(number)} == {mine[1]}


def test_the_tables_hold_no_formula(held: Contest) -> None:
    held.work("jia", "=HYPERLINK(1)")
    text = held.browser(held.staff[0]).get("/office/dasai/works.csv").content.decode("utf-8-sig")
    assert ",'=HYPERLINK(1)," in text


def test_names_and_texts_are_escaped(held: Contest) -> None:
    number = held.work("jia", "<script>alert(1)</script>")
    for user, path in (
        (held.entrant("jia"), f"/works/{number}"),
        (held.entrant("jia"), "/works"),
        (held.staff[0], f"/office/works/{number}"),
        (held.staff[0], "/office/dasai"),
    ):
        text = held.browser(user).get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_a_rolling_intake_is_judged_round_by_round(service: World, tmp_path: Path) -> None:
    made = contest(service, tmp_path, UNITS, closes='""')
    first = made.work("jia")
    number = made.round()
    second = made.work("yi")
    made.score_all(number, random.Random(1))
    assert made.close(number).status_code == 303
    made.move(number, "publish")
    staff = made.browser(made.staff[0])
    again = staff.post("/office/dasai/rounds")
    assert again.headers["location"] == f"/office/rounds/{number + 1}"
    with service.desk.store.read() as connection:
        entered = {e.work: e.round for e in store.where(connection, store.entries)}
    assert entered == {first: number, second: number + 1}
    assert staff.post("/office/dasai/rounds").status_code == 409


def test_both_profiles_have_it(outside: World, tmp_path: Path) -> None:
    made = contest(outside, tmp_path, UNITS)
    made.work("jia")
    assert outside.browser().get("/contest/dasai").status_code == 200
    assert outside.signed(LEADER).get("/contest").status_code == 200
