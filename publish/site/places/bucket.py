"""Storage that speaks S3, for sites behind a CDN. Nothing there can be shown all at once, so order does it:

lasting files under their own names first; pages by their content under `.weike/pages/`; then every page
that changed is copied to its place by the storage itself, each in one step; last what is gone is
removed. A page's own files are all there before it is, and stay while older releases are kept.

    <prefix><path>                  what readers get
    <prefix>.weike/coming/<id>.json  the record of one that is being placed: whose files its files are
    <prefix>.weike/records/<id>.json  releases; .weike/pages/… their pages; .weike/shown.json which one is shown
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from builder.problems import Refused
from publish.secrets import find, redact
from publish.site import sealed
from publish.site.places import (
    CROSSED,
    DAMAGED,
    FOREIGN,
    MISSING,
    Clock,
    Key,
    Source,
    Standing,
)
from publish.site.places.copies import kept
from publish.site.release import ODD, File, Record, cache_control, lasting, read
from publish.site.targets import Target

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import S3Store

CONTROL = ".weike/"
SHOWN = f"{CONTROL}shown.json"
AT_ONCE = 8
LARGE = 16 << 20  # from here on in parts
RETRY = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}


class Bucket:
    """A bucket, or what lies under a prefix of it."""

    def __init__(self, target: Target, state: Path, environ: Mapping[str, str]) -> None:
        """Nothing is asked yet. Secrets: WEIKE_S3_<NAME>_KEY_ID and _SECRET, or secrets.yml."""
        self.target = target
        self.local = state / "site" / target.name
        self.state, self.environ = state, environ
        self._store: S3Store | None = None

    @property
    def store(self) -> S3Store:
        """The storage, below the prefix."""
        if self._store is None:
            from obstore.store import S3Store

            name = self.target.name
            asked = [find("s3", name, f, self.state, self.environ) for f in ("key_id", "secret")]
            if not all(asked):
                known = f"WEIKE_S3_{name.upper().replace('-', '_')}"
                raise Refused(
                    f"没有 {name} 的密钥：设置环境变量 {known}_KEY_ID 和 {known}_SECRET，或写进 {self.state}/secrets.yml（s3 → {name} → key_id、secret）。"
                )
            key_id, secret = (word.reveal() for word in asked if word)
            self._store = S3Store(
                self.target.bucket,
                prefix=self.target.prefix.rstrip("/") or None,
                endpoint=self.target.endpoint,
                region=self.target.region,
                access_key_id=key_id,
                secret_access_key=secret,
                checksum_algorithm="SHA256",
                client_options={
                    "allow_http": self.target.endpoint.startswith("http://"),
                    "timeout": "120s",
                    "connect_timeout": "10s",
                },
                retry_config=cast("Any", RETRY),
            )
        return self._store

    # --- what is there ------------------------------------------------------------------------

    def standing(self) -> Standing:
        """What is there."""
        shown, _ = self._shown()
        with self._asked():
            listed = self._listed(f"{CONTROL}records")
            records = [
                self._record(m["path"], m["e_tag"] or "")
                for m in listed
                if m["path"].endswith(".json")
            ]
            if not records and not shown:
                self._ours_alone()
        order = tuple(sorted(records, key=lambda r: r.number))
        return Standing(shown.get("current", ""), order, shown.get("going", ""))

    def _ours_alone(self) -> None:
        """Refuse at first contact what others put there."""
        coming = self._coming()
        for page in self.store.list(None):
            for path in (m["path"] for m in page):
                if not path.startswith(CONTROL) and path not in coming:
                    said = "在 sites.yml 里写一个没有东西的 prefix（例如 weike/），或换一个空桶。"
                    raise Refused(FOREIGN.format(self.target.where, path, said))

    def _coming(self) -> set[str]:
        """Files of releases whose placing was begun and not ended."""
        names = self._list(f"{CONTROL}coming")
        return {p for name in names for p in read(self._get(name)).files}

    def _record(self, name: str, version: str) -> Record:
        """Read once and kept here, under the storage's own mark of these bytes: names come again."""
        stem = name.rpartition("/")[2].removesuffix(".json")
        copy = self.local / f"{stem}.{_sha(version.encode())[:16]}.json"
        return kept(copy, lambda: self._get(name), lambda data: bool(version))

    def _shown(self) -> tuple[dict[str, str], str]:
        """Which release is shown, and the version of that word."""
        from obstore.exceptions import NotFoundError

        with self._asked():
            try:
                found = self.store.get(SHOWN)
            except (NotFoundError, FileNotFoundError):
                return {}, ""
            try:
                plain = json.loads(bytes(found.bytes()))
                said = {key: str(plain[key]) for key in ("current", "going")}
            except ODD:
                raise Refused(
                    f"{self.target.where} 里的 {SHOWN} 读不懂，可能被改过：查清是谁改的，从备份恢复这一个文件再发。"
                ) from None
            return said, found.meta["e_tag"] or ""

    def _say(self, current: str, going: str, version: str) -> str:
        """Change that word, unless somebody else did meanwhile."""
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        data = json.dumps({"current": current, "going": going}).encode()
        mode: Any = {"e_tag": version} if version else "create"
        with self._asked():
            try:
                made = self.store.put(
                    SHOWN, data, mode=mode, attributes=_attributes("application/json", "no-store")
                )
            except (PreconditionError, AlreadyExistsError, FileExistsError):
                raise Refused(CROSSED.format(self.target.where)) from None
        return made["e_tag"] or ""

    def wrong(self, record: Record) -> list[str]:
        """Every file read back; those that are not what the record says."""
        with self._asked():
            there = self._list("")
            bad = self._each(sorted(record.all), lambda p: self._bad(p, record.all[p], p in there))
        strange = {p for p in there if not p.startswith(CONTROL) and p not in record.all}
        return sorted({*filter(None, bad), *strange})

    def _bad(self, path: str, file: File, there: bool) -> str:
        return "" if there and _sha(self._get(path)) == file.sha256 else path

    def clock(self) -> Clock | None:
        """None: what is done there is done at this machine's word."""
        return None

    # --- placing ------------------------------------------------------------------------------

    def put(self, record: Record, source: Source, standing: Standing, folder: Path | None) -> int:
        """Place what is not there yet, lasting files first; every file sent is read back."""
        del folder
        with self._asked():
            there = self._list("")
            gone = [p for p in record.carried if p not in there]
            if gone:
                raise Refused(MISSING.format(gone[0]))
            order = sorted(record.files, key=lambda p: (not lasting(p), p))
            keys = {p: p if lasting(p) else self._page(p, record.files[p]) for p in order}
            send = [p for p in order if there.get(keys[p]) != record.files[p].size]
            if _shown_again(record, standing):  # then nothing is believed for its length
                send = self._damaged(record, keys, send)
            coming = f"{CONTROL}coming/{record.id}.json"
            self._put(coming, record.write(), "application/json")
            done = self._each(send, lambda p: self._send(p, keys[p], record.files[p], source(p)))
            self._put(f"{CONTROL}records/{record.id}.json", record.write(), "application/json")
        return sum(done)

    def _damaged(self, record: Record, keys: Mapping[str, str], known: list[str]) -> list[str]:
        """Everything read back: what has to be sent again."""
        rest = sorted(keys.keys() - set(known))
        bad = self._each(rest, lambda p: self._bad(keys[p], record.files[p], True) and p)
        lost = self._each(sorted(record.carried), lambda p: self._bad(p, record.carried[p], True))
        if found := [p for p in lost if p]:
            raise Refused(DAMAGED.format(found[0]))
        again = {*known, *filter(None, bad)}
        return [p for p in keys if p in again]

    def _page(self, path: str, file: File) -> str:
        kind = _sha(f"{file.type}\n{self._cache(path)}".encode())[:8]
        return f"{CONTROL}pages/{file.sha256}-{kind}"

    def _cache(self, path: str) -> str:
        return cache_control(path, self.target.page_seconds)

    def _send(self, path: str, key: str, file: File, data: bytes) -> int:
        self._put(key, data, file.type, self._cache(path))
        if _sha(self._get(key)) != file.sha256:
            raise Refused(f"传到 {self.target.where} 的 {path} 和清单不符：网站没有变，再发一次。")
        return len(data)

    def _put(self, key: str, data: bytes, kind: str, cache: str = "no-store") -> None:
        self.store.put(
            key, data, attributes=_attributes(kind, cache), use_multipart=len(data) > LARGE
        )

    # --- showing ------------------------------------------------------------------------------

    def show(self, record: Record, standing: Standing) -> None:
        """Pages to their places, then away with what is gone. Cut off, it is begun again."""
        shown, version = self._shown()
        current = shown.get("current", "")
        if current != standing.current:
            raise Refused(CROSSED.format(self.target.where))
        before = standing.find(current) if not shown.get("going") else None
        if _shown_again(record, standing):  # something of it is damaged: every page anew
            before = None
        old = before.files if before else {}
        version = self._say(current, record.id, version)
        pages = sorted(p for p in record.files if not lasting(p))
        moved = [p for p in pages if p not in old or not _same(old[p], record.files[p])]
        with self._asked():
            self._each(moved, lambda p: self.store.copy(self._page(p, record.files[p]), p))
            ours = self._coming() | {p for r in standing.records for p in r.all}
            there = [p for p in self._list("") if not p.startswith(CONTROL)]
            self._away(p for p in there if p in ours and p not in record.all)
            self._away(list(self._list(f"{CONTROL}coming")))
        self._say(record.id, "", version)

    def drop(self, identities: list[str], standing: Standing) -> None:
        """Remove releases, records first, then pages that no release has any more."""
        kept = [r for r in standing.records if r.id not in identities]
        with self._asked():
            self._away(f"{CONTROL}records/{i}.json" for i in identities)
            wanted = {self._page(p, f) for r in kept for p, f in r.files.items() if not lasting(p)}
            pages = [p for p in self._list(f"{CONTROL}pages") if p not in wanted]
            self._away(pages)

    # --- sealed: the container waits on this machine, storage can open nothing ------------------

    def lay(self, name: str, file: Path) -> None:
        """Keep it beside the state."""
        folder = self.local / "sealed"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(file, folder / name)

    def laid(self, name: str) -> str:
        """Its hash; empty when it isn't there."""
        file = self.local / "sealed" / name
        return _sha(file.read_bytes()) if file.exists() else ""

    def unlay(self, name: str) -> None:
        """Remove it, and what it was opened into."""
        (self.local / "sealed" / name).unlink(missing_ok=True)
        shutil.rmtree(self.local / "opened", ignore_errors=True)

    def pour(self, name: str, key: Key) -> tuple[Record, Path | None]:
        """Open it into a folder of this machine, from where `put` sends it."""
        folder = self.local / "opened"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        return read(sealed.pour(self.local / "sealed" / name, key, folder)), folder

    # --- asking -------------------------------------------------------------------------------

    def _listed(self, prefix: str) -> list[ObjectMeta]:
        pages = self.store.list(prefix or None)
        return sorted((m for page in pages for m in page), key=lambda m: m["path"])

    def _list(self, prefix: str) -> dict[str, int]:
        return {m["path"]: m["size"] for m in self._listed(prefix)}

    def _get(self, key: str) -> bytes:
        return bytes(self.store.get(key).bytes())

    def _away(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.store.delete(path)

    def _each(self, paths: list[str], act: Callable[[str], Any]) -> list[Any]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(act, paths))

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """What the storage refuses, said in Chinese, without its secrets."""
        from obstore import exceptions

        where = self.target.where
        try:
            yield
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
            said = f"{where} 不让进：检查密钥、桶的权限和本机时钟。"
        except (exceptions.BaseError, FileNotFoundError, OSError) as error:
            line = redact(str(error).strip().splitlines()[0][:160]) if str(error) else "没有说明"
            said = (
                f"{where} 没有回应或出错（{line}）：检查网络、endpoint 和桶名，再发一次会接着做。"
            )
        else:
            return
        raise Refused(said)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _shown_again(record: Record, standing: Standing) -> bool:
    """Whether the very same is shown already: then it is placed anew because it is damaged."""
    shown = standing.shown
    return shown is not None and shown.origin == record.origin


def _same(a: File, b: File) -> bool:
    return (a.sha256, a.type) == (b.sha256, b.type)


def _attributes(kind: str, cache: str) -> dict[Any, str]:
    return {"Content-Type": kind, "Cache-Control": cache}
