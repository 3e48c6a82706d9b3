"""One file that verifies, applies and makes packages, for a machine with Python and `cryptography` alone.

It holds the very modules that run here, as text that can be read, and a few lines that import them.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from typing import Any

ENTRY = "publish.airgap.cli"
OURS = ("builder", "publish")
QUOTES = "'" * 3
TEMPLATE = """\
#!/usr/bin/env python3
\"\"\"跨网包的核对程序：核对、安装、打包，一个文件，不联网。用法：python weike-airgap.py --help

由 weike push airgap --program 生成，不要手改。下面逐个列出全部源码，可以对照审阅。
只需要 Python 3.11 以上和 cryptography 组件。源码摘要（SHA-256）：{digest}
\"\"\"
import sys

if sys.version_info < (3, 11):
    sys.exit("这个 Python 太旧，要 3.11 以上的。")

from importlib.abc import Loader, MetaPathFinder
from importlib.util import spec_from_loader

PACKAGES = {packages!r}
SOURCES = {{}}
{sources}

class Inside(MetaPathFinder, Loader):
    \"\"\"Imports what this file holds, and nothing of the same name from elsewhere.\"\"\"

    def find_spec(self, name, path=None, target=None):
        if name in SOURCES:
            return spec_from_loader(name, self, is_package=name in PACKAGES)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        exec(compile(SOURCES[name], "<" + name + ">", "exec"), module.__dict__)

    def get_source(self, name):
        return SOURCES[name]

    def is_package(self, name):
        return name in PACKAGES


sys.meta_path.insert(0, Inside())

if __name__ == "__main__":
    from publish.airgap.cli import alone

    sys.exit(alone(sys.argv[1:]))
"""


def written() -> bytes:
    """The program: same modules, same bytes."""
    found = dict(sorted(_closure().items()))
    packages = sorted(n for n in found if _spec(n).submodule_search_locations is not None)
    rows = [f"\nSOURCES[{name!r}] = r{QUOTES}{text}{QUOTES}\n" for name, text in found.items()]
    digest = hashlib.sha256("".join(rows).encode()).hexdigest()
    text = TEMPLATE.format(digest=digest, packages=packages, sources="".join(rows))
    return text.encode()


def _closure() -> dict[str, str]:
    """Every module of ours that the entry imports, however far down, with its source."""
    found: dict[str, str] = {}
    waiting = [ENTRY]
    while waiting:
        name = waiting.pop()
        if name in found or name.partition(".")[0] not in OURS:
            continue
        found[name] = _source(name)
        waiting += [name.rpartition(".")[0], *_imported(found[name])]
    return found


def _imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            if node.module.partition(".")[0] in OURS:
                names = (f"{node.module}.{alias.name}" for alias in node.names)
                yield from (n for n in names if _is_module(n))


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # its parent is no package: a name in a module
        return False


def _spec(name: str) -> ModuleSpec:
    spec = find_spec(name)
    assert spec is not None, name
    return spec


def _source(name: str) -> str:
    loader: Any = _spec(name).loader
    text = str(loader.get_source(name)).replace("\r\n", "\n")
    if QUOTES in text or text.endswith(("\\", "'")):
        raise AssertionError(f"{name} can't stand between quotes")
    return text
