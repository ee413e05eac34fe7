"""Verbs that change jobs: `enqueue`, `retry`, `kill`, `edit`.

Each job is one compare-and-set in the store and one result here, named by its id. A
filter becomes a list of jobs first, with state and attempts as they were seen: a job
that changes between the question and the action is refused.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    opened_store,
    read_settings,
    store_of,
)
from sq_console.cli.job_options import (
    check_callable,
    filter_options,
    given_fields,
    job_field_options,
    refuse_masks,
)
from sq_console.cli.output import (
    DeferredErrors,
    print_error,
    print_json,
    print_line,
)
from sq_console.cli.param_types import JOB_ID, WholeNumber
from sq_console.errors import JobNotFound, RowRefused, StoreUnavailable
from sq_console.model import ActionResult, Job, JobFilter, JobState, NewJob, Seen
from sq_console.rules.contract import edited_headers
from sq_console.rules.drafts import draft_of
from sq_console.store import Store
from sq_console.text.humanize import plural
from sq_console.text.redact import redact_text

Decorated = TypeVar("Decorated", bound=Callable[..., object])
Act = Callable[[Seen, str], ActionResult]

BATCH = 500
PAGE = 200


@click.command("enqueue")
@click.argument("http_method", metavar="METHOD")
@click.argument("url")
@job_field_options(editing=False)
@click.option(
    "--count",
    type=WholeNumber(1, 1_000_000),
    metavar="N",
    default=1,
    help="This many of it.",
)
@json_flag
@common_flags
def enqueue_jobs(
    http_method: str,
    url: str,
    count: int,
    as_json: bool,
    config: str | None,
    **options: Any,
) -> None:
    """Put a job into the queue; prints its id."""
    given = given_fields(options)
    job = NewJob(http_method=http_method.strip(), url=url, **given)
    check_callable(job)
    refuse_masks({"url": url, **given})
    settings = read_settings(config)
    most = settings.processor.max_timeout_secs
    if job.timeout_secs > most:
        print_error(f"a timeout of {job.timeout_secs} s will count as {most} s")
    with store_of(settings) as store:
        deferred = DeferredErrors()
        for job_id in _enqueue_in_batches(store, job, count):
            with deferred:
                if as_json:
                    print_json({"id": job_id, "result": "enqueued"})
                else:
                    print_line(str(job_id))
        deferred.raise_first()


def _enqueue_in_batches(store: Store, job: NewJob, count: int) -> Iterator[int]:
    actor = current_actor()
    for done in range(0, count, BATCH):
        yield from store.actions.enqueue(job, actor, min(BATCH, count - done))


def _choice_of_jobs(*states: JobState) -> Callable[[Decorated], Decorated]:
    """Add arguments that choose jobs: ids, or a filter with --all."""
    options = (
        click.argument("ids", nargs=-1, type=JOB_ID, metavar="[ID]…"),
        click.option("--state", type=click.Choice([str(state) for state in states])),
        click.option("--host", help="host[:port], as ls shows it."),
        filter_options,
        click.option("--text", help="Part of the url or of the last error."),
        click.option("--all", "everything", is_flag=True, help="All that match."),
        click.option(
            "--yes", is_flag=True, help="Do not ask; off a terminal nothing is asked."
        ),
        json_flag,
        common_flags,
    )

    def decorate(command: Decorated) -> Decorated:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command("retry")
@_choice_of_jobs(
    JobState.FAILED,
    JobState.SET_ASIDE,
    JobState.KILLED,
    JobState.PENDING,
    JobState.SUCCEEDED,
)
def retry_jobs(config: str | None, **choice: Any) -> int:
    """Make failed jobs pending again.

    A waiting job becomes due; a succeeded one gets a new row. Jobs are named by id, or
    by --state (and --host, --org, --text) with --all.
    """
    with opened_store(config) as store:
        return _act_on_jobs(store, store.actions.retry, "Retry", **choice)


@click.command("kill")
@_choice_of_jobs(JobState.PENDING, JobState.RUNNING)
def kill_jobs(config: str | None, **choice: Any) -> int:
    """End pending jobs; abort running ones.

    The call of a running job is aborted by its processor within two seconds; its
    handler may have done its work all the same.
    """
    with opened_store(config) as store:
        return _act_on_jobs(store, store.actions.kill, "Kill", **choice)


def _act_on_jobs(
    store: Store,
    act: Act,
    verb: str,
    *,
    ids: Sequence[int],
    everything: bool,
    yes: bool,
    as_json: bool,
    **narrowed: Any,
) -> int:
    filtered = any(value is not None for value in narrowed.values())
    if bool(ids) == (everything or filtered):
        raise click.UsageError("name jobs by id, or by --state with --all")
    if filtered or everything:
        chosen = _matching(store, everything=everything, **narrowed)
        if not chosen:
            print_error("0 jobs matched; nothing was done")
        else:
            _confirm(f"{verb} {plural(len(chosen), 'job')}?", yes=yes)
    else:
        chosen = [Seen(job_id) for job_id in dict.fromkeys(ids)]
    refused = 0
    deferred = DeferredErrors()
    for at, seen in enumerate(chosen):
        try:
            result = _result(act, seen)
        except StoreUnavailable:
            print_error(
                f"stopped at {seen.job_id}: {at:,} of {len(chosen):,} jobs tried"
            )
            raise
        refused += not result.done
        with deferred:
            _print_result(result, as_json=as_json)
    deferred.raise_first()
    return 1 if refused else 0


def _matching(
    store: Store,
    *,
    everything: bool,
    state: str | None,
    host: str | None,
    **narrowed: Any,
) -> list[Seen]:
    if state is None or not everything:
        raise click.UsageError("a filter needs --state and --all")
    if "" in (host, narrowed["text"]):
        raise click.UsageError("an empty --host or --text would match what it must not")
    host = None if host is None else host.lower()
    wanted = JobFilter(state=JobState(state), host=host, **narrowed)
    chosen: list[Seen] = []
    after: str | None = None
    while True:
        page = store.reads.jobs(wanted, PAGE, after)
        chosen += [
            Seen(job.id, job.state, job.attempts, job.created_at) for job in page.jobs
        ]
        after = page.next
        if after is None:
            return chosen


def _confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; in a script --all is the answer."""
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)  # the cursor stands behind the question
        print_error("nothing was done")
        raise
    if not agreed:
        raise click.ClickException("nothing was done")


