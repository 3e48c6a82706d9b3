"""Bundles for services in tests: a script package of a few items, a live page, and no more."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from builder.bundle import Artefact, manifest, stage, swap
from builder.robot.package import Choice, Flow, Item, Package, Refusal, Step, Talk, dump

BASE = "https://tjwk.example.gov.cn/"
CPI = Item(
    "faq:cpi", "faq", "CPI是什么", ("什么是CPI", "居民消费价格指数是什么意思"),
    "居民消费价格指数反映居民家庭购买的消费品和服务的价格变动情况。", "居民消费价格指数",
    url=f"{BASE}faq/jg/cpi/", source="《流通和消费价格统计报表制度》",
)  # fmt: skip
OLD = Item(
    "faq:old",
    "faq",
    "年报什么时候开网",
    ("年报哪天开始填",),
    "2026年12月1日开网。",
    to="2026-11-30",
)
ITEMS = (
    CPI,
    OLD,
    Item("faq:up", "faq", "企业达到规模怎么入库", ("入库要什么材料",), "准备申报表和照片。", "规模以上 入库"),
    Item("faq:gdp", "faq", "GDP怎么算", ("地区生产总值怎么核算",), "生产法、收入法、支出法。", "地区生产总值"),
)  # fmt: skip
FLOW = Flow(
    "flow:up", "我的企业要不要入库", ("帮我看看要不要入库",),
    (
        Step("a", "您的企业是做什么的？", (Choice("工业", "b"), Choice("批发零售", "c"))),
        Step("b", "年主营业务收入2000万元及以上要入库。", source="《统计上大中小微型企业划分办法》"),
        Step("c", "看商品销售额。"),
    ),
)  # fmt: skip
REFUSED = Refusal(
    "unit",
    "单个单位的数",
    "单个单位的数不能说。",
    ("某某公司的产值是多少",),
    (("公司",), ("产值", "利润")),
)
PACKAGE = Package(
    edition="internet",
    items=ITEMS,
    talks=(
        Talk("greeting", "greeting", ("你好",), "你好，我是小统。"),
        Talk("handover", "handover", ("转人工",), "可以到“问处室”页找主办处室。"),
    ),
    refusals=(REFUSED,),
    flows=(FLOW,),
    handover="可以到“问处室”页找主办处室。",
)


def bundle(
    folder: Path, package: Package | None = PACKAGE, more: Mapping[str, bytes] | None = None
) -> Path:
    """A bundle at `folder`, swapped in over the one that is there; its files beside the package are `more`."""
    fresh = folder.with_name(f".{folder.name}-fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    files = dict(more or {}) | ({"robot/package.json": dump(package)} if package else {})
    lines = stage((Artefact(p, b, "application/json") for p, b in files.items()), fresh)
    mark = hashlib.sha256(b"".join(files.values())).hexdigest()
    header = {
        "edition": "internet",
        "base_url": BASE,
        "now": "2026-11-18T10:00:00+08:00",
        "mark": mark,
    }
    (fresh / "manifest.json").write_bytes(manifest(header, lines))
    swap(fresh, folder)
    return folder
