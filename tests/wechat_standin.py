"""A stand-in for WeChat's server on loopback: the documented limits, the faults, and a journal of every request.

In a test:

    with StandIn() as wechat:                      # wechat.api is what WEIKE_WECHAT_API wants
        wechat.fault("draft/add", "late", seconds=5)
        …
        assert wechat.effects("draft/add") == […]

As a program, so that it outlives clients that are killed (its control port takes the same calls, see `Remote`):

    python -m tests.wechat_standin --folder D [--port N]     # prints one line of JSON: api, control

Faults (`fault`): code (answer that errcode, nothing done) · late (done, no answer) · silent (nothing done, no answer) ·
cut_upload, cut_before, cut_after, cut_half (the connection ends before the body is read, before the work, after it, in
the middle of the answer) · http_before, http_after (an HTTP status) · html (a page of something in between) · body (`text` as it is) · redirect
· slow (done, answered after `seconds`) ·
drag (done after `seconds`). `path` may be a pattern (`draft/*`, `*` is all but the tokens); `skip` lets so
many pass first; `times` -1 is for ever.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
import threading
import time
from collections.abc import Callable
from fnmatch import fnmatch
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests import wechat_drafts as drafts
from tests import wechat_mass as mass
from tests import wechat_materials as materials
from tests.wechat_form import No, Part, read_form, read_json
from tests.wechat_world import Json, Settings, World

TOKENS = ("token", "stable_token")
READS = {  # GET calls
    "draft/count": drafts.count,
    "material/get_materialcount": materials.count,
}
CALLS: dict[str, Callable[[World, Json], Json | bytes]] = {
    "draft/add": drafts.add,
    "draft/update": drafts.update,
    "draft/get": drafts.get,
    "draft/delete": drafts.delete,
    "draft/batchget": drafts.batchget,
    "freepublish/submit": drafts.submit,
    "freepublish/get": drafts.status,
    "freepublish/delete": drafts.take_down,
    "freepublish/getarticle": drafts.getarticle,
    "freepublish/batchget": drafts.published,
    "material/get_material": materials.get_material,
    "material/del_material": materials.del_material,
    "material/batchget_material": materials.batchget,
    "media/uploadvideo": mass.uploadvideo,
    "message/mass/sendall": mass.sendall,
    "message/mass/preview": mass.preview,
    "message/mass/get": mass.get,
    "message/mass/delete": mass.delete,
    "message/mass/speed/get": mass.speed,
    "message/mass/speed/set": mass.speed_set,
    "openapi/quota/get": World.quota,
    "clear_quota": World.clear_quota,
}
UPLOADS = ("media/uploadimg", "material/add_material")
AFTER = {
    "late",
    "cut_after",
    "cut_half",
    "http_after",
    "slow",
    "drag",
}  # the work is done all the same


@dataclasses.dataclass
class Fault:
    """Something that goes wrong, `times` times, after `skip` requests that match."""

    path: str
    do: str
    code: int = 0
    text: str = "system error"
    status: int = 502
    seconds: float = 3600.0
    skip: int = 0
    times: int = 1

    def hits(self, path: str) -> bool:
        """Take part in this request?"""
        if path in TOKENS and "token" not in self.path:
            return False
        if not fnmatch(path, self.path) or not self.times:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= self.times > 0
        return True


@dataclasses.dataclass
class Entry:
    """One request in the journal. Neither tokens nor the secret are in it."""

    n: int
    at: float
    method: str
    path: str
    query: Json
    mime: str
    size: int
    sha: str
    token: str = ""  # good, or the code it was refused with
    file: Json | None = None  # name, mime, size, sha
    body: Json | None = None
    code: int | None = None  # what was answered; None: no answer was sent
    fault: str = ""
    effects: list[list[str]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Reply:
    """What is to be sent back."""

    data: bytes
    mime: str = "application/json; encoding=utf-8"
    status: int = 200
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


class StandIn:
    """The server. `folder`: keeps state and journal there, and goes on from what it finds.

    `hook(stage, entry)` is called with "before" (the request is read), "after" (the work is done, no answer yet) and
    "answered": kill the client there for kill tests at exact points.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        folder: Path | None = None,
        port: int = 0,
        hook: Callable[[str, Entry], None] = lambda stage, entry: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.world = World(settings or Settings(), clock)
        self.journal: list[Entry] = []
        self.faults: list[Fault] = []
        self.hook = hook
        self._folder = folder
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        if folder:
            self._load(folder)
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.api = f"http://127.0.0.1:{self.port}/cgi-bin/"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    # What tests set and ask (the same by `Remote`)

    def environ(self, account: str) -> dict[str, str]:
        """The environment by which our commands find this server and its account."""
        name = account.upper().replace("-", "_")
        return {
            "WEIKE_WECHAT_API": self.api,
            f"WEIKE_WECHAT_{name}_APPID": self.world.settings.appid,
            f"WEIKE_WECHAT_{name}_SECRET": self.world.settings.secret,
        }

    def fault(self, path: str, do: str, **more: Any) -> None:
        """Arm a fault: see the head of this file."""
        with self._lock:
            self.faults.append(Fault(path, do, **more))

    def calm(self) -> None:
        """Disarm all faults."""
        with self._lock:
            self.faults.clear()

    def set(self, **settings: Any) -> None:
        """Set fields of `Settings`."""
        with self._lock:
            self.world.settings = dataclasses.replace(self.world.settings, **settings)

    def advance(self, seconds: float) -> None:
        """Let its clock go on."""
        with self._lock:
            self.world.state["offset"] += seconds
            for msg_id in list(self.world.state["sends"]):
                mass.settle(self.world, msg_id)

    def expire(self) -> None:
        """Let all tokens run out: 42001."""
        with self._lock:
            for kept in self.world.state["tokens"].values():
                kept["until"] = 0

    def forget(self) -> None:
        """Somebody else forced a new token: ours is 40001."""
        with self._lock:
            for kept in self.world.state["tokens"].values():
                kept["dead"] = True

    def finish(self) -> None:
        """End all publications and confirmed mass sends that are running."""
        with self._lock:
            for publish_id, job in self.world.state["jobs"].items():
                if job["status"] == 1:
                    drafts.finish(self.world, publish_id)
            for msg_id, send in self.world.state["sends"].items():
                if send["status"] == "SENDING" and send["confirmed"]:
                    mass.finish(self.world, msg_id)

    def confirm(self) -> None:
        """The administrator confirms (API 群发保护)."""
        with self._lock:
            for send in self.world.state["sends"].values():
                send["confirmed"] = True

    def edit(self, media_id: str, index: int, **fields: str) -> None:
        """Somebody edits a draft in the back end."""
        with self._lock:
            draft = self.world.state["drafts"][media_id]
            draft["articles"][index] |= fields
            draft["updated"] = int(self.world.now())

    def remove(self, media_id: str) -> None:
        """Somebody deletes a draft or a material in the back end."""
        with self._lock:
            self.world.state["drafts"].pop(media_id, None)
            self.world.state["materials"].pop(media_id, None)

    def events(self) -> list[str]:
        """Take the callbacks (XML) sent since the last time."""
        with self._lock:
            taken, self.world.outbox = self.world.outbox, []
            return taken

    def effects(self, path: str = "*") -> list[list[str]]:
        """Every lasting effect so far, [path, id, detail], in order: the judge of duplicates and losses.

        detail: of an upload the sha256, of a draft, publication or send the first article's content_source_url.
        """
        with self._lock:
            return [list(one) for one in self.world.state["did"] if fnmatch(one[0], path)]

    def requests(self, path: str = "*") -> list[Json]:
        """The journal as plain values."""
        with self._lock:
            return [dataclasses.asdict(one) for one in self.journal if fnmatch(one.path, path)]

    def state(self) -> Json:
        """A copy of the account's state (drafts, published, sends, jobs, materials …); no tokens."""
        with self._lock:
            kept = {k: v for k, v in self.world.state.items() if k not in ("tokens", "current")}
            return dict(json.loads(json.dumps(kept)))

    # Serving

    def serve(self, method: str, target: str, mime: str, body: bytes) -> Reply | None:
        """Answer one request; None: end the connection without an answer."""
        parts = urlsplit(target)
        path = parts.path.removeprefix("/cgi-bin/")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        with self._lock:
            token = query.pop("access_token", "")
            sha = hashlib.sha256(body).hexdigest()
            entry = Entry(
                len(self.journal), self.world.now(), method, path, query, mime, len(body), sha
            )
            self.journal.append(entry)
            fault = next(
                (one for one in self.faults if one.do != "cut_upload" and one.hits(path)), None
            )
            entry.fault = fault.do if fault else ""
        self.hook("before", entry)
        if fault and fault.do not in AFTER:
            reply = self._broken(fault, entry)
        else:
            if fault and fault.do == "drag":
                self._stopped.wait(fault.seconds)
            reply = self._work(entry, token, body)
            self.hook("after", entry)
            if fault:
                reply = self._broken(fault, entry, reply)
        self._keep(entry)
        return reply

    def cuts(self, target: str) -> bool:
        """Is the connection to end before this request's body is read?"""
        path = urlsplit(target).path.removeprefix("/cgi-bin/")
        with self._lock:
            return any(one.do == "cut_upload" and one.hits(path) for one in self.faults)

    def _work(self, entry: Entry, token: str, body: bytes) -> Reply:
        """Do what was asked, under the rules."""
        with self._lock:
            before = len(self.world.state["did"])
            try:
                found = self._call(entry, token, body)
                code, text, more = 0, "ok", found
            except No as no:
                code, text, more = no.code, no.text, no.more
            entry.code = code
            entry.effects = [list(one) for one in self.world.state["did"][before:]]
        if isinstance(more, bytes):
            return Reply(more, "image/jpeg")
        return self._json(entry, code, text, more)

    def _json(self, entry: Entry, code: int, text: str, more: Json) -> Reply:
        rid = f" rid: {entry.sha[:8]}-{entry.n:08x}-0badcafe"
        answer: Json = {"errcode": code, "errmsg": text + (rid if code else "")} | more
        if not code and any(key in more for key in ("access_token", "news_item", "url")):
            answer = more  # these come without errcode
        mime = "text/plain" if entry.path == "media/uploadimg" else Reply.mime
        return Reply(json.dumps(answer, ensure_ascii=False).encode(), mime)

    def _call(self, entry: Entry, token: str, body: bytes) -> Json | bytes:
        if entry.path in TOKENS:
            return self._token(entry, body)
        known = entry.path in CALLS or entry.path in READS or entry.path in UPLOADS
        if not known:
            raise No(40066, "invalid url")
        if entry.method != "POST" and entry.path not in READS:
            raise No(43002, "require POST method")
        try:
            entry.token = self.world.check_token(token)
        except No as no:
            entry.token = str(no.code)
            raise
        self.world.count(entry.path)
        if entry.path in READS:
            return READS[entry.path](self.world, {})
        if entry.path in UPLOADS:
            return self._upload(entry, read_form(body, entry.mime))
        entry.body = read_json(body)
        return CALLS[entry.path](self.world, entry.body)

    def _token(self, entry: Entry, body: bytes) -> Json:
        if entry.path == "token":
            return self.world.token("token", entry.query)
        if entry.method != "POST":
            raise No(43002, "require POST method")
        asked = read_json(body)
        entry.query["force"] = asked.get("force_refresh") is True
        return self.world.token("stable_token", asked)

    def _upload(self, entry: Entry, parts: dict[str, Part]) -> Json:
        part = parts.get("media")
        if part:
            entry.file = {
                "name": (part.file or b"").decode("utf-8", "replace"),
                "mime": part.mime,
                "size": len(part.data),
                "sha": hashlib.sha256(part.data).hexdigest(),
            }
        if entry.path == "media/uploadimg":
            return materials.uploadimg(self.world, parts)
        return materials.add_material(self.world, str(entry.query.get("type", "")), parts)

    def _broken(self, fault: Fault, entry: Entry, reply: Reply | None = None) -> Reply | None:
        if fault.do in ("late", "silent", "slow"):
            self._stopped.wait(fault.seconds)
        if fault.do in ("slow", "drag"):
            return reply
        if fault.do == "code":
            entry.code = fault.code
            return self._json(entry, fault.code, fault.text, {})
        entry.code = None
        if fault.do in ("http_before", "http_after"):
            return Reply(b"<html>Bad Gateway</html>", "text/html", fault.status)
        if fault.do == "body":
            return Reply(fault.text.encode())
        if fault.do == "html":
            return Reply(b"<html>please log in to the network</html>", "text/html")
        if fault.do == "redirect":
            told = fault.text if "://" in fault.text else f"http://127.0.0.1:{self.port}/elsewhere"
            return Reply(b'{"errcode":0,"media_id":"no"}', status=302, headers={"Location": told})
        if fault.do == "cut_half" and reply:
            more = {"Content-Length": str(len(reply.data))}
            return Reply(reply.data[: len(reply.data) // 2], reply.mime, headers=more)
        return None

    # Keeping

    def _keep(self, entry: Entry) -> None:
        if not self._folder:
            return
        with self._lock:
            with (self._folder / "journal.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(dataclasses.asdict(entry), ensure_ascii=False) + "\n")
            for sha, data in self.world.files.items():
                if not (self._folder / sha).exists():
                    (self._folder / sha).write_bytes(data)
            new = self._folder / "state.json.new"
            kept = {
                "settings": dataclasses.asdict(self.world.settings),
                "outbox": self.world.outbox,
                "state": self.world.state,
            }
            new.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
            new.replace(self._folder / "state.json")

    def _load(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "state.json").exists():
            return
        kept = json.loads((folder / "state.json").read_text("utf-8"))
        self.world.settings = Settings(**kept["settings"])
        self.world.state, self.world.outbox = kept["state"], kept["outbox"]
        lines = (folder / "journal.jsonl").read_text("utf-8").splitlines()
        self.journal = [Entry(**json.loads(line)) for line in lines]
        for material in self.world.state["materials"].values():
            self.world.files[material["sha"]] = (folder / material["sha"]).read_bytes()


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no error; anything else is our own, and must be seen."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(standin: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece: two would wait for one another
        disable_nagle_algorithm = True

        def _any(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if standin.cuts(self.path):
                self.rfile.read(min(size, 1024))
                self.close_connection = True
                return
            body = self.rfile.read(size)
            if len(body) < size:  # the client died in the middle: nothing was asked
                self.close_connection = True
                return
            mime = self.headers.get("Content-Type", "")
            reply = standin.serve(self.command, self.path, mime, body)
            self._send(reply)

        def _send(self, reply: Reply | None) -> None:
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.mime)
            length = reply.headers.pop("Content-Length", str(len(reply.data)))
            self.send_header("Content-Length", length)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.data)
            self.close_connection = self.close_connection or length != str(len(reply.data))

        do_GET = _any  # noqa: N815  # http.server's name
        do_POST = _any  # noqa: N815  # http.server's name

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
            """Say nothing: addresses hold the token."""

    return Handler


# Out of process

CONTROLS = (
    "environ",
    "fault",
    "calm",
    "set",
    "advance",
    "expire",
    "forget",
    "finish",
    "confirm",
    "edit",
    "remove",
    "events",
    "effects",
    "requests",
    "state",
)


class Remote:
    """The calls of `StandIn` that tests use, over the control port of another process."""

    def __init__(self, control: int) -> None:
        self._port = control

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in CONTROLS:
            raise AttributeError(name)

        def call(*args: Any, **more: Any) -> Any:
            connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
            try:
                connection.request("POST", f"/{name}", json.dumps([args, more]))
                answer = connection.getresponse()
                found = json.loads(answer.read())
            finally:
                connection.close()
            if answer.status != 200:
                raise RuntimeError(found)
            return found

        return call


def _control(standin: StandIn) -> type[BaseHTTPRequestHandler]:
    class Control(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            name = self.path.strip("/")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, found = 200, None
            try:
                if name not in CONTROLS:
                    raise LookupError(name)
                args, more = json.loads(body)
                found = getattr(standin, name)(*args, **more)
            except (LookupError, TypeError, ValueError) as error:
                status, found = 400, f"{type(error).__name__}: {error}"
            data = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
            """Say nothing."""

    return Control


def main(argv: list[str]) -> None:
    """Run until standard input ends: so that it dies with whoever started it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--settings", default="{}", help="JSON of Settings")
    options = parser.parse_args(argv)
    settings = Settings(**json.loads(options.settings))
    with StandIn(settings, folder=options.folder, port=options.port) as standin:
        control = _Server(("127.0.0.1", 0), _control(standin))
        threading.Thread(target=control.serve_forever, daemon=True).start()
        print(json.dumps({"api": standin.api, "control": control.server_address[1]}), flush=True)
        sys.stdin.read()
        control.shutdown()
        control.server_close()


if __name__ == "__main__":
    main(sys.argv[1:])
