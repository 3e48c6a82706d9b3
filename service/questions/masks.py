"""What others see of a question: numbers of phones and people, mail, accounts and names are covered.

Text is folded first (full-width, circled, spaced-out), as the robot does. Too much is covered rather
than too little: the original is kept, sealed, until it is erased.
"""

from __future__ import annotations

import re

from builder.robot.learning import one_line
from builder.robot.masks import masked as numbers

PERSON = "［姓名］"
# The commonest family names, so that a name ends where the next word begins.
DOUBLE = "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|令狐"
SINGLE = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余"
    "潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢岳齐梅庄辛管祝左涂谷祁耿牟路詹关苗凌费"
    "靳裴覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺"
)
CALLED = r"(我的名字(?:叫|是)?|我叫做?|本人(?:姓名|叫)|名叫|姓名|联系人|经办人|填报人)"
GAP = r"[ \t:：,，、是为]{0,3}"
SPACE = r"[ \t·]?"
NAME = rf"(?:{DOUBLE}|[{SINGLE}]){SPACE}[\u3400-\u9fff](?:{SPACE}[\u3400-\u9fff])?"
KNOWN = re.compile(rf"{CALLED}({GAP})(?:{NAME})")
END = r"(?=[^\u3400-\u9fff]|$)"
ANY = re.compile(
    rf"(我的名字(?:叫|是)?|我叫做?|名叫|姓名|联系人)({GAP})(?!什么|甚么|啥)[\u3400-\u9fff·]{{2,6}}{END}"
)
LATIN = re.compile(
    rf"(我的名字(?:叫|是)?|我叫做?|姓名|联系人)({GAP})[A-Za-z][A-Za-z.'\-]{{1,20}}(?: [A-Za-z][A-Za-z.'\-]{{1,20}}){{0,3}}"
)
# “我是高工业的”, “我是江州市的”: a trade or a town goes on, a name ends.
AM = re.compile(rf"(我是|本人|我姓)({GAP})(?:{NAME}){END}")


def covered(text: str) -> str:
    """Folded text that others may see, in its own lines; a number may run over two of them."""
    return "\n".join(filter(None, (_line(line) for line in numbers(text).splitlines())))


def _line(line: str) -> str:
    plain = one_line(line)
    for pattern in (KNOWN, ANY, LATIN, AM):
        plain = pattern.sub(rf"\1\2{PERSON}", plain)
    return plain
