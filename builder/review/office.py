"""Everything that is done with reviews: what waits for whom, approve, reject, withdraw, revoke.

The command line, the review page and the paper way all work through this one room. It reads the files
as they lie there and the log; a decision is one signed line more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from builder import wording
from builder.approvals import (
    STEPS,
    History,
    Judged,
    Record,
    Refused,
    Release,
    Signer,
    Staff,
    labels,
    version_digest,
)
from builder.approvals.found import Found
from builder.approvals.history import complete
from builder.approvals.ledger import SITE_POLICY, Ledger, open_ledger, policies_of
from builder.approvals.records import Logs, append, heads, log_bytes, read_log
from builder.approvals.scans import LOST, lost
from builder.approvals.staff import fault, staff_of
from builder.approvals.standing import (
    SITE_TITLES,
    missing_steps,
    next_steps,
    state_of,
)
from builder.approvals.trust import KEYS, VOID
from builder.approvals.words import LEVELS, SITE_CONFIG, SITE_ITEMS, SITE_ORGS, STEP_LABELS
from builder.build import survey
from builder.config import CONFIG_FILE, SiteConfig, config_of, load_config
from builder.entries import used_files
from builder.keys import signed
from builder.kinds import BY_NAME
from builder.memo import Memo
from builder.model import BEIJING, Entry, Library, MdText
from builder.organisations import ORGS_FILE, organisations_of
from builder.problems import Problem, Severity
from builder.read import FOLDERS, VERSION, read

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Item:
    """One reviewed thing as it stands: the working copy, and what was approved of it.

    `version` and `files` are those of the working copy, empty when its file is gone. `missing`: edition →
    steps that the working copy still lacks; `released`: edition → newest approved version.
    """

    id: str
    kind: str
    title: str
    division: str
    audience: str
    path: str
    version: str
    files: Mapping[str, str]
    editions: tuple[str, ...]
    state: str
    done: Mapping[str, Record]
    missing: Mapping[str, tuple[str, ...]]
    released: Mapping[str, Release]
    log: tuple[Judged, ...]
    next_steps: tuple[str, ...]
    rejected: Record | None = None

    @property
    def label(self) -> str:
        """What kind of thing it is, in Chinese."""
        return BY_NAME[self.kind].label if self.kind in BY_NAME else "站点设置"

    @property
    def newest(self) -> Release | None:
        """The version that was approved last, for whichever edition."""
        return max(self.released.values(), key=lambda r: r.approved, default=None)


@dataclass(frozen=True)
class Hand:
    """One step that a person took with a pen."""

    step: str
    person: str
    note: str


@dataclass
class _View:
    """What was read at one moment. `config` is the approved one, `drafted` that which lies there."""

    library: Library
    ledger: Ledger
    config: SiteConfig
    drafted: SiteConfig
    items: dict[str, Item] = field(default_factory=dict)
    problems: list[Problem] | None = None


class Office:
    """The reviews of the site under one root."""

    def __init__(self, root: Path, clock: Clock) -> None:
        """`clock` gives the time that records carry. `BuildFailed` when the settings can't be read."""
        self.root = root
        self.clock = clock
        self._entries = Memo(root / ".cache" / "entries.pickle", VERSION)
        self._courses = Memo(None, "")
        self._found = Found(root)
        self._mark = _mark(root)
        self._view = self._read()

    def refresh(self) -> None:
        """Read content and log again, if any file of them changed."""
        mark = _mark(self.root)
        if mark != self._mark:
            self._view = self._read()
            self._mark = mark

    @property
    def config(self) -> SiteConfig:
        """The approved settings; those that lie there as long as none are approved."""
        return self._view.config

    @property
    def staff(self) -> Staff:
        """The people who may sign now."""
        return self._view.ledger.staff

    @property
    def listed(self) -> Staff:
        """The same; before any list is approved, those of the list as it lies there."""
        if self.pin:
            return self.staff
        return staff_of(organisations_of((self.root / ORGS_FILE).read_bytes())[1])

    @property
    def pin(self) -> str:
        """The mark of the first approved list of people; empty before there is one."""
        return self._view.ledger.trust.root

    def written(self, record: Record) -> bool:
        """True when a record is from somebody who was registered at some time."""
        return self._view.ledger.written(record)

    @property
    def library(self) -> Library:
        """The files as they lie there."""
        return self._view.library

    @property
    def mark(self) -> Mapping[str, tuple[int, int]]:
        """Time and size of every file that this view was made from, by path."""
        return self._mark

    def now(self) -> str:
        """The time that a record made now would carry."""
        return self.clock().astimezone(BEIJING).isoformat(timespec="seconds")

    def items(self) -> list[Item]:
        """Everything that is reviewed: settings first, then entries by their files."""
        return list(self._view.items.values())

    def item(self, identity: str) -> Item:
        """One of them; `Refused` when there is none of that id."""
        found = self._view.items.get(identity)
        if found is None:
            raise Refused(f"没有编号是 `{identity[:80]}` 的内容。用 weike review list 看有哪些。")
        return found

    def problems(self, identity: str) -> list[Problem]:
        """What `weike check` says of one item's own file."""
        path = self.item(identity).path
        return [p for p in self.survey() if p.where.path == path]

    def survey(self) -> list[Problem]:
        """What `weike check` says of everything."""
        view = self._view
        if view.problems is None:
            view.problems = survey(self.root, [], self.clock(), self._entries)
        return view.problems

    def current(self, identity: str) -> dict[str, bytes]:
        """Path → bytes of the working copy."""
        return self._bytes(self.item(identity).files)

    def approved(self, identity: str, edition: str = "") -> dict[str, bytes] | None:
        """Path → bytes of the newest approved version; of any edition when none is named."""
        item = self.item(identity)
        found = item.released.get(edition) if edition else item.newest
        return self._bytes(found.files) if found else None

    # --- decisions --------------------------------------------------------------------------------

    def approve(
        self,
        identity: str,
        step: str,
        signer: Signer,
        version: str,
        note: str = "",
        change: str = "",
    ) -> Record:
        """Put a step down for the very version that was seen; `Refused` says why not."""
        item = self._seen(identity, version)
        if step not in STEPS:
            raise Refused(f"没有 `{step}` 这一审，只有：{'、'.join(STEPS)}。")
        self._sound(identity)
        change = self._public(item, change)
        if step not in item.next_steps:
            raise Refused(_not_now(item, step))
        self._apart(item.done, step, signer.person)
        return self._sign(item, "approve", step, signer, note, change=change)

    def on_paper(
        self,
        identity: str,
        hands: Sequence[Hand],
        clerk: Signer,
        version: str,
        paper: Mapping[str, str],
        change: str = "",
    ) -> list[Record]:
        """The records of a form signed by hand, judged and in their order, but not put down yet.

        `paper` is what each says of the form. `Refused` when one of them would not count.
        """
        item = self._seen(identity, version)
        self._sound(identity)
        _in_turn(item, [hand.step for hand in hands])
        change = self._public(item, change)
        held, records = dict(item.done), list[Record]()
        for hand in sorted(hands, key=lambda hand: STEPS.index(hand.step)):
            self._apart(held, hand.step, hand.person, clerk.person)
            record = self._made(
                item.id,
                "approve",
                hand.step,
                clerk,
                hand.person,
                hand.note,
                after=records[-1].digest if records else None,
                change=change,
                division=item.division,
                files=item.files,
                paper=paper,
            )
            records.append(record)
            held[hand.step] = record
        return records

    def _public(self, item: Item, change: str) -> str:
        """The public word on what changed: whoever signs first writes it, all others sign it too."""
        change = change.strip()
        if item.done:
            said = next(iter(item.done.values())).change
            if change not in {"", said}:
                told = f"前面签的是“{said}”" if said else "前面签的没有写"
                raise Refused(
                    f"修改说明由第一个签的人写，后面的人签字就是同意；{told}。要改就退回重来。"
                )
            return said
        entry = self.library.entries.get(item.id)
        if change and entry is not None:
            rules, _ = wording.load_rules(self.root)
            alone = replace(entry, title=change, summary="", text=MdText(""), data={}, sources=())
            found = wording.judge(alone, self.library, self.config, rules)
            wrong = next((p for p in found if p.severity is Severity.ERROR), None)
            if wrong:
                raise Refused(f"修改说明会公开，不能这样写：{wrong.message}")
        return change

    def put(self, records: Sequence[Record]) -> None:
        """Put down what `on_paper` gave: all, or none."""
        self._found.keep(records[0].files)
        self._write(*records)
        self._update(records[-1])

    def reject(self, identity: str, step: str, signer: Signer, version: str, note: str) -> Record:
        """Send the version that was seen back, with the reason."""
        item = self._seen(identity, version)
        if not note.strip():
            raise Refused("退回要写理由，让撰稿人知道改什么。")
        return self._sign(item, "reject", step, signer, note)

    def withdraw(self, identity: str, signer: Signer, reason: str) -> Record:
        """Take an item out of the next release at once."""
        item = self.item(identity)
        if not reason.strip():
            raise Refused("撤回要写理由。")
        if identity in SITE_ITEMS:
            raise Refused("站点设置不能撤回：没有它什么也发布不了。改好重新送审就行。")
        newest = item.newest
        if newest is None:
            raise Refused(f"`{identity}` 没有批准过的版本，不会发布，不用撤回。")
        was = {"files": newest.files, "subject": item.audience}
        return self._sign(item, "withdraw", "", signer, reason, **was)

    def revoke(self, person: str, signer: Signer, reason: str, *, void: bool) -> Record:
        """End all keys of a person now. `void`: nothing that they ever signed counts."""
        found = self.staff.people.get(person)
        if found is None or not found.keys:
            raise Refused(f"没有登记 `{person}`，或者没有密钥。")
        if not reason.strip():
            raise Refused("吊销要写理由。")
        record = None
        for name in found.keys:
            subject = (VOID if void else "") + name
            record = self._add(
                f"{KEYS}{person}", "revoke", "", signer, signer.person, reason, subject=subject
            )
        self.refresh()
        assert record is not None
        return record

    # --- inside -----------------------------------------------------------------------------------

    def _seen(self, identity: str, version: str) -> Item:
        """The item as it lies there now, if it still is what the person saw."""
        self.refresh()
        item = self.item(identity)
        if not item.version:
            raise Refused(
                f"`{identity}` 的文件已删，没有可审的。要撤下来用 weike review withdraw。"
            )
        if item.version != version:
            raise Refused("您看的不是现在这一版：内容刚刚有改动。请重新看一遍再签。")
        return item

    def _sound(self, identity: str) -> None:
        wrong = [p for p in self.problems(identity) if p.severity is Severity.ERROR]
        if wrong:
            raise Refused(f"检查出 {len(wrong)} 个错误，改好才能通过：{wrong[0].message}")

    def _apart(self, held: Mapping[str, Record], step: str, person: str, clerk: str = "") -> None:
        """Refuse a person who takes another step too, and a clerk who takes any."""
        others = [r for s, r in held.items() if s != step]
        if any(r.person == person for r in others):
            raise Refused(f"{self.staff.name(person)}已经做过这一版的另一审，一个人不能做两审。")
        if clerk == person or any(
            r.person == clerk or r.paper.get("clerk") == person for r in others
        ):
            raise Refused("文书不能代录自己参加审核的一版，请另一位文书录入。")

    def _sign(
        self, item: Item, decision: str, step: str, signer: Signer, note: str, **more: Any
    ) -> Record:
        """Put down what the signer says of the working copy; `more` replaces what a record holds."""
        if decision == "approve":
            self._found.keep(item.files)
        fields = {"division": item.division, "files": item.files, **more}
        record = self._add(item.id, decision, step, signer, signer.person, note, **fields)
        self._update(record)
        return record

    def _update(self, record: Record) -> None:
        """Take in one line more; what all others depend on is read anew."""
        view, item = self._view, record.item
        if item in SITE_ITEMS or not self.pin:
            self._view = self._read()
        else:
            view.ledger.logs = Logs({**view.ledger.logs.raw, item: log_bytes(self.root, item)})
            view.ledger.now = self.now()
            view.items[item] = self._item(view, item)
        self._mark = _mark(self.root)

    def _add(self, *words: Any, **more: Any) -> Record:
        """Sign a line, judge it as everybody will, and only then write it."""
        record = self._made(*words, **more)
        self._write(record)
        return record

    def _write(self, *records: Record) -> None:
        if any(lost(record, self._found.here) for record in records):
            raise Refused(f"记不下：{LOST}。")
        append(self.root, *records)

    def _made(
        self,
        item: str,
        decision: str,
        step: str,
        signer: Signer,
        person: str,
        note: str,
        after: str | None = None,
        **more: Any,
    ) -> Record:
        """A signed line that is good. `after`: the line before it; those at the log's end when not named."""
        bare = Record(
            item=item,
            decision=decision,
            step=step,
            person=person,
            time=self.now(),
            division=more.pop("division", ""),
            files=dict(more.pop("files", {})),
            note=note.strip(),
            after=heads(read_log(self.root, item).records) if after is None else after,
            key=signer.fingerprint,
            **more,
        )
        record = replace(bare, signature=signer.sign(bare.payload()))
        why = fault(record, self._judges(record), record.time, signed)
        if why:
            raise Refused(f"记不下：{why}。")
        return record

    def _judges(self, record: Record) -> Staff:
        """By whose list a new record is judged: for the very first list, by that list itself."""
        if not self.pin and record.item != SITE_ORGS:
            raise Refused("人员清单还没有批准，先把 site:orgs 审完：weike review show site:orgs。")
        return self.listed

    def _bytes(self, files: Mapping[str, str]) -> dict[str, bytes]:
        self._found.recall(files.items())
        found = {path: self._found.get(path, digest) for path, digest in files.items()}
        return {path: data for path, data in found.items() if data is not None}

    def _read(self) -> _View:
        config = load_config(self.root)
        library, _ = read(self.root, self._entries)
        ledger = open_ledger(self.root, self.now(), self._courses, found=self._found)
        settings = ledger.site(SITE_CONFIG)
        view = _View(library, ledger, config_of(settings) if settings else config, config)
        for identity in (*SITE_ITEMS, *library.entries):
            view.items[identity] = self._item(view, identity)
        for identity in ledger.entries():
            if identity not in view.items and identity.partition(":")[0] in BY_NAME:
                view.items[identity] = self._item(view, identity)
        return view

    def _item(self, view: _View, identity: str) -> Item:
        kind = identity.partition(":")[0]
        site = identity in SITE_ITEMS
        entry = view.library.entries.get(identity)
        files = self._files(view, identity, entry)
        version = version_digest(files) if files else ""
        policies = SITE_POLICY if site else policies_of(view.config, kind)
        course = view.ledger.course(identity, policies)
        audience = entry.audience if entry else _last_audience(course)
        editions = tuple(
            name
            for name, e in view.config.editions.items()
            if site or (audience in e.audiences if entry else course.release(name))
        )
        asked = {name: policies[identity if site else name] for name in editions}
        done = dict(course.steps.get(version, {}))
        missing = {
            name: () if complete(done, steps) else missing_steps(done, steps)
            for name, steps in asked.items()
        }
        released = {
            name: release
            for name in editions
            if (release := course.release(identity if site else name)) is not None
        }
        return Item(
            id=identity,
            kind=kind,
            title=SITE_TITLES.get(identity) or (entry.title if entry else identity),
            division=entry.division if entry else _last_division(course),
            audience=audience,
            path=SITE_ITEMS.get(identity) or (entry.path if entry else ""),
            version=version,
            files=files,
            editions=editions,
            state=state_of(course, version, released, editions, done),
            done=done,
            missing=missing,
            released=released,
            log=tuple(course.log),
            next_steps=next_steps(done, asked, released, version),
            rejected=course.rejected.get(version),
        )

    def _files(self, view: _View, identity: str, entry: Entry | None) -> dict[str, str]:
        """Path → hash of everything the working copy of an item is made of."""
        if identity in SITE_ITEMS:
            paths = [SITE_ITEMS[identity]]
            lexicon = view.drafted.narration.lexicon
            paths += [lexicon] if lexicon and identity == SITE_CONFIG else []
        elif entry is not None:
            paths = [entry.path, *used_files(entry, view.library.files)]
        else:
            return {}
        return {path: digest for path in paths if (digest := self._found.here(path))}


