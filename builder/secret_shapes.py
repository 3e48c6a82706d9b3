"""Keys and tokens that give themselves away by their shape, whatever stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

# (a literal that must be there, the pattern, what it is)
SHAPES = (
    ("PRIVATE KEY", re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"), "私钥"),
    ("MII", re.compile(r"(?<![A-Za-z0-9+/])MII[A-Za-z0-9+/]{40,}"), "私钥"),
    ("AKIA", re.compile(r"(?<![A-Za-z0-9])AKIA[0-9A-Z]{16}(?![0-9A-Z])"), "云服务密钥"),
    ("ASIA", re.compile(r"(?<![A-Za-z0-9])ASIA[0-9A-Z]{16}(?![0-9A-Z])"), "云服务密钥"),
    ("LTAI", re.compile(r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,24}(?![A-Za-z0-9])"), "云服务密钥"),
    ("AKID", re.compile(r"(?<![A-Za-z0-9])AKID[A-Za-z0-9]{13,40}(?![A-Za-z0-9])"), "云服务密钥"),
    ("AIza", re.compile(r"(?<![A-Za-z0-9])AIza[0-9A-Za-z_\-]{35}"), "接口密钥"),
    ("_", re.compile(r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"), "访问令牌"),
    ("_", re.compile(r"(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"), "接口密钥"),
    ("glpat-", re.compile(r"glpat-[A-Za-z0-9_\-]{16,}"), "访问令牌"),
    ("xox", re.compile(r"xox[abprs]-[A-Za-z0-9-]{10,}"), "访问令牌"),
    ("sk-", re.compile(r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_\-]{20,}"), "接口密钥"),
    (
        "eyJ",
        re.compile(
            r"(?<![A-Za-z0-9_\-])eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}"
        ),
        "登录令牌",
    ),
    ("earer ", re.compile(r"[Bb]earer\s+[A-Za-z0-9._\-]{20,}"), "登录令牌"),
    ("Basic ", re.compile(r"Basic\s+[A-Za-z0-9+/]{12,}={0,2}"), "登录口令"),
    ("$", re.compile(r"\$(?:2[aby]|5|6|y|argon2id?)\$[\w./$=,+-]{20,}"), "口令的散列"),
    (
        "=",
        re.compile(r"(?:JSESSIONID|PHPSESSID|[Ss]ession_?[Ii]d|SESSION)=[A-Za-z0-9.\-]{12,}"),
        "会话标识",
    ),
    (
        "://",
        re.compile(
            r"[A-Za-z][A-Za-z0-9+.:\-]{1,24}://[^\s:/@，。）)”]{0,60}:"
            r"(?!\*|[xX]{3}|<|密码|口令|\$\{|\{)[^\s/@，。）)”]{3,}@[\w.\-]+"
        ),
        "带口令的连接地址",
    ),
    (
        "=",
        re.compile(
            r"[?&](?:access_token|token|secret|api_?key|key|sign)="
            r"(?!\*|[xX]{3}|<|\$\{|YOUR|your)[A-Za-z0-9_\-%.]{16,}"
        ),
        "带令牌的网址",
    ),
)


def secrets(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, what it is) of every key in `text`."""
    for hint, pattern, what in SHAPES:
        if hint in text:
            for found in pattern.finditer(text):
                yield *found.span(), what
