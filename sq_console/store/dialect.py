"""The differences between the SQL of MySQL and SQLite, as words; every statement is
written once.

Statements are constants with `%s` for parameters and `{words}` for what differs;
`Dialect.sql` gives the text for one engine. It never puts a value into a statement.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sq_console.store.job_columns import JOB_COLUMNS, SUMMARY_COLUMNS
from sq_console.store.rows import CLAIMED_COLUMNS, LOG_COLUMNS
from sq_console.store.schema import host_sum_columns, job_lock_words, table_words


@dataclass(frozen=True)
class Dialect:
    """The words of one engine."""

    words: Mapping[str, str]
    placeholder: str
    _seen: dict[str, str] = field(default_factory=dict, repr=False)

    def sql(self, statement: str) -> str:
        """Return *statement* in this engine's words."""
        text = self._seen.get(statement)
        if text is None:
            text = statement.format_map(self.words).replace("%s", self.placeholder)
            # Lists of parameters make a statement per length: keep what repeats.
            if len(self._seen) < 500:
                self._seen[statement] = text
        return text


def in_list(values: Collection[object]) -> str:
    """Return `(%s, %s, …)`, one for each of *values*."""
    return f"({', '.join(['%s'] * len(values))})"


# Rows come as lists, in the order of the columns: names for each of their values would
# take longer to write, to send and to read than the values.
# 2038-01-19 03:14:07 is the end of a TIMESTAMP's range (MySQL; MariaDB before 11.5).
_MYSQL_RECORD = """
UPDATE JSON_TABLE(%s, '$[*]' COLUMNS (
    id BIGINT UNSIGNED PATH '$[0]',
    attempt BIGINT PATH '$[1]',
    created VARCHAR(64) CHARACTER SET utf8mb4 PATH '$[2]',
    result INT PATH '$[3]',
    status INT PATH '$[4]',
    error VARCHAR(255) CHARACTER SET utf8mb4 PATH '$[5]',
    response MEDIUMTEXT CHARACTER SET utf8mb4 PATH '$[6]',
    delay INT PATH '$[7]',
    url MEDIUMTEXT CHARACTER SET utf8mb4 PATH '$[8]'
  )) AS o
  STRAIGHT_JOIN queued_job AS j FORCE INDEX (PRIMARY) ON j.id = o.id
   SET j.result_code = o.result,
       j.last_finished_at = NOW(),
       j.last_status_code = o.status,
       j.last_error = o.error,
       j.last_response = COALESCE(o.response, j.last_response),
       j.run_at = IF(o.result = 2, LEAST(DATE_ADD(NOW(3), INTERVAL
         LEAST(GREATEST(COALESCE(o.delay, j.retry_delay_secs), 0), 400000000) SECOND),
         CAST('2038-01-19 03:14:07' AS DATETIME(3))), j.run_at),
       j.retry_delay_secs = COALESCE(o.delay, j.retry_delay_secs),
       j.url = COALESCE(o.url, j.url),
       j.kill_requested_at = IF(o.result = 3, j.kill_requested_at, NULL),
       j.kill_requested_by = IF(o.result = 3, j.kill_requested_by, NULL),
       j.rescues = 0,
       j.claimed_by = NULL,
       j.created_at = j.created_at,
       j.last_started_at = j.last_started_at
 WHERE j.claimed_by = %s
   AND j.attempts = o.attempt
   AND COALESCE(CAST(j.created_at AS CHAR CHARACTER SET utf8mb4), '')
       COLLATE utf8mb4_bin = o.created
   AND (%s OR j.kill_requested_at IS NULL)
"""
# JSON_TABLE's text columns need their character set, or MariaDB turns emoji into `?`.

# The time is cut as NOW() is: MySQL would round a fraction up, and MariaDB NOW() less a
# moment down to the second before.
_MYSQL_LOG = """
INSERT INTO queued_job_log
  (job_id, msg, created_at, attempt, event, status_code, duration_ms, processor, actor)
SELECT o.job, o.msg,
       DATE_FORMAT(DATE_SUB(NOW(3), INTERVAL COALESCE(o.age, 0) SECOND),
         '%%Y-%%m-%%d %%T'),
       o.attempt, o.event, o.status, o.duration, o.processor, o.actor
  FROM JSON_TABLE(%s, '$[*]' COLUMNS (
    number FOR ORDINALITY,
    job BIGINT UNSIGNED PATH '$[0]',
    msg MEDIUMTEXT CHARACTER SET utf8mb4 PATH '$[1]',
    age DECIMAL(10, 3) PATH '$[2]',
    attempt BIGINT PATH '$[3]',
    event VARCHAR(255) CHARACTER SET utf8mb4 PATH '$[4]',
    status INT PATH '$[5]',
    duration INT PATH '$[6]',
    processor VARCHAR(255) CHARACTER SET utf8mb4 PATH '$[7]',
    actor VARCHAR(255) CHARACTER SET utf8mb4 PATH '$[8]'
  )) AS o
 ORDER BY o.number
"""

