"""The language and privacy gate: words that must not go out, with place, reason, clause and remedy."""

from builder.wording.gate import judge, lines_of, survey, version
from builder.wording.mend import Fix, fixes, mend
from builder.wording.rules import Rules, load_rules

__all__ = ["Fix", "Rules", "fixes", "judge", "lines_of", "load_rules", "mend", "survey", "version"]
