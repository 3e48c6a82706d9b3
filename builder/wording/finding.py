"""What a rule found, before anyone has looked up the place in the file; and the questions rules ask."""

from __future__ import annotations

import re
from dataclasses import dataclass

from builder.wording.passages import Sheet


@dataclass(frozen=True, slots=True)
class Finding:
    """A span of the sheet and what to say of it. `fix`: what may safely be written in its place."""

    start: int
    end: int
    code: str
    message: str
    action: str = ""
    clause: str = ""
    instead: str = ""
    fix: str | None = None


OPENING, CLOSING = '“‘「『"', '”’」』"'
REACH = 16  # characters from a quotation to the word that tells of it
# Words by which a sentence speaks of a wording rather than using it.
OF_WORDS = re.compile(
    r"写成|写作|写为|错写|误写|误作|误称|写错|错成|错字|错别字|错误|错的|不对|不能写|不能说|不写|不说|"
    r"不要写|不要说|不应写|不应说|不得写|不宜|应写|应为|应当写|应该写|应改|改为|改成|改写|"
    r"叫作|叫做|称为|一词|一字|说法|写法|字样|表述|混用|混淆|混为|弄混|分清|区分|旧称|别写|别把|别说|而不是|而非|"
    r"不同于|不等于|不是一回事|两回事|正确|指的是|是指|含义|意思|禁用|慎用"
)
# Words that tell of the change, or of the time before it: not every 不再, 合并, 旧 does, nor a day before which.
PAST = re.compile(
    r"原(?!因|则|来|料|始|有|油|理|材|籍|煤|本|创|状|文|件|盐|矿|木)|时任|曾任|前身|旧称|更名|改名|改称|改为|"
    r"组建(?!工作|专|队伍|普查|调查|小组|[一二三四五两\d])|合并(?!报表|报送|申报|填报|会计|汇总|计算|后的)|"
    r"整合(?!数据|资源|信息|平台|力量|报表)|并入|划入|划转|"
    r"不再(?=保留|单设|设|使用|用|称|叫|存在|承担|挂|加挂|作为|列|有|是|负责|履行|是|管|[，。；、）]|$)|撤销|历史|当时|曾经?|"
    r"(?<![日号月底末初旬天份午时点周一二三四五六])(?:以前|之前)|过去|早年|机构改革|改革前|此前|联合印发|联合发布|"
    r"旧(?!房|车|村|区|城|件|表|设备|货|机|系统|平台|版|账|口令|密码)"
)
ERA = re.compile(r"(?:的)?(?:时期|时代|年代|那时|那会儿|存续|在的时候)")
YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)(?=年|[—\-－～~至〕\])）.．/])")
DOCUMENT = re.compile(
    r"\s*(?:令|公告|文件)?\s*(?:[^\s，。]{0,6}[〔\[（(](?:19|20)\d\d[〕\])）]|令?第\s*\d+\s*号|第?\d+号令)"
)
LONGEST = 200  # characters of the name of a document
TITLES = re.compile(r"《[^《》\n]*(?:《[^《》\n]*》[^《》\n]*)*》")


def quoted(sheet: Sheet, start: int, end: int) -> bool:
    """True when a span stands in quotation marks in a sentence that speaks of wording."""
    a, b = sheet.sentence(start, end)
    text = sheet.raw
    left = max(text.rfind(mark, a, start) for mark in "“‘「『")
    shut = max(text.rfind(mark, a, start) for mark in "”’」』")
    if left < 0 or shut > left:
        return False
    right = min((n for n in (text.find(mark, end, b) for mark in "”’」』") if n >= 0), default=-1)
    if right < 0:
        return False
    line = sheet.line(start)
    before = text[max(line[0], left - REACH) : left]
    after = text[right : min(line[1], right + REACH)]
    return bool(OF_WORDS.search(before) or OF_WORDS.search(after))


AGAINST = re.compile(
    r"不能|不要|不得|不应|不可|不宜|不写|不说|不叫|不用|不称|不再|别写|别说|别用|别把|避免|误写|误用|误称|误作|错写|错用|错成|切忌|禁止|"
    r"而不是|不是|并非|而非|不等于|不同于"
)
CALLED_WRONG = re.compile(
    r"^[”』」]?(?:这(?:种|样|个|类)|的|之类)?(?:说法|写法|表述|叫法|提法|用法)?[^，。；！？\n]{0,6}(?:是错|错了|不对|(?:是|属于|算|为)错误|不规范|不妥|不通|是误)"
)
CLAUSE = "，。；！？、：\n|"


def advised_against(sheet: Sheet, start: int, end: int) -> bool:
    """True where the clause itself says that one should not write so."""
    text = sheet.raw
    a = start
    while a > 0 and start - a < 16 and text[a - 1] not in CLAUSE:
        a -= 1
    return bool(AGAINST.search(text, a, start) or CALLED_WRONG.match(text[end : end + 20]))


OF_WRITING = re.compile(
    r"(?:不能|不要|不得|不应|不可|不宜|别|避免|切忌|禁止)[^，。；！？、：\n|]{0,6}(?:写|用|说|称|叫|打|作)|"
    r"误写|误用|误称|误作|错写|错用|错成|不写|不说|不叫|不用|不称|不再|而不是|不是|并非|而非|不等于|不同于"
)


def misspelling_shown(sheet: Sheet, start: int, end: int) -> bool:
    """True where the clause shows how one should not spell: `advised_against`, and it speaks of writing."""
    text = sheet.raw
    before = text[max(0, start - 16) : start]
    told = bool(OF_WRITING.search(before)) or bool(CALLED_WRONG.match(text[end : end + 20]))
    return told and advised_against(sheet, start, end)


def in_title(sheet: Sheet, start: int, end: int) -> bool:
    """True inside 《》: the name of a document is as it was given."""
    a, b = sheet.line(start)
    a, b = max(a, start - LONGEST), min(b, end + LONGEST)
    return any(t.start() <= start and end <= t.end() for t in TITLES.finditer(sheet.raw, a, b))


def historic(sheet: Sheet, start: int, end: int, year: int) -> bool:
    """True where an old name is right: it was so then, or the sentence tells of the change."""
    a, b = sheet.sentence(start, end)
    if in_title(sheet, start, end) or DOCUMENT.match(sheet.raw, end):
        return True
    if ERA.match(sheet.raw, end) or sheet.raw[start - 1 : start] == "老":
        return True
    if PAST.search(sheet.raw[max(a, start - 24) : start]) or PAST.search(
        sheet.raw[end : min(b, end + 24)]
    ):
        return True
    years = [int(y) for y in YEAR.findall(sheet.raw[a:b])]
    return bool(years) and min(years) <= year
