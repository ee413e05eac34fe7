"""Whether a processor is alive, as operators are shown it."""

from sq_console.model import ProcessorRow

LOST = "lost"
"""The state shown for a processor whose heartbeat is too old."""


def shown_state(row: ProcessorRow) -> str:
    """Return the state that *row* is shown with. A processor that died left the state
    of its last heartbeat behind, and its row stays until another one rescues its jobs.
    """
    return row.state if row.alive else LOST
