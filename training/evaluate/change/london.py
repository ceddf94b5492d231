"""People photographed twice in one hour, neutral and smiling: agreement of every figure, and what is called changed."""

from collections.abc import Sequence

import numpy as np

from inference.change.metrics import KINDS
from training.evaluate.agreement import icc_2_1
from training.evaluate.change.known import Judged
from training.evaluate.change.null_pairs import by_group, called_rows
from training.evaluate.goals import Goal, Row
from training.evaluate.statistics import Interval, bootstrap, within_subject_cv

#: Field notes E: texture and pigment 2 %, pores and redness 4 %, wrinkles and scars 6 %.
_FINE, _MIDDLE, _COARSE = Goal(most=0.02), Goal(most=0.04), Goal(most=0.06)
_CV_GOALS = {"scars": _COARSE, "scales": _COARSE, "texture": _FINE, "pigment": _FINE}
_CV_OWN_GOALS = {
    "texture.pore_density_per_cm2": _MIDDLE, "texture.pore_area_fraction": _MIDDLE,
    "texture.wrinkle_length_mm_per_cm2": _COARSE, "texture.wrinkle_depth_um": _COARSE,
    "pigment.erythema_index": _MIDDLE, "pigment.redness_spot_fraction": _MIDDLE,
}  # fmt: skip
ICC = Goal(least=0.9)
#: Fewer people say nothing of agreement.
LEAST_PEOPLE = 5
#: Wrinkles may truly change with a smile.
MAY_CHANGE = ("texture.wrinkle_length_mm_per_cm2", "texture.wrinkle_depth_um")


def london_rows(people: Sequence[Judged], where: str) -> list[Row]:
    """Called changed, within-subject CV, ICC(2,1) and limits of agreement of every figure that is known."""
    rows = [
        Row(row.figure + (", may truly change" if row.figure.split()[0] in MAY_CHANGE else ""), row.where, row.value,
            None if row.figure.split()[0] in MAY_CHANGE else row.goal, row.unit, row.counted)
        for row in called_rows(people, where, "people")
    ]  # fmt: skip
    for kind in KINDS:
        both = values_of(people, kind.name)
        if len(both) < LEAST_PEOPLE:
            continue
        if kind.has_zero:
            goal = _CV_OWN_GOALS.get(kind.name) or _CV_GOALS[kind.name.split(".")[0]]
            cv = bootstrap(both.tolist(), within_subject_cv)
            rows.append(Row(f"{kind.name}: within-subject CV", where, cv, goal, "%", "people"))
        rows.append(Row(f"{kind.name}: ICC(2,1)", where, icc_2_1(both), ICC, "", "people"))
        bias, low, high = limits_of_agreement(both)
        told = Interval(bias, low, high, len(both))
        rows.append(Row(f"{kind.name}: bias and limits of agreement", where, told, None, kind.unit, "people"))
    return rows


def values_of(people: Sequence[Judged], name: str) -> np.ndarray:
    """(n, 2) float64 figure at both visits, one pair a person."""
    metrics = [group[0].metrics.get(name) for group in by_group(people)]
    known = [(one.before, one.after) for one in metrics if one is not None]
    return np.array(known, np.float64).reshape(-1, 2)


def limits_of_agreement(both: np.ndarray) -> tuple[float, float, float]:
    """Mean difference, after less before, and 1.96 sd on either side (Bland & Altman, Lancet 1986;327:307)."""
    difference = both[:, 1] - both[:, 0]
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    return bias, bias - 1.96 * sd, bias + 1.96 * sd
