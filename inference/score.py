"""One photograph from file to assessment: what the command line and the web app both call."""

from pathlib import Path

from inference.measure.assess import assess
from inference.measure.assessment import Assessment, ModelFacts
from inference.network.bundle import Bundle
from inference.network.session import Network
from inference.photo.photo import Photo
from inference.photo.read import read_photo


def score_photo(path: Path, network: Network, mm_per_px: float | None = None) -> Assessment:
    """Read, run and measure one photograph; the assessment carries its evidence.

    `mm_per_px` is the scale of the upright photograph; None assumes the usual close-up framing.
    Raises PhotoError when the file cannot be read as a photograph, BundleError when the model cannot be run.
    """
    return score(read_photo(path, mm_per_px=mm_per_px), network)


def score(photo: Photo, network: Network) -> Assessment:
    """Run and measure a photograph that has been read already, for those who also show it."""
    maps = network.maps(photo)
    return assess(photo, maps, model_facts(network.bundle), network.bundle.description.thresholds)


def model_facts(bundle: Bundle) -> ModelFacts:
    """What a result says about the model that made it."""
    return ModelFacts(bundle.description.name, bundle.description.version, bundle.sha256)
