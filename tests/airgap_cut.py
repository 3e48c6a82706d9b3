"""Ends the process at a chosen step of `apply`, as a kill would; or lets renames fail, as a scanner would."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from builder.bundle import swap
from publish.airgap import place
from publish.airgap.read import opened
from publish.airgap.trust import FILE, load_trust
from publish.ledger import Ledger
from tests.airgap_world import NOW


def die() -> None:
    os._exit(9)


def before_swap(_fresh: Path, _target: Path) -> None:
    die()


def after_swap(fresh: Path, target: Path) -> None:
    swap(fresh, target)
    die()


def between_renames(fresh: Path, target: Path) -> None:
    """The second rename finds that nobody is there any more: the target is gone, the fresh one not yet in its place."""

    def dies(event: str, _arguments: tuple[object, ...]) -> None:
        seen.append(event)
        if seen.count("os.rename") == 2:
            die()

    seen: list[str] = []
    sys.addaudithook(dies)
    swap(fresh, target, lambda _a, _b: False)


def after_renames(fresh: Path, target: Path) -> None:
    swap(fresh, target, lambda _a, _b: False)
    die()


SWAPS: dict[str, Callable[[Path, Path], None]] = {
    "before swap": before_swap,
    "after swap": after_swap,
    "between renames": between_renames,
    "after renames": after_renames,
}


def held(refusals: int, state: str, path: str, to: str) -> None:
    """Apply where two renames are needed, and so many of them from the second on are refused."""

    def refuses(event: str, arguments: tuple[object, ...]) -> None:
        seen.append(event)
        if 2 <= seen.count("os.rename") < 2 + refusals and event == "os.rename":
            raise PermissionError(13, "in use", str(arguments[0]))

    def exchange(fresh: Path, target: Path) -> None:
        sys.addaudithook(refuses)
        swap(fresh, target, lambda _a, _b: False)

    seen: list[str] = []
    with (
        Ledger.open(Path(state), lambda: NOW) as ledger,
        opened(Path(path), load_trust(Path(state) / FILE), NOW) as package,
    ):
        try:
            place.place(package, Path(to), ledger, lambda: NOW, exchange=exchange)
        except (OSError, place.Unfinished) as error:
            print(f"{type(error).__name__}: {error}")


def cut(moment: str, state: str, path: str, to: str) -> None:
    """Apply, and die at that step."""
    with (
        Ledger.open(Path(state), lambda: NOW) as ledger,
        opened(Path(path), load_trust(Path(state) / FILE), NOW) as package,
    ):
        if moment == "unpacked":
            place.place(package, Path(to), ledger, lambda: NOW, to_disk=die)
        place.place(package, Path(to), ledger, lambda: NOW, exchange=SWAPS[moment])
