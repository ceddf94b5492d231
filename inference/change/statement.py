"""The main finding as one plain sentence, and the improvement scales that rest on it."""

from dataclasses import replace
from itertools import pairwise

from inference.change.comparison import Comparable, Metric, Overall, Verdict
from inference.change.interval import NORMAL_95, normal_below, q_of
from inference.change.metrics import BURDEN

#: Fewer than one part in this many is called "about the same", whatever its error.
_SAME_PERCENT = 0.5
#: Under this in both photographs a change in percent says nothing: it is the depth of about fifteen small icepick
#: scars (1.5 mm wide, 300 µm deep cones) on 50 cm2 of cheek. A convention of this project.
HARDLY_ANY_UM = 0.5
#: Per cent of improvement that part the quartile classes (field notes A7).
_QUARTER_LIMITS = (25, 50, 75)
#: Classes that do not contradict a verdict.
_QUARTILES: dict[Verdict, str] = {"improved": "1234", "within measurement error": "0", "worse": "0"}
_GRADES: dict[Verdict, str] = {"improved": "123", "within measurement error": "4", "worse": "5"}


def refusal_of(comparable: Comparable, unaligned: str | None) -> str | None:
    """Why no change is given, as sentences; None where the pair may be compared. unaligned: a clause, if so."""
    if comparable.usable:
        return None
    first = comparable.issues[0]  # the gravest comes first
    if unaligned is not None and first.code == "registration":
        return f"The photographs could not be aligned ({unaligned}), so no change was measured."
    return f"The photographs cannot be compared, so no change was measured. {first.message}"


def overall_of(metrics: tuple[Metric, ...], refusal: str | None) -> Overall:
    """Verdict, scales and sentence from the burden. refusal: of `refusal_of`, where the pair cannot be compared.

    The quartile and the GAIS estimate stay None while the measurement error is unknown: both claim a change. Else each
    is the most probable class of those that agree with the verdict.
    """
    if refusal is not None:
        return Overall("unknown", None, None, refusal)
    burden = next(metric for metric in metrics if metric.name == BURDEN)
    overall = Overall(
        burden.verdict, None, None, _sentence(burden),
        burden.change_percent, burden.percent_low, burden.percent_high,
    )  # fmt: skip
    chances = class_chances(burden)
    if burden.verdict == "unknown" or chances is None:
        return overall
    quartiles, grades = chances
    return replace(
        overall,
        quartile=_likeliest(quartiles, _QUARTILES[burden.verdict]),
        gais_estimate=_likeliest(grades, _GRADES[burden.verdict]),
        quartile_probability=quartiles,
        gais_probability=grades,
        responder=burden.verdict == "improved",
    )


def class_chances(burden: Metric) -> tuple[dict[str, float], dict[str, float]] | None:
    """Chances of the quartile classes 0..4 and of the GAIS classes 1..5; None where no error is known.

    The true change is taken as normal about the measured one, on q = (after - before) / (after + before), with the
    sd that the mdc95 states; farther from none than measured, with that of the interval, which is wider where the
    share of a change that is seen is unsure. Classes are those of `quartile_of` and `gais_of`: a true change under the
    mdc95 is "no change", as nobody could tell it from none.
    """
    if burden.before is None or burden.after is None or burden.change is None or burden.mdc95 is None:
        return None
    level = (burden.before + burden.after) / 2
    if level <= 0:
        return {name: float(name == "0") for name in "01234"}, {name: float(name == "4") for name in "12345"}
    middle, least = burden.change / (2 * level), burden.mdc95 / (2 * level)
    far = _far_reach(burden, middle, least)

    def below(q: float) -> float:
        return normal_below(q, middle, (far if (q - middle) * middle > 0 else least) / NORMAL_95)

    def lower_than(q: float) -> float:
        """Chance that q lies below, and beyond the error on the side of improvement."""
        return below(min(q, -least))

    beyond = [lower_than(0.0), *(lower_than(q_of(-limit)) for limit in _QUARTER_LIMITS), 0.0]
    classes = [high - low for high, low in pairwise(beyond)]
    worse = 1 - below(least)
    quartiles = {"0": 1 - beyond[0], **{str(k + 1): chance for k, chance in enumerate(classes)}}
    grades = {
        "1": classes[3], "2": classes[2], "3": classes[0] + classes[1],
        "4": max(1 - beyond[0] - worse, 0.0), "5": worse,
    }  # fmt: skip
    return quartiles, grades


def _far_reach(burden: Metric, middle: float, least: float) -> float:
    """How far the interval of q reaches on the side away from none; `least` where that end is open or unknown."""
    end = burden.percent_low if middle < 0 else burden.percent_high
    return least if end is None or end <= -100 else max(abs(q_of(end) - middle), least)


def _likeliest(chances: dict[str, float], allowed: str) -> int:
    return int(max(allowed, key=lambda name: chances[name]))


def quartile_of(improvement_percent: float, beyond_error: bool) -> int:
    """Quartile scale: 0 none or worse, 1 up to 25 %, 2 to 50 %, 3 to 75 %, 4 beyond."""
    if not beyond_error or improvement_percent <= 0:
        return 0
    return 1 + sum(improvement_percent > limit for limit in _QUARTER_LIMITS)


def gais_of(improvement_percent: float, beyond_error: bool) -> int:
    """GAIS estimate: 1 very much improved, 2 much improved, 3 improved, 4 no change, 5 worse.

    GAIS is a judgement by eye and has no published percentages; the quartile limits are used here.
    """
    if not beyond_error:
        return 4
    if improvement_percent <= 0:
        return 5
    return 3 - sum(improvement_percent > limit for limit in (50, 75))


def _sentence(burden: Metric) -> str:
    before, after = burden.before, burden.after
    if before is None or after is None:
        return "No skin is seen in both photographs, so no change was measured."
    if before == 0 and after == 0:
        return "No atrophic scars were found on the skin that both photographs show."
    if max(before, after) < HARDLY_ANY_UM:
        return "Hardly any atrophic scarring was measured in either photograph."
    figures = f"{_short(before)} to {_short(after)} µm"
    percent = burden.change_percent
    if percent is None:
        finding = f"Atrophic scars were measured in the second photograph only ({figures})"
    elif abs(percent) < _SAME_PERCENT:
        finding = f"Measured scar burden is the same ({figures})"
    else:
        finding = (
            f"Measured scar burden is {abs(percent):.0f} % {'lower' if percent < 0 else 'higher'} ({figures})"
        )
    if burden.mdc95 is None:
        why = next((part for part in (burden.note or "").split("; ") if part), None)
        return f"{finding}; the measurement error of this change is " + (
            f"unknown: {why}." if why else "not yet known."
        )
    relation = "within" if burden.verdict == "within measurement error" else "beyond"
    return f"{finding}{_interval(burden)}, {relation} the measurement error of {_short(burden.mdc95)} µm."


def _interval(burden: Metric) -> str:
    """Of the percent change, in words; nothing where an end is open."""
    low, high = burden.percent_low, burden.percent_high
    if burden.change_percent is None or low is None or high is None:
        return ""
    if low <= 0 <= high:
        return f", 95 % interval {-low:.0f} % lower to {high:.0f} % higher"
    near, far, side = (-high, -low, "lower") if high < 0 else (low, high, "higher")
    return f", 95 % interval {near:.0f} to {far:.0f} % {side}"


def _short(value_um: float) -> str:
    """Two figures under 10, whole micrometres above."""
    return f"{value_um:.1f}" if abs(value_um) < 10 else f"{value_um:.0f}"
