"""Hostile rows and answers, each through a whole processor, on every store.

Each job comes to its own end, and harms no other. First one by one, so that the time
and memory of each are seen, then all at once.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sq_console.config import DbSettings
from sq_console.errors import StoreError
from sq_console.model import Job, JobState
from sq_console.rules.contract import effective_timeout
from sq_console.store import Store, open_store
from tests.binaries import NoServer, find_binary
from tests.faults.figures import Figures
from tests.faults.hostile_responses import ANSWERS
from tests.faults.hostile_rows import COLUMNS, OK, URLS, Case
from tests.faults.observations import PeakMemory, TimedEvents
from tests.faults.scenario_setup import ScenarioSetup, setup_on
from tests.handler import HandlerServer
from tests.processor.run_processor import processing
from tests.raw_responses import bomb
from tests.servers import Server
from tests.waiting import eventually

_DEFAULTS = {"http_method": "post", "body": "body"}
_RACE = frozenset({"connection reset", "connection closed"})
"""Some handlers here close a connection they seemed to keep alive. A request sent on it
at that moment is lost: a temporary failure, as it should be.
"""
_UNFINISHED = "SELECT COUNT(*) AS n FROM queued_job WHERE claimed_by IS NOT NULL"
_LATE_SECS = 0.5
_MOST_MB = 5
_MOST_TOGETHER_MB = 40
"""Less than one bomb would take."""


@dataclass(frozen=True, slots=True)
class Dose:
    """Each case so many times, at once; then each alone."""

    times: int = 3
    alone: bool = True
    slots: int = 50
    rest_secs: float = 60.0


FULL = Dose()
SHORT = Dose(times=1, alone=False)


@dataclass(frozen=True, slots=True)
class DatabaseVariant:
    """A database into which the rows are put, and how."""

    db: DbSettings
    engine: str
    charset: str = "utf8mb4"
    strict: bool = False
    """The producer's connection refuses what does not fit."""

    @property
    def name(self) -> str:
        if self.engine == "sqlite":
            return self.engine
        return f"{self.engine} {self.charset}{' strict' if self.strict else ''}"

    def can_hold(self, case: Case) -> bool:
        narrow = self.charset == "latin1"
        return self.engine in case.engines and not (narrow and case.needs_unicode)


_VARIANTS = (
    ("utf8mb4", False),
    ("utf8mb4", True),
    ("utf8mb3", False),
    ("latin1", False),
)


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """On SQLite, on the server of *setup*, and on the other product if there is one."""
    figures = Figures()
    sqlite = DbSettings(engine="sqlite", path=str(setup.folder / "queue.sqlite"))
    store = open_store(sqlite, create=True)
    store.admin.create_schema()
    store.close()
    _add_figures(figures, DatabaseVariant(sqlite, "sqlite"), dose)
    _run_on(figures, setup.server, dose)
    other = "mysql" if setup.server.product == "mariadb" else "mariadb"
    try:
        server = Server(find_binary(other, os.environ))
    except NoServer:
        figures.info(other, "not on this machine")
        return figures
    try:
        _run_on(figures, server, dose)
    finally:
        server.close()
    return figures


def _run_on(figures: Figures, server: Server, dose: Dose) -> None:
    for charset, strict in _VARIANTS:
        with setup_on(server) as setup:
            for table in ("queued_job", "queued_job_log"):
                convert = f"ALTER TABLE {table} CONVERT TO CHARACTER SET {charset}"
                server.command(convert, setup.db.db)
            is_plain = charset == "utf8mb4" and not strict
            variant = DatabaseVariant(setup.db, server.product, charset, strict)
            _add_figures(
                figures, variant, dose if is_plain else replace(dose, alone=False)
            )


def _add_figures(figures: Figures, variant: DatabaseVariant, dose: Dose) -> None:
    found = run_cases(variant, dose)
    for figure in found.all:
        figures.all.append(replace(figure, name=f"{variant.name}: {figure.name}"))
    figures.notes += [f"{variant.name}: {note}" for note in found.notes]


def run_cases(variant: DatabaseVariant, dose: Dose) -> Figures:
    """All cases that *variant* can hold."""
    figures = Figures()
    cases = [case for case in (*URLS, *ANSWERS, *COLUMNS) if variant.can_hold(case)]
    for times in (1, 2):
        bomb(times)  # takes a second to make, in which the handler would stand still
    store = open_store(variant.db)
    with HandlerServer() as handler:
        if dose.alone:
            _one_by_one(figures, CaseRunner(store, variant, handler, dose), cases)
        _all_at_once(figures, CaseRunner(store, variant, handler, dose), cases)
    store.close()
    return figures


