"""A bureau's own program as a voice: text on its standard input, a WAV file on its standard output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import IO

from builder.media import voice_samples
from builder.media.narration import Synthetic, Unavailable
from builder.media.speech import Sentence
from builder.media.speech_lexicon import Lexicon

MOST = 64 * 1024 * 1024  # bytes of sound for one sentence
Run = Callable[[Sequence[str], bytes, float], bytes]


def external(
    command: Sequence[str], limit: float, as_json: bool, run: Run | None = None
) -> Synthetic:
    """The engine of a command: a list of arguments, never a shell line; `limit` seconds a sentence.

    With `as_json` the program is given `{"text": …, "pinyin": [{"start", "end", "text"}]}`.
    """
    start = run or run_bounded

    def load(_: Lexicon) -> Callable[[Sentence], bytes]:
        def say(sentence: Sentence) -> bytes:
            given = _as_json(sentence) if as_json else sentence.spoken
            try:
                return voice_samples.from_wav(start(command, given.encode("utf-8"), limit))
            except voice_samples.Unreadable as why:
                raise Unavailable(f"命令给出的{why}") from None

        return say

    return Synthetic("external", "本单位语音", load, identity=repr((*command, as_json)))


def run_bounded(command: Sequence[str], given: bytes, limit: float) -> bytes:
    """Run a command with `given` on its input and give its output; `Unavailable` when it fails, lasts or floods."""
    try:
        process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=sys.platform != "win32",
        )  # fmt: skip
    except (OSError, ValueError):
        raise Unavailable(f"命令 {command[0]} 打不开") from None
    assert process.stdin is not None and process.stdout is not None  # noqa: PT018 - for the type checker
    output = bytearray()
    feeding = threading.Thread(target=_feed, args=(process.stdin, given), daemon=True)
    reading = threading.Thread(target=_drain, args=(process.stdout, output), daemon=True)
    feeding.start()
    reading.start()
    reading.join(limit)
    late = reading.is_alive()
    flood = len(output) > MOST
    try:
        code = None if late or flood else process.wait(min(5.0, limit))
    except subprocess.TimeoutExpired:
        late, code = True, None
    _stop(process)
    if flood:
        raise Unavailable("命令的输出太大")
    if late:
        raise Unavailable(f"命令超过 {limit:g} 秒没有念完一句")
    if code:
        raise Unavailable(f"命令出错，退出码 {code}")
    return bytes(output)


def _feed(pipe: IO[bytes], given: bytes) -> None:
    try:
        with pipe:
            pipe.write(given)
    except OSError:
        return  # a program that reads nothing may still speak; its output is judged


def _drain(pipe: IO[bytes], output: bytearray) -> None:
    while len(output) <= MOST and (block := pipe.read1(65536)):  # type: ignore[attr-defined]  # a buffered pipe
        output += block


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program with all it started; on an ended one this does nothing."""
    try:
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (OSError, PermissionError):
        pass
    process.wait()
    if process.stdout is not None and not process.stdout.closed:
        process.stdout.close()


def _as_json(sentence: Sentence) -> str:
    hints = [{"start": h.start, "end": h.end, "text": h.pinyin} for h in sentence.hints]
    return json.dumps({"text": sentence.spoken, "pinyin": hints}, ensure_ascii=False)
