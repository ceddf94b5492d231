"""Two assessments -> one comparison."""

from collections.abc import Mapping
from dataclasses import replace

from inference.change.burden import corrected_um
from inference.change.checks import judge_pair
from inference.change.common import CommonSkin, footprint_burdens_um, share_frame
from inference.change.comparison import Comparison, LesionChange, Metric
from inference.change.detail import detail_of
from inference.change.error import NO_ERROR, PairError, conditions_of
from inference.change.lesion_change import lesion_change
from inference.change.metrics import common_metrics, separate_metrics
from inference.change.register import align
from inference.change.statement import overall_of, refusal_of
from inference.errors import ComparisonError
from inference.measure.assessment import SCHEMA_VERSION, Assessment, Evidence
from inference.network.repeatability import HealingShown, RepeatError


def compare(
    before: Assessment,
    after: Assessment,
    repeatability: Mapping[str, RepeatError] | None = None,
    shown: HealingShown | None = None,
) -> Comparison:
    """Set two photographs of the same skin against each other.

    The after picture is laid over the before picture, and figures are taken on the skin that both show, so
    they may differ from those of the single assessments. repeatability: error of change by metric name, and shown:
    how much of a change of burden is seen, as the model's bundle holds them; without errors every verdict is
    "unknown", without the other the burden is taken as it is seen.
    Whether the two fit together is judged first; see `inference.change.limits`.

    Raises ComparisonError when an assessment carries no pictures or the two come from different models. A
    pair that cannot be compared is not an error: the comparison says so and why, and reports no change.
    """
    evidence = (_evidence(before), _evidence(after))
    if before.model != after.model:
        raise ComparisonError(
            f"The photographs were scored by different models ({_named(before)} and {_named(after)}): "
            "score both again with one model."
        )
    alignment = align(*evidence)
    skin = share_frame(before, after, evidence, alignment)
    comparable = judge_pair(before, after, evidence, alignment, skin)
    if skin is None or not comparable.usable:
        skin = None
        metrics, lesions = separate_metrics(before, after), LesionChange((), (), (), (), ())
    else:
        metrics, lesions = _changes(skin, repeatability or {}, shown)
    return Comparison(
        schema_version=SCHEMA_VERSION,
        before=before,
        after=after,
        comparable=comparable,
        registration=alignment.registration,
        metrics=metrics,
        lesions=lesions,
        overall=overall_of(metrics, refusal_of(comparable, alignment.reason)),
        pair=None if skin is None else replace(skin.pair(), confidence=alignment.confidence),
    )


def _changes(
    skin: CommonSkin, repeatability: Mapping[str, RepeatError], shown: HealingShown | None
) -> tuple[tuple[Metric, ...], LesionChange]:
    """Figures and scars of a pair in one frame. The shading is looked at only where something was learnt of it."""
    error = NO_ERROR
    if repeatability:
        error = PairError(repeatability, conditions_of(skin, detail_of(skin)), shown)
    burdens_um = corrected_um(footprint_burdens_um(skin), shown)
    return common_metrics(skin, burdens_um, error), lesion_change(skin, error)


def _evidence(assessment: Assessment) -> Evidence:
    if assessment.evidence is None:
        raise ComparisonError(
            f"{assessment.photo.file} was read back from a result file, which holds no pictures: "
            "score the photograph again."
        )
    return assessment.evidence


def _named(assessment: Assessment) -> str:
    return f"{assessment.model.name} {assessment.model.version}"
