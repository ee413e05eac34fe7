"""Which schemas this program works on: its own. Of every other one it says what was
found, and the command.
"""

from sq_console.model import SCHEMA_VERSION, FoundSchema, SchemaKind


def schema_refusal(found: FoundSchema) -> str:
    """Return why nothing is done with a database that has this schema, and what to do;
    "" for ours.
    """
    if found.is_current:
        return ""
    return f"the database has {found.described}; {_remedy(found)}"


def _remedy(found: FoundSchema) -> str:
    if found.is_newer:
        return (
            f"this sq-console is too old, it knows version {SCHEMA_VERSION}:"
            " install a newer one"
        )
    match found.kind:
        case SchemaKind.NONE:
            return "run `sq-console init`"
        case SchemaKind.FOREIGN:
            return "name the queue's database in [db], or install a newer sq-console"
        case _:
            return "run `sq-console migrate`"
