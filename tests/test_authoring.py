"""What authors start from: files that `weike new` writes, examples in the handbook, the repository's films."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from builder.build import survey
from builder.cli import main
from builder.kinds.video import SHOWN
from builder.media.narration import Silent, narrate
from builder.media.speech import speak
from builder.media.video_timing import timed
from builder.model import BEIJING
from builder.new import FOLDERS, NUMBERS, NewError, create
from builder.problems import Problem, Severity
from builder.read import read
from tests.corpus import ROOT

NOW = datetime(2026, 11, 21, 9, tzinfo=BEIJING)
FENCE = re.compile(r'^(`{3,})\w+ title="([^"]+)"\n(.*?)^\1$', re.MULTILINE | re.DOTALL)
NAMED = {"faq": "mlk/shili", "course": "kecheng"} | dict.fromkeys(
    ("lesson", "comic", "infographic", "video", "quiz"), "kecheng/shili"
)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A site without a single entry."""
    (tmp_path / "content").mkdir()
    config = (ROOT / "site_config.yml").read_text("utf-8")
    own = re.sub(r"(?m)^  numbers: .*\n", "", config)  # the home page's own indicators
    assert own != config
    (tmp_path / "site_config.yml").write_text(own, "utf-8")
    shutil.copy(ROOT / "content" / "orgs.yml", tmp_path / "content")
    return tmp_path


def faults(root: Path) -> list[Problem]:
    return [p for p in survey(root, [], NOW) if p.severity is Severity.ERROR]


def films(root: Path) -> dict[str, Any]:
    return {i: e for i, e in read(root)[0].entries.items() if e.kind == "video"}


def seconds(entry: Any) -> float:
    """How long a film is when its words are timed by their number."""
    said = [speak(scene["narration"]) for scene in entry.data["scenes"]]
    track = narrate([sentence for part in said for sentence in part], [Silent()])
    return timed(entry.data["scenes"], said, track).seconds


# --- weike new ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted({*FOLDERS} - {"push", *NUMBERS}))
def test_a_new_file_is_valid(empty: Path, kind: str) -> None:
    if kind in {"lesson", "comic", "infographic", "video", "quiz"}:
        create(empty, "course", "kecheng", "课程", NOW)
    path = create(empty, kind, NAMED.get(kind, "shili"), "题目", NOW)
    assert (empty / path).is_file()
    assert faults(empty) == []
    assert len(read(empty)[0].entries) == 1 + (empty / "courses/kecheng/lessons").exists()


def test_a_new_push_begins_with_what_is_there(empty: Path) -> None:
    def newest(*more: str) -> int:
        words = ["new", "push", "shili", "--root", str(empty), "--now", NOW.isoformat(), *more]
        return main(words)

    assert newest() == 1  # nothing to push yet
    assert not (empty / "content/pushes").exists()
    create(empty, "term", "jiu", "旧的", datetime(2026, 1, 2, tzinfo=BEIJING))
    create(empty, "term", "xin", "新的", NOW)
    assert newest() == 0
    assert faults(empty) == []
    pushed = read(empty)[0].entries["push:shili"].data
    assert (pushed["account"], pushed["send"]) == ("shifan", "draft")
    assert [item["entry"] for item in pushed["articles"]] == ["term:xin"]
    config = empty / "site_config.yml"
    config.write_text(config.read_text("utf-8").partition("\nwechat:")[0] + "\n", "utf-8")
    with pytest.raises(NewError, match="还没有公众号"):
        create(empty, "push", "bie", "推送", NOW)


def test_a_new_film_shows_how_it_is_done(empty: Path) -> None:
    create(empty, "course", "kecheng", "课程", NOW)
    create(empty, "video", "kecheng/shili", "片子", NOW)
    (film,) = films(empty).values()
    shown = [name for scene in film.data["scenes"] for name in SHOWN if scene[name]]
    assert shown == ["panel", "card", "blocks"]
    assert all(scene["caption"] and scene["show"] for scene in film.data["scenes"])
    assert seconds(film) == pytest.approx(film.data["seconds"], rel=0.1)
    blocks = film.data["scenes"][2]
    assert len(speak(blocks["narration"])) == len(blocks["blocks"]["blocks"])


def test_a_file_that_is_there_is_left_alone(empty: Path) -> None:
    path = create(empty, "term", "shili", "题目", NOW)
    (empty / path).write_text("mine", "utf-8")
    with pytest.raises(NewError, match="已经有了"):
        create(empty, "term", "shili", "题目", NOW)
    assert (empty / path).read_text("utf-8") == "mine"


# --- the handbook -------------------------------------------------------------------------------


def test_examples_of_the_handbook_are_valid(empty: Path) -> None:
    handbook = (ROOT / "docs" / "handbook.md").read_text("utf-8")
    examples = FENCE.findall(handbook)
    assert len(examples) >= 18
    for _, path, text in examples:
        (empty / path).parent.mkdir(parents=True, exist_ok=True)
        (empty / path).write_text(text, "utf-8")
    picture = empty / "faq/mlk/assets/shili.png"
    picture.parent.mkdir()
    Image.new("RGB", (40, 30), "white").save(picture)
    assert faults(empty) == []
    (film,) = films(empty).values()
    assert seconds(film) == pytest.approx(film.data["seconds"], rel=0.1)


# --- the repository's films ---------------------------------------------------------------------


@pytest.mark.parametrize("film", films(ROOT).values(), ids=lambda film: str(film.id))
def test_a_film_of_ours_is_short_and_shows_something(film: Any) -> None:
    scenes = film.data["scenes"]
    assert 60 <= film.data["seconds"] <= 120
    assert seconds(film) == pytest.approx(film.data["seconds"], rel=0.05)
    assert all(sum(bool(scene[name]) for name in SHOWN) == 1 for scene in scenes)
    assert len({name for scene in scenes for name in SHOWN if scene[name]}) >= 3
    assert all(0 < len(scene["caption"]) <= 14 and scene["show"] for scene in scenes)


def test_there_are_seven_films_and_one_is_for_colleagues_only() -> None:
    found = films(ROOT)
    assert len(found) == 7
    assert [f.id for f in found.values() if f.audience != "public"] == [
        "video:neibu-shenhe/chaxun-dianhua"
    ]
    assert sum("9:16" in f.data["formats"] for f in found.values()) >= 2
