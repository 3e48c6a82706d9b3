"""Opening at the moment: look over everything beforehand, wait, then every host at the same time.

At the moment each host decrypts, checks every file's hash, switches; afterwards the public address is
asked, and what was armed runs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from builder.problems import Refused
from publish.ledger import Ledger, LedgerTrouble
from publish.site import carry, orders, owed, release, sealed, since, watch
from publish.site import plan as plans
from publish.site.carry import Errand
from publish.site.orders import Order
from publish.site.places import Clock, Key, Standing
from publish.site.plan import plain
from publish.site.release import Record

SKEW = 1.0  # seconds by which a server's clock may differ from ours
SLICE = 5.0  # the longest sleep: the clock is looked at again after it
LAST_LOOK = 20  # seconds before the moment: clocks and containers once more
AGAIN = 1.0  # seconds until what went wrong there is tried again
PATIENCE = 120  # times, a second apart, that a receipt is tried while another run has the ledger


@dataclass(frozen=True, slots=True)
class Timing:
    """How long after the moment each thing was done, in seconds."""

    opened: float
    whole: float
    shown: float


@dataclass(frozen=True, slots=True)
class Ready:
    """One target that was looked over: what opens its container, what stood there then.

    `overwrite`: what was changed since it was closed may be changed back.
    """

    errand: Errand
    order: Order
    key: Key
    standing: Standing
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Hands:
    """What opening asks of people and of the machine: secrets, time, the pushes that were armed."""

    secret: Callable[[Order], bytes]
    sleep: Callable[[float], None]
    run: Callable[[list[str]], int]


# --- looking over ----------------------------------------------------------------------


def ready(errand: Errand, order: Order, secret: bytes, *, overwrite: bool = False) -> Ready:
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
        since.judge(name, order, bare, standing, overwrite=overwrite)
    plans.of_one_edition(errand.target, standing)
    if order.base and not standing.find(order.base):
        raise Refused(f"{name} 上已经没有封存时的那一版 {order.base}，少了没变的文件：重新封存。")
    off = skew(errand)
    if off > SKEW:
        raise Refused(
            f"{name} 的时钟和这台机器差 {off:.1f} 秒（允许 {SKEW:.0f} 秒）：两边都对好时再开封，不然会早发或晚发。"
        )
    return Ready(errand, order, key, standing, overwrite)


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
    moment: datetime, errand: Errand, sleep: Callable[[float], None], last_look: Callable[[], None]
) -> None:
    """Return at the moment, never before it; shortly ahead, or when late, after a `last_look`.

    One that goes wrong is tried again: a line may fail for a second. What is wrong at the moment still
    is `Refused`.
    """
    looked, said = False, ""
    while (left := (moment - errand.now()).total_seconds()) > 0 or not looked:
        if left <= LAST_LOOK and not looked:
            try:
                last_look()
                looked = True
            except (Refused, OSError) as error:
                if left <= 0:
                    raise
                if str(error) != said:
                    said = str(error)
                    errand.say(f"{said}（到点以前一直再试）")
                sleep(min(AGAIN, left))
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
    try:
        _let_out(found, bare)
    except Refused:
        errand.place.drop([], standing)  # nothing of it stays in plain
        raise
    made = release.onto(bare, standing.records, standing.current)
    if not standing.find(made.id):
        errand.place.put(made, _poured(folder), standing, None)
    whole = _since(errand, order)
    if not order.rehearsal:
        errand.place.show(made, standing)
    return made, Timing(opened, whole, _since(errand, order))


def _let_out(found: Ready, bare: Record) -> None:
    """`Refused` when what came out of the container may not be shown."""
    errand, order, name = found.errand, found.order, found.errand.target.name
    if not order.rehearsal:
        since.judge(name, order, bare, found.standing, overwrite=found.overwrite)
    plans.of_one_edition(errand.target, found.standing, bare.edition)
    if bare.moment > errand.now():
        raise Refused(f"{name}：包里的内容要到 {plain(bare.now)} 才能公开，不发布。")


def _since(errand: Errand, order: Order) -> float:
    return (errand.now() - order.moment).total_seconds()


def _poured(folder: Path | None) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        if folder is None or not (folder / path).exists():
            raise Refused(f"封存的包里少了 {path}，服务器上也没有：网站没有变，请重新封存。")
        return (folder / path).read_bytes()

    return read


def open_all(errands: list[tuple[Errand, Order]], hands: Hands, *, overwrite: bool = False) -> bool:
    """Wait for the moment and open on every host; then run what was armed. False when something is wrong."""
    moments = {order.at for _, order in errands}
    if len(moments) != 1:
        raise Refused("各网站开封的时间不一样：一个一个开，写明网站的名字。")
    words = [hands.secret(order) for _, order in errands]
    first, moment = errands[0][0], errands[0][1].moment

    def look() -> list[Ready]:
        known = zip(errands, words, strict=True)
        return [ready(e, o, w, overwrite=overwrite) for (e, o), w in known]

    looked, alone = look(), set[str]()
    first.say(f"都准备好了，等到 {plain(errands[0][1].at)}（还有 {_left(moment, first)}）。")
    with ExitStack() as held:

        def last_look() -> None:
            for errand, _ in errands:
                if errand.target.name not in alone:
                    held.enter_context(carry.alone(errand.state, errand.target.name))
                    alone.add(errand.target.name)
            looked[:] = look()

        wait(moment, first, hands.sleep, last_look)
        good = _opened(looked, hands.sleep)
    if good:
        return _armed(first, _steps(errands), hands.run)
    if any(order.then for _, order in errands):
        first.say("网站没有全部打开，后面备好的推送没有运行：查清后手工运行。")
    return False


def _opened(looked: list[Ready], sleep: Callable[[float], None]) -> bool:
    """Every host at the same time."""
    with ThreadPoolExecutor(len(looked)) as pool:
        later = [pool.submit(unseal, found) for found in looked]
    good = [
        _ended(found.errand, found.order, item.exception() or item.result(), sleep)
        for found, item in zip(looked, later, strict=True)
    ]
    return all(good)


def _ended(errand: Errand, order: Order, result: object, sleep: Callable[[float], None]) -> bool:
    """What follows on one host; where that goes wrong the others are looked after all the same."""
    try:
        return _after(errand, order, result, sleep)
    except (Refused, OSError) as error:
        errand.say(
            f"{errand.target.name}：已经打开，后面的核对没有做完（{error}）：再运行一次 weike push site --open。"
        )
        return False


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
    owed.owe(errand.state, name, order.run, body | {"shown_ms": int(timing.shown * 1000)})
    orders.done(errand.state, order)
    _noted(errand, sleep)
    errand.place.unlay(order.name)
    return good


def _noted(errand: Errand, sleep: Callable[[float], None]) -> None:
    """Write what is owed; another run may hold the ledger, and the site did not wait for that."""
    for tries in count(1):
        try:
            with Ledger.open(errand.state, errand.now) as ledger:
                owed.pay(errand.state, errand.target.name, ledger)
        except (LedgerTrouble, sqlite3.Error, OSError) as trouble:
            if tries > PATIENCE:
                errand.say(
                    f"{errand.target.name}：已经发布，回执还没有写进账本（{trouble}）：等那一个做完，再运行 weike push site --open，会补上。"
                )
                return
            sleep(1.0)
        else:
            return


def late_receipts(errands: list[Errand]) -> bool:
    """Write receipts that earlier openings could not; False when there is none."""
    late = [e for e in errands if any(owed.owed(e.state, e.target.name))]
    for errand in late:
        with Ledger.open(errand.state, errand.now) as ledger:
            count = owed.pay(errand.state, errand.target.name, ledger)
        errand.say(f"{errand.target.name}：补写了 {count} 份回执。")
    return bool(late)


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
