"""A hold in words."""

from datetime import timedelta

from sq_console.model import Hold
from sq_console.ui.content.tables.hold_lines import held_text
from tests.ui.content.examples import CLOCK
from tests.ui.jobs import NOW


def test_a_hold_that_ends_on_another_day_has_the_date():
    since, until = NOW - timedelta(days=2), NOW + timedelta(days=3)
    hold = Hold("shop.example", "anna", "ticket 42", since, until)
    assert held_text(hold, CLOCK) == (
        f"held since {since:%b %d} by anna, until {until:%b %d}: ticket 42"
    )
