"""`POST /robot/ask`: a question of another program's user, answered from the scripts or not at all."""

from __future__ import annotations

from starlette.responses import Response

from service.robot.told import Asked, Told, remembered, told
from service.roles import ANYONE, EDITOR
from service.room import Asks, AtDesk, Room, Stopped
from service.scripts import Script, day_of

room = Room("robot")
RATE = "120/minute"  # of one address
SILENT = "这里没有装机器人话术，现在答不了。"


@room.post("/robot/ask", ANYONE, rate=RATE, response_model_exclude_none=True)
def ask(asked: Asked, asks: Asks, desk: AtDesk, response: Response) -> Told:
    """Answer on the day of the request. Nothing of the question is kept."""
    script = script_of(desk)
    reply = script.robot.answer(asked.question, day_of(desk.clock()), remembered(asked.state))
    response.headers["Cache-Control"] = "no-store"
    editor = asks.user is not None and EDITOR in asks.user.roles
    return told(reply, script, why=editor)


def script_of(desk: AtDesk) -> Script:
    """The package of this moment; `Stopped` when there is none."""
    script = desk.script()
    if script is None:
        raise Stopped(503, SILENT)
    return script
