"""Closing a release: one container for each server, placed there or carried to the other side.

Before its moment a server holds one file that tells nothing. The secret goes to a person, or is
wrapped for one; nothing of it stays here.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from builder.bundle import Bundle
from builder.problems import Refused
from publish.ledger import Call, Ledger
from publish.site import carry, orders, owed, release, sealed, since
from publish.site import plan as plans
from publish.site.carry import Errand
from publish.site.orders import Order
from publish.site.places import Standing
from publish.site.plan import CHANNEL, Plan, plain, size
from publish.site.release import REHEARSAL, File, Record
from publish.site.sealed import Piece

HARMLESS = "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>演练</title><p>定时发布演练，没有内容。</p></html>"


@dataclass(frozen=True, slots=True)
class Closing:
    """With what releases are closed: the secret, the same wrapped for its opener, what runs after opening.

    `bundle`: from where that is run. `overwrite`: what readers get now may be changed back.
    """

    secret: bytes
    wrapped: str
    then: list[list[str]]
    bundle: str = ""
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Shut:
    """One release that is to be closed: for which target, by which plan."""

    errand: Errand
    plan: Plan
    bundle: Bundle


Made = list[tuple[Errand, Order]]


def planned(state: Path, then: list[list[str]]) -> None:
    """`Refused` when a push that is armed could not run: there is no plan of it."""
    from publish.wechat.plan import NoPlan, stored

    for _, push in then:
        try:
            stored(state, push)
        except NoPlan as error:
            raise Refused(f"接着发的推送 {push}：{error}") from None


def seal(found: list[Shut], closing: Closing, hand: Callable[[], None]) -> None:
    """Close the releases of plans and place them all; readers get nothing of them.

    `hand` gives the secret to a person once all of them lie there. What was closed before waits on until
    then, and is removed last: somebody has its code.
    """
    with ExitStack() as held:
        for errand in (shut.errand for shut in found):
            held.enter_context(carry.alone(errand.state, errand.target.name))
        ledger = held.enter_context(Ledger.open(found[0].errand.state, found[0].errand.now))
        with _laying() as laid:
            for shut in found:
                owed.pay(shut.errand.state, shut.errand.target.name, ledger)
                order = _sealed(shut, closing, _agreed(shut))
                laid.append((shut.errand, order))
                _lay(shut.errand, order)
        calls = [ledger.intend(call(e, o, "seal", _about(o))) for e, o in laid]
        hand()
        _exchanged(laid)
        for number in calls:
            ledger.settle(number, "done")
    for errand, order in laid:
        errand.say(
            f"{errand.target.name}：封存好了，{size(order.size)}，放在服务器上没有人能看的地方，{plain(order.at)} 开封。"
        )


def _agreed(shut: Shut) -> Standing:
    """What stands there, and is as the plan says."""
    errand = shut.errand
    standing = errand.place.standing()
    if standing.current == carry.agreed(errand, shut.plan, shut.bundle, standing).id:
        raise Refused(f"{errand.target.name} 上已经是这一版，用不着定时。")
    return standing


def seal_for_carrying(
    found: list[Shut], closing: Closing, out: Path, hand: Callable[[], None]
) -> None:
    """Close whole releases, for servers that can't be reached from here; `take` places them."""
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _laying(out) as made:
        for shut in found:
            carry.fits(shut.errand, shut.plan, shut.bundle)
            made.append((shut.errand, _sealed(shut, closing, None)))
        for errand, order in made:
            shutil.copyfile(orders.container(errand.state, order), out / order.name)
    hand()
    for errand, order in made:
        plans.write(out / f"{order.target}.json", asdict(order))
        orders.container(errand.state, order).unlink()
        errand.say(
            f"{errand.target.name}：封存好了，{size(order.size)}，在 {out}。整个目录带到另一侧，运行 weike push site --take 目录。"
        )


def take(found: Made, folder: Path, *, overwrite: bool = False) -> None:
    """Place containers that were carried here; `overwrite`: also where others wait to be opened."""
    with ExitStack() as held:
        for errand, order in found:
            held.enter_context(carry.alone(errand.state, errand.target.name))
            _brought(errand, order, folder, overwrite=overwrite)
        here = [(e, replace(o, taken=e.place.standing().current)) for e, o in found]
        with _laying() as laid:
            for errand, order in here:
                waiting = _waiting(errand)
                if waiting is None or waiting.name != order.name:
                    laid.append((errand, order))
                copy = orders.container(errand.state, order)
                copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                shutil.copyfile(folder / order.name, copy)
                copy.chmod(0o600)
                _lay(errand, order)
        _exchanged(here)
    for errand, order in here:
        errand.say(f"{errand.target.name}：封存包放好了，核对无误，{plain(order.at)} 开封。")


