"""A job with another value than usual in each column that an edit may change.

It follows `NewJob`: a new column is in it without a word here, unless its value has a
syntax.
"""

from typing import Any, get_type_hints

from sq_console.model import NewJob
from sq_console.rules.drafts import EDITABLE

_SYNTAX: dict[str, Any] = {
    "http_method": "PUT",
    "url": "http://other.example.com/",
    "headers": '{"X-A": "1"}',
}
_HINTS = get_type_hints(NewJob)


def _other(name: str) -> Any:
    if name in _SYNTAX:
        return _SYNTAX[name]
    if _HINTS[name] in (int, int | None):
        return 7
    return "other" if _HINTS[name] in (str, str | None) else b"other"


OTHER = NewJob(**{name: _other(name) for name in EDITABLE})
