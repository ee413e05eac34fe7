"""What may be done to a job in which state: the rule, and the store that obeys it."""

import pytest

from sq_console.model import JobState, ResultCode, Seen
from sq_console.rules.applicability import applies_to
from sq_console.store import Store
from tests.store.jobs import ACTOR, add, claim, enter, run_to


@pytest.mark.parametrize(
    ("action", "states"),
    [
        ("retry", {"pending", "succeeded", "failed", "killed", "set_aside"}),
        ("kill", {"pending", "running"}),
        ("edit", set(JobState)),
        ("set_aside", {"failed"}),
        ("try_one", {"pending", "succeeded", "failed", "killed", "set_aside"}),
    ],
)
def test_an_action_applies_to_some_states(action: str, states: set[str]):
    assert {state for state in JobState if applies_to(action, state)} == states


@pytest.mark.parametrize("action", ["retry", "kill", "set_aside"])
def test_the_store_refuses_what_does_not_apply(store: Store, action: str):
    enter(store)
    for result in (ResultCode.SUCCEEDED, ResultCode.PERMANENT):
        run_to(store, result)
    (running,) = add(store)
    claim(store)
    (pending,) = add(store, delay_secs=600)
    for job_id in (1, 2, running, pending):
        state = store.reads.job(job_id).state
        done = getattr(store.actions, action)(Seen(job_id), ACTOR).done
        assert done == applies_to(action, state), state
