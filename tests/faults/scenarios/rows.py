"""Hostile rows and hostile handlers, all at once, through the whole processor, on every
store: each comes to its own end, and harms nobody else.
"""

import os
import resource
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sq_console.config import DbSettings
from sq_console.model import Job, JobState
from sq_console.store import open_store
from sq_console.store.base import Store
from tests.binaries import NoServer, find_binary
from tests.faults.figures import Figures
from tests.faults.hostile import ANSWERS, COLUMNS, URLS, Case
from tests.faults.stage import Stage, stage_on
from tests.handler import HandlerServer
from tests.processor.running import Told, processing
from tests.servers import Server
from tests.waiting import eventually
from tests.wires import bomb

_DEFAULTS = {"http_method": "post", "body": "body"}
_RACE = frozenset({"connection reset", "connection closed"})
"""Some handlers here close a connection they seemed to keep alive. Who sends on it at
that moment is not heard: a temporary failure, as it should be.
"""
_UNFINISHED = "SELECT COUNT(*) AS n FROM queued_job WHERE claimed_by IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Dose:
    """Each case so many times."""

    times: int = 3
    slots: int = 50
    rest_secs: float = 60.0


FULL = Dose()
SHORT = Dose(times=1)


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """On the stage's database, on SQLite, and on the other product if there is one."""
    figures = Figures()
    _tell(figures, stage.db, stage.server.product, dose)
    sqlite = DbSettings(engine="sqlite", path=str(stage.folder / "queue.sqlite"))
    store = open_store(sqlite, create=True)
    store.admin.create_schema()
    store.close()
    _tell(figures, sqlite, "sqlite", dose)
    other = "mysql" if stage.server.product == "mariadb" else "mariadb"
    try:
        server = Server(find_binary(other, os.environ))
    except NoServer:
        figures.told(other, "not on this machine")
        return figures
    try:
        with stage_on(server) as second:
            _tell(figures, second.db, other, dose)
    finally:
        server.close()
    return figures


def _tell(figures: Figures, db: DbSettings, engine: str, dose: Dose) -> None:
    for found in run_cases(db, engine, dose).all:
        figures.all.append(replace(found, name=f"{engine}: {found.name}"))


def run_cases(db: DbSettings, engine: str, dose: Dose) -> Figures:
    """All cases *engine* can hold, in one queue."""
    figures = Figures()
    cases = [
        case
        for case in (*URLS, *ANSWERS, *COLUMNS)
        if engine in case.engines
        for _ in range(dose.times if "id" not in case.columns else 1)
    ]
    store = open_store(db)
    told = Told()
    for times in (1, 2):
        bomb(times)  # takes a second to make, in which the handler would stand still
    with HandlerServer() as handler:
        names = {"base": handler.url(""), "port": handler.port, "db_port": db.port}
        ids = [_insert(store, case, names) for case in cases]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.monotonic()
        with processing(
            db, concurrency=dose.slots, per_host=dose.slots, told=told
        ) as thread:
            _all_at_rest(store, dict(zip(ids, cases, strict=True)), dose)
            (last,) = [_insert(store, Case("after all", {"url": "{base}/ok"}), names)]
            eventually(lambda: store.reads.job(last).state == "succeeded", 10, 0.05)
            assert thread.status().trouble is None
        figures.told("cases", len(cases))
        figures.told("took (s)", time.monotonic() - began)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        figures.at_most("peak memory grew per case (MB)", grown / 1e3 / len(cases), 5)
        wrong = list(_wrong(store, ids, cases, handler))
        figures.none_of("not as they should be", wrong)
        figures.none_of("late", _late(store, ids))
    store.close()
    return figures


def _insert(store: Store, case: Case, names: dict[str, object]) -> int:
    """As somebody would who knows nothing of strictness."""
    if store.reads.server().startswith("M"):
        store.session.run("SET SESSION sql_mode = ''")
    columns = {
        column: value.format_map(names)
        if isinstance(value, str) and column == "url"
        else value
        for column, value in {**_DEFAULTS, **case.columns}.items()
    }
    placeholders = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO queued_job ({', '.join(columns)}) VALUES ({placeholders})"
    new_id = store.session.insert(statement, list(columns.values()))
    return int(str(case.columns.get("id", new_id)))


def _all_at_rest(store: Store, cases: dict[int, Case], dose: Dose) -> None:
    """Until everything has come to its end, as far as it ever will."""

    def is_over() -> bool:
        if store.session.rows(_UNFINISHED)[0]["n"]:
            return False
        counts = store.reads.counts()
        return counts.due == 0 and counts.running == 0

    try:
        eventually(is_over, dose.rest_secs, 0.1)
    except AssertionError:
        return  # each that is not will be told


def _wrong(
    store: Store, ids: list[int], cases: list[Case], handler: HandlerServer
) -> Iterator[str]:
    for job_id, case in zip(ids, cases, strict=True):
        job = store.reads.job(job_id)
        calls = handler.calls[job_id]
        found = (job.state.value, calls)
        if calls < case.calls and job.last_error in _RACE and job.result_code == 2:
            continue
        if found != (case.state, case.calls) or not _is(job, case.error):
            yield f"{case.name}: {found}, {job.last_error}"
        log = [entry.msg for entry in store.reads.job_log(job_id)]
        if case.never_logged and any(case.never_logged in msg for msg in log):
            yield f"{case.name}: {log}"
        if calls and job.state is not JobState.PENDING and not log:
            yield f"{case.name}: no log"


def _is(job: Job, error: str | None) -> bool:
    return error is None or job.last_error == error


def _late(store: Store, ids: Iterable[int]) -> Iterator[str]:
    """Every call is over half a second after its deadline."""
    for job_id in ids:
        job = store.reads.job(job_id)
        for entry in store.reads.job_log(job_id):
            most_ms = 1000 * max(1, job.timeout_secs) + 500
            if (entry.duration_ms or 0) > most_ms:
                yield f"{job.url[:50]}: {entry.duration_ms} ms"
