"""Whether a service is healthy, and whether it is ready: can it claim jobs?

Each answer has its reasons. A service is healthy while its loops move, whatever the
database does: a restart does not mend an outage. It is ready while one processor of it
can claim.
"""

from dataclasses import dataclass

from sq_console.daemon.metrics.observation import Observation, Observed
from sq_console.model import ProcessorState
from sq_console.processor.status import Status
from sq_console.text.sanitize import clean

ANSWER_SECS = 3.0
"""A database that has not answered for so long is away: the heartbeat's connection asks
it once a second."""
REPORT_SECS = 10.0
"""A process that has not reported for so long stands still."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Whether it is so, and why not; each reason is one line. A reason of one that is
    so tells of processors that are not, or of what else an operator should know."""

    ok: bool
    reasons: tuple[str, ...] = ()


def health(observation: Observation) -> ProbeResult:
    """Return whether every loop of the service moves."""
    reasons = [_named(each, _why_stalled(each)) for each in observation.processors]
    found = tuple(reason for reason in (observation.stalled, *reasons) if reason)
    return ProbeResult(not found, found)


def readiness(observation: Observation) -> ProbeResult:
    """Return whether the service can claim jobs."""
    whys = [_why_not_ready(each) for each in observation.processors]
    reasons = [
        _named(each, why)
        for each, why in zip(observation.processors, whys, strict=True)
    ]
    if not observation.processors:
        reasons.append(observation.why_none or "no processor runs")
    elif any(each.status.is_all_held for each in observation.processors):
        reasons.append(
            "operators hold everything: nothing is called until it is lifted"
        )
    found = tuple(clean(reason) for reason in reasons if reason)
    return ProbeResult("" in whys, tuple(dict.fromkeys(found)))


def _named(observed: Observed, why: str) -> str:
    return f"{observed.name}: {why}" if why and observed.name else why


def _why_stalled(observed: Observed) -> str:
    if observed.status.stalled:
        return observed.status.stalled
    if observed.age_secs > REPORT_SECS:
        return f"has not reported for {observed.age_secs:.0f} s"
    return ""


def why_away(observed: Observed) -> str:
    """Say why the database is away for this processor; "" when it is there."""
    if observed.status.trouble:
        return f"the database is away: {observed.status.trouble}"
    secs = observed.status.secs_since_answer + observed.age_secs
    if secs > ANSWER_SECS:
        return f"the database has not answered for {secs:.0f} s"
    return ""


def _why_not_ready(observed: Observed) -> str:
    return (
        _why_stalled(observed)
        or why_away(observed)
        or _why_not_running(observed.status)
        or observed.status.why_not_claiming
        or ""
    )


def _why_not_running(status: Status) -> str:
    match status.state:
        case ProcessorState.RUNNING:
            return ""
        case ProcessorState.PAUSED:
            return f"paused: {status.why_paused or 'by an operator'}"
        case _:
            return str(status.state)
