"""Where the next claim looks: what it remembers of the last must not hide a job."""

import pytest

from sq_console.model import ClaimRequest
from sq_console.store import Store
from sq_console.store.claiming.candidates import CandidateQuery
from sq_console.store.claiming.scan_window import REPRIORITIZE_SECS
from sq_console.store.protocols import Row
from sq_console.store.stuck_rows import StuckRows
from tests.store.jobs import add, claim, enter


class Looking:
    """A candidate query, and the time it believes it is."""

    def __init__(self, store: Store) -> None:
        self.now = 100.0
        self._session = store.session
        stuck_rows = StuckRows(store.session)
        self.candidates = CandidateQuery(store.session, stuck_rows, lambda: self.now)

    def take(self) -> list[Row]:
        """As a claim does; what it takes is done at once."""
        self.candidates.prepare()
        picked = self._session.transact(
            lambda: self.candidates.select(ClaimRequest(50))
        )
        self._session.execute("UPDATE queued_job SET result_code = 0")
        return picked


def test_a_job_that_comes_to_a_queue_found_empty_is_taken_at_the_first_look(
    store: Store,
):
    looking = Looking(store)
    add(store)
    assert len(looking.take()) == 1
    looking.now += REPRIORITIZE_SECS
    assert looking.take() == [], "it has noticed that there are no priorities now"
    assert not looking.candidates.poll(None)
    add(store, priority=5)
    looking.now += REPRIORITIZE_SECS / 10

    assert looking.candidates.poll(None)
    assert len(looking.take()) == 1


def test_no_claim_takes_a_job_twice_when_it_comes_round_to_its_host_again(store: Store):
    """The host that was served last has nothing any more, and lies between the others:
    going on behind it and coming round, a claim came to the last host once more.
    """
    enter(store)
    add(store, 40, url="http://1.example/")  # not to be called, and the oldest
    (served,) = add(store, url="http://2.example/")
    room = {"1.example": 0}
    assert [job.id for job in claim(store, 1, room=room)] == [served]
    waiting = add(store, 10, url="http://3.example/")

    claimed = claim(store, 30, room=room)

    assert [job.id for job in claimed] == waiting


@pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
def test_a_host_that_is_no_text_keeps_no_other_host_from_its_turn(store: Store):
    """SQLite sorts bytes after all text: the same host came next for ever."""
    enter(store)
    add(store, 40, url="http://1.example/")  # not to be called, and the oldest
    (bytes_id,) = add(store)
    store.session.execute(
        "UPDATE queued_job SET url = %s WHERE id = %s", (b"http://\xff\xfe/", bytes_id)
    )
    waiting = add(store, 10, url="http://3.example/")
    room = {"1.example": 0}
    first = claim(store, 5, room=room)

    second = claim(store, 30, room=room)

    assert [job.id for job in (*first, *second)] == waiting
