"""One photograph, or a pair, from file to assessment: what the command line and the web app both call."""

from pathlib import Path

from inference.change.carry_scale import settle_scales
from inference.change.compare import compare
from inference.change.comparison import Comparison
from inference.check import NOTHING_SAID, Checked, CheckOptions, Instruments, check_photo, recheck
from inference.measure.assess import assess
from inference.measure.assessment import Asked, Assessment, ModelFacts
from inference.network.bundle import Bundle


def score_photo(path: Path, instruments: Instruments, options: CheckOptions = NOTHING_SAID) -> Assessment:
    """Read, judge and measure one photograph; the assessment carries its evidence.

    Raises PhotoError when the file cannot be read as a photograph, BundleError when the model cannot be run.
    """
    return measure(check_photo(path, instruments, options), instruments)


def measure(checked: Checked, instruments: Instruments) -> Assessment:
    """Measure a photograph that has been checked."""
    bundle = instruments.network.bundle
    return assess(
        checked.photo,
        checked.maps,
        model_facts(bundle),
        bundle.description.thresholds,
        checked.site,
        asked(checked.options),
        bundle.description.errors,
    )


def measure_pair(before: Checked, after: Checked, instruments: Instruments) -> tuple[Assessment, Assessment]:
    """Measure two photographs of the same skin.

    One without a scale of its own takes it from the other through the registration, and is looked at again.
    """
    first, second = measure(before, instruments), measure(after, instruments)
    scales = settle_scales(first, second)
    if scales[0] is not None:
        first = measure(recheck(before, scales[0], instruments.network), instruments)
    if scales[1] is not None:
        second = measure(recheck(after, scales[1], instruments.network), instruments)
    return first, second


def compare_pair(before: Checked, after: Checked, instruments: Instruments) -> Comparison:
    """Measure two photographs of the same skin and set them against each other, with what the bundle knows of pairs.

    Raises ComparisonError, BundleError.
    """
    known = instruments.network.bundle.description
    first, second = measure_pair(before, after, instruments)
    return compare(first, second, known.repeatability, known.healing_shown)


def asked(options: CheckOptions) -> Asked:
    """What a result says about what was asked for."""
    return Asked(options.mm_per_px, {region.name: region.polygon for region in options.drawn}, options.chart)


def model_facts(bundle: Bundle) -> ModelFacts:
    """What a result says about the model that made it."""
    return ModelFacts(bundle.description.name, bundle.description.version, bundle.sha256)
