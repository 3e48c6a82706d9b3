"""A root with numbers: its configuration, its release key, its clock, and the verbs run on it."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from builder.indicators import seals
from builder.indicators.cli import main
from builder.model import BEIJING

PIN = "kaifeng2026"
KEY_FILE = seals.make_key(PIN, cost=2)
KEY = seals.open_key(KEY_FILE, PIN)
FOLDER = "content/indicators/snapshots"
AT = "2026-10-18T10:00:00+08:00"
RELEASE = datetime.fromisoformat(AT)
EARLY = datetime(2026, 10, 12, 9, 0, tzinfo=BEIJING)
LATE = datetime(2026, 12, 1, 9, 0, tzinfo=BEIJING)
HEAD = ["--title", "9 月价格", "--audience", "public", "--division", "zh", "--release", AT]
HEAD += ["--author", "甲", "--approver", "乙", "--source", "示例数据"]

CONFIG = f"""site:
  name: 数
  owner: 示范省统计局
  editor: 编辑组
  domain: tjj.example.gov.cn
  id_code: 9900000001
  description: 数
  footer: {{host: 示范省统计局}}
audiences:
  public: {{label: 公众, public: true}}
  intranet: {{label: 内部}}
editions:
  internet: {{label: 互联网版, audiences: [public], base_url: "https://tjj.example.gov.cn/weike/"}}
  intranet: {{label: 业务网版, audiences: [public, intranet], base_url: "http://weike.tjj.example/"}}
indicators:
  release_key: "{KEY.public}"
"""
ORGS = """province: 示范省
bureau: 示范省统计局
divisions:
  - {id: zh, name: 综合处}
"""


class Site:
    """A small root, a key file beside it, a clock that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.key = folder / "release.key"
        self.pin = folder / "pin"
        self.clock = EARLY
        (self.root / "content").mkdir(parents=True)
        (self.root / "site_config.yml").write_text(CONFIG, "utf-8")
        (self.root / "content" / "orgs.yml").write_text(ORGS, "utf-8")
        self.key.write_bytes(KEY_FILE)
        self.pin.write_text(PIN + "\n", "utf-8")

    def run(self, *words: str, key: bool = False) -> int:
        """One verb on this root."""
        named = ["--key", str(self.key), "--pin-file", str(self.pin)] if key else []
        argv = [*words, "--root", str(self.root), *named]
        return main(argv, self.clock)

    def table(self, rows: Iterable[Sequence[object]], name: str = "in.csv") -> str:
        """A CSV file outside the root, from indicator, measure, region, period, value and more."""
        path = self.root.parent / name
        head = ["indicator", "measure", "region", "period", "value", "mark", "reason"]
        rows = [head, *(r for r in map(list, rows))]
        width = max(map(len, rows[1:]), default=5)
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(r[:width] for r in rows)
        return str(path)

    def snapshot(self, name: str, sealed: bool = False) -> Path:
        return self.root / FOLDER / f"{name}{'.sealed' * sealed}.json"

    def git(self, *words: str, at: datetime | None = None) -> str:
        stamp = (at or self.clock).isoformat()
        environ = {"GIT_COMMITTER_DATE": stamp, "GIT_AUTHOR_DATE": stamp, "PATH": "/usr/bin:/bin"}
        people = ["-c", "user.name=a", "-c", "user.email=a@example.gov.cn", "-c", "gc.auto=0"]
        done = subprocess.run(
            ["git", "-C", str(self.root), *people, *words],
            env={**environ, "HOME": str(self.root.parent)},
            capture_output=True,
            check=True,
        )
        return done.stdout.decode()

    def commit(self, at: datetime | None = None) -> None:
        """Everything as it lies there, at the clock or another time."""
        if not (self.root / ".git").exists():
            self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x", "--allow-empty", at=at)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in (seals.KEY_FILE, seals.PIN_FILE, "WEIKE_PIN"):
        monkeypatch.delenv(name, raising=False)
    return Site(tmp_path)
