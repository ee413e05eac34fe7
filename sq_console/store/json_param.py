"""Many rows as one parameter of a statement: a JSON list, which the server unpacks.

PyMySQL escapes a string by looking every character up in a table: for a hundred
outcomes that took longer than everything else about them. So a list goes to MySQL as a
hexadecimal literal, which needs no escaping, cannot end early, and is exactly twice as
long as the text.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

_MEASURED_CHARS = 200
_MOST_PER_CHAR = 12
"""A control character is \\u0001."""


@dataclass(frozen=True, slots=True)
class JsonParam:
    """The parameter. Each engine knows how to send it."""

    text: str

    def literal(self, mapping: object = None) -> str:
        """Return the literal for MySQL, as PyMySQL calls its converters."""
        return f"_utf8mb4 X'{self.text.encode('utf-8', 'replace').hex()}'"


def json_param(rows: Sequence[object]) -> JsonParam:
    """Return *rows*, of JSON's own types, as a parameter."""
    return JsonParam(json.dumps(rows, ensure_ascii=False))


def max_statement_bytes(text: str) -> int:
    """Return how many bytes of a statement *text* takes at most, in a list."""
    if len(text) <= _MEASURED_CHARS:
        return _MOST_PER_CHAR * len(text)
    shown = json.dumps(text, ensure_ascii=False)
    return 2 * len(shown.encode("utf-8", "surrogatepass"))
