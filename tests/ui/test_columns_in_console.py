"""The console knows every column that an edit may change, and each that filters."""

import pytest

from sq_console.model import JobFilter
from sq_console.rules.drafts import EDITABLE, draft_of
from sq_console.text.filter_syntax import HELP, parse_filter
from sq_console.text.job_fields import FILTER_FIELDS, FORM_FIELDS, JobField
from sq_console.ui.content.job_detail import job_detail_lines
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.edit_form import form_of, new_job
from tests.one_of_each import OTHER
from tests.ui.jobs import NOW, job
from tests.ui.queue import Queue
from tests.ui.run_console import running

ONLY_BY_VERB = {"priority", "organization_id"}
"""The form keeps them as they are."""
VALUES = {name: getattr(OTHER, name) for name in EDITABLE}


def test_every_column_is_in_the_form_or_known_to_be_kept() -> None:
    in_form = {field.name for field in FORM_FIELDS}

    assert in_form - {"delay_secs"} == set(EDITABLE) - ONLY_BY_VERB


async def test_the_form_has_every_field_and_goes_to_each_by_tab(queue: Queue) -> None:
    queue.failed("http://old.example.com/v1")
    reached = set()
    async with running(queue) as console:
        await console.press("3", "e")
        await console.shows("Edit job 1")
        for _ in FORM_FIELDS:
            reached.add(console.app.focused.id)  # type: ignore[union-attr]
            await console.press("tab")

    assert reached == {field.name for field in FORM_FIELDS}


def test_what_is_typed_into_the_form_is_what_the_job_has() -> None:
    form = form_of(job())
    typed = dict(form_of(job(**VALUES)).texts)

    made = new_job(form, typed)

    assert {name: getattr(made, name) for name in EDITABLE} == VALUES | {
        name: getattr(draft_of(job()), name) for name in ONLY_BY_VERB
    }


@pytest.mark.parametrize("name", EDITABLE)
def test_the_page_tells_a_job_of_another_value_apart(name: str) -> None:
    usual, other = job(), job(**{name: VALUES[name]})

    assert job_detail_lines(usual, [], Clock(NOW), 80) != job_detail_lines(
        other, [], Clock(NOW), 80
    )


@pytest.mark.parametrize("field", FILTER_FIELDS, ids=lambda field: field.name)
def test_a_column_that_filters_can_be_typed_as_its_help_says(field: JobField) -> None:
    example = f"{field.word}:{field.filter_example}"

    assert example in HELP
    wanted = parse_filter(example, NOW)
    assert wanted == JobFilter(**{field.name: getattr(wanted, field.name)})
    assert getattr(wanted, field.name) is not None
