"""What a release is made from: of every entry the newest version that was approved, and nothing else.

The files as they lie there matter only where they are the approved ones. So an unfinished edit neither
stops anybody nor gets out: the stages after this one are not given it.
"""

from builder.release.approved import Approved, approved

__all__ = ["Approved", "approved"]
