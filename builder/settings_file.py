"""Files of settings: found, UTF-8, strict YAML, and without a key or a token in them."""

from __future__ import annotations

from pathlib import Path

from builder.problems import BuildFailed, Problem, Where
from builder.secret_shapes import secrets
from builder.yaml_source import Node, parse


def no_secrets(text: str, name: str) -> None:
    """Raise `BuildFailed` when a key or a token stands in a settings file."""
    action = "删去，并马上在它的系统里作废、重置。口令和密钥不放在这里，见发布手册。"
    found = [
        Problem("SEC001", Where(name, text.count("\n", 0, start) + 1), f"这里像是{what}。", action)
        for start, _, what in secrets(text)
    ]
    if found:
        raise BuildFailed(found)


def read_file(root: Path, name: str, code: str) -> bytes:
    """The bytes of a settings file; `BuildFailed` with this code when there is none."""
    try:
        return (root / name).read_bytes()
    except FileNotFoundError:
        raise BuildFailed(
            [
                Problem(
                    code,
                    Where(name),
                    f"找不到 {name}。",
                    "在根目录里放好这个文件，或用 --root 指对目录。",
                )
            ]
        ) from None
    except OSError as error:
        raise BuildFailed(
            [Problem(code, Where(name), f"读不出来：{error.strerror}。", "检查文件权限。")]
        ) from None


def parsed(data: bytes, name: str, code: str) -> Node:
    """Its YAML; `BuildFailed` when it is none."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BuildFailed(
            [Problem(code, Where(name, line), "这里的字节不是 UTF-8 文字。", "另存为 UTF-8 编码。")]
        ) from None
    node, problems = parse(text, name)
    if node is None:
        raise BuildFailed(problems)
    return node
