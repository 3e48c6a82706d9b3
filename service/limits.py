"""How often one may ask: windows counted in this process, by the service's own clock.

Several processes count apart; what must hold over all of them (wrong passwords) is counted in the
database instead. A clock that jumps shuts nobody out for longer than one window.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

MOST = 50_000  # counters that are kept at once


class Limits:
    """Counts of one process."""

    def __init__(self, clock: Callable[[], int]) -> None:
        """`clock`: ms since 1970."""
        self._counts = _Counts(clock)
        self._windows = FixedWindowRateLimiter(self._counts)

    def wait(self, rate: str, *who: str) -> int:
        """Count one request of `who` against a rate as `30/minute`; 0, or the seconds to wait."""
        item = _item(rate)
        if self._windows.hit(item, *who):
            return 0
        return max(1, self._counts.left(item, *who))


_item = lru_cache(maxsize=64)(parse)  # the same few words again and again


@lru_cache(maxsize=1024)
def origin(address: str) -> str:
    """Whose requests are counted together: an IPv4 address, the /64 of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else str(IPv6Address(int(found) >> 64 << 64))


class _Counts(Storage):
    """Counters in memory: the package's own go by the machine's clock and start a thread for each key."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], int]) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, tuple[int, int, int]] = {}  # key -> count, start, end (ms)

    @property
    def base_exceptions(self) -> type[Exception]:
        return KeyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self._clock()
        with self._lock:
            count, start, end = self._held.get(key, (0, now, now + expiry * 1000))
            if not start <= now < end:  # over; or the clock went back
                count, start, end = 0, now, now + expiry * 1000
            self._held[key] = (count + amount, start, end)
            if len(self._held) > MOST:
                self._thin(now)
        return count + amount

    def get(self, key: str) -> int:
        return self._held.get(key, (0, 0, 0))[0]

    def get_expiry(self, key: str) -> float:
        return self._held.get(key, (0, 0, 0))[2] / 1000

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        held = len(self._held)
        self._held.clear()
        return held

    def clear(self, key: str) -> None:
        self._held.pop(key, None)

    def left(self, item: RateLimitItem, *who: str) -> int:
        """Whole seconds until the window ends."""
        end = self._held.get(item.key_for(*who), (0, 0, 0))[2]
        return -(-(end - self._clock()) // 1000)

    def _thin(self, now: int) -> None:
        """Drop windows that are over; when none is, the oldest half."""
        alive = {k: v for k, v in self._held.items() if v[1] <= now < v[2]}
        if len(alive) > MOST:
            alive = dict(sorted(alive.items(), key=lambda kv: kv[1][1])[MOST // 2 :])
        self._held = alive
