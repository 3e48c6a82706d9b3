"""Families of faults: each rule has to catch the neighbours of a fault, and leave alone what looks like one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder import wording
from builder.config import load_config
from builder.problems import Severity
from builder.read import read
from tests.sitefiles import faq, write


def told(tmp_path: Path, body: str, audience: str = "public") -> list[str]:
    """The codes of the errors and warnings said of a text."""
    root = write(tmp_path / "root", {"faq/mlk/a.md": faq(body, audience=audience)})
    found = wording.survey(root, read(root)[0], load_config(root))
    return [p.code for p in found if p.severity is not Severity.NOTICE]


def test_every_pattern_compiles_and_can_be_reached(tmp_path: Path) -> None:
    rules, _ = wording.load_rules(write(tmp_path, {}))
    for rule in rules.patterns:
        assert isinstance(rule.pattern, re.Pattern), rule.name
        assert rule.unless is None or isinstance(rule.unless, re.Pattern), rule.name
        assert all(rule.anchors), rule.name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("中国特色社会主义里论体系。", "WRD001"),
        ("省人民代表大主席团公告。", "WRD001"),
        ("高举伟大旗职，奋勇前进。", "WRD001"),
        ("普查领导小祖开会。", "WRD001"),
        ("增强“四个意思”。", "WRD001"),
        ("| 进口来源国 | 金额 |\n|---|---|\n| 香港 | 2.1 |", "WRD001"),
        ("| 国家 | 韩国 | 台湾 |\n|---|---|---|\n| 进口额 | 2 | 3 |", "WRD001"),
        ("三次产业结构为10∶42∶58。", "WRD002"),
        ("男性占52.3%，女性占48.9%。", "WRD002"),
        ("第一、第二、第三产业增加值占比分别为9.6%、42.1%和58.3%。", "WRD002"),
        ("产量由20万吨减少到15万吨，下降33.3%。", "WRD002"),
        ("出生率为7.1‰，比上年下降0.3%。", "WRD002"),
        ("采购经理指数（CPI）为50.1。", "WRD002"),
        ("会计帐薄要装订。", "WRD005"),
        ("证件号529903199208****** 已核。", "PII002"),
        ("本县两座煤矿共产原煤120万吨。", "CEL001"),
        ("全镇只有一户，养了1200头猪。", "CEL001"),
        ("中国共党的章程。", "WRD001"),
        ("区委书机带队调研。", "WRD001"),
        ("市委宣传布发来通知。", "WRD001"),
        ("习近平总书对统计工作作出指示。", "WRD001"),
        ("中华人民人民共和国。", "WRD001"),
        ("大会胜利招开。", "WRD001"),
        ("澳门行政区的旅客。", "WRD001"),
        ("台湾特别行政区的数据。", "WRD001"),
        ("香港、澳门和其他国家的投资。", "WRD001"),
        ("台商从台湾到中国投资。", "WRD001"),
        ("中港贸易额增长。", "WRD001"),
        ("香港、澳门居民属于外籍人员。", "WRD001"),
        ("大陆及港澳的统计用语。", "WRD001"),
        ("我市GDP（国内生产总值）增长5%。", "WRD002"),
        ("城镇化率提高到66.4个百分点。", "WRD002"),
        ("6月份CPI同比5月份上涨0.1%。", "WRD002"),
        ("环比2025年同期增长4%。", "WRD002"),
        ("降幅为-2.1%。", "WRD002"),
        ("粮食产量35万亩。", "WRD002"),
        ("国家知识产权总局公布。", "WRD003"),
        ("国家统计局示范省总队负责。", "WRD003"),
        ("中央财经领导小组会议要求。", "WRD003"),
        ("国家交通部公布货运量。", "WRD003"),
        ("调查员应当应当出示证件。", "WRD005"),
        ("请报送至至县统计局。", "WRD005"),
        ("审核公试有误。", "WRD005"),
        ("营业执兆过期。", "WRD005"),
        ("他因该由企业填写。", "WRD005"),
        ("请在14时75分前报送。", "WRD005"),
        ("下周的培训放在星期八。", "WRD005"),
        ("普查员小王手机：154.9073.2216。", "PII002"),
        ("手机号码：一五四九零七三二二一六。", "PII002"),
        ("加QQ 829104471，备注姓名。", "PII002"),
        ("户主有护照E12345678。", "PII001"),
        ("记账户地址：和平路12号院3号楼。", "PII002"),
        ("全县规上企业中，酿酒业1户，产值8000万元。", "CEL001"),
        ("全县独一家药厂去年纳税3200万元。", "CEL001"),
        ("甲企业一家占全行业产值的九成以上，行业产值为20亿元。", "CEL001"),
        ("除去某龙头企业，其余企业产值仅3亿元，全行业30亿元。", "CEL001"),
        ("门禁密码8826#。", "SEC001"),
        ("初始密码：身份证后六位。", "SEC001"),
        ("机密级 紧急", "SEC002"),
        ("涉密文件 不得上网", "SEC002"),
        ("上文。\n\n内部资料\n\n下文。", "SEC002"),
        ("注意保密，请勿外传。", "SEC002"),
        ("仅限本局工作人员传阅。", "SEC002"),
        ("服务地址 http://[::1]:8080/ 。", "HST001"),
        ("专网地址100.64.3.2。", "HST001"),
        ("文件在 /home/tj/data/zb.csv 。", "HST001"),
        ("文件密级：秘密；保密期限：五年；签发：办公室。", "SEC002"),
        (
            "| 分组 | 户数 | 额（万元） |\n|---|---|---|\n| 总计 | 21 | 35600 |\n| 甲类 | 19 | 33050 |\n| 乙类 | 2 | * |",
            "CEL001",
        ),
    ],
)
def test_neighbours_of_a_fault_are_found(tmp_path: Path, text: str, code: str) -> None:
    assert code in told(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "县政府附近的商户由示例街道登记。",
        "学习近平均线的算法。",
        "发展中共产党员要做表率。",
        "全国统计局长会议部署了全年工作。",
        "澳门特别行政区政府统计暨普查局的出版物。",
        "数据中台合作方由省局选定。",
        "港澳台居民不属于外国人。",
        "台湾地区和其他国家（地区）的数据另列。",
        "与上年同月相比，同比上涨0.6%。",
        "示范省地区生产总值与国内生产总值的核算方法是衔接的。",
        "公司的人事部和财务部都要配合。",
        "国家统计局示范调查总队和甲州调查队。",
        "县监察局于2018年并入监察委员会。",
        "派出所所长、统计局局长讲话，报表表号在右上角。",
        "公众参与与监督并重，饱和和未饱和分开记，植被被保护。",
        "香港公布的本地生产总值，各地生产总值之和。",
        "三次产业结构由12.5∶40.1∶47.4调整为9.6∶42.1∶48.3。",
        "用电量从12.5亿千瓦时增加到14.1亿千瓦时，增长12.8%。",
        "产值由100亿元增加到150亿元，按可比价格计算增长42%。",
        "| 国家（地区） | 进口额 |\n|---|---|\n| 中国台湾 | 18.6 |",
        "单位：元\n\n| 指标 | 数值 |\n|---|---|\n| 合计 | 13952038846 |",
        "市统计局和甲州调查队联合发布，台账薄弱环节要补齐。",
        "人民检察机关依法履职，只有一户农户登记，补登2.5亩。",
        "法人单位单位数，如果果品减产，为了了解情况。",
        "大家商量商量、讨论讨论。",
        "应急响应应在一小时内启动，供应应急物资。",
        "从新的一年起，作出决定、依法收集。",
        "三级统计机构联动，形势表现平稳。",
        "24时整关网。",
        "口令要注意保密，不得外传。",
        "涉密文件不得上网，凡带密级标志的一律不收。",
        "统计师考试的密码学部分有12分，密码学8826人报考。",
        "今年新增企业1户，产值以公布的为准。",
        "利率3.1%，版本0.0.0.1，产量100.64万吨。",
        "人均一五一十地说清楚。",
        "本页供统计系统内部业务交流。",
        "保密期限由定密责任人确定，密级分为三级。",
    ],
)
def test_what_only_looks_like_it_is_left_alone(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []


def test_a_single_unit_in_a_draft_for_others_is_found_inside_too(tmp_path: Path) -> None:
    draft = "分析初稿：园区两家企业用电量合计5.6亿千瓦时，占全区工业用电的37%。"
    assert told(tmp_path, draft, "intranet") == ["CEL001"]
    assert told(tmp_path, "审核时发现园区两家企业用电量下降，要核实。", "intranet") == []