def _result(act: Act, seen: Seen) -> ActionResult:
    try:
        return act(seen, current_actor())
    except (JobNotFound, RowRefused) as error:
        return ActionResult(seen.job_id, done=False, message=str(error))


def _print_result(result: ActionResult, *, as_json: bool) -> None:
    message = redact_text(result.message)  # a trigger may name the row's values
    reason = message.removeprefix("refused: ")
    if as_json:
        entry: dict[str, object] = {"id": result.job_id}
        if result.done:
            entry |= {"result": "done", "message": message}
        else:
            entry |= {"result": "refused", "reason": reason}
        if result.new_id is not None:
            entry["new_id"] = result.new_id
        print_json(entry)
    elif result.done:
        print_line(f"{result.job_id} {message}")
    else:
        print_error(f"{result.job_id} refused: {reason}")


@click.command("edit")
@click.argument("job_id", type=JOB_ID, metavar="ID")
@click.option("--method", "http_method", metavar="METHOD")
@click.option("--url", metavar="URL")
@job_field_options(editing=True)
@json_flag
@common_flags
def edit_job(job_id: int, as_json: bool, config: str | None, **options: Any) -> int:
    """Change a job and queue it.

    What is not given stays as it is. A job never called is changed in place; from any
    other a new one is made, with a new id and idempotency key, all its retries and due
    now, and the old row stays.
    """
    given = given_fields(options)
    if not given:
        raise click.UsageError("nothing to change; give --url, --body …")
    refuse_masks(given)
    with opened_store(config) as store:
        job = store.reads.job(job_id)
        draft = replace(draft_of(job), **given)
        if "headers" in given and "url" not in given:
            kept = edited_headers(job.headers, draft.headers)
            draft = replace(draft, headers=kept)
        check_callable(draft)
        seen = Seen(job_id, job.state, job.attempts, job.created_at)
        result = _result(lambda seen, who: store.actions.edit(seen, draft, who), seen)
        _print_result(result, as_json=as_json)
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
