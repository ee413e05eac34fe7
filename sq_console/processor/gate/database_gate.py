"""Whether jobs of this database may be called by this processor at all.

Before the first claim, before each registration and once a beat (every 5 s, which costs
less than a query each second) the gate looks at what operators cannot see in time: is
the database a copy (`rules.admission.copies`), or does the ancestor work on it too
(`store.claiming.ancestor_traces`)? A processor that serves is blocked then, says why,
and goes on by itself when the obstacle is gone; one that has something to do now ends.
What a closed gate cannot undo are calls in flight.

Where somebody brings the schema up to date under a running processor, it drains: its
calls end and are recorded, for a newer schema has all that an older one had, and it
ends with what was found. Nothing is claimed by rules that it does not know.
"""

from dataclasses import dataclass

from sq_console.errors import ProcessingRefused, SchemaMismatch, StoreRefused
from sq_console.model import HOLD_ALL, SCHEMA_VERSION
from sq_console.processor.http.caller import Caller
from sq_console.processor.pipeline.pipeline import Pipeline
from sq_console.processor.registration import now_secs
from sq_console.processor.run_state import RunState
from sq_console.processor.status import Goal
from sq_console.rules.admission.copies import copy_words, judge
from sq_console.store import Store
from sq_console.store.lane import StoreLane

ANCESTOR_AT_WORK = "the strings-queue works here: stop it, or --beside-ancestor"


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look has found."""

    uuid: str
    is_copy: bool
    obstacle: str
    """Why nothing may be called; "" when it may."""


class DatabaseGate:
    """Looks over the heartbeat's connection, and blocks the processor."""

    def __init__(
        self,
        lane: StoreLane,
        run_state: RunState,
        pipeline: Pipeline,
        caller: Caller,
        goal: Goal,
        *,
        every_secs: float,
        beside_ancestor: bool,
    ) -> None:
        self._lane = lane
        self._run_state = run_state
        self._pipeline = pipeline
        self._caller = caller
        self._goal = goal
        self._every_secs = every_secs
        self._look_at = 0.0
        self._beside_ancestor = beside_ancestor
        self._home_uuid: str | None = None
        """The database that this processor has worked on."""
        self._is_copy = False
        self._may_learn = True
        self.error: StoreRefused | None = None
        """Why the processor ends, though nobody asked it to."""

    async def check(self) -> None:
        """Look, and block or unblock the processor. Raises StoreError; what ends it is
        a ProcessingRefused or a SchemaMismatch.
        """
        self._look_at = now_secs() + self._every_secs
        look = await self._lane.run(self._look)
        self._caller.use_database(look.uuid)
        if look.is_copy and not self._is_copy:
            self._pipeline.abandon()  # whatever was claimed here was claimed elsewhere
        self._is_copy = look.is_copy
        if not look.obstacle:
            self._home_uuid = look.uuid
            self._run_state.unblock()
        elif self._goal is Goal.SERVE:
            self._run_state.block(look.obstacle)
            self._pipeline.drop_waiting()
        else:
            raise ProcessingRefused(look.obstacle)

    async def check_if_due(self) -> None:
        """Look when it is time; while the processor is blocked, each time."""
        if self._run_state.is_blocked or now_secs() >= self._look_at:
            await self.check_or_end()

    async def check_or_end(self) -> None:
        """Look for a processor that runs: what would end it has it drain."""
        if self.error is not None:
            return
        try:
            await self.check()
        except (ProcessingRefused, SchemaMismatch) as error:
            self.error = error
            self._run_state.start_draining(self._pipeline.in_flight)

    def _look(self, store: Store) -> _Look:
        state = store.home.state()
        if state.meta.get("schema_version") != str(SCHEMA_VERSION):
            store.require_schema()
        trusted = state.uuid == self._home_uuid
        judgement = judge(state.meta, state.location, trusted=trusted)
        if judgement.copy_of:
            why = copy_words(judgement)
            if HOLD_ALL not in self._pipeline.claimer.holds:
                store.home.hold_copy(why)
            return _Look(state.uuid, is_copy=True, obstacle=why)
        if self._is_copy:
            store.home.lift_copy_hold()
        if judgement.to_learn and self._may_learn:
            self._may_learn = store.home.learn(state.uuid, judgement.to_learn)
        at_work = not self._beside_ancestor and store.ancestor.is_at_work()
        return _Look(state.uuid, False, ANCESTOR_AT_WORK if at_work else "")
