"""`weike review …` as a person types it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from builder.approvals import make_key, open_key
from builder.approvals.records import read_log
from builder.cli import main as builder_main
from builder.model import BEIJING
from builder.review.cli import main
from tests.reviewers import CHEAP, PIN, STAFF, USUAL, people
from tests.sitefiles import ORGS, faq, write

FILES = {
    "faq/mlk/a.md": faq("甲文。", title="甲问"),
    "faq/mlk/b.md": faq("乙文。", title="乙问", audience="intranet", division="nbc"),
}


class Hand:
    """Types commands and keeps what came back."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        got = main(["review", *words, "--root", str(self.root)])
        told = self.capsys.readouterr()
        assert got == code, told
        return told.out + told.err

    def sign(self, verb: str, person: str, *words: str, code: int = 0) -> str:
        key, pin = self.root / "keys" / f"{person}.key", self.root / "keys" / "pin"
        return self(verb, *words, "--key", str(key), "--pin-file", str(pin), code=code)


@pytest.fixture
def hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Hand:
    keys = {name: make_key(name, PIN, CHEAP) for name, *_ in STAFF}
    signers = [open_key(data, PIN) for data in keys.values()]
    write(tmp_path, {"content/orgs.yml": ORGS + people(signers), **FILES})
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "pin").write_text(PIN + "\n", "utf-8")
    for name, data in keys.items():
        (tmp_path / "keys" / f"{name}.key").write_bytes(data)
    return Hand(tmp_path, capsys)


def test_from_a_fresh_tree_to_a_release(hand: Hand, capsys: pytest.CaptureFixture[str]) -> None:
    assert "未送审 4" in hand("list")
    for item in ("site:orgs", "site:config", "faq:mlk/a"):
        for step, person in USUAL:
            told = hand.sign("approve", person, item, "--step", step)
    assert "已批准，下次发布就有" in told
    assert "已批准 3，未送审 1" in hand("list").replace("未送审 1，已批准 3", "已批准 3，未送审 1")
    assert "12 条记录，0 条不算数，少了 0 行" in hand("verify")
    assert builder_main(["build", "--root", str(hand.root), "--release", "--jobs", "1"]) == 0
    told = "".join(capsys.readouterr())
    assert "“乙问”这次不进业务网版：没有送审" in told
    assert "这是发布版" in told
    assert (hand.root / "dist/internet/site/faq/mlk/a/index.html").is_file()
    assert not (hand.root / "dist/intranet/site/faq/mlk/b").exists()


def test_a_release_of_nothing_approved_is_refused(
    hand: Hand, capsys: pytest.CaptureFixture[str]
) -> None:
    assert builder_main(["build", "--root", str(hand.root), "--release"]) == 1
    assert "APR001" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="不能一起用"):
        builder_main(["build", "--root", str(hand.root), "--release", "--draft-media"])


def test_what_was_seen_can_be_named(hand: Hand) -> None:
    for step, person in USUAL:
        hand.sign("approve", person, "site:orgs", "--step", step)
    ids = hand("list", "--ids", "--step", "first").split()
    assert [i.partition("@")[0] for i in ids] == ["site:config", "faq:mlk/a", "faq:mlk/b"]
    (hand.root / "faq/mlk/b.md").write_text(faq("改过。", title="乙问"), "utf-8")
    told = hand.sign("approve", "sun", *ids, "--step", "first", code=1)
    assert "faq:mlk/a：初审通过" in told
    assert "请重新看一遍" in told
    assert len(read_log(hand.root, "faq:mlk/a").records) == 1
    assert len(read_log(hand.root, "faq:mlk/b").records) == 0


def test_everybody_sees_what_is_theirs_to_do(hand: Hand) -> None:
    assert hand("list", "--for", "sun", "--ids").startswith(
        "site:orgs@"
    )  # by the list as it lies there
    for step, person in USUAL:
        hand.sign("approve", person, "site:orgs", "--step", step)
    assert "共 3 项" in hand("list", "--for", "sun")
    assert "共 0 项" in hand("list", "--for", "zhao")
    assert "共 2 项" in hand("list", "--for", "li")  # division mlk alone, and the settings to all
    assert "没有 `nobody`" in hand("list", "--for", "nobody", code=1)


def test_show_tells_what_changed_and_what_is_wrong(hand: Hand) -> None:
    for item in ("site:orgs", "site:config", "faq:mlk/a"):
        for step, person in USUAL:
            hand.sign("approve", person, item, "--step", step, "--note", f"{step}的意见")
    (hand.root / "faq/mlk/a.md").write_text(
        faq("甲文改了。[坏](faq:mlk/wu)", title="甲问"), "utf-8"
    )
    told = hand("show", "faq:mlk/a")
    assert "-甲文。" in told
    assert "+甲文改了。" in told
    assert "REF003" in told
    assert "final的意见" in told
    assert "改好才能通过" in hand.sign("approve", "sun", "faq:mlk/a", "--step", "first", code=1)


def test_reject_withdraw_and_revoke(hand: Hand) -> None:
    for item in ("site:orgs", "site:config", "faq:mlk/a"):
        for step, person in USUAL:
            hand.sign("approve", person, item, "--step", step)
    (hand.root / "faq/mlk/a.md").write_text(faq("第二版。", title="甲问"), "utf-8")
    told = hand.sign("reject", "wang", "faq:mlk/a", "--step", "second", "--note", "没有依据")
    assert "旧版本照旧发布" in told
    rows = json.loads(hand("list", "--format", "json", "--state", "rejected"))
    assert [r["id"] for r in rows] == ["faq:mlk/a"]
    assert "列入删除计划" in hand.sign("withdraw", "zhao", "faq:mlk/a", "--reason", "有误")
    assert "已吊销" in hand.sign("revoke", "chen", "zhao", "--reason", "调离")
    told = hand.sign("approve", "zhao", "faq:mlk/b", "--step", "final", code=1)
    assert "轮到初审" in told
    hand.sign("approve", "sun", "faq:mlk/b", "--step", "first")
    assert "有效期" in hand.sign("approve", "zhao", "faq:mlk/b", "--step", "final", code=1)


def test_keygen_writes_once_and_for_its_owner(hand: Hand, tmp_path: Path) -> None:
    target = tmp_path / "keys" / "new.key"
    words = ("keygen", "new", "--out", str(target), "--pin-file", str(tmp_path / "keys" / "pin"))
    told = hand(*words)
    assert open_key(target.read_bytes(), PIN).public in told
    assert f'since: "{datetime.now(BEIJING).date().isoformat()}"' in told
    assert target.stat().st_mode & 0o077 == 0
    assert "不覆盖" in hand(*words, code=1)
    assert "只能用小写字母" in hand("keygen", "New", "--pin-file", str(tmp_path), code=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "faq:mlk/wu"), "没有编号是"),
        (("show", "../../etc/passwd"), "没有编号是"),
        (("approve", "faq:mlk/a", "--step", "first", "--key", "nowhere.key"), "读写出错"),
        (("approve", "faq:mlk/a", "--step", "first", "--key", "site_config.yml"), "不是密钥文件"),
    ],
)
def test_mistakes_get_a_sentence(
    hand: Hand, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hand.root)
    monkeypatch.setenv("WEIKE_PIN", PIN)
    told = hand(*words, code=1)
    assert said in told
    assert "Traceback" not in told
