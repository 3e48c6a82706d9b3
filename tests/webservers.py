"""Real web servers for tests: nginx with the documented configuration, and Python's own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, lacking

EXAMPLE = ROOT / "docs/deploy/nginx.conf"
CADDYFILE = ROOT / "docs/deploy/Caddyfile"
AROUND = """\
worker_processes 2;
daemon off;
pid {here}/pid;
error_log {here}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fast;
    uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
    include {here}/weike.conf;
}}
"""


def free_port() -> int:
    """A port that nobody has right now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def nginx(served: Path, here: Path) -> Iterator[str]:
    """nginx with docs/deploy/nginx.conf, only its paths and port changed; the site's address."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        lacking("nginx")
    port = free_port()
    text = EXAMPLE.read_text("utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("/srv/weike/internet/current", str(served)),
    ):
        assert text.count(old) >= 1
        text = text.replace(old, new)
    here.mkdir(parents=True)
    here.chmod(0o755)
    (here / "weike.conf").write_text(text, "utf-8")
    head = "user root;\n" if os.name == "posix" and os.geteuid() == 0 else ""
    (here / "nginx.conf").write_text(head + AROUND.format(here=here), "utf-8")
    words = [str(program), "-p", str(here), "-c", str(here / "nginx.conf")]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        try:
            answering(port, process)
            yield f"http://127.0.0.1:{port}/weike/"
        finally:
            process.terminate()


@contextmanager
def caddy(served: Path, here: Path) -> Iterator[str]:
    """Caddy with docs/deploy/Caddyfile, only its path and address changed; the site's address."""
    program = shutil.which("caddy")
    if program is None:
        lacking("caddy")
    port = free_port()
    text = CADDYFILE.read_text("utf-8")
    for old, new in (
        ("tjj.example.gov.cn {", f"http://127.0.0.1:{port} {{"),
        ("/srv/weike/internet/current", str(served)),
    ):
        assert text.count(old) >= 1
        text = text.replace(old, new)
    here.mkdir(parents=True)
    (here / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{text}", "utf-8")
    words = [str(program), "run", "--config", str(here / "Caddyfile"), "--adapter", "caddyfile"]
    own = os.environ | {"XDG_DATA_HOME": str(here), "XDG_CONFIG_HOME": str(here)}
    with (here / "log").open("wb") as log, subprocess.Popen(words, stderr=log, env=own) as process:
        try:
            answering(port, process)
            yield f"http://127.0.0.1:{port}/weike/"
        finally:
            process.terminate()


def answering(port: int, process: subprocess.Popen[Any]) -> None:
    """Wait until somebody listens there."""
    end = time.monotonic() + 60  # the machine may be busy
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    process.kill()
    raise AssertionError(process.stderr.read().decode() if process.stderr else "no answer")


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, says nothing, keeps connections."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out as two packets, at once

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


class Many(ThreadingHTTPServer):
    """Has room for fifty who come at once."""

    request_queue_size = 128
    daemon_threads = True


@contextmanager
def python(served: Path) -> Iterator[str]:
    """Python's own server over a folder; its address."""
    with Many(("127.0.0.1", 0), partial(Quiet, directory=str(served))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
