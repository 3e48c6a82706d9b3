"""The 信息发布审核表 of one item: everything that stands on it, before it is paper.

A form holds for one version, named by its digest, and carries what was hashed: the texts whole, with
their lines numbered, and the pictures. `form_pdf` and `form_docx` set it.
"""

from __future__ import annotations

import difflib
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from builder.approvals import STEP_LABELS, STEPS, Refused, Release
from builder.approvals.words import SITE_ITEMS
from builder.media.clean import MAX_PIXELS, PICTURES
from builder.problems import LABELS, Problem, Severity
from builder.review.office import Item, Office

HEADING = "信息发布审核表"
SHORT = 16  # hex digits of a version that people read, compare and type
SIDE = 1000  # px: no picture on a form is wider
TEXTS = (".md", ".yml", ".yaml", ".csv", ".txt")
MOST_NAMES = 8
PLEDGE = "涉密信息不上网，上网信息不涉密"
DUTIES = {
    "first": "谁起草谁负责",
    "second": "谁审核谁负责",
    "final": "谁签发谁负责",
    "secrecy": PLEDGE,
}
IDEOGRAPHIC = "\u3000"


@dataclass(frozen=True)
class FileRow:
    """One file of the version. `change` says how it stands to the approved version."""

    path: str
    size: int
    sha256: str
    change: str


@dataclass(frozen=True)
class StepRow:
    """One review. `name` and `time` where it was taken already; `able`: who may sign it."""

    label: str
    duty: str
    asked: bool
    name: str = ""
    time: str = ""
    note: str = ""
    able: str = ""


@dataclass(frozen=True)
class Sheet:
    """A file as the annex shows it: its lines, or a PNG, or the reason why neither."""

    path: str
    about: str
    lines: tuple[str, ...] = ()
    png: bytes = b""
    width: int = 0
    height: int = 0
    why: str = ""


@dataclass(frozen=True)
class Form:
    """A whole form. `facts`: label and words; `qr`: rows of a code, true where it is dark."""

    owner: str
    title: str
    identity: str
    version: str
    facts: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    files: tuple[FileRow, ...]
    checks: tuple[str, ...]
    steps: tuple[StepRow, ...]
    notices: tuple[str, ...]
    annex: tuple[Sheet, ...]
    qr: tuple[tuple[bool, ...], ...]

    @property
    def digits(self) -> str:
        """The beginning of the version, in groups that people can read."""
        return grouped(self.version[:SHORT])


def forms(office: Office, identities: str | Sequence[str]) -> list[Form]:
    """The form of each item named; `Refused` where there is none or its file is gone."""
    listed = [identities] if isinstance(identities, str) else list(identities)
    if not listed:
        raise Refused("没有说要哪一篇的审核表。写编号，如 faq:mlk/sishang。")
    return [_form(office, identity) for identity in dict.fromkeys(listed)]


def grouped(digits: str) -> str:
    """Hex digits by fours."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def visible(text: str) -> str:
    """`text` on one line, with a name for every character that could not be seen on paper."""
    return "".join(_named(c) if _unseen(c) else c for c in text)


def _unseen(character: str) -> bool:
    if character in {" ", IDEOGRAPHIC}:
        return False
    kind = unicodedata.category(character)
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return kind[0] in "CZ" or selector or character in "\u115f\u1160\u2800\u3164\uffa0"


def _named(character: str) -> str:
    return f"〔U+{ord(character):04X}〕"


def _form(office: Office, identity: str) -> Form:
    item = office.item(identity)
    if not item.version:
        raise Refused(f"`{identity}` 的文件已删，没有可审的。要撤下来用 weike review withdraw。")
    now, before = office.current(identity), item.newest
    if set(now) != set(item.files):
        raise Refused(f"`{identity}` 的文件刚刚有改动，请重新出表。")
    known = office.approved(identity) or {}
    return Form(
        owner=visible(office.config.site.owner),
        title=visible(item.title),
        identity=item.id,
        version=item.version,
        facts=_facts(office, item),
        changes=(*_changes(known, now, before), *_public(item)),
        files=tuple(_file_row(item, path, now[path], before) for path in _ordered(item)),
        checks=_checks(office.problems(identity)),
        steps=tuple(_step(office, item, step) for step in STEPS),
        notices=_notices(item),
        annex=tuple(_sheet(path, now[path]) for path in _ordered(item)),
        qr=_qr(item.version),
    )


def _ordered(item: Item) -> list[str]:
    """The item's own file first, then the others by their paths."""
    return sorted(item.files, key=lambda path: (path != item.path, path))


