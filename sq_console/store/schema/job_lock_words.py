"""The words of each engine about the ancestor's locks of jobs, and the due times that
the ancestor did not write (see `claiming.ancestor_locks`).

The ancestor knows no embedded database: nobody else has a lock there.
"""

_IDS = "JSON_TABLE(%s, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[0]')) AS o"
_NAME = "CONCAT('lock_job_', id)"
_AFTER_DELAY = """DATE_ADD(last_finished_at, INTERVAL
         LEAST(GREATEST(retry_delay_secs, 0), 400000000) SECOND)"""
_SQLITE_IDS = "(SELECT json_extract(value, '$[0]') AS id FROM json_each(%s)) AS o"

# last_finished_at is cut to the second: a job that was due and failed within one has
# a later run_at. Between names of ours there is nothing foreign.
MYSQL = {
    "take_job_locks": f"SELECT id, GET_LOCK({_NAME}, 0) AS got FROM {_IDS}",  # noqa: S608
    "release_job_locks": f"SELECT RELEASE_LOCK({_NAME}) FROM {_IDS}",  # noqa: S608
    "job_lock_owners": f"SELECT id, IS_USED_LOCK({_NAME}) = CONNECTION_ID() AS is_own"  # noqa: S608
    f" FROM {_IDS}",
    "ancestors_delay": f"""
UPDATE queued_job FORCE INDEX (PRIMARY)
   SET run_at = LEAST({_AFTER_DELAY}, CAST('2038-01-19 03:14:07' AS DATETIME(3))),
       created_at = created_at, last_started_at = last_started_at,
       last_finished_at = last_finished_at, kill_requested_at = kill_requested_at
 WHERE result_code = 2 AND run_at < DATE_ADD(last_finished_at, INTERVAL 1 SECOND)
   AND {_AFTER_DELAY} > NOW(3)
   AND id IN """,  # noqa: S608
}
SQLITE = {
    "take_job_locks": f"SELECT id, 1 AS got FROM {_SQLITE_IDS}",  # noqa: S608
    "release_job_locks": f"SELECT id FROM {_SQLITE_IDS}",  # noqa: S608
    "job_lock_owners": f"SELECT id, NULL AS is_own FROM {_SQLITE_IDS}",  # noqa: S608
    "ancestors_delay": "UPDATE queued_job SET run_at = run_at WHERE FALSE AND id IN ",
}
