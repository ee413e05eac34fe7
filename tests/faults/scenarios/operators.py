"""Four consoles on which people retry, kill and edit what is running, at random."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sq_console.model import ActionResult, JobFilter, JobState, NewJob, Seen
from sq_console.store import Store, open_store
from tests.faults.collected_rows import Evidence, gather
from tests.faults.figures import Figures
from tests.faults.fleet import fleet_on, prepared, product
from tests.faults.invariants import judge
from tests.faults.scenario_setup import Stage

_STATES = (*[JobState.RUNNING] * 7, *JobState)
"""Mostly running ones; sometimes any other."""
_ACTIONS = ("retry", "kill", "edit")


@dataclass(frozen=True, slots=True)
class Dose:
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
    times: str = "real"
    rest_secs: float = 120.0


FULL = Dose()
SHORT = Dose(actions=80, jobs=100, processors=2, kills=0, times="quick", rest_secs=30)


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody did and what it came to."""

    what: str
    seen: Seen
    result: ActionResult


@dataclass
class Console(threading.Thread):
    """A person at a console: looks, thinks, acts on what may have changed meanwhile."""

    stage: Stage
    dose: Dose
    number: int
    actions: list[Action] = field(default_factory=list)
    error: Exception | None = None

    def __post_init__(self) -> None:
        super().__init__(name=f"console-{self.number}", daemon=True)

    def __hash__(self) -> int:
        return hash(self.number)

    def run(self) -> None:
        store = open_store(self.stage.db)
        try:
            self._act_for_long(store, random.Random(self.number))
        except Exception as error:  # noqa: BLE001 - a figure of the scenario
            self.error = error
        finally:
            store.close()

    def _act_for_long(self, store: Store, rng: random.Random) -> None:
        share = self.dose.actions // self.dose.consoles
        while len(self.actions) < share:
            page = store.reads.jobs(JobFilter(state=rng.choice(_STATES)), limit=50)
            time.sleep(rng.uniform(0, self.dose.pause_secs))
            if page.jobs:
                job = rng.choice(page.jobs)
                seen = Seen(job.id, job.state, job.attempts)
                self._act(store, rng.choice(_ACTIONS), seen)

    def _act(self, store: Store, what: str, seen: Seen) -> None:
        actor = f"op{self.number}@test"
        if what == "edit":
            draft = NewJob("post", self.stage.ledger.url("/200?ms=50"))
            result = store.actions.edit(seen, draft, actor)
        elif what == "kill":
            result = store.actions.kill(seen, actor)
        else:
            result = store.actions.retry(seen, actor)
        self.actions.append(Action(what, seen, result))


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """Consoles and processors on the same jobs."""
    rng = random.Random(6)
    figures = Figures()
    with (
        fleet_on(stage) as fleet,
        stage.flow(dose.jobs, dose.per_sec, dose.path) as flow,
    ):
        ini = stage.ini()
        command = product(ini) if dose.times == "real" else prepared(ini, times="quick")
        for _ in range(dose.processors):
            fleet.start(command)
        for member in fleet.members:
            fleet.serving(member)
        consoles = [Console(stage, dose, number) for number in range(dose.consoles)]
        for console in consoles:
            console.start()
        for _ in range(dose.kills):
            time.sleep(3)
            fleet.kill(rng.choice(fleet.members))
            fleet.start(command)
        for console in consoles:
            console.join(dose.rest_secs)
        flow.join(dose.rest_secs)
        stage.all_finished(dose.rest_secs)
        evidence = gather(stage, fleet.losses)
    actions = [action for console in consoles for action in console.actions]
    figures.none_of("consoles that failed", [c.error for c in consoles if c.error])
    figures.at_least("actions", len(actions), dose.actions)
    _tell(evidence, actions, figures)
    judge(evidence, figures)
    return figures


def _tell(evidence: Evidence, actions: list[Action], figures: Figures) -> None:
    effective = Counter(a.what for a in actions if a.result.done)
    refused = Counter(a.what for a in actions if not a.result.done)
    for what in _ACTIONS:
        figures.told(
            f"{what}: effective, refused", f"{effective[what]}, {refused[what]}"
        )
    figures.none_of(
        "refused without a reason",
        [
            action
            for action in actions
            if not action.result.done
            and not action.result.message.startswith(("refused: ", "changed since"))
        ],
    )
    figures.none_of("refused, but logged", _unlike(evidence, actions))
    figures.none_of("kills that were not obeyed", _disobeyed(evidence))
    figures.none_of("called after it was killed", _called_after_kill(evidence))


def _unlike(evidence: Evidence, actions: list[Action]) -> Iterator[str]:
    """Each effective action has its row in the log, no refused one has."""
    done = Counter(action.seen.job_id for action in actions if action.result.done)
    asked_again = Counter(
        action.seen.job_id
        for action in actions
        if action.result.done and action.result.message.startswith("kill asked")
    )
    for job_id, count in done.items():
        rows = sum(
            line.actor.startswith("op") and line.attempt == 0
            for line in evidence.lines[job_id]
        )
        made_from = job_id not in evidence.inserted  # that is one row by itself
        # A second kill of the same run leaves no second row.
        if not count - asked_again[job_id] <= rows - made_from <= count:
            yield f"job {job_id}: {count} effective, {rows} rows"


def _disobeyed(evidence: Evidence) -> Iterator[str]:
    """A run whose kill was asked for may end well or badly, but is not retried."""
    for job_id, lines in evidence.lines.items():
        asked = False
        for line in lines:
            if line.event == "kill_requested":
                asked = True
            elif asked and line.event in ("released", "rescued"):
                yield f"job {job_id}: {line}"
            elif line.event in ("succeeded", "failed", "killed"):
                asked = False


def _called_after_kill(evidence: Evidence) -> Iterator[str]:
    for job_id, lines in evidence.lines.items():
        killed = False
        for line in lines:
            if line.event == "killed":
                killed = True
            elif line.event == "retried":
                killed = False
            elif killed and line.event == "called":
                yield f"job {job_id}: {line}"
