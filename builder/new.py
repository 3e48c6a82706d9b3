"""`weike new`: a first file of a kind, filled in as far as can be known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from builder.config import load_config
from builder.kinds import BY_NAME
from builder.organisations import load_organisations
from builder.problems import suggest


class NewError(Exception):
    """The file can't be made; the message says why and what to do, in Chinese."""


FACTS = """sources:
  - title: 出处的名称
    locator: 第几条
    quote:   # 把原文一字不差抄在这里；空着就是待核，不进公开版
    seen: {date}
"""

FILM = """key: 片尾的一句话
seconds: 19
scenes:
  - caption: 碰到一个难处  # 画面上方的标题
    narration: 先说一个难处，让人想看下去。  # 说的话，字幕从这里来
    show: 办公室里，小周拿着报表疑惑，小李摊开手  # 画面上有什么
    panel:
      scene: office
      cast:
        - who: 小周
          mood: puzzled
          gesture: hold
          facing: right
          prop: report
        - who: 小李
          mood: smile
          gesture: explain
          facing: left
      props: [question]
      speaker: 小李  # 谁的嘴动
  - caption: 要紧的一句
    narration: 再把要紧的一句说清楚。
    show: 老陈指着一行大字
    card:
      title: 要紧的一句
      lines: [补充的一行]
      figure:
        who: 老陈
        mood: serious
        gesture: point
  - caption: 三步怎么做
    narration: 先做这一步。再做这一步。最后查一遍。  # 几块就写几句，说到哪块，哪块出来
    show: 三步依次写出
    blocks:
      layout: steps
      blocks:
        - title: 第一步
        - title: 第二步
        - title: 查一遍
"""

OWN: dict[str, str] = {
    "faq": "ask:\n  - 换一种问法\n  - 再换一种问法\nanswer: 一句话答案\n" + FACTS,
    "term": "definition: 一两句话说清是什么\n" + FACTS,
    "lesson": "key: 一句话记住\nduration: 5\n" + FACTS,
    "article": "type: news\n",
    "event": "type: lecture\nstart: {date}\nplace: 地点\n",
    "case": "type: case\n",
    "standard": "number: 待核\n" + FACTS,
    "norm": "checklist:\n  - item: 要做的事\n    how: 怎么做\n" + FACTS,
    "system": "issued_by: 待核\ndoc_no: 待核\nreports: []\ndeadlines: []\n" + FACTS,
    "snippet": "",
    "course": "objectives:\n  - 学完能做什么\nsuits: [乡镇统计员]\ntext: |\n  课程介绍。\n",
    "comic": "panels:\n  - scene: office\n    caption: 第一格\n    says:\n      - who: 王姐\n        text: 说的话\n"
    + FACTS,
    "infographic": "layout: steps\nblocks:\n  - title: 第一步\n    text: 说明\n" + FACTS,
    "video": FILM + FACTS,
    "quiz": "questions:\n  - id: q1\n    text: 题目\n    options:\n      - text: 对的\n        right: true\n      - text: 错的\n        why: 为什么错\n",
    "live": "start: {date}T09:00:00+08:00\nend: {date}T12:00:00+08:00\nposts: []\n",
    "column": "gather:\n  tags: [标签]\ntext: |\n  专栏介绍。\n",
    "script": "talks:\n  - kind: greeting\n    ask: [你好, 您好]\n    say: 你好，把问题写成一句话就行。\n",
    "dialogue": """ask:
  - 怎么说就开始
steps:
  - id: diyi
    say: 先问一句。
    choices:
      - {{text: 是, to: jielun}}
      - {{text: 不是, to: jielun}}
  - id: jielun
    say: 结论。
"""
    + FACTS,
    "push": "account: {account}\nsend: draft  # draft 存草稿，publish 发布，mass 群发，newspic 贴图，video 视频消息\n"
    "theme: daily  # daily 日常，campaign 专题\narticles:  # 一至八篇，照收到的次序\n  - {entry}\n",
}

