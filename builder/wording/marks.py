"""Marks of classification and of material for inside use: what carries one may not be here at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.wording.finding import Finding
from builder.wording.passages import Sheet

LAW = "保守国家秘密法第三十五条；国办秘函〔2019〕19号 单项否决：泄露国家秘密"
GRADE = r"(?:绝[ \u3000]*密|机[ \u3000]*密|秘[ \u3000]*密)"
MARK = re.compile(
    rf"{GRADE}(?:级|件)?\s*[·•]?\s*(?:特急|加急|急件|紧急|平急)|(?:特急|加急|急件)\s*[·•]?\s*{GRADE}|{GRADE}(?:级|件)?\s*[★☆▲△◆]|密[ \u3000]*级\s*(?:[:：]|为|是|定为)\s*{GRADE}|{GRADE}\s*[（(]\s*保密期限|(?m:^)[ \t\u3000>*#]*(?:涉密|{GRADE})(?:级)?(?:文件|材料|资料|件)\s*[，,！! \u3000；;：:]\s*(?:不得|严禁|禁止|请勿|注意|切勿|勿|专人|妥善|专柜|限)|[【\[（(〔［〖「]{GRADE}(?:级|件|文件|资料)?[】\]）)〕］〗」]|"
    rf"{GRADE}\s*[·•]\s*(?:启用前|启封前|\d+年|长期)|{GRADE}\s*\d{{1,2}}年|"
    rf"(?:属于?|系|定为|列为){GRADE}(?:级)?|保密(?:期限?)?(?:至|到)\s*20\d\d|★\s*(?:\d+年|长期)|知悉范围\s*[:：]|[【(（\[](?:涉?密|密件)[】)）\]]|商密\s*[▲★]|"
    rf"本(?:件|文|文件|表|资料|材料)[^，。；\n]{{0,4}}涉密|阅后(?:即焚|销毁|收回|退回)|保密期限\s*[:：]\s*\d|份号\s*[:：]\s*0*\d|"
    rf"(?:本|此)(?:件|表|文|资料|文件|材料|数据)[^，。；\n]{{0,6}}{GRADE}(?:级|件|文件|资料)"
)
INSIDE = re.compile(
    r"[【\[（(〔［〖「](?:工作秘密|内部|内部资料|内部文件|内部使用|内参|不公开|限内部)(?:[★☆，、 ][^】\]）)〕］〗」]{0,8})?[】\]）)〕］〗」]"
    r"|[【\[（(〔［〖「](?:工作秘密|内部资料|内部文件|内部使用|内部材料)[，,、；： ][^】\]）)〕］〗」\n]{0,16}[】\]）)〕］〗」]"
    r"|(?:仅|只|专)供(?:[^，。；\n“”]{0,6})?(?:领导|上级|局党组|班子成员|处室)(?:同志)?(?:参阅|参考|审阅|传阅|掌握|决策参考)(?=[，,。；！!\s）)】]|$)"
    r"|(?:内部|工作秘密|敏感)(?:资料|文件|材料|数据|信息)?[，,]\s*未经[^，。；\n]{0,8}(?:不得|严禁|禁止|请勿)"
    r"|^[ \t\u3000>*#]*(?:工作秘密|内部资料|内部文件|内部使用|内部参考)[★☆！!。 \t\u3000]*(?:\d+年|长期)?[ \t*]*$|"
    r"(?:内部资料|内部文件|内部材料|内部数据|内部使用|内部掌握|仅供内部(?:使用|参考|传阅)?|(?:^|[【（(\[])工作秘密|内部参考)"
    r"\s*[，,、；;！!。:：★ ]?\s*(?:不得|请勿|严禁|注意保存|注意保管|妥善保管|禁止|切勿|不对外|勿)"
    r"|(?:仅限|只限|限)内部(?:使用|传阅|交流|掌握|参考)|内部(?:刊物|发行|传阅|明电|简报)(?=[，,、；]|$)|仅供(?:系统|单位|本局|本处)?内部(?:使用|参考|传阅|交流|掌握)(?=[，。；！\s]|$)|(?:仅|只)限(?:本[局处科室厅委队]|本单位|局内|系统内|[\u4e00-\u9fff]{0,6}工作人员)(?:内部)?(?:工作)?(?:人员)?(?:使用|传阅|交流|掌握|参考|查阅)|^[ \t\u3000>*#【（]*(?:请)?(?:注意|严格)保密[，,、！! ]\s*(?:请勿|不得|严禁|切勿|勿)|内部(?:明电|情况通报|专报|刊物)\s*(?:第|〔|\d)|此件(?:不予?公开|不公开|内部)|(?:^[ \t\u3000>*#【（(]*|(?:此件|本件|本文|本资料|本材料|内容)[^，。；\n]{0,4})不宜(?:对外)?公开(?=[，。！】）)\s]|$)"
    r"|(?:公布|发布)前(?:严格|注意|请|须|应)?保密|(?:尚未|还未|还没有?|未经?)(?:正式)?(?:对外)?(?:公布|发布)[^。；\n]{0,16}"
    r"(?:请勿|不得|严禁|切勿|先不要|不要|勿)(?:外传|对外|转发|扩散|引用|外泄|传播)",
    re.MULTILINE,
)
LINE = re.compile(
    rf"(?m)^[ \t\u3000>*#]*{GRADE}(?:级|件|★.*|级?文件|级?资料|级?材料|级?电报|级?事项)?[ \t\u3000*]*$"
)
ABOUT = re.compile(
    r"标志|标识|标注|标明|标有|标着|标在|盖有|印有|写有|字样|格式|写法|样式|形式|三级|分为|定密|解密|例如|比如|如[“：]|"
    r"“[^”]*(?:绝密|机密|秘密|内部)|见到|看到|凡是|凡|带有|遇到|不能上网|怎么认|认一认|举例|不超过|期限(?!\s*[:：])"
)
HINTS = ("密", "阅后", "份号", "★", "知悉范围")
INSIDE_HINTS = ("供", "内部", "限", "保密", "工作秘密", "公布", "发布", "公开")


def marks(sheet: Sheet) -> Iterator[Finding]:
    """Marks that stand there as marks; a sentence that teaches about them may name them."""
    if any(word in sheet.raw for word in HINTS):
        for pattern in (MARK, LINE):
            for found in pattern.finditer(sheet.raw):
                yield from _mark(sheet, *found.span())
    if any(word in sheet.raw for word in INSIDE_HINTS):
        for found in INSIDE.finditer(sheet.raw):
            if sheet.public(found.start()):
                yield from _mark(sheet, *found.span())


def _mark(sheet: Sheet, start: int, end: int) -> Iterator[Finding]:
    text = sheet.raw
    a, b = sheet.line(start)
    around = text[a:start] + "\0" + text[end:b]
    if ABOUT.search(around) or text[start - 1 : start] in {"“", "`", "《"}:
        return
    yield Finding(
        start,
        end,
        "SEC002",
        f"有“{text[start:end].strip()[:20]}”这样的标志。",
        "涉密和内部材料不得进入本系统：立即停下，按程序报告。只是讲怎样标密的，把标志放进引号里。",
        LAW,
    )
