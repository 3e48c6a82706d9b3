"""Stage 1: the authored files become a `Library`. The only stage that reads them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from builder import json_source, kinds, model, yaml_source
from builder.findings import findings
from builder.kinds import KINDS, Kind, snapshot
from builder.kinds.front import FrontMatter, TextFrontMatter, jsonable
from builder.memo import Memo, code_version, digest
from builder.model import AssetNote, Entry, Library, MdText, Source, Valid
from builder.organisations import ORGS_FILE, load_organisations
from builder.problems import Problem, Where
from builder.yaml_source import MAX_BYTES, Node, parse

FOLDERS = ("content", "courses", "faq")
SUFFIXES = (".md", ".yml", ".yaml")
STRAY = re.compile(
    r"^\.|^~|~$|^#|\.(?:bak|tmp|swp|swo|orig|rej)$|^Thumbs\.db$|^desktop\.ini$", re.IGNORECASE
)
WORDING_FILE = "content/wording.yml"  # read by `builder.wording`
# Folders under content/ that other rooms read.
FOREIGN = (
    "content/contests/",
    "content/approvals/",
)

USUAL = 1 << 16  # bytes: nearly every file is shorter, and room for the longest costs time to make
VERSION = digest(
    kinds.version(),
    code_version(__file__, *(str(m.__file__) for m in (json_source, yaml_source, model))),
)

Parsed = tuple[Entry | None, tuple[Problem, ...]]


@dataclass(slots=True)
class Found:
    """What a walk over the root met: content files, other files, problems."""

    sources: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read(root: Path, memo: Memo | None = None) -> tuple[Library, list[Problem]]:
    """Read every authored file under `root`; problems carry file, line and column."""
    found = walk(root)
    keep = memo if memo is not None else Memo(None, "")
    organisations = load_organisations(root)
    entries, said = gather(read_file(root, path, keep) for path in found.sources)
    dates, notice = commit_dates(root)
    problems = [*found.problems, *said, *notice]
    return Library(entries, organisations, found.files, dates), problems


def gather(parsed: Iterable[Parsed]) -> tuple[dict[str, Entry], list[Problem]]:
    """Put what files held under its ids, in their order; a second claim to an id is a problem."""
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    for entry, said in parsed:
        problems += said
        if entry is not None:
            problems += _admit(entry, entries)
    return entries, problems


def _admit(entry: Entry, entries: dict[str, Entry]) -> Iterator[Problem]:
    other = entries.get(entry.id)
    if other is not None:
        yield Problem(
            "REF001",
            entry.where("id"),
            f"编号 `{entry.id}` 与 {other.path} 重复。",
            "改文件名，或另写一个 id。",
        )
    else:
        entries[entry.id] = entry


def walk(root: Path) -> Found:
    """List content files and other files, in a fixed order; symbolic links are refused, strays noticed."""
    found = Found()
    for folder in FOLDERS:
        if (root / folder).is_dir():
            _walk(root, folder, found, 0)
    return found


def _walk(root: Path, folder: str, found: Found, depth: int) -> None:
    for item in sorted(os.scandir(root / folder), key=lambda i: i.name):
        path = f"{folder}/{item.name}"
        if item.is_symlink():
            found.problems.append(
                Problem("FIL005", Where(path), "这是一个符号链接，不跟随。", "换成文件本身。")
            )
        elif STRAY.search(item.name):
            found.problems.append(Problem("FIL004", Where(path), "隐藏文件或备份文件，没有采用。"))
        elif item.is_dir():
            if depth < 8:
                _walk(root, path, found, depth + 1)
        elif path in {ORGS_FILE, WORDING_FILE} or path.startswith(FOREIGN):
            continue
        elif path.endswith(SUFFIXES) or _numbers(path):
            found.sources.append(path)
        else:
            found.files[path] = item.path


def _numbers(path: str) -> bool:
    return path.startswith(snapshot.FOLDER) and path.endswith(".json")


def read_file(root: Path, path: str, memo: Memo) -> Parsed:
    """Read one content file. Parsing is a pure function of path and bytes, so it is memoised."""
    kind = kind_of(path)
    if kind is None:
        return None, (_unplaced(path),)
    most = snapshot.MAX_BYTES if _numbers(path) else MAX_BYTES
    try:
        with open(f"{root}/{path}", "rb") as source:  # noqa: PTH123  # runs for every file
            data = source.read(USUAL)
            if len(data) == USUAL:
                data += source.read(most + 1 - USUAL)
    except OSError as error:
        return None, (
            Problem("FIL003", Where(path), f"读不出来：{error.strerror}。", "检查文件权限。"),
        )
    if len(data) > most:
        return None, (
            Problem(
                "FIL001",
                Where(path),
                f"超过 {most // 1024} KB。",
                "拆成几篇，图片和附件放到 assets/。",
            ),
        )
    return parse_memoised(path, data, kind, memo)


def parse_memoised(path: str, data: bytes, kind: Kind, memo: Memo) -> Parsed:
    """What `parse_entry` makes of these bytes."""
    return memo.get(digest("entry", path, data), lambda: parse_entry(path, data, kind))


def kind_of(path: str) -> Kind | None:
    """The kind whose pattern matches `path`, if any."""
    return next((k for k in KINDS if k.match(path)), None)


def _unplaced(path: str) -> Problem:
    if (
        not path.startswith(FOLDERS)
        or path.count("/") < 1
        or (path.startswith("content/") and path.count("/") == 1)
    ):
        return Problem(
            "FIL004",
            Where(path),
            "不知道这是哪一类内容，没有采用。",
            "放到对应的文件夹里，见作者手册。",
        )
    action = "文件名只用小写字母、数字和短横线；课时放在 courses/<课程>/lessons/，以两位序号开头，如 01-shenme.md；YAML 用 .yml。"
    return Problem("FIL006", Where(path), "文件名或位置不合规，认不出是哪一类内容。", action)


def parse_entry(path: str, data: bytes, kind: Kind) -> Parsed:
    """Parse and validate one file's bytes."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, (
            Problem(
                "FIL002",
                Where(path, line),
                "这里的字节不是 UTF-8 文字。",
                "用编辑器另存为 UTF-8 编码。",
            ),
        )
    if _numbers(path):
        return _snapshot(path, text, kind)
    head, body, first, missing = _split(text, path)
    if missing:
        return None, (missing,)
    node, problems = parse(head, path, first)
    if node is None:
        return None, tuple(problems)
    if kind.from_text and path.endswith(".md"):
        problems = kind.from_text(body, node, path)
        if problems:
            return None, tuple(problems)
    try:
        front = kind.schema.model_validate(node.plain())
    except ValidationError as error:
        return None, tuple(findings(error, node, path, kind.schema))
    entry = _entry(path, kind, front, node, body)
    said = tuple(kind.check(entry)) if kind.check else ()
    return entry, said


