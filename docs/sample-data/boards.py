"""Dashboards: tables/boards.csv, one block a line, as content/indicators/dashboards/*.yml."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator

from catalogue import TABLES
from places import county_codes

# board: title, audience, division, summary
BOARDS = {
    "gailan": ("经济运行概览", "public", "zhc", "主要指标一页看完：生产、需求、价格、就业、财政、金融。"),
    "zonghe": ("综合：生产总值、景气和单位", "public", "zhc", "地区生产总值和行业增加值、采购经理指数、在库单位和新登记主体。"),
    "gongye": ("工业", "public", "gyc", "规模以上工业增加值、主要行业和产品、效益、产销和产能。"),
    "nengyuan": ("能源", "public", "nyc", "用电、发电、规模以上工业能耗和新能源装机。"),
    "touzi": ("投资", "public", "tzc", "固定资产投资和它的构成，只看累计增速。"),
    "fangdichan": ("房地产", "public", "tzc", "房地产开发、销售、待售和住宅价格。"),
    "jianzhuye": ("建筑业", "public", "tzc", "建筑业总产值、合同额、施工和从业人员。"),
    "maoyi": ("贸易", "public", "myc", "社会消费品零售总额、限额以上单位商品零售和批零住餐。"),
    "waijing": ("外经", "public", "myc", "进出口、贸易方式、使用外资和对外合作。"),
    "fuwuye": ("服务业", "public", "fwc", "规模以上服务业营业收入、利润和旅游。"),
    "jiaotong": ("交通邮电", "public", "fwc", "货运、客运、港口、机场、快递和通信。"),
    "caizheng": ("财政", "public", "zhc", "一般公共预算收入和支出、主要税种。"),
    "jinrong": ("金融", "public", "zhc", "存款、贷款、社会融资和保险。"),
    "jiage": ("价格", "public", "dcd", "居民消费价格、食品价格、工业出厂和购进价格。"),
    "renkou": ("人口就业", "public", "rkc", "常住人口、城镇化、新增就业、调查失业率和工资。"),
    "shouru": ("居民收入", "public", "dcd", "居民人均可支配收入、消费支出和城乡差别。"),
    "nongye": ("农业", "public", "ncc", "农林牧渔业产值、粮食、畜牧和果蔬。"),
    "keji": ("科技", "public", "skc", "研发经费、人员、专利、技术合同和文化产业。"),
    "huanjing": ("环境", "public", "nyc", "空气、水、森林和处理率。"),
    "fenshi": ("分市主要指标", "public", "zhc", "十六个市的主要指标放在一起看。"),
    "quanguo": ("全国主要指标", "public", "zhc", "国家统计局、财政部公布的几期全国数，是真的数。"),
    "hesuan": ("GDP核算基础", "intranet", "hss", "统一核算要用的基础资料，各部门季度提供。"),
    "mubiao": ("主要指标目标进度", "intranet", "zhc", "有年度目标的指标走到哪里了，目标是示例。"),
    "fenxian": ("分县主要指标", "intranet", "zhc", "各县的月度数据，只在统计业务网看。"),
}  # fmt: skip


def boards() -> dict[str, str]:
    """The text of every dashboard by its name."""
    with (TABLES / "boards.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    return {name: _board(name, [r for r in lines if r["board"] == name]) for name in BOARDS}


def _board(name: str, lines: list[dict[str, str]]) -> str:
    title, audience, division, summary = BOARDS[name]
    head = [
        f"title: {title}",
        f"audience: {audience}",
        f"division: {division}",
        "date: 2026-11-20",
        f"summary: {summary}",
    ]
    head += [] if name == "quanguo" else ["sample: true"]
    return "\n".join([*head, "blocks:", *(row for line in lines for row in _block(line))]) + "\n"


def _block(line: dict[str, str]) -> Iterator[str]:
    what = line["what"]
    if what == "text":
        yield f"  - text: {line['title']}"
    elif what == "numbers":
        yield f"  - title: {line['title']}"
        yield "    numbers:"
        for query in _tiles(line):
            yield f"      - {query}"
    else:
        yield f"  - {what}:"
        if what == "chart":
            yield f"      type: {line['type']}"
        yield f"      title: {line['title']}"
        yield f"      from: {_query(line)}"
        yield from _more(line["more"])


def _tiles(line: dict[str, str]) -> Iterator[str]:
    for named in line["indicator"].split():
        slug, _, measure = named.partition(".")
        yield f"{{indicator: {slug}, measure: {measure or line['measure']}, periods: latest}}"


def _query(line: dict[str, str]) -> str:
    named = [word.partition(".") for word in line["indicator"].split()]
    measures = line["measure"].split() or list(dict.fromkeys(m for _, _, m in named))
    said = [f"indicator: {_some([slug for slug, _, _ in named])}", f"measure: {_some(measures)}"]
    level, _, within = line["region"].partition("@")
    if within:
        said.append(f"region: {json.dumps(county_codes(within))}")
    elif level:
        said.append(f"region: {level}")
    said.append(f"periods: {line['periods']}")
    if line["by"]:
        said.append(f"by: {line['by']}")
    return "{" + ", ".join(said) + "}"


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _more(text: str) -> Iterator[str]:
    for word in text.split():
        key, _, value = word.partition("=")
        if key == "right":
            yield f"      right: [{value}]"
        elif key == "mark":
            name, _, level = value.partition(":")
            yield f"      marks: {{{name}: {level}}}"
        else:
            yield f"      {key}: {value}"
