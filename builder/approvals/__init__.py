"""三审三校 and 保密审查: who approved which bytes.

Records are signed lines in `content/approvals/log/`; what follows from them is computed anew each time.
Begin with `records`, then `history`, then `trust`.
"""

from builder.approvals.digests import file_digest, version_digest
from builder.approvals.history import History, Judged, Release
from builder.approvals.records import Record
from builder.approvals.staff import Person, Staff
from builder.approvals.words import (
    DECISION_LABELS,
    SITE_ITEMS,
    STEP_LABELS,
    STEPS,
    labels,
)
from builder.keys import Signer, make_key, open_key
from builder.problems import Refused

__all__ = [
    "DECISION_LABELS",
    "SITE_ITEMS",
    "STEPS",
    "STEP_LABELS",
    "History",
    "Judged",
    "Person",
    "Record",
    "Refused",
    "Release",
    "Signer",
    "Staff",
    "file_digest",
    "labels",
    "make_key",
    "open_key",
    "version_digest",
]
