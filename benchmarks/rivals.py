"""The other generators: their environment, their trees of the same corpus, how each builds an edition.

MkDocs with Material and Zensical share one tree and one configuration. Hugo gets a bare theme: head,
sections, content, lists, feeds and tags as it makes them unasked. Each builds both editions by being
run twice; the second edition has a tree of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.corpus import LINK, Entry, write

PACKAGES = ("mkdocs-material", "zensical==0.0.73", "hugo")
EDITIONS = ("internet", "intranet")
SECTIONS = {"faq": "百问百答", "articles": "通知与解读", "terms": "名词口径"}
MKDOCS = """site_name: 统计微课
site_url: https://tjj.example.gov.cn/weike/
theme:
  name: material
  language: zh
  font: false
  features: [navigation.prune]
plugins: [search]
markdown_extensions:
  - tables
  - footnotes
  - admonition
  - attr_list
  - def_list
  - sane_lists
  - toc
  - pymdownx.details
  - pymdownx.superfences
  - pymdownx.highlight
  - pymdownx.tabbed
  - pymdownx.tasklist
  - pymdownx.mark
"""
HUGO = """baseURL = "https://tjj.example.gov.cn/weike/"
languageCode = "zh-CN"
title = "统计微课"
hasCJKLanguage = true
"""
BASE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ .Title }} · {{ site.Title }}</title><meta name="description" content="{{ .Description }}">
<link rel="canonical" href="{{ .Permalink }}"></head>
<body><nav><a href="{{ "/" | relURL }}">{{ site.Title }}</a>{{ range site.Sections }}
<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</nav>
<main>{{ block "main" . }}{{ end }}</main></body></html>
"""
SINGLE = """{{ define "main" }}<article><h1>{{ .Title }}</h1>
<p>{{ .Date.Format "2006-01-02" }} {{ range .Params.tags }}<a href="{{ "/tags/" | relURL }}{{ . | urlize }}/">{{ . }}</a> {{ end }}</p>
{{ .Content }}</article>{{ end }}
"""
LIST = """{{ define "main" }}<h1>{{ .Title }}</h1>{{ .Content }}<ul>{{ range .Pages }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ .Description }}</li>{{ end }}</ul>{{ end }}
"""


class Rivals:
    """The environment of the other generators, made in a folder that is kept between runs."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder.resolve() / "venv" / ("Scripts" if os.name == "nt" else "bin")

    def prepare(self) -> None:
        """Make the environment when it is not there."""
        if shutil.which("hugo", path=str(self.bin)):
            return
        subprocess.run([sys.executable, "-m", "venv", str(self.bin.parent)], check=True)
        python = str(self.bin / "python")
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)

    def versions(self) -> str:
        """What was measured."""
        command = [str(self.bin / "python"), "-m", "pip", "list", "--format=json"]
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        names = {package.partition("=")[0] for package in PACKAGES}
        return ", ".join(f"{p['name']} {p['version']}" for p in found if p["name"] in names)

    def mkdocs(self, root: Path, edition: str) -> list[str]:
        """The command that builds one edition with MkDocs."""
        return [str(self.bin / "mkdocs"), "build", "-q", "--clean", "-f", _config(root, edition)]

    def zensical(self, root: Path, edition: str) -> list[str]:
        """The command that builds one edition with Zensical."""
        return [str(self.bin / "zensical"), "build", "--clean", "-f", _config(root, edition)]

    def hugo(self, root: Path, edition: str) -> list[str]:
        """The command that builds one edition with Hugo."""
        place = root / edition
        cache = str(place / "cache")
        return [str(self.bin / "hugo"), "--quiet", "-s", str(place), "--cacheDir", cache]


def _config(root: Path, edition: str) -> str:
    return str(root / edition / "mkdocs.yml")


def mkdocs_tree(root: Path, entries: Sequence[Entry]) -> None:
    """Write the corpus for MkDocs and Zensical, one tree an edition."""
    shutil.rmtree(root, ignore_errors=True)
    files = {"mkdocs.yml": MKDOCS}
    pages = {e.id: e.page for e in entries}
    for entry in entries:
        head = ["---", f"title: {entry.title}", f"description: {entry.summary}"]
        head += [f"date: {entry.date}", f"tags: [{', '.join(entry.tags)}]", "---", ""]
        up = "../" * entry.page.count("/")
        text = _linked(_open(entry.text), pages, up + "{}.md")
        files[f"docs/{entry.page}.md"] = "\n".join(head) + f"\n# {entry.title}\n\n{text}"
    files["docs/index.md"] = "# 统计微课\n\n" + _hub(entries, "{}.md")
    for section, title in SECTIONS.items():
        members = [e for e in entries if e.page.startswith(f"{section}/")]
        files[f"docs/{section}/index.md"] = f"# {title}\n\n" + _hub(members, "../{}.md")
    for edition in EDITIONS:
        write(root / edition, files)


def _hub(entries: Sequence[Entry], link: str) -> str:
    return "".join(f"- [{e.title}]({link.format(e.page)})\n" for e in entries)


def _linked(text: str, pages: Mapping[str, str], link: str) -> str:
    """The text with addresses of pages for ids."""
    return LINK.sub(lambda found: f"]({link.format(pages[found[1]])})", text)


def _open(text: str) -> str:
    """The text without the marks of audience fences: others do not know them."""
    return re.sub(r"^:::.*\n", "", text, flags=re.MULTILINE)


def hugo_tree(root: Path, entries: Sequence[Entry]) -> None:
    """Write the corpus for Hugo with a bare theme, one tree an edition."""
    shutil.rmtree(root, ignore_errors=True)
    pages = {e.id: e.page for e in entries}
    files = {"hugo.toml": HUGO, "layouts/_default/baseof.html": BASE}
    files |= {"layouts/_default/single.html": SINGLE, "layouts/_default/list.html": LIST}
    files["layouts/index.html"] = LIST.replace(".Pages", "site.RegularPages")
    for entry in entries:
        head = ["---", f'title: "{entry.title}"', f'description: "{entry.summary}"']
        head += [f"date: {entry.date}", f"tags: [{', '.join(entry.tags)}]", "---", ""]
        text = _linked(_quoted(_open(entry.text)), pages, "/weike/{}/")
        files[f"content/{entry.page}.md"] = "\n".join(head) + text
    for section, title in SECTIONS.items():
        files[f"content/{section}/_index.md"] = f"---\ntitle: {title}\n---\n"
    for edition in EDITIONS:
        write(root / edition, files)


def _quoted(text: str) -> str:
    """Admonitions as quotes: the nearest thing Hugo has."""
    return re.sub(r'^!!! \w+ "(.*)"\n    (.*)$', r"> **\1**\n> \2", text, flags=re.MULTILINE)
