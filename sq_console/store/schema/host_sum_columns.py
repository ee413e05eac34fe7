"""The columns of `queued_job_host_stats`, as each engine reads new sums out of JSON and
adds them to those that are there.
"""

SUM_COLUMNS = (
    "succeeded",
    "failed",
    "retried",
    "killed",
    "duration_ms_sum",
)
WITHIN_COLUMNS = (
    "within_30_ms",
    "within_100_ms",
    "within_300_ms",
    "within_1_s",
    "within_3_s",
    "within_10_s",
    "within_30_s",
)
"""Calls by duration, in the order of `model.CALL_DURATIONS_MS`."""
LONGEST = "duration_ms_max"
COLUMNS = (*SUM_COLUMNS, LONGEST, *WITHIN_COLUMNS)
_ADDED = (*SUM_COLUMNS, *WITHIN_COLUMNS)
_TABLE = "queued_job_host_stats"

NAMES = ", ".join(COLUMNS)
VALUES = ", ".join(f"o.{name}" for name in COLUMNS)
MYSQL_NEW = (
    "JSON_TABLE(%s, '$[*]' COLUMNS (\n"
    "    host VARCHAR(255) CHARACTER SET utf8mb4 PATH '$.host',\n    "
    + ",\n    ".join(f"{name} BIGINT UNSIGNED PATH '$.{name}'" for name in COLUMNS)
    + ")) AS o"
)
MYSQL_ADDED = ", ".join(
    (
        *(f"{name} = {_TABLE}.{name} + o.{name}" for name in _ADDED),
        f"{LONGEST} = GREATEST({_TABLE}.{LONGEST}, o.{LONGEST})",
    )
)
_SQLITE_READ = ",\n    ".join(
    f"json_extract(value, '$.{name}') AS {name}" for name in ("host", *COLUMNS)
)
SQLITE_NEW = f"(SELECT {_SQLITE_READ} FROM json_each(%s)) AS o"  # noqa: S608 - names
SQLITE_ADDED = ", ".join(
    (
        *(f"{name} = {_TABLE}.{name} + excluded.{name}" for name in _ADDED),
        f"{LONGEST} = max({_TABLE}.{LONGEST}, excluded.{LONGEST})",
    )
)
