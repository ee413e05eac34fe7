"""What a scenario measured, and what it should have been."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its limit."""

    name: str
    value: str
    wanted: str
    ok: bool


@dataclass
class Figures:
    """The numbers of one run of a scenario."""

    all: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Examples of what should not be, to look for the cause."""

    def info(self, name: str, value: object) -> None:
        """A number without a limit: the dose, or what is good to know."""
        self.all.append(Figure(name, _shown(value), "", True))

    def exactly(self, name: str, value: float, wanted: float) -> None:
        self.all.append(Figure(name, _shown(value), f"= {wanted}", value == wanted))

    def at_most(self, name: str, value: float, most: float) -> None:
        self.all.append(Figure(name, _shown(value), f"<= {most}", value <= most))

    def at_least(self, name: str, value: float, least: float) -> None:
        self.all.append(Figure(name, _shown(value), f">= {least}", value >= least))

    def none_of(self, name: str, found: Iterable[object]) -> None:
        """*found* should be empty; the first few of it are noted."""
        listed = list(found)
        self.exactly(name, len(listed), 0)
        self.notes += [f"{name}: {one}" for one in listed[:8]]

    @property
    def failures(self) -> list[str]:
        """What is not as it should be, for an assertion."""
        bad = [
            f"{figure.name}: {figure.value}, wanted {figure.wanted}"
            for figure in self.all
            if not figure.ok
        ]
        return [*bad, *self.notes] if bad else []

    def lines(self) -> list[str]:
        """A table."""
        width = max((len(figure.name) for figure in self.all), default=0)
        lines = [
            f"  {'' if figure.ok else 'FAILED ':>7}{figure.name:<{width}}"
            f"  {figure.value:>12}  {figure.wanted}"
            for figure in self.all
        ]
        return (
            lines
            if not self.failures
            else [*lines, *map("       {}".format, self.notes)]
        )


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
