"""What holding a host, or lifting its hold, comes to."""

from dataclasses import dataclass

from sq_console.model.queue_overview import Hold


@dataclass(frozen=True, slots=True)
class HoldEffect:
    """What a hold of a host does, or would do."""

    host: str
    """As `queued_job.host` has it, or `HOLD_ALL`."""
    due: int
    """Due jobs that stay; it stops at `COUNT_CAP` + 1."""
    running: int
    """Calls in flight, which end by themselves."""
    hold: Hold | None = None
    """The hold that is on it already."""
    is_known: bool = True
    """A job has this host."""
    similar: tuple[str, ...] = ()
    """Hosts of jobs that are called the same and have a port, when none has this."""
    missing: str = ""
    """To be said of a hold that is not in the activity; "" when it is."""
