"""`weike snapshot` and `weike seal` from the tables of a division to what everybody may look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.indicators.snapshots import parse
from tests.numbers_site import AT, HEAD, LATE, RELEASE, Site, site

__all__ = ["site"]
Out = pytest.CaptureFixture[str]
AUGUST = [("cpi", "同比", "990000", "2026-08", "5.1"), ("cpi", "yoy", "990100", "2026-08", "——")]
SEPTEMBER = [("cpi", "yoy", "990000", "2026-09", "4.75"), ("cpi", "yoy", "990100", "2026-09", "持平")]  # fmt: skip


def released(site: Site, name: str = "cpi-2026-08") -> None:
    """A snapshot that is out, in the clear."""
    clock, site.clock = site.clock, LATE
    head = [w if w != AT else "2026-09-18T10:00:00+08:00" for w in HEAD]
    assert site.run("snapshot", "new", name, "--add", site.table(AUGUST), *head) == 0
    site.clock = clock


def test_what_is_not_due_is_sealed_at_once_and_never_lies_there_in_the_clear(
    site: Site, capsys: Out
) -> None:
    assert site.run("snapshot", "add", "cpi-2026-09", site.table(SEPTEMBER), *HEAD) == 0
    assert not site.snapshot("cpi-2026-09").exists()
    sealed = site.snapshot("cpi-2026-09", sealed=True).read_text("utf-8")
    assert "4.75" not in sealed
    assert json.loads(sealed)["release"] == AT
    assert site.run("seal", "open", "cpi-2026-09", key=True) == 1
    assert "不到时间" in capsys.readouterr().err
    site.clock = RELEASE
    assert site.run("seal", "open", "cpi-2026-09", key=True) == 0
    (block,) = parse(capsys.readouterr().out).blocks
    assert block.values.tolist() == [[4.75], [0.0]]
    assert block.marks == {(1, 0): "level"}


def test_a_clear_draft_lies_outside_until_it_is_sealed(site: Site, capsys: Out) -> None:
    draft, table = site.root.parent / "draft.json", site.table(SEPTEMBER)
    inside = site.root / "draft.json"
    assert site.run("snapshot", "add", "c", table, *HEAD, "--clear", str(inside)) == 1
    assert site.run("snapshot", "add", "c", table, *HEAD, "--clear", str(draft)) == 0
    assert site.run("seal", str(draft)) == 0
    assert not draft.exists()
    assert site.snapshot("c", sealed=True).is_file()
    assert "备份" in capsys.readouterr().out


def test_a_clear_file_that_git_has_seen_is_told(site: Site, capsys: Out) -> None:
    site.clock = RELEASE
    assert site.run("snapshot", "add", "cpi-2026-09", site.table(SEPTEMBER), *HEAD) == 0
    clear = site.snapshot("cpi-2026-09")
    site.clock = RELEASE.replace(hour=9)
    assert site.run("seal", str(clear), "--keep") == 1
    assert clear.exists()
    site.commit()
    capsys.readouterr()
    assert site.run("seal", str(clear)) == 0
    assert not clear.exists()
    said = capsys.readouterr().out
    assert "git 里存过" in said
    assert "泄露" in said


def test_what_is_due_is_not_sealed(site: Site, capsys: Out) -> None:
    draft = site.root.parent / "draft.json"
    assert site.run("snapshot", "add", "c", site.table(SEPTEMBER), *HEAD, "--clear", str(draft)) == 0  # fmt: skip
    site.clock = RELEASE
    assert site.run("seal", str(draft)) == 1
    assert "不用封" in capsys.readouterr().err
    assert draft.exists()


def test_before_its_hour_it_may_be_sealed_again_and_after_it_not(site: Site, capsys: Out) -> None:
    words = ["snapshot", "add", "c", site.table(SEPTEMBER), *HEAD]
    assert site.run(*words) == 0
    first = site.snapshot("c", sealed=True).read_bytes()
    assert site.run(*words) == 1
    assert "--again" in capsys.readouterr().err
    assert site.run(*words, "--again") == 0
    assert site.snapshot("c", sealed=True).read_bytes() != first
    draft = site.root.parent / "draft.json"
    later = [w if w != AT else "2026-12-18T10:00:00+08:00" for w in HEAD]
    assert site.run("snapshot", "add", "c", site.table(SEPTEMBER), *later, "--clear", str(draft)) == 0  # fmt: skip
    site.clock = RELEASE
    assert site.run("seal", str(draft), "--again") == 1
    assert "已经到了发布时间" in capsys.readouterr().err


def test_sealing_again_that_is_refused_leaves_the_sealed_file(site: Site, capsys: Out) -> None:
    words = ["snapshot", "add", "c", site.table(SEPTEMBER)]
    assert site.run(*words, *HEAD) == 0
    first = site.snapshot("c", sealed=True).read_bytes()
    telling = ["9 月价格涨4.75%" if word == "9 月价格" else word for word in HEAD]
    assert site.run(*words, *telling, "--again") == 1
    assert "4.75" in capsys.readouterr().err
    assert site.run(*words, *HEAD, "--again", "--to", "x25519:abc") == 1
    assert site.snapshot("c", sealed=True).read_bytes() == first


@pytest.mark.parametrize("title", ["增加值5,123.4亿元", "增加值约5123亿元", "增加值5 123亿元"])
def test_a_title_tells_no_number_however_it_is_spelled(site: Site, capsys: Out, title: str) -> None:
    table = site.table([("gdp", "value", "990000", "2026-09", "5123.4")])
    words = [title if word == "9 月价格" else word for word in HEAD]
    assert site.run("snapshot", "add", "c", table, *words) == 1
    assert "标题" in capsys.readouterr().err
    index = site.table([("gdp", "index", "990000", "2026-09", "100.3")], "index.csv")
    words = ["2026年9月指数（上年同期=100）" if word == "9 月价格" else word for word in HEAD]
    assert site.run("snapshot", "add", "c", index, *words) == 0


def test_a_number_cut_by_its_own_comma_is_refused(site: Site, capsys: Out) -> None:
    path = site.root.parent / "cut.csv"
    heads = "indicator,measure,region,period,value"
    for head in (heads, f"{heads},reason"):
        path.write_text(f"{head}\ngdp,value,990000,2026-09,1,234.5\n", "utf-8")
        assert site.run("snapshot", "add", "c", str(path), *HEAD) == 1
        assert "千分位" in capsys.readouterr().err
    path.write_text(f'{heads}\ngdp,value,990000,2026-09,"1,234.5",,\n', "utf-8")
    assert site.run("snapshot", "add", "c", str(path), *HEAD) == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [("gdp,value,990000", "时期"), (f"gdp,value,990000,2026-09,{'9' * 400}", "太大")],
)
def test_short_lines_and_endless_numbers_are_placed(
    site: Site, capsys: Out, line: str, said: str
) -> None:
    path = site.root.parent / "short.csv"
    path.write_text(f"indicator,measure,region,period,value\n{line}\n", "utf-8")
    assert site.run("snapshot", "add", "c", str(path), *HEAD) == 1
    assert said in capsys.readouterr().err


def test_a_file_of_another_encoding_is_no_snapshot(site: Site, capsys: Out) -> None:
    path = site.root.parent / "gbk.json"
    path.write_bytes('{"title": "价格"}'.encode("gbk"))
    assert site.run("seal", str(path)) == 1
    assert "UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("action", "rows", "more", "said"),
    [
        ("add", [("cpi", "yoy", "990000", "2026-08", "5.2")], [], "cpi-2026-08"),
        ("correct", [("cpi", "yoy", "990000", "2026-07", "5.2")], ["--reason", "核实修订"], "没有发布过"),
        ("correct", [("cpi", "yoy", "990000", "2026-08", "5.2")], [], "理由"),
        ("withdraw", [("cpi", "yoy", "990000", "2026-07", "")], ["--reason", "来源撤回"], "没有发布过"),
        ("add", [("cpi", "yoy", "990000", "2026-09", "5.2"), ("cpi", "yoy", "990000", "2026-09", "5.3")], [], "第 2 行"),
        ("add", [("cpi", "yoy", "990000", "2026-09", "5.2%")], [], "%"),
        ("add", [("cpi", "同比增", "990000", "2026-09", "5.2")], [], "同比增"),
        ("add", [("cpi", "yoy", "990000", "2026-9", "5.2")], [], "2026-9"),
        ("add", [("cpi", "yoy", "9900", "2026-09", "5.2")], [], "6 位"),
        ("add", [("cpi", "yoy", "990000", "2026-09", "…")], [], "不是数"),
        ("add", [("cpi", "yoy", "990000", "2026-09", "")], [], "一个数也没有"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_nothing_is_written(
    site: Site,
    capsys: Out,
    action: str,
    rows: list[tuple[str, ...]],
    more: list[str],
    said: str,
) -> None:
    released(site)
    there = sorted(site.root.rglob("*"))
    capsys.readouterr()
    assert site.run("snapshot", action, "cpi-2026-09", site.table(rows), *HEAD, *more) == 1
    assert said in capsys.readouterr().err
    assert sorted(site.root.rglob("*")) == there


def test_one_person_alone_makes_no_snapshot(site: Site, capsys: Out) -> None:
    head = [w if w != "乙" else "甲" for w in HEAD]
    assert site.run("snapshot", "add", "c", site.table(SEPTEMBER), *head) == 1
    assert "SNP006" in capsys.readouterr().err


def test_correct_and_withdraw_are_new_snapshots_and_the_old_stays(site: Site, capsys: Out) -> None:
    released(site)
    old = site.snapshot("cpi-2026-08").read_bytes()
    fix = site.table([("cpi", "yoy", "990000", "2026-08", "5.3", "", "普查后修订")], "fix.csv")
    out = site.table([("cpi", "yoy", "990100", "2026-08", "", "", "来源停报")], "out.csv")
    site.clock = LATE
    new = ["snapshot", "new", "xiuding-2026-10", "--correct", fix, "--withdraw", out, *HEAD]
    assert site.run(*new, "--add", site.table(SEPTEMBER)) == 0
    assert site.snapshot("cpi-2026-08").read_bytes() == old
    capsys.readouterr()
    assert site.run("snapshot", "show", "cpi", "--region", "990000") == 0
    now = capsys.readouterr().out
    assert site.run("snapshot", "show", "cpi", "--region", "990000", "--as-of", "cpi-2026-08") == 0
    then = capsys.readouterr().out
    assert "2026-08  5.3  xiuding-2026-10" in now
    assert "2026-08  5.1  cpi-2026-08" in then
    assert "2026-09" not in then
    assert site.run("snapshot", "diff", "cpi-2026-08", "xiuding-2026-10") == 0
    told = capsys.readouterr().out
    assert "990000 2026-08：5.1 → 5.3" in told
    assert "990100 2026-08：—— → 撤回" in told
    assert "990000 2026-09：没有 → 4.75" in told
    assert site.run("snapshot", "show", "xiuding-2026-10") == 0
    assert "普查后修订" in capsys.readouterr().out
    assert site.run("snapshot", "verify") == 0


def test_list_tells_every_state(site: Site, capsys: Out) -> None:
    released(site)
    assert site.run("snapshot", "add", "cpi-2026-09", site.table(SEPTEMBER), *HEAD) == 0
    capsys.readouterr()
    assert site.run("snapshot", "list", "--format", "json") == 0
    rows = {r["id"]: (r["state"], r["count"]) for r in json.loads(capsys.readouterr().out)}
    assert rows == {"cpi-2026-08": ("已发布", 2), "cpi-2026-09": ("封存", 0)}
    site.clock = LATE
    assert site.run("snapshot", "list") == 0
    assert "待开封" in capsys.readouterr().out


def test_nothing_is_shown_early_even_with_the_key(site: Site, capsys: Out) -> None:
    assert site.run("snapshot", "add", "cpi-2026-09", site.table(SEPTEMBER), *HEAD) == 0
    for words in (["show", "cpi"], ["show", "cpi-2026-09"], ["show", "cpi", "--as-of", AT]):
        assert site.run("snapshot", *words, key=True) == 1
    assert site.run("snapshot", "diff", "2026-10-01T00:00:00+08:00", AT, key=True) == 1
    told = capsys.readouterr()
    assert "4.75" not in told.out + told.err
    site.clock = RELEASE
    assert site.run("snapshot", "show", "cpi", key=True) == 0
    assert "4.75" in capsys.readouterr().out


def test_verify_with_the_key_judges_what_is_still_sealed(site: Site, capsys: Out) -> None:
    """Two divisions seal the same number; neither can see it, the release machine does before the hour."""
    later = [w if w != AT else "2026-10-20T10:00:00+08:00" for w in HEAD]
    assert site.run("snapshot", "add", "a", site.table(SEPTEMBER), *HEAD) == 0
    assert site.run("snapshot", "add", "b", site.table(SEPTEMBER), *later) == 0
    assert site.run("snapshot", "verify") == 0
    capsys.readouterr()
    assert site.run("snapshot", "verify", "--format", "json", key=True) == 1
    told = capsys.readouterr().out
    assert {p["code"] for p in json.loads(told)} == {"SNP005"}
    assert "4.75" not in told


def test_excel_of_old_and_of_another_kind(site: Site, capsys: Out) -> None:
    table = site.root.parent / "gbk.csv"
    table.write_bytes("指标,口径,地区,时期,数值\r\ncpi,同比,990000,2026-09,\"１,234.5\"\r\n".encode("gbk"))  # fmt: skip
    site.clock = LATE
    assert site.run("snapshot", "add", "c", str(table), *HEAD) == 0
    assert parse(site.snapshot("c").read_text("utf-8")).blocks[0].values.tolist() == [[1234.5]]
    table.write_bytes(b"PK\x03\x04")
    assert site.run("snapshot", "add", "d", str(table), *HEAD) == 1
    assert "Excel" in capsys.readouterr().err


def test_keygen_writes_a_key_outside_and_says_where_its_public_half_goes(
    site: Site, capsys: Out
) -> None:
    site.commit()
    inside, outside = site.root / "release.key", site.root.parent / "new.key"
    words = ["seal", "keygen", "--pin-file", str(site.pin)]
    assert site.run(*words, "--out", str(inside)) == 1
    assert not inside.exists()
    assert site.run(*words, "--out", str(outside)) == 0
    assert json.loads(outside.read_bytes())["public"] in capsys.readouterr().out
    assert outside.stat().st_mode & 0o077 == 0


def test_without_a_key_of_the_site_nothing_is_sealed(
    site: Site, capsys: Out, tmp_path: Path
) -> None:
    config = site.root / "site_config.yml"
    config.write_text(config.read_text("utf-8").partition("indicators:")[0], "utf-8")
    words = ["snapshot", "add", "c", site.table(SEPTEMBER), *HEAD]
    assert site.run(*words) == 1
    assert "keygen" in capsys.readouterr().err
    assert not site.snapshot("c", sealed=True).exists()
    assert site.run(*words, "--to", str(site.key)) == 0
    assert site.snapshot("c", sealed=True).exists()
