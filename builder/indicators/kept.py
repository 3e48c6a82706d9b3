"""Released numbers stay what they were: no snapshot file is changed or taken away once its hour has come.

Git is the witness. Until its hour a sealed file may be sealed anew, or taken away; from then on its
bytes are those of the version that stood there at that moment, or of its first commit, where that came
later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    doubtful = {
        path: line
        for path, line in repository.versions(root).items()
        if path.endswith(".json") and not _untouched(line, here.get(path))
    }
    texts = _texts(root, doubtful.values())
    for path, line in sorted(doubtful.items()):
        text, release = _released(line, texts)
        if release is None or release > clock:
            continue
        now = here.get(path)
        if now is None:
            yield from _gone(path, text, here, key)
        elif now.text != text:
            where = Where(path, 1, 1)
            message = "这个快照已经发布，文件却和发布时的不同：发布过的数不能改。"
            yield Problem("SNP007", where, message, RESTORE)


def _untouched(line: Sequence[Version], file: File | None) -> bool:
    """Whether a file is what its only version was: so it is with nearly all, and nothing need be read."""
    if len(line) != 1 or file is None:
        return False
    return repository.name_of(file.text.encode(), line[0].blob) == line[0].blob


def _texts(root: Path, lines: Iterable[Sequence[Version]]) -> dict[str, str]:
    """The texts of all versions, by the name of their bytes."""
    names = (version.blob for line in lines for version in line if version.blob)
    found = repository.blobs(root, names)
    return {
        name: data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
        for name, data in found.items()
    }


def _released(line: Sequence[Version], texts: Mapping[str, str]) -> tuple[str, datetime | None]:
    """The text that counts, and its hour; none where no version was a snapshot at all."""
    text, release = "", None
    for version in line:
        if release is not None and version.time > release:
            break
        fresh = texts.get(version.blob, "")
        found = release_of(fresh)
        if (
            found is not None or not version.blob
        ):  # taken away before its hour, it was never released
            text, release = fresh, found
    return text, release


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
