"""Opening at the moment: look over everything beforehand, wait, then every host at the same time.

At the moment each host decrypts, checks every file's hash, switches; afterwards the public address is
asked, and what was armed runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from builder.problems import Refused
from publish.ledger import Ledger, LedgerTrouble
from publish.site import carry, orders, release, sealed, watch
from publish.site import plan as plans
from publish.site.carry import CHANNEL, Errand
from publish.site.closing import call
from publish.site.orders import Order
from publish.site.places import Clock, Key, Standing
from publish.site.plan import plain
from publish.site.release import Record

SKEW = 1.0  # seconds by which a server's clock may differ from ours
SLICE = 5.0  # the longest sleep: the clock is looked at again after it
LAST_LOOK = 20  # seconds before the moment: clocks and containers once more
PATIENCE = 120  # seconds that a receipt waits for another run to let go of the ledger


@dataclass(frozen=True, slots=True)
class Timing:
    """How long after the moment each thing was done, in seconds."""

    opened: float
    whole: float
    shown: float


@dataclass(frozen=True, slots=True)
class Ready:
    """One target that was looked over: what opens its container, what stood there then."""

    errand: Errand
    order: Order
    key: Key
    standing: Standing


# --- looking over ----------------------------------------------------------------------


def ready(errand: Errand, order: Order, secret: bytes) -> Ready:
    """All that can be known beforehand: `Refused` when opening would fail."""
    name = errand.target.name
    if errand.place.laid(order.name) != order.sha256:
        raise Refused(f"{name} 上的封存包不在或被改过：重新封存。")
    copy = orders.container(errand.state, order)
    if not copy.exists():
        raise Refused(f"这台机器上没有 {name} 的封存包副本 {copy}：从封存它的机器拷来。")
    key = sealed.key_for(copy, secret)
    if not sealed.fits(copy, key):
        raise Refused(f"开封码不是 {name} 这个包的：核对是哪一次封存的。")
    said = sealed.said(copy, key)
    bare = release.read(said)
    if release.promised(said) != order.promise:
        raise Refused(
            f"{name} 的定时单和封存时的不一样，被改过（时间、后面的推送都不能改）：不开封。要换时间，重新做计划、重新封存。"
        )
    standing = errand.place.standing()
    if not order.rehearsal:
        fresh_enough(errand, order, bare, standing)
    plans.of_one_edition(errand.target, standing)
    if order.base and not standing.find(order.base):
        raise Refused(f"{name} 上已经没有封存时的那一版 {order.base}，少了没变的文件：重新封存。")
    off = skew(errand)
    if off > SKEW:
        raise Refused(
            f"{name} 的时钟和这台机器差 {off:.1f} 秒（允许 {SKEW:.0f} 秒）：两边都对好时再开封，不然会早发或晚发。"
        )
    return Ready(errand, order, key, standing)


def fresh_enough(errand: Errand, order: Order, bare: Record, standing: Standing) -> None:
    """`Refused` when something newer is shown, or pages in the container were taken back after it was closed."""
    name, shown = errand.target.name, standing.shown
    if shown and datetime.fromisoformat(shown.now) > datetime.fromisoformat(bare.now):
        raise Refused(
            f"{name} 上是 {plain(shown.now)} 生成的，封存的一版更旧（{plain(bare.now)}），打开会把新的换成旧的，不开封。重新生成一版，重新封存。"
        )
    later = [r for r in standing.records if r.id not in order.known]
    back = sorted({u for r in later for u in r.withdrawn if _holds(bare, u)})
    back = [u for u in back if not _out_again(u, standing)]
    if back:
        raise Refused(
            f"{name}：封存的一版里有后来撤回的内容（{'、'.join(back[:5])}），打开会让它重新公开，不开封。重新生成一版，重新封存。"
        )


def _holds(record: Record, address: str) -> bool:
    return any(p.startswith(address) for p in record.files)


def _out_again(address: str, standing: Standing) -> bool:
    """Whether what was taken back is published again, properly: readers get it now."""
    shown = standing.shown
    return shown is not None and _holds(shown, address) and address not in shown.withdrawn


def skew(errand: Errand) -> float:
    """By how many seconds a server's clock certainly differs from ours; 0 when it can't be asked."""
    before = errand.now()
    clock = errand.place.clock()
    found = _apart(clock, errand.now()) if clock else 0.0
    url = errand.target.verify_url
    if url:
        before = errand.now()
        date = watch.date_of(url)
        found = max(found, watch.skew(url, before, errand.now(), date).total_seconds())
    return found


def _apart(clock: Clock, now: datetime) -> float:
    return max(0.0, abs((clock.time - now).total_seconds()) - clock.unsure)


def wait(
    moment: datetime,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    last_look: Callable[[], None],
) -> None:
    """Return at the moment, never before it; shortly ahead, or when late, `last_look` once."""
    looked = False
    while (left := (moment - now()).total_seconds()) > 0 or not looked:
        if left <= LAST_LOOK and not looked:
            looked = True
            last_look()
        elif left > 0:
            sleep(min(left - LAST_LOOK if left > LAST_LOOK else left, SLICE))


# --- opening ----------------------------------------------------------------------


def unseal(found: Ready) -> tuple[Record, Timing]:
    """Decrypt, place, check, show. Not before the moment, whoever calls."""
    errand, order, standing = found.errand, found.order, found.standing
    if errand.now() < order.moment:
        raise Refused(f"{errand.target.name}：还没到 {plain(order.at)}，不开封。")
    bare, folder = errand.place.pour(order.name, found.key)
    opened = _since(errand, order)
    if not order.rehearsal:
        fresh_enough(errand, order, bare, standing)
    plans.of_one_edition(errand.target, standing, bare.edition)
    if datetime.fromisoformat(bare.now) > errand.now():
        errand.place.drop([], standing)
        raise Refused(f"{errand.target.name}：包里的内容要到 {plain(bare.now)} 才能公开，不发布。")
    made = release.onto(bare, standing.records, standing.current)
    if not standing.find(made.id):
        errand.place.put(made, _poured(folder), standing, None)
    whole = _since(errand, order)
    if not order.rehearsal:
        errand.place.show(made, standing)
    return made, Timing(opened, whole, _since(errand, order))


def _since(errand: Errand, order: Order) -> float:
    return (errand.now() - order.moment).total_seconds()


def _poured(folder: Path | None) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        if folder is None or not (folder / path).exists():
            raise Refused(f"封存的包里少了 {path}，服务器上也没有：网站没有变，请重新封存。")
        return (folder / path).read_bytes()

    return read


def open_all(
    errands: list[tuple[Errand, Order]],
    secret: Callable[[Order], bytes],
    sleep: Callable[[float], None],
    run: Callable[[list[str]], int],
) -> bool:
    """Wait for the moment and open on every host; then run what was armed. False when something is wrong."""
    moments = {order.at for _, order in errands}
    if len(moments) != 1:
        raise Refused("各网站开封的时间不一样：一个一个开，写明网站的名字。")
    words = [secret(order) for _, order in errands]
    first, moment = errands[0][0], errands[0][1].moment
    looked = [ready(e, o, w) for (e, o), w in zip(errands, words, strict=True)]
    first.say(f"都准备好了，等到 {plain(errands[0][1].at)}（还有 {_left(moment, first)}）。")
    with ExitStack() as held:

        def last_look() -> None:
            for errand, _ in errands:
                held.enter_context(carry.alone(errand.state, errand.target.name))
            looked[:] = [ready(e, o, w) for (e, o), w in zip(errands, words, strict=True)]

        wait(moment, first.now, sleep, last_look)
        good = _opened(looked, sleep)
    if good:
        return _armed(first, _steps(errands), run)
    if any(order.then for _, order in errands):
        first.say("网站没有全部打开，后面备好的推送没有运行：查清后手工运行。")
    return False


def _opened(looked: list[Ready], sleep: Callable[[float], None]) -> bool:
    """Every host at the same time."""
    with ThreadPoolExecutor(len(looked)) as pool:
        later = [pool.submit(unseal, found) for found in looked]
    good = [
        _after(found.errand, found.order, item.exception() or item.result(), sleep)
        for found, item in zip(looked, later, strict=True)
    ]
    return all(good)


def _left(moment: datetime, errand: Errand) -> str:
    left = max(timedelta(0), moment - errand.now())
    return str(timedelta(seconds=int(left.total_seconds())))


def _after(errand: Errand, order: Order, result: object, sleep: Callable[[float], None]) -> bool:
    """Say how it went, ask from outside, write the receipt, tidy up."""
    name = errand.target.name
    if isinstance(result, BaseException):
        known = isinstance(result, Refused | OSError)
        errand.say(f"{name}：没有打开：{result if known else f'程序自身出错 {result!r}'}")
        return False
    assert isinstance(result, tuple)
    record, timing = result
    errand.say(
        f"{name}：整点后 {timing.opened:.1f} 秒开封，{timing.whole:.1f} 秒全部文件核对完，{timing.shown:.1f} 秒切换完。"
    )
    if order.rehearsal:
        wrong = errand.place.wrong(record)
        _swept(errand, order, record)
        errand.say(
            f"{name}：演练{'成功，没有动线上的网站' if not wrong else '失败：' + wrong[0]}。"
        )
        return not wrong
    good, told = carry.looked(errand, record)
    carry.tidy(errand, record)
    body = (
        carry.receipt(errand, record, order.manifest, 0) | told | {"what": "timed", "at": order.at}
    )
    _noted(errand, order, body | {"shown_ms": int(timing.shown * 1000)}, sleep)
    errand.place.unlay(order.name)
    orders.done(errand.state, order)
    return good


def _noted(
    errand: Errand, order: Order, body: dict[str, Any], sleep: Callable[[float], None]
) -> None:
    """Write the receipt; another run may hold the ledger, and the site did not wait for that."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with Ledger.open(errand.state, errand.now) as ledger:
                made = ledger.intend(call(errand, order, "open", {"release": body["release"]}))
                ledger.settle(made, "done")
                ledger.receipt(CHANNEL, body)
        except LedgerTrouble as trouble:
            if time.monotonic() > end:
                errand.say(f"{errand.target.name}：已经发布，但回执没有写下：{trouble}")
                return
            sleep(1.0)
        else:
            return


def _steps(errands: list[tuple[Errand, Order]]) -> list[list[str]]:
    found: list[list[str]] = []
    for _, order in errands:
        found += [step for step in order.then if step not in found and not order.rehearsal]
    return found


def _armed(errand: Errand, steps: list[list[str]], run: Callable[[list[str]], int]) -> bool:
    """Run what was armed, in order; one that fails stops the rest."""
    for step in steps:
        errand.say(f"运行备好的推送：{' '.join(step)}")
        code = run(["push", *step])
        if code:
            errand.say(f"{' '.join(step)} 没有做完（{code}）：照上面的话处理，再手工运行一次。")
            return False
    return True


def _swept(errand: Errand, order: Order, record: Record) -> None:
    errand.place.drop([record.id], errand.place.standing())
    errand.place.unlay(order.name)
    orders.container(errand.state, order).unlink(missing_ok=True)
