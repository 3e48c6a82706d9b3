"""A site with a canary in every hiding place.

Each canary says in which files of the intranet edition it must be seen (a pattern of paths), or that
no edition may show it. None may ever be seen in the internet edition.
"""

from __future__ import annotations

import zlib
from struct import pack

from tests import planting_entries, planting_numbers, planting_robot
from tests.canaries import Garden
from tests.sitefiles import CONFIG, ORGS, docx, exif, faq, md, picture, xlsx


def garden() -> Garden:
    """The whole site."""
    g = Garden()
    _config(g)
    _organisations(g)
    _blocks(g)
    _front_matter(g)
    _pictures(g)
    _office(g)
    planting_entries.internal_entries(g)
    planting_entries.internal_course(g)
    planting_entries.mixed(g)
    planting_entries.withheld(g)
    planting_entries.strays(g)
    planting_numbers.numbers(g)
    planting_robot.scripts(g)
    return g


def _config(g: Garden) -> None:
    text = CONFIG.replace("label: 统计系统内部", f"label: {g.say('audience label')}")
    text = text.replace("label: 业务网版", f"label: 业务网{g.say('edition label', 'index.html')}")
    text = text.replace(
        "weike.example", f"{g.slug('address of the edition', 'sitemap.xml')}.example"
    )
    hot = g.say("hot link to an internal entry", "index.html")
    role = g.say("entrance to an internal entry", "index.html")
    row = g.say("task row with an internal link", "index.html")
    g.files["site_config.yml"] = (
        f"{text}home:\n  hot: [{{title: {hot}, link: 'term:neibu'}}]\n"
        f"  tasks: [{{title: 我要查, rows: [{{title: {row}, link: 'system:neibu'}}]}}]\n"
        "  columns: ['column:neibu']\n"
        f"  roles: [{{id: a, title: {role}, text: 乙, link: 'faq:mlk/daihe'}}]\n"
    )


def _organisations(g: Garden) -> None:
    name = g.say("name of a division that only writes inside", "site/divisions/")
    duties = g.say("duties of such a division", "site/divisions/")
    g.files["content/orgs.yml"] = ORGS.replace("内部处", name).replace("管内部事务", duties)


def _blocks(g: Garden) -> None:
    """One public page with blocks of another audience."""
    here = "site/faq/mlk/gongkai/index.html"

    def say(place: str) -> str:
        return g.say(f"fence: {place}", here)

    name = g.slug("name of a picture used inside only")
    g.files[f"faq/mlk/assets/{name}.png"] = picture("PNG", size=(31, 17))
    g.files["faq/mlk/assets/gongkai.csv"] = f"代码,名称\n1,{g.public()}\n"
    g.files["content/snippets/neibu.md"] = md(
        g.say("snippet", here) + f" <!-- {g.say('comment in a snippet')} -->",
        audience="intranet",
        title=g.say("title of a snippet"),
    )
    g.files["content/snippets/gongkai.md"] = md(
        f"{g.public()}\n\n::: intranet\n{g.say('fence in a public snippet', here)}\n:::"
    )
    body = f"""
公开的话{g.public()}，见统计员工作手册。

::: intranet
{say("paragraph")} [内]({"norm:neibu"} "{say("link title")}")
![{say("alt")}](assets/{name}.png "{say("caption")}")

## {say("heading")}

| {say("table head")} | b |
|---|---|
| {say("cell")} | 1 |

```python
{say("code")}
```

:::: intranet
{say("nested fence")}
::::

--8<-- "snippet:neibu"
<!-- {g.say("comment in a fence")} -->
:::

- 列表
    ::: intranet
    - {say("list")}
    :::

!!! note "注意"
    公开{g.public()}
    ::: intranet
    {say("admonition")}
    :::

> 引文
> ::: intranet
> {say("quotation")}
> :::

甲[^1]，<!-- {g.say("comment in a line")} -->乙<!--{g.say("comment without spaces")}-->丙。

<!--
{g.say("comment of several lines")}

::: intranet
-->

```html
<!-- {g.say("comment in code")} -->
```

[^1]: 公开脚注
::: intranet
[^2]: {say("footnote")}
[ref]: https://a.example/{g.slug("reference definition")}
:::

--8<-- "snippet:gongkai"

[下载](assets/gongkai.csv) [待核][d]、[未到](faq:mlk/weilai "题")、[待核](faq:mlk/daihe)

[d]: faq:mlk/daihe
"""
    g.files["faq/mlk/gongkai.md"] = faq(
        body,
        title=f"公开的问题{g.public()}",
        assets={f"assets/{name}.png": {"alt": g.say("alt in a note"), "credit": say("credit")}},
    )


