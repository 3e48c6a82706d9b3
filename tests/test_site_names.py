"""What a page loads carries its content's hash in its name: a page never gets the file of another release."""

from __future__ import annotations

import hashlib
import posixpath
import re
from pathlib import Path

import pytest

from builder.build import build
from builder.bundle import Artefact, Bundle
from builder.render.web.naming import named
from tests.sitefiles import NOW, fact, picture, write, yml
from tests.test_kept import BLOCKS, FILES, LEDGER, PANELS

LOADED = re.compile(r'(?:src|poster|href|srcset|content)="([^"]+)"')
HASHED = re.compile(r"[.\-/][0-9a-f]{8,}[.\-]")
NEWEST = ("feed.xml", "calendar.ics", "robots.txt", "sitemap.xml")  # there the newest is wanted


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("names")
    write(folder / "in", FILES)
    return build(folder / "in", folder / "out", ["internet"], NOW, jobs=1)[0][0]


def test_every_file_a_page_asks_for_has_a_name_of_its_own(bundle: Bundle) -> None:
    asked = set()
    for path in bundle.files:
        if path.endswith(".html"):
            text = bundle.read(path).decode()
            for words in LOADED.findall(text):
                for word in words.split(","):
                    address = word.strip().split(" ")[0].partition("#")[0]
                    address = address.removeprefix(str(bundle.header["base_url"]))
                    here = "" if address != word.strip().split(" ")[0] else posixpath.dirname(path)
                    target = posixpath.normpath(posixpath.join(here or "site", address))
                    if target in bundle.files or f"site/{address}" in bundle.files:
                        asked.add(target if target in bundle.files else f"site/{address}")
    beside = {p for p in asked if not p.endswith((".html", *NEWEST))}
    assert {p.rpartition(".")[2] for p in beside} >= {"webp", "pdf", "xlsx", "jpg", "css", "js"}
    assert {p for p in beside if not HASHED.search(p)} == set()


def test_the_name_is_that_of_the_bytes(bundle: Bundle) -> None:
    held = [p for p in bundle.files if re.search(r"/(manhua|tujie|fenmian|taizhang-1)\.", p)]
    assert len(held) >= 5
    for path in held:
        digest = hashlib.sha256(bundle.read(path)).hexdigest()
        assert f".{digest[:12]}." in path


def test_other_bytes_have_another_name(tmp_path: Path) -> None:
    made = []
    for said in ("先看说明", "先看通知"):
        lesson = yml(title="漫画课") + PANELS.replace("先看说明", said)
        ledger = [{**LEDGER[0], "rows": [[said, "5"]]}]
        tu = yml(title="图解课") + BLOCKS.replace("看表", said)
        root = write(
            tmp_path / said,
            {
                "courses/ke/course.yml": yml(title="本课"),
                "courses/ke/lessons/01-hua.comic.yml": lesson,
                "courses/ke/lessons/men.png": picture("PNG"),
                "courses/ke/lessons/02-tu.infographic.yml": tu,
                "content/norms/t.md": fact(title="台账", division="nbc", ledgers=ledger),
            },
        )
        found = build(root, tmp_path / f"{said}.out", ["internet"], NOW, jobs=1)[0][0]
        made.append({p for p in found.files if re.search(r"(manhua|tujie|taizhang-1)\.", p)})
    assert len(made[0]) == len(made[1]) == 4
    assert not made[0] & made[1]


def test_only_addresses_of_the_page_s_own_files_change() -> None:
    own = (
        '<a href="tujie.pdf"><a href="../a/tujie.pdf#2"><img srcset="tujie.pdf 1x, ../a/tujie.pdf 2x">'
        '<meta content="https://x/weike/a/tujie.pdf">'
        '<script type="application/ld+json">{"image":"https://x/weike/a/tujie.pdf"}</script>'
    )
    others = (
        '<a href="../b/tujie.pdf"><a href="https://y/a/tujie.pdf"><img alt="tujie.pdf">'
        '<meta content="见 tujie.pdf"><meta content="tujie.pdf"><p>"tujie.pdf" tujie.pdf src="tujie.pdf"</p>'
        '<script type="application/ld+json">{"name":"tujie.pdf","url":"https://y/a/tujie.pdf"}</script>'
    )
    files = [
        Artefact("site/a/index.html", (own + others).encode(), "text/html; charset=utf-8"),
        Artefact("site/a/tujie.pdf", b"%PDF", "application/pdf"),
    ]
    html, pdf = named(files, "https://x/weike/")
    mark = hashlib.sha256(b"%PDF").hexdigest()[:12]
    assert pdf.path == f"site/a/tujie.{mark}.pdf"
    assert html.body.decode() == own.replace("tujie.pdf", f"tujie.{mark}.pdf") + others
    assert list(named(files[:1])) == files[:1]
