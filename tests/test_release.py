"""Stories of releases: what goes out, what stays, what readers are told."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from builder.approvals import Refused
from builder.build import build
from builder.bundle import APPROVALS, WITHDRAWN, Bundle
from builder.problems import BuildFailed, Problem
from builder.release import approved
from publish.door import NotPublishable, admit
from tests.reviewers import Bureau, bureau
from tests.sitefiles import NOW, Content, contents, fact, faq, picture, yml

FILES: Content = {
    "faq/mlk/a.md": faq("第一版的甲文。", title="甲问"),
    "faq/mlk/b.md": faq("看[甲](faq:mlk/a)。![图](p.png)", title="乙问"),
    "faq/mlk/p.png": picture("PNG"),
    "faq/mlk/n.md": faq("内部的话。", title="内问", audience="intranet"),
}


def released(it: Bureau, out: str = "dist") -> tuple[dict[str, Bundle], list[Problem]]:
    found, said = build(it.root, it.root / out, [], NOW, 1, release=approved(it.root, NOW))
    return {str(b.header["edition"]): b for b in found}, said


def told(problems: list[Problem], code: str) -> list[str]:
    return [p.message for p in problems if p.code == code]


def page(bundle: Bundle, url: str) -> str:
    return (bundle.root / "site" / url / "index.html").read_text("utf-8")


@pytest.fixture
def ready(tmp_path: Path) -> Bureau:
    it = bureau(tmp_path, FILES)
    it.approve_all()
    return it


def test_nothing_approved_means_no_release(tmp_path: Path) -> None:
    it = bureau(tmp_path, FILES)
    with pytest.raises(BuildFailed) as failed:
        released(it)
    assert {p.code for p in failed.value.problems} == {"APR001"}
    assert not (tmp_path / "dist").exists()


def test_what_is_approved_goes_out_and_may_be_published(ready: Bureau) -> None:
    bundles, said = released(ready)
    assert told(said, "APR002") == []
    assert set(json.loads(bundles["internet"].read(APPROVALS))["entries"]) == {
        "faq:mlk/a",
        "faq:mlk/b",
    }
    for name in ("internet", "intranet"):
        approvals = admit(ready.root / "dist" / name, NOW).header["approvals"]
        assert approvals == bundles[name].header["approvals"] != ""


def test_an_unfinished_edit_neither_blocks_nor_leaks(ready: Bureau) -> None:
    (ready.root / "faq/mlk/a.md").write_text(faq("没审过的新文。", title="新甲问"), "utf-8")
    (ready.root / "faq/mlk/b.md").write_text("---\ntitle: [坏\n---\n", "utf-8")
    (ready.root / "faq/mlk/p.png").write_bytes(picture("PNG", size=(30, 30)))
    (ready.root / "faq/mlk/c.md").write_text(faq("谁也没审过。", title="丙问"), "utf-8")
    subprocess.run(["git", "init", "-q", str(ready.root)], check=True)
    before = contents(ready.root / "content/approvals/copies")
    bundles, said = released(ready)
    whole = b"".join(contents(bundles["internet"].root).values()).decode("utf-8", "replace")
    assert "没审过" not in whole
    assert "丙问" not in whole
    assert "第一版的甲文" in page(bundles["internet"], "faq/mlk/a")
    assert "第一版的甲文" not in page(bundles["internet"], "faq/mlk/b")
    assert any("丙问" in m and "没有送审" in m for m in told(said, "APR002"))
    assert len(told(said, "APR003")) == 2
    assert len(before) > 0  # without a commit, approved bytes are kept as copies


def test_approved_bytes_are_found_in_git(tmp_path: Path) -> None:
    it = bureau(tmp_path, FILES)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    it.approve_all()
    assert not (tmp_path / "content/approvals/copies").exists()
    (tmp_path / "faq/mlk/a.md").write_text(faq("没审过的新文。", title="甲问"), "utf-8")
    (tmp_path / "faq/mlk/p.png").unlink()
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "two")
    bundles, _ = released(it)
    assert "第一版的甲文" in page(bundles["internet"], "faq/mlk/a")
    assert any(
        p.startswith("site/assets/") and p.endswith(".png") for p in bundles["internet"].files
    )


def git(root: Path, *words: str) -> None:
    (root / ".gitignore").write_text(".cache/\ndist/\n", "utf-8")
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)


def test_what_is_not_approved_leaves_no_trace(
    ready: Bureau, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """T3: the bundle is the same as if what is not approved had never been written."""
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(ready.root, other, dirs_exist_ok=True)
    (other / "faq/mlk/c.md").write_text(faq("没审过。", title="丙问"), "utf-8")
    (other / "faq/mlk/a.md").write_text(faq("改了没审。", title="甲问"), "utf-8")
    (other / "content/articles/2026").mkdir(parents=True)
    (other / "content/articles/2026/x.md").write_text(fact("没审过。"), "utf-8")
    mine, theirs = released(ready)[0], released(Bureau(other))[0]
    assert contents(mine["internet"].root) == contents(theirs["internet"].root)
    inside, beside = (contents(b["intranet"].root) for b in (mine, theirs))
    apart = {path for path in inside if inside[path] != beside[path]}
    # the report says inside that something waits, and never what
    assert apart <= {"manifest.json", "site/reports/index.html", "site/reports/report.xlsx"}
    assert "改了没审" not in beside["site/reports/index.html"].decode()


def test_pubdate_and_reviewers_come_from_the_records(ready: Bureau) -> None:
    (ready.root / "faq/mlk/a.md").write_text(faq("第二版。", title="甲问"), "utf-8")
    ready.sign("faq:mlk/a", "first", "sun", note="内部意见", change="补充了依据")
    for step, person in (("second", "wang"), ("secrecy", "chen")):
        ready.sign("faq:mlk/a", step, person, note="内部意见")
    ready.clock.moment += timedelta(days=2)
    ready.sign("faq:mlk/a", "final", "zhao")
    bundles, _ = released(ready)
    outside, inside = page(bundles["internet"], "faq/mlk/a"), page(bundles["intranet"], "faq/mlk/a")
    assert '<meta name="PubDate" content="2026-11-10 ' in outside
    assert "补充了依据" in outside
    assert "2026年11月12日更新" in outside
    assert "名录副局长" in outside
    for name in ("赵终", "王复", "内部意见"):
        assert name not in outside
    assert "赵终" in inside
    assert "内部意见" not in inside


def test_the_public_word_on_changes_is_signed_by_all(ready: Bureau) -> None:
    (ready.root / "faq/mlk/a.md").write_text(faq("第二版。", title="甲问"), "utf-8")
    with pytest.raises(Refused, match="修改说明会公开"):
        ready.sign("faq:mlk/a", "first", "sun", change="联系人手机13912345678")
    ready.sign("faq:mlk/a", "first", "sun", change="补充了依据")
    with pytest.raises(Refused, match="前面签的是“补充了依据”"):
        ready.sign("faq:mlk/a", "second", "wang", change="别的话")
    assert ready.sign("faq:mlk/a", "second", "wang").change == "补充了依据"


def test_settings_are_not_withdrawn(ready: Bureau) -> None:
    with pytest.raises(Refused, match="站点设置不能撤回"):
        ready.office.withdraw("site:config", ready.signers["zhao"], "试试")


def test_no_date_that_an_author_typed_is_shown_in_a_release(tmp_path: Path) -> None:
    it = bureau(
        tmp_path,
        {
            "content/articles/2026/wen.md": fact(
                "文。", title="一文", type="notice", date="2026-11-02"
            )
        },
    )
    it.approve_all()
    bundles, _ = released(it)
    text = page(bundles["internet"], "articles/2026/wen")
    assert "2026年11月10日" in text
    assert "2026年11月2日" not in text
    assert "2026-11-02" not in text + page(bundles["internet"], "articles")


def test_withdrawn_is_out_at_once_and_listed_for_publishing(ready: Bureau) -> None:
    released(ready)
    ready.office.withdraw("faq:mlk/a", ready.signers["zhao"], "数据有误")
    bundles, said = released(ready)
    assert not (bundles["internet"].root / "site/faq/mlk/a").exists()
    gone = json.loads(bundles["internet"].read(WITHDRAWN))["entries"]
    assert [(g["id"], g["url"]) for g in gone] == [("faq:mlk/a", "faq/mlk/a/")]
    assert "数据有误" not in str(contents(bundles["internet"].root))
    assert any("已撤回" in m for m in told(said, "APR002"))
    ready.approve("faq:mlk/a")
    again, _ = released(ready)
    assert (again["internet"].root / "site/faq/mlk/a").exists()
    assert json.loads(again["internet"].read(WITHDRAWN))["entries"] == []


def test_a_withdrawn_internal_entry_is_not_named_outside(ready: Bureau) -> None:
    ready.office.withdraw("faq:mlk/n", ready.signers["zhao"], "过时")
    bundles, _ = released(ready)
    assert json.loads(bundles["internet"].read(WITHDRAWN))["entries"] == []
    assert len(json.loads(bundles["intranet"].read(WITHDRAWN))["entries"]) == 1


def test_a_void_key_takes_back_all_it_signed(ready: Bureau) -> None:
    ready.office.revoke("zhao", ready.signers["chen"], "密钥丢了", void=True)
    with pytest.raises(BuildFailed):  # the settings have no 终审 any more
        released(ready)
    ready.approve("site:config", steps=[("final", "qian")])
    bundles, said = released(ready)
    assert bundles["internet"].header["pages"] == 0
    assert all("还差终审" in m for m in told(said, "APR002"))


def test_a_retired_key_keeps_what_it_signed_and_signs_no_more(ready: Bureau) -> None:
    ready.office.revoke("zhao", ready.signers["zhao"], "退休", void=False)
    assert released(ready)[0]["internet"].header["pages"] == 2
    (ready.root / "faq/mlk/a.md").write_text(faq("第二版。", title="甲问"), "utf-8")
    for step, person in (("first", "sun"), ("second", "wang"), ("secrecy", "chen")):
        ready.sign("faq:mlk/a", step, person)
    with pytest.raises(Refused, match="有效期"):
        ready.sign("faq:mlk/a", "final", "zhao")
    ready.sign("faq:mlk/a", "final", "qian")


def test_lessons_wait_for_their_course_and_pages_for_what_they_include(tmp_path: Path) -> None:
    it = bureau(
        tmp_path,
        {
            "courses/ke/course.yml": yml(title="课程", key="一句话", objectives=["会"]),
            "courses/ke/lessons/01-yi.md": fact("课文。", title="第一课"),
            "content/snippets/pian.md": fact("片段。", title="片段"),
            "faq/mlk/a.md": faq('--8<-- "snippet:pian"', title="甲问"),
        },
    )
    it.approve("site:orgs", "site:config", "lesson:ke/yi", "faq:mlk/a")
    bundles, said = released(it)
    assert bundles["internet"].header["pages"] == 0
    assert {m.split("：")[-1] for m in told(said, "APR002")} >= {
        "所属课程没有批准。",
        "引入的 snippet:pian 没有批准。",
    }
    it.approve_all()
    assert released(it)[0]["internet"].header["pages"] == 3


def test_a_deleted_file_stays_out_there_until_withdrawn_or_moved(ready: Bureau) -> None:
    (ready.root / "faq/mlk/a.md").unlink()
    bundles, said = released(ready)
    assert "第一版的甲文" in page(bundles["internet"], "faq/mlk/a")
    assert any("文件已删" in m for m in told(said, "APR003"))
    (ready.root / "faq/mlk/d.md").write_text(
        faq("搬了家。", title="甲问", aliases=["faq/mlk/a/"]), "utf-8"
    )
    ready.approve("faq:mlk/d")
    bundles, _ = released(ready)
    assert "搬了家" in page(bundles["internet"], "faq/mlk/d")
    assert "第一版的甲文" not in page(bundles["internet"], "faq/mlk/a")


def test_plain_builds_and_tampered_bundles_are_not_published(ready: Bureau) -> None:
    build(ready.root, ready.root / "plain", [], NOW, 1)
    with pytest.raises(NotPublishable, match="不是发布版"):
        admit(ready.root / "plain/internet", NOW)
    released(ready)
    with pytest.raises(NotPublishable, match="在此刻之后"):
        admit(ready.root / "dist/internet", NOW - timedelta(seconds=1))
    with pytest.raises(NotPublishable, match="不在"):
        admit(ready.root / "nowhere", NOW)
    manifest = ready.root / "dist/internet/manifest.json"
    text = manifest.read_text("utf-8")
    manifest.write_text(
        text.replace('"sources": ["faq:mlk/a"]', '"sources": ["faq:mlk/x"]'), "utf-8"
    )
    with pytest.raises(NotPublishable, match="faq:mlk/x 不在批准清单里"):
        admit(ready.root / "dist/internet", NOW)
    manifest.write_text(text, "utf-8")
    listing = ready.root / "dist/internet" / APPROVALS
    listing.write_bytes(listing.read_bytes().replace(b"mlk/a", b"mlk/x"))
    with pytest.raises(NotPublishable, match="与清单不符"):
        admit(ready.root / "dist/internet", NOW)


def test_the_beginning_of_trust_can_be_pinned(ready: Bureau) -> None:
    pin = approved(ready.root, NOW).pin
    assert approved(ready.root, NOW, pin[:16]).pin == pin
    with pytest.raises(BuildFailed):
        approved(ready.root, NOW, "0" * 16)


def test_a_shortened_log_is_noticed_until_it_is_mended(ready: Bureau) -> None:
    git(ready.root, "init", "-q")
    git(ready.root, "add", ".")
    git(ready.root, "commit", "-q", "-m", "one")
    ready.office.withdraw("faq:mlk/a", ready.signers["zhao"], "数据有误")
    path = ready.root / "content/approvals/log/faq/mlk/a.jsonl"
    whole = path.read_bytes()
    git(ready.root, "add", ".")
    git(ready.root, "commit", "-q", "-m", "withdrawn")
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    for commit in (False, True):
        if commit:
            git(ready.root, "commit", "-q", "-am", "as if it had never been")
        with pytest.raises(BuildFailed) as failed:
            released(ready)
        assert [p.code for p in failed.value.problems] == ["APR005"]
    path.write_bytes(whole)
    assert "faq:mlk/a" not in json.loads(released(ready)[0]["internet"].read(APPROVALS))["entries"]


def test_office_refuses_in_sentences(ready: Bureau) -> None:
    office, key = ready.office, ready.signers
    version = office.item("faq:mlk/a").version
    with pytest.raises(Refused, match="已经批准"):
        office.approve("faq:mlk/a", "final", key["zhao"], version)
    (ready.root / "faq/mlk/a.md").write_text(faq("第二版。", title="甲问"), "utf-8")
    with pytest.raises(Refused, match="内容刚刚有改动"):
        office.approve("faq:mlk/a", "first", key["sun"], version)
    version = office.item("faq:mlk/a").version
    with pytest.raises(Refused, match="轮到初审"):
        office.approve("faq:mlk/a", "final", key["zhao"], version)
    with pytest.raises(Refused, match="不能做这一审"):
        office.approve("faq:mlk/a", "first", key["zhao"], version)
    office.approve("faq:mlk/a", "first", key["sun"], version)
    office.approve("faq:mlk/a", "second", key["qian"], version)
    with pytest.raises(Refused, match="不能做两审"):
        office.approve("faq:mlk/a", "final", key["qian"], version)
    with pytest.raises(Refused, match="理由"):
        office.reject("faq:mlk/a", "final", key["zhao"], version, " ")
    (ready.root / "faq/mlk/a.md").write_text(faq("![](nowhere.png)", title="甲问"), "utf-8")
    with pytest.raises(Refused, match="改好才能通过"):
        ready.sign("faq:mlk/a", "first", "sun")
