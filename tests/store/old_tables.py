"""Tables as an old server made them from an older schema.sql."""

from sq_console.store import Store

OLD_STATS = """
CREATE TABLE queued_job_stats (
  minute TIMESTAMP NOT NULL,
  processor_id BIGINT UNSIGNED NOT NULL,
  succeeded INT UNSIGNED NOT NULL DEFAULT 0,
  failed INT UNSIGNED NOT NULL DEFAULT 0,
  retried INT UNSIGNED NOT NULL DEFAULT 0,
  killed INT UNSIGNED NOT NULL DEFAULT 0,
  duration_ms_sum BIGINT UNSIGNED NOT NULL DEFAULT 0,
  duration_ms_max INT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (minute, processor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"""
"""The first TIMESTAMP has no DEFAULT: with explicit_defaults_for_timestamp=OFF it gets
one, and an ON UPDATE.
"""
MOVING = {
    "queued_job": {
        "last_started_at": "TIMESTAMP NULL DEFAULT NULL",
        "last_finished_at": "TIMESTAMP NULL DEFAULT NULL",
        "created_at": "TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)",
        "run_at": "TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)",
        "kill_requested_at": "TIMESTAMP NULL DEFAULT NULL",
    },
    "queued_job_processor": {
        "started_at": "TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)",
        "heartbeat_at": "TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)",
    },
}


def make_old_stats(store: Store) -> None:
    """`queued_job_stats` as it was made with explicit_defaults_for_timestamp=OFF."""
    store.session.execute("DROP TABLE queued_job_stats")
    store.session.execute("SET SESSION explicit_defaults_for_timestamp = 0")
    store.session.execute(OLD_STATS)
    store.session.execute("SET SESSION explicit_defaults_for_timestamp = 1")


def make_times_move(store: Store) -> None:
    """Give every time of jobs and processors an ON UPDATE."""
    for table, times in MOVING.items():
        changes = ", ".join(
            f"MODIFY {name} {made} ON UPDATE CURRENT_TIMESTAMP{precision(made)}"
            for name, made in times.items()
        )
        store.session.execute(f"ALTER TABLE {table} {changes}")


def precision(made: str) -> str:
    return "(3)" if "(3)" in made else ""
