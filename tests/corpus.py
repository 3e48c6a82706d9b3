"""Small sites cut out of the repository's own content, so that a build takes a second."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from builder.read import kind_of

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("content", "courses", "faq")
SETTINGS = ("site_config.yml", "content/orgs.yml")
REF = re.compile(r"(?<![\w:/])([a-z]+:[a-z0-9][a-z0-9/-]*[a-z0-9])")
LINK = re.compile(r"\]\(((?!https?:)[^)#]*)[^)]*\)")
LEANING = re.compile(r"(?m)^( *)(?:- )?(system|supersedes|prerequisites): .*$\n(?:\1 +- .*\n)*")
MATERIAL = re.compile(r"(?m)^(\s*(?:- )?link: )([a-z]+:[a-z0-9].*)$")
NOW = "2026-11-21T10:00:00+08:00"


@lru_cache(maxsize=1)
def paths_by_id() -> Mapping[str, str]:
    """Every entry's file by the id its path gives it."""
    found: dict[str, str] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(("content/indicators/", "content/robot/")) or b"{{ind:" in _read(
                path
            ):
                continue  # these lean on much else: they have trees of their own
            kind = kind_of(name)
            matched = kind.match(name) if kind else None
            if matched is not None:
                found[matched[0]] = name
    return found


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.suffix == ".md" else b""


def copy(name: str, root: Path) -> Path:
    """Copy one file of the repository into another root."""
    target = root / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / name, target)
    return target


def trim(path: Path, known: Iterable[str] = ()) -> None:
    """Cut every reference out of a file that leads to none of `known`."""
    kept = set(known)
    text = path.read_text("utf-8")
    text = LINK.sub(lambda m: m.group(0) if m.group(1) in kept else "](https://example.com/)", text)
    text = LEANING.sub(lambda m: m.group(0) if set(REF.findall(m.group(0))) <= kept else "", text)
    text = MATERIAL.sub(
        lambda m: m.group(0) if m.group(2) in kept else f"{m.group(1)}https://example.com/", text
    )
    path.write_text(text, "utf-8", newline="\n")


def companions(names: Iterable[str]) -> set[str]:
    """The course of every lesson, the tables beside a standard, all that a push names."""
    found: set[str] = set()
    for name in names:
        if name.startswith("content/pushes/"):
            pushed = REF.findall((ROOT / name).read_text("utf-8"))
            named = {paths_by_id()[i] for i in pushed if i in paths_by_id()}
            found |= named | companions(named)
        if "/lessons/" in name:
            found.add(f"{name.partition('/lessons/')[0]}/course.yml")
        if name.startswith("content/standards/"):
            beside = (ROOT / name).parent.glob("*.csv")
            found |= {path.relative_to(ROOT).as_posix() for path in beside}
    return found


def sample(root: Path, each: int = 2) -> Path:
    """Make a site of `each` entries of every kind, whole and without errors, under `root`."""
    chosen: dict[str, list[str]] = {}
    for identity, name in paths_by_id().items():
        found = chosen.setdefault(identity.partition(":")[0], [])
        if len(found) < each:
            found.append(name)
    names = {name for found in chosen.values() for name in found}
    names |= companions(names)
    known = {identity for identity, name in paths_by_id().items() if name in names}
    for name in sorted(names):
        target = copy(name, root)
        if not name.endswith(".csv"):
            trim(target, known)
    for name in SETTINGS:
        copy(name, root)
    return root


def drawn(folder: Path) -> Path:
    """`folder`, with all films and pictures that builds of the repository's own content have kept.

    A little site with the same lessons then draws none of them again.
    """
    folder.mkdir(parents=True)
    with suppress(OSError):  # there was no build yet, or one is tidying up
        half = shutil.ignore_patterns("*.tmp")
        shutil.copytree(ROOT / ".cache" / "media", folder, ignore=half, dirs_exist_ok=True)
    return folder


def weike(*words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a verb in a process of its own, warnings as errors."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-c",
        "import sys; from builder.cli import main; sys.exit(main(sys.argv[1:]))",
    ]
    return subprocess.Popen(
        [*command, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=words[words.index("--root") + 1] if "--root" in words else None,
    )


def built(*words: str, env: Mapping[str, str] | None = None) -> str:
    """Run a verb to its end; what it printed. It must succeed."""
    with weike(*words, env=env) as process:
        said = process.communicate(timeout=300)[0].decode("utf-8", "replace")
        assert process.returncode == 0, said
    return said


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
