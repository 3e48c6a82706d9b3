"""The check report of an item: what was looked for, on what basis, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from builder.problems import LABELS, Problem, Severity, in_order

OWN = "编写约定（作者手册）"


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that is looked for: its name, the clause behind it, the codes that tell of it."""

    name: str
    basis: str
    codes: tuple[str, ...]


# The clauses stand in the texts of the laws; what only the project asks for says so.
LOOKS = (
    Look(
        "国家秘密、工作秘密的标志",
        "保守国家秘密法第三十五条；保守国家秘密法实施条例第四十二条（先审查、后公开，逐项审查）；统计法第十一条",
        ("SEC002",),
    ),
    Look(
        "各版本的内容没有串",
        "保守国家秘密法实施条例第四十二条；本系统按受众分版",
        ("FEN", "REF004", "FMT005", "INC"),
    ),
    Look(
        "能认出或推断单个调查对象的数",
        "统计法第二十八条；统计法实施条例第二十九条",
        ("CEL",),
    ),
    Look("个人信息", "统计法第十一条；个人信息保护法第二十五条、第二十八条", ("PII",)),
    Look("口令、密钥、内网地址", OWN, ("SEC001", "HST")),
    Look("严重表述错误和错别字", "国办秘函〔2019〕19号检查指标（单项否决）", ("WRD001", "WRD005")),
    Look("统计用语、机构名称和写法", OWN, ("WRD",)),
    Look("地图审图号", "地图管理条例第十五条、第十七条", ("AST004",)),
    Look(
        "人工智能生成内容的标识",
        "人工智能生成合成内容标识办法（作者注明的图，显式标识和文件里的隐式标识由构建加上）",
        (),
    ),
    Look("替代文字和文字稿", "无障碍环境建设法第三十二条", ("AST003", "MIS003")),
    Look("出处带原文，没有的记为待核", OWN, ("SRC",)),
    Look("有效期、表号和调查表的法定标志", "统计法第十七条", ("TIM002", "MIS001", "MIS002")),
    Look("文件、格式、链接和图表", OWN, ("",)),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """One line of the report."""

    look: Look
    found: tuple[Problem, ...]

    @property
    def said(self) -> str:
        """The result in words."""
        if not self.look.codes:
            return "按注明的处理"
        counts = [(sum(p.severity is s for p in self.found), LABELS[s]) for s in Severity]
        return "，".join(f"{n} 个{label}" for n, label in counts if n) or "没有发现问题"


def report(problems: Sequence[Problem]) -> list[Checked]:
    """Every look with what it found; each problem stands under the first look that knows its code."""
    under: dict[Look, list[Problem]] = {look: [] for look in LOOKS}
    for problem in in_order(problems):
        look = next(x for x in LOOKS if any(problem.code.startswith(c) for c in x.codes))
        under[look].append(problem)
    return [Checked(look, tuple(found)) for look, found in under.items()]
