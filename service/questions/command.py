"""`weike service parcel` and `weike service asker`: packages between the zones; what an asker left, for a reason."""

from __future__ import annotations

from pathlib import Path

from service import packages
from service.desk import Desk
from service.packages import Rejected
from service.questions import acts, exchange
from service.questions.taking import PURPOSE
from service.room import Stopped
from service.signing import signer_of
from service.store import questions
from service.store.audit import Act


def export(desk: Desk, stream: str, file: Path) -> str:
    """Write a package of this zone; what was done. `Stopped` when it can't be."""
    signer = signer_of(desk)
    if signer is None:
        raise Stopped(409, "设置里没有签名的密钥：写上 [signing] 的 key_file 和 pin_file。")
    try:
        data = exchange.make(desk, signer, stream)
    except Rejected as error:
        raise Stopped(409, str(error)) from None
    packages.write(file, data)
    return f"做好了：{file}（{len(data)} 字节），{signer.person}签，密钥 {signer.fingerprint}。"


def bring(desk: Desk, file: Path, trusted: Path) -> str:
    """Take a package of the other zone in."""
    if file.stat().st_size > packages.MOST:
        raise Stopped(413, "包太大了，不收。")
    try:
        count, changed = exchange.take(desk, file.read_bytes(), packages.load_trusted(trusted))
    except Rejected as error:
        raise Stopped(409, str(error)) from None
    return f"收下了：{count} 条，其中 {changed} 条是新的。"


def asker(desk: Desk, number: str, why: str) -> str:
    """Contact and original of one question, for somebody at the machine who says why; recorded."""
    if len(why.strip()) < 2:
        raise Stopped(422, "写明为什么要看：--why 原因。")
    with desk.store.read() as connection:
        row = questions.by_number(connection, number)
    if row is None:
        raise Stopped(404, acts.GONE)
    desk.act(
        lambda c: acts.keep(desk, c, row, None, "asker", why.strip()),
        Act("", "question.asker", f"question:{row.id}"),
    )
    sealer = desk.sealer(PURPOSE)
    told = [sealer.open(s, row.secret) if s else "（没有留，或者已经删除）" for s in (row.contact, row.original)]  # fmt: skip
    return f"联系方式：{told[0]}\n原话：{told[1]}"
