"""The table of a job's columns agrees with the schema and the model, and what operators
do to jobs covers every column that an edit may change.
"""

from dataclasses import fields, replace
from typing import get_type_hints

import pytest

from sq_console.model import Job, NewJob, ResultCode, Seen
from sq_console.rules.drafts import EDITABLE, draft_of
from sq_console.store import Store
from sq_console.store.job_columns import COLUMNS, JobColumn
from sq_console.store.schema import tables
from tests.one_of_each import OTHER
from tests.store.jobs import ACTOR, add, enter, messages, run_to

BESIDE_THE_TABLE = {"processor", "body_codec"}
"""Fields of a job that no column of its own holds."""


def test_every_column_of_the_schema_is_read() -> None:
    (table,) = (table for table in tables() if table.name == "queued_job")

    read = {column.name for column in COLUMNS} - BESIDE_THE_TABLE

    assert read == set(table.columns)


def test_every_field_of_a_job_is_read_once() -> None:
    assert sorted(column.name for column in COLUMNS) == sorted(
        entry.name for entry in fields(Job)
    )


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_column_is_read_as_the_type_that_the_model_has(column: JobColumn) -> None:
    assert get_type_hints(column.read)["return"] == get_type_hints(Job)[column.name]


@pytest.mark.parametrize("name", EDITABLE)
def test_what_an_edit_may_change_has_one_type_before_and_after(name: str) -> None:
    assert get_type_hints(NewJob)[name] == get_type_hints(Job)[name]


def test_a_new_job_has_every_column_as_it_was_given(store: Store) -> None:
    (job_id,) = store.actions.enqueue(OTHER, ACTOR)

    assert draft_of(store.reads.job(job_id)) == OTHER


def test_an_edit_in_place_changes_every_column_and_the_log_names_it(
    store: Store,
) -> None:
    (job_id,) = add(store)

    store.actions.edit(Seen(job_id), OTHER, ACTOR)

    assert draft_of(store.reads.job(job_id)) == OTHER
    note = messages(store, job_id)[-1]
    assert [name for name in EDITABLE if f" {name} " not in note] == []


def test_the_copy_of_a_job_keeps_every_column(store: Store) -> None:
    enter(store)
    job_id = run_to(store, ResultCode.SUCCEEDED, **vars_of(OTHER))

    new_id = store.actions.retry(Seen(job_id), ACTOR).new_id

    assert new_id is not None
    assert draft_of(store.reads.job(new_id)) == OTHER


def test_the_job_that_an_edit_makes_keeps_every_other_column(store: Store) -> None:
    enter(store)
    job_id = run_to(store, ResultCode.PERMANENT, **vars_of(OTHER))
    edited = replace(OTHER, timeout_secs=8)

    new_id = store.actions.edit(Seen(job_id), edited, ACTOR).new_id

    assert new_id is not None
    assert draft_of(store.reads.job(new_id)) == edited


def vars_of(draft: NewJob) -> dict[str, object]:
    return {name: getattr(draft, name) for name in EDITABLE}
