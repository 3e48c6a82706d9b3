"""Definitions of the invented indicators: content/indicators/<slug>.yml. Every card says 示例口径."""

from __future__ import annotations

from catalogue import Row, parts_of
from motion import AXES

DATE = "2026-11-20"
RESTRICTED = {"考核类", "排位类", "资源配置类"}
OPEN_COUNTIES = {"shehui-xiaofeipin", "nonglinmuyu-chanzhi"}
GROWTHS = {"yoy", "mom", "ytd_yoy"}
INDEXES = {"index", "ytd_index"}
SYSTEMS = {
    "工业": "system:yitaobiao-2026",
    "贸易": "system:yitaobiao-2026",
    "能源": "system:yitaobiao-2026",
    "投资": "system:touzi",
    "服务业": "system:fuwuye",
}
TARGETS = {  # indicator: measure, targets of the years
    "gdp": ("ytd_yoy", {"2025": "5.5", "2026": "5.5"}),
    "gongye-zengjiazhi": ("ytd_yoy", {"2025": "7", "2026": "7"}),
    "guding-touzi": ("ytd_yoy", {"2025": "5", "2026": "5"}),
    "shehui-xiaofeipin": ("ytd_yoy", {"2025": "5.5", "2026": "5.5"}),
    "jinchukou": ("ytd_yoy", {"2025": "6", "2026": "6"}),
    "caizheng-shouru": ("ytd_yoy", {"2025": "4", "2026": "3.5"}),
    "cpi": ("ytd_yoy", {"2025": "2", "2026": "2"}),
    "jumin-shouru": ("ytd_yoy", {"2025": "5.5", "2026": "5.5"}),
    "chengzhen-xinzeng-jiuye": ("ytd", {"2025": "70", "2026": "70"}),
    "fuwuye-yingshou": ("ytd_yoy", {"2025": "8", "2026": "8"}),
    "liangshi-chanliang": ("value", {"2025": "4170", "2026": "4200"}),
    "rd-qiangdu": ("value", {"2025": "2.75", "2026": "2.9"}),
    "danwei-gdp-nenghao": ("value", {"2025": "3", "2026": "3"}),
    "jishu-hetong": ("ytd", {"2025": "5000", "2026": "5800"}),
    "kuaidi-yewuliang": ("ytd", {"2025": "60", "2026": "70"}),
}
_HOUR = {"jiage": (9, "9:30"), "pmi": (31, "9:30"), "caijin": (20, "15:00"), "xiaoyi": (27, "9:30")}


def audience_of(row: Row, level: str) -> str:
    """Which audience an indicator's numbers of a level belong to."""
    if row.intranet or (level == "县" and row.slug not in OPEN_COUNTIES):
        return "intranet"
    return "intranet" if level != "省" and row.disclosure in RESTRICTED else "public"


def room(row: Row) -> str:
    """Which release an indicator's numbers come in."""
    if row.shape.frequency == "month":
        if row.slug.startswith("pmi"):
            return "pmi"
        if row.table == "jiage":
            return "jiage"
        if row.division == "dcd":
            return "diaocha"
        if row.shape.lag:
            return "xiaoyi"
        return "caijin" if row.table in {"caizheng", "jinrong", "huanjing"} else "yuedu"
    if row.gdp:
        return "hesuan"
    if row.division == "hss":
        return "gdp"
    return "diaocha" if row.division == "dcd" else "jidu"


def definition(table: dict[str, Row], row: Row) -> str:
    """The text of the file of one definition."""
    combined = row.shape.combined or "combined" in row.more
    lines = [
        f"title: {row.title}",
        f"audience: {'intranet' if row.intranet else 'public'}",
        f"division: {row.division}",
        f"date: {DATE}",
        f"short: {row.short}",
        f"family: {'gdp' if row.gdp else 'monitor'}",
        f"theme: {row.theme}",
        f"frequency: {row.shape.frequency}",
        "measures:",
        *(f"  {name}: {{{_measure(row, name)}}}" for name in row.shape.measures),
        f"direction: {row.direction}",
        f"region_levels: [{', '.join(row.levels)}]",
        f"publisher: {row.publisher}",
        f"disclosure: {row.disclosure}",
        *_grants(row),
        "caliber:",
        *(f"  {key}: {text}" for key, text in _card(table, row).items()),
    ]
    if row.theme in SYSTEMS and row.publisher == "示范省统计局":
        lines.append(f"system: {SYSTEMS[row.theme]}")
    if row.shape.additive or row.kind in {"cum", "cumc", "cumn", "profit", "qcum"}:
        lines += ["additive: true"] if {"value", "ytd"} <= set(row.shape.measures) else []
    lines += ["comparable: true"] if row.comparable else []
    lines += ["combined: true"] if combined and row.shape.frequency == "month" else []
    if parts := _parts(table, row):
        lines.append(f"parts: [{', '.join(parts)}]")
    related = [slug for slug in row.related if row.intranet or not table[slug].intranet]
    if related:
        lines.append(f"related: [{', '.join(related)}]")
    lines.append("sample: true")
    if row.slug in TARGETS:
        measure, targets = TARGETS[row.slug]
        lines.append(f"target: {{{', '.join(f'{y}: {v}' for y, v in targets.items())}}}")
        lines.append(f"target_measure: {measure}")
    lines += [_schedule(row), "text: |", *(f"  {line}" for line in _text(row, combined))]
    return "\n".join(lines) + "\n"


