"""The request of a bulk action as JSON, and back: `queued_job_bulk.wanted` and
`arguments`.

Fields are written by their name and only where they differ from their default, so that
a row written by another version is read: what it does not know is left out.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from sq_console.model import BulkEdit, BulkRequest, BulkVerb

Value = TypeVar("Value")
_COLUMNS = frozenset({"verb", "why", "per_second", "arguments"})
"""Fields of a request with a column of their own."""


def wanted_text(request: BulkRequest) -> str:
    """Return which jobs *request* is about."""
    plain = _plain(request)
    return json.dumps({k: v for k, v in plain.items() if k not in _COLUMNS})


def arguments_text(request: BulkRequest) -> str:
    """Return what it does to them."""
    return json.dumps(_plain(request.arguments) if request.arguments else {})


def request_of(verb: BulkVerb, wanted: str, arguments: str) -> BulkRequest:
    """Return the request that was written. Raises ValueError."""
    read = _read(BulkRequest, {"wanted": {}, **json.loads(wanted), "verb": verb})
    edit = json.loads(arguments or "{}")
    return replace(read, arguments=_read(BulkEdit, edit) if edit else None)


def _plain(value: Any) -> dict[str, object]:
    return {
        field.name: _json(getattr(value, field.name))
        for field in fields(value)
        if field.default is MISSING or getattr(value, field.name) != field.default
    }


def _json(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case tuple():
            return [_json(each) for each in value]
        case _ if is_dataclass(value):
            return _plain(value)
        case _:
            return value


def _read(kind: type[Value], given: Mapping[str, Any]) -> Value:
    hints = get_type_hints(kind)
    names = (field.name for field in fields(kind))  # type: ignore[arg-type]
    known = {name: _typed(hints[name], given[name]) for name in names if name in given}
    return kind(**known)


def _typed(hint: Any, value: Any) -> Any:
    """Return *value*, of JSON, as the type *hint* has it."""
    kinds = [hint, *get_args(hint)]
    if isinstance(value, list):
        inner = [get_args(kind)[0] for kind in kinds if get_origin(kind) is tuple]
        if not inner:
            raise ValueError(f"a list is no {hint}")
        return tuple(_typed(inner[0], each) for each in value)
    made = value
    for kind in kinds:
        if value is not None and isinstance(kind, type):
            made = _made(kind, made)
    return made


def _made(kind: type[Any], value: Any) -> Any:
    if is_dataclass(kind) and isinstance(value, Mapping):
        return _read(kind, value)
    if issubclass(kind, Enum) and isinstance(value, str):
        return kind(value)
    if issubclass(kind, datetime) and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value
