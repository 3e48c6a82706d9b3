"""What is written down of each request: lines of JSON for machines, and counts for whoever watches.

A line holds the fields named here and no others: never a body, a query, a name, a whole address.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, TextIO

import structlog

FIELDS = frozenset(
    {"event", "time", "level", "id", "method", "route", "status", "ms", "user", "from", "error"}
    | {"at", "job", "count", "state", "channel", "number", "logger", "process"}
)
BOUNDS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000)  # ms
HERE = Path(__file__).parent.parent


class Log:
    """Writes lines; silent when there is nowhere to write to."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """`stream`: where lines go."""
        self._to: Any = None
        if stream is not None:
            self._to = structlog.wrap_logger(
                structlog.PrintLogger(stream),
                processors=[
                    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                    _named,
                    structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True),
                ],
                wrapper_class=structlog.BoundLogger,
            ).bind()

    def tell(self, event: str, level: str = "info", **fields: object) -> None:
        """One line."""
        if self._to is not None:
            self._to.msg(event, level=level, **fields)

    def trouble(self, event: str, error: BaseException, **fields: object) -> None:
        """A mistake of ours: its kind and the places of the code, never its words (they may quote a person)."""
        self.tell(event, "error", error=type(error).__name__, at=places(error), **fields)


def _named(_: Any, __: str, told: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {k: v for k, v in told.items() if k in FIELDS}


def places(error: BaseException) -> list[str]:
    """File, line and function from where it was raised, innermost last."""
    found, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = Path(code.co_filename)
        name = file.relative_to(HERE).as_posix() if file.is_relative_to(HERE) else file.name
        found.append(f"{name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-12:]


@lru_cache(maxsize=1024)
def neighbourhood(address: str) -> str:
    """Enough of an address to see where an attack comes from, too little to name a person: /24, /48."""
    try:
        bits = 24 if ip_address(address).version == 4 else 48
    except ValueError:
        return ""
    return str(ip_network(f"{address}/{bits}", strict=False))


class Handed(logging.Handler):
    """What libraries log becomes lines too: the words of the message, not what was put into them."""

    def __init__(self, log: Log) -> None:
        """`log`: where to."""
        super().__init__(logging.WARNING)
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        raised = record.exc_info[1] if record.exc_info else None
        more = {"error": type(raised).__name__, "at": places(raised)} if raised else {}
        said = str(record.msg)[:200] if record.args or not raised else "exception"
        self.log.tell("library", record.levelname.lower(), logger=record.name, state=said, **more)


class Meter:
    """Requests counted since the process began: by route and status, and how long they took."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str, int], int] = defaultdict(int)
        self._within = [0] * (len(BOUNDS) + 1)
        self._spent = 0.0
        self.under_way = 0

    def began(self) -> None:
        """A request came."""
        with self._lock:
            self.under_way += 1

    def ended(self, method: str, route: str, status: int, ms: float) -> None:
        """It was answered."""
        place = next((n for n, bound in enumerate(BOUNDS) if ms <= bound), len(BOUNDS))
        with self._lock:
            self.under_way -= 1
            self._answers[method, route, status] += 1
            self._within[place] += 1
            self._spent += ms

    def lines(self) -> Iterator[str]:
        """As Prometheus reads them."""
        with self._lock:
            answers, within = dict(self._answers), list(self._within)
            spent, under_way = self._spent, self.under_way
        yield "# TYPE weike_requests_total counter"
        for (method, route, status), count in sorted(answers.items()):
            words = f'method="{method}",route="{route}",status="{status}"'
            yield f"weike_requests_total{{{words}}} {count}"
        yield "# TYPE weike_request_seconds histogram"
        total = 0
        for bound, count in zip((*(str(b / 1000) for b in BOUNDS), "+Inf"), within, strict=True):
            total += count
            yield f'weike_request_seconds_bucket{{le="{bound}"}} {total}'
        yield f"weike_request_seconds_sum {spent / 1000:.3f}"
        yield f"weike_request_seconds_count {total}"
        yield "# TYPE weike_requests_under_way gauge"
        yield f"weike_requests_under_way {under_way}"
