"""ECharts in a small JavaScript engine: an option in, an SVG out that a strict page may hold.

One runtime serves a thread for as long as it lives; each chart is made anew in it. A chart that takes
too long or too much room ends the runtime, and the next chart begins another.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from builder.media.chart_style import dressed, theme
from builder.media.fonts import FAMILIES, advances

SOURCE = Path(__file__).with_name("echarts") / "echarts.min.js"
SECONDS, ROOM, STACK = 4, 256 << 20, 1 << 20
START_SECONDS = 60
SHIMS = """
var process={env:{}}, global=globalThis, console={log(){},warn(){},error(){}};
var setTimeout=function(){return 0}, clearTimeout=function(){};
0"""
# Python must not be called while time is limited, so widths are summed here from advances given before.
DRAW = """
var ems={}, theme=null;
function learn(more){ Object.assign(ems, JSON.parse(more)); }
echarts.setPlatformAPI({measureText:function(text, font){
  var size=parseFloat((/([\\d.]+)px/.exec(font)||[0,15])[1]), wide=0;
  for (var c of text) wide+=(ems[c]===undefined ? 1 : ems[c]);
  return {width:wide*size};
}});
function unsigned(option){ // JSON can't hold the function that leaves numbers below zero out
  for (var axis of [].concat(option.yAxis||[])) if (axis.unsigned)
    axis.axisLabel.formatter=function(v){ return v<0 ? '' : echarts.format.addCommas(v); };
  return option;
}
function draw(option, width, height){
  var chart=echarts.init(null, theme, {renderer:'svg', ssr:true, width:width, height:height});
  try {
    chart.setOption(unsigned(JSON.parse(option)));
    var svg=chart.getZr().painter.renderToString({useViewBox:true, cssAnimation:false, cssEmphasis:false});
    return JSON.parse(JSON.stringify(svg));
  } finally { chart.dispose(); }
}
0"""


class ChartError(Exception):
    """ECharts can't draw the option, or not within bounds."""


class _Runtime:
    def __init__(self) -> None:
        import quickjs  # most builds draw no new chart

        self.context = quickjs.Context()
        self.context.set_memory_limit(ROOM)
        self.context.set_max_stack_size(STACK)
        for code in (SHIMS, f"{_source()};0", DRAW):
            self.context.eval(code)
        self.context.eval(f"theme=JSON.parse({json.dumps(json.dumps(theme()))});0")
        self.draw = self.context.get("draw")
        self.learn = self.context.get("learn")
        self.known: set[str] = set()

    def teach(self, text: str) -> None:
        """Make the advances of all characters of `text` known."""
        new = sorted(set(text) - self.known)
        if new:
            self.learn(json.dumps(dict(zip(new, advances("".join(new), 1.0), strict=True))))
            self.known.update(new)


@lru_cache(maxsize=1)
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


_HERE = threading.local()


def _runtime() -> _Runtime:
    runtime: _Runtime | None = getattr(_HERE, "runtime", None)
    if runtime is None:
        runtime = _HERE.runtime = _Runtime()
        runtime.teach("".join(map(chr, range(32, 127))))
    return runtime


def draw(
    option: Mapping[str, Any],
    width: int,
    height: int,
    name: str,
    palette: Mapping[str, str] | None = None,
) -> str:
    """The inside of an `<svg>` of `width` × `height`; ids begin with `name`.

    Raises `ChartError` when ECharts can't draw it in time. Colours are the page's variables, or those
    of `palette` for a picture by itself.
    """
    import quickjs

    text = json.dumps({"animation": False, **option}, ensure_ascii=False)
    runtime = _runtime()
    runtime.teach(text)
    runtime.context.set_time_limit(SECONDS)
    try:
        svg = runtime.draw(text, width, height)
    except (quickjs.JSException, quickjs.StackOverflow, MemoryError) as error:
        del _HERE.runtime
        raise ChartError(str(error).split("\n", 1)[0][:120]) from error
    runtime.context.set_time_limit(-1)
    return dressed(_plain(svg, name), palette)


_HEAD = re.compile(r"^<svg[^>]*>\s*(?:<rect [^>]*fill=\"(?:none|transparent)\"[^>]*></rect>\s*)?")
_STYLE_ELEMENT = re.compile(r"<style\b.*?</style>\s*", re.DOTALL)
_STYLE = re.compile(r" style=\"([^\"]*)\"")
_NOISE = re.compile(
    r' (?:pointer-events="visible"|class="[^"]*"|ecmeta_\w+="[^"]*"|xml:space="\w+")'
)
_IDS = re.compile(r"\bzr\d+-([a-z]+)-?(\d+)")
_SHORT = re.compile(r"font:\s*\w+ (\w+) ([\d.]+px)[^;]*")
_UNSEEN = re.compile(
    r'<path (?=[^>]*fill(?:-opacity)?="(?:none|0)")(?![^>]*stroke="[^n])[^>]*></path>\n?|'
    r'<path (?=[^>]*fill-opacity="0")(?=[^>]*stroke-width="0")[^>]*></path>\n?'
)
# A dot of a pattern: once rounded, its arc ends where it began, and nothing would be drawn.
_DOT = re.compile(r'd="M([-\d.]+ [-\d.]+)A([\d.]+) \2 0 1 1 \1"')
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_KEPT = frozenset({"font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline"})


def _plain(svg: str, name: str) -> str:
    """Without style, classes and outside names; ids numbered from one, in order of appearance."""
    inside = _HEAD.sub("", svg, count=1).removesuffix("</svg>").rstrip()
    inside = _STYLE_ELEMENT.sub("", inside)
    inside = _NOISE.sub("", _STYLE.sub(_attributes, inside))
    inside = _UNSEEN.sub("", inside)
    numbers: dict[str, str] = {}
    inside = _IDS.sub(
        lambda m: numbers.setdefault(m.group(0), f"{name}-{len(numbers) + 1}"), inside
    )
    return _DOT.sub(_dot, _TAG.sub(_rounded, inside))


def _rounded(tag: re.Match[str]) -> str:
    """Places and lengths to a tenth; what is written between tags stays as it is."""
    return _NUMBER.sub(lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), tag[0])


def _dot(found: re.Match[str]) -> str:
    """The same dot as two half circles; it begins at its right."""
    radius = float(found[2])
    half = f"a{radius:g} {radius:g} 0 1 1 "
    return f'd="M{found[1]}{half}{-2 * radius:g} 0{half}{2 * radius:g} 0"'


def _attributes(found: re.Match[str]) -> str:
    """Presentation attributes for what stood in `style`; the family stands once, on the root."""
    written = _SHORT.sub(r"font-weight:\1;font-size:\2", found.group(1))
    pairs = (part.partition(":") for part in written.split(";"))
    return "".join(f' {k.strip()}="{v.strip()}"' for k, _, v in pairs if k.strip() in _KEPT)


def root(width: int, height: int, more: str) -> str:
    """The opening tag of a chart."""
    return f'<svg viewBox="0 0 {width} {height}" font-family="{FAMILIES}" {more}>'
