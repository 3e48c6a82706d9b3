"""The page around the page: Material's templates through their own contract, rendered once per tab and depth.

The shell has marks where a page's own head, title, crumbs and body go. It is rendered once, split on
the marks, and joined with each page's pieces: 2,000 pages cost 2,000 joins.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup

THEME = Path(__file__).parents[2] / "theme"
MARKS = ("head", "title", "crumbs", "body")
MATERIAL_FILES = ("assets/stylesheets/main.", "assets/javascripts/bundle.")
OUTSIDE = re.compile(
    rb"https://(?:unpkg\.com|fonts\.googleapis\.com|fonts\.gstatic\.com)/[A-Za-z0-9@./_-]*"
)


@lru_cache(maxsize=1)
def material() -> Path:
    """The folder of Material's templates."""
    import material as package  # a data package, found once

    return Path(package.__file__).parent / "templates"


class _Environment(Environment):
    """What templates ask of is nearly always a dict, so keys are looked up before attributes."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The value under a key, else as the package does it."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The Jinja2 environment: our templates first, Material's behind."""
    loader = FileSystemLoader([THEME / "templates", material()])
    env = _Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=400,
        bytecode_cache=_compiled(),
    )
    env.filters["url"] = _url_filter
    env.filters["script_tag"] = _script_tag
    env.filters["tojson"] = _tojson
    return env


def _compiled() -> FileSystemBytecodeCache | None:
    """Compiled templates beside the templates, as Python keeps its own; none where we may not write."""
    folder = THEME / "__pycache__"
    try:
        folder.mkdir(exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder))


@pass_context
def _url_filter(context: Context, value: str) -> str:
    """Material's `url`: an address under the site root, as seen from the page."""
    if re.match(r"[a-z]+:|#|/", value):
        return value
    base: str = context["base_url"]
    return f"{base}/{value}" if base != "." else value or "."


def _script_tag(value: object) -> Markup:
    return Markup('<script src="{}"></script>').format(value)


def _tojson(value: object) -> Markup:
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


