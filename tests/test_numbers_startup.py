"""A build without numbers pays nothing for them: numpy is not even loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.numbered import SITE
from tests.sitefiles import faq, write

PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
import builder.cli, builder.build, builder.review.cli, builder.preview, publish.cli
assert "numpy" not in sys.modules, "at import"
root = Path(sys.argv[1])
builder.build.build(root, root / "dist", [], datetime.fromisoformat("2026-11-20T09:30:00+08:00"), 1)
builder.build.survey(root, [], datetime.fromisoformat("2026-11-20T09:30:00+08:00"))
print("numpy" in sys.modules)
"""


@pytest.mark.parametrize("numbers", [False, True])
def test_numpy_is_loaded_only_where_there_are_numbers(
    root: Path, tmp_path: Path, numbers: bool
) -> None:
    write(tmp_path, {**(SITE if numbers else {}), "faq/mlk/a.md": faq()})
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(numbers), done.stderr
