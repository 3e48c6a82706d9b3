"""Single respondents that can be told from what is published: sentences. Tables have their own file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.wording.finding import Finding
from builder.wording.passages import Sheet

LAW = "统计法第二十八条；统计法实施条例第二十九条"
FEW = r"(?:1|2|１|２|一|两|二)"
UNIT = (
    r"(?:家|户|个(?:规上|规模以上|限上|限额以上|调查|工业|法人|样本)?"
    r"(?:企业|单位|法人|样本|农户|农场|公司|项目单位))"
)
WHO = r"(?:企业|公司|厂|场|矿|单位|商场|超市|酒店|宾馆|农场|养殖场|合作社|大户|集团|电站|基地|事务所|机构|医院|学校|门店|店|数据中心|水库|景区|影院|加油站|机场|码头|港口|综合体|商贸城|商城|卖场|批发市场|市场|书店|银行|支行|证券|幼儿园|养老院|物流园|车间|窑|房企|车企|药企|酒企|央企|国企|民企|商超|牧场|渔场|林场|高校|大学|学院|研究院|研究所|项目|工程|楼盘|上市公司|子公司|作坊|茶庄|农庄|民宿|客栈)"
VALUE = (
    r"(?:总产值|产值|增加值|营业收入|主营业务收入|销售收入|销售额|零售额|收入|营收|利润|税收|纳税|投资|产量|用电量|能耗|"
    r"能源消费量|从业人员|职工|工资|资产|出口|进出口|合同额|交易额|用电|发电|耗电|研发|存栏|出栏|面积|产能|吞吐量|客房|税金|缴税|上缴|营业额|销售|能耗|发电量|薪酬|成交|订单|贷款|费用|产出|库存|利税|经费|总额)"
)
PLACE = r"(?:全[省市县区乡镇村国州旗]|[我本该][省市县区乡镇]|[\u4e00-\u9fff]{1,3}[省市县区乡镇州]|辖区|园区|开发区|境内|区内|县内|[\u4e00-\u9fff]{1,6}(?:行业|产业|业))"
NUMBER = r"[^，。；\n|]{0,14}?\d"
AMOUNT = r"\d[\d.,]{0,15}\s*(?:万亿|亿|万|百|千)?(?:元|吨|千瓦时|立方米|头|羽|公斤|千克|斤|升|平方米|公顷|亩|辆|台|件|套|美元|人次)"
# What lies between the units and their value. Others, or what units did together, is not theirs.
BETWEEN = r"(?:(?!其[余他]|另|全[省市县区国]|公布|发布|联合|会商|负责|抽查|核查|登记|补登|漏报)[^。；\n|])"
ONLY = re.compile(
    rf"(?:仅|只|就|唯一|总共|一共)(?:有|剩|剩下|的|是)?(?:这)?\s*{FEW}\s*{UNIT}[^。；\n|]{{0,50}}?{VALUE}{NUMBER}"
    rf"|(?:仅|只|就|唯一)(?:有|的|有的)?\s*(?:1|2|一|两|二)?\s*(?:家|户|个|座|所)?[^，。；\n|]{{0,8}}{WHO}[^。；\n|]{{0,30}}?{AMOUNT}"
    rf"|{PLACE}(?:的|有|共有|共|现有|内)?\s*(?:1|一)\s*家[^，。；\n|]{{0,8}}{WHO}[^。；\n|]{{0,20}}?{AMOUNT}"
    rf"|[（(]\s*(?:1|2|一|两)\s*(?:家|户|个)[）)][^。；\n|]{{0,20}}?{AMOUNT}"
    rf"|(?:记账户|调查户|样本户|抽中户|被访户|住户)[^。；\n|]{{0,14}}?(?:家|某|号)[^。；\n|]{{0,14}}?(?:收入|支出|存款|工资|消费)[^，。；\n|]{{0,8}}\d[\d.,]{{0,15}}\s*万?元"
    rf"|唯一(?:的)?(?:一家|一户|1家)?[^，。；\n|]{{0,16}}{WHO}[^。；\n|]{{0,40}}?{VALUE}{NUMBER}"
    rf"|{VALUE}[^，。；\n|]{{0,20}}\d[^。；\n|]{{0,24}}(?:仅|只|均|都|全部)(?:由|来自|为|有|是)?(?:{PLACE})?(?:的|内)?\s*{FEW}\s*{UNIT}"
    rf"|(?:单位|企业|法人|公司|厂|户|机构)(?:数|个数)?(?:仅|只|有|共|为|仅有|只有)?\s*(?:1|2|一|两)\s*(?:个|家|户)[，,（(][^。；\n|]{{0,24}}?{VALUE}{NUMBER}"
    rf"|{WHO}?[（(]\s*(?:1|2|一|两)\s*(?:家|户|个)[）)][^。；\n|]{{0,20}}?{VALUE}{NUMBER}"
    rf"|(?:1|2|两|二)\s*家[^，。；\n|]{{0,10}}{WHO}(?:合计|共|共计|一共|总共)?(?:完成|实现|创造)[^，。；\n|]{{0,4}}{VALUE}{NUMBER}"
    rf"|(?:业|店|厂|场|院|站|矿|行)(?:单位|企业|法人)?(?:[：:]\s*)?(?:仅|只|有|共有?|为|仅有|只有)?\s*(?:1|2|一|两)\s*(?:个|家|户)[，,（(][^。；\n|]{{0,12}}?{VALUE}{NUMBER}"
    rf"|(?:1|2|两|二)\s*家[^，。；\n|]{{0,8}}{WHO}[^，。；\n|]{{0,4}}?{VALUE}(?:合计|共计?|总计|为|达到?)\s*{AMOUNT}"
    rf"|{PLACE}(?:的|有|共有|共|现有|内)?\s*(?:1|2|两|二)\s*(?:家|户)[^，。；\n|]{{0,10}}{WHO}[^。；\n|]{{0,24}}?{VALUE}{NUMBER}"
    rf"|(?:1|2|一|两|二)\s*(?:家|户|座|所)[^，。；\n|]{{0,8}}{WHO}{BETWEEN}{{0,16}}?(?:共|合计|共计|总共|一共|合起来|加起来){BETWEEN}{{0,8}}?{AMOUNT}"
    rf"|(?:只有|仅有|就|唯独|只|仅){BETWEEN}{{0,8}}?(?:1|2|一|两)\s*(?:家|户|座|所){BETWEEN}{{0,6}}[，,、（(]{BETWEEN}{{0,24}}?{AMOUNT}"
    rf"|{FEW}\s*(?:家|户|座|所)[^，。；\n|]{{0,10}}{WHO}{BETWEEN}{{0,30}}?{VALUE}(?:合计|共计?|总计|累计|分别)[^，。；\n|]{{0,4}}{AMOUNT}"
    rf"|(?:项目|工程|楼盘)(?:仅|只|有|为|共|数)*\s*(?:1|2|一|两)\s*个[，,（(][^。；\n|]{{0,24}}?{AMOUNT}"
    rf"|(?:有|只有|仅有|仅|只)\s*(?:1|2|一|两)\s*个[^，。；\n|]{{0,10}}(?:项目|工程|楼盘)[^。；\n|]{{0,16}}?(?:投资|完成|销售)[^，。；\n|]{{0,6}}?{AMOUNT}"
    rf"|(?:城区|全[省市县区镇乡]|[我本][省市县区镇乡]|[\u4e00-\u9fff]{{1,3}}[省市县区镇乡]|园区|辖区|开发区|境内|行业|业|业中)(?:的|有|共有|现有|内|，)?\s*(?:1|2|一|两)\s*(?:家|户|座|所)(?![^，。；\n|]{{0,6}}(?:以上|以下|左右)){BETWEEN}{{2,30}}?{VALUE}[^，。；\n|\d]{{0,8}}{AMOUNT}"
)
SINGLE = re.compile(
    rf"(?:只|仅)有?\s*(?:1|一)\s*(?:家|户|个)[^\n|。]{{0,30}}。?(?:该|这家|这一家|它的|其)[^。\n|]{{0,16}}?{VALUE}{NUMBER}"
    rf"|(?:只此一家|独此一家|仅此一家|独一家|独家)[^。；\n|]{{0,40}}?{VALUE}{NUMBER}"
    rf"|{FEW}\s*{UNIT}[^。；\n|]{{0,16}}?(?:户均|家均|平均每[家户个]|平均)[^，。；\n|]{{0,8}}?{VALUE}{NUMBER}"
    rf"|(?:新增|增加|退出|减少|停产|关停|注销|少)(?:了)?\s*(?:1|一)\s*(?:家|户)[^。；\n|]{{0,30}}?(?:由|从)\s*\d[^。；\n|]{{0,16}}(?:增加到|增至|提高到|降到|降至|减少到|变为|升至)\s*\d"
    rf"|(?:退库|退出|注销|关停|停产|搬迁|新增|新入库|新投产)[^，。；\n|]{{0,8}}(?:1|一)\s*(?:家|户)[^。；\n|]{{0,20}}[，,](?:该|这家|其)[^。；\n|]{{0,14}}?{VALUE}[^，。；\n|\d]{{0,6}}{AMOUNT}"
    rf"|(?:退库|新入库|新增入库|新投产)(?:企业|单位)\s*(?:1|一)\s*(?:家|户)[^。；\n|]{{0,30}}?{VALUE}[^，。；\n|\d]{{0,6}}{AMOUNT}"
)
BY_REPORT = re.compile(
    rf"[\u4e00-\u9fff]{{2,3}}[省市县区镇][\u4e00-\u9fff]{{2,10}}(?:厂|矿|集团|合作社|超市|商场|酒店|医院|公司)的?"
    rf"(?:联网直报|统计报表|直报|报表|调查表)[^。；\n|]{{0,10}}显示[^。；\n|]{{0,24}}?{VALUE}[^，。；\n|]{{0,6}}\d[\d.,]{{0,15}}"
)
NAMED = re.compile(
    rf"[\u4e00-\u9fff（）()]{{2,20}}?(?:有限责任公司|股份有限公司|有限公司|集团公司)(?:[^。；\n|]{{0,24}}?){VALUE}(?:为|达|达到|是|完成|实现|共|合计|约)?\s*\d[\d.,]{{0,15}}\s*(?:万元|亿元|元|吨|万吨|人|千瓦时|万千瓦时)"
)
# Told of one unit in a paper for others: no audience makes that right.
PASSED_ON = re.compile(
    rf"(?:{PLACE}(?:唯一的?|仅有的?|内的?|有|共有|现有)?(?:一|1|两|2)\s*(?:家|户|座|所)|(?:唯一|仅有)的?(?:一|1|两|2)?\s*(?:家|户)?)[^，。；\n|]{{0,8}}{WHO}[^。；\n|]{{0,16}}?{VALUE}{NUMBER}"
)
FORBIDDEN = re.compile(
    r"不得|不能|不要|不可|不应|不许|不准|严禁|禁止|违法|违反|拒绝|属于|吗|是否|能否|可否|？"
)
PAPERS = re.compile(
    r"提纲|附数|附表|参考材料|情况说明|讲话素材|送阅|呈阅|呈报|参阅|要情|内参|摘报|送审稿|材料|初稿|分析稿|稿件|简析|专报|快报稿|信息稿|新闻|公报|年鉴|分析报告|分析里|汇报|通报|简报|领导|媒体|宣传|招商|报道|会上|点名|排名|公示|展板|课件|群里|微信群|发到|推送|转发|典型|讲稿|讲话|发言|上报给|抄送|提供给"
)
HANDED = re.compile(
    rf"(?:把|将)[^。；\n|]{{0,30}}(?:{WHO}|调查户|记账户)[^。；\n|]{{0,20}}(?:数据|产值|报表|收入|台账|资料|明细)[^。；\n|]{{0,12}}(?:发给|提供给|转给|抄送|交给|报给|给了|给)"
    r"[^。；\n|]{0,10}(?:招商|税务|银行|部门|公司|领导|乡镇|工信|财政|媒体|保险|环保|金融|镇政府|县政府|局)"
)
ASKED_FOR = re.compile(
    rf"(?:向|给|应|按)[^。；\n|]{{0,10}}(?:招商|税务|银行|工信|财政|媒体|保险|环保|金融|镇政府|县政府|乡镇|部门|公司)[^。；\n|]{{0,12}}(?:提供|发送|报送|抄送|开放|移交|导出)"
    rf"[^。；\n|]{{0,20}}(?:单个|{WHO}|调查户|记账户|单家|每家|逐家)[^。；\n|]{{0,16}}(?:数据|产值|报表|收入|资料|明细|台账)"
    rf"|(?:公布|发布|公开|通报|公示)[^。；\n|]{{0,12}}(?:各企业|逐家|分企业|单个企业|每家企业|单家企业)[^。；\n|]{{0,10}}(?:产值|收入|数据|利润|税收|营收)"
)
GREATEST = re.compile(
    rf"(?:全国|全省|全市|全县|[我本全][省市县区])(?:规模)?(?:最大|第一大|最早|首家|首个|独家)的?[^，。；\n|]{{0,12}}{WHO}[^。；\n|]{{0,24}}?(?:{VALUE}{NUMBER}|{AMOUNT})"
    rf"|(?:最高|最大|最多)的(?:一家|一户|1家|1户|企业|单位|公司|那家|那户)[^。；\n|]{{0,16}}?{AMOUNT}"
    rf"|(?:2|两|二)\s*(?:家|户)[^。；\n|]{{0,40}}(?:合计|共|总共)?(?:占|贡献)[^。；\n|]{{0,24}}?(?:9\d|100)(?:\.\d+)?\s*[%％]"
)
MOSTLY = re.compile(
    rf"{VALUE}{NUMBER}[^。；\n|]{{0,30}}(?:几乎全部|绝大部分|基本上?都?|全部|大头)(?:来自|由|都?是)[^。；\n|]{{0,12}}(?:一家|1家|某{WHO})"
    rf"|(?:几乎全部|绝大部分|基本上?都?|全部)(?:来自|由)[^。；\n|]{{0,10}}(?:一家|1家)[^。；\n|]{{0,40}}{VALUE}{NUMBER}"
)
OF_THEM = re.compile(
    rf"(\d+|[一二三四五六七八九十两])\s*(?:家|户)[^。；\n|]{{0,24}}?{VALUE}{NUMBER}[^。；\n|]{{0,24}}?其中[^。；\n|\d]{{0,12}}?(\d+|[一二三四五六七八九十两])\s*(?:家|户)[^。；\n|]{{0,20}}?\d"
)
NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
COUNTED_FEW = re.compile(rf"(?<![\d.]){FEW}\s*(?:家|户|个)")
MORE = re.compile(r"(?<![\d.第])(?:[3-9]|[1-9]\d+)\s*(?:家|户)(?=[^。；\n|]*\d)")
PARTED = re.compile(r"除|扣|不含|不包括|另|其[余他]|剩|余下")
OPEN_FACT = re.compile(r"公告|年报披露|年度报告|招股|财报|官网")
LARGE = r"(?:8\d|9\d|100)(?:\.\d+)?\s*[%％]|[八九]成"
BIGGEST = re.compile(
    rf"(?:其中|某|一|该|龙头|最大的?|第一大|排名第一的?|头部|单个|单一|唯一)[^，。；\n|]{{0,12}}?{WHO}[^。；\n|]{{0,40}}?"
    rf"(?:占|贡献了?|占到|占比)[^。；\n|]{{0,24}}?(?:{LARGE})"
    rf"|(?:最大|第一|居首|排名第一|龙头|首位)(?:的)?(?:一家|1家|一户|那家|企业|单位)[^。；\n|]{{0,20}}?(?:占|贡献|占比)[^。；\n|]{{0,24}}?(?:{LARGE})"
    rf"|(?:一家|1家|独家)(?:就|便)?(?:占|贡献)(?:了|到|全)?[^。；\n|]{{0,20}}?(?:{LARGE})"
    r"|(?:前两|前2|前二|头两)(?:家|名|大|位)[^。；\n|]{0,20}?(?:占|贡献)[^。；\n|]{0,24}?(?:9\d|100)(?:\.\d+)?\s*[%％]"
)
REST = re.compile(
    rf"{VALUE}[^，。；\n|]{{0,10}}\d[^。；\n|]{{0,20}}(?:剔除|扣除|除去|去掉|不含|不包括|除)(?:了)?[^，。；\n|]{{0,14}}(?:{WHO}|龙头|一家|1家|最大)[^，。；\n|]{{0,6}}[，,]?"
    rf"(?:其余|其他|剩余|余下|剩下)[^。；\n|]{{0,24}}\d"
    rf"|(?:剔除|扣除|除去|去掉|不含|不包括)(?:了)?[^，。；\n|]{{0,14}}(?:{WHO}|龙头|一家|1家|最大)[^，。；\n|]{{0,6}}[，,]?"
    rf"(?:其余|其他|剩余|余下|剩下)[^。；\n|]{{0,14}}{VALUE}[^。；\n|]{{0,6}}\d[^。；\n|]{{0,14}}(?:全行业|合计|总计|总产值|全[省市县区镇])[^。；\n|]{{0,10}}\d"
)
NOT_REAL = re.compile(
    r"示例数据|年报披露|公司公告|公告披露|（示例|为例|举例|例如|比如|假设|假如|假定|虚构|模拟|样例|不得|不能|不可|不应|不要|不许|隐去|合并|就会|会被|能推|推断|推算|容易|可能|"
    r"如果|倘若|若|练习|编造|就可以|就要|应当|应该|怎么|是否|及以上|(?<!新)(?<!新增)入库|纳入|能否|可否|标准(?!煤)"
)
COMPANY = re.compile(r"[\u4e00-\u9fff（）()]{2,20}?(?:有限责任公司|股份有限公司|有限公司|集团公司)")
FICTION = re.compile(
    r"示例|示范|某|××|XX|ＸＸ|[甲乙丙丁](?!州|[省市县区乡镇村])|虚构|样例|例子|模拟|中国|国家|所有|一家|的有限公司|为有限公司|和有限公司|是有限公司|如有限公司|其他有限|"
    r"股份|包括|以及|或者|登记|类型|称为|叫|私营|国有|外商|港澳台|集体|合资|独资"
)


# What a sentence must hold before the long patterns above are tried on it.
COUNT = re.compile(
    r"[12１２一两二唯独记调样抽被住](?:\s*(?:家|户|座|所|个(?=[^，。]{0,6}(?:企业|单位|法人|样本|农|公司|项目|，|）)))|一|家|此|账户|查户|本户|中户|访户)|仅有的"
)
SHARE = re.compile(r"[89](?<![\d.][89])\d(?:\.\d+)?\s*[%％]|100(?:\.0+)?\s*[%％]|[八九]成")
REMAINS = re.compile(r"其[余他]|剩[余下]|余下")
SENTENCES = (
    (COUNT, ONLY, "只有一两家，数又写出来了"),
    (SHARE, BIGGEST, "一家占了绝大部分，总数就等于它的数"),
    (REMAINS, REST, "总数减去其余，就是剩下那一家的数"),
)


ALONE = (
    "一座",
    "1座",
    "两座",
    "2座",
    "两户",
    "2户",
    "一家",
    "1家",
    "唯一",
    "仅有",
    "两家",
    "2家",
    "一户",
    "1户",
)
HANDING = (
    "发给",
    "提供",
    "转给",
    "抄送",
    "交给",
    "报给",
    "给了",
    "发送",
    "导出",
    "移交",
    "开放",
    "逐家",
    "分企业",
    "各企业",
    "每家企业",
    "单家企业",
    "单个企业",
)
STANDING_OUT = (
    "最大",
    "第一大",
    "首家",
    "首个",
    "独家",
    "最早",
    "最高的",
    "最多的",
    "两家",
    "2家",
    "两户",
    "2户",
    "二家",
)


def units(sheet: Sheet) -> Iterator[Finding]:
    """Sentences in which fewer than three units, or one that dominates, stand by a value.

    Whoever reads them: figures of one unit are not for colleagues outside the survey either.
    """
    text = sheet.raw
    for hint, pattern, why in SENTENCES:
        done = 0
        for hit in hint.finditer(text):
            if hit.start() < done:
                continue
            a, done = sheet.sentence(*hit.span())
            for found in pattern.finditer(text, a, done):
                yield from _single(sheet, *found.span(), why)
            if pattern is ONLY:  # this one may run on into the next sentence
                _, after = sheet.sentence(done + 1, done + 1) if done < len(text) else (0, done)
                for found in SINGLE.finditer(text, a, after):
                    yield from _single(sheet, *found.span(), why)
    yield from _passed_on(sheet)
    yield from _left_over(sheet)
    if "有限" in text or "集团公司" in text or ("显示" in text and "报" in text):
        yield from _companies(sheet)


def _left_over(sheet: Sheet) -> Iterator[Finding]:
    """All but one or two of the units are told of beside all of them."""
    text = sheet.raw
    if "其中" in text:
        for found in OF_THEM.finditer(text):
            whole, part = (NUMERALS.get(n) or int(n) for n in found.groups())
            if whole - part in {1, 2}:
                yield from _single(sheet, *found.span(), "总数减去其中的，就是剩下一两家的数")
    if any(word in text for word in STANDING_OUT):
        for found in GREATEST.finditer(text):
            yield from _single(sheet, *found.span(), "一看就知道是哪一家")
    if "来自" in text or "大头" in text or "都是" in text:
        for found in MOSTLY.finditer(text):
            yield from _single(sheet, *found.span(), "一家占了绝大部分，总数就等于它的数")


def _passed_on(sheet: Sheet) -> Iterator[Finding]:
    """One unit's figures in a paper for leaders or the press, inside too."""
    text = sheet.raw
    if any(word in text for word in ALONE) and PAPERS.search(text):
        for found in PASSED_ON.finditer(text):
            a, b = sheet.sentence(*found.span())
            if PAPERS.search(text, a, b) and not (
                FORBIDDEN.search(text, a, b) or NOT_REAL.search(text, a, found.start())
            ):
                yield told(*found.span(), "写了单独一家的数")
    if not any(word in text for word in HANDING):
        return
    for pattern in (HANDED, ASKED_FOR):
        for found in pattern.finditer(text):
            a, b = sheet.sentence(*found.span())
            if not (FORBIDDEN.search(text, a, b) or NOT_REAL.search(text, a, b)):
                yield told(*found.span(), "把单个调查对象的资料给了别人")


