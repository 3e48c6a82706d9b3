"""Tiny content trees for tests, written file by file."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from builder.build import build, survey
from builder.bundle import Bundle
from builder.config import load_config
from builder.model import BEIJING, Page, Site
from builder.problems import Problem
from builder.read import read
from builder.select import select

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=BEIJING)
SOURCES = [{"title": "示例制度", "quote": "示例原文", "seen": "2026-11-01"}]
BASE = {"title": "示例题目", "audience": "public", "division": "mlk", "date": "2026-11-01"}
CONFIG = """\
site:
  name: 示例微课
  owner: 示范省统计局
  editor: 编辑组
  domain: tjj.example.gov.cn
  id_code: 9900000001
  description: 示例站点
  footer: {host: 示范省统计局}
audiences:
  public: {label: 社会公众, public: true}
  intranet: {label: 统计系统内部}
editions:
  internet: {label: 互联网版, audiences: [public], base_url: "https://tjj.example.gov.cn/weike/"}
  intranet: {label: 业务网版, audiences: [public, intranet], base_url: "http://weike.example/"}
"""
ORGS = """\
province: 示范省
bureau: 示范省统计局
divisions:
  - {id: mlk, name: 名录库, short: 名录, duties: 管单位名录。}
  - {id: nbc, name: 内部处, short: 内部, duties: 管内部事务。}
cities:
  - {id: jiazhou, name: 甲州市}
"""
Content = Mapping[str, str | bytes]


def head(**keys: object) -> str:
    """YAML front matter; values in flow style."""
    return "".join(f"{k}: {json.dumps(v, ensure_ascii=False)}\n" for k, v in (BASE | keys).items())


def md(body: str = "", /, **keys: object) -> str:
    """A Markdown entry."""
    return f"---\n{head(**keys)}---\n{body}\n"


def faq(body: str = "正文。", /, **keys: object) -> str:
    """A FAQ that may go out."""
    return md(body, **({"answer": "一句话答案。", "sources": SOURCES} | keys))


def fact(body: str = "正文。", /, **keys: object) -> str:
    """A Markdown entry of fact that quotes its source."""
    return md(body, **({"sources": SOURCES} | keys))


def yml(**keys: object) -> str:
    """A YAML entry that quotes its source."""
    return head(**({"sources": SOURCES} | keys))


def write(root: Path, files: Content) -> Path:
    """Write a tree; configuration and organisations are put in where the case has none of its own."""
    for path, body in {"site_config.yml": CONFIG, "content/orgs.yml": ORGS, **files}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body.encode() if isinstance(body, str) else body)
    return root


def problems(root: Path, now: datetime = NOW) -> list[Problem]:
    """All there is to say of a tree, the lack of git aside."""
    return [p for p in survey(root, [], now) if p.code != "TIM003"]


def codes(found: Sequence[Problem]) -> list[str]:
    """The codes in a list of problems."""
    return [p.code for p in found]


def site_of(root: Path, edition: str = "internet", now: datetime = NOW) -> Site:
    """What one edition may know."""
    config = load_config(root)
    return select(read(root)[0], config.edition(edition), frozenset(config.audiences), now)[0]


def page_of(root: Path, identity: str, edition: str = "internet") -> Page:
    """One selected page."""
    return site_of(root, edition).pages[identity]


def bundles(root: Path, out: Path, now: datetime = NOW) -> dict[str, Bundle]:
    """Build every edition in this process."""
    return {str(b.header["edition"]): b for b in build(root, out, [], now, jobs=1)[0]}


def plain(path: str) -> str:
    """A path without the hash that files beside pages have in their names."""
    return re.sub(r"\.[0-9a-f]{12}(?=\.[a-z0-9]+$)", "", path)


def actual(folder: Path, path: str) -> str:
    """The one file of a bundle whose plain path is `path`."""
    stem, _, suffix = path.rpartition(".")
    return next(folder.glob(f"{stem}.{'[0-9a-f]' * 12}.{suffix}")).relative_to(folder).as_posix()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under `folder`, by its path."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def picture(form: str, mode: str = "RGB", size: tuple[int, int] = (24, 16), **more: Any) -> bytes:
    """A small noisy picture, with whatever metadata its writer takes."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    image.putpixel((1, 1), 0 if mode in {"L", "P"} else (250, 10, 20, 255)[: len(mode)])
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def exif(words: str) -> bytes:
    """EXIF with a description."""
    block = Image.Exif()
    block[0x010E] = words
    return block.tobytes()


def packed(parts: Mapping[str, str | bytes], comment: str = "") -> bytes:
    """A zip of the parts, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.comment = comment.encode()
        for name, body in parts.items():
            target.writestr(name, body)
    return out.getvalue()


TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def docx(text: str, more: Content | None = None) -> bytes:
    """A Word file with one paragraph, and other parts."""
    body = f'<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    return packed({"[Content_Types].xml": TYPES, "word/document.xml": body, **(more or {})})


def xlsx(text: str, more: Content | None = None) -> bytes:
    """A spreadsheet with one cell, and other parts."""
    parts = {
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": '<workbook><sheets><sheet name="表" sheetId="1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f"<worksheet><row><c><t>{text}</t></c></row></worksheet>",
    }
    return packed(parts | dict(more or {}))
