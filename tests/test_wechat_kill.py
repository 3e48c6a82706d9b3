"""A push that is killed at any moment and run again: no draft or send twice, none lost, next to nothing uploaded twice.

The stand-in runs as another process and keeps the journal by which this is judged.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from publish.ledger import Ledger, broken
from tests.wechat_bundles import Sample, Sending, eight, make
from tests.wechat_standin import Entry, Remote, StandIn
from tests.wechat_world import Settings

ROOT = Path(__file__).resolve().parent.parent
KILLS = 200 if os.environ.get("WEIKE_FULL") else 3
KINDS = ("draft", "mass", "publish")
SHORT = {
    "draft": ("draft/add", "draft/get"),
    "mass": ("draft/add", "draft/get", "message/mass/sendall", "message/mass/get"),
    "publish": ("draft/add", "draft/get", "freepublish/submit", "freepublish/get"),
}
LINGER = 0.8
PUSHER = """
import sys, time
from publish.wechat.cli import Machine, main
machine = Machine(sleep=lambda seconds: time.sleep(seconds / 500), timeout=(5.0, 5.0))
from publish.wechat import client
print("go", flush=True)
sys.exit(main(sys.argv[1], sys.argv[2:], machine))
"""


@contextmanager
def wechat() -> Iterator[tuple[Remote, dict[str, str]]]:
    """The stand-in in a process of its own, and the environment that leads to it."""
    settings = Settings()
    words = [sys.executable, "-m", "tests.wechat_standin"]
    with subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdin
        told = json.loads(process.stdout.readline())
        environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "WEIKE_WECHAT_API": told["api"],
            "WEIKE_WECHAT_TJJ_APPID": settings.appid,
            "WEIKE_WECHAT_TJJ_SECRET": settings.secret,
        }
        try:
            yield Remote(told["control"]), environ
        finally:
            process.stdin.close()


class Round:
    """One push in a world of its own days, pictures and state."""

    def __init__(self, root: Path, number: int, kind: str, environ: dict[str, str]) -> None:
        self.kind, self.environ, self.root = kind, environ, root / f"round-{number}"
        self.root.mkdir()
        self.articles = tuple(self._own(n, a) for n, a in enumerate(eight(), number * 8))
        push = Sending("nov", self.articles, kind=kind)
        make(self.root / "internet", [push], header={"now": "2026-01-01T00:00:00+08:00"})
        where = ["--bundle", str(self.root / "internet"), "--state", str(self.root / "state")]
        self.words = ["nov", *where]
        assert self.run("plan") == 0

    @staticmethod
    def _own(number: int, article: Sample) -> Sample:
        images = tuple(f"{number}-{i}" for i in range(5))
        return replace(article, images=images, cover=f"c{number}", title=f"第{number}篇")

    def start(self, verb: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", PUSHER, verb, *self.words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            words, cwd=self.root, env=self.environ, stdout=pipe, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout
        while process.stdout.readline() != "go\n":
            assert process.poll() is None
        return process

    def run(self, verb: str) -> int:
        with self.start(verb) as process:
            assert process.stdout
            said = process.stdout.read()
            code = process.wait()
        if code:
            print(said)
        return code

    def open(self) -> list[str]:
        """The calls that were cut off."""
        with Ledger.view(self.root / "state") as ledger:
            return [o.call.api for o in ledger.unsettled("wechat", "tjj")]

    def finish(self, remote: Remote | StandIn) -> None:
        """Take it up until it is done: once, or twice when WeChat does the killed one's work only now."""
        later(remote)
        code = self.run("push")
        if code == 3:
            later(remote)
            code = self.run("push")
        assert code == 0

    def killed(self, after: float) -> bool:
        """Push, and kill it after so many seconds; False when it came to an end before."""
        with self.start("push") as process:
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                process.kill()
            assert process.stdout
            said = process.stdout.read()
            code = process.wait()
        assert code in {0, 3, -9}, said
        return code == -9


