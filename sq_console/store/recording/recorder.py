"""Writing outcomes: many in one transaction, each only if its claim is still ours.

One UPDATE from a JSON list, of the rows that are still ours and of which no kill is
asked; the log rows. If that UPDATE did not find all of the batch, or
waited for a lock in vain, it is undone, and the rows are locked and looked at first:
which have a kill asked, which are lost, which are kept locked by somebody else and must
wait. A loser leaves no trace in the database. A batch that is refused is written
one by one; an outcome that is refused alone is written without its texts, so that the
job does not stay claimed. One that is refused even so, by a trigger say, is reported,
and holds nobody else's up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sq_console.errors import RowLocked, StoreError
from sq_console.model import Claim, LogEvent, LogLine, Outcome, RecordReport, ResultCode
from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.json_param import json_param
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.processor_names import ProcessorNames
from sq_console.store.protocols import Row, Session
from sq_console.store.recording.batches import batches
from sq_console.store.recording.fallback import simplified
from sq_console.store.stuck_rows import REFUSED
from sq_console.text.log_messages import killed, noted

_LOCK = """
SELECT id, attempts, created_at, kill_requested_at, kill_requested_by
  FROM queued_job {use_primary}
 WHERE claimed_by = %s AND id IN """
_STILL_OURS = """
SELECT id, attempts, created_at FROM queued_job {use_primary}
 WHERE claimed_by = %s AND id IN """
_HEADERS = """
UPDATE queued_job SET headers = %s, {keep_times}
 WHERE id = %s AND claimed_by = %s AND attempts = %s AND {created_text} = %s"""
_MOST_MS = 2**31 - 1


class _Contested(StoreError):
    """Some of a batch is not as its processor believes."""


class _Moved(StoreError):
    """What was locked has changed all the same."""


@dataclass(frozen=True, slots=True)
class OwnedOutcome:
    """An outcome whose claim is still ours, and whether its kill was asked for."""

    outcome: Outcome
    killed_by: str | None


class Recorder:
    """Writes outcomes over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._names = ProcessorNames(session)
        self._locked: frozenset[int] = frozenset()
        """Jobs found locked lately: they are waited for no second time."""

    def record(self, processor_id: int, outcomes: Sequence[Outcome]) -> RecordReport:
        """Write *outcomes*, a batch in one transaction, each only if processor and
        claim still match.
        """
        report = RecordReport((), ())
        for batch in batches(outcomes):
            report = _joined(report, self._record_batch(processor_id, batch))
        return report

    def _record_batch(
        self, processor_id: int, batch: Sequence[Outcome]
    ) -> RecordReport:
        batch = sorted(batch, key=lambda outcome: outcome.job_id)
        try:
            return self._write_together(processor_id, batch)
        except REFUSED as error:
            if len(batch) == 1:
                return self._record_bare(processor_id, batch[0], str(error))
        except _Moved:
            if len(batch) == 1:  # looked at again in a moment
                return RecordReport((), (), locked=(batch[0].job_id,))
        report = RecordReport((), ())
        for outcome in batch:
            report = _joined(report, self._record_batch(processor_id, [outcome]))
        return report

    def _write_together(
        self, processor_id: int, batch: Sequence[Outcome]
    ) -> RecordReport:
        ids = frozenset(outcome.job_id for outcome in batch)
        if self._locked.isdisjoint(ids):
            try:
                work = partial(self._write_all, processor_id, batch)
                return self._session.transact(work, waits=False)
            except (_Contested, RowLocked):
                pass
        self._locked -= ids
        return self._session.transact(lambda: self._write(processor_id, batch))

    def _record_bare(
        self, processor_id: int, outcome: Outcome, why: str
    ) -> RecordReport:
        refused = why
        for bare in simplified(outcome):
            try:
                report = self._write_together(processor_id, [bare])
            except REFUSED as error:
                refused = str(error)
            else:
                said = () if report.locked else ((outcome.job_id, why),)
                return replace(report, refused=said)
        return RecordReport((), (), stuck=((outcome.job_id, refused),))

    def _write_all(self, processor_id: int, batch: Sequence[Outcome]) -> RecordReport:
        """Raises _Contested when one of them is not ours, or is to be killed."""
        if self._update(processor_id, batch, locked=False) < len(batch):
            raise _Contested
        self._log(processor_id, [OwnedOutcome(outcome, None) for outcome in batch])
        return RecordReport(tuple((one.job_id, one.result) for one in batch), ())

    def _write(self, processor_id: int, batch: Sequence[Outcome]) -> RecordReport:
        found = self._lock(processor_id, [outcome.job_id for outcome in batch])
        ours = [
            _settled(outcome, found[outcome.claim])
            for outcome in batch
            if outcome.claim in found
        ]
        left = [outcome for outcome in batch if outcome.claim not in found]
        locked = self._still_ours(processor_id, [outcome.job_id for outcome in left])
        self._locked |= {claim.job_id for claim in locked}
        if ours:
            self._write_locked(processor_id, ours)
        return RecordReport(
            recorded=tuple((m.outcome.job_id, m.outcome.result) for m in ours),
            lost=tuple(o.job_id for o in left if o.claim not in locked),
            locked=tuple(o.job_id for o in left if o.claim in locked),
        )

    def _write_locked(self, processor_id: int, ours: Sequence[OwnedOutcome]) -> None:
        """Raises _Moved when a lock did not hold."""
        outcomes = [mine.outcome for mine in ours]
        if self._update(processor_id, outcomes, locked=True) < len(ours):
            raise _Moved
        self._log(processor_id, ours)

    def _lock(self, processor_id: int, ids: Sequence[int]) -> dict[Claim, Row]:
        """What is ours, of that which nobody else has locked."""
        found = self._session.rows(
            f"{_LOCK}{in_list(ids)} ORDER BY id {{skip_locked}}", (processor_id, *ids)
        )
        return {rows.claim_of(row): row for row in found}

    def _still_ours(self, processor_id: int, ids: Sequence[int]) -> set[Claim]:
        """What is ours as long as whoever has it locked has not committed."""
        if not ids:
            return set()
        statement = f"{_STILL_OURS}{in_list(ids)}"
        found = self._session.rows(statement, (processor_id, *ids))
        return {rows.claim_of(row) for row in found}

    def _update(
        self, processor_id: int, outcomes: Sequence[Outcome], *, locked: bool
    ) -> int:
        """How many rows it found: of those not *locked* before, the uncontested."""
        for one in outcomes:
            if one.headers is not None:
                claim = (one.job_id, processor_id, one.attempt, one.created_at)
                self._session.execute(_HEADERS, (one.headers, *claim))
        rows_ = [self._as_json(outcome) for outcome in outcomes]
        return self._session.execute(
            "{record}", (json_param(rows_), processor_id, locked)
        )

    def _as_json(self, outcome: Outcome) -> dict[str, object]:
        """Keys that are absent become NULL."""
        fit = self._session.fit
        row: dict[str, object] = {
            "id": outcome.job_id,
            "attempt": outcome.attempt,
            "created": outcome.created_at,
            "result": int(outcome.result),
        }
        if outcome.status_code is not None:
            row["status"] = min(outcome.status_code, 32_767)
        if outcome.error is not None:
            row["error"] = fit(outcome.error[:255], "queued_job.last_error")
        if outcome.response is not None:
            row["response"] = fit(outcome.response, "queued_job.last_response")
        if outcome.retry_delay_secs is not None:
            row["delay"] = outcome.retry_delay_secs
        if outcome.url is not None:
            row["url"] = fit(outcome.url, "queued_job.url")
        return row

    def _log(self, processor_id: int, ours: Sequence[OwnedOutcome]) -> None:
        name = self._names.name_of(processor_id)
        write_log(
            self._session,
            [
                LogRow(
                    mine.outcome.job_id,
                    line.msg,
                    line.event,
                    mine.outcome.attempt,
                    line.status_code,
                    line.duration_ms,
                    processor=name,
                    actor=mine.killed_by if line.event is LogEvent.KILLED else None,
                    age_secs=_age_secs(mine.outcome, line),
                )
                for mine in ours
                for line in mine.outcome.log
            ],
        )


