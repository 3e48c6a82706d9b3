"""A process that may die, or be killed: one task a call.

`apply FOLDER PACKAGE TO` runs `weike apply` on the test's clock; `full BYTES FOLDER PACKAGE TO` does so on
a disk that takes no file of more bytes; `judge KEYS` reads paths of packages from
standard input, one a line, and prints what the reader says of each, within a bound of memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from publish.airgap import cli
from publish.airgap.form import Rejected
from publish.airgap.read import opened
from publish.airgap.trust import load_trust
from tests.airgap_world import NOW

MEMORY = 400 << 20  # of address space, the interpreter's own and cryptography's in it


def apply(state: str, package: str, to: str) -> int:
    return cli.main("apply", [package, "--to", to, "--state", state], lambda: NOW)


def full(size: str, state: str, package: str, to: str) -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    return apply(state, package, to)


def judge(keys: str) -> int:
    trust = load_trust(Path(keys))
    import_module("cryptography.hazmat.primitives.asymmetric.ed25519")  # before the bound
    bound()
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            with opened(Path(line.rstrip("\n")), trust, NOW) as package:
                package.check()
            said = ""
        except Rejected as fault:
            said = fault.why
        print(f"= {said}", flush=True)
    return 0


def bound() -> None:
    try:
        import resource
    except ImportError:  # not on this system
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    task, *rest = sys.argv[1:]
    tasks: dict[str, Callable[..., int]] = {"apply": apply, "full": full, "judge": judge}
    sys.exit(tasks[task](*rest))
