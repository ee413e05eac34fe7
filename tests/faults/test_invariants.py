"""Two calls of a job at once are found, and known from a retry after a kill."""

from tests.faults.collected_rows import Collected, JobRow, LogRow
from tests.faults.figures import Figures
from tests.faults.invariants import check_invariants
from tests.faults.ledger import Execution

_OVERLAP = "I3 two calls at once: job 7, attempts 1 and 2"


def failures(*events: tuple[int, str]) -> list[str]:
    """Of job 7, whose second call began while the first went on."""
    job = JobRow(7, "succeeded", 2, 5, 5, 0, 0, "", 200, 0)
    log = [LogRow(7, attempt, event, "web1:1", "") for attempt, event in events]
    calls = [Execution(7, 1, 0.0, "k", 2.0, 200), Execution(7, 2, 1.0, "k", 3.0, 200)]
    figures = Figures()
    check_invariants(Collected({7: job}, {7: log}, {7: calls}, [], [7]), figures)
    return figures.failures


def test_two_calls_at_once_are_found():
    assert _OVERLAP in failures(
        (1, "called"), (1, "failed_temporarily"), (2, "called"), (2, "succeeded")
    )


def test_a_kill_without_a_retry_explains_no_second_call():
    assert _OVERLAP in failures(
        (0, "retried"), (1, "called"), (1, "killed"), (2, "called"), (2, "succeeded")
    )


def test_an_operators_retry_of_a_killed_call_explains_the_second():
    assert _OVERLAP not in failures(
        (1, "called"), (1, "killed"), (0, "retried"), (2, "called"), (2, "succeeded")
    )
