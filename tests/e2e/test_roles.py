"""Users with exactly the README's GRANTs do all that their role does, on a real server:
processes, verbs and keys. What is not theirs is refused in one line with the GRANT.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sq_console.cli import console as program
from sq_console.cli import main
from sq_console.config import DbSettings
from sq_console.model import BulkRequest, BulkVerb, JobFilter, JobState, Role, Seen
from sq_console.store import Store, open_store
from tests.cli.run_program import Done, running
from tests.conftest import SCHEMA
from tests.e2e.screen import console
from tests.handler import HandlerServer
from tests.readme_grants import drop_users, make_users
from tests.servers import Server, ini_section
from tests.store.jobs import ACTOR, OTHER, add, claim, enter
from tests.waiting import eventually

pytestmark = pytest.mark.slow

_DENIED = re.compile("denied|GRANT", re.IGNORECASE)
_GONE = "UPDATE queued_job_processor SET heartbeat_at = '2001-01-01' WHERE id = %s"
HOST = "h.example.com"
OPERATED = [
    "adopt --yes",  # no processor has written its home yet
    "ls",
    f"enqueue post http://{HOST}/new --delay 3600",
    "show 1",
    "retry 1",
    "kill 2",
    "edit 3 --url http://h.example.com/edited",
    "edit 1 --url http://h.example.com/edited",
    "set-aside 4",
    "kill --filter state:pending --all --yes",
    "bulk ls",
    "bulk show 1",
    "bulk stop 1",
    "bulk pull-back 1",
    "tail --since 2h",
    "stats",
    "stats --since 2h",
    "snapshot",
    f"hold {HOST} --why x",
    f"hold {HOST} --why y --for 1h",
    f"resume --host {HOST}",
    "hold --all --why x",
    "resume --all-holds",
    "activity",
    "processors",
    "pause",
    "resume",
    "drain",
    "check --as operator",
]
READ = [
    *("ls", "show 1", "tail --since 2h", "stats", "stats --since 2h", "snapshot"),
    *("bulk ls", "activity", "processors", "hold", "check --as reader"),
]
WRITES = [
    "kill 2",
    "set-aside 4",
    f"hold {HOST} --why x",
    "enqueue get http://h/",
    "pause",
]
OTHERWISE = {
    "check": "of each role",
    "complete-words": "needs no more than ls",
    "completion": "no database",
    "console": "the console",
    "dashboards": "no database",
    "demo": "its own database",
    "init": "needs CREATE, as the README says",
    "man": "no database",
    "migrate": "needs ALTER, as the README says",
    "prune": "of the pruner",
    "unit": "no database",
}


@dataclass(frozen=True)
class Queue:
    """A database, its users, and a folder with an ini of each."""

    folder: Path
    store: Store
    users: dict[Role, DbSettings]
    capsys: pytest.CaptureFixture[str]

    def run(self, role: Role, *arguments: str) -> Done:
        """Run a verb in this process, as this user."""
        self.capsys.readouterr()
        ini = str(self.folder / f"{role}.ini")
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as left:
            patch.setenv("SQ_CONFIG", ini)
            main(arguments)
        assert isinstance(left.value.code, int)
        return Done(left.value.code, *self.capsys.readouterr())


@pytest.fixture(params=["mariadb", "mysql"])
def granted(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Queue]:
    server: Server = request.getfixturevalue(request.param)
    db: DbSettings = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    users = make_users(server, db)
    for role, user in users.items():
        (tmp_path / f"{role}.ini").write_text(ini_section(user))
        (tmp_path / f"{role}.ini").chmod(0o600)
    store = open_store(db)
    yield Queue(tmp_path, store, users, capsys)
    store.close()
    drop_users(server, db)
    server.drop_database(db.db)


@pytest.fixture
def handler() -> Iterator[HandlerServer]:
    with HandlerServer() as server:
        yield server


def furnish(store: Store) -> None:
    add(store, 5, url=f"http://{HOST}/", delay_secs=3_600)
    enter(store)
    for job_id in (1, 4):
        store.session.execute(
            "UPDATE queued_job SET result_code = 1, remaining_retries = 0,"
            " attempts = 1 WHERE id = %s",
            (job_id,),
        )


def test_every_verb_is_an_operators_or_somebody_elses() -> None:
    operated = {line.split()[0] for line in OPERATED}

    assert set(program.commands) <= operated | set(OTHERWISE)


def test_a_producer_inserts(granted: Queue) -> None:
    # An application has a driver of its own: no schema is asked for.
    store = open_store(granted.users[Role.PRODUCER], any_schema=True)
    store.session.execute(
        "INSERT INTO queued_job (http_method, url, body, timeout_secs, run_at,"
        " priority, remaining_retries, retry_delay_secs, headers, organization_id)"
        " VALUES"
        " ('post', 'http://h/', 'x', 9, NOW(), 1, 2, 3, NULL, 4)"
    )
    store.close()

    assert granted.store.reads.counts().due == 1
    checked = granted.run(Role.PRODUCER, "check", "--as", "producer")
    assert (checked.code, "!!" in checked.out) == (0, False), checked.out


def test_a_processor_calls_rescues_kills_and_works_on_bulk_actions(
    granted: Queue, handler: HandlerServer
) -> None:
    store = granted.store
    lost = add(store, url=handler.url("/ok"))
    enter(store, OTHER, "web2:8")
    claim(store, processor_id=OTHER)
    store.session.execute(_GONE, (OTHER,))
    good = add(store, 3, url=handler.url("/ok"))
    bad = add(store, 2, url=handler.url("/status/404"))
    (endless,) = add(store, url=handler.url("/held"))

    def state(job_id: int) -> JobState:
        return store.reads.job(job_id).state

    with running(
        "processor.ini", "--no-ui", "--log-format", "json", cwd=granted.folder
    ) as process:
        eventually(lambda: all(state(job) is JobState.FAILED for job in bad), 60)
        eventually(lambda: state(endless) is JobState.RUNNING, 60)
        store.actions.kill(Seen(endless), ACTOR)
        asked = BulkRequest(BulkVerb.RETRY, JobFilter(JobState.FAILED))
        count = store.bulk.count_on(store.bulk.freeze(asked))
        bulk = store.bulk.create(count.request, ACTOR, count.counted)
        eventually(lambda: state(endless) is JobState.KILLED, 60)
        eventually(lambda: all(state(job) is JobState.SUCCEEDED for job in lost), 90)
        eventually(lambda: all(handler.calls[job] == 2 for job in bad), 60)
        eventually(lambda: store.reads.minutes(5) != [], 60)
        process.popen.terminate()
        assert process.wait() == 0

    row = store.bulk.show(bulk)
    assert row is not None and row.done == 2
    assert all(state(job) is JobState.SUCCEEDED for job in good)
    assert [one.rescued for one in store.reads.lost_processors()] == [1]
    assert not _DENIED.search(process.err), process.err
    checked = granted.run(Role.PROCESSOR, "check")
    assert (checked.code, "!!" in checked.out) == (0, False), checked.out


def test_an_operator_uses_every_verb(granted: Queue) -> None:
    furnish(granted.store)

    for line in OPERATED:
        done = granted.run(Role.OPERATOR, *line.split())
        assert not _DENIED.search(done.out + done.err), (line, done)
        assert done.code in (0, 1), (line, done)


def test_an_operator_has_a_console_that_acts_and_does_not_process(
    granted: Queue,
) -> None:
    furnish(granted.store)
    with console("operator.ini", cwd=granted.folder, columns=120, lines=40) as screen:
        screen.shows("WATCHING")
        screen.press("3")
        screen.shows(HOST)
        screen.press("x")
        screen.shows("set aside")
        assert not _DENIED.search(screen.text)
        screen.press("q")
        assert screen.terminal.wait() == 0


def test_a_reader_looks_quietly_and_is_refused_in_one_line(granted: Queue) -> None:
    furnish(granted.store)
    for line in READ:
        done = granted.run(Role.READER, *line.split())
        assert not _DENIED.search(done.out + done.err), (line, done)
        assert done.code == 0, (line, done)
    for line in WRITES:
        done = granted.run(Role.READER, *line.split())
        assert done.code == 1, (line, done)
        assert "ask for GRANT" in done.out + done.err, (line, done)
        assert len((done.out + done.err).splitlines()) == 1, (line, done)


def test_a_pruner_prunes(granted: Queue) -> None:
    furnish(granted.store)
    with (granted.folder / "pruner.ini").open("a") as ini:
        ini.write("[retention]\nfailed = 1d\nlog = 1d\nactivity = 1d\nstats = 400d\n")
    granted.store.session.execute(
        "UPDATE queued_job SET created_at = '2001-01-01', run_at = '2001-01-01',"
        " last_finished_at = '2001-01-01' WHERE id = 1"
    )
    granted.store.session.execute("UPDATE queued_job_log SET created_at = '2001-01-01'")

    done = granted.run(Role.PRUNER, "prune")

    assert (done.code, bool(_DENIED.search(done.out + done.err))) == (0, False), done
    assert granted.store.reads.jobs_with_ids([1]) == ()
    checked = granted.run(Role.PRUNER, "check", "--as", "pruner")
    assert (checked.code, "!!" in checked.out) == (0, False), checked.out
