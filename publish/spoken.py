"""What the command lines of channels share: the clock, words out, moments in, and no traceback for anybody."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from builder.console import bug
from publish.ledger import BEIJING

FAULT = "程序自身出错，不是内容写错了。可能已经做了一部分：再运行同一条命令，会先查清做到哪里。"


def now() -> datetime:
    """This moment in Beijing."""
    return datetime.now(BEIJING)


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Tell what went wrong."""
    print(text, file=sys.stderr, flush=True)


def moment(text: str) -> datetime:
    """A time that somebody wrote, in Beijing where no zone is named."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"时间 `{text}` 读不懂，写成 2026-12-15T10:00:00+08:00 这样"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


def unforeseen(error: Exception, state: Path) -> str:
    """A sentence for what no channel expects: trouble with files, or a fault of ours (kept for the engineer)."""
    if isinstance(error, OSError):
        where = error.filename or state
        return f"读写 {where} 出错：{error.strerror or error}。检查路径、权限和磁盘空间。"
    problem = bug(state, FAULT)
    return f"{problem.message}{problem.action}"