def _mark(root: Path) -> dict[str, tuple[int, int]]:
    """Time and size of every file that counts."""
    names = [
        CONFIG_FILE,
        *(f"{base}/{f}" for top in FOLDERS for base, _, fs in os.walk(root / top) for f in fs),
    ]
    found = {}
    for name in names:
        with suppress(OSError):
            stat = os.stat(root / name)  # noqa: PTH116  # thousands of them
            found[name] = stat.st_mtime_ns, stat.st_size
    return found


def _last_division(course: History) -> str:
    return next((j.record.division for j in reversed(course.log) if j.record.division), "")


def _last_audience(course: History) -> str:
    return course.withdrawn.subject if course.withdrawn else ""


def _in_turn(item: Item, steps: Sequence[str]) -> None:
    """Refuse steps that are not asked for now, or that leave out a level before them."""
    missing = [s for s in STEPS if any(s in lacking for lacking in item.missing.values())]
    for step in steps:
        if step not in missing:
            raise Refused(_not_now(item, step))
    levels = [s for s in missing if s in LEVELS]
    last = max((levels.index(s) for s in steps if s in levels), default=-1)
    left_out = [s for s in levels[: last + 1] if s not in steps]
    if left_out:
        raise Refused(f"还差{labels(left_out)}：{STEP_LABELS[levels[last]]}要在它后面。")


def _not_now(item: Item, step: str) -> str:
    if not item.next_steps:
        return "这一版已经批准，不用再审。"
    if step in item.done:
        by = item.done[step]
        return f"这一版的{STEP_LABELS[step]}已经有了（{by.person}，{by.time[:10]}）。"
    return f"现在轮到{labels(item.next_steps)}，还不能做{STEP_LABELS[step]}。"
