"""A browser and a server for tests that look at pages as readers do."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.conftest import lacking

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "msedge",
    "chrome",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium: the machine's own, else Playwright's; a named skip without one."""
    path = next((found for found in map(shutil.which, NAMES) if found), None)
    with sync_playwright() as play:
        try:
            browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error:
            lacking("Chromium")
            raise
        try:
            yield browser
        finally:
            browser.close()


def axe(page: Page, tags: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What the rules of these tags, or all rules, find on a page: rows with an id, an impact, the nodes.

    Of rules that are kept nothing is carried over: to describe every node of a page takes longer than
    to judge it.
    """
    page.evaluate(AXE_SCRIPT)
    asked = {"resultTypes": ["violations"]} | ({"runOnly": list(tags)} if tags else {})
    found: list[dict[str, Any]] = page.evaluate(
        "asked => axe.run(asked).then(said => said.violations)", asked
    )
    return found


class Handler(SimpleHTTPRequestHandler):
    """Serves one folder under a path, with its own 404 page, and says nothing."""

    def __init__(self, *args: Any, under: str, **more: Any) -> None:
        self.under = under
        super().__init__(*args, **more)

    def translate_path(self, path: str) -> str:
        """Only what lies under the site's path exists."""
        if not path.startswith(self.under):
            return str(Path(self.directory) / "nothing-here")
        return super().translate_path("/" + path[len(self.under) :])

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The site's own page for what is not there."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it
        """Stay silent."""


@contextmanager
def served(folder: Path, under: str = "/") -> Iterator[str]:
    """The address at which `folder` is served under the path `under`."""
    handler = partial(Handler, directory=str(folder), under=under)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{under}"
        server.shutdown()
        thread.join()
