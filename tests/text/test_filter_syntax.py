"""What an operator types into the filter, as a `JobFilter`."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sq_console.model import JobFilter, JobState
from sq_console.text.filter_syntax import HELP, TERMS, FilterTerm, parse_filter

NOW = datetime(2026, 9, 12, 12, 0, 30, tzinfo=UTC)


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
        ('state:"set aside"', JobFilter(state=JobState.SET_ASIDE)),
        ("http://a.example/x", JobFilter(text="http://a.example/x")),
        ("path:/v1/Orders", JobFilter(path="/v1/Orders")),
        ("status:404", JobFilter(last_status_code=404)),
        ("status:5XX", JobFilter(status_class=5)),
        ("error:timeout", JobFilter(error="timeout")),
        ('error:"connection refused"', JobFilter(error="connection refused")),
        ('"in two  words"', JobFilter(text="in two  words")),
        ('say "', JobFilter(text='say "')),
        ("bulk:12", JobFilter(bulk_id=12)),
        ("bulk:#12", JobFilter(bulk_id=12)),
        ("older:2h", JobFilter(older_secs=7_200)),
        ("since:1h30m", JobFilter(since_secs=5_400)),
        ("since:11:35", JobFilter(since=NOW.replace(minute=35, second=0, hour=11))),
        (
            "since:13:00:05",
            JobFilter(since=datetime(2026, 9, 11, 13, 0, 5, tzinfo=UTC)),
        ),
        ("older:2026-09-01", JobFilter(before=datetime(2026, 9, 1, tzinfo=UTC))),
        ("body:88231", JobFilter(body="88231")),
        ("order 88231 in:body", JobFilter(body="order 88231")),
        ("in:answer no route", JobFilter(answer="no route")),
        ("in:url x", JobFilter(text="x")),
        (
            "#7 host:h status:500 x y",
            JobFilter(job_id=7, host="h", last_status_code=500, text="x y"),
        ),
    ],
)
def test_filters(typed: str, wanted: JobFilter | None):
    assert parse_filter(typed, NOW) == wanted


def test_a_time_of_day_is_on_the_clock_of_who_types():
    cest = timezone(timedelta(hours=2))
    local = parse_filter("since:13:35", NOW.astimezone(cest))
    utc = parse_filter("since:11:35Z", NOW.astimezone(cest))

    assert local is not None
    assert utc is not None
    assert local.since == utc.since == datetime(2026, 9, 12, 11, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        *("org:x", "state:gone", "host:", 'host:""', "id:-1", "in:header", "in:"),
        *("id:18446744073709551616", "status:4x", "status:xx", "bulk:x"),
        *("older:soon", "since:25:00", "since:2026-13-01", "older:99999999h"),
    ],
)
def test_filters_that_cannot_be_say_why(typed: str):
    with pytest.raises(ValueError, match=typed.partition(":")[0]):
        parse_filter(typed, NOW)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.word)
def test_each_term_can_be_typed_as_its_help_says(term: FilterTerm):
    example = f"{term.word}:{term.example}"

    assert example in HELP
    wanted = term.read(term.example, NOW)
    assert parse_filter(example, NOW) == JobFilter(**wanted)  # type: ignore[arg-type]
    assert set(wanted) <= set(term.fields)


def test_a_filter_that_no_database_would_look_for_is_refused():
    """SQLite called the pattern too complex, as if the database were away."""
    with pytest.raises(ValueError, match="60,000 characters: 10,000 at most"):
        parse_filter("x" * 60_000, NOW)
    assert parse_filter("x" * 10_000, NOW) is not None


def test_a_time_that_is_too_long_ago_is_a_duration_all_the_same():
    with pytest.raises(ValueError, match=r"^since:9999d is more than ten years$"):
        parse_filter("since:9999d", NOW)
