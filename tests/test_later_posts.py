"""A post of a live coverage whose hour has not come is in no output, of no edition."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from builder.build import build
from tests.sitefiles import NOW, picture, write, yml

LATER = "GDP-EMBARGO-5.2"


def _live(times: dict[str, str]) -> str:
    posts = [
        {"time": time, "title": said, "text": f"{said}，见 ![图{said}](tu-{n}.png)", "key": True}
        for n, (time, said) in enumerate(times.items())
    ]
    return yml(
        title="开放日直播",
        start="2026-11-01T09:00:00+08:00",
        end="2027-01-01T09:00:00+08:00",
        posts=posts,
    )


def _built(tmp_path: Path, name: str, times: dict[str, str]) -> dict[str, bytes]:
    files = {f"content/events/tu-{n}.png": picture("PNG", size=(24 + n, 16)) for n in range(3)}
    root = write(tmp_path / name, {"content/events/kai.live.yml": _live(times), **files})
    bundles, problems = build(root, tmp_path / f"{name}-out", [], NOW, jobs=1)
    if len(times) > 2:
        assert [p.code for p in problems if p.where.path.endswith(".live.yml")] == ["TIM001"] * 2
    return {f"{b.header['edition']}/{p}": b.read(p) for b in bundles for p in b.files}


def test_a_later_post_is_nowhere(tmp_path: Path) -> None:
    come = {
        (NOW - timedelta(days=1)).isoformat(): "昨天",
        NOW.isoformat(): "此刻",
    }
    later = {(NOW + timedelta(seconds=1)).isoformat(): LATER}
    whole = _built(tmp_path, "whole", come | later)
    assert not [path for path, data in whole.items() if LATER.encode() in data]
    assert any("此刻".encode() in data for data in whole.values())
    assert whole == _built(tmp_path, "without", come)
