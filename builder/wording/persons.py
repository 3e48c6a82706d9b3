"""Personal data: numbers of documents and cards everywhere, ways to reach a person in public text.

Digits may be full-width, or parted by spaces and hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from builder.wording.cells import amount_column
from builder.wording.finding import Finding
from builder.wording.passages import Sheet

OPEN_LAW = "个人信息保护法第二十五条"
MONEY_LAW = "个人信息保护法第二十八条（敏感个人信息）"
RUN = re.compile(r"[0-9０-９](?:[ \t\u3000 ·\-－—‐–]{0,2}[0-9０-９XxＸｘ]){10,24}")
HALF = str.maketrans("０１２３４５６７８９Ｘｘx", "0123456789XXX")
PARTS = re.compile(r"[^0-9X]+")
BIRTH = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
REGIONS = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
OTHER_NUMBER = re.compile(
    r"(?:信用代码|机构代码|单位代码|区划代码|统计用区划|订单号|流水号|合同号|批次号|编号|编码|条码|备案号|标识码|ISBN|快递单号|指纹|摘要|哈希)[^0-9\n]{0,8}$"
)
MEASURE = re.compile(
    r"\s*(?:元|万|亿|吨|人|户|家|千瓦|平方|个|件|%|％|立方|美元|股|公里|千克|公斤|台|次|条|行|字节|套|辆|米|亩)"
)
# How the digits of a mobile number are parted, with and without the country's number.
MOBILE_SHAPES = frozenset(
    {(11,), (13,), (15,), (3, 4, 4), (3, 8), (3, 3, 5), (3, 5, 3), (4, 3, 4), (7, 4), (1,) * 11}
    | {(2, 11), (2, 3, 4, 4), (2, 3, 8), (4, 11), (4, 3, 4, 4)}
)
CARD_SHAPES = frozenset(
    {
        (4, 4, 4, 4),
        (4, 4, 4, 4, 3),
        (4, 4, 4, 4, 2),
        (4, 4, 4, 4, 1),
        (6, 13),
        (6, 4, 4, 5),
        (4, 4, 4, 7),
    }
)
CARD_START = re.compile(r"62|4|5[1-5]|95588|60|68|69")
CARD_WORDS = re.compile(r"银行卡|卡号|账号|帐号|账户|工资卡|开户|社保卡|信用卡|储蓄卡|打款|收款")
BANK_CARD = re.compile(r"银行卡|工资卡|储蓄卡|信用卡|借记卡|打款|收款|汇款|银联")
HOME_PHONE = re.compile(
    r"(?:家庭|住宅|家里的?|家中|私人|本人)(?:固定)?(?:电话|座机|号码|宅电)(?:号码)?(?:是|为|：|:)?\s*((?:0\d{2,3}[-－— ]?)?\d{7,8})(?!\d)"
    r"|宅电(?:是|为|：|:)?\s*((?:0\d{2,3}[-－— ]?)?\d{7,8})(?!\d)"
)
LIVES = re.compile(
    r"(?:(?:记账户|调查户|样本户|住户|户主|本人|受访者|被访者|普查员|调查员)的?地址|家庭住址|家庭地址|家住|现住址|现住地址?|常住地址|居住地址|居住地|居住在|居住于|户籍地址|户籍所在地|户籍地|住址|住在|现居|本人住|租住在?)(?:是|为|在|：|:)?\s*"
    r"(?:[^，。；\n|*＊×]{2,40}?(?:\d+|[一二三四五六七八九十]+)\s*(?:号楼|号|栋|幢|单元|室|弄|组|座|户)(?:[^，。；\n|*＊×]{0,14}?\d+\s*(?:室|号|户|单元|楼|层))?"
    r"|[^，。；\n|*＊×]{2,30}?(?:镇|乡|街道|办事处)[^，。；\n|*＊×]{1,14}?(?:小区|花园|公寓|家属院|新村|苑|庄|村))"
)
HOUSE = re.compile(
    r"(?:镇|乡|街道)[\u4e00-\u9fff]{1,6}村[\u4e00-\u9fff]{0,4}(?:[\d一二三四五六七八九十]+(?:组|社|队))?[，,]?[\u4e00-\u9fff]{0,4}\d+号"
    r"|(?:镇|乡|街道)[\u4e00-\u9fff]{1,6}村[\u4e00-\u9fff]{0,4}[\d一二三四五六七八九十]+(?:组|社|队)[^。；\n|]{0,8}门牌号?(?:是|为|：)?\s*\d+"
    r"|(?:某|大爷|大妈|大娘|阿姨|老人|村民|居民)[^，。；\n|]{0,3}家(?:[在住]|（|，住)[^。；\n|局委]{0,20}?(?:\d+|[一二三四五六七八九十]+)\s*(?:号|组|室|栋|幢|单元)"
    r"|(?:户主|被访者|记账户|调查户|受访者|受访户|住户|本人)[^。；\n|]{0,24}?(?:镇|乡|街道)[^，。；\n|*]{1,10}(?:村|社区|小区|路|街)[^，。；\n|*]{0,10}\d+\s*(?:号|组|室|栋|单元|户)"
)
FLAT = re.compile(
    r"(?:\d+|[一二三四五六七八九十]+)\s*(?:栋|幢|号楼|座)\s*(?:\d+|[一二三四五六七八九十]+)\s*单元\s*(?:\d{1,4})?(?:室|号|户)?(?![^，。；\n|]{0,6}(?:中心|大厅|局|委员会|办公|公司|档案|会议))"
    r"|(?:小区|社区|花园|公寓|家属院|家园|新村|苑|里|家)[^，。；\n|局委厅公司]{0,6}\d+\s*(?:栋|幢|号楼|座|号)\s*\d+\s*(?:门|梯|层|楼|单元|室|户|号)(?:\s*\d{2,4})?(?:室|号|户)?"
)
MAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._+-]{2,40}@(?:(?:vip\.)?(?:qq|163|126|sina|139|189|wo|21cn|sohu|foxmail|aliyun|tom)\.(?:com|cn|net)|(?:gmail|outlook|hotmail|live|msn|icloud|yahoo|proton|yeah)\.(?:com|cn|net|me)|yahoo\.com\.cn|sina\.com\.cn|sina\.cn)",
    re.IGNORECASE,
)
ANY_MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{1,40}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
OFFICE = re.compile(
    r"公开|公共|办公|投稿|征集|征求|反馈|单位邮箱|工作邮箱|监督|举报|局邮箱|处邮箱|科邮箱|科室|处室|热线|值班|官方|客服|统计局|指定邮箱|专用"
)
PERSON = re.compile(
    r"本人|个人|私人|姓名|收件人|寄给|某|先生|女士|同志|老师|大爷|阿姨|联系人|他的|她的|我的|统计员|会计|普查员|调查员|被访|受访|住户|户主|法人|经理|负责人"
)
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][\s·•．\-]?(?=[A-HJ-NP-Z0-9]*\d[A-HJ-NP-Z0-9]*\d)[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])"
)
DOCUMENTS = re.compile(
    r"(?:护照|通行证|台胞证|回乡证|军官证|士官证|警官证|居住证|驾驶证|驾照|社保号|社会保障号|医保卡|社保卡)(?:号码|编号|号)?(?:是|为|：|:)?\s*([A-Z]{1,2}\d{7,9}|[^\s\d，。]{0,3}字第\d{6,9}号|\d{8,12}(?!\d))"
)
ACCOUNT = re.compile(
    r"(?:微信(?:号|同号)?|QQ号?码?|抖音号|快手号|小红书号|支付宝(?:账号|号)?|钉钉号?)(?:是|为|：|:)\s*([A-Za-z][\w-]{5,19}|[1-9]\d{4,10})(?![\w-])"
    r"|QQ号?\s?([1-9]\d{5,10})(?![\w.-])|微信号?\s?((?=[A-Za-z]\w*[\d_])[A-Za-z][\w-]{5,19})(?![\w-])"
)
GROUP = re.compile(r"(?:微信|QQ|工作|答疑|交流|业务|钉钉)群|群号|公众号|订阅号|服务号")
# Numbers of mobiles that no run of digits is: parted by dots, written in words.
DOTTED_MOBILE = re.compile(r"1(?<![\d.]1)[3-9]\d\.\d{4}\.\d{4}(?![\d.])")
SPELT_MOBILE = re.compile(
    r"[一幺][三四五六七八九][零〇一二两三四五六七八九幺]{9}(?![零〇一二三四五六七八九])"
)
# Only one end is masked: most of the number is there to read.
OPEN_END = re.compile(
    r"(?<![\d*＊×.])(?:([1-9]\d{7,16})[*＊×]{1,10}|[*＊×]{2,10}(\d{8,16}[\dXx]?))(?![\d*＊×.A-Za-z])"
)
LOOSE = re.compile(r"(?<![\d*＊])([1-9]\d{2,})([*＊×xX]{3,})(\d{2,}[Xx]?)(?![\d*＊])")
# A star or two among the digits: what they hide can be tried out, or worked out from the check digit.
SPOTTED = re.compile(
    r"(?<![\d*＊×A-Za-z.=])(?=[\d \-]*[*＊×])[1-9](?:[ \-]?[\d*＊×]){9,16}[ \-]?[\dXx*＊×](?![\d*＊×A-Za-z.]|\s*[=＝元])"
)
STARS = re.compile("[*＊×]")
NEARLY_BIRTH = re.compile(r"[12*＊×][09*＊×][\d*＊×]{2}[01*＊×][\d*＊×][0-3*＊×]")


WHOSE = (
    r"(?:[\u4e00-\u9fff]某{1,2}|姓名[:：]?[\u4e00-\u9fff]{2,4}"
    r"|(?:普查员|调查员|户主|记账户|学生|选手|申请人|统计员)[\u4e00-\u9fff]{2,3})"
)
BORN = re.compile(
    rf"{WHOSE}[^。；\n|]{{0,14}}?(?:出生(?:日期|于)?[:：]?|生日[:：]?)?"
    r"(?:19|20)\d\d[年\-./](?:0?[1-9]|1[0-2])[月\-./](?:[12]\d|3[01]|0?[1-9])日?(?:出生|生(?=[，。；、）]))"
    rf"|{WHOSE}[^。；\n|]{{0,14}}?(?:出生日期|出生于|生于|生日)[:：是为]?\s*"
    r"(?:19|20)\d\d[年\-./](?:0?[1-9]|1[0-2])[月\-./](?:[12]\d|3[01]|0?[1-9])"
)
STUDENT = re.compile(r"学号[:：是为]?\s*(\d{6,14})(?!\d)")
POINT = re.compile(
    r"(?:经纬度|坐标|定位|经度)[^。；\n|\d]{0,8}1?\d{1,2}\.\d{4,}[^。；\n|]{0,24}(?:户|家|住|宅)"
    r"|(?:记账户|调查户|住户|户主|某)[^。；\n|]{0,16}(?:经纬度|坐标|定位|经度)[^。；\n|\d]{0,8}1?\d{1,2}\.\d{4,}"
)


# (what must be there, the pattern, what it is, what to do)
REACH = (
    (("电", "座机"), HOME_PHONE, "私人电话", "删去，或只留办公电话。"),
    (("住", "居", "户籍", "地址"), LIVES, "住址", "住址只写到乡镇、街道。"),
    (("生",), BORN, "和人连在一起的出生日期", "删去，或只写到年。"),
    (("学号",), STUDENT, "学号", "删去。"),
    (("经", "坐标", "定位"), POINT, "住处的坐标", "删去。"),
    (("村", "社区", "小区", "路", "街"), HOUSE, "精确到门牌的住址", "住址只写到乡镇、街道。"),
    (("单元", "号楼", "幢", "栋", "座"), FLAT, "精确到门牌的住址", "住址只写到乡镇、街道。"),
)


def persons(sheet: Sheet) -> Iterator[Finding]:
    """Numbers of people everywhere; phones, homes, plates and mail of people where the public reads."""
    for found in RUN.finditer(sheet.raw):
        yield from _numbers(sheet, found)
    text = sheet.raw
    if any(word in text for word in ("证", "号", "卡", "护照")):
        for found in DOCUMENTS.finditer(text):
            masked = f"{found[1][:2]}{'*' * max(3, len(found[1]) - 5)}{found[1][-3:]}"
            yield _grave(*found.span(1), "证件号码", masked)
    yield from _reach(sheet)
    if "*" in text or "＊" in text or "×" in text:
        yield from _masked(sheet)
        yield from _spotted(sheet)


def _grave(start: int, end: int, what: str, masked: str) -> Finding:
    action = f"删去；非写不可就遮盖成“{masked}”。举例也不用真号码。"
    return Finding(start, end, "PII001", f"这里有{what}。", action, MONEY_LAW, masked)


def _numbers(sheet: Sheet, found: re.Match[str]) -> Iterator[Finding]:
    text = sheet.raw
    start, end = found.span()
    before = text[max(0, start - 1) : start]
    after = text[end : end + 1]
    if (before and (before in "_./" or (before.isascii() and before.isalpha()))) or (
        after and after.isascii() and after.isalnum()
    ):
        return
    if before == "." or (after == "." and text[end + 1 : end + 2].isdigit()):
        return
    folded = found.group().translate(HALF)
    digits = PARTS.sub("", folded)
    shape = tuple(len(part) for part in PARTS.split(folded) if part)
    if OTHER_NUMBER.search(text[max(0, start - 16) : start]):
        return
    told = _identity(digits) or _identity_in(folded) or _called(digits, text, start)
    if told:
        masked = f"{told[:2]}{'*' * (len(told) - 5)}{told[-3:]}"
        yield _grave(start, end, "身份证号码", masked)
        return
    if MEASURE.match(text, end):
        return
    if len(digits) == 11 or (len(digits) in {13, 15} and digits.startswith(("86", "0086"))):
        yield from _mobile(sheet, digits[-11:], shape, start, end)
        return
    if _card(digits, shape, text[max(0, start - 14) : start]):
        yield _grave(start, end, "银行卡号", f"{digits[:4]}{'*' * (len(digits) - 8)}{digits[-4:]}")
        return
    for part in re.finditer(r"(?<!\d)1[3-9]\d{9}(?!\d)", folded):
        yield from _mobile(sheet, part.group(), (11,), start + part.start(), start + part.end())


def _identity(digits: str) -> str:
    """The number if it is that of an identity card: region, date and check digit hold."""
    if digits[:2] not in REGIONS:
        return ""
    if len(digits) == 18 and digits[:17].isdigit() and BIRTH.match(digits, 6):
        total = sum(int(d) * w for d, w in zip(digits[:17], WEIGHTS, strict=True))
        return digits if CHECKS[total % 11] == digits[17] and _day(digits[6:14]) else ""
    if len(digits) == 15 and digits.isdigit() and "20" <= digits[6:8] <= "99":
        return digits if _day(f"19{digits[6:12]}") else ""
    return ""


IDENTITY_WORD = re.compile(
    r"(?:身份证|公民身份|证件号|纳税人识别号（个人）|证号)(?:件|号|码|复印件|上|写着|后|尾|为|是|的|[：:|（(\s“]){0,8}$"
)


def _called(digits: str, text: str, start: int) -> str:
    """A number that the words before call that of an identity card: a wrong check digit is a slip of the pen."""
    if len(digits) != 18 or not digits[:17].isdigit() or not BIRTH.match(digits, 6):
        return ""
    return digits if IDENTITY_WORD.search(text[max(0, start - 16) : start]) else ""


def _identity_in(folded: str) -> str:
    """An identity number that stands beside other digits, parted by a space or a hyphen."""
    for part in re.finditer(r"(?<![\dX])\d{17}[\dX](?![\dX])", folded):
        if told := _identity(part.group()):
            return told
    return ""


def _day(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) <= date(2100, 1, 1)
    except ValueError:
        return False


def _mobile(
    sheet: Sheet, digits: str, shape: tuple[int, ...], start: int, end: int
) -> Iterator[Finding]:
    if not re.fullmatch(r"1[3-9]\d{9}", digits) or shape not in MOBILE_SHAPES:
        return
    if digits.endswith("0000000") or not sheet.public(start) or amount_column(sheet, start, end):
        return
    masked = f"{digits[:3]}****{digits[-4:]}"
    action = f"删去，或遮盖成“{masked}”；对外公布用办公电话。"
    yield Finding(start, end, "PII002", "公开内容里有手机号码。", action, OPEN_LAW, masked)


def _card(digits: str, shape: tuple[int, ...], before: str) -> bool:
    if not 16 <= len(digits) <= 19 or not digits.isdigit() or not CARD_START.match(digits):
        return False
    if len(shape) > 1 and shape not in CARD_SHAPES:
        return False
    if digits.startswith("62") and BANK_CARD.search(before):
        return True
    if not CARD_WORDS.search(before) and len(digits) not in {16, 19}:
        return False
    total = 0
    for number, char in enumerate(reversed(digits)):
        value = int(char) * (1 + number % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _reach(sheet: Sheet) -> Iterator[Finding]:
    text = sheet.raw
    yield from _written_otherwise(sheet)
    for hints, pattern, what, action in REACH:
        if any(hint in text for hint in hints):
            for found in pattern.finditer(text):
                if sheet.public(found.start()):
                    yield _contact(*found.span(), what, action)
    for found in PLATE.finditer(text):
        if sheet.public(found.start()):
            masked = f"{found.group()[:2]}***{found.group()[-2:]}"
            yield _contact(*found.span(), "车牌号码", f"删去，或遮盖成“{masked}”。")
    if "@" in text:
        yield from _mails(sheet)
    if any(word in text for word in ("微信", "QQ", "抖音", "快手", "小红书", "支付宝", "钉钉")):
        yield from _accounts(sheet)


def _written_otherwise(sheet: Sheet) -> Iterator[Finding]:
    for pattern in (DOTTED_MOBILE, SPELT_MOBILE):
        for found in pattern.finditer(sheet.raw):
            if sheet.public(found.start()):
                yield _contact(*found.span(), "手机号码", "删去；对外公布用办公电话。")


def _accounts(sheet: Sheet) -> Iterator[Finding]:
    text = sheet.raw
    for found in ACCOUNT.finditer(text):
        a, b = sheet.sentence(*found.span())
        office = OFFICE.search(text, a, b) or GROUP.search(text, a, b)
        if sheet.public(found.start()) and not office:
            yield _contact(
                *found.span(found.lastindex or 0), "个人账号", "删去，或换成单位的公众号。"
            )


def _mails(sheet: Sheet) -> Iterator[Finding]:
    text = sheet.raw
    for found in ANY_MAIL.finditer(text):
        if not sheet.public(found.start()):
            continue
        a, b = sheet.sentence(*found.span())
        around = text[max(a, found.start() - 30) : min(b, found.end() + 20)]
        free = MAIL.fullmatch(found.group())
        name = found.group().partition("@")[0]
        alone = free and (name.isdigit() or re.fullmatch(r"1[3-9]\d{9}", name))
        if (alone or PERSON.search(around)) and not OFFICE.search(around):
            masked = f"{name[:2]}***@{found.group().partition('@')[2]}"
            yield _contact(*found.span(), "个人邮箱", f"换成单位邮箱，或遮盖成“{masked}”。")


def _contact(start: int, end: int, what: str, action: str) -> Finding:
    return Finding(start, end, "PII002", f"公开内容里有{what}。", action, OPEN_LAW)


def _masked(sheet: Sheet) -> Iterator[Finding]:
    """Numbers that are masked, but show more than 138****1234 or 35*************123 would."""
    for found in LOOSE.finditer(sheet.raw):
        shown, length = len(found[1]) + len(found[3]), len(found.group())
        most = 7 if length <= 12 else 5 if length in {15, 18} else 8
        if shown > most and sheet.public(found.start()):
            yield _shows(*found.span(), found.group(), shown)
    for found in OPEN_END.finditer(sheet.raw):
        if not sheet.public(found.start()):
            continue
        if len(found.group()) == 11:
            yield _shows(*found.span(), found.group(), len(found[1] or found[2]))
        elif len(found.group()) in {15, 18}:  # the day of birth is among what is shown
            yield _contact(
                *found.span(), "只遮了一头的证件号码", "遮盖成“35*************123”的样子。"
            )


def _spotted(sheet: Sheet) -> Iterator[Finding]:
    """Numbers of which a mask hides one digit or two."""
    for found in SPOTTED.finditer(sheet.raw):
        number = re.sub(r"[ \-]", "", found.group())
        if len(STARS.findall(number)) > 2:
            continue
        if len(number) == 18 and number[:2] in REGIONS and NEARLY_BIRTH.match(number, 6):
            masked = f"{number[:2]}{'*' * 13}{number[-3:]}"
            yield _grave(*found.span(), "只遮了一两位的身份证号码", masked)
        elif re.fullmatch(r"1[3-9*＊][\d*＊]{9}", number) and sheet.public(found.start()):
            yield _contact(*found.span(), "只遮了一两位的手机号码", "遮盖成“138****1234”的样子。")


def _shows(start: int, end: int, words: str, shown: int) -> Finding:
    return Finding(
        start,
        end,
        "PII003",
        f"“{words}”遮盖得不够，还露着{shown}位。",
        "手机号遮成“138****1234”，证件号遮成“35*************123”的样子。",
    )
