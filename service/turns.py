"""Quick answers take turns: so many in one round of the event loop.

An answer that is made in the loop itself keeps everybody waiting for as long as it takes. Two hundred of
them in one round would hold up, for each of its steps, whoever needs several rounds: a form that is
received, checked and written.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

AT_ONCE = 32  # in one round
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def turn() -> None:
    """Wait until it is one's turn; at once when few ask."""
    loop = asyncio.get_running_loop()
    gate = _gates.get(loop)
    if gate is None:
        gate = _gates[loop] = asyncio.Semaphore(AT_ONCE)
    await gate.acquire()
    loop.call_soon(gate.release)  # in the next round
