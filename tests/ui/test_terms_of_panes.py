"""No filter is displayed that is not applied: every term in every pane, from the table.

For each there are two jobs in each pane, of which one fits, and two rows of the log.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sq_console.text.filter_syntax import TERMS
from sq_console.ui.state.lists.pane_terms import PANE_TERMS, WORDS
from sq_console.ui.state.panes import LISTS, STATES, Pane
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

pytestmark = pytest.mark.mostly_slow(12)

_FITS: dict[str, object] = {
    "url": "http://fits.example:81/fits/path",
    "organization_id": 41,
    "last_status_code": 418,
    "last_error": "teapot",
    "bulk_id": 77,
    "body": "order 88231",
    "last_response": "deadlock found",
}
_OTHER: dict[str, object] = {
    "url": "http://other.example/else/where",
    "organization_id": 7,
    "last_status_code": 500,
    "last_error": "timeout",
    "body": "order 1",
    "last_response": "no",
}
TYPED = {
    WORDS: "fits",
    "host": "host:fits.example:81",
    "org": "org:41",
    "path": "path:fits/pa",
    "status": "status:418",
    "error": "error:teapot",
    "older": "older:10h",
    "since": "since:10h",
    "body": "body:88231",
    "answer": "answer:deadlock",
    "bulk": "bulk:77",
    "id": "id:{job}",
    "state": "state:{state}",
}
"""What fits the one job, and not the other."""


@dataclass(frozen=True)
class Furnished:
    """The two jobs of a pane."""

    fits: int
    other: int


def furnish(queue: Queue, pane: Pane, term: str) -> Furnished:
    """Two jobs in *pane*, one of which fits."""
    fits, other = dict(_FITS), dict(_OTHER)
    old, new = queue.ago(40 * 3_600), queue.ago(2 * 3_600)
    times = (old, new) if term == "older" else (new, old)
    for values, at in ((fits, times[0]), (other, times[1])):
        values |= {"run_at": at, "last_started_at": at[:19]}
        if pane not in (Pane.PENDING, Pane.RUNNING):
            values["last_finished_at"] = at[:19]
    if term == "state" and pane is Pane.DONE:
        return Furnished(queue.killed(**fits), queue.succeeded(**other))
    make = {
        Pane.PENDING: queue.pending,
        Pane.RUNNING: queue.running,
        Pane.DONE: queue.succeeded,
    }.get(pane, queue.failed)
    return Furnished(make(**fits), make(**other))  # type: ignore[operator]


def pairs() -> Iterator[tuple[str, Pane]]:
    for term in (WORDS, *(term.word for term in TERMS)):
        for pane in (Pane.LOG, *LISTS):
            yield term, pane


def test_every_term_and_every_pane_is_in_the_table():
    assert set(TYPED) == {WORDS, *(term.word for term in TERMS)}
    assert set(PANE_TERMS) == set(Pane)


def rows_of(console: Console, pane: Pane) -> list[int]:
    if pane is Pane.LOG:
        rows = console.board.log_view.cursor.rows
        return [row.job_id for row in rows]  # type: ignore[union-attr, misc]
    return [job.id for job in console.board.lists[pane].cursor.rows]


@pytest.mark.parametrize(("term", "pane"), [*pairs()])
async def test_a_term_is_applied_or_refused(queue: Queue, term: str, pane: Pane):
    jobs = furnish(queue, pane, term)
    rows = ((jobs.fits, "it fits", 418), (jobs.other, "something else", 500))
    for job, words, status in rows:
        queue.log(job, words, event="failed", status_code=status)
    states = STATES.get(pane, ())
    typed = TYPED[term].format(job=jobs.fits, state=states[-2] if states[1:] else "")
    if term == "state" and len(states) < 2:
        typed = f"state:{states[0] if states else 'failed'}"
    async with running(queue) as console:
        await console.press(pane.key)
        await console.until(lambda: len(rows_of(console, pane)) == 2)
        await console.press("slash")
        await console.type(typed)
        await console.press("enter")

        if term not in PANE_TERMS[pane]:
            await console.shows("knows no")
            assert console.is_filter_open
            assert console.board.filter_text == console.board.log_filter_text == ""
            return
        await console.shows(f"filter {typed}")
        expected = [jobs.fits]
        if term == "state" and len(states) < 2:
            expected = sorted((jobs.fits, jobs.other))
        await console.until(lambda: sorted(rows_of(console, pane)) == expected)
        await console.read_again()
        assert sorted(rows_of(console, pane)) == expected


@pytest.mark.parametrize("term", sorted(set(TYPED) - PANE_TERMS[Pane.LOG]))
async def test_the_log_says_that_it_shows_all_rows_when_it_cannot_do_a_term(
    queue: Queue, term: str
):
    jobs = furnish(queue, Pane.FAILED, term)
    typed = TYPED[term].format(job=jobs.fits, state="failed")
    async with running(queue, (120, 40)) as console:
        await console.press("3", "slash")
        await console.type(typed)
        await console.press("enter")

        await console.shows(f"all rows, it has no {term}:")
        assert console.board.log_filter_text == ""
