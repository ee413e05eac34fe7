"""The causes of the jobs that failed last, and following them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sq_console.model import CauseKey, CausesReading, JobState, Seen
from sq_console.store import Store
from sq_console.store.queries.causes_follower import CausesFollower, FailedJobs
from tests.hostile_text import CORPUS
from tests.store.jobs import ACTOR

SHOP = "shop.example.com"
NO_ROUTE = CauseKey(SHOP, "/v#/orders", "404", "no route for #")
_ROW = """
INSERT INTO queued_job (http_method, url, organization_id, attempts, result_code,
  remaining_retries, last_status_code, last_error, last_response, last_finished_at)
VALUES ('post', %s, %s, 1, %s, %s, %s, %s, %s, %s)"""


@pytest.fixture
def begun(store: Store) -> datetime:
    """Now, by the database's clock, in whole seconds."""
    return store.reads.now().replace(microsecond=0)


def put(store: Store, ended_at: datetime, number: int = 7, **values: object) -> int:
    """A job that failed."""
    row = {
        "url": f"http://{SHOP}/v1/orders?id={number}",
        "org": 12,
        "result": 1,
        "retries": 5,
        "status": 404,
        "error": "http 404",
        "answer": f"no route for {number}",
        **values,
    }
    ended = ended_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return store.session.insert(_ROW, (*row.values(), ended))


def waiting(store: Store, ended_at: datetime, **values: object) -> int:
    """A job that failed and waits for a retry."""
    busy = {"result": 2, "status": 503, "error": "http 503", "answer": "busy"}
    return put(store, ended_at, **{**busy, **values})


def secs(number: float) -> timedelta:
    return timedelta(seconds=number)


def look(follower: CausesFollower, store: Store) -> int:
    """A whole look; in how many steps."""
    steps = 1
    while follower.step(store.causes):
        steps += 1
    return steps


def test_failed_jobs_and_those_that_wait_for_a_retry_have_causes(
    store: Store, begun: datetime
) -> None:
    put(store, begun - secs(100), 1, org=None)
    put(store, begun - secs(10), 2)
    waiting(store, begun - secs(20))
    put(store, begun, 3, result=0, status=200, error=None)
    put(store, begun, 4, result=3)
    retried = put(store, begun - secs(5), 5)
    assert store.actions.retry(Seen(retried, JobState.FAILED, 1), ACTOR).done

    reading = store.causes.newest()

    no_route, busy = sorted(reading.causes, key=lambda it: it.key.kind)
    assert no_route.key == NO_ROUTE
    assert (no_route.jobs, no_route.failed, no_route.waiting) == (2, 2, 0)
    assert no_route.organisations == ((12, 1), (None, 1))
    assert (no_route.since, no_route.last) == (begun - secs(100), begun - secs(10))
    assert busy.key == CauseKey(SHOP, "/v#/orders", "503", "busy")
    assert (busy.jobs, busy.failed, busy.waiting) == (1, 0, 1)
    assert (reading.jobs, reading.is_cut) == (3, False)
    assert reading.oldest == begun - secs(100)


def test_the_newest_are_taken_of_both_and_the_reading_says_that_it_is_cut(
    store: Store, begun: datetime
) -> None:
    for number in range(10):
        put(store, begun - secs(2 * number), number)
        waiting(store, begun - secs(2 * number + 1))

    follower = CausesFollower(limit=6, piece_rows=2)
    look(follower, store)

    assert follower.reading.is_cut
    assert follower.reading.jobs == 6
    assert follower.reading.oldest == begun - secs(5)


