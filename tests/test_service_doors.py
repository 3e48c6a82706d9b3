"""Who has knocked is let in, who comes later is not heard; quick answers leave others their rounds."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from service import doors, running
from service.settings import Settings
from service.turns import AT_ONCE, turn
from tests.webservers import free_port


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be told to hear no more")
def test_after_the_word_nobody_new_gets_in_and_nobody_old_is_lost() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        where = listening.getsockname()
        before = [socket.create_connection(where) for _ in range(50)]
        assert doors.hear_no_more(listening)
        with pytest.raises(TimeoutError):
            socket.create_connection(where, 0.3)
        before[0].sendall(b"hello")  # those inside go on speaking
        came = list(doors.waiting(listening))
        assert len(came) == 50
        came[0].setblocking(True)
        assert came[0].recv(5) == b"hello"
        for one in (*before, *came):
            one.close()


def test_pieces_of_an_answer_are_sent_at_once() -> None:
    """Else each answer on a connection that is kept waits forty milliseconds for the other side."""

    async def delayed() -> int:
        listening = running.listen(Settings(port=free_port()))
        met: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peer = writer.get_extra_info("socket")
            met.set_result(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(meet, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            writer.close()
            return await met

    assert asyncio.run(delayed()) == 1


def test_whoever_needs_several_rounds_is_not_behind_all_quick_answers() -> None:
    done: list[str] = []

    async def quick() -> None:
        await turn()
        done.append("quick")

    async def slow() -> None:
        for _ in range(6):
            await asyncio.sleep(0)
        done.append("slow")

    async def all_of_them() -> None:
        await asyncio.gather(*(quick() for _ in range(40 * AT_ONCE)), slow())

    asyncio.run(all_of_them())
    assert done.index("slow") <= 6 * AT_ONCE
    assert done.count("quick") == 40 * AT_ONCE
