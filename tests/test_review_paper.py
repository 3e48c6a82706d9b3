"""The paper way: what people signed with a pen counts as they signed it, with the scan, or not at all."""

from __future__ import annotations

import argparse
import hashlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from builder.approvals import Record, Refused, Signer
from builder.approvals.records import append, log_path, read_log
from builder.approvals.scans import LOST, SCANS
from builder.build import build
from builder.keys import seal
from builder.problems import BuildFailed
from builder.release import approved
from builder.review import paper
from builder.review.cli import main
from builder.review.office import Hand
from builder.review.paper import countersign
from tests.reviewers import PIN, Bureau, bureau
from tests.sitefiles import NOW, contents, faq, picture

ITEM = "faq:mlk/a"
ALL = {"first": "sun", "second": "wang", "final": "zhao", "secrecy": "chen"}
PDF = b"%PDF-1.4\nscan of a form, signed by four people\n%%EOF\n"


@pytest.fixture
def house(tmp_path: Path) -> Bureau:
    """Settings are approved; the entry is not. 赵终 has no key: he signs on paper only."""
    made = bureau(tmp_path / "site", {"faq/mlk/a.md": faq("第一版 EINS。", title="甲问")})
    orgs = made.root / "content/orgs.yml"
    text = re.sub(r"(id: zhao.*?keys: )\[\{.*?\}\]", r"\1[]", orgs.read_text("utf-8"))
    orgs.write_text(text, "utf-8", newline="\n")
    steps = (("first", "sun"), ("second", "wang"), ("secrecy", "chen"), ("final", "qian"))
    made.approve("site:orgs", "site:config", steps=steps)
    assert not made.office.staff.people["zhao"].keys
    return made


def scan_of(house: Bureau, data: bytes = PDF, name: str = "scan.pdf") -> Path:
    path = house.root.parent / name
    path.write_bytes(data)
    return path


def enter(house: Bureau, **more: Any) -> list[Record]:
    """Enter a form of the entry as it is now; `more` changes what the clerk does."""
    words: dict[str, Any] = {
        "identity": ITEM,
        "clerk": house.signers["wen"],
        "version": house.office.item(ITEM).version[:16],
        "signers": ALL,
        "scan": house.root.parent / "scan.pdf",
    }
    if "scan" not in more:
        scan_of(house)
    return countersign(house.office, **(words | more))


def edit(house: Bureau, text: str) -> None:
    (house.root / "faq/mlk/a.md").write_text(text, "utf-8", newline="\n")


def out(house: Bureau) -> bytes:
    """Everything in a release of the internet edition; nothing when there can be none."""
    folder = house.root / "dist"
    build(house.root, folder, ["internet"], NOW, 1, release=approved(house.root, NOW))
    return b"\n".join(contents(folder / "internet").values())


def untouched(house: Bureau) -> bool:
    return not (house.root / log_path(ITEM)).exists()


# --- the way it goes ------------------------------------------------------------------------------


def test_a_form_signed_by_four_people_ends_in_a_release(house: Bureau) -> None:
    dates = dict.fromkeys(ALL, "2026-11-09")
    records = enter(house, notes={"final": "同意公开"}, dates=dates, change="第一次发布")
    assert {r.step: r.person for r in records} == ALL
    sha256 = hashlib.sha256(PDF).hexdigest()
    for record in records:
        assert record.paper == {"clerk": "wen", "scan": sha256, "file": f"{sha256}.pdf"}
        assert "纸质表 2026-11-09 签" in record.note
    assert "同意公开" in next(r.note for r in records if r.step == "final")
    assert (house.root / SCANS / f"{sha256}.pdf").read_bytes() == PDF
    assert house.office.item(ITEM).state == "approved"
    found = out(house)
    assert b"EINS" in found
    assert PDF not in found
    assert b"scans" not in found


def test_one_step_on_paper_and_the_others_by_key(house: Bureau) -> None:
    house.sign(ITEM, "first", "sun")
    house.sign(ITEM, "second", "wang")
    house.sign(ITEM, "secrecy", "chen")
    enter(house, signers={"final": "zhao"})
    assert house.office.item(ITEM).state == "approved"


