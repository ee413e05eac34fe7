"""Causes: failures of one kind at one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CauseKey:
    """What the jobs of one cause have in common."""

    host: str
    path: str
    kind: str
    message: str
    """With its numbers, ids and names folded."""
