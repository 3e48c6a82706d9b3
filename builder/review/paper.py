"""The paper way: forms out, and what people signed on them in, with the scan.

A clerk enters a form with his own key. Each step becomes a record of the person who signed it, which
counts only while the scan lies in `content/approvals/scans/` as it was entered.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import pairwise
from pathlib import Path

from builder.approvals import STEP_LABELS, STEPS, Record, Refused, Signer, labels
from builder.approvals.scans import SCANS
from builder.approvals.words import LEVELS
from builder.media.clean import MAX_PIXELS  # A4 at 600 dpi has 35 million
from builder.review.office import Hand, Office

LARGEST = 20 * 1024 * 1024

SHORTEST = 16  # hex digits of a version that a clerk must type
STARTS = {"pdf": b"%PDF-", "jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}
END_OF_PDF = b"%%EOF"
Notes = Mapping[str, str]  # step → words


def countersign(
    office: Office,
    identity: str,
    clerk: Signer,
    version: str,
    signers: Mapping[str, str],
    scan: Path,
    notes: Notes | None = None,
    dates: Notes | None = None,
    change: str = "",
) -> list[Record]:
    """Enter what people signed on one form: every step of it, or, with `Refused`, none.

    `version`: as printed on the form, at least 16 digits. `signers`: step → id of who signed. `dates`:
    step → day written on the paper; it goes into the note, the record's time is that of entry.
    `change`: the public word on what changed.
    """
    notes, dates = notes or {}, dates or {}
    _check_words(office, signers, notes, dates)
    whole = _same_version(office, identity, version)
    data = _read_scan(scan)
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{sha256}.{_format(data)}"
    hands = [Hand(s, p, _note(notes.get(s, ""), dates.get(s, ""))) for s, p in signers.items()]
    paper = {"clerk": clerk.person, "scan": sha256, "file": name}
    records = office.on_paper(identity, hands, clerk, whole, paper, change)
    _store(office.root / SCANS / name, data)  # a scan that no record names does no harm
    office.put(records)
    return records


# --- what the clerk typed -------------------------------------------------------------------------


def _check_words(office: Office, signers: Mapping[str, str], notes: Notes, dates: Notes) -> None:
    """Refuse steps and people that are none, and days that can't be."""
    if not signers:
        raise Refused("没有写谁签了哪一审。写成 --sign 初审=人员编号。")
    for step, person in signers.items():
        if step not in STEPS:
            raise Refused(f"没有 `{step}` 这一审，只有：{labels(STEPS)}。")
        found = office.staff.people.get(person)
        if office.pin and found is None:
            raise Refused(f"机构清单里没有登记 `{person}`，{STEP_LABELS[step]}不能录入。")
    if len(set(signers.values())) < len(signers):
        raise Refused("同一个人签了两审。一个人不能做两审，请另一位重新审、重新签。")
    for step in {*notes, *dates} - set(signers):
        raise Refused(f"给{STEP_LABELS.get(step, step)}写了意见或日期，却没有写是谁签的。")
    _check_days(office, dates)


def _check_days(office: Office, dates: Notes) -> None:
    today = office.clock().date().isoformat()
    for step, day in dates.items():
        try:
            good = date.fromisoformat(day).isoformat() == day
        except ValueError:
            good = False
        if not good:
            raise Refused(f"{STEP_LABELS[step]}的日期 `{day}` 读不懂，写成 2026-11-20 这样。")
        if day > today:
            raise Refused(f"{STEP_LABELS[step]}的日期 {day} 还没有到。")
    levels = [s for s in LEVELS if s in dates]
    for earlier, later in pairwise(levels):
        if dates[earlier] > dates[later]:
            said = f"{STEP_LABELS[later]}的日期 {dates[later]} 在{STEP_LABELS[earlier]}之前"
            raise Refused(f"{said}（{dates[earlier]}）：核对表上的日期。")


def _note(words: str, day: str) -> str:
    return "　".join(x for x in (words.strip(), f"纸质表 {day} 签" if day else "") if x)


def _same_version(office: Office, identity: str, typed: str) -> str:
    """The whole version of the working copy, if it is the one on the form."""
    digits = re.sub(r"[\s-]", "", typed).lower()
    if not re.fullmatch(r"[0-9a-f]+", digits) or not SHORTEST <= len(digits) <= 64:
        raise Refused(f"版本要照表上印的写，至少 {SHORTEST} 位，只有数字和 a 到 f。")
    office.refresh()
    item = office.item(identity)
    if item.version and not item.version.startswith(digits):
        raise Refused(
            f"表上的版本不是现在这一版：表上是 {digits[:SHORTEST]}，`{identity}` 现在是"
            f" {item.version[:SHORTEST]}。内容改过，要重新出表、重新审。"
        )
    return item.version


# --- the scan -------------------------------------------------------------------------------------


