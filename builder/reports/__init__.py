"""How far the reviews are, what will expire, which parts of the site are stale; the quarterly self-check.

`facts` gathers what is known (`Progress`), `tally` makes a `Report` of it, `selfcheck` the table for the
inspection; `book` and `said` write it down. Nothing here reads a file.
"""

from builder.reports.facts import Known, progress
from builder.reports.quarter import Quarter
from builder.reports.tally import Report, report

__all__ = ["Known", "Quarter", "Report", "progress", "report"]
