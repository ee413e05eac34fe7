"""Operators at four consoles retry, kill and edit at random what is running."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sq_console.model import ActionResult, JobFilter, JobState, NewJob, Seen
from sq_console.store import Store, open_store
from tests.faults.collected_rows import Collected, collect
from tests.faults.figures import Figures
from tests.faults.invariants import check_invariants
from tests.faults.load import Load, loaded_fleet
from tests.faults.scenario_setup import ScenarioSetup

_STATES = (*[JobState.RUNNING] * 7, *JobState)
"""Mostly running ones; sometimes any other."""
_ACTIONS = ("retry", "kill", "edit")


@dataclass(frozen=True, slots=True)
class Dose(Load):
    """How many actions on how many consoles."""

    actions: int = 2_000
    consoles: int = 4
    pause_secs: float = 0.03
    """At most, between looking and acting, and between two actions."""
    jobs: int = 3_000
    per_sec: float = 60
    path: str = "/503,200?ms=50-600"
    processors: int = 4
    kills: int = 5
    """kill -9 of a processor meanwhile."""


FULL = Dose()
SHORT = Dose(actions=80, jobs=100, processors=2, kills=0, times="quick", rest_secs=30)


@dataclass(frozen=True, slots=True)
class Action:
    """What an operator asked for, and what it came to."""

    verb: str
    seen: Seen
    result: ActionResult


@dataclass
class Console(threading.Thread):
    """An operator: reads a list, thinks, acts on what may have changed meanwhile."""

    setup: ScenarioSetup
    dose: Dose
    number: int
    actions: list[Action] = field(default_factory=list)
    error: Exception | None = None

    def __post_init__(self) -> None:
        super().__init__(name=f"console-{self.number}", daemon=True)

    def __hash__(self) -> int:
        return hash(self.number)

    def run(self) -> None:
        store = open_store(self.setup.db)
        try:
            self._act_until_done(store, random.Random(self.number))
        except Exception as error:  # noqa: BLE001 - a figure of the scenario
            self.error = error
        finally:
            store.close()

    def _act_until_done(self, store: Store, rng: random.Random) -> None:
        share = self.dose.actions // self.dose.consoles
        while len(self.actions) < share:
            page = store.reads.jobs(JobFilter(state=rng.choice(_STATES)), limit=50)
            time.sleep(rng.uniform(0, self.dose.pause_secs))
            if page.jobs:
                job = rng.choice(page.jobs)
                seen = Seen(job.id, job.state, job.attempts)
                self._act(store, rng.choice(_ACTIONS), seen)

    def _act(self, store: Store, verb: str, seen: Seen) -> None:
        actor = f"op{self.number}@test"
        if verb == "edit":
            draft = NewJob("post", self.setup.ledger.url("/200?ms=50"))
            result = store.actions.edit(seen, draft, actor)
        elif verb == "kill":
            result = store.actions.kill(seen, actor)
        else:
            result = store.actions.retry(seen, actor)
        self.actions.append(Action(verb, seen, result))


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """Consoles and processors on the same jobs."""
    rng = random.Random(6)
    figures = Figures()
    with loaded_fleet(setup, dose) as loaded:
        loaded.wait_until_serving()
        consoles = [Console(setup, dose, number) for number in range(dose.consoles)]
        for console in consoles:
            console.start()
        for _ in range(dose.kills):
            time.sleep(3)
            loaded.fleet.kill(rng.choice(loaded.fleet.members))
            loaded.start_one()
        for console in consoles:
            console.join(dose.rest_secs)
        loaded.wait_until_finished()
        collected = collect(setup, loaded.fleet.faults)
    actions = [action for console in consoles for action in console.actions]
    figures.none_of("consoles that failed", [c.error for c in consoles if c.error])
    figures.at_least("actions", len(actions), dose.actions)
    _add_figures(collected, actions, figures)
    check_invariants(collected, figures)
    return figures


def _add_figures(collected: Collected, actions: list[Action], figures: Figures) -> None:
    effective = Counter(a.verb for a in actions if a.result.done)
    refused = Counter(a.verb for a in actions if not a.result.done)
    for verb in _ACTIONS:
        counts = f"{effective[verb]}, {refused[verb]}"
        figures.info(f"{verb}: effective, refused", counts)
    figures.none_of(
        "refused without a reason",
        [
            action
            for action in actions
            if not action.result.done
            and not action.result.message.startswith(("refused: ", "changed since"))
        ],
    )
    figures.none_of("refused, but logged", _wrongly_logged(collected, actions))
    figures.none_of("kills that were not obeyed", _ignored_kills(collected))
    figures.none_of("called after it was killed", _called_after_kill(collected))


def _wrongly_logged(collected: Collected, actions: list[Action]) -> Iterator[str]:
    """Each effective action has its row in the log, no refused one has."""
    done = Counter(action.seen.job_id for action in actions if action.result.done)
    asked_again = Counter(
        action.seen.job_id
        for action in actions
        if action.result.done and action.result.message.startswith("kill asked")
    )
    for job_id, count in done.items():
        rows = sum(
            row.actor.startswith("op") and row.attempt == 0
            for row in collected.log_rows[job_id]
        )
        made_from = job_id not in collected.inserted  # that is one row by itself
        # A second kill of the same run leaves no second row.
        if not count - asked_again[job_id] <= rows - made_from <= count:
            yield f"job {job_id}: {count} effective, {rows} rows"


def _ignored_kills(collected: Collected) -> Iterator[str]:
    """A run whose kill was asked for may end well or badly, but is not retried."""
    for job_id, log_rows in collected.log_rows.items():
        asked = False
        for row in log_rows:
            if row.event == "kill_requested":
                asked = True
            elif asked and row.event in ("released", "rescued"):
                yield f"job {job_id}: {row}"
            elif row.event in ("succeeded", "failed", "killed"):
                asked = False


def _called_after_kill(collected: Collected) -> Iterator[str]:
    for job_id, log_rows in collected.log_rows.items():
        killed = False
        for row in log_rows:
            if row.event == "killed":
                killed = True
            elif row.event == "retried":
                killed = False
            elif killed and row.event == "called":
                yield f"job {job_id}: {row}"
