"""From a save to new bytes over HTTP: `python -m benchmarks.preview_latency`.

Makes a corpus, starts `weike preview` on it, saves one entry after another the way editors do (in
place; aside and renamed) and asks for its page until it has the new words.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from benchmarks import corpus

ROOT = Path(__file__).resolve().parent.parent
PAUSE = 0.15
LIMIT = 150.0


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures; 1 when the 95th percentile is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--saves", type=int, default=60)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "site"
        made = corpus.entries(options.entries)
        corpus.weike_tree(root, made)
        shown = [e for e in made if e.audience == "public"]
        worst = 0.0
        for name in ("body", "title"):
            took = measure(root, shown, options.saves, title=name == "title")
            worst = max(worst, report(f"{name}, {options.entries} entries", took))
    return int(worst > LIMIT)


def report(name: str, took: Sequence[float]) -> float:
    """Print one line; returns the 95th percentile."""
    p95 = statistics.quantiles(took, n=20)[-1]
    middle = statistics.median(took)
    print(
        f"{name}: {len(took)} saves, p50 {middle:.0f} ms, p95 {p95:.0f} ms, max {max(took):.0f} ms"
    )
    return p95


def measure(root: Path, made: Sequence[corpus.Entry], saves: int, *, title: bool) -> list[float]:
    """Milliseconds of each save, with a preview of its own."""
    command = [
        sys.executable,
        str(ROOT / "weike.py"),
        "preview",
        "--root",
        str(root),
        "--port",
        "0",
    ]
    rng = Random(1)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"}
    ) as process:
        try:
            port = _port(process)
            client = http.client.HTTPConnection("127.0.0.1", port)
            return [_save(root, rng.choice(made), client, n, title) for n in range(saves)]
        finally:
            process.terminate()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"http://localhost:(\d+)/", line)
        if found:
            return int(found.group(1))
    raise SystemExit("preview did not start")


def _save(
    root: Path, entry: corpus.Entry, client: http.client.HTTPConnection, number: int, title: bool
) -> float:
    path, word = root / entry.source, f"改动标记{number:03d}甲"
    text = path.read_text("utf-8")
    address = f"/{entry.page}/"
    _get(client, address)  # the author looks at the page that is being written
    time.sleep(PAUSE)
    new = text.replace("title: ", f"title: {word}", 1) if title else f"{text}\n{word}。\n"
    began = time.perf_counter()
    if number % 2:
        aside = path.with_name(f".{path.name}.tmp")
        aside.write_text(new, "utf-8")
        aside.replace(path)
    else:
        path.write_text(new, "utf-8")
    while word.encode() not in _get(client, address):
        if time.perf_counter() - began > 10:
            raise SystemExit(f"{path}: nothing new in ten seconds")
        time.sleep(0.002)
    return (time.perf_counter() - began) * 1000


def _get(client: http.client.HTTPConnection, address: str) -> bytes:
    client.request("GET", address)
    return client.getresponse().read()


if __name__ == "__main__":
    sys.exit(main())
