"""Whether a processor is alive, as operators are shown it."""

from datetime import datetime, timedelta

from sq_console.model import LostProcessor, ProcessorRow

LOST = "lost"
"""The state shown for a processor whose heartbeat is too old."""


def shown_state(row: ProcessorRow) -> str:
    """Return the state that *row* is shown with. A processor that died left the state
    of its last heartbeat behind, and its row stays until another one rescues its jobs.
    """
    return row.state if row.alive else LOST


def lost_of(row: ProcessorRow, now: datetime) -> LostProcessor:
    """Return *row*, read at *now*, as the lost processor it is: none of its jobs has
    been rescued yet, or not all.
    """
    return LostProcessor(
        id=row.id,
        name=row.name,
        version=row.version,
        started_at=row.started_at,
        heartbeat_at=now - timedelta(seconds=row.heartbeat_age_secs),
        lost_at=None,
        concurrency=row.concurrency,
        rescued=0,
    )
