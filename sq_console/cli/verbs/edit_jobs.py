"""The verb `edit`: one job by its id, or many by a filter."""

import json
from dataclasses import replace
from typing import Any

import click

from sq_console.cli.bulk_run import filter_of, narrowed_to, run_bulk
from sq_console.cli.common_options import common_flags, json_flag, opened_store
from sq_console.cli.completion.values import filter_terms
from sq_console.cli.job_options import (
    check_callable,
    given_fields,
    header_pairs,
    job_field_options,
    refuse_masks,
)
from sq_console.cli.output import print_error
from sq_console.cli.param_types import JOB_ID, Pace
from sq_console.cli.verbs.change_jobs import print_result, result_of
from sq_console.model import (
    BulkEdit,
    BulkRequest,
    BulkVerb,
    Job,
    JobFilter,
    JobState,
    Seen,
)
from sq_console.rules.contract import edited_headers
from sq_console.rules.drafts import draft_of
from sq_console.store import Store

_MANY = ("typed", "everything", "yes", "state", "why", "pace")
_CHANGES = ("url_from", "url_to", "is_expression", "set_headers", "remove_headers")


@click.command("edit")
@click.argument("job_id", type=JOB_ID, metavar="[ID]", required=False)
@click.option("--method", "http_method", metavar="METHOD")
@click.option("--url", metavar="URL")
@job_field_options(editing=True)
@click.option(
    "--filter",
    "typed",
    metavar="TERMS",
    shell_complete=filter_terms,
    help="Many jobs: 'host:x since:2h'.",
)
@click.option("--state", type=click.Choice([str(state) for state in JobState]))
@click.option("--all", "everything", is_flag=True, help="All that match.")
@click.option("--url-from", metavar="TEXT", help="Of many: what their urls have…")
@click.option("--url-to", metavar="TEXT", help="…and shall have instead.")
@click.option(
    "--regex", "is_expression", is_flag=True, help="--url-from is an expression."
)
@click.option("--set-header", "set_headers", multiple=True, metavar="'NAME: VALUE'")
@click.option("--remove-header", "remove_headers", multiple=True, metavar="NAME")
@click.option("--pace", type=Pace(), metavar="N/s", help="Of the new calls: 10/s.")
@click.option("--why", metavar="TEXT", help="Kept with what is done to many.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_flag
@common_flags
def edit_jobs(
    job_id: int | None, as_json: bool, config: str | None, **options: Any
) -> int:
    """Change a job and queue it; or many, with --filter and --all.

    What is not given stays as it is. A job never called is changed in place; from any
    other a new one is made, with a new id and idempotency key, all its retries and due
    now. The old row stays; of many it is set aside.
    """
    many = {name: options.pop(name) for name in (*_MANY, *_CHANGES)}
    given = given_fields(options)
    if (job_id is None) == (many["typed"] is None):
        raise click.UsageError("name a job by its id, or jobs by --filter with --all")
    with opened_store(config) as store:
        if job_id is None:
            return _edit_many(store, given, as_json=as_json, **many)
        if any(many.values()):
            raise click.UsageError("--url-from and the like are for --filter")
        return _edit_one(store, job_id, given, as_json=as_json)


def _edit_many(
    store: Store,
    given: dict[str, Any],
    *,
    as_json: bool,
    typed: str,
    state: str | None,
    everything: bool,
    yes: bool,
    why: str | None,
    pace: float | None,
    url_from: str | None,
    url_to: str | None,
    is_expression: bool,
    set_headers: tuple[str, ...],
    remove_headers: tuple[str, ...],
) -> int:
    if given:
        raise click.UsageError(
            "many jobs are changed by --url-from and --url-to, or --set-header"
        )
    if not everything:
        raise click.UsageError("a filter needs --all")
    if (url_from is None) != (url_to is None):
        raise click.UsageError("--url-from and --url-to go together")
    headers = header_pairs(set_headers)
    refuse_masks({"url": url_to, "headers": json.dumps(dict(headers))})
    edit = BulkEdit(
        url_from or "", url_to or "", is_expression, headers, tuple(remove_headers)
    )
    request = BulkRequest(
        BulkVerb.EDIT, JobFilter(), why=why or "", per_second=pace, arguments=edit
    )
    states = () if state is None else (JobState(state),)
    request = narrowed_to(request, states, filter_of(store, typed))
    return run_bulk(store, request, yes=yes, as_json=as_json)


def _edit_one(
    store: Store, job_id: int, given: dict[str, Any], *, as_json: bool
) -> int:
    if not given:
        raise click.UsageError("nothing to change; give --url, --body …")
    refuse_masks(given)
    job = store.reads.job(job_id)
    draft = replace(draft_of(job), **given)
    if "headers" in given and "url" not in given:
        kept = edited_headers(job.headers, draft.headers)
        draft = replace(draft, headers=kept)
    check_callable(draft)
    seen = Seen(job_id, job.state, job.attempts, job.created_at)
    result = result_of(lambda seen, who: store.actions.edit(seen, draft, who), seen)
    print_result(result, as_json=as_json)
    if result.new_id is not None:
        _warn_that_old_job_goes_on(job, result.new_id)
    return 0 if result.done else 1


def _warn_that_old_job_goes_on(job: Job, new_id: int) -> None:
    """Warn that the old job is called all the same, if it has not ended."""
    still = {
        JobState.PENDING: "is still pending",
        JobState.RUNNING: "is running and goes on as it was",
    }.get(job.state)
    if still and job.kill_requested_at is None:
        print_error(f"{job.id} {still}; kill it if {new_id} replaces it")
