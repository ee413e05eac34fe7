"""Everything a store can be asked for, at work on the tables of `tests.large_tables`:
all parts, all kinds of filters, first and later pages.

`test_plans` notices when a statement of the store was not asked for here.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from sq_console.errors import SchemaMismatch
from sq_console.model import (
    HOLD_ALL,
    BulkEdit,
    BulkRequest,
    BulkVerb,
    ClaimedJob,
    Hold,
    HostSums,
    JobFilter,
    JobState,
    NewJob,
    ProcessorState,
    PruneCut,
    PruneKind,
    ResultCode,
    Retention,
    Seen,
    Sums,
    Wanted,
)
from sq_console.rules.admission.copies import facts_of
from sq_console.rules.causes import cause_key
from sq_console.store import Store
from sq_console.store.claiming.ancestor_locks import _STILL_DUE
from sq_console.store.dialect import in_list
from sq_console.store.queries.causes_follower import CausesFollower
from sq_console.store.queries.log_tail import LogTail
from sq_console.store.queries.overview.backlog import StoreBacklog
from sq_console.store.rows import as_text
from sq_console.store.schema.version import VERSION_OF
from sq_console.store.stuck_rows import RowUpdate, StuckRows
from sq_console.text.redact import redact_text
from tests.large_tables import HOSTS
from tests.store.jobs import ACTOR, ME, OTHER, add, claim, enter, outcome

HOST = "host3.example.com"
OTHER_HOST = "host4.example.com"
_MOST_HOSTS = {f"host{number}.example.com": 0 for number in range(1, 20)}
DRAFT = NewJob("post", "http://host3.example.com/new")
_DEAD_AFTER_SECS = 600.0
_WITH_LOCKED = (
    "UPDATE queued_job_bulk SET state = 'running', position = %s WHERE id = %s"
)
_GONE = "UPDATE queued_job_processor SET heartbeat_at = '2001-01-01' WHERE id = %s"
_RESCUED_BEFORE = "UPDATE queued_job SET rescues = 2 WHERE id = %s"
_LOST_BEFORE = """
INSERT INTO queued_job_lost_processor (id, name, version, lost_at)
VALUES (%s, 'web9:1', '1', '2001-01-01')"""
_ENDED_LONG_AGO = """
UPDATE queued_job SET result_code = 0, last_finished_at = '2001-01-01 00:00:00'
 WHERE id = %s"""
_BULK_LONG_AGO = """
UPDATE queued_job_bulk SET created_at = '2001-01-01', ended_at = '2001-01-01'
 WHERE id = %s"""
_BULK_IS_OVER = """
UPDATE queued_job_bulk
   SET state = 'stopped', not_begun = 0, ended_at = created_at WHERE id = %s"""
_OLD_SUMS = """
INSERT INTO queued_job_stats (minute, processor_id) VALUES ('2001-01-01', 1)"""
_OLD_HOST_SUMS = """
INSERT INTO queued_job_host_stats (minute, host, processor_id)
VALUES ('2001-01-01', 'a.example', 1)"""
HELD = "host9.example.com"
_SET_VERSION = "UPDATE queued_job_meta SET value = %s WHERE name = 'schema_version'"
_ANCESTORS_ROW = """
INSERT INTO queued_job_log (job_id, msg) VALUES (1, '[JOBID 1] Calling job')"""
_ANCESTORS_ROW_WAS = """
UPDATE queued_job_log SET created_at = '2001-01-01' WHERE id = %s"""
_HOLD_OF_BEFORE = """
INSERT INTO queued_job_hold (host, who, expires_at) VALUES (%s, %s, '2001-01-01')"""


def use_everything(store: Store) -> None:
    """Leaves a hundred or so jobs in other states than it found them."""
    enter(store)
    enter(store, OTHER, "web2:8")
    _hold(store)
    _belong(store)
    _act(store)
    _process(store)
    _act_in_bulk(store)
    _live(store)
    _look(store)
    _follow(store)
    _find_causes(store)
    _prune(store)
    store.processors.unregister(ME)


def _hold(store: Store) -> None:
    holds = store.holds
    for host in (HELD, "nobody.example.com"):
        holds.hold(host, ACTOR, "ticket 42")
    holds.hold(HELD, ACTOR, "ticket 43", 7_200)
    holds.hold(HOLD_ALL, ACTOR, "", 60)
    assert holds.effect_on(HELD).due > 10
    (tried,) = add(store, url=f"http://{HELD}/")
    holds.try_once(Seen(tried), ACTOR)
    (job,) = claim(store, tries={tried}, only_tries=True)
    assert store.claims.release(ME, [job.claim], "Job released: it is stopping") == 1
    assert holds.lift(HOLD_ALL, ACTOR)
    store.session.execute(_HOLD_OF_BEFORE, ("host8.example.com", ACTOR))
    assert holds.end_expired() == 1


def _act(store: Store) -> None:
    acts = store.actions
    (new, waiting, doomed) = add(store, 3)
    acts.edit(Seen(new), DRAFT, ACTOR)
    acts.edit(Seen(new), NewJob("get", DRAFT.url, delay_secs=60), ACTOR)
    acts.retry(Seen(waiting), ACTOR)
    add(store, body=b"x" * 600_000, delay_secs=600)
    acts.kill(Seen(doomed), ACTOR)
    acts.retry(Seen(doomed), ACTOR)
    succeeded = store.reads.jobs(JobFilter(JobState.SUCCEEDED), 1).jobs[0]
    acts.retry(Seen(succeeded.id), ACTOR)
    acts.edit(Seen(succeeded.id), DRAFT, ACTOR)
    acts.want(ME, Wanted.PAUSE, ACTOR)
    acts.want(None, Wanted.RUN, ACTOR)
    acts.want_as_seen(store.reads.processors()[0], Wanted.PAUSE, ACTOR)


def _act_in_bulk(store: Store) -> None:
    """A few batches of each verb, on jobs of every kind of row."""
    bulk, worker = store.bulk, "web1:7 1234"
    failed = store.reads.jobs(JobFilter(JobState.FAILED), 1).jobs[0]
    store.actions.set_aside(Seen(failed.id), ACTOR)
    _act_on_one_in_bulk(store, worker)
    edit = BulkEdit("job/", "task/")
    killed_cause = cause_key(HOST, f"http://{HOST}/", "killed", None, None, redact_text)
    asked = [
        BulkRequest(BulkVerb.RETRY, JobFilter(JobState.SUCCEEDED), per_second=9),
        BulkRequest(BulkVerb.RETRY, JobFilter(host=HOST), cause=killed_cause),
        BulkRequest(BulkVerb.KILL, JobFilter(host=OTHER_HOST)),
        BulkRequest(BulkVerb.SET_ASIDE, JobFilter(since_secs=1e9)),
        BulkRequest(BulkVerb.EDIT, JobFilter(text="job"), arguments=edit),
        BulkRequest(BulkVerb.RESUME, JobFilter(host=HOST, path="job")),
    ]
    asked += [
        replace(asked[0], wanted=JobFilter(state))
        for state in (JobState.FAILED, JobState.PENDING)
    ]
    bulk.count(BulkRequest(BulkVerb.SET_ASIDE, JobFilter(host="nobody.example.com")))
    ids = []
    for request in asked:
        count = bulk.count_on(bulk.freeze(request))
        ids.append(bulk.create(count.request, ACTOR, count.counted))
    for _ in asked:
        bulk.work_batch(worker)
    bulk.ls()
    bulk.running()
    for bulk_id in ids:
        bulk.stop(bulk_id, ACTOR)
    for _ in range(3):
        bulk.work_batch(worker)


def _act_on_one_in_bulk(store: Store, worker: str) -> None:
    """From its begin to its end, and back."""
    (new,) = add(store)
    store.actions.kill(Seen(new), ACTOR)
    one = BulkRequest(BulkVerb.RETRY, JobFilter(job_id=new), states=(JobState.KILLED,))
    bulk_id = store.bulk.create(one, ACTOR, 1)
    locked = '{"is_over": true, "locked": [1, 2]}'
    store.session.execute(_WITH_LOCKED, (locked, bulk_id))
    store.bulk.work_batch(worker)
    store.session.execute(_WITH_LOCKED, ("{}", bulk_id))
    store.bulk.work_batch(worker)
    store.bulk.pull_back(bulk_id, ACTOR)
    store.bulk.work_batch(worker)
    row = store.bulk.show(bulk_id)
    assert row is not None
    assert row.pulled_back == 1
    store.session.execute(_WITH_LOCKED, ("[]", bulk_id))
    store.bulk.work_batch(worker)


def _process(store: Store) -> None:
    assert store.claims.anything_due()
    soon = store.reads.now() + timedelta(seconds=1)
    assert store.claims.anything_due(soon)
    for size in (10_000, 100_000):  # more than is read at once
        add(store, body=b"x" * size, priority=-1)
    held = claim(store)
    held += claim(store)  # goes on where the last one found its first
    held += claim(store, due_by=soon)
    held += claim(store, room={HOST: 0, OTHER_HOST: 0})
    held += claim(store, room=_MOST_HOSTS)  # they crowd the head
    held += claim(store, room={HOST: 0}, default_room=20)
    claim(store, processor_id=OTHER)
    assert len(store.claims.held_by(ME, await_commits=True)) == len(held) > 200
    _update_one_of_two(store, held)
    _end(store, held)


def _update_one_of_two(store: Store, held: list[ClaimedJob]) -> None:
    """One of two is not as it was read."""
    update = RowUpdate(
        "looked at",
        "UPDATE queued_job {use_primary} SET rescues = rescues WHERE claimed_by = %s",
        (ME,),
        after="claimed_by = %s",
        after_params=(ME,),
    )
    pairs = [(held[0].id, held[0].attempt), (held[1].id, 99)]
    assert StuckRows(store.session).run_update(update, pairs) == {held[0].id}


def _end(store: Store, held: list[ClaimedJob]) -> None:
    for job in held[:4]:
        store.actions.kill(Seen(job.id), ACTOR)
    store.processors.control(ME)
    kinds = [ResultCode.SUCCEEDED, ResultCode.TEMPORARY, ResultCode.PERMANENT]
    ended = [outcome(job, kinds[n % 3]) for n, job in enumerate(held[2:102])]
    ended[0] = ended[0]._replace(url="http://other.example/", headers="{}")
    store.outcomes.record(ME, ended)
    store.outcomes.record(ME, ended[:10])  # lost by now
    _sum(store)
    back = [job.claim for job in (*held[:2], *held[102:])]
    assert store.claims.release(ME, back, "Job released: it is stopping") == len(back)


def _sum(store: Store) -> None:
    sums = Sums(succeeded=34, failed=33, retried=33)
    hosts = [HostSums(host, sums, (1,) * 7) for host in (HOST, OTHER_HOST)]
    store.session.execute(_OLD_SUMS)
    store.session.execute(_OLD_HOST_SUMS)
    assert (store.stats.prune_minutes(), store.host_stats.prune_hosts()) == (1, 1)
    store.stats.add(ME, sums)
    store.host_stats.add_hosts(ME, hosts)


def _belong(store: Store) -> None:
    """Where the database is at home, and who else works on it."""
    (version,) = store.session.rows(VERSION_OF)
    store.session.execute(_SET_VERSION, ("999999",))
    with suppress(SchemaMismatch):
        store.require_schema()
        raise AssertionError("no schema of ours has this version")
    store.session.execute(_SET_VERSION, (as_text(version["value"]),))
    assert not store.ancestor.is_at_work()
    called = store.session.insert(_ANCESTORS_ROW)
    store.session.execute(_ANCESTORS_ROW_WAS, (called,))
    store.ancestor.is_at_work()
    store.ancestor._has_called([1, 2])
    locks = store.claims.ancestor_locks
    (first,) = add(store)
    locks.lockable([{"id": first}])
    locks._session.rows(f"{_STILL_DUE}{in_list([first])}", (first,))
    locks.keep({first})
    locks.keep(set())
    locks.keep(set())
    state = store.home.state()
    store.home.learn(state.uuid, facts_of(state.location))
    store.home.hold_copy("this is a copy")
    assert store.home.lift_copy_hold()
    assert store.home.adopt(store.home.state(), ACTOR)


def _live(store: Store) -> None:
    for processor_id in (ME, OTHER):  # what came before may have taken long
        store.processors.beat(processor_id, 3, ProcessorState.RUNNING)
    assert store.rescuer.rescue("web1:7", _DEAD_AFTER_SECS) == []
    (killed, *_), (thrice, *_), *_ = store.claims.held_by(OTHER, await_commits=True)
    store.actions.kill(Seen(killed), ACTOR)
    store.session.execute(_RESCUED_BEFORE, (thrice,))
    store.session.execute(_GONE, (OTHER,))
    store.session.execute(_LOST_BEFORE, (OTHER + 1,))
    assert len(store.rescuer.rescue("web1:7", _DEAD_AFTER_SECS)) == 50
    assert [one.rescued for one in store.reads.lost_processors()] == [50]
    enter(store, OTHER, "web2:8")
    claim(store, processor_id=OTHER)
    assert len(store.rescuer.rescue_processor(OTHER, "web1:7")) == 50


def _look(store: Store) -> None:
    reads = store.reads
    reads.counts()
    _look_at_health(store)
    reading = store.hosts.worst_first()
    assert {HOST, HELD} < {row.host for row in reading.rows}
    assert store.hosts.details(HOST).failed
    reads.processors()
    reads.holds()
    reads.minutes_of_each(5)
    reads.first_log_id(reads.now())
    reads.job_places([1, 2, 999_999_999])
    reads.jobs_of_processor(ME, 50)
    (*_, oldest) = store.activity.newest(3)
    store.activity.newest(3, ACTOR, oldest.id)
    store.activity.since(reads.now() - timedelta(hours=1))
    assert ACTOR in store.activity.people()
    reads.minutes(60)
    reads.database_uuid()
    reads.ids_since(reads.now() - timedelta(hours=1))
    for wanted in all_filters():
        after = None
        for limit in (200, 200, 50):
            page = reads.jobs(wanted, limit, after)
            after = page.next
            if after is None:
                break
    (job,) = reads.jobs(JobFilter(job_id=1)).jobs
    assert reads.hosts_beginning("host1") != []
    assert reads.jobs_with_ids([job.id, 2]) != ()
    reads.job(job.id)
    reads.job_log(job.id)


def _look_at_health(store: Store) -> None:
    """With holds of one host, of all but one, and of everything."""
    backlog = StoreBacklog(store.session)
    assert store.health.verdict()
    store.health.every_hold()
    assert store.health.reading().oldest_due
    held = {f"host{number}.example.com" for number in range(HOSTS)} - {HOST}
    oldest = backlog.oldest_due(held, front_rows=1)
    assert oldest is not None
    assert oldest.host not in held
    backlog.held_jobs([Hold(host, "", "", None) for host in (HOST, HOLD_ALL)])
    for name in ("due", "waiting", "succeeded"):
        store.reads.far_count(name)


def all_filters() -> list[JobFilter]:
    states = (None, *JobState)
    hosts = (None, HOST, "nobody.example.com")
    texts = (None, "job/77", "nothing like it")
    return [
        *(
            JobFilter(state, host, organization_id, text)
            for state, host, text, organization_id in product(
                states, hosts, texts, (None, 7)
            )
        ),
        *(replace(each, state=state) for state in states for each in _terms()),
    ]


def _terms() -> Iterator[JobFilter]:
    """What no key finds, or another key than the list's."""
    now = datetime.now(UTC)
    yield JobFilter(bulk_id=3)
    yield JobFilter(bulk_id=3, max_id=1_000)
    yield JobFilter(path="/77", last_status_code=500, error="http")
    yield JobFilter(status_class=4)
    yield JobFilter(older_secs=3_600)
    yield JobFilter(since_secs=3_600)
    yield JobFilter(host=HOST, older_secs=60, since_secs=7_200)
    yield JobFilter(host=HOST, older_secs=60).frozen(now, 10**9)
    yield JobFilter().frozen(now, 10**9)
    yield JobFilter(body="nothing like it")
    yield JobFilter(host=HOST, answer="ok")


