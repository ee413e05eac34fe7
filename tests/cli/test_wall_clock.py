"""Times on the wall clock, in the nights in which it is put forward or back."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from sq_console.cli.wall_clock import clock_change_note, next_time
from sq_console.store import Store
from tests.cli.run_program import Done

Sq = Callable[..., Done]
BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
"""Without a database of zones: forward on 2026-03-29 at 2, back on 2026-10-25 at 3."""


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """The zone of this process, until the test has ended."""

    def use(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield use
    monkeypatch.undo()
    time.tzset()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("tz", "now", "text", "named"),
    [
        # the evening before the clock is put forward, and back
        (BERLIN, "2026-03-28 21:00", "08:00", "2026-03-29 06:00"),
        (BERLIN, "2026-10-24 20:00", "08:00", "2026-10-25 07:00"),
        # an ordinary evening, and a time still to come today, over the change
        (BERLIN, "2026-06-01 20:00", "08:00", "2026-06-02 06:00"),
        (BERLIN, "2026-03-29 00:30", "08:00", "2026-03-29 06:00"),
        (BERLIN, "2026-10-25 00:30", "03:30", "2026-10-25 02:30"),
        # the hour that is skipped, and the one that comes twice
        (BERLIN, "2026-03-28 21:00", "02:30", "2026-03-29 01:30"),
        (BERLIN, "2026-10-24 20:00", "02:30", "2026-10-25 00:30"),
        (BERLIN, "2026-10-25 00:45", "02:30", "2026-10-25 01:30"),
        (BERLIN, "2026-10-25 01:45", "02:30", "2026-10-26 01:30"),
        # a date and a time
        (BERLIN, "2026-01-01 00:00", "2026-03-29T08:00", "2026-03-29 06:00"),
        (BERLIN, "2026-01-01 00:00", "2026-10-25T02:30", "2026-10-25 00:30"),
        (BERLIN, "2026-01-01 00:00", "2026-10-25T02:30+01:00", "2026-10-25 01:30"),
        # the other half of the world, and half an hour
        (
            "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
            "2026-10-03 12:00",
            "08:00",
            "2026-10-03 21:00",
        ),
        ("EST5EDT,M3.2.0,M11.1.0", "2026-11-01 01:00", "08:00", "2026-11-01 13:00"),
        ("UTC", "2026-03-28 21:00", "08:00", "2026-03-29 08:00"),
        ("UTC", "2026-12-31 23:59", "23:59", "2027-01-01 23:59"),
    ],
)
def test_a_time_is_what_the_clock_will_show(
    zone: Callable[[str], None], tz: str, now: str, text: str, named: str
) -> None:
    zone(tz)

    at = next_time(text, utc(now)).astimezone(UTC)

    assert at == utc(named)


@pytest.mark.parametrize(
    ("text", "at", "note"),
    [
        (
            "02:30",
            "2026-03-29 01:30",
            "02:30 is skipped on 2026-03-29: it will be 03:30 CEST",
        ),
        (
            "02:30",
            "2026-10-25 00:30",
            "02:30 comes twice on 2026-10-25: the first, CEST",
        ),
        (
            "02:30",
            "2026-10-25 01:30",
            "02:30 comes twice on 2026-10-25: the second, CET",
        ),
        (
            "2026-03-29T02:30",
            "2026-03-29 01:30",
            "02:30 is skipped on 2026-03-29: it will be 03:30 CEST",
        ),
        ("2026-03-29T02:30Z", "2026-03-29 02:30", None),
        ("08:00", "2026-03-29 06:00", None),
    ],
)
def test_a_time_that_is_skipped_or_comes_twice_has_a_note(
    zone: Callable[[str], None], text: str, at: str, note: str | None
) -> None:
    zone(BERLIN)

    assert clock_change_note(text, utc(at)) == note


def test_the_verb_prints_a_note_about_the_moment_it_chose(
    sq: Sq, queue: Store, zone: Callable[[str], None]
) -> None:
    zone(BERLIN)

    done = sq("enqueue", "get", "http://a.example/", "--at", "2037-03-29T02:30")

    assert done.code == 0
    assert done.err == (
        "sq-console: 02:30 is skipped on 2037-03-29: it will be 03:30 CEST\n"
    )
    assert queue.reads.job(int(done.out)).run_at == utc("2037-03-29 01:30")
    assert (
        "not before:    2037-03-29 03:30:00 CEST\n" in sq("show", done.out.strip()).out
    )
