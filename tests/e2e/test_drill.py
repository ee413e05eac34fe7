"""The drill: fifteen things that an operator does at three in the morning, by keyboard
alone at 80x24, on the demo's incident, with the presses that each takes.

Typed text (a filter, a reason, a number) is not counted; enter is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.demo.incident_jobs import ORDER
from sq_console.model import (
    BulkRequest,
    BulkRow,
    BulkState,
    BulkVerb,
    JobFilter,
    JobState,
)
from sq_console.store import Store, open_store
from tests.conftest import SCHEMA
from tests.e2e.conftest import write_ini
from tests.e2e.drill import (
    CRM,
    LIVING,
    PAUSED,
    SHOP,
    Operator,
    furnish,
    operator,
)
from tests.e2e.screen import ENTER, ESC, F2
from tests.servers import Server
from tests.store.every_row import rows_of
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

KEYS = {
    "1 healthy? since when not": 0,
    "2 newest cause, and how many": 0,
    "3 one failing job": 2,
    "4 hold the broken host": 2,
    "5 fix the path of three thousand": 5,
    "6 retry five thousand gently": 4,
    "7 kill 200 of one organisation": 7,
    "8 a body that mentions order 88231": 4,
    "9 who processes, who has this job": 1,
    "10 what did my colleague do": 1,
    "11 copy a job as curl": 3,
    "12 the log of one host": 2,
    "13 stop a bulk action": 3,
    "14 hand over": 1,
    "15 over a slow line": 1,
}
"""What is done, and the presses it takes at most."""
ALL_KEYS, EMERGENCY_KEYS = 70, 25
SCREEN_BYTES = 6_000
"""A change of the screen takes fewer."""
ENGINES = ["sqlite", "mariadb"]


@contextmanager
def incident(
    engine: str, folder: Path, request: pytest.FixtureRequest
) -> Iterator[DbSettings]:
    """The incident in a database, and a db.ini of it in *folder*."""
    if engine == "sqlite":
        db = DbSettings(engine="sqlite", path=str(folder / "prod.sqlite"))
        (folder / "db.ini").write_text("[db]\nengine = sqlite\npath = prod.sqlite\n")
        _furnish(open_store(db, create=True))
        yield db
        return
    server: Server = request.getfixturevalue(engine)
    db = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    write_ini(folder, db)
    _furnish(open_store(db))
    yield db
    server.drop_database(db.db)


def _furnish(store: Store) -> None:
    store.admin.create_schema()
    furnish(store)
    store.close()


@pytest.fixture(params=ENGINES)
def me(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Operator]:
    """The one on duty, at a console that has just been opened."""
    with (
        incident(request.param, tmp_path, request) as db,
        operator(db, tmp_path) as made,
    ):
        yield made


@pytest.fixture(scope="module", params=ENGINES)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[DbSettings, Path]]:
    """The incident that those share who only look."""
    folder = tmp_path_factory.mktemp("drill")
    with incident(request.param, folder, request) as db:
        yield db, folder


@pytest.fixture
def looking(place: tuple[DbSettings, Path]) -> Iterator[Operator]:
    """The one on duty, who changes nothing."""
    with operator(*place) as made:
        yield made


def took(me: Operator, task: str) -> None:
    assert me.keys <= KEYS[task], f"{task}: {me.pressed}"


def test_all_of_it_takes_few_presses() -> None:
    table = "\n".join(f"{task:40}{keys:>3}" for task, keys in KEYS.items())

    print(table)
    assert len(KEYS) == 15
    assert sum(KEYS.values()) <= ALL_KEYS, table


def test_whether_it_is_healthy_and_since_when_not(looking: Operator) -> None:
    verdict = looking.screen.lines[1]

    assert "FAILING since " in verdict
    assert "% of calls in the last 5 min" in verdict
    assert "2 causes go on" in verdict
    took(looking, "1 healthy? since when not")


def test_the_newest_cause_and_how_many_jobs_it_has(looking: Operator) -> None:
    newest = looking.line_of("> ")

    assert "shop.localhost" in newest
    assert "404 no route for /v#/order" in newest
    since, _, jobs = newest.split()[1:4]
    assert since.count(":") == 1
    assert int(jobs.replace(",", "")) > 2_000
    took(looking, "2 newest cause, and how many")


def test_one_failing_job_with_its_answer(looking: Operator) -> None:
    looking.press_for(ENTER, "[ ] pages")
    looking.sees("no route for /v1/orders/notify")
    looking.press_for(ENTER, "LAST ANSWER")

    assert "404" in looking.screen.text
    took(looking, "3 one failing job")


def test_the_broken_host_is_held_with_a_reason(me: Operator) -> None:
    me.dialog("H", f"Hold {SHOP}?")
    me.type("deploy 117 is bad")
    me.press(ENTER)

    eventually(lambda: SHOP in {hold.host for hold in me.store.reads.holds()}, 40)
    (hold,) = [it for it in me.store.reads.holds() if it.host == SHOP]
    assert hold.why == "deploy 117 is bad"
    took(me, "4 hold the broken host")


def test_who_processes_and_who_has_this_job(looking: Operator) -> None:
    looking.press_for("w", "Processors 2 alive, 1 paused, 1 lost")

    for words in (LIVING, PAUSED, "paused", "web3:2270", "lost", "4 jobs rescued"):
        assert words in looking.screen.text
    looking.sees("/events/77")
    took(looking, "9 who processes, who has this job")


def test_what_a_colleague_did(looking: Operator) -> None:
    looking.press_for("a", "Activity of 2 people")

    assert CRM in looking.line_of("anna@ops1")
    assert "ticket 42" in looking.line_of("anna@ops1")
    assert "120" in looking.line_of("ben@ops2")
    took(looking, "10 what did my colleague do")


def test_a_job_is_copied_as_curl(looking: Operator) -> None:
    looking.press_for(ENTER, "[ ] pages")  # its jobs are read
    looking.press_for(ENTER, "LAST ANSWER")
    looking.press_for("Y", "as curl")

    took(looking, "11 copy a job as curl")


def test_two_hundred_jobs_of_one_organisation_are_killed(me: Operator) -> None:
    me.press("1")
    me.press("/")
    me.type("org:77 host:push.localhost:8480")
    me.press_for(ENTER, "1 Pending 200+ found")
    me.press_for("A", "230 marked")
    me.dialog("K", "Kill 230 jobs?")
    assert me.number_and_yes() == 230

    wanted = JobFilter(JobState.KILLED, host="push.localhost:8480")
    eventually(lambda: len(me.store.reads.jobs(wanted, 500).jobs) == 230, 40, 0.5)
    took(me, "7 kill 200 of one organisation")


def test_the_job_whose_body_mentions_an_order_is_found(looking: Operator) -> None:
    looking.press("/")
    looking.type(f"body:{ORDER.split()[-1]}")
    looking.press_for(ENTER, "3 Failed 1 found")
    looking.press("3")
    looking.press_for(ENTER, "LAST ANSWER")

    looking.sees("deadlock on invoice")
    assert "billing.localhost" in looking.screen.text
    took(looking, "8 a body that mentions order 88231")


def test_the_log_of_one_host_is_followed_and_has_no_other(looking: Operator) -> None:
    looking.press_for(ENTER, "[ ] pages")
    looking.press_for("l", f"4 Log  host:{SHOP}")
    before = looking.store.reads.last_log_id()
    eventually(lambda: looking.store.reads.last_log_id() > before + 8, 30, 0.5)

    lines = looking.screen.lines
    bar = next(n for n, line in enumerate(lines) if line.startswith(" 4 Log"))
    log = lines[bar + 1 :]
    rows = [line for line in log if line[3:11].count(":") == 2]
    assert len(rows) > 3
    assert all("shop" in row and "404" in row for row in rows)
    took(looking, "12 the log of one host")


def test_a_slow_line_is_not_filled(looking: Operator) -> None:
    """64 kbit/s carry 8 kB in a second."""
    a_cause, all_causes = "[ ] pages", "failed, or waiting for a retry"
    assert looking.bytes_for(ENTER, a_cause) < SCREEN_BYTES
    took(looking, "15 over a slow line")
    looking.sees("1-6 of")  # its jobs have been read
    there = ((ENTER, "LAST ANSWER"), (ESC, a_cause), ("?", "(esc closes)"))
    back = ((ESC, a_cause), (ESC, all_causes), ("h", "worst first"), (ESC, all_causes))
    for key, words in (*there, *back, ("3", "ENDED"), ("4", "following")):
        assert looking.bytes_for(key, words) < SCREEN_BYTES, (key, words)


def newest_bulk(me: Operator) -> BulkRow:
    (bulk,) = me.store.bulk.ls(1)
    return bulk


def has_bulk_in(me: Operator, state: BulkState) -> bool:
    return any(row.state is state for row in me.store.bulk.ls(1))


def test_the_path_of_thousands_is_changed_at_once(me: Operator) -> None:
    assert me.bytes_for("e", "Change urls and headers of all of them") < SCREEN_BYTES
    me.lets_dialog_listen()
    me.type("/v1/")
    me.press("\t")
    me.type("/v2/")
    me.dialog(ENTER, "Type ")
    assert "-> http://shop.localhost:8480/v2/orders/notify" in me.screen.text
    asked = me.number_and_yes()

    eventually(lambda: has_bulk_in(me, BulkState.DONE), 90, 0.5)
    bulk = newest_bulk(me)
    assert (bulk.counted, bulk.done + bulk.refused) == (asked, asked)
    new = rows_of(me.store, "queued_job", "url LIKE '%%/v2/%%'")
    assert len(new) == bulk.done > 2_000
    took(me, "5 fix the path of three thousand")


def test_thousands_are_retried_at_a_pace(me: Operator) -> None:
    me.press_for("3", "3 Failed")
    me.press_for("A", "1,000 marked")
    me.dialog("r", "Type ")
    assert "pace  10/s" in me.screen.text
    asked = me.number_and_yes()

    assert asked > 5_000
    eventually(lambda: has_bulk_in(me, BulkState.DONE), 120, 0.5)
    bulk = newest_bulk(me)
    assert (bulk.counted, bulk.done + bulk.refused) == (asked, asked)
    assert bulk.due_until is not None
    spread = (bulk.due_until - me.store.reads.now()).total_seconds()
    assert spread > asked / 10 * 0.7
    took(me, "6 retry five thousand gently")


def test_a_bulk_action_of_somebody_else_is_stopped(me: Operator) -> None:
    wanted = JobFilter(JobState.FAILED)
    count = me.store.bulk.count(BulkRequest(BulkVerb.RETRY, wanted, per_second=10.0))
    me.store.bulk.create(count.request, "ben@ops2", count.counted)
    me.press_for("b", "ben")
    me.dialog("S", "Stop bulk action 1")
    me.press("y")

    eventually(lambda: has_bulk_in(me, BulkState.STOPPED), 40, 0.2)
    eventually(lambda: newest_bulk(me).not_begun is not None, 40, 0.2)
    bulk = newest_bulk(me)
    assert bulk.done + bulk.refused + (bulk.not_begun or 0) == bulk.counted
    assert bulk.not_begun
    took(me, "13 stop a bulk action")


def test_the_night_is_handed_over(looking: Operator) -> None:
    looking.press_for("Y", "Handover")
    looking.sees("LOST")

    looking.sees("of the last")
    assert "FAILING since" in looking.screen.text
    took(looking, "14 hand over")


def test_the_emergency_path_takes_few_presses(me: Operator) -> None:
    """The newest cause is found, its host held, one job inspected and edited, the
    others retried at a pace, the hold lifted.
    """
    me.press_for(ENTER, "[ ] pages")
    me.dialog("H", f"Hold {SHOP}?")
    me.type("deploy 117 is bad")
    me.press(ENTER)
    eventually(lambda: SHOP in {hold.host for hold in me.store.reads.holds()}, 40, 0.2)

    me.press_for(ENTER, "LAST ANSWER")
    me.press_for("e", "saving makes a new job")
    me.press("\t", "\x05", "\x15")
    me.type("http://shop.localhost:8480/v2/orders/notify")
    me.press(F2)
    me.hides("saving makes a new job")
    v2 = "url LIKE '%%/v2/%%'"
    eventually(lambda: len(rows_of(me.store, "queued_job", v2)) == 1, 40, 0.2)

    me.back_to("Each counts first")
    me.dialog("r", "Type ")
    me.number_and_yes()
    eventually(lambda: has_bulk_in(me, BulkState.DONE), 90, 0.5)

    me.dialog("H", "Lift")
    me.press(ENTER)
    eventually(
        lambda: SHOP not in {hold.host for hold in me.store.reads.holds()}, 40, 0.2
    )
    print(f"the emergency path: {me.keys} presses")
    assert me.keys <= EMERGENCY_KEYS, me.pressed