def test_pieces_of_many_that_ended_in_one_second_lose_none(
    store: Store, begun: datetime
) -> None:
    ids = {put(store, begun - secs(number // 7), number) for number in range(20)}

    follower = CausesFollower(piece_rows=3)
    look(follower, store)

    assert set(follower.job_ids(NO_ROUTE)) == ids
    assert follower.reading.jobs == len(ids)


@pytest.fixture
def following(store: Store, begun: datetime) -> Iterator[CausesFollower]:
    """A follower with more jobs than it reads at once, after its first look."""
    for number in range(30):
        put(store, begun - secs(100 + number), number)
    follower = CausesFollower(piece_rows=10, head_rows=5)
    look(follower, store)
    assert follower.reading.jobs == 30
    yield follower


def test_what_fails_next_is_there_after_one_look(
    store: Store, begun: datetime, following: CausesFollower
) -> None:
    new = [put(store, begun - secs(number), 100 + number) for number in range(12)]

    look(following, store)

    assert following.reading.jobs == 42
    assert following.job_ids(NO_ROUTE)[:12] == new
    assert following.reading.causes[0].last == begun


def test_what_was_retried_or_set_aside_is_gone_after_one_look(
    store: Store, following: CausesFollower
) -> None:
    job_ids = following.job_ids(NO_ROUTE)
    for job_id in job_ids[12:24:2]:
        assert store.actions.retry(Seen(job_id, JobState.FAILED, 1), ACTOR).done
    assert store.actions.set_aside(Seen(job_ids[27]), ACTOR).done

    look(following, store)

    gone = {*job_ids[12:24:2], job_ids[27]}
    assert following.job_ids(NO_ROUTE) == [it for it in job_ids if it not in gone]
    (cause,) = following.reading.causes
    assert cause.jobs == following.reading.jobs == 23


def test_what_is_pulled_back_is_there_again_after_one_look(
    store: Store, following: CausesFollower
) -> None:
    job_ids = following.job_ids(NO_ROUTE)
    assert store.actions.retry(Seen(job_ids[17], JobState.FAILED, 1), ACTOR).done
    look(following, store)
    assert following.reading.jobs == 29
    store.session.execute(
        "UPDATE queued_job SET result_code = 1, last_finished_at = last_finished_at"
        " WHERE id = %s",
        (job_ids[17],),
    )

    look(following, store)

    assert following.job_ids(NO_ROUTE) == job_ids


def test_an_edited_job_has_its_other_cause_after_some_looks(
    store: Store, following: CausesFollower
) -> None:
    edited = following.job_ids(NO_ROUTE)[17]
    store.session.execute(
        "UPDATE queued_job SET url = %s, last_finished_at = last_finished_at"
        " WHERE id = %s",
        ("http://other.example.com/x", edited),
    )

    for _ in range(8):
        look(following, store)

    key = CauseKey("other.example.com", "/x", "404", "no route for #")
    assert following.job_ids(key) == [edited]
    assert following.reading.jobs == 30


def test_jobs_that_wait_and_fail_again_count_once(
    store: Store, begun: datetime
) -> None:
    jobs = [waiting(store, begun - secs(100 + n)) for n in range(20)]
    follower = CausesFollower(piece_rows=10, head_rows=5)
    look(follower, store)
    store.session.execute(
        "UPDATE queued_job SET attempts = 2, last_finished_at = %s WHERE id = %s",
        ((begun - secs(1)).strftime("%Y-%m-%d %H:%M:%S"), jobs[12]),
    )

    look(follower, store)

    (cause,) = follower.reading.causes
    assert cause.samples == (jobs[12], *jobs[:12], *jobs[13:])


class Counting:
    """Counts the jobs that are read of a store's causes."""

    def __init__(self, store: Store) -> None:
        self._causes = store.causes
        self.jobs = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._causes, name)

    def piece(self, *asked: object) -> FailedJobs:
        found = self._causes.piece(*asked)  # type: ignore[arg-type]
        self.jobs += len(found.jobs)
        return found


def test_where_nothing_happens_no_more_than_a_piece_is_read(
    store: Store, following: CausesFollower
) -> None:
    counting = Counting(store)

    for _ in range(4):
        while following.step(counting):  # type: ignore[arg-type]
            pass

    assert counting.jobs <= 4 * 10
    assert following.reading.jobs == 30


def test_many_failures_of_one_second_are_followed(
    store: Store, begun: datetime
) -> None:
    jobs = [put(store, begun - secs(5), number) for number in range(25)]
    follower = CausesFollower(piece_rows=4, head_rows=3)
    look(follower, store)
    more = [put(store, begun - secs(5), number) for number in range(25)]
    assert store.actions.retry(Seen(jobs[7], JobState.FAILED, 1), ACTOR).done

    look(follower, store)

    expected = sorted({*jobs, *more} - {jobs[7]}, reverse=True)
    assert follower.job_ids(NO_ROUTE) == expected


def test_older_failures_take_the_place_of_many_that_have_left(
    store: Store, begun: datetime
) -> None:
    jobs = [put(store, begun - secs(number), number) for number in range(40)]
    follower = CausesFollower(limit=10, piece_rows=4, head_rows=3)
    look(follower, store)
    assert follower.job_ids(NO_ROUTE) == jobs[:10]
    for job_id in jobs[2:10]:
        assert store.actions.retry(Seen(job_id, JobState.FAILED, 1), ACTOR).done

    for _ in range(2):
        look(follower, store)

    assert follower.job_ids(NO_ROUTE) == [*jobs[:2], *jobs[10:18]]


def test_what_is_asked_for_while_all_is_read_is_done_afterwards(
    store: Store, following: CausesFollower
) -> None:
    following.reread()
    for _ in range(4):
        assert following.step(store.causes)
    following.reread()  # an edit, of what was read already
    store.session.execute(
        "UPDATE queued_job SET url = %s, last_finished_at = last_finished_at",
        ("http://other.example.com/x",),
    )

    for _ in range(2):
        look(following, store)

    assert following.job_ids(NO_ROUTE) == []
    assert following.reading.jobs == 30


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_one_look_is_enough(
    store: Store, begun: datetime, seed: int
) -> None:
    choose = random.Random(seed)
    jobs = [put(store, begun - secs(60 + n), n) for n in range(20)]
    jobs += [waiting(store, begun - secs(60 + n)) for n in range(20)]
    follower = CausesFollower(piece_rows=6, head_rows=4)
    look(follower, store)

    for second in range(40, 0, -4):
        for job_id in choose.sample(jobs, 4):
            _happen(store, choose.choice(_EVENTS), job_id, begun - secs(second))
        jobs += [
            put(store, begun - secs(second), n) for n in range(choose.choice((0, 3, 9)))
        ]
        look(follower, store)

        there = store.causes.newest()
        assert jobs_of(follower.reading) == jobs_of(there)
        assert follower.reading.oldest == there.oldest


def jobs_of(reading: CausesReading) -> dict[CauseKey, tuple[int, ...]]:
    """The jobs of each cause, the newest failure first."""
    return {cause.key: cause.samples for cause in reading.causes}


_EVENTS = (
    "result_code = 1, last_finished_at = {at}",  # it fails
    "result_code = 2, last_finished_at = {at}",  # it waits for a retry
    "result_code = 0, last_finished_at = {at}",
    # It is retried, if it does not wait; a retry of it is pulled back.
    "result_code = CASE WHEN result_code = 2 THEN 2 END,"
    " last_finished_at = last_finished_at",
    "result_code = 1, last_finished_at = last_finished_at",
)


def _happen(store: Store, what: str, job_id: int, at: datetime) -> None:
    time = f"'{at.strftime('%Y-%m-%d %H:%M:%S')}'"
    store.session.execute(
        f"UPDATE queued_job SET {what.format(at=time)} WHERE id = %s", (job_id,)
    )


def test_all_is_read_again_when_it_is_asked_for(
    store: Store, following: CausesFollower
) -> None:
    for job_id in following.job_ids(NO_ROUTE):
        assert store.actions.retry(Seen(job_id, JobState.FAILED, 1), ACTOR).done
    following.reread()

    look(following, store)

    assert following.reading.causes == ()
    assert following.reading.jobs == 0


def test_jobs_retried_by_the_thousand_are_not_all_read(
    store: Store, begun: datetime
) -> None:
    for number in range(200):
        waiting(store, begun - secs(number), result=None)
    put(store, begun - secs(300))
    follower = CausesFollower(limit=20, piece_rows=5, head_rows=5)

    first = look(follower, store)
    assert (follower.reading.jobs, follower.reading.is_cut) == (1, True)
    look(follower, store)
    third = look(follower, store)
    busy = waiting(store, begun + secs(1))
    look(follower, store)

    assert first <= 20 // 5 + 3
    assert third <= 5
    assert follower.reading.jobs == 2
    assert busy in follower.reading.causes[0].samples


def test_a_job_that_failed_for_good_meanwhile_counts_once(
    store: Store, begun: datetime
) -> None:
    job_id = waiting(store, begun - secs(50), retries=1)
    follower = CausesFollower()
    look(follower, store)
    store.session.execute(
        "UPDATE queued_job SET remaining_retries = 0, last_finished_at = %s"
        " WHERE id = %s",
        ((begun - secs(1)).strftime("%Y-%m-%d %H:%M:%S"), job_id),
    )

    look(follower, store)

    (cause,) = follower.reading.causes
    assert (cause.jobs, cause.failed, cause.waiting) == (1, 1, 0)


def test_the_limit_holds_while_more_jobs_fail(store: Store, begun: datetime) -> None:
    for number in range(10):
        put(store, begun - secs(100 + number), number)
    follower = CausesFollower(limit=10, piece_rows=4, head_rows=3)
    look(follower, store)
    assert not follower.reading.is_cut
    for number in range(5):
        put(store, begun - secs(number), number)

    look(follower, store)

    assert follower.reading.is_cut
    assert follower.reading.jobs == 10


def test_a_look_that_broke_off_is_begun_again(
    store: Store, following: CausesFollower
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        following.step(Broken())  # type: ignore[arg-type]

    look(following, store)
    assert following.reading.jobs == 30


def test_samples_are_those_that_still_have_the_cause(
    store: Store, begun: datetime
) -> None:
    first, second, other = (put(store, begun, number) for number in (1, 2, 3))
    store.actions.retry(Seen(second, JobState.FAILED, 1), ACTOR)

    samples = store.causes.samples(NO_ROUTE, [other, second, first, 999_999])

    assert [sample.job.id for sample in samples] == [other, first]
    assert samples[1].answer == "no route for 1"
    assert store.causes.samples(NO_ROUTE, []) == ()


def test_the_context_says_what_the_host_answered_before(
    store: Store, begun: datetime
) -> None:
    ok = {"result": 0, "status": 200, "error": None}
    for ago in (5, 700, 705, 9_000):
        put(store, begun - secs(ago), **ok)
    elsewhere = "http://mail.example.com/"
    put(store, begun - secs(650), url=elsewhere, **ok)
    waiting(store, begun - secs(90))

    context = store.causes.context(SHOP, begun - secs(600))

    assert context.succeeded_before == 2
    assert context.last_success == begun - secs(700)
    assert context.pending == 1
    assert store.causes.context("nobody.example", begun).last_success is None


@pytest.mark.parametrize("name", CORPUS)
def test_texts_of_any_kind_have_causes(
    store: Store, begun: datetime, name: str
) -> None:
    text = CORPUS[name].replace("\0", "")
    put(store, begun, url=f"http://{SHOP}/{text}", answer=text, error=text[:60])
    put(store, begun, url=f"http://{text}/", answer=text, status=None)

    reading = store.causes.newest()

    assert reading.jobs == 2
    for cause in reading.causes:
        samples = store.causes.samples(cause.key, cause.samples)
        assert len(samples) == cause.jobs


@pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
@pytest.mark.parametrize("charset", ["latin1", "utf16"])
def test_a_table_of_another_charset_has_causes(
    store: Store, begun: datetime, charset: str
) -> None:
    for column in ("last_response TEXT", "last_error VARCHAR(255)"):
        store.session.execute(
            f"ALTER TABLE queued_job MODIFY {column} CHARACTER SET {charset} NULL"
        )
    put(store, begun, answer="caf\xe9 is closed", error="http 404")

    (cause,) = store.causes.newest().causes

    assert cause.key.message == "caf\xe9 is closed"
    assert len(store.causes.samples(cause.key, cause.samples)) == 1