# One pass over the list: json_extract would copy each outcome, texts and all, for each
# of its columns.
_SQLITE_RECORD = """
UPDATE queued_job
   SET result_code = o.result,
       last_finished_at = strftime('%Y-%m-%d %H:%M:%f', 'now'),
       last_status_code = o.status,
       last_error = o.error,
       last_response = COALESCE(o.response, last_response),
       run_at = CASE WHEN o.result = 2
         THEN min(strftime('%Y-%m-%d %H:%M:%f', 'now', '+' ||
           min(max(COALESCE(o.delay, retry_delay_secs), 0), 400000000) || ' seconds'),
           '2038-01-19 03:14:07') ELSE run_at END,
       retry_delay_secs = COALESCE(o.delay, retry_delay_secs),
       url = COALESCE(o.new_url, queued_job.url),
       kill_requested_at = CASE WHEN o.result = 3 THEN kill_requested_at END,
       kill_requested_by = CASE WHEN o.result = 3 THEN kill_requested_by END,
       rescues = 0,
       claimed_by = NULL,
       created_at = queued_job.created_at,
       last_started_at = queued_job.last_started_at
  FROM (SELECT max(CASE key WHEN 0 THEN atom END) AS id,
               max(CASE key WHEN 1 THEN atom END) AS attempt,
               max(CASE key WHEN 2 THEN atom END) AS created,
               max(CASE key WHEN 3 THEN atom END) AS result,
               max(CASE key WHEN 4 THEN atom END) AS status,
               max(CASE key WHEN 5 THEN atom END) AS error,
               max(CASE key WHEN 6 THEN atom END) AS response,
               max(CASE key WHEN 7 THEN atom END) AS delay,
               max(CASE key WHEN 8 THEN atom END) AS new_url
          FROM json_tree(%s) WHERE path <> '$' GROUP BY path) AS o
 WHERE queued_job.id = o.id AND claimed_by = %s
   AND attempts = o.attempt
   AND COALESCE(CAST(queued_job.created_at AS TEXT), '') = o.created
   AND (%s OR kill_requested_at IS NULL)
"""

_SQLITE_LOG = """
INSERT INTO queued_job_log
  (job_id, msg, created_at, attempt, event, status_code, duration_ms, processor, actor)
SELECT max(CASE key WHEN 0 THEN atom END),
       max(CASE key WHEN 1 THEN atom END),
       strftime('%Y-%m-%d %H:%M:%f', 'now', '-' ||
         COALESCE(max(CASE key WHEN 2 THEN atom END), 0) || ' seconds'),
       max(CASE key WHEN 3 THEN atom END),
       max(CASE key WHEN 4 THEN atom END),
       max(CASE key WHEN 5 THEN atom END),
       max(CASE key WHEN 6 THEN atom END),
       max(CASE key WHEN 7 THEN atom END),
       max(CASE key WHEN 8 THEN atom END)
  FROM json_tree(%s) WHERE path <> '$' GROUP BY path ORDER BY min(id)
"""

_MYSQL_SHORT_BODY = """
  IF(LENGTH(body) > 8192, NULL, CONVERT(body USING binary)) AS body,
  (LENGTH(body) > 8192) + (LENGTH(body) > 65536) AS is_long"""
# SQLite reads bodies with their rows: its file is local, and SUBSTR ends at a NUL.

# MariaDB reads the first comment, MySQL the second: neither waits long for a table.
_MYSQL_INSERT_PROMPTLY = (
    "/*M! SET STATEMENT lock_wait_timeout = 1, innodb_lock_wait_timeout = 1 FOR */"
    " INSERT /*+ SET_VAR(lock_wait_timeout = 1) */ INTO"
)

_MYSQL_NEXT_ATTEMPT = "LEAST(attempts + 1, 4294967295)"
_SQLITE_NEXT_ATTEMPT = "min(CAST(attempts AS INTEGER) + 1, 4294967295)"
# SQLite takes any text for a number: it must be the same one wherever it is counted up.

