"""A second reader of packages, written from docs/airgap/README.md alone; it shares no line with the first.

`verdict(data, keys, now)` is "" for a package that is to be taken, else says what is wrong.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import unicodedata
import zlib
from typing import Any

import yaml
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DAY = dt.timedelta(days=1)
ASCII_KEYS = (
    "base digest direction expires files format kind made note parts sender sequence signer stream"
)


class Bad(Exception):
    pass


def need(holds: object, why: str) -> None:
    if not holds:
        raise Bad(why)


def one_spelling(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8"
    )


def verdict(data: bytes, keys: str, now: dt.datetime) -> str:
    try:
        examine(data, yaml.safe_load(keys), now)
    except Bad as bad:
        return str(bad)
    return ""


def examine(data: bytes, keys: list[dict[str, Any]], now: dt.datetime) -> None:
    need(data[:10] == bytes.fromhex("89 57 45 49 4B 45 0D 0A 1A 0A"), "magic")
    need(len(data) >= 112, "truncated")
    need(int.from_bytes(data[10:12], "big") == 1, "version")
    length = int.from_bytes(data[12:16], "big")
    need(length <= 16777216, "limits")
    need(len(data) >= 112 + length, "truncated")
    public = "ed25519:" + base64.b64encode(data[16:48]).decode()
    mine = [k for k in keys if k["key"] == public]
    need(mine, "unknown-key")
    body = data[112 : 112 + length]
    try:
        signed = b"weike airgap package 1\n" + data[:48] + body
        Ed25519PublicKey.from_public_bytes(data[16:48]).verify(data[48:112], signed)
    except InvalidSignature:
        raise Bad("signature") from None
    manifest = plain(body)
    may(mine[0], public, manifest, now)
    parts(manifest, data[112 + length :])


def plain(body: bytes) -> dict[str, Any]:
    try:
        found: Any = json.loads(body.decode("utf-8"))
        need(one_spelling(found) == body, "manifest")
    except (ValueError, RecursionError):
        raise Bad("manifest") from None
    need(isinstance(found, dict) and list(found) == ASCII_KEYS.split(), "manifest")
    need(type(found["format"]) is int and found["format"] == 1, "manifest")
    need(isinstance(found["files"], list) and isinstance(found["parts"], list), "manifest")
    for row in found["files"]:
        need(isinstance(row, list) and [type(c) for c in row] == [str, int, str], "manifest")
        need(re.fullmatch("[0-9a-f]{64}", row[2]), "manifest")
        need(0 <= row[1] <= 1 << 36, "limits")
    need(found["digest"] == hashlib.sha256(one_spelling(found["files"])).hexdigest(), "manifest")
    for key in ("sender", "stream", "signer", "note", "kind", "direction", "made", "expires"):
        need(isinstance(found[key], str), "manifest")
    kinds = {"release", "robot", "inbox", "receipts"}
    need(found["kind"] in kinds, "kind")
    need(found["direction"] in {"out", "in"}, "kind")
    if found["kind"] == "release":
        need(found["stream"] not in kinds, "kind")
    else:
        need(found["stream"] == found["kind"], "kind")
    for key in ("sender", "stream"):
        need(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", found[key]), "manifest")
    need(found["base"] is None or re.fullmatch("[0-9a-f]{64}", str(found["base"])), "manifest")
    need(type(found["sequence"]) is int and 1 <= found["sequence"] <= 999999999, "manifest")
    need(len(found["note"]) <= 200 and found["note"].isprintable(), "manifest")
    made, expires = moment(found["made"]), moment(found["expires"])
    need(made < expires <= made + 400 * DAY, "manifest")
    need(1 <= len(found["files"]) <= 50000, "limits")
    need(sum(row[1] for row in found["files"]) <= 1 << 36, "limits")
    paths([row[0] for row in found["files"]])
    whole: dict[str, Any] = found
    return whole


def moment(text: str) -> dt.datetime:
    need(re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", text), "manifest")
    try:
        return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        raise Bad("manifest") from None


def paths(found: list[str]) -> None:
    for path in found:
        need(0 < len(path) <= 200 and unicodedata.normalize("NFC", path) == path, "path")
        for sign in path:
            odd = unicodedata.category(sign)[0] in "CZ" and sign != " "
            need(not odd and sign not in '\\:*?"<>|', "path")
        for layer in path.split("/"):
            need(layer not in {"", ".", ".."} and len(layer.encode()) <= 255, "path")
            need(layer.strip() == layer and not layer.endswith("."), "path")
            stem = layer.split(".")[0].rstrip().upper()
            need(stem not in {"CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"}, "path")
            need(not (stem[:3] in {"COM", "LPT"} and stem[3:] in [*"0123456789¹²³"]), "path")
    need(found == sorted(set(found), key=lambda p: p.encode()), "path")
    folded: dict[str, str] = {}
    whole = set(found)
    for path in found:
        layers = path.split("/")
        for depth in range(1, len(layers) + 1):
            above = "/".join(layers[:depth])
            mark = unicodedata.normalize("NFC", above.casefold())
            need(folded.setdefault(mark, above) == above, "path")
            need(depth == len(layers) or above not in whole, "path")


def may(key: dict[str, Any], public: str, manifest: dict[str, Any], now: dt.datetime) -> None:
    made = moment(manifest["made"])
    need("revoked" not in key, "revoked-key")
    for at in (made, now):
        day = at.astimezone(dt.timezone(dt.timedelta(hours=8))).date()
        need(day >= key["since"], "key-not-yet")
        need(day <= key["until"], "key-expired")
    need(manifest["signer"] == hashlib.sha256(public.encode()).hexdigest()[:16], "wrong-key")
    need(manifest["sender"] == key["sender"], "wrong-key")
    need(manifest["stream"] in key["streams"], "wrong-stream")
    need(manifest["direction"] in key["directions"], "wrong-direction")
    need(made <= now + dt.timedelta(minutes=10), "future")
    need(moment(manifest["expires"]) > now, "expired")


def parts(manifest: dict[str, Any], rest: bytes) -> None:
    first: dict[str, int] = {}
    for _, size, sha256 in manifest["files"]:
        need(first.setdefault(sha256, size) == size, "parts")
    named = []
    for row in manifest["parts"]:
        need(isinstance(row, list) and len(row) == 5, "manifest")
        sha256, size, how, packed, packed_sha256 = row
        need([type(c) for c in row] == [str, int, str, int, str], "manifest")
        need(re.fullmatch("[0-9a-f]{64}", str(packed_sha256)), "manifest")
        need(sha256 in first and first[sha256] == size and packed >= 0, "parts")
        need(how in {"raw", "deflate"}, "parts")
        need(how != "raw" or (size == packed and sha256 == packed_sha256), "parts")
        need(how != "deflate" or (packed > 0 and size <= packed * 1032), "parts")
        named.append(sha256)
    need(named == [s for s in first if s in set(named)], "parts")
    need(manifest["base"] is not None or len(named) == len(first), "parts")
    whole = sum(row[3] for row in manifest["parts"])
    need(len(rest) >= whole, "truncated")
    need(len(rest) <= whole, "trailing")
    for sha256, size, how, packed, packed_sha256 in manifest["parts"]:
        lying, rest = rest[:packed], rest[packed:]
        need(hashlib.sha256(lying).hexdigest() == packed_sha256, "content")
        if how == "deflate":
            engine = zlib.decompressobj(wbits=-15)
            try:
                lying = engine.decompress(lying)
            except zlib.error:
                raise Bad("content") from None
            need(engine.eof and not engine.unused_data, "content")
        need(len(lying) == size and hashlib.sha256(lying).hexdigest() == sha256, "content")
