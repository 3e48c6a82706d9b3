"""What should stand there and does not: validity, the marks of a survey form, words for a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.wording.finding import Finding
from builder.wording.passages import Sheet

FORM_LAW = "统计法第十七条"
NO_ALT = "图片没有替代文字。"
THRESHOLD = re.compile(
    r"\d[\d,.]{0,15}\s*(?:万元|亿元|人|平方米|万吨标准煤)(?:及|\(含\)|（含）)?(?:以上|以下)"
)
FORM_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{0,2}\d{3}(?:-\d{1,2})?表|[\u4e00-\u9fff]{1,3}统?基?\d{1,3}表"
)
OF_SCOPE = re.compile(r"标准|入库|纳入|规模以上|限额|统计范围|起点|门槛|营业收入|主营业务收入|资质")
NAMED_FORM = re.compile(
    r"(?m)^[ \t>*#]*(?:图|表)?\s*[\d一二三四五六七八九十]*[：:.、 ]?\s*[《“]?([\u4e00-\u9fffA-Za-z0-9（）()]{2,30}?(?:调查表|基层表|报表|普查表|登记表|调查问卷|统计表))[》”]?\s*"
    r"(?:（?(?:样表|示例|表样|样式|节选)）?)?[*：: \t]*$"
)
NO_FORM = re.compile(
    r"制度|目录|填报|审核|怎么|如何|什么|哪些|注意|培训|流程|台账|考核|电子|汇总|联网|错|交|催|报送"
)
FORM_HEAD = re.compile(
    r"(?m)^[ \t>|*-]*(表\s*号|制定机关|(?:批准|备案|批准或备案)?(?:机关|文号)|有效期(?:限|至)?)\s*[:：][ \t]*(\S.*)?$"
)
EMPTY = re.compile(r"[ \t|*]*(?:待定|待补|待填|无|—+|/|空)?[ \t|*。]*")
NO_SOURCE = re.compile(
    r"(?m)^[ \t>*-]*(?:数据来源|资料来源|图片来源|信息来源|来源|出处|依据)\s*[:：][ \t]*(?:待补充?|待填写?|待定|待核实?|待查|待确认|（待补）|—+|/|网上|网络整理|网友|某媒体|媒体报道|AI生成|某网站|有关资料|相关资料|公开资料|网络资料|未知|未注明|网络|互联网|来自网络|百度|不详|无|略)?[ \t。]*$"
)
CHART = re.compile(r"(?ms)^[ \t>]*```+[ \t]*chart\b.*?(?:^[ \t>]*```|\Z)")
MARKS = (
    ("表号", "表号"),
    ("制定机关", "制定机关"),
    ("文号", "批准或备案文号"),
    ("有效期", "有效期限"),
)
PICTURE = re.compile(r"!\[([^\]\n]*)\](?=[ (])")
BARE_IMAGE = re.compile(r"<img\b(?![^>]{0,400}\balt\s*=\s*[\"'][^\"'\s])[^>]{0,400}>")
FORM_PICTURE = re.compile(r"(?:调查表|报表|基层表|普查表|表样|样表)(?!制度)")
VAGUE = re.compile(
    r"(?i)(?:待补充?|待写|待定|无|空|[.。,，*·]+|说明|图|如图|如下图|附图|流程|表格|二维码|logo|封面|配图说明|图片说明|标题|替代文字|alt|…+|\.{2,}|\?+|？+|-+|_+)|(?:屏幕截图|截屏|图像|无标题|新建图像|微信截图|微信图片|未命名)[\s_\-\d.:：年月日时分秒()（）]*(?:\.\w+)?|(?:图片?|截图|照片|插图|配图|示意图|image|img|picture|pic|photo|screenshot|screen|untitled|dsc|微信图片|未命名)[\s_\-]*\d*(?:\.(?:png|jpe?g|gif|webp))?|[\w\-]+\.(?:png|jpe?g|gif|webp)|\d+"
)


def lacking(sheet: Sheet) -> Iterator[Finding]:
    """Hints at what an inspector or a respondent would miss."""
    entry = sheet.entry
    if entry.kind == "faq" and not (entry.valid.start or entry.valid.to or entry.valid.system):
        found = THRESHOLD.search(sheet.prose) or (
            FORM_NUMBER.search(sheet.prose) if "表" in sheet.prose else None
        )
        if found and _unbound(sheet, *found.span()):
            message = f"说了“{found.group()}”，没有写 valid，读的人不知道管到哪一年。"
            action = "写上 valid 的 from、to 和 system。"
            yield Finding(*found.span(), "MIS001", message, action)
    if "|" in sheet.raw and "表" in sheet.raw:
        yield from _forms(sheet)
    if "![" in sheet.raw or "<img" in sheet.raw:
        yield from _pictures(sheet)
    if "来源" in sheet.raw or "出处" in sheet.raw or "依据" in sheet.raw:
        for found in NO_SOURCE.finditer(sheet.raw):
            message, action = "来源空着，或没有说清楚。", "写明谁公布的、什么时候的资料。"
            yield Finding(*found.span(), "MIS003", message, action)
    if any(word in sheet.raw for word in ("表号", "制定机关", "有效期")):
        yield from _heads(sheet)
    if "```chart" in sheet.raw:
        yield from _charts(sheet)
    yield from _scenes(sheet)


def _unbound(sheet: Sheet, start: int, end: int) -> bool:
    """A form or a threshold of which the sentence doesn't say the year."""
    a, b = sheet.sentence(start, end)
    sentence = sheet.prose[a:b]
    return not re.search(r"(?:19|20)\d\d年", sentence) and bool(
        "表" in sheet.prose[start:end] or OF_SCOPE.search(sentence)
    )


