"""What a service knows of its own processors at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sq_console.daemon.metrics.families import Key
from sq_console.processor.status import Status


@dataclass(frozen=True, slots=True)
class Observed:
    """One processor, as it was last known."""

    name: str
    """For people: empty where there is only one."""
    status: Status
    age_secs: float = 0.0
    """How old the status is."""


@dataclass(frozen=True, slots=True)
class Observation:
    """All processors of a service, and what they and those before them counted."""

    processors: tuple[Observed, ...]
    counts: Mapping[Key, float] = field(default_factory=dict)
    why_none: str = ""
    """Why no processor was started yet."""
    stalled: str = ""
    """The part of the service beside its processors that stands still."""
