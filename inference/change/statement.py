"""The main finding as one plain sentence, and the improvement scales that rest on it."""

from inference.change.comparison import Comparable, Metric, Overall
from inference.change.metrics import BURDEN

#: Fewer than one part in this many is called "about the same", whatever its error.
_SAME_PERCENT = 0.5
#: Under this in both photographs a change in percent says nothing: it is the depth of about fifteen small icepick
#: scars (1.5 mm wide, 300 µm deep cones) on 50 cm2 of cheek. A convention of this project.
HARDLY_ANY_UM = 0.5


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

    The quartile and the GAIS estimate stay None while the measurement error is unknown: both claim a change.
    """
    if refusal is not None:
        return Overall("unknown", None, None, refusal)
    burden = next(metric for metric in metrics if metric.name == BURDEN)
    if burden.verdict == "unknown":
        return Overall("unknown", None, None, _sentence(burden))
    percent = -(burden.change_percent or 0.0)
    beyond = burden.verdict != "within measurement error"
    return Overall(burden.verdict, quartile_of(percent, beyond), gais_of(percent, beyond), _sentence(burden))


def quartile_of(improvement_percent: float, beyond_error: bool) -> int:
    """Quartile scale: 0 none or worse, 1 up to 25 %, 2 to 50 %, 3 to 75 %, 4 beyond."""
    if not beyond_error or improvement_percent <= 0:
        return 0
    return 1 + sum(improvement_percent > limit for limit in (25, 50, 75))


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
        return f"{finding}; the measurement error of this change is not yet known."
    relation = "within" if burden.verdict == "within measurement error" else "beyond"
    return f"{finding}, {relation} the measurement error of {_short(burden.mdc95)} µm."


def _short(value_um: float) -> str:
    """Two figures under 10, whole micrometres above."""
    return f"{value_um:.1f}" if abs(value_um) < 10 else f"{value_um:.0f}"
