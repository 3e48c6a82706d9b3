"""Spoiled content: no traceback, no hang, every refusal in its place."""

from __future__ import annotations

import base64
import json
import os
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import pytest

from tests.corpus import ROOT, drawn
from tests.mutate import FAMILIES, Mutant, corpus, family_of, mutants

COUNT = 3_000 if os.environ.get("WEIKE_FULL") else 80
SEED = 20_261_121
LIMIT = 5.0  # seconds of processor time: other work on the machine does not count
FILM = 8.0  # to draw a film of a minute and a half as a draft, in two shapes
PATIENCE = 60.0
START = 60.0


class Worker:
    """A worker process with a watch on it; a dead or slow one is replaced."""

    def __init__(self, scratch: Path, media: Path) -> None:
        self.scratch, self.media = scratch, media
        self.births = 0
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        self.births += 1
        self.errors = (self.scratch / f"stderr-{self.births}.txt").open("w+", encoding="utf-8")
        self.said: queue.Queue[str] = queue.Queue()
        process = subprocess.Popen(
            [
                *(sys.executable, "-W", "error", "-m", "tests.worker"),
                str(self.scratch / f"sites-{self.births}"),
                str(self.media),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            encoding="utf-8",
        )
        assert process.stdout is not None
        threading.Thread(target=_listen, args=(process.stdout, self.said), daemon=True).start()
        assert self.said.get(timeout=START) == "ready\n", self._last_words()
        return process

    def ask(self, mutant: Mutant) -> dict[str, Any] | str:
        """What came of a mutant, or in words how the worker ended."""
        task = {
            "origin": mutant.origin,
            "path": mutant.path,
            "data": base64.b64encode(mutant.data).decode(),
        }
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(task) + "\n")
            self.process.stdin.flush()
            line = self.said.get(timeout=PATIENCE)
        except BrokenPipeError:
            line = ""
        except queue.Empty:
            return self._replace(f"no answer after {PATIENCE:g} s")
        if not line:
            return self._replace("died")
        found: dict[str, Any] = json.loads(line)
        drawing = FILM if mutant.path.endswith(".video.yml") else 0.0
        if found["seconds"] > LIMIT + drawing:
            found["odd"].append(f"took {found['seconds']:.1f} s")
        return found

    def _replace(self, why: str) -> str:
        self.process.kill()
        self.process.communicate()
        words = self._last_words()
        self.errors.close()
        self.process = self._start()
        return f"{why} {words}"

    def _last_words(self) -> str:
        self.errors.seek(0)
        return self.errors.read()[-2_000:]

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self.errors.close()


def _listen(stream: IO[str], said: queue.Queue[str]) -> None:
    for line in stream:
        said.put(line)
    said.put("")


def judge(
    number: int, batch: Sequence[Mutant], scratch: Path, media: Path
) -> Iterator[tuple[Mutant, Any]]:
    """Run a batch through one worker."""
    folder = scratch / str(number)
    folder.mkdir()
    worker = Worker(folder, media)
    for mutant in batch:
        yield mutant, worker.ask(mutant)
    worker.close()


def run_all(found: Sequence[Mutant], scratch: Path, media: Path) -> list[tuple[Mutant, Any]]:
    """Run mutants through as many workers as there are cores, at most four; a film is drawn for all of them."""
    jobs = max(1, min(4, os.cpu_count() or 1))
    with ThreadPoolExecutor(jobs) as pool:
        parts = pool.map(lambda n: list(judge(n, found[n::jobs], scratch, media)), range(jobs))
        return [pair for part in parts for pair in part]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return corpus()


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films and pictures of all little sites: each is drawn once, and in no mutant's time."""
    return drawn(tmp_path_factory.mktemp("drawn") / "media")


