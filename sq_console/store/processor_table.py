"""Processors tell that they live, and take back what dead ones held.

The database's clock decides who is dead; how their jobs are taken back is told in
`rescuing`.
"""

from sq_console import __version__
from sq_console.model import (
    Control,
    KillRequest,
    ProcessorState,
    Rescued,
    StuckJob,
    Wanted,
)
from sq_console.store import rows
from sq_console.store.protocols import Session
from sq_console.store.rescue import Rescuer
from sq_console.store.stuck_rows import StuckRows

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
SELECT 'hold', 0, 0, '', HEX(host) FROM queued_job_hold"""
# HEX: texts of three tables with three collations in one column.
_OTHERS = """
SELECT COUNT(*) AS n FROM queued_job_processor
 WHERE id <> %s AND state = 'running' AND heartbeat_at >= {secs_ago}"""


class ProcessorTable:
    """Registers processors, and takes back what dead ones held."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._refusals = StuckRows(session)
        self._rescuer = Rescuer(session, self._refusals)

    def register(
        self, processor_id: int, name: str, concurrency: int, state: ProcessorState
    ) -> None:
        """Enter the processor into the table."""
        self._session.execute(
            _REGISTER,
            (processor_id, name[:255], __version__, concurrency, state.value),
        )

    def beat(self, processor_id: int, running: int, state: ProcessorState) -> bool:
        """Confirm that it lives; return False when its row is gone: it has been
        declared dead.
        """
        return self._session.execute(_BEAT, (running, state.value, processor_id)) == 1

    def unregister(self, processor_id: int) -> None:
        """Take it out of the table."""
        self._session.execute(_UNREGISTER, (processor_id,))

    def control(self, processor_id: int) -> Control:
        """What operators want of it, in one query."""
        kills, holds, wanted = [], [], None
        for row in self._session.rows(_CONTROL, (processor_id, processor_id)):
            said = _unhexed(row["said"])
            match rows.as_text(row["kind"]):
                case "kill":
                    claim = rows.claim_of(
                        {**row, "created_at": _unhexed(row["created"])}
                    )
                    kills.append(KillRequest(claim, said))
                case "hold":
                    holds.append(said)
                case _:
                    wanted = _wanted(said)
        return Control(tuple(kills), wanted, frozenset(holds))

    def others_alive(self, processor_id: int, dead_after_secs: float) -> int:
        """How many other processors live and are not paused."""
        found = self._session.rows(_OTHERS, (processor_id, dead_after_secs))
        return rows.whole(found[0]["n"])

    def rescue(self, by: str, dead_after_secs: float) -> list[Rescued]:
        """Give back what processors silent for *dead_after_secs*, or missing from the
        table, hold.
        """
        return self._rescuer.rescue(by, dead_after_secs)

    def rescue_processor(self, processor_id: int, by: str) -> list[Rescued]:
        """Give back at once what *processor_id* holds, and take it out of the table.
        Only for a processor known to be dead: its process has ended.
        """
        return self._rescuer.rescue_processor(processor_id, by)

    def take_stuck(self) -> tuple[StuckJob, ...]:
        """Return the jobs that could not be taken back since the last call: the
        database refused to change just these.
        """
        return self._refusals.take_stuck()


def _unhexed(said: object) -> str:
    return bytes.fromhex(rows.as_text(said)).decode("utf-8", "replace")


def _wanted(said: str) -> Wanted:
    try:
        return Wanted(said)
    except ValueError:
        return Wanted.RUN
