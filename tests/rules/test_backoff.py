"""Waits that grow with each failure in a row."""

import pytest

from sq_console.rules.backoff import Backoff, database_backoff


def waits(backoff: Backoff, count: int) -> list[float]:
    return [backoff.next_secs() for _ in range(count)]


def test_waits_double_up_to_the_longest() -> None:
    assert waits(Backoff(1, 15), 6) == [1, 2, 4, 8, 15, 15]


def test_a_success_begins_with_the_first_wait_again() -> None:
    backoff = Backoff(0.5, 30)
    waits(backoff, 3)

    backoff.reset()

    assert waits(backoff, 2) == [0.5, 1]


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_jitter_takes_up_to_its_share_of_each_wait(jitter: float) -> None:
    for _ in range(100):
        backoff = Backoff(1, 4, jitter=jitter)
        for wait_secs, longest in zip(waits(backoff, 4), (1, 2, 4, 4), strict=True):
            assert longest * (1 - jitter) <= wait_secs <= longest


def test_a_database_that_is_away_is_tried_about_every_two_seconds() -> None:
    assert all(
        1.0 <= wait_secs <= 2.0 for wait_secs in waits(database_backoff(), 9)[3:]
    )
