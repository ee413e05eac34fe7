"""What is typed after `/`, or after `--filter`, as a filter.

`TERMS` are all there is to be typed. Words that are no terms are looked for in url and
error, as one text; `in:body` and `in:answer` look for them there. A value with blanks
stands in double quotes. A number alone is an id, if one can be so large: operators
paste those most.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sq_console.model import JobFilter, JobState
from sq_console.text.durations import (
    MOMENT_WORDS,
    duration_secs,
    is_duration,
    past_moment,
)
from sq_console.text.job_fields import FILTER_FIELDS, JobField

MAX_ID = 2**64 - 1
"""What a BIGINT UNSIGNED holds."""
_WORD = re.compile(r'(?:[a-z]+:)?"[^"]*"|\S+', re.IGNORECASE)
_WORDS_IN = {"url": "text", "body": "body", "answer": "answer"}


@dataclass(frozen=True, slots=True)
class FilterTerm:
    """One word that may stand before a colon."""

    word: str
    example: str
    meaning: str
    """For the help, a few words."""
    read: Callable[[str, datetime], dict[str, object]]
    """From the value typed, and the time, to fields of `JobFilter`. Raises ValueError
    with what is wrong, to be put after the term.
    """
    fields: tuple[str, ...]
    """The fields that `read` may give."""


def _id(value: str, _now: datetime) -> dict[str, object]:
    return {"job_id": _whole(value)}


def _bulk(value: str, _now: datetime) -> dict[str, object]:
    return {"bulk_id": _whole(value.removeprefix("#"))}


def _whole(value: str) -> int:
    if not is_job_id(value):
        raise ValueError(f"not a number{' up to ' * value.isdigit()}{_most(value)}")
    return int(value)


def _most(value: str) -> str:
    return str(MAX_ID) if value.isdigit() else ""


def _host(value: str, _now: datetime) -> dict[str, object]:
    return {"host": value.lower()}


def _status(value: str, _now: datetime) -> dict[str, object]:
    if re.fullmatch("[1-9]xx", value.lower()):
        return {"status_class": int(value[0])}
    if not re.fullmatch("[0-9]{1,4}", value, re.ASCII):
        raise ValueError("not a status code like 404 or 5xx")
    return {"last_status_code": int(value)}


def _state(value: str, _now: datetime) -> dict[str, object]:
    try:
        return {"state": JobState(value.lower().replace(" ", "_"))}
    except ValueError:
        raise ValueError(f"none of {', '.join(JobState)}") from None


def _older(value: str, now: datetime) -> dict[str, object]:
    return _age(value, now, "older_secs", "before")


def _since(value: str, now: datetime) -> dict[str, object]:
    return _age(value, now, "since_secs", "since")


def _age(value: str, now: datetime, secs: str, moment: str) -> dict[str, object]:
    if is_duration(value):
        try:
            return {secs: duration_secs(value)}
        except ValueError:
            raise ValueError("more than ten years") from None
    try:
        return {moment: past_moment(value, now)}
    except ValueError:
        raise ValueError(f"not {MOMENT_WORDS}") from None


def _column(field: JobField) -> FilterTerm:
    """The term of a column that lists can be narrowed by."""

    def read(value: str, _now: datetime) -> dict[str, object]:
        assert field.kind is not None
        try:
            return {field.name: field.kind.parse(value)}
        except ValueError as error:
            raise ValueError(f"not {error}") from None

    return FilterTerm(
        field.word, field.filter_example, field.label, read, (field.name,)
    )


def _text(word: str, example: str, meaning: str) -> FilterTerm:
    """The term of a part of a text."""
    return FilterTerm(word, example, meaning, lambda value, _: {word: value}, (word,))


TERMS = (
    FilterTerm("id", "7", "a job; also 7 and #7", _id, ("job_id",)),
    FilterTerm("host", "api.example.com", "host[:port]", _host, ("host",)),
    *(_column(field) for field in FILTER_FIELDS),
    _text("path", "/v1/orders", "part of the path"),
    FilterTerm(
        "status",
        "404",
        "last status code; also 5xx",
        _status,
        ("last_status_code", "status_class"),
    ),
    _text("error", "timeout", "part of the last error"),
    FilterTerm("state", "killed", "a state", _state, ("state",)),
    FilterTerm(
        "older",
        "2h",
        "ended, due or started before",
        _older,
        ("older_secs", "before"),
    ),
    FilterTerm(
        "since",
        "11:35",
        "ended, due or started since; also 2h",
        _since,
        ("since_secs", "since"),
    ),
    _text("body", "88231", "part of the body"),
    _text("answer", "deadlock", "part of the answer"),
    FilterTerm("bulk", "12", "changed last by a bulk action", _bulk, ("bulk_id",)),
)
_TERMS = {term.word: term for term in TERMS}
_MOST_CHARS = 10_000
"""SQLite looks for no more than 50,000 bytes, and calls more a failure."""
HELP = " · ".join(
    ["words in url or error", *(f"{term.word}:{term.example}" for term in TERMS)]
)


def parse_filter(typed: str, now: datetime) -> JobFilter | None:
    """Return the filter *typed* asks for; None for nothing. *now* is the database's
    time in the zone of who types. Raises ValueError with a reason for a term that
    cannot be.
    """
    fields: dict[str, object] = {}
    words: list[str] = []
    where = "text"
    _refuse_long(typed)
    if is_job_id(typed.strip()):
        typed = f"#{typed.strip()}"
    for word in _WORD.findall(typed):
        if word.startswith("#") and is_job_id(word[1:]):
            fields["job_id"] = int(word[1:])
        elif (term := _term_of(word)) is None:
            words.append(word.strip('"') if _is_quoted(word) else word)
        elif term[0] == "in":
            where = _place(term[1])
        else:
            fields |= _fields(*term, now)
    if words:
        fields[where] = " ".join(words)
    if not fields:
        return None
    return JobFilter(**fields)  # type: ignore[arg-type]  # built from its own fields


def _refuse_long(typed: str) -> None:
    if len(typed) > _MOST_CHARS:
        number = f"{len(typed):,} characters"
        raise ValueError(f"a filter of {number}: {_MOST_CHARS:,} at most")


def _is_quoted(word: str) -> bool:
    return len(word) > 2 and word[0] == word[-1] == '"'


def _term_of(word: str) -> tuple[str, str] | None:
    """Return name and value of a term; None for a word that is none."""
    name, colon, value = word.partition(":")
    if not colon or name.lower() not in (*_TERMS, "in"):
        return None
    value = value[1:-1] if _is_quoted(value) or value == '""' else value
    if not value:
        raise ValueError(f"{name.lower()}: what? {_example(name.lower())}")
    return name.lower(), value


def _example(name: str) -> str:
    if name == "in":
        return "in:body or in:answer"
    term = _TERMS[name]
    return f"{term.word}:{term.example}, {term.meaning}"


def _place(value: str) -> str:
    try:
        return _WORDS_IN[value.lower()]
    except KeyError:
        known = ", ".join(_WORDS_IN)
        raise ValueError(f"in:{value} is none of {known}") from None


def _fields(name: str, value: str, now: datetime) -> dict[str, object]:
    try:
        return _TERMS[name].read(value, now)
    except ValueError as error:
        raise ValueError(f"{name}:{value} is {error}") from None


def is_job_id(text: str) -> bool:
    """Return whether *text* is a number that a job's id can be."""
    return bool(re.fullmatch(r"[0-9]{1,20}", text, re.ASCII)) and int(text) <= MAX_ID