def test_the_record_carries_the_time_of_entry(house: Bureau) -> None:
    before = house.clock.moment
    records = enter(house, dates={"first": "2026-01-05"})
    assert all(r.time >= before.isoformat(timespec="seconds") for r in records)
    assert read_log(house.root, ITEM).records == tuple(records)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_pictures_are_scans_too(house: Bureau, form: str) -> None:
    records = enter(house, scan=scan_of(house, picture(form), "scan.bin"))
    assert records[0].paper["file"].endswith({"JPEG": ".jpg", "PNG": ".png"}[form])


@pytest.mark.parametrize(
    "spell", [str, str.upper, lambda v: " ".join(v[i : i + 4] for i in range(0, 16, 4))]
)
def test_the_version_may_be_typed_as_it_is_printed(
    house: Bureau, spell: Callable[[str], str]
) -> None:
    enter(house, version=spell(house.office.item(ITEM).version))
    assert house.office.item(ITEM).state == "approved"


# --- what is refused leaves nothing behind --------------------------------------------------------


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"version": "0" * 16}, "表上的版本不是现在这一版"),
    ({"version": "abc"}, "至少 16 位"),
    ({"version": "甲" * 16}, "至少 16 位"),
    ({"identity": "faq:mlk/meiyou"}, "没有编号是"),
    ({"signers": {}}, "没有写谁签了"),
    ({"signers": {"fourth": "sun"}}, "没有 `fourth` 这一审"),
    ({"signers": ALL | {"final": "nobody"}}, "没有登记 `nobody`"),
    ({"signers": ALL | {"final": "wang"}}, "同一个人签了两审"),
    ({"signers": {"first": "wang"}}, "不能做这一审"),
    ({"signers": {"first": "wen"}}, "文书不能代录自己"),
    ({"signers": {"first": "sun", "final": "zhao"}}, "还差复审"),
    ({"signers": {"second": "wang"}}, "还差初审"),
    ({"notes": {"first": "好"}, "signers": {"secrecy": "chen"}}, "没有写是谁签的"),
    ({"dates": {"first": "11 月 9 日"}}, "读不懂"),
    ({"dates": {"first": "20261109"}}, "读不懂"),
    ({"dates": {"first": "2027-01-01"}}, "还没有到"),
    ({"dates": {"first": "2026-11-09", "final": "2026-11-08"}}, "在初审之前"),
]


@pytest.mark.parametrize(("change", "why"), REFUSED, ids=[w for _, w in REFUSED])
def test_what_a_clerk_can_do_wrong(house: Bureau, change: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=re.escape(why)):
        enter(house, **change)
    assert untouched(house)
    assert not (house.root / SCANS).exists()


SCANS_REFUSED: list[tuple[bytes, str]] = [
    (b"", "要是 PDF、JPEG 或 PNG"),
    (b"PK\x03\x04" + PDF, "要是 PDF、JPEG 或 PNG"),
    (b"%PDF-1.4\ncut off", "不完整"),
    (b"\x89PNG\r\n\x1a\nbroken", "打不开"),
    (b"\xff\xd8\xff\xe0broken", "打不开"),
    (picture("PNG", size=(400, 300))[:-600], "打不开"),
    (b"%PDF-" + b"x" * (20 * 1024 * 1024) + b"%%EOF", "超过 20 MB"),
]


@pytest.mark.parametrize(("data", "why"), SCANS_REFUSED, ids=range(len(SCANS_REFUSED)))
def test_a_scan_that_is_none(house: Bureau, data: bytes, why: str) -> None:
    with pytest.raises(Refused, match=re.escape(why)):
        enter(house, scan=scan_of(house, data))
    assert untouched(house)
    assert not (house.root / SCANS).exists()


def test_a_scan_of_too_many_pixels(house: Bureau) -> None:
    flood = io.BytesIO()
    Image.new("1", (10_000, 8_000)).save(flood, "PNG")
    with pytest.raises(Refused, match="像素太多"):
        enter(house, scan=scan_of(house, flood.getvalue()))


