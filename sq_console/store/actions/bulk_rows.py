"""Rows of `queued_job_bulk` as values."""

from dataclasses import replace

from sq_console.model import BulkRow, BulkState, BulkVerb
from sq_console.store import rows
from sq_console.store.actions.bulk_json import request_of
from sq_console.store.protocols import Row

BULK_COLUMNS = """id, verb, who, why, wanted, arguments, per_second, max_id, counted,
  done, refused, not_begun, pulled_back, state, worker, lease_until, error, stopped_by,
  created_at, ended_at, due_until"""


def bulk_row(row: Row) -> BulkRow:
    """Convert a row of `BULK_COLUMNS`. Raises ValueError for one that another version
    wrote and this one does not understand.
    """
    pace = rows.text_or_none(row["per_second"])
    request = replace(
        request_of(
            BulkVerb(rows.as_text(row["verb"])),
            rows.as_text(row["wanted"]),
            rows.as_text(row["arguments"]),
        ),
        why=rows.as_text(row["why"]),
        per_second=float(pace) if pace else None,
    )
    return BulkRow(
        id=rows.whole(row["id"]),
        request=request,
        who=rows.as_text(row["who"]),
        counted=rows.whole(row["counted"]),
        done=rows.whole(row["done"]),
        refused=rows.whole(row["refused"]),
        not_begun=rows.whole_or_none(row["not_begun"]),
        pulled_back=rows.whole(row["pulled_back"]),
        state=BulkState(rows.as_text(row["state"])),
        worker=rows.text_or_none(row["worker"]),
        lease_until=rows.moment(row["lease_until"]),
        error=rows.text_or_none(row["error"]),
        stopped_by=rows.text_or_none(row["stopped_by"]),
        created_at=rows.moment(row["created_at"]),
        ended_at=rows.moment(row["ended_at"]),
        due_until=rows.moment(row["due_until"]),
    )
