"""Carrying out a stored plan, step by step; what was done before, by this run or another, is not done again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import Row

from builder.bundle import Bundle
from publish.ledger import BEIJING, Ledger
from publish.wechat import checks, mass
from publish.wechat.ask import FOUND, Asker
from publish.wechat.caller import WAITING, Caller, Stopped, stop
from publish.wechat.calls import Material
from publish.wechat.drafts import Drafts, Flags
from publish.wechat.outcome import Kind
from publish.wechat.plan import Plan, article_lines, manifest_digest, state_of
from publish.wechat.pushes import SENDS, File, Gone, Push, files_of, payload
from publish.wechat.quota import CHANNEL
from publish.wechat.records import Json, Kept, Records, about_article
from publish.wechat.step import TAKING, Step
from publish.wechat.steps import final, steps
from publish.wechat.takeback import ROLLBACK, take
from publish.wechat.watch import Watch

UNSURE = (
    "上一次群发没有等到答复，很可能已经发出：到公众号后台“发表记录”看，发出了就加 --sent 再运行，"
    "没有发出就加 --not-sent。"
)
LEAVES = frozenset({"reread", "submit", "convert", "send"})  # from here on others see it


def stale(plan: Plan, bundle: Bundle, push: Push, gone: list[Gone], ledger: Ledger) -> list[str]:
    """What has changed since the plan was made, in Chinese; nothing when it may be carried out."""
    records = Records(ledger, push.account)
    found = []
    if manifest_digest(bundle) != plan.bundle:
        found.append("成品包换过了，不是做计划时的那一份")
    if push.account != plan.account:
        found.append("推送改到了另一个公众号")
    if (push.id, push.kind) != (plan.push, plan.kind):
        found.append(f"计划是 {plan.push}（{SENDS.get(plan.kind, plan.kind)}）的，不是这个推送的")
    last = _last(push, ledger)
    resumed = last is not None and last["run"] == plan.digest
    if last is not None and resumed and last["finished"]:
        found.append("这份计划已经做完了")
    elif last is not None and last["run"].startswith(ROLLBACK) and _begun(plan, ledger):
        found.append("做完计划以后，这个推送收回过（weike rollback）")
    elif not resumed and _begun(plan, ledger):
        found.append("后来又照另一份计划推过")
    elif not resumed and state_of(push, records, gone) != plan.state:
        found.append("账本变了：做完计划以后，又推过或删过东西")
    elif not resumed and _other_steps(plan, push, gone, ledger):
        found.append("计划里的步骤不是现在该做的：计划被改过，或者又推过别的推送")
    return found


def forbidden(
    plan: Plan, bundle: Bundle, push: Push, gone: list[Gone], ledger: Ledger, now: datetime
) -> list[str]:
    """Why this push may not go out, judged anew: a stored plan is a file, and files can be changed."""
    last = _last(push, ledger)
    if last is not None and last["run"] == plan.digest:  # what it did itself is no reason
        return checks.gates(bundle, push, gone, plan.wishes, plan.steps)
    return checks.refusals(bundle, push, gone, ledger, plan.wishes, now, plan.steps)


def _other_steps(plan: Plan, push: Push, gone: list[Gone], ledger: Ledger) -> bool:
    """Whether a plan that was not begun yet has other steps than the push needs."""
    wanted = steps(push, Records(ledger, push.account), gone, plan.wishes)
    return [s.plain() for s in plan.steps] != [s.plain() for s in wanted]


def _begun(plan: Plan, ledger: Ledger) -> bool:
    return bool(ledger.rows("SELECT 1 FROM runs WHERE run = ?", plan.digest))


def _last(push: Push, ledger: Ledger) -> Row | None:
    rows = ledger.rows(
        "SELECT run, finished FROM runs WHERE channel = ? AND target = ? AND push = ? ORDER BY rowid DESC LIMIT 1",
        CHANNEL,
        push.account,
        push.id,
    )
    return rows[0] if rows else None


@dataclass
class Runner:
    """One run of one plan."""

    plan: Plan
    push: Push
    bundle: Bundle
    state: Path
    caller: Caller
    flags: Flags
    uploads: int = 0
    skipped: int = 0
    over: bool = False
    remade: bool = False

    def __post_init__(self) -> None:
        self.records, self.client = self.caller.records, self.caller.client
        self.asker = Asker(self.caller, self.flags.sent, self.flags.gone)
        self.drafts = Drafts(self)
        self.watch = Watch(self.asker, self.state)

    @property
    def end(self) -> str:
        """How this push ends: draft, publish, mass or material."""
        return final(self.push, self.plan.wishes)

    def run(self) -> bool:
        """Do all steps; True when the plan is done, False when it rests after a preview. `Stopped` when it can't go on."""
        self._open_yet()
        ledger = self.caller.ledger
        ledger.begin(self.plan.digest, CHANNEL, self.push.account, self.push.id)
        if self.asker.settle_all(self.push.id):
            raise Stopped(f"查清了：上次其实已经发出。重新运行 weike plan wechat {self.push.id}。")
        self.watch.events()
        self.over = self._found_out()
        total = len(self.plan.steps)
        for number, step in enumerate(self.plan.steps, 1):
            if self._rests(step):
                return False
            if self.over and step.do not in TAKING:
                continue
            self.caller.say(f"[{number}/{total}] {step.words}")
            getattr(self, f"_{step.do}")(step)
        if self.flags.preview and not self.over:
            self._preview()
        ledger.end(self.plan.digest)
        return True

    def _rests(self, step: Step) -> bool:
        """Whether the run rests before this step, the first that others would see: then it was previewed."""
        if not self.flags.preview or step.do not in LEAVES or self.over:
            return False
        self._preview()
        return not self.over

    def _found_out(self) -> bool:
        """Whether this run found its articles published: by an answer that was lost, or by somebody's hand."""
        mine = self.records.publications(self.push.id)
        return any(p.run == self.plan.digest and p.key.startswith(FOUND) for p in mine)

    def _open_yet(self) -> None:
        now = self.caller.now()
        if self.push.after and now < self.push.after:
            opens = self.push.after.astimezone(BEIJING)
            raise Stopped(
                f"没到时间：{opens:%Y年%m月%d日 %H:%M} 以前不能推，也不向微信发任何内容。到时候再运行，或加 --wait 等着。",
                WAITING,
            )

    # --- files --------------------------------------------------------------------------------------

    def _upload(self, step: Step) -> None:
        about = step.about
        if about["sha256"] in self.records.known(about["use"]):
            self.skipped += 1
            return
        file = File(about["path"], "", about["sha256"], about["bytes"])
        data = file.upload(self.bundle)
        if about["use"] == "body":
            refused = self.asker.certain(
                "upload", step.api, about, lambda: self.client.image_upload(data)
            )
        elif file.suffix == ".mp4":
            piece = self.push.pieces[0]
            title, words = (
                piece.film_words[0] or piece.title,
                piece.film_words[1] or piece.summary,
            )
            refused = self.asker.certain(
                "upload",
                step.api,
                about,
                lambda: self.client.material_add_video(data, title, words),
                _media,
            )
        else:
            refused = self.asker.certain(
                "upload", step.api, about, lambda: self.client.material_add_image(data), _media
            )
        self.uploads += 1
        if refused:
            raise stop(refused, f"{about['path']} 传不上去：")

    def payloads(self) -> list[Json]:
        """The articles as they are sent, every picture under the address that WeChat gave it."""
        urls = {sha: url for sha, (url, _) in self.records.known("body").items()}
        media = {sha: media_id for sha, (_, media_id) in self.records.known("material").items()}
        lacking = [
            f.path
            for use, known in (("body", urls), ("material", media))
            for f, _ in files_of(self.push, use)
            if f.sha256 not in known
        ]
        if lacking:
            raise Stopped(f"{lacking[0]} 还没有传上去：重新运行 weike plan wechat {self.push.id}。")
        return [payload(p, self.push.kind, urls, media) for p in self.push.pieces]

    def abouts(self) -> list[Json]:
        """What the ledger keeps of each article."""
        return [about_article(p, article_lines(p)) for p in self.push.pieces]

    # --- drafts: see drafts.py -----------------------------------------------------------------------

    def _look(self, step: Step) -> None:
        self.drafts.look(step.about["media_id"])

    def _add(self, _: Step) -> None:
        self.drafts.add()

    def _update(self, step: Step) -> None:
        self.drafts.update(step.about["index"])

    def _check(self, _: Step) -> None:
        self.drafts.check()

    def _drop(self, step: Step) -> None:
        self.drafts.drop(step.about)

    # --- out ------------------------------------------------------------------------------------------

    def _reread(self, _: Step) -> None:
        """Nothing yet: the next step reads immediately before its own call."""

    def _fit(self, tried: bool = False) -> Kept | None:
        """The draft that is about to be shown to others, read once more; `Stopped` while a person must look first.

        None when it is out already by somebody's hand. `tried`: it may have been sent.
        """
        draft = self.drafts.reread(tried)
        if draft is None:
            return None
        theirs = [a["title"] for a in draft.articles if a.get("theirs")]
        if theirs:
            raise Stopped(
                f"《{'》《'.join(theirs)}》留用了后台改过的样子，没有走过审批，程序不发：由人在后台发表，或者把改动写回内容，审批以后再推；要用成品包里的盖掉，加 --overwrite 再运行。"
            )
        lost = [a["title"] for a in draft.articles if a.get("stripped")]
        if lost and not self.flags.accept_stripped:
            raise Stopped(
                f"微信没有原样保留《{'》《'.join(lost)}》（上面列了不同之处）：在后台看过草稿，没问题就加 --accept-stripped 再运行。"
            )
        if any(p.ai for p in self.push.pieces) and not self.flags.declared:
            raise Stopped(
                "有机器生成的内容，要先由人在后台这份草稿里勾选“创作来源 · 内容由 AI 生成”：勾好以后加 --declared 再运行。",
                WAITING,
            )
        return draft

    def _about(self, draft: Kept) -> Json:
        keys = ("id", "entries", "marker", "sent", "title", "lines", "theirs")
        articles = [{k: a[k] for k in keys if k in a} for a in draft.articles]
        about = {"push": self.push.id, "bundle": self.plan.bundle, "media_id": draft.key}
        return about | {"articles": articles}

    def _submit(self, step: Step) -> None:
        mine = [p for p in self.records.publications(self.push.id) if p.run == self.plan.digest]
        if mine and mine[-1].state != "failed":
            return
        draft = self._fit()
        if draft is None:
            return
        refused = self.asker.certain(
            "submit",
            step.api,
            self._about(draft),
            lambda: self.client.publish_submit(draft.key),
            lambda found: found.publish_id,
            lambda: self.drafts.untouched(draft.key),
        )
        if refused and refused.kind is Kind.GONE:
            self._again(draft, step, self._submit)
        elif refused and refused.kind is Kind.SLOW and self._submitted_before():
            raise Stopped(
                "前一次提交多半正在发布：过几分钟再运行同一条 weike push，会先查清，不会重发。",
                WAITING,
            )
        elif refused:
            raise stop(refused)

    def _submitted_before(self) -> bool:
        rows = self.caller.ledger.rows(
            "SELECT 1 FROM standing WHERE run = ? AND api = 'freepublish/submit' AND state != 'refused'",
            self.plan.digest,
        )
        return bool(rows)

    def _again(self, draft: Kept | None, step: Step, act: Callable[[Step], None]) -> None:
        """The draft went away under our hands: make it again where that is safe, and go on with it; once only."""
        if self.remade:
            raise Stopped("草稿刚存好又不在了：到后台看看是不是有人在删，再运行同一条 weike push。")
        self.remade = True
        self.drafts.vanished(draft)
        if not self.over:
            act(step)

    def _watch(self, _: Step) -> None:
        self.watch.publications(self.push.id)

    def _convert(self, step: Step) -> None:
        film = self.push.pieces[0].film
        assert film is not None
        if film.sha256 in self.records.known("film"):
            return
        piece, media = self.push.pieces[0], self.records.known("material")[film.sha256][1]
        about = {"use": "film", "sha256": film.sha256, "bytes": film.size}
        refused = self.asker.certain(
            "convert",
            step.api,
            about,
            lambda: self.client.mass_video(media, piece.title, piece.summary),
            lambda found: ("", found),
        )
        if refused:
            raise stop(refused)

    def _send(self, step: Step) -> None:
        number = step.about["clientmsgid"]
        if any(s.key == number for s in self.records.sends(self.push.id)):
            return
        for why in mass.refused(self.caller.ledger, self.push, self.caller.now()):
            raise Stopped(why, WAITING)
        ready = self._sending(number)
        if ready is None or self._told(number, ready[0]):
            return
        about, media = ready
        film = self.push.kind == "video"
        refused = self.asker.certain(
            "send",
            step.api,
            about,
            lambda: self.client.mass_send(
                media,
                tag=self.push.tag,
                client_msg_id=number,
                kind="mpvideo" if film else "mpnews",
            ),
            lambda found: found.msg_id,
            lambda: None if film else self.drafts.untouched(media),
        )
        if refused and refused.kind is Kind.GONE and self._maybe_sent(number):
            raise Stopped(UNSURE)
        if refused and refused.kind is Kind.GONE:
            self._again(self.drafts.current(), step, self._send)
        elif refused:
            raise stop(refused)

    def _told(self, number: str, about: Json) -> bool:
        """Whether a person said that an earlier try went out; `Stopped` where only a person can say."""
        since = self._maybe_sent(number)
        if since and self.flags.sent:
            self.caller.note_done(mass.API, about)
            return True
        old = since and self.caller.now() - since > timedelta(hours=mass.DEDUP_HOURS)
        if old and self.push.kind == "video":  # a film is not used up by being sent
            raise Stopped(UNSURE)
        return False

    def _sending(self, number: str) -> tuple[Json, str] | None:
        """What the ledger keeps of a send, and what is sent; None when it is out already by somebody's hand."""
        if self.push.kind == "video":
            film = self.push.pieces[0].film
            assert film is not None
            media = self.records.known("film")[film.sha256][1]
            about: Json = {"push": self.push.id, "bundle": self.plan.bundle, "media_id": media}
            about |= {"articles": self.abouts()}
        else:
            draft = self._fit(tried=self._maybe_sent(number) is not None)
            if draft is None:
                return None
            media, about = draft.key, self._about(draft)
        return about | {"clientmsgid": number, "to": self.push.to}, media

    def _maybe_sent(self, number: str) -> datetime | None:
        """When a send of this number was first tried without being refused; None when a person says it wasn't sent."""
        rows = self.caller.ledger.rows(
            "SELECT at, about FROM standing WHERE channel = ? AND target = ? AND api = ?"
            " AND (state IS NULL OR state != 'refused') ORDER BY id",
            CHANNEL,
            self.push.account,
            mass.API,
        )
        found = [r["at"] for r in rows if json.loads(r["about"])["clientmsgid"] == number]
        if not found or self.flags.sent is False:
            return None
        return datetime.fromisoformat(found[0])

    def _confirm(self, _: Step) -> None:
        self.watch.sends(self.push.id)

    def _preview(self) -> None:
        wxid = self.flags.preview
        if self.drafts.current() is None:
            raise Stopped("没有草稿可以预览。")
        draft = self.drafts.reread()
        if draft is None:
            return
        refused = self.asker.certain(
            "preview",
            "message/mass/preview",
            {"asks": wxid},
            lambda: self.client.mass_preview(wxid, draft.key),
            again=lambda: self.drafts.untouched(draft.key),
        )
        if refused:
            raise stop(refused, "预览没有发出：")
        self.caller.say(f"预览已发给微信号 {wxid}：在手机上看。")

    # --- withdrawn ------------------------------------------------------------------------------------

    def _take(self, step: Step) -> None:
        take(self.asker, self.watch, step, self.plan.bundle)

    _settle = _outcome = _erase = _take


def _media(found: Material) -> tuple[str, str]:
    return found.url, found.media_id
