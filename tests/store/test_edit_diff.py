"""What the log says of an edit: enough to see what was done, nothing that is secret."""

from datetime import UTC, datetime

import pytest

from sq_console.model import NewJob, ResultCode, Seen
from sq_console.store import Store
from tests.store.jobs import ACTOR, add, enter, messages, run_to

OLD: dict[str, object] = {
    "url": "http://u:hush@h/x",
    "body": b"old hush",
    "headers": '{"Cookie": "hush"}',
    "priority": 3,
}


@pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("new", "logged"),
    [
        ({}, "nothing changed"),
        ({"url": "https://u:hush@i/"}, "url http://***@h/x -> https://***@i/"),
        ({"url": "http://u:hush2@h/x"}, "url changed"),
        ({"timeout_secs": 5, "priority": -1}, "timeout_secs 60 -> 5, priority 3 -> -1"),
        ({"organization_id": 7}, "organization_id NULL -> 7"),
        ({"remaining_retries": 0}, "remaining_retries 5 -> 0"),
        ({"body": b"hush", "headers": None}, "headers changed, body changed"),
        ({"delay_secs": 30}, "run_at in 30 s"),
        (
            {"run_at": datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)},
            "run_at 2030-05-06 07:08:09 UTC",
        ),
        (
            {"url": "http://h/" + "x" * 300 + "\x1b"},
            f"url http://***@h/x -> http://h/{'x' * 191}…",
        ),
    ],
)
def test_names_of_what_was_changed_and_short_values(
    store: Store, new: dict[str, object], logged: str
):
    (job_id,) = add(store, **OLD)
    draft = NewJob(**{"http_method": "post", **OLD, **new})  # type: ignore[arg-type]

    store.actions.edit(Seen(job_id), draft, ACTOR)

    assert messages(store, job_id)[-1] == (
        f"[JOBID {job_id}] Job edited by {ACTOR}: {logged}"
    )


def test_the_new_row_of_a_job_that_was_called_says_how_it_differs(store: Store):
    enter(store)
    job_id = run_to(store, ResultCode.PERMANENT, **OLD)
    draft = NewJob(**{"http_method": "post", **OLD, "url": "http://i/"})  # type: ignore[arg-type]

    made = store.actions.edit(Seen(job_id), draft, ACTOR)

    assert made.new_id is not None
    assert messages(store, made.new_id)[-1] == (
        f"[JOBID {made.new_id}] Job made from job {job_id} by {ACTOR}:"
        " url http://***@h/x -> http://i/"
    )
