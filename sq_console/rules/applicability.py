"""Which action of an operator applies to a job in which state.

The store refuses the others, the screen does not hint at them.
"""

from sq_console.model import FINISHED, JobState

_ACTION_STATES = {
    "retry": frozenset(JobState) - {JobState.RUNNING},
    "kill": frozenset(JobState) - frozenset(FINISHED),
    "edit": frozenset(JobState),
    "set_aside": frozenset({JobState.FAILED}),
    "try_one": frozenset(JobState) - {JobState.RUNNING},
}
"""By action, as keys name it."""
JOB_ACTIONS = frozenset(_ACTION_STATES)


def applies_to(action: str, state: JobState) -> bool:
    """Return whether one of `JOB_ACTIONS` may be done to a job in this state."""
    return state in _ACTION_STATES[action]
