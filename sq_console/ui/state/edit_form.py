"""The edit form's fields, and the job they make.

A field left as it was shown keeps the row's own value, byte for byte, and so does what
was not edited in one that was (`editable`): line ends, tabs, control characters, other
encodings. What was changed is checked by the contract's own rules.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sq_console.model import Job, JobState, NewJob
from sq_console.rules.contract import parse_headers, why_not_callable
from sq_console.rules.drafts import draft_of
from sq_console.text.bodies import body_encoding
from sq_console.text.humanize import byte_size
from sq_console.text.job_fields import DEFAULTS, FORM_FIELDS, ShortText
from sq_console.text.redact import MASK, masks_in
from sq_console.text.sanitize import TEXT_CHARS
from sq_console.ui.state.editable_text import EditableText

_GLANCE_BYTES = 2_000
"""Of what is too long to be edited, so much is shown."""


Texts = Mapping[str, str]
"""By field: what stands in the form. An empty `delay_secs` means at once, or when the
job was due anyway.
"""
_NEW = NewJob("POST", "")
_KINDS = {field.name: field.kind for field in FORM_FIELDS if field.kind}
_SHORT_TEXTS = [name for name, kind in _KINDS.items() if isinstance(kind, ShortText)]
_IF_EMPTY: dict[str, object] = {
    "delay_secs": 0,
    **{name: default for name, default in DEFAULTS.items() if default is None},
}
"""By field: its value when nothing is typed."""


def _texts_of(draft: NewJob) -> dict[str, str]:
    """Return the numbers and short texts of *draft* as they are typed."""
    values = {name: getattr(draft, name) for name in _KINDS} | {"delay_secs": None}
    return {name: "" if value is None else str(value) for name, value in values.items()}


_EMPTY = _texts_of(_NEW) | {"headers": "", "body": ""}


@dataclass(frozen=True, slots=True)
class EditForm:
    """What the form starts from."""

    texts: Texts = field(default_factory=_EMPTY.copy)
    job: Job | None = None
    """The job to edit; None makes a new one."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """By field: why it cannot be shown as it is."""
    locked: frozenset[str] = frozenset()
    """Fields that cannot be edited here, only kept."""
    stored: Mapping[str, EditableText] = field(default_factory=dict)
    """By field: what the row holds."""
    now: datetime | None = None
    """The database's clock when the form was opened."""

    @property
    def in_place(self) -> bool:
        """Will the row itself change, or a new one be made?"""
        job = self.job
        return job is not None and job.state is JobState.PENDING and not job.attempts


class InvalidForm(ValueError):
    """What is wrong, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


def form_of(job: Job, now: datetime | None = None) -> EditForm:
    """The form for *job*, opened at *now*."""
    notes: dict[str, str] = {}
    locked: set[str] = set()
    body = job.body or b""
    if len(body) > TEXT_CHARS:
        notes["body"] = f"{byte_size(len(body))}: too long to edit here, it is kept"
        locked.add("body")
        body = body[:_GLANCE_BYTES]
    headers = _header_lines(job.headers)
    if len(headers) > TEXT_CHARS:
        notes["headers"] = "too long to edit here, they are kept"
        locked.add("headers")
        headers = headers[:_GLANCE_BYTES]
    texts = _texts_of(draft_of(job))
    stored = {
        **{name: EditableText(texts[name], lines=False) for name in _SHORT_TEXTS},
        "headers": EditableText(headers),
        "body": EditableText(body.decode(_codec(job), "surrogateescape")),
    }
    for name, editable in stored.items():
        texts[name] = editable.text
        if editable.note and name not in locked:
            notes[name] = editable.note
    return EditForm(texts, job, notes, frozenset(locked), stored, now)


def _header_lines(raw: str | None) -> str:
    """Stored headers as lines; as they are when they are not what they should be."""
    try:
        named = parse_headers(raw)
    except ValueError:
        return raw or ""
    return "\n".join(f"{name}: {value}" for name, value in named.items())


def new_job(form: EditForm, typed: Texts) -> NewJob:
    """The job that *typed* asks for. Raises InvalidForm."""
    made = draft_of(form.job) if form.job else _NEW
    problems: dict[str, str] = {}
    for name in _changed(form, typed):
        try:
            text = typed[name]
            if name in form.stored:
                text = form.stored[name].restored(text)
            made = replace(made, **{name: _parsed(form.job, name, text)})
        except ValueError as error:
            problems[name] = str(error)
    complaint = why_not_callable(made.http_method, made.url)
    if complaint is not None:
        problems["http_method" if complaint == "bad method" else "url"] = complaint
    problems.update(_masks(made, _changed(form, typed)))
    if problems:
        raise InvalidForm(problems)
    # 0 is now; left empty, a row's own due time stays.
    is_now = typed["delay_secs"].strip() == "0"
    return replace(made, run_at=form.now) if is_now else made


def _masks(made: NewJob, changed: list[str]) -> Iterator[tuple[str, str]]:
    for name in masks_in(made.url, made.headers, made.body):
        if name in changed:
            yield name, f"{MASK} stands for a secret and would be sent as it is"


def _changed(form: EditForm, typed: Texts) -> list[str]:
    """Fields that were typed into; all of them, for a new job."""
    return [
        name
        for name in form.texts
        if name not in form.locked
        and (form.job is None or typed[name] != form.texts[name])
    ]


def _parsed(job: Job | None, name: str, text: str) -> Any:
    """Return the value typed into a field. Raises ValueError with what is wrong."""
    if name == "headers":
        return _headers(text)
    if name == "body":
        return _encoded(text, _codec(job))
    if name in _IF_EMPTY and not text.strip():
        return _IF_EMPTY[name]
    value = _KINDS[name].parse(text)
    return str(value).upper() if name == "http_method" else value


def _headers(typed: str) -> str | None:
    text = typed.strip()
    if not text:
        return None
    if not text.startswith("{"):
        text = json.dumps(_named(text), ensure_ascii=False)
    parse_headers(text)
    json.loads(text, object_pairs_hook=_each_once)
    return text


def _named(text: str) -> dict[str, str]:
    """The headers of *text*, one on each line. Raises ValueError for one that is there
    twice: an object cannot keep both.
    """
    named: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            name, value = _header(line)
            first = lines.setdefault(name.lower(), number)
            if first != number:
                raise ValueError(f"line {number}: {name} is in line {first} already")
            named[name] = value
    return named


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise ValueError(f"bad header: no colon in {line.strip()[:40]!r}")
    return name.strip(), value.strip(" \t\r")


def _codec(job: Job | None) -> str:
    """What the job's body is text in. Bytes that are no text at all go through the form
    as surrogates, which no field shows and none loses.
    """
    return (job and job.body and body_encoding(job.body, job.body_codec)) or "utf-8"


def _encoded(text: str, codec: str) -> bytes | None:
    """A body that was no UTF-8 stays in the character set it is in."""
    try:
        return text.encode(codec, "surrogateescape") or None
    except UnicodeEncodeError as error:
        character = text[error.start]
        raise ValueError(
            f"{character!r} is not in {codec}, which this body is"
        ) from None


def _each_once(pairs: list[tuple[str, str]]) -> None:
    """Raises ValueError for a name that an object has twice."""
    names = [name.lower() for name, _ in pairs]
    for name, _ in pairs:
        if names.count(name.lower()) > 1:
            raise ValueError(f"{name} is there twice")
