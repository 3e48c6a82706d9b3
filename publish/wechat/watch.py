"""Waiting for what WeChat does by itself: publishing, and mass sends that an administrator must confirm.

The event first, where the service wrote it down; else polling, with pauses that grow, within the day's quota.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from publish.wechat.ask import Asker
from publish.wechat.caller import WAITING, Stopped
from publish.wechat.events import MassJob, PublishJob, finished
from publish.wechat.limits import CONFIRM_MINUTES
from publish.wechat.outcome import Kind, Refused
from publish.wechat.records import Kept

EVENTS = Path("inbox") / "wechat-events.jsonl"  # a line each: {"account", "xml"}, decrypted
PUBLISH_PAUSES = (15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 600.0)
MASS_PAUSES = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 600.0)
MASS = {
    "SEND_SUCCESS": ("sent", "发送成功"),
    "SEND_FAIL": ("failed", "发送失败"),
    "DELETE": ("deleted", "已删除"),
}
CONFIRM = (  # what is said while a send waits: at every look, and when nobody waits any longer
    "请管理员在手机上确认",
    f"管理员确认以后（{CONFIRM_MINUTES} 分钟内），再运行同一条命令看结果，不会重发。",
)
REFUSE = (
    "请管理员在手机上点拒绝",
    "请管理员在手机上点拒绝，就不会发出；过后再运行同一条命令，已经发出的会删掉。",
)
DELETED = 5  # publish_status: all of it was deleted after it was out
TAKEN = "已经删除（收回过，或者有人在后台删了）：要再发，重新计划。"


class Watch:
    """Watches what one account has under way."""

    def __init__(self, asker: Asker, state: Path) -> None:
        self.asker, self.caller, self.records = asker, asker.caller, asker.records
        self.path = state / EVENTS

    # --- events -------------------------------------------------------------------------------------

    def _told(self) -> Iterator[PublishJob | MassJob]:
        """What events say, oldest first; lines that say nothing are passed over."""
        try:
            lines = self.path.read_text("utf-8", errors="replace").splitlines()
        except OSError:
            return
        for line in lines:
            try:
                data = json.loads(line)
                mine = data["account"] == self.records.account
                job = finished(data["xml"]) if mine else None
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            if job is not None:
                yield job

    def events(self) -> None:
        """Write what the events say of publications and sends under way, of any push; told twice is told once."""
        for job in self._told():
            if isinstance(job, PublishJob):
                for kept in self.records.publications(state="running"):
                    whole = (
                        bool(job.article_id) or not job.ok
                    )  # without it nothing can be taken back
                    if kept.key == job.publish_id and not job.running and whole:
                        self.records.published(kept, job)
            else:
                for kept in self.records.sends(state="waiting"):
                    if kept.outside == job.msg_id:
                        self.records.confirmed(kept, "sent" if job.ok else "failed", job.status)

    # --- of any push, before it is taken back ---------------------------------------------------------

    def ended(self, about: Mapping[str, str]) -> None:
        """Wait until a publication or a send that is to be taken back has ended, however it ends."""
        for kept in self.records.publications(state="running"):
            if kept.key == about.get("publish_id"):
                self._publication(kept, (0.0, *PUBLISH_PAUSES))
        for kept in self.records.sends(state="waiting"):
            if kept.key == about.get("clientmsgid"):
                self._send(kept, (0.0, *MASS_PAUSES), REFUSE)

    # --- publishing -----------------------------------------------------------------------------------

    def publications(self, push: str) -> None:
        """Wait until every submission of a push has its result; `Stopped` when it failed or takes long."""
        for kept in self.records.publications(push, "running"):
            self._publication(kept, PUBLISH_PAUSES)
        last = self.records.publications(push)[-1:]
        for kept in last:
            self._ended(kept)

    def _publication(self, kept: Kept, pauses: Sequence[float]) -> None:
        for pause in pauses:
            self._pause(pause)
            if not any(p.key == kept.key for p in self.records.publications(state="running")):
                return
            outcome = self.caller.make(
                "watch",
                "freepublish/get",
                {"asks": kept.key},
                lambda: self.caller.client.publish_get(kept.key),
                lambda _: None,
            )
            if isinstance(outcome, Refused) and outcome.kind is Kind.GONE:
                self._forgotten(kept)
                return
            job = self.caller.value(outcome)
            if not job.running:
                self.records.published(kept, job)
                return
            self.caller.say(f"  {job.said}")
        raise Stopped("微信还在发布：过一会儿再运行同一条命令看结果，不会重发。", WAITING)

    def _forgotten(self, kept: Kept) -> None:
        """WeChat does not know the number any more: look among what is out; else only a person can tell."""
        job = self.asker.published(kept.articles, datetime.fromisoformat(kept.at))
        if job is None and self.asker.gone:
            job = PublishJob(kept.key, DELETED)
        if job is None:
            raise Stopped(
                f"微信已经不认得推送 {kept.push} 的发布号 {kept.key}，已发布的文章里也没有查到：到公众号后台“发表记录”看清楚，"
                "发出了的先在那里手工删掉；都没有了，加 --gone 再运行同一条命令。"
            )
        self.records.published(kept, job)

    def _ended(self, kept: Kept) -> None:
        if kept.state == "published":
            for article in kept.articles:
                self.caller.say(f"  《{article['title']}》 {article.get('url', '')}")
        elif kept.state == "deleted" and not kept.status:
            raise Stopped(f"这次发布的文章{TAKEN}")
        else:
            raise Stopped(PublishJob(kept.key, kept.status, kept.outside).said)

    def _pause(self, seconds: float) -> None:
        if seconds:
            self.caller.sleep(seconds)
        self.events()

    # --- mass sends -----------------------------------------------------------------------------------

    def sends(self, push: str) -> None:
        """Wait until every mass send of a push has its result; `Stopped` when it failed or nobody confirmed yet."""
        for kept in self.records.sends(push, "waiting"):
            self._send(kept, MASS_PAUSES, CONFIRM)
        for kept in self.records.sends(push)[-1:]:
            if kept.state == "failed":
                raise Stopped(
                    f"群发没有成功：多半是管理员没有在 {CONFIRM_MINUTES} 分钟内确认，或者没过审核。"
                    f"到后台看清原因，再 weike plan wechat {push} --again。"
                )
            if kept.state == "deleted":
                raise Stopped(f"这次群发{TAKEN}")

    def _send(self, kept: Kept, pauses: Sequence[float], words: tuple[str, str]) -> None:
        if not kept.outside:  # a person said so: there is no number to ask by
            self.records.confirmed(kept, "sent", "有人说已经发出")
            return
        for pause in pauses:
            self._pause(pause)
            if not any(s.key == kept.key for s in self.records.sends(state="waiting")):
                return
            outcome = self.caller.make(
                "confirm",
                "message/mass/get",
                {"asks": kept.outside},
                lambda: self.caller.client.mass_get(kept.outside),
                lambda _: None,
            )
            if isinstance(outcome, Refused) and outcome.kind is Kind.GONE:
                self._unknown(kept)
                return
            word = self.caller.value(outcome)
            if word in MASS:
                self.records.confirmed(kept, MASS[word][0], word)
                self.caller.say(f"  {MASS[word][1]}")
                return
            self.caller.say(f"  还没有发出：{words[0]}")
        raise Stopped(f"群发还没有结果：{words[1]}", WAITING)

    def _unknown(self, kept: Kept) -> None:
        """WeChat does not know the number any more: only a person can tell what became of it."""
        if not self.asker.gone:
            raise Stopped(
                f"微信已经不认得推送 {kept.push} 的群发（消息号 {kept.outside}）：到公众号后台“发表记录”看清楚，"
                "发出了的先在那里手工删掉；都没有了，加 --gone 再运行同一条命令。"
            )
        self.records.confirmed(kept, "deleted", "DELETE")
