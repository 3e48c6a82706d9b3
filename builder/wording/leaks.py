"""What opens a door or breaks a seal: keys and passwords, marks of classification, internal addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from builder.config import SiteConfig
from builder.wording.finding import Finding
from builder.wording.passages import Sheet

SECRET_LAW = "保守国家秘密法第三十五条；国办秘函〔2019〕19号 单项否决：泄露国家秘密"
KEYS = (
    (re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----"), "私钥"),
    (re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])"), "云服务密钥"),
    (re.compile(r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,24}(?![A-Za-z0-9])"), "云服务密钥"),
    (re.compile(r"(?<![A-Za-z0-9])AKID[A-Za-z0-9]{13,40}(?![A-Za-z0-9])"), "云服务密钥"),
    (re.compile(r"(?<![A-Za-z0-9])AIza[0-9A-Za-z_\-]{35}"), "接口密钥"),
    (re.compile(r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{20,}"), "访问令牌"),
    (re.compile(r"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_\-]{16,}"), "访问令牌"),
    (re.compile(r"(?<![A-Za-z0-9])xox[abprs]-[A-Za-z0-9-]{10,}"), "访问令牌"),
    (re.compile(r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_\-]{20,}"), "接口密钥"),
    (
        re.compile(
            r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}"
        ),
        "登录令牌",
    ),
    (re.compile(r"(?i)(?<![a-z])bearer\s+[A-Za-z0-9._\-]{20,}"), "登录令牌"),
    (
        re.compile(
            r"(?i)(?<![a-z])[a-z][a-z0-9+.:\-]{1,20}://[^\s:/@，。）)”]{1,60}:(?!\*|x{3}|<|密码|口令|\$\{)[^\s/@，。）)”]{3,}@[\w.\-]+"
        ),
        "带口令的连接地址",
    ),
    (
        re.compile(
            r"[?&](?:access_token|token|secret|api_?key|key|sign)=(?!\*|x{3}|<|\$\{)[A-Za-z0-9_\-%.]{16,}"
        ),
        "带令牌的网址",
    ),
)
KEY_HINTS = (
    "PRIVATE KEY",
    "AKIA",
    "ASIA",
    "LTAI",
    "AKID",
    "AIza",
    "_",
    "-",
    "eyJ",
    "earer",
    "://",
    "=",
)
LABELLED = re.compile(
    r"(?i)(?:app_?secret|client_?secret|secret_?key|access_?key(?:_?id|_?secret)?|api_?key|secret|access_?token|token|passwd|password|passphrase|pwd|"
    r"密码|口令|密钥|令牌|授权码|验证密码)(?:是|为|设为|设成|改为|改成|统一为|均为|都是|默认为?|默认是)?\s*(?:[:：=]\s*|(?<=[是为成])\s*)"
    r"[\"'“‘`【\[]?\s*([!-~]{6,80})"
)
LABEL_HINTS = ("密码", "口令", "密钥", "令牌", "授权码")
ASCII_HINT = re.compile(r"(?i)secret|token|passw|passphrase|pwd|api_?key|access_?key")
PLACEHOLDER = re.compile(
    r"(?i)^[\"'“]?(?:\*+|x{3,}.*|<.*|\{.*|\$.*|\[.*|your.*|example.*|changeme.*|placeholder.*|null|none|true|false|string|required|\.{3,}|_+|-+|#+|"
    r"https?:.*|test_?only.*|dummy.*|demo.*|示例.*)$"
)
MARK = re.compile(
    r"(?:绝密|机密|秘密)\s*[★☆]|密级\s*[:：]\s*(?:绝密|机密|秘密)|[【\[（(〔](?:绝密|机密|秘密)(?:级|件)?[】\]）)〕]|"
    r"(?:绝密|机密|秘密)\s*[·•]\s*(?:启用前|启封前|\d+年|长期)|(?:绝密|机密|秘密)[▲△◆]|"
    r"(?:内部资料|内部文件|内部材料|内部数据|内部使用|仅供内部(?:使用|参考|传阅)?|工作秘密|内部参考)\s*[，,、；;！!。:：★ ]?\s*(?:不得|请勿|严禁|注意保存|注意保管|妥善保管|禁止|切勿|勿)(?:外传|扩散|公开|转发|外泄|对外|传播|泄露|上网)?"
)
MARK_LINE = re.compile(r"(?m)^[ \t>*#]*(?:绝密|机密|秘密)(?:级|件|★.*)?[ \t*]*$")
ABOUT_MARKS = re.compile(
    r"标志|标识|标注|标明|标有|标着|标在|盖有|印有|写有|字样|格式|写法|样式|形式|三级|分为|密级分|定密|解密|例如|比如|如[“：]|“[^”]*(?:绝密|机密|秘密|内部)|见到|看到|凡是|凡|带有|遇到|不能上网|怎么认|认一认|举例"
)
IP = re.compile(
    r"(?<![\d.])(?:10(?:\.\d{1,3}){3}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|192\.168(?:\.\d{1,3}){2}|127(?:\.\d{1,3}){3}|169\.254(?:\.\d{1,3}){2})(?![\d.]*\d)(?:[:：]\d{2,5})?"
)
NETWORK = re.compile(r"\s*(?:/\d{1,2}|/\d|[—\-～~至到])")
VERSION = re.compile(r"(?:版本|版|[vV](?:er(?:sion)?)?|第|编号)\.?\s*$")
HOSTS = re.compile(
    r"(?i)(?:https?|ftp|sftp|smb|ssh|rdp|telnet)://(?:[^\s/@]*@)?(localhost|[a-z0-9][a-z0-9\-]*)(?=[:/\s，。；、）)”\"'`|]|$)"
    r"|(?<![\w.\-])(?:[a-z0-9][a-z0-9\-]*\.)+(?:local|lan|intra|intranet|internal|corp|home|localdomain|tjj|tj)(?![\w\-]|\.[a-z])"
    r"|(?<![\w./])localhost(?::\d+)"
    r"|file:/{2,3}[^\s，。；、）)”]+"
    r"|(?<![\\\w])\\\\[A-Za-z0-9\u4e00-\u9fff][\w.\-\u4e00-\u9fff]*\\[^\s，。；、）)”|]+"
    r"|(?<![\w\\/])[A-Za-z]:\\(?:[^\s\\，。；|]+\\)+[^\s，。；|]*"
)
HOST_HINTS = (
    "://",
    ".local",
    ".lan",
    ".intra",
    ".corp",
    ".tj",
    ".internal",
    "localhost",
    "\\",
    ".home",
    "file:",
)


def leaks(sheet: Sheet, config: SiteConfig) -> Iterator[Finding]:
    """Secrets and marks anywhere, internal addresses where the public reads."""
    yield from _keys(sheet)
    if "密" in sheet.raw or "内部" in sheet.raw:
        yield from _marks(sheet)
    yield from _hosts(sheet, config)


def _keys(sheet: Sheet) -> Iterator[Finding]:
    text = sheet.raw
    if any(hint in text for hint in KEY_HINTS):
        for pattern, what in KEYS:
            for found in pattern.finditer(text):
                yield _secret(*found.span(), what)
    if any(hint in text for hint in LABEL_HINTS) or ASCII_HINT.search(text):
        for found in LABELLED.finditer(text):
            value = found[1].rstrip("\"'`.,;)]")
            if len(value) >= 6 and not PLACEHOLDER.match(value) and _dense(value):
                yield _secret(found.start(1), found.start(1) + len(value), "密码或密钥")


def _dense(value: str) -> bool:
    """Not one character over and over, not a plain word of a sentence."""
    if len(set(value)) < 3 and not value.isdigit():
        return False
    return not re.fullmatch(r"[A-Za-z]+", value) or len(value) >= 24


def _secret(start: int, end: int, what: str) -> Finding:
    action = "立即删去，并把这个密钥或口令换掉：写进过文件就当已经泄露。举例写成“<口令>”。"
    return Finding(start, end, "SEC001", f"这里像是{what}。", action)


def _marks(sheet: Sheet) -> Iterator[Finding]:
    text = sheet.raw
    for pattern in (MARK, MARK_LINE):
        for found in pattern.finditer(text):
            start, end = found.span()
            a, b = sheet.line(start)
            inner = found.group().strip()
            if inner.startswith(("内部", "仅供", "工作秘密")) and not sheet.public(start):
                continue
            around = text[a:start] + "\0" + text[end:b]
            if ABOUT_MARKS.search(around) or text[start - 1 : start] in {"“", "`", "《"}:
                continue
            yield Finding(
                start,
                end,
                "SEC002",
                f"有“{inner[:20]}”这样的标志。",
                "涉密和内部材料不得进入本系统：立即停下，按程序报告。只是讲怎样标密的，把标志放进引号里。",
                SECRET_LAW,
            )


def _hosts(sheet: Sheet, config: SiteConfig) -> Iterator[Finding]:
    text = sheet.raw
    if "." in text or ":" in text or "\\" in text:
        for found in IP.finditer(text):
            start, end = found.span()
            last = found.group().partition(":")[0].rpartition(".")[2]
            if not sheet.public(start) or VERSION.search(text[max(0, start - 8) : start]):
                continue
            if last == "0" and (
                NETWORK.match(text, end)
                or "网段" in text[end : end + 8]
                or "段" in text[max(0, start - 12) : start]
            ):
                continue
            if any(
                int(part) > 255
                for part in found.group().partition(":")[0].partition("：")[0].split(".")
            ):
                continue
            yield _address(start, end)
        if any(hint in text for hint in HOST_HINTS):
            for found in HOSTS.finditer(text):
                if sheet.public(found.start()):
                    yield _address(*found.span())
        own = _inside(config)
        if own is not None:
            for found in own.finditer(text):
                if sheet.public(found.start()):
                    yield _address(*found.span())


def _inside(config: SiteConfig) -> re.Pattern[str] | None:
    """Hosts of the editions that are not public and of no public one."""
    hosts: dict[bool, set[str]] = {True: set(), False: set()}
    for edition in config.editions.values():
        public = all(config.audiences[a].public for a in edition.audiences if a in config.audiences)
        hosts[public].add(re.sub(r"^https?://|[:/].*$", "", edition.base_url))
    names = tuple(sorted(hosts[False] - hosts[True]))
    return _pattern(names) if names else None


@lru_cache(maxsize=8)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    told = "|".join(re.escape(name) for name in names)
    return re.compile(rf"(?<![\w.\-])(?:{told})(?![\w\-]|\.\w)")


def _address(start: int, end: int) -> Finding:
    action = "删去，或把这一段放进统计系统内部的围栏；公开内容只写公众打得开的网址。"
    return Finding(start, end, "HST001", "公开内容里有内网地址。", action)