def _facts(office: Office, item: Item) -> tuple[tuple[str, str], ...]:
    entry = office.library.entries.get(item.id)
    unit = office.library.organisations.get(item.division)
    audience = office.config.audiences.get(item.audience)
    editions = [office.config.editions[name].label for name in item.editions]
    facts = (
        ("标题", item.title),
        ("编号", item.id),
        ("种类", item.label),
        ("处室", unit.name if unit else item.division or "全局"),
        ("撰稿", (entry.editorial.get("owner", "") if entry else "") or "（撰稿人填写）"),
        ("受众", audience.label if audience else item.audience or "全部"),
        ("发布到", "、".join(editions) or "—"),
    )
    return tuple((label, visible(words)) for label, words in facts)


# --- what changed ---------------------------------------------------------------------------------


def _changes(
    known: Mapping[str, bytes], now: Mapping[str, bytes], before: Release | None
) -> tuple[str, ...]:
    """How the version differs from the one approved last, file by file."""
    if before is None:
        return ("第一次送审，以前没有批准过的版本。",)
    head = f"与 {before.approved[:10]} 批准的版本（{before.version[:SHORT]}）相比："
    rows = [
        _change(path, known.get(path), now.get(path), path in before.files)
        for path in sorted(set(before.files) | set(now))
    ]
    said = [row for row in rows if row]
    return (head, *said) if said else (f"{head}没有改动。",)


def _public(item: Item) -> Iterator[str]:
    """The word that readers will see on what changed: as it was signed, or room to write it."""
    if item.released and not item.done:
        yield f"修改说明（会公开，没有就空着）：{'＿' * 24}"
    else:
        yield from (
            f"修改说明（会公开）：{visible(r.change)}" for r in item.done.values() if r.change
        )


def _change(path: str, old: bytes | None, new: bytes | None, was: bool) -> str:
    name = visible(path)
    if old == new:
        return ""
    if new is None:
        return f"{name}：不再使用。"
    if old is None:
        return f"{name}：{'旧的一版找不到了，无法比较' if was else '新增'}。"
    if not path.endswith(TEXTS):
        return f"{name}：换了文件（{sized(len(old))} → {sized(len(new))}）。"
    added, removed = _counted(_lines(old), _lines(new))
    return f"{name}：新增 {added} 行，删去 {removed} 行。"