@lru_cache(maxsize=1)
def theme_assets() -> Mapping[str, tuple[str, bytes]]:
    """Name in `theme/assets` → (site path with content hash, bytes). Comments of ours are not sent."""
    found: dict[str, tuple[str, bytes]] = {}
    for path in sorted((THEME / "assets").rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(THEME / "assets").as_posix()
        data = lean(path.suffix, path.read_bytes())
        tag = hashlib.sha256(data).hexdigest()[:8]
        found[name] = (f"assets/weike/{Path(name).stem}.{tag}{path.suffix}", data)
    return found


def lean(suffix: str, data: bytes) -> bytes:
    """A file of ours as it is sent: without comments and indents."""
    if suffix == ".css":
        text = re.sub(r"/\*.*?\*/", "", data.decode(), flags=re.DOTALL)
        return re.sub(r"\n\s*", "\n", text).strip().encode()
    if suffix == ".js":
        text = re.sub(r"^\s*/\*.*?\*/\s*?\n", "", data.decode(), flags=re.DOTALL | re.MULTILINE)
        return re.sub(r"\n\s+", "\n", text).strip().encode()
    if suffix == ".svg":
        return re.sub(r"<!--.*?-->", "", data.decode(), flags=re.DOTALL).strip().encode()
    return data


@lru_cache(maxsize=1)
def material_assets() -> Mapping[str, bytes]:
    """The two files of Material that pages load, without their requests to other hosts."""
    found: dict[str, bytes] = {}
    root = material()
    for path in sorted(root.glob("assets/*/*.min.*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(MATERIAL_FILES) and not name.endswith(".map"):
            data = OUTSIDE.sub(b"data:,", path.read_bytes())
            data = re.sub(rb"\n?/[/*]# sourceMappingURL=[^\n]*", b"", data)
            found[name] = re.sub(rb"url\([^)]*unpkg[^)]*\)", b"none", data)
    return found


def relative(base: str) -> Callable[[str], str]:
    """What turns an address under the site root into one seen from a page; `base` leads to the root."""

    def u(url: str) -> str:
        if url.startswith(("http:", "https:", "#")):
            return url
        return (base + url) or "./"

    return u


class Fill:
    """Fills templates for one site, with the small pieces they share at hand.

    Templates find `site`, `u`, the macros of `parts/bits.html` as `b` and those of `parts/card.html`
    as `k`, and its lines of lists as `hit`, each made once. The two are made once for each way to the root, not once a page.
    """

    def __init__(self, site: Mapping[str, Any]) -> None:
        """`site` is what templates know of the whole site."""
        self.site = site
        self.shared: dict[str, dict[str, Any]] = {}

    def __call__(self, template: str, base: str, **context: Any) -> str:
        """The text of one template; `base` leads from the page to the site root."""
        shared = self.shared.get(base)
        if shared is None:
            shared = self.shared[base] = {"site": self.site, "u": relative(base)}
            for name, part in (("b", "parts/bits.html"), ("k", "parts/card.html")):
                shared[name] = environment().get_template(part).make_module(shared)
            shared["hit"] = _once(shared["k"].hit)
        return environment().get_template(template).render(shared, **context)


def _once(macro: Callable[[Any], Markup]) -> Callable[[Any], Markup]:
    """Keep what a macro made of a card, by all that the card says."""
    made: dict[str, Markup] = {}

    def line(card: Any) -> Markup:
        mark = repr(card)
        if mark not in made:
            made[mark] = macro(card)
        return made[mark]

    return line


class Shell:
    """Renders and keeps the pieces of the page around the page."""

    def __init__(self, site: Mapping[str, Any]) -> None:
        """`site` is what templates know of the whole site."""
        self.site = site
        self.kept: dict[tuple[str, str], tuple[str, ...]] = {}
        self.template = environment().get_template("main.html")

    def join(self, tab: str, base: str, pieces: Mapping[str, str]) -> str:
        """One whole page; `base` leads to the site root, `pieces` has an entry for each mark."""
        parts = self.kept.get((tab, base))
        if parts is None:
            parts = self.kept[tab, base] = self._render(
                tab, base.rstrip("/") or ("" if base else ".")
            )
        texts = [parts[0]]
        for number, mark in enumerate(MARKS):
            texts += [pieces[mark], parts[number + 1]]
        return "".join(texts)

    def _render(self, tab: str, base: str) -> tuple[str, ...]:
        marks = {name: f"\x02{name}\x03" for name in MARKS}
        text = self.template.render(
            config=_config(self.site),
            page=_PAGE,
            nav=_NAV,
            base_url=base,
            features=[],
            site={**self.site, "active": tab},
            slots={name: Markup(mark) for name, mark in marks.items()},
            mkdocs_version="1.6.1",
            extra_css=[],
            extra_javascript=[],
        )
        text = text.replace('<html lang="zh"', '<html lang="zh-CN"', 1)
        text = re.sub(r"\n\s*\n+", "\n", re.sub(r"^[ \t]+", "", text, flags=re.MULTILINE))
        parts = re.split("\x02(?:" + "|".join(MARKS) + ")\x03", text)
        if len(parts) != len(MARKS) + 1:
            raise ValueError("main.html must print each slot once, in order")
        return tuple(parts)


class _Lenient(dict[str, Any]):
    """What Material's templates ask of MkDocs' objects: missing is false, not an error."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


_PAGE = _Lenient(meta=_Lenient(), toc=[], title="", content="", url="")
_NAV = _Lenient(homepage=_Lenient(url=""))


def _config(site: Mapping[str, Any]) -> _Lenient:
    theme = _Lenient(
        language="zh",
        features=[],
        icon=_Lenient(),
        palette=None,
        font=False,
        favicon=site["favicon"],
        direction="ltr",
    )
    return _Lenient(
        site_name=site["name"],
        site_description="",
        theme=theme,
        extra=_Lenient(polyfills=[]),
        plugins={},
        extra_css=[],
        extra_javascript=[],
    )
