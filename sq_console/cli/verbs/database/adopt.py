"""The verb `adopt`: a copy of a database becomes one of its own."""

from dataclasses import asdict

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.bulk_run import confirm
from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    read_settings,
    store_of,
)
from sq_console.cli.output import print_error, print_json, print_line
from sq_console.errors import StoreRefused
from sq_console.model import HOLD_ALL, DatabaseState
from sq_console.rules.admission.copies import copy_words, is_anywhere, judge
from sq_console.store import Store
from sq_console.text.humanize import capped_count, plural
from sq_console.text.sanitize import clean

MOST_HOSTS = 5
"""So many hosts are named."""


@click.command("adopt")
@click.option(
    "--moved",
    is_flag=True,
    help="It is the original itself, elsewhere now: its Idempotency-Keys stay.",
)
@click.option(
    "--yes", is_flag=True, help="Do not ask; off a terminal nothing is asked."
)
@json_flag
@common_flags
def adopt_database(moved: bool, yes: bool, as_json: bool, config: str | None) -> int:
    """Make a copy a database of its own.

    Nobody calls the jobs of a copy, a dump restored elsewhere say, until it is adopted.
    Then they are called, with other Idempotency-Keys than the original's. What was
    moved, and is worked on nowhere else, keeps them: --moved.
    """
    settings = read_settings(config)
    with store_of(settings) as store:
        state = store.home.state()
        judgement = judge(state.meta, state.location, trusted=False)
        if not judgement.copy_of and is_anywhere(state.meta):
            return _report_at_home(state, as_json=as_json)
        if judgement.copy_of:
            print_error(f"{settings.db.label}: {copy_words(judgement)}")
            print_error(f"({judgement.why})")
        print_error(_what_will_be_called(store))
        keys = "the Idempotency-Keys it has" if moved else "new Idempotency-Keys"
        confirm(f"Adopt it, with {keys}?", yes=yes)
        done = store.home.adopt(state, current_actor(), keep_uuid=moved)
        if done is None:
            raise StoreRefused("it was adopted by somebody else meanwhile")
        held = [hold for hold in store.reads.holds() if hold.host == HOLD_ALL]
    if as_json:
        print_json(asdict(done) | {"result": "adopted", "held": bool(held)})
        return 0
    print_line(f"adopted: this is database {done.uuid}, at home here")
    if held:
        by = f"by {clean(held[0].who)}: {clean(held[0].why)}"
        print_error(
            f"everything is held {by}; `sq-console resume --all-holds` lifts it"
        )
    return 0


def _report_at_home(state: DatabaseState, *, as_json: bool) -> int:
    if as_json:
        print_json({"uuid": state.uuid, "result": "at home"})
    else:
        print_line(f"this is no copy: database {state.uuid} is at home here")
    return 0


def _what_will_be_called(store: Store) -> str:
    """Return how many jobs are called after the adoption, and at which hosts."""
    counts = store.reads.counts()
    rows = sorted(store.hosts.worst_first().rows, key=lambda row: -row.due)
    with_jobs = [row for row in rows if row.due or row.running]
    named = ", ".join(clean(row.host) or "(no host)" for row in with_jobs[:MOST_HOSTS])
    more = len(with_jobs) - MOST_HOSTS
    at = f", at {named}" if named else ""
    return (
        f"its processors will call {capped_count(counts.due)} due jobs,"
        f" {capped_count(counts.waiting)} that wait and {capped_count(counts.running)}"
        f" that ran when it was copied{at}"
        + (f" and {plural(more, 'other host')}" if more > 0 else "")
    )
