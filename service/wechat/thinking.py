"""An answer in time, or none yet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_POOL = ThreadPoolExecutor(
    4, thread_name_prefix="wechat"
)  # its threads start with the first message


def within(seconds: float, think: Callable[[], T]) -> T | None:
    """What `think` gives, if it does so within `seconds`; it goes on all the same, and nobody listens."""
    future = _POOL.submit(think)
    try:
        return future.result(timeout=seconds)
    except TimeoutError:
        future.cancel()
        return None
