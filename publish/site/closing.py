"""Closing a release: one container for each server, placed there or carried to the other side.

Before its moment a server holds one file that tells nothing. The secret goes to a person, or is
wrapped for one; nothing of it stays here.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from builder.bundle import Bundle
from builder.problems import Refused
from publish.ledger import Call, Ledger
from publish.site import carry, orders, release, sealed
from publish.site import plan as plans
from publish.site.carry import CHANNEL, Errand
from publish.site.orders import Order
from publish.site.places import Standing
from publish.site.plan import Plan, plain, size
from publish.site.release import REHEARSAL, File, Record
from publish.site.sealed import Piece

HARMLESS = "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>演练</title><p>定时发布演练，没有内容。</p></html>"


@dataclass(frozen=True, slots=True)
class Closing:
    """With what a release is closed: the secret, the same wrapped for its opener, what runs after opening.

    `bundle`: from where that is run.
    """

    secret: bytes
    wrapped: str
    then: list[list[str]]
    bundle: str = ""


def planned(state: Path, then: list[list[str]]) -> None:
    """`Refused` when a push that is armed could not run: there is no plan of it."""
    from publish.wechat.plan import NoPlan, stored

    for _, push in then:
        try:
            stored(state, push)
        except NoPlan as error:
            raise Refused(f"接着发的推送 {push}：{error}") from None


def seal(errand: Errand, plan: Plan, bundle: Bundle, closing: Closing) -> Order:
    """Close the release of a plan and place it; readers get nothing of it."""
    with carry.alone(errand.state, errand.target.name):
        standing = errand.place.standing()
        record = carry.agreed(errand, plan, bundle, standing)
        if standing.current == record.id:
            raise Refused(f"{errand.target.name} 上已经是这一版，用不着定时。")
        order = _sealed(errand, plan, bundle, closing, standing)
        _laid(errand, order)
        with Ledger.open(errand.state, errand.now) as ledger:
            about = {"container": order.sha256, "at": order.at}
            ledger.settle(ledger.intend(call(errand, order, "seal", about)), "done")
    errand.say(
        f"{errand.target.name}：封存好了，{size(order.size)}，放在服务器上没有人能看的地方，{plain(order.at)} 开封。"
    )
    return order


def seal_for_carrying(
    errand: Errand, plan: Plan, bundle: Bundle, closing: Closing, out: Path
) -> Order:
    """Close a whole release, for a server that can't be reached from here; `take` places it."""
    carry.fits(errand, plan, bundle)
    order = _sealed(errand, plan, bundle, closing, Standing())
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.move(orders.container(errand.state, order), out / order.name)
    plans.write(out / f"{order.target}.json", asdict(order))
    errand.say(
        f"{errand.target.name}：封存好了，{size(order.size)}，在 {out}。整个目录带到另一侧，运行 weike push site --take 目录。"
    )
    return order


def take(errand: Errand, order: Order, folder: Path) -> None:
    """Place a container that was carried here."""
    brought, copy = folder / order.name, orders.container(errand.state, order)
    if order.moment <= errand.now():
        errand.say(f"{errand.target.name}：{plain(order.at)} 已经过了，开封后马上公开。")
    if not brought.exists():
        raise Refused(f"{folder} 里没有 {order.name}：没有带全。")
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(brought, copy)
    copy.chmod(0o600)
    with carry.alone(errand.state, errand.target.name):
        _laid(errand, order)
    errand.say(f"{errand.target.name}：封存包放好了，核对无误，{plain(order.at)} 开封。")


def _sealed(
    errand: Errand, plan: Plan, bundle: Bundle, closing: Closing, standing: Standing
) -> Order:
    """Write the container: what the release is, and those of its files that the server lacks."""
    bare = release.of_bundle(bundle, forget=plan.forget)
    record = release.onto(bare, standing.records, standing.current)
    held = _held(standing)
    own = sorted(p for p, f in bare.files.items() if (p, f.sha256) not in held)
    read = plans.source(bundle)
    pieces = (Piece(p, record.files[p].time, read(p)) for p in own)
    order = Order(
        format=orders.FORMAT,
        target=errand.target.name,
        at=plan.at,
        name=_name(),
        sha256="",
        size=0,
        base=standing.current if len(own) < len(bare.files) else "",
        wrapped=closing.wrapped,
        then=closing.then,
        manifest=plan.manifest,
        run=plan.run,
        known=[r.id for r in standing.records],
        bundle=closing.bundle,
        rehearsal=False,
    )
    return _closed(errand, order, bare, pieces, closing.secret)


def _held(standing: Standing) -> set[tuple[str, str]]:
    shown = standing.shown
    return {(p, f.sha256) for p, f in shown.all.items()} if shown else set()


def _name() -> str:
    return f"{secrets.token_hex(8)}.sealed"


def _closed(
    errand: Errand, order: Order, bare: Record, pieces: Iterator[Piece], secret: bytes
) -> Order:
    """Write the container beside the state; its name, length and hash tell nothing of what is in it."""
    file = orders.container(errand.state, order)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    first = Piece(sealed.RECORD, 0, bare.write(order.promise))

    def inside() -> Iterator[Piece]:
        yield first
        yield from pieces

    digest = sealed.seal(file, secret, inside())
    return replace(order, sha256=digest, size=file.stat().st_size)


def _laid(errand: Errand, order: Order) -> None:
    """Place the container and have the server tell its hash; only then is the order kept."""
    old = next(orders.waiting(errand.state, [errand.target.name]), None)
    errand.place.lay(order.name, orders.container(errand.state, order))
    if errand.place.laid(order.name) != order.sha256:
        raise Refused(f"放到 {errand.target.name} 的封存包和原件不符：再做一次。")
    orders.store(errand.state, order)
    if old:  # the new one takes its place
        errand.place.unlay(old.name)
        orders.container(errand.state, old).unlink(missing_ok=True)


def call(errand: Errand, order: Order, step: str, about: dict[str, Any]) -> Call:
    """What the ledger is told of one step."""
    return Call(CHANNEL, errand.target.name, order.run, step, step, about)


# --- rehearsing ---------------------------------------------------------------------------


def rehearse(errand: Errand, at: datetime, volume: int, secret: bytes) -> Order:
    """Close something harmless of the same volume and place it, to be opened as the real one would be."""
    made = datetime.fromisoformat(at.isoformat()) - timedelta(seconds=1)
    blobs = {f"blob.{secrets.token_hex(8)}.bin": os.urandom(n) for n in _portions(volume)}
    files = {"index.html": HARMLESS.encode(), **blobs}
    identity = f"{REHEARSAL}-{secrets.token_hex(6)}"
    record = Record(
        identity,
        1,
        errand.target.edition,
        made.isoformat(),
        "",
        {p: File(_sha(d), len(d), int(made.timestamp()), "text/html") for p, d in files.items()},
        forget=True,
        origin=identity,
    )
    pieces = (Piece(p, int(made.timestamp()), d) for p, d in files.items())
    order = Order(
        format=orders.FORMAT,
        target=errand.target.name,
        at=at.isoformat(),
        name=_name(),
        sha256="",
        size=0,
        base="",
        wrapped="",
        then=[],
        manifest="",
        run="",
        known=[],
        bundle="",
        rehearsal=True,
    )
    order = _closed(errand, order, record, pieces, secret)
    errand.place.lay(order.name, orders.container(errand.state, order))
    return order


def _portions(volume: int) -> list[int]:
    """Files of a few hundred kilobytes, as a site has."""
    piece = 256 * 1024
    return [piece] * (volume // piece) + [volume % piece or 1]


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
