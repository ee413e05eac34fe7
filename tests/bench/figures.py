"""Figures: samples of one quantity, what they are compared with, what is aimed at."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity, measured several times."""

    name: str
    unit: str
    samples: tuple[float, ...]
    against: "Figure | None" = None
    """Its yardstick, measured in turn with it."""
    at_least: float | None = None
    """The aim: of the ratio where there is a yardstick, else of the median."""
    at_most: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def ratio(self) -> float | None:
        """Of samples that were taken in turn, each to its neighbour: what slows the
        machine down for a while slows both.
        """
        if self.against is None:
            return None
        if len(self.samples) != len(self.against.samples):
            return self.median / self.against.median
        pairs = zip(self.samples, self.against.samples, strict=True)
        ratios = [ours / theirs for ours, theirs in pairs if theirs]
        return statistics.median(ratios) if ratios else None

    @property
    def aim(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return "" if self.at_most is None else f"<= {self.at_most:g}"

    @property
    def met(self) -> bool | None:
        """Is the aim reached? None without an aim."""
        reached = self.median if self.ratio is None else self.ratio
        if self.at_least is not None:
            return reached >= self.at_least
        return None if self.at_most is None else reached <= self.at_most

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "samples": list(self.samples),
            "against": self.against and self.against.name,
            "ratio": self.ratio,
            "aim": self.aim or None,
            "met": self.met,
        }


def percentile(samples: Iterable[float], share: float) -> float:
    """The smallest sample that *share* (0.99, say) of them do not exceed."""
    ordered = sorted(samples)
    return ordered[math.ceil(share * len(ordered)) - 1]


def table(figures: Sequence[Figure]) -> str:
    """For people: one line a figure."""
    titles = ("measure", "median", "unit", "least-most", "ratio", "to", "aim", "")
    rows = [titles, *(_cells(figure) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
    spread = f"{_short(min(figure.samples))}-{_short(max(figure.samples))}"
    return (
        figure.name,
        _short(figure.median),
        figure.unit,
        spread if len(figure.samples) > 1 else "",
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        "" if figure.against is None else figure.against.name,
        figure.aim,
        verdict,
    )


def _short(number: float) -> str:
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"
