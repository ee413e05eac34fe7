"""The ancestor's database is migrated under a producer, and its jobs are called after.

Latin1 with bytes of no charset, dead rows, waiting retries, rows in mid-call. The
ledger is empty until somebody lifts the hold; then it holds what `ancestor_model` says.
"""

import asyncio
import contextlib
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.cli.run_program import command, environment
from tests.faults.ancestor_model import (
    PERMANENT,
    SUCCESS,
    TEMPORARY,
    AncestorRow,
    ModelCall,
    calls_of,
)
from tests.faults.figures import Figures
from tests.faults.scenario_setup import ScenarioSetup
from tests.handler_exchange import Received, read_request
from tests.loopback_server import LoopbackServer
from tests.raw_responses import whole
from tests.store.older_schemas import ANCESTOR
from tests.waiting import eventually


@dataclass(frozen=True, slots=True)
class Dose:
    """How many rows, of which so many may still be called."""

    rows: int = 1_000_000
    log_rows: int = 2_000_000
    waiting: int = 20_000
    dead: int = 20_000
    in_calls: int = 20
    within_secs: float = 60.0
    stall_secs: float = 1.0
    patience_secs: float = 500.0


FULL = Dose()
SHORT = Dose(
    rows=3_000,
    log_rows=3_000,
    waiting=300,
    dead=100,
    in_calls=4,
    within_secs=120,
    stall_secs=60,
    patience_secs=100,
)
_BATCH = 2_000
_INSERT = """
INSERT INTO queued_job (id, http_method, url, body, timeout_secs, last_started_at,
  last_finished_at, result_code, remaining_retries, retry_delay_secs) VALUES """
_ROW = (
    "(%s, 'post', %s, %s, 30, NOW() - INTERVAL %s SECOND, NOW() - INTERVAL %s SECOND,"
    " %s, %s, %s)"
)
_LOG = """
INSERT INTO queued_job_log (job_id, msg, created_at)
SELECT id, CONCAT('[JOBID ', id, '] Calling job'),
       COALESCE(last_started_at, NOW()) - INTERVAL 1 HOUR
  FROM queued_job WHERE id BETWEEN %s AND %s"""
_PRODUCE = """
INSERT INTO queued_job (http_method, url, body, timeout_secs)
VALUES ('post', %s, 'new', 30)"""
_BYTES = """
SELECT COUNT(*), BIT_XOR(CRC32(CONCAT_WS('#', id, http_method, HEX(url),
  COALESCE(HEX(body), 'NULL'), timeout_secs, COALESCE(last_started_at, ''),
  retry_delay_secs, COALESCE(last_response, '')))) FROM queued_job WHERE id <= {}"""
_LOG_BYTES = """
SELECT COUNT(*), BIT_XOR(CRC32(CONCAT_WS('#', id, job_id, HEX(msg), created_at)))
  FROM queued_job_log WHERE id <= {}"""
_DUE = """
SELECT COUNT(*) FROM queued_job
 WHERE state = 'running' OR state = 'pending' AND run_at <= NOW(3)"""
_STATES = "SELECT state, COUNT(*) FROM queued_job WHERE id <= {} GROUP BY state"


class ByteLedger(LoopbackServer):
    """Keeps every request whole."""

    def __init__(self) -> None:
        super().__init__(0, host="0.0.0.0", longest_line=1 << 20)
        self.received: list[Received] = []

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            request = await read_request(reader, number)
            self.received.append(request)
            writer.write(whole(int(request.path[1:4]), b"done"))
            await writer.drain()

    def calls(self) -> Counter[ModelCall]:
        """What was called."""
        return Counter(
            ModelCall(each.job_id, each.target, each.body) for each in self.received
        )


