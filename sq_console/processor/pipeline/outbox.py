"""Outcomes on their way into the database: kept until they are written, whatever
happens.

Outcomes are written in batches, as many as came together while the last batch was being
written. While the database is away they wait here; claiming stops before they become
many. When the answer to a COMMIT was lost, the next try finds out which outcomes were
written: the losers of its compare-and-set are those.

An outcome that the database refuses, whatever is left out of it, or whose row somebody
else keeps locked, is set aside and tried again now and then: no other outcome waits
behind it.
"""

import asyncio
from collections import OrderedDict
from itertools import islice

from sq_console.errors import StoreError
from sq_console.model import Claim, Outcome, RecordReport
from sq_console.processor.events import (
    Emit,
    OutcomeLost,
    OutcomeRecorded,
    OutcomeRefused,
    OutcomeStuck,
)
from sq_console.processor.pipeline.stats_writer import StatsWriter
from sq_console.processor.store_health import StoreHealth
from sq_console.store.lane import StoreLane

BATCH = 100
MAX_UNRECORDED = 2_000
"""With so many outcomes unrecorded nothing is claimed…"""
MAX_CHARS = 64 * 1024 * 1024
"""…nor with so many characters of answers…"""
MAX_REFUSED = 100
"""…nor with so many outcomes refused: the cause is not this or that row, then."""
REFUSED_RETRY_SECS = 30.0
"""Until an outcome that was refused is tried again…"""
FIRST_LOCK_RETRY_SECS = 0.05
"""…one whose row was locked, as a row is for a moment while others work on it…"""
LOCK_RETRY_SECS = 1.0
"""…and one whose row was still locked then."""

_Key = tuple[int, Claim]
"""(processor id, claim)"""


