"""Shutting a door at which people stand: who has knocked is let in, who comes now goes elsewhere.

Closing a socket that listens resets every connection that waits at it, and every one whose handshake is
under way. So the system is first told to leave new knocks (SYN) unheard: whoever sends one tries again
after a second, and finds another process there, or a door that is shut.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from collections.abc import Iterator

ATTACH = 26  # SO_ATTACH_FILTER of Linux, which Python does not name
# (code, if true, if false, k): the 14th byte of a TCP header holds its flags. SYN without ACK is not heard.
UNHEARD = (
    (0x30, 0, 0, 13),  # A = header[13]
    (0x54, 0, 0, 0x12),  # A &= SYN | ACK
    (0x15, 0, 1, 0x02),  # A == SYN?
    (0x06, 0, 0, 0),  # leave it
    (0x06, 0, 0, 0xFFFFFFFF),  # take it
)


def hear_no_more(listening: socket.socket) -> bool:
    """Let nobody new begin a handshake; False where the system can't be told so."""
    if sys.platform != "linux":
        return False
    program = b"".join(struct.pack("HBBI", *step) for step in UNHEARD)
    held = ctypes.create_string_buffer(program, len(program))
    try:
        told = struct.pack("HP", len(UNHEARD), ctypes.addressof(held))
        listening.setsockopt(socket.SOL_SOCKET, ATTACH, told)
    except OSError:
        return False
    return True


def waiting(listening: socket.socket) -> Iterator[socket.socket]:
    """Whoever stands at the door, one after the other."""
    listening.setblocking(False)
    while True:
        try:
            came, _ = listening.accept()
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionAbortedError:
            continue  # went away while waiting
        came.setblocking(False)
        yield came
