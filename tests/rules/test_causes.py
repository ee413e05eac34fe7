"""Which failures have one cause, and what is said of it."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.model import TREND_BUCKETS, CauseKey, FailedJob
from sq_console.rules.causes import (
    SAMPLES,
    cause_key,
    group,
    with_known_onset,
)
from sq_console.text.redact import redact_text

NOW = datetime(2026, 9, 12, 12, 7, 12, tzinfo=UTC)
SHOP = "shop.acme.example"
KEYS = [
    (
        (
            SHOP,
            f"http://{SHOP}/v1/orders/notify",
            "http 404",
            404,
            "no route for /v1/x",
        ),
        CauseKey(SHOP, "/v#/orders/notify", "404", "no route for /v#/x"),
    ),
    (
        (SHOP, f"http://{SHOP}?a=1", "timeout", None, "an older answer"),
        CauseKey(SHOP, "/", "timeout", ""),
    ),
    (
        (SHOP, f"http://{SHOP}/a#b?c", "connection refused", None, None),
        CauseKey(SHOP, "/a", "connection refused", ""),
    ),
    (
        (SHOP, f"http://{SHOP}/a", "http 500", 500, '{"error":"no stock","id":"a-1"}'),
        CauseKey(SHOP, "/a", "500", "no stock"),
    ),
    (
        (SHOP, f"http://{SHOP}/a", "http 500", 500, '{"ok": false, "id": "a-1"}'),
        CauseKey(SHOP, "/a", "500", "{#: false, #: #}"),
    ),
    (
        (SHOP, f"http://{SHOP}/a", "http 502", 502, "<html><title>502 Bad Gateway</t"),
        CauseKey(SHOP, "/a", "502", "# Bad Gateway"),
    ),
    (
        (SHOP, f"http://{SHOP}/a", "http 500", 500, "<h2>Sorry</h2> <h1>Down</h1>"),
        CauseKey(SHOP, "/a", "500", "Down"),
    ),
    (
        (SHOP, f"http://{SHOP}/a", "at 0xabcdef", None, None),
        CauseKey(SHOP, "/a", "at #", ""),
    ),
    (
        (SHOP, f"http://{SHOP}/a", "at 1xabcdef", None, None),
        CauseKey(SHOP, "/a", "at #xabcdef", ""),
    ),
    (("", "not a url", None, None, None), CauseKey("", "/", "failed", "")),
    ((SHOP, f"http://{SHOP}/a", None, None, "x"), CauseKey(SHOP, "/a", "failed", "x")),
]


@pytest.mark.parametrize(("row", "key"), KEYS, ids=lambda it: str(it)[:40])
def test_a_failure_has_the_cause_its_row_says(row, key: CauseKey):
    assert cause_key(*row, redact_text) == key


anything = st.text(max_size=300)


@given(anything, anything, st.none() | anything, st.none() | st.integers(), anything)
def test_any_row_has_a_cause(host, url, error, status, answer):
    key = cause_key(host, url, error, status, answer, redact_text)

    assert key.host == host
    assert key == cause_key(host, url[:200], error, status, answer[:200], redact_text)


pieces = st.sampled_from(
    [
        *(
            "0",
            "1",
            "7",
            "a",
            "e",
            "x",
            "X",
            "\N{ARABIC-INDIC DIGIT FIVE}",
            "order ",
            " ",
        ),
        *(
            "http://",
            "/",
            "?",
            "#",
            ":",
            "@",
            "=",
            "&",
            "%",
            "\\",
            "u",
            "<",
            ">",
            ",",
            "-",
        ),
        *(
            "token",
            "code=",
            "Bearer ",
            "Authorization: ",
            '"key": ',
            '{"message":"',
            '"',
        ),
        *(
            "h1",
            "title",
            "'",
            "12345678",
            "0xdeadbee",
            "2026-09-12",
            "%2F",
            "%40",
            "u0026",
        ),
    ]
)
made = st.lists(pieces, max_size=30).map("".join)


@given(made, st.none() | made, st.none() | st.just(404), st.none() | made)
def test_digits_are_taken_for_alike_where_that_changes_no_cause(
    url, error, status, answer
):
    row = (SHOP, f"http://{url}", error, status, answer, redact_text)
    with mock.patch("sq_console.rules.causes._digits_alike", lambda text: text):
        as_they_are = cause_key(*row)

    assert cause_key(*row) == as_they_are


def job(number: int, ago_secs: float, **values: object) -> FailedJob:
    key = CauseKey(str(values.get("host", SHOP)), "/a", "404", "no route")
    organization_id = values.get("org", 12)
    assert organization_id is None or isinstance(organization_id, int)
    waits = bool(values.get("waits", False))
    ended_at = NOW - timedelta(seconds=ago_secs)
    return FailedJob(number, key, ended_at, organization_id, waits)


def test_a_cause_counts_its_jobs():
    (cause,) = group(
        [job(1, 1_900), job(2, 10, org=42), job(3, 40, org=42, waits=True)], NOW
    )

    assert (cause.jobs, cause.failed, cause.waiting) == (3, 2, 1)
    assert cause.organisations == ((42, 2), (12, 1))
    assert cause.samples == (2, 3, 1)
    assert cause.since == NOW - timedelta(seconds=1_900)
    assert cause.last == NOW - timedelta(seconds=10)
    assert cause.goes_on and cause.is_new


def test_causes_that_go_on_come_first_then_the_newest():
    jobs = [
        job(1, 1_000, host="over"),
        job(2, 8_000, host="old"),
        job(3, 2, host="old"),
        job(4, 600, host="new"),
        job(5, 1, host="new"),
    ]

    causes = group(jobs, NOW)

    assert [cause.key.host for cause in causes] == ["new", "old", "over"]
    assert [cause.goes_on for cause in causes] == [True, True, False]
    assert [cause.is_new for cause in causes] == [True, False, False]


def test_a_cause_that_reaches_the_horizon_may_be_older():
    steady = [job(n, n * 10) for n in range(100)]
    late = [job(200 + n, n, host="late") for n in range(5)]

    causes = group([*steady, *late], NOW, NOW - timedelta(seconds=995))

    older = {cause.key.host: (cause.is_older, cause.is_new) for cause in causes}
    assert older == {SHOP: (True, False), "late": (False, True)}


def test_a_cause_that_goes_on_keeps_its_onset_when_its_jobs_are_retried():
    (before,) = group([job(1, 9_000), job(2, 400)], NOW)
    (retried,) = group([job(1, 110), job(2, 100)], NOW)

    known = with_known_onset(retried, before, NOW)

    assert retried.is_new and not known.is_new
    assert known.since == before.since
    assert (known.last, known.jobs) == (retried.last, retried.jobs)


def test_a_cause_that_was_over_begins_anew():
    (before,) = group([job(1, 9_000), job(2, 800)], NOW)
    (again,) = group([job(1, 110), job(2, 100)], NOW)

    assert with_known_onset(again, before, NOW) == again
    assert with_known_onset(again, None, NOW) == again


def test_a_trend_is_of_the_last_hour_in_five_minutes():
    (cause,) = group([job(1, 0), job(2, 299), job(3, 300), job(4, 3_600)], NOW)

    assert cause.trend == (*[0] * 10, 1, 2)


def test_a_failure_in_the_future_counts_as_now():
    (cause,) = group([job(1, -4_000)], NOW)

    assert cause.trend[-1] == 1 and cause.goes_on


def test_a_cause_names_a_bounded_number_of_jobs():
    (cause,) = group([job(n, n) for n in range(SAMPLES + 50)], NOW)

    assert cause.samples == tuple(range(SAMPLES))
    assert cause.jobs == SAMPLES + 50


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-99, 9_999))))
def test_each_job_is_counted_once(rows):
    jobs = [job(n, ago, host=f"h{host}") for n, (host, ago) in enumerate(rows)]

    causes = group(jobs, NOW)

    assert sum(cause.jobs for cause in causes) == len(jobs)
    assert all(len(cause.trend) == TREND_BUCKETS for cause in causes)
    assert all(sum(n for _, n in cause.organisations) == cause.jobs for cause in causes)


@pytest.mark.parametrize(
    "answer",
    [
        "no user at http://eve:hush#77@h.example/x",
        "denied: token=hush77x",
        '{"message": "bad password=hush7hush"}',
        "api%5Fkey=hush77",
        "b=1 token%3Dhush-hush",
        r"a=1\u0026code=hush-hush",
        "Authorization: Bearer hush77hush",
    ],
)
def test_what_is_folded_has_no_secret_left(answer: str):
    url = "http://h.example/a/http://u:hush77!hush@x/b"

    key = cause_key("h.example", url, answer, None, "", redact_text)
    key_of_answer = cause_key("h.example", url, None, 500, answer, redact_text)

    assert "hush" not in f"{key} {key_of_answer}"
