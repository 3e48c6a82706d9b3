"""The tokenizer of Chinese search: the one place in Python; `theme/assets/search-worker.js` holds its twin.

Text is folded (NFKC, lower case). Runs of Chinese characters become overlapping pairs, so that any word
of two characters or more is found without a dictionary; Latin letters and digits stay whole words.
Shared vectors in the tests keep the twins alike.
"""

from __future__ import annotations

import re
import unicodedata
from operator import add

RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9]+(?:[.\-/][a-z0-9]+)*")


def fold(text: str) -> str:
    """Full-width and upper-case forms become plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


# Other characters may fold to letters. These stay, or become marks that part words all the same, so
# that most text need not be folded: that is half of a tokenizer's work.
PLAIN = (
    r"\x00-\x7f\u00b7\u2014\u2018\u2019\u201c\u201d\u2026\u3000-\u3029\u3030-\u3035\u3400-\u9fff"
    r"\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"
)
ODD = re.compile(f"[^{PLAIN}]")


def tokens(text: str) -> list[str]:
    """Search tokens of `text`, in order, with repeats."""
    found: list[str] = []
    for run in RUN.findall(fold(text) if ODD.search(text) else text.lower()):
        if run[0] < "\u3400":
            found.append(run)
            found += [part for part in re.split(r"[.\-/]", run) if part != run]
        elif len(run) == 1:
            found.append(run)
        else:
            found += map(add, run, run[1:])
    return found
