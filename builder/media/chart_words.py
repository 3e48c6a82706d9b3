"""What a chart says in words: a sentence for those who don't see it, and its numbers as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from builder.media.chart_raw import raw_table
from builder.media.chart_rounds import share
from builder.media.chart_spec import ChartSpec, Figure

KINDS = {
    "line": "折线图",
    "bar": "柱形图",
    "stacked": "堆叠柱形图",
    "combined": "柱形和折线组合图",
    "pie": "环形图",
    "rose": "玫瑰图",
    "radar": "雷达图",
    "heatmap": "热力图",
    "regions": "分地区条形图",
    "sparkline": "走势线",
    "multiples": "一组小折线图",
    "option": "统计图",
}
NAMED = 6  # series told one by one
LEVEL = 3  # places told by name that share an extreme


def describe(spec: ChartSpec) -> str:
    """Highest, lowest and last of each series, in a sentence; the author's own summary goes first."""
    kind = KINDS[spec.type]
    if spec.summary:
        return f"{kind}。{spec.summary}"
    if spec.type in {"pie", "rose"}:
        return f"{kind}。{_parts(spec)}"
    told = [_series(spec, name, column) for name, column in list(spec.series.items())[:NAMED]]
    if len(spec.series) > NAMED:
        told.append(f"另有 {len(spec.series) - NAMED} 列，见数据表。")
    return f"{kind}。{''.join(told)}"


def _series(spec: ChartSpec, name: str, column: Sequence[Figure | None]) -> str:
    found = [(where, figure) for where, figure in zip(spec.x, column, strict=True) if figure]
    unit = spec.unit_of(name)
    (high, highest), (low, lowest) = _extremes(found)
    if high.value == low.value:
        return f"{name}：都是 {high.text}{unit}。"
    parts = [f"最高 {high.text}{unit}（{highest}）", f"最低 {low.text}{unit}（{lowest}）"]
    if spec.type in {"line", "bar", "stacked", "combined", "sparkline", "multiples"}:
        parts.append(f"最后一项 {found[-1][1].text}{unit}（{found[-1][0]}）")
    return f"{name}：{'，'.join(parts)}。"


def _parts(spec: ChartSpec) -> str:
    (column,) = spec.series.values()
    found = [(w, f) for w, f in zip(spec.x, column, strict=True) if f]
    whole = math.fsum(f.value for _, f in found)
    (high, highest), (low, lowest) = _extremes(found)
    if high.value == low.value and len(found) > 1:
        return f"共 {len(found)} 项，都是 {high.text}{spec.unit}。"
    return (
        f"共 {len(found)} 项，最大是{highest}（{high.text}{spec.unit}，占 {share(high.value, whole)}），"
        f"最小是{lowest}（{low.text}{spec.unit}，占 {share(low.value, whole)}）。"
    )


def _extremes(found: Sequence[tuple[str, Figure]]) -> list[tuple[Figure, str]]:
    """The highest and the lowest number, each with the names of all that have it."""
    values = [figure.value for _, figure in found]
    told = []
    for value in (max(values), min(values)):
        names = [where for where, figure in found if figure.value == value]
        told.append((found[values.index(value)][1], level(names, "项")))
    return told


def level(names: Sequence[str], of: str) -> str:
    """Who shares a place: `甲`, `甲、乙并列`, `甲、乙、丙等5项并列` with `of` what is counted."""
    if len(names) == 1:
        return names[0]
    more = f"等{len(names)}{of}" if len(names) > LEVEL else ""
    return f"{'、'.join(names[:LEVEL])}{more}并列"


def said_below(spec: ChartSpec) -> list[str]:
    """The author's note, what to beware of, and where the numbers come from."""
    source = "" if spec.source == "示例数据" else f"数据来源：{spec.source}。"
    return [n for n in (spec.note, "" if spec.zero else "纵轴不从 0 起。", source) if n]


def every_word(spec: ChartSpec) -> str:
    """All that may be drawn or printed of a chart."""
    return "".join((spec.title, spec.source, spec.unit, spec.right_unit, spec.note, *spec.x, *spec.series, *spec.marks))  # fmt: skip


def table(spec: ChartSpec) -> str:
    """The numbers as an HTML table, as the author wrote them."""
    if spec.type == "option":
        head, rows = raw_table(spec.option)
        return _table(spec, head, [(r[0], r[1:]) for r in rows])
    extra = spec.type in {"pie", "rose"}
    whole = math.fsum(spec.values) if extra else 1.0
    head = [
        "项目",
        *(_headed(name, spec.unit_of(name)) for name in spec.series),
        *(["占比"] if extra else []),
    ]
    rows_: list[tuple[str, list[str]]] = []
    for number, name in enumerate(spec.x):
        cells = [c[number] for c in spec.series.values()]
        shown = [f.text if f else "—" for f in cells]
        rows_.append((name, shown + [share(f.value, whole) for f in cells if f and extra]))
    return _table(spec, head, rows_)


def _headed(name: str, unit: str) -> str:
    return f"{name}（{unit}）" if unit else name


def _table(spec: ChartSpec, head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    top = "".join(
        f'<th scope="col"{" class=n" if n else ""}>{escape(h)}</th>' for n, h in enumerate(head)
    ).replace("class=n", 'class="n"')
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)
        + "</tr>"
        for name, cells in rows
    )
    return (
        f'<div class="table-box" tabindex="0" role="region" aria-label="{escape(spec.title)}：数据表">'
        f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
