"""Which schema the database has."""

from sq_console.model import Finding
from sq_console.rules.admission.schema_gate import schema_refusal
from sq_console.store import Store


def schema_findings(store: Store) -> list[Finding]:
    """Return the finding about the schema, which says in a line what to do."""
    found = store.admin.found_schema()
    if not (why := schema_refusal(found)):
        return [Finding(True, found.described)]
    text, _, advice = why.partition("; ")
    return [Finding(False, text, advice)]
