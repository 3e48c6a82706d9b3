"""What the command line does with numbers: read in the snapshot files that were there before the service."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from builder.indicators.seals import SUFFIX
from builder.problems import BuildFailed, as_text
from service.desk import Desk
from service.intake import history
from service.room import Stopped


def load(desk: Desk, paths: Iterable[Path]) -> str:
    """Read snapshot files, or all of a folder; what to tell. `Stopped` when one is none, and none is kept."""
    if desk.settings.profile != "intranet":
        raise Stopped(403, "互联网区的服务不收指标的数。")
    files = [file for path in paths for file in _files(path)]
    try:
        count = history.load(desk, [f.read_text("utf-8-sig").replace("\r\n", "\n") for f in files])
    except BuildFailed as failed:
        raise Stopped(422, as_text(failed.problems, lambda name: ())) from failed
    except UnicodeDecodeError as error:
        raise Stopped(422, "有一个文件不是 UTF-8 的文字，一个也没有读。") from error
    return f"看了 {len(files)} 个快照，新读进 {count} 个；其余的早就有了。"


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return [f for f in sorted(path.glob("*.json")) if not f.name.endswith(SUFFIX)]
