"""`hold` and `resume`: hosts that nobody calls, and their end."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from sq_console.model import HOLD_ALL, BulkState, Job, ProcessorState, Wanted
from sq_console.store import Store
from sq_console.store.queries.overview.backlog import HOLDS_COUNTED
from tests.cli.run_program import Done

Sq = Callable[..., Done]
HOST = "crm.example.org:8080"


def test_a_host_is_held_with_a_reason_and_an_end(
    sq: Sq, queue: Store, new_job: Callable[..., Job]
) -> None:
    new_job(f"http://{HOST}/")

    done = sq("hold", HOST, "--why", "ticket 42", "--for", "2h")

    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"{HOST} is held; 1 due job stays, 0 calls in flight end by themselves\n"
    )
    (hold,) = queue.reads.holds()
    assert (hold.host, hold.why) == (HOST, "ticket 42")
    assert hold.expires_at is not None


def test_what_is_held_is_listed_with_who_and_why(
    sq: Sq, queue: Store, new_job: Callable[..., Job]
) -> None:
    new_job(f"http://{HOST}/")
    queue.holds.hold(HOST, "anna@web1", "ticket 42")
    queue.holds.hold(HOLD_ALL, "bob@web1", "deploy")

    titles, *lines = sq("hold").lines
    entries = sq("hold", "--json").entries

    assert titles.split()[0] == "HOST"
    assert [line.split()[0] for line in lines] == ["everything", HOST]
    assert lines[1].endswith("1  anna@web1  ticket 42")
    assert [entry["host"] for entry in entries] == ["*", HOST]
    assert entries[1]["due"] == 1


def test_the_jobs_behind_every_hold_are_counted(
    sq: Sq, queue: Store, new_job: Callable[..., Job]
) -> None:
    """However many hosts are held; the console's header counts those of some."""
    for number in range(HOLDS_COUNTED + 2):
        new_job(f"http://h{number:02}.example/")
        queue.holds.hold(f"h{number:02}.example", "anna@web1", "x")

    assert {entry["due"] for entry in sq("hold", "--json").entries} == {1}
    handover = sq("stats", "--since", "2h").out
    assert f"({HOLDS_COUNTED + 2} of them held)" in handover
    assert handover.count("; 1 wait") == HOLDS_COUNTED + 2


def test_stats_say_who_holds_what_and_why_and_until_when(sq: Sq, queue: Store) -> None:
    queue.holds.hold(HOST, "anna@web1", "token=hunter2", 3_600)

    (line,) = [line for line in sq("stats").lines if line.startswith("held")]

    assert f"{HOST}, by anna@web1 since 20" in line
    assert " until 20" in line
    assert line.endswith(": token=***")


def test_a_host_is_held_and_lifted_without_its_only_port(
    sq: Sq, queue: Store, new_job: Callable[..., Job]
) -> None:
    new_job(f"http://{HOST}/")

    assert sq("hold", "CRM.example.org", "--why", "x").out.startswith(f"{HOST} is held")
    assert sq("resume", "--host", "crm.example.org").out == f"{HOST} is held no more\n"
    assert queue.reads.holds() == []


def test_a_host_that_no_job_has_is_held_and_named(
    sq: Sq, new_job: Callable[..., Job]
) -> None:
    new_job(f"http://{HOST}/"), new_job("http://crm.example.org:9090/")

    done = sq("hold", "crm.example.org", "--why", "x", "--json")

    assert done.code == 0
    (entry,) = done.entries
    assert (entry["host"], entry["known"], entry["result"]) == (
        "crm.example.org",
        False,
        "held",
    )
    assert f"no job has the host crm.example.org; jobs have {HOST}" in done.err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((HOST,), "why? your colleagues will ask"),
        ((HOST, "--why", " "), "why? your colleagues will ask"),
        ((HOST, "--all", "--why", "x"), "name a host, or --all: not both"),
        (("--why", "x"), "which host?"),
        ((HOST, "--why", "x", "--for", "soon"), "is not a duration like 90s"),
        (("", "--why", "x"), "an empty HOST"),
    ],
)
def test_what_is_not_clear_is_refused(
    sq: Sq, queue: Store, arguments: tuple[str, ...], why: str
) -> None:
    done = sq("hold", *arguments)

    assert (done.code, done.out) == (2, "")
    assert why in done.err
    assert queue.reads.holds() == []


