"""Recording outcomes: many in one transaction, each only if its claim is still ours.

A batch is one UPDATE from a JSON list, of the rows that are still ours and of which no
kill is asked, and the log rows. If the UPDATE does not find all rows of the batch, or
waits for a lock in vain, it is rolled back, and the rows are locked and read first:
which have a kill asked, which are lost, which somebody else keeps locked, so that they
must wait. An outcome that lost its claim leaves no trace in the database. A batch that
is refused is written one by one. An outcome that is refused alone is written without
its texts (see `fallback`), so that the job does not stay claimed. An outcome that is
refused even so, by a trigger for example, is reported; other outcomes do not wait for
it.
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
    """Some rows of a batch are not ours, or are to be killed."""


class _LockLost(StoreError):
    """A locked row has changed all the same."""


@dataclass(frozen=True, slots=True)
class OwnedOutcome:
    """An outcome whose claim is still ours, and whether its kill was asked for."""

    outcome: Outcome
    killed_by: str | None


class Recorder:
    """Records outcomes over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._names = ProcessorNames(session)
        self._locked: frozenset[int] = frozenset()
        """Jobs found locked lately: their locks are not waited for a second time."""

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
                return self._record_simplified(processor_id, batch[0], str(error))
        except _LockLost:
            if len(batch) == 1:  # it is tried again in a moment
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
                write_all = partial(self._write_all, processor_id, batch)
                return self._session.transact(write_all, waits=False)
            except (_Contested, RowLocked):
                pass
        self._locked -= ids
        return self._session.transact(lambda: self._write(processor_id, batch))

    def _record_simplified(
        self, processor_id: int, outcome: Outcome, why: str
    ) -> RecordReport:
        refused = why
        for simpler in simplified(outcome):
            try:
                report = self._write_together(processor_id, [simpler])
            except REFUSED as error:
                refused = str(error)
            else:
                reasons = () if report.locked else ((outcome.job_id, why),)
                return replace(report, refused=reasons)
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
            _with_kill(outcome, found[outcome.claim])
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
        """Raises _LockLost when a lock did not hold."""
        outcomes = [mine.outcome for mine in ours]
        if self._update(processor_id, outcomes, locked=True) < len(ours):
            raise _LockLost
        self._log(processor_id, ours)

    def _lock(self, processor_id: int, ids: Sequence[int]) -> dict[Claim, Row]:
        """Lock the rows that are ours and that nobody else has locked."""
        found = self._session.rows(
            f"{_LOCK}{in_list(ids)} ORDER BY id {{skip_locked}}", (processor_id, *ids)
        )
        return {rows.claim_of(row): row for row in found}

    def _still_ours(self, processor_id: int, ids: Sequence[int]) -> set[Claim]:
        """Return the claims that are ours until the holder of their locks commits."""
        if not ids:
            return set()
        statement = f"{_STILL_OURS}{in_list(ids)}"
        found = self._session.rows(statement, (processor_id, *ids))
        return {rows.claim_of(row) for row in found}

    def _update(
        self, processor_id: int, outcomes: Sequence[Outcome], *, locked: bool
    ) -> int:
        """Run the UPDATE; return how many rows it found. Of rows not *locked* before
        it finds those without a kill only.
        """
        for one in outcomes:
            if one.headers is not None:
                claim = (one.job_id, processor_id, one.attempt, one.created_at)
                self._session.execute(_HEADERS, (one.headers, *claim))
        rows_ = [self._as_json(outcome) for outcome in outcomes]
        return self._session.execute(
            "{record}", (json_param(rows_), processor_id, locked)
        )

    def _as_json(self, outcome: Outcome) -> list[object]:
        """Return an outcome in the order of the columns in `{record}`."""
        status_code, error = outcome.status_code, outcome.error
        return [
            outcome.job_id,
            outcome.attempt,
            outcome.created_at,
            outcome.result,
            None if status_code is None else min(status_code, 32_767),
            None if error is None else self._fit(error[:255], "last_error"),
            self._fit(outcome.response, "last_response"),
            outcome.retry_delay_secs,
            self._fit(outcome.url, "url"),
        ]

    def _fit(self, text: str | None, column: str) -> str | None:
        return None if text is None else self._session.fit(text, f"queued_job.{column}")

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
    """Return how long ago the event of *line* was: the row that the call has begun is
    written when the call is over.
    """
    if line.event is not LogEvent.CALLED:
        return 0.0
    return min(outcome.duration_ms, _MOST_MS) / 1000


def _with_kill(outcome: Outcome, row: Row) -> OwnedOutcome:
    """Return what is written when a kill may have been asked for.

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
        return OwnedOutcome(outcome._replace(log=(*before, late, last)), None)
    end = LogLine(LogEvent.KILLED, killed(outcome.job_id, who))
    ended = outcome._replace(
        result=ResultCode.KILLED, error="killed", log=(*outcome.log, end)
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