def _snapshot(path: str, text: str, kind: Kind) -> Parsed:
    """The header of a snapshot as an entry; its numbers stay text until somebody wants them."""
    node, problems = json_source.parse(text, path, snapshot.OPAQUE)
    if node is None:
        return None, tuple(problems)
    schema = snapshot.model_of(path)
    plain = node.plain()
    plain["date"] = (
        str(plain.get("release", ""))[:10] or "2000-01-01"
    )  # else missing, told by itself
    try:
        front = schema.model_validate(plain)
    except ValidationError as error:
        return None, tuple(findings(error, node, path, schema))
    bare = _entry(path, kind, front, node, MdText(""))
    entry = replace(bare, data={"raw": text, "header": bare.data})
    return entry, tuple(snapshot.check(entry))


def _split(text: str, path: str) -> tuple[str, MdText, int, Problem | None]:
    """Give (YAML text, body, line on which the YAML starts, problem)."""
    if not path.endswith(".md"):
        return text, MdText(""), 1, None
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        missing = Problem(
            "FMT001",
            Where(path, 1, 1),
            "第一行不是 ---，缺少文件头。",
            "文件开头写 ---，写好 title、audience、division 等，再写 ---。",
        )
        return "", MdText(""), 1, missing
    for number in range(1, len(lines)):
        if lines[number].rstrip() == "---":
            return (
                "\n".join(lines[1:number]),
                MdText.at("\n".join(lines[number + 1 :]), number + 2),
                2,
                None,
            )
    return (
        "",
        MdText(""),
        1,
        Problem("FMT001", Where(path, 1, 1), "文件头没有收尾。", "在文件头后面单独写一行 ---。"),
    )


