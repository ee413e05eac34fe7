"""When something that should move is said to stand still, and how."""

import time


def stalled_for(what: str, moved_at: float, limit_secs: float) -> str | None:
    """Say for how long *what* has not moved; None within the limit."""
    secs = time.monotonic() - moved_at
    return f"{what} has not moved for {secs:.0f} s" if secs > limit_secs else None
