"""Live posts as content: what was let out goes into the authored `.live.yml`, pictures beside it.

The file is changed as text, at two places; all else in it stays as its authors wrote it. What is there
already under its id is left alone, so pulling twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from service.desk import Desk
from service.live import fragments
from service.live.steps import OUT
from service.live.words import escaped
from service.store import live

PLAIN = re.compile(r"live:((?P<course>[a-z0-9-]+)/)?(?P<slug>[a-z0-9-]+)")


class Post(BaseModel):
    """One post that is out."""

    page: str
    id: str
    time: str
    title: str
    text: str
    key: bool
    picture: str
    alt: str


class Posts(BaseModel):
    """All of them, oldest first."""

    ok: bool = True
    posts: list[Post]


class Unfit(Exception):
    """A file that can't take the posts; the text says why, in Chinese."""


Pictures = Callable[[str], bytes]


def gathered(desk: Desk) -> Posts:
    """What is out on the live pages."""
    with desk.store.read() as connection:
        rows = live.in_states(connection, (OUT,), 5000)
    made = [
        Post(
            id=fragments.name(row),
            time=fragments.moment(row.at),
            key=bool(row.key),
            **{n: getattr(row, n) for n in ("page", "title", "text", "picture", "alt")},
        )
        for row in rows
    ]
    return Posts(posts=sorted(made, key=lambda p: (p.page, p.time, p.id)))


def files(posts: Iterable[Post], pictures: Pictures, root: Path) -> dict[str, bytes]:
    """What is to be written under `root`: path → bytes. Only what changes. `Unfit` names a file that can't take it."""
    made: dict[str, bytes] = {}
    pages: dict[str, list[Post]] = {}
    for post in posts:
        pages.setdefault(post.page, []).append(post)
    for page, mine in pages.items():
        file = place(page, root)
        text = file.read_text("utf-8")
        fresh, taken = joined(text, mine, file.name)
        if taken:
            made[file.relative_to(root).as_posix()] = fresh.encode()
        for post in taken:
            if post.picture:
                target = file.parent / _picture(post)
                made[target.relative_to(root).as_posix()] = pictures(post.picture)
    return made


def place(page: str, root: Path) -> Path:
    """The authored file of a live page."""
    found = PLAIN.fullmatch(page)
    if found and found["course"]:
        lessons = root / "courses" / found["course"] / "lessons"
        files = sorted(lessons.glob(f"[0-9][0-9]-{found['slug']}.live.yml"))
    elif found:
        files = [root / "content" / "events" / f"{found['slug']}.live.yml"]
    else:
        files = []
    if not files or not files[0].is_file():
        raise Unfit(f"内容里没有 {page} 的 .live.yml：先把它取到这里。")
    return files[0]


def joined(text: str, posts: Iterable[Post], name: str) -> tuple[str, list[Post]]:
    """The file with the posts that it has not, and which ones these are."""
    told = _read(text, name)
    held = {str(post.get("id", "")) for post in told.get("posts") or ()}
    fresh = [post for post in posts if post.id not in held]
    if not fresh:
        return text, []
    lines = [_post(post) for post in fresh]
    shown = {_picture(p): {"alt": p.alt} for p in fresh if p.picture}
    made = _into(text, "posts", _list(lines, _indent(text)), told.get("posts"))
    if shown:
        made = _into(made, "assets", _block(shown), told.get("assets"))
    _judge(told, _read(made, name), lines, shown, name)
    return made, fresh


def _post(post: Post) -> dict[str, Any]:
    row: dict[str, Any] = {"id": post.id, "time": post.time}
    row |= {"title": post.title} if post.title else {}
    row |= {"text": escaped(post.text)} if post.text else {}
    row |= {"key": True} if post.key else {}
    return row | ({"image": _picture(post)} if post.picture else {})


def _picture(post: Post) -> str:
    return f"live-{post.id}-{post.picture[:8]}.jpg"


def _into(text: str, key: str, block: str, held: object) -> str:
    """Put lines at the end of a block, or a block at the end of the file."""
    rows = text.rstrip("\n").split("\n")
    start = next((n for n, row in enumerate(rows) if re.match(rf"{key}:(\s|$)", row)), None)
    if start is None or not held:
        if start is not None:  # `posts: []` and the like
            rows[start] = f"{key}:"
            return "\n".join([*rows[: start + 1], block, *rows[start + 1 :]]) + "\n"
        return "\n".join([*rows, f"{key}:", block]) + "\n"
    end = next((n for n in range(start + 1, len(rows)) if re.match(r"[^\s#-]", rows[n])), len(rows))
    while not rows[end - 1].strip() or rows[end - 1].startswith("#"):
        end -= 1
    return "\n".join([*rows[:end], block, *rows[end:]]) + "\n"


def _indent(text: str) -> str:
    """How far the posts of the file stand in."""
    found = re.search(r"^posts:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- ", text, re.MULTILINE)
    return found[1] if found else "  "


def _list(rows: list[dict[str, Any]], indent: str) -> str:
    return "\n".join(f"{indent}{line}" for line in _dump(rows).splitlines())


def _block(told: Mapping[str, Any]) -> str:
    return "\n".join(f"  {line}" for line in _dump(told).splitlines())


class _Dumper(yaml.SafeDumper):
    """Texts of several paragraphs as blocks, as authors write them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _dump(told: object) -> str:
    return yaml.dump(told, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)


def _read(text: str, name: str) -> dict[str, Any]:
    try:
        told = yaml.load(text, yaml.BaseLoader)  # noqa: S506  # BaseLoader makes nothing but text
    except yaml.YAMLError as error:
        raise Unfit(f"{name} 不是能读的 YAML，先改好它。") from error
    if not isinstance(told, dict):
        raise Unfit(f"{name} 不是能读的 YAML，先改好它。")
    return told


def _judge(
    before: dict[str, Any],
    after: dict[str, Any],
    posts: list[dict[str, Any]],
    assets: Mapping[str, Any],
    name: str,
) -> None:
    """The file says what it said, and the new posts, and nothing else."""
    plain = yaml.load(_dump({"posts": posts, "assets": dict(assets)}), yaml.BaseLoader)  # noqa: S506
    wanted = dict(before)
    wanted["posts"] = [*(before.get("posts") or []), *plain["posts"]]
    if assets:
        wanted["assets"] = {**(before.get("assets") or {}), **plain["assets"]}
    if after != wanted:
        raise Unfit(f"{name} 的写法特别，放不进新条目：把 posts 写成一条一个“- ”的样子再试。")
