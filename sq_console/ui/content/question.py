"""A question to the operator, as a dialog shows it: text, answers, safeguards."""

from collections.abc import Sequence
from dataclasses import dataclass

from sq_console.ui.content.lines import Line


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer."""

    key: str
    label: str
    variant: str = "default"


@dataclass(frozen=True, slots=True)
class Question:
    """A title, the effect of the action, and the answers."""

    title: str
    lines: tuple[Line, ...]
    """The effect of the action."""
    choices: tuple[Choice, ...]
    must_type: str = ""
    """A choice is accepted only after this has been typed."""
    interrupt: str = ""
    """The answer that ctrl+c gives; "" cancels."""


def question(
    title: str,
    lines: Sequence[Line],
    *choices: Choice,
    must_type: str = "",
    interrupt: str = "",
) -> Question:
    """Make a question with its answers."""
    return Question(title, tuple(lines), choices, must_type, interrupt)