def _age_secs(outcome: Outcome, line: LogLine) -> float:
    """The row that tells of the call is written when the call is over."""
    if line.event is not LogEvent.CALLED:
        return 0.0
    return min(outcome.duration_ms, _MOST_MS) / 1000


def _settled(outcome: Outcome, row: Row) -> OwnedOutcome:
    """What is written when a kill may have been asked for.

    An answer complete before the abort wins, and the log says that the kill came too
    late; but what would be retried ends killed instead.
    """
    who = rows.as_text(row["kill_requested_by"])
    if row["kill_requested_at"] is None:
        return OwnedOutcome(outcome, None)
    if outcome.result is ResultCode.KILLED:
        return OwnedOutcome(outcome, who)
    if outcome.result is not ResultCode.TEMPORARY:
        late = LogLine(LogEvent.NOTED, noted(outcome.job_id, "Kill came too late"))
        *before, last = outcome.log
        return OwnedOutcome(replace(outcome, log=(*before, late, last)), None)
    end = LogLine(LogEvent.KILLED, killed(outcome.job_id, who))
    ended = replace(
        outcome, result=ResultCode.KILLED, error="killed", log=(*outcome.log, end)
    )
    return OwnedOutcome(ended, who)


def _joined(one: RecordReport, other: RecordReport) -> RecordReport:
    return RecordReport(
        one.recorded + other.recorded,
        one.lost + other.lost,
        one.refused + other.refused,
        one.stuck + other.stuck,
        one.locked + other.locked,
    )
