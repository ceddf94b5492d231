"""Rows of the evaluation's table: a figure, where it was measured, and whether it reaches its goal."""

from dataclasses import asdict, dataclass
from typing import Any

from training.evaluate.statistics import Interval


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be, in the figure's own unit (a share for per cent). Bounds count as reached."""

    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        """Whether a value, taken at its word, lies within the goal."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True)
class Row:
    """One line. value: None where the figure's inputs were not given. unit: "%" for shares, else as it is written.

    counted: what the interval's n counts.
    """

    figure: str
    where: str
    value: Interval | None
    goal: Goal | None = None
    unit: str = ""
    counted: str = "photographs"

    @property
    def verdict(self) -> str:
        """yes or no by the figure itself, whatever its interval; "–" without goal; else why it is open."""
        if self.value is None:
            return "not run"
        if self.value.value is None:
            return "unknown"
        if self.goal is None:
            return "–"
        return "yes" if self.goal.met(self.value.value) else "no"

    def texts(self) -> tuple[str, str, str, str, str]:
        """Figure, where, value, goal, verdict."""
        return self.figure, self.where, self._value_text(), self._goal_text(), self.verdict

    def facts(self) -> dict[str, Any]:
        """For a bundle's description."""
        value = None if self.value is None else asdict(self.value)
        goal = None if self.goal is None else asdict(self.goal)
        return {
            "figure": self.figure, "where": self.where, "value": value, "goal": goal, "unit": self.unit,
            "counted": self.counted, "met": self.verdict,
        }  # fmt: skip

    def _value_text(self) -> str:
        if self.value is None:
            return "not run"
        if self.value.value is None:
            return f"unknown, {self.value.n} {self.counted}"
        unit = f" {self.unit}" if self.unit else ""
        text = self._number(self.value.value) + unit
        if self.value.low is not None and self.value.high is not None:
            text += f" ({self._number(self.value.low)} to {self._number(self.value.high)})"
        return f"{text}, {self.value.n} {self.counted}"

    def _goal_text(self) -> str:
        if self.goal is None:
            return "–"
        unit = f" {self.unit}" if self.unit else ""
        least, most = self.goal.least, self.goal.most
        if least is not None and most is not None:
            return f"{self._goal_number(least)} to {self._goal_number(most)}{unit}"
        if least is not None:
            return f"{self._goal_number(least)}{unit} or more"
        return f"{self._goal_number(most or 0.0)}{unit} or less"

    def _number(self, value: float) -> str:
        """Three digits or so, which tell it from its goal; shares in per cent."""
        if self.unit == "%":
            return f"{100 * value:.2f}" if abs(value) < 0.1 else f"{100 * value:.1f}"
        if abs(value) >= 100:
            return f"{value:.0f}"
        if abs(value) >= 10:
            return f"{value:.1f}"
        return f"{value:.4f}" if 0 < abs(value) < 0.1 else f"{value:.3f}"

    def _goal_number(self, value: float) -> str:
        return f"{100 * value if self.unit == '%' else value:.4g}"


def not_run(figure: str, where: str, goal: Goal | None = None, unit: str = "") -> Row:
    """A line whose inputs were not given."""
    return Row(figure, where, None, goal, unit)
