"""What is typed after `/`, as a filter.

Words that are not terms are looked for in url and error, as one text. A number alone is
an id, if one can be so large: operators paste those most.
"""

import re

from sq_console.model import JobFilter, JobState
from sq_console.text.job_fields import FILTER_FIELDS, JobField

MAX_ID = 2**64 - 1
"""What a BIGINT UNSIGNED holds."""
_COLUMNS = {field.word: field for field in FILTER_FIELDS}
_EXAMPLES = "".join(f"{word}:{_COLUMNS[word].filter_example} · " for word in _COLUMNS)
HELP = (
    f"words in url or error · 7 or #7 · host:api.example.com · {_EXAMPLES}state:killed"
)


def parse_filter(typed: str) -> JobFilter | None:
    """The filter *typed* asks for; None for nothing. Raises ValueError with a reason
    for a term that cannot be.
    """
    fields: dict[str, object] = {}
    words: list[str] = []
    if _is_id(typed.strip()):
        typed = f"#{typed.strip()}"
    for word in typed.split():
        term = _term(word)
        if term is None:
            words.append(word)
        else:
            fields[term[0]] = term[1]
    if words:
        fields["text"] = " ".join(words)
    if not fields:
        return None
    return JobFilter(**fields)  # type: ignore[arg-type]  # built from its own fields


def _term(word: str) -> tuple[str, object] | None:
    if word.startswith("#") and _is_id(word[1:]):
        return "job_id", int(word[1:])
    name, colon, value = word.partition(":")
    if not colon or name.lower() not in ("host", "state", "id", *_COLUMNS):
        return None
    if not value:
        raise ValueError(f"{name}: what? {HELP}")
    return _named(name.lower(), value)


def _named(name: str, value: str) -> tuple[str, object]:
    if name == "host":
        return "host", value.lower()
    if name == "state":
        return "state", _state(value.lower())
    if name == "id":
        return "job_id", _id(value)
    return _COLUMNS[name].name, _column_value(_COLUMNS[name], value)


def _id(value: str) -> int:
    if not _is_id(value):
        raise ValueError(f"id:{value} is not a number{_within(value)}")
    return int(value)


def _column_value(field: JobField, value: str) -> object:
    assert field.kind is not None
    try:
        return field.kind.parse(value)
    except ValueError as error:
        raise ValueError(f"{field.word}:{value} is not {error}") from None


def _within(value: str) -> str:
    return f" up to {MAX_ID}" if value.isdigit() else ""


def _is_id(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,20}", text, re.ASCII)) and int(text) <= MAX_ID


def _state(value: str) -> JobState:
    try:
        return JobState(value)
    except ValueError:
        known = ", ".join(JobState)
        raise ValueError(f"state:{value} is none of {known}") from None