def test_a_hold_is_lifted(sq: Sq, queue: Store) -> None:
    queue.holds.hold(HOST, "anna@web1", "x")

    first, second = sq("resume", "--host", HOST.upper()), sq("resume", "--host", HOST)

    assert (first.code, first.out) == (0, f"{HOST} is held no more\n")
    assert (second.code, second.out) == (1, "")
    assert f"{HOST} is not held" in second.err


def test_every_hold_is_lifted(sq: Sq, queue: Store) -> None:
    for host in (HOST, HOLD_ALL):
        queue.holds.hold(host, "anna@web1", "x")

    done = sq("resume", "--all-holds", "--json")

    assert [entry["host"] for entry in done.entries] == ["*", HOST]
    assert queue.reads.holds() == []
    assert sq("resume", "--all-holds").code == 1


def test_what_was_held_goes_on_at_a_pace(
    sq: Sq, queue: Store, new_job: Callable[..., Job]
) -> None:
    due = [new_job(f"http://{HOST}/{number}") for number in range(3)]
    later = new_job(f"http://{HOST}/later", delay_secs=600)
    other = new_job()
    queue.holds.hold(HOST, "anna@web1", "x")

    done = sq("resume", "--host", HOST, "--pace", "2/s")

    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"{HOST}: bulk action 1 spreads 3 due jobs at 2/s, over 1 s;"
        " then the hold is lifted\n"
    )
    assert [hold.host for hold in queue.reads.holds()] == [HOST]
    while queue.bulk.work_batch("web1:7"):
        pass
    bulk = queue.bulk.show(1)
    assert bulk is not None
    assert (bulk.state, bulk.done) == (BulkState.DONE, 3)
    assert queue.reads.holds() == []
    times = [queue.reads.job(job.id).run_at for job in due]
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert gaps == [0.5, 0.5]
    for job in (later, other):
        assert queue.reads.job(job.id).run_at == job.run_at


def test_a_pace_for_nothing_lifts_the_hold_at_once(sq: Sq, queue: Store) -> None:
    queue.holds.hold(HOST, "anna@web1", "x")

    assert sq("resume", "--all-holds", "--pace", "10/s").code == 0
    assert queue.reads.holds() == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("web1:7", "--host", HOST), "only one"),
        (("--host", HOST, "--all-holds"), "only one"),
        (("--pace", "10/s"), "--pace goes with --host or --all-holds"),
        (("web1:7", "--pace", "10/s"), "--pace goes with --host or --all-holds"),
        (("--host", HOST, "--pace", "fast"), "is not a pace like 10/s"),
    ],
)
def test_a_resume_of_two_things_is_refused(
    sq: Sq, arguments: tuple[str, ...], why: str
) -> None:
    done = sq("resume", *arguments)

    assert (done.code, done.out) == (2, "")
    assert why in done.err


def test_without_an_option_it_is_about_processors(sq: Sq, queue: Store) -> None:
    """A host may be called like a processor."""
    queue.processors.register(11, HOST, 10, ProcessorState.RUNNING)
    queue.holds.hold(HOST, "anna@web1", "x")
    sq("pause")

    done = sq("resume", HOST)

    assert (done.code, done.out) == (0, f"{HOST} asked to resume\n")
    assert queue.processors.control(11).wanted is Wanted.RUN
    assert len(queue.reads.holds()) == 1


def test_a_held_host_that_is_no_processor_is_named(sq: Sq, queue: Store) -> None:
    queue.holds.hold(HOST, "anna@web1", "x")

    done = sq("resume", HOST)

    assert done.code == 1
    assert f"is a held host: `sq-console resume --host {HOST}` lifts it" in done.err


@pytest.mark.parametrize("host", ["", " ", "http://", "/v1/x", "http://eve@/"])
def test_a_hold_needs_a_host(sq: Sq, queue: Store, host: str) -> None:
    done = sq("hold", host, "--why", "ticket 42")

    assert (done.code, queue.reads.holds()) == (2, [])
    assert "an empty HOST names no host" in done.err


def test_a_hold_that_ends_at_once_is_refused(sq: Sq, queue: Store) -> None:
    done = sq("hold", HOST, "--why", "ticket 42", "--for", "0s")

    assert (done.code, queue.reads.holds()) == (2, [])
    assert "--for 0s would end at once" in done.err
