"""What is said about a hold: before it is set, while it lasts, before it is lifted."""

from dataclasses import dataclass

from sq_console.model import HOLD_ALL, Hold, HoldEffect
from sq_console.text.humanize import capped_count, plural
from sq_console.text.verdict_words import hold_text
from sq_console.ui.content.lines import Line, Span, Tone, foreign
from sq_console.ui.state.clock import Clock

_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class HoldAnswer:
    """What the operator wants: a hold with a reason, or its end at a pace."""

    why: str = ""
    for_secs: float | None = None
    """Of a hold: None until it is lifted."""
    per_second: float | None = None
    """Of its end: None for all at once."""


def host_words(host: str) -> str:
    """Return the host as a sentence has it: `every host`, `no host`."""
    if host == HOLD_ALL:
        return "every host"
    return foreign(host, limit=_NAME_CHARS).text or "urls without a host"


def held_text(hold: Hold, clock: Clock) -> str:
    """Return `held since 11:45 by anna: ticket 42`, and until when."""
    what = "everything is held" if hold.host == HOLD_ALL else "held"
    since = f" since {clock.onset(hold.since)}" if hold.since else ""
    until = f", until {clock.onset(hold.expires_at)}" if hold.expires_at else ""
    why = f": {hold_text(hold.why)}" if hold.why else ""
    return f"{what}{since} by {hold_text(hold.who)}{until}{why}"


def hold_effect_lines(effect: HoldEffect | None) -> list[Line]:
    """Return what a hold does; None: it is being counted."""
    rest: list[Line] = [
        (Span("Calls in flight end; other hosts are called as before.", Tone.DIM),),
        (Span("One job may be tried through the hold: t on it.", Tone.DIM),),
    ]
    if effect is None:
        return [(Span("Its due jobs stay: counting…"),), *rest]
    due = "job stays" if effect.due == 1 else "jobs stay"
    ends = "one ends by itself" if effect.running == 1 else "ones end by themselves"
    line: Line = (
        Span(f"{capped_count(effect.due)}", Tone.BOLD),
        Span(f" due {due}, {effect.running:,} running {ends}."),
    )
    if effect.host == HOLD_ALL:
        rest = rest[1:]
    unknown: list[Line] = []
    if not effect.is_known:
        unknown = [(Span("No job has this host.", Tone.WARN),)]
    return [line, *unknown, *rest]


def lift_effect_lines(
    hold: Hold, effect: HoldEffect | None, clock: Clock
) -> list[Line]:
    """Return what lifting *hold* does; without *effect* it is being counted."""
    due = "counting…" if effect is None else capped_count(effect.due)
    jobs = "due job is called" if effect and effect.due == 1 else "due jobs are called"
    return [
        (Span(held_text(hold, clock), Tone.WARN),),
        (Span(due, Tone.BOLD), Span(f" {jobs} then: all at once without a pace.")),
        (Span("With one they are spread first, then the hold is lifted.", Tone.DIM),),
    ]


def hold_done_text(effect: HoldEffect) -> str:
    """Return a toast's words after a host was held."""
    due = "job stays" if effect.due == 1 else "jobs stay"
    known = "" if effect.is_known else "; no job has this host"
    subject = host_words(effect.host)
    waiting = f"{capped_count(effect.due)} due {due}"
    return f"{subject} is held, {waiting}{known}{effect.missing}"


def spread_text(host: str, jobs: int, pace: str, took: str, bulk_id: int) -> str:
    """Return a toast's words when what is due is being spread."""
    number = plural(jobs, "due job")
    return (
        f"bulk action {bulk_id} spreads {number} of {host_words(host)} at {pace},"
        f" over {took}; then the hold is lifted"
    )
