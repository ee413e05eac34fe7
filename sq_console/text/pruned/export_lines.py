"""Rows as lines of JSON, every byte of them: what is not UTF-8 stands in base64.

A line is `{"table": …, "row": {column: value}}`, in ASCII. A value whose bytes are no
UTF-8 has `_base64` behind the name of its column. Numbers are numbers, times are text
as the database writes them, in UTC.
"""

import base64
import json
from collections.abc import Mapping

FORMAT = 1


def export_header(database_uuid: str) -> bytes:
    """Return the first line of an export."""
    return _line({"sq_console_export": FORMAT, "database": database_uuid})


def export_line(table: str, row: Mapping[str, object]) -> bytes:
    """Return the line of one row."""
    return _line({"table": table, "row": dict(map(_member, row, row.values()))})


def _member(name: str, value: object) -> tuple[str, object]:
    match value:
        case bytes():
            try:
                return name, value.decode()
            except UnicodeDecodeError:
                return f"{name}_base64", base64.b64encode(value).decode()
        case None | bool() | int() | float() | str():
            return name, value
        case _:
            return name, str(value)


def _line(entry: object) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"