class Outbox:
    """Unwritten outcomes, and the loop that writes them."""

    def __init__(
        self, lane: StoreLane, health: StoreHealth, emit: Emit, stats: StatsWriter
    ) -> None:
        self._lane = lane
        self._health = health
        self._emit = emit
        self._stats = stats
        self._waiting: OrderedDict[_Key, Outcome] = OrderedDict()
        self._set_aside: dict[_Key, Outcome] = {}
        self._refused: set[_Key] = set()
        self._locked: dict[_Key, bool] = {}
        """Outcomes whose row was found locked; was it reported?"""
        self._unanswered: set[_Key] = set()
        self._chars = 0
        self._lost = False
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()

    def __len__(self) -> int:
        """Outcomes that are not written."""
        return len(self._waiting) + len(self._set_aside)

    @property
    def waiting(self) -> int:
        """Outcomes about to be written, as soon as their row is free."""
        locked = self._set_aside.keys() - self._refused
        return len(self._waiting) + len(locked)

    @property
    def full(self) -> bool:
        """So much is unwritten that nothing should be claimed."""
        many = len(self) >= MAX_UNRECORDED or self._chars >= MAX_CHARS
        return many or len(self._refused) >= MAX_REFUSED

    @property
    def claims(self) -> set[Claim]:
        """Claims whose outcomes are not written yet."""
        return {claim for _, claim in (*self._waiting, *self._set_aside)}

    def put(self, processor_id: int, outcome: Outcome) -> None:
        """Keep *outcome* until it is written under the claim of *processor_id*."""
        self._waiting[processor_id, outcome.claim] = outcome
        self._chars += len(outcome.response or "")
        self._emptied.clear()
        self._filled.set()

    def drop(self, processor_id: int, claim: Claim) -> None:
        """Drop the outcome of a claim, if there is one: the job was claimed again."""
        key = processor_id, claim
        outcome = self._waiting.pop(key, None) or self._set_aside.pop(key, None)
        if outcome is not None:
            self._forget(key, outcome)
            self._note_if_emptied()
            self._emit(OutcomeLost(claim.job_id, claim.attempt))

    def take_lost(self) -> bool:
        """Return whether a claim was found void since this was asked last."""
        lost, self._lost = self._lost, False
        return lost

    async def drained(self) -> None:
        """Wait until everything is written; what was refused is tried once more."""
        for key in list(self._set_aside):
            self._retry(key)
        await self._emptied.wait()

    async def write_forever(self) -> None:
        """Write outcomes for ever."""
        while True:
            await self._filled.wait()
            try:
                await self._write_batch()
            except StoreError as error:
                await self._health.failed(error)

    async def _write_batch(self) -> None:
        keys = self._next_keys()
        processor_id = keys[0][0]
        batch = [self._waiting[key] for key in keys]
        try:
            report = await self._lane.run(
                lambda store: store.outcomes.record(processor_id, batch)
            )
        except StoreError:
            self._unanswered.update(keys)
            raise
        self._health.succeeded()
        unanswered = {key[1].job_id for key in keys if key in self._unanswered}
        self._report(batch, report, unanswered)
        self._unanswered.difference_update(keys)
        written = zip(keys, batch, strict=True)
        # One dropped meanwhile is not there; a new one may have taken its place.
        known = [key for key, one in written if self._waiting.get(key) is one]
        self._put_away(known, {job_id for job_id, _ in report.stuck}, {*report.locked})
        self._note_if_emptied()

    def _next_keys(self) -> list[_Key]:
        """Return the next batch: outcomes of one id, of each job the last attempt among
        the first outcomes. A claim that a later one has made void loses either way.
        """
        processor_id = next(iter(self._waiting))[0]
        same_id = (key for key in self._waiting if key[0] == processor_id)
        return list({key[1].job_id: key for key in islice(same_id, BATCH)}.values())

    def _note_if_emptied(self) -> None:
        if not self._waiting:
            self._filled.clear()
            if self._set_aside.keys() <= self._refused:
                self._emptied.set()

    def _put_away(self, keys: list[_Key], stuck: set[int], locked: set[int]) -> None:
        """Forget outcomes that were written, set aside those that were not."""
        for key in keys:
            outcome = self._waiting.pop(key)
            self._refused.discard(key)
            if key[1].job_id in stuck:
                self._refused.add(key)
                self._put_aside(key, outcome, REFUSED_RETRY_SECS)
            elif key[1].job_id in locked:
                self._put_aside(key, outcome, self._lock_retry_secs(key))
            else:
                self._forget(key, outcome)

    def _forget(self, key: _Key, outcome: Outcome) -> None:
        self._refused.discard(key)
        self._locked.pop(key, None)
        self._chars -= len(outcome.response or "")

    def _lock_retry_secs(self, key: _Key) -> float:
        """Return the wait before the next try; the second one of a job is reported."""
        reported = self._locked.get(key)
        if reported is None:
            self._locked[key] = False
            return FIRST_LOCK_RETRY_SECS
        if not reported:
            self._locked[key] = True
            self._emit(
                OutcomeStuck(key[1].job_id, "somebody else keeps its row locked")
            )
        return LOCK_RETRY_SECS

    def _report(
        self, batch: list[Outcome], report: RecordReport, unanswered: set[int]
    ) -> None:
        by_id = {outcome.job_id: outcome for outcome in batch}
        for job_id, result in report.recorded:
            self._emit(OutcomeRecorded(by_id[job_id], result))
            self._stats.add(result, by_id[job_id].duration_ms, by_id[job_id].host)
        for job_id in report.lost:
            self._lost = True
            if job_id not in unanswered:  # else an earlier try had written it
                self._emit(OutcomeLost(job_id, by_id[job_id].attempt))
        for job_id, why in report.refused:
            self._emit(OutcomeRefused(job_id, why))
        for job_id, why in report.stuck:
            self._emit(OutcomeStuck(job_id, why))

    def _put_aside(self, key: _Key, outcome: Outcome, secs: float) -> None:
        self._set_aside[key] = outcome
        asyncio.get_running_loop().call_later(secs, self._retry, key)

    def _retry(self, key: _Key) -> None:
        outcome = self._set_aside.pop(key, None)
        if outcome is not None:
            self._waiting[key] = outcome
            self._emptied.clear()
            self._filled.set()
