"""A small storage that speaks S3 on loopback, as strict as the real ones are documented to be.

Signatures (version 4), content hashes and checksums are verified; conditional writes, copies, listings in
pages, bulk deletion and uploads in parts work as described in the S3 API reference. What a public reader
would get is served without a signature under `/public/`. Faults: `fail` makes answers go wrong.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

KEY_ID, SECRET, BUCKET, REGION = "AKIDWEIKE", "not-a-real-secret", "weike", "cn-north-1"
PART = 5 << 20  # the least size of every part but the last
LIST = 40  # keys a page of a listing has
KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding")


Act = Callable[[str, bytes], tuple[int, dict[str, str], bytes]]


@dataclass
class Thing:
    """One object."""

    data: bytes
    headers: dict[str, str]
    etag: str


@dataclass
class Store:
    """All objects of one bucket, uploads under way, and what was asked."""

    things: dict[str, Thing] = field(default_factory=dict)
    uploads: dict[str, tuple[str, dict[str, str], dict[int, bytes]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fail: Callable[[int, str], str] = lambda number, what: ""
    changed: Callable[[str], None] = lambda key: None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, key: str, data: bytes, headers: dict[str, str], mark: str = "") -> str:
        """Store an object whole."""
        etag = f'"{hashlib.md5(data).hexdigest()}{mark}"'
        with self.lock:
            self.things[key] = Thing(data, headers, etag)
            self.changed(key)
        return etag

    def public(self, prefix: str = "") -> dict[str, bytes]:
        """What readers get."""
        own = {k: t for k, t in self.things.items() if k.startswith(prefix)}
        return {
            k.removeprefix(prefix): t.data
            for k, t in own.items()
            if not k.removeprefix(prefix).startswith(".weike/")
        }


class Refusal(Exception):
    """An S3 error."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out as two packets, at once
    store: Store

    def log_message(self, *arguments: object) -> None:
        """Nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        """One request, counted, perhaps spoilt."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        what = f"{self.command} {unquote(parts.path)} {parts.query}".strip()
        with self.store.lock:
            self.store.asked.append(what)
            fault = self.store.fail(len(self.store.asked), what)
        if fault == "cut":
            self.close_connection = True
            return
        try:
            if fault == "slow":
                raise Refusal(503, "SlowDown")
            if fault == "denied":
                raise Refusal(403, "AccessDenied")
            status, headers, data = self.handled(
                parts.path, dict(parse_qsl(parts.query, True)), body
            )
        except Refusal as refusal:
            text = f"<Error><Code>{refusal.code}</Code><Message>{refusal.code}</Message></Error>"
            status, headers, data = (
                refusal.status,
                {"Content-Type": "application/xml"},
                text.encode(),
            )
        if fault == "lost":  # done, and nobody hears of it
            self.close_connection = True
            return
        self.send_response_only(status)
        sized = {"Date": format_datetime(datetime.now(UTC), usegmt=True)} | headers
        for name, value in ({"Content-Length": str(len(data))} | sized).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def handled(
        self, path: str, query: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Dispatch."""
        if path.startswith("/public/"):
            return self.read_by_anybody(unquote(path.removeprefix("/public/")))
        self.verify(path, body)
        _, bucket, key = [*unquote(path).split("/", 2), ""][:3]
        if bucket != BUCKET:
            raise Refusal(404, "NoSuchBucket")
        with self.store.lock:
            if "uploads" in query or "uploadId" in query:
                return self.multipart(key, query, body)
            if not key:
                return self.of_bucket(query, body)
            act: Act = getattr(self, f"on_{self.command.lower()}")
            return act(key, body)

    def read_by_anybody(self, key: str) -> tuple[int, dict[str, str], bytes]:
        """As a CDN before the bucket does: an index for a folder."""
        thing = self.store.things.get(f"{key}index.html" if key.endswith("/") or not key else key)
        if thing is None:
            raise Refusal(404, "NoSuchKey")
        return 200, {**thing.headers, "ETag": thing.etag}, thing.data

    # --- objects ------------------------------------------------------------------------------

    def on_get(self, key: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """GetObject; HEAD comes here too."""
        thing = self.store.things.get(key)
        if thing is None:
            raise Refusal(404, "NoSuchKey")
        headers = {
            **thing.headers,
            "ETag": thing.etag,
            "Last-Modified": "Sat, 21 Nov 2026 01:00:00 GMT",
        }
        found = self.headers.get("Range")
        if found:
            first, _, last = found.removeprefix("bytes=").partition("-")
            end = min(int(last or len(thing.data) - 1), len(thing.data) - 1)
            headers["Content-Range"] = f"bytes {first}-{end}/{len(thing.data)}"
            return 206, headers, thing.data[int(first) : end + 1]
        return 200, headers, thing.data

    on_head = on_get

    def on_put(self, key: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """PutObject and CopyObject, both with their conditions."""
        there = self.store.things.get(key)
        if self.headers.get("If-None-Match") == "*" and there:
            raise Refusal(412, "PreconditionFailed")
        wanted = self.headers.get("If-Match")
        if wanted and (there is None or there.etag != wanted):
            raise Refusal(412 if there else 404, "PreconditionFailed" if there else "NoSuchKey")
        source = self.headers.get("x-amz-copy-source")
        if source:
            found = self.store.things.get(
                unquote(source).removeprefix(f"/{BUCKET}/").removeprefix(f"{BUCKET}/")
            )
            if found is None:
                raise Refusal(404, "NoSuchKey")
            etag = self.store.put(key, found.data, dict(found.headers))
            text = f"<CopyObjectResult><ETag>{escape(etag)}</ETag></CopyObjectResult>"
            return 200, {"Content-Type": "application/xml"}, text.encode()
        return 200, {"ETag": self.store.put(key, body, self.kept())}, b""

    def on_delete(self, key: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """DeleteObject: fine too when there is none."""
        if self.store.things.pop(key, None):
            self.store.changed(key)
        return 204, {}, b""

    def kept(self) -> dict[str, str]:
        """The headers that stay with an object."""
        return {n.title(): self.headers[n] for n in KEPT if n in self.headers}

    # --- the bucket ---------------------------------------------------------------------------

    def of_bucket(self, query: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """ListObjectsV2 and DeleteObjects."""
        if self.command == "POST" and "delete" in query:
            space = "{http://s3.amazonaws.com/doc/2006-03-01/}"
            keys = [
                k.text or "" for k in ET.fromstring(body).iter() if k.tag in {"Key", f"{space}Key"}
            ]
            if "x-amz-checksum-sha256" not in self.headers and "Content-MD5" not in self.headers:
                raise Refusal(400, "InvalidRequest")
            for key in keys:
                if self.store.things.pop(key, None):
                    self.store.changed(key)
            done = "".join(f"<Deleted><Key>{escape(k)}</Key></Deleted>" for k in keys)
            text = f"<DeleteResult>{done}</DeleteResult>"
            return 200, {"Content-Type": "application/xml"}, text.encode()
        if self.command != "GET" or query.get("list-type") != "2":
            raise Refusal(405, "MethodNotAllowed")
        prefix, after = query.get("prefix", ""), query.get("continuation-token", "")
        keys = sorted(k for k in self.store.things if k.startswith(prefix) and k > after)
        rows = "".join(
            f"<Contents><Key>{escape(k)}</Key><LastModified>2026-11-21T01:00:00.000Z</LastModified>"
            f"<ETag>{escape(self.store.things[k].etag)}</ETag><Size>{len(self.store.things[k].data)}</Size></Contents>"
            for k in keys[:LIST]
        )
        more = len(keys) > LIST
        token = (
            f"<NextContinuationToken>{escape(keys[LIST - 1])}</NextContinuationToken>"
            if more
            else ""
        )
        text = (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(keys[:LIST])}</KeyCount>"
            f"<MaxKeys>{LIST}</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}</ListBucketResult>"
        )
        return 200, {"Content-Type": "application/xml"}, text.encode()

    # --- in parts -----------------------------------------------------------------------------

    def multipart(
        self, key: str, query: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload."""
        uploads = self.store.uploads
        if self.command == "POST" and "uploads" in query:
            name = f"up{len(self.store.asked)}"
            uploads[name] = (key, self.kept(), {})
            text = f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId></InitiateMultipartUploadResult>"
            return 200, {"Content-Type": "application/xml"}, text.encode()
        name = query.get("uploadId", "")
        if name not in uploads or uploads[name][0] != key:
            raise Refusal(404, "NoSuchUpload")
        _, headers, parts = uploads[name]
        if self.command == "PUT":
            parts[int(query["partNumber"])] = body
            return 200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}, b""
        del uploads[name]
        if self.command == "DELETE":
            return 204, {}, b""
        numbers = sorted(parts)
        if any(len(parts[n]) < PART for n in numbers[:-1]):
            raise Refusal(400, "EntityTooSmall")
        etag = self.store.put(key, b"".join(parts[n] for n in numbers), headers, f"-{len(numbers)}")
        text = f"<CompleteMultipartUploadResult><ETag>{escape(etag)}</ETag></CompleteMultipartUploadResult>"
        return 200, {"Content-Type": "application/xml"}, text.encode()

    # --- signatures ---------------------------------------------------------------------------

    def verify(self, path: str, body: bytes) -> None:
        """Signature version 4 over the request as it came, the body's hash, its checksum."""
        said = self.headers.get("Authorization", "")
        if not said.startswith("AWS4-HMAC-SHA256 "):
            raise Refusal(403, "AccessDenied")
        fields = dict(f.strip().split("=", 1) for f in said.partition(" ")[2].split(","))
        who, day, region, service, end = fields["Credential"].split("/")
        stamp = self.headers["x-amz-date"]
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - moment) > timedelta(minutes=15):
            raise Refusal(403, "RequestTimeTooSkewed")
        if (who, region, service, end) != (KEY_ID, REGION, "s3", "aws4_request"):
            raise Refusal(403, "InvalidAccessKeyId")
        content = self.headers["x-amz-content-sha256"]
        if content not in {"UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()}:
            raise Refusal(400, "XAmzContentSHA256Mismatch")
        checksum = self.headers.get("x-amz-checksum-sha256")
        if checksum and checksum != base64.b64encode(hashlib.sha256(body).digest()).decode():
            raise Refusal(400, "BadDigest")
        query = sorted(parse_qsl(urlsplit(self.path).query, True))
        signed = fields["SignedHeaders"].split(";")
        canonical = "\n".join(
            [
                self.command,
                path,
                "&".join(f"{quote(k, '-_.~')}={quote(v, '-_.~')}" for k, v in query),
                *(f"{n}:{' '.join(self.headers[n].split())}" for n in signed),
                "",
                fields["SignedHeaders"],
                content,
            ]
        )
        scope = f"{day}/{region}/s3/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{SECRET}".encode()
        for word in (day, region, "s3", "aws4_request"):
            key = hmac.digest(key, word.encode(), "sha256")
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
        if hmac.new(key, text.encode(), "sha256").hexdigest() != fields["Signature"]:
            raise Refusal(403, "SignatureDoesNotMatch")


class Server(ThreadingHTTPServer):
    """Many at once."""

    request_queue_size = 128
    daemon_threads = True


@contextmanager
def storage() -> Iterator[tuple[str, Store]]:
    """A running storage: its address and what is in it."""
    store = Store()
    handler = type("Bound", (Handler,), {"store": store})
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", store
        finally:
            server.shutdown()
            thread.join()
