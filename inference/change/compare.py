"""Two assessments -> one comparison."""

from inference.change.checks import judge_pair
from inference.change.common import share_frame
from inference.change.comparison import Comparison, LesionChange
from inference.change.matching import match_lesions
from inference.change.metrics import MeasurementErrors, common_metrics, separate_metrics
from inference.change.register import align
from inference.change.statement import overall_of, refusal_of
from inference.errors import ComparisonError
from inference.measure.assessment import SCHEMA_VERSION, Assessment, Evidence


def compare(before: Assessment, after: Assessment, errors: MeasurementErrors | None = None) -> Comparison:
    """Set two photographs of the same skin against each other.

    The after picture is laid over the before picture, and figures are taken on the skin that both show, so
    they may differ from those of the single assessments. errors: 95 % minimal detectable change by metric
    name, from a repeatability study of the model; without it every verdict is "unknown".
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
        metrics, lesions = common_metrics(skin, errors or {}), match_lesions(skin)
    return Comparison(
        schema_version=SCHEMA_VERSION,
        before=before,
        after=after,
        comparable=comparable,
        registration=alignment.registration,
        metrics=metrics,
        lesions=lesions,
        overall=overall_of(metrics, refusal_of(comparable, alignment.reason)),
        pair=None if skin is None else skin.pair(),
    )


def _evidence(assessment: Assessment) -> Evidence:
    if assessment.evidence is None:
        raise ComparisonError(
            f"{assessment.photo.file} was read back from a result file, which holds no pictures: "
            "score the photograph again."
        )
    return assessment.evidence


def _named(assessment: Assessment) -> str:
    return f"{assessment.model.name} {assessment.model.version}"
