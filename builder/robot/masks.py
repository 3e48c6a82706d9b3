"""Questions without what tells who asked: numbers of people and phones, accounts, addresses of mail.

Text is folded first, so that full-width, circled and spaced-out spellings are one. `theme/assets/robot.js`
holds the twin. Names and streets can't be told from other words and stay: whoever exports is asked to look.
"""

from __future__ import annotations

import re
import unicodedata

FOLDED = re.compile("[^，？！：；（）]+")  # these are how Chinese is written
HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
FIGURES = r"0-9\u0660-\u0669\u06f0-\u06f9零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
GAP = r"[ \t\n.\-_~·•・–—‐‑−/()（）+*#]{0,3}"  # inside any long number
ANY = r"[^0-9A-Za-z\u3400-\u9fff]{0,3}"  # inside what is a number of a phone or a person, by its shape
MAIL = re.compile(
    r"[a-z0-9][a-z0-9._%+\-]{0,63} {0,2}(?:@|[(（]at[)）]|\[at\]|艾特) {0,2}[a-z0-9][a-z0-9\-]{0,62}"
    r"(?: {0,2}(?:[.。点]|dot) {0,2}[a-z0-9][a-z0-9\-]{0,62}){0,5}",
    re.IGNORECASE,
)
CHAT = re.compile(
    r"((?:微信|薇信|威信|微x|v信|wechat|weixin|wx|vx|(?:^|[^a-z])v(?=[ :：=号]))"
    r"(?:号码?|id|账号|帐号)?[ :：=是为叫加]{0,4})[a-z][a-z0-9_\-]{4,19}",
    re.IGNORECASE,
)
PENGUIN = re.compile(
    r"((?:qq|扣扣|企鹅)(?:号码?|群|账号|帐号){0,3}[ :：=是为叫加]{0,4})"
    rf"[{FIGURES}](?:{GAP}[{FIGURES}]){{4,}}",
    re.IGNORECASE,
)
PERSON = re.compile(
    rf"[1-9](?:{ANY}[0-9]){{5}}{ANY}(?:1{ANY}9|2{ANY}0)(?:{ANY}[0-9*]){{9}}{ANY}[0-9xX*]"
)
MOBILE = re.compile(rf"[1一幺壹]{ANY}[3-9三四五六七八九叁肆伍陆柒捌玖](?:{ANY}[{FIGURES}]){{9}}")
LONG = re.compile(rf"[{FIGURES}](?:{GAP}[{FIGURES}*]){{6,}}(?:{GAP}[xX](?![A-Za-z]))?")
YEARS = re.compile(r"(?:19|20)[0-9]{2}[\-–—~/](?:19|20)[0-9]{2}")
NUMBER = "［号码］"


def masked(text: str) -> str:
    """Folded text without mail, accounts of chats, and whatever has seven figures and more."""
    plain = FOLDED.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)
    plain = HIDDEN.sub("", plain)
    plain = CHAT.sub(r"\1［账号］", MAIL.sub("［邮箱］", plain))
    plain = PENGUIN.sub(rf"\1{NUMBER}", plain)
    plain = MOBILE.sub(NUMBER, PERSON.sub(NUMBER, plain))
    return LONG.sub(lambda m: m[0] if YEARS.fullmatch(m[0]) else NUMBER, plain)
