"""Verbs that change jobs: `enqueue`, `retry`, `kill`, `set-aside`.

Each job is one compare-and-set in the store and one result here, named by its id. A
filter becomes a list of jobs first, with state and attempts as they were seen: a job
that changes between the question and the action is refused. With --filter, --pace or
--why it is a bulk action, which others see and go on with.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.bulk_run import confirm, filter_of, narrowed_to, run_bulk
from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    opened_store,
    read_settings,
    store_of,
)
from sq_console.cli.completion.values import filter_terms, http_methods
from sq_console.cli.job_options import (
    check_callable,
    filter_options,
    given_fields,
    job_field_options,
    refuse_masks,
)
from sq_console.cli.meant_host import with_meant_host
from sq_console.cli.output import (
    DeferredErrors,
    print_error,
    print_json,
    print_line,
)
from sq_console.cli.param_types import JOB_ID, Pace, WholeNumber
from sq_console.errors import JobNotFound, RowRefused, StoreUnavailable
from sq_console.model import (
    ActionResult,
    BulkRequest,
    BulkVerb,
    JobFilter,
    JobState,
    NewJob,
    Seen,
)
from sq_console.store import Store
from sq_console.text.bulk_words import bulk_verb_text
from sq_console.text.humanize import plural
from sq_console.text.redact import redact_text

Decorated = TypeVar("Decorated", bound=Callable[..., object])
Act = Callable[[Seen, str], ActionResult]

BATCH = 500
PAGE = 200


@click.command("enqueue")
@click.argument("http_method", metavar="METHOD", shell_complete=http_methods)
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


def choice_of_jobs(*states: JobState) -> Callable[[Decorated], Decorated]:
    """Add arguments that choose jobs: ids, or a filter with --all."""
    options = (
        click.argument("ids", nargs=-1, type=JOB_ID, metavar="[ID]…"),
        click.option("--state", type=click.Choice([str(state) for state in states])),
        click.option("--host", help="host[:port], as ls shows it."),
        filter_options,
        click.option("--text", help="Part of the url or of the last error."),
        click.option(
            "--filter",
            "typed",
            metavar="TERMS",
            shell_complete=filter_terms,
            help="As after / on the console: 'host:x since:2h'.",
        ),
        click.option("--all", "everything", is_flag=True, help="All that match."),
        click.option("--why", metavar="TEXT", help="Kept with what is done to many."),
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
@click.option(
    "--pace",
    type=Pace(),
    metavar="N/s",
    help="Of all that match, so many calls: 10/s, 30/min.",
)
@choice_of_jobs(
    JobState.FAILED,
    JobState.SET_ASIDE,
    JobState.KILLED,
    JobState.PENDING,
    JobState.SUCCEEDED,
)
def retry_jobs(config: str | None, **choice: Any) -> int:
    """Make failed jobs pending again.

    A waiting job becomes due; a succeeded one gets a new row. Jobs are named by id, or
    by --filter or --state (and --host, --org, --text) with --all.
    """
    with opened_store(config) as store:
        return _act_on_jobs(store, store.actions.retry, BulkVerb.RETRY, **choice)


@click.command("kill")
@choice_of_jobs(JobState.PENDING, JobState.RUNNING)
def kill_jobs(config: str | None, **choice: Any) -> int:
    """End pending jobs; abort running ones.

    The call of a running job is aborted by its processor within two seconds; its
    handler may have done its work all the same.
    """
    with opened_store(config) as store:
        return _act_on_jobs(store, store.actions.kill, BulkVerb.KILL, **choice)


@click.command("set-aside")
@choice_of_jobs(JobState.FAILED)
def set_jobs_aside(config: str | None, **choice: Any) -> int:
    """Take failed jobs off the list of failures.

    They stay in the table, with who did it and --why; a retry brings them back.
    """
    why = choice["why"] or ""
    with opened_store(config) as store:

        def set_aside(seen: Seen, who: str) -> ActionResult:
            return store.actions.set_aside(seen, who, why)

        return _act_on_jobs(store, set_aside, BulkVerb.SET_ASIDE, **choice)


def _act_on_jobs(
    store: Store,
    act: Act,
    verb: BulkVerb,
    *,
    ids: Sequence[int],
    typed: str | None,
    everything: bool,
    yes: bool,
    as_json: bool,
    why: str | None,
    pace: float | None = None,
    **narrowed: Any,
) -> int:
    filtered = typed is not None or any(each is not None for each in narrowed.values())
    if bool(ids) == (everything or filtered):
        raise click.UsageError(
            "name jobs by id, or by --state with --all, or by --filter with --all"
        )
    if ids and pace is not None:
        raise click.UsageError("--pace is for all that match, not for ids")
    if ids and why is not None and verb is not BulkVerb.SET_ASIDE:
        raise click.UsageError("--why is for all that match, not for ids")
    if not ids and (typed is not None or pace is not None or why is not None):
        request = _bulk_request(store, verb, typed, everything=everything, **narrowed)
        request = replace(request, why=why or "", per_second=pace)
        return run_bulk(store, request, yes=yes, as_json=as_json)
    if not ids:
        chosen = _matching(store, everything=everything, **narrowed)
        if not chosen:
            print_error("0 jobs matched; nothing was done")
        else:
            words = bulk_verb_text(verb).capitalize()
            confirm(f"{words} {plural(len(chosen), 'job')}?", yes=yes)
    else:
        chosen = [Seen(job_id) for job_id in dict.fromkeys(ids)]
    return _act_on_each(chosen, act, as_json=as_json)


def _act_on_each(chosen: Sequence[Seen], act: Act, *, as_json: bool) -> int:
    refused = 0
    deferred = DeferredErrors()
    for at, seen in enumerate(chosen):
        try:
            result = result_of(act, seen)
        except StoreUnavailable:
            print_error(
                f"stopped at {seen.job_id}: {at:,} of {len(chosen):,} jobs tried"
            )
            raise
        refused += not result.done
        with deferred:
            print_result(result, as_json=as_json)
    deferred.raise_first()
    return 1 if refused else 0


def _bulk_request(
    store: Store,
    verb: BulkVerb,
    typed: str | None,
    *,
    everything: bool,
    state: str | None,
    **narrowed: Any,
) -> BulkRequest:
    if not everything:
        raise click.UsageError("a filter needs --all")
    states = () if state is None else (JobState(state),)
    request = BulkRequest(verb, JobFilter())
    if typed is None:
        wanted = _wanted(state=state, everything=everything, **narrowed)
        wanted = with_meant_host(store, wanted)
    elif any(each is not None for each in narrowed.values()):
        raise click.UsageError("--filter says it all; --host, --org, --text go into it")
    else:
        wanted = filter_of(store, typed)
    return narrowed_to(request, states, wanted)


def _wanted(
    *, everything: bool, state: str | None, host: str | None, **narrowed: Any
) -> JobFilter:
    if state is None or not everything:
        raise click.UsageError("a filter needs --state and --all")
    if "" in (host, narrowed["text"]):
        raise click.UsageError("an empty --host or --text would match what it must not")
    host = None if host is None else host.lower()
    return JobFilter(state=JobState(state), host=host, **narrowed)


def _matching(store: Store, **narrowed: Any) -> list[Seen]:
    wanted = with_meant_host(store, _wanted(**narrowed))
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


def result_of(act: Act, seen: Seen) -> ActionResult:
    """Act on one job; return the result, also where the row was refused."""
    try:
        return act(seen, current_actor())
    except (JobNotFound, RowRefused) as error:
        return ActionResult(seen.job_id, done=False, message=str(error))


def print_result(result: ActionResult, *, as_json: bool) -> None:
    """Print the result of an action on one job."""
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
