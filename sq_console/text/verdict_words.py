"""The verdict on the queue in words, for the console and for verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sq_console.model.queue_health import StuckReason, Verdict, VerdictKind
from sq_console.text.humanize import age, capped_count, percent, plural
from sq_console.text.redact import redact_text
from sq_console.text.sanitize import clean

_NAME_CHARS = 60
_FAILING_HEADS = {VerdictKind.FAILING: "FAILING", VerdictKind.SOME_FAIL: "SOME FAIL"}


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """What is said in any case, and what is said where there is room."""

    head: str
    """`FAILING since 11:35`"""
    clauses: tuple[str, ...] = ()
    """`72% of calls in the last 5 min`, `2 causes go on, 1 is new`: what matters most
    comes first.
    """

    def __str__(self) -> str:
        """Return one sentence."""
        return ", ".join((self.head, *self.clauses))


def verdict_words(verdict: Verdict, at: Callable[[datetime], str]) -> VerdictWords:
    """Return *verdict* in words; *at* says when something was, `11:35`."""
    if verdict.kind in _FAILING_HEADS:
        head = f"{_FAILING_HEADS[verdict.kind]}{_since(verdict, at)}"
        return VerdictWords(head, _failures(verdict))
    if verdict.kind is VerdictKind.SLOW:
        return _slow(verdict)
    if verdict.kind is VerdictKind.STUCK:
        return _stuck(verdict, at)
    if verdict.kind is VerdictKind.HELD:
        return _held(verdict, at)
    return VerdictWords(f"well{_since(verdict, at, ', no call in 24 h')}")


def _since(verdict: Verdict, at: Callable[[datetime], str], unknown: str = "") -> str:
    if verdict.is_longer:
        return " for over 24 h"
    return unknown if verdict.since is None else f" since {at(verdict.since)}"


def _failures(verdict: Verdict) -> tuple[str, ...]:
    share = percent(verdict.failed, verdict.calls)
    calls = f"{share} of calls in the last {verdict.span_minutes} min"
    causes = causes_clause(verdict.goes_on, verdict.new)
    return (calls, causes) if causes else (calls,)


def causes_clause(goes_on: int | None, new: int | None) -> str:
    """Return `2 causes go on, 1 is new`; "" when nothing is known of causes."""
    if not goes_on:
        return ""
    words = f"{plural(goes_on, 'cause')} {'goes' if goes_on == 1 else 'go'} on"
    if not new:
        return words
    return f"{words}, {new:,} {'is' if new == 1 else 'are'} new"


def _slow(verdict: Verdict) -> VerdictWords:
    late = age(verdict.latency_secs)
    if verdict.due == 1:
        return VerdictWords(f"SLOW: a job is due for {late}")
    due = capped_count(verdict.due)
    return VerdictWords(f"SLOW: the oldest of {due} due jobs waits for {late}")


def _stuck(verdict: Verdict, at: Callable[[datetime], str]) -> VerdictWords:
    start = f"STUCK: {capped_count(verdict.due)} due, "
    since = "" if verdict.since is None else f" since {at(verdict.since)}"
    if verdict.reason is StuckReason.NO_PROCESSOR:
        return VerdictWords(f"{start}no processor alive{since}")
    quiet = f"no call{since or ' in 24 h'}"
    if verdict.reason is StuckReason.ALL_PAUSED:
        return VerdictWords(f"{start}every processor is paused", (quiet,))
    alive = plural(verdict.alive, "processor")
    lives = "lives" if verdict.alive == 1 else "live"
    return VerdictWords(f"{start}{quiet}", (f"{alive} {lives}",))


def _held(verdict: Verdict, at: Callable[[datetime], str]) -> VerdictWords:
    hold = verdict.hold
    if hold is None:
        return VerdictWords(f"HELD{_since(verdict, at)}")
    why = f": {hold_text(hold.why)}" if hold.why else ""
    head = f"HELD, everything{_since(verdict, at)} by {hold_text(hold.who)}{why}"
    until = (f"until {at(hold.expires_at)}",) if hold.expires_at else ()
    nobody = () if verdict.alive else ("no processor alive",)
    waiting = f"{capped_count(verdict.held)} wait"
    return VerdictWords(head, (waiting, *until, *nobody))


def hold_text(text: str) -> str:
    """Return a name or a reason that somebody typed, harmless and short."""
    return clean(redact_text(text), _NAME_CHARS)
