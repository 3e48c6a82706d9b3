"""A small site with a live page that runs, built for real, and a service beside it."""

from __future__ import annotations

import atexit
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx2 as httpx
from PIL import Image

from builder.model import BEIJING
from tests.service_world import START, World, world
from tests.sitefiles import bundles, write, yml

FILE = "content/events/kai.live.yml"
NOW = datetime.fromtimestamp(START / 1000, BEIJING)
BEGUN = (NOW - timedelta(hours=1)).isoformat(timespec="seconds")
POSTS = f"""\
start: {BEGUN}
end: {(NOW + timedelta(hours=3)).isoformat(timespec="seconds")}
posts:  # 现场的记录
  - id: p1
    time: {BEGUN}
    title: 会议开始
    text: 主会场坐满。
# 完
"""
SITE = {FILE: yml(title="示例直播", date="2026-11-17", updated="2026-11-17", tags=["直播"]) + POSTS}
URL = "live/kai/"


def build(root: Path, out: Path, now: datetime = NOW) -> Path:
    """The site of `root`, built; its folder."""
    return bundles(root, out, now)["internet"].root


@lru_cache(maxsize=1)
def _built() -> Path:
    """The content and its site, built once a run."""
    folder = Path(mkdtemp(prefix="weike-live-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build(write(folder / "content", SITE), folder / "dist")
    return folder


@contextmanager
def running(folder: Path, database: str = "", **more: Any) -> Iterator[World]:
    """A service with the bundle of that site, and a folder for its fragments."""
    shutil.copytree(_built(), folder, dirs_exist_ok=True)
    dist = folder / "dist" / "internet"
    told = {"bundle": dist, "live_dir": folder / "served"} | more
    with world(folder / "data", "internet", database, **told) as found:
        yield found


def photo(form: str = "JPEG", size: tuple[int, int] = (320, 200), **more: Any) -> bytes:
    """A picture as a phone sends it."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, form, **more)
    return out.getvalue()


def send(
    browser: httpx.Client, text: str = "现场的话。", picture: bytes | None = None, **more: Any
) -> httpx.Response:
    """Post from a phone."""
    files = {"picture": ("IMG_0001.JPG", picture, "image/jpeg")} if picture is not None else None
    data = {"text": text} | more
    return browser.post("/live/on/kai", data=data, files=files)


def fragment(service: World) -> str:
    """What readers' pages fetch."""
    served = service.desk.settings.live_dir
    assert served is not None
    return (served / URL / "fragment.html").read_text("utf-8")
