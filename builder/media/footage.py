"""Files that go into a film and not out by themselves: looked at before anything decodes them."""

from __future__ import annotations

from builder.media.clean import Cleaner, CleanError
from builder.media.studio import ready

SOUNDS = ("wav", "mp3", "m4a", "aac", "ogg", "opus", "flac", "amr", "wma", "aiff", "aif")
CLIPS = ("mp4", "mov", "m4v", "webm", "mkv")
MOST = 200 * 1024 * 1024


def picture(path: str, data: bytes, clean: Cleaner, *, made_by_ai: bool) -> bytes:
    """A picture without its metadata; `CleanError` when it can't be taken."""
    cleaned = clean(path, data, keep_ai_label=made_by_ai)
    if not cleaned.width:
        raise CleanError("不是图片")
    return cleaned.data


def clip(path: str, data: bytes, until: float) -> bytes:
    """A film piece that lasts at least `until` seconds; `CleanError` when it can't be taken."""
    _sort(path, data, CLIPS)
    if ready():
        from builder.media.stage_moving import Unusable, inspect_clip  # only where there are clips

        try:
            seconds = inspect_clip(data)[2]
        except Unusable as why:
            raise CleanError(str(why)) from None
        if until > seconds + 0.1:
            raise CleanError(f"只有 {seconds:.1f} 秒，end 写到了 {until:g} 秒")
    return data


def recording(path: str, data: bytes) -> bytes:
    """A spoken narration; `CleanError` when it can't be taken."""
    return _sound(path, data, music=False)


def music(path: str, data: bytes) -> bytes:
    """Music under the words, at least a second of it; `CleanError` when it can't be taken."""
    return _sound(path, data, music=True)


def _sound(path: str, data: bytes, *, music: bool) -> bytes:
    _sort(path, data, SOUNDS)
    if ready():
        from builder.media.film_sound import decode, tune  # only where there are sounds
        from builder.media.voice_samples import Unreadable  # only where there are sounds

        try:
            _ = tune(data) if music else decode(data)
        except Unreadable as why:
            raise CleanError(str(why)) from None
    return data


def _sort(path: str, data: bytes, known: tuple[str, ...]) -> None:
    suffix = path.rsplit(".", 1)[-1].lower() if "." in path else ""
    if suffix not in known:
        raise CleanError(f"不接受 .{suffix} 文件，这里只收 {'、'.join(known)}")
    if len(data) > MOST:
        raise CleanError(f"超过 {MOST // 1024 // 1024} MB")
