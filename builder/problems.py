"""Problems an author can mend: where, what, why, and what to do.

A `Problem` is data. It is collected, never raised, so that one run shows all of them. The catalogue
below gives every permanent code its severity and its one-line meaning; messages with the particulars
are written where the problem is found.
"""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem weighs: an error stops the build, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


LABELS = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.NOTICE: "提示"}

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTICE

# Codes are permanent: never reuse or renumber one. The first letters name the room that finds it.
CATALOGUE: dict[str, tuple[Severity, str]] = {
    "CFG001": (E, "站点配置有误"),
    "CFG002": (E, "机构清单有误"),
    "YML001": (E, "YAML 写法有误"),
    "YML002": (E, "同一处出现重复的键"),
    "YML003": (E, "不允许使用锚点、别名或类型标签"),
    "YML004": (E, "嵌套太深"),
    "YML005": (E, "用了制表符缩进"),
    "JSN001": (E, "JSON 写法有误"),
    "FIL001": (E, "文件太大"),
    "FIL002": (E, "文件不是 UTF-8 文本"),
    "FIL003": (E, "文件读不出来"),
    "FIL004": (N, "这个文件没有被采用"),
    "FIL005": (E, "不接受符号链接"),
    "FIL006": (E, "文件名不合规"),
    "FMT001": (E, "缺少文件头"),
    "FMT002": (E, "键名不认识"),
    "FMT003": (E, "缺少必填的键"),
    "FMT004": (E, "值不合要求"),
    "FMT005": (E, "受众没有在站点配置里登记"),
    "FMT006": (E, "处室没有在机构清单里登记"),
    "REF001": (E, "编号重复"),
    "REF002": (E, "网址重复"),
    "REF003": (E, "链接的对象不存在"),
    "REF004": (E, "公开内容引用了其他受众的内容"),
    "REF005": (E, "引用的对象不对"),
    "REF006": (W, "引用的制度已被新制度代替"),
    "REF007": (E, "链接写法不被接受"),
    "REF008": (W, "链接的对象本版没有"),
    "AST001": (E, "图片或附件找不到"),
    "AST002": (E, "图片或附件不能采用"),
    "AST003": (W, "图片没有替代文字"),
    "AST004": (E, "地图没有审图号"),
    "FEN001": (E, "受众围栏没有写对"),
    "FEN002": (E, "注释没有收尾"),
    "INC001": (E, "引入的内容有误"),
    "MRK001": (E, "正文嵌套过深或过于复杂"),
    "MRK002": (E, "公式写法有误"),
    "MRK003": (W, "正文里写了网页代码"),
    "CHT001": (E, "图表写法有误"),
    "CHT002": (E, "图表画不出来"),
    "SRC001": (W, "没有带原文的出处，记为待核，不进公开版"),
    "LES001": (E, "课时的次序有误"),
    "QUZ001": (E, "测验题没有写对"),
    "INF001": (W, "图解里有长图画不出的字"),
    "LIV001": (E, "直播的时间有误"),
    "SYS001": (E, "报送期限有误"),
    "STD001": (E, "分类代码表有误"),
    "IND001": (E, "指标、看板或数据模板没有写对"),
    "IND002": (E, "快照的文件头没有写对"),
    "SNP001": (E, "快照没到发布时间，又没有封存"),
    "SNP002": (E, "快照文件写法有误"),
    "SNP003": (E, "快照的校验和不符"),
    "SNP004": (E, "一个快照里同一个数写了两遍"),
    "SNP005": (E, "快照和以前发布的数对不上"),
    "SNP006": (E, "快照没有两个人把关"),
    "SNP007": (E, "发布过的快照被改动或删去了"),
    "SNP008": (W, "到了发布时间的快照还封着"),
    "SNP009": (E, "封存的快照打不开"),
    "SNP010": (E, "快照里的指标、口径或地区没有定义"),
    "SNP011": (E, "没有发布的数露在外面"),
    "SNP012": (E, "快照里的数过不了硬性校验"),
    "SNP013": (W, "快照里的数要核对"),
    "IND003": (W, "公开的指标没有写全口径"),
    "IND004": (E, "引用的数不对，或还没有发布"),
    "FRM001": (E, "填报表打不开，或不能收"),
    "FRM002": (E, "填报表不是这个模板、这一期的"),
    "FRM003": (E, "填报表里的数写得不对"),
    "FRM004": (W, "填报表里的数换了写法，已经照读"),
    "FRM005": (E, "填报表里有公式"),
    "FRM006": (E, "填报表里有合并的单元格"),
    "FRM007": (W, "填报表里有隐藏的行、列或表"),
    "FRM008": (E, "填报表的行列和模板对不上"),
    "FRM009": (W, "填报表里有没读的、或按名称认的"),
    "FRM010": (W, "填报表里有没填的格"),
    "FRM011": (E, "报来的数不合硬规则"),
    "FRM012": (W, "报来的数不合软规则，请核实"),
    "FRM013": (E, "数据库映射写得不对"),
    "FRM014": (E, "数据库里的数读不出来"),
    "IND005": (W, "看板里有一块还没有数"),
    "NAR001": (E, "读音表有误"),
    "NAR002": (N, "旁白换了一种声音"),
    "VID001": (N, "没有装视频组件"),
    "APR001": (E, "站点配置或机构清单没有批准，发布不了"),
    "APR002": (N, "没有批准，这次不发"),
    "APR003": (N, "有没有批准的改动，发布的是上次批准的那一版"),
    "APR004": (W, "审核记录里有不算数的行"),
    "APR005": (E, "审核记录少了"),
    "APR006": (E, "批准的文件找不到，或与批准的不同"),
    "APR007": (W, "批准的这一版现在检查有错误，这次不发"),
    "TIM001": (N, "发布日期未到，本次不发"),
    "TIM002": (W, "有效期已过"),
    "TIM003": (N, "没有提交记录，发布日期取自文件头"),
    "WRD001": (E, "严重表述错误"),
    "WRD002": (W, "统计用语不当"),
    "WRD003": (W, "机构名称已经变了"),
    "WRD004": (N, "文字、标点、数字的写法可以更规范"),
    "WRD005": (W, "用字有误"),
    "WRD006": (N, "放行的一条没有用上"),
    "PII001": (E, "有证件号码或银行卡号"),
    "PII002": (E, "公开内容里有个人联系方式或住址"),
    "PII003": (N, "个人信息遮盖得不够"),
    "CEL001": (E, "能推断出单个调查对象"),
    "CEL002": (N, "公开内容里举了像真的单位名称"),
    "SEC001": (E, "像是密钥或口令"),
    "SEC002": (E, "有国家秘密标志或内部资料标志"),
    "HST001": (E, "公开内容里有内网地址"),
    "MIS001": (N, "说了标准或表号，没有写有效期"),
    "MIS002": (N, "调查表没有标明法定标志"),
    "MIS003": (N, "文字替代不完整"),
    "PSH001": (E, "推送写得不对"),
    "PSH002": (W, "这个推送这次不编"),
    "WCT001": (E, "微信文章发不出去"),
    "WCT002": (W, "微信文章与网页不同"),
    "WCT003": (W, "微信文章的标题、作者或摘要太长"),
    "ROB001": (E, "机器人话术写得不对"),
    "ROB002": (E, "机器人流程走不通"),
    "ROB003": (E, "机器人话术超出渠道的限制"),
    "ROB004": (E, "机器人流程的结论没有出处"),
    "ROB005": (W, "同一个问法写在两处"),
    "ROB006": (W, "机器人话术里有永远用不上的词"),
    "OUT001": (E, "两处产出同一个文件"),
    "OUT002": (E, "页面引用了外部主机"),
    "OUT003": (E, "页面里有断开的链接"),
    "OUT004": (E, "页面里出现了不该出现的标记"),
    "OUT005": (E, "写不出结果"),
    "OUT006": (E, "页面元数据不合规"),
    "BUG001": (E, "程序自身出错"),
}


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in an authored file. `path` is relative to the root; line and column count from 1, 0 = whole file."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Give `path:line:column`, leaving out what is unknown."""
        parts = [self.path, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `message` says what and why, `action` says what to do; both in Chinese.

    `clause`: the law or norm behind it. `instead`: the text that could stand there.
    """

    code: str
    where: Where
    message: str
    action: str = ""
    clause: str = ""
    instead: str = ""

    @property
    def severity(self) -> Severity:
        """The severity the catalogue gives this code."""
        return CATALOGUE[self.code][0]


class BuildFailed(Exception):
    """Raised once a stage has collected all its problems and at least one is an error."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the whole list, notices included."""
        super().__init__(f"{len(problems)} problems")
        self.problems = list(problems)


class Refused(Exception):
    """Something that may not be done; the text is a Chinese sentence for whoever asked."""


def has_errors(problems: Iterable[Problem]) -> bool:
    """True when any problem stops the build."""
    return any(p.severity is Severity.ERROR for p in problems)


def stop_on_errors(problems: Sequence[Problem]) -> None:
    """Raise `BuildFailed` with the whole list when any of it is an error."""
    if has_errors(problems):
        raise BuildFailed(problems)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort by place, errors first at one place, and drop exact repeats."""
    rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTICE: 2}
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (p.where, rank[p.severity], p.code, p.message))


def suggest(word: str, known: Iterable[str]) -> str:
    """Return “是不是想写 `x`？” for the nearest known word, else an empty string."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"是不是想写 `{near[0]}`？" if near else ""


def as_json(problems: Iterable[Problem]) -> str:
    """Give the list as JSON: code, severity, path, line, column, message, action.

    Clause and suggested text are there where a problem has them.
    """
    rows = [
        {"code": p.code, "severity": p.severity.value, **asdict(p.where)}
        | {"message": p.message, "action": p.action}
        | {k: v for k, v in (("clause", p.clause), ("instead", p.instead)) if v}
        for p in in_order(problems)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def as_text(problems: Iterable[Problem], source: Callable[[str], Sequence[str]]) -> str:
    """Give the list for a terminal, with the offending line and a caret.

    `source` returns a file's lines by its path; an empty sequence when they can't be had.
    """
    return "\n".join(_entry(p, source) for p in in_order(problems))


def _entry(problem: Problem, source: Callable[[str], Sequence[str]]) -> str:
    where = problem.where
    rows = [_shown(f"{where}: {LABELS[problem.severity]} {problem.code} {problem.message}")]
    lines = source(where.path) if where.line else ()
    if 0 < where.line <= len(lines):
        rows += _quote(lines[where.line - 1], where.line, where.column)
    if problem.action:
        rows.append(f"    怎么办：{_shown(problem.action)}")
    if problem.instead:
        rows.append(f"    建议改为：{_shown(problem.instead)}")
    if problem.clause:
        rows.append(f"    依据：{_shown(problem.clause)}")
    return "\n".join(rows)


def _shown(text: str) -> str:
    """What authors wrote may hold terminal commands and marks that turn the line around."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _quote(line: str, number: int, column: int, width: int = 100) -> list[str]:
    """Show one source line with a caret under `column`; long lines are cut around it."""
    start = max(0, column - width // 2) if len(line) > width else 0
    shown = _shown(line[start : start + width])
    rows = [f"    {number} | {shown}"]
    if column:
        before = shown[: max(0, column - 1 - start)]
        pad = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in before)
        rows.append(f"    {' ' * len(str(number))} | {' ' * pad}^")
    return rows


def summary(problems: Iterable[Problem]) -> str:
    """Count by severity, such as “2 个错误，1 个警告”; empty when there is none."""
    found = [p.severity for p in problems]
    counts = [(found.count(s), LABELS[s]) for s in Severity]
    return "，".join(f"{n} 个{label}" for n, label in counts if n)