@dataclass
class Producer(threading.Thread):
    """Inserts with four columns, all the time, and measures how long each waits."""

    setup: ScenarioSetup
    url: str
    inserted: list[int] = field(default_factory=list)
    longest_secs: float = 0.0
    stalls: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(name="producer", daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        with self.setup.server.connect(self.setup.db.db) as connection:
            cursor = connection.cursor()
            while not self.stopping.wait(0.01):
                began = time.monotonic()
                try:
                    cursor.execute(_PRODUCE, (self.url,))
                except Exception as error:  # noqa: BLE001 - it is counted
                    self.failed.append(repr(error))
                    continue
                self.inserted.append(int(cursor.lastrowid))
                took = time.monotonic() - began
                self.longest_secs = max(self.longest_secs, took)
                self.stalls += took > 0.3


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """Migrate a database that is filled for it, and call what it holds."""
    figures = Figures()
    with ByteLedger() as ledger:
        rows = _rows(dose)
        _fill(setup, rows, dose, ledger.origin)
        producer = Producer(setup, f"{ledger.origin}/200")
        calls = [row for row in rows if row.is_workable()][: dose.in_calls]
        highest = (rows[-1].id, setup.number("SELECT MAX(id) FROM queued_job_log"))
        before = _bytes(setup, highest)
        producer.start()
        try:
            secs, said = _migrate(setup, calls, dose)
        finally:
            producer.stopping.set()
            producer.join(30)
        figures.info("rows", len(rows))
        figures.at_most("migrated (s)", round(secs, 1), dose.within_secs)
        _add_producer(producer, dose, figures)
        figures.none_of(
            "bytes that changed",
            [pair for pair in zip(before, _bytes(setup, highest), strict=True)
             if pair[0] != pair[1]],
        )  # fmt: skip
        _add_states(setup, rows, said, figures)
        _call_them(setup, ledger, dose, figures)
        _compare(ledger, rows, producer, figures)
    return figures


def _rows(dose: Dose) -> list[AncestorRow]:
    """Rows of every kind, mixed, the same in each run."""
    rng = random.Random(14)
    kinds = ["ended"] * dose.rows
    special = rng.sample(range(dose.rows), dose.waiting + dose.dead)
    for place, index in enumerate(special):
        kinds[index] = "waiting" if place < dose.waiting else "dead"
    return [_row(number, kind, rng) for number, kind in enumerate(kinds, 1)]


def _row(number: int, kind: str, rng: random.Random) -> AncestorRow:
    body = rng.randbytes(rng.randint(0, 200))
    row = AncestorRow(number, f"/200?n={number}", body)
    started = rng.randint(1_000, 50_000_000)
    match kind:
        case "dead":
            row.remaining_retries = -rng.randint(0, 1)
        case "ended":
            row.result_code = rng.choices((SUCCESS, PERMANENT, TEMPORARY), (8, 1, 1))[0]
            row.remaining_retries = 0 if row.result_code == TEMPORARY else 10
            row.started_ago_secs, row.finished_ago_secs = started, started - 5
        case _:
            _make_wait(row, started, rng)
    return row


def _make_wait(row: AncestorRow, started: int, rng: random.Random) -> None:
    row.remaining_retries = rng.randint(1, 10)
    if rng.random() < 0.02:
        row.path = f"/503?n={row.id}"
    match rng.choice(("new", "stuck", "retry", "requeued", "later")):
        case "stuck":
            row.started_ago_secs = started
        case "retry":
            row.result_code = TEMPORARY
            row.started_ago_secs, row.finished_ago_secs = started, started - 5
        case "requeued":
            row.finished_ago_secs = started
        case "later":
            row.result_code, row.retry_delay_secs = TEMPORARY, 86_000
            row.started_ago_secs, row.finished_ago_secs = 60, 55


def _fill(
    setup: ScenarioSetup, rows: Sequence[AncestorRow], dose: Dose, origin: str
) -> None:
    for (table,) in setup.rows("SHOW TABLES"):
        setup.rows(f"DROP TABLE {table}")
    setup.server.command(ANCESTOR.format(charset="latin1"), setup.db.db)
    with setup.server.connect(setup.db.db) as connection, connection.cursor() as cursor:
        cursor.execute("SET NAMES latin1")
        connection.autocommit(False)
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            values = ", ".join(
                cursor.mogrify(_ROW, _values(row, origin)) for row in batch
            )
            cursor.execute(_INSERT + values)
            for _ in range(max(1, dose.log_rows // dose.rows)):
                cursor.execute(_LOG, (batch[0].id, batch[-1].id))
            connection.commit()


def _values(row: AncestorRow, origin: str) -> tuple[object, ...]:
    return (
        row.id,
        origin + row.path,
        row.body,
        row.started_ago_secs,
        row.finished_ago_secs,
        row.result_code,
        row.remaining_retries,
        row.retry_delay_secs,
    )


def _bytes(setup: ScenarioSetup, highest: tuple[int, int]) -> list[object]:
    jobs, log = highest
    return [*setup.rows(_BYTES.format(jobs)), *setup.rows(_LOG_BYTES.format(log))]


def _migrate(
    setup: ScenarioSetup, calls: Sequence[AncestorRow], dose: Dose
) -> tuple[float, str]:
    """Run the verb while the ancestor is in *calls*, and ends them; return how long it
    took and what it said.
    """
    log = setup.folder / "migrate.log"
    began = time.monotonic()
    with _in_calls(setup, calls) as end_calls, log.open("wb") as written:
        process = subprocess.Popen(
            command("migrate", "-c", str(setup.ini())),
            env=environment(),
            stdout=written,
            stderr=written,
        )
        eventually(
            lambda: (
                b"waits for calls" in log.read_bytes() or process.poll() is not None
            ),
            dose.patience_secs,
        )
        end_calls()
    code = process.wait(dose.patience_secs)
    said = log.read_text(encoding="utf-8")
    assert code == 0, said
    return time.monotonic() - began, said


@contextlib.contextmanager
def _in_calls(
    setup: ScenarioSetup, rows: Sequence[AncestorRow]
) -> Iterator[Callable[[], None]]:
    """The ancestor has locked *rows*; it ends its calls as the handler answers."""
    with setup.server.connect(setup.db.db) as ancestor, ancestor.cursor() as cursor:
        for row in rows:
            cursor.execute("SELECT GET_LOCK(%s, 0)", (f"lock_job_{row.id}",))

        def end() -> None:
            for row in rows:
                if row.path.startswith("/200"):
                    row.result_code = SUCCESS
                else:
                    row.result_code = TEMPORARY
                    row.remaining_retries -= 1
                row.finished_ago_secs = 0
                cursor.execute(
                    "UPDATE queued_job SET result_code = %s, remaining_retries = %s,"
                    " last_finished_at = NOW() WHERE id = %s",
                    (row.result_code, row.remaining_retries, row.id),
                )

        yield end


def _add_producer(producer: Producer, dose: Dose, figures: Figures) -> None:
    figures.info("inserted meanwhile", len(producer.inserted))
    figures.info("inserts over 0.3 s", producer.stalls)
    figures.at_most(
        "longest insert (s)", round(producer.longest_secs, 2), dose.stall_secs
    )
    figures.none_of("inserts that failed", producer.failed)


def _add_states(
    setup: ScenarioSetup, rows: Sequence[AncestorRow], said: str, figures: Figures
) -> None:
    wanted = Counter(map(_state, rows))
    found = {
        str(state): count for state, count in setup.rows(_STATES.format(len(rows)))
    }
    for state in sorted(wanted):
        figures.exactly(state, int(str(found.get(state, 0))), wanted[state])
    figures.exactly("rows in all", sum(int(str(n)) for n in found.values()), len(rows))
    figures.info("it said", said.splitlines()[-1][:150])


def _state(row: AncestorRow) -> str:
    if row.is_workable():
        return "pending"
    if row.result_code is None:
        return "killed"
    return "succeeded" if row.result_code == SUCCESS else "failed"


def _call_them(
    setup: ScenarioSetup, ledger: ByteLedger, dose: Dose, figures: Figures
) -> None:
    beats = "SELECT COUNT(*) FROM queued_job_processor" \
            " WHERE heartbeat_at > started_at + INTERVAL 6 SECOND"  # fmt: skip
    arguments = [*command(str(setup.ini())), "--no-ui", "--concurrency", "50"]
    log = setup.folder / "processor.log"
    with log.open("wb") as written:
        processor = subprocess.Popen(
            arguments, env=environment(), stdout=written, stderr=written
        )
        try:
            eventually(lambda: setup.number(beats) == 1, 60)
            figures.none_of("called while held", ledger.received)
            lift = command("resume", "--all-holds", "-c", str(setup.ini()))
            subprocess.run(lift, env=environment(), check=True, capture_output=True)
            eventually(lambda: setup.number(_DUE) == 0, dose.patience_secs, 0.5)
        finally:
            processor.terminate()
            processor.wait(60)


def _compare(
    ledger: ByteLedger,
    rows: Sequence[AncestorRow],
    producer: Producer,
    figures: Figures,
) -> None:
    wanted = Counter(call for row in rows for call in calls_of(row))
    wanted.update(ModelCall(job_id, "/200", b"new") for job_id in producer.inserted)
    found = ledger.calls()
    figures.info("calls", sum(found.values()))
    figures.none_of("calls the ancestor would not make", (found - wanted).items())
    figures.none_of("calls of the ancestor that are missing", (wanted - found).items())
