"""`queued_job_processor`: processors register, confirm that they live, and read what
operators want of them.

The database's clock decides which processor is dead; `rescuer` gives its jobs back.
"""

from sq_console import __version__
from sq_console.model import (
    Control,
    KillRequest,
    ProcessorState,
    Wanted,
)
from sq_console.store import rows
from sq_console.store.protocols import Session

_REGISTER = """
INSERT INTO queued_job_processor (id, name, version, concurrency, state)
VALUES (%s, %s, %s, %s, %s)"""
_BEAT = """
UPDATE queued_job_processor SET heartbeat_at = {now}, running = %s, state = %s,
       started_at = started_at
 WHERE id = %s"""
_UNREGISTER = "DELETE FROM queued_job_processor WHERE id = %s"
_CONTROL = """
SELECT 'wanted' AS kind, 0 AS id, 0 AS attempts, '' AS created, HEX(wanted) AS said
  FROM queued_job_processor WHERE id = %s
UNION ALL
SELECT 'kill', id, attempts, HEX(created_at), HEX(COALESCE(kill_requested_by, ''))
  FROM queued_job {use_claimed_by}
 WHERE claimed_by = %s AND kill_requested_at IS NOT NULL
UNION ALL
SELECT 'hold', 0, 0, '', HEX(host) FROM queued_job_hold
 WHERE expires_at IS NULL OR expires_at > {now}
UNION ALL
SELECT 'try', job_id, 0, '', '' FROM queued_job_try WHERE since > {secs_ago}"""
# HEX: texts of three tables with three collations in one column.

TRY_SECS = 600
"""For so long a job that is to be called through a hold is offered to processors."""
MAX_TRIES = 100
"""A processor takes note of so many at once."""


class ProcessorTable:
    """The table of processors, over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def register(
        self, processor_id: int, name: str, concurrency: int, state: ProcessorState
    ) -> None:
        """Insert the processor into the table."""
        self._session.execute(
            _REGISTER,
            (processor_id, name[:255], __version__, concurrency, state.value),
        )

    def beat(self, processor_id: int, running: int, state: ProcessorState) -> bool:
        """Write its heartbeat; return False when its row is gone: it has been
        declared dead.
        """
        return self._session.execute(_BEAT, (running, state.value, processor_id)) == 1

    def unregister(self, processor_id: int) -> None:
        """Delete the processor from the table."""
        self._session.execute(_UNREGISTER, (processor_id,))

    def control(self, processor_id: int) -> Control:
        """Return what operators want of it, in one query."""
        kills, holds, tries, wanted = [], [], [], None
        params = (processor_id, processor_id, TRY_SECS)
        for row in self._session.rows(_CONTROL, params):
            said = _unhexed(row["said"])
            match rows.as_text(row["kind"]):
                case "kill":
                    claim = rows.claim_of(
                        {**row, "created_at": _unhexed(row["created"])}
                    )
                    kills.append(KillRequest(claim, said))
                case "hold":
                    holds.append(said)
                case "try":
                    tries.append(rows.whole(row["id"]))
                case _:
                    wanted = _wanted(said)
        offered = frozenset(tries[:MAX_TRIES])
        return Control(tuple(kills), wanted, frozenset(holds), offered)


def _unhexed(said: object) -> str:
    return bytes.fromhex(rows.as_text(said)).decode("utf-8", "replace")


def _wanted(said: str) -> Wanted:
    try:
        return Wanted(said)
    except ValueError:
        return Wanted.RUN
