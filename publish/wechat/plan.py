"""The plan of a push: offline and exact, stored with the hash of all its inputs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from builder.bundle import Bundle
from publish.ledger import BEIJING, Ledger, canonical
from publish.wechat import checks
from publish.wechat.diff import lines_of, text_changes
from publish.wechat.pushes import SENDS, WITHDRAWAL, Gone, Piece, Push, files_of
from publish.wechat.quota import CHANNEL, Need, needs
from publish.wechat.records import Records
from publish.wechat.step import Step
from publish.wechat.steps import Wishes, left, steps

FORMAT = 1


class NoPlan(Exception):
    """There is no plan that may be carried out; the text says why and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a push before anything is done. `open`: calls of which nobody knows whether they happened."""

    push: str
    kind: str
    account: str
    words: str
    made: str
    after: str
    bundle: str
    state: str
    wishes: Wishes
    open: tuple[str, ...]
    steps: tuple[Step, ...]
    needs: tuple[Need, ...]
    there: tuple[str, ...]
    diff: tuple[str, ...]
    sizes: tuple[str, ...]
    by_hand: tuple[str, ...]
    said: tuple[str, ...]
    refusals: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """As it is stored and printed for programs; `digest` is the hash of all the rest."""
        data = {
            "format": FORMAT,
            "channel": CHANNEL,
            **{n: getattr(self, n) for n in ("push", "kind", "account", "words", "made", "after")},
            "inputs": {"bundle": self.bundle, "state": self.state, **asdict(self.wishes)},
            "open": list(self.open),
            "steps": [s.plain() for s in self.steps],
            "quota": [asdict(n) | {"left": n.left} for n in self.needs],
            **{
                n: list(getattr(self, n))
                for n in ("there", "diff", "sizes", "by_hand", "said", "refusals")
            },
        }
        return data | {"digest": hashlib.sha256(canonical(data)).hexdigest()}

    @property
    def digest(self) -> str:
        """The name of this plan: one hash over all of it."""
        return str(self.plain()["digest"])


def compute(
    bundle: Bundle,
    push: Push,
    gone: Sequence[Gone],
    ledger: Ledger,
    wishes: Wishes,
    now: datetime,
) -> Plan:
    """Plan a push of `bundle` as of `now`; reads files and the ledger, and nothing else."""
    records = Records(ledger, push.account)
    todo = steps(push, records, gone, wishes)
    unknown = ledger.unsettled(CHANNEL, push.account)
    asking = [("draft/batchget", 2)] if unknown else []
    needed = needs(
        ledger, push.account, [*((s.api, s.calls) for s in todo if s.calls), *asking], now
    )
    refused = checks.refusals(bundle, push, gone, ledger, wishes, now, todo)
    refused += checks.short(ledger, push, todo, now)
    return Plan(
        push.id,
        push.kind,
        push.account,
        _words(push),
        now.astimezone(BEIJING).isoformat(timespec="seconds"),
        push.after.isoformat() if push.after else "",
        manifest_digest(bundle),
        state_of(push, records, gone),
        wishes,
        tuple(
            f"{o.call.api}（{o.at:%m月%d日 %H:%M}，推送 {o.call.about.get('push', '')}）"
            for o in unknown
        ),
        tuple(todo),
        tuple(needed),
        tuple(_there(push, records)),
        tuple(_diff(push, records)),
        tuple(checks.sizes(push)),
        (*left(push, records, gone), *checks.by_hand(push, wishes, records)),
        tuple(f"第 {n} 篇：{word}" for n, p in enumerate(push.pieces, 1) for word in p.said),
        tuple(refused),
    )


def manifest_digest(bundle: Bundle) -> str:
    """The hash of the manifest, of the very bytes that were loaded: the folder may be another by now."""
    return bundle.digest


def state_of(push: Push, records: Records, gone: Sequence[Gone]) -> str:
    """One hash over all in the ledger that a plan of this push leans on."""
    uses = {u: records.known(u) for u in ("body", "material")}
    files = [
        [use, f.sha256, *uses[use].get(f.sha256, ())]
        for use in uses
        for f, _ in files_of(push, use)
    ]
    kept = [
        *records.drafts(push.id, None),
        *records.publications(push.id),
        *records.sends(push.id),
    ]
    rows = [[k.key, k.state, k.outside, k.status, k.articles] for k in kept]
    open_calls = [o.id for o in records.ledger.unsettled(CHANNEL, records.account)]
    withdrawn = [g.id for g in gone]
    return hashlib.sha256(canonical([files, rows, open_calls, withdrawn])).hexdigest()


def article_lines(piece: Piece) -> list[str]:
    """The text of a piece, a block a line."""
    return lines_of(piece.html) if piece.html else [x for x in piece.text.splitlines() if x.strip()]


def _words(push: Push) -> str:
    to = f"给{push.readers}" if push.kind in {"mass", "video"} else ""
    return f"《{push.title}》，公众号“{push.name}”，{SENDS[push.kind]}{to}，{len(push.pieces)} 篇"


def _there(push: Push, records: Records) -> Iterable[str]:
    for use, name in (("body", "正文图片"), ("material", "永久素材")):
        known = records.known(use)
        count = sum(f.sha256 in known for f, _ in files_of(push, use))
        if count:
            yield f"{name} {count} 个"


def _diff(push: Push, records: Records) -> Iterable[str]:
    """What differs from what WeChat has or had of this push."""
    last = records.last(push.id)
    if push.kind == WITHDRAWAL:
        return
    if last is None:
        yield "第一次推，没有可比的。"
        return
    old = {a["id"]: a for a in last.articles}
    for place, piece in enumerate(push.pieces, 1):
        before = old.pop(piece.id, None)
        name = f"第 {place} 篇《{piece.title}》"
        if before is None:
            yield f"{name}：新加的"
        elif before["sent"] != piece.digest:
            yield from _article_diff(name, before, piece)
    for gone in old.values():
        yield f"《{gone['title']}》：去掉了"


def _article_diff(name: str, before: dict[str, Any], piece: Piece) -> Iterable[str]:
    lines = text_changes(before["lines"], article_lines(piece))
    if before["title"] != piece.title:
        lines.insert(0, f"题目：{before['title']} → {piece.title}")
    if lines:
        yield f"{name}："
        yield from (f"  {line}" for line in lines)
    else:
        yield f"{name}：文字没变，图片、摘要、封面或排版变了"


# --- stored plans ---------------------------------------------------------------------------------


def place(state: Path, push: str) -> Path:
    """Where the plan of a push is stored: no two pushes share a place."""
    name = push.replace("%", "%25").replace("/", "%2F").replace("\\", "%5C")
    return state / "plans" / f"{CHANNEL}-{name}.json"


def store(state: Path, plan: Plan) -> Path:
    """Put a plan where `push` finds it, whole or not at all."""
    target = place(state, plan.push)
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    fresh = target.with_suffix(".new")
    text = json.dumps(plan.plain(), ensure_ascii=False, indent=1)
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    return target


def stored(state: Path, push: str) -> Plan:
    """The stored plan of a push; `NoPlan` when there is none or somebody changed it."""
    path = place(state, push)
    try:
        data = json.loads(path.read_bytes())
        plan = _from_plain(data)
        same = plan.plain() == data
    except FileNotFoundError:
        raise NoPlan(f"还没有计划：先运行 weike plan wechat {push}，看过再推。") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NoPlan(f"{path} 读不懂：重新运行 weike plan wechat {push}。") from None
    if not same:
        raise NoPlan(f"{path} 被改过，不能照办：重新运行 weike plan wechat {push}。")
    if plan.push != push:
        raise NoPlan(
            f"{path} 是推送 {plan.push} 的计划，不能照办：重新运行 weike plan wechat {push}。"
        )
    return plan


def _from_plain(data: dict[str, Any]) -> Plan:
    inputs = data["inputs"]
    if data["after"] and datetime.fromisoformat(data["after"]).utcoffset() is None:
        raise ValueError("a time without its zone")
    quota = [Need(n["api"], n["needed"], n["used"], n["limit"]) for n in data["quota"]]
    return Plan(
        data["push"],
        data["kind"],
        data["account"],
        data["words"],
        data["made"],
        data["after"],
        inputs["bundle"],
        inputs["state"],
        Wishes(inputs["again"], inputs["finish"]),
        tuple(data["open"]),
        tuple(Step(**s) for s in data["steps"]),
        tuple(quota),
        tuple(data["there"]),
        tuple(data["diff"]),
        tuple(data["sizes"]),
        tuple(data["by_hand"]),
        tuple(data["said"]),
        tuple(data["refusals"]),
    )


# --- for people -----------------------------------------------------------------------------------


def show(plan: Plan) -> list[str]:
    """The plan as lines for a clerk."""
    lines = [f"推送计划：{plan.words}", f"成品包 {plan.bundle[:12]}，计划 {plan.digest[:12]}"]
    if plan.after:
        opens = datetime.fromisoformat(plan.after).astimezone(BEIJING)
        lines.append(f"最早 {opens:%Y-%m-%d %H:%M} 才能推，在此之前不向微信发任何内容")
    groups: list[tuple[str, Sequence[str]]] = [
        ("不能推", plan.refusals),
        ("上次中断，结果还不明的调用：推的时候先向微信查清，不重复发", plan.open),
        ("要做的事，按顺序", _numbered(plan.steps) or ["没有：微信那边已经是这个样子"]),
        ("已经在微信、不再传的", plan.there),
        ("额度", [n.words for n in plan.needs]),
        ("和上次推的比", plan.diff),
        ("篇幅", plan.sizes),
        ("要由人来做的", plan.by_hand),
        ("生成时的提示", plan.said),
    ]
    for title, rows in groups:
        if rows:
            lines += ["", f"{title}：", *(f"  {row}" for row in rows)]
    return lines


def _numbered(todo: Sequence[Step]) -> list[str]:
    return [f"{number:>2}. {step.words}" for number, step in enumerate(todo, 1)]
