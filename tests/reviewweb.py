"""A running review page, and a browserless visitor who signs in and fills in forms."""

from __future__ import annotations

import http.client
import re
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import uvicorn

from builder.keys import seal
from builder.review.server import listen, loopback_names
from builder.review.web import create_app
from tests.reviewers import CHEAP, PIN, Bureau, bureau
from tests.sitefiles import faq

BOUNDARY = "grenze"
ITEM, PATH = "faq:mlk/a", "/item/faq/mlk/a"
FENCED = "公开的一段。\n\n::: intranet\n内部金丝雀。\n:::\n"


@dataclass
class Ticks:
    """Seconds that tests let pass."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The present second."""
        return self.now


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes


@dataclass
class Page:
    """A review page that runs: its port, the clock of its sessions, its certificate."""

    bureau: Bureau
    port: int
    ticks: Ticks
    cert: Path | None = None

    @property
    def origin(self) -> str:
        """How its addresses begin."""
        return f"{'https' if self.cert else 'http'}://127.0.0.1:{self.port}"

    def visitor(self, person: str = "") -> Visitor:
        """Somebody, signed in when a person is named."""
        made = Visitor(self)
        if person:
            reply = made.sign_in(person)
            assert reply.status == 303, reply.text
        return made


@dataclass
class Visitor:
    """Keeps cookies, as a browser does."""

    page: Page
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request; `headers` replace ours."""
        client: http.client.HTTPConnection
        if self.page.cert:
            trust = ssl.create_default_context(cafile=str(self.page.cert))
            client = http.client.HTTPSConnection(
                "127.0.0.1", self.page.port, timeout=60, context=trust
            )
        else:
            client = http.client.HTTPConnection("127.0.0.1", self.page.port, timeout=60)
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if method == "POST":
            sent |= {
                "Origin": self.page.origin,
                "Content-Type": "application/x-www-form-urlencoded",
            }
        sent = {k: v for k, v in (sent | dict(headers or {})).items() if v}
        client.request(method, path, body or None, sent)
        answer = client.getresponse()
        data = answer.read()
        set_cookies = tuple(answer.headers.get_all("Set-Cookie", []))
        for line in set_cookies:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        client.close()
        text = data.decode("utf-8", "replace")
        return Reply(answer.status, text, dict(answer.headers.items()), set_cookies, data)

    def get(self, path: str, **headers: str) -> Reply:
        """Look at a page."""
        return self.ask("GET", path, headers=headers)

    def post(
        self, path: str, given: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a form."""
        return self.ask("POST", path, urlencode(given).encode(), headers)

    def sign_in(self, person: str, pin: str = PIN, data: bytes | None = None) -> Reply:
        """Through the sign-in form, with the key of a person or some other file."""
        key = key_file(self.page.bureau, person) if data is None else data
        word = word_of(self.get("/in").text)
        parts = [_field("word", word), _field("to", "/"), _field("pin", pin)]
        parts.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="key"; filename="a.key"\r\n\r\n'.encode()
            + key
            + b"\r\n"
        )
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", "/in", body, {"Content-Type": kind})

    def decide(self, item: str, act: str = "approve", **given: str) -> Reply:
        """Fill in the form of an item's page as it stands, and send it."""
        path = f"/item/{item.replace(':', '/', 1)}"
        found = fields(self.get(path).text)
        return self.post(path, found | {"act": act} | given)


def _field(name: str, value: str) -> bytes:
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    )


def key_file(bureau: Bureau, person: str) -> bytes:
    """The key file of somebody in the bureau."""
    return seal(person, PIN, bureau.signers[person]._private, CHEAP)


def word_of(text: str) -> str:
    """The word that a page's forms carry."""
    found = re.search(r'name="word" value="([^"]+)"', text)
    assert found, text[:500]
    return found[1]


def fields(text: str) -> dict[str, str]:
    """What the hidden fields of a page's last form say."""
    form = text.rpartition("<form")[2]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def waiting(root: Path) -> Bureau:
    """Settings and 乙问 are approved; 甲问 waits for its first review."""
    texts = {"a": faq("第一版。", title="甲问"), "b": faq(FENCED, title="乙问")}
    made = bureau(root, {f"faq/mlk/{name}.md": text for name, text in texts.items()})
    made.approve("site:orgs", "site:config", "faq:mlk/b")
    return made


def records(office: Bureau, item: str = ITEM) -> int:
    """How many records an item has."""
    return len(office.office.item(item).log)


def write_a(office: Bureau, body: str, **keys: object) -> None:
    """Change 甲问."""
    text = faq(body, **({"title": "甲问"} | keys))
    (office.root / "faq/mlk/a.md").write_text(text, "utf-8")


@contextmanager
def review_page(
    bureau: Bureau, cert: Path | None = None, key: Path | None = None
) -> Iterator[Page]:
    """Serve the reviews of a bureau while the block runs."""
    ticks, bound = Ticks(), listen("127.0.0.1", 0)
    port = int(bound.getsockname()[1])
    hosts = () if cert else loopback_names(port)
    app = create_app(bureau.root, bureau.clock, ticks, hosts, secure=cert is not None)
    config = uvicorn.Config(
        app,
        log_level="critical",
        lifespan="off",
        ws="none",
        server_header=False,
        ssl_certfile=cert,
        ssl_keyfile=key,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Page(bureau, port, ticks, cert)
    finally:
        server.should_exit = True
        thread.join(20)
        bound.close()
