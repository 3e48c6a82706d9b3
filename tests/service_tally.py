"""What schemathesis loads into its own process: half of the calls come as a browser's, and all are counted.

Named in SCHEMATHESIS_HOOKS; SCHEMATHESIS_TALLY is the file that gets a line a call: phase, method, path, status.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import schemathesis

TALLY = "SCHEMATHESIS_TALLY"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # its names are looked at
    """Browsers get pages, programs JSON; which one asks is told by the call, so that it is the same again."""
    page = sum(f"{case.method}{case.path}{case.query}{case.body}".encode("utf-8", "replace")) % 2
    case.headers = {**(case.headers or {}), "Accept": "text/html" if page else "application/json"}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """One more."""
    phase = case.meta.phase.name.value if case.meta else "-"
    with Path(os.environ[TALLY]).open("a") as out:
        out.write(f"{phase} {case.method} {case.path} {response.status_code}\n")
