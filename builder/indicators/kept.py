"""Released numbers stay what they were: no snapshot file is changed or taken away once its hour has come.

Git is the witness. Until its hour a sealed file may be sealed anew; from then on its bytes are those
of the version that stood there at that moment, or of its first commit, where that came later.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from builder.indicators import repository, seals
from builder.indicators.library import File
from builder.indicators.repository import Version
from builder.indicators.seals import SUFFIX, ReleaseKey
from builder.indicators.snapshots import head_of, moment
from builder.problems import BuildFailed, Problem, Refused, Where

RESTORE = "取回原来的文件（git log 可以看到）；要改数，另写更正的快照，要撤数，另写撤回的快照。"


def changed(
    root: Path, files: Sequence[File], clock: datetime, key: ReleaseKey | None = None
) -> Iterator[Problem]:
    """Snapshots whose hour has come, and which are no longer what they were then; none without git.

    `key` opens sealed ones that were later replaced by a file in the clear.
    """
    here = {file.path: file for file in files}
    for path, line in sorted(repository.versions(root).items()):
        if not path.endswith(".json"):
            continue
        text, release = _released(root, line)
        if release is None or release > clock:
            continue
        now = here.get(path)
        if now is None:
            yield from _gone(path, text, here, key)
        elif now.text != text:
            where = Where(path, 1, 1)
            message = "这个快照已经发布，文件却和发布时的不同：发布过的数不能改。"
            yield Problem("SNP007", where, message, RESTORE)


def _released(root: Path, line: Sequence[Version]) -> tuple[str, datetime | None]:
    """The text that counts, and its hour; none where no version was a snapshot at all."""
    text, release = "", None
    for version in line:
        if release is not None and version.time > release:
            break
        fresh = _text(root, version)
        found = release_of(fresh)
        if found is not None:
            text, release = fresh, found
    return text, release


def _text(root: Path, version: Version) -> str:
    data = repository.blob(root, version.blob) if version.blob else b""
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def release_of(text: str) -> datetime | None:
    """The hour that a snapshot's text gives, sealed or not; None when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return moment(found.get("release")) if isinstance(found, dict) else None


def _gone(
    path: str, text: str, here: Mapping[str, File], key: ReleaseKey | None
) -> Iterator[Problem]:
    """A file that is no longer there; a sealed one may have been replaced by what was inside."""
    clear = here.get(path.removesuffix(SUFFIX) + ".json") if path.endswith(SUFFIX) else None
    if clear is not None and _same(text, clear.text, key):
        return
    message = "这个快照已经发布，文件却没有了：发布过的数不能删。"
    yield Problem("SNP007", Where(path), message, RESTORE)


def _same(sealed: str, clear: str, key: ReleaseKey | None) -> bool:
    """Whether a clear text is what the sealed one held; without the key, whether it tells the same."""
    try:
        head = seals.sealed_head(sealed)
        if key is not None and head["to"] == key.id:
            return seals.unsealed(sealed, key) == clear
        return all(head[k] == head_of(clear)[k] for k in seals.SAME)
    except (Refused, BuildFailed, ValueError, KeyError, AttributeError):
        return False
