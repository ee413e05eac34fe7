"""What a supervisor tells the metrics of its service: its children's reports, their
ends, and what it does itself. Nothing, where nobody listens.
"""

from sq_console.daemon.log.event_log import EventLog
from sq_console.daemon.metrics.service import MetricsService
from sq_console.daemon.procs.child import Child
from sq_console.daemon.procs.database_check import DatabaseCheck
from sq_console.daemon.reports import Report
from sq_console.processor.events import Event, JobRescued


class ServiceMetrics:
    """Passes on to *service* what happens to the children."""

    def __init__(self, service: MetricsService | None, log: EventLog) -> None:
        self._service = service
        self._log = log
        self._lines_dropped = 0

    def log_event(self, event: Event) -> None:
        """Log an event of the supervisor's own work, and count it."""
        self._log(event)
        if self._service is not None and isinstance(event, JobRescued):
            self._service.counted("sq_jobs_rescued_total")

    def child_reported(self, child: Child, report: Report) -> None:
        """Pass on a report; called on a thread of the child."""
        if self._service is not None:
            self._service.reported(child, report, f"processor {child.pid}")

    def child_ended(self, child: Child, *, died: bool) -> None:
        """Keep what it counted."""
        if self._service is not None:
            self._service.ended(child)
            self._service.counted("sq_processors_died_total", by=died)

    def supervisor_moved(self, database_check: DatabaseCheck | None) -> None:
        """The supervisor has made another turn."""
        if self._service is None:
            return
        trouble = database_check.trouble if database_check is not None else ""
        why_none = f"the database is away: {trouble}" if trouble else ""
        self._service.supervisor_moved(why_none)
        dropped, self._lines_dropped = self._lines_dropped, self._log.lines_dropped
        self._service.counted(
            "sq_log_lines_dropped_total", self._lines_dropped - dropped
        )
