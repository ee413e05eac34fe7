"""A question to the operator, as a dialog shows it: text, answers, safeguards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sq_console.ui.content.lines import Line


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer."""

    key: str
    label: str
    variant: str = "default"


@dataclass(frozen=True, slots=True)
class QuestionField:
    """Something to be typed with the answer; the answer is then `y 10/s`."""

    label: str
    value: str
    """What stands there at first."""
    explain: Callable[[str], str]
    """What is typed means this. Raises ValueError with what is wrong."""


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
    field: QuestionField | None = None

    def with_field(self, field: QuestionField | None) -> "Question":
        """Return the question with a field in it."""
        return replace(self, field=field)


def question(
    title: str,
    lines: Sequence[Line],
    *choices: Choice,
    must_type: str = "",
    interrupt: str = "",
) -> Question:
    """Make a question with its answers."""
    return Question(title, tuple(lines), choices, must_type, interrupt)
