"""One entry for each thing a job may be asked for, and what may be typed for it."""

from dataclasses import fields

import pytest

from sq_console.model import NewJob
from sq_console.text.job_fields import FIELDS, NumberRange, ShortText


def test_everything_a_job_may_be_asked_for_has_one_entry() -> None:
    assert sorted(field.name for field in FIELDS) == sorted(
        entry.name for entry in fields(NewJob)
    )


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_label_fits_where_it_stands(field: object) -> None:
    assert len(field.label) <= (9 if field.shown_as else 10)  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["1", " 12 ", "+7", "007"])
def test_a_whole_number_of_the_range_is_read(text: str) -> None:
    assert NumberRange(1, 12).parse(text) == int(text)


@pytest.mark.parametrize(
    "text", ["", "0", "13", "-1", "1.5", "x", "1_0", "٣", "9" * 99]
)
def test_anything_else_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a whole number from 1 to 12$"):
        NumberRange(1, 12).parse(text)


def test_one_line_is_stripped_and_held_to_its_length() -> None:
    assert ShortText(3).parse(" abc ") == "abc"
    with pytest.raises(ValueError, match=r"^a text of at most 3 characters$"):
        ShortText(3).parse("abcd")
