"""Keys, passwords and tokens: they open a door wherever they stand, in code and in notes too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from builder.secret_shapes import secrets
from builder.wording.finding import Finding
from builder.wording.passages import Sheet

CHINESE = r"密码|口令|密钥|令牌|授权码|提取码|激活码|PIN码"
NAMES = (
    r"[Aa]pp_?[Ss]ecret|APP_?SECRET|[Cc]lient_?[Ss]ecret|CLIENT_SECRET|[Ss]ecret_?[Kk]ey|SECRET_?KEY|"
    r"[Aa]ccess_?[Kk]ey(?:[ _]?[Ii][Dd]|[ _]?[Ss]ecret)?|ACCESS_?KEY|[Aa][Pp][Ii][_-]?[Kk][Ee][Yy]|"
    r"[Ee]ncodingAESKey|AES_?[Kk]ey|[Ss]ign_?[Kk]ey|[Aa]pp_?[Kk]ey|[Pp]rivate_?[Kk]ey|"
    r"[Ss]ecret|SECRET|[Aa]ccess_?[Tt]oken|[Tt]oken|TOKEN|"
    rf"[Pp]asswd|[Pp]ass[Ww]ord|PASSWORD|[Pp]assphrase|[Pp]wd|PWD|PASSWD|{CHINESE}"
)
LABELLED = re.compile(
    rf"(?:{NAMES})[\"']?"
    r"(?:\s*(?:统一|默认|均|都|已|一律|暂时|暂|先|仍|现|全部)?(?:是|为|即|就是|设为|设成|设置为|设置成|改为|改成|重置为|重置成|更改为|修改为|定为|用|默认)(?:了)?\s*[:：=]?\s*|\s*[:：=]\s*|\s+(?=[\"'“`]))"
    r"[\"'“‘`【\[]?\s*([!-~]{6,80})"
)
# A blank, or nothing, in place of a colon: only behind a Chinese label, for letters and digits.
SPACED = re.compile(
    rf"(?:{CHINESE})[ \t：:“\"'`（(【]{{0,3}}"
    r"((?=[!-~]*\d)(?=[!-~]*[A-Za-z])[!-~]{6,40}|\d{6,12}(?![\d位个次天年月日分秒人]))"
)
SHORT = re.compile(
    r"(?:密码|口令)(?:是|为|[:：])\s*[:：]?\s*(\d{4,5})(?![\d位个次天年月日分秒人—\-至~])"
    r"|(?:密码|口令)[^\n!-~]{0,6}(?:\d位[：:]?\s*)?(\d{4,6})#"
    r"|(?:密码|口令)[^\n!-~]{0,4}\d位[：:]\s*(\d{4,8})(?!\d)"
    r"|提取码(?:是|为|[:：])\s*([A-Za-z0-9]{4})(?![A-Za-z0-9])"
)
# A user with his password, a program called with one.
PAIRED = re.compile(
    r"(?:账号|帐号|用户名?|账户)(?:[/／、和及]密码)?(?:是|为|：|:)?\s*[A-Za-z][\w.@-]{1,30}\s*[/／]\s*([!-~]{6,40})"
    r"|(?<![\w/.])(?:root|admin|administrator|oracle|postgres)\s*[/／]\s*([!-~]{6,40})"
    r"|(?:mysql\w*|sshpass|mongo|redis-cli)[^\n]{0,60}?\s-[pa]\s?['\"]?([^\s'\"]{6,40})"
    r"|(?<![\w/.])[A-Za-z]\w{1,20}/([^\s/@，。]{6,40})@[\w.]"
    r"|[\w.-]+:\d{2,5}:\w+:\w+:([^\s:]{6,40})"
    r"|login\s+\S+\s+password\s+(\S{6,40})"
    r"|enable\s+(?:secret|password)\s+(?:\d\s+)?(\S{6,40})"
    r"|snmp-server\s+community\s+(\S{6,40})"
    r"|\s-u\s+['\"]?[\w.-]+:([^\s'\"]{6,40})"
    r"|(?<![A-Za-z])(?:[A-Z_]*PASS|pass|passcode)\s*[:=]\s*['\"]?([^\s'\"]{6,40})"
)
# Some words between the label and what can only be a password.
APART = re.compile(
    rf"(?:{CHINESE})[^\n!-~]{{1,12}}((?=[!-~]*\d)(?=[!-~]*[A-Za-z])(?=[!-~]*[@#$%^&*!?~+])[!-~]{{8,40}})"
)
LETTERS = re.compile(
    r"授权码[^\n!-~]{0,6}([a-z]{16})(?![A-Za-z])|(?:密码|口令)(?:是|为|[:：])\s*[:：]?\s*(?!password|passphrase|required|optional|disabled|enabled|unknown|undefined|username|xxx|your|example)([a-z]{8,30})(?![A-Za-z(_.])",
    re.IGNORECASE,
)
# Letters, with signs or without: a password where they are mixed as no word mixes them, or of a wireless net.
BARE = re.compile(
    r"(?:密码|口令)[ \t：:“\"`'（(【是为]{0,3}((?=[!-~]*[A-Za-z])(?![!-~]*\d)[!-~]{6,40})"
)
WIRELESS = re.compile(r"(?i)wi-?fi|wlan|无线|热点|ssid|路由器")
A_WORD = re.compile(r"(?i)(?:pass\w*|wi-?fi\w*|ssid|wpa\w*|login|ukey|ctrl.*|alt.*|shift.*)$")
DEFAULTS = re.compile(
    r"(?:密码|口令)[ \t：:“是为]{1,3}((?:admin|root|password|passwd|qwerty|guest|test|sa|system|oracle)[\w@!#]{0,8})(?![A-Za-z])"
)
# How a password is made from what others know: as good as the password itself.
MADE_OF = re.compile(
    r"(?:密码|口令)(?:统一|默认|均|都|一律)?(?:是|为|设为|：|:)\s*(?:[A-Za-z@#]{1,8}[0-9@#]{0,4}\s*[+＋加]\s*)?(?:本人|户主|企业|单位|法人)?(?:的)?"
    r"(?:身份证|证件|手机|统一社会信用代码|信用代码|组织机构代码|机构代码|生日|区划代码)(?:号码|号)?(?:的)?"
    r"(?:(?:后|末|前)[一二三四五六七八九\d]+位|加[^，。；\n]{1,10})"
)
LABEL_HINTS = (
    *CHINESE.split("|"),
    "ecret",
    "SECRET",
    "oken",
    "TOKEN",
    "assw",
    "PASSW",
    "assphrase",
)
PAIR_HINTS = (
    "账号",
    "帐号",
    "用户",
    "账户",
    "root",
    "admin",
    "oracle",
    "postgres",
    " -",
    "pass",
    "PASS",
)
LATE_HINTS = ("wd", "PWD", "Key", "key", "KEY")
LONG = re.compile(
    r"[A-Za-z0-9_\-](?<![A-Za-z0-9+/=_\-.].)[A-Za-z0-9_\-]{31,63}(?![A-Za-z0-9+/=_\-.])"
)
NO_KEY = re.compile(r"指纹|公钥|SHA|sha|MD5|校验|哈希|摘要|digest|integrity|ssh-|散列")
HEAD = re.compile(rf"^\s*\|?.*(?:{NAMES}).*\|.*$", re.MULTILINE)
PLACEHOLDER = re.compile(
    r"(?i)[\"'“]?(?:\*+|x{3,}.*|<.*|\{.*|\$.*|\[.*|%.*%|your.*|example.*|changeme.*|placeholder.*|null|none|true|false|string|"
    r"required|\.{3,}|_+|-+|#+|https?:.*|dummy.*|demo.*|示例.*)$"
)
ALGORITHM = re.compile(
    r"(?i)(?:ed25519|x25519|sha-?\d+|md5|aes-?\d*|rsa-?\d*|sm[234]|base64|oauth2?(?:\.0)?|pbkdf2|hmac.*|scrypt|"
    r"argon2\w*|utf-?8|rfc\s?\d+|totp|tls\d.*)$"
)
NAME_OR_CALL = re.compile(
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Za-z_][\w.]*[\[(].*|[-:|=+*_.#]+|[/~.]{1,2}[\w./-]*|"
    r"[\w./-]+\.(?:pem|key|ya?ml|txt|json|crt|pub|env|ini|py)|[a-z_]+(?:\.[A-Za-z_]+)+"
)
WARNS = re.compile(
    r"不要|不得|不能|不可|禁止|严禁|别|避免|弱口令|弱密码|示例|例如|比如|虚构|简单的|如“"
)


def keys(sheet: Sheet) -> Iterator[Finding]:
    """Keys by their shape, passwords by the word before them."""
    text = sheet.raw
    for start, end, what in secrets(text):
        yield _secret(start, end, what)
    yield from _named(sheet)
    if any(hint in text for hint in PAIR_HINTS):
        for found in PAIRED.finditer(text):
            value = found[found.lastindex or 0].rstrip("\"'`.,;)]|")
            start = found.start(found.lastindex or 0)
            if _like_key(value) and not value.isdigit() and not _warned(sheet, start, value):
                yield _secret(start, start + len(value), "账号的口令")
    for found in LONG.finditer(text):
        before = text[max(0, found.start() - 24) : found.start()]
        if _random(found.group()) and not NO_KEY.search(before):
            yield _secret(*found.span(), "密钥")


def _named(sheet: Sheet) -> Iterator[Finding]:
    """What a word such as 密码 or token announces."""
    text = sheet.raw
    named = any(hint in text for hint in LABEL_HINTS)
    if not named and not any(hint in text for hint in LATE_HINTS):
        return
    for pattern in (LABELLED, SPACED, SHORT, APART) if named else (LABELLED,):
        yield from _labelled(sheet, pattern)
    if named:
        yield from _bare(sheet)
    if "|" in text:
        yield from _columns(sheet)
    for pattern in (DEFAULTS, LETTERS, MADE_OF) if named else ():
        for found in pattern.finditer(text):
            span = found.span(found.lastindex or 0)
            if not _warned(sheet, span[0], text[slice(*span)]):
                yield _secret(*span, "密码")


def _bare(sheet: Sheet) -> Iterator[Finding]:
    """Passwords without a digit."""
    for found in BARE.finditer(sheet.raw):
        start, value = found.start(1), found[1].rstrip("\"'`.,;:)]|>*")
        near = sheet.raw[max(0, start - 60) : start]
        if len(value) < 6 or A_WORD.match(value) or PLACEHOLDER.match(value):
            continue
        if NAME_OR_CALL.fullmatch(value) or _warned(sheet, start, value):
            continue
        if _scrambled(value) or (value.isalpha() and WIRELESS.search(near)):
            yield _secret(start, start + len(value), "密码")


def _scrambled(value: str) -> bool:
    """Capitals and small letters change too often for a word, or a sign stands among them."""
    turns = sum(a.isupper() != b.isupper() for a, b in pairwise(value))
    signs = any(c in "@#$%^&*!?~+" for c in value)
    return len(value) >= 8 and (turns >= 4 if value.isalpha() else signs)


def _labelled(sheet: Sheet, pattern: re.Pattern[str]) -> Iterator[Finding]:
    for found in pattern.finditer(sheet.raw):
        group = found.lastindex or 1
        value = found[group].rstrip("\"'`.,;)]|")
        start = found.start(group)
        if _like_key(value, pattern is SHORT) and not _warned(sheet, start, value):
            yield _secret(start, start + len(value), "密码或密钥")


def _columns(sheet: Sheet) -> Iterator[Finding]:
    """Tables with a column for passwords, in which there are some."""
    text = sheet.raw
    for head in HEAD.finditer(text):
        names = [name.strip() for name in head.group().strip().strip("|").split("|")]
        wanted = [
            n for n, name in enumerate(names) if re.fullmatch(rf".{{0,6}}(?:{NAMES}).{{0,4}}", name)
        ]
        at = head.end() + 1
        while wanted and at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            line = text[at:end]
            if "|" not in line:
                break
            cells = [cell.strip().strip("`*") for cell in line.strip().strip("|").split("|")]
            for value in (cells[n] for n in wanted if n < len(cells)):
                if re.fullmatch(r"[!-~]{6,80}", value) and _like_key(value):
                    start = at + line.find(value)
                    yield _secret(start, start + len(value), "密码或密钥")
            at = end + 1


def _like_key(value: str, short: bool = False) -> bool:
    """Letters and digits mixed, or digits alone: no placeholder, name, path or word of a sentence."""
    if PLACEHOLDER.match(value) or ALGORITHM.match(value) or (len(value) < 6 and not short):
        return False
    if NAME_OR_CALL.fullmatch(value):
        return False
    letters = any(c.isalpha() for c in value)
    digits = any(c.isdigit() for c in value)
    signs = any(c in "@#$%^&*!?~+" for c in value)
    return (letters and (digits or signs)) or value.isdigit() or len(value) >= 24


def _random(value: str) -> bool:
    """A long run in which capitals, small letters and digits are mixed as no word mixes them."""
    kinds = (str.isupper, str.islower, str.isdigit)
    if any(sum(map(kind, value)) < 4 for kind in kinds):
        return False
    turns = sum(a.isdigit() != b.isdigit() for a, b in pairwise(value))
    return turns >= 6 and "__" not in value


def _warned(sheet: Sheet, start: int, value: str) -> bool:
    """A password given as one that nobody should have."""
    a, b = sheet.sentence(start, start + len(value))
    before, sentence = sheet.raw[a:start], sheet.raw[a:b]
    return len(value) <= 16 and bool(
        WARNS.search(before) or "示例" in sentence or "虚构" in sentence
    )


def _secret(start: int, end: int, what: str) -> Finding:
    action = "立即删去，并把这个密钥或口令换掉：写进过文件就当已经泄露。举例写成“<口令>”。"
    return Finding(start, end, "SEC001", f"这里像是{what}。", action)
