"""A small site whose every output shows numbers, and a snapshot whose every word can be told apart."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from builder.build import build
from builder.indicators import seals
from builder.indicators.spelling import checksum, text_of
from builder.problems import Problem
from tests.numbered import REGIONS, block, indicator, snapshot
from tests.sitefiles import CONFIG, ORGS, fact, head, write, yml

PIN = "kaifeng2026"
KEY_FILE = seals.make_key(PIN, cost=2)
KEY = seals.open_key(KEY_FILE, PIN)
FOLDER = "content/indicators/snapshots"
LONG_AGO = "2026-01-01"
MONTHS = ("2025-07", "2025-08", "2025-09")
OLD = snapshot(
    "old",
    "2025-12-01T10:00:00+08:00",
    block([[1.1, 2.2, 3.3], [1.4, 2.5, 3.6]], MONTHS, ("990000", "990100")),
    block([[100.5, 101.25, 102.75]], MONTHS, measure="value"),
    block([[7.1, 7.2, 7.3]], MONTHS, indicator="neibu"),
)
ADDED, CORRECTED = "98765.43", "31415.92"  # as published
WORDS = ("海棠快照", "基数核实紫藤", "银杏出处", "腊梅说明")  # title, reason, source, note
INSIDE = "87654.32"  # for the business network alone
ARTICLE = """\
九月工业增加值 {{ind:gongye.value@latest}} 亿元，同比{{ind:gongye.yoy@latest form=change}}。

```chart
type: line
title: 工业增加值
from: {indicator: gongye, measure: value, periods: last 4}
```

```data
from: {indicator: gongye, measure: [value, yoy], periods: last 4}
```
"""
SITE = {
    "site_config.yml": CONFIG
    + f'wechat: {{accounts: {{sf: {{name: 示范统计}}}}}}\nindicators: {{release_key: "{KEY.public}"}}\n',
    "content/orgs.yml": ORGS,
    "content/indicators/regions.yml": REGIONS.replace("2026-11-01", LONG_AGO),
    "content/indicators/gongye.yml": indicator(date=LONG_AGO),
    "content/indicators/neibu.yml": indicator(date=LONG_AGO, title="内部指标", short="内部", audience="intranet"),
    "content/indicators/dashboards/jingji.yml": yml(
        title="经济概览",
        date=LONG_AGO,
        blocks=[{"numbers": [{"indicator": "gongye", "measure": "value", "periods": "last 1"}]}],
    ),
    "content/articles/2026/yuebao.md": fact(ARTICLE, title="月报", date=LONG_AGO, type="analysis"),
    "content/pushes/yuebao.yml": head(
        title="月报推送", date=LONG_AGO, account="sf", send="publish", theme="daily",
        articles=["article:2026/yuebao"],
    ),
    f"{FOLDER}/old.json": OLD,
}  # fmt: skip


def fresh(release: datetime) -> str:
    """The snapshot under test: it adds, corrects and withdraws."""
    made = {
        "title": WORDS[0],
        "sources": [{"title": WORDS[2]}],
        "note": WORDS[3],
    }
    return snapshot(
        "xin",
        release.isoformat(),
        block([[float(ADDED)]], ["2025-10"], measure="value"),
        block([[37.3]], ["2025-10"]),
        block([[float(CORRECTED)]], ["2025-09"], measure="value", action="correct", reason=WORDS[1]),
        _withdrawal(),
        block([[float(INSIDE)]], ["2025-10"], indicator="neibu", measure="value"),
        **made,
    )  # fmt: skip


def _withdrawal() -> dict[str, object]:
    made = block([], ["2025-07"], action="withdraw", reason=WORDS[1])
    del made["values"]
    return made


def sealed(text: str) -> str:
    return seals.seal(text, KEY.public, least=256)


def intranet(text: str) -> str:
    """What a snapshot adds, for the business network alone; what the public knows changes for all."""
    made = {**json.loads(text), "audience": "intranet"}
    made["blocks"] = [told for told in made["blocks"] if told["action"] == "add"]
    return text_of({**made, "checksum": checksum(made)})


class World:
    """Two roots that differ in one file, and a key beside them."""

    def __init__(self, folder: Path) -> None:
        self.with_it, self.without = folder / "with", folder / "without"
        for root in (self.with_it, self.without):
            write(root, SITE)
        (folder / "release.key").write_bytes(KEY_FILE)

    def put(self, text: str, name: str = "xin.sealed.json") -> None:
        """The one file."""
        for old in self.with_it.glob(f"{FOLDER}/xin*"):
            old.unlink()
        (self.with_it / FOLDER / name).write_text(text, "utf-8", newline="\n")


def built(root: Path, now: datetime, held: bool = True) -> tuple[dict[str, bytes], list[Problem]]:
    """Every byte of every edition, by path, built on a machine that holds the key, or on one that does not."""
    out = root / "dist"
    with environment(root.parent / "release.key" if held else None):
        problems = build(root, out, [], now, jobs=1)[1]
    found = {
        p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()
    }
    return found, problems


@contextmanager
def environment(key: Path | None) -> Iterator[None]:
    """The environment of a machine with this release key, or with none."""
    words = {} if key is None else {seals.KEY_FILE: str(key), "WEIKE_PIN": PIN}
    names = (seals.KEY_FILE, seals.PIN_FILE, "WEIKE_PIN")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ.update(words)
    try:
        yield
    finally:
        for name in words:
            os.environ.pop(name, None)
        os.environ.update(before)


def unpacked(data: bytes) -> Iterator[bytes]:
    """A file, and what is packed in it."""
    yield data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            yield from (box.read(name) for name in box.namelist())
    if data.startswith(b"\x1f\x8b"):
        yield gzip.decompress(data)


def showing(files: dict[str, bytes], word: str) -> list[str]:
    """The files in which a word or a number can be read."""
    grouped = f"{word[:2]},{word[2:]}" if word[:1].isdigit() and len(word) == 8 else word
    spelled = [w.encode(e) for w in {word, grouped} for e in ("utf-8", "utf-16-le", "gb18030")]
    return [
        path
        for path, data in files.items()
        if any(s in piece for piece in unpacked(data) for s in spelled)
    ]
