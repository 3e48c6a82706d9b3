"""Golden sites: `tests/sites/<case>/` built becomes `tests/golden/<case>/<edition>/`, byte for byte.

Of a page only the head's facts and the main content are kept; the theme's own files are not. What is
missing is written, except in CI; what differs is left beside, in `<edition>-changed/`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from builder.build import build
from builder.media.studio import ready
from tests.conftest import lacking
from tests.sitefiles import NOW, contents, plain

HERE = Path(__file__).parent
CASES = sorted(p.name for p in (HERE / "sites").iterdir() if p.is_dir())
DRAWN = (
    "/manhua.webp",
    "/tujie.webp",
    "/tujie.pdf",
    "fenmian.jpg",
    "/haibao.jpg",
    ".mp4",
    "/data.xlsx",
)
ASSET = re.compile(r"(assets/(?:weike|stylesheets|javascripts)/[^\"#?]+?)\.[0-9a-f]{8}(?=\.)")
BESIDE = re.compile(r"(?<=[^/\"])\.[0-9a-f]{12}(?=\.(?:jpg|m4a|mp4|pdf|vtt|webp|xlsx)\b)")
HEAD = re.compile(
    r"<title>.*?</title>|<meta (?:name|property)=\"(?!viewport|color|format)[^>]*>|<link rel=\"(?:canonical|prev|next)\"[^>]*>|<script type=\"application/ld\+json\">.*?</script>",
    re.DOTALL,
)


def essence(path: str, data: bytes) -> bytes | None:
    """What a golden keeps of a file; None when nothing."""
    if path == "manifest.json":
        held = json.loads(data)
        files = sorted(
            (f for f in held["files"] if kept(f["path"])), key=lambda f: plain(f["path"])
        )
        rows = [f"{plain(f['path'])} {f['type']} {','.join(f['sources'])}".strip() for f in files]
        header = {k: v for k, v in held.items() if k != "files"}
        return "\n".join([json.dumps(header, ensure_ascii=False), *rows, ""]).encode()
    if path == "robot/package.json":
        held = {k: v for k, v in json.loads(data).items() if k not in {"tables", "version"}}
        return (json.dumps(held, ensure_ascii=False, indent=1) + "\n").encode()
    if path.startswith(
        ("robot/", "site/robot/package.js", "site/robot/embed", "site/robot/kiosk")
    ):  # the same, otherwise
        return None
    if not kept(path) or plain(path).endswith(DRAWN):  # pixels are the drawing library's
        return None
    return page(data.decode()).encode() if path.endswith(".html") else data


def kept(path: str) -> bool:
    """Theme files and binary files are named in the manifest only when they are content."""
    return not path.startswith(
        ("site/assets/weike/", "site/assets/stylesheets/", "site/assets/javascripts/")
    )


def page(text: str) -> str:
    """The facts of the head and the main content, with no hash of a theme file."""
    start = re.search(r"<div id=\"main\"[^>]*>", text)
    if start is None:  # a redirect or a fragment
        return BESIDE.sub("", ASSET.sub(r"\1", text))
    main = text[start.end() : _end_of_div(text, start.end())]
    lines = [*HEAD.findall(text), "", main.strip(), ""]
    return BESIDE.sub("", ASSET.sub(r"\1", "\n".join(lines)))


def _end_of_div(text: str, at: int) -> int:
    depth = 1
    for found in re.compile(r"<div\b|</div>").finditer(text, at):
        depth += -1 if found.group().startswith("</") else 1
        if depth == 0:
            return found.start()
    raise AssertionError("main has no end")


def built(case: str, out: Path) -> dict[str, dict[str, bytes]]:
    """Every edition of a case: path → what a golden keeps."""
    root = out / "root"
    shutil.copytree(HERE / "sites" / case, root)
    bundles, _ = build(root, out / "dist", [], NOW, jobs=1)
    made = {}
    for bundle in bundles:
        files = {plain(p): essence(p, d) for p, d in contents(bundle.root).items()}
        made[bundle.root.name] = {p: d for p, d in files.items() if d is not None}
    return made


def differences(new: dict[str, bytes], old: dict[str, bytes]) -> list[str]:
    """File sets first, then bytes."""
    sets = [f"{'+' if p in new else '-'} {p}" for p in sorted(set(new) ^ set(old))]
    return sets or [f"≠ {p}" for p in sorted(new) if new[p] != old[p]]


def keep(files: dict[str, bytes], folder: Path) -> None:
    """Write files in place of `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


@pytest.mark.parametrize("case", CASES)
def test_a_site_becomes_its_golden(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not ready() and list((HERE / "sites" / case).rglob("*.video.yml")):
        lacking("the group of video packages")
    wrong: list[str] = []
    for edition, files in built(case, tmp_path).items():
        golden = HERE / "golden" / case / edition
        changed = golden.with_name(f"{edition}-changed")
        shutil.rmtree(changed, ignore_errors=True)
        if not golden.is_dir():
            assert not os.environ.get("CI"), f"{golden} is missing"
            keep(files, golden)
            with capsys.disabled():
                print(f"\nwritten, to be read before it is committed: {golden}")
            continue
        found = differences(files, contents(golden))
        if found:
            keep(files, changed)
            wrong += [f"{edition}: {line}" for line in found]
    assert wrong == []


def test_a_difference_is_seen() -> None:
    assert differences({"a": b"1"}, {"a": b"1"}) == []
    assert differences({"a": b"1"}, {"a": b"2"}) == ["≠ a"]
    assert differences({"a": b"1", "b": b""}, {"a": b"1", "c": b""}) == ["+ b", "- c"]


def test_of_a_page_the_main_content_and_the_head_are_kept() -> None:
    text = '<head><title>甲</title><meta name="viewport" content="a"><meta name="PubDate" content="b"></head>x<div id="main" tabindex="-1"><div>乙</div><img src="../assets/weike/a.0123abcd.svg"></div>y'
    assert (
        page(text)
        == '<title>甲</title>\n<meta name="PubDate" content="b">\n\n<div>乙</div><img src="../assets/weike/a.svg">\n'
    )
