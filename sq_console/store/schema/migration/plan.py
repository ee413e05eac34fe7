"""All steps of a migration, in an order in which it may be killed after any of them.

From the ancestor: what says that it is under way (version 0) and the hold come before
anything that could make a row claimable; the version comes last. `created_at` of its
rows is a constant until the walk: no row that is inserted later has it, and so the
statement that changes the defaults parts the ancestor's rows from ours.
"""

from collections.abc import Iterator

from sq_console.model import SCHEMA_VERSION, UNDER_WAY, FoundSchema, SchemaKind
from sq_console.store.schema.definitions import TableDefinition, definitions
from sq_console.store.schema.migration.found_tables import Found, FoundTable
from sq_console.store.schema.migration.steps import WALK_SECS, Step
from sq_console.store.schema.migration.table_steps import BEFORE_US, TableSteps

OUR_RETRIES = 5
"""The default of `remaining_retries` in schema.sql."""
ANCESTORS_TIME = "ancestor_created_at"
"""Row of `queued_job_meta`: `created_at` of the rows that are the ancestor's."""
WHY_HELD = "migrated from the strings-queue: look at what is pending first"

SET_VERSION = (
    "INSERT INTO queued_job_meta (name, value) VALUES ('schema_version', '{}')"
    " ON DUPLICATE KEY UPDATE value = '{}'"
)
_UUID = (
    "INSERT IGNORE INTO queued_job_meta (name, value) VALUES ('database_uuid', UUID())"
)
_NOTE_TIME = (
    f"INSERT IGNORE INTO queued_job_meta (name, value) SELECT '{ANCESTORS_TIME}', {{}}"
)
_OLDEST_TIME = (
    "COALESCE((SELECT CAST(created_at AS CHAR) FROM queued_job ORDER BY id LIMIT 1),"
    " '{}')"
)
FORGET_TIME = "DELETE FROM queued_job_meta WHERE name = 'ancestor_created_at'"
HOLD = "INSERT IGNORE INTO queued_job_hold (host, who, why) VALUES ('*', %s, %s)"
_FIRST = ("queued_job_meta", "queued_job_hold")


def steps_of(
    found: Found, schema: FoundSchema, actor: str, *, adds_beside_keys: bool
) -> list[Step]:
    """Return the steps from *found* to schema.sql; none when nothing is to do. A hold
    is *actor*'s. *adds_beside_keys*: can the server add columns to a table whose
    computed columns have keys?
    """
    if schema.kind is SchemaKind.ANCESTOR:
        return [*_from_ancestor(found, actor, adds_beside_keys)]
    steps = [
        step
        for wanted in definitions().values()
        for step in _all_of(wanted, found.get(wanted.name), adds_beside_keys)
    ]
    if schema.version < SCHEMA_VERSION:
        steps.append(_version(SCHEMA_VERSION))
    return steps


def _from_ancestor(found: Found, actor: str, adds_beside_keys: bool) -> Iterator[Step]:
    wanted = definitions()
    jobs = found["queued_job"]
    for name in _FIRST:
        yield from _all_of(wanted[name], found.get(name), adds_beside_keys)
    yield _version(UNDER_WAY)
    yield Step("name this database", _UUID)
    time = _OLDEST_TIME if "created_at" in jobs.columns else "'{}'"
    yield Step(
        "note which rows are the strings-queue's",
        _NOTE_TIME.format(time.format(BEFORE_US)),
    )
    yield Step("hold everything", HOLD, (actor, WHY_HELD))
    for name, definition in wanted.items():
        if name not in (*_FIRST, "queued_job"):
            yield from _all_of(definition, found.get(name), adds_beside_keys)
    of_jobs = TableSteps(wanted["queued_job"], jobs, adds_beside_keys=adds_beside_keys)
    yield from of_jobs.columns()
    yield from of_jobs.times(OUR_RETRIES)
    yield _walk(jobs)
    yield from of_jobs.computed()
    yield from of_jobs.keys()
    yield _walk(jobs, again=True)
    yield _version(SCHEMA_VERSION)


def _all_of(
    wanted: TableDefinition, found: FoundTable | None, adds_beside_keys: bool
) -> Iterator[Step]:
    if found is None:
        yield Step(f"make {wanted.name}", wanted.create)
        return
    steps = TableSteps(wanted, found, adds_beside_keys=adds_beside_keys)
    yield from steps.columns()
    yield from steps.times()
    yield from steps.computed()
    yield from steps.keys()


def _walk(jobs: FoundTable, *, again: bool = False) -> Step:
    title = "look once more at the strings-queue's jobs" if again else _WALK_TITLE
    secs = WALK_SECS * jobs.rows / 1e6 / (8 if again else 1)
    return Step(title, _WALK_TEXT, secs=secs, is_walk=True)


_WALK_TITLE = "give the strings-queue's jobs their due times and retries"
_WALK_TEXT = """\
-- by primary key, 500 rows in a transaction, only rows that have not been done
UPDATE queued_job SET created_at = <the latest it can have been made>,
  run_at = COALESCE(last_finished_at + INTERVAL retry_delay_secs SECOND, created_at),
  remaining_retries = remaining_retries - (result_code IS NULL),
  max_retries = remaining_retries
 WHERE result_code IS NULL OR result_code = 2 AND remaining_retries > 0;
UPDATE queued_job SET result_code = 3, last_error = 'no retries left'
 WHERE result_code IS NULL AND remaining_retries <= 0"""


def _version(number: int) -> Step:
    title = "note that it is under way" if number == UNDER_WAY else "write the version"
    return Step(title, SET_VERSION.format(number, number))
