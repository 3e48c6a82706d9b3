"""The access token, kept in the state folder and shared by every process of this machine."""

from __future__ import annotations

from pathlib import Path


class Tokens:
    """Tokens in `state/tokens.sqlite`, readable by nobody else."""

    def __init__(self, state: Path) -> None: ...
