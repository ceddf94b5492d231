"""Clinical scales as published: calculators from counts that a clinician gives. No photograph is involved.

The tables are recalled from the papers and held up by their published maxima (84 and 540), which the tests
assert; the original tables should be checked by eye before clinical use.
"""

from dataclasses import dataclass

#: Goodman & Baron quantitative: points of one lesion type at 1-10, 11-20 and over 20 lesions are
#: 1, 2 and 3 times its weight. J Cosmet Dermatol 2006;5:48-52, doi 10.1111/j.1473-2165.2006.00222.x.
GOODMAN_BARON_WEIGHTS: dict[str, int] = {
    "macular": 1,
    "mild_dish": 1,
    "moderate_dish": 2,
    "shallow_punched_out": 2,
    "shallow_broad": 2,
    "deep_punched_out_normal_base": 3,
    "deep_punched_out_abnormal_base": 3,
    "linear": 3,
    "deep_broad": 3,
    "papular": 2,
}
GOODMAN_BARON_BANDS = (1, 11, 21)
GOODMAN_BARON_MAX = 84
#: Without group D (papular, hypertrophic and keloidal scars).
GOODMAN_BARON_ATROPHIC_MAX = 60

#: ECCA: weight of each item, times 1 for fewer than 5 scars, 2 for 5-20, 3 for more.
#: Dreno et al., Dermatology 2007;214:46-51, doi 10.1159/000096912.
ECCA_WEIGHTS: dict[str, int] = {
    "v_shaped": 15,
    "u_shaped": 20,
    "m_shaped": 25,
    "elastolysis": 30,
    "hypertrophic_inflammatory": 40,
    "keloid_hypertrophic": 50,
}
ECCA_BANDS = (1, 5, 21)
ECCA_MAX = 540
ECCA_ATROPHIC_MAX = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodmanBaronCounts:
    """Lesions per type of Goodman & Baron's quantitative scale; keloidal and hypertrophic scars by area."""

    macular: int = 0
    mild_dish: int = 0
    moderate_dish: int = 0
    shallow_punched_out: int = 0
    shallow_broad: int = 0
    deep_punched_out_normal_base: int = 0
    deep_punched_out_abnormal_base: int = 0
    linear: int = 0
    deep_broad: int = 0
    papular: int = 0
    keloid_area_cm2: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EccaCounts:
    """Scars per item of ECCA: V-shaped (icepick), U-shaped (boxcar), M-shaped (rolling) and the other three."""

    v_shaped: int = 0
    u_shaped: int = 0
    m_shaped: int = 0
    elastolysis: int = 0
    hypertrophic_inflammatory: int = 0
    keloid_hypertrophic: int = 0


def band(count: int, limits: tuple[int, ...]) -> int:
    """How many of the rising `limits` the count has reached. Raises ValueError for a negative count."""
    if count < 0:
        raise ValueError(f"a count of {count} is not possible: give 0 or more")
    return sum(count >= limit for limit in limits)


def goodman_baron_quantitative(counts: GoodmanBaronCounts) -> int:
    """Points 0..84. Raises ValueError for negative counts or area."""
    return _keloid_points(counts.keloid_area_cm2) + sum(
        weight * band(getattr(counts, item), GOODMAN_BARON_BANDS)
        for item, weight in GOODMAN_BARON_WEIGHTS.items()
    )


def _keloid_points(area_cm2: float) -> int:
    """6 under 5 cm2, 12 up to 20 cm2, 18 beyond; 0 for none."""
    if not area_cm2 >= 0:
        raise ValueError(f"an area of {area_cm2} cm2 is not possible: give 0 or more")
    if area_cm2 == 0:
        return 0
    return 6 if area_cm2 < 5 else 12 if area_cm2 <= 20 else 18


def ecca(counts: EccaCounts) -> int:
    """Points 0..540; 0..180 from the three atrophic items. Raises ValueError for a negative count."""
    return sum(weight * band(getattr(counts, item), ECCA_BANDS) for item, weight in ECCA_WEIGHTS.items())


def goodman_baron_qualitative(
    *, flat_marks: bool, raised_or_sunken: bool, obvious_at_50_cm: bool, flattens_on_stretching: bool
) -> int:
    """Grade 0 none (added by trials), 1 macular, 2 mild, 3 moderate, 4 severe.

    Goodman & Baron, Dermatol Surg 2006, PMID 17199653. `obvious_at_50_cm` also means not easily covered by
    make-up or the shadow of a beard. Grades 3 and 4 differ by a stretch test, which no photograph carries.
    """
    if not raised_or_sunken:
        return 1 if flat_marks else 0
    if not obvious_at_50_cm:
        return 2
    return 3 if flattens_on_stretching else 4


def scar_s(face: int, chest: int, back: int) -> int:
    """Overall SCAR-S 0..15 from the three regions, each 0..5.

    Tan et al., J Cutan Med Surg 2010;14:156-60, doi 10.2310/7750.2010.09037.
    Raises ValueError for a grade outside 0..5.
    """
    grades = (face, chest, back)
    if any(grade not in range(6) for grade in grades):
        raise ValueError(f"SCAR-S grades run from 0 to 5; {grades} do not")
    return sum(grades)
