"""A folder that `weike apply` filled goes out as it was filled: the ledger knows what was put there.

Without a record nothing can be compared: then the folder's permissions are all that guards it.
"""

from __future__ import annotations

from pathlib import Path

from builder.bundle import MANIFEST, Bundle
from publish.airgap import record
from publish.airgap.form import File, digest_of, in_order
from publish.door import NotPublishable
from publish.ledger import Ledger


def unaltered(bundle: Bundle, state: Path) -> Bundle:
    """The bundle, as it came through the door; `NotPublishable` when `apply` put another one in its folder.

    `state`: the folder of the ledger. Its word counts for the folders that were filled with it, no others.
    """
    with Ledger.view(state) as ledger:
        known = record.held(ledger, str(bundle.root.resolve()))
    if known and digest(bundle) not in {facts["digest"] for facts in known}:
        raise NotPublishable(
            f"{bundle.root} 是 weike apply 装的，装的是{record.worded(known[0])}，现在里面不是那一版，可能被改过：不发布。"
            "先查清是谁改的；再把这个文件夹移走，请对方做一个全量包（--base none），重新装。有意换成别的成品，用 --bundle 写另一个文件夹。"
        )
    return bundle


def digest(bundle: Bundle) -> str:
    """The name of what a bundle holds, as packages and receipts name it: of the manifest that was read."""
    size = (bundle.root / MANIFEST).stat().st_size
    rows = (File(f.path, f.size, f.sha256) for f in bundle.files.values())
    return digest_of(in_order([File(MANIFEST, size, bundle.digest), *rows]))
