"""Questions from the form to the asker's answer, and all that is said no to on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from service.questions import calendar, figures, timely
from service.questions.masks import covered
from service.room import Stopped
from service.store import audit, outbox, people, questions
from tests.questions_world import ANSWER, TEXT, act, answered, ask, fields, put_bundle, staff
from tests.service_databases import House
from tests.service_world import World, world

PHONE = "13912345678"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "data", bundle=put_bundle(tmp_path / "bundle")) as found:
        yield found


# --- asking ---------------------------------------------------------------------------------------


def test_existing_answers_are_offered_first(desk: World) -> None:
    asker = desk.browser()
    told = {"text": "CPI是什么意思呀", "stamp": fields(asker.get("/questions").text, "stamp")}
    desk.clock.forward(seconds=10)
    page = asker.post("/questions/look", data=told)
    assert "这些答案有用吗" in page.text
    assert "居民消费价格指数反映" in page.text
    assert "还要问" in page.text
    asker.post("/questions/spared", data={"item": "faq:cpi"})
    asker.post("/questions/spared", data={"item": "faq:erfunden"})
    with desk.desk.store.read() as connection:
        assert questions.spared_between(connection, 0, desk.clock() + 1) == 1
        assert questions.counted(connection) == {}


def test_what_the_robot_refuses_is_told_and_goes_on_only_when_insisted(desk: World) -> None:
    asker = desk.browser()
    form = asker.get("/questions").text
    told = {"text": "请问某某公司的产值是多少", "stamp": fields(form, "stamp")}
    desk.clock.forward(seconds=10)
    assert "单个单位的数不能说" in asker.post("/questions", data=told).text
    with desk.desk.store.read() as connection:
        assert questions.counted(connection) == {}
    assert "编号" in asker.post("/questions", data=told | {"sure": "true"}).text
    with desk.desk.store.read() as connection:
        (row,) = questions.listed(connection)
    assert row.warned == 1


MASKS = {
    "我叫张三，电话是１３９ １２３４ ５６７８": ["张三", "5678", "５６７８"],
    "我叫欧阳修想问产值": ["欧阳修"],
    "姓名：王 小 明，身份证11010519491231002X": ["小 明", "1949"],
    "联系人:买买提·艾力，请回复 abc＠example.com": ["买买提", "艾力", "example"],
    "加我微信 vx：zhangsan_88 谢谢": ["zhangsan"],
    "打我电话139\n1234\n5678好吗": ["1234", "5678"],
    "我\u200b叫\u200b李四。": ["李四"],
    "一三九一二三四五六七八找我": ["三九一二"],
}


@pytest.mark.parametrize(("text", "gone"), MASKS.items())
def test_personal_data_is_masked_on_arrival(text: str, gone: list[str]) -> None:
    assert [word for word in gone if word in covered(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "我叫什么不重要",
        "我是江州市一家企业的",
        "B204-1表2025年怎么填",
        "我们叫停了报表",
        "我是高工业增速",
    ],
)
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert covered(text) == text


def test_the_original_is_sealed_and_others_see_the_mask(desk: World) -> None:
    ask(desk, f"我叫张三，电话{PHONE}，停产了还要报表吗", contact="a@example.com", agreed="true")
    with desk.desk.store.read() as connection:
        (row,) = questions.listed(connection)
    assert row.text == "我叫［姓名］，电话［号码］，停产了还要报表吗"
    sealer = desk.desk.sealer("question")
    assert PHONE in sealer.open(row.original, row.secret)
    assert sealer.open(row.contact, row.secret) == "a@example.com"


FAULTS = {
    "too short": ({"text": "啊"}, "写清楚"),
    "too long": ({"text": "长" * 1001}, "最多 1000"),
    "no consent": ({"text": TEXT, "contact": "x@example.com"}, "勾选同意"),
    "no such topic": ({"text": TEXT, "topic": "天气"}, "选项"),
    "the trap": ({"text": TEXT, "site": "http://x"}, "空着"),
}


@pytest.mark.parametrize(("told", "said"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    desk: World, told: dict[str, str], said: str
) -> None:
    asker = desk.browser()
    stamp = fields(asker.get("/questions").text, "stamp")
    desk.clock.forward(seconds=10)
    for path in ("/questions/look", "/questions"):
        page = asker.post(path, data={"stamp": stamp, **told})
        assert page.status_code == 422
        assert said in page.text
        assert told["text"] in page.text


def test_a_form_that_is_filled_at_once_or_has_no_stamp_is_not_taken(desk: World) -> None:
    asker = desk.browser()
    stamp = fields(asker.get("/questions").text, "stamp")
    desk.clock.forward(seconds=2)
    assert "太快" in asker.post("/questions", data={"text": TEXT, "stamp": stamp}).text
    assert "不完整" in asker.post("/questions", data={"text": TEXT, "stamp": "erfunden"}).text
    desk.clock.forward(days=2)
    assert "太久" in asker.post("/questions", data={"text": TEXT, "stamp": stamp}).text
    with desk.desk.store.read() as connection:
        assert questions.counted(connection) == {}


def test_one_address_asks_five_times_in_ten_minutes(desk: World) -> None:
    for _ in range(5):
        ask(desk)
    asker = desk.browser()
    told = {"text": TEXT, "stamp": fields(asker.get("/questions").text, "stamp")}
    desk.clock.forward(seconds=10)
    page = asker.post("/questions", data=told)
    assert page.status_code == 429
    assert TEXT in page.text
    desk.clock.forward(minutes=11)
    assert asker.post("/questions", data=told).status_code == 200


def test_sent_twice_it_is_one_question(desk: World) -> None:
    asker = desk.browser()
    form = asker.get("/questions").text
    told = {"text": TEXT, "stamp": fields(form, "stamp"), "once": fields(form, "once")}
    desk.clock.forward(seconds=10)
    first, second = (asker.post("/questions", data=told).text for _ in range(2))
    assert first == second
    with desk.desk.store.read() as connection:
        assert questions.counted(connection) == {"new": 1}


def test_only_number_and_word_together_show_a_question(desk: World) -> None:
    mine = ask(desk)
    nobody = desk.browser()
    assert TEXT in nobody.get(f"/questions/{mine.number}?key={mine.key}").text
    typed = {"number": f" {mine.number}", "key": mine.key.lower().replace("-", " ")}
    assert TEXT in nobody.post("/questions/follow", data=typed).text
    wrong = nobody.get(f"/questions/{mine.number}?key=AAAA-BBBB-CCCC-DDDD")
    nothing = nobody.get("/questions/2026-99999?key=AAAA-BBBB-CCCC-DDDD")
    assert (wrong.status_code, nothing.status_code) == (404, 404)
    assert TEXT not in wrong.text
    assert wrong.text.replace(mine.number, "") == nothing.text.replace("2026-99999", "")
    codes = [nobody.get(f"/questions/{mine.number}?key=X{n}").status_code for n in range(12)]
    assert codes[-1] == 429
    assert TEXT in nobody.get(f"/questions/{mine.number}?key={mine.key}").text
    told = nobody.get(f"/api/questions/{mine.number}", headers={"x-key": mine.key}).json()
    assert (told["number"], told["state"], told["said"]) == (mine.number, "new", "待分办")


# --- the way of a question ------------------------------------------------------------------------


def test_from_the_desk_to_the_asker(desk: World) -> None:
    mine, who = ask(desk), staff(desk)
    answered(desk, who, 1)
    asker = desk.browser()
    seen = asker.get(f"/questions/{mine.number}?key={mine.key}").text
    assert ANSWER["short"] in seen
    assert "工业统计处" in seen
    rated = asker.post(f"/questions/{mine.number}/rate", data={"key": mine.key, "helped": "true"})
    assert "您说：有用" in rated.text
    with desk.desk.store.read() as connection:
        row = questions.find(connection, 1)
        acted = [r.act for r in audit.newest(connection, 50) if r.subject == "question:1"]
        assert list(audit.broken(connection)) == []
    assert row is not None
    assert (row.state, row.helped) == ("closed", "yes")
    assert acted[::-1] == [f"question.{v}" for v in ("ask", "dispatch", "accept", "submit", "approve", "rate")]  # fmt: skip


def test_nobody_reviews_what_they_wrote(desk: World) -> None:
    ask(desk)
    who = staff(desk)
    act(who.desk, 1, "dispatch", host="gyc", days=5)
    act(who.host, 1, "accept")
    act(who.other, 1, "answer", **ANSWER)  # a first draft by the colleague
    act(who.host, 1, "answer", **ANSWER, send="true")
    assert act(who.host, 1, "approve").status_code == 403
    assert act(who.other, 1, "approve").status_code == 403
    assert act(who.helper, 1, "approve").status_code in {403, 404}
    assert act(who.desk, 1, "approve").status_code == 303


def test_a_division_sees_and_does_its_own_alone(desk: World) -> None:
    ask(desk)
    who = staff(desk)
    act(who.desk, 1, "dispatch", host="gyc", days=5)
    assert who.helper.get("/desk/questions/1").status_code == 404
    assert TEXT not in who.helper.get("/desk/questions").text
    assert TEXT in who.host.get("/desk/questions").text
    assert TEXT in who.leader.get("/desk/questions/1").text
    assert act(who.helper, 1, "accept").status_code == 403
    assert act(who.leader, 1, "accept").status_code == 403
    assert act(who.desk, 1, "accept").status_code == 403
    assert act(who.host, 1, "dispatch", host="mlk", days=5).status_code == 403


def test_what_comes_at_the_wrong_time_or_too_late_is_said(desk: World) -> None:
    ask(desk)
    who = staff(desk)
    version = fields(who.desk.get("/desk/questions/1").text, "version")
    act(who.desk, 1, "dispatch", host="gyc", days=5)
    told = {"version": version, "why": "这段原因不能丢"}
    stale = who.desk.post("/desk/questions/1/refuse", data=told)
    assert stale.status_code == 409
    assert "别人改过" in stale.text
    assert "这段原因不能丢" in stale.text
    act(who.host, 1, "accept")
    late = act(who.host, 1, "accept")
    assert late.status_code == 409
    assert "办理中" in late.text


WRONG = {
    "no such division": ("dispatch", {"host": "erfunden", "days": 5}),
    "no reason": ("refuse", {"why": " "}),
    "into itself": ("merge", {"into": "2026-00001"}),
    "too many days": ("dispatch", {"host": "gyc", "days": 61}),
    "not inside": ("carry", {}),
}


@pytest.mark.parametrize(("verb", "told"), WRONG.values(), ids=WRONG)
def test_wrong_input_changes_nothing(desk: World, verb: str, told: dict[str, object]) -> None:
    ask(desk)
    who = staff(desk)
    assert act(who.desk, 1, verb, **told).status_code in {409, 422}
    with desk.desk.store.read() as connection:
        row = questions.find(connection, 1)
    assert row is not None
    assert (row.state, row.version) == ("new", 1)


def test_handing_back_keeps_the_deadline_and_the_reason(desk: World) -> None:
    ask(desk)
    who = staff(desk)
    act(who.desk, 1, "dispatch", host="mlk", days=3)
    with desk.desk.store.read() as connection:
        first = questions.find(connection, 1)
    gone = act(who.helper, 1, "back", why="这是工业处的事")
    assert gone.headers["location"] == "/desk/questions"
    assert "这是工业处的事" in who.desk.get("/desk/questions/1").text
    act(who.desk, 1, "dispatch", host="gyc", days=5)
    with desk.desk.store.read() as connection:
        row = questions.find(connection, 1)
        parts = {p.division for p in questions.parts_of(connection, 1)}
    assert first is not None
    assert row is not None
    assert (row.state, row.host, row.first_due) == ("sent", "gyc", first.due)
    assert parts == {"gyc"}


def test_joint_work_is_a_thread_of_contributions(desk: World) -> None:
    ask(desk)
    who = staff(desk)
    act(who.desk, 1, "dispatch", host="gyc", days=5)
    act(who.host, 1, "escalate", helper=["mlk", "fwc"], why="名录和工业口径不一致")
    assert act(who.helper, 1, "join").status_code == 303
    assert act(who.helper, 1, "contribute", said="名录库以登记为准").status_code == 303
    assert "名录库以登记为准" in who.host.get("/desk/questions/1").text
    act(who.host, 1, "answer", **ANSWER, send="true")
    act(who.other, 1, "reject", why="口径说反了")
    with desk.desk.store.read() as connection:
        row = questions.find(connection, 1)
    assert row is not None
    assert row.state == "joint"


def test_merged_questions_share_one_answer(desk: World) -> None:
    first, second, who = ask(desk), ask(desk, "工厂停产，表还报不报呢"), staff(desk)
    assert act(who.desk, 2, "merge", into=first.number).status_code == 303
    asker = desk.browser()
    no = asker.post(f"/questions/{first.number}/withdraw", data={"key": first.key})
    assert no.status_code == 409
    answered(desk, who, 1)
    seen = asker.get(f"/questions/{second.number}?key={second.key}").text
    assert ANSWER["short"] in seen
    assert "合在一起答复" in seen


def test_asked_again_once(desk: World) -> None:
    mine, who = ask(desk), staff(desk)
    answered(desk, who, 1)
    asker = desk.browser()
    told = {"key": mine.key, "why": f"还是不懂，请打{PHONE}"}
    assert "办理中" in asker.post(f"/questions/{mine.number}/reopen", data=told).text
    thread = who.host.get("/desk/questions/1").text
    assert "还是不懂" in thread
    assert PHONE not in thread
    act(who.other, 1, "answer", **ANSWER | {"short": "再答一次。"}, send="true")
    assert act(who.host, 1, "approve").status_code == 403  # wrote the first answer
    assert act(who.desk, 1, "approve").status_code == 303
    assert "再答一次" in asker.get(f"/questions/{mine.number}?key={mine.key}").text
    assert asker.post(f"/questions/{mine.number}/reopen", data=told).status_code == 409


def test_withdrawing_erases_at_once(desk: World) -> None:
    mine = ask(desk, f"停产要报表吗，电话{PHONE}", contact="a@example.com", agreed="true")
    page = desk.browser().post(f"/questions/{mine.number}/withdraw", data={"key": mine.key})
    assert "已撤回" in page.text
    with desk.desk.store.read() as connection:
        (row,) = questions.listed(connection)
    assert (row.contact, row.original, row.consent) == ("", "", 0)


def test_what_was_kept_long_enough_is_erased(desk: World) -> None:
    ask(desk, contact="a@example.com", agreed="true")
    desk.clock.forward(days=364)
    assert timely.forget_old(desk.desk) == 0
    desk.clock.forward(days=2)
    assert timely.forget_old(desk.desk) == 1
    assert timely.forget_old(desk.desk) == 0
    with desk.desk.store.read() as connection:
        (row,) = questions.listed(connection)
        assert list(audit.broken(connection)) == []
    assert row.contact == ""
    assert row.text == TEXT


# --- time -----------------------------------------------------------------------------------------


def test_deadlines_count_working_days() -> None:
    friday = calendar.moment_of(date(2026, 9, 25))
    off = {f"2026-10-0{n}": False for n in range(1, 8)} | {"2026-09-27": True}
    assert calendar.day_of(calendar.due_in(friday, 1, {})) == date(2026, 9, 28)
    assert calendar.day_of(calendar.due_in(friday, 1, off)) == date(2026, 9, 27)
    assert calendar.day_of(calendar.due_in(friday, 5, off)) == date(2026, 10, 8)
    with pytest.raises(Stopped):
        calendar.due_in(friday, 0, {})


@pytest.mark.parametrize(
    ("at", "left"), [((2026, 9, 28), 4), ((2026, 10, 2), 0), ((2026, 10, 6), -2)]
)
def test_what_is_left_is_counted_so_too(at: tuple[int, int, int], left: int) -> None:
    due = calendar.moment_of(date(2026, 10, 2))
    assert calendar.left(calendar.moment_of(date(*at)), due, {}) == left


def test_days_that_differ_are_kept_and_wrong_ones_told(desk: World) -> None:
    who = staff(desk)
    wrong = who.desk.post("/desk/questions/days", data={"text": "2026-10-01 休\n2026-13-01 班"})
    assert wrong.status_code == 422
    assert "2026-13-01" in wrong.text
    who.desk.post("/desk/questions/days", data={"text": "2026-10-01 休\n2026-10-10 班"})
    with desk.desk.store.read() as connection:
        assert questions.days_all(connection) == {"2026-10-01": False, "2026-10-10": True}


def test_reminders_come_before_and_after_the_deadline_and_say_nothing(desk: World) -> None:
    ask(desk)
    who = staff(desk)
    act(who.desk, 1, "dispatch", host="gyc", days=3)
    assert timely.remind(desk.desk) == 0
    with desk.desk.store.read() as connection:
        row = questions.find(connection, 1)
    assert row is not None
    desk.clock.now = row.due - 86_400_000 // 2
    assert [timely.remind(desk.desk) for _ in range(3)] == [1, 0, 0]
    desk.clock.now = row.due + 1
    assert [timely.remind(desk.desk) for _ in range(3)] == [1, 0, 0]
    desk.clock.forward(days=1)
    assert [timely.remind(desk.desk) for _ in range(3)] == [1, 0, 0]
    assert "超期" in desk.signed("desk").get("/desk/questions?late=true").text
    with desk.desk.store.read() as connection:
        told = [
            r for u in people.find(connection) for r in outbox.of_user(connection, u.id, "page")
        ]
    assert {json.loads(r.body)["text"] for r in told} == {"您有一条待办"}
    assert not any(TEXT[:6] in r.body for r in told)


def test_what_is_answered_and_not_rated_is_closed_after_thirty_days(desk: World) -> None:
    ask(desk)
    answered(desk, staff(desk), 1)
    desk.clock.forward(days=29)
    assert timely.close_old(desk.desk) == 0
    desk.clock.forward(days=2)
    assert timely.close_old(desk.desk) == 1


# --- figures --------------------------------------------------------------------------------------


def test_figures_of_a_round_and_the_heat(desk: World) -> None:
    who = staff(desk)
    for _ in range(3):
        ask(desk, topic="报表填报", level="县", form="ｂ２０４－１ 表")
    ask(desk, topic="数据查询", level="公众")
    answered(desk, who, 1)
    act(who.desk, 2, "dispatch", host="mlk", days=1)
    desk.clock.forward(days=9)
    with desk.desk.store.read() as connection:
        rows = questions.between(connection, 0, desk.clock())
    total = figures.count(rows, desk.clock())
    assert (total.asked, total.answered, total.in_time, total.open, total.late) == (4, 1, 1, 3, 1)
    assert {d: c.asked for d, c in figures.by_division(rows, 0).items()} == {
        "": 2,
        "gyc": 1,
        "mlk": 1,
    }
    table = figures.heat(rows)
    assert [c.count for c in table["报表填报"]] == [0, 0, 3, 0, 0, 0, 0, 0, 3]
    assert table["报表填报"][2].shade == 4
    assert table["数据查询"][6].shade == 2
    assert [(f, c.count) for f, c in figures.forms(rows)] == [("B204-1", 3)]
    who = staff(desk)
    page = who.leader.get("/desk/questions/figures").text
    assert "提出 4 个" in page
    told = {"name": "2026年第四季度", "start": "2026-10-01", "end": "2026-12-31"}
    assert who.desk.post("/desk/questions/rounds", data=told).status_code == 303
    assert who.desk.post("/desk/questions/rounds", data=told).status_code == 409
    assert "2026年第四季度" in who.leader.get("/desk/questions/figures").text
    assert who.desk.get("/desk/questions/figures?start=quatsch").status_code == 422


# --- for the site ---------------------------------------------------------------------------------


def test_the_site_gets_what_a_reviewer_gave_it_and_nothing_of_the_asker(desk: World) -> None:
    ask(
        desk,
        f"我叫张三，电话{PHONE}，停产了还要报表吗",
        form="B204-1",
        contact="a@example.com",
        agreed="true",
    )
    ask(desk, "另一个不进网站的问题")
    who = staff(desk)
    answered(desk, who, 1, audience="public", slug="tingchan")
    answered(desk, who, 2)
    told = desk.browser().get("/questions/faq.json")
    (row,) = told.json()["questions"]
    assert (row["division"], row["slug"], row["audience"]) == ("gyc", "tingchan", "public")
    assert row["quote"] == ANSWER["quote"]
    assert not any(w in told.text for w in ("张三", PHONE, "example.com", "停产了还要"))


@pytest.mark.parametrize("told", [{"audience": "leader"}, {"audience": "public", "slug": "../x"}])
def test_a_wrong_audience_or_name_is_refused(desk: World, told: dict[str, str]) -> None:
    ask(desk)
    who = staff(desk)
    act(who.desk, 1, "dispatch", host="gyc", days=5)
    act(who.host, 1, "accept")
    act(who.host, 1, "answer", **ANSWER, send="true")
    assert act(who.other, 1, "approve", **told).status_code == 422


def test_two_answers_of_a_division_do_not_go_to_one_file(desk: World) -> None:
    ask(desk)
    ask(desk)
    who = staff(desk)
    answered(desk, who, 1, audience="public", slug="tingchan")
    act(who.desk, 2, "dispatch", host="gyc", days=5)
    act(who.host, 2, "accept")
    act(who.host, 2, "answer", **ANSWER, send="true")
    assert act(who.other, 2, "approve", audience="public", slug="tingchan").status_code == 409


@pytest.mark.parametrize("missing", ["quote", "cited"])
def test_half_a_source_is_none(desk: World, missing: str) -> None:
    ask(desk)
    who = staff(desk)
    act(who.desk, 1, "dispatch", host="gyc", days=5)
    act(who.host, 1, "accept")
    page = act(who.host, 1, "answer", **ANSWER | {missing: ""}, send="true")
    assert page.status_code == 422
    assert ANSWER["text"] in page.text


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_whole_way_on_both_databases(tmp_path: Path, house: House, kind: str) -> None:
    put = put_bundle(tmp_path / "bundle")
    with world(tmp_path / "data", database=house.fresh(kind), bundle=put) as found:
        mine, who = ask(found, contact="a@example.com", agreed="true"), staff(found)
        other = ask(found)
        act(who.desk, 2, "merge", into=mine.number)
        answered(found, who, 1, audience="public", slug="tingchan")
        asker = found.browser()
        for one in (mine, other):
            assert ANSWER["short"] in asker.get(f"/questions/{one.number}?key={one.key}").text
        again = {"key": mine.key, "why": "还是不明白"}
        assert "办理中" in asker.post(f"/questions/{mine.number}/reopen", data=again).text
        assert asker.get("/questions/faq.json").json()["questions"] == []
        found.clock.forward(days=400)
        assert timely.remind(found.desk) == 1
        assert timely.forget_old(found.desk) == 1
