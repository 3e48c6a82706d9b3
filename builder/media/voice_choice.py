"""From `site_config.yml` to the engines and the lexicon of a site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from builder.config import CONFIG_FILE, NarrationConfig
from builder.media import voice_samples
from builder.media.narration import Engine, Recorded, Silent
from builder.media.speech_lexicon import Lexicon, extended, house, read
from builder.media.voice_command import external
from builder.media.voice_espeak import espeak
from builder.media.voice_kokoro import kokoro
from builder.problems import Problem, Where

Decode = Callable[[bytes], bytes]


def engines(
    config: NarrationConfig, recorded: bytes | None = None, decode: Decode | None = None
) -> list[Engine]:
    """The engines in the order they are tried: the author's recording, then what the site chose.

    `decode` gives samples of a recording (default: WAV only). A command that is not configured is not tried.
    """
    chosen: list[Engine] = []
    if recorded is not None:
        chosen.append(Recorded(recorded, decode or voice_samples.from_wav))
    for name in config.engines:
        if name == "command" and config.command is not None:
            command = config.command
            chosen.append(external(command.run, command.seconds, command.input == "json"))
        elif name == "kokoro":
            chosen.append(kokoro(config.voice))
        elif name == "espeak":
            chosen.append(espeak())
        elif name == "silent":
            chosen.append(Silent())
    return chosen


def lexicon(
    root: Path, config: NarrationConfig, own: bytes | None = None
) -> tuple[Lexicon, list[Problem]]:
    """The house lexicon, extended by the site's own when `narration.lexicon` names one.

    `own`: the bytes of that one; None: they are read where it lies.
    """
    if not config.lexicon:
        return house(), []
    path = (root / config.lexicon).resolve()
    if not path.is_relative_to(root.resolve()) or path.suffix != ".yml":
        return house(), [_problem(config.lexicon, "要写本站文件夹里的一个 .yml 文件")]
    try:
        text = (path.read_bytes() if own is None else own).decode("utf-8-sig")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, UnicodeDecodeError):
        return house(), [_problem(config.lexicon, "这个文件打不开，或者不是 UTF-8 文字")]
    words, problems = read(text, path.relative_to(root.resolve()).as_posix())
    return extended(words), problems


def _problem(name: str, why: str) -> Problem:
    return Problem(
        "NAR001",
        Where(CONFIG_FILE),
        f"narration.lexicon 写的 `{name}` 不能用：{why}。",
        "改正文件名，或去掉这一行。",
    )