def test_a_scan_that_is_not_there(house: Bureau) -> None:
    with pytest.raises(Refused, match="读不出来"):
        enter(house, scan=house.root / "nowhere.pdf")


def test_only_a_clerk_enters_forms(house: Bureau) -> None:
    with pytest.raises(Refused, match="不是文书"):
        enter(house, clerk=house.signers["li"])
    assert untouched(house)


def test_a_clerk_whose_key_is_not_registered(house: Bureau, tmp_path: Path) -> None:
    from builder.approvals import make_key, open_key

    stranger: Signer = open_key(make_key("wen", PIN, 2), PIN)
    with pytest.raises(Refused, match="没有登记"):
        enter(house, clerk=stranger)


def test_a_form_of_an_older_version(house: Bureau) -> None:
    printed = house.office.item(ITEM).version
    edit(house, faq("改过了。", title="甲问"))
    with pytest.raises(Refused, match="重新出表"):
        enter(house, version=printed)


def test_errors_stop_a_form_too(house: Bureau) -> None:
    edit(house, faq("看[没有](faq:mlk/meiyou)。", title="甲问"))
    with pytest.raises(Refused, match="个错误，改好才能通过"):
        enter(house)
    assert untouched(house)


def test_a_form_is_entered_once(house: Bureau) -> None:
    enter(house)
    with pytest.raises(Refused, match="已经"):
        enter(house)
    assert len(read_log(house.root, ITEM).records) == 4


def test_who_took_a_step_by_key_can_not_sign_another_on_paper(house: Bureau) -> None:
    house.sign(ITEM, "first", "sun")
    house.sign(ITEM, "second", "qian")
    with pytest.raises(Refused, match="另一审"):
        enter(house, signers={"final": "qian"})


def test_another_line_meanwhile_leaves_all_or_nothing(house: Bureau) -> None:
    scan_of(house)
    office, version = house.office, house.office.item(ITEM).version
    hands = [Hand(step, person, "") for step, person in ALL.items()]
    about = {"clerk": "wen", "scan": hashlib.sha256(PDF).hexdigest()}
    about["file"] = f"{about['scan']}.pdf"
    records = office.on_paper(ITEM, hands, house.signers["wen"], version, about)
    house.sign(ITEM, "first", "li")
    (house.root / SCANS).mkdir(parents=True)
    (house.root / SCANS / about["file"]).write_bytes(PDF)
    with pytest.raises(Refused, match="别人也审了"):
        office.put(records)
    assert [r.person for r in read_log(house.root, ITEM).records] == ["li"]


def test_nothing_is_put_down_without_its_scan(house: Bureau) -> None:
    office, version = house.office, house.office.item(ITEM).version
    about = {"clerk": "wen", "scan": "0" * 64, "file": "0" * 64 + ".pdf"}
    hands = [Hand("first", "sun", "")]
    records = office.on_paper(ITEM, hands, house.signers["wen"], version, about)
    with pytest.raises(Refused, match=LOST):
        office.put(records)
    assert untouched(house)


# --- the scan is part of the record ---------------------------------------------------------------


def lose(house: Bureau) -> None:
    for path in (house.root / SCANS).iterdir():
        path.unlink()


def change(house: Bureau) -> None:
    for path in (house.root / SCANS).iterdir():
        path.write_bytes(path.read_bytes().replace(b"four", b"five"))


def rename(house: Bureau) -> None:
    for path in (house.root / SCANS).iterdir():
        path.rename(path.with_suffix(".png"))


@pytest.mark.parametrize("harm", [lose, change, rename])
def test_a_scan_that_is_gone_or_changed_voids_the_approval(
    house: Bureau, harm: Callable[[Bureau], None]
) -> None:
    enter(house)
    assert b"EINS" in out(house)
    harm(house)
    item = house.office.item(ITEM)
    assert {j.why for j in item.log} == {LOST}
    assert item.state == "new"
    assert b"EINS" not in out(house)


