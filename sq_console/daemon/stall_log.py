"""The log lines about a processor that stands still: one when it begins, one when it
goes on.
"""

from logging import ERROR, WARNING

from sq_console.daemon.log.event_lines import message_line
from sq_console.daemon.log.event_log import EventLog


class StallLog:
    """Logs each stall once. Call it with what is stalled, again and again."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._is_stalled = False

    def __call__(self, stalled: str | None) -> None:
        """Log when *stalled* begins or ends."""
        if stalled and not self._is_stalled:
            self._log.put(message_line(ERROR, "stalled", f"Stalled: {stalled}"))
        elif self._is_stalled and not stalled:
            self._log.put(message_line(WARNING, "stall_ended", "It moves again"))
        self._is_stalled = bool(stalled)