def _follow(store: Store) -> None:
    job_id = store.reads.jobs(JobFilter(JobState.SUCCEEDED), 1).jobs[0].id
    for tail in (LogTail(), LogTail(job_id)):
        tail.start(store.reads)
        add(store, 3)
        tail.poll(store.reads)


class _Nowhere:
    """What is written to it is gone."""

    def write_rows(self, table: str, rows: object) -> None: ...

    def sync(self) -> None: ...


def _prune(store: Store) -> None:
    """As an operator with an export, then as a processor twice, then nothing is old."""
    for bulk in store.bulk.ls():
        store.session.execute(_BULK_IS_OVER, (bulk.id,))
    (long,) = add(store, body=b"x" * 600_000)
    store.session.execute(_ENDED_LONG_AGO, (long,))
    store.session.execute(_BULK_LONG_AGO, (store.bulk.ls()[0].id,))
    soon = store.reads.now() + timedelta(hours=1)
    cuts = tuple(PruneCut(kind, soon) for kind in PruneKind)
    counting = store.retention.count_old(cuts)
    for _ in range(3):
        next(counting)
    assert store.retention.endless_jobs(PruneKind.FAILED, 10) == 0
    for kind in PruneKind:
        run = store.retention.run((PruneCut(kind, soon),), ACTOR)
        while not run.is_over and run.deleted[kind] < 300:
            assert run.prune_batch(_Nowhere()) is None
        assert run.deleted[kind] > 0, kind
    ages = Retention(succeeded=0, log=0)
    for _ in range(3):
        store.retention.work("web1:7 1234", ACTOR, ages)
    store.retention.leave("web1:7 1234")
    ended = store.retention.work("web1:7 1234", ACTOR, Retention(stats=9e9))
    assert ended.finished is not None
    assert store.reads.table_sizes()


def _find_causes(store: Store) -> None:
    follower = CausesFollower()
    for _ in range(3):
        while follower.step(store.causes):
            pass
    reading = store.causes.newest(3_000)
    assert reading.jobs == 3_000 and reading.is_cut
    for cause in reading.causes[:3]:
        assert store.causes.samples(cause.key, cause.samples)
        assert store.causes.context(cause.key.host, cause.since).pending
