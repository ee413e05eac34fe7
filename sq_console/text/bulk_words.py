"""Bulk actions in words: which jobs, at what pace, how far, with what result.

Urls and reasons are foreign: whatever comes out of here is one line without secrets.
"""

from datetime import UTC, datetime

from sq_console.model import (
    BulkCount,
    BulkRequest,
    BulkRow,
    BulkState,
    BulkVerb,
    JobFilter,
)
from sq_console.text.cause_words import cause_place, cause_text
from sq_console.text.durations import pace_per_second, pace_text
from sq_console.text.humanize import plural
from sq_console.text.redact import redact_text
from sq_console.text.sanitize import clean

_PAST = {
    BulkVerb.RETRY: "retried",
    BulkVerb.KILL: "killed",
    BulkVerb.EDIT: "edited",
    BulkVerb.SET_ASIDE: "set aside",
    BulkVerb.RESUME: "made due",
}
_NOW = {
    BulkVerb.RETRY: "retrying",
    BulkVerb.KILL: "killing",
    BulkVerb.EDIT: "editing",
    BulkVerb.SET_ASIDE: "setting aside",
    BulkVerb.RESUME: "resuming",
}
_TERM_OF = {
    "job_id": "id",
    "organization_id": "org",
    "last_status_code": "status",
    "bulk_id": "bulk",
}
_NOT_TERMS = frozenset({"text", "status_class", "max_id", "as_of", "older_secs"})


def parse_pace(typed: str) -> float | None:
    """Return the calls per second of `10/s`, `10` or `30/min`; None for nothing: at
    once. Raises ValueError.
    """
    return pace_per_second(typed) if typed.strip() else None


def bulk_pace(request: BulkRequest) -> str:
    """Return `10/s`, `30/min`; "" without a pace."""
    return "" if request.per_second is None else pace_text(request.per_second)


def bulk_verb_text(verb: BulkVerb) -> str:
    """Return the verb: `set aside`."""
    return verb.value.replace("_", " ")


def bulk_doing(verb: BulkVerb) -> str:
    """Return what it does: `setting aside`."""
    return _NOW[verb]


def doing_of(past: str) -> str:
    """Return `retrying` for `retried`; what is no verb of bulk actions stays."""
    return next((_NOW[verb] for verb, done in _PAST.items() if done == past), past)


def bulk_question(count: BulkCount, place: str = "") -> str:
    """Return `Retry 2,014 jobs at shop.example at 10/s?`."""
    request = count.request
    verb = bulk_verb_text(request.verb).capitalize()
    pace = bulk_pace(request)
    said = f"{verb} {plural(count.counted, 'job')}{f' at {place}' if place else ''}"
    return f"{said}{f' at {pace}' if pace else ''}?"


def bulk_progress(row: BulkRow) -> str:
    """Return `412 of 2,014`."""
    if row.state is BulkState.PULLING:
        return f"{row.pulled_back:,} pulled back"
    return f"{row.done + row.refused:,} of {row.counted:,}"


def bulk_result(row: BulkRow) -> str:
    """Return `1,204 retried, 3 changed meanwhile, 807 not begun`."""
    said = [f"{row.done:,} {_PAST[row.request.verb]}"]
    if row.refused:
        word = "refused" if row.error else "changed meanwhile"
        said.append(f"{row.refused:,} {word}")
    if row.not_begun:
        said.append(f"{row.not_begun:,} not begun")
    elif row.state is BulkState.STOPPED and row.not_begun is None:
        said.append("the rest is being counted")
    elif row.state is BulkState.FAILED:
        said.append(f"{max(0, row.counted - row.done - row.refused):,} not begun")
    if row.pulled_back:
        said.append(f"{row.pulled_back:,} pulled back")
    why = f"; {clean(redact_text(row.error), 200)}" if row.error else ""
    return f"{', '.join(said)}{why}"


def bulk_subject(request: BulkRequest) -> str:
    """Return which jobs it is about: a cause, or a filter as it is typed."""
    said = []
    if request.cause is not None:
        key = request.cause
        said.append(f"{cause_text(key)} at {cause_place(key)}")
    states = " or ".join(each.value.replace("_", " ") for each in request.states)
    said.append(states)
    if request.cause is None:
        said.append(filter_text(request.wanted))
    return clean(redact_text(" ".join(part for part in said if part)), 300)


def bulk_place(request: BulkRequest) -> str:
    """Return the same for a narrow column: the place of a cause first."""
    if request.cause is None:
        return bulk_subject(request)
    return f"{cause_place(request.cause)} {cause_text(request.cause)}"


def filter_text(wanted: JobFilter) -> str:
    """Return a filter's terms, without its state."""
    said = [wanted.text] if wanted.text else []
    if wanted.status_class is not None:
        said.append(f"status:{wanted.status_class}xx")
    for name in JobFilter.__dataclass_fields__:
        value = getattr(wanted, name)
        if name not in _NOT_TERMS and name != "state" and value is not None:
            said.append(_term(name, value))
    return " ".join(said)


def _term(name: str, value: object) -> str:
    if isinstance(value, datetime):
        value = f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    word = {"before": "older", "since_secs": "since"}.get(name) or _TERM_OF.get(name)
    text = f"{value:g}s" if isinstance(value, float) else str(value)
    quoted = f'"{text}"' if " " in text else text
    return f"{word or name}:{quoted}"