def test_a_scan_put_back_mends_it(house: Bureau) -> None:
    enter(house)
    lose(house)
    (house.root / SCANS / f"{hashlib.sha256(PDF).hexdigest()}.pdf").write_bytes(PDF)
    assert b"EINS" in out(house)


def test_no_older_version_comes_back_for_a_lost_scan(house: Bureau) -> None:
    steps = (("first", "sun"), ("second", "wang"), ("secrecy", "chen"), ("final", "qian"))
    house.approve(ITEM, steps=steps)
    edit(house, faq("更正 ZWEI。", title="甲问"))
    enter(house)
    assert b"ZWEI" in out(house)
    lose(house)
    found = out(house)
    assert b"EINS" not in found
    assert b"ZWEI" not in found
    house.approve(ITEM, steps=steps)
    assert b"ZWEI" in out(house)


def test_a_form_not_yet_complete_takes_nothing_away(house: Bureau) -> None:
    house.approve(
        ITEM,
        steps=(("first", "sun"), ("second", "wang"), ("secrecy", "chen"), ("final", "qian")),
    )
    edit(house, faq("更正 ZWEI。", title="甲问"))
    enter(house, signers={"first": "sun"})
    lose(house)
    assert b"EINS" in out(house)


def test_a_list_of_people_that_rests_on_a_lost_scan_is_nobodys(tmp_path: Path) -> None:
    house = bureau(tmp_path / "site", {"faq/mlk/a.md": faq("EINS。", title="甲问")})
    scan_of(house)
    for item in ("site:orgs", "site:config", ITEM):
        version = house.office.item(item).version
        enter(house, identity=item, version=version)
    assert b"EINS" in out(house)
    lose(house)
    with pytest.raises(BuildFailed) as failed:
        out(house)
    assert {p.code for p in failed.value.problems} == {"APR001"}


def test_a_clerk_can_not_enter_for_a_version_that_he_reviewed(house: Bureau) -> None:
    orgs = house.root / "content/orgs.yml"
    text = orgs.read_text("utf-8")
    text = text.replace("title: 文书, steps: []", "title: 文书, steps: [first]")
    orgs.write_text(text, "utf-8", newline="\n")
    steps = (("first", "sun"), ("second", "wang"), ("secrecy", "chen"), ("final", "qian"))
    house.approve("site:orgs", steps=steps)
    house.sign(ITEM, "first", "wen")
    with pytest.raises(Refused, match="另一位文书"):
        enter(house, signers={"second": "wang", "final": "zhao", "secrecy": "chen"})
    assert len(read_log(house.root, ITEM).records) == 1
    forge(house, "second", "wang")
    (why,) = {j.why for j in house.office.item(ITEM).log if j.record.step == "second"}
    assert why == "文书不能代录自己参加审核的一版"


def forge(house: Bureau, step: str, person: str) -> None:
    """What a clerk could write into the log himself, past all our refusals."""
    office, sha256 = house.office, hashlib.sha256(PDF).hexdigest()
    (house.root / SCANS).mkdir(parents=True, exist_ok=True)
    (house.root / SCANS / f"{sha256}.pdf").write_bytes(PDF)
    item = office.item(ITEM)
    record = office._made(
        ITEM,
        "approve",
        step,
        house.signers["wen"],
        person,
        "",
        division=item.division,
        files=item.files,
        paper={"clerk": "wen", "scan": sha256, "file": f"{sha256}.pdf"},
    )
    append(house.root, record)


# --- commands -------------------------------------------------------------------------------------


