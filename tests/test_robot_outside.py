"""Scripts for other robots within their limits, questions not answered in order, the verbs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from builder.kinds import BY_NAME
from builder.render.robot import exports
from builder.robot import learning
from builder.robot.cli import main
from builder.robot.engine import Robot
from builder.robot.package import Item, Package, dump
from builder.tokens import fold
from builder.yaml_source import parse
from tests.robot_world import DAY, own
from tests.sitefiles import faq, problems, write, yml
from tests.test_robot_engine import PACKAGE

BASE = "https://tjj.example.gov.cn/weike/"


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return {a.path: a.body for a in exports.exports(own(), BASE, DAY)}


def test_every_form_holds_every_answer(made: dict[str, bytes]) -> None:
    items = [i for i in own().items if i.answer and i.holds(DAY)]
    bot = json.loads(made["robot/wechat-bot.json"])
    assert [row["intent"] for row in bot["data"]] == [i.title for i in items]
    assert all(len(row["skill"]) <= 30 and row["answers"][0] for row in bot["data"])
    rows = list(csv.reader(io.StringIO(made["robot/wechat-bot.csv"].decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == [i.title for i in items]
    assert [row[3].split("##") if row[3] else [] for row in rows[1:]] == [
        row["questions"] for row in bot["data"]
    ]
    told = [q for row in bot["data"] for q in (row["intent"], *row["questions"])]
    assert len(told) == len(set(map(fold, told)))
    assert set(map(fold, told)) == {fold(q) for i in items for q in (i.title, *i.ask)}
    lines = [json.loads(line) for line in made["robot/items.jsonl"].decode().splitlines()]
    assert [(r["id"], r["answer"]) for r in lines] == [(i.id, i.answer) for i in items]
    spoken = [json.loads(line) for line in made["robot/spoken.jsonl"].decode().splitlines()]
    assert all(not set(row["answer"]) & set("%《》〔〕0123456789") for row in spoken)


def test_the_limits_of_a_knowledge_base(made: dict[str, bytes]) -> None:
    rows = json.loads(made["robot/wecom-kf.json"])
    assert len(rows) == sum(bool(i.answer and i.holds(DAY)) for i in own().items)
    for row in rows:
        assert len(row["question"]["text"]["content"]) <= 200
        assert len(row["similar_questions"]["items"]) <= 100
        assert len(row["answers"]) == 1
        assert 0 < len(row["answers"][0]["text"]["content"]) <= 500


@pytest.mark.parametrize(
    ("item", "key", "said"),
    [
        (Item("faq:x", "faq", "问" * 201, answer="答"), "title", "一个问题最多 200 字"),
        (Item("faq:x", "faq", "问", ("问" * 201,), "答"), "ask", "一个问题最多 200 字"),
        (
            Item("faq:x", "faq", "问", tuple(f"问{n}" for n in range(101)), "答"),
            "ask",
            "相似问法最多 100 条",
        ),
        (Item("faq:x", "faq", "问", answer="答" * 501), "answer", "回答连出处最多 500 字"),
        (Item("system:x#report-2", "system", "问", answer="答" * 501), "reports", "最多 500 字"),
    ],
)
def test_what_a_channel_can_not_hold_is_told(item: Item, key: str, said: str) -> None:
    package = Package("internet", items=(item,))
    (problem,) = exports.problems(package)
    assert (problem.code, problem.where.path) == (
        "ROB003",
        f"{item.id[:-9] if '#' in item.id else item.id}#{key}",
    )
    assert said in problem.message
    made = {a.path: a.body for a in exports.exports(package, BASE, DAY)}
    assert json.loads(made["robot/wecom-kf.json"]) == []


def test_an_address_is_whole_or_not_there() -> None:
    item = Item("faq:x", "faq", "问", answer="答" * 490, url="faq/mlk/x/")
    made = {a.path: a.body for a in exports.exports(Package("i", items=(item,)), BASE, DAY)}
    (row,) = json.loads(made["robot/wecom-kf.json"])
    assert row["answers"][0]["text"]["content"] == "答" * 490


def test_other_robots_get_what_holds_today_and_are_told_until_when() -> None:
    later = Item("faq:a", "faq", "明年的事", answer="还没到", start="2027-01-01")
    past = Item("faq:b", "faq", "去年的事", answer="过去了", to="2026-11-22")
    now = Item("faq:c", "faq", "今年的事", answer="现在", to="2026-12-31")
    package = Package("internet", items=(later, past, now))
    told = b"".join(a.body for a in exports.exports(package, BASE, DAY)).decode()
    assert "还没到" not in told
    assert "过去了" not in told
    assert told.count("到2026年12月31日有效") >= 5


def test_no_answer_says_that_it_is_unchecked() -> None:
    items = [i for i in own().items if i.kind == "indicator" or "#" in i.id]
    assert [i.id for i in items if "待核" in f"{i.answer}{i.title}{''.join(i.ask)}"] == []


def test_no_cell_is_a_formula() -> None:
    package = Package("internet", items=(Item("faq:x", "faq", "=1+1是多少", answer="+2"),))
    made = {a.path: a.body for a in exports.exports(package, BASE, DAY)}
    row = list(csv.reader(io.StringIO(made["robot/wechat-bot.csv"].decode("utf-8-sig"))))[1]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_rasa_reads_it(made: dict[str, bytes]) -> None:
    told: dict[str, Any] = {}
    for name in ("nlu", "domain", "rules"):
        node, said = parse(made[f"robot/rasa/{name}.yml"].decode(), name)
        assert node is not None, said
        told[name] = node.plain()
    intents = {row["intent"].removeprefix("faq/") for row in told["nlu"]["nlu"]}
    replies = {name.removeprefix("utter_faq/") for name in told["domain"]["responses"]}
    assert intents == replies
    assert len(intents) == sum(bool(i.answer and i.holds(DAY)) for i in own().items)


def test_rasa_reads_no_slot_into_an_answer() -> None:
    package = Package("i", items=(Item("faq:x", "faq", "问{a}", ("问[b](c)",), "填{名称}。"),))
    made = {a.path: a.body.decode() for a in exports.exports(package, BASE, DAY)}
    assert not set("{}") & set(made["robot/rasa/domain.yml"])
    assert not set("{}[]") & set(made["robot/rasa/nlu.yml"])


def test_a_page_of_questions(made: dict[str, bytes]) -> None:
    page = json.loads(made["robot/faqpage.json"])
    assert page["@type"] == "FAQPage"
    assert len(page["mainEntity"]) == sum(i.kind == "faq" and i.holds(DAY) for i in own().items)
    assert all(
        q["acceptedAnswer"]["text"] and q["url"].startswith(BASE) for q in page["mainEntity"]
    )


# --- what was not answered ------------------------------------------------------------------------


def lines(*texts: str, **more: str) -> list[str]:
    return [json.dumps({"text": text, **more}, ensure_ascii=False) for text in texts]


def test_questions_are_grouped() -> None:
    robot = Robot(PACKAGE)
    texts = ("报表晚交了罚钱吗", "报表晚交会罚多少钱", "医保怎么报销", "月球车几个轮子")
    found, bad = learning.read([*lines(*texts), "{", "[]", "", '{"text": 3}'])
    assert (len(found), bad) == (5, 2)
    groups = learning.grouped(found[:4], robot, DAY)
    assert [q.text for q in groups[0].questions] == list(texts[:2])
    assert (groups[0].advice, groups[0].near) == ("wording", "faq:a")
    advice = {g.questions[0].text: g.advice for g in groups}
    assert advice["医保怎么报销"] == "elsewhere"
    assert advice["月球车几个轮子"] == "new"
    text = learning.report(groups, bad)
    assert "`faq:a`" in text
    assert '  - "报表晚交了罚钱吗"' in text


# --- the verbs ------------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist" / "internet" / "robot"
    folder.mkdir(parents=True)
    (folder / "package.json").write_bytes(dump(PACKAGE))
    return tmp_path


def test_ask(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(built), "--now", f"{DAY}T09:00:00+08:00"]
    assert main(["ask", "报表晚交了要罚多少钱", "--debug", *root]) == 0
    assert "最高五万元" in capsys.readouterr().out
    assert main(["ask", "月亮上有什么", "--format", "json", *root]) == 2
    assert json.loads(capsys.readouterr().out)["kind"] == "unsure"
    assert main(["ask", "你好", "--root", str(built), "--now", "昨天"]) == 1
    assert "--now 要写成" in capsys.readouterr().err


@pytest.mark.parametrize("spoil", ["none", "changed"])
def test_ask_without_a_package(built: Path, spoil: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = built / "dist" / "internet" / "robot" / "package.json"
    if spoil == "none":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes().replace("五万".encode(), "六万".encode()))
    assert main(["ask", "你好", "--root", str(built)]) == 1
    assert "生成" in (said := capsys.readouterr().err) or "build" in said


def test_report(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = built / "a.jsonl"
    file.write_text("\n".join(lines("报表晚交了罚钱吗", verdict="bad", hit="faq:b")), "utf-8")
    out = built / "报告.md"
    assert main(["robot", "report", str(file), "--root", str(built), "--save", str(out)]) == 0
    assert "1 个问题" in out.read_text("utf-8")
    file.write_bytes(b"\xff\xfe\xff")
    assert main(["robot", "report", str(file), "--root", str(built)]) == 1
    assert "UTF-8" in capsys.readouterr().err


# --- scripts and dialogues as authors write them --------------------------------------------------

STEP = {"id": "a", "say": "问", "choices": [{"text": "是", "to": "b"}]}
END = {"id": "b", "say": "完"}


@pytest.mark.parametrize(
    ("path", "keys", "said"),
    [
        ("a", {}, "话术是空的"),
        ("a", {"same": [["甲", "乙"]], "valid": {"to": "2026-12-31"}}, "话术没有有效期"),
        ("a", {"talks": [{"say": "你好"}]}, "talks 第 1 条没有写 ask"),
        ("a", {"elsewhere": [{"topic": "医保", "who": "医保部门"}]}, "elsewhere 第 1 条没有写 ask"),
        ("a", {"refusals": [{"title": "t", "say": "s", "ask": ["q"], "link": "faq:no"}]}, "不存在"),
        ("flows/a", {"steps": [STEP, END, {"id": "c", "say": "x"}]}, "`c` 步走不到"),
        ("flows/a", {"steps": [STEP, {"id": "a", "say": "x"}]}, "同一个 id"),
        ("flows/a", {"steps": [{**STEP, "choices": [{"text": "是", "to": "x"}]}, END]}, "没有这一步"),
        (
            "flows/a",
            {"steps": [{"id": "a", "say": "x", "unit": "人", "bounds": [{"to": "b", "least": 3}]}, END]},
            "最后一条不写 least",
        ),
        (
            "flows/a",
            {
                "steps": [
                    {
                        "id": "a",
                        "say": "x",
                        "unit": "人",
                        "bounds": [{"to": "b", "least": 3}, {"to": "b", "least": 5}, {"to": "b"}],
                    },
                    END,
                ]
            },
            "没有从大到小排",
        ),
        ("flows/a", {"steps": [{"id": "a", "say": "x", "bounds": [{"to": "b"}]}, END]}, "没有写 unit"),
        ("flows/a", {"steps": [STEP, {**END, "links": ["faq:no"]}]}, "不存在"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path: Path, path: str, keys: dict[str, Any], said: str) -> None:
    write(tmp_path, {f"content/robot/{path}.yml": yml(**keys), "faq/mlk/a.md": faq()})
    found = [p for p in problems(tmp_path) if p.severity.name == "ERROR"]
    assert any(said in p.message for p in found), found


def test_scripts_have_no_page() -> None:
    assert not BY_NAME["script"].page
    assert not BY_NAME["dialogue"].page
    assert BY_NAME["dialogue"].needs_source
