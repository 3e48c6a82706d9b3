"""What a service took in becomes files; packages between the zones hold only what they may."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import weike
from builder.indicators.document import FORMAT, PATH
from builder.keys import Signer, make_key, open_key
from service import packages, pulling
from service.intake.known import AUDIENCES
from service.packages import Rejected, Trusted
from service.questions import exchange, writing
from service.store import parcels, questions
from tests.questions_world import ANSWER, act, answered, ask, put_bundle, staff
from tests.service_bundle import bundle
from tests.service_world import START, World, world

NO_NUMBERS = json.dumps(
    {"format": FORMAT, "home": "", "nation": "", "targets": {}}
    | {k: [] for k in ("regions", "indicators", "templates", "rules", "relations", "bounds")}
).encode()
ROW: dict[str, Any] = {
    "number": "2026-00001", "edition": 1, "division": "gyc", "slug": "tingchan", "audience": "public",
    "title": "停产了还要报吗？", "short": "要报，填 0。", "text": "停产期间照报。", "cited": "《制度》",
    "quote": "停产企业应当继续报送。", "link": "https://example.gov.cn/a", "form": "B204-1", "level": "企业",
    "topic": "报表填报", "checked": "2026-11-18",
}  # fmt: skip


@pytest.fixture(scope="module")
def signer() -> Signer:
    return open_key(make_key("测试", "geheim", 2), "geheim")


def trusted(signer: Signer, **more: Any) -> list[Trusted]:
    told: dict[str, Any] = {"sender": "inside", "streams": ("faq", "answered")}
    return [Trusted(signer.public, **(told | more))]


# --- packages -------------------------------------------------------------------------------------


def test_a_package_is_read_as_it_was_packed(signer: Signer) -> None:
    data = packages.pack(signer, "inside", "faq", 3, [ROW, {"a": "\u2028"}], START)
    told, rows = packages.unpack(data, trusted(signer), "faq", START + 1)
    assert (told.sender, told.sequence, rows) == ("inside", 3, [ROW, {"a": "\u2028"}])
    packages.fresh(told, 2)
    with pytest.raises(Rejected, match="收过了"):
        packages.fresh(told, 3)


@pytest.mark.parametrize("place", range(0, 1000, 37))
def test_a_package_changed_anywhere_is_not_taken(signer: Signer, place: int) -> None:
    data = bytearray(packages.pack(signer, "inside", "faq", 3, [ROW], START))
    data[place % len(data)] ^= 1
    with pytest.raises(Rejected):
        packages.unpack(bytes(data), trusted(signer), "faq", START)


def test_a_package_cut_off_or_longer_is_not_taken(signer: Signer) -> None:
    data = packages.pack(signer, "inside", "faq", 3, [ROW, ROW], START)
    for wrong in (data[:-1], data[: len(data) // 2], data + b"{}\n", data + data, b"", b"\n\n"):
        with pytest.raises(Rejected):
            packages.unpack(wrong, trusted(signer), "faq", START)


REFUSED: dict[str, Callable[[Signer], tuple[list[Trusted], str, int]]] = {
    "不认识": lambda s: ([], "faq", START),
    "吊销": lambda s: (trusted(s, revoked=True), "faq", START),
    "不能签": lambda s: (trusted(s, streams=("answered",)), "faq", START),
    "不能签|发送方": lambda s: (trusted(s, sender="outside"), "faq", START),
    "密钥不能": lambda s: (trusted(s), "answered", START),
    "时钟": lambda s: (trusted(s), "faq", START - 3_600_000),
    "过期": lambda s: (trusted(s), "faq", START + 31 * 86_400_000),
}


@pytest.mark.parametrize("said", REFUSED)
def test_who_may_sign_what_and_when(signer: Signer, said: str) -> None:
    data = packages.pack(signer, "inside", "faq", 3, [ROW], START)
    with pytest.raises(Rejected, match=said):
        packages.unpack(data, *REFUSED[said](signer))


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture
def given(tmp_path: Path, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a package and the list of keys; the clock stands."""
    monkeypatch.setattr("service.pulling.time.time_ns", lambda: START * 1_000_000)
    (tmp_path / "state").mkdir()
    keys = f'[[key]]\nkey = "{signer.public}"\nsender = "inside"\nstreams = ["faq"]\n'
    (tmp_path / "state" / "trusted-services.toml").write_text(keys)
    return tmp_path


def pull(root: Path, signer: Signer, row: dict[str, Any], number: int, *more: str) -> int:
    (root / "a.rows").write_bytes(packages.pack(signer, "inside", "faq", number, [row], START))
    told = ["--from", str(root / "a.rows"), "--root", str(root), "--state", str(root / "state")]
    return pulling.main(["pull", "questions", *told, *more])