def judge(round_: Round, before: Counter[str], remote: Remote | StandIn, kills: int) -> int:
    """Nothing twice, nothing lost; gives how many uploads were repeated."""
    effects = remote.effects()[sum(before.values()) :]
    count = Counter(path for path, _, _ in effects)
    assert count["draft/add"] == 1, effects
    assert count["message/mass/sendall"] == (round_.kind == "mass")
    assert count["freepublish/submit"] == (round_.kind == "publish")
    uploads = Counter(
        (path, sha)
        for path, _, sha in effects
        if path in {"media/uploadimg", "material/add_material"}
    )
    assert len(uploads) == 48, "40 pictures and 8 covers"
    repeated = sum(uploads.values()) - len(uploads)
    assert repeated <= kills
    state = remote.state()
    first = round_.articles[0].title
    out = [p["articles"] for p in state["published"].values() if p["articles"][0]["title"] == first]
    there = [d["articles"] for d in state["drafts"].values() if d["articles"][0]["title"] == first]
    assert len(out + there) == 1
    assert bool(there) == (round_.kind == "draft")
    [kept] = out + there
    assert [a["title"] for a in kept] == [a.title for a in round_.articles]
    assert all(a["content"].count("data-src=") == 5 for a in kept)
    with Ledger.view(round_.root / "state") as ledger:
        assert broken(ledger.receipts()) is None
        assert ledger.unsettled("wechat", "tjj") == []
        what = Counter(str(r.body["what"]) for r in ledger.receipts())
    assert what["draft"] == 1
    assert what["mass-sent"] == (round_.kind == "mass")
    assert what["published"] == (round_.kind == "publish")
    return repeated


def later(remote: Remote | StandIn) -> None:
    """A minute later: WeChat wants that between two tries of one send, and has done what it had accepted."""
    remote.advance(61)
    remote.finish()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_killed_pushes_send_nothing_twice_and_lose_nothing(tmp_path: Path) -> None:
    rng = random.Random()
    with wechat() as (remote, environ):
        durations = []
        for number, kind in enumerate(KINDS):
            whole = Round(tmp_path, number, kind, environ)
            remote.advance(86_400)
            before = Counter(path for path, _, _ in remote.effects())
            started = time.monotonic()
            assert not whole.killed(60)
            durations.append(time.monotonic() - started)
            judge(whole, before, remote, 0)
        kills = repeated = rounds = 0
        hit: Counter[str] = Counter()
        while kills < KILLS:
            kind = KINDS[rounds % 3]
            round_ = Round(tmp_path, len(KINDS) + rounds, kind, environ)
            remote.advance(86_400)
            before = Counter(path for path, _, _ in remote.effects())
            mine = 0
            while rng.random() < 0.7 or not mine:
                later(remote)
                linger = (
                    rng.random() < 0.5
                )  # so that short calls are hit as well as the many uploads
                if linger:
                    remote.fault(rng.choice(SHORT[kind]), "slow", seconds=LINGER)
                started = time.monotonic()
                if not round_.killed(rng.random() * (durations[rounds % 3] + linger * LINGER)):
                    if not mine:  # the machine has become quicker
                        durations[rounds % 3] = time.monotonic() - started
                    break
                mine += 1
                hit.update(round_.open())
            remote.calm()
            round_.finish(remote)
            assert round_.run("push") == 0, "and once more: nothing is left to do"
            repeated += judge(round_, before, remote, mine)
            kills += mine
            rounds += 1
            shutil.rmtree(round_.root)
    print(f"\n{kills} kills in {rounds} pushes of 8 articles with 40 pictures")
    print(f"{repeated} uploads repeated; open when killed: {dict(hit)}")
    assert len(hit) > (4 if KILLS > 100 else 0), "the kills came at the same few moments"


class Trap:
    """Kills the client at one exact point of one call."""

    def __init__(self, path: str, stage: str) -> None:
        self.path, self.stage = path, stage
        self.process: subprocess.Popen[str] | None = None

    def __call__(self, stage: str, entry: Entry) -> None:
        if self.process and (entry.path, stage) == (self.path, self.stage):
            self.process.kill()
            self.process.wait()


POINTS = [
    (kind, path, stage)
    for kind, paths in {
        "draft": ("stable_token", "media/uploadimg", "material/add_material", *SHORT["draft"]),
        "mass": SHORT["mass"][1:],
        "publish": SHORT["publish"][1:],
    }.items()
    for path in paths
    for stage in ("before", "after", "answered")
]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
@pytest.mark.parametrize(
    ("kind", "path", "stage"), POINTS if KILLS > 100 else random.Random(3).sample(POINTS, 3)
)
def test_killed_at_every_side_of_every_call(
    tmp_path: Path, kind: str, path: str, stage: str
) -> None:
    trap = Trap(path, stage)
    with StandIn(Settings(), hook=trap) as remote:
        round_ = Round(
            tmp_path, 0, kind, {**os.environ, "PYTHONPATH": str(ROOT), **remote.environ("tjj")}
        )
        with round_.start("push") as process:
            trap.process = process
            code = process.wait()
        assert code == -9 or (code, stage) == (0, "answered"), "the trap was not sprung"
        round_.finish(remote)
        assert judge(round_, Counter(), remote, 1) <= 1
