"""Films on a site: what goes in passes the gate, what comes out stands beside its page."""

from __future__ import annotations

import http.client
import io
import json
import re
import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from builder.build import build
from builder.media import voice_samples
from builder.media.studio import FILMS
from builder.preview import Preview
from tests.conftest import lacking
from tests.sitefiles import (
    NOW,
    actual,
    codes,
    contents,
    picture,
    plain,
    problems,
    site_of,
    write,
    yml,
)

if find_spec("av") is None:  # the author's set-up goes without
    lacking("the group of video packages")
av: Any = import_module("av")

PAGE = "site/courses/ke/pian/"
COURSE = yml(title="本课")
SCENES = """\
seconds: 20
formats: ['16:9', '1:1']
scenes:
  - caption: 开头
    narration: 先看一句话。
    card: {title: 一句话, lines: [一行]}
  - show: 一张渐变的图
    picture: tu.png
    motion: none
  - show: 三秒的录像
    clip: {file: pian.mp4, start: 0, end: 1, sound: true}
"""


def clip(seconds: float = 2.0) -> bytes:
    """A grey film with a title in its metadata."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as box:
        box.metadata["title"] = "内部会议录像"
        stream = box.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        frame = av.VideoFrame(160, 90, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([128]) * plane.buffer_size)
        for n in range(round(25 * seconds)):
            frame.pts = n
            box.mux(stream.encode(frame))
        box.mux(stream.encode(None))
    return out.getvalue()


def tree(root: Path, text: str = SCENES, **files: bytes) -> Path:
    """A course with one film; `files` stand beside it, `_` for the dot of their names."""
    beside = {"tu_png": picture("PNG", size=(64, 36)), "pian_mp4": clip()} | files
    lessons = "courses/ke/lessons"
    return write(
        root,
        {"courses/ke/course.yml": COURSE, f"{lessons}/01-pian.video.yml": yml(title="片") + text}
        | {f"{lessons}/{name.replace('_', '.')}": data for name, data in beside.items()},
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The internet edition, with drafts of its films."""
    folder = tmp_path_factory.mktemp("film")
    build(tree(folder / "in"), folder / "out", ["internet"], NOW, jobs=1, draft=True)
    return {plain(p): d for p, d in contents(folder / "out" / "internet").items()}


def test_files_stand_beside_the_page(made: dict[str, bytes]) -> None:
    names = {path.removeprefix(PAGE) for path in made if path.startswith(PAGE)}
    assert {"index.html", "haibao.jpg", "zimu.vtt", "shipin.mp4", "shipin-fang.mp4"} <= names
    assert "shipin-shu.mp4" not in names, "nobody asked for it"
    assert made[PAGE + "zimu.vtt"].startswith(b"WEBVTT")
    for name, size in (("shipin.mp4", (640, 360)), ("shipin-fang.mp4", (360, 360))):
        with av.open(io.BytesIO(made[PAGE + name])) as box:
            video = box.streams.video[0]
            assert (video.width, video.height) == size
    page = made[PAGE + "index.html"].decode()
    assert re.search(r'<source src="shipin\.[0-9a-f]{12}\.mp4" type="video/mp4">', page)
    assert re.search(r'src="zimu\.[0-9a-f]{12}\.vtt"', page)
    assert "先看一句话。" in page, "the transcript"


def test_what_went_into_a_film_does_not_go_out_by_itself(made: dict[str, bytes]) -> None:
    assert not [p for p in made if p.endswith(".png") and "/assets/files/" in p]
    assert [p for p in made if p.endswith(".mp4")] == [
        PAGE + "shipin-fang.mp4",
        PAGE + "shipin.mp4",
    ]
    assert not [p for p, data in made.items() if "内部会议录像".encode() in data]


def test_a_draft_says_so_and_the_voice_is_named(made: dict[str, bytes]) -> None:
    manifest = json.loads(made["manifest.json"])
    assert manifest["media"] == "draft"
    voices = {
        plain(f["path"]): f.get("made_by") for f in manifest["files"] if f["path"].endswith(".mp4")
    }
    assert set(voices.values()) <= {"silent", "espeak", "kokoro"}
    assert all(voices.values())


def test_a_recording_wins_and_music_plays(tmp_path: Path) -> None:
    voice = voice_samples.to_wav(_hum(3.0))
    text = SCENES.replace("seconds: 20\n", "seconds: 20\nrecording: shuo.wav\nmusic: qu.wav\n", 1)
    root = tree(tmp_path / "in", text, shuo_wav=voice, qu_wav=voice_samples.to_wav(_hum(2.0)))
    bundle = build(root, tmp_path / "out", ["internet"], NOW, jobs=1, draft=True)[0][0]
    film = actual(bundle.root, PAGE + "shipin.mp4")
    assert bundle.files[film].made_by == "recorded"
    data = (bundle.root / film).read_bytes()
    with av.open(io.BytesIO(data)) as box:
        assert box.streams.audio[0].codec_context.name == "aac"
        assert "AIGC" not in box.metadata
    assert (bundle.root / actual(bundle.root, PAGE + "yinpin.m4a")).exists()


def test_a_second_build_draws_and_speaks_nothing(tmp_path: Path) -> None:
    root = tree(tmp_path / "in")
    for out in ("one", "two"):
        build(root, tmp_path / out, ["internet"], NOW, jobs=1, draft=True)
        if out == "one":
            kept = {p: p.stat().st_mtime_ns for p in (root / ".cache" / "media").rglob("*")}
    assert {p: p.stat().st_mtime_ns for p in (root / ".cache" / "media").rglob("*")} == kept
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


