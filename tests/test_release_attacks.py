"""An insider changes content, pictures, settings and files around the gate: only approved bytes get out."""

from __future__ import annotations

import io
import json
import os
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from builder.approvals import Refused
from builder.build import build
from builder.bundle import WITHDRAWN, Bundle
from builder.media.clean import cleaner
from builder.memo import Memo
from builder.model import Site
from builder.problems import BuildFailed, Problem
from builder.release import approved
from tests.attackers import (
    add,
    commit,
    everything,
    pages,
    put,
    record,
    refused,
    released,
    sign,
    stranger,
)
from tests.conftest import lacking
from tests.reviewers import USUAL, Bureau, bureau
from tests.sitefiles import CONFIG, NOW, ORGS, Content, contents, fact, faq, yml

A, B = "faq:mlk/a", "faq:mlk/b"
RED, GREEN, BLUE = (200, 10, 20), (10, 190, 30), (20, 30, 210)
SECRET = "没审过的话"


def flat(colour: tuple[int, int, int], size: int = 24) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(out, "PNG")
    return out.getvalue()


def colours(bundle: Bundle) -> set[tuple[int, int, int]]:
    """The colours of all flat pictures in a bundle, with some tolerance for how they were packed."""
    found: set[tuple[int, int, int]] = set()
    for path, body in contents(bundle.root).items():
        if path.endswith((".png", ".jpg", ".webp")):
            red, green, blue = (
                Image.open(io.BytesIO(body)).convert("RGB").crop((12, 12, 13, 13)).tobytes()
            )
            found |= {c for c in (RED, GREEN, BLUE) if _near(c, (red, green, blue))}
    return found