def _front_matter(g: Garden) -> None:
    text = faq(
        "正文。",
        editorial={k: g.say(f"editorial {k}") for k in ("notes", "owner", "reviewer")},
        title="公开第二问",
    )
    g.files["faq/mlk/gongkai-er.md"] = text.replace(
        "title:", f"# {g.say('YAML comment')}\ntitle:", 1
    )


def _pictures(g: Garden) -> None:
    def text_chunk(kind: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))

    jpeg = picture(
        "JPEG",
        exif=exif(g.slug("EXIF")),
        comment=g.slug("JPEG comment"),
        icc_profile=g.slug("ICC").encode(),
    )
    iptc = b"Photoshop 3.0\x008BIM\x04\x04" + g.slug("IPTC").encode()
    xmp = b"http://ns.adobe.com/xap/1.0/\x00" + g.slug("XMP in JPEG").encode()
    segments = b"".join(
        pack(">BBH", 255, m, len(b) + 2) + b for m, b in ((0xED, iptc), (0xE1, xmp))
    )
    tail = picture("JPEG", comment=g.slug("picture behind a picture"))
    png = picture("PNG")
    chunks = text_chunk(b"tEXt", b"Comment\x00" + g.slug("PNG tEXt").encode())
    chunks += text_chunk(b"zTXt", b"a\x00\x00" + zlib.compress(g.slug("PNG zTXt").encode()))
    chunks += text_chunk(
        b"iTXt", b"a\x00\x01\x00\x00\x00" + zlib.compress(g.slug("PNG iTXt").encode())
    )
    chunks += text_chunk(b"eXIf", exif(g.slug("PNG eXIf"))[6:])
    pictures = {
        "a.jpg": jpeg[:2] + segments + jpeg[2:] + tail,
        "b.png": png[:33] + chunks + png[33:] + g.slug("bytes behind a PNG").encode(),
        "c.webp": picture(
            "WEBP", xmp=g.slug("XMP in WebP").encode(), exif=exif(g.slug("EXIF in WebP"))
        ),
        "d.gif": picture("GIF", "P", comment=g.slug("GIF comment")),
        "e.avif": picture(
            "AVIF", xmp=g.slug("XMP in AVIF").encode(), exif=exif(g.slug("EXIF in AVIF"))
        ),
    }
    lines = []
    for name, data in pictures.items():
        slug = g.slug(f"file name of {name}")
        g.files[f"faq/mlk/assets/{slug}-{name}"] = data
        lines.append(f"![{g.public()}](assets/{slug}-{name})\n")
    g.files["faq/mlk/tupian.md"] = faq("\n".join(lines), title="带图的问题")


def _office(g: Garden) -> None:
    core = "<cp:coreProperties><dc:creator>{}</dc:creator></cp:coreProperties>"
    word = docx(
        g.public() + f"<!-- {g.slug('comment in docx XML')} -->",
        {
            "docProps/core.xml": core.format(g.slug("docx author")),
            "docProps/custom.xml": g.slug("docx property"),
            "word/comments.xml": g.slug("docx comment"),
            "word/people.xml": g.slug("docx people"),
            "word/settings.xml": f"<w:docVars>{g.slug('docx variable')}</w:docVars>",
            "customXml/item1.xml": g.slug("docx custom XML"),
            "word/media/image1.png": g.files["faq/mlk/assets/" + _name(g, "b.png")],
        },
    )
    sheet = xlsx(
        g.public(),
        {
            "docProps/app.xml": core.format(g.slug("xlsx company")),
            "xl/comments1.xml": g.slug("xlsx comment"),
            "xl/threadedComments/threadedComment1.xml": g.slug("xlsx thread"),
            "xl/persons/person.xml": g.slug("xlsx person"),
            "xl/drawings/vmlDrawing1.vml": g.slug("xlsx note shape"),
            "xl/x.xml": f'<x15ac:absPath url="C:\\{g.slug("path of the author")}\\"/>',
        },
    )
    g.files["faq/mlk/assets/biao.docx"] = word
    g.files["faq/mlk/assets/biao.xlsx"] = sheet
    g.files["faq/mlk/fujian.md"] = faq(
        "[表一](assets/biao.docx) [表二](assets/biao.xlsx)", title="带附件的问题"
    )


def _name(g: Garden, suffix: str) -> str:
    return next(p for p in g.files if p.endswith(suffix)).rpartition("/")[2]
