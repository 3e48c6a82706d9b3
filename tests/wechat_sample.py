"""What tests of WeChat articles share: a press that works for real, and the sample that peers were measured on."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

from PIL import Image as Pil

from builder.markup import render
from builder.memo import Memo
from builder.model import Picture
from builder.render.wechat import budget, pictures
from builder.render.wechat.article import Article, Image
from builder.render.wechat.press import Press
from builder.render.wechat.themes import THEMES, Theme

BASE = "https://tjj.example.gov.cn/weike/"
PAGE = "faq/mlk/yangben/"
LINKS = {"faq:mlk/bie": "faq/mlk/bie/", "faq:mlk/yangben": PAGE}
PICTURES = {"tu.png": Picture("assets/tu.png", 900, 400, "一张图", "自绘", True)}
FILES = {"biao.csv": "assets/biao.csv"}

# Two formulas, a table with figures, nested lists and what else peers get wrong.
SAMPLE = """## 价格指数

**“同比”**和环比不同[^1]，见[公报](https://www.stats.gov.cn/sj/)和[往期](https://mp.weixin.qq.com/s/AbCdEf123456)。

!!! note
    指数是相对数。

1. 先看时期
    - 同比
    - 环比
        - 当月
2. 再看单位

- [x] 已核对
- [ ] 待核对

| 地区 | 总量（亿元） | 增速（%） |
|---|---:|---:|
| 甲市 | 2024.5 | 10.2 |
| 乙市 | 1,234.56 | -3.4 |

行内 $x_t = x_0 e^{rt}$，另起：

$$
I_p = \\frac{\\sum p_1 q_1}{\\sum p_0 q_1} \\times 100
$$

```python
def f(a, b):
    return (a / b - 1) * 100
```

> 引用原文，一字不改。

比上年同期增长用同比，比上一期增长用环比；两个数方向可以不同，都没有错。{统|tǒng}{计|jì}公报写“比上年增长5.2%”，说的是**同比**。

引用时写明时期、口径和单位，并附上出处；累计数不能当作当月数，现价总量不能直接相除。

[^1]: 脚注在此。
"""


def picture() -> bytes:
    """A drawing as PNG."""
    out = io.BytesIO()
    Pil.new("RGB", (900, 400), "#1b4a80").save(out, "PNG")
    return out.getvalue()


def press(theme: Theme = THEMES["daily"], allowance: budget.Allowance = budget.USUAL) -> Press:
    """A press whose pictures are made for real."""
    memo, data = Memo(None, ""), picture()

    def photo(path: str, words: str) -> tuple[Image, ...]:
        return (pictures.fitted(data, words, memo),) if path == "assets/tu.png" else ()

    def draw(svg: str, width: int, words: str) -> Image:
        return pictures.drawn(svg, words, memo, width=width)

    made = Press(theme, BASE, photo, draw, allowance)
    made.page(PAGE)
    return made


def unkept(html: str) -> str:
    """HTML without what keeps numbers whole, to be searched for sentences."""
    return re.sub(r'<span style="white-space:nowrap">([^<]*)</span>', r"\1", html)


def site(text: str, links: Mapping[str, str] = LINKS) -> str:
    """Markdown as the site shows it."""
    return render(text, links, PICTURES, FILES, "../../../").html


def article(
    text: str, theme: Theme = THEMES["daily"], allowance: budget.Allowance = budget.USUAL
) -> Article:
    """Markdown as a whole article with its notes."""
    made = press(theme, allowance)
    made.block("正文", made.prose(site(text)))
    for html in made.close():
        made.block("注释与链接", html)
    return made.finish(
        id="faq:mlk/yangben", kind="faq", title="样本", author="", digest="", url=f"{BASE}{PAGE}"
    )