def test_an_answer_becomes_a_file_that_the_builder_takes(
    given: Path, signer: Signer, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from builder.kinds import BY_NAME
    from builder.yaml_source import parse

    assert pull(given, signer, ROW, 1) == 0
    text = (given / "faq/gyc/tingchan.md").read_text("utf-8")
    _, front, body = text.split("---\n", 2)
    node, problems = parse(front, "faq/gyc/tingchan.md")
    assert node is not None
    assert problems == []
    model: Any = BY_NAME["faq"].schema.model_validate(node.plain())
    assert (model.division, model.audience, model.title) == ("gyc", "public", ROW["title"])
    assert model.sources[0].quote == ROW["quote"]
    assert body.strip() == ROW["text"]
    assert "git add faq/gyc/tingchan.md" in capsys.readouterr().out


def test_pulled_again_nothing_changes_and_what_people_changed_stays(
    given: Path, signer: Signer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull(given, signer, ROW, 1) == 0
    file = given / "faq/gyc/tingchan.md"
    first = file.read_bytes()
    assert pull(given, signer, ROW, 1) == 0
    assert "1 个和原来一样" in capsys.readouterr().out
    assert pull(given, signer, ROW | {"edition": 2, "short": "照报。"}, 2) == 0
    assert "照报。" in file.read_text("utf-8")
    assert pull(given, signer, ROW, 1) == 1  # the older package
    assert file.read_bytes() != first
    file.write_text(file.read_text("utf-8") + "编辑补的一句。\n")
    assert pull(given, signer, ROW | {"edition": 3}, 3) == 1
    assert "编辑补的一句" in file.read_text("utf-8")
    assert "没有动" in capsys.readouterr().err
    assert pull(given, signer, ROW | {"number": "2026-00009"}, 4) == 1


def test_a_patch_does_the_same(given: Path, signer: Signer, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(given)], check=True)
    for number, short in ((1, "要报，填 0。"), (2, "改过的答案。")):
        row = ROW | {"short": short, "edition": number}
        assert pull(given, signer, row, number, "--patch", str(given / "p.patch")) == 0
        subprocess.run(["git", "-C", str(given), "apply", "p.patch"], check=True)
        assert (given / "faq/gyc/tingchan.md").read_text("utf-8") == writing.page(
            writing.Row(**{k: v for k, v in row.items() if k != "topic"})
        )


def test_without_a_source_it_says_so(given: Path, signer: Signer) -> None:
    assert pull(given, signer, ROW | {"cited": "", "quote": "", "link": ""}, 1) == 0
    text = (given / "faq/gyc/tingchan.md").read_text("utf-8")
    assert "待核" in text.split("---\n")[1]
    assert "出处待核" in text.split("---\n")[2]
    assert "sources:" not in text


WRONG = {
    "a way out": {"division": "..", "slug": "x"},
    "a path": {"slug": "a/b"},
    "an audience with a line": {"audience": "public\ntitle: x"},
    "no text": {"text": ""},
    "a link that is none": {"link": "javascript:x"},
}


@pytest.mark.parametrize("told", WRONG.values(), ids=WRONG)
def test_a_wrong_row_writes_nothing(given: Path, signer: Signer, told: dict[str, str]) -> None:
    assert pull(given, signer, ROW | told, 1) == 1
    assert not (given / "faq").exists()


def test_words_can_not_leave_their_line(given: Path, signer: Signer) -> None:
    evil = 'x"\naudience: leader\nevil: "'
    assert pull(given, signer, ROW | {"title": evil, "short": evil, "quote": evil}, 1) == 0
    front = (given / "faq/gyc/tingchan.md").read_text("utf-8").split("---\n")[1]
    assert front.count("audience:") == 4
    assert [x for x in front.splitlines() if x.startswith(("evil", "audience"))] == [
        "audience: public"
    ]


def test_pull_goes_to_the_service_for_what_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[list[str]] = []

    def ours(argv: list[str]) -> int:
        went.append(argv)
        return 0

    monkeypatch.setattr("service.pulling.main", ours)
    monkeypatch.setattr("publish.cli.main", lambda argv: 7)
    machine = weike.Machine()
    assert weike.dispatch(["pull", "questions", "--url", "x"], machine) == 0
    assert weike.dispatch(["pull", "inbox"], machine) == 7
    assert went == [["pull", "questions", "--url", "x"]]


def test_pulling_questions_needs_none_of_the_services_packages() -> None:
    """An author's machine has the base packages alone."""
    words = (
        "import sys, service.pulling; "
        "bad = {'fastapi', 'sqlalchemy', 'starlette', 'limits', 'argon2'} & set(sys.modules); "
        "assert not bad, bad"
    )
    subprocess.run([weike.Machine().interpreter, "-c", words], check=True, cwd=weike.ROOT)


@pytest.mark.parametrize("what", ["snapshots", "live", "contest", "templates"])
def test_what_lies_in_the_database_is_pulled_on_its_machine(
    tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A service where nothing came in has nothing to write; without settings it is said what lacks."""
    put = bundle(
        tmp_path / "bundle",
        more={PATH: NO_NUMBERS, AUDIENCES: b'{"audiences": {"public": {"public": true}}}'},
    )
    with world(tmp_path / "data", bundle=put):
        file = tmp_path / "s.toml"
        file.write_text(f'data = "{tmp_path / "data"}"\nbundle = "{put}"\n')
        told = ["pull", what, "--root", str(tmp_path / "content")]
        assert pulling.main(told) == 1
        assert "--settings" in capsys.readouterr().err
        assert pulling.main([*told, "--settings", str(file)]) == 0
        assert "没有要写的" in capsys.readouterr().out


# --- between the zones ----------------------------------------------------------------------------


@pytest.fixture
def zones(tmp_path: Path) -> Iterator[tuple[World, World]]:
    put = put_bundle(tmp_path / "bundle")
    with (
        world(tmp_path / "out", "internet", bundle=put) as out,
        world(tmp_path / "in", "intranet", bundle=put) as inside,
    ):
        yield out, inside


def test_a_question_goes_inside_and_its_answer_comes_home(
    zones: tuple[World, World], signer: Signer
) -> None:
    out, inside = zones
    secret = "13912345678"
    mine = ask(out, f"我叫张三，{secret}，停产报不报", contact="a@example.com", agreed="true")
    there = staff(out)
    assert act(there.desk, 1, "carry").status_code == 303
    parcel = exchange.make(out.desk, signer, "asked")
    assert not any(w.encode() in parcel for w in ("张三", secret, "example.com"))
    keys = trusted(signer, sender="outside", streams=("asked",))
    assert exchange.take(inside.desk, parcel, keys) == (1, 1)
    with pytest.raises(Rejected, match="收过了"):
        exchange.take(inside.desk, parcel, keys)
    assert exchange.take(inside.desk, exchange.make(out.desk, signer, "asked"), keys) == (1, 0)
    who = staff(inside)
    answered(inside, who, 1)
    back = exchange.make(inside.desk, signer, "answered")
    assert exchange.take(out.desk, back, trusted(signer)) == (1, 1)
    asker = out.browser()
    assert ANSWER["short"] in asker.get(f"/questions/{mine.number}?key={mine.key}").text
    told = {"key": mine.key, "why": "还有一点不明白"}
    assert "转业务网" in asker.post(f"/questions/{mine.number}/reopen", data=told).text
    assert exchange.take(out.desk, exchange.make(inside.desk, signer, "answered"), trusted(signer)) == (1, 0)  # fmt: skip
    assert exchange.take(inside.desk, exchange.make(out.desk, signer, "asked"), keys) == (1, 1)
    act(who.host, 1, "answer", **ANSWER | {"short": "第二次的答复。"}, send="true")
    assert act(who.desk, 1, "approve").status_code == 303
    again = exchange.make(inside.desk, signer, "answered")
    assert exchange.take(out.desk, again, trusted(signer)) == (1, 1)
    assert "第二次的答复" in asker.get(f"/questions/{mine.number}?key={mine.key}").text


def test_a_package_with_one_wrong_row_changes_nothing(
    zones: tuple[World, World], signer: Signer
) -> None:
    _, inside = zones
    rows = [
        {"number": "2026-00001", "made": 1, "text": "好的问题"},
        {"number": "x", "made": 1, "text": "y"},
    ]
    parcel = packages.pack(signer, "outside", "asked", 1, rows, START)
    keys = trusted(signer, sender="outside", streams=("asked",))
    with pytest.raises(Rejected, match="number"):
        exchange.take(inside.desk, parcel, keys)
    with inside.desk.store.read() as connection:
        assert questions.counted(connection) == {}
        assert parcels.last(connection, "in", "outside", "asked") == 0


def test_each_side_makes_its_own_packages_alone(zones: tuple[World, World], signer: Signer) -> None:
    out, inside = zones
    for one, stream in ((out, "answered"), (inside, "asked")):
        with pytest.raises(Rejected, match="不做"):
            exchange.make(one.desk, signer, stream)


def test_keys_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "k.toml"
    for wrong in ("= =", "[[key]]\nkey = 1\n", "key = 3", '[[key]]\nsender = "a"\n'):
        file.write_text(wrong)
        with pytest.raises(Rejected):
            packages.load_trusted(file)
    with pytest.raises(Rejected):
        packages.load_trusted(tmp_path / "keine.toml")
