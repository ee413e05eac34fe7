"""Bodies in other character sets than UTF-8: read as text, edited in their own."""

from itertools import chain

import pytest

from sq_console.model import Job
from sq_console.ui.content.job_detail import job_detail_lines
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.edit_form import InvalidForm, form_of, new_job
from tests.ui.jobs import NOW, job

LATIN1 = "Grüße".encode("cp1252")


def test_the_page_of_a_job_shows_the_text_of_its_body():
    lines = job_detail_lines(job(body=LATIN1, body_codec="cp1252"), [], Clock(NOW), 80)

    assert any("Grüße" in span.text for span in chain.from_iterable(lines))


def edited(old: Job, **typed: str) -> bytes | None:
    form = form_of(old)
    return new_job(form, {**form.texts, **typed}).body


@pytest.mark.parametrize(
    ("body", "codec", "shown", "typed", "made"),
    [
        (LATIN1, "cp1252", "Grüße", "Grüße!", LATIN1 + b"!"),
        ("Grüße".encode(), "cp1252", "Grüße", "Grüß", "Grüß".encode()),
        ("ab".encode("utf-16-be"), "utf-16-be", "ab", "b", "b".encode("utf-16-be")),
        (b"plain", "cp1252", "plain", "plän", "plän".encode()),
    ],
)
def test_an_edited_body_stays_in_its_character_set(
    body: bytes, codec: str, shown: str, typed: str, made: bytes
):
    old = job(body=body, body_codec=codec)

    assert form_of(old).texts["body"] == shown
    assert not form_of(old).notes
    assert edited(old, body=typed) == made
    assert edited(old, url="http://new.example.com/") == body


def test_a_character_the_body_cannot_hold_is_named():
    old = job(body=LATIN1, body_codec="cp1252")

    with pytest.raises(InvalidForm) as refused:
        edited(old, body="Grüße 😀")
    assert refused.value.problems == {
        "body": "'😀' is not in cp1252, which this body is"
    }
