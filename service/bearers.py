"""Programs that show a token: which one it is, and whether it may read from where it stands.

Whatever is wrong with a token, the answer is the same; of it only the hash is compared, by the database's index.
"""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

from service.desk import Desk
from service.proofs import kept
from service.store import audit, programs
from service.store.audit import Act
from service.store.engine import Unavailable
from service.store.programs import GRANTED, REVOKED, Program

PREFIX = "wkp_"  # by which people and scanners of secrets know what it is
WORD = "Bearer "
DAY, BEIJING = 86_400_000, 8 * 3_600_000
WIDEST = {4: 8, 6: 32}  # bits that a range must name at least


def shown(header: str) -> str:
    """The token in an Authorization header; empty when there is none."""
    return header[len(WORD) :].strip() if header[: len(WORD)].lower() == "bearer " else ""


def ours(given: str) -> bool:
    """Whether it looks like a token of this service."""
    return given.startswith(PREFIX)


def program(desk: Desk, given: str, address: str) -> Program | None:
    """The program that may read with this token from this address, now; None: there is none."""
    with desk.store.read() as connection:
        found = programs.by_hash(connection, kept(given))
    if found is None:
        return None
    now = desk.clock()
    if why := fault(found, address, now):
        _refused(desk, found, why)
        return None
    if (today := first(now)) != found.used:
        with suppress(Unavailable):  # on a full disk programs can still read
            desk.store.write(lambda c: programs.used(c, found.id, today))
    return found


def fault(found: Program, address: str, now: int) -> str:
    """Why a program may not read: one word for the record; empty when it may."""
    if found.state != GRANTED:
        return "revoked" if found.state == REVOKED else "waiting"
    if now >= found.until or now < found.granted - DAY:
        return "expired"
    return "" if within(found.nets, address) else "address"


def first(moment: int) -> int:
    """The first moment of its day in Beijing."""
    return (moment + BEIJING) // DAY * DAY - BEIJING


def within(nets: tuple[str, ...], address: str) -> bool:
    """Whether an address lies in one of these ranges."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in ip_network(net) for net in nets)


def net(text: str) -> str:
    """A range as it is kept; ValueError, in Chinese, when it is none or too wide."""
    try:
        found = ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(
            f"{text.strip()[:60]} 不是地址范围。写成 10.1.2.0/24 或一个地址。"
        ) from None
    if isinstance(found, IPv6Network) and found.network_address.ipv4_mapped:
        raise ValueError(f"{text.strip()[:60]}：IPv4 的范围照 IPv4 写。")
    if found.prefixlen < WIDEST[found.version]:
        raise ValueError(f"{found} 太宽了，至少写明前 {WIDEST[found.version]} 位。")
    return str(found)


def _refused(desk: Desk, found: Program, why: str) -> None:
    """Into the record, once an hour: a program that is not told to stop asks again and again."""
    if desk.limits.wait("1/hour", "program", str(found.id), why):
        return
    told = Act("", "program.use", f"program:{found.id}", "refused", {"why": why})
    with suppress(Unavailable):
        desk.store.write(lambda c: audit.record(c, desk.clock(), told))
