"""How likely each class of improvement is, as plain bars beside the sentence."""

from dataclasses import dataclass

from inference.change.comparison import Comparison
from inference.change.metrics import BURDEN
from inference.report import words
from inference.web import texts


@dataclass(frozen=True, slots=True)
class Bar:
    """One class. percent: its chance, whole. likeliest: the class that is named."""

    label: str
    percent: int
    likeliest: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The change of burden on a line from -100 to 100 %, as places from 0 to 100.

    low, high: ends of the 95 % interval; error_low, error_high: of the changes that are within measurement error.
    """

    middle: float
    low: float
    high: float
    error_low: float
    error_high: float


@dataclass(frozen=True, slots=True)
class Chances:
    """likely: the likeliest class in words, as in "Most likely 26–50 % better: 62 %"."""

    likely: str
    quartiles: list[Bar]
    grades: list[Bar]
    responder: str
    percent: str
    interval: str
    strip: Strip | None


def chances_of(comparison: Comparison) -> Chances | None:
    """None where no measurement error allows a class."""
    overall = comparison.overall
    quartiles, grades = overall.quartile_probability, overall.gais_probability
    if overall.quartile is None or overall.gais_estimate is None or quartiles is None or grades is None:
        return None
    return Chances(
        likely=_likely(overall.quartile, quartiles),
        quartiles=[
            Bar(label, _percent(quartiles[str(k)]), k == overall.quartile)
            for k, label in enumerate(words.QUARTILES)
        ],
        grades=[
            Bar(f"{grade} {label}", _percent(grades[str(grade)]), grade == overall.gais_estimate)
            for grade, label in words.GAIS.items()
        ],
        responder=texts.RESPONDER[overall.responder],
        percent=_said(overall.percent),
        interval=_interval(overall.percent_low, overall.percent_high),
        strip=_strip(comparison),
    )


def _likely(named: int, quartiles: dict[str, float]) -> str:
    """The class that agrees with the verdict; where another is likelier still, both, as neither may be left out."""
    likeliest = int(max(quartiles, key=lambda name: quartiles[name]))
    said = [f"{texts.QUARTILES_SAID[k]}: {_percent(quartiles[str(k)])} %" for k in (named, likeliest)]
    if named == likeliest:
        return f"Most likely {said[0]}"
    return f"{said[0][0].upper()}{said[0][1:]}; {said[1]}"


def _percent(chance: float) -> int:
    return round(100 * chance)


def _said(percent: float | None) -> str:
    if percent is None:
        return words.NOT_KNOWN
    if round(percent) == 0:
        return "0 %"
    return f"{abs(percent):.0f} % {'lower' if percent < 0 else 'higher'}"


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "" if low is None else f"from {_said(low)}, upper end not known"
    return f"{_said(low)} to {_said(high)}"


def _strip(comparison: Comparison) -> Strip | None:
    overall = comparison.overall
    burden = next((metric for metric in comparison.metrics if metric.name == BURDEN), None)
    if burden is None or overall.percent is None or not burden.mdc95 or not burden.before:
        return None
    error = 100 * burden.mdc95 / burden.before
    low = -100.0 if overall.percent_low is None else overall.percent_low
    high = 100.0 if overall.percent_high is None else overall.percent_high
    return Strip(*(_place(value) for value in (overall.percent, low, high, -error, error)))


def _place(percent: float) -> float:
    return min(max(50 + percent / 2, 0.0), 100.0)