def _read_scan(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise Refused(
                f"扫描件超过 {LARGEST // 1024 // 1024} MB。用 200 dpi、黑白或灰度重新扫描。"
            )
        data = path.read_bytes()
    except OSError as error:
        raise Refused(f"扫描件 {path} 读不出来：{error.strerror}。") from None
    if len(data) > LARGEST:
        raise Refused("扫描件还在变大，等扫描仪存完再录入。")
    return data


def _format(data: bytes) -> str:
    """pdf, jpg or png, by the first bytes; `Refused` when it is none or is not whole."""
    kind = next((k for k, start in STARTS.items() if data.startswith(start)), "")
    if not kind:
        raise Refused("扫描件要是 PDF、JPEG 或 PNG，这个文件不是（看的是内容，不是文件名）。")
    if kind == "pdf":
        if END_OF_PDF not in data[-2048:]:
            raise Refused("扫描件不完整：PDF 没有结尾。请重新拷贝或重新扫描。")
    else:
        _open_picture(data, {"jpg": "JPEG", "png": "PNG"}[kind])
    return kind


def _open_picture(data: bytes, form: str) -> None:
    from PIL import Image  # only here

    try:
        with Image.open(io.BytesIO(data), formats=[form]) as image:
            large = image.width * image.height > MAX_PIXELS
            if not large:
                image.load()
    except Exception:  # noqa: BLE001  # decoders raise whatever broken bytes make them raise
        raise Refused("扫描件打不开：图片坏了或不完整。请重新拷贝或重新扫描。") from None
    if large:
        raise Refused("扫描件的像素太多。用 200 dpi 重新扫描。")


def _store(target: Path, data: bytes) -> None:
    """Put the scan there whole and flushed; one that is there already is written again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        raise


# --- commands -------------------------------------------------------------------------------------


def add_form(parser: argparse.ArgumentParser) -> None:
    """The options of `weike review form`."""
    parser.add_argument("items", nargs="+", metavar="编号", help="如 faq:mlk/sishang，可写几个")
    parser.add_argument("--format", choices=("pdf", "docx"), default="pdf", help="默认 pdf")
    parser.add_argument("--out", default="", help="写到哪个文件，默认 审核表-<编号>-<版本>.pdf")


def run_form(office: Office, options: argparse.Namespace) -> int:
    """Write the form of the items named into one file."""
    from builder.review.form_docx import form_docx  # forms are rare, and Word rarer
    from builder.review.form_pdf import form_pdf

    make = {"pdf": form_pdf, "docx": form_docx}[options.format]
    data = make(office, options.items)
    target = Path(options.out or _file_name(office, options.items, options.format))
    if target.is_dir():
        target /= _file_name(office, options.items, options.format)
    _store(target, data)
    for identity in dict.fromkeys(options.items):
        print(f"{identity}：版本 {office.item(identity).version[:SHORTEST]}")
    print(f"审核表：{target}。连同附件一起打印，签好后扫描，用 weike review countersign 录入。")
    return 0


def _file_name(office: Office, identities: Sequence[str], suffix: str) -> str:
    first = office.item(identities[0])
    more = f"等{len(set(identities))}篇" if len(set(identities)) > 1 else ""
    name = re.sub(r"[:/]", "-", first.id)
    return f"审核表-{name}{more}-{first.version[:SHORTEST]}.{suffix}"


def add_countersign(parser: argparse.ArgumentParser) -> None:
    """The options of `weike review countersign`; those of the key are the caller's."""
    said = "初审、复审、终审或保密审查"
    parser.add_argument("item", metavar="编号", help="表上的编号，如 faq:mlk/sishang")
    parser.add_argument("--version", required=True, help=f"表上的版本，至少前 {SHORTEST} 位")
    parser.add_argument("--scan", required=True, help="扫描件：PDF、JPEG 或 PNG，20 MB 以内")
    for name, words, text in (
        ("--sign", "审=人", f"谁签了哪一审：{said}=人员编号或姓名，可写几次"),
        ("--date", "审=日期", "表上写的日期，如 初审=2026-11-20；只写日期就是各审同一天"),
        ("--note", "审=意见", "表上写的意见，可写几次"),
    ):
        parser.add_argument(name, metavar=words, action="append", default=[], help=text)
    parser.add_argument("--change", default="", help="这次改了什么，会公开显示在版本记录里")


def run_countersign(
    office: Office, options: argparse.Namespace, signer: Callable[[argparse.Namespace], Signer]
) -> int:
    """Enter a form. `signer` opens the clerk's key that the options name."""
    signers = {s: _person(office, p) for s, p in _pairs(options.sign, "--sign").items()}
    notes = _pairs(options.note, "--note")
    days = [word for word in options.date if "=" not in word]
    dates = dict.fromkeys(signers, days[-1]) if days else {}
    dates |= _pairs([word for word in options.date if "=" in word], "--date")
    scan, clerk = Path(options.scan), signer(options)
    records = countersign(
        office, options.item, clerk, options.version, signers, scan, notes, dates, options.change
    )
    for record in records:
        print(f"{STEP_LABELS[record.step]}：{office.staff.name(record.person)} 通过。")
    left = labels(office.item(options.item).next_steps)
    print(f"接着是{left}。" if left else "已批准，下次发布就有。")
    print(f"扫描件存在 {SCANS}/{records[0].paper['file']}，与审核记录一起提交，不要删。")
    return 0


def _pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """`初审=…` → step → words; a step may be named in Chinese or by its key."""
    keys = {label: step for step, label in STEP_LABELS.items()}
    found: dict[str, str] = {}
    for word in words:
        label, equals, value = word.partition("=")
        step = keys.get(label.strip(), label.strip())
        if not equals or step not in STEPS or not value.strip():
            raise Refused(f"{option} {word}：写成 初审=… 这样，只有{labels(STEPS)}。")
        if step in found:
            raise Refused(f"{option} 里{STEP_LABELS[step]}写了两次。")
        found[step] = value.strip()
    return found


def _person(office: Office, word: str) -> str:
    """The id of a person named by id or, where only one is called so, by name."""
    people = office.staff.people
    if word in people:
        return word
    called = [p.id for p in people.values() if p.name == word]
    if len(called) > 1:
        raise Refused(f"叫“{word}”的有几位：{'、'.join(called)}。写人员编号。")
    return called[0] if called else word
