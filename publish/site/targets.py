"""`state/sites.yml`: which servers there are. Text in, `Target`s out; what is wrong with it in Chinese.

sites:
  waiwang:
    place: local            # local 本机或挂载的文件夹，ssh 经 SSH 登录的服务器，s3 对象存储
    path: /srv/weike/internet
    verify_url: https://tjj.example.gov.cn/weike/
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from builder.problems import Refused

FILE = "sites.yml"
DEEPEST = 12
LARGEST = 256 * 1024
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
NUMBERS = {"keep": (1, 50), "port": (1, 65535), "page_seconds": (0, 3600), "grace": (0, 365)}
NEEDED = {"local": ("path",), "ssh": ("host", "path"), "s3": ("bucket", "endpoint")}
ONLY = {
    "ssh": ("host", "port", "identity", "ssh_config"),
    "s3": ("bucket", "prefix", "endpoint", "region", "page_seconds", "grace"),
    "local": ("switch",),
}


@dataclass(frozen=True, slots=True)
class Target:
    """One server. `switch`: `link` shows a release by a symbolic link, `files` puts its files in place."""

    name: str
    place: str
    edition: str = "internet"
    path: str = ""
    keep: int = 5
    verify_url: str = ""
    switch: str = "link"
    host: str = ""
    port: int = 22
    identity: str = ""
    ssh_config: str = ""
    bucket: str = ""
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    page_seconds: int = 0
    grace: int = 7

    @property
    def where(self) -> str:
        """In words."""
        if self.place == "s3":
            return f"对象存储 {self.bucket}/{self.prefix}"
        return f"{self.host}:{self.path}" if self.place == "ssh" else self.path


KEYS = tuple(f.name for f in fields(Target) if f.name != "name")


def load(state: Path, wanted: list[str]) -> list[Target]:
    """The targets named, or all; `Refused` when the file is wrong or one isn't there."""
    file = state / FILE
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise Refused(
            f"还没有 {file}：在里面写明网站放到哪里，格式见 docs/deploy/README.md。"
        ) from None
    except OSError as error:
        raise Refused(f"读不了 {file}：{error.strerror}。") from None
    found = parsed(data, str(file))
    strange = [name for name in wanted if name not in found]
    if strange:
        raise Refused(f"{file} 里没有叫 {strange[0]} 的网站；有的是：{'、'.join(found)}。")
    return [found[name] for name in wanted or found]


def parsed(data: bytes, file: str) -> dict[str, Target]:
    """Every target by its name."""
    node = _yaml(data, file)
    sites = node.get("sites") if isinstance(node, dict) and set(node) == {"sites"} else None
    if not isinstance(sites, dict) or not sites:
        raise Refused(f"{file} 应当是“sites:”，下面每个网站一段：名字、place 和 path 等。")
    wrong = [said for name, keys in sites.items() for said in _wrong(name, keys)]
    if wrong:
        raise Refused("\n".join(f"{file}：{said}" for said in wrong))
    found = {name: _target(name, keys) for name, keys in sites.items()}
    if together := list(_together(found.values())):
        raise Refused("\n".join(f"{file}：{said}" for said in together))
    return found


def _together(found: Iterable[Target]) -> Iterator[str]:
    """Places that are one, or lie in one another: what one of them shows, readers of the other would get."""
    for one, other in combinations(found, 2):
        short, long = sorted((_spot(one), _spot(other)), key=len)
        if long[: len(short)] == short:
            yield f"{one.name}（{one.where}）和 {other.name}（{other.where}）放在同一处或一个套着一个，会把一边的内容放给另一边的读者：各写一个互不包含的地方。"


def _spot(target: Target) -> tuple[str, ...]:
    """Where a target stands, from the outermost inwards; links of this machine followed."""
    if target.place == "s3":
        server = target.endpoint.lower().rstrip("/")
        return ("s3", server, target.bucket, *_parts(target.prefix))
    if target.place == "ssh":  # by whatever account and port: the same machine
        host = target.host.rpartition("@")[2].lower()
        return ("ssh", host, *_parts(posixpath.normpath(target.path)))
    real = os.path.normcase(os.path.realpath(target.path))
    return ("local", *_parts(real.replace(os.sep, "/")))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _yaml(data: bytes, file: str) -> Any:
    import yaml

    if len(data) > LARGEST:
        raise Refused(f"{file} 太大，不像网站清单。")
    try:
        text = data.decode("utf-8-sig")
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:  # the parser takes half a minute on some such texts
                raise Refused(f"{file} 套得太深，不像网站清单。")
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise Refused(f"{file} 第 {line} 行：不用 * 引用，照写一遍。")
        return yaml.load(text, _strict())  # noqa: S506  # makes nothing but text, lists and mappings
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = error.problem if error.problem and not error.problem.isascii() else "写法不对"
        raise Refused(f"{file} 第 {line} 行：{said}。每行写“名称: 值”，缩进用空格。") from None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError):
        raise Refused(f"{file} 不是 UTF-8 的 YAML 文本：用 UTF-8 另存一遍。") from None