# What causes are made of, as one text: twenty thousand rows are read at once, and a
# driver is slow by column. Before texts stand their lengths, but for the last: SQLite
# computes the host again wherever it is named.
_FAILED_NUMBERS = (
    *("id", "last_finished_at", "result_code", "organization_id", "last_status_code"),
)
_FAILED_TEXTS = (
    *("last_error", "SUBSTR(url, 1, 200)", "SUBSTR(last_response, 1, 200)", "host"),
)

_AS_UTF8 = "CONVERT({} USING utf8mb4)"
"""Columns of several character sets are not put into one text without it."""


def _failed_row(length: str, joined_by: str, text: str) -> str:
    numbers = [f"COALESCE({it}, '')" for it in _FAILED_NUMBERS]
    lengths = [f"COALESCE({length}({it}), 0)" for it in _FAILED_TEXTS[:-1]]
    before = [f"{it}{joined_by}'\t'" for it in [*numbers, *lengths]]
    texts = [f"COALESCE({text.format(it)}, '')" for it in _FAILED_TEXTS]
    return joined_by.join([*before, *texts])


_MYSQL_LISTENING = """
SHOW GLOBAL VARIABLES WHERE Variable_name IN ('hostname', 'port', 'extra_port',
  'admin_port', 'mysqlx_port', 'bind_address', 'admin_address', 'mysqlx_bind_address')
"""

_COLUMNS = {
    "host_sum_names": host_sum_columns.NAMES,
    "host_sum_values": host_sum_columns.VALUES,
    "summary_columns": SUMMARY_COLUMNS,
    "log_columns": LOG_COLUMNS,
    "keep_times": "created_at = created_at, run_at = run_at,"
    " last_started_at = last_started_at, last_finished_at = last_finished_at,"
    " kill_requested_at = kill_requested_at",
}

MYSQL = Dialect(
    words=_COLUMNS
    | job_lock_words.MYSQL
    | {
        "now": "NOW(3)",
        "now_secs": "NOW()",
        "this_minute": "DATE_FORMAT(NOW(), '%%Y-%%m-%%d %%H:%%i:00')",
        "secs_ago": "DATE_SUB(NOW(3), INTERVAL %s SECOND)",
        "secs_ahead": "LEAST(DATE_ADD(NOW(3), INTERVAL %s SECOND),"
        " CAST('2038-01-19 03:14:07' AS DATETIME(3)))",
        "age_secs": "TIMESTAMPDIFF(MICROSECOND, heartbeat_at, NOW(3)) / 1000000e0",
        "lock": "FOR UPDATE",
        "skip_locked": "FOR UPDATE SKIP LOCKED",
        "use_primary": "FORCE INDEX (PRIMARY)",
        "of_t": "t",  # a DELETE that names its key
        "use_claim": "FORCE INDEX (claim)",
        "use_due": "FORCE INDEX (due)",
        "use_host": "FORCE INDEX (host)",
        "use_finished": "FORCE INDEX (finished)",
        "use_host_finished": "FORCE INDEX (host_finished)",
        "use_host_minute": "FORCE INDEX (host_minute)",
        "use_bulk": "FORCE INDEX (bulk)",
        "use_bulk_state": "FORCE INDEX (bulk_state)",
        "use_claimed_by": "FORCE INDEX (claimed_by)",
        "use_job": "FORCE INDEX (job)",
        "use_activity_who": "FORCE INDEX (activity_who)",
        # From the first slash after the host on; no host begins with one.
        "url_path": "SUBSTRING(j.url, LOCATE('/', j.url, 9))",
        "as_utf8": "CONVERT(",
        "end_as_utf8": " USING utf8mb4)",
        "use_processor_lost": "FORCE INDEX (processor_lost)",
        "on_conflict": "ON DUPLICATE KEY UPDATE",
        "on_host_conflict": "ON DUPLICATE KEY UPDATE",
        "on_name_conflict": "ON DUPLICATE KEY UPDATE",
        "on_job_conflict": "ON DUPLICATE KEY UPDATE",
        "on_host_minute_conflict": "ON DUPLICATE KEY UPDATE",
        "new_host_sums": host_sum_columns.MYSQL_NEW,
        "added_host_sums": host_sum_columns.MYSQL_ADDED,
        "insert_promptly": _MYSQL_INSERT_PROMPTLY,
        "greatest": "GREATEST",
        "least": "LEAST",
        "most_bytes": "@@max_allowed_packet",
        "listening": _MYSQL_LISTENING,
        "next_attempt": _MYSQL_NEXT_ATTEMPT,
        "created_text": "COALESCE(CAST(created_at AS CHAR CHARACTER SET utf8mb4), '')",
        "claimed_columns": CLAIMED_COLUMNS.format(
            next_attempt=_MYSQL_NEXT_ATTEMPT, short_body=_MYSQL_SHORT_BODY
        ),
        "failed_row": f"CONCAT({_failed_row('CHAR_LENGTH', ', ', _AS_UTF8)})",
        "record": _MYSQL_RECORD,
        "log": _MYSQL_LOG,
        "job_columns": JOB_COLUMNS.format(
            body_bytes="CONVERT(j.body USING binary)", body_charset="CHARSET(j.body)"
        ),
        # Not CAST: what is longer than a packet comes out of it as NULL.
        "body": "CONVERT(body USING binary)",
        "body_piece": "CONVERT(SUBSTRING(body, %s, %s) USING binary)",
        "as_body": "%s",
        "body_length": "LENGTH(body)",
        "long_body": "65536",
        "columns_of": table_words.MYSQL_COLUMNS_OF,
        "table_sizes": table_words.MYSQL_SIZES,
    },
    placeholder="%s",
)

