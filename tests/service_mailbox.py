"""A mail server and a platform on loopback, with a certificate of their own, that keep what they are given."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, private


@dataclass
class Mailbox:
    """What a mail server got, and how it is to answer."""

    port: int
    cert: Path
    got: list[bytes] = field(default_factory=list)
    refuse: str = ""  # said to RCPT


@contextmanager
def mailbox(folder: Path) -> Iterator[Mailbox]:
    """A mail server that speaks TLS from the start."""
    cert, key = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        box = Mailbox(listening.getsockname()[1], cert)

        def serve() -> None:
            while True:
                try:
                    link, _ = listening.accept()
                except OSError:
                    return
                with suppress(OSError), context.wrap_socket(link, server_side=True) as secure:
                    _talk(secure, box)

        threading.Thread(target=serve, daemon=True).start()
        yield box
        listening.shutdown(socket.SHUT_RDWR)


def _talk(link: ssl.SSLSocket, box: Mailbox) -> None:
    lines = link.makefile("rb")
    link.sendall(b"220 here\r\n")
    while line := lines.readline().decode().strip():
        word = line[:4].upper()
        if word == "DATA":
            link.sendall(b"354 go on\r\n")
            body = []
            while (part := lines.readline()) != b".\r\n":
                body.append(part)
            box.got.append(b"".join(body))
        if word == "RCPT" and box.refuse:
            link.sendall(f"{box.refuse}\r\n".encode())
            continue
        link.sendall(b"221 bye\r\n" if word == "QUIT" else b"250 ok\r\n")
        if word == "QUIT":
            return


@dataclass
class Platform:
    """What a platform got, and how it is to answer."""

    address: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    says: bytes = b'{"errcode": 0}'


@contextmanager
def platform() -> Iterator[Platform]:
    """A government platform that takes notices."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["content-length"])
            box.got.append(({k.lower(): v for k, v in self.headers.items()}, self.rfile.read(size)))
            self.send_response(box.status)
            if box.status in {301, 302, 307}:
                self.send_header("Location", box.address + "anderswo")
            self.send_header("Content-Length", str(len(box.says)))
            self.end_headers()
            self.wfile.write(box.says)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        box = Platform(f"http://127.0.0.1:{server.server_port}/")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