NUMBERS: dict[str, str] = {
    "indicator": """short: 简称  # 不超过12个字
family: monitor  # monitor 经济运行监测，gdp GDP统一核算
theme: 工业
frequency: month  # month 月，quarter 季，half 半年，year 年
measures:  # value 当期，ytd 累计，yoy 同比，mom 环比，ytd_yoy 累计同比，index 指数，ytd_index 累计指数
  yoy: {{unit: "%", decimals: 1}}
direction: none  # up 越高越好，down 越低越好，none 不分好坏
region_levels: [省, 市]
publisher: 发布单位
disclosure: 一般  # 排位类、考核类、资源配置类、重点关注类、一般
caliber:
  meaning: 涵义
  scope: 范围
  method: 调查方法
  formula: 计算方法
  sample: 样本量，全面调查的照写
sample: true  # 示例数据；真的指标删去这一行，写好 sources
""",
    "regions": """regions:
  - {{code: "000000", name: 全国, level: 国}}
  - {{code: "990000", name: 本省, level: 省, parent: "000000"}}
""",
    "dashboard": """blocks:
  - numbers:
      - {{indicator: {indicator}, measure: {measure}}}
  - chart:
      type: line
      from: {{indicator: {indicator}, measure: {measure}, periods: last 13}}
  - table:
      from: {{indicator: {indicator}, measure: {measure}, region: 市, by: region}}
  - text: 说明。
""",
    "template": """frequency: {frequency}
regions: {{level: 市}}  # 或列出代码：["990100", "990200"]
rows:
  - {{indicator: {indicator}, measure: {measure}, label: 表里的名称}}
layout: regions_down  # regions_down 一行一个地区，indicators_down 一行一个指标
""",
    "ruleset": """rules:
  - id: shi-li
    rule: range
    indicators: [{indicator}]
    measures: [{measure}]
    low: -30
    high: 60
    why: 历年都在这个范围里
""",
    "gdp": """period: {year}-Q1
rows:
  - industry: 行业
    indicator: {indicator}
    measure: {measure}
    department: 提供数据的部门
    due: {date}
    state: missing  # received 已收到，missing 未收到，doubtful 存疑
""",
    "verdicts": """verdicts:
  - warning: "0000000000000000"  # 这一条起都从预警清单上抄
    rule: swing/1
    indicator: {indicator}
    measure: {measure}
    region: "990000"
    period: {year}-01
    state: explained  # acknowledged 已知悉，explained 已说明，corrected 已更正，false_alarm 误报
    by: 谁
    on: {date}
    text: 为什么
    until: {year}-12-31  # 到这一天为止，同一规则、同一数列的新预警不再提；可以不写
""",
    "mapping": """url_env: WEIKE_SHUJUKU  # 数据库地址放在这个环境变量里；文件里不写地址、不写口令
table: biao  # 或 select: "SELECT …"
columns: {{indicator: zhibiao, region: diqu, period: shiqi, value: shuzhi}}
fixed: {{measure: {measure}}}  # 不在列里、每一行都一样的
codes:  # 库里的代码: 我们的编号
  indicator: {{A01: {indicator}}}
period: "{{{{Y}}}}{{{{M}}}}"  # 202609；又如 {{{{Y}}}}年{{{{M}}}}月、{{{{Y}}}}Q{{{{Q}}}}、date
""",
}
OWN |= NUMBERS
# For those within the bureau.
INSIDE = frozenset({"template", "ruleset", "gdp", "verdicts", "mapping"})

FOLDERS = {
    "indicator": "content/indicators/{name}.yml",
    "regions": "content/indicators/{name}.yml",
    "dashboard": "content/indicators/dashboards/{name}.yml",
    "template": "content/indicators/templates/{name}.yml",
    "ruleset": "content/indicators/rules/{name}.yml",
    "gdp": "content/indicators/gdp/{name}.yml",
    "mapping": "content/indicators/databases/{name}.yml",
    "verdicts": "content/indicators/verdicts/{name}.yml",
    "faq": "faq/{name}.md",
    "term": "content/terms/{name}.md",
    "article": "content/articles/{name}.md",
    "event": "content/events/{name}.md",
    "case": "content/cases/{name}.md",
    "standard": "content/standards/{name}.md",
    "norm": "content/norms/{name}.md",
    "system": "content/systems/{name}.md",
    "snippet": "content/snippets/{name}.md",
    "column": "content/columns/{name}.yml",
    "push": "content/pushes/{name}.yml",
    "script": "content/robot/{name}.yml",
    "dialogue": "content/robot/flows/{name}.yml",
    "live": "content/events/{name}.live.yml",
    "course": "courses/{name}/course.yml",
    "lesson": ".md",
    "comic": ".comic.yml",
    "infographic": ".infographic.yml",
    "video": ".video.yml",
    "quiz": ".quiz.yml",
}