def _single(sheet: Sheet, start: int, end: int, why: str) -> Iterator[Finding]:
    a, b = sheet.sentence(start, end)
    if NOT_REAL.search(sheet.raw, a, b) or _of_more(sheet.raw[start:end]):
        return
    if not sheet.at(start)[0].worded or sheet.at(start)[0].cited:
        return
    yield told(start, end, why)


def _of_more(told: str) -> bool:
    """True where more units are counted between the few and the value: 退库1家，期末在库318家，收入合计…"""
    few = COUNTED_FEW.search(told)
    return bool(few and not PARTED.search(told) and MORE.search(told, few.end()))


def told(start: int, end: int, why: str) -> Finding:
    """The finding, with what to do."""
    action = "并到上一级或相近的一类再公布，或删去数值；相应的合计、比重也要一起处理。"
    return Finding(start, end, "CEL001", f"能推断出单个调查对象：{why}。", action, LAW)


def _companies(sheet: Sheet) -> Iterator[Finding]:
    for found in (*NAMED.finditer(sheet.prose), *BY_REPORT.finditer(sheet.prose)):
        a, b = sheet.sentence(*found.span())
        if not (OPEN_FACT.search(sheet.raw, a, b) or FICTION.search(found.group())):
            yield from _single(sheet, *found.span(), "直接写了单位名称和它的数")
    for found in COMPANY.finditer(sheet.prose):
        passage, _ = sheet.at(found.start())
        a, b = sheet.sentence(*found.span())
        if passage.path[0] == "sources" or not passage.public or FICTION.search(sheet.raw, a, b):
            continue
        message = f"“{found.group()[-20:]}”像是真的单位名称。"
        action = "举例用“某企业”“示例公司”；真实单位的资料不能对外提供。"
        yield Finding(*found.span(), "CEL002", message, action, "统计法第二十八条")
