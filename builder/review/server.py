"""`weike review serve`: puts the review page on the business network, or on this machine alone."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from builder.model import BEIJING
from builder.problems import BuildFailed, as_text

PORT = 8010
AT_ONCE = 64  # connections; more are told to come back


def _clock() -> datetime:
    return datetime.now(BEIJING).replace(microsecond=0)


def serve(
    root: Path,
    host: str = "127.0.0.1",
    port: int = PORT,
    cert: str = "",
    key: str = "",
    clock: Callable[[], datetime] = _clock,
) -> int:
    """Serve the reviews of `root` until Ctrl-C; returns the exit code.

    `cert` and `key`: PEM files for TLS. Without them only this machine is served.
    """
    wrong = refusal(host, cert, key)
    if wrong:
        print(wrong)
        return 1
    import uvicorn

    from builder.review.web import create_app

    try:
        bound = listen(host, port)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "端口号不对"
        print(f"审核页面开不起来：{host}:{port} 用不了（{why}）。换一个端口，如 --port 8110。")
        return 1
    secure, number = bool(cert), bound.getsockname()[1]
    hosts = () if secure else loopback_names(number)
    try:
        app = create_app(root.resolve(), clock, time.monotonic, hosts, secure=secure)
    except BuildFailed as failed:
        bound.close()
        print(as_text(failed.problems, lambda path: ()))
        return 1
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        limit_concurrency=AT_ONCE,
        ssl_certfile=cert or None,
        ssl_keyfile=key or None,
    )
    _greet(host, number, secure=secure)
    try:
        uvicorn.Server(config).run(sockets=[bound])
    except KeyboardInterrupt:
        pass
    finally:
        bound.close()
    print("审核页面已停下，没有人还登录着。")
    return 0


def refusal(host: str, cert: str, key: str) -> str:
    """Why the page may not be served like this, in Chinese; empty when it may."""
    if bool(cert) != bool(key):
        return "--cert 和 --tls-key 要一起给：一个是证书，一个是它的私钥，都是 PEM 文件。"
    if not cert:
        if local(host):
            return ""
        return (
            f"不能在 {host} 上不加密地开：口令和密钥文件会在网上明着走。"
            "给出 --cert 证书 --tls-key 私钥，或者只在本机开（--host 127.0.0.1）。"
        )
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, lambda: "")
    except FileNotFoundError:
        return f"找不到证书或私钥文件：{cert}、{key}。"
    except (ssl.SSLError, OSError, ValueError):
        return f"证书或私钥用不了：{cert}、{key}。要 PEM 格式，两个要是一对，私钥不带口令。"
    return ""


def local(host: str) -> bool:
    """True when only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def loopback_names(port: int) -> tuple[str, ...]:
    """The Host lines under which this machine asks itself."""
    names = ("localhost", "127.0.0.1", "[::1]")
    return (*(f"{n}:{port}" for n in names), *(names if port == 80 else ()))


def listen(host: str, port: int) -> socket.socket:
    """Bind the address; OSError when it is taken or not ours."""
    bare = "127.0.0.1" if host == "localhost" else host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    # The protocol is named so that asyncio sends answers at once: it looks for it before it turns Nagle's wait off.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share one port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((bare, port))
        bound.listen(128)
    except (OSError, OverflowError):
        bound.close()
        raise
    return bound


def _greet(host: str, port: int, *, secure: bool) -> None:
    bare = host.strip("[]")
    shown = f"[{bare}]" if ":" in bare else bare
    if bare in {"0.0.0.0", "::"}:  # noqa: S104  # the question is whether somebody asked for it
        shown = "这台电脑的网址"
    print(
        f"打开 {'https' if secure else 'http'}://{shown}:{port}/ 审核。按 Ctrl-C 停下。", flush=True
    )
    if not secure:
        print("只给本机看。要让别的电脑打开，加 --host 和 --cert、--tls-key。", flush=True)