@dataclass
class CaseRunner:
    """Inserts cases as jobs, and waits for their ends."""

    store: Store
    variant: DatabaseVariant
    handler: HandlerServer
    dose: Dose

    def insert(self, case: Case) -> int | None:
        """The job's id; None when the database took no such row."""
        db, handler = self.variant.db, self.handler
        names = {"base": handler.url(""), "port": handler.port, "db_port": db.port}
        values = {
            column: value.format_map(names)
            if isinstance(value, str) and column == "url"
            else value
            for column, value in {**_DEFAULTS, **case.columns}.items()
        }
        if self.variant.engine != "sqlite":
            mode = "TRADITIONAL" if self.variant.strict else ""
            self.store.session.execute("SET SESSION sql_mode = %s", (mode,))
        marks = ", ".join(["%s"] * len(values))
        statement = f"INSERT INTO queued_job ({', '.join(values)}) VALUES ({marks})"
        try:
            new_id = self.store.session.insert(statement, list(values.values()))
        except StoreError:
            assert self.variant.strict, case.name
            return None
        return int(str(case.columns.get("id", new_id)))

    def wait_until_done(self, timeout_secs: float) -> None:
        """Until every job has come to its end, as far as it ever will."""

        def is_over() -> bool:
            if self.store.session.rows(_UNFINISHED)[0]["n"]:
                return False
            counts = self.store.reads.counts()
            return counts.due == 0 and counts.running == 0

        try:
            eventually(is_over, timeout_secs, 0.02)
        except AssertionError:
            return  # each that has not is reported as wrong


def _all_at_once(figures: Figures, runner: CaseRunner, cases: list[Case]) -> None:
    """In one queue, each several times; a sound job comes after all."""
    jobs: list[tuple[int, Case]] = []
    refused = 0
    for case in cases:
        for _ in range(runner.dose.times if "id" not in case.columns else 1):
            job_id = runner.insert(case)
            if job_id is None:
                refused += 1
            else:
                jobs.append((job_id, case))
    peak, slots = PeakMemory(), runner.dose.slots
    events = TimedEvents()
    with processing(
        runner.variant.db, concurrency=slots, per_host=slots, recorder=events
    ) as thread:
        runner.wait_until_done(runner.dose.rest_secs)
        last = runner.insert(Case("after all", {"url": OK}))
        assert last is not None
        eventually(lambda: runner.store.reads.job(last).state == "succeeded", 10, 0.05)
        assert thread.status().trouble is None
    figures.info("cases", len(jobs))
    if runner.variant.strict:
        figures.info("rows refused", refused)
    figures.at_most("peak memory, all at once (MB)", peak.grown_mb, _MOST_TOGETHER_MB)
    figures.none_of("not as they should be", _wrong_ends(runner, jobs))
    figures.none_of("late", _late(runner.store, [job_id for job_id, _ in jobs]))


def _one_by_one(figures: Figures, runner: CaseRunner, cases: list[Case]) -> None:
    """Each has the processor to itself."""
    jobs, late, grown = [], [], []
    with processing(runner.variant.db, recorder=(events := TimedEvents())):
        runner.insert(Case("warm", {"url": OK}))
        runner.wait_until_done(10)
        for case in cases:
            if "id" in case.columns:
                continue  # ids would go on from it
            peaks = []
            for _ in range(2):
                peak = PeakMemory()
                job_id = runner.insert(case)
                assert job_id is not None
                runner.wait_until_done(10)
                peaks.append(peak.grown_mb)
                late.append((_over(events, runner.store, job_id), case.name))
                jobs.append((job_id, case))
            # The first one of its size pays for what the process then keeps.
            grown.append((min(peaks), case.name))
    figures.info("cases, one by one, twice", len(jobs))
    for name, measured, most in (
        ("over its deadline (s)", late, _LATE_SECS),
        ("peak memory (MB)", grown, _MOST_MB),
    ):
        worst, whose = max(measured)
        figures.at_most(f"{name}, the worst", worst, most)
        figures.info(f"{name}, whose", whose[:40])
        figures.none_of(f"{name}, too much", [one for one in measured if one[0] > most])
    figures.none_of("one by one, not as they should be", _wrong_ends(runner, jobs))


def _over(events: TimedEvents, store: Store, job_id: int) -> float:
    job = store.reads.job(job_id)
    return events.longest_call(job_id) - effective_timeout(job.timeout_secs, 3_600)


def _wrong_ends(runner: CaseRunner, jobs: list[tuple[int, Case]]) -> Iterator[str]:
    for job_id, case in jobs:
        job = runner.store.reads.job(job_id)
        calls = runner.handler.calls[job_id]
        found = (job.state.value, calls)
        if calls < case.calls and job.last_error in _RACE and job.result_code == 2:
            continue
        if found != (case.state, case.calls) or not _is(job, case.error):
            yield f"{case.name}: {found}, {job.last_error}"
        yield from _wrongly_kept(case, job)
        log = [entry.msg for entry in runner.store.reads.job_log(job_id)]
        if case.never_logged and any(case.never_logged in msg for msg in log):
            yield f"{case.name}: {log}"
        if calls and job.state is not JobState.PENDING and not log:
            yield f"{case.name}: no log"


def _wrongly_kept(case: Case, job: Job) -> Iterator[str]:
    for column, value in case.kept.items():
        if getattr(job, column) != value:
            yield f"{case.name}: {column} is {str(getattr(job, column))[:80]!r}"
    if len((job.last_response or "").encode()) > 65_535:
        yield f"{case.name}: a response of {len(job.last_response or '')} characters"


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