def _forms(sheet: Sheet) -> Iterator[Finding]:
    """A table under the name of a survey form."""
    text = sheet.raw
    for found in NAMED_FORM.finditer(text):
        after = text[found.end() : found.end() + 600].lstrip("\n")
        first = next((line for line in after.split("\n") if line.strip()), "")
        if (
            NO_FORM.search(found[1])
            or not any(line.lstrip().startswith("|") for line in after.split("\n")[:4])
            or not first
        ):
            continue
        yield from _marks(sheet, found.start(1), found.end(1), found[1])


def _marks(sheet: Sheet, start: int, end: int, name: str) -> Iterator[Finding]:
    around = sheet.raw[max(0, start - 400) : end + 1200]
    missing = [label for word, label in MARKS if word not in around]
    if missing:
        message = f"“{name[:30]}”没有标明{'、'.join(missing)}。"
        action = "照批准或备案的调查表补上；只是举例的，写明是示例，不叫调查表。"
        yield Finding(start, end, "MIS002", message, action, FORM_LAW)


def _heads(sheet: Sheet) -> Iterator[Finding]:
    """The head of a form, one mark to a line: at least two are there, and one is missing or empty."""
    text = sheet.raw
    lines = list(FORM_HEAD.finditer(text))
    names = {re.sub(r"\s", "", m[1]) for m in lines}
    if len(lines) < 2:
        return
    for found in lines:
        if EMPTY.fullmatch(found[2] or ""):
            message = f"调查表的“{found[1]}”空着。"
            action = "照批准或备案的调查表补上。"
            yield Finding(*found.span(), "MIS002", message, action, FORM_LAW)
    missing = [label for word, label in MARKS if not any(word in name for name in names)]
    if missing:
        message = f"调查表没有标明{'、'.join(missing)}。"
        action = "照批准或备案的调查表补上。"
        start, end = lines[0].span()
        yield Finding(start, end, "MIS002", message, action, FORM_LAW)


ASKED = re.compile(r"(?m)^[ \t]*from[ \t]*:")


def _charts(sheet: Sheet) -> Iterator[Finding]:
    """Charts that don't say where their numbers come from."""
    for found in CHART.finditer(sheet.raw):
        source = re.search(r"(?m)^[ \t]*source[ \t]*:[ \t]*(.*)$", found.group())
        if source and source[1].strip().strip("\"'"):
            continue
        if ASKED.search(found.group()):
            continue  # a query says by itself where its numbers come from
        at = found.start() + (source.start() if source else 0)
        message = "图表没有写数据来源（source）。"
        yield Finding(at, at + 3, "MIS003", message, "写明谁公布的、什么时候的数。")


def _pictures(sheet: Sheet) -> Iterator[Finding]:
    for found in BARE_IMAGE.finditer(sheet.prose):
        action = "用一句话说出图里要紧的内容，看不见图的人靠它。"
        yield Finding(*found.span(), "MIS003", NO_ALT, action, "无障碍环境建设法第三十二条")
    for found in PICTURE.finditer(sheet.prose):
        alt = found[1].strip()
        if not alt or VAGUE.fullmatch(alt):
            message = f"替代文字“{alt}”没有说图里有什么。" if alt else NO_ALT
            action = "用一句话说出图里要紧的内容，看不见图的人靠它。"
            yield Finding(*found.span(), "MIS003", message, action, "无障碍环境建设法第三十二条")
        elif FORM_PICTURE.search(alt) and not NO_FORM.search(alt):
            yield from _marks(sheet, found.start(1), found.end(1), alt)


def _scenes(sheet: Sheet) -> Iterator[Finding]:
    """Scenes of a film that neither say nor describe anything."""
    for number, scene in enumerate(sheet.entry.data.get("scenes", ())):
        if isinstance(scene, dict) and not scene.get("narration") and not scene.get("show"):
            start = next(
                (
                    s
                    for s, p in zip(sheet.starts, sheet.passages, strict=True)
                    if p.path[:2] == ("scenes", number)
                ),
                0,
            )
            message = f"第{number + 1}个镜头没有旁白，也没有说画面（show）。"
            yield Finding(start, start + 1, "MIS003", message, "补上旁白或画面说明，文字稿靠它。")