def _entry(path: str, kind: Kind, front: FrontMatter, node: Node, body: MdText) -> Entry:
    matched = kind.match(path)
    assert matched is not None
    identity, url, order, parent = matched
    if front.id:
        identity = (
            f"{kind.name}:{'/'.join([*identity.partition(':')[2].split('/')[:-1], front.id])}"
        )
    data = _placed(jsonable(front), node, ())
    text = body
    if isinstance(front, TextFrontMatter):
        text = _placed(MdText(front.text), node, ("text",))
    return Entry(
        id=identity,
        kind=kind.name,
        path=path,
        url=url,
        order=order,
        audience=front.audience,
        division=front.division,
        title=front.title,
        date=front.date,
        updated=front.updated,
        summary=front.summary,
        tags=tuple(front.tags),
        levels=tuple(front.levels),
        roles=tuple(front.roles),
        forms=tuple(front.forms),
        valid=Valid(front.valid.start, front.valid.to, front.valid.system),
        sources=tuple(Source(**s.model_dump()) for s in front.sources),
        assets={name: AssetNote(**note.model_dump()) for name, note in front.assets.items()},
        aliases=tuple(front.aliases),
        parent=parent,
        text=text,
        data=data,
        editorial=front.editorial.model_dump(),
        wechat=front.wechat.model_dump(),
        places=dict(node.keys or {}),
    )


def _placed(value: Any, node: Node, path: tuple[str | int, ...]) -> Any:
    """Tell every Markdown text in `value` the line on which it starts."""
    if isinstance(value, MdText):
        here = node.find(path)
        return MdText.at(value, here.line + (1 if here.block else 0))
    if isinstance(value, dict):
        return {k: _placed(v, node, (*path, k)) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(_placed(v, node, (*path, i)) for i, v in enumerate(value))
    return value


def commit_dates(root: Path) -> tuple[dict[str, str], list[Problem]]:
    """Map each file to the time of the commit that brought it (ISO 8601, +08:00).

    Without git, or in a shallow copy, nothing is known and a notice says so.
    """
    command = ["git", "-C", str(root), "-c", "core.quotePath=false"]
    notice = [
        Problem("TIM003", Where("."), "这里没有完整的 git 记录，各篇的发布日期暂取文件头的 date。")
    ]
    try:
        shallow = _run([*command, "rev-parse", "--is-shallow-repository", "--show-prefix"])
        if shallow is None or shallow.split("\n")[0].strip() != "false":
            return {}, notice
        prefix = shallow.split("\n")[1].strip()
        log = _run(
            [
                *command,
                "log",
                "--diff-filter=A",
                "--no-renames",
                "--format=%x01%ct",
                "--name-only",
                "--",
                *FOLDERS,
            ]
        )
    except (OSError, subprocess.SubprocessError):
        return {}, notice
    return (_dates(log, prefix), []) if log is not None else ({}, notice)


def _run(command: list[str]) -> str | None:
    done = subprocess.run(
        command, capture_output=True, timeout=30, check=False
    )  # fixed words, no shell
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _dates(log: str, prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    stamp = ""
    for line in log.split("\n"):
        if line.startswith("\x01"):
            stamp = line[1:]
        elif line:
            found[line.removeprefix(prefix)] = (
                stamp  # the log runs backwards: the oldest addition stays
            )
    return found
