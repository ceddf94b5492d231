"""The best estimate of a change: the measured one, drawn towards none by what another light adds to its error.

Of a difference that is measured with an error, the expected true difference is smaller: the measured one times its
reliability, the share of its variance that is true (Kelley, "Interpretation of educational measurements", 1927; the
empirical Bayes estimate of Efron & Morris, J Am Stat Assoc 1973;68:117). In another light a scar that vanished may be a
scar that shades less: taken at its word such a pair would claim that half of the scarring went where nothing changed.
The error that a pair would have in one light is left out, so that the same rig is taken at its word.
"""

import math


def reliability(relative_sem: float, spread: float) -> float:
    """Share of the variance of measured changes that is true, 0..1.

    relative_sem: standard error of one visit by the mean of both; a difference has twice its variance. spread: root
    mean square of the true changes that are to be expected, by the mean of both visits.
    """
    return (spread / math.hypot(spread, math.sqrt(2) * relative_sem)) ** 2


def believed(before: float, after: float, sem: float, share: float) -> tuple[float, float, float]:
    """Both visits and their standard error with the change drawn towards none; their mean stays.

    share: the reliability. The error of the estimate is the measured one's times the root of it.
    """
    level, half = (before + after) / 2, share * (after - before) / 2
    return level - half, level + half, sem * math.sqrt(share)
