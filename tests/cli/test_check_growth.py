"""`check` says how fast the tables grow, and whether anything is deleted."""

from collections.abc import Callable
from pathlib import Path

from sq_console.cli.checks.table_growth import growth_findings
from sq_console.model import Retention, TableSize
from sq_console.rules.upkeep.growth import growth_of
from sq_console.store import Store
from tests.cli.run_program import Done
from tests.store.jobs import add

Sq = Callable[..., Done]


def test_growth_is_of_what_a_week_has_brought() -> None:
    sizes = [
        TableSize("queued_job", 10_000, 7_000_000),
        TableSize("queued_job_log", 20_000, 4_000_000),
        TableSize("queued_job_meta", 3, 16_384),
    ]

    growth = growth_of(sizes, {"queued_job": 7_000, "queued_job_log": 14_000}, 7)

    assert growth is not None
    assert (growth.jobs_a_day, growth.bytes_a_day) == (1_000, 1_100_000)
    assert (growth.bytes_of_job, growth.bytes_now) == (1_100, 11_016_384)


def test_a_small_or_idle_queue_says_nothing_of_growth() -> None:
    small, large = TableSize("queued_job", 9, 65_536), TableSize("queued_job", 9_999, 1)

    assert growth_of([small], {"queued_job": 9}, 7) is None
    assert growth_of([large], {"queued_job": 0}, 7) is None
    assert growth_of([], {}, 7) is None


def test_check_says_what_is_kept(sq: Sq, folder: Path) -> None:
    off = [line for line in sq("check").lines if "retention" in line]
    ini = folder / "db.ini"
    ini.write_text(f"{ini.read_text()}\n[retention]\nsucceeded = 12h\nfailed = 90d\n")
    on = [line for line in sq("check").lines if "retention" in line]

    assert off == [
        "ok retention is off: nothing is deleted; see [retention] in db.example.ini"
    ]
    assert on == [
        "ok retention: succeeded 12 h 0 min, failed 90 d, killed for ever,"
        " set aside 90 d, log for ever, activity for ever"
    ]


def test_growth_is_read_from_each_kind_of_database(store: Store) -> None:
    for _ in range(5):
        add(store, 500)
    if not store.session.server.startswith("SQLite"):
        for table in ("queued_job", "queued_job_log"):
            store.session.rows(f"ANALYZE TABLE {table}")

    (growth, retention) = (it.text for it in growth_findings(store, Retention()))

    assert growth.startswith("growth about 357 jobs a day within the last 7 days, ")
    assert "each with its log" in growth
    assert retention.startswith("retention is off")
