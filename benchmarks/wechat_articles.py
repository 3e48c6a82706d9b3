"""What an article takes: 100 of them laid, measured, judged by WeChat's rules and written as files.

Each has what peers trip over: nested lists, tables with figures, formulas, alerts, code, notes. First with
nothing kept, then again with the drawn covers kept as every build but the first has them; the second is
the bar. Also printed: characters of the sample on which peers were measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.measure import say, verdict

COUNT = 100
MOST_MS = 25.0
MOST_CHARACTERS = 8_000.0


def tree(root: Path) -> None:
    """A site of 100 questions with long answers, and a push for each."""
    from tests.sitefiles import CONFIG, faq, head, write
    from tests.wechat_sample import SAMPLE

    config = f"{CONFIG}wechat:\n  accounts:\n    shifan: {{name: 示范统计}}\n"
    files = {"site_config.yml": config}
    for n in range(COUNT):
        text = SAMPLE.replace("甲市", f"第{n}市")
        table = "".join(f"| {k}月 | {100 + k}.{n % 10} | {k}.{n % 7} |\n" for k in range(1, 13))
        text += f"\n## 各月\n\n| 月份 | 指数 | 增速（%） |\n|---|---:|---:|\n{table}"
        text += "\n统计数字要写明时期、口径和单位，引用时附上出处。" * 20
        files[f"faq/mlk/wen-{n}.md"] = faq(text, title=f"第{n}问：这个数怎么看？")
        files[f"content/pushes/tui-{n}.yml"] = head(
            title=f"推送{n}", account="shifan", articles=[f"faq:mlk/wen-{n}"]
        )
    write(root, files)


def times(root: Path, cache: Path) -> list[float]:
    """Milliseconds of each article, from the selected page to the files of the bundle."""
    from builder.body import VERSION, Body
    from builder.config import load_config
    from builder.memo import Memo
    from builder.render.wechat import Wechat, bundled, judged
    from tests.sitefiles import site_of

    site = site_of(root)
    made = Wechat(site, Body(site, Memo(cache, VERSION), None), load_config(root))
    taken = []
    for push in site.pushes.values():
        started = time.perf_counter()
        article = made.of(push, 1)
        said = list(judged(article, push.id))
        assert not said, said
        place = bundled.folder(push, 1, article)
        assert sum(len(file.body) for file in bundled.files(push, place, article, ()))
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def main() -> int:
    """Print both figures; exit 1 when a bar is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    from tests.wechat_sample import SAMPLE, article

    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "root", Path(folder) / "cache" / "prose"
        tree(root)
        first = times(root, cache)
        say(
            f"{len(first)} articles, nothing kept: median {median(first):.1f} ms, with covers drawn"
        )
        again = [median(times(root, cache)) for _ in range(rounds)]
    print(f"{len(first)} articles, covers kept, median each = {min(again):.1f} ms", end="")
    quick = verdict(min(again), MOST_MS)
    made = article(SAMPLE).budget
    print(f"characters of the sample of {len(SAMPLE.encode())} bytes = {made.characters}", end="")
    return 0 if verdict(float(made.characters), MOST_CHARACTERS) and quick else 1


if __name__ == "__main__":
    sys.exit(main())