def _brought(errand: Errand, order: Order, folder: Path, *, overwrite: bool) -> None:
    """`Refused` when it did not come whole, or something else waits there."""
    name, brought = errand.target.name, folder / order.name
    if not brought.exists():
        raise Refused(f"{folder} 里没有 {order.name}：没有带全。")
    with brought.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != order.sha256:
            raise Refused(f"带来的 {name} 的封存包和原件不符：重新拷一次。")
    waiting = _waiting(errand)
    if waiting and waiting.name != order.name and not overwrite:
        older = "，比它旧" if _moment(order.made) < _moment(waiting.made) else ""
        raise Refused(
            f"{name} 已经有一版等着开封（{_when(waiting)}）；带来的是另一版（{_when(order)}{older}），没有换。看清楚，确实要换，加 --overwrite。"
        )
    if order.moment <= errand.now():
        errand.say(f"{name}：{plain(order.at)} 已经过了，开封后马上公开。")


def _sealed(shut: Shut, closing: Closing, standing: Standing | None) -> Order:
    """Write the container: what the release is, and those of its files that the server lacks.

    `standing` is None where nobody here knows of the server.
    """
    errand, plan, there = shut.errand, shut.plan, standing or Standing()
    bare = release.of_bundle(shut.bundle, forget=plan.forget)
    record = release.onto(bare, there.records, there.current)
    held = _held(there)
    own = sorted(p for p, f in bare.files.items() if (p, f.sha256) not in held)
    order = Order(
        format=orders.FORMAT,
        target=errand.target.name,
        at=plan.at,
        name=_name(),
        sha256="",
        size=0,
        base=there.current if len(own) < len(bare.files) else "",
        wrapped=closing.wrapped,
        then=closing.then,
        manifest=plan.manifest,
        run=plan.run,
        made=errand.now().isoformat(timespec="seconds"),
        known=[r.id for r in there.records],
        shown=there.current,
        carried=standing is None,
        bundle=closing.bundle,
        rehearsal=False,
    )
    if standing is not None:
        since.judge(errand.target.name, order, bare, standing, overwrite=closing.overwrite)
    read = plans.source(shut.bundle)
    pieces = (Piece(p, record.files[p].time, read(p)) for p in own)
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

    try:
        digest = sealed.seal(file, secret, inside())
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return replace(order, sha256=digest, size=file.stat().st_size)


@contextmanager
def _laying(out: Path | None = None) -> Iterator[Made]:
    """What is put into the list is taken away again when not all of it can be placed.

    `out`: the folder in which it is placed, when it is not on its servers.
    """
    laid: Made = []
    try:
        yield laid
    except BaseException:
        for errand, order in laid:
            orders.container(errand.state, order).unlink(missing_ok=True)
            if out is not None:
                (out / order.name).unlink(missing_ok=True)
                continue
            with suppress(Refused, OSError):  # what can't be reached keeps what nobody opens
                errand.place.unlay(order.name)
        raise


def _lay(errand: Errand, order: Order) -> None:
    """Place the container and have the server tell its hash."""
    errand.place.lay(order.name, orders.container(errand.state, order))
    if errand.place.laid(order.name) != order.sha256:
        raise Refused(f"放到 {errand.target.name} 的封存包和原件不符：再做一次。")


def _exchanged(laid: Made) -> None:
    """Keep the orders of what was placed; those before them go, and last of all their containers."""
    before = [(errand, _waiting(errand), order) for errand, order in laid]
    for errand, order in laid:
        orders.store(errand.state, order)
    for errand, old, order in before:
        if old and old.name != order.name:
            orders.container(errand.state, old).unlink(missing_ok=True)
            try:
                errand.place.unlay(old.name)
            except (Refused, OSError) as error:
                errand.say(f"{errand.target.name}：换下的封存包没有删掉，不要紧：{error}")


def _waiting(errand: Errand) -> Order | None:
    """The order that waits on a target; none, too, where nobody can read it."""
    with suppress(Refused):
        return next(orders.waiting(errand.state, [errand.target.name]), None)
    return None


def _when(order: Order) -> str:
    return f"{plain(order.at)} 开封，{plain(order.made)} 封存"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _about(order: Order) -> dict[str, Any]:
    return {"container": order.sha256, "at": order.at}


def call(errand: Errand, order: Order, step: str, about: dict[str, Any]) -> Call:
    """What the ledger is told of one step."""
    return Call(CHANNEL, errand.target.name, order.run, step, step, about)


# --- rehearsing ---------------------------------------------------------------------------


def rehearse(errand: Errand, at: datetime, volume: int, secret: bytes) -> Order:
    """Close something harmless of the same volume and place it, to be opened as the real one would be."""
    made = at - timedelta(seconds=1)
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
        made=errand.now().isoformat(timespec="seconds"),
        known=[],
        shown="",
        carried=False,
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
