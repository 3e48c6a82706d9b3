"""The one door into publishing: a bundle comes in only as a whole release of what was approved.

Every channel opens its bundle here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from builder.bundle import APPROVALS, FORMAT, Bundle, load, seal_digest

# what Python says of data of another shape than was asked for
ODD = (
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    json.JSONDecodeError,
    UnicodeDecodeError,
)


class NotPublishable(Exception):
    """A bundle that may not go out; the text says why, in Chinese, one reason a line."""


def admit(root: Path, now: datetime) -> Bundle:
    """Open the bundle at `root` for publishing; `NotPublishable` when it may not go out.

    `now`: the time of this machine, with its zone.
    """
    try:
        bundle = load(root)
        reasons = list(_reasons(bundle, now))
    except FileNotFoundError as error:
        raise NotPublishable(f"{error.filename or root} 不在：先 weike build --release。") from None
    except ODD:
        text = f"{root} 不是完整的成品包：清单或批准清单读不懂，可能被改过。重新生成。"
        raise NotPublishable(text) from None
    except (OSError, ValueError) as error:
        raise NotPublishable(f"{root} 不是完整的成品包：{error}。") from None
    if reasons:
        raise NotPublishable("\n".join(reasons))
    return bundle


def _reasons(bundle: Bundle, now: datetime) -> Iterator[str]:
    header = bundle.header
    odd = list(_odd(bundle))
    if odd:
        yield f"{bundle.root} 的清单写法不对（{'、'.join(odd[:20])}），可能被改过：重新生成。"
        return
    if header["format"] != FORMAT:
        yield f"成品包的格式是 {header['format']}，这里只认 {FORMAT}：用同一版的程序重新生成。"
        return
    if header.get("media") == "draft":
        yield "短视频是草稿：去掉 --draft-media 重新生成。"
    made = datetime.fromisoformat(header["now"])
    if made > now:
        yield f"成品包的时间 {header['now']} 在此刻之后：时间没到不能发布，或者检查本机时钟。"
    if not header["approvals"] or APPROVALS not in bundle.files:
        yield "这不是发布版，里面有没批准的内容：用 weike build --release 生成。"
        return
    yield from _unapproved(bundle)


def _odd(bundle: Bundle) -> Iterator[str]:
    """Names of what in the manifest is not of its kind: whoever reads it behind the door may trust the kinds."""
    header = bundle.header
    kinds = {"format": int, "edition": str, "public": bool, "now": str}
    yield from (name for name, kind in kinds.items() if type(header.get(name)) is not kind)
    if type(header.get("now")) is str and not _zoned(header["now"]):
        yield "now"
    if type(header.get("approvals")) not in {str, type(None)}:
        yield "approvals"
    for line in bundle.files.values():
        words = (line.path, line.sha256, line.media_type, line.made_by, *line.sources)
        if not all(type(word) is str for word in words) or type(line.size) is not int:
            yield f"files 里的 {str(line.path)[:80]!r}"
        elif not _inside(line.path):
            yield f"files 里的 {line.path[:80]!r} 不在成品包里"


def _zoned(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _inside(path: str) -> bool:
    return not {"", ".", ".."} & set(path.split("/")) and not set(path) & set("\\:\0")


def _unapproved(bundle: Bundle) -> Iterator[str]:
    """The list of approvals is the one that the manifest names, and every file comes from entries in it."""
    seal = json.loads(bundle.read(APPROVALS))
    if seal_digest(seal) != bundle.header["approvals"]:
        yield "批准清单与成品包对不上，可能被改过：重新生成。"
    entries = seal["entries"]
    sources = {i for line in bundle.files.values() for i in line.sources}
    strange = {
        i for i in sources if ":" in i and i not in entries
    }  # a bare id is that of a division
    for identity in sorted(strange)[:20]:
        yield f"{identity} 不在批准清单里。"
