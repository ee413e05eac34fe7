"""Sums that cannot be written, or only badly, while daemons work: no outcome is lost,
none is called twice, and little is said.
"""

from contextlib import ExitStack

import pytest

from sq_console.store import Store
from tests.cli.run_program import Process, running
from tests.e2e.conftest import Place
from tests.handler import HandlerServer
from tests.store.jobs import add
from tests.store.old_tables import make_old_stats
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PROCESSORS = "abc"


def started(place: Place, stack: ExitStack) -> list[Process]:
    """Three daemons that end when nothing is due."""
    daemons = []
    for name in PROCESSORS:
        (place.folder / name).mkdir()
        ini = str(place.folder / "db.ini")
        process = running(ini, "--until-empty", "-n", "4", cwd=place.folder / name)
        daemons.append(stack.enter_context(process))
    return daemons


def counted(store: Store) -> int:
    return sum(minute.succeeded for minute in store.reads.minutes(10))


def process_all(place: Place, jobs: int) -> None:
    with HandlerServer() as handler, ExitStack() as stack:
        make_old_stats(place.store)
        ids = add(place.store, jobs, url=handler.url("/ok"))
        daemons = started(place, stack)

        assert [daemon.wait(100) for daemon in daemons] == [0, 0, 0]
        assert dict(handler.calls) == dict.fromkeys(ids, 1)
    assert place.store.reads.counts().succeeded == jobs
    assert counted(place.store) == jobs
    assert not [line for daemon in daemons for line in warnings(daemon)]


def process_all_without_the_table(place: Place, jobs: int) -> None:
    with HandlerServer() as handler, ExitStack() as stack:
        url = handler.url("/slow?secs=0.1")
        ids = add(place.store, jobs, url=url)
        daemons = started(place, stack)
        eventually(lambda: place.store.reads.counts().succeeded > jobs // 10, 30)
        place.store.session.execute("DROP TABLE queued_job_stats")

        assert [daemon.wait(100) for daemon in daemons] == [0, 0, 0]
        assert dict(handler.calls) == dict.fromkeys(ids, 1)
    assert place.store.reads.counts().succeeded == jobs
    for daemon in daemons:
        (line,) = warnings(daemon)
        assert "event=sums_refused" in line
        assert "queued_job_stats" in line


def warnings(daemon: Process) -> list[str]:
    lines = daemon.err.splitlines()
    return [line for line in lines if "level=warn" in line or "level=error" in line]


@pytest.mark.timeout(120)
def test_on_tables_of_an_old_server_each_outcome_is_recorded_once(place: Place):
    process_all(place, 300)


@pytest.mark.timeout(120)
def test_a_table_dropped_meanwhile_costs_one_warning(place: Place):
    process_all_without_the_table(place, 300)
