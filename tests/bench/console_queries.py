"""What the console and the verbs ask the store, as they ask it: what comes again with
each refresh of each screen, what finds jobs, what is read once for a key or a verb.

`test_bench` names a query of the store that is not asked for here.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sq_console.model import (
    HOLD_ALL,
    BulkEdit,
    BulkRequest,
    BulkVerb,
    Hold,
    JobFilter,
    JobState,
    Seen,
)
from sq_console.rules.log_filter import LogFilter
from sq_console.store import Store
from sq_console.store.queries.causes_follower import CausesFollower
from sq_console.store.queries.log_tail import LogTail
from sq_console.store.queries.overview.backlog import StoreBacklog
from sq_console.ui.state.lists.job_readings import ListRequest, read_list
from sq_console.ui.state.lists.text_scan import TextScan
from sq_console.ui.state.log_follower import LogFollower
from sq_console.ui.state.panes import LISTS, states_of
from sq_console.ui.state.readings.activity_readings import (
    ActivityRequest,
    read_activity,
)
from sq_console.ui.state.readings.handover_reading import read_handover
from sq_console.ui.state.readings.processor_readings import read_processors
from sq_console.ui.state.screen_data import read_job, read_vitals
from tests.large_tables import HOSTS
from tests.store.every_query import HOST, all_filters

ACTOR = "bench@desk"
HELD = "host9.example.com"
REFRESHES = 10
"""Of each screen: what is kept for a while is read with the first of them."""
_BULK_PAGES = 10
_LOG_ROWS = 500


def refresh(store: Store) -> None:
    """Each screen, some seconds of it."""
    followers = [LogFollower(), LogFollower(LogFilter(host=HOST))]
    causes = CausesFollower()
    for _ in range(REFRESHES):
        read_vitals(store)
        for pane in LISTS:
            read_list(store, ListRequest(pane, JobFilter(), keep=1))
        for follower in followers:
            follower.poll(store)
        while causes.step(store.causes):
            pass
        store.hosts.worst_first()
        store.hosts.details(HOST)
        read_processors(store, None)
        read_activity(store, ActivityRequest())
        store.bulk.ls()
        read_job(store, 1)
    for cause in causes.reading.causes[:3]:
        store.causes.samples(cause.key, causes.job_ids(cause.key)[:100])
        store.causes.context(cause.key.host, cause.since)


def find(store: Store) -> None:
    """Each list with each filter, and the page after it."""
    for wanted in all_filters():
        page = store.reads.jobs(wanted)
        if page.next is not None:
            store.reads.jobs(wanted, after=page.next)
    for pane in LISTS:
        read_list(store, ListRequest(pane, JobFilter(job_id=1)))
        _search_texts(store, ListRequest(pane, JobFilter(body="nothing like it")))
    store.reads.hosts_beginning("host1")
    for narrow in (LogFilter(text="nothing like it"), LogFilter(job_id=1)):
        LogFollower(narrow).poll(store)


def _search_texts(store: Store, asked: ListRequest) -> None:
    scan = TextScan(asked.wanted, states_of(asked.pane, asked.wanted))
    while not scan.is_over:
        read_list(store, replace(asked, scan=scan))


def ask_once(store: Store) -> None:
    """What verbs print, and questions say."""
    reads = store.reads
    reads.counts()
    reads.job(1)
    reads.job_log(1)
    reads.database_uuid()
    reads.listening()
    read_handover(store, "bench", 7_200)
    oldest = store.activity.newest(200)[-1]
    read_activity(store, ActivityRequest(oldest.who, oldest.id))
    since = reads.now() - timedelta(hours=2)
    reads.log_rows(reads.log_ids(reads.first_log_id(since) - 1, _LOG_ROWS))
    tail = LogTail()
    tail.start(reads)
    tail.poll(reads)
    for name in ("due", "waiting", "succeeded", "failed"):
        reads.far_count(name)
    _ask_of_holds(store)
    _count(store)


def _ask_of_holds(store: Store) -> None:
    """With everything held, and all hosts but one."""
    backlog = StoreBacklog(store.session)
    first = backlog.oldest_due()
    assert first is not None
    many = {f"host{number}.example.com" for number in range(HOSTS)}
    backlog.oldest_due({*many, first.host} - {HOST})
    backlog.held_jobs([Hold(host, "", "", None) for host in (first.host, HOLD_ALL)])
    for host in (first.host, HOST, "nobody.example.com", HOLD_ALL):
        store.holds.effect_on(host)
    (job,) = store.reads.jobs(JobFilter(JobState.PENDING), 1).jobs
    store.holds.try_once(Seen(job.id), ACTOR)


def _count(store: Store) -> None:
    """Some pages of what bulk actions count, and the samples of an edit."""
    edit = BulkEdit("job/", "task/")
    for request in (
        BulkRequest(BulkVerb.RETRY, JobFilter()),
        BulkRequest(BulkVerb.RETRY, JobFilter(host=HOST, older_secs=60)),
        BulkRequest(BulkVerb.KILL, JobFilter(text="nothing like it")),
        BulkRequest(BulkVerb.EDIT, JobFilter(), arguments=edit),
    ):
        count = store.bulk.freeze(request)
        for _ in range(_BULK_PAGES):
            if not count.is_complete:
                count = store.bulk.count_on(count)
    store.bulk.samples(request)
    store.bulk.show(1)


READINGS: dict[str, Callable[[Store], None]] = {
    "of a refresh": refresh,
    "that finds": find,
    "of a verb": ask_once,
}
"""By what a figure is named for."""
