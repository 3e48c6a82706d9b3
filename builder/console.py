"""What every command line of ours does alike: words of its own, lines of files, no traceback for anybody."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from builder.problems import Problem, Where

FAULT = "程序自身出错，不是内容写错了，没有改动任何文件。"


class Parser(argparse.ArgumentParser):
    """Says in Chinese that a command was written wrongly; exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]  # argparse says NoReturn; so does exit
        """Say so and leave."""
        self.exit(2, f"命令写得不对：{message}\n用 `{self.prog} --help` 看用法。\n")


def utf8() -> None:
    """Print UTF-8, whatever the terminal of the machine is set to."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def trouble(error: OSError, root: str | Path) -> Problem:
    """A file or a disk that failed."""
    message = f"读写出错：{error.strerror or error}。"
    where = Where(str(error.filename or root))
    return Problem("OUT005", where, message, "检查路径、权限和磁盘空间。")


def bug(root: str | Path, said: str = FAULT) -> Problem:
    """Our own mistake, now being handled: `said` for people, the traceback in a file for us."""
    log = Path(root) / ".cache" / "error.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc(), "utf-8")
        kept = f"详情在 {log}，请发给维护人员。"
    except OSError:
        kept = traceback.format_exc()
    return Problem("BUG001", Where("."), said, kept)


def lines_of(root: Path) -> Callable[[str], Sequence[str]]:
    """Give the lines of authored files by their paths, each file read once; none where there is none."""
    kept: dict[str, list[str]] = {}

    def source(path: str) -> Sequence[str]:
        if path not in kept:
            try:
                kept[path] = (root / path).read_text("utf-8-sig", errors="replace").splitlines()
            except OSError:
                kept[path] = []
        return kept[path]

    return source
