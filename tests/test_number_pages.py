"""Pages of numbers in whole builds: what they show of months told together, of gaps, of what changed."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

from builder.model import BEIJING
from tests.embargo_world import FOLDER, built
from tests.numbered import CONFIG, ORGS, REGIONS, block, indicator, snapshot
from tests.sitefiles import fact, write

NOW = datetime(2026, 6, 1, tzinfo=BEIJING)
APRIL, MAY = "2026-04-20T10:00:00+08:00", "2026-05-20T10:00:00+08:00"
LONG_AGO = "2026-01-01"
REVISED = "internet/site/indicators/revisions/index.html"


def site(root: Path, files: dict[str, str]) -> Path:
    """A root with one indicator and these files."""
    write(
        root,
        {
            "site_config.yml": CONFIG,
            "content/orgs.yml": ORGS,
            "content/indicators/regions.yml": REGIONS.replace("2026-11-01", LONG_AGO),
            "content/indicators/gongye.yml": indicator(date=LONG_AGO),
            **files,
        },
    )
    return root


def text(files: dict[str, bytes], path: str) -> str:
    """What a reader reads of a page, without blanks."""
    bare = re.sub(r"(?s)<(script|style|svg).*?</\1>", "", files[path].decode())
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", bare))


def test_definitions_build_before_the_first_number_is_out(tmp_path: Path) -> None:
    bare, _ = built(site(tmp_path / "bare", {}), NOW, held=False)
    assert "internet/site/indicators/gongye/index.html" in bare
    assert "internet/site/indicators/data/index.html" not in bare
    inside = snapshot("one", APRIL, block([[5.0]], ["2026-03"]), audience="intranet")
    partly, _ = built(site(tmp_path / "partly", {f"{FOLDER}/one.json": inside}), NOW, held=False)
    assert "internet/site/indicators/data/index.html" not in partly
    assert "intranet/site/indicators/data/index.html" in partly


def test_a_correction_made_anew_before_it_went_out_leaves_no_old_word(tmp_path: Path) -> None:
    def corrected(value: float, reason: str) -> str:
        made = block([[value]], ["2026-03"], action="correct", reason=reason)
        return snapshot("two", "2026-04-25T10:00:00+08:00", made)

    last = block([[7.7]], ["2026-03"], action="correct", reason="第三次核实")
    root = site(
        tmp_path / "root",
        {
            f"{FOLDER}/one.json": snapshot("one", APRIL, block([[5.0]], ["2026-03"])),
            f"{FOLDER}/two.json": corrected(8.1, "海棠理由"),
            f"{FOLDER}/three.json": snapshot("three", MAY, last),
        },
    )
    first, _ = built(root, NOW, held=False)
    assert "+8.1%" in text(first, REVISED)
    write(root, {f"{FOLDER}/two.json": corrected(9.3, "紫藤理由")})
    again, _ = built(root, NOW, held=False)
    assert "+9.3%" in text(again, REVISED)
    old = [path for path, data in again.items() if "海棠".encode() in data]
    assert old == []


WINTER = ("2026-01", "2026-02", "2026-03")
FOUR = ("990000", "990100", "990200", "990300", "990400")
BOTH = "2026年1—2月"
ARTICLE = """\
{{ind:gongye.yoy@2026-02 form=words}}。

```data
from: {indicator: gongye, measure: yoy, region: 市, periods: 2026-02..2026-03, by: region}
```

```data
from: {indicator: gongye, measure: yoy, region: [990000, 990100], periods: 2026-02, by: region}
```