def _near(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


def ready(root: Path, files: Content) -> Bureau:
    it = bureau(root, files)
    it.approve_all()
    return it


def two(it: Bureau) -> tuple[Bundle, Bundle]:
    """Both editions of a release."""
    found, _ = released(it)
    return found["internet"], found["intranet"]


def leaks(it: Bureau, *words: str) -> list[str]:
    whole = "".join(map(everything, two(it)))
    return [w for w in words if w in whole]


def told(said: list[Problem], code: str) -> str:
    return "\n".join(p.message for p in said if p.code == code)


def selected(it: Bureau) -> dict[str, Site]:
    """What a release gives to renderers."""
    source = approved(it.root, NOW)
    source.fill(["internet", "intranet"], Memo(None, ""))
    return source.sites(["internet", "intranet"], NOW, cleaner(Memo(None, "")))[0]


PICTURED: Content = {
    "faq/mlk/a.md": faq("甲文。![图](p.png)", title="甲问"),
    "faq/mlk/b.md": faq("乙文。", title="乙问"),
    "faq/mlk/p.png": flat(RED),
}


# --- pictures and attachments -----------------------------------------------------------------------


def test_a_picture_replaced_after_final_review_stays_inside(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    put(it, {"faq/mlk/p.png": flat(BLUE)})
    assert colours(two(it)[0]) == {RED}


def test_one_path_has_for_each_entry_the_bytes_approved_with_it(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    put(
        it,
        {"faq/mlk/p.png": flat(GREEN), "faq/mlk/b.md": faq("乙文。![图](p.png)", title="乙问")},
    )
    it.approve(B)
    put(it, {"faq/mlk/p.png": flat(BLUE)})
    site = selected(it)["internet"]
    urls = {i: site.pages[i].pictures["p.png"].url for i in (A, B)}
    assert urls[A] != urls[B]
    assert colours(two(it)[0]) == {RED, GREEN}


def test_a_picture_that_no_record_names_is_not_taken(tmp_path: Path) -> None:
    """All four sign, but over a list of files that leaves the picture out."""
    it = ready(tmp_path, PICTURED)
    put(it, {"faq/mlk/a.md": faq(f"{SECRET}。![图](p.png)", title="甲问")})
    files = {p: d for p, d in it.office.item(A).files.items() if p.endswith(".md")}
    for step, who in USUAL:
        add(it, record(it, A, "approve", step, it.signers[who], files=files))
    assert leaks(it, SECRET) == []


def test_attachments_covers_footage_and_codes_are_those_approved(tmp_path: Path) -> None:
    codes = "code,name,level,parent,doubt\nA,农林牧渔,门类,,\n"
    scenes = (
        "seconds: 20\nscenes:\n  - {caption: 开头, narration: 看。, card: {title: 一, lines: [行]}}\n"
        "  - {show: 一张图, picture: tu.png, motion: none}\n"
    )
    it = ready(
        tmp_path,
        {
            "content/standards/s.md": fact(title="标准", number="GB/T 1", codes="s.csv"),
            "content/standards/s.csv": codes,
            "courses/ke/course.yml": yml(title="课程", key="一句话", objectives=["会"]),
            "courses/ke/lessons/01-pian.video.yml": yml(title="短片") + scenes,
            "courses/ke/lessons/tu.png": flat(RED, 64),
            "faq/mlk/a.md": faq("[表](biao.csv)", title="甲问", wechat={"cover": "feng.png"}),
            "faq/mlk/feng.png": flat(GREEN, 64),
            "faq/mlk/biao.csv": "名称,数\n旧表,1\n",
        },
    )
    before = selected(it)["internet"]
    put(
        it,
        {
            "content/standards/s.csv": codes + f"B,{SECRET},门类,,\n",
            "courses/ke/lessons/tu.png": flat(BLUE, 64),
            "faq/mlk/feng.png": flat(BLUE, 64),
            "faq/mlk/biao.csv": f"名称,数\n{SECRET},1\n",
        },
    )
    after = selected(it)["internet"]
    assert before.footage
    assert before.pages["video:ke/pian"].footage
    assert before.pages[A].cover
    assert len(before.assets) >= 2
    assert after.footage == before.footage
    assert after.assets == before.assets
    assert after.pages == before.pages


def test_names_that_differ_in_case_or_in_unicode_form_are_other_files(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFC", "é图.png")
    it = ready(
        tmp_path,
        {
            "faq/mlk/a.md": faq(f"甲文。![图]({name})", title="甲问"),
            f"faq/mlk/{name}": flat(RED),
        },
    )
    if (it.root / "FAQ").exists():
        lacking("a file system that tells A from a")
    put(
        it,
        {
            f"faq/mlk/{unicodedata.normalize('NFD', name)}": flat(BLUE),
            f"faq/mlk/{name.replace('png', 'PNG')}": flat(GREEN),
            "faq/mlk/A.md": faq(SECRET, title="大写"),
        },
    )
    assert colours(two(it)[0]) == {RED}
    assert leaks(it, SECRET) == []
    (it.root / f"faq/mlk/{name}").unlink()
    assert colours(two(it)[0]) == {RED}  # from its stored copy


def test_links_in_the_place_of_files_show_nothing_new(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    put(it, {"secret.md": faq(SECRET, title="甲问"), "blue.png": flat(BLUE)})
    for path, to in (("faq/mlk/a.md", "secret.md"), ("faq/mlk/p.png", "blue.png")):
        (it.root / path).unlink()
        (it.root / path).symlink_to(it.root / to)
    copies = it.root / "content/approvals/copies"
    for copy in copies.iterdir():
        copy.rename(it.root / copy.name)
        copy.symlink_to(it.root / copy.name)
    assert leaks(it, SECRET) == []
    assert colours(two(it)[0]) == {RED}


def test_a_stored_copy_with_other_bytes_is_not_used(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    put(it, {"faq/mlk/a.md": faq("改", title="甲问")})
    for copy in (it.root / "content/approvals/copies").iterdir():
        copy.write_bytes(faq(SECRET, title="甲问").encode())
    bundles, said = released(it)
    assert SECRET not in everything(bundles["internet"])
    assert "找不到" in told(said, "APR002")


# --- texts and what they are made of ----------------------------------------------------------------


def test_a_snippet_changed_after_its_approval_is_shown_as_approved(tmp_path: Path) -> None:
    it = ready(
        tmp_path,
        {
            "content/snippets/pian.md": fact("旧片段。![图](p.png)", title="片段"),
            "content/snippets/p.png": flat(RED),
            "faq/mlk/a.md": faq('--8<-- "snippet:pian"', title="甲问"),
        },
    )
    put(
        it,
        {
            "content/snippets/pian.md": fact(f"{SECRET}。![图](p.png)", title="片段"),
            "content/snippets/p.png": flat(BLUE),
        },
    )
    assert leaks(it, SECRET) == []
    assert leaks(it, "旧片段") == ["旧片段"]
    assert colours(two(it)[0]) == {RED}


def test_a_page_links_to_no_page_that_is_not_approved(tmp_path: Path) -> None:
    it = bureau(
        tmp_path,
        {
            "faq/mlk/a.md": faq("看[乙的题目](faq:mlk/mi-mi)。", title="甲问"),
            "faq/mlk/mi-mi.md": faq(SECRET, title="乙问"),
        },
    )
    it.approve("site:orgs", "site:config", A)
    bundle = two(it)[0]
    assert "乙的题目" in everything(bundle)
    assert "mi-mi" not in everything(bundle)
    (it.root / "faq/mlk/mi-mi.md").unlink()  # and stays out when nobody remembers what it was
    assert pages(it) == {"faq/mlk/a"}


def test_nobody_takes_a_page_away_by_deleting_or_renaming_its_file(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    (it.root / "faq/mlk/a.md").rename(it.root / "faq/mlk/z.md")
    (it.root / "faq/mlk/b.md").unlink()
    put(it, {"faq/mlk/z.md": faq(SECRET, title="甲问", aliases=["faq/mlk/a/"])})
    assert pages(it) == {"faq/mlk/a", "faq/mlk/b"}
    assert leaks(it, SECRET) == []


def test_an_alias_that_is_approved_leads_to_the_new_page(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    text = faq("搬了家。", title="甲问", aliases=["faq/mlk/a/"])
    (it.root / "faq/mlk/a.md").unlink()
    put(it, {"faq/mlk/z.md": text})
    it.approve("faq:mlk/z")
    assert pages(it) >= {"faq/mlk/z", "faq/mlk/b"}
    put(it, {"faq/mlk/a.md": faq(SECRET, title="又来了")})  # a restored file stops nobody
    assert leaks(it, SECRET) == []
    assert pages(it) >= {"faq/mlk/z", "faq/mlk/b"}
    assert "甲文" not in everything(two(it)[0])


def test_an_internal_entry_stays_inside_whatever_its_file_says_now(tmp_path: Path) -> None:
    it = ready(tmp_path, {"faq/mlk/n.md": faq("内部的话。", title="内问", audience="intranet")})
    put(it, {"faq/mlk/n.md": faq("内部的话。", title="内问", audience="public")})
    inside, outside = two(it)[1], two(it)[0]
    assert "内部的话" in everything(inside)
    assert "内部的话" not in everything(outside)
    assert "内问" not in everything(outside)


def test_what_is_enough_inside_is_not_enough_outside(tmp_path: Path) -> None:
    it = bureau(tmp_path, {"faq/mlk/a.md": faq("里面的版本。", title="甲问")})
    it.approve("site:orgs", "site:config")
    it.sign(A, "first", "sun")
    add(it, record(it, A, "approve", "final", it.signers["zhao"]))
    outside, inside = two(it)
    assert "里面的版本" in everything(inside)
    assert "里面的版本" not in everything(outside)
    assert A not in everything(outside)


def test_what_is_not_words_makes_no_new_version(tmp_path: Path) -> None:
    """Line breaks and a byte order mark, as editors and git turn them."""
    it = ready(tmp_path, PICTURED)
    before = contents(two(it)[0].root)
    for path in ("faq/mlk/a.md", "faq/mlk/b.md", "site_config.yml", "content/orgs.yml"):
        data = (it.root / path).read_bytes()
        (it.root / path).write_bytes(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"))
    bundles, said = released(it)
    assert contents(bundles["internet"].root) == before
    assert not {p.code for p in said} & {"APR002", "APR003", "APR004"}
    assert all(item.state == "approved" for item in it.office.items())


# --- settings ---------------------------------------------------------------------------------------


def test_a_policy_is_not_loosened_without_approval(tmp_path: Path) -> None:
    it = bureau(tmp_path, {"faq/mlk/a.md": faq(f"{SECRET}。", title="甲问")})
    it.approve("site:orgs", "site:config")
    loose = CONFIG + "review: {editions: {internet: {steps: [final, secrecy]}}}\n"
    put(it, {"site_config.yml": loose.replace("label: 统计系统内部", "label: 内部, public: true")})
    for step, who in (("secrecy", "chen"), ("final", "zhao")):
        add(it, record(it, A, "approve", step, it.signers[who]))
    for step, who in USUAL[:3]:
        add(it, record(it, "site:config", "approve", step, it.signers[who]))
    assert leaks(it, SECRET) == []


@pytest.mark.parametrize(
    "steps", ["[final]", "[secrecy]", "[first, second]", "[first, second, final]"]
)
def test_no_policy_is_below_what_the_law_asks(tmp_path: Path, steps: str) -> None:
    for policy in (f"{{steps: {steps}}}", f"{{kinds: {{snippet: {steps}}}}}"):
        put_in = CONFIG + f"review: {{editions: {{internet: {policy}}}}}\n"
        it = bureau(tmp_path, {"site_config.yml": put_in, "faq/mlk/a.md": faq("x")})
        with pytest.raises(BuildFailed):
            it.approve("site:orgs", "site:config")


def test_broken_working_copies_neither_stop_nor_leak(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    before = contents(two(it)[0].root)
    put(
        it,
        {
            "site_config.yml": f"site: [{SECRET}",
            "content/orgs.yml": b"\xff\xfe\x00",
            "faq/mlk/a.md": f"---\ntitle: {SECRET}\n  - x: [\n---\n",
            "faq/mlk/b.md": b"\xff\xd8" * 40,
            "faq/mlk/c.md": "---\n" + "[" * 5000,
            "faq/mlk/p.png": b"not a picture",
            "content/terms/x.md": "x" * 600_000,
        },
    )
    assert contents(two(it)[0].root) == before


def test_the_lexicon_that_speaks_is_the_approved_one(tmp_path: Path) -> None:
    own, name = "pinyin:\n  示范: shi4 fan4\n", "duyin.yml"
    config = CONFIG + f"narration: {{engines: [silent], lexicon: {name}}}\n"
    it = ready(tmp_path, {"site_config.yml": config, name: own, "faq/mlk/a.md": faq("x")})
    for other in (own.replace("shi4", "shi2"), "words: [", None):
        if other is None:
            (it.root / name).unlink()
        else:
            put(it, {name: other})
            add(it, record(it, "site:config", "approve", "first", it.signers["sun"]))
            version = it.office.item("site:config").version
            it.office.reject("site:config", "first", it.signers["sun"], version, "不对")
        assert approved(it.root, NOW).lexicon() == own.encode()
        assert refused(it) == set()


def test_files_changed_while_a_release_is_made_do_not_slip_in(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    before = contents(two(it)[0].root)
    bad: Content = {
        "faq/mlk/a.md": faq(f"{SECRET}。![图](p.png)", title="甲问"),
        "faq/mlk/b.md": faq(f"{SECRET}。", title="乙问"),
        "faq/mlk/p.png": flat(BLUE),
        "site_config.yml": CONFIG.replace("示例微课", SECRET),
        "content/orgs.yml": ORGS.replace("名录库", SECRET),
    }

    def swap() -> None:
        stats = {p: (it.root / p).stat() for p in bad}
        put(it, bad)
        for path, stat in stats.items():  # with the old times, so that nothing seems changed
            os.utime(it.root / path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert contents(released(it, meanwhile=swap)[0]["internet"].root) == before
    for moment in ("读取内容", "生成"):
        put(it, {**PICTURED, "site_config.yml": CONFIG})

        def report(text: str, moment: str = moment) -> None:
            if text.startswith(moment):
                swap()

        source = approved(it.root, NOW)
        made, _ = build(it.root, it.root / "dist", [], NOW, 1, report, release=source)
        assert contents(made[0].root) == before


def test_what_plain_builds_kept_does_not_reach_a_release(tmp_path: Path) -> None:
    """Both keep what texts became in the same folder, and link files of the bundle before."""
    it = ready(tmp_path, PICTURED)
    before = contents(two(it)[0].root)
    put(
        it,
        {
            "faq/mlk/a.md": faq(f"{SECRET}。![图](p.png)", title="甲问"),
            "faq/mlk/p.png": flat(BLUE),
            "faq/mlk/c.md": faq(f"{SECRET}。", title="丙问"),
        },
    )
    for _ in range(2):
        build(it.root, it.root / "dist", [], NOW, 1)
        assert SECRET in everything(Bundle(it.root / "dist/internet", {}))
        assert contents(two(it)[0].root) == before


# --- where approved bytes are found -----------------------------------------------------------------


def test_approved_bytes_only_in_git_only_as_copies_or_nowhere(tmp_path: Path) -> None:
    it = bureau(tmp_path, PICTURED)
    commit(it.root)
    it.approve_all()
    copies = it.root / "content/approvals/copies"
    assert not copies.exists()
    put(it, {"faq/mlk/a.md": faq(SECRET, title="甲问"), "faq/mlk/p.png": flat(BLUE)})
    put(it, {".gitignore": ".cache/\ndist/\n"})
    commit(it.root, "edits that nobody approved")
    (it.root / "faq/mlk/p.png").unlink()
    assert leaks(it, SECRET) == []
    assert colours(two(it)[0]) == {RED}
    put(it, {"faq/mlk/b.md": faq("新的乙文。", title="乙问")})
    it.approve(B)
    assert len(list(copies.iterdir())) == 1
    put(it, {"faq/mlk/b.md": faq(SECRET, title="乙问")})
    assert leaks(it, SECRET, "新的乙文") == ["新的乙文"]
    (it.root / ".git").rename(it.root / ".no-git")
    bundles, said = released(it)
    whole = everything(bundles["internet"])
    assert "新的乙文" in whole
    assert "甲文" not in whole
    assert "找不到" in told(said, "APR002")


def test_a_version_that_came_in_by_a_merge_is_found(tmp_path: Path) -> None:
    from tests.attackers import git

    it = bureau(tmp_path, PICTURED)
    put(it, {".gitignore": ".cache/\ndist/\n"})
    commit(it.root)
    git(it.root, "checkout", "-q", "-b", "side")
    put(it, {"faq/mlk/a.md": faq("旁支上的甲文。", title="甲问")})
    commit(it.root)
    it.approve_all()
    commit(it.root)
    git(it.root, "checkout", "-q", "main")
    put(it, {"note.txt": "x"})
    commit(it.root)
    git(it.root, "merge", "-q", "side", "-m", "merge")
    git(it.root, "branch", "-D", "side")
    put(it, {"faq/mlk/a.md": faq(SECRET, title="甲问")})
    commit(it.root)
    assert leaks(it, SECRET, "旁支上的甲文") == ["旁支上的甲文"]


def test_a_missing_table_of_codes_holds_back_its_entry_alone(tmp_path: Path) -> None:
    codes = "code,name,level,parent,doubt\nA,农林牧渔,门类,,\n"
    it = ready(
        tmp_path,
        {
            "content/standards/s.md": fact(title="标准", number="GB/T 1", codes="s.csv"),
            "content/standards/s.csv": codes,
            "faq/mlk/a.md": faq("甲文。", title="甲问"),
        },
    )
    (it.root / "content/standards/s.csv").unlink()
    for copy in (it.root / "content/approvals/copies").iterdir():
        if copy.read_bytes() == codes.encode():
            copy.unlink()
    assert pages(it) == {"faq/mlk/a"}


# --- words about withdrawals and changes ------------------------------------------------------------


def test_a_word_of_withdrawal_puts_no_word_of_its_own_outside(tmp_path: Path) -> None:
    """It names files, an audience and reasons as its signer likes."""
    it = ready(
        tmp_path, {**PICTURED, "faq/mlk/n.md": faq("内部。", title="内", audience="intranet")}
    )
    for item in (A, "faq:mlk/n"):
        more = {"files": {"faq/mlk/mi-mi.md": "0" * 64}, "subject": "public", "note": SECRET}
        add(it, record(it, item, "withdraw", "", it.signers["li"], **more))
    bundle = two(it)[0]
    whole = everything(bundle)
    assert SECRET not in whole
    assert "mi-mi" not in whole
    gone = json.loads(bundle.read(WITHDRAWN))["entries"]
    assert [(g["id"], g["url"]) for g in gone] == [(A, "faq/mlk/a/")]


def test_a_word_on_changes_is_public_only_if_everybody_signed_it(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    put(it, {"faq/mlk/a.md": faq("第二版。", title="甲问")})
    it.sign(A, "first", "sun")
    it.sign(A, "second", "wang")
    it.sign(A, "final", "zhao")
    add(it, record(it, A, "approve", "secrecy", it.signers["chen"], change=SECRET))
    assert leaks(it, SECRET) == []
    assert leaks(it, "第二版") == ["第二版"]


def test_notes_names_and_signatures_stay_inside(tmp_path: Path) -> None:
    it = bureau(tmp_path, PICTURED)
    for item in ("site:orgs", "site:config", A):
        for step, who in USUAL:
            it.sign(item, step, who, note=SECRET)
    outside = everything(two(it)[0])
    for word in (SECRET, "孙初", "赵终", it.signers["zhao"].public, it.signers["zhao"].fingerprint):
        assert word not in outside


def test_an_edited_draft_is_named_to_nobody_outside(tmp_path: Path) -> None:
    """T3: with and without what is not approved the bundle is the same, byte by byte."""
    it = ready(tmp_path, PICTURED)
    before = {b.root.name: contents(b.root) for b in two(it)}
    put(
        it,
        {
            "faq/mlk/mi-mi.md": faq(f"{SECRET}[a](faq:mlk/a)", title=SECRET, tags=[SECRET]),
            "content/terms/mi.md": fact(title=SECRET, definition=SECRET),
            "faq/mlk/mi.png": flat(BLUE),
            "courses/mi/course.yml": yml(title=SECRET, key=SECRET, objectives=[SECRET]),
            "faq/mlk/a.md": faq(SECRET, title=SECRET, aliases=["faq/mlk/mi-mi-2/"]),
        },
    )
    outside, inside = two(it)
    assert contents(outside.root) == before["internet"]
    whole = everything(inside)
    assert SECRET not in whole  # the reports inside may count it, and must not quote it


def test_a_signer_is_bound_to_what_he_saw(tmp_path: Path) -> None:
    it = ready(tmp_path, PICTURED)
    put(it, {"faq/mlk/a.md": faq("看过的。", title="甲问")})
    seen = it.office.item(A).version
    put(it, {"faq/mlk/a.md": faq(SECRET, title="甲问")})
    with pytest.raises(Refused):
        it.office.approve(A, "first", it.signers["sun"], seen)
    mine = record(it, A, "approve", "first", it.signers["sun"])
    other = sign(replace(mine, files={"faq/mlk/a.md": "0" * 64}), stranger())
    assert other.version != mine.version
