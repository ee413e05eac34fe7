"""What an edit changes, in words for the log.

The log is read by more people than may see a job: credentials and secret parameters of
urls are masked, values of headers and bodies are never logged.
"""

from collections.abc import Iterator

from sq_console.model import Job, NewJob
from sq_console.rules.drafts import EDITABLE, draft_of
from sq_console.text.redact import redact_text, redact_url
from sq_console.text.sanitize import clean

_APART = frozenset({"url", "headers", "body"})
"""Columns whose values are masked, or left out."""
_PLAIN = tuple(name for name in EDITABLE if name not in _APART)
_LONGEST = 200


def changes(old: Job, new: NewJob) -> str:
    """Return `: timeout_secs 60 -> 5, body changed`, or that nothing was changed."""
    before = draft_of(old)
    changed = [*_changes(before, new), *_unlogged(before, new), *_rescheduled(new)]
    return f": {', '.join(changed) or 'nothing changed'}"


def _changes(old: NewJob, new: NewJob) -> Iterator[str]:
    if old.url != new.url:
        yield _change("url", redact_url(old.url), redact_url(new.url))
    for name in _PLAIN:
        if getattr(old, name) != getattr(new, name):
            yield _change(
                name, _masked(getattr(old, name)), _masked(getattr(new, name))
            )


def _unlogged(old: NewJob, new: NewJob) -> Iterator[str]:
    if (old.headers or "") != (new.headers or ""):
        yield "headers changed"
    if (old.body or b"") != (new.body or b""):
        yield "body changed"


def _rescheduled(new: NewJob) -> Iterator[str]:
    if new.run_at is not None:
        yield f"run_at {new.run_at:%Y-%m-%d %H:%M:%S} UTC"
    elif new.delay_secs > 0:
        yield f"run_at in {new.delay_secs} s"


def _change(name: str, old: object, new: object) -> str:
    before, after = ("NULL" if value is None else str(value) for value in (old, new))
    if before == after:  # what differs is masked
        return f"{name} changed"
    return f"{name} {clean(before, _LONGEST)} -> {clean(after, _LONGEST)}"


def _masked(value: object) -> object:
    return redact_text(value) if isinstance(value, str) else value