```data
from: {indicator: [gongye, jiage], measure: yoy, periods: 2026-02..2026-03, by: period}
```
"""


def winter() -> dict[str, str]:
    """An indicator whose February stands for January as well, and one whose February stands alone."""
    rows = [[None, 6.6, 4.4], [None, 6.1, None], *([None, 6.2 + n / 10, 4.2] for n in range(3))]
    marks = {f"{row},1": "combined" for row in range(5)}
    level = block([[180.0, 95.0]], WINTER[1:], measure="value", marks={"0,0": "combined"})
    alone = block([[3.0, 3.1, 3.2]], WINTER, indicator="jiage")
    regions = REGIONS.replace("2026-11-01", LONG_AGO)
    more = "".join(
        f', {{"code": "990{n}00", "name": "{name}州市", "level": "市", "parent": "990000"}}'
        for n, name in ((3, "丙"), (4, "丁"))
    )
    return {
        "content/indicators/regions.yml": f"{regions.rstrip()[:-1]}{more}]",
        "content/indicators/gongye.yml": indicator(date=LONG_AGO, combined=True),
        "content/indicators/jiage.yml": indicator(
            date=LONG_AGO, title="居民消费价格", short="价格"
        ),
        "content/articles/2026/yuebao.md": fact(
            ARTICLE, title="月报", date=LONG_AGO, type="analysis"
        ),
        f"{FOLDER}/one.json": snapshot(
            "one", APRIL, block(rows, WINTER, FOUR, marks=marks), level, alone
        ),
    }


def test_two_months_told_together_are_called_so_and_one_month_is_not(tmp_path: Path) -> None:
    files, _ = built(site(tmp_path / "root", winter()), NOW, held=False)
    said = text(files, "internet/site/articles/2026/yuebao/index.html")
    assert f"{BOTH}工业增加值同比增长6.6%。" in said
    assert f"地区{BOTH}2026年3月甲州6.1—" in said
    assert f"{BOTH}工业增加值同比（单位：%）" in said
    assert "时期工业价格2026年2月6.6（1—2月）3.12026年3月4.43.2" in said
    assert f"{BOTH}示范省同比6.6%" in said
    page = text(files, "internet/site/indicators/gongye/index.html")
    assert "比1—2月回落2.2个百分点" in page
    cube = json.loads(files["internet/site/data/api/v2/tables/gongye/data.json"])
    assert cube["dimension"]["period"]["category"]["label"]["2026-02"] == BOTH
    alone = json.loads(files["internet/site/data/api/v2/tables/jiage/data.json"])
    assert alone["dimension"]["period"]["category"]["label"]["2026-02"] == "2026年2月"


def test_the_log_calls_two_months_two_months(tmp_path: Path) -> None:
    both = {"0,0": "combined"}
    again = [
        block([[7.7]], ["2026-02"], action="correct", reason="基数核实", marks=both),
        block([[93.0]], ["2026-02"], measure="value", action="correct", reason="只是2月的数"),
        block([[3.5]], ["2026-02"], indicator="jiage", action="correct", reason="基数核实"),
    ]
    files = {**winter(), f"{FOLDER}/two.json": snapshot("two", MAY, *again)}
    page = text(built(site(tmp_path / "root", files), NOW, held=False)[0], REVISED)
    assert f"示范省，{BOTH}同比+6.6%+7.7%" in page
    assert "示范省，2026年2月当期180.00亿元（1—2月）93.00亿元只是2月的数" in page
    assert "示范省，2026年2月同比+3.1%+3.5%" in page


def test_pictures_begin_and_end_when_their_numbers_do(tmp_path: Path) -> None:
    files, _ = built(site(tmp_path / "root", winter()), NOW, held=False)
    page = files["internet/site/indicators/gongye/index.html"].decode()
    assert f"工业增加值同比，{BOTH}至2026年3月，最低" in page


def test_a_comparison_shows_what_any_region_has(tmp_path: Path) -> None:
    files, _ = built(site(tmp_path / "root", winter()), NOW, held=False)
    page = text(files, "internet/site/indicators/compare/gongye/index.html")
    heads = set(re.findall(r"2026\.\d\d", page))
    assert heads == {"2026.02", "2026.03"}, "the first city has no March, the others have"


def test_what_turned_out_to_be_none_was_not_withdrawn(tmp_path: Path) -> None:
    none = block(
        [[None]], ["2026-03"], action="correct", marks={"0,0": "none"}, reason="没有这个数"
    )
    gone = block([], ["2026-02"], action="withdraw", reason="口径改了")
    del gone["values"]
    root = site(
        tmp_path / "root",
        {
            f"{FOLDER}/one.json": snapshot("one", APRIL, block([[5.0, 6.0]], WINTER[1:])),
            f"{FOLDER}/two.json": snapshot("two", MAY, none, gone),
        },
    )
    page = text(built(root, NOW, held=False)[0], REVISED)
    assert "+6.0%——没有这个数" in page
    assert "+5.0%撤回口径改了" in page


def test_regions_of_one_name_are_two_lines_of_a_chart(tmp_path: Path) -> None:
    rows = [[2.1, 2.2], [3.1, 3.2]]
    counties = (("990101", "990100"), ("990201", "990200"))
    more = "".join(
        f', {{"code": "{code}", "name": "鼓楼区", "level": "县", "parent": "{parent}"}}'
        for code, parent in counties
    )
    regions = REGIONS.replace("2026-11-01", LONG_AGO)
    asked = "{indicator: gongye, measure: yoy, region: [990101, 990201], periods: 2026-02..2026-03}"
    chart = f"```chart\ntype: line\ntitle: 两区\nfrom: {asked}\n```\n"
    told = block(rows, WINTER[1:], [code for code, _ in counties])
    root = site(
        tmp_path / "root",
        {
            "content/indicators/regions.yml": f"{regions.rstrip()[:-1]}{more}]",
            "content/indicators/gongye.yml": indicator(
                date=LONG_AGO, region_levels=["省", "市", "县"]
            ),
            "content/articles/2026/yuebao.md": fact(
                chart, title="月报", date=LONG_AGO, type="analysis"
            ),
            f"{FOLDER}/one.json": snapshot("one", APRIL, told),
        },
    )
    files, _ = built(root, NOW, held=False)
    said = text(files, "internet/site/articles/2026/yuebao/index.html")
    assert "甲州鼓楼区（%）乙州鼓楼区（%）2026年2月2.13.12026年3月2.23.2" in said


def test_who_everybody_is_says_the_configuration(tmp_path: Path) -> None:
    told = snapshot("one", APRIL, block([[5.0]], ["2026-03"]), audience="gongkai")
    root = site(tmp_path / "root", {f"{FOLDER}/one.json": told})
    for path in ("site_config.yml", "content/indicators/regions.yml", "content/indicators/gongye.yml"):  # fmt: skip
        words = (root / path).read_text("utf-8")
        words = words.replace("  public: {", "  gongkai: {").replace("[public", "[gongkai")
        (root / path).write_text(words.replace('"public"', '"gongkai"'), "utf-8")
    files, _ = built(root, NOW, held=False)
    for edition in ("internet", "intranet"):
        table = json.loads(files[f"{edition}/site/data/api/v2/tables/gongye/index.json"])
        assert table["category"] == "public"
