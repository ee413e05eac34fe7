"""Every field of a filter, on every kind of store: what it finds, in whose order."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sq_console.model import FINISHED, TEXT_WINDOW, JobFilter, JobState
from sq_console.store import Store
from sq_console.store.rows import stamp
from tests.store.jobs import add

_INSERT = """INSERT INTO queued_job ({columns}) VALUES ({marks})"""
STATES: dict[JobState, dict[str, object]] = {
    JobState.PENDING: {},
    JobState.RUNNING: {"claimed_by": 77},
    JobState.SUCCEEDED: {"result_code": 0},
    JobState.FAILED: {"result_code": 1},
    JobState.KILLED: {"result_code": 3},
    JobState.SET_ASIDE: {"result_code": 1, "set_aside_at": "2026-01-01 00:00:00"},
}


@pytest.fixture
def jobs(store: Store) -> Store:
    """Six jobs in each state, an hour apart; the odd ones are at another host."""
    now = store.reads.now()
    for state, values in STATES.items():
        for number in range(6):
            ago = stamp(now - timedelta(hours=number, minutes=30))
            row = {
                "http_method": "post",
                "url": f"http://h{number % 2}.example:8080/v{number}/Orders?h=/x",
                "body": f"order {number}",
                "organization_id": number % 3,
                "last_status_code": 500 + number,
                "last_error": f"http 50{number}",
                "last_response": f"deadlock {number}",
                "priority": number % 2,
                "run_at": ago,
                "created_at": ago,
                "last_started_at": ago[:19],
                "bulk_id": number % 2 or None,
                **values,
            }
            if state in FINISHED:
                row["last_finished_at"] = ago[:19]
            columns = ", ".join(row)
            marks = ", ".join(["%s"] * len(row))
            store.session.insert(
                _INSERT.replace("{columns}", columns).replace("{marks}", marks),
                tuple(row.values()),
            )
    return store


def filters(store: Store) -> Iterator[tuple[JobFilter, set[int]]]:
    """Each field, and which of the six jobs fit it."""
    now = store.reads.now()
    yield JobFilter(host="h1.example:8080"), {1, 3, 5}
    yield JobFilter(organization_id=2), {2, 5}
    yield JobFilter(text="V3/orders"), {3}
    yield JobFilter(text="HTTP 504"), {4}
    yield JobFilter(path="v4/orders"), {4}
    yield JobFilter(path="example"), set()
    yield JobFilter(path="h=/x"), {0, 1, 2, 3, 4, 5}
    yield JobFilter(last_status_code=502), {2}
    yield JobFilter(status_class=5), {0, 1, 2, 3, 4, 5}
    yield JobFilter(status_class=4), set()
    yield JobFilter(error="503"), {3}
    yield JobFilter(bulk_id=1), {1, 3, 5}
    yield JobFilter(older_secs=3 * 3_600), {3, 4, 5}
    yield JobFilter(since_secs=3 * 3_600), {0, 1, 2}
    yield JobFilter(older_secs=3_600, since_secs=2 * 3_600), {1}
    yield JobFilter(before=now - timedelta(hours=4)), {4, 5}
    yield JobFilter(since=now - timedelta(hours=2)), {0, 1}
    yield JobFilter(as_of=now - timedelta(hours=4)), {4, 5}
    yield JobFilter(body="ORDER 2"), {2}
    yield JobFilter(answer="lock 5"), {5}
    yield JobFilter(host="h1.example:8080", error="50", body="order 3"), {3}
    yield JobFilter(older_secs=3_600).frozen(now, 10**6), {1, 2, 3, 4, 5}
    yield JobFilter(since_secs=3_600).frozen(now, 0), set()


def listed(store: Store, wanted: JobFilter, limit: int = 200) -> list[int]:
    """All pages' jobs, each as its number among the six of its state."""
    found: list[int] = []
    after = None
    while True:
        page = store.reads.jobs(wanted, limit, after)
        found += [(job.id - 1) % 6 for job in page.jobs]
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("limit", [2, 200])
@pytest.mark.parametrize("state", [*JobState, None])
def test_a_filter_finds_what_fits_it_and_changes_no_order(
    jobs: Store, state: JobState | None, limit: int
):
    everything = listed(jobs, JobFilter(state))
    by_id = sorted(everything, reverse=True)
    for wanted, fitting in filters(jobs):
        in_state = JobFilter(
            **{name: getattr(wanted, name) for name in JobFilter.__slots__}
            | {"state": state}  # type: ignore[arg-type]
        )
        order = by_id if wanted.bulk_id and state else everything
        expected = [number for number in order if number in fitting]
        assert listed(jobs, in_state, limit) == expected, in_state


def test_a_frozen_filter_leaves_out_what_came_later(store: Store):
    (old,) = add(store)
    wanted = JobFilter(JobState.PENDING).frozen(store.reads.now(), old)
    add(store)

    assert [job.id for job in store.reads.jobs(wanted).jobs] == [old]
    assert wanted.frozen(store.reads.now(), old + 9) == wanted


def test_a_search_in_bodies_reads_few_rows_for_a_page(store: Store):
    add(store, TEXT_WINDOW, body=b"nothing")
    (wanted,) = add(store, body=b"order 88231")

    first = store.reads.jobs(JobFilter(JobState.PENDING, body="88231"))
    second = store.reads.jobs(
        JobFilter(JobState.PENDING, body="88231"), 200, first.next
    )

    assert first.jobs == ()
    assert [job.id for job in second.jobs] == [wanted]
    assert second.next is None


@pytest.mark.parametrize("field", ["text", "path", "error", "body", "answer"])
@pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
@pytest.mark.parametrize("charset", ["latin1", "utf8mb4"])
def test_a_search_for_any_character_is_no_error(store: Store, charset: str, field: str):
    text = f"CHARACTER SET {charset}"
    store.session.execute(
        f"ALTER TABLE queued_job MODIFY url TEXT {text} NOT NULL,"
        f" MODIFY body MEDIUMTEXT {text}, MODIFY last_response TEXT {text},"
        f" MODIFY last_error VARCHAR(255) {text}"
    )
    (job_id,) = add(store, url="http://a.example.com/caf\xe9")
    store.session.execute(
        "UPDATE queued_job SET last_error = 'caf\xe9', body = 'caf\xe9',"
        " last_response = 'caf\xe9'"
    )

    found = [
        [job.id for job in store.reads.jobs(JobFilter(**{field: part})).jobs]  # type: ignore[arg-type]
        for part in ("F\xc9", "\u03c0", "\U0001f600")
    ]

    assert found == [[job_id], [], []]


def test_hosts_are_found_by_how_their_names_begin(jobs: Store):
    begun = jobs.reads.hosts_beginning

    assert begun("h") == ["h0.example:8080", "h1.example:8080"]
    assert begun("h", 1) == ["h0.example:8080"]
    assert begun("h1.example") == ["h1.example:8080"]
    assert begun("h1.example:8080") == begun("x") == []
