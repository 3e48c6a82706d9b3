"""`weike plan | push | status | rollback <channel> …` and what goes with them: each channel answers for itself."""

from __future__ import annotations

import sys
from importlib import import_module

from builder.console import utf8

CHANNELS = {  # name -> the module whose main(verb, argv) runs it, and its line in the help
    "wechat": ("publish.wechat.cli", "公众号：存草稿、发布、群发"),
    "site": ("publish.site.cli", "网站：本机目录、SSH、对象存储，切换和回退"),
    "airgap": ("publish.airgap.cli", "跨网摆渡：签了名的包"),
}
OWN = {"apply": "airgap", "verify": "airgap", "keygen": "airgap", "pull": "airgap"}


def main(argv: list[str]) -> int:
    """Run one verb; returns the exit code."""
    utf8()
    verb, *rest = argv
    name = OWN.get(verb) or (rest.pop(0) if rest and not rest[0].startswith("-") else "")
    if name not in CHANNELS:
        known = "\n".join(f"  {n:<8} {text}" for n, (_, text) in CHANNELS.items())
        said = f"没有叫 `{name}` 的渠道。" if name else "写明哪个渠道。"
        print(f"{said}用法：weike {verb} 渠道 …\n{known}", file=sys.stderr)
        return 2
    return int(import_module(CHANNELS[name][0]).main(verb, rest))
