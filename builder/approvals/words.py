"""The few words that all of this room shares: steps, decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

LEVELS = ("first", "second", "final")  # 三审, each after the one before
STEPS = (*LEVELS, "secrecy")
STEP_LABELS = {"first": "初审", "second": "复审", "final": "终审", "secrecy": "保密审查"}
DECISION_LABELS = {"approve": "通过", "reject": "退回", "withdraw": "撤回", "revoke": "吊销"}
SITE_CONFIG, SITE_ORGS = "site:config", "site:orgs"
SITE_ITEMS: Mapping[str, str] = {
    SITE_ORGS: "content/orgs.yml",  # first: nobody may sign anything before it is approved
    SITE_CONFIG: "site_config.yml",
}
ITEM = re.compile(r"[a-z]+:[a-z0-9][a-z0-9/-]*")


def labels(steps: Sequence[str]) -> str:
    """Steps in Chinese, in their order."""
    return "、".join(STEP_LABELS[s] for s in STEPS if s in steps)