def _strict() -> Any:
    import yaml

    class Strict(yaml.BaseLoader):
        """Every value stays text; a key written twice is refused."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen: set[str] = set()
            for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
                if key.value in seen:
                    said = f"{key.value} 写了两次"
                    raise yaml.MarkedYAMLError(problem=said, problem_mark=key.start_mark)
                seen.add(key.value)
            return dict(super().construct_mapping(node, deep))

    return Strict


def _wrong(name: str, keys: object) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield f"网站的名字 {name} 只用小写字母、数字和连字符。"
    if not isinstance(keys, dict) or not all(isinstance(v, str) for v in keys.values()):
        yield f"{name} 下面每行写“名称: 值”。"
        return
    place = keys.get("place", "")
    for key in keys:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1)
            yield f"{name} 不认得 {key}。{f'是不是 {near[0]}？' if near else ''}"
    if place not in NEEDED:
        yield f"{name} 的 place 写 local（本机或挂载的文件夹）、ssh 或 s3。"
        return
    yield from (f"{name} 缺 {key}。" for key in NEEDED[place] if not keys.get(key))
    yield from _misplaced(name, place, keys)
    yield from _values(name, place, keys)


def _misplaced(name: str, place: str, keys: Mapping[str, str]) -> Iterator[str]:
    for other, own in ONLY.items():
        if other != place:
            strange = [k for k in own if k in keys and k not in ONLY[place]]
            yield from (f"{name} 是 {place}，用不着 {key}。" for key in strange)
    if place == "s3" and "path" in keys:
        yield f"{name} 是 s3，用不着 path：写 prefix。"


def _values(name: str, place: str, keys: Mapping[str, str]) -> Iterator[str]:
    for key, (least, most) in NUMBERS.items():
        if key in keys and not (keys[key].isdecimal() and least <= int(keys[key]) <= most):
            yield f"{name} 的 {key} 写 {least} 到 {most} 的整数。"
    url = keys.get("verify_url", "")
    if url and not _asked(url):
        yield f"{name} 的 verify_url 写网站首页的地址，以 http:// 或 https:// 开头、以 / 结尾，主机名和端口不写错。"
    if keys.get("switch", "link") not in {"link", "files"}:
        yield f"{name} 的 switch 写 link（符号链接）或 files（逐个换上）。"
    yield from _places(name, place, keys)


def _asked(url: str) -> str:
    """The address of a first page as it is asked for, in ASCII; empty when it is none."""
    if re.search(r"[\s\x00-\x1f\x7f?#@\\]", url) or not url.endswith("/"):
        return ""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        plain = host if host.isascii() else host.encode("idna").decode()
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not plain or port == 0:
        return ""
    where = f"[{plain}]" if ":" in plain else plain
    path = quote(parts.path, safe="/%!$&'()*+,;=:~")
    return f"{parts.scheme}://{where}{f':{port}' if port else ''}{path}"


def _places(name: str, place: str, keys: Mapping[str, str]) -> Iterator[str]:
    if place == "local" and not Path(keys.get("path", "/")).is_absolute():
        yield f"{name} 的 path 写完整路径。"
    if place == "ssh" and not keys.get("path", "/").startswith("/"):
        yield f"{name} 的 path 写服务器上的完整路径，以 / 开头。"
    path = keys.get("path", "")
    if path.startswith("/") and not _parts(posixpath.normpath(path)):
        yield f"{name} 的 path 不能是 /：写一个专门放网站的文件夹，例如 /srv/weike/internet。"
    if keys.get("host", "").startswith("-"):
        yield f"{name} 的 host 不能以 - 开头。"
    address = keys.get("endpoint", "")
    if address and not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", address):
        yield f"{name} 的 endpoint 以 https:// 开头。"
    prefix = keys.get("prefix", "")
    if prefix and (prefix.startswith("/") or not prefix.endswith("/") or "//" in prefix):
        yield f"{name} 的 prefix 不以 / 开头，以 / 结尾，例如 weike/。"
    if place == "s3" and keys.get("edition", "internet") != "internet":
        yield f"{name}：对象存储只放互联网版。"


def _target(name: str, keys: Mapping[str, str]) -> Target:
    values: dict[str, Any] = {k: int(v) if k in NUMBERS else v for k, v in keys.items()}
    values["verify_url"] = _asked(keys.get("verify_url", ""))
    return Target(name, **values)
