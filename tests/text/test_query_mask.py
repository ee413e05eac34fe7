"""Which parameters of a url `[log] mask_query` masks, and that it masks no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.text.redact import QueryMask

MASK = QueryMask(["token", "*key", "sig[0]", "a-b"])


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://h/?token=x", "http://h/?token=***"),
        ("http://h/?a=1&TOKEN=x&b=2", "http://h/?a=1&TOKEN=***&b=2"),
        ("http://h/?api%5Fkey=x&my-Key=y", "http://h/?api%5Fkey=***&my-Key=***"),
        ("http://h/?tokens=x&token2=x", "http://h/?tokens=x&token2=x"),
        ("http://h/token=x?page=1", "http://h/token=x?page=1"),
        ("http://h/#token=x", "http://h/#token=***"),
        ("http://h/?token=a b'c\"d", "http://h/?token=***"),
        ("http://h/?a-b=x", "http://h/?a-b=***"),
        ("http://h/?to=http%3A%2F%2Fi%3Ftoken%3Dx%26p%3D1", None),
        ("http://h/?token=", "http://h/?token="),
    ],
)
def test_parameters_are_masked_by_their_names(url: str, masked: str | None) -> None:
    nested = "http://h/?to=http%3A%2F%2Fi%3Ftoken%3D***%26p%3D1"

    assert MASK.in_url(url) == (nested if masked is None else masked)


def test_a_star_alone_masks_all() -> None:
    assert QueryMask(["*"]).in_url("http://h/?a=1&b=2") == "http://h/?a=***&b=***"


def test_a_sentence_keeps_all_but_the_parameters_of_its_urls() -> None:
    said = (
        '[JOBID 7] Job failed: \'http://h/?token=x\', {"u": "http://i?key=y"} token=z'
    )

    assert MASK.in_text(said) == (
        '[JOBID 7] Job failed: \'http://h/?token=***\', {"u": "http://i?key=***"}'
        " token=z"
    )


@given(st.text())
def test_without_names_every_text_stays(text: str) -> None:
    assert QueryMask().in_url(text) == QueryMask().in_text(text) == text


@given(st.text("ab?&=token*%. "))
def test_what_is_masked_is_masked_for_good(text: str) -> None:
    once = MASK.in_text(text)

    assert MASK.in_text(once) == once
