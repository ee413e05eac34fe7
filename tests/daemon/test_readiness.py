"""`/readyz` when the database dies, hangs, and comes back: one process, and two."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.run_program import running
from tests.conftest import SCHEMA
from tests.daemon.metrics_page import LISTEN, address_of, fetch, sample
from tests.servers import Server, ini_section
from tests.waiting import eventually

pytestmark = pytest.mark.slow
READY = (200, "ready\n")
FORMS = [(), ("--procs", "2")]


@pytest.fixture
def own_server(mariadb: Server, tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, to be killed, and a db.ini that names it."""
    server = Server(mariadb.binary)
    settings = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), settings.db)
    (tmp_path / "db.ini").write_text(ini_section(settings))
    yield server
    server.close()


def measured(what: str, record_property, begun: float) -> None:
    record_property(what, round(time.monotonic() - begun, 2))
    print(f"{what}: {time.monotonic() - begun:.2f} s")


@pytest.mark.parametrize("form", FORMS, ids=["one process", "two processes"])
def test_readiness_ends_with_the_database_and_comes_back_with_it(
    own_server: Server, tmp_path: Path, form: tuple[str, ...], record_property
) -> None:
    with running("--no-ui", *LISTEN, *form, cwd=tmp_path) as daemon:
        at = address_of(daemon)
        eventually(lambda: fetch(at, "/readyz") == READY)
        own_server.kill()
        begun = time.monotonic()
        eventually(lambda: fetch(at, "/readyz")[0] == 503)
        measured("not ready", record_property, begun)
        _, text = fetch(at, "/readyz")
        assert "the database is away: " in text
        assert fetch(at, "/healthz") == (200, "healthy\n")
        eventually(lambda: sample(at, "sq_database_up") == 0)
        eventually(lambda: sample(at, "sq_database_errors_total") > 0)
        eventually(lambda: sample(at, "sq_queue_reading_age_seconds") > 6)
        away_secs = sample(at, "sq_database_away_seconds_total")
        assert away_secs > 0

        own_server.start()
        begun = time.monotonic()
        eventually(lambda: fetch(at, "/readyz") == READY)
        measured("ready again", record_property, begun)

        assert sample(at, "sq_database_away_seconds_total") >= away_secs
        eventually(lambda: sample(at, "sq_queue_reading_age_seconds") < 6)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
        assert "Traceback" not in daemon.err


@pytest.mark.parametrize("form", FORMS, ids=["one process", "two processes"])
def test_a_database_that_hangs_ends_readiness_and_delays_no_answer(
    own_server: Server, tmp_path: Path, form: tuple[str, ...], record_property
) -> None:
    with running("--no-ui", *LISTEN, *form, cwd=tmp_path) as daemon:
        at = address_of(daemon)
        eventually(lambda: fetch(at, "/readyz") == READY)
        own_server.pause()
        begun = time.monotonic()
        eventually(lambda: fetch(at, "/readyz")[0] == 503)
        measured("not ready", record_property, begun)
        assert "the database has not answered for" in fetch(at, "/readyz")[1]
        assert sample(at, "sq_database_up") == 0  # answered from memory
        own_server.cont()
        begun = time.monotonic()
        eventually(lambda: fetch(at, "/readyz") == READY)
        measured("ready again", record_property, begun)


def test_a_service_that_waits_for_its_database_is_not_ready_and_healthy(
    own_server: Server, tmp_path: Path
) -> None:
    own_server.kill()
    for form in FORMS:
        with running("--no-ui", *LISTEN, *form, cwd=tmp_path) as daemon:
            at = address_of(daemon)
            eventually(lambda at=at: "database is away" in fetch(at, "/readyz")[1])
            assert fetch(at, "/readyz")[0] == 503
            assert fetch(at, "/healthz") == (200, "healthy\n")
            assert sample(at, "sq_ready") == sample(at, "sq_database_up") == 0
            daemon.signal(signal.SIGTERM)
            assert daemon.wait() == 0
