"""Verbs that make snapshots: from tables to a file, and that file sealed before its hour."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.config import load_config
from builder.indicators import defined, laid, library, repository, seals
from builder.indicators.incoming import Row, blocks_of, read_table
from builder.indicators.layers import Block, Snapshot
from builder.indicators.seals import SUFFIX, ReleaseKey
from builder.indicators.snapshots import FOLDER, examine, head_of
from builder.indicators.spelling import write
from builder.indicators.store import Store
from builder.keys import ask_pin, choose_pin, write_key
from builder.problems import BuildFailed, Refused, as_text, stop_on_errors
from builder.values import Period

if TYPE_CHECKING:
    from builder.indicators.cli import Desk

ACTIONS: Mapping[str, str] = {
    "add": "新的数",
    "correct": "对发布过的数的更正",
    "withdraw": "对发布过的数的撤回",
}


def run_new(desk: Desk, options: argparse.Namespace) -> int:
    """A snapshot out of tables, any of the three actions together."""
    return _make(desk, options, {action: getattr(options, action) for action in ACTIONS})


def run_one(desk: Desk, options: argparse.Namespace) -> int:
    """A snapshot of one action."""
    return _make(desk, options, {options.action: options.tables})


def _make(desk: Desk, options: argparse.Namespace, tables: Mapping[str, Sequence[str]]) -> int:
    blocks: list[Block] = []
    notes = [options.note] if options.note else []
    for action, names in tables.items():
        rows: list[Row] = []
        for name in names:
            found, noted = _rows(desk, Path(name), action)
            rows += found
            notes += [noted] if noted else []
        blocks += blocks_of(action, rows, options.reason)
    if not blocks:
        raise Refused("没有表格：用 --add、--correct、--withdraw 写明。")
    text = write(_head(options, "\n".join(notes)), blocks)
    snapshot = checked(desk, text)
    if options.clear:
        return _clear(desk, Path(options.clear), text)
    if snapshot.vintage.release > desk.clock:
        _seal(desk, text, options.to, options.again)
        return 0
    target = desk.root / FOLDER / f"{options.name}.json"
    _write(target, text)
    print(f"写好了：{target}（{_count(snapshot)} 个数）。提交、送审后，下一次生成就有。")
    return 0


def _rows(desk: Desk, path: Path, action: str) -> tuple[list[Row], str]:
    """The numbers of a table, and what is noted of them: a CSV file, or a form that was filled in."""
    if path.suffix.lower() != ".xlsx":
        return read_table(path, action == "withdraw"), ""
    from builder.indicators.cli_forms import rows_of

    return rows_of(desk, path, action)


def run_form(desk: Desk, options: argparse.Namespace) -> int:
    """An entry form of a data template for a period, with the numbers told before beside it."""
    from builder.indicators.form_write import write_form

    known = desk.know(desk.root)
    template = known.templates.get(options.template)
    if template is None:
        names = "、".join(known.templates) or "还没有"
        raise Refused(f"没有叫 `{options.template}` 的数据模板。有的是：{names}。")
    try:
        period = Period.parse(options.period)
    except ValueError as error:
        raise Refused(f"{error}。") from None
    files, key = library.read_files(desk.root), release_key(options)
    store = Store(library.admitted(files, desk.clock, desk.clock, key)[0])
    data = write_form(template, known.indicators, known.regions, period, store)
    target = Path(options.out or f"{options.template}-{period}.xlsx")
    try:
        with target.open("xb") as out:
            out.write(data)
    except FileExistsError:
        raise Refused(f"{target} 已经有了，不覆盖：用 --out 换一个名字。") from None
    print(f"填报表：{target}。填好了：weike snapshot add 编号 {target} …")
    return 0


def _head(options: argparse.Namespace, note: str) -> dict[str, Any]:
    head: dict[str, Any] = {"id": options.name, "sources": [{"title": s} for s in options.source]}
    names = ("title", "audience", "division", "release", "author", "approver")
    head |= {name: getattr(options, name) for name in names}
    return head | ({"note": note} if note else {})


def checked(desk: Desk, text: str) -> Snapshot:
    """The snapshot of a text that agrees with all before it; `BuildFailed` when it does not.

    A sealed one that this machine can't open is not looked at.
    """
    snapshot, problems = examine(text, "")
    if snapshot is None:
        raise BuildFailed(problems)
    name = snapshot.vintage.id
    others = [s for s in others_of(desk) if s.vintage.id != name]
    mine = [f.problem(text, "") for owner, f in laid.faults([*others, snapshot]) if owner == name]
    judged = defined.faults(snapshot, others, desk.know(desk.root))
    mine += [fault.problem(text, "") for fault in judged]
    stop_on_errors(mine)
    if mine:
        print(as_text(mine, lambda path: ()), file=sys.stderr)
    return snapshot


def others_of(desk: Desk) -> list[Snapshot]:
    """All snapshots there are, as far as this machine can open them."""
    from builder.indicators.scan import held

    found = held(library.read_files(desk.root), desk.clock, seals.key_of())
    return [*found.released, *(s for _, s, _ in found.unreleased)]


def _clear(desk: Desk, target: Path, text: str) -> int:
    if _inside(desk.root, target):
        raise Refused("明文不能放在仓库里：换一个外面的文件夹。")
    _write(target, text)
    print(f"明文写在 {target}。核对好了，运行 weike seal {target} 封存。")
    return 0


def _inside(root: Path, target: Path) -> bool:
    return target.resolve().is_relative_to(root)


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except FileExistsError:
        raise Refused(f"{target} 已经有了：快照只增不改，换一个编号。") from None


def _replace(target: Path, text: str) -> None:
    """Put a new file in the place of an old one, which stays whole until then."""
    fresh = target.with_name(f".{target.name}.new")
    fresh.write_text(text, "utf-8", newline="\n")
    fresh.replace(target)


def _count(snapshot: Snapshot) -> int:
    from builder.indicators.blocks import told

    return sum(int(told(block).sum()) for block in snapshot.blocks)


# --- sealing ----------------------------------------------------------------------------------------


def run_seal(desk: Desk, options: argparse.Namespace) -> int:
    """Seal a file, put the sealed one where snapshots lie, and take the clear one away."""
    source = Path(options.file)
    text = _text(source)
    snapshot = checked(desk, text)
    if snapshot.vintage.release <= desk.clock:
        hour = snapshot.vintage.release.isoformat()
        raise Refused(f"已经过了发布时间（{hour}），不用封：直接放进 {FOLDER}/。")
    inside = _inside(desk.root, source)
    if options.keep and inside:
        raise Refused("明文在仓库里，不能留着：去掉 --keep。")
    _seal(desk, text, options.to, options.again)
    if not options.keep:
        source.unlink()
        print(f"明文 {source} 删了；回收站、编辑器的备份、邮件里的要自己删。")
    if inside:
        print(_told_of_git(desk.root, source.resolve().relative_to(desk.root).as_posix()))
    return 0


def _text(path: Path) -> str:
    """A snapshot file as text; `Refused` for one that is none."""
    try:
        return path.read_text("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Refused(f"{path.name} 不是 UTF-8 的文字，不是快照文件。") from None


def _told_of_git(root: Path, path: str) -> str:
    if not repository.held(root, path):
        return "git 没有存过这份明文。"
    return (
        f"注意：git 里存过 {path} 的明文（提交过或暂存过），推送过的别人也有。马上告诉管库的人，"
        "按运维手册“封存的快照”清掉；清不掉的，这次的数就算已经泄露。"
    )


def _seal(desk: Desk, text: str, to: str, again: bool) -> None:
    public = _public(desk.root, to)
    head = head_of(text)
    target = desk.root / FOLDER / f"{head['id']}{SUFFIX}"
    if target.with_name(f"{head['id']}.json").exists() and not _inside_is(target, text):
        raise Refused(f"已经有一个发布过的快照 {head['id']}：换一个编号。")
    sealed = seals.seal(text, public)  # before anything is taken away
    if target.exists():
        _replaceable(target, desk, again)
        _replace(target, sealed)
    else:
        _write(target, sealed)
    print(
        f"封好了：{target}。到 {head['release']}，有开封密钥的机器一生成就有；在那以前谁也看不到数。"
    )


def _inside_is(target: Path, text: str) -> bool:
    """Whether the clear file beside is the very one being sealed."""
    clear = target.with_name(target.name.removesuffix(SUFFIX) + ".json")
    return clear.read_text("utf-8-sig").replace("\r\n", "\n") == text


def _replaceable(target: Path, desk: Desk, again: bool) -> None:
    old = seals.sealed_head(target.read_text("utf-8"))
    if seals.release_of(old) <= desk.clock:
        raise Refused(f"{target.name} 已经到了发布时间，不能换：要改数，另写更正的快照。")
    if not again:
        raise Refused(f"{target.name} 已经有了。要换掉它，加 --again。")


def _public(root: Path, to: str) -> str:
    """The public key to seal to: given as it is, in a file, or that of the site."""
    found = to or load_config(root).indicators.release_key
    if not found:
        raise Refused(
            "还没有开封公钥：先用 weike seal keygen 生成，把公钥写进 site_config.yml 的 indicators.release_key。"
        )
    if not found.startswith(seals.SCHEME):
        text = Path(found).read_text("utf-8-sig").strip()
        try:
            found = str(json.loads(text)["public"])
        except (ValueError, KeyError, TypeError):
            found = text.split("\n")[0].strip()
    return found


def run_keygen(desk: Desk, options: argparse.Namespace) -> int:
    """Write a release key, and print what to put into site_config.yml."""
    target = Path(options.out)
    if _inside(desk.root, target) and (desk.root / ".git").exists():
        raise Refused("密钥不能放在仓库里：用 --out 写一个外面的文件。")
    data = seals.make_key(choose_pin(options.pin_file))
    write_key(target, data)
    print(
        f"密钥文件：{target}。只放在到点生成的机器上，另存一份在保险柜里；丢了，封存的数就打不开了。"
    )
    print("在 site_config.yml 里写上（之后要送审 site:config）：")
    print(f'indicators:\n  release_key: "{json.loads(data)["public"]}"')
    return 0


def run_open(desk: Desk, options: argparse.Namespace) -> int:
    """The text of a sealed snapshot, once its hour has come."""
    source = Path(options.file)
    if not source.is_file():
        source = desk.root / FOLDER / f"{options.file}{SUFFIX}"
    key = release_key(options)
    if key is None:
        raise Refused(f"没有开封密钥：用 --key 写明密钥文件，或设环境变量 {seals.KEY_FILE}。")
    text = seals.opened(_text(source), key, desk.clock)
    if options.out:
        _write(Path(options.out), text)
        print(f"写好了：{options.out}。", file=sys.stderr)
    else:
        print(text, end="")
    return 0


def release_key(options: argparse.Namespace) -> ReleaseKey | None:
    """The key that the options name, or the machine has; None when there is neither."""
    if not options.key:
        return seals.key_of()
    return seals.open_key(Path(options.key).read_bytes(), ask_pin(options.pin_file))