def _counted(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Lines added and lines removed."""
    rows = [row[0] for row in difflib.unified_diff(old, new, lineterm="", n=0)][2:]
    return rows.count("+"), rows.count("-")


def _file_row(item: Item, path: str, data: bytes, before: Release | None) -> FileRow:
    old = before.files.get(path) if before else None
    change = "新增" if old is None else "未变" if old == item.files[path] else "有改动"
    return FileRow(visible(path), len(data), item.files[path], change)


def sized(count: int) -> str:
    """A number of bytes as people say it."""
    if count < 1024:
        return f"{count} 字节"
    return f"{count / 1024:.1f} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"


# --- checks and steps -----------------------------------------------------------------------------


def _checks(problems: Sequence[Problem]) -> tuple[str, ...]:
    """Counts, then each finding with its clause."""
    if not problems:
        return ("错误 0 个，警告 0 个，提示 0 个。",)
    counts = [f"{LABELS[s]} {sum(p.severity is s for p in problems)} 个" for s in Severity]
    stop = (
        "有错误，改好以前不能通过。" if any(p.severity is Severity.ERROR for p in problems) else ""
    )
    return (f"{'，'.join(counts)}。{stop}", *(_finding(p) for p in problems))


def _finding(problem: Problem) -> str:
    where = f"第 {problem.where.line} 行：" if problem.where.line else ""
    clause = f"依据：{problem.clause}" if problem.clause else ""
    return visible(f"{LABELS[problem.severity]} {problem.code}　{where}{problem.message}{clause}")


def _step(office: Office, item: Item, step: str) -> StepRow:
    kind = STEPS if item.id in SITE_ITEMS else ()
    asked = kind or {s for name in item.editions for s in office.config.steps(name, item.kind)}
    label, duty = STEP_LABELS[step], DUTIES[step]
    record = item.done.get(step)
    if record is not None:
        name = visible(office.staff.name(record.person))
        time = record.time[:16].replace("T", " ")
        return StepRow(label, duty, True, name, time, visible(record.note))
    people = office.staff.people.values()
    able = [visible(p.name) for p in people if p.may(step, item.division)]
    named = "、".join(able[:MOST_NAMES]) + (" 等" if len(able) > MOST_NAMES else "")
    return StepRow(label, duty, step in asked, able=named)


def _notices(item: Item) -> tuple[str, ...]:
    return (
        f"本表只对版本 {grouped(item.version[:SHORT])} 有效；内容、图片一改就作废，要重新出表、重新审。",
        "附件是被审内容的全文，请一起审；看不见的字符印成〔U+200B〕这样的代号。",
        "初审、复审、终审、保密审查由不同的人签；一个人不能签两栏，文书不能录自己签的表。",
        "签好后交文书：整份扫描，用 weike review countersign 录入，纸质表存档；录入前不算批准。",
        "内容发布以前不得外传。",
    )


# --- the annex ------------------------------------------------------------------------------------


def _sheet(path: str, data: bytes) -> Sheet:
    """A file as paper can show it."""
    name, suffix = visible(path), path.rsplit(".", 1)[-1].lower()
    if path.lower().endswith(TEXTS):
        lines = _lines(data)
        return Sheet(name, f"{sized(len(data))}，{len(lines)} 行", tuple(map(visible, lines)))
    if suffix in PICTURES:
        return _plate(name, suffix, data)
    return Sheet(name, sized(len(data)), why="这种文件印不出来，请照文件清单打开原件审核。")


def _lines(data: bytes) -> list[str]:
    """A text by the line breaks that count in its digest; bytes that are no text keep a name."""
    text = data.decode("utf-8-sig", "backslashreplace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").split("\n")


def _plate(name: str, suffix: str, data: bytes) -> Sheet:
    from PIL import Image  # forms are rare, and so are pictures on them

    try:
        with Image.open(io.BytesIO(data), formats=[PICTURES[suffix][0]]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise ValueError("pixels")
            image.thumbnail((SIDE, SIDE * 2))
            out, flat = io.BytesIO(), Image.new("RGB", image.size, "#ffffff")
            clear = image.convert("RGBA")
            flat.paste(clear, mask=clear.getchannel("A"))
            flat.save(out, "PNG")
    except Exception:  # noqa: BLE001  # decoders raise whatever broken bytes make them raise
        return Sheet(name, sized(len(data)), why="图片打不开，请照文件清单查看原件。")
    about = f"{sized(len(data))}，{width} × {height} 像素"
    return Sheet(name, about, png=out.getvalue(), width=flat.width, height=flat.height)


def _qr(version: str) -> tuple[tuple[bool, ...], ...]:
    import segno  # forms are rare

    return tuple(tuple(map(bool, row)) for row in segno.make_qr(version, error="m").matrix)
