"""`activity`: who did what."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from sq_console.store import Store
from sq_console.store.actions.activity import note_activity
from tests.cli.run_program import Done

Sq = Callable[..., Done]


@pytest.fixture
def trail(queue: Store) -> Store:
    for number in range(3):
        note_activity(
            queue.session, "anna@web1", "retry", job_id=7 + number, subject="a.example"
        )
    note_activity(queue.session, "bob@web2", "hold", jobs=0, subject="b.example")
    queue.session.execute(
        "UPDATE queued_job_activity SET created_at = '2020-01-01' WHERE id = 1"
    )
    return queue


@pytest.mark.usefixtures("trail")
def test_equal_actions_of_one_person_are_one_line(sq: Sq):
    lines = sq("activity").lines

    assert len(lines) == 4, "the retry of years ago is one of its own"
    assert "bob@web2" in lines[1]
    assert lines[2].split()[2:] == ["anna@web1", "retry", "2", "2", "a.example"]


@pytest.mark.usefixtures("trail")
def test_json_has_each(sq: Sq):
    entries = sq("activity", "--json").entries

    assert [(one["who"], one["action"], one["job_id"]) for one in entries] == [
        ("bob@web2", "hold", None),
        ("anna@web1", "retry", 9),
        ("anna@web1", "retry", 8),
        ("anna@web1", "retry", 7),
    ]


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        (("--who", "anna"), 3),
        (("--since", "2h"), 3),
        (("--since", "2019-12-31T00:00"), 4),
        (("--who", "anna", "--since", "1d"), 2),
        (("--limit", "1"), 1),
    ],
)
def test_they_can_be_narrowed(sq: Sq, arguments: tuple[str, ...], number: int):
    assert len(sq("activity", "--json", *arguments).entries) == number


@pytest.mark.usefixtures("trail")
def test_a_limit_that_was_reached_is_said(sq: Sq):
    assert "the last 2; --limit shows more" in sq("activity", "--limit", "2").err


@pytest.mark.usefixtures("trail")
def test_nobody_of_a_name_is_an_error(sq: Sq):
    done = sq("activity", "--who", "eve")

    assert (done.code, done.out) == (1, "")
    assert "eve: nobody of that name has done anything" in done.err


def test_a_time_that_is_none_is_refused(sq: Sq):
    done = sq("activity", "--since", "soon")

    assert done.code == 2
    assert "'soon' is not a duration like 90s, 15m, 2h or 3d" in done.err


def test_since_counts_by_the_databases_clock():
    from sq_console.cli.param_types import PastMoment

    now = datetime(2026, 9, 1, 12).astimezone()

    assert PastMoment().convert("2h", None, None)(now) == now - timedelta(hours=2)