SQLITE = Dialect(
    words=_COLUMNS
    | job_lock_words.SQLITE
    | {
        "now": "strftime('%Y-%m-%d %H:%M:%f', 'now')",
        "now_secs": "strftime('%Y-%m-%d %H:%M:%f', 'now')",
        "this_minute": "strftime('%Y-%m-%d %H:%M:00', 'now')",
        "secs_ago": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || %s || ' seconds')",
        "secs_ahead": "min(strftime('%Y-%m-%d %H:%M:%f', 'now', '+' || %s ||"
        " ' seconds'), '2038-01-19 03:14:07')",
        "age_secs": "(julianday('now') - julianday(heartbeat_at)) * 86400.0",
        "lock": "",
        "skip_locked": "",
        "use_primary": "NOT INDEXED",
        "of_t": "",
        "use_claim": "INDEXED BY claim",
        "use_due": "INDEXED BY due",
        "use_host": "INDEXED BY host",
        "use_finished": "INDEXED BY finished",
        "use_host_finished": "INDEXED BY host_finished",
        "use_host_minute": "INDEXED BY host_minute",
        "use_bulk": "INDEXED BY bulk",
        "use_bulk_state": "INDEXED BY bulk_state",
        "use_claimed_by": "INDEXED BY claimed_by",
        "use_job": "INDEXED BY job",
        "use_activity_who": "INDEXED BY activity_who",
        "url_path": "CASE WHEN instr(substr(j.url, 9), '/') > 0"
        " THEN substr(j.url, 8 + instr(substr(j.url, 9), '/')) ELSE '' END",
        "as_utf8": "",
        "end_as_utf8": "",
        "use_processor_lost": "INDEXED BY processor_lost",
        "on_conflict": "ON CONFLICT (minute, processor_id) DO UPDATE SET",
        "on_host_conflict": "ON CONFLICT (host) DO UPDATE SET",
        "on_name_conflict": "ON CONFLICT (name) DO UPDATE SET",
        "on_job_conflict": "ON CONFLICT (job_id) DO UPDATE SET",
        "on_host_minute_conflict": "ON CONFLICT (minute, host, processor_id)"
        " DO UPDATE SET",
        "new_host_sums": host_sum_columns.SQLITE_NEW,
        "added_host_sums": host_sum_columns.SQLITE_ADDED,
        "insert_promptly": "INSERT INTO",
        "greatest": "max",
        "least": "min",
        "most_bytes": "1000000000",
        "listening": "SELECT '' AS Variable_name, '' AS Value WHERE FALSE",
        "next_attempt": _SQLITE_NEXT_ATTEMPT,
        "created_text": "COALESCE(CAST(created_at AS TEXT), '')",
        "claimed_columns": CLAIMED_COLUMNS.format(
            next_attempt=_SQLITE_NEXT_ATTEMPT, short_body="body, 0 AS is_long"
        ),
        "failed_row": _failed_row("length", " || ", "{}"),
        "record": _SQLITE_RECORD,
        "log": _SQLITE_LOG,
        "job_columns": JOB_COLUMNS.format(
            body_bytes="j.body", body_charset="'utf8mb4'"
        ),
        "body": "body",
        "body_piece": "SUBSTRING(body, %s, %s)",
        "as_body": "CAST(%s AS TEXT)",
        "body_length": "length(CAST(body AS BLOB))",
        "long_body": "1000000000",
        "columns_of": table_words.SQLITE_COLUMNS_OF,
        "table_sizes": table_words.SQLITE_SIZES,
    },
    placeholder="?",
)
