"""What an operator types into the filter, as a `JobFilter`."""

import pytest

from sq_console.model import JobFilter, JobState
from sq_console.ui.state.filter_syntax import parse_filter


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", None),
        ("   ", None),
        ("7", JobFilter(job_id=7)),
        ("#7", JobFilter(job_id=7)),
        ("http 404", JobFilter(text="http 404")),
        ("18446744073709551615", JobFilter(job_id=2**64 - 1)),
        ("#9223372036854788153", JobFilter(job_id=9223372036854788153)),
        ("18446744073709551616", JobFilter(text="18446744073709551616")),
        ("#18446744073709551616", JobFilter(text="#18446744073709551616")),
        ("123456789012345678901", JobFilter(text="123456789012345678901")),
        ("org:18446744073709551615", JobFilter(organization_id=2**64 - 1)),
        ("٣", JobFilter(text="٣")),
        ("host:API.example.com:8443", JobFilter(host="api.example.com:8443")),
        ("org:12 invoice", JobFilter(organization_id=12, text="invoice")),
        ("state:killed", JobFilter(state=JobState.KILLED)),
        ("http://a.example/x", JobFilter(text="http://a.example/x")),
    ],
)
def test_filters(typed: str, wanted: JobFilter | None):
    assert parse_filter(typed) == wanted


@pytest.mark.parametrize(
    "typed", ["org:x", "state:gone", "host:", "id:-1", "id:18446744073709551616"]
)
def test_filters_that_cannot_be_say_why(typed: str):
    with pytest.raises(ValueError, match=typed.partition(":")[0]):
        parse_filter(typed)
