"""Waiting for what WeChat does by itself: publishing, and mass sends that an administrator must confirm.

The event first, where the service wrote it down; else polling, with pauses that grow, within the day's quota.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from publish.wechat.caller import WAITING, Caller, Stopped
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


class Watch:
    """Watches what one account has under way."""

    def __init__(self, caller: Caller, state: Path) -> None:
        self.caller, self.records, self.path = caller, caller.records, state / EVENTS

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
            except (ValueError, KeyError, TypeError):
                continue
            if job is not None:
                yield job

    def events(self, push: str) -> None:
        """Write what the events say of publications and sends under way; told twice is told once."""
        for job in self._told():
            if isinstance(job, PublishJob):
                for kept in self.records.publications(push, "running"):
                    if kept.key == job.publish_id and not job.running:
                        self.records.published(kept, job)
            else:
                for kept in self.records.sends(push, "waiting"):
                    if kept.outside == job.msg_id:
                        self.records.confirmed(kept, "sent" if job.ok else "failed", job.status)

    # --- publishing -----------------------------------------------------------------------------------

    def publications(self, push: str) -> None:
        """Wait until every submission of a push has its result; `Stopped` when it failed or takes long."""
        for kept in self.records.publications(push, "running"):
            self._publication(push, kept)
        last = self.records.publications(push)[-1:]
        for kept in last:
            self._ended(kept)

    def _publication(self, push: str, kept: Kept) -> None:
        for pause in PUBLISH_PAUSES:
            self.caller.sleep(pause)
            self.events(push)
            if not any(p.key == kept.key for p in self.records.publications(push, "running")):
                return
            job = self.caller.read(
                "watch",
                "freepublish/get",
                lambda: self.caller.client.publish_get(kept.key),
                kept.key,
            )
            if not job.running:
                self.records.published(kept, job)
                return
            self.caller.say(f"  {job.said}")
        raise Stopped("微信还在发布：过一会儿再运行同一条 weike push 看结果，不会重发。", WAITING)

    def _ended(self, kept: Kept) -> None:
        if kept.state == "published":
            for article in kept.articles:
                self.caller.say(f"  《{article['title']}》 {article.get('url', '')}")
            return
        raise Stopped(PublishJob(kept.key, kept.status, kept.outside).said)

    # --- mass sends -----------------------------------------------------------------------------------

    def sends(self, push: str) -> None:
        """Wait until every mass send of a push has its result; `Stopped` when it failed or nobody confirmed yet."""
        for kept in self.records.sends(push, "waiting"):
            self._send(push, kept)
        for kept in self.records.sends(push)[-1:]:
            if kept.state == "failed":
                raise Stopped(
                    f"群发没有成功：多半是管理员没有在 {CONFIRM_MINUTES} 分钟内确认，或者没过审核。"
                    f"到后台看清原因，再 weike plan wechat {push} --again。"
                )

    def _send(self, push: str, kept: Kept) -> None:
        if not kept.outside:  # a person said so: there is no number to ask by
            self.records.confirmed(kept, "sent", "有人说已经发出")
            return
        for pause in MASS_PAUSES:
            self.caller.sleep(pause)
            self.events(push)
            if not any(s.key == kept.key for s in self.records.sends(push, "waiting")):
                return
            outcome = self.caller.make(
                "confirm",
                "message/mass/get",
                {"asks": kept.outside},
                lambda: self.caller.client.mass_get(kept.outside),
                lambda _: None,
            )
            if isinstance(outcome, Refused) and outcome.kind is Kind.GONE:
                self.records.confirmed(kept, "deleted", "DELETE")
                return
            word = self.caller.value(outcome)
            if word in MASS:
                self.records.confirmed(kept, MASS[word][0], word)
                self.caller.say(f"  {MASS[word][1]}")
                return
            self.caller.say("  还没有发出：请管理员在手机上确认")
        raise Stopped(
            f"群发还没有结果：管理员确认以后（{CONFIRM_MINUTES} 分钟内），再运行同一条 weike push 看结果，不会重发。",
            WAITING,
        )
