"""A release build of what was approved, against a plain build of the same files; cold and warm."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks import corpus
from benchmarks.measure import ROOT, Cost, Rounds, options, put_aside, run, say, weike

BAR = 1.3
BIN = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")


def main() -> int:
    """Print medians and ratios; exit 1 when a bar is broken."""
    parser = options(str(__doc__), 5, rivals=False)
    parser.add_argument(
        "--edited", type=int, default=0, help="entries changed since their approval"
    )
    parser.add_argument("--sign", type=Path, help="approve everything in a tree, and nothing else")
    chosen = parser.parse_args()
    if chosen.sign:
        from benchmarks.signing import sign_all  # runs where the packages are

        return sign_all(chosen.sign)
    work = chosen.work.resolve()
    made = corpus.entries(chosen.entries)
    corpus.weike_tree(work / "release", made)
    run(weike(work / "release", work / "release-dist", corpus.NOW))  # makes .venv, if need be
    words = ["-m", "benchmarks.release", "--work", str(work), "--sign", str(work / "release")]
    subprocess.run([str(ROOT.joinpath(".venv", *BIN)), *words], cwd=ROOT, check=True)
    for entry in made[: chosen.edited]:
        with (work / "release" / entry.source).open("a", encoding="utf-8") as file:
            file.write("\n改了还没有审。\n")
    shutil.rmtree(work / "plain", ignore_errors=True)
    shutil.copytree(work / "release", work / "plain", ignore=shutil.ignore_patterns(".cache"))
    say(f"{len(made)} entries, {chosen.edited} edited since")
    rounds = Rounds()
    rounds.race(
        {
            "plain cold": partial(build, work, "plain", cold=True),
            "release cold": partial(build, work, "release", cold=True),
            "plain warm": partial(build, work, "plain"),
            "release warm": partial(build, work, "release"),
        },
        chosen.rounds,
    )
    rounds.table()
    held = [rounds.ratio(f"release {how}", f"plain {how}", BAR) for how in ("cold", "warm")]
    return 0 if all(held) else 1


def build(work: Path, name: str, *, cold: bool = False) -> Cost:
    """Build both editions; `cold`: with nothing kept."""
    if cold:
        put_aside(work / f"{name}-dist")
        put_aside(work / name / ".cache")
    words = ["--release"] if name == "release" else []
    return run([*weike(work / name, work / f"{name}-dist", corpus.NOW), *words])


if __name__ == "__main__":
    sys.exit(main())
