"""Values for the tests of lines: a console's status, a processor's, rows of the log."""

from datetime import UTC

from sq_console.model import LogEntry, ProcessorState
from sq_console.processor.status import Status
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_status import ConsoleStatus
from tests.ui.jobs import NOW, ago, vitals

CLOCK = Clock(lambda: NOW, UTC)


def processor_status(
    state: ProcessorState = ProcessorState.RUNNING, **values: object
) -> Status:
    base = {
        "state": state,
        "processor_id": 9,
        "name": "web1:1",
        "concurrency": 50,
        "in_flight": 4,
        "waiting": 0,
        "unrecorded": 0,
        "why_paused": None,
        "trouble": None,
        "called": 12,
    }
    return Status(**{**base, **values})  # type: ignore[arg-type]


def console_status(**values: object) -> ConsoleStatus:
    base = {
        "label": "app@db1:3306/jobs",
        "now": NOW,
        "vitals": vitals(due=1_204, failed=17, running=4, oldest_due_at=ago(125)),
        "read_at": NOW,
    }
    return ConsoleStatus(**{**base, **values})  # type: ignore[arg-type]


def log_entry(
    log_id: int, attempt: int | None, event: str, **values: object
) -> LogEntry:
    base = {
        "id": log_id,
        "job_id": 7,
        "msg": f"[JOBID 7] Job {event}: words {log_id}",
        "created_at": ago(100 - log_id),
        "attempt": attempt,
        "event": event,
        "status_code": None,
        "duration_ms": None,
        "processor": "web2:4711" if attempt else None,
        "actor": None,
    }
    return LogEntry(**{**base, **values})  # type: ignore[arg-type]
