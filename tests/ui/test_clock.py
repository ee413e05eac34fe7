"""Times of the console are local and name their zone."""

from datetime import UTC, datetime

from sq_console.ui.state.clock import Clock


def test_times_are_local_and_name_the_zone():
    clock = Clock(lambda: datetime(2026, 9, 12, tzinfo=UTC), UTC)
    assert clock.stamp(clock.now()) == "2026-09-12 00:00:00 UTC"
    assert clock.time(None) == "--:--:--"
    assert clock.zone_name == "UTC"
