"""Converting database rows to model values, the same for every engine; jobs:
`job_columns`.

Sessions return texts and times as bytes, undecoded: a driver that decodes strictly
breaks its connection on the first bad value. Here they become `str` with replacement
characters and aware UTC times; an impossible time (`0000-00-00`) becomes None.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sq_console.model import (
    Claim,
    ClaimedJob,
    Hold,
    Listening,
    LogEntry,
    LostProcessor,
    Minute,
    ProcessorRow,
)
from sq_console.store.protocols import Row

CLAIMED_COLUMNS = """id, {next_attempt} AS attempt, http_method, url, host, headers,
  timeout_secs, retry_delay_secs, created_at, run_at, {short_body}"""
LOG_COLUMNS = """id, job_id, msg, created_at, attempt, event, status_code, duration_ms,
  processor, actor"""


def as_text(value: object) -> str:
    """Return a column's text; bytes that are not UTF-8 become U+FFFD."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def text_or_none(value: object) -> str | None:
    """Return the same; NULL stays None."""
    return None if value is None else as_text(value)


def blob_or_none(value: object) -> bytes | None:
    """Return a column's bytes."""
    if value is None or isinstance(value, bytes):
        return value
    return str(value).encode()


def whole(value: object) -> int:
    """Return a whole number; NULL and other text count as 0."""
    return whole_or_none(value) or 0


def whole_or_none(value: object) -> int | None:
    """Return a whole number, or None; SQLite takes any value in a column."""
    if isinstance(value, int):
        return value
    if isinstance(value, float | bytes | str):
        try:
            return int(float(value))
        except (ValueError, OverflowError):
            return None
    return None


def moment(value: object) -> datetime | None:
    """Return a time, in UTC; None for NULL and for text that is no time."""
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    if not 1 < parsed.year < 9999:
        return None  # no zone can express it
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed


def stamp(when: datetime) -> str:
    """Return *when* as a parameter: UTC, milliseconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def claimed(row: Row) -> ClaimedJob:
    """Convert a row of `CLAIMED_COLUMNS`, read just before the job is claimed."""
    return ClaimedJob(
        id=whole(row["id"]),
        attempt=whole(row["attempt"]),
        http_method=as_text(row["http_method"]),
        url=as_text(row["url"]),
        host=as_text(row["host"]),
        body=blob_or_none(row["body"]),
        headers=text_or_none(row["headers"]),
        timeout_secs=whole(row["timeout_secs"]),
        retry_delay_secs=whole(row["retry_delay_secs"]),
        created_at=as_text(row["created_at"]),
    )


def claim_of(row: Row) -> Claim:
    """Return the claim that a row (`id`, `attempts`, `created_at`) is under."""
    return Claim(whole(row["id"]), whole(row["attempts"]), as_text(row["created_at"]))


def log_entry(row: Row) -> LogEntry:
    """Convert a row of `LOG_COLUMNS`."""
    return LogEntry(
        id=whole(row["id"]),
        job_id=whole(row["job_id"]),
        msg=as_text(row["msg"]),
        created_at=moment(row["created_at"]),
        attempt=whole_or_none(row["attempt"]),
        event=text_or_none(row["event"]),
        status_code=whole_or_none(row["status_code"]),
        duration_ms=whole_or_none(row["duration_ms"]),
        processor=text_or_none(row["processor"]),
        actor=text_or_none(row["actor"]),
    )


def processor(row: Row, dead_after_secs: float) -> ProcessorRow:
    """Convert a row of the processor table with `age_secs`."""
    age_secs = float(as_text(row["age_secs"]) or 0)
    return ProcessorRow(
        id=whole(row["id"]),
        name=as_text(row["name"]),
        version=as_text(row["version"]),
        started_at=moment(row["started_at"]),
        heartbeat_age_secs=max(0.0, age_secs),
        concurrency=whole(row["concurrency"]),
        running=whole(row["running"]),
        state=as_text(row["state"]),
        wanted=as_text(row["wanted"]),
        alive=age_secs < dead_after_secs,
    )


def lost_processor(row: Row) -> LostProcessor:
    """Convert a row of the table of lost processors."""
    return LostProcessor(
        id=whole(row["id"]),
        name=as_text(row["name"]),
        version=as_text(row["version"]),
        started_at=moment(row["started_at"]),
        heartbeat_at=moment(row["heartbeat_at"]),
        lost_at=moment(row["lost_at"]),
        concurrency=whole(row["concurrency"]),
        rescued=whole(row["rescued"]),
    )


def hold(row: Row) -> Hold:
    """Convert a row of the hold table."""
    return Hold(
        as_text(row["host"]),
        as_text(row["who"]),
        as_text(row["why"]),
        moment(row["since"]),
        moment(row["expires_at"]),
    )


def listening(found: Sequence[Row]) -> Listening:
    """Convert rows of the server's variables: ports, addresses, its name."""
    values = {as_text(row["Variable_name"]): as_text(row["Value"]) for row in found}
    ports = {whole(values[name]) for name in values if name.endswith("port")}
    bound = ",".join(values[name] for name in values if name.endswith("address"))
    named = [values.get("hostname", ""), *(one.strip() for one in bound.split(","))]
    everywhere = ("", "*", "::", "0.0.0.0")
    hosts = [one.partition("/")[0].lower() for one in named if one not in everywhere]
    return Listening(frozenset(ports - {0}), tuple(dict.fromkeys(hosts)))


def minute(row: Row) -> Minute:
    """Convert the sums of one minute."""
    return Minute(
        minute=moment(row["minute"]) or datetime.fromtimestamp(0, UTC),
        succeeded=whole(row["succeeded"]),
        failed=whole(row["failed"]),
        retried=whole(row["retried"]),
        killed=whole(row["killed"]),
        duration_ms_sum=whole(row["duration_ms_sum"]),
        duration_ms_max=whole(row["duration_ms_max"]),
    )
