"""The fictitious 示范省: 16 cities, 110 counties. No name is that of a real county."""

from __future__ import annotations

PROVINCE = "990000"
NATION = "000000"
# organisation, name, its share in the economy, its counties
CITIES = (
    (
        "jia",
        "甲州市",
        24.0,
        "晓坞区 璞堰区 霁川区 砚屿区 榆桥区 沐洲区 枫峪区 璞原县 鹿坞县 蓼台县 雁川市",
    ),
    ("yi", "乙州市", 13.0, "澄峡区 岚汀区 鹭浦区 曦陂区 葭陂县 汐陂县 梧泉县 芷陂县 荻泉市"),
    ("bing", "丙州市", 10.0, "竹垣区 瑶渚区 晓峡区 松峪县 沐畔县 菱埭县 苇渡县 磐台市"),
    ("ding", "丁州市", 8.0, "霜岭区 朔垣区 砾峪县 麓原县 柏溪县 雪川县 望岭县 石峪市"),
    ("wu", "戊州市", 7.0, "澜原区 芦浦区 鸥渡县 雁浦县 莲坞县 榆湾县 鹿洲市"),
    ("ji", "己州市", 6.0, "梧台区 桑泽区 杏渡县 栎原县 棠屿县 松渚县 枫泉市"),
    ("geng", "庚州市", 5.5, "磐洲区 青渚区 石川县 砾垣县 朔冈县 云埠县 璞溪市"),
    ("xin", "辛州市", 5.0, "晴埠区 月屿区 雪汀县 星墟县 霜桥县 望墟县 晴畔市"),
    ("ren", "壬州市", 4.5, "汐川区 浣川区 漪汀县 湄浔县 澄渡县 芦湾市"),
    ("gui", "癸州市", 4.0, "瑶泉区 莲泽区 蓼溪县 荻屿县 苇埭县 菱渚市"),
    ("zi", "子州市", 3.5, "霁岭区 岚泽区 云堰县 霜堰县 雪埭县 望洲市"),
    ("chou", "丑州市", 3.0, "柏垄区 桑埠区 栎泽县 竹坞县 松埠县 柏冈市"),
    ("yin", "寅州市", 2.5, "鹤渚区 鸥原区 雁桥县 鹭湾县 鹿渡县 鹤垄市"),
    ("mao", "卯州市", 2.0, "曦坞区 晓冈区 朔渡县 月墟县 晴泉县 星台市"),
    ("chen", "辰州市", 1.5, "沐屿区 砚浦区 芷峡县 葭岭县 荻桥市"),
    ("si", "巳州市", 1.5, "麓峡区 磐浔区 砚湾县 石洲县 云泉市"),
)


def city_codes() -> list[str]:
    """Codes of the cities, in their order."""
    return [f"99{number:02d}00" for number in range(1, len(CITIES) + 1)]


def county_codes(city: str) -> list[str]:
    """Codes of the counties of a city."""
    names = CITIES[int(city[2:4]) - 1][3].split()
    return [f"{city[:4]}{number:02d}" for number in range(1, len(names) + 1)]


def names() -> dict[str, str]:
    """The name of every region by its code."""
    found = {NATION: "全国", PROVINCE: "示范省"}
    for city, (_, name, _, counties) in zip(city_codes(), CITIES, strict=True):
        found[city] = name
        found |= dict(zip(county_codes(city), counties.split(), strict=True))
    return found


def weights(region: str) -> list[float]:
    """Shares of the regions right below `region`, adding up to one."""
    if region == PROVINCE:
        sizes = [size for _, _, size, _ in CITIES]
    else:
        count = len(county_codes(region))
        sizes = [1.0 / (2 + place) ** 0.6 for place in range(count)]
    return [size / sum(sizes) for size in sizes]


def below(region: str) -> list[str]:
    """Codes of the regions right below `region`."""
    return city_codes() if region == PROVINCE else county_codes(region)


def regions_file() -> str:
    """The text of content/indicators/regions.yml."""
    lines = [
        "title: 示范省地区表（示例）",
        "audience: public",
        "division: mlk",
        "date: 2026-11-20",
        "summary: 虚构的示范省、16个市、110个县，代码用没有启用的99打头；名称都是编的。",
        "regions:",
        '  - {code: "000000", name: 全国, level: 国, short: 全国}',
        '  - {code: "990000", name: 示范省, level: 省, parent: "000000", short: 示范}',
    ]
    for city, (organisation, name, _, counties) in zip(city_codes(), CITIES, strict=True):
        lines.append(
            f'  - {{code: "{city}", name: {name}, level: 市, parent: "{PROVINCE}", '
            f"organisation: {organisation}, short: {name[:-1]}}}"
        )
        for code, county in zip(county_codes(city), counties.split(), strict=True):
            lines.append(f'  - {{code: "{code}", name: {county}, level: 县, parent: "{city}"}}')
    return "\n".join(lines) + "\n"
