"""Dies at the n-th touch of the disk: what is left is judged by `test_site_kills`. Run as a program of its own.

An audit hook counts every opening, renaming, linking and removing below a folder and ends the process
there, without a word to anybody, as a pulled plug would. Each life is a fork of one process.
"""

from __future__ import annotations

import io
import os
import sys

from publish.cli import main

EVENTS = frozenset(
    f"os.{name}" if name != "open" else name
    for name in [
        "open",
        "rename",
        "link",
        "symlink",
        "remove",
        "rmdir",
        "mkdir",
        "chmod",
        "utime",
        "truncate",
    ]
)
DEAD = 77


def arm(below: str, point: int) -> None:
    """From now on count, and die at `point`."""
    left = [point]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in EVENTS and any(below in str(a) for a in arguments):
            left[0] -= 1
            if left[0] == 0:
                os._exit(DEAD)

    sys.addaudithook(hook)


def life(words: list[str], below: str, point: int) -> int:
    """One run of a command in a process of its own, which dies at `point`; its exit code."""
    child = os.fork()
    if child == 0:
        sys.stdout = sys.stderr = io.StringIO()  # nobody hears it
        if point:
            arm(below, point)
        os._exit(main(words))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":  # lines: point<tab>folder<tab>command; answers: exit codes
    for line in sys.stdin:
        at, folder, *command = line.rstrip("\n").split("\t")
        print(life(command, folder, int(at)), flush=True)