BAD: dict[str, tuple[str, bytes]] = {
    "a list of other files": ("pian_mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
    "half a film": ("pian_mp4", clip()[:900]),
    "a picture that is none": (
        "tu_png",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
    ),
    "a cut picture": ("tu_png", picture("PNG", size=(400, 300))[:200]),
}


@pytest.mark.parametrize("case", BAD, ids=list(BAD))
def test_hostile_footage_is_refused_at_its_place(case: str, tmp_path: Path) -> None:
    name, data = BAD[case]
    found = problems(tree(tmp_path, SCENES, **{name: data}))
    assert set(codes(found)) == {"AST002"}
    assert {p.where.path for p in found} == {"courses/ke/lessons/01-pian.video.yml"}
    assert all(p.where.line for p in found)


def test_hostile_sound_is_refused_and_a_lost_file_missed(tmp_path: Path) -> None:
    text = SCENES.replace("seconds: 20\n", "seconds: 20\nmusic: qu.mp3\nrecording: lu.wav\n", 1)
    found = problems(tree(tmp_path, text, qu_mp3=b"#EXTM3U\nhttp://example.com/a.mp3\n"))
    assert sorted(set(codes(found))) == ["AST001", "AST002"]


def test_a_clip_that_is_too_short_is_told(tmp_path: Path) -> None:
    found = problems(tree(tmp_path, SCENES.replace("end: 1", "end: 9")))
    assert set(codes(found)) == {"AST002"}
    assert "2.0 秒" in found[0].message


def test_a_map_in_a_film_needs_its_number(tmp_path: Path) -> None:
    found = problems(tree(tmp_path, SCENES.replace("一张渐变的图", "全省地图")))
    assert codes(found) == ["AST004"], "the public edition only"


def test_an_internal_film_brings_nothing_to_the_public(tmp_path: Path) -> None:
    root = tree(tmp_path, "")
    lesson = root / "courses/ke/lessons/01-pian.video.yml"
    lesson.write_text(yml(title="片", audience="intranet") + SCENES, "utf-8")
    assert site_of(root, "internet").footage == {}
    assert len(site_of(root, "intranet").footage) == 2


def test_scenes_are_checked_where_they_stand(tmp_path: Path) -> None:
    text = """\
seconds: 20
scenes:
  - narration: 一句。
    card: {title: 题}
    chart: {type: bar, title: 图, source: 示例数据, x: [甲], series: {数: [1]}}
  - panel: {scene: office, speaker: 王姐}
  - chart: {type: bar, title: 图, source: 示例数据, x: [甲, 乙], series: {数: [1]}}
"""
    found = problems(tree(tmp_path, text))
    first = next(n for n, line in enumerate(_lines(tmp_path)) if line.startswith("scenes:")) + 1
    assert [p.where.line - first for p in found] == [3, 4, 4, 5]
    assert [p.code for p in found] == ["FMT004"] * 4


def _lines(root: Path) -> list[str]:
    return (root / "courses/ke/lessons/01-pian.video.yml").read_text("utf-8").splitlines()


def _hum(seconds: float) -> bytes:
    rate = voice_samples.RATE
    return b"".join(
        (8000 if n // 50 % 2 else -8000).to_bytes(2, "little", signed=True)
        for n in range(round(rate * seconds))
    )


def test_without_the_packages_poster_and_script_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builder.media.studio.FILMS", (*FILMS, "no_such_package"))
    root = tree(tmp_path / "in", SCENES.rpartition("  - show")[0])
    bundles, said = build(root, tmp_path / "out", ["internet"], NOW, jobs=1)
    assert "VID001" in codes(said)
    files = {plain(p): d for p, d in contents(bundles[0].root).items()}
    assert PAGE + "haibao.jpg" in files
    assert not [p for p in files if p.endswith((".mp4", ".vtt", ".m4a"))]
    page = files[PAGE + "index.html"].decode()
    assert "<video" not in page
    assert "/haibao." in page
    shutil.rmtree(tmp_path / "out")


def test_preview_shows_the_page_at_once_and_films_in_ranges(tmp_path: Path) -> None:
    root = tree(tmp_path)
    with Preview(root, "internet", 0, clock=lambda: NOW, say=lambda text: None) as preview:
        page, place = _ask(preview.port, "courses/ke/pian/"), "courses/ke/pian/shipin.mp4"
        assert page[0] == 200
        assert b"shipin.mp4" in page[1]
        assert not list((root / ".cache" / "media").rglob("*")), "no film was made for the page"
        status, film, _ = _ask(preview.port, place)
        assert status == 200
        assert film[4:8] == b"ftyp"
        status, piece, named = _ask(preview.port, place, "bytes=8-15")
        assert (status, piece, named) == (206, film[8:16], f"bytes 8-15/{len(film)}")
        status, tail, _ = _ask(preview.port, place, "bytes=-5")
        assert (status, tail) == (206, film[-5:])
        assert _ask(preview.port, place, f"bytes={len(film)}-")[0] == 416
        assert _ask(preview.port, place, "bytes=a-b")[:2] == (200, film)


def _ask(port: int, path: str, part: str = "") -> tuple[int, bytes, str]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        client.request("GET", f"/{path}", headers={"Range": part} if part else {})
        answer = client.getresponse()
        return answer.status, answer.read(), answer.headers.get("Content-Range", "")
    finally:
        client.close()
