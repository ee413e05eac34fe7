"""The verbs know every column that an edit may change, and every one that filters."""

from collections.abc import Callable

import click
import pytest

from sq_console.cli import console
from sq_console.model import Job, NewJob
from sq_console.rules.drafts import EDITABLE, draft_of
from sq_console.store import Store
from sq_console.text.job_fields import FIELDS, FILTER_FIELDS
from tests.cli.run_program import Done
from tests.one_of_each import OTHER

FIELD = {field.name: field for field in FIELDS}
OPTIONS = [name for name in EDITABLE if FIELD[name].option]
AS_TYPED = {"headers": "X-A: 1", "body": "other"}
"""By column: what is typed for its value in `OTHER`, where that is another text."""


@pytest.mark.parametrize("verb", ["enqueue", "edit"])
def test_every_column_can_be_given(verb: str) -> None:
    given = {parameter.name for parameter in console.commands[verb].params}

    assert set(EDITABLE) <= given


def test_what_is_given_is_what_the_job_has(
    sq: Callable[..., Done], queue: Store
) -> None:
    words = [
        word
        for name in OPTIONS
        for word in (FIELD[name].option, AS_TYPED.get(name, str(getattr(OTHER, name))))
    ]

    assert sq("enqueue", OTHER.http_method, OTHER.url, *words).code == 0

    assert draft_of(queue.reads.job(1)) == OTHER


@pytest.mark.parametrize("name", EDITABLE)
def test_show_tells_a_job_of_another_value_apart(
    sq: Callable[..., Done], new_job: Callable[..., Job], queue: Store, name: str
) -> None:
    usual = {"http_method": "post", "url": "http://a.example.com/"}
    for values in (usual, usual | {name: getattr(OTHER, name)}):
        queue.actions.enqueue(NewJob(**values), "test@here")

    one, other = (sq("show", job_id).out.splitlines() for job_id in "12")

    assert _without_times_and_id(one) != _without_times_and_id(other)


def _without_times_and_id(lines: list[str]) -> list[str]:
    return [line for line in lines if "20" not in line and not line.startswith("id ")]


@pytest.mark.parametrize("verb", ["ls", "retry", "kill"])
def test_a_list_can_be_narrowed_by_every_column_that_filters(verb: str) -> None:
    command = console.commands[verb]
    options = {
        name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in parameter.opts
    }

    assert {field.option for field in FILTER_FIELDS} <= options


@pytest.mark.parametrize("field", FILTER_FIELDS, ids=lambda field: field.name)
def test_ls_finds_the_jobs_that_have_the_value(
    sq: Callable[..., Done], queue: Store, field: object
) -> None:
    assert field in FILTER_FIELDS
    queue.actions.enqueue(NewJob("post", "http://usual.example.com/"), "test@here")
    queue.actions.enqueue(OTHER, "test@here")

    found = sq("ls", field.option, str(getattr(OTHER, field.name)))

    assert OTHER.url in found.out
    assert "usual.example.com" not in found.out