def create(
    root: Path,
    kind: str,
    name: str,
    title: str,
    now: datetime,
    newest: Callable[[str], str] = lambda audience: "",
    first: Callable[[], Mapping[str, str]] = dict,
) -> str:
    """Write a new file and return its path under `root`; `NewError` when it can't be.

    An existing file is never overwritten. `name` is a slug, with the division, year or course before
    it where the kind has one. `newest` gives the id of the newest entry for an audience, if there is one;
    `first` an indicator to begin with: its name, a measure, its frequency.
    """
    if kind not in FOLDERS:
        raise NewError(
            f"没有叫 `{kind}` 的种类。{suggest(kind, FOLDERS)}可选：{'、'.join(FOLDERS)}。"
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)?", name):
        raise NewError(
            f"名称 `{name}` 不合规：只用小写字母、数字和短横线，例如 mlk/shenme-shi-sishang。"
        )
    path = _path(root, kind, name, now)
    target = root / path
    if target.exists():
        raise NewError(f"{path} 已经有了，没有动它。")
    if not BY_NAME[kind].match(path):
        raise NewError(
            f"{path} 的位置不对。问答写成 处室/名称，课时写成 课程/名称，文章写成 年份/名称。"
        )
    known = _known(root, kind, newest, first)
    text = _text(root, kind, name, title, now, known)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("x", encoding="utf-8") as out:
        out.write(text)
    return path


def _path(root: Path, kind: str, name: str, now: datetime) -> str:
    pattern = FOLDERS[kind]
    if not pattern.startswith("."):
        full = f"{now.year}/{name}" if kind == "article" and "/" not in name else name
        return pattern.format(name=full)
    course, _, slug = name.partition("/")
    if not slug or not (root / "courses" / course / "course.yml").is_file():
        raise NewError(
            f"先建好课程 `{course}`（weike new course {course}），再写 课程/课时，例如 {course}/diyike。"
        )
    lessons = root / "courses" / course / "lessons"
    used = [int(p.name[:2]) for p in lessons.glob("[0-9][0-9]-*")] if lessons.is_dir() else []
    return f"courses/{course}/lessons/{max(used, default=0) + 1:02d}-{slug}{pattern}"


def _text(
    root: Path, kind: str, name: str, title: str, now: datetime, told: Mapping[str, str]
) -> str:
    groups = load_config(root).audiences
    inside = (n for n, g in groups.items() if kind in INSIDE and not g.public)
    audience = next(inside, next(iter(groups)))
    known = load_organisations(root)
    division = (
        name.partition("/")[0]
        if kind == "faq" and name.partition("/")[0] in known
        else next(iter(known))
    )
    date = now.date().isoformat()
    head = f"title: {title or '在这里写题目'}\naudience: {audience}\ndivision: {division}\ndate: {date}\nsummary: 一句话说清这一篇\n"
    own = OWN[kind].format(date=date, year=now.year, **told)
    if FOLDERS[kind].endswith(".md"):
        return f"---\n{head}{own}---\n\n在这里写正文。\n"
    return head + own


def _known(
    root: Path, kind: str, newest: Callable[[str], str], first: Callable[[], Mapping[str, str]]
) -> Mapping[str, str]:
    """What a first file of a kind names that is there already."""
    if kind == "push":
        return _pushed(root, newest)
    if kind not in NUMBERS or kind in {"indicator", "regions"}:
        return {}
    found = first()
    if not found:
        raise NewError("还没有指标：先用 weike new indicator 建一个。")
    return found


def _pushed(root: Path, newest: Callable[[str], str]) -> dict[str, str]:
    """An account, and an entry to begin a push with."""
    config = load_config(root)
    if not config.wechat.accounts:
        raise NewError("还没有公众号：先在 site_config.yml 的 wechat.accounts 里登记。")
    entry = newest(next(iter(config.audiences)))
    if not entry:
        raise NewError("还没有可以推送的内容：先写好要推送的那一篇。")
    return {"account": next(iter(config.wechat.accounts)), "entry": entry}