def _measure(row: Row, name: str) -> str:
    if name in GROWTHS:
        return 'unit: "%", decimals: 1' + ("" if row.kind == "qrate" else ", lowest: -100")
    if name in INDEXES:
        return 'unit: "", decimals: 1, lowest: 0'
    unit = f'"{row.unit}"' if row.unit in {"%", "‰"} or "=" in row.unit else row.unit
    text = f"unit: {unit}, decimals: {row.decimals}"
    if row.slug != "ziran-zengzhanglv":
        text += ", lowest: 0"
    return text + (f", highest: {row.more['high']}" if "high" in row.more else "")


def _grants(row: Row) -> list[str]:
    kept = [v for v in row.levels if audience_of(row, v) == "intranet"]
    if row.intranet or not kept:
        return []
    return ["grants:", f"  - {{audience: intranet, levels: [{', '.join(kept)}]}}"]


def _parts(table: dict[str, Row], row: Row) -> list[str]:
    """Slugs that add up to it: only where levels are told."""
    if not {"value", "ytd"} & set(row.shape.measures) or row.kind == "level":
        return []
    return [p.slug for p in parts_of(table, row.slug)]


def _card(table: dict[str, Row], row: Row) -> dict[str, str]:
    told = {
        "month": "每月",
        "quarter": "每季",
        "year": "每年",
    }[row.shape.frequency]
    return {
        "meaning": f"示例口径：示范省{told}的{row.title}",
        "scope": f"示例口径：虚构的示范省，{'到市' if '县' not in row.levels else '到县'}"
        if len(row.levels) > 1
        else "示例口径：虚构的示范省全省",
        "method": "示例口径：由示例程序按设定的趋势、季节和波动生成，没有开展调查",
        "formula": f"示例口径：{_formula(table, row)}",
        "sample": "示例口径：没有样本",
    }


def _formula(table: dict[str, Row], row: Row) -> str:
    if "ratio" in row.more:
        above, _, rest = row.more["ratio"].partition("/")
        return f"{table[above].title}与{table[rest.split('*')[0]].title}相除"
    if "per" in row.more:
        return "由能耗增速和增加值增速推算"
    if "diff" in row.more:
        return "出生率减死亡率"
    if "real" in row.more:
        return "名义增速扣除居民消费价格涨幅"
    if "same" in row.more:
        return f"取{table[row.more['same']].title}季末的增速"
    if row.kind in {"price", "pricei"}:
        return "同比由连续12个月的环比连乘得到"
    if row.kind in {"rate", "cumrate", "qrate", "priceq"}:
        return "只给增速，不给总量"
    if {"yoy", "ytd_yoy"} & set(row.shape.measures):
        grown = (
            "由本期和上年同期的数相除" if row.comparable else "按可比口径给出，不等于两期总量相除"
        )
        summed = "累计等于各期相加，" if "ytd" in row.shape.measures else "期末数不能相加，"
        return f"{summed if row.shape.frequency != 'year' else ''}增速{grown}"
    return (
        "按设定的水平给出，各期不能相加" if "ytd" not in row.shape.measures else "累计等于各期相加"
    )


def _schedule(row: Row) -> str:
    if row.shape.frequency == "year":
        lag, day, time = 4, 20, "10:00"
    elif row.shape.frequency == "quarter":
        lag, day, time = 1, {"gdp": 22, "hesuan": 23}.get(room(row), 20), "10:00"
    else:
        day, time = _HOUR.get(room(row), (16, "10:00"))
        lag = 0 if room(row) == "pmi" else 1
    return f"releases: {{lag: {lag}, day: {day}, time: {time}}}"


def _text(row: Row, combined: bool) -> list[str]:
    lines = ["示例数据，不是真的，不能引用。"]
    if combined and row.shape.frequency == "month":
        lines.append(
            "1月不单列，2月是1—2月合在一起的数，见[为什么2月只有累计数](faq:zhc/eryue-leiji)。"
        )
    if "yoy" in row.shape.measures or "ytd_yoy" in row.shape.measures:
        levels = {"value", "ytd"} & set(row.shape.measures)
        if levels and not row.comparable:
            lines.append(
                "增速不等于两期总量相除，见[拿总量相除为什么对不上](faq:hss/zengsu-duibushang)。"
            )
    if term := row.more.get("term"):
        lines.append(f"名词见[{_TERMS[term]}](term:{term})。")
    if row.publisher == "国家统计局示范调查总队":
        lines.append(
            "在示范省，这个数由国家统计局示范调查总队发布，见[CPI该找谁要](faq:dcd/cpi-shui-fabu)。"
        )
    if row.gdp:
        lines.append("只用来核对核算的基础资料；地区生产总值由国家统一核算，本站不计算。")
    return ["\n\n  ".join(lines)]


_TERMS = {
    "zengjiazhi": "增加值",
    "sishang": "四上单位",
    "qimo-renshu": "期末人数",
    "pingjun-renshu": "平均人数",
    "cpi": "居民消费价格指数",
    "diaocha-shiyelv": "调查失业率",
    "changzhu-renkou": "常住人口",
    "yanfa": "研究与试验发展",
}


def last_told(row: Row) -> int:
    """How many periods of the axis are told: profits come a month late."""
    return AXES[row.shape.frequency].count - row.shape.lag