def test_unspoiled_files_build(files: dict[str, bytes], tmp_path: Path, media: Path) -> None:
    """A mutant that is refused is refused for its own fault: its origin builds."""
    chosen = {family_of(path): path for path in files}
    whole = [Mutant("whole", path, files[path], path) for path in chosen.values()]
    bad = {
        m.path: r for m, r in run_all(whole, tmp_path, media) if isinstance(r, str) or r["errors"]
    }
    assert not bad


def test_spoiled_files_are_refused_or_built(
    files: dict[str, bytes], tmp_path: Path, media: Path
) -> None:
    results = run_all(list(mutants(files, SEED, COUNT)), tmp_path, media)
    findings = [
        f"{mutant.name}: {result if isinstance(result, str) else result['odd']}"
        for mutant, result in results
        if isinstance(result, str) or result["odd"]
    ]
    answers = [r for _, r in results if not isinstance(r, str)]
    refused = sum(1 for r in answers if r["errors"])
    slowest = max((r["seconds"] for r in answers), default=0.0)
    print(
        f"\n{len(results)} mutants: {refused} refused, {len(answers) - refused} built, {len(findings)} findings, slowest {slowest:.2f} s"
    )
    assert not findings, "\n".join(findings)
    assert refused > COUNT // 4, "the mutants are too tame"
    assert len(answers) - refused > COUNT // 10, "the mutants are all refused at the door"


def test_same_seed_same_mutants(files: dict[str, bytes]) -> None:
    again = [list(mutants(files, SEED, 40)) for _ in range(2)]
    assert again[0] == again[1]
    assert list(mutants(files, SEED + 1, 40)) != again[0]


def test_every_family_is_used(files: dict[str, bytes]) -> None:
    used = Counter(name for m in mutants(files, SEED, 300) for name in m.name.split()[1].split("+"))
    assert set(used) == set(FAMILIES)
    assert min(used.values()) > 5


KNOWN = {
    "equal headings": "# a\n\n" * 35_000,
    "equal headings in lists": "- # a\n" * 20_000,
    "empty lines": ":::\n" + "\n" * 480_000,
    "short lines": "a\n" * 100_000,
    "formulas": "$a$\n\n" * 9_000,
    "unlike formulas": "\n\n".join(f"$x^{n}$" for n in range(6_000)),
    "unclosed formula": "$$" + " " * 19_000,
    "deep formula": "$" + "{" * 240 + "x" + "}" * 240 + "$",
    "brackets": ("[" * 390 + "\n\n") * 1_000,
    "pictures": ("![" * 190 + "\n\n") * 1_000,
    "backslashes": ("\\" * 19_000 + "\n") * 25,
    "escapes": ("\\." * 9_000 + "\n") * 25,
    "footnotes": "\n\n".join(f"a[^{n}]\n\n[^{n}]: b" for n in range(9_000)),
    "definitions": "a\n:   b\n" * 6_000,
    "fences": "::: intranet\n" * 19_000,
    "quotes and lists on one line": "> - " * 4_000 + "a",
    "definitions on one line": "a\n" + ":   " * 4_000 + "b",
    "backticks": "<b>\n" + "\n\n".join("`" * (n % 390 + 1) + "a" for n in range(2_400)),
    "dead links": "\n\n".join(f"[a](faq:mlk/x{n})" for n in range(9_000)),
    "digits": "1" * 19_000,
    "wide tables": ("|a" * 190 + "|\n" + "|-" * 190 + "|\n" + ("|b" * 190 + "|\n") * 200 + "\n")
    * 5,
}


def test_texts_that_once_took_forever(files: dict[str, bytes], tmp_path: Path, media: Path) -> None:
    origin = "faq/mlk/sishang-shi-shenme.md"
    batch = [
        Mutant(name, origin, files[origin] + b"\n" + text.encode(), origin)
        for name, text in KNOWN.items()
    ]
    results = run_all(batch, tmp_path, media)
    assert not [(m.name, r) for m, r in results if isinstance(r, str) or r["odd"]]
    assert sum(1 for _, r in results if not isinstance(r, str) and r["errors"]) > len(KNOWN) // 2
