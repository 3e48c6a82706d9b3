"""Keys and tokens that give themselves away by their shape, whatever stands around them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

# (a literal that must be there, the pattern, what it is)
SHAPES = (
    ("PRIVATE KEY", re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"), "私钥"),
    # DER of a private key begins with its version, or tells how it is enciphered: a certificate does neither.
    (
        "MI",
        re.compile(
            r"(?<![A-Za-z0-9+/])(?:MII[A-Za-z0-9+/]{3}(?:IBA[AD]|BfBgkqhkiG9w0BBQ)|MI[GH][A-Za-z0-9+/]AgE[AB])"
            r"[A-Za-z0-9+/]{20,}"
        ),
        "私钥",
    ),
    ("CAQ", re.compile(r"(?<![A-Za-z0-9+/])M[A-Z][a-z0-9]CAQ(?:Aw|EE)[A-Za-z0-9+/]{20,}"), "私钥"),
    ("b3BlbnNzaC1rZXkt", re.compile(r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/]{20,}"), "私钥"),
    ("AKIA", re.compile(r"(?<![A-Za-z0-9])AKIA[0-9A-Z]{16}(?![0-9A-Z])"), "云服务密钥"),
    ("ASIA", re.compile(r"(?<![A-Za-z0-9])ASIA[0-9A-Z]{16}(?![0-9A-Z])"), "云服务密钥"),
    ("LTAI", re.compile(r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,24}(?![A-Za-z0-9])"), "云服务密钥"),
    ("AKID", re.compile(r"(?<![A-Za-z0-9])AKID[A-Za-z0-9]{13,40}(?![A-Za-z0-9])"), "云服务密钥"),
    ("AIza", re.compile(r"(?<![A-Za-z0-9])AIza[0-9A-Za-z_\-]{35}"), "接口密钥"),
    ("_", re.compile(r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"), "访问令牌"),
    ("_", re.compile(r"(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"), "接口密钥"),
    ("npm_", re.compile(r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}"), "访问令牌"),
    ("/hook/", re.compile(r"/open-apis/bot/v2/hook/[0-9a-f-]{36}"), "带令牌的网址"),
    ("glpat-", re.compile(r"glpat-[A-Za-z0-9_\-]{16,}"), "访问令牌"),
    ("xox", re.compile(r"xox[abprs]-[A-Za-z0-9-]{10,}"), "访问令牌"),
    ("sk-", re.compile(r"(?<![A-Za-z0-9])sk-(?P<random>[A-Za-z0-9_\-]{20,})"), "接口密钥"),
    (
        "eyJ",
        re.compile(
            r"(?<![A-Za-z0-9_\-])eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}"
        ),
        "登录令牌",
    ),
    ("earer ", re.compile(r"[Bb]earer\s+(?P<random>[A-Za-z0-9._\-]{20,})"), "登录令牌"),
    (
        "uthorization:",
        re.compile(r"[Aa]uthorization:\s*[Tt]oken\s+[A-Za-z0-9._\-]{16,}"),
        "登录令牌",
    ),
    ("asic ", re.compile(r"\b[Bb]asic\s+(?P<login>[A-Za-z0-9+/]{8,}={0,2})"), "登录口令"),
    ("BASIC ", re.compile(r"\bBASIC\s+(?P<login>[A-Za-z0-9+/]{8,}={0,2})"), "登录口令"),
    ("$", re.compile(r"\$(?:1|2[aby]|5|6|y|argon2id?)\$[A-Za-z0-9./$=,+-]{20,}"), "口令的散列"),
    (
        "S",
        re.compile(r"(?:JSESSIONID|PHPSESSID|SESSION)(?:=|:\s?)(?P<random>[A-Za-z0-9.\-]{12,})"),
        "会话标识",
    ),
    ("ession", re.compile(r"[Ss]ession_?[Ii]d=(?P<random>[A-Za-z0-9.\-]{12,})"), "会话标识"),
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
            r"[?&](?:access_token|token|secret|api_?key)="
            r"(?!\*|[xX]{3}|<|\$\{|YOUR|your)[A-Za-z0-9_\-%.]{16,}"
        ),
        "带令牌的网址",
    ),
    (
        "=",
        re.compile(r"[?&](?:key|sign)=(?P<random>[A-Za-z0-9_\-.]{16,})(?![%A-Za-z0-9])"),
        "带令牌的网址",
    ),
)


def secrets(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, what it is) of every key in `text`."""
    for hint, pattern, what in SHAPES:
        if hint in text:
            for found in pattern.finditer(text):
                if _meant(found.groupdict()):
                    yield *found.span(), what


def _meant(groups: Mapping[str, str]) -> bool:
    """Whether what looks like a name and password, or like chance, is that, and no word or year."""
    if "login" in groups:
        return _login(groups["login"])
    return "random" not in groups or _random(groups["random"])


def _login(word: str) -> bool:
    try:
        said = base64.b64decode(word + "=" * (-len(word) % 4), validate=True).decode("ascii")
    except ValueError:
        return False
    return ":" in said and said.isprintable()


def _random(word: str) -> bool:
    bare = re.sub(r"[-._]", "", word)
    digits, small, large = (re.search(p, bare) for p in ("[0-9]", "[a-z]", "[A-Z]"))
    hexadecimal = re.fullmatch(r"[0-9a-f]{16,}|[0-9A-F]{16,}", bare)
    return bool(digits and (small or large) if hexadecimal else digits and small and large)
