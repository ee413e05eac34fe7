"""A handover as Markdown, for a ticket: foreign text in it is harmless and marks
nothing up.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from sq_console.model import HOLD_ALL, Activity, BulkRow, Cause
from sq_console.model.handover import Handover
from sq_console.text.humanize import (
    age,
    capped_count,
    capped_sum,
    onset,
    percent,
    plural,
    spoken_duration,
)
from sq_console.text.redact import redact_text
from sq_console.text.sanitize import clean
from sq_console.text.verdict_words import verdict_words

At = Callable[[datetime | None], str]
_TEXT_CHARS = 90
_MOST_CAUSES, _MOST_ACTIVITY = 15, 40
_NOTHING = "- none"


def handover_lines(given: Handover, local: Callable[[datetime], datetime]) -> list[str]:
    """Return the lines of a Markdown text; *local* gives a moment in the reader's
    zone.
    """
    now = local(given.now)

    def at(moment: datetime | None) -> str:
        return "?" if moment is None else onset(local(moment), now)

    last = spoken_duration((given.now - given.since).total_seconds())
    return [
        f"## {code(given.label)} at {now:%Y-%m-%d %H:%M %Z}, the last {last}",
        "",
        f"**{plain(str(verdict_words(given.verdict, at)))}**",
        "",
        *_backlog(given),
        *_processors(given, at),
        "",
        *_causes(given, at),
        "",
        "### Held",
        *_or_none(_holds(given, at)),
        "",
        "### Bulk actions",
        *_or_none(_bulk(row, at) for row in given.bulk),
        "",
        "### What operators did",
        *_or_none(_activity(one, at) for one in given.activity[:_MOST_ACTIVITY]),
        *_more(len(given.activity) - _MOST_ACTIVITY),
    ]


def code(text: str, limit: int = _TEXT_CHARS) -> str:
    """Return foreign *text* as Markdown shows it letter by letter."""
    shown = clean(redact_text(text), limit).replace("`", "'").replace("|", "¦")
    return f"`{shown}`" if shown.strip() else ""


def plain(text: str) -> str:
    """Return a sentence of ours with foreign words in it: nothing in it marks up."""
    return "".join(f"\\{each}" if each in "\\`*_[]<>|#" else each for each in text)


def _backlog(given: Handover) -> Iterator[str]:
    counts, oldest = given.health.counts, given.health.oldest_due
    held = capped_sum(*(it.due for it in given.health.held))
    held = "" if held == "0" else f" ({held} of them held)"
    due = f"- backlog: {capped_count(counts.due)} due{held}"
    if oldest is not None:
        late = age((given.now - oldest.at).total_seconds())
        due += f", the oldest for {late} at {code(oldest.host)}"
    now = capped_sum(counts.due, counts.waiting, counts.running)
    then = given.pending_then
    begin = f"; then about {then:,}" if then is not None else ""
    yield f"{due}; {now} pending or running in all{begin}"
    calls = sum(each.calls for each in given.minutes)
    failed = sum(each.failed + each.retried for each in given.minutes)
    yield f"- calls: {calls:,}, {failed:,} failed ({percent(failed, calls)})"


def _processors(given: Handover, at: At) -> Iterator[str]:
    alive = given.health.alive
    named = ", ".join(
        f"{code(row.name)} {row.state} {row.running}/{row.concurrency}" for row in alive
    )
    yield f"- {plural(len(alive), 'processor')} alive{': ' if named else ''}{named}"
    for one in given.lost:
        rescued = f"{plural(one.rescued, 'job')} rescued"
        yield f"- LOST {code(one.name)} at {at(one.lost_at or one.since)}, {rescued}"


def _causes(given: Handover, at: At) -> Iterator[str]:
    reading = given.causes
    number = plural(reading.jobs, "job")
    most = f" of the last {number} that failed or wait for a retry"
    yield f"### Causes{most if reading.causes else ''}"
    yield ""
    if not reading.causes:
        yield _NOTHING
        return
    yield "| since | last | jobs | host | what |"
    yield "| --- | --- | ---: | --- | --- |"
    for cause in reading.causes[:_MOST_CAUSES]:
        yield _cause(cause, given.now, at)
    yield from _more(len(reading.causes) - _MOST_CAUSES)


def _cause(cause: Cause, now: datetime, at: At) -> str:
    last = f"{age((now - cause.last).total_seconds())} ago"
    last = f"{last}, goes on" if cause.goes_on else last
    what = " ".join(filter(None, (cause.key.kind, cause.key.message)))
    place = code(cause.key.host + cause.key.path)
    since = f"before {at(cause.since)}" if cause.is_older else at(cause.since)
    return f"| {since} | {last} | {cause.jobs:,} | {place} | {code(what)} |"


def _holds(given: Handover, at: At) -> Iterator[str]:
    for it in given.health.held:
        hold = it.hold
        what = "everything" if hold.host == HOLD_ALL else code(hold.host)
        until = f" until {at(hold.expires_at)}" if hold.expires_at else ""
        why = f": {code(hold.why)}" if hold.why else ""
        waits = f"; {capped_count(it.pending)} wait"
        since = f"since {at(hold.since)}" if hold.since else ""
        yield f"- {what} {since}{until} by {code(hold.who)}{why}{waits}"


def _bulk(row: BulkRow, at: At) -> str:
    verb = row.request.verb.value.replace("_", " ")
    parts = [f"{row.done:,} of {row.counted:,} done"]
    if row.refused:
        parts.append(f"{row.refused:,} changed meanwhile")
    if row.not_begun:
        parts.append(f"{row.not_begun:,} not begun")
    if row.pulled_back:
        parts.append(f"{row.pulled_back:,} pulled back")
    by = f", by {code(row.stopped_by)}" if row.stopped_by else ""
    why = f" ({code(row.request.why)})" if row.request.why else ""
    begun = f"- {at(row.created_at)} #{row.id} {verb} by {code(row.who)}{why}"
    return f"{begun}: {', '.join(parts)}; {row.state.value}{by}"


def _activity(one: Activity, at: At) -> str:
    jobs = f" {plural(one.jobs, 'job')}" if one.jobs else ""
    which = f" #{one.job_id}" if one.job_id else ""
    bulk = f" (bulk action {one.bulk_id})" if one.bulk_id else ""
    subject = f" {code(one.subject)}" if one.subject else ""
    note = f": {code(one.note)}" if one.note else ""
    did = f"{plain(one.action.replace('_', ' '))}{jobs}{which}{subject}{bulk}{note}"
    return f"- {at(one.created_at)} {code(one.who)} {did}"


def _or_none(lines: Iterable[str]) -> list[str]:
    return list(lines) or [_NOTHING]


def _more(number: int) -> list[str]:
    return [f"- and {number:,} more"] if number > 0 else []
