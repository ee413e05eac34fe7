"""The goal of a processor, the times it keeps, and its status."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sq_console.model import ProcessorState


class Goal(StrEnum):
    """When a processor ends by itself."""

    SERVE = "serve"
    """Never: it is to serve."""
    ONCE = "once"
    """When the jobs due at its start have each been called, or left to others."""
    UNTIL_EMPTY = "until-empty"
    """When nothing is due and nothing of its own is in flight or unrecorded."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """When a processor ends, what it may call, and whether it defers to others."""

    goal: Goal = Goal.SERVE
    due_by: datetime | None = None
    """With `Goal.ONCE` jobs due by this are called, else by the start."""
    defer_to_others: bool = False
    """Start paused when another processor runs."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that hold the promise together. They belong to each other: constants, not
    settings; only tests shorten them."""

    control: float = 1.0
    """Between looks at what operators want."""
    beat: float = 5.0
    """Between heartbeats."""
    rescue: float = 5.0
    """Between looks for the dead."""
    doubt: float = 10.0
    """Without a confirmed heartbeat for this long, nothing new is claimed…"""
    fence: float = 25.0
    """…and after this, calls are aborted: others will take them over."""
    dead: float = 30.0
    """A processor silent for this long, by the database's clock, is dead."""
    grace: float = 30.0
    """One that saw database errors this recently declares nobody dead: after an outage
    every heartbeat is old."""
    flush: float = 10.0
    """How long an ending processor tries to write its last outcomes."""
    loop_stall: float = 10.0
    """An event loop that takes this long for one turn stands still…"""
    lane_stall: float = 120.0
    """…and so does a lane after this long in one statement: each is given 20 s, a login
    with the look-up of the database's name may take a minute."""


@dataclass(frozen=True, slots=True)
class Status:
    """The status of a processor at one moment; pulled by the console, and cheap."""

    state: ProcessorState
    processor_id: int
    name: str
    """host:pid"""
    concurrency: int
    in_flight: int
    """Calls in flight."""
    waiting: int
    """Claimed, not yet called."""
    unrecorded: int
    """Outcomes not yet written."""
    why_paused: str | None
    trouble: str | None
    """One line about the database being away."""
    called: int
    """Calls that came to an outcome since the start."""
    heartbeat_age_secs: float = 0.0
    """Since the last confirmed heartbeat was sent."""
    secs_since_answer: float = 0.0
    """Since the database last did what it was asked."""
    database_errors: int = 0
    """Errors of the database since the start."""
    away_secs: float = 0.0
    """How long the database was away since the start, in all."""
    why_not_claiming: str | None = None
    """Why it claims nothing although it runs."""
    is_all_held: bool = False
    """Operators hold everything."""
    stalled: str | None = None
    """The part of the processor that stands still, and for how long."""
    is_blocked: bool = False
    """What it is paused for is an obstacle, which no operator's resume removes."""