def options(add: Callable[[argparse.ArgumentParser], None], *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add(parser)
    return parser.parse_args(words)


def test_the_commands_print_a_form_and_enter_it(
    house: Bureau, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "forms"
    target.mkdir()
    asked = options(paper.add_form, ITEM, "--out", str(target))
    assert paper.run_form(house.office, asked) == 0
    (made,) = target.iterdir()
    version = house.office.item(ITEM).version[:16]
    assert made.name == f"审核表-faq-mlk-a-{version}.pdf"
    assert made.read_bytes().startswith(b"%PDF-")
    words = [ITEM, "--version", version, "--scan", str(scan_of(house)), "--date", "2026-11-09"]
    for step, who in (("初审", "孙初"), ("second", "wang"), ("终审", "zhao"), ("保密审查", "chen")):
        words += ["--sign", f"{step}={who}"]
    words += ["--note", "终审=同意", "--date", "终审=2026-11-10"]
    asked = options(paper.add_countersign, *words)
    capsys.readouterr()
    assert paper.run_countersign(house.office, asked, lambda _: house.signers["wen"]) == 0
    said = capsys.readouterr().out
    assert "终审：赵终 通过。" in said
    assert "已批准" in said
    notes = {r.step: r.note for r in read_log(house.root, ITEM).records}
    assert notes["first"] == "纸质表 2026-11-09 签"
    assert notes["final"] == "同意　纸质表 2026-11-10 签"


def test_a_form_of_several_items_in_word(house: Bureau, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.docx"
    asked = options(paper.add_form, ITEM, "site:orgs", "--format", "docx", "--out", str(target))
    assert paper.run_form(house.office, asked) == 0
    assert target.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--sign", "初审"], "写成 初审=…"),
        (["--sign", "四审=sun"], "写成 初审=…"),
        (["--sign", "初审=sun", "--sign", "first=li"], "写了两次"),
        (["--sign", "初审=sun", "--date", "复审=2026-11-09"], "没有写是谁签的"),
        (["--sign", "初审=没这个人"], "没有登记"),
    ],
)
def test_words_that_say_nothing(house: Bureau, words: list[str], why: str) -> None:
    version = house.office.item(ITEM).version
    more = [ITEM, "--version", version, "--scan", str(scan_of(house)), *words]
    asked = options(paper.add_countersign, *more)
    with pytest.raises(Refused, match=re.escape(why)):
        paper.run_countersign(house.office, asked, lambda _: house.signers["wen"])
    assert untouched(house)


def test_a_name_that_two_people_have_is_no_name(house: Bureau) -> None:
    people = house.office.staff.people
    assert people["li"].name != people["sun"].name
    orgs = house.root / "content/orgs.yml"
    orgs.write_text(
        orgs.read_text("utf-8").replace("name: 李初", "name: 孙初"), "utf-8", newline="\n"
    )
    steps = (("first", "sun"), ("second", "wang"), ("secrecy", "chen"), ("final", "qian"))
    house.approve("site:orgs", steps=steps)
    version = house.office.item(ITEM).version
    more = [ITEM, "--version", version, "--scan", str(scan_of(house)), "--sign", "初审=孙初"]
    with pytest.raises(Refused, match="有几位：li、sun"):
        paper.run_countersign(
            house.office, options(paper.add_countersign, *more), lambda _: house.signers["wen"]
        )


def test_weike_review_form_from_the_command_line(
    house: Bureau, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "a.pdf")
    assert main(["review", "form", ITEM, "--root", str(house.root), "--out", target]) == 0
    assert Path(target).read_bytes().startswith(b"%PDF-")
    assert main(["review", "form", "faq:mlk/no", "--root", str(house.root), "--out", target]) == 1
    assert "没有编号是" in capsys.readouterr().err


def test_weike_review_countersign_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = bureau(tmp_path / "site", {"faq/mlk/a.md": faq("EINS。", title="甲问")})
    house.approve("site:orgs", "site:config")
    clerk = house.signers["wen"]
    (tmp_path / "wen.key").write_bytes(seal("wen", PIN, clerk._private, 2))
    (tmp_path / "pin").write_text(PIN + "\n", "utf-8")
    words = ["review", "countersign", ITEM, "--root", str(house.root)]
    words += ["--key", str(tmp_path / "wen.key"), "--pin-file", str(tmp_path / "pin")]
    words += ["--scan", str(scan_of(house)), "--sign", "初审=sun"]
    assert main([*words, "--version", "0" * 16]) == 1
    assert "表上的版本不是现在这一版" in capsys.readouterr().err
    assert main([*words, "--version", house.office.item(ITEM).version[:16]]) == 0
    assert "接着是复审、保密审查。" in capsys.readouterr().out
